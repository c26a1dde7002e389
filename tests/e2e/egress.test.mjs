// The one door out: where requests go, what happens to redirects, floods and silence.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { until } from "./harness.mjs";
import { MODEL, REPLY_URL, SIGNING_SECRET, completion, modelServer, sleep, startAgent } from "./support.mjs";

let agent;
let server;
let replies = async () => new Response(null, { status: 204 });
/** A body of 64 MiB, which nobody should want to read to its end. */
function endless(piece) {
  let left = 64 << 20;
  return new ReadableStream({
    pull(controller) {
      if (left <= 0) return controller.close();
      controller.enqueue(piece);
      left -= piece.length;
    },
  });
}

/** A good answer behind so many bytes that say nothing. */
async function padded(bytes) {
  const answer = Buffer.from(await completion({ text: "behind the padding" }).arrayBuffer());
  const line = Buffer.from(`: ${"-".repeat(1_020)}\n\n`);
  return Buffer.concat([...Array(Math.floor((bytes - answer.length) / line.length)).fill(line), answer]);
}

const PIECE = Buffer.from(`data: ${JSON.stringify({ choices: [{ index: 0, delta: { content: "x".repeat(8_000) } }] })}\n\n`);
const SSE = { headers: { "content-type": "text/event-stream" } };

before(async () => {
  server = modelServer(
    async (words) => {
      const [verb, argument] = words.split("\n\n").at(-1).split(" ");
      if (verb === "redirect") return new Response("moved", { status: Number(argument), headers: { location: "https://evil.example/steal" } });
      if (verb === "flood") return new Response(endless(PIECE), SSE);
      if (verb === "noise") return new Response(endless(Buffer.alloc(16_384, 0x20)), SSE);
      if (verb === "errorflood") return new Response(endless(Buffer.alloc(16_384, 0x20)), { status: 400 });
      if (verb === "pad") return new Response(await padded(Number(argument)), SSE);
      return { text: `heard ${verb}` };
    },
    { reply: (record) => replies(record) },
  );
  agent = await startAgent({
    bindings: { ...MODEL, WEBHOOK_SIGNING_SECRET: SIGNING_SECRET, WEBHOOK_REPLY_URL: REPLY_URL },
    outbound: server.outbound,
  });
});

after(() => agent.dispose());

/** Each kind of request has its own conversation, so that none sees the history of another. */
const told = async (text) => agent.say(text.replace(" ", "-"), text);

for (const status of [301, 302, 303, 307, 308]) {
  test(`a ${status} of the model is not followed, and the owner is told that there is no answer`, async () => {
    assert.match(await told(`redirect ${status}`), /could not use the model/);
    assert.ok(!agent.egress.some((request) => request.url.includes("evil.example")));
  });
}

test("a redirect of the reply address is not followed, and the secret goes nowhere", async () => {
  replies = async () => new Response(null, { status: 307, headers: { location: "https://evil.example/inbox" } });
  await agent.hook({ conversation: "moved", text: "hello" }, { wait: 0 });
  await until(() => server.pushed.some((push) => push.json.conversation === "moved"), "it was pushed");
  await sleep(300);
  replies = async () => new Response(null, { status: 204 });
  assert.equal(server.pushed.filter((push) => push.json.conversation === "moved").length, 1);
  assert.ok(!agent.egress.some((request) => request.url.includes("evil.example")));
  assert.equal(await told("hello"), "heard hello");
});

for (const verb of ["flood", "noise"]) {
  test(`an answer without end (${verb}) is cut, soon, and the agent goes on`, async () => {
    const began = performance.now();
    assert.match(await told(verb), /could not use the model|longer than one turn/);
    assert.ok(performance.now() - began < 5_000, `it took ${performance.now() - began} ms`);
    assert.equal(await told("hello"), "heard hello");
  });
}

test("an answer up to the route's limit of 1 MiB is read, and one over it is not", async () => {
  assert.equal(await told("pad 1040000"), "behind the padding");
  assert.match(await told("pad 1060000"), /could not use the model: its answer cannot be read/);
});

test("an error whose body has no end is not read", async () => {
  assert.match(await told("errorflood"), /could not use the model/);
  for (let n = 0; n < 8; n += 1) assert.equal(await told("hello"), "heard hello");
});

test("a receiver that never answers is tried once more, marked, and holds up nobody else", async () => {
  // The usual route waits for 15 seconds; two conversations show that only its own waits.
  const sent = [];
  replies = async (record) => {
    const body = JSON.parse(record.body);
    if (body.conversation === "silent") {
      sent.push(body.repeated);
      await sleep(25_000);
    }
    return new Response(null, { status: 204 });
  };
  const { body } = await agent.hook({ conversation: "silent", text: "hello" }, { wait: 0 });
  await sleep(200);
  const began = performance.now();
  assert.equal(await told("hello"), "heard hello");
  assert.ok(performance.now() - began < 1_000);
  await until(async () => (await agent.api(`/api/turns/${body.turn}`)).body.status === "done", "the turn ended", 40_000);
  const waited = performance.now() - began;
  assert.ok(waited > 27_000 && waited < 35_000, `${waited} ms`);
  assert.deepEqual(sent, [false, true], "the second is marked as a possible repeat");
  const outcome = (await agent.audit()).flatMap((record) => record.entries).findLast((entry) => entry.what === "told" && entry.turn === body.turn);
  assert.equal(outcome.outcome, "unknown");
});

test("a deployer's own address is reached under its base and nowhere else", async () => {
  const seen = [];
  const own = await startAgent({
    bindings: { ...MODEL, MODEL_BASE_URL: "http://127.0.0.1:9/v1/" },
    outbound: async (request, record) => {
      seen.push(record);
      return completion({ text: "from my own server" });
    },
  });
  try {
    assert.equal(await own.say("c", "hello"), "from my own server");
    assert.deepEqual(seen.map((record) => `${record.method} ${record.url}`), ["POST http://127.0.0.1:9/v1/chat/completions"]);
  } finally {
    await own.dispose();
  }
});

test("a base address that is none, or a model that needs a key and has none, sends nothing", async () => {
  for (const bindings of [
    { MODEL_PROVIDER: "openai", MODEL_NAME: "m", MODEL_BASE_URL: "file:///etc/passwd" },
    { MODEL_PROVIDER: "openai", MODEL_NAME: "m", MODEL_BASE_URL: "//evil.example" },
    { MODEL_PROVIDER: "openai", MODEL_NAME: "m" },
    { MODEL_PROVIDER: "anthropic", MODEL_NAME: "m" },
    { MODEL_PROVIDER: "nobody", MODEL_NAME: "m" },
    { MODEL_PROVIDER: "workers-ai", MODEL_NAME: "m" },
  ]) {
    const bare = await startAgent({ bindings });
    try {
      assert.match(await bare.say("c", "hello"), /could not use the model/, JSON.stringify(bindings));
      assert.deepEqual(bare.egress, []);
    } finally {
      await bare.dispose();
    }
  }
});

test("every request of this file went to a listed host, by POST", () => {
  const targets = new Set(agent.egress.map((request) => `${request.method} ${request.url}`));
  assert.deepEqual([...targets].sort(), ["POST https://api.openai.com/v1/chat/completions", `POST ${REPLY_URL}`]);
  assert.deepEqual(server.strays, []);
});
