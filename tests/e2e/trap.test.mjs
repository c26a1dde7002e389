// A message that makes WebAssembly trap each time it is worked on costs only itself.

import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { until } from "./harness.mjs";
import { MODEL, REPLY_URL, SIGNING_SECRET, modelServer, sleep, startAgent } from "./support.mjs";

let agent;
let server;
/** The wall-clock time in UTC, so many milliseconds from now. */
const at = (ms) => new Date(Date.now() + ms).toISOString().slice(0, 19);
const traps = async () => (await (await agent.fetch("/__traps")).json()).count;

before(async () => {
  server = modelServer(async (words, { results }) => {
    if (words.startsWith("remind") && results.length === 0) return { calls: [["remind", JSON.parse(words.slice(7))]] };
    if (words === "slowly") await sleep(2_000);
    return { text: `heard ${words}` };
  });
  agent = await startAgent({
    bindings: { ...MODEL, WEBHOOK_SIGNING_SECRET: SIGNING_SECRET, WEBHOOK_REPLY_URL: REPLY_URL },
    outbound: server.outbound,
    persist: true,
    wrapper: join(dirname(fileURLToPath(import.meta.url)), "trapping.mjs"),
  });
  await agent.say("setup", "/zone UTC");
});
after(() => agent.dispose());

test("ten messages that trap are given up, one after the other, and everything else goes on", async (t) => {
  await agent.say("clock", `remind ${JSON.stringify({ text: "tea", at: at(4_000) })}`);
  // Who meets the moment of a trap hears an error, as from any server that restarts, and sends again.
  const send = (id, conversation, text) =>
    until(async () => (await agent.hook({ id, conversation, text }, { wait: 0 })).status === 202, `${id} was accepted`);
  for (let n = 0; n < 10; n += 1) {
    await send(`trap-${n}`, "bad", `TRAP ${n}`);
    await send(`fine-${n}`, "good", `hello ${n}`);
  }
  // A trap may come before the agent has noted that a message arrived; then it is repeated, marked.
  const heard = (text) => server.pushed.filter((push) => push.json.text?.includes(text) && !push.json.repeated).length;
  for (let n = 0; n < 10; n += 1) await until(() => heard(`heard hello ${n}`) === 1, `message ${n} was answered`, 60_000);
  await until(() => heard("tea") === 1, "the reminder came", 30_000);
  const given_up = "I could not work on this message";
  await until(async () => (await agent.say("look", "/failures")).match(/TRAP/g)?.length === 10, "all ten are on the list of failures", 120_000);
  t.diagnostic(`${await traps()} traps`);
  assert.ok((await traps()) >= 10);
  await sleep(500);
  assert.ok(heard(given_up) <= 10);
  for (let n = 0; n < 10; n += 1) assert.equal(heard(`heard hello ${n}`), 1);
  assert.equal(heard("tea"), 1);
  assert.equal(heard("heard TRAP"), 0);
});

test("a trap while a message is taken in ends nothing but that request", async () => {
  const asked = server.prompts.length;
  await agent.hook({ id: "slow-1", conversation: "slow", text: "slowly" }, { wait: 0 });
  await until(() => server.prompts.length > asked, "the model is asked");
  const before = await traps();
  const bad = await agent.hook({ id: "trapped", conversation: "bad", text: "hello" }, { wait: 0, headers: { "x-trap": "1" } });
  assert.ok(bad.status >= 500, `it was ${bad.status}`);
  await until(async () => (await traps()) > before, "it trapped");
  const heard = (text) => server.pushed.filter((push) => push.json.text === text && !push.json.repeated).length;
  await until(async () => (await agent.hook({ id: "after", conversation: "after", text: "after" }, { wait: 0 })).status === 202, "the next message is taken");
  await until(() => heard("heard after") === 1, "the next message is answered", 20_000);
  await until(() => heard("heard slowly") === 1, "what was under way is answered", 20_000);
});
