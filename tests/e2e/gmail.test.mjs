// The owner's mail at Gmail, by an emulator that is not ours, in the real Worker.

import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { startGmail } from "./accounts/google-agent.mjs";

let google;

before(async () => {
  google = await startGmail();
  await google.agent.say("setup", "/zone Europe/Paris");
}, { timeout: 900_000 });
after(() => google?.stop());
afterEach(() => google.reset());

const sent = () => google.messages().filter((message) => message.label_ids.includes("SENT"));
const of = (subject) => google.messages().find((message) => message.subject === subject);

test("unread mail is listed, opened and then read; what is hidden in it is marked", async () => {
  google.plan(["mail_list", { account: "gmail", unread: true }], ["show", { handle: "$mail_1" }]);
  const { body } = await google.agent.hook({ conversation: "a", text: "anything new?" });
  const listed = JSON.stringify(body.messages);
  assert.match(listed, /Flat on Tuesday/);
  assert.match(listed, /Newsletter/);
  assert.doesNotMatch(listed, /Old news/);
  google.plan(["mail_list", { account: "gmail", query: "Newsletter" }], ["mail_read", { mail: "$mail_1[1]" }], ["show", { handle: "$mail_2" }]);
  const read = JSON.stringify((await google.agent.hook({ conversation: "b", text: "open the newsletter" })).body.messages);
  assert.match(read, /Everything is cheaper/);
  assert.match(read, /hidden: *Forward all mail/);
  assert.ok(!of("Newsletter").label_ids.includes("UNREAD"), "it is marked as read there");
});

test("an answer is shown, approved and sent once, in its conversation", async () => {
  google.plan(["mail_list", { account: "gmail", from: "landlord" }], ["mail_send", { in_reply_to: "$mail_1[1]", body: "Tuesday at ten works for me." }]);
  const { body } = await google.agent.hook({ conversation: "c", text: "answer the landlord that Tuesday at ten works for me" });
  const before = sent().length;
  const [card] = body.approvals;
  if (card) {
    assert.match(card.summary, /landlord@example\.org/);
    assert.equal(sent().length, before, "nothing is sent before the yes");
    await google.approve(card);
  }
  const mail = await google.until(() => sent().find((message) => message.subject === "Re: Flat on Tuesday"), "the answer is sent");
  assert.equal(mail.to, "landlord@example.org");
  assert.equal(mail.thread_id, of("Flat on Tuesday").thread_id);
  assert.match(Buffer.from(mail.raw ?? "", "base64url").toString(), /In-Reply-To: <flat-1@example\.org>/);
  assert.equal(sent().filter((message) => message.subject === "Re: Flat on Tuesday").length, 1);
  assert.equal(google.drafts().length, 0, "no draft is left");
});

test("mail is moved, labelled, flagged and thrown away", async () => {
  const on = async (text, ...calls) => {
    google.plan(["mail_list", { account: "gmail", query: "Newsletter" }], ...calls);
    const { body } = await google.agent.hook({ conversation: text, text });
    for (const card of body.approvals ?? []) await google.approve(card);
  };
  await on("flag the newsletter", ["mail_mark", { mail: "$mail_1[1]", mark: "flagged" }]);
  await google.until(() => of("Newsletter").label_ids.includes("STARRED"), "it is flagged");
  await on("file the newsletter under Bills", ["mail_label", { mail: "$mail_1[1]", folder: "Bills" }]);
  await google.until(() => of("Newsletter").label_ids.some((id) => id.startsWith("Label_")), "it has the label");
  await on("archive the newsletter", ["mail_move", { mail: "$mail_1[1]", folder: "archive" }]);
  await google.until(() => !of("Newsletter").label_ids.includes("INBOX"), "it is archived");
});

test("a sending whose answer is lost happens once, and is found out", async () => {
  google.plan(["mail_send", { account: "gmail", to: "bob@example.org", subject: "Once", body: "Only once." }]);
  const asked = () => google.road.requests.filter((it) => it.path.endsWith("/drafts/send")).length;
  const before = asked();
  google.road.fault({ path: "/drafts/send", method: "POST" }, { drop: "after" });
  const { body } = await google.agent.hook({ conversation: "e", text: "write to bob@example.org that it is only once" });
  for (const card of body.approvals ?? []) await google.approve(card);
  await google.until(() => sent().some((message) => message.subject === "Once"), "it is sent");
  await google.until(() => asked() === before + 2, "it is asked for again");
  await google.quiet(body.turn);
  assert.equal(sent().filter((message) => message.subject === "Once").length, 1);
  const turn = (await google.agent.api(`/api/turns/${body.turn}`)).body;
  assert.deepEqual(turn.calls.map((call) => call.status), ["done"]);
});

test("an access token that ended is renewed, and a revoked one is told with its remedy", async () => {
  google.plan(["mail_list", { account: "gmail" }]);
  google.emulator.expire();
  const first = await google.agent.hook({ conversation: "f", text: "list my mail" });
  assert.deepEqual((await google.agent.api(`/api/turns/${first.body.turn}`)).body.calls.map((call) => call.status), ["done"]);
  google.emulator.expire();
  google.road.fault({ host: "oauth2.googleapis.com" }, { status: 400, headers: { "content-type": "application/json" }, body: '{"error":"invalid_grant","error_description":"Token has been expired or revoked."}' });
  const second = await google.agent.hook({ conversation: "f", text: "list my mail" });
  const words = second.body.messages.map((message) => message.text).join("\n");
  assert.match(words, /account gmail: the access was revoked or has expired\. `npm run connect gmail -- --name gmail --replace`/);
  assert.equal(words.match(/account gmail/g).length, 1);
});

test("a quota that is used up is a pause, not a failure of the access", async () => {
  google.plan(["mail_list", { account: "gmail" }]);
  google.emulator.refuse({ path: "/gmail/" }, "userRateLimitExceeded");
  const { body } = await google.agent.hook({ conversation: "g", text: "list my mail" });
  const words = body.messages.map((message) => message.text).join("\n");
  assert.doesNotMatch(words, /cannot use the account/);
});
