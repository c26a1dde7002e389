// Calendars at two real services that are not ours: Cyrus, which tells attendees by mail, and
// Radicale, which tells nobody. What came of a call is looked at with another client.

import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { buildAccounts, FOLDER } from "./accounts/build.mjs";
import { until } from "./harness.mjs";
import { startCyrus } from "./servers/cyrus.mjs";
import { davClient } from "./servers/independent.mjs";
import { startRadicale } from "./servers/radicale.mjs";
import { reroute } from "./servers/reroute.mjs";
import { startSmtpSink } from "./servers/smtp-sink.mjs";
import { MODEL, completion, sleep, startAgent } from "./support.mjs";

const BINDINGS = { AGENDA_USER: "alice", AGENDA_PASSWORD: "pw-alice", HOME_USER: "alice", HOME_PASSWORD: "pw-alice", MODEL_BASE_URL: "https://api.openai.com/v1" };
const AGENDA = "agenda.example.org";
const HOME = "home.example.net";
const DAY_MS = 86_400_000;

/** The last Sunday of next year's March, when the clocks of Paris change; days are counted from it. */
const SUNDAY = (() => {
  const last = new Date(Date.UTC(new Date().getUTCFullYear() + 1, 2, 31));
  return last.getTime() - last.getUTCDay() * DAY_MS;
})();
const day = (offset) => new Date(SUNDAY + offset * DAY_MS).toISOString().slice(0, 10);
const plain = (offset) => day(offset).replaceAll("-", "");
const calendarOf = (...lines) => ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//test//test//EN", "BEGIN:VEVENT", "DTSTAMP:20270101T000000Z", ...lines, "END:VEVENT", "END:VCALENDAR", ""].join("\r\n");
const unfolded = (text) => text.replace(/\r?\n[ \t]/g, "");

let sink, cyrus, radicale, road, agent, agenda, home;
let rounds = [];
let prompts = [];

/** Plays the planner: one round of calls after the other, then the end. */
async function model(request, record) {
  const prompt = JSON.parse(record.body);
  prompts.push(record.body);
  const last = prompt.messages.findLastIndex((message) => message.role === "user");
  const step = prompt.messages.slice(last).filter((message) => message.role === "assistant").length;
  return completion(step < rounds.length ? { calls: rounds[step] } : { text: "Done." });
}

before(async () => {
  await buildAccounts();
  [sink, radicale] = await Promise.all([startSmtpSink(), startRadicale()]);
  cyrus = await startCyrus({ smtpPort: sink.port });
  const made = await fetch(`${radicale.calendarHome("alice")}work/`, {
    method: "MKCOL",
    headers: { authorization: radicale.basic("alice"), "content-type": "application/xml" },
    body: '<d:mkcol xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"><d:set><d:prop><d:resourcetype><d:collection/><c:calendar/></d:resourcetype></d:prop></d:set></d:mkcol>',
  });
  assert.equal(made.status, 201);
  [agenda, home] = await Promise.all([davClient(cyrus, "alice", "caldav"), davClient(radicale, "alice", "caldav")]);
  road = reroute({ [AGENDA]: cyrus.url, [HOME]: radicale.url }, { otherwise: model });
  agent = await startAgent({ build: FOLDER, persist: true, bindings: { ...MODEL, ...BINDINGS }, outbound: road.outbound });
  await agent.say("setup", "/zone Europe/Paris");
}, { timeout: 1_800_000 });

after(async () => {
  await agent?.dispose();
  await Promise.all([cyrus, radicale, sink].map((server) => server?.stop()));
});

afterEach(() => {
  road.calm();
  road.requests.length = 0;
});

let talks = 0;

/** A turn of these rounds, in a conversation of its own. */
async function turn(text, ...given) {
  rounds = given;
  const { body } = await agent.hook({ conversation: `talk-${(talks += 1)}`, text }, { wait: 30 });
  return { ...body, text: (body.messages ?? []).map((message) => message.text).join("\n") };
}

/** Says yes to every question of a turn, and waits for its end. */
async function approved(asked) {
  assert.equal(asked.status, "waiting", asked.text);
  for (const approval of asked.approvals) assert.equal((await agent.answer(approval, "approve")).status, 200);
  return ended(asked);
}

async function ended({ turn: id }) {
  return until(async () => {
    const { body } = await agent.api(`/api/turns/${id}`);
    return body.status === "done" && body;
  }, "the turn ends", 20_000);
}

const statuses = async (asked) => (await ended(asked)).calls.map((call) => call.status);
const find = (title) => ["calendar_list", { from: day(-7), days: 21, query: title }];
const put = async (client, uid, ...lines) => {
  const answer = await client.create("", `${uid}.ics`, calendarOf(`UID:${uid}`, ...lines));
  assert.ok([201, 204].includes(answer.status), `${uid}: ${answer.status}`);
};
/** The files in which a text occurs, unfolded. */
const files = async (client, text) => (await client.objects()).map(({ data }) => unfolded(data)).filter((data) => data.includes(text));
const mailsTo = (address) => sink.mails.filter((mail) => mail.to.includes(address));

test("both services list the same: a series keeps its hour over a change of the clocks, days are days", async () => {
  for (const [client, name] of [[agenda, "Cyrus"], [home, "Radicale"]]) {
    await put(client, "weekly", `DTSTART;TZID=Europe/Paris:${plain(-6)}T091700`, `DTEND;TZID=Europe/Paris:${plain(-6)}T094500`, "RRULE:FREQ=WEEKLY;COUNT=3", `SUMMARY:Standup ${name}`);
    await put(client, "fair", `DTSTART;VALUE=DATE:${plain(2)}`, `DTEND;VALUE=DATE:${plain(3)}`, `SUMMARY:Fair ${name}`);
  }
  const { text } = await turn("what is on", [["calendar_list", { from: day(-6), days: 14 }]], [["show", { handle: "$event_1" }]]);
  for (const name of ["Cyrus", "Radicale"]) {
    assert.equal(text.split(`Standup ${name}`).length - 1, 2, text);
    assert.equal(text.split(`Fair ${name}`).length - 1, 1, text);
  }
  assert.equal(text.split("09:17").length - 1, 4, text);
  const later = await turn("and then", [["calendar_list", { from: day(7), days: 7 }]], [["show", { handle: "$event_1" }]]);
  assert.equal(later.text.split("09:17").length - 1, 2, later.text);
  for (const prompt of prompts) assert.ok(!/Standup|Fair|09:17/.test(prompt), "no word of an event reaches the planner");
});

test("an event is added once, without attendees, whichever answer is lost", async () => {
  for (const [account, host, client] of [["agenda", AGENDA, agenda], ["home", HOME, home]]) {
    for (const drop of ["none", "before", "after"]) {
      const title = `Lunch ${drop} ${account}`;
      const fault = drop === "none" ? null : road.fault({ host, method: "PUT" }, { drop });
      const asked = await turn("add a lunch", [["calendar_add", { account, title, start: `${day(-5)}T12:30`, minutes: 45, place: "Café; \"Le Port\", quai" }]]);
      assert.deepEqual(await statuses(asked), ["done"], asked.text);
      assert.equal(fault?.pending() ?? 0, 0);
      const found = await files(client, `SUMMARY:${title}`);
      assert.equal(found.length, 1, title);
      assert.match(found[0], new RegExp(`DTSTART(:${plain(-5)}T113000Z)`));
      assert.match(found[0], /DTEND:\d{8}T121500Z/);
      assert.ok(!/ATTENDEE|ORGANIZER/.test(found[0]));
    }
  }
  assert.deepEqual(sink.mails, []);
});

test("one occurrence of a series moves and one goes, the rest stays; a lost answer changes it once", async () => {
  for (const [account, host, client] of [["Cyrus", AGENDA, agenda], ["Radicale", HOME, home]]) {
    const standup = `Standup ${account}`;
    road.fault({ host, method: "PUT" }, { drop: "after" });
    const moved = await approved(await turn("move it", [find(standup)], [["calendar_move", { event: "$event_1[2]", start: `${day(2)}T14:05` }]]));
    assert.deepEqual(moved.calls.map((call) => call.status), ["done", "done"]);
    let [file] = await files(client, `SUMMARY:${standup}`);
    assert.equal(file.match(/RECURRENCE-ID/g).length, 1);
    assert.match(file, new RegExp(`DTSTART;TZID=Europe/Paris:${plain(2)}T140500`));
    assert.match(file, new RegExp(`DTSTART;TZID=Europe/Paris:${plain(-6)}T091700`));
    const off = await approved(await turn("cancel the last one", [find(standup)], [["calendar_cancel", { event: "$event_1[3]" }]]));
    assert.deepEqual(off.calls.map((call) => call.status), ["done", "done"]);
    [file] = await files(client, `SUMMARY:${standup}`);
    assert.match(file, /EXDATE/);
  }
  const { text } = await turn("look", [find("Standup")], [["show", { handle: "$event_1" }]]);
  assert.equal(text.split("Standup").length - 1, 4, text);
  assert.equal(text.split("14:05").length - 1, 2, text);
});

test("people are invited after the owner's yes, and once, though the answer is lost", async () => {
  road.fault({ host: AGENDA, method: "PUT" }, { drop: "after" });
  const asked = await turn("plan it", [["calendar_schedule", { title: "Budget", start: `${day(1)}T10:00`, attendees: ["dave@example.org"] }]]);
  assert.match(asked.approvals[0].summary, /calendar_schedule.*dave@example\.org/);
  await sleep(1_000);
  assert.deepEqual(sink.mails, []);
  assert.deepEqual(await files(agenda, "SUMMARY:Budget"), []);
  const { calls } = await approved(asked);
  assert.deepEqual(calls.map((call) => call.status), ["done"]);
  const mail = await sink.next((one) => one.to.includes("dave@example.org"));
  assert.match(mail.text, /METHOD:REQUEST/i);
  const [file] = await files(agenda, "SUMMARY:Budget");
  assert.match(file, /ORGANIZER[^\r\n]*:mailto:alice@test/);
  await sleep(1_500);
  assert.equal(mailsTo("dave@example.org").length, 1);
});

test("whoever is invited hears of a move and of the end, each once", async () => {
  road.fault({ host: AGENDA, method: "PUT" }, { drop: "after" });
  const asked = await turn("move the budget", [find("Budget")], [["calendar_move", { event: "$event_1[1]", start: `${day(1)}T16:00` }]]);
  const moved = await approved(asked);
  assert.deepEqual(moved.calls.map((call) => call.status), ["done", "done"]);
  const update = await sink.next((one) => /METHOD:REQUEST/i.test(one.text) && one.text.includes(`DTSTART:${plain(1)}T140000Z`));
  assert.deepEqual(update.to, ["dave@example.org"]);
  road.fault({ host: AGENDA, method: "DELETE" }, { drop: "after" });
  const off = await approved(await turn("call it off", [find("Budget")], [["calendar_cancel", { event: "$event_1[1]" }]]));
  assert.deepEqual(off.calls.map((call) => call.status), ["done", "done"]);
  await sink.next((one) => /METHOD:CANCEL/i.test(one.text));
  assert.deepEqual(await files(agenda, "SUMMARY:Budget"), []);
  await sleep(1_500);
  assert.equal(mailsTo("dave@example.org").length, 3);
});

test("an invitation is answered, its organiser hears it once, and declining takes it away", async () => {
  await put(agenda, "review", `DTSTART:${plain(3)}T140000Z`, `DTEND:${plain(3)}T150000Z`, "SUMMARY:Review", "ORGANIZER:mailto:eve@example.org", "ATTENDEE;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:alice@test");
  road.fault({ host: AGENDA, method: "PUT" }, { drop: "after" });
  const asked = await turn("say perhaps", [find("Review")], [["calendar_respond", { event: "$event_1[1]", answer: "tentative" }]]);
  const answered = await approved(asked);
  assert.deepEqual(answered.calls.map((call) => call.status), ["done", "done"]);
  const reply = await sink.next((one) => one.to.includes("eve@example.org"));
  assert.match(reply.text, /METHOD:REPLY/i);
  assert.match(unfolded(reply.text), /PARTSTAT=TENTATIVE/);
  assert.match((await files(agenda, "SUMMARY:Review"))[0], /PARTSTAT=TENTATIVE/);
  await approved(await turn("I do not go", [find("Review")], [["calendar_cancel", { event: "$event_1[1]" }]]));
  const declined = await sink.next((one) => one.to.includes("eve@example.org"));
  assert.match(unfolded(declined.text), /PARTSTAT=DECLINED/);
  assert.deepEqual(await files(agenda, "SUMMARY:Review"), []);
  await sleep(1_000);
  assert.equal(mailsTo("eve@example.org").length, 2);
});

test("a service that tells nobody is not used to invite", async () => {
  const asked = await turn("plan it at home", [["calendar_schedule", { account: "home", title: "Dinner", start: `${day(1)}T19:00`, attendees: ["dave@example.org"] }]]);
  const { calls } = await approved(asked);
  assert.deepEqual(calls.map((call) => call.status), ["failed"]);
  assert.deepEqual(await files(home, "SUMMARY:Dinner"), []);
});

test("what somebody else changed after it was shown is left as it is", async () => {
  await put(agenda, "walk", `DTSTART:${plain(4)}T100000Z`, `DTEND:${plain(4)}T110000Z`, "SUMMARY:Walk");
  const asked = await turn("cancel the walk", [find("Walk")], [["calendar_cancel", { event: "$event_1[1]" }]]);
  const url = `${cyrus.calendarHome("alice")}Default/walk.ics`;
  const other = calendarOf("UID:walk", `DTSTART:${plain(4)}T120000Z`, `DTEND:${plain(4)}T130000Z`, "SUMMARY:Walk", "SEQUENCE:1");
  const changed = await fetch(url, { method: "PUT", headers: { authorization: cyrus.basic("alice"), "content-type": "text/calendar" }, body: other });
  assert.equal(changed.status, 204);
  const { calls } = await approved(asked);
  assert.deepEqual(calls.map((call) => call.status), ["done", "failed"]);
  assert.equal((await files(agenda, "SUMMARY:Walk")).length, 1);
});

test("free times leave out what both services have, and an event can begin in one", async () => {
  await put(agenda, "morning", `DTSTART;TZID=Europe/Paris:${plain(5)}T080000`, `DTEND;TZID=Europe/Paris:${plain(5)}T120000`, "SUMMARY:Morning");
  await put(home, "noon", `DTSTART;TZID=Europe/Paris:${plain(5)}T113000`, `DTEND;TZID=Europe/Paris:${plain(5)}T140000`, "SUMMARY:Noon");
  const slots = ["calendar_slots", { from: day(5), days: 1, minutes: 90 }];
  const seen = await turn("when am I free", [slots], [["show", { handle: "$event_1" }]]);
  assert.match(seen.text, /14:00/);
  assert.match(seen.text, /19:00/);
  assert.ok(!/08:00|12:00/.test(seen.text), seen.text);
  // The account at another service is not set up here.
  assert.match(seen.text, /could not be asked/);
  const asked = await turn("take it", [slots], [["calendar_add", { account: "home", title: "Siesta", start: "$event_1[1].start" }]]);
  const { calls } = await approved(asked);
  assert.deepEqual(calls.map((call) => call.status), ["done", "done"]);
  assert.match((await files(home, "SUMMARY:Siesta"))[0], new RegExp(`DTSTART:${plain(5)}T120000Z`));
});

test("one service that fails leaves what the other has; a read is asked again", async () => {
  road.fault({ host: HOME, method: "REPORT" }, { html: true }, { times: 9 });
  const { text } = await turn("look", [find("Fair")], [["show", { handle: "$event_1" }]]);
  assert.match(text, /Fair Cyrus/);
  assert.ok(!text.includes("Fair Radicale"));
  road.calm();
  road.fault({ host: HOME, method: "REPORT" }, { drop: "after" });
  road.fault({ host: AGENDA, method: "REPORT" }, { truncate: 300 });
  const again = await turn("look again", [find("Fair")], [["show", { handle: "$event_1" }]]);
  assert.match(again.text, /Fair Radicale/);
});

test("the offline planner's agenda shows what is there", async () => {
  const tomorrow = new Date(Date.now() + DAY_MS).toLocaleDateString("sv-SE", { timeZone: "Europe/Paris" }).replaceAll("-", "");
  await put(agenda, "tomorrow", `DTSTART;TZID=Europe/Paris:${tomorrow}T103000`, `DTEND;TZID=Europe/Paris:${tomorrow}T110000`, "SUMMARY:Barber");
  const offline = await startAgent({ build: FOLDER, persist: true, bindings: BINDINGS, outbound: road.outbound });
  try {
    await offline.say("a", "/zone Europe/Paris");
    assert.match(await offline.say("a", "/agenda tomorrow"), /Barber/);
    assert.match(await offline.say("a", "add Haircut tomorrow at 15:00"), /Added to your calendar/i);
    assert.equal((await files(agenda, "SUMMARY:Haircut")).length, 1);
    assert.match(await offline.say("a", "/agenda tomorrow"), /Haircut/i);
  } finally {
    await offline.dispose();
  }
});
