// The API and the console's door: what is closed, what opens it, and what the open side tells.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, test } from "node:test";
import { loginCode } from "../../scripts/lib/login.mjs";
import { readRows, until } from "./harness.mjs";
import { MODEL, TOKENS, bentLoginCode, modelServer, raw, sleep, startAgent } from "./support.mjs";

let agent;
let server;

before(async () => {
  server = modelServer(async (words) => {
    if (words.includes("slowly")) {
      const encoder = new TextEncoder();
      const chunk = (content) => encoder.encode(`data: ${JSON.stringify({ choices: [{ index: 0, delta: { content } }] })}\n\n`);
      async function* parts() {
        // Longer than what is held back in case a secret is still arriving.
        for (let n = 0; n < 6; n += 1) {
          yield chunk(`${n} is a number worth a long line of words. `);
          await sleep(60);
        }
        yield encoder.encode("data: [DONE]\n\n");
      }
      return new Response(ReadableStream.from(parts()), { headers: { "content-type": "text/event-stream" } });
    }
    return { text: `heard: ${words}` };
  });
  agent = await startAgent({ bindings: MODEL, outbound: server.outbound, persist: true });
});

after(() => agent.dispose());

const now_s = () => Math.floor(Date.now() / 1000);
const login = (body) => agent.fetch("/api/login", { method: "POST", body: JSON.stringify(body) });
const cookieOf = (response) => response.headers.get("set-cookie").split(";")[0];
const ROUTES = [["GET", "/api/state"], ["GET", "/api/turns"], ["GET", "/api/turns/t_1_00000000000000000000000000000000"], ["GET", "/api/approvals"], ["POST", "/api/approvals/a_1"], ["GET", "/api/audit"], ["GET", "/api/socket"], ["POST", "/api/export"], ["GET", "/api/nothing"]];

/** Opens a console's socket; `messages` grows as they come. */
async function open(headers) {
  const url = new URL("/api/socket", agent.url);
  url.protocol = "ws:";
  const socket = new WebSocket(url, { headers });
  const messages = [];
  socket.addEventListener("message", ({ data }) => messages.push(data === "pong" ? data : JSON.parse(data)));
  await new Promise((resolve, reject) => {
    socket.addEventListener("open", resolve);
    socket.addEventListener("error", () => reject(new Error("refused")));
  });
  const say = (value) => socket.send(typeof value === "string" ? value : JSON.stringify(value));
  return { socket, messages, say, of: (type) => messages.filter((message) => message.type === type) };
}

test("without a login every route of the API is closed", async () => {
  for (const [method, path] of ROUTES) {
    for (const headers of [{}, { cookie: "sclerite_session=" }, { cookie: `sclerite_session=${"a".repeat(64)}` }, { authorization: "Bearer wrong" }, { authorization: "Bearer " }]) {
      const response = await agent.fetch(path, { method, headers, body: method === "POST" ? "{}" : undefined });
      assert.ok([401, 426].includes(response.status), `${method} ${path}: ${response.status}`);
      assert.equal(response.headers.get("content-type"), "application/problem+json");
      await response.text();
    }
  }
});

test("health is open and says nothing else", async () => {
  const response = await agent.fetch("/healthz");
  assert.deepEqual(Object.keys(await response.json()).sort(), ["ok", "version"]);
});

test("a login link opens one session and no second one", async () => {
  const code = loginCode(TOKENS.CONSOLE_TOKEN);
  const first = await login({ code });
  assert.equal(first.status, 204);
  const flags = first.headers.get("set-cookie");
  assert.match(flags, /^sclerite_session=[\w-]{40,};/);
  for (const flag of ["HttpOnly", "SameSite=Strict", "Path=/", "Max-Age="]) assert.ok(flags.includes(flag), flag);
  assert.doesNotMatch(flags, /Domain/);
  assert.equal((await agent.fetch("/api/state", { headers: { cookie: cookieOf(first) } })).status, 200);
  assert.equal((await login({ code })).status, 401);
  const both = await Promise.all(Array.from({ length: 10 }, ((fresh) => () => login({ code: fresh }))(loginCode(TOKENS.CONSOLE_TOKEN))));
  assert.equal(both.filter((response) => response.status === 204).length, 1);
});

test("a link that is expired, too long or forged opens nothing", async () => {
  const good = loginCode(TOKENS.CONSOLE_TOKEN);
  const bent = (expiry, token = TOKENS.CONSOLE_TOKEN, nonce = "n") => bentLoginCode(token, { expiry, nonce });
  const bad = [loginCode(TOKENS.CONSOLE_TOKEN, now_s() - 3600), bent(now_s() - 1), bent(now_s() + 86_400), bent("9".repeat(40)), bent("-1"), bent("1e9"), bent(now_s() + 60, "other-token"), bent(now_s() + 60, ""), `${good}x`, good.replace(/^\d+/, String(now_s() + 1100)), good.split(".").slice(0, 2).join("."), "", "..", TOKENS.CONSOLE_TOKEN];
  for (const code of bad) {
    const response = await login({ code });
    assert.equal(response.status, 401, code);
    assert.equal(response.headers.get("set-cookie"), null);
  }
  for (const body of [{ token: "wrong" }, { token: TOKENS.WEBHOOK_TOKEN }, {}, { code: loginCode(TOKENS.CONSOLE_TOKEN), token: TOKENS.CONSOLE_TOKEN }]) {
    assert.equal((await login(body)).status, 401, JSON.stringify(body));
  }
  for (const body of ["{", "[]", '{"code":5}', '{"admin":true}', ""]) {
    const response = await agent.fetch("/api/login", { method: "POST", body });
    assert.equal(response.status, 400, body);
  }
});

test("the token opens a session, logging out closes it, and no row holds it in the clear", async () => {
  const cookie = cookieOf(await login({ token: TOKENS.CONSOLE_TOKEN }));
  const secret = cookie.split("=")[1];
  assert.equal((await agent.fetch("/api/state", { headers: { cookie } })).status, 200);
  assert.ok(!readRows(agent.folder).some((row) => row.text.includes(secret)));
  const out = await agent.fetch("/api/logout", { method: "POST", headers: { cookie } });
  assert.match(out.headers.get("set-cookie"), /Max-Age=0/);
  assert.equal((await agent.fetch("/api/state", { headers: { cookie } })).status, 401);
});

test("a foreign host or origin is refused, even with the right token", async () => {
  const request = (path, headers) => raw(agent, [`GET ${path} HTTP/1.1\r\nauthorization: Bearer ${TOKENS.CONSOLE_TOKEN}\r\nconnection: close\r\n${headers}\r\n`]);
  for (const host of ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:80", "workers.dev.evil.example"]) {
    assert.equal((await request("/api/state", `host: ${host}\r\n`)).status, 421, host);
    assert.equal((await request("/", `host: ${host}\r\n`)).status, 421, host);
  }
  const own = agent.url.host;
  for (const origin of ["https://evil.example", "null", `http://${own}.evil.example`, "http://127.0.0.1:1", `file://${own}`]) {
    const answer = await request("/api/state", `host: ${own}\r\norigin: ${origin}\r\n`);
    assert.equal(answer.status, 403, origin);
    assert.match(answer.text, /foreign_origin/);
  }
  assert.equal((await request("/api/state", `host: ${own}\r\norigin: http://${own}\r\n`)).status, 200);
});

test("the webhook token reads the turns of the webhook and nothing else, and never approves", async () => {
  const mine = await agent.hook({ conversation: "mine", text: "write to bob@example.org: hi" });
  const console_ = await open({ cookie: cookieOf(await login({ token: TOKENS.CONSOLE_TOKEN })), origin: agent.url.origin });
  console_.say({ type: "say", id: "private-1", text: "hello" });
  const { turn } = await until(() => console_.of("accepted")[0], "the message was taken");
  console_.socket.close();
  const get = (path, init = {}) => agent.fetch(path, { ...init, headers: { authorization: `Bearer ${TOKENS.WEBHOOK_TOKEN}` } });
  const read = await get(`/api/turns/${mine.body.turn}`);
  assert.equal(read.status, 200);
  assert.equal((await read.json()).id, mine.body.turn);
  assert.equal((await get(`/api/turns/${turn}`)).status, 404);
  assert.equal((await get(mine.body.turn.replace(/.$/, "x"))).status, 404);
  for (const [method, path] of ROUTES.filter(([, path]) => !/socket|turns\/t_/.test(path))) {
    const response = await get(path, { method, body: method === "POST" ? '{"decision":"approve","call_hash":""}' : undefined });
    assert.equal(response.status, 403, `${method} ${path}`);
  }
});

test("the page has a strict policy, loads nothing foreign, and its files are there", async () => {
  const page = await agent.fetch("/");
  const policy = page.headers.get("content-security-policy");
  assert.match(policy, /default-src 'none'/);
  assert.match(policy, /frame-ancestors 'none'/);
  assert.doesNotMatch(policy, /unsafe|\*|https?:|data:/);
  for (const [name, value] of [["x-content-type-options", "nosniff"], ["referrer-policy", "no-referrer"], ["x-frame-options", "DENY"], ["cross-origin-opener-policy", "same-origin"]]) {
    assert.equal(page.headers.get(name), value, name);
  }
  const html = await page.text();
  assert.doesNotMatch(html, /(src|href)="(https?:)?\/\//);
  assert.doesNotMatch(html, /<script(?![^>]*src=)|\son\w+=|style="/);
  const files = [...html.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map((found) => found[1]);
  assert.ok(files.length >= 2);
  for (const file of files) {
    const response = await agent.fetch(file);
    assert.equal(response.status, 200, file);
    assert.match(response.headers.get("cache-control"), /immutable/);
    assert.equal(response.headers.get("x-content-type-options"), "nosniff");
    await response.text();
  }
});

test("a turn tells its state, its calls with labels and decisions, and its messages", async () => {
  const asked = await agent.hook({ conversation: "view", text: "/note remember the milk" });
  const { body } = await agent.api(`/api/turns/${asked.body.turn}`);
  assert.deepEqual([body.status, body.channel, body.conversation], ["done", "generic", "generic:view"]);
  assert.equal(body.calls[0].decision, "allow");
  assert.equal(body.calls[0].labels.text, "owner");
  assert.equal(body.messages[0].role, "owner");
  assert.match(body.messages.map((message) => message.text).join(), /remember the milk/);
  assert.equal((await agent.api("/api/turns/t_999999_00000000000000000000000000000000")).status, 404);
});

function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  return `{${Object.keys(value).sort().map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`).join(",")}}`;
}

test("the audit log is a whole chain that names no content", async () => {
  await agent.hook({ conversation: "audit", text: "note: unmistakable-content-4711" });
  const records = await agent.audit();
  assert.ok(records.length > 5);
  let prev = "0".repeat(64);
  records.forEach(({ seq, at, entries, hash, prev: said }, index) => {
    assert.equal(seq, index + 1);
    assert.equal(said, prev);
    assert.equal(hash, createHash("sha256").update(canonical({ seq, at, entries, prev })).digest("hex"));
    prev = hash;
  });
  const text = JSON.stringify(records);
  assert.doesNotMatch(text, /unmistakable-content/);
  for (const what of ["accepted", "decided", "tool_ran", "turn_ended", "model_answered"]) assert.ok(text.includes(`"what":"${what}"`), what);
  const { body } = await agent.api(`/api/audit?after=${records.length - 2}`);
  assert.equal(body.trim().split("\n").length, 2);
});

test("a socket opens only for the console's own page with a session", async () => {
  const cookie = cookieOf(await login({ token: TOKENS.CONSOLE_TOKEN }));
  const { origin } = agent.url;
  for (const headers of [{}, { origin }, { cookie }, { cookie, origin: "https://evil.example" }, { cookie, origin: "null" }, { origin, cookie: "sclerite_session=x" }, { origin, authorization: `Bearer ${TOKENS.WEBHOOK_TOKEN}` }]) {
    await assert.rejects(open(headers), /refused/, JSON.stringify(headers));
  }
  const fine = await open({ cookie, origin });
  fine.say("ping");
  await until(() => fine.messages.includes("pong"), "the heartbeat came back");
  fine.socket.close();
});

test("the console chats: hello sets the zone, words arrive as they are said, then the message", async () => {
  const cookie = cookieOf(await login({ token: TOKENS.CONSOLE_TOKEN }));
  const chat = await open({ cookie, origin: agent.url.origin });
  chat.say({ type: "hello", zone: "Europe/Paris", locale: "fr-FR" });
  assert.equal((await until(() => chat.of("state")[0], "the state came")).zone, "Europe/Paris");
  // A zone that is known is not changed by the next browser.
  chat.say({ type: "hello", zone: "Asia/Tokyo", locale: "en" });
  assert.equal((await until(() => chat.of("state")[1], "the state came again")).zone, "Europe/Paris");
  chat.say({ type: "say", id: "say-1", text: "count slowly" });
  const { turn } = await until(() => chat.of("accepted").find((message) => message.id === "say-1"), "it was accepted");
  const said = await until(() => chat.of("message").find((message) => message.message.role === "agent" && message.message.turn === turn), "the agent answered");
  const deltas = chat.of("delta").filter((delta) => delta.turn === turn);
  assert.ok(deltas.length >= 2, `${deltas.length} deltas`);
  assert.ok(said.message.text.startsWith(deltas.map((delta) => delta.text).join("").trimEnd()));
  assert.ok(chat.messages.indexOf(deltas[0]) < chat.messages.indexOf(said));
  await until(() => chat.of("turn").some((event) => event.turn.id === turn && event.turn.status === "done"), "the turn was done");
  // The page sends it again when it is unsure: no second turn.
  const asked = server.prompts.length;
  chat.say({ type: "say", id: "say-1", text: "count slowly" });
  const again = await until(() => chat.of("accepted").filter((message) => message.id === "say-1")[1], "it was known");
  assert.deepEqual([again.turn, server.prompts.length], [turn, asked]);
  for (const bad of ["{", "[]", '{"type":"x"}', '{"type":"say","id":"a"}', '{"type":"say","id":"a","text":"\\u0000"}', '{"type":"hello","zone":"Moon/Base","locale":"en"}', "[".repeat(50_000)]) {
    const before = chat.of("error").length;
    chat.say(bad);
    await until(() => chat.of("error").length > before, `${bad.slice(0, 20)} was refused`);
  }
  chat.socket.send(new Uint8Array([1, 2, 3]));
  chat.say({ type: "say", id: "say-2", text: "/status" });
  await until(() => chat.of("message").some((message) => /Europe\/Paris/.test(message.message.text)), "the chat went on");
  chat.socket.close();
});
