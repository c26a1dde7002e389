// The platform's own models, by the `AI` binding: there is no key, and nothing leaves by HTTP.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { faultOfChat, ownerWords, startAgent } from "./support-models.mjs";

const NAME = "@cf/meta/llama-3.3-70b-instruct-fp8-fast";

describe("workers-ai", { concurrency: true }, () => {
  let agent;
  const calls = [];
  const scripts = {};
  const of = (name) => calls.filter((call) => call.name === name);
  const ai = async (model, input) => {
    const name = [...(ownerWords(input).at(-1) ?? "").matchAll(/\[([a-z0-9-]+)\]/g)].at(-1)?.[1] ?? "";
    const n = of(name).length;
    calls.push({ name, model, input, fault: faultOfChat(input) });
    return scripts[name] ? scripts[name](n) : { response: "Fine." };
  };
  before(async () => {
    agent = await startAgent({ ai, bindings: { MODEL_PROVIDER: "workers-ai", MODEL_NAME: NAME } });
  });
  after(async () => {
    await agent.worker.dispose();
    assert.deepEqual(calls.map((call) => call.fault).filter(Boolean), []);
    assert.deepEqual(agent.worker.egress, [], "something left by HTTP");
  });

  test("answers with a text, and its tokens are counted", async () => {
    scripts.text = () => ({ response: "Good morning.", usage: { prompt_tokens: 311, completion_tokens: 5, total_tokens: 316 } });
    const answer = await agent.say("hello [text]", { conversation: "text" });
    assert.deepEqual([answer.status, answer.text], ["done", "Good morning."]);
    assert.equal(of("text")[0].model, NAME);
    const { usage } = await agent.turn(answer.turn);
    assert.deepEqual([usage.model_calls, usage.tokens_in, usage.tokens_out], [1, 311, 5]);
  });

  const forms = {
    native: (name, args) => ({ response: null, tool_calls: [{ name, arguments: args }] }),
    completion: (name, args) => ({ id: "chatcmpl-9", choices: [{ index: 0, message: { role: "assistant", content: null, tool_calls: [{ id: "call_x", type: "function", function: { name, arguments: JSON.stringify(args) } }] }, finish_reason: "tool_calls" }] }),
  };
  for (const [form, call] of Object.entries(forms)) {
    test(`calls tools in its ${form} form and gets descriptions, not content`, async () => {
      scripts[form] = (n) => [call("mail_list", { folder: "inbox" }), call("show", { handle: "$mail_1" }), { response: "There." }][n];
      const answer = await agent.say(`my mail [${form}]`, { conversation: form });
      assert.deepEqual([answer.status, answer.texts.at(-1)], ["done", "There."]);
      const results = of(form)[2].input.messages.filter((message) => message.role === "tool").map((message) => JSON.parse(message.content));
      assert.deepEqual(results, [{ handle: "$mail_1", kind: "mails", source: "mail", trust: "untrusted" }, { ok: true }]);
      // What is shown to the owner is in none of the prompts.
      const shown = answer.texts[0].split("\n").map((line) => line.trim()).filter((line) => line.length > 20);
      assert.ok(shown.length > 5);
      for (const line of shown) assert.ok(!JSON.stringify(of(form).map((call) => call.input)).includes(line.slice(3)), line);
    });
  }

  test("is asked again when the platform fails once", async () => {
    scripts.once = (n) => {
      if (n === 0) throw Object.assign(new Error("3040: Capacity temporarily exceeded"), { status: 429, code: 3040 });
      return { response: "Here I am." };
    };
    assert.equal((await agent.say("hello [once]", { conversation: "once" })).text, "Here I am.");
    assert.equal(of("once").length, 2);
  });

  test("that keeps failing is asked four times, then the owner is told, and the next message works", async () => {
    scripts.fails = () => {
      throw Object.assign(new Error("8001: internal"), { status: 500, code: 8001 });
    };
    const answer = await agent.say("hello [fails]", { conversation: "fails" });
    assert.equal(answer.status, "failed");
    assert.match(answer.text, /^I could not use the model: it does not answer\./);
    assert.equal(of("fails").length, 4);
    assert.equal((await agent.say("again [fine]", { conversation: "fails" })).text, "Fine.");
  });

  for (const [what, value] of Object.entries({ "an empty object": {}, null: null, "a list": [1, 2], "a number": 7, "an error inside": { error: { code: 400, message: "bad" } } })) {
    const name = `odd-${what.replaceAll(" ", "-")}`;
    test(`that returns ${what} ends in a clear answer`, async () => {
      scripts[name] = () => value;
      const answer = await agent.say(`hello [${name}]`, { conversation: name });
      assert.equal(answer.status, "failed");
      assert.match(answer.text, /^I could not use the model: /);
      assert.equal((await agent.say("again [fine]", { conversation: name })).text, "Fine.");
    });
  }

  test("slash commands do not ask it", async () => {
    const before = of("").length;
    assert.equal((await agent.say("/inbox", { conversation: "slash" })).status, "done");
    assert.equal(of("").length, before);
  });
});

test("without the binding the owner is told what to set", async () => {
  const agent = await startAgent({ bindings: { MODEL_PROVIDER: "workers-ai", MODEL_NAME: NAME } });
  try {
    const answer = await agent.say("hello");
    assert.deepEqual([answer.status, answer.text], ["failed", "I could not use the model: it is not configured. Set MODEL_PROVIDER and MODEL_NAME."]);
  } finally {
    await agent.worker.dispose();
  }
});
