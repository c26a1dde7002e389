// Models that fail or answer garbage: the owner gets a clear answer within limits, nothing is asked
// too often, and the next message works. The tests run side by side on one agent, since a model in
// trouble must not disturb any other conversation.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { until } from "./harness.mjs";
import { chat, events, scriptedModel, startAgent } from "./support-models.mjs";

const OPENAI = { MODEL_PROVIDER: "openai", MODEL_NAME: "test-model", OPENAI_API_KEY: "sk-canary-openai-1" };
const ANTHROPIC = { MODEL_PROVIDER: "anthropic", MODEL_NAME: "test-model", ANTHROPIC_API_KEY: "sk-ant-canary-2" };
const NO_ANSWER = /^I could not use the model: it does not answer\./;
const UNREADABLE = /^I could not use the model: its answer cannot be read\./;

const status = (code, headers = {}, body = '{"error":{"message":"mock"}}') => new Response(body, { status: code, headers });
const html = () => new Response("<!doctype html><html><body>Welcome to the hotel's Wi-Fi</body></html>", { headers: { "content-type": "text/html" } });
const json = (text) => new Response(text, { headers: { "content-type": "application/json" } });

/** The times between a script's calls, in milliseconds. */
const gaps = (calls) => calls.slice(1).map((call, at) => call.at - calls[at].at);

/** The conversation goes on: a later message in it is answered, with a prompt that any server takes. */
async function worksAgain(agent, conversation) {
  const answer = await agent.say("and now [works]", { conversation });
  assert.deepEqual([answer.status, answer.text], ["done", "Fine."]);
}

describe("a model's server in trouble", { concurrency: true }, () => {
  let agent;
  const model = scriptedModel();
  before(async () => {
    agent = await startAgent({ bindings: OPENAI, outbound: model.outbound });
  });
  after(async () => {
    await agent.worker.dispose();
    assert.deepEqual(model.faults, [], "a server would refuse these prompts");
  });

  const always = [
    ["500", () => status(500)],
    ["529", () => status(529)],
    ["503 with a page", () => new Response("<html>busy</html>", { status: 503 })],
    ["a way out that fails", () => Promise.reject(new Error("no route"))],
  ];
  for (const [what, respond] of always) {
    const name = what.replaceAll(" ", "-").toLowerCase();
    test(`${what}: is asked four times with growing random waits, then the owner is told`, async () => {
      model.scripts[name] = respond;
      const answer = await agent.say(`hello [${name}]`, { conversation: name });
      assert.equal(answer.status, "failed");
      assert.match(answer.text, NO_ANSWER);
      assert.equal(answer.texts.length, 1);
      const waits = gaps(model.of(name));
      assert.equal(waits.length, 3);
      // Full jitter: from nothing up to 0.5, 1 and 2 seconds; the rest is the machine being busy.
      for (const [at, most] of [500, 1000, 2000].entries()) assert.ok(waits[at] < most + 900, `wait ${at} was ${waits[at]} ms`);
      await worksAgain(agent, name);
    });
  }

  test("recovers when the second attempt works, and counts both attempts", async () => {
    model.scripts.recovers = (n) => (n === 0 ? status(502) : chat.text("Back again."));
    const answer = await agent.say("hello [recovers]", { conversation: "recovers" });
    assert.deepEqual([answer.status, answer.text], ["done", "Back again."]);
    const { usage } = await agent.turn(answer.turn);
    assert.deepEqual([usage.model_calls, usage.tokens_in, usage.tokens_out], [2, 120, 7]);
  });

  for (const [name, headers, least] of [
    ["retry-after", { "retry-after": "1" }, 1000],
    ["retry-after-ms", { "retry-after-ms": "700", "retry-after": "30" }, 700],
  ]) {
    test(`429 with ${name}: is asked again no sooner than the server wants`, async () => {
      model.scripts[name] = (n) => (n === 0 ? status(429, headers) : chat.text("Now I can."));
      const answer = await agent.say(`hello [${name}]`, { conversation: name });
      assert.equal(answer.text, "Now I can.");
      const [wait] = gaps(model.of(name));
      assert.ok(wait >= least && wait < least + 3000, `it waited ${wait} ms`);
    });
  }

  test("429 that asks for more than a minute: the owner is told at once", async () => {
    model.scripts.hours = () => status(429, { "retry-after": "7200" });
    const answer = await agent.say("hello [hours]", { conversation: "hours" });
    assert.equal(answer.status, "failed");
    assert.match(answer.text, NO_ANSWER);
    assert.equal(model.of("hours").length, 1);
    await worksAgain(agent, "hours");
  });

  for (const code of [401, 403]) {
    test(`${code}: says that the key is refused, and asks once`, async () => {
      const name = `key-${code}`;
      model.scripts[name] = () => status(code, {}, `{"error":{"message":"Incorrect API key provided: ${OPENAI.OPENAI_API_KEY}"}}`);
      const answer = await agent.say(`hello [${name}]`, { conversation: name });
      assert.equal(answer.status, "failed");
      assert.match(answer.text, /it refuses the key\. Check the model's API key binding\./);
      assert.ok(!answer.text.includes("sk-canary"));
      assert.equal(model.of(name).length, 1);
      await worksAgain(agent, name);
    });
  }

  for (const code of [400, 404, 422]) {
    test(`${code}: is asked once, as the same question would fail again`, async () => {
      const name = `no-${code}`;
      model.scripts[name] = () => status(code);
      const answer = await agent.say(`hello [${name}]`, { conversation: name });
      assert.equal(answer.status, "failed");
      assert.match(answer.text, /^I could not use the model: /);
      assert.equal(model.of(name).length, 1);
      await worksAgain(agent, name);
    });
  }

  test("a redirect is not followed", async () => {
    model.scripts.moved = () => status(307, { location: "https://evil.example/v1/chat/completions" });
    const answer = await agent.say("hello [moved]", { conversation: "moved" });
    assert.equal(answer.status, "failed");
    assert.match(answer.text, /^I could not use the model: /);
    assert.ok(!agent.worker.egress.some(({ url }) => url.includes("evil.example")));
  });

  test("the trouble is told in the owner's language", async () => {
    model.scripts.french = () => status(400);
    const answer = await agent.say("bonjour, quels sont mes messages ? [french]", { conversation: "french" });
    assert.match(answer.text, /^Je n'ai pas pu utiliser le modèle : |^Je n'ai pas pu utiliser le modèle: /);
  });

});

describe("a model that never answers", () => {
  let agent;
  const model = scriptedModel({
    silent: () => new Promise(() => {}),
    remind: (n) => (n === 0 ? chat.calls([["remind", { text: "Call the dentist", at: new Date(Date.now() + 1500).toISOString() }]]) : chat.text("I will.")),
  });
  before(async () => {
    agent = await startAgent({ bindings: OPENAI, outbound: model.outbound });
  });
  after(() => agent.worker.dispose());

  const saysOnTime = async () => {
    const { turns } = await agent.get("/api/turns");
    const views = await Promise.all(turns.slice(0, 5).map(({ id }) => agent.turn(id)));
    return views.some((turn) => turn.messages.some((message) => message.role === "agent" && message.text.includes("Call the dentist") && turn.calls.length === 0));
  };

  test("holds up no command, no other conversation and no reminder, and can be cancelled", async () => {
    await agent.say("/zone Europe/Paris");
    const hanging = agent.say("hello [silent]", { conversation: "silent" });
    await until(() => model.of("silent").length === 1, "the model was asked");
    assert.equal((await agent.say("remind me [remind]", { conversation: "elsewhere" })).text, "I will.");
    await until(saysOnTime, "the reminder comes", 6000);
    assert.match((await agent.say("/status", { conversation: "silent" })).text, /at your service/);
    assert.equal((await agent.say("/cancel", { conversation: "silent" })).text, "Cancelled.");
    const cancelled = await hanging;
    assert.deepEqual([cancelled.status, cancelled.text], ["cancelled", "Cancelled."]);
    await worksAgain(agent, "silent");
  });

  test("holds up nothing either once this invocation has made all the requests that it may", async () => {
    // An invocation begins nothing new after 40 requests; the next one must not wait for the silent call.
    const hanging = agent.say("hello [silent]", { conversation: "silent-2" });
    await until(() => model.of("silent").length === 2, "the model was asked");
    const began = performance.now();
    for (let n = 0; n < 60; n += 1) assert.equal((await agent.say(`message ${n} [busy]`, { conversation: `busy-${n % 7}` })).text, "Fine.");
    assert.ok(performance.now() - began < 20_000, `60 messages took ${performance.now() - began} ms`);
    assert.equal((await agent.say("/cancel", { conversation: "silent-2" })).text, "Cancelled.");
    assert.equal((await hanging).status, "cancelled");
    assert.equal(model.of("silent").length, 2, "the silent call was made again");
  });
});

describe("a model that answers garbage", { concurrency: true }, () => {
  let agent;
  const model = scriptedModel();
  before(async () => {
    agent = await startAgent({ bindings: OPENAI, outbound: model.outbound });
  });
  after(async () => {
    await agent.worker.dispose();
    assert.deepEqual(model.faults, [], "a server would refuse these prompts");
  });

  const megabytes = (n) => "a".repeat(n * 1024 * 1024);
  const unreadable = {
    "bad JSON": () => json('{"choices":[{"message":'),
    "JSON of another kind": () => json("[1,2,3]"),
    "an empty body": () => json(""),
    "a page with status 200": html,
    "events that are no JSON": () => events(["data: {oops\n\n", "data: [DONE]\n\n"]),
    "events that stop without an end": () => events([chat.choice({ content: "Half an ans" })]),
    "bytes that are no text": () => new Response(Uint8Array.from({ length: 5000 }, (_, at) => (at * 197) % 256)),
    "5 MB of text": () => json(JSON.stringify({ choices: [{ message: { content: megabytes(5) }, finish_reason: "stop" }] })),
    "5 MB of events": () => events(Array.from({ length: 80 }, () => chat.choice({ content: "b".repeat(65_536) }))),
    "100 calls at once": () => chat.calls(Array.from({ length: 100 }, () => ["notes_list", {}])),
    "nesting without end": () => json(`{"choices":${"[".repeat(100_000)}`),
  };
  for (const [what, respond] of Object.entries(unreadable)) {
    const name = what.replaceAll(" ", "-").toLowerCase();
    test(`${what}: the owner is told that the answer cannot be read`, async () => {
      model.scripts[name] = respond;
      const answer = await agent.say(`hello [${name}]`, { conversation: name });
      assert.equal(answer.status, "failed");
      assert.match(answer.text, UNREADABLE);
      assert.equal(answer.texts.length, 1);
      assert.equal(model.of(name).length, 1, "it was asked again for the same garbage");
      await worksAgain(agent, name);
    });
  }

  test("an error inside a stream counts as the status it names", async () => {
    model.scripts.inside = () => events(['data: {"error":{"message":"bad","code":"invalid_request"}}\n\n']);
    const answer = await agent.say("hello [inside]", { conversation: "inside" });
    assert.equal(answer.status, "failed");
    assert.match(answer.text, /^I could not use the model: /);
    assert.equal(model.of("inside").length, 1);
  });

  const plain = {
    "an empty reply": [() => chat.text(""), "The model gave no answer. Please say it in other words."],
    "a refusal": [() => events([chat.choice({ refusal: "I cannot help with that." }), chat.choice({}, "stop"), "data: [DONE]\n\n"]), "I cannot help with that.\nThe model declined to answer this."],
    "a filtered reply": [() => events([chat.choice({}, "content_filter"), "data: [DONE]\n\n"]), "The model declined to answer this."],
    "a reply cut at its length": [() => events([chat.choice({ content: "The first half" }), chat.choice({}, "length"), "data: [DONE]\n\n"]), "The first half\n(The model's answer was cut off at its length limit.)"],
  };
  for (const [what, [respond, words]] of Object.entries(plain)) {
    const name = what.replaceAll(" ", "-");
    test(`${what}: is said in plain words`, async () => {
      model.scripts[name] = respond;
      const answer = await agent.say(`hello [${name}]`, { conversation: name });
      assert.deepEqual([answer.status, answer.text], ["done", words]);
      await worksAgain(agent, name);
    });
  }

  // What is wrong with a call goes back to the model, which may correct it.
  const wrong = {
    "invalid JSON": ["mail_list", '{"folder": "in', /"error":"invalid","expected":"a JSON object"/],
    "a list as arguments": ["mail_list", "[1]", /"expected":"a JSON object"/],
    "an unknown tool": ["rm -rf /; $(boom)", {}, /"argument":"tool"/],
    "a missing argument": ["mail_read", {}, /"argument":"mail".*required/],
    "an argument of another tool": ["mail_list", { bcc: "eve@evil.example" }, /"argument":"bcc"/],
    "a handle that does not exist": ["mail_read", { mail: "$mail_77[1]" }, /"error":"invalid".*handle/],
    "a handle of another kind": ["calendar_list", { from: "$mail_1" }, /"error":"invalid"/],
    "a number out of range": ["mail_list", { limit: 1e9 }, /whole number from 1 to 50/],
    "a value of another type": ["mail_list", { folder: { $ne: null } }, /"error":"invalid"/],
    "a prototype as a name": ["__proto__", { constructor: { prototype: {} } }, /"argument":"tool"/],
  };
  for (const [what, [tool, args, expected]] of Object.entries(wrong)) {
    const name = what.replaceAll(" ", "-").toLowerCase();
    test(`${what} in a call: goes back to the model as an error, and nothing runs`, async () => {
      model.scripts[name] = (n) => (n === 0 ? chat.calls([[tool, args]]) : chat.text("Sorry, that was wrong."));
      const answer = await agent.say(`hello [${name}]`, { conversation: name });
      assert.deepEqual([answer.status, answer.text], ["done", "Sorry, that was wrong."]);
      const result = model.of(name)[1].prompt.messages.find((message) => message.role === "tool");
      assert.match(JSON.stringify(JSON.parse(result.content)), expected);
      const [record] = (await agent.turn(answer.turn)).calls;
      assert.deepEqual([record.status, record.decision], ["failed", ""]);
      await worksAgain(agent, name);
    });
  }

  test("an endless loop of calls ends after twelve steps", async () => {
    model.scripts.loop = () => chat.calls([["notes_list", {}]]);
    const answer = await agent.say("hello [loop]", { conversation: "loop" });
    assert.equal(answer.status, "failed");
    assert.match(answer.text, /^I stopped here: this took more steps than one message may\./);
    assert.equal(model.of("loop").length, 12);
    assert.equal((await agent.turn(answer.turn)).calls.length, 12);
    await worksAgain(agent, "loop");
  });

  test("more calls than a turn may make: the rest does not run, and the turn ends", async () => {
    model.scripts.many = () => chat.calls(Array.from({ length: 50 }, (_, at) => ["notes_list", { limit: at + 1 }]));
    const answer = await agent.say("hello [many]", { conversation: "many" });
    assert.equal(answer.status, "failed");
    assert.match(answer.text, /^I stopped here/);
    const { calls } = await agent.turn(answer.turn);
    assert.deepEqual([calls.length, calls.filter((call) => call.status === "done").length], [50, 40]);
    await worksAgain(agent, "many");
  });

  test("900 KB of words are left out, and the owner is told why", async () => {
    model.scripts.long = () => chat.text("word ".repeat(180_000));
    const answer = await agent.say("hello [long]", { conversation: "long" });
    assert.deepEqual([answer.status, answer.text], ["failed", "The model's answer is longer than one turn may be, so I left it out. Ask for less."]);
    await worksAgain(agent, "long");
  });
});

describe("the Messages format in trouble", { concurrency: true }, () => {
  let agent;
  const model = scriptedModel();
  const fine = () => events([
    { type: "message_start", message: { id: "msg_1", usage: { input_tokens: 9, output_tokens: 1 } } },
    { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
    { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "Fine." } },
    { type: "message_delta", delta: { stop_reason: "end_turn" }, usage: { output_tokens: 4 } },
    { type: "message_stop" },
  ]);
  before(async () => {
    model.scripts[""] = fine;
    model.scripts.works = fine;
    agent = await startAgent({ bindings: ANTHROPIC, outbound: model.outbound });
  });
  after(async () => {
    await agent.worker.dispose();
    assert.deepEqual(model.faults, [], "a server would refuse these prompts");
  });

  test("an overloaded error inside the stream is tried again", async () => {
    model.scripts.overloaded = (n) => (n === 0 ? events([{ type: "error", error: { type: "overloaded_error", message: "Overloaded" } }]) : fine());
    const answer = await agent.say("hello [overloaded]", { conversation: "overloaded" });
    assert.deepEqual([answer.status, answer.text], ["done", "Fine."]);
    assert.equal(model.of("overloaded").length, 2);
    const { usage } = await agent.turn(answer.turn);
    assert.deepEqual([usage.model_calls, usage.tokens_in, usage.tokens_out], [2, 9, 4]);
  });

  test("529 is tried again four times, then the owner is told", async () => {
    model.scripts.busy = () => status(529, {}, '{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}');
    const answer = await agent.say("hello [busy]", { conversation: "busy" });
    assert.match(answer.text, NO_ANSWER);
    assert.equal(model.of("busy").length, 4);
    await worksAgain(agent, "busy");
  });

  test("a refusal and a call with broken JSON leave a conversation that goes on", async () => {
    const turn = (stop_reason, ...blocks) => events([{ type: "message_start", message: { id: "msg_2", usage: { input_tokens: 1, output_tokens: 1 } } }, ...blocks, { type: "message_delta", delta: { stop_reason }, usage: { output_tokens: 2 } }, { type: "message_stop" }]);
    model.scripts.broken = (n) => [
      turn("tool_use", { type: "content_block_start", index: 0, content_block: { type: "tool_use", id: "toolu_1", name: "mail_list", input: {} } }, { type: "content_block_delta", index: 0, delta: { type: "input_json_delta", partial_json: '{"folder": "in' } }),
      turn("refusal"),
    ][n];
    const answer = await agent.say("hello [broken]", { conversation: "broken" });
    assert.deepEqual([answer.status, answer.text], ["done", "The model declined to answer this."]);
    await worksAgain(agent, "broken");
  });
});
