// A storage that fails between any two statements: each step's rows are all there or none, the
// same delivery sent again succeeds, and no turn is lost or done twice.
// `faulty-storage.mjs` stands in front of the build; the build is the shipped one.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { until } from "./harness.mjs";
import { MODEL, REPLY_URL, SIGNING_SECRET, modelServer, sleep, startAgent } from "./support.mjs";

const WRAPPER = fileURLToPath(new URL("faulty-storage.mjs", import.meta.url));
/** Agents that share the cases, since a failed step waits a second before it is tried again. */
const AGENTS = 6;

let agents = [];
let server;

before(async () => {
  server = modelServer(async (words, { results }) => {
    const [verb, argument] = words.split("\n\n").at(-1).split(" ");
    if (results.length) return { text: `noted ${argument}` };
    if (verb === "note") return { text: `noting ${argument}`, calls: [["notes_add", { text: argument }]] };
    if (verb === "remind") return { calls: [["remind", { text: argument, at: new Date(Date.now() + 1_500).toISOString().slice(0, 19) }]] };
    return { calls: [["mail_send", { to: "bob@example.org", subject: argument, body: "hi" }]] };
  });
  const bindings = { ...MODEL, WEBHOOK_SIGNING_SECRET: SIGNING_SECRET, WEBHOOK_REPLY_URL: REPLY_URL };
  agents = await Promise.all(Array.from({ length: AGENTS }, () => startAgent({ bindings, outbound: server.outbound, wrapper: WRAPPER })));
  await Promise.all(agents.map((agent) => agent.say("setup", "/zone UTC")));
});

after(() => Promise.all(agents.map((agent) => agent.dispose())));

const arm = (agent, at) => agent.fetch(`/__storage/fail?at=${at}`).then((response) => response.text());
const plan = (agent) => agent.fetch("/__storage/plan").then((response) => response.json());
const rows = async (agent) => Object.fromEntries(await (await agent.fetch("/__storage/rows")).json());
const pushes = (text) => server.pushed.filter((push) => push.json.text?.includes(text));

/** Sends a delivery until it is taken and done, as a caller with patience would. */
async function deliver(agent, body) {
  return until(async () => {
    const answer = await agent.hook(body);
    assert.ok([200, 202, 503].includes(answer.status), `${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.status === 200 && answer;
  }, `${body.id} was done`, 20_000);
}

/**
 * Runs `act` once unharmed to count its statements, then once for each of them with a failure
 * right before it. `settle` waits until everything that follows has happened, and checks it.
 */
async function sweep(word, { prepare = async () => null, act, settle }) {
  const one = async (agent, at) => {
    const name = `${word}${at}`;
    await arm(agent, 0);
    const prepared = await prepare(agent, name);
    await arm(agent, at);
    await act(agent, name, prepared);
    await settle(agent, name, prepared);
    const { seen, failures, loose } = await plan(agent);
    await arm(agent, 0);
    assert.ok(failures.every((failure) => failure.undone), `${name}: half a step was kept`);
    // Outside a transaction a single row may be written, which is a step of its own.
    const allowed = /^UPDATE turns SET attempts = attempts \+ 1/;
    assert.deepEqual(loose.filter((statement) => !allowed.test(statement)), [], name);
    return { seen, failures: failures.length };
  };
  const { seen } = await one(agents[0], 0);
  const cases = Array.from({ length: seen + 2 }, (_, n) => n + 1);
  let failed = 0;
  await Promise.all(agents.map(async (agent) => {
    for (let at = cases.shift(); at !== undefined; at = cases.shift()) {
      failed += (await one(agent, at).catch((error) => {
        error.message = `${word}, failure before statement ${at}: ${error.message}`;
        throw error;
      })).failures;
    }
  }));
  return { seen, failed };
}

/** The turns of a conversation, and how often a text is among the stored documents. */
async function found(agent, name) {
  const all = await rows(agent);
  return {
    turns: all.turns.filter((turn) => turn.conversation === `generic:${name}`),
    documents: all.documents.filter((document) => JSON.stringify(document).includes(`${name}"`) || JSON.stringify(document).includes(`${name}\\"`)),
    effects: all.effects.length,
  };
}

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
  assert.ok(failed > 5);
});

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
