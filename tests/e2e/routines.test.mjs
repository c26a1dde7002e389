// Routines in workerd: what is looked at without being asked, told by an alarm, once.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { until } from "./harness.mjs";
import { REPLY_URL, SIGNING_SECRET, modelServer, sleep, startAgent } from "./support.mjs";

let agent;
const server = modelServer(async () => ({ text: "nobody asked" }));

before(async () => {
  agent = await startAgent({
    bindings: { WEBHOOK_SIGNING_SECRET: SIGNING_SECRET, WEBHOOK_REPLY_URL: REPLY_URL },
    outbound: server.outbound,
    persist: true,
  });
  await agent.say("home", "/zone UTC");
});

after(() => agent.dispose());

// A kill may come before the agent has noted that a message arrived; then it is repeated, marked.
const told = (words) => server.pushed.filter((push) => push.json.text?.includes(words) && !push.json.repeated);

test("an event that begins soon is told by an alarm, once, also over a restart", async () => {
  await agent.say("home", "add night train in 10 minutes");
  const made = await agent.say("home", "tell me 15 minutes before every meeting");
  assert.match(made, /I will tell you/);
  await until(() => told("night train").length > 0, "it was told", 8_000);
  await agent.restart({ kill: true });
  await agent.scheduled();
  await sleep(1_000);
  assert.equal(told("night train").length, 1);
  const [push] = told("night train");
  assert.match(push.json.text, /^You asked to be told of: an event within 15 minutes/);
  assert.equal(push.json.conversation, "home");
  assert.match(await agent.say("home", "/routines"), /1\. an event within 15 minutes \(next: .*; told: 1\)/);
});

test("the routine is gone when the owner ends it, and no model was asked at any time", async () => {
  assert.match(await agent.say("home", "/routine off 1"), /no longer/);
  assert.match(await agent.say("home", "/routines"), /nothing by myself/);
  assert.deepEqual([server.prompts, server.strays], [[], []]);
});
