// The benchmark of real models, with a server on this computer in place of one: what counts as solved,
// what it took, why something failed, and what it says where no model is named.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { CAUSES } from "../../bench/planner/causes.mjs";
import { models } from "../../bench/planner/models.mjs";
import { figuresOf } from "../../bench/planner/report.mjs";
import { chosenTasks, runModels } from "../../bench/planner/run.mjs";
import { AREAS } from "../../bench/tasks/index.mjs";

const BUILD = fileURLToPath(new URL("../../build", import.meta.url));
const ids = ["mail-send-literal", "mail-count", "mail-figure", "note-add"];

let server;

const call = (name, args) => ({ role: "assistant", content: "", tool_calls: [{ id: "c1", type: "function", function: { name, arguments: JSON.stringify(args) } }] });

/** Solves one task, calls nothing for another, writes a bad call for the third and a wrong note for the last. */
function reply({ messages }) {
  const last = messages.at(-1);
  if (last.role === "tool") return { role: "assistant", content: "Done." };
  if (last.content.includes("paul.martin@example.net")) return call("mail_send", { to: "paul.martin@example.net", subject: "The room", body: "The room with the view is fine, I send you my half tonight." });
  if (last.content.includes("sign-ups")) return call("mail_list", { limit: "a few" });
  if (last.content.includes("cave")) return call("notes_add", { text: "Le code" });
  return { role: "assistant", content: "You have mail." };
}

before(async () => {
  server = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const message = reply(JSON.parse(Buffer.concat(chunks).toString("utf8")));
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify({ id: "c", object: "chat.completion", choices: [{ index: 0, message, finish_reason: message.tool_calls ? "tool_calls" : "stop" }], usage: { prompt_tokens: 100, completion_tokens: 10, total_tokens: 110 } }));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
});

after(() => server.close());

test("tasks are judged by what was done and told, and failures have a cause", async () => {
  const chosen = models({ MODEL_PROVIDER: "openai", MODEL_NAME: "small", MODEL_BASE_URL: `http://127.0.0.1:${server.address().port}/v1`, PATH: "/bin" });
  assert.deepEqual([chosen.hosts, chosen.planner, chosen.quarantined, chosen.bindings.PATH], [["127.0.0.1"], "small", "small", undefined]);
  const found = await runModels(BUILD, chosenTasks({ only: ids }), chosen);
  const causes = Object.fromEntries(found.map(({ task, cause }) => [task, cause]));
  assert.deepEqual(causes, { "mail-send-literal": null, "mail-count": "no_call", "mail-figure": "bad_call", "note-add": "wrong_words" });
  const solved = found.find(({ task }) => task === "mail-send-literal");
  assert.deepEqual([solved.solved, solved.planner_calls, solved.quarantined_calls, solved.tokens_in, solved.tokens_out], [true, 2, 0, 200, 20]);
  assert.ok(solved.seconds > 0);
  const figures = figuresOf(found);
  assert.deepEqual([figures.tasks, figures.solved, figures.medians.planner_calls], [4, 1, 2]);
  assert.deepEqual(figures.causes, { no_call: 1, bad_call: 1, wrong_words: 1 });
  assert.ok(Object.keys(figures.causes).every((word) => word in CAUSES));
});

test("a number of tasks is spread over the areas", () => {
  const chosen = chosenTasks({ limit: 12 });
  assert.equal(chosen.length, 12);
  for (const area of Object.values(AREAS)) assert.equal(chosen.filter((task) => area.includes(task)).length, 2);
  assert.equal(chosenTasks({}).length, 83);
});

test("without a model that can be reached it says so", () => {
  for (const environment of [{}, { MODEL_PROVIDER: "offline", MODEL_NAME: "x" }, { MODEL_PROVIDER: "openai" }]) {
    assert.throws(() => models(environment), /no model is configured/);
  }
  assert.throws(() => models({ MODEL_PROVIDER: "workers-ai", MODEL_NAME: "x" }), /cannot be reached/);
  assert.throws(() => models({ MODEL_PROVIDER: "openai", MODEL_NAME: "x", MODEL_BASE_URL: "here" }), /is not an address/);
});
