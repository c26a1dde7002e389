// Tests of `npm run connect` for servers that speak open protocols: Radicale (CalDAV, CardDAV) and
// Cyrus (JMAP, CalDAV, CardDAV), which are not ours, and servers by script for what those never say.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startCyrus } from "../../tests/e2e/servers/cyrus.mjs";
import { freePorts } from "../../tests/e2e/servers/process.mjs";
import { startRadicale } from "../../tests/e2e/servers/radicale.mjs";
import { atDesk, scripted } from "./support.mjs";

const PASSWORD = "correct horse #7 it's";

let radicale;
let cyrus;

/** Makes a calendar or an address book of alice's. */
async function make(folder, type, name) {
  const body = `<?xml version="1.0"?><d:mkcol xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav" xmlns:a="urn:ietf:params:xml:ns:carddav"><d:set><d:prop><d:resourcetype><d:collection/><${type}/></d:resourcetype><d:displayname>${name}</d:displayname></d:prop></d:set></d:mkcol>`;
  const answer = await fetch(`${radicale.home("alice")}${folder}/`, { method: "MKCOL", headers: { authorization: radicale.basic("alice") }, body });
  assert.equal(answer.status, 201);
}

before(async () => {
  [radicale, cyrus] = await Promise.all([startRadicale({ users: { alice: PASSWORD, empty: PASSWORD } }), startCyrus()]);
  await make("private", "c:calendar", "Home &amp; garden");
  await make("work", "c:calendar", "Work");
  await make("people", "a:addressbook", "People");
});
after(() => Promise.all([radicale?.stop(), cyrus?.stop()]));

const dav = (kind, more = []) => [kind, "--name", "home", "--url", radicale.url, "--user", "alice", ...(kind === "caldav" ? ["--address", "ada@example.org"] : []), ...more];
const typed = { input: `${PASSWORD}\n` };

test("calendars are found, and the one that new events go to is the owner's choice", atDesk(async (its) => {
  const text = await its.works(dav("caldav", ["--collection", "/alice/work/"]), typed);
  assert.match(text, /Home & garden {2}\/alice\/private\//);
  assert.ok(!text.includes("/alice/people/"), "an address book is no calendar");
  assert.deepEqual(its.accounts(), [{ name: "home", use: "caldav", auth: "password", address: "ada@example.org", collection: "/alice/work/" }]);
  assert.deepEqual(its.values(), { SEAL_KEY: "kept-as-it-is", HOME_URL: radicale.url, HOME_USER: "alice", HOME_PASSWORD: PASSWORD });
}));

test("without a choice no calendar is made up, and the only address book is taken", atDesk(async (its) => {
  assert.match(await its.works(dav("caldav"), typed), /--collection PATH says which calendar/);
  assert.equal(its.accounts()[0].collection, undefined);
  await its.works(dav("carddav").with(2, "book"), typed);
  assert.deepEqual(its.accounts()[1], { name: "book", use: "carddav", auth: "password", collection: "/alice/people/" });
}));

test("what is wrong with a calendar account is said, and nothing is written", atDesk(async (its) => {
  await its.refused(dav("caldav"), /refuses this user and password/, { input: "not the password\n" });
  await its.refused(dav("caldav", ["--collection", "/alice/nowhere/"]), /There is no calendar at \/alice\/nowhere\//, typed);
  await its.refused(dav("caldav").with(6, "empty"), /There is no calendar in this account/, typed);
  await its.refused(dav("caldav").slice(0, 5).concat("--user", "alice"), /Not given: Your own address there/, typed);
  await its.refused(dav("caldav"), /No password was given/);
  await its.refused(dav("caldav"), /The password is empty/, { input: "\n" });
  await its.refused(["caldav", "--name", "home", "--host", "localhost", "--user", "alice"], /not a public host name/, typed);
}));

test("a secret comes from the environment under its binding's name, and never from a flag", atDesk(async (its) => {
  for (const flag of ["--password", "--token", "--client-secret", "--password=hunter2hunter2"]) {
    const text = await its.refused([...dav("caldav"), flag, "hunter2hunter2"], /is no flag/);
    assert.ok(!text.includes("hunter2"));
  }
  await its.works(dav("caldav"), { env: { HOME_PASSWORD: PASSWORD } });
  assert.equal(its.values().HOME_PASSWORD, PASSWORD);
}));

test("Cyrus is opened by all three protocols, with a password or a token", atDesk(async (its) => {
  const at = (kind, name, more = []) => [kind, "--name", name, "--url", cyrus.url, ...more];
  const password = { input: `${cyrus.users.alice}\n` };
  await its.works(at("jmap", "work", ["--user", "alice", "--address", "alice@test", "--authserv", "MX.test"]), password);
  await its.works(at("jmap", "bearer", ["--auth", "token", "--address", "alice@test"]), { input: `${cyrus.token("alice")}\n` });
  await its.works(at("caldav", "plans", ["--user", "alice"]), password);
  await its.works(at("carddav", "book", ["--user", "alice"]), password);
  assert.deepEqual(its.accounts(), [
    { name: "work", use: "jmap", auth: "password", address: "alice@test", authserv: "mx.test" },
    { name: "bearer", use: "jmap", auth: "token", address: "alice@test" },
    { name: "plans", use: "caldav", auth: "password", address: "alice@test", collection: "/dav/calendars/user/alice/Default/" },
    { name: "book", use: "carddav", auth: "password", collection: "/dav/addressbooks/user/alice/Default/" },
  ]);
  assert.equal(its.values().BEARER_TOKEN, cyrus.token("alice"));
  assert.equal(its.values().BEARER_PASSWORD, undefined);
}));

test("what is wrong with a mail account is said, and nothing is written", atDesk(async (its) => {
  const at = (url, more = []) => ["jmap", "--name", "work", "--url", url, "--user", "alice", "--address", "alice@test", ...more];
  await its.refused(at(cyrus.url), /refuses this password/, { input: "not the password\n" });
  await its.refused(at(cyrus.url, ["--auth", "token"]), /refuses this token/, { input: `${cyrus.token("alice").slice(0, -4)}AAAA\n` });
  await its.refused(at(radicale.url), /is no JMAP server/, typed);
  await its.refused(at(cyrus.url.replace("http:", "https:")), /does not speak TLS/, typed);
  await its.refused(["jmap", "--name", "work", "--host", "mail.nobody.invalid", "--user", "a", "--address", "a@b"], /There is no host named mail\.nobody\.invalid/, typed);
  const [silent] = await freePorts(1);
  await its.refused(at(`http://127.0.0.1:${silent}`), /Nothing listens at 127\.0\.0\.1:\d+/, typed);
}));

test("the server that checks mail is proposed when every mail says the same", atDesk(async (its) => {
  const mail = (n, checked) => `Authentication-Results: ${checked}; dkim=pass\r\nAuthentication-Results: forged.example; dkim=pass\r\nFrom: carol@example.org\r\nTo: bob@test\r\nMessage-ID: <${n}@example.org>\r\nDate: Mon, 12 Jan 2026 09:00:0${n} +0000\r\nSubject: ${n}\r\n\r\nHello\r\n`;
  const args = (name) => ["jmap", "--name", name, "--url", cyrus.url, "--user", "bob", "--address", "bob@test"];
  for (const n of [1, 2, 3]) await cyrus.deliver("carol@example.org", "bob@test", mail(n, "mx.test"));
  assert.match(await its.works(args("one"), { input: `${cyrus.users.bob}\n` }), /seems to be checked by mx\.test; --authserv mx\.test/);
  assert.equal(its.accounts()[0].authserv, undefined, "a proposal is not taken unasked");
  await cyrus.deliver("carol@example.org", "bob@test", mail(4, "other.test"));
  assert.match(await its.works(args("two"), { input: `${cyrus.users.bob}\n` }), /Without --authserv/);
}));

test("a key is renewed after the same trial, and only the key", atDesk(async (its) => {
  await its.works(dav("caldav"), typed);
  const table = its.table();
  const again = (input, more = []) => its.run(["caldav", "--name", "home", "--replace", ...more], { input });
  const wrong = await again("not the password\n");
  assert.equal(wrong.code, 1);
  assert.equal(its.values().HOME_PASSWORD, PASSWORD);
  assert.match((await again(`${PASSWORD}\n`, ["--address", "x@example.org"])).text, /--address would change it/);
  assert.equal((await again(`${PASSWORD}\n`)).code, 0);
  assert.equal(its.table(), table);
  assert.match((await its.run(["jmap", "--name", "home", "--replace"])).text, /of the kind caldav/);
  assert.match((await its.run(["jmap", "--name", "nobody", "--replace"])).text, /no account named "nobody"/);
  assert.match((await its.run(dav("caldav"), typed)).text, /an account named "home" already/);
}));

test("a host that only the server names gets no request before the owner says so", atDesk(async (its) => {
  const capabilities = { "urn:ietf:params:jmap:core": {}, "urn:ietf:params:jmap:mail": {} };
  let session = { capabilities, primaryAccounts: { "urn:ietf:params:jmap:mail": "a" }, apiUrl: "https://jmap.nobody.invalid/api" };
  let first = () => ({ json: session });
  const server = await scripted((request) => first(request));
  const other = await scripted(() => ({}));
  try {
    const args = ["jmap", "--name", "work", "--url", server.url, "--user", "alice", "--address", "a@b"];
    assert.match(await its.refused(args, /the account is at jmap\.nobody\.invalid, a host that you did not name/, typed), /--hosts \.jmap\.nobody\.invalid/);
    await its.refused([...args, "--hosts", ".nobody.invalid"], /There is no host named jmap\.nobody\.invalid/, typed);
    session = { ...session, apiUrl: "http://jmap.nobody.invalid/api" };
    await its.refused([...args, "--hosts", ".nobody.invalid"], /which cannot be reached safely/, typed);
    session = { ...session, apiUrl: `${other.url}/api` };
    await its.refused(args, /which cannot be reached safely/, typed);
    first = () => ({ status: 301, headers: { location: other.url } });
    await its.refused(args, /which cannot be reached safely/, typed);
    assert.equal(other.seen.length, 0);
    first = () => ({ status: 301, headers: { location: "https://elsewhere.invalid/" } });
    await its.refused(args, /the account is at elsewhere\.invalid/, typed);
    first = ({ url }) => ({ status: 302, headers: { location: `${url}x` } });
    await its.refused(args, /without end/, typed);
    const home = '<d:multistatus xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"><d:response><d:href>/me/</d:href><d:propstat><d:prop><d:current-user-principal><d:href>/me/</d:href></d:current-user-principal><c:calendar-home-set><d:href>https://p12.nobody.invalid:443/me/</d:href></c:calendar-home-set></d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response></d:multistatus>';
    first = () => ({ status: 207, body: home });
    assert.match(await its.refused(["caldav", ...args.slice(1)], /the account is at p12\.nobody\.invalid/, typed), /--hosts \.p12\.nobody\.invalid/);
  } finally {
    await Promise.all([server.stop(), other.stop()]);
  }
}));

test("what a mail key cannot do is said", atDesk(async (its) => {
  const [core, mail, submission] = ["core", "mail", "submission"].map((name) => `urn:ietf:params:jmap:${name}`);
  const answers = { methodResponses: [["Mailbox/get", { list: [{ id: "1" }] }, "folders"], ["Email/query", { ids: [] }, "found"], ["Email/get", { list: [] }, "mails"], ["Identity/get", { list: [{ email: "ada@example.org" }, { email: "*@example.org" }] }, "identities"]] };
  let session = {};
  const server = await scripted(({ method }) => ({ json: method === "POST" ? answers : session }));
  try {
    const args = ["jmap", "--name", "work", "--url", server.url, "--auth", "token"];
    const token = { input: "fmu1-a-token-of-a-test\n" };
    session = { capabilities: { [core]: {}, [mail]: {} }, primaryAccounts: {}, apiUrl: "/api" };
    await its.refused(args, /This key opens no mail/, token);
    session.primaryAccounts = { [mail]: "a" };
    assert.match(await its.works([...args, "--address", "ada@example.org"], token), /cannot send mail/);
    session = { capabilities: { [core]: {}, [mail]: {}, [submission]: {} }, primaryAccounts: { [mail]: "a", [submission]: "a" }, accounts: { a: { isReadOnly: true } }, apiUrl: "/api" };
    assert.match(await its.works(args.with(2, "second"), token), /can be read only/);
    assert.equal(its.accounts()[1].address, "ada@example.org", "the address that the server sends from");
    assert.equal(server.seen.at(-1).headers.authorization, "Bearer fmu1-a-token-of-a-test");
  } finally {
    await server.stop();
  }
}));

test("a page of the web is fetched once before its host is allowed", atDesk(async (its) => {
  let found = { body: "hello" };
  const server = await scripted(() => found);
  try {
    await its.works(["web", "--name", "news", "--url", server.url]);
    assert.deepEqual(its.accounts(), [{ name: "news", use: "web", auth: "none" }]);
    assert.equal(its.values().NEWS_URL, server.url);
    assert.equal(server.seen.length, 1);
    assert.match((await its.run(["web", "--name", "news", "--url", server.url])).text, /an account named "news" already/);
    assert.equal(server.seen.length, 1, "a name that is taken is said before anything is asked for");
    found = { status: 301, headers: { location: "https://www.example.org/" } };
    assert.match(await its.works(["web", "--name", "other", "--url", server.url]), /sends on to www\.example\.org/);
    assert.equal(server.seen.length, 2);
  } finally {
    await server.stop();
  }
}));

test("a page that fails or is nowhere is not allowed", atDesk(async (its) => {
  const server = await scripted(() => ({ status: 503 }));
  try {
    await its.refused(["web", "--name", "news", "--url", server.url], /cannot answer now \(503\)/);
  } finally {
    await server.stop();
  }
  await its.refused(["web", "--name", "news", "--host", "www.nobody.invalid"], /no host named www\.nobody\.invalid/);
  await its.refused(["web", "--name", "news"], /Not given/);
  await its.refused(["web", "--name", "news", "--host", "a.example", "--url", "http://b.example"], /not at both/);
  await its.refused(["imap", "--name", "news"], /"imap" is no kind of account/);
  await its.refused([], /What should be connected/);
}));
