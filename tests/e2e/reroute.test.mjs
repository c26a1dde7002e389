// How tests lead the Worker's requests to servers on this computer, and break them. The Worker here is
// a few lines that send what they are told: nothing of Sclerite runs but workerd and the harness.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, test } from "node:test";
import { gzipSync } from "node:zlib";
import { startWorker } from "./harness.mjs";
import { startRadicale } from "./servers/radicale.mjs";
import { reroute } from "./servers/reroute.mjs";

const SENDER = `
export class AgentObject {}
export default {
  async fetch(incoming) {
    const { url, timeout, ...init } = await incoming.json();
    try {
      const response = await fetch(url, { redirect: "manual", ...init, ...(timeout && { signal: AbortSignal.timeout(timeout) }) });
      const { status, headers } = response;
      const read = await response.text().then((text) => ({ text }), (error) => ({ error: String(error) }));
      return Response.json({ status, headers: Object.fromEntries(headers), ...read });
    } catch (error) {
      return Response.json({ error: String(error) });
    }
  },
};
`;

let folder;
let radicale;
let echo;
let road;
let worker;
/** What reached the server behind `echo.example`, oldest first. */
const reached = [];

/** Keeps what it gets as it came, and answers with some JSON, packed when that is allowed. */
async function startEcho() {
  const server = createServer(async (incoming, outgoing) => {
    const chunks = [];
    for await (const chunk of incoming) chunks.push(chunk);
    reached.push({ method: incoming.method, path: incoming.url, headers: incoming.headers, bytes: Buffer.concat(chunks) });
    const packed = /gzip/.test(incoming.headers["accept-encoding"] ?? "");
    outgoing.writeHead(200, { "content-type": "application/json", "x-own": "kept", location: `http://${incoming.headers.host}/there`, ...(packed && { "content-encoding": "gzip" }) });
    const body = Buffer.from(JSON.stringify({ well: "answered", long: "é".repeat(200) }));
    outgoing.end(packed ? gzipSync(body) : body);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    stop: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "sclerite-sender-"));
  writeFileSync(join(folder, "index.js"), SENDER);
  [radicale, echo] = await Promise.all([startRadicale(), startEcho()]);
  road = reroute({ "dav.example": radicale.url, "echo.example": echo.url });
  worker = await startWorker({ build: folder, outbound: road.outbound });
});

after(async () => {
  await worker?.dispose();
  await Promise.all([radicale?.stop(), echo?.stop()]);
  rmSync(folder, { recursive: true, force: true });
});

afterEach(() => {
  assert.equal(road.calm().filter((one) => one.times > 0).length, 0, "every fault has happened");
  reached.length = 0;
});

/** Lets the Worker send a request, and resolves with what it got. */
const ask = async (url, init = {}) => (await worker.fetch("/", { method: "POST", body: JSON.stringify({ url, ...init }) })).json();

test("method, path, query, headers and body arrive as they were sent, and each request is kept", async () => {
  const path = "/a%2Fb/%C3%A9;x=1/c?q=a+b&q=%20&empty=&x=%E2%82%AC";
  const body = "à\r\nb\n\u0000c€";
  const got = await ask(`https://echo.example${path}`, { method: "PUT", headers: { "x-token": "secret value", "content-type": "text/plain;charset=utf-8", depth: "0" }, body });
  assert.equal(got.status, 200, JSON.stringify(got));
  assert.equal(got.headers["x-own"], "kept");
  assert.equal(JSON.parse(got.text).well, "answered");
  assert.equal(got.headers.location, "https://echo.example/there");
  const [one] = reached;
  const record = road.requests.at(-1);
  assert.deepEqual([one.method, one.path, record.path], ["PUT", path, path]);
  assert.equal(one.headers.host, "echo.example");
  assert.equal(one.headers["x-token"], "secret value");
  assert.deepEqual(one.bytes, Buffer.from(body));
  assert.deepEqual([record.host, record.method, record.headers["x-token"], record.body, record.delivered, record.status], ["echo.example", "PUT", "secret value", body, true, 200]);
});

test("the methods of WebDAV reach a real server, many in a row", async () => {
  const headers = { authorization: radicale.basic("alice"), "content-type": "application/xml", depth: "1" };
  const base = "https://dav.example/alice/work/";
  const mkcol = '<mkcol xmlns="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"><set><prop><resourcetype><collection/><c:calendar/></resourcetype></prop></set></mkcol>';
  const event = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:x", "BEGIN:VEVENT", "UID:e1", "DTSTAMP:20270101T000000Z", "DTSTART:20270105T090000Z", "SUMMARY:Lunch", "END:VEVENT", "END:VCALENDAR", ""].join("\r\n");
  const report = '<c:calendar-query xmlns="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"><prop><getetag/><c:calendar-data/></prop><c:filter><c:comp-filter name="VCALENDAR"/></c:filter></c:calendar-query>';
  const statuses = [];
  for (const [method, name, body, more] of [["MKCOL", "", mkcol], ["PUT", "e1.ics", event, { "content-type": "text/calendar", "if-none-match": "*" }], ["PUT", "e1.ics", event, { "content-type": "text/calendar", "if-none-match": "*" }], ["PROPFIND", "", '<propfind xmlns="DAV:"><prop><getetag/></prop></propfind>'], ["REPORT", "", report], ["GET", "e1.ics"], ["DELETE", "e1.ics"], ["GET", "e1.ics"]]) {
    const got = await ask(base + name, { method, headers: { ...headers, ...more }, body });
    statuses.push(`${method} ${got.status ?? got.error}`);
    if (method === "REPORT") assert.match(got.text, /SUMMARY:Lunch/);
  }
  assert.deepEqual(statuses, ["MKCOL 201", "PUT 201", "PUT 412", "PROPFIND 207", "REPORT 207", "GET 200", "DELETE 200", "GET 404"]);
  assert.equal(road.to({ host: "dav.example", method: "PUT" }).length, 2);
});

test("a host that no server plays is told so, and nothing is sent", async () => {
  const got = await ask("https://evil.example/steal");
  assert.deepEqual([got.status, road.to("evil.example").length, reached.length], [502, 1, 0]);
});

const LOST = /Network connection lost/;
const GOOD = JSON.stringify({ well: "answered", long: "é".repeat(200) });

test("an answer can be cut, torn, blown up or wrongly named", async () => {
  const broken = async (what) => {
    road.fault({ host: "echo.example" }, what);
    return ask("https://echo.example/");
  };
  assert.equal((await broken({ truncate: 20 })).text, GOOD.slice(0, 20));
  const torn = await broken({ tear: 20 });
  assert.deepEqual([torn.status, LOST.test(torn.error)], [200, true]);
  const large = await broken({ size: 10 << 20 });
  assert.deepEqual([Buffer.byteLength(large.text), JSON.parse(large.text).well], [10 << 20, "answered"]);
  assert.equal((await broken({ contentType: "text/html" })).headers["content-type"], "text/html");
  assert.equal((await broken({ contentType: null })).headers["content-type"], undefined);
  assert.equal(reached.length, 5, "the server has answered each time");
  assert.equal((await ask("https://echo.example/")).text, GOOD);
});

test("another answer can stand in for the server's, which then hears of nothing, or acts in vain", async () => {
  const broken = async (what) => {
    road.fault({ path: "/act" }, what);
    return ask("https://echo.example/act?now", { method: "POST", body: "do" });
  };
  const page = await broken({ html: true });
  assert.deepEqual([page.status, page.headers["content-type"]], [503, "text/html; charset=utf-8"]);
  const busy = await broken({ status: 429, retryAfter: 7 });
  assert.deepEqual([busy.status, busy.headers["retry-after"]], [429, "7"]);
  assert.equal((await broken({ status: 503 })).headers["retry-after"], undefined);
  const moved = await broken({ status: 307, redirect: "https://evil.example/steal" });
  assert.deepEqual([moved.status, moved.headers.location], [307, "https://evil.example/steal"]);
  assert.equal(reached.length, 0);
  assert.equal((await broken({ status: 502, deliver: true })).status, 502);
  assert.deepEqual(reached.map(({ bytes }) => bytes.toString()), ["do"]);
});

test("a connection can be lost before the request, after it, and after a long silence", async () => {
  const broken = async (what, init) => {
    road.fault(({ method }) => method === "POST", what);
    return ask("https://echo.example/act", { method: "POST", body: "do", ...init });
  };
  assert.match((await broken({ drop: "before" })).error, LOST);
  assert.equal(reached.length, 0);
  assert.match((await broken({ drop: "after" })).error, LOST);
  assert.deepEqual(reached.map(({ bytes }) => bytes.toString()), ["do"]);
  assert.match((await broken({ hang: 5_000 }, { timeout: 300 })).error, /timeout/i);
  assert.deepEqual(road.requests.slice(-3).map(({ delivered, status }) => [delivered, status]), [[false, null], [true, null], [false, null]]);
});

test("what throws in a test's own answer is a lost connection, and not an answer", async () => {
  const thrower = await startWorker({ build: folder, outbound: () => Promise.reject(new Error("no answer")) });
  try {
    const got = await (await thrower.fetch("/", { method: "POST", body: JSON.stringify({ url: "https://echo.example/" }) })).json();
    assert.deepEqual([got.status, LOST.test(got.error), thrower.egress[0].thrown.message], [undefined, true, "no answer"]);
  } finally {
    await thrower.dispose();
  }
});

test("a fault meets only what it names, as often as it says, and a wrong word is an error", async () => {
  const fault = road.fault({ method: "POST", path: /^\/x/, body: "needle" }, { status: 500 }, { times: 2 });
  const post = async (path, body) => (await ask(`https://echo.example${path}`, { method: "POST", body })).status;
  assert.deepEqual([await post("/y", "needle"), await post("/x", "hay"), await post("/x", "a needle"), await post("/x1", "needle"), await post("/x", "needle")], [200, 200, 500, 500, 200]);
  assert.equal(fault.pending(), 0);
  assert.throws(() => road.fault({}, { statsu: 500 }), /no fault statsu/);
  assert.throws(() => road.fault({}, { drop: "later" }), /before or after/);
});
