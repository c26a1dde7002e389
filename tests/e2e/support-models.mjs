// What the tests of models and of Telegram share: an agent with a model, servers that answer as a
// script says, and a check that every prompt is one that the real server would take.
// It asserts nothing about the agent's answers; `*.test.mjs` files do.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createServer as createHttpServer } from "node:http";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { pythonWith } from "../../scripts/lib/python.mjs";
import { startWorker, until } from "./harness.mjs";

export const WEBHOOK_TOKEN = "webhook-token-7f2c9a51";
export const CONSOLE_TOKEN = "console-token-0d84be63";
const FIXTURES = join(dirname(fileURLToPath(import.meta.url)), "fixtures");

/** A port on which nothing listens. */
export async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Starts `fakellm`, a scripted model server that is not ours, with a fixture's rules. */
export async function startFakeLlm(fixture) {
  const python = await pythonWith(["fakellm==0.3.5"]);
  const port = await freePort();
  const args = ["serve", "--port", String(port), "--config", join(FIXTURES, fixture)];
  const server = spawn(join(dirname(python), "fakellm"), args, { stdio: "ignore" });
  const ended = new Promise((resolve) => server.once("exit", resolve));
  const url = `http://127.0.0.1:${port}`;
  const answers = () => fetch(`${url}/_fakellm/stats`).then((response) => response.ok, () => false);
  await until(answers, "fakellm listens", 20_000);
  return {
    url,
    reset: () => fetch(`${url}/_fakellm/reset`, { method: "POST" }),
    stop() {
      server.kill();
      return ended;
    },
  };
}

/** Starts the Worker, with shorthands for talking to it. Options are those of `startWorker`. */
export async function startAgent(options = {}) {
  const bindings = { WEBHOOK_TOKEN, CONSOLE_TOKEN, SEAL_KEY: "seal-key-51c0ffee", ...options.bindings };
  const worker = await startWorker({ ...options, bindings });
  const call = async (path, token, init = {}) => {
    const headers = { authorization: `Bearer ${token}`, ...init.headers };
    const response = await worker.fetch(path, { ...init, headers });
    const text = await response.text();
    assert.ok(response.status < 400, `${path} answered ${response.status}: ${text}`);
    return text === "" ? null : JSON.parse(text);
  };
  return {
    worker,
    /** Says something as the owner (or as `sender`) and waits for what comes of it. */
    async say(text, { conversation = "main", wait = 30, ...body } = {}) {
      const init = {
        method: "POST",
        headers: { prefer: `wait=${wait}`, "content-type": "application/json" },
        body: JSON.stringify({ conversation, text, ...body }),
      };
      const answer = await call("/webhook/generic", WEBHOOK_TOKEN, init);
      const texts = (answer.messages ?? []).map((message) => message.text);
      return { ...answer, texts, text: texts.join("\n") };
    },
    turn: (id) => call(`/api/turns/${id}`, CONSOLE_TOKEN),
    get: (path) => call(path, CONSOLE_TOKEN),
    /** Answers an approval as the console does. */
    decide: (id, call_hash, decision) => call(`/api/approvals/${id}`, CONSOLE_TOKEN, { method: "POST", body: JSON.stringify({ decision, call_hash }) }),
    console: () => openConsole(worker),
  };
}

/** A console's WebSocket: `frames` are what it got, each with the time when it came. */
async function openConsole(worker) {
  const address = new URL("/api/socket", worker.url);
  address.protocol = "ws:";
  const headers = { authorization: `Bearer ${CONSOLE_TOKEN}`, origin: worker.url.origin };
  const socket = new WebSocket(address, { headers });
  const frames = [];
  socket.addEventListener("message", ({ data }) => frames.push({ at: performance.now(), ...JSON.parse(data) }));
  await new Promise((resolve, reject) => {
    socket.addEventListener("open", resolve, { once: true });
    socket.addEventListener("error", () => reject(new Error("the console's socket did not open")), { once: true });
  });
  return {
    frames,
    say: (id, text) => socket.send(JSON.stringify({ type: "say", id, text })),
    close: () => socket.close(),
  };
}

/**
 * A model server by script: `outbound` for the harness. The last `[name]` in the owner's latest words
 * chooses the script; it gets `(n, prompt, request)`, n from 0, and returns a Response or throws.
 * Tests can so run side by side on one agent. Every prompt must be one that the real server takes.
 */
export function scriptedModel(scripts = {}) {
  const calls = [];
  const faults = [];
  const asked = new Map();
  const outbound = async (request, record) => {
    const prompt = JSON.parse(record.body);
    const anthropic = new URL(record.url).pathname.endsWith("/messages");
    const fault = anthropic ? faultOfMessages(prompt) : faultOfChat(prompt);
    if (fault) faults.push(`${fault} in ${record.body}`);
    const name = [...(ownerWords(prompt).at(-1) ?? "").matchAll(/\[([a-z0-9-]+)\]/g)].at(-1)?.[1] ?? "";
    const n = asked.get(name) ?? 0;
    asked.set(name, n + 1);
    calls.push({ name, n, at: performance.now(), prompt, record });
    const script = scripts[name];
    if (!script) return chat.text("Fine.");
    return script(n, prompt, request);
  };
  return { outbound, calls, faults, scripts, of: (name) => calls.filter((call) => call.name === name) };
}

/** What the owner said in a prompt of either format, oldest first. */
export function ownerWords(prompt) {
  const texts = ({ content }) => (typeof content === "string" ? [content] : content.filter((block) => block.type === "text").map((block) => block.text));
  return prompt.messages.filter((message) => message.role === "user").flatMap(texts);
}

const EVENT_STREAM = { headers: { "content-type": "text/event-stream" } };

/** A body of server-sent events from documents or raw texts; promises in between are waited for. */
export function events(pieces) {
  const encoder = new TextEncoder();
  const write = (piece) => encoder.encode(typeof piece === "string" ? piece : `data: ${JSON.stringify(piece)}\n\n`);
  const body = new ReadableStream({
    async start(controller) {
      for (const piece of pieces) {
        if (piece instanceof Promise) await piece;
        else if (piece instanceof Error) return controller.error(piece);
        else controller.enqueue(write(piece));
      }
      controller.close();
    },
  });
  return new Response(body, EVENT_STREAM);
}

const choice = (delta, finish_reason = null) => ({ id: "chatcmpl-1", choices: [{ index: 0, delta, finish_reason }] });

/** Replies in the format of chat completions, streamed. */
export const chat = {
  choice,
  usage: (prompt_tokens, completion_tokens) => ({ choices: [], usage: { prompt_tokens, completion_tokens } }),
  text: (text, usage = chat.usage(120, 7)) => events([choice({ role: "assistant", content: text }), choice({}, "stop"), usage, "data: [DONE]\n\n"]),
  /** Calls are `[name, arguments]`; arguments that are a text are sent as they are. */
  calls: (calls, usage = chat.usage(150, 20)) => {
    const written = calls.map(([name, args], index) => ({
      index,
      id: `call_${index}_${name}`,
      type: "function",
      function: { name, arguments: typeof args === "string" ? args : JSON.stringify(args) },
    }));
    return events([choice({ role: "assistant", tool_calls: written }), choice({}, "tool_calls"), usage, "data: [DONE]\n\n"]);
  },
};

/** Why a chat-completions server would refuse a prompt; `null` if it would not. */
export function faultOfChat(prompt) {
  const open = new Set();
  const seen = new Set();
  for (const [at, message] of prompt.messages.entries()) {
    if (typeof message.content !== "string") return `message ${at} has no text`;
    if (message.role === "tool") {
      if (!open.delete(message.tool_call_id)) return `message ${at} answers no open call`;
      continue;
    }
    if (open.size > 0) return `message ${at} stands between calls and their results`;
    if (message.role !== "assistant" && message.content === "") return `message ${at} is empty`;
    for (const { id, function: called } of message.tool_calls ?? []) {
      if (seen.has(id)) return `the call id ${id} comes twice`;
      if (!/^[A-Za-z0-9_-]{1,64}$/.test(called.name)) return `the name ${called.name} is refused`;
      const args = JSON.parse(called.arguments);
      if (args === null || typeof args !== "object" || Array.isArray(args)) return `the arguments of ${id} are no object`;
      seen.add(id);
      open.add(id);
    }
  }
  return open.size > 0 ? "a call has no result" : null;
}

/** Why a server of the Messages format would refuse a prompt; `null` if it would not. */
export function faultOfMessages(prompt) {
  let open = new Set();
  for (const [at, { role, content }] of prompt.messages.entries()) {
    if (role !== (at % 2 === 0 ? "user" : "assistant")) return `message ${at} breaks the order of roles`;
    if (content.length === 0) return `message ${at} is empty`;
    if (content.some((block) => block.type === "text" && block.text.trim() === "")) return `message ${at} has an empty text`;
    const results = content.filter((block) => block.type === "tool_result");
    if (results.some((block, place) => content[place] !== block)) return `message ${at} has results after other blocks`;
    const answered = new Set(results.map((block) => block.tool_use_id));
    if (answered.size !== open.size || ![...open].every((id) => answered.has(id))) return `message ${at} does not answer the calls before it`;
    open = new Set(content.filter((block) => block.type === "tool_use").map((block) => block.id));
  }
  return open.size > 0 ? "a call has no result" : null;
}

/** A prompt's bytes without the one line that the clock writes. */
export function withoutClock(body) {
  return body.replaceAll(/It is [^"]*?(?:is not known|in [A-Za-z/_]+)\. The owner's language/g, "It is TIME. The owner's language");
}

export const BOT_TOKEN = "7000000001:canary-bot-token-AAE";
export const WEBHOOK_SECRET = "telegram-secret-3b9e";
const NATIVE = { "content-type": "application/json" };

/**
 * Starts `telegram-test-api`, which is not ours, and a relay on either side of it for what it lacks:
 * the secret header, `sendChatAction`, the limit of a text's length, and errors on demand.
 *
 * - `to(url)` says where the Worker is; updates go there from then on.
 * - `outbound` answers the Worker's requests to the Bot API.
 * - `on(method, respond)` answers the next request of that method; several wait in line.
 */
export async function startTelegram() {
  // Loaded here, since the tests of models do without it.
  const { default: TelegramServer } = await import("telegram-test-api");
  const server = new TelegramServer({ port: await freePort(), host: "127.0.0.1", storeTimeout: 600 });
  await server.start();
  const state = { worker: null, updates: [], acks: [], requests: [], planned: [] };

  const post = async (body, headers) => {
    const began = performance.now();
    const response = await fetch(new URL("/webhook/telegram", state.worker), { method: "POST", headers: { ...NATIVE, ...headers }, body });
    return { status: response.status, text: await response.text(), ms: performance.now() - began };
  };
  const relay = createHttpServer(async (incoming, outgoing) => {
    const chunks = [];
    for await (const chunk of incoming) chunks.push(chunk);
    const body = Buffer.concat(chunks).toString("utf8");
    state.updates.push(body);
    // The fake would throw out of reach of any test if it saw a refusal.
    state.acks.push(await post(body, { "x-telegram-bot-api-secret-token": WEBHOOK_SECRET }).catch((error) => ({ status: 0, text: String(error) })));
    outgoing.end("{}");
  });
  await new Promise((resolve) => relay.listen(0, "127.0.0.1", resolve));
  const api = `http://127.0.0.1:${server.config.port}/bot${BOT_TOKEN}`;
  const hook = JSON.stringify({ url: `http://127.0.0.1:${relay.address().port}/` });
  await fetch(`${api}/setWebhook`, { method: "POST", headers: NATIVE, body: hook });

  const answer = (status, document) => new Response(JSON.stringify(document), { status, headers: NATIVE });
  const refusal = (status, description, parameters) => answer(status, { ok: false, error_code: status, description, parameters });
  const forward = async (method, body) => {
    if (method === "sendChatAction") return answer(200, { ok: true, result: true });
    if (method === "sendMessage" && (body.text.trim() === "" || body.text.length > 4096)) return refusal(400, "Bad Request: message is empty or too long");
    return fetch(`${api}/${method}`, { method: "POST", headers: NATIVE, body: JSON.stringify(body) });
  };
  const acknowledged = async (act) => {
    const before = state.acks.length;
    await act();
    return until(() => state.acks[before], "the update is acknowledged");
  };
  return {
    ...state,
    refusal,
    to: (url) => {
      state.worker = url;
    },
    outbound: async (request, record) => {
      const { hostname, pathname } = new URL(record.url);
      assert.equal(hostname, "api.telegram.org");
      assert.ok(pathname.startsWith(`/bot${BOT_TOKEN}/`), "a request without the bot's token");
      const method = pathname.split("/").at(-1);
      const body = JSON.parse(record.body);
      const place = state.planned.findIndex((planned) => planned.method === method);
      const [planned] = place < 0 ? [] : state.planned.splice(place, 1);
      const entry = { method, body, at: performance.now(), status: null };
      state.requests.push(entry);
      const response = planned ? await planned.respond(() => forward(method, body)) : await forward(method, body);
      entry.status = response.status;
      return response;
    },
    on: (method, respond) => state.planned.push({ method, respond }),
    /** A person; in a private chat the chat has the person's number. */
    person: (userId, chatId = userId) => server.getClient(BOT_TOKEN, { userId, chatId, firstName: `Person ${userId}`, timeout: 5000 }),
    /** Sends a message and returns how the Worker acknowledged it. */
    send: (person, text, more = {}) => acknowledged(() => person.sendMessage(person.makeMessage(text, more))),
    press: (person, data, more = {}) => acknowledged(() => person.sendCallback(person.makeCallbackQuery(data, more))),
    /** Posts an update past the fake, with these headers. */
    post,
    /** What the bot has written into a chat, oldest first. */
    texts: (chatId) => server.storage.botMessages.filter(({ message }) => Number(message.chat_id) === chatId).map(({ message }) => message.text),
    /** The buttons under the latest message that has any. */
    buttons: (chatId) => server.storage.botMessages.findLast(({ message }) => Number(message.chat_id) === chatId && message.reply_markup)?.message.reply_markup.inline_keyboard.flat(),
    sent: (method) => state.requests.filter((request) => request.method === method),
    async stop() {
      relay.closeAllConnections();
      await new Promise((resolve) => relay.close(resolve));
      await server.stop();
    },
  };
}
