// The owner's contacts at Cyrus and at Radicale, two servers that are not ours, in the real Worker. What
// came of it is looked at with another client.

import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, test } from "node:test";
import { FOLDER, buildAccounts } from "./accounts/build.mjs";
import { until } from "./harness.mjs";
import { startCyrus } from "./servers/cyrus.mjs";
import { startGoogle } from "./servers/google.mjs";
import { davClient } from "./servers/independent.mjs";
import { startRadicale } from "./servers/radicale.mjs";
import { reroute } from "./servers/reroute.mjs";
import { MODEL, completion, startAgent } from "./support.mjs";

const SCOPE = "https://www.googleapis.com/auth/gmail.modify";
const folder = mkdtempSync(join(tmpdir(), "sclerite-contacts-"));
let agent;
let cyrus;
let radicale;
let google;
let road;
let calls = [];

const card = (uid, name, address, ...more) => ["BEGIN:VCARD", "VERSION:3.0", `UID:${uid}`, `FN:${name}`, `N:${name.split(" ").toReversed().join(";")};;;`, `EMAIL:${address}`, ...more, "END:VCARD", ""].join("\r\n");

/** Writes a card to one of Alice's books, as an app of hers would. */
async function write(server, book, uid, text) {
  const url = `${server.contactsHome("alice")}${book}/${uid}.vcf`;
  const response = await fetch(url, { method: "PUT", headers: { authorization: server.basic("alice"), "content-type": "text/vcard" }, body: text });
  assert.ok(response.ok, `${url}: ${response.status}`);
}

async function remove(server, book, uid) {
  const response = await fetch(`${server.contactsHome("alice")}${book}/${uid}.vcf`, { method: "DELETE", headers: { authorization: server.basic("alice") } });
  assert.ok(response.ok);
}

const NAMES = 'xmlns:d="DAV:" xmlns:a="urn:ietf:params:xml:ns:carddav"';
const newBook = (name) => `<?xml version="1.0"?><d:mkcol ${NAMES}><d:set><d:prop><d:resourcetype><d:collection/><a:addressbook/></d:resourcetype><d:displayname>${name}</d:displayname></d:prop></d:set></d:mkcol>`;

async function start() {
  const { refresh_token } = await google.consent({ scope: SCOPE });
  return startAgent({
    build: FOLDER,
    persist: folder,
    outbound: road.outbound,
    bindings: {
      ...MODEL,
      UNDO_SECONDS: "0",
      GMAIL_REFRESH_TOKEN: refresh_token,
      GOOGLE_CLIENT_ID: google.client.client_id,
      GOOGLE_CLIENT_SECRET: google.client.client_secret,
      PEOPLE_USER: "alice",
      PEOPLE_PASSWORD: cyrus.users.alice,
      FRIENDS_USER: "alice",
      FRIENDS_PASSWORD: radicale.users.alice,
    },
  });
}

before(async () => {
  await buildAccounts();
  radicale = await startRadicale();
  cyrus = await startCyrus({});
  google = await startGoogle({ messages: [{ from: "Bob Stone <bob@example.org>", subject: "Where are you?", body_text: "We are waiting.", message_id: "<w-1@example.org>", label_ids: ["INBOX"] }] });
  const made = await fetch(`${radicale.contactsHome("alice")}friends/`, { method: "MKCOL", headers: { authorization: radicale.basic("alice"), "content-type": "application/xml" }, body: newBook("Friends") });
  assert.equal(made.status, 201);
  await write(cyrus, "Default", "bob", card("bob", "Bob Stone", "bob@example.org", "TEL:+33 6 39 98 00 11"));
  await write(cyrus, "Default", "zoe", card("zoe", "Zoé Blanc", "zoe@example.org"));
  await write(radicale, "friends", "omar", card("omar", "Omar Haddad", "omar@example.org"));
  const model = async (request, record) => {
    const { messages } = JSON.parse(record.body);
    const last = messages.findLastIndex((message) => message.role === "user");
    const step = messages.slice(last).filter((message) => message.role === "assistant").length;
    return completion(step < calls.length ? { calls: [calls[step]] } : { text: "Done." });
  };
  road = reroute({ ...google.hosts, "people.example.org": cyrus.url, "friends.example.net": radicale.url }, { otherwise: model });
  agent = await start();
}, { timeout: 1_800_000 });
after(async () => {
  await agent?.dispose();
  await Promise.all([cyrus, radicale, google].map((server) => server?.stop()));
  rmSync(folder, { recursive: true, force: true });
});
afterEach(() => {
  calls = [];
  road.calm();
});

const dav = () => road.requests.filter(({ host }) => host === "people.example.org" || host === "friends.example.net");
/** What was sent in these tests; the emulator has some of its own from the beginning. */
const sent = () => google.state("google.messages").all().filter((message) => message.label_ids.includes("SENT") && /@example\.org/.test(message.to));
/** Sends to whom a mail is from, by an address that nobody has proven. */
const toWriter = (text) => ask(text, ["mail_list", { account: "gmail", query: "waiting" }], ["mail_send", { to: "$mail_1[1].sender", subject: "Late", body: "I am late." }]);
const turnOf = async ({ turn }) => (await agent.api(`/api/turns/${turn}`)).body;
const words = ({ messages }) => messages.map((message) => JSON.stringify(message)).join("\n");

/** Asks for something that the planner does by these calls; resolves with the answer. */
async function ask(text, ...planned) {
  calls = planned;
  return (await agent.hook({ conversation: `c${road.requests.length}`, text }, { wait: 20 })).body;
}

/** Makes all copies of books so old that they are looked at again: the time is the platform's. */
async function age() {
  await agent.dispose();
  let aged = 0;
  for (const name of readdirSync(folder, { recursive: true })) {
    if (!name.endsWith(".sqlite")) continue;
    const database = new DatabaseSync(join(folder, name));
    const has = database.prepare("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'documents'").get();
    if (has) aged += Number(database.prepare("UPDATE documents SET body = json_set(body, '$.checked', 0) WHERE connector = 'contacts' AND id = 'book'").run().changes);
    database.close();
  }
  assert.equal(aged, 2, "there are two copies");
  agent = await start();
}

test("contacts of both books are found, the invented ones are not, and a second look asks nothing", async () => {
  const all = await ask("who is in my address book?", ["contacts_find", {}], ["show", { handle: "$contact_1" }]);
  for (const known of ["Bob Stone", "Zoé Blanc", "Omar Haddad"]) assert.match(words(all), new RegExp(known));
  assert.doesNotMatch(words(all), /Sofia Rossi/);
  const before = dav().length;
  assert.ok(before <= 10, `${before} requests`);
  const one = await ask("find Zoé", ["contacts_find", { query: "zoe" }], ["show", { handle: "$contact_1" }]);
  assert.match(words(one), /zoe@example[^ ]*org/);
  assert.doesNotMatch(words(one), /Bob/);
  assert.equal(dav().length, before);
});

test("a mail to Bob goes to the one Bob of the book, and nobody is asked who that is", async () => {
  const said = await ask("send Bob a mail that I am late", ["contacts_find", { query: "Bob" }], ["mail_send", { to: "$contact_1[1].address", subject: "Late", body: "I am late." }]);
  assert.deepEqual(said.approvals ?? [], []);
  assert.deepEqual((await turnOf(said)).calls.map((call) => call.status), ["done", "done"]);
  assert.deepEqual(sent().map((message) => message.to), ["bob@example.org"]);
  // Nor where the planner writes the address out, which the owner did not.
  const written = await ask("tell Bob that I am on my way", ["mail_send", { to: "bob@example.org", subject: "On my way", body: "I am on my way." }]);
  assert.deepEqual(written.approvals ?? [], []);
  await until(() => sent().length === 2, "it is sent");
  // Nor where it stands in a mail that anybody may have written, since the owner named its one owner.
  const answered = await toWriter("tell Bob that I am late");
  assert.deepEqual(answered.approvals ?? [], []);
  await until(() => sent().length === 3, "it is sent");
  const stranger = await ask("tell Bob that I am there", ["mail_send", { to: "bob@example.com", subject: "There", body: "I am there." }]);
  assert.equal(stranger.approvals.length, 1);
  assert.equal(sent().length, 3);
});

test("a new contact is written once, as another client sees it, though the answer is lost", async () => {
  const before = dav().length;
  const added = await ask("add Carol Green carol@example.org to my contacts", ["contacts_add", { name: "Carol Green", address: "carol@example.org" }], ["show", { handle: "$contact_1" }]);
  assert.deepEqual(added.approvals ?? [], []);
  assert.match(words(added), /Carol Green/);
  assert.equal(dav().length - before, 2, "it is written and read back");
  road.fault({ host: "people.example.org", method: "PUT" }, { drop: "after" });
  const lost = await ask("add Dan Gray dan@example.org to my contacts", ["contacts_add", { name: "Dan Gray", address: "dan@example.org" }]);
  await until(async () => (await turnOf(lost)).status === "done", "the turn is done", 20_000);
  assert.deepEqual((await turnOf(lost)).calls.map((call) => call.status), ["done"]);
  road.fault({ host: "people.example.org", method: "PUT" }, { drop: "before" });
  const never = await ask("add Eva Roth eva@example.org to my contacts", ["contacts_add", { name: "Eva Roth", address: "eva@example.org" }]);
  await until(async () => (await turnOf(never)).status === "done", "the turn is done", 20_000);
  const client = await davClient(cyrus, "alice", "carddav");
  const cards = (await client.objects("Default")).map(({ data }) => data);
  for (const [name, address] of [["Carol Green", "carol"], ["Dan Gray", "dan"], ["Eva Roth", "eva"]]) {
    const own = cards.filter((text) => text.includes(`${address}@example.org`));
    assert.equal(own.length, 1, name);
    assert.match(own[0], new RegExp(`^FN:${name}\\r?$`, "m"));
  }
  // Whom the owner added is known at once.
  const said = await ask("tell Carol that it is done", ["mail_send", { to: "carol@example.org", subject: "Done", body: "It is done." }]);
  assert.deepEqual(said.approvals ?? [], []);
});

test("an address that the owner did not write is asked about before it is added", async () => {
  const asked = await ask("add Mallory to my contacts", ["contacts_add", { name: "Mallory", address: "mallory@example.net" }]);
  assert.equal(asked.approvals.length, 1);
  assert.match(asked.approvals[0].summary, /mallory@example/);
  await agent.answer(asked.approvals[0], "deny");
  const client = await davClient(cyrus, "alice", "carddav");
  assert.ok((await client.objects("Default")).every(({ data }) => !data.includes("mallory")));
});

test("what was deleted and added there is noticed, by one request where nothing was", async () => {
  await remove(cyrus, "Default", "zoe");
  await write(radicale, "friends", "ida", card("ida", "Ida Holm", "ida@example.org"));
  await age();
  const before = dav().length;
  const all = await ask("who is in my address book?", ["contacts_find", {}], ["show", { handle: "$contact_1" }]);
  assert.match(words(all), /Ida Holm/);
  assert.doesNotMatch(words(all), /Zoé/);
  assert.equal(dav().length - before, 3, "two say what has changed, and one card is fetched");
  const gone = await ask("tell Zoé that it is done", ["mail_send", { to: "zoe@example.org", subject: "Done", body: "It is done." }]);
  assert.equal(gone.approvals.length, 1, "she is not known any more");
  await age();
  const again = dav().length;
  await ask("who is in my address book?", ["contacts_find", {}]);
  assert.equal(dav().length - again, 2);
});

test("where two are called Bob, the owner is asked which one is meant", async () => {
  await write(radicale, "friends", "bob2", card("bob2", "Bob Gray", "bob.gray@example.org"));
  await age();
  const before = sent().length;
  await ask("who is called Bob?", ["contacts_find", { query: "Bob" }]);
  const asked = await toWriter("tell Bob that I am late");
  assert.equal(asked.approvals.length, 1);
  assert.match(asked.approvals[0].summary, /bob@example/);
  assert.equal(sent().length, before);
  // By the whole name it is clear.
  const clear = await toWriter("tell Bob Stone that I am late");
  assert.deepEqual(clear.approvals ?? [], []);
  await until(() => sent().length === before + 1, "it is sent");
});

test("a service that cannot be reached leaves what the other book has, and what is known", async () => {
  await age();
  road.fault({ host: "people.example.org" }, { status: 503, headers: { "content-type": "text/html" }, body: "<h1>Sorry</h1>" }, { times: 10 });
  const all = await ask("who is in my address book?", ["contacts_find", {}], ["show", { handle: "$contact_1" }]);
  assert.match(words(all), /Omar Haddad/);
  const said = await ask("tell Bob Stone that it is done", ["mail_send", { to: "bob@example.org", subject: "Done", body: "It is done." }]);
  assert.deepEqual(said.approvals ?? [], []);
});
