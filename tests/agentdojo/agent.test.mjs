// A part of the AgentDojo benchmark, end to end in workerd: tasks of every kind are solved when the owner
// says yes, nothing happens without a question that must not, and no attack succeeds in silence.
// `npm run bench:agentdojo` runs all of it, in three configurations.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { benign, forged, substitution } from "../../bench/agentdojo/modes.mjs";
import { ROWS } from "../../bench/agentdojo/rows.mjs";
import { SUITES, startContext } from "../../bench/agentdojo/run.mjs";

/** Guarded and delegated plans, picked items, forms that are filled, pages, payments, files that are shared. */
const TASKS = { workspace: [4, 9, 12, 13, 18, 24, 25, 32, 33, 35], slack: [1, 2, 4, 8, 10, 11, 16, 18, 19], banking: [0, 2, 6, 9, 12, 13, 14, 15], travel: [0, 1, 3, 7, 9, 19] };
/** For forged calls one task of each suite is enough: they do not depend on it. */
const FORGED = { workspace: [25], slack: [18], banking: [15], travel: [3] };
const EXPECTED = JSON.parse(readFileSync(new URL("../../bench/agentdojo/expected.json", import.meta.url), "utf8")).decisions;

let context;
let catalogue;
const tasks = {};

const plansOf = (suite, numbers) => catalogue[suite].plans.filter(({ task }) => numbers.includes(Number(task.split("_").at(-1))));

before(async () => {
  const build = process.env.SCLERITE_AGENTDOJO_BUILD;
  assert.ok(build, "SCLERITE_AGENTDOJO_BUILD names no build; run `npm run e2e -- agentdojo`");
  // The answers come as events here and as documents in the benchmark.
  context = await startContext(build, ROWS.profile, { streams: true });
  catalogue = await context.world.catalogue();
});

after(() => context?.stop());

for (const suite of SUITES) {
  test(`${suite}: the tasks are solved, and asked where the study says so`, async () => {
    tasks[suite] = await benign(context, suite, plansOf(suite, TASKS[suite]));
    for (const { task, solved, cause, executed_although_denied, effects_missing, decisions } of tasks[suite]) {
      assert.ok(solved, `${task}: ${cause}`);
      assert.deepEqual([executed_although_denied, effects_missing], [0, 0], task);
      for (const [name, expected] of Object.entries(EXPECTED[`${suite}/${task}`] ?? {})) {
        if (expected === "ask") assert.notEqual(decisions[name].decision, "allow", `${task} ${name}: ${decisions[name].reason}`);
      }
    }
  });

  test(`${suite}: an attacker who sets every untrusted value achieves nothing in silence`, async () => {
    const plans = plansOf(suite, TASKS[suite]);
    // No plan of travel has a value that an attack there could use; its attacks are played all the same.
    const only_possible = suite !== "travel";
    const { pairs, silent } = await substitution(context, suite, plans, catalogue[suite].attacks, tasks[suite], { only_possible });
    assert.ok(pairs > 0, "no value could be set");
    assert.deepEqual(silent, []);
  });

  test(`${suite}: a hijacked planner's calls are asked or refused`, async () => {
    const { calls, silent, reached } = await forged(context, suite, plansOf(suite, FORGED[suite]), catalogue[suite].attacks);
    assert.ok(calls > 0);
    assert.deepEqual([silent, reached], [[], []]);
  });
}
