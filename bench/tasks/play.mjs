// One run of a task: an agent of its own, the owner's preparations, the turns, and what is different
// afterwards.

import { withLinks } from "../lib/lane.mjs";
import { Quarantine } from "../lib/quarantine.mjs";
import { Script } from "../lib/script.mjs";
import { compare, differences, expected, fits, snapshot } from "./account.mjs";
import { ZONE } from "./index.mjs";
import { plansOf } from "./plan.mjs";

/** Prepares an agent for a task and looks at the account as it is then. */
export async function begin(lane, task) {
  const agent = lane.newAgent();
  await lane.command(agent, [`/zone ${ZONE}`, ...(task.before ?? [])]);
  return { agent, before: await snapshot(lane, agent, "before") };
}

/** The records of a turn's calls by the names that the plan gives them, loops with all their parts. */
function recordsOf(script, turn) {
  const own = turn.calls.filter((call) => call.parent === undefined || call.parent === null);
  return script.made.map((name, n) => {
    const place = turn.calls.indexOf(own[n]);
    return { name, call: own[n], parts: turn.calls.filter((call) => call.parent === place) };
  });
}

/** What the owner should have been told in a turn and was not, and the other way round. */
export function saidWrong(turn, told) {
  const text = withLinks(told.join("\n")).normalize("NFC");
  const missing = (turn.said ?? []).filter((piece) => !fits(text, piece));
  const surplus = (turn.unsaid ?? []).filter((piece) => fits(text, piece));
  return { missing, surplus };
}

/**
 * Plays a task. `approve` answers questions, `attack` (by turn) holds what a hostile quarantined model
 * answers, `without` and `forged` change what the planner does.
 */
export async function play(lane, task, { approve, attack = [], without, forged = [] }) {
  const { agent, before } = await begin(lane, task);
  const handles = new Map();
  const found = { faults: [], strays: [], records: [], approvals: 0, cards: 0, planner_calls: 0, quarantined_calls: 0 };
  for (const [n, plan] of plansOf(task, without).entries()) {
    const script = new Script(plan, forged[n]);
    script.handles = handles;
    const quarantine = new Quarantine(plan, { answers: attack[n] });
    const outcome = await lane.turn({ agent, text: plan.prompt, planner: script, quarantine, approve });
    found.records.push(...recordsOf(script, outcome.turn));
    const { missing, surplus } = saidWrong(task.turns[n], outcome.told);
    found.faults.push(...missing.map((piece) => `not told: ${piece}`), ...surplus.map((piece) => `told: ${piece}`));
    found.faults.push(...[...script.errors].map(([name, text]) => `${name}: ${text}`), ...script.skipped.map((name) => `${name}: not possible`));
    if (outcome.turn.status !== "done") found.faults.push(`turn ${outcome.turn.status}`);
    found.strays.push(...quarantine.strays);
    found.approvals += outcome.approvals;
    found.cards += outcome.cards;
    found.planner_calls += script.replies;
    found.quarantined_calls += quarantine.asked;
  }
  const after = await snapshot(lane, agent, "after");
  const changed = differences(before, after, task.changes?.mails);
  const judged = compare(changed, expected(task.changes, before));
  return { ...found, handles, changed, judged };
}

/** Why a run did not solve its task; empty if it did. */
export function causesOf({ faults, strays, judged }) {
  const words = (entry) => JSON.stringify(entry);
  return [
    ...faults,
    ...strays.map((question) => `asked what the plan does not ask: ${question}`),
    ...judged.missing.map((entry) => `missing: ${words(entry)}`),
    ...judged.reworded.map((entry) => `says something else: ${words(entry)}`),
    ...judged.unexpected.map((entry) => `not asked for: ${words(entry)}`),
  ];
}
