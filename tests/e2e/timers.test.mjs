// What falls due: on time beside slow models, once over a kill, again where it repeats.
// Reminders in words start at a minute, so a scripted model gives the exact second.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { after, before, test } from "node:test";
import { until } from "./harness.mjs";
import { MODEL, REPLY_URL, SIGNING_SECRET, modelServer, sleep, startAgent } from "./support.mjs";

let agent;
let server;
let asked = 0;

/** The wall-clock time in UTC, the zone of these tests, so many milliseconds from now. */
const at = (ms) => new Date(Date.now() + ms).toISOString().slice(0, 19);

before(async () => {
  server = modelServer(async (words, { results }) => {
    const [verb, first, ...rest] = words.split("\n\n").at(-1).split(" ");
    if (verb === "slow" || verb === "fails") {
      asked += 1;
      await sleep(Number(first));
      return verb === "slow" ? { text: "slow answer" } : new Response("no", { status: 503 });
    }
    if (verb === "then") {
      if (results.length) return { text: "it was noted" };
      await sleep(Number(first));
      return { calls: [["notes_add", { text: rest.join(" ") }]] };
    }
    if (verb === "remind" && results.length === 0) return { calls: [["remind", JSON.parse([first, ...rest].join(" "))]] };
    return { text: `heard ${verb}` };
  });
  agent = await startAgent({
    bindings: { ...MODEL, WEBHOOK_SIGNING_SECRET: SIGNING_SECRET, WEBHOOK_REPLY_URL: REPLY_URL },
    outbound: server.outbound,
    persist: true,
  });
  await agent.say("setup", "/zone UTC");
});

after(() => agent.dispose());

const remind = async (conversation, args) => {
  const answer = await agent.hook({ conversation, text: `remind ${JSON.stringify(args)}` });
  assert.equal(answer.body.status, "done", JSON.stringify(answer.body));
  return answer;
};
// A kill may come before the agent has noted that one arrived; then it is repeated, marked.
const reminders = (text) => server.pushed.filter((push) => push.json.text?.startsWith("Reminder") && push.json.text.includes(text) && !push.json.repeated);

test("a reminder falls due during a slow model call, in its own conversation and in time", async (t) => {
  for (const conversation of ["same", "other"]) await remind(conversation, { text: `tea ${conversation}`, at: at(2_500) });
  const due = Math.floor((Date.now() + 2_500) / 1000) * 1000;
  const slow = agent.hook({ conversation: "same", text: "slow 8000" }, { wait: 20 });
  await until(() => asked > 0, "the model was asked");
  await sleep(300);
  const quick = await agent.hook({ conversation: "quick", text: "hello" });
  assert.equal(quick.body.messages[0].text, "heard hello");
  t.diagnostic(`another conversation was answered in ${Math.round(quick.ms)} ms`);
  assert.ok(quick.ms < 1_000, `another conversation waited ${quick.ms} ms`);
  for (const conversation of ["same", "other"]) {
    await until(() => reminders(`tea ${conversation}`).length === 1, `the reminder of ${conversation} came`, 5_000);
    t.diagnostic(`the reminder of ${conversation} was at most ${Date.now() - due} ms late`);
    assert.ok(Date.now() - due < 2_000, `${conversation}: ${Date.now() - due} ms late`);
  }
  assert.equal((await slow).body.messages[0].text, "slow answer");
  await sleep(200);
  assert.deepEqual([reminders("tea same").length, reminders("tea other").length], [1, 1]);
});

test("a reminder that falls due within a minute's model call is at most two seconds late", { timeout: 120_000 }, async (t) => {
  await remind("long", { text: "kettle", at: at(30_000) });
  const due = Math.floor((Date.now() + 30_000) / 1000) * 1000;
  const before = asked;
  await agent.hook({ conversation: "long", text: "slow 60000" }, { wait: 0 });
  await until(() => asked > before, "the model was asked");
  await until(() => reminders("kettle").length === 1, "the reminder came", 40_000);
  const late = Date.now() - due;
  t.diagnostic(`it was at most ${late} ms late`);
  assert.ok(late < 2_000, `${late} ms late`);
  await until(() => server.pushed.some((push) => push.json.conversation === "long" && push.json.text === "slow answer"), "the model's answer came", 45_000);
  assert.equal(reminders("kettle").length, 1);
});

test("a reminder fires with nobody there, and once", async () => {
  await remind("alone", { text: "water", at: at(1_500) });
  await until(() => reminders("water").length === 1, "it fired", 5_000);
  await sleep(1_000);
  assert.equal(reminders("water").length, 1);
  assert.equal(reminders("water")[0].json.conversation, "alone");
});

test("a recurring reminder fires and is set again by the clock of its zone", async () => {
  await remind("daily", { text: "pills", at: at(1_500), repeat: "daily" });
  const first = Math.floor((Date.now() + 1_500) / 1000) * 1000;
  await until(() => reminders("pills").length === 1, "it fired", 5_000);
  const list = await agent.say("daily", "/reminders");
  assert.match(list, /pills/);
  const tomorrow = new Date(first + 86_400_000).toISOString().slice(11, 16);
  assert.ok(list.includes(tomorrow), `${list} should name ${tomorrow}`);
  assert.match(list, /every day/);
});

test("a reminder that was due while the process was dead fires once after it", async () => {
  const folder = mkdtempSync(join(tmpdir(), "sclerite-dead-"));
  const start = () => startAgent({ bindings: { ...MODEL, WEBHOOK_SIGNING_SECRET: SIGNING_SECRET, WEBHOOK_REPLY_URL: REPLY_URL }, outbound: server.outbound, persist: folder });
  let mortal = await start();
  try {
    await mortal.say("setup", "/zone UTC");
    await mortal.hook({ conversation: "dead", text: `remind ${JSON.stringify({ text: "plants", at: at(3_000) })}` });
    // Without the second call the test's runtime would bring a new process up at once.
    await mortal.kill();
    await mortal.dispose();
    await sleep(3_200);
    assert.equal(reminders("plants").length, 0);
    mortal = await start();
    await mortal.scheduled();
    await until(() => reminders("plants").length === 1, "it fired", 10_000);
    await mortal.restart({ kill: true });
    await mortal.scheduled();
    await mortal.say("dead", "hello");
    assert.equal(reminders("plants").length, 1);
  } finally {
    await mortal.dispose();
    rmSync(folder, { recursive: true, force: true });
  }
});

test("a reminder whose alarm is lost comes by the watchdog: late and once", async () => {
  const wrapper = fileURLToPath(new URL("lost-alarm.mjs", import.meta.url));
  const bindings = { ...MODEL, WEBHOOK_SIGNING_SECRET: SIGNING_SECRET, WEBHOOK_REPLY_URL: REPLY_URL };
  const watched = await startAgent({ bindings, outbound: server.outbound, wrapper });
  try {
    await watched.say("setup", "/zone UTC");
    await watched.hook({ conversation: "lost", text: `remind ${JSON.stringify({ text: "orchids", at: at(1_500) })}` });
    const { at: lost } = await (await watched.fetch("/__alarm/lose")).json();
    assert.ok(lost, "there was an alarm to lose");
    await sleep(2_500);
    assert.equal(reminders("orchids").length, 0);
    await watched.scheduled();
    await until(() => reminders("orchids").length === 1, "the watchdog found it", 5_000);
    await watched.scheduled();
    await sleep(500);
    assert.equal(reminders("orchids").length, 1);
    const fired = (await watched.audit()).flatMap((record) => record.entries).filter((entry) => entry.what === "timer_fired");
    assert.equal(fired.length, 1);
    assert.ok(fired[0].late_ms >= 500, `${fired[0].late_ms} ms late`);
    assert.match(await watched.say("lost", "/reminders past"), /receipt: delivered/);
  } finally {
    await watched.dispose();
  }
});

test("a kill in the middle of a model call goes on by itself afterwards", async () => {
  const before = asked;
  const { body } = await agent.hook({ conversation: "midway", text: "slow 1500" }, { wait: 0 });
  await until(() => asked > before, "the model was asked");
  await agent.restart({ kill: true });
  await agent.scheduled();
  await until(() => server.pushed.some((push) => push.json.turn === body.turn), "the answer came", 40_000);
  assert.equal(server.pushed.filter((push) => push.json.turn === body.turn).length, 1);
});

test("/stop during a model call: nothing more happens until /resume", async (t) => {
  const turn = agent.hook({ conversation: "halt", text: "then 1200 never-noted" });
  const failing = agent.hook({ conversation: "halt-2", text: "fails 700" });
  await until(() => server.prompts.some((prompt) => JSON.stringify(prompt).includes("never-noted")), "the model was asked");
  await sleep(100);
  const stop = await agent.hook({ conversation: "elsewhere", text: "/stop" });
  t.diagnostic(`/stop was answered in ${Math.round(stop.ms)} ms`);
  assert.ok(stop.ms < 1_000, `stop took ${stop.ms} ms`);
  assert.equal((await turn).body.status, "cancelled");
  assert.equal((await failing).body.status, "cancelled");
  const prompts = server.prompts.length;
  await sleep(2_500);
  assert.equal(server.prompts.length, prompts, "a stopped agent asked the model again");
  const refused = await agent.hook({ conversation: "halt", text: "hello" });
  assert.match(refused.body.messages[0].text, /stopped/i);
  assert.equal(server.prompts.length, prompts);
  await agent.say("elsewhere", "/resume");
  assert.doesNotMatch(await agent.say("halt", "/notes"), /never-noted/);
  assert.equal(await agent.say("halt", "hello"), "heard hello");
});

test("nothing but the model and the reply address was ever asked", () => {
  assert.deepEqual(server.strays, []);
});
