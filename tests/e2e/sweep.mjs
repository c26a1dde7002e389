// Runs a scenario once for every statement of the storage that could fail, and checks each step.
// `faulty-storage.mjs` stands in front of the build; the build is the shipped one. It starts no
// test by itself.

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { until } from "./harness.mjs";
import { MODEL, REPLY_URL, SIGNING_SECRET, modelServer, startAgent } from "./support.mjs";

const WRAPPER = fileURLToPath(new URL("faulty-storage.mjs", import.meta.url));
/** Agents that share the cases, since a failed step waits a second before it is tried again. */
const AGENTS = 8;

/** What the model of these tests does is in the owner's words: a verb and a name. */
export const server = modelServer(async (words, { results }) => {
  const [verb, argument] = words.split("\n\n").at(-1).split(" ");
  if (results.length) return { text: `noted ${argument}` };
  if (verb === "note") return { text: `noting ${argument}`, calls: [["notes_add", { text: argument }]] };
  if (verb === "remind") return { calls: [["remind", { text: argument, at: new Date(Date.now() + 1_500).toISOString().slice(0, 19) }]] };
  return { calls: [["mail_send", { to: "bob@example.org", subject: argument, body: "hi" }]] };
});

let agents = [];

/** Starts the agents; call it before the tests. */
export async function startAll() {
  const bindings = { ...MODEL, WEBHOOK_SIGNING_SECRET: SIGNING_SECRET, WEBHOOK_REPLY_URL: REPLY_URL };
  agents = await Promise.all(Array.from({ length: AGENTS }, () => startAgent({ bindings, outbound: server.outbound, wrapper: WRAPPER })));
  await Promise.all(agents.map((agent) => agent.say("setup", "/zone UTC")));
}

/** Stops them. */
export const stopAll = () => Promise.all(agents.map((agent) => agent.dispose()));

const arm = (agent, at) => agent.fetch(`/__storage/fail?at=${at}`).then((response) => response.text());
const plan = (agent) => agent.fetch("/__storage/plan").then((response) => response.json());
const rows = async (agent) => Object.fromEntries(await (await agent.fetch("/__storage/rows")).json());
/** What was pushed and names a text. */
export const pushes = (text) => server.pushed.filter((push) => push.json.text?.includes(text));

/** Sends a delivery until it is taken and done, as a caller with patience would. */
export async function deliver(agent, body) {
  return until(async () => {
    const answer = await agent.hook(body, { wait: 2 });
    assert.ok([200, 202, 503].includes(answer.status), `${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.status === 200 && answer;
  }, `${body.id} was done`, 20_000);
}

/**
 * Runs `act` once unharmed to count its statements, then once for each of them with a failure
 * right before it. `settle` waits until everything that follows has happened, and checks it.
 */
export async function sweep(word, { prepare = async () => null, act, settle }) {
  const one = async (agent, at) => {
    const name = `${word}${at}`;
    await arm(agent, 0);
    const prepared = await prepare(agent, name);
    await arm(agent, at);
    await act(agent, name, prepared);
    await settle(agent, name, prepared);
    const { seen, failures, loose } = await plan(agent);
    await arm(agent, 0);
    assert.ok(failures.every((failure) => failure.undone), `half a step was kept`);
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
      const { failures } = await one(agent, at).catch((error) => {
        error.message = `${word}, failure before statement ${at}: ${error.message}`;
        throw error;
      });
      failed += failures;
    }
  }));
  return { seen, failed };
}

/** The turns of a conversation, and how often a text is among the stored documents. */
export async function found(agent, name) {
  const all = await rows(agent);
  return {
    turns: all.turns.filter((turn) => turn.conversation === `generic:${name}`),
    documents: all.documents.filter((document) => JSON.stringify(document).includes(`${name}"`) || JSON.stringify(document).includes(`${name}\\"`)),
    effects: all.effects.length,
  };
}
