// The owner's calendar at Google, by an emulator that is not ours, in the real Worker.

import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { startGmail } from "./accounts/google-agent.mjs";

let google;

before(async () => {
  google = await startGmail({
    events: [
      { id: "evt-standup", summary: "Standup", start_date_time: "2027-03-02T09:00:00Z", end_date_time: "2027-03-02T09:30:00Z" },
      { id: "evt-review", summary: "Review", start_date_time: "2027-03-02T13:00:00Z", end_date_time: "2027-03-02T14:00:00Z", attendees: [{ email: "bob@example.org", response_status: "needsAction" }] },
    ],
  });
  await google.agent.say("setup", "/zone Europe/Paris");
}, { timeout: 900_000 });
after(() => google?.stop());
afterEach(() => {
  google.reset();
  google.road.calm();
});

const named = (title) => google.events().filter((event) => event.summary === title);
/** One turn: its answer, with all that it asks about approved. */
async function turn(conversation, text, ...calls) {
  google.plan(...calls);
  const { body } = await google.agent.hook({ conversation, text });
  const before = { cards: body.approvals ?? [], text: JSON.stringify(body.messages) };
  return { ...before, turn: body.turn, approve: async () => Promise.all(before.cards.map((card) => google.approve(card))) };
}

test("a day is listed, in the owner's zone", async () => {
  const { text } = await turn("a", "what is on 2 March 2027?", ["calendar_list", { account: "google", from: "2027-03-02" }], ["show", { handle: "$event_1" }]);
  assert.match(text, /Standup/);
  assert.match(text, /Tue 2 Mar 2027, 10:00/);
  assert.match(text, /Review/);
});

test("an event is added once, also when the answer is lost", async () => {
  google.road.fault({ path: "/events?", method: "POST" }, { drop: "after" });
  const { approve, turn: id } = await turn("b", "put the dentist on 3 March 2027 at 15:00", ["calendar_add", { account: "google", title: "Dentist", start: "2027-03-03T15:00" }]);
  await approve();
  await google.quiet(id);
  const [event, ...more] = named("Dentist");
  assert.equal(new Date(event.start_date_time).toISOString(), "2027-03-03T14:00:00.000Z");
  assert.equal(more.length, 0);
  const posts = google.road.requests.filter((request) => request.method === "POST" && request.path.includes("/events?"));
  assert.equal(posts.length, 2, "it was asked for again, under the same id");
  assert.equal(JSON.parse(posts[0].body).id, JSON.parse(posts[1].body).id);
  assert.ok(posts.every((post) => post.path.endsWith("sendUpdates=none")));
  assert.deepEqual((await google.agent.api(`/api/turns/${id}`)).body.calls.map((call) => call.status), ["done"]);
});

test("nobody is invited before the owner says yes, and then once", async () => {
  const { cards, approve } = await turn("c", "arrange a talk on 4 March 2027 at 10", ["calendar_schedule", { account: "google", title: "Talk", start: "2027-03-04T10:00", attendees: ["eve@example.net"] }]);
  assert.equal(cards.length, 1);
  assert.match(cards[0].summary, /eve@example\.net/);
  assert.equal(named("Talk").length, 0);
  await approve();
  const [event] = await google.until(() => named("Talk").length === 1 && named("Talk"), "it is there");
  assert.deepEqual(event.attendees.map((guest) => guest.email), ["eve@example.net"]);
  assert.ok(google.road.requests.some((request) => request.method === "POST" && request.path.endsWith("sendUpdates=all")));
});

test("an event is moved, its guests are told, and it is cancelled", async () => {
  const find = ["calendar_find", { account: "google", query: "Review", from: "2027-03-01" }];
  const moved = await turn("d", "move the review to 2 March 2027 at 16:00", find, ["calendar_move", { event: "$event_1[1]", start: "2027-03-02T16:00" }]);
  await moved.approve();
  await google.until(() => new Date(named("Review")[0].start_date_time).toISOString() === "2027-03-02T15:00:00.000Z", "it is moved");
  assert.equal(new Date(named("Review")[0].end_date_time).toISOString(), "2027-03-02T16:00:00.000Z");
  const cancelled = await turn("e", "cancel the review", find, ["calendar_cancel", { event: "$event_1[1]" }]);
  assert.equal(cancelled.cards.length, 1);
  assert.equal(named("Review").length, 1, "it is there until the owner says yes");
  await cancelled.approve();
  await google.until(() => named("Review").length === 0, "it is gone");
});

test("free times leave out what is busy", async () => {
  const { text } = await turn("f", "when am I free on 2 March 2027?", ["calendar_slots", { account: "google", from: "2027-03-02", days: 1, minutes: 60 }], ["show", { handle: "$event_1" }]);
  assert.match(text, /Free/);
  assert.match(text, /Tue 2 Mar 2027, 10:30/);
});
