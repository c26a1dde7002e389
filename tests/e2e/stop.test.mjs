// Stop, pressed at random moments in 200 runs: at most the one effect that was in flight happens
// afterwards, and nothing more, not even after a kill, until the owner lets the agent go on.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { until } from "./harness.mjs";
import { sleep } from "./support.mjs";
import { buildDesk, send, startDesk } from "./support-desk.mjs";

/** How often stop is pressed. */
const RUNS = 200;

let agent;
let desk;

before(async () => {
  await buildDesk();
  ({ agent, desk } = await startDesk());
  await agent.say("setup", "/zone UTC");
}, { timeout: 900_000 });
after(() => agent.dispose());

test(`stop in ${RUNS} runs`, { timeout: 600_000 }, async (t) => {
  const after_stop = [];
  const before_stop = [];
  let slowest = 0;
  for (let run = 0; run < RUNS; run += 1) {
    desk.calls.length = 0;
    desk.delay_ms = Math.random() * 8;
    // Steps of several calls each: what the planner asked for and has not begun is stopped too.
    desk.plan = (words, step) => (step < 6 ? [0, 1, 2].map((n) => send(`${run}.${step}.${n}`)) : []);
    const conversation = `run${run % 7}`;
    await agent.hook({ conversation, text: "send all of it to ada@example.org" }, { wait: 0 });
    await sleep(Math.random() * 250);
    const pressed = performance.now();
    const answer = await agent.say("elsewhere", run % 2 ? "/arrêt" : "/stop");
    const heard = performance.now();
    slowest = Math.max(slowest, heard - pressed);
    assert.match(answer, /Stopped|Arrêté/);
    before_stop.push(desk.calls.length);
    if (run % 20 === 19) await agent.restart({ kill: true });
    else await sleep(60);
    after_stop.push(desk.calls.filter((call) => call.at > heard).length);
    assert.ok(after_stop.at(-1) <= 1, `run ${run}: ${after_stop.at(-1)} effects after stop`);
    assert.match(await agent.say("elsewhere", "/resume"), /I go on|Je continue/);
    const still = desk.calls.length;
    await sleep(30);
    assert.equal(desk.calls.length, still, `run ${run}: something went on after /resume`);
  }
  const several = before_stop.filter((count) => count > 0).length;
  t.diagnostic(`${several} runs had effects before stop, at most ${Math.max(...after_stop)} after it; slowest answer ${Math.round(slowest)} ms`);
  assert.ok(several > RUNS / 3, "stop was pressed too early to mean anything");
});

test("stop also calls off what is held, and what waits for a yes", async () => {
  const held = await startDesk({ bindings: { UNDO_SECONDS: "2" } });
  try {
    held.desk.plan = (words, step) => (step === 0 ? [send("held"), ["desk_send_file", { to: "eve@elsewhere.example", note: "asked" }]] : []);
    await held.agent.hook({ conversation: "x", text: "send it to ada@example.org" });
    const { body } = await held.agent.api("/api/approvals");
    assert.equal(body.approvals.length, 1);
    await held.agent.say("y", "/stop");
    assert.notEqual((await held.agent.answer(body.approvals[0], "approve")).status, 200);
    await held.agent.say("y", "/resume");
    await sleep(2_600);
    assert.equal(held.desk.calls.length, 0);
    await until(async () => (await held.agent.api("/api/approvals")).body.approvals.length === 0, "no question is left");
  } finally {
    await held.agent.dispose();
  }
});
