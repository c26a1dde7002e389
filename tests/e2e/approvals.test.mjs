// The owner's yes: bound to one exact call, given once, and never for something else.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { until } from "./harness.mjs";
import { MODEL, TOKENS, modelServer, startAgent } from "./support.mjs";

let agent;

/** A planner that writes to somebody whom the owner's words do not name. */
const server = modelServer(async (words, { results }) => {
  const said = words.split("\n\n").at(-1);
  const handle = results.length > 0 ? JSON.parse(results[0].content).handle : null;
  if (said === "show my sent mail") {
    if (results.length === 0) return { calls: [["mail_list", { folder: "sent", limit: 50 }]] };
    return results.length === 1 ? { calls: [["show", { handle }]] } : { text: "That is all." };
  }
  if (!said.startsWith("write about ") || results.length > 0) return { text: "Fine." };
  return { calls: [["mail_send", { to: "bob@example.org", subject: said.slice("write about ".length), body: "see you there" }]] };
});

before(async () => {
  agent = await startAgent({ persist: true, bindings: MODEL, outbound: server.outbound });
});

after(() => agent.dispose());

let asked = 0;

/** Asks for a mail whose subject nobody else uses, and returns the question. */
async function ask(conversation = `ask-${(asked += 1)}`) {
  const subject = `matter ${(asked += 1)} of ${conversation}`;
  const answer = await agent.hook({ conversation, text: `write about ${subject}` });
  assert.equal(answer.body.status, "waiting");
  assert.equal(answer.body.approvals.length, 1);
  return { ...answer.body.approvals[0], turn: answer.body.turn, subject, conversation };
}

/** How many mails with this subject are in the Sent folder, where the owner would look. */
async function sent(subject) {
  const list = await agent.say("looking", "show my sent mail");
  assert.match(list, /^Mail\n1\. /m);
  return list.split("\n").filter((line) => line.endsWith(`. ${subject}`)).length;
}

const waiting = async () => (await agent.api("/api/approvals")).body.approvals;

test("a mail is asked for, listed by command and by API, and not sent meanwhile", async () => {
  const one = await ask();
  assert.match(one.summary, /mail_send.*bob@example\.org/);
  assert.match(await agent.say("other", "/approvals"), /mail_send \(send\).*bob@example\.org/);
  const listed = (await waiting()).find((question) => question.id === one.id);
  assert.equal(listed.call_hash, one.call_hash);
  assert.equal(listed.turn, one.turn);
  const lines = Object.fromEntries(listed.card.lines.map((line) => [line.name, line]));
  assert.deepEqual([lines.to.value, lines.to.role], ["bob@example.org", "control"]);
  assert.deepEqual([lines.subject.value, lines.body.value], [one.subject, "see you there"]);
  const left_ms = listed.expires_at - Date.now();
  assert.ok(left_ms > 23.9 * 3_600_000 && left_ms <= 24 * 3_600_000);
  assert.equal(await sent(one.subject), 0);
});

test("a yes sends exactly one mail, and a second yes is refused", async () => {
  const one = await ask();
  const yes = await agent.answer(one, "approve");
  assert.deepEqual([yes.status, yes.body], [200, { status: "approved" }]);
  await until(async () => (await sent(one.subject)) === 1, "the mail was sent");
  const again = await agent.answer(one, "approve");
  assert.deepEqual([again.status, again.body.code], [409, "no_longer_open"]);
  assert.equal((await agent.answer(one, "deny")).status, 409);
  assert.equal(await sent(one.subject), 1);
  const { body } = await agent.api(`/api/turns/${one.turn}`);
  assert.deepEqual([body.status, body.calls[0].status], ["done", "done"]);
  assert.deepEqual([body.calls[0].args.to, body.calls[0].parent], ["bob@example.org", null]);
  assert.match(body.messages.map((message) => message.text).join(), /Done, as you approved/);
});

test("a no sends nothing, and a yes after it is refused", async () => {
  const one = await ask();
  assert.deepEqual((await agent.answer(one, "deny")).body, { status: "denied" });
  assert.equal((await agent.answer(one, "approve")).status, 409);
  assert.equal(await sent(one.subject), 0);
  const { body } = await agent.api(`/api/turns/${one.turn}`);
  assert.deepEqual([body.status, body.calls[0].status], ["done", "denied"]);
});

test("a hash that is not that of the call is refused and leaves the question open", async () => {
  const one = await ask();
  const other = await ask();
  const turned = one.call_hash.replace(/^./, (c) => (c === "0" ? "1" : "0"));
  for (const hash of [turned, "", other.call_hash, one.call_hash.toUpperCase(), `${one.call_hash} `, one.call_hash.slice(0, -1)]) {
    if (hash === one.call_hash) continue;
    const answer = await agent.answer(one, "approve", hash);
    assert.deepEqual([answer.status, answer.body.code], [409, "no_longer_open"], hash);
  }
  assert.equal(await sent(one.subject), 0);
  assert.equal((await agent.answer(one, "approve")).status, 200);
  await until(async () => (await sent(one.subject)) === 1, "the mail was sent");
  assert.equal(await sent(other.subject), 0);
});

test("a question that nobody asked is unknown, and a broken answer is a bad request", async () => {
  const one = await ask();
  for (const id of ["a_00000000000000000000000000000000", `${one.id}x`, "x", one.turn, "%00", "a".repeat(3_000)]) {
    assert.equal((await agent.answer({ ...one, id }, "approve")).status, 404, id);
  }
  const post = (body) => agent.api(`/api/approvals/${one.id}`, { method: "POST", body });
  for (const body of ["", "{", "[]", '{"decision":"approve"}', '{"decision":"maybe","call_hash":"x"}', '{"decision":1,"call_hash":"x"}', '{"decision":"approve","call_hash":"x","force":true}', `{"decision":"APPROVE","call_hash":"${one.call_hash}"}`]) {
    assert.equal((await post(body)).status, 400, body);
  }
  assert.equal((await post("x".repeat(70_000))).status, 413);
  assert.ok((await waiting()).some((question) => question.id === one.id));
});

test("neither the webhook's token nor a stranger can answer", async () => {
  const one = await ask();
  const body = JSON.stringify({ decision: "approve", call_hash: one.call_hash });
  for (const [authorization, status] of [[`Bearer ${TOKENS.WEBHOOK_TOKEN}`, 403], ["Bearer x", 401]]) {
    assert.equal((await agent.fetch(`/api/approvals/${one.id}`, { method: "POST", body, headers: { authorization } })).status, status);
  }
  assert.equal((await agent.fetch(`/api/approvals/${one.id}`, { method: "POST", body })).status, 401);
  for (const text of ["yes", "approve", `approve ${one.id}`, `y:${one.id}`, `/approve ${one.id}`]) await agent.say(one.conversation, text);
  await agent.say(one.conversation, "yes, send it", { sender: "bob" });
  assert.equal(await sent(one.subject), 0);
});

test("twenty answers at once are one effect", async () => {
  const one = await ask();
  const answers = await Promise.all(Array.from({ length: 20 }, (_, n) => agent.answer(one, n % 4 === 3 ? "deny" : "approve")));
  const taken = answers.filter((answer) => answer.status === 200);
  assert.equal(taken.length, 1);
  assert.ok(answers.every((answer) => [200, 409].includes(answer.status)));
  await until(async () => (await agent.api(`/api/turns/${one.turn}`)).body.status === "done", "the turn ended");
  assert.equal(await sent(one.subject), taken[0].body.status === "approved" ? 1 : 0);
});

test("after /cancel, /new or /stop a yes comes too late", async () => {
  for (const command of ["/cancel", "/new", "/stop"]) {
    const one = await ask();
    await agent.say(one.conversation, command);
    const answer = await agent.answer(one, "approve");
    assert.deepEqual([answer.status, answer.body.code], [410, "expired"], command);
    await agent.say(one.conversation, "/resume");
    assert.equal(await sent(one.subject), 0, command);
    assert.equal((await agent.api(`/api/turns/${one.turn}`)).body.status, "cancelled");
  }
});

test("a question survives a kill of the process, and so does its answer", async () => {
  const one = await ask();
  await agent.restart({ kill: true });
  assert.ok((await waiting()).some((question) => question.id === one.id && question.call_hash === one.call_hash));
  assert.equal((await agent.answer(one, "approve")).status, 200);
  await until(async () => (await sent(one.subject)) === 1, "the mail was sent");
  await agent.restart({ kill: true });
  assert.equal(await sent(one.subject), 1);
  assert.equal((await agent.answer(one, "approve")).status, 409);
});

test("a kill right after the yes leaves one mail, neither none nor two", async () => {
  const one = await ask();
  const answered = agent.answer(one, "approve").catch(() => null);
  await answered;
  await agent.restart({ kill: true });
  await until(async () => (await sent(one.subject)) === 1, "the mail was sent", 15_000);
  assert.equal((await agent.answer(one, "approve")).status, 409);
});
