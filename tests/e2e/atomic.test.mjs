// A storage that fails between any two statements: each step's rows are all there or none, the
// same delivery sent again succeeds, and no turn is lost or done twice.
// Here are the steps within the agent; those that reach outside are in atomic-effects.test.mjs.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { until } from "./harness.mjs";
import { deliver, found, startAll, stopAll, sweep } from "./sweep.mjs";

before(startAll);
after(stopAll);

test("a message that the embedded planner answers: whole or not at all, and once", async (t) => {
  const { seen, failed } = await sweep("plain", {
    act: async (agent, name) => {
      const { body } = await deliver(agent, { id: name, conversation: name, text: `/note ${name}` });
      assert.equal(body.status, "done");
      assert.match(body.messages.map((message) => message.text).join(), new RegExp(name));
    },
    settle: async (agent, name) => {
      const { turns, documents } = await found(agent, name);
      assert.deepEqual(turns.map((turn) => turn.status), ["done"], name);
      assert.equal(documents.length, 1, name);
    },
  });
  t.diagnostic(`${seen} statements, ${failed} steps undone`);
  assert.ok(failed > seen / 2);
});

test("a yes: one mail, whatever fails on the way", async (t) => {
  const { seen, failed } = await sweep("yes", {
    prepare: async (agent, name) => (await agent.hook({ conversation: name, text: `mail ${name}` })).body.approvals[0],
    act: async (agent, name, approval) => {
      await until(async () => {
        const answer = await agent.answer(approval, "approve");
        assert.ok([200, 409, 503].includes(answer.status), `${answer.status}`);
        return answer.status !== 503;
      }, "the yes was taken");
    },
    settle: async (agent, name) => {
      await until(async () => (await found(agent, name)).turns[0].status === "done", `${name} was done`, 20_000);
      const { documents } = await found(agent, name);
      assert.equal(documents.length, 1, name);
    },
  });
  t.diagnostic(`${seen} statements, ${failed} steps undone`);
});
