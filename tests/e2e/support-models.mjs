// What the tests of models and of Telegram share: an agent with a model, servers that answer as a
// script says, and a check that every prompt is one that the real server would take.
// It asserts nothing about the agent's answers; `*.test.mjs` files do.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
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
