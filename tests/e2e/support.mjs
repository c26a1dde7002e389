// What several end-to-end tests share: an agent with its usual bindings, a scripted model server
// and a webhook caller. It starts no test and asserts nothing.

import { createHmac } from "node:crypto";
import { connect } from "node:net";
import { startWorker } from "./harness.mjs";

/** The secrets of the agent under test; none of them occurs anywhere else. */
export const TOKENS = {
  WEBHOOK_TOKEN: "hook-Zk3vQ9w1Lr7x",
  CONSOLE_TOKEN: "console-b8Fh2Ys5Tn0c",
  SEAL_KEY: "seal-Jp6Dm4Ge1Uax",
};

/** The bindings of an agent whose planner is the scripted server of `modelServer`. */
export const MODEL = {
  MODEL_PROVIDER: "openai",
  MODEL_NAME: "scripted",
  OPENAI_API_KEY: "sk-test-Rw2Nc7Vb9KqE",
};

/** A key for signatures in the form of Standard Webhooks. */
export const SIGNING_SECRET = `whsec_${Buffer.from("a key of at least 24 bytes!").toString("base64")}`;

/** Where the agent's own messages go in tests. */
export const REPLY_URL = "https://replies.example/inbox";

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Starts an agent: `startWorker` with the usual bindings and the helpers below. */
export async function startAgent({ bindings = {}, ...options } = {}) {
  const worker = await startWorker({ bindings: { MODEL_PROVIDER: "offline", ...TOKENS, ...bindings }, ...options });
  /** A message by the generic webhook. `wait` is in seconds; 0 does not wait. */
  worker.hook = async (body, { wait = 15, headers = {}, signal } = {}) => {
    const began = performance.now();
    const response = await worker.fetch("/webhook/generic", {
      method: "POST",
      headers: {
        authorization: `Bearer ${TOKENS.WEBHOOK_TOKEN}`,
        "content-type": "application/json",
        ...(wait > 0 && { prefer: `wait=${wait}` }),
        ...headers,
      },
      body: typeof body === "string" || body instanceof Uint8Array ? body : JSON.stringify(body),
      signal,
    });
    return { status: response.status, headers: response.headers, body: await read(response), ms: performance.now() - began };
  };
  /** The text of all messages that a waited message brought. */
  worker.say = async (conversation, text, extra = {}) => {
    const { body } = await worker.hook({ conversation, text, ...extra });
    return (body.messages ?? []).map((message) => message.text).join("\n");
  };
  /** A request to the API with the console's token. */
  worker.api = async (path, init = {}) => {
    const response = await worker.fetch(path, {
      ...init,
      headers: { authorization: `Bearer ${TOKENS.CONSOLE_TOKEN}`, ...init.headers },
    });
    return { status: response.status, headers: response.headers, body: await read(response) };
  };
  /** Answers an approval. */
  worker.answer = (approval, decision, call_hash = approval.call_hash) =>
    worker.api(`/api/approvals/${approval.id}`, { method: "POST", body: JSON.stringify({ decision, call_hash }) });
  /** The whole audit chain. */
  worker.audit = async () => {
    const { body } = await worker.api("/api/audit");
    return body.split("\n").filter(Boolean).map((line) => JSON.parse(line));
  };
  return worker;
}

async function read(response) {
  const text = await response.text();
  return /json$/.test(response.headers.get("content-type") ?? "") ? JSON.parse(text) : text;
}

/** A completion in the form that servers stream: words in pieces, then the calls. */
export function completion({ text = "", pieces = text ? [text] : [], calls = [] }) {
  const chunk = (delta, finish_reason = null) =>
    `data: ${JSON.stringify({ id: "c1", object: "chat.completion.chunk", choices: [{ index: 0, delta, finish_reason }] })}\n\n`;
  const parts = pieces.map((content) => chunk({ content }));
  calls.forEach(([name, args], index) => {
    const written = typeof args === "string" ? args : JSON.stringify(args);
    parts.push(chunk({ tool_calls: [{ index, id: `call_${index}`, type: "function", function: { name, arguments: written } }] }));
  });
  parts.push(chunk({}, calls.length ? "tool_calls" : "stop"));
  parts.push(`data: ${JSON.stringify({ choices: [], usage: { prompt_tokens: 7, completion_tokens: 3 } })}\n\n`, "data: [DONE]\n\n");
  return new Response(ReadableStream.from(parts.map((part) => Buffer.from(part))), { headers: { "content-type": "text/event-stream" } });
}

/**
 * An outbound handler that plays a model server and the owner's reply address.
 *
 * `plan(prompt, request)` gets the last words of the owner and returns what `completion` takes, a
 * `Response`, or a promise of either. What was pushed to the reply address is in `pushed`, what
 * went to the model in `prompts`; everything else that leaves is in `strays`.
 */
export function modelServer(plan, { reply = async () => new Response(null, { status: 204 }) } = {}) {
  const server = { pushed: [], prompts: [], strays: [] };
  server.outbound = async (request, record) => {
    const url = new URL(record.url);
    if (url.hostname === "api.openai.com") {
      const prompt = JSON.parse(record.body);
      server.prompts.push(prompt);
      const words = prompt.messages.filter((message) => message.role === "user").at(-1)?.content ?? "";
      const after = prompt.messages.slice(prompt.messages.findLastIndex((message) => message.role === "user") + 1);
      const answer = await plan(words, { prompt, results: after.filter((message) => message.role === "tool") });
      return answer instanceof Response ? answer : completion(answer);
    }
    if (record.url === REPLY_URL) {
      const answer = await reply(record);
      server.pushed.push({ ...record, at: performance.now(), json: JSON.parse(record.body) });
      return answer;
    }
    server.strays.push(record.url);
    return new Response("no such host", { status: 502 });
  };
  return server;
}

/** Sends bytes as they are and returns what came back, and how many bytes it took to get it. */
export async function raw(worker, chunks, { timeout_ms = 8_000 } = {}) {
  const socket = connect(Number(worker.url.port), "127.0.0.1");
  const received = [];
  let over = false;
  const ended = new Promise((resolve) => {
    socket.on("data", (data) => {
      received.push(data);
      // A whole head and the whole declared body is all that a test wants to see.
      const text = Buffer.concat(received).toString("latin1");
      const [head, body] = [text.slice(0, text.indexOf("\r\n\r\n")), text.slice(text.indexOf("\r\n\r\n") + 4)];
      const length = head.match(/content-length: (\d+)/i);
      if (text.includes("\r\n\r\n") && (length ? body.length >= Number(length[1]) : body.includes("0\r\n\r\n"))) resolve();
    });
    socket.on("close", resolve);
    socket.on("error", resolve);
  }).then(() => { over = true; });
  let sent = 0;
  const sending = (async () => {
    for await (const chunk of chunks) {
      if (over || socket.destroyed) return;
      const bytes = Buffer.from(chunk, typeof chunk === "string" ? "latin1" : undefined);
      sent += bytes.length;
      if (!socket.write(bytes)) await Promise.race([new Promise((resolve) => socket.once("drain", resolve)), ended]);
    }
  })();
  const timeout = sleep(timeout_ms).then(() => "timeout");
  const outcome = await Promise.race([Promise.all([ended, sending]), ended, timeout]);
  socket.destroy();
  const text = Buffer.concat(received).toString("utf8");
  const status = Number(text.match(/^HTTP\/1\.1 (\d{3})/)?.[1] ?? 0);
  return { status, text, sent, timedOut: outcome === "timeout" };
}

/** A one-time login code whose parts a test can bend. */
export function bentLoginCode(token, { expiry, nonce }) {
  const claim = `${expiry}.${nonce}`;
  return `${claim}.${createHmac("sha256", token).update(`sclerite-login:${claim}`).digest("base64url")}`;
}

export { sleep };
