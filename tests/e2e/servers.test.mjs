// The servers that tests of mail, calendars and contacts run against work, as clients see that are not
// ours. Nothing of Sclerite runs here: a failure is one of the servers or of how they are started.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { startCyrus } from "./servers/cyrus.mjs";
import { startGoogle } from "./servers/google.mjs";
import { davClient, mailsOf } from "./servers/independent.mjs";
import { startRadicale } from "./servers/radicale.mjs";
import { startSmtpSink } from "./servers/smtp-sink.mjs";

const mail = ({ from = "Carol <carol@example.org>", to = "alice@test", subject, id, text = "Please pay." }) =>
  [`From: ${from}`, `To: ${to}`, `Subject: ${subject}`, `Message-ID: <${id}>`, "Date: Mon, 04 Jan 2027 10:00:00 +0000", "Content-Type: text/plain; charset=utf-8", "", text, ""].join("\r\n");

const calendarOf = (...lines) => ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//test//test//EN", "BEGIN:VEVENT", "DTSTAMP:20270101T000000Z", ...lines, "END:VEVENT", "END:VCALENDAR", ""].join("\r\n");
const CARD = ["BEGIN:VCARD", "VERSION:3.0", "UID:carol", "FN:Carol Example", "N:Example;Carol;;;", "EMAIL:carol@example.org", "END:VCARD", ""].join("\r\n");

const NAMES = 'xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav" xmlns:a="urn:ietf:params:xml:ns:carddav"';
const mkcol = (type) => `<?xml version="1.0"?><d:mkcol ${NAMES}><d:set><d:prop><d:resourcetype><d:collection/><${type}/></d:resourcetype><d:displayname>Of the test</d:displayname></d:prop></d:set></d:mkcol>`;
const RANGE = 'start="20270112T000000Z" end="20270113T000000Z"';
const eventsInRange = `<?xml version="1.0"?><c:calendar-query ${NAMES}><d:prop><d:getetag/><c:calendar-data><c:expand ${RANGE}/></c:calendar-data></d:prop><c:filter><c:comp-filter name="VCALENDAR"><c:comp-filter name="VEVENT"><c:time-range ${RANGE}/></c:comp-filter></c:comp-filter></c:filter></c:calendar-query>`;
const cardsNamed = (name) => `<?xml version="1.0"?><a:addressbook-query ${NAMES}><d:prop><d:getetag/><a:address-data/></d:prop><a:filter><a:prop-filter name="FN"><a:text-match collation="i;unicode-casemap" match-type="contains">${name}</a:text-match></a:prop-filter></a:filter></a:addressbook-query>`;

let sink;
let cyrus;
let radicale;

before(async () => {
  [sink, radicale] = await Promise.all([startSmtpSink(), startRadicale()]);
  cyrus = await startCyrus({ smtpPort: sink.port });
});

after(() => Promise.all([cyrus, radicale, sink].map((server) => server?.stop())));

/** One request with several calls of JMAP; the answers by the calls' ids. */
async function jmap(calls, authorization = cyrus.basic("alice")) {
  const using = ["core", "mail", "submission"].map((name) => `urn:ietf:params:jmap:${name}`);
  const response = await fetch(cyrus.jmapUrl, { method: "POST", headers: { authorization, "content-type": "application/json" }, body: JSON.stringify({ using, methodCalls: calls }) });
  assert.equal(response.status, 200);
  const { methodResponses } = await response.json();
  // The first of an id counts: what a submission does to the mail comes behind it under the same id.
  return Object.fromEntries(methodResponses.toReversed().map(([, value, id]) => [id, value]));
}

const mailboxes = async () => Object.fromEntries((await jmap([["Mailbox/get", { accountId: "alice", ids: null }, "m"]])).m.list.map(({ role, id }) => [role, id]));

describe("Cyrus", () => {
  test("a JMAP session opens with a password and with a bearer token, and with nothing else", async () => {
    const session = async (authorization) => fetch(cyrus.jmapUrl, { headers: authorization ? { authorization } : {} });
    for (const authorization of [cyrus.basic("alice"), cyrus.bearer("alice")]) {
      const response = await session(authorization);
      assert.equal(response.status, 200);
      const { primaryAccounts, apiUrl } = await response.json();
      assert.equal(primaryAccounts["urn:ietf:params:jmap:mail"], "alice");
      assert.equal(apiUrl, "/jmap/");
    }
    const wrong = `Basic ${Buffer.from("alice:guess").toString("base64")}`;
    for (const authorization of [undefined, wrong, "Bearer guess", cyrus.bearer("alice", { exp: 1 }), `${cyrus.bearer("alice")}x`]) assert.equal((await session(authorization)).status, 401, String(authorization));
    const well = await fetch(`${cyrus.url}/.well-known/jmap`, { redirect: "manual" });
    assert.equal(well.status, 301);
  });

  test("a mail that another server delivers is found by JMAP, and by IMAP, as it was sent", async () => {
    await cyrus.deliver("carol@example.org", "alice@test", mail({ subject: "Invoice 42", id: "m1@example.org", text: "Please pay.\r\n.a line with a dot\r\nà bientôt" }));
    await assert.rejects(cyrus.deliver("carol@example.org", "nobody@elsewhere.example", mail({ subject: "Lost", id: "m2@example.org" })), /550/);
    const { inbox } = await mailboxes();
    const { q, g } = await jmap([
      ["Email/query", { accountId: "alice", filter: { inMailbox: inbox, notKeyword: "$seen" } }, "q"],
      ["Email/get", { accountId: "alice", "#ids": { resultOf: "q", name: "Email/query", path: "/ids" }, properties: ["subject", "messageId", "textBody", "bodyValues"], fetchTextBodyValues: true }, "g"],
    ]);
    assert.equal(q.ids.length, 1);
    assert.equal(g.list[0].subject, "Invoice 42");
    assert.deepEqual(g.list[0].messageId, ["m1@example.org"]);
    assert.match(Object.values(g.list[0].bodyValues)[0].value, /\n\.a line with a dot\r?\nà bientôt/);
    const [seen] = await mailsOf(cyrus, "alice");
    assert.match(seen.text, /Subject: Invoice 42\r\n/);
    assert.ok(!seen.flags.includes("\\Seen"));
    assert.deepEqual(await mailsOf(cyrus, "bob"), []);
  });

  test("a mail that is submitted by JMAP arrives at the sink, and lies in Sent", async () => {
    const { drafts, sent } = await mailboxes();
    const draft = { mailboxIds: { [drafts]: true }, keywords: { $draft: true, $seen: true }, from: [{ email: "alice@test" }], to: [{ email: "carol@example.org" }], subject: "Re: Invoice 42", messageId: ["own-1@agent.test"], inReplyTo: ["m1@example.org"], references: ["m1@example.org"], bodyValues: { t: { value: "Done." } }, textBody: [{ partId: "t", type: "text/plain" }] };
    const { s } = await jmap([
      ["Email/set", { accountId: "alice", create: { d: draft } }, "e"],
      ["EmailSubmission/set", { accountId: "alice", create: { s: { emailId: "#d", identityId: "alice", envelope: { mailFrom: { email: "alice@test" }, rcptTo: [{ email: "carol@example.org" }] } } }, onSuccessUpdateEmail: { "#s": { [`mailboxIds/${drafts}`]: null, [`mailboxIds/${sent}`]: true, "keywords/$draft": null } } }, "s"],
    ]);
    assert.ok(s.created?.s?.id, JSON.stringify(s));
    const arrived = await sink.next((one) => one.to.includes("carol@example.org"));
    assert.equal(arrived.from, "alice@test");
    assert.match(arrived.text, /^Message-ID: <own-1@agent\.test>\r$/im);
    assert.match(arrived.text, /^In-Reply-To: <m1@example\.org>\r$/m);
    assert.match(arrived.text, /\r\n\r\nDone\./);
    const [kept] = await mailsOf(cyrus, "alice", "Sent");
    assert.match(kept.text, /Subject: Re: Invoice 42/);
    assert.deepEqual(await mailsOf(cyrus, "alice", "Drafts"), []);
  });

  test("an event with guests makes it send invitations, at once", async () => {
    const url = `${cyrus.calendarHome("alice")}Default/meeting.ics`;
    const event = calendarOf("UID:meeting", "DTSTART:20270105T090000Z", "DTEND:20270105T100000Z", "SUMMARY:Meeting", "ORGANIZER:mailto:alice@test", "ATTENDEE;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:dave@example.org");
    const response = await fetch(url, { method: "PUT", headers: { authorization: cyrus.basic("alice"), "content-type": "text/calendar", "if-none-match": "*" }, body: event });
    assert.equal(response.status, 201);
    assert.equal(response.headers.get("etag"), null);
    assert.match(response.headers.get("schedule-tag"), /^"/);
    const invitation = await sink.next((one) => one.to.includes("dave@example.org"));
    assert.match(invitation.text, /METHOD:REQUEST/i);
    assert.match(invitation.text, /Subject: Invitation: Meeting/);
  });

  test("two servers stand beside each other, and one that is stopped leaves nothing", async () => {
    const other = await startCyrus({ smtpPort: sink.port, users: { zoe: "pw-zoe" } });
    try {
      assert.notEqual(other.url, cyrus.url);
      await other.deliver("carol@example.org", "zoe@test", mail({ to: "zoe@test", subject: "For Zoe", id: "z1@example.org" }));
      assert.equal((await mailsOf(other, "zoe")).length, 1);
      assert.ok(processes(other.folder) >= 5, "the master and its servers run");
    } finally {
      await other.stop();
    }
    assert.equal(processes(other.folder), 0);
    assert.ok(!existsSync(other.folder));
    await assert.rejects(fetch(other.url));
    assert.equal((await fetch(cyrus.jmapUrl, { headers: { authorization: cyrus.basic("alice") } })).status, 200);
  });
});

/** How many processes were started with this folder. */
const processes = (folder) => readdirSync("/proc").filter((name) => /^\d+$/.test(name)).filter((pid) => {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(`${folder}/`);
  } catch {
    return false;
  }
}).length;

for (const [name, server] of [["Cyrus", () => cyrus], ["Radicale", () => radicale]]) {
  describe(`CalDAV and CardDAV of ${name}`, () => {
    const ask = (url, method, { body, type = "application/xml", ...headers } = {}) => fetch(url, { method, headers: { authorization: server().basic("alice"), "content-type": type, ...headers }, body });

    test("a calendar is made by extended MKCOL, and its events are written once and found by day", async () => {
      const home = `${server().calendarHome("alice")}work/`;
      assert.equal((await ask(home, "MKCOL", { body: mkcol("c:calendar") })).status, 201);
      const weekly = calendarOf("UID:weekly", "DTSTART:20270105T090000Z", "DTEND:20270105T100000Z", "RRULE:FREQ=WEEKLY;COUNT=10", "SUMMARY:Standup");
      const put = (headers) => ask(`${home}weekly.ics`, "PUT", { body: weekly, type: "text/calendar", ...headers });
      const first = await put({ "if-none-match": "*" });
      assert.equal(first.status, 201);
      const etag = first.headers.get("etag");
      assert.equal((await put({ "if-none-match": "*" })).status, 412);
      assert.equal((await put({ "if-match": '"another"' })).status, 412);
      const got = await ask(`${home}weekly.ics`, "GET");
      assert.equal(got.headers.get("etag"), etag);
      assert.match(await got.text(), /SUMMARY:Standup/);
      const report = await ask(home, "REPORT", { body: eventsInRange, depth: "1" });
      assert.equal(report.status, 207);
      const found = await report.text();
      assert.match(found, /RECURRENCE-ID[^\n]*:20270112T090000Z/);
      assert.ok(!found.includes("RRULE"), "the series is expanded");
      assert.equal((await ask(`${home}weekly.ics`, "DELETE", { "if-match": etag })).status, name === "Radicale" ? 200 : 204);
    });

    test("a client that is not ours finds the calendar from the address alone, writes and reads", async () => {
      const dav = await davClient(server(), "alice", "caldav");
      assert.ok((await dav.collections()).some(({ url, displayName }) => url.includes("/work/") && displayName === "Of the test"));
      const event = calendarOf("UID:once", "DTSTART:20270106T090000Z", "DTEND:20270106T100000Z", "SUMMARY:Dentist");
      assert.equal((await dav.create("/work/", "once.ics", event)).status, 201);
      const objects = await dav.objects("/work/");
      assert.deepEqual(objects.map(({ data }) => data.match(/SUMMARY:(\w+)/)[1]), ["Dentist"]);
    });

    test("an address book is made by extended MKCOL, and a contact in it is found by name", async () => {
      const home = `${server().contactsHome("alice")}friends/`;
      assert.equal((await ask(home, "MKCOL", { body: mkcol("a:addressbook") })).status, 201);
      assert.equal((await ask(`${home}carol.vcf`, "PUT", { body: CARD, type: "text/vcard", "if-none-match": "*" })).status, 201);
      for (const [wanted, there] of [["carol", true], ["zorro", false]]) {
        const report = await ask(home, "REPORT", { body: cardsNamed(wanted), depth: "1" });
        assert.equal(report.status, 207);
        assert.equal((await report.text()).includes("carol@example.org"), there, wanted);
      }
      const dav = await davClient(server(), "alice", "carddav");
      assert.match((await dav.objects("/friends/"))[0].data, /FN:Carol Example/);
    });

    test("nobody reads it without a password, or with that of another", async () => {
      const home = `${server().calendarHome("alice")}work/`;
      assert.equal((await fetch(home, { method: "PROPFIND", headers: { depth: "0" } })).status, 401);
      assert.ok([403, 404].includes((await fetch(`${home}once.ics`, { headers: { authorization: server().basic("bob") } })).status));
    });
  });
}

describe("Google", () => {
  const SCOPE = "https://www.googleapis.com/auth/gmail.modify https://www.googleapis.com/auth/calendar.events";
  let google;
  let grant;

  before(async () => {
    google = await startGoogle({
      messages: [{ id: "msg1", from: "Carol <carol@example.org>", subject: "Invoice 42", body_text: "Please pay.", label_ids: ["INBOX", "UNREAD"], message_id: "<m1@example.org>" }],
      events: [{ id: "evt1", summary: "Kickoff", start_date_time: "2027-01-12T09:00:00Z", end_date_time: "2027-01-12T09:30:00Z" }],
    });
    grant = await google.consent({ scope: SCOPE });
  });

  after(() => google?.stop());

  const call = async (method, path, body, token = grant.access_token) => {
    const response = await fetch(google.url + path, { method, headers: { ...(token && { authorization: `Bearer ${token}` }), ...(body && { "content-type": "application/json" }) }, body: body && JSON.stringify(body) });
    const text = await response.text();
    const document = text === "" ? null : JSON.parse(text);
    return { status: response.status, headers: response.headers, body: document, reason: document?.error?.errors?.[0].reason };
  };
  const GMAIL = "/gmail/v1/users/me";
  const EVENTS = "/calendar/v3/calendars/primary/events";
  const header = (message, name) => message.payload.headers.find((one) => one.name === name)?.value;
  const RAW = Buffer.from(mail({ from: "alice@example.com", to: "carol@example.org", subject: "Re: Invoice 42", id: "own-1@agent.test" }).replace("Date:", "In-Reply-To: <m1@example.org>\r\nDate:")).toString("base64url");

  test("consent with PKCE brings tokens; a code is good once, for its verifier and its address", async () => {
    assert.equal(grant.status, 200, JSON.stringify(grant));
    assert.equal(grant.scope, SCOPE);
    assert.ok(grant.access_token && grant.refresh_token);
    assert.equal((await google.consent({ scope: SCOPE, query: { access_type: "online" } })).refresh_token, undefined);
    const address = new URL("https://accounts.google.com/o/oauth2/v2/auth");
    const redirect_uri = google.client.redirect_uris[0];
    const verifier = "v".repeat(43);
    address.search = new URLSearchParams({ client_id: google.client.client_id, redirect_uri, response_type: "code", scope: SCOPE, state: "s1", access_type: "offline", code_challenge: createHash("sha256").update(verifier).digest("base64url"), code_challenge_method: "S256" });
    const back = await google.agree(address);
    assert.equal(back.searchParams.get("state"), "s1");
    const exchange = { grant_type: "authorization_code", code: back.searchParams.get("code"), redirect_uri, code_verifier: verifier };
    assert.equal((await google.exchange({ ...exchange, code_verifier: "w".repeat(43) })).error, "invalid_grant");
    assert.equal((await google.exchange({ ...exchange, redirect_uri: "http://127.0.0.1:1/" })).error, "redirect_uri_mismatch");
    assert.equal((await google.exchange({ ...exchange, client_secret: "guess" })).error, "invalid_client");
    assert.equal((await google.exchange(exchange)).status, 200);
    assert.equal((await google.exchange(exchange)).error, "invalid_grant");
    await assert.rejects(google.consent({ scope: SCOPE, query: { redirect_uri: "https://evil.example/" } }), /redirect_uri is not registered/);
  });

  test("mail is listed, read in every form, searched and marked, and history tells of it", async () => {
    const { historyId } = (await call("GET", `${GMAIL}/profile`)).body;
    const list = await call("GET", `${GMAIL}/messages?q=${encodeURIComponent("is:unread from:carol")}`);
    assert.deepEqual(list.body.messages.map(({ id }) => id), ["msg1"]);
    const full = (await call("GET", `${GMAIL}/messages/msg1?format=full`)).body;
    assert.equal(header(full, "Subject"), "Invoice 42");
    assert.equal(header(full, "Message-ID"), "<m1@example.org>");
    assert.equal(Buffer.from(full.payload.body.data, "base64url").toString(), "Please pay.");
    const { raw } = (await call("GET", `${GMAIL}/messages/msg1?format=raw`)).body;
    assert.match(Buffer.from(raw, "base64url").toString(), /^From: Carol <carol@example\.org>\r\n/);
    assert.deepEqual((await call("GET", `${GMAIL}/messages?q=rfc822msgid:m1@example.org`)).body.messages.map(({ id }) => id), ["msg1"]);
    assert.deepEqual((await call("GET", `${GMAIL}/messages?q=rfc822msgid:m9@example.org`)).body.messages, []);
    assert.deepEqual((await call("POST", `${GMAIL}/messages/msg1/modify`, { removeLabelIds: ["UNREAD"] })).body.labelIds, ["INBOX"]);
    const history = (await call("GET", `${GMAIL}/history?startHistoryId=${historyId}`)).body.history;
    assert.deepEqual(history[0].labelsRemoved[0].labelIds, ["UNREAD"]);
    assert.equal(google.state("google.messages").all().find((one) => one.gmail_id === "msg1").label_ids.includes("UNREAD"), false);
    google.forgetHistory(BigInt(historyId) + 1n);
    assert.equal((await call("GET", `${GMAIL}/history?startHistoryId=${historyId}`)).status, 404);
    google.forgetHistory(0);
  });

  test("mail is sent, at once or as a draft that is sent once, in its thread and with its Message-ID", async () => {
    const { threadId } = (await call("GET", `${GMAIL}/messages/msg1?format=minimal`)).body;
    const sent = (await call("POST", `${GMAIL}/messages/send`, { raw: RAW, threadId })).body;
    assert.deepEqual([sent.threadId, sent.labelIds], [threadId, ["SENT"]]);
    assert.equal(header((await call("GET", `${GMAIL}/messages/${sent.id}`)).body, "Message-ID"), "<own-1@agent.test>");
    const draft = (await call("POST", `${GMAIL}/drafts`, { message: { raw: RAW, threadId } })).body;
    assert.deepEqual(draft.message.labelIds, ["DRAFT"]);
    const out = await call("POST", `${GMAIL}/drafts/send`, { id: draft.id });
    assert.deepEqual([out.status, out.body.labelIds, out.body.threadId], [200, ["SENT"], threadId]);
    assert.equal((await call("POST", `${GMAIL}/drafts/send`, { id: draft.id })).status, 404);
    assert.equal((await call("GET", `${GMAIL}/drafts`)).body.drafts.length, 0);
  });

  test("events are listed, made once under an id of one's own, changed and deleted", async () => {
    const wanted = { id: "abcde12345", summary: "Dentist", start: { dateTime: "2027-01-12T10:00:00Z" }, end: { dateTime: "2027-01-12T11:00:00Z" }, attendees: [{ email: "dave@example.org" }] };
    const made = await call("POST", `${EVENTS}?sendUpdates=none`, wanted);
    assert.deepEqual([made.status, made.body.id, made.body.summary], [200, "abcde12345", "Dentist"]);
    const again = await call("POST", EVENTS, wanted);
    assert.deepEqual([again.status, again.reason], [409, "duplicate"]);
    assert.equal((await call("POST", EVENTS, { ...wanted, id: "Not-Allowed" })).status, 400);
    const changed = await call("PATCH", `${EVENTS}/abcde12345`, { summary: "Dentist, late" });
    assert.deepEqual([changed.body.summary, changed.body.attendees], ["Dentist, late", [{ email: "dave@example.org" }]]);
    assert.equal((await call("GET", `${EVENTS}/abcde12345`)).body.summary, "Dentist, late");
    const list = await call("GET", `${EVENTS}?timeMin=2027-01-12T00:00:00Z&timeMax=2027-01-13T00:00:00Z&singleEvents=true&orderBy=startTime`);
    assert.deepEqual(list.body.items.map(({ id }) => id), ["evt1", "abcde12345"]);
    assert.equal((await call("DELETE", `${EVENTS}/abcde12345?sendUpdates=none`)).status, 204);
    assert.equal((await call("GET", `${EVENTS}/abcde12345`)).status, 404);
    assert.equal((await call("POST", EVENTS, wanted)).status, 409, "a deleted event keeps its id");
    const calendarScope = await google.consent({ scope: "https://www.googleapis.com/auth/calendar.readonly" });
    const { body } = await call("POST", "/calendar/v3/freeBusy", { timeMin: "2027-01-12T00:00:00Z", timeMax: "2027-01-13T00:00:00Z", items: [{ id: "primary" }] }, calendarScope.access_token);
    assert.deepEqual(body.calendars.primary.busy, [{ start: "2027-01-12T09:00:00Z", end: "2027-01-12T09:30:00Z" }]);
  });

  test("a token that expired, was never issued or lacks the scope opens nothing, and a refresh helps", async () => {
    for (const token of [null, "guess"]) assert.deepEqual(await call("GET", `${GMAIL}/messages`, null, token).then(({ status, reason }) => [status, reason]), [401, "authError"]);
    const narrow = await google.consent({ scope: "https://www.googleapis.com/auth/gmail.readonly" });
    assert.equal((await call("GET", `${GMAIL}/messages`, null, narrow.access_token)).status, 200);
    for (const [method, path, body] of [["POST", `${GMAIL}/messages/send`, { raw: RAW }], ["GET", EVENTS], ["POST", `${GMAIL}/messages/msg1/modify`, {}]]) {
      assert.deepEqual(await call(method, path, body, narrow.access_token).then(({ status, reason }) => [status, reason]), [403, "insufficientPermissions"], path);
    }
    google.expire();
    const refused = await call("GET", `${GMAIL}/messages`);
    assert.equal(refused.status, 401);
    assert.match(refused.headers.get("www-authenticate"), /invalid_token/);
    const fresh = await google.refresh(grant.refresh_token);
    assert.equal((await call("GET", `${GMAIL}/messages`, null, fresh.access_token)).status, 200);
    grant = { ...grant, ...fresh };
    await fetch(`${google.url}/revoke`, { method: "POST", body: new URLSearchParams({ token: narrow.refresh_token }) });
    assert.equal((await google.refresh(narrow.refresh_token)).error, "invalid_grant");
  });

  test("it refuses as Google does when a quota is used up, as often as it is told", async () => {
    google.refuse({ path: "/gmail/", method: "GET" }, "userRateLimitExceeded");
    google.refuse({ path: "/gmail/", method: "GET" }, "rateLimitExceeded", { retryAfter: 2 });
    assert.deepEqual(await call("GET", `${GMAIL}/labels`).then(({ status, reason }) => [status, reason]), [403, "userRateLimitExceeded"]);
    assert.deepEqual(await call("GET", `${GMAIL}/labels`).then(({ status, headers }) => [status, headers.get("retry-after")]), [429, "2"]);
    assert.equal((await call("GET", `${GMAIL}/labels`)).status, 200);
  });

  test("two of it share nothing", async () => {
    const other = await startGoogle({ email: "zoe@example.com" });
    try {
      assert.equal((await call("GET", `${GMAIL}/messages`)).status, 200);
      const { access_token } = await other.consent({ scope: SCOPE });
      const list = await fetch(`${other.url}${GMAIL}/messages`, { headers: { authorization: `Bearer ${access_token}` } });
      assert.deepEqual((await list.json()).messages, []);
      assert.equal((await call("GET", `${GMAIL}/messages`, null, access_token)).status, 401);
    } finally {
      await other.stop();
    }
  });
});
