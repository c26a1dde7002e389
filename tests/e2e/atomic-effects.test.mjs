// A storage that fails between any two statements: each step's rows are all there or none, the
// same delivery sent again succeeds, and no turn is lost or done twice.
// Here are turns that reach outside and timers; the others are in atomic.test.mjs.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { until } from "./harness.mjs";
import { sleep } from "./support.mjs";
import { found, pushes, server, startAll, stopAll, sweep } from "./sweep.mjs";

before(startAll);
after(stopAll);

test("a message with a model call, a tool and pushed answers: nothing lost, nothing twice", async (t) => {
  const { seen, failed } = await sweep("model", {
    act: async (agent, name) => {
      await until(async () => [200, 202].includes((await agent.hook({ id: name, conversation: name, text: `note ${name}` }, { wait: 0 })).status), "it was taken");
    },
    settle: async (agent, name) => {
      const { turns } = await until(async () => {
        const now = await found(agent, name);
        return now.turns[0]?.status === "done" && now.effects === 0 && now;
      }, `${name} was done`, 20_000);
      assert.equal(turns.length, 1);
      assert.equal((await found(agent, name)).documents.length, 1, name);
      // A message whose outcome was lost is repeated once, and says so.
      for (const text of [`noting ${name}`, `noted ${name}`]) {
        const said = server.pushed.filter((push) => push.json.text === text || push.json.text?.endsWith(text));
        assert.ok(said.length >= 1 && said.length <= 2, `${name}: "${text}" was pushed ${said.length} times`);
        assert.ok(said.slice(1).every((push) => push.json.repeated), `${name}: a repeat was not marked`);
      }
    },
  });
  t.diagnostic(`${seen} statements, ${failed} steps undone`);
});

test("a reminder that falls due: told, and once", async (t) => {
  const { seen, failed } = await sweep("due", {
    prepare: async (agent, name) => {
      await agent.hook({ conversation: name, text: `remind ${name}` });
      // The alarm that answered ends before the failure is set up for the one that fires.
      await sleep(50);
    },
    act: async () => {},
    settle: async (agent, name) => {
      await until(() => pushes(`Reminder: ${name}`).some((push) => push.json.text.endsWith(name)), `${name} was told`, 20_000);
      await until(async () => (await found(agent, name)).effects === 0, `${name} was settled`, 20_000);
      const told = pushes(`Reminder: ${name}`).filter((push) => push.json.text.endsWith(name));
      assert.ok(told.length <= 2 && told.slice(1).every((push) => push.json.repeated), `${name}: told ${told.length} times`);
      assert.equal((await found(agent, name)).turns.length, 2);
    },
  });
  t.diagnostic(`${seen} statements, ${failed} steps undone`);
});
