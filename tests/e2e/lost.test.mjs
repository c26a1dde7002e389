// Answers that get lost: what only reads, or is done once however often it is asked for, is asked
// again; anything else is reported and never repeated. And what the owner can still call off.

import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { until } from "./harness.mjs";
import { sleep } from "./support.mjs";
import { buildDesk, send, startDesk } from "./support-desk.mjs";

let agent;
let desk;
let others = [];

before(async () => {
  await buildDesk();
  ({ agent, desk } = await startDesk());
  await agent.say("setup", "/zone Europe/Paris");
}, { timeout: 900_000 });
after(() => agent.dispose());
afterEach(async () => {
  Object.assign(desk, { plan: () => [], on: null, after: null, delay_ms: 0 });
  desk.calls.length = desk.asked.length = desk.told.length = 0;
  await Promise.all(others.splice(0).map((other) => other.dispose()));
});

/** One round of calls, then the end. */
const once = (...calls) => (words, step) => (step === 0 ? calls : []);
const broken = () => {
  throw new Error("the connection broke");
};
const status = async (turn) => (await agent.api(`/api/turns/${turn}`)).body.calls.map((call) => call.status);

test("a send whose answer is lost is not sent again; the owner hears of it and finds it listed", async () => {
  desk.plan = once(send("lost 1"));
  desk.after = broken;
  const { body } = await agent.hook({ conversation: "a", text: "send it to ada@example.org" });
  const words = body.messages.map((message) => message.text).join("\n");
  assert.match(words, /I do not know whether this happened.*desk_send_file.*ada@example\.org/);
  assert.deepEqual(await status(body.turn), ["failed"]);
  await sleep(1_500);
  assert.equal(desk.calls.length, 1);
  const listed = await agent.say("a", "/failures");
  assert.match(listed, /may or may not have happened: desk_send_file \(send\) · to: ada@example\.org/);
  assert.match(await agent.say("a", "/retry 1"), /look there first/i);
  assert.match(await agent.say("a", "/échecs effacer"), /empty|vide/);
  assert.match(await agent.say("a", "/failures"), /Nothing went wrong/);
  const entries = (await agent.audit()).flatMap((record) => record.entries);
  assert.ok(entries.some((entry) => entry.what === "tool_ran" && entry.tool === "desk_send_file" && entry.outcome === "unknown"));
});

test("a gateway's error after a send counts as lost, a refusal does not", async () => {
  desk.plan = once(send("gateway"));
  desk.after = () => new Response("", { status: 502 });
  const first = await agent.hook({ conversation: "b", text: "send it to ada@example.org" });
  assert.match(first.body.messages.map((message) => message.text).join("\n"), /I do not know whether/);
  desk.after = null;
  desk.on = () => new Response("", { status: 400 });
  const second = await agent.hook({ conversation: "b", text: "send it to ada@example.org" });
  assert.match(second.body.messages.map((message) => message.text).join("\n"), /This did not work: desk_send_file/);
});

test("a service that asks for a pause is asked again, whatever the call does", async () => {
  desk.plan = once(send("pause"));
  let left = 2;
  desk.on = () => (left-- > 0 ? new Response("", { status: 429, headers: { "retry-after": "1" } }) : null);
  const { body } = await agent.hook({ conversation: "c", text: "send it to ada@example.org" });
  assert.deepEqual(await status(body.turn), ["done"]);
  assert.equal(desk.calls.length, 1);
  assert.equal(desk.asked.length, 3);
});

test("a read, and what is done once however often it is asked for, is begun anew", async () => {
  let lost = 2;
  desk.plan = once(["desk_find_files", { query: "x" }]);
  desk.after = () => (lost-- > 0 ? broken() : null);
  const read = await agent.hook({ conversation: "d", text: "look" });
  assert.deepEqual(await status(read.body.turn), ["done"]);
  assert.equal(desk.asked.length, 3);
  lost = 1;
  desk.plan = once(["desk_put_file", { name: "once" }]);
  const put = await agent.hook({ conversation: "d", text: "put it" });
  assert.deepEqual(await status(put.body.turn), ["done"]);
  assert.equal(desk.asked.length, 5);
});

test("a read that is never answered fails after three tries", async () => {
  desk.plan = once(["desk_find_files", { query: "x" }]);
  desk.on = broken;
  const { body } = await agent.hook({ conversation: "e", text: "look" }, { wait: 20 });
  assert.deepEqual(await status(body.turn), ["failed"]);
  assert.equal(desk.asked.length, 3);
});

test("what others will see is held for a moment, and /cancel calls it off", async () => {
  const held = await startDesk({ bindings: { UNDO_SECONDS: "2" } });
  others.push(held.agent);
  held.desk.plan = once(send("held"));
  const { body } = await held.agent.hook({ conversation: "f", text: "send it to ada@example.org" });
  assert.equal(body.status, "waiting");
  assert.match(body.messages[0].text, /I do this in 2 s\. \/cancel calls it off\./);
  assert.equal(held.desk.calls.length, 0);
  await held.agent.say("f", "/cancel");
  await sleep(2_500);
  assert.equal(held.desk.calls.length, 0);
  const again = await held.agent.hook({ conversation: "f", text: "send it to ada@example.org" });
  const began = performance.now();
  await until(() => held.desk.calls.length === 1, "it was sent after the moment");
  assert.ok(performance.now() - began > 1_500);
  await until(() => held.desk.texts().includes("Done: desk_send_file"), "the owner hears that it was done");
  assert.equal((await held.agent.api(`/api/turns/${again.body.turn}`)).body.status, "done");
  // A read is not held, and neither is what stays with the agent.
  held.desk.plan = once(["desk_find_files", { query: "x" }], ["notes_add", { text: "y" }]);
  assert.equal((await held.agent.hook({ conversation: "f", text: "look" })).body.status, "done");
});

test("what is held survives a kill and is sent once", async () => {
  const held = await startDesk({ bindings: { UNDO_SECONDS: "3" } });
  others.push(held.agent);
  held.desk.plan = once(send("over a kill"));
  await held.agent.hook({ conversation: "g", text: "send it to ada@example.org" });
  await held.agent.restart({ kill: true });
  await until(() => held.desk.calls.length === 1, "it was sent");
  await sleep(1_000);
  assert.equal(held.desk.calls.length, 1);
});

test("a binding stops the agent, and no command lets it go on", async () => {
  const stopped = await startDesk({ bindings: { STOP: "1" } });
  others.push(stopped.agent);
  stopped.desk.plan = once(send("never"));
  assert.match(await stopped.agent.say("h", "send it to ada@example.org"), /I am stopped/);
  assert.match(await stopped.agent.say("h", "/resume"), /binding STOP still stops me/);
  assert.match(await stopped.agent.say("h", "send it to ada@example.org"), /I am stopped/);
  assert.match(await stopped.agent.say("h", "/status"), /stopped/);
  assert.equal(stopped.desk.asked.length, 0);
});
