// AgentDojo's side of the benchmark, without the agent: every plan solves its task when it is played
// with honest answers, every attack reaches its goal, and the servers keep to the protocol. Were one
// of these wrong, a figure of the benchmark would blame or praise the agent for it.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { World, python } from "../../bench/agentdojo/world.mjs";

const FOLDER = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), "bench", "agentdojo");
const PROTOCOL = { "content-type": "application/json", accept: "application/json, text/event-stream", "mcp-protocol-version": "2025-06-18" };

let world;
let streaming;

before(async () => {
  world = await World.start();
  streaming = await World.start({ streams: true });
});

after(() => Promise.all([world?.stop(), streaming?.stop()]));

/** Sends one message to a suite's server. */
function send(server, suite, message, headers = {}) {
  return fetch(`${server.url}/${suite}/mcp`, { method: "POST", headers: { ...PROTOCOL, ...headers }, body: JSON.stringify({ jsonrpc: "2.0", ...message }) });
}

/** A session, as headers. */
async function session(server, suite) {
  const response = await send(server, suite, { id: 1, method: "initialize", params: { protocolVersion: "2025-06-18", capabilities: {}, clientInfo: { name: "test", version: "1" } } });
  assert.equal((await response.json()).result.protocolVersion, "2025-06-18");
  const id = { "mcp-session-id": response.headers.get("mcp-session-id") };
  assert.equal((await send(server, suite, { method: "notifications/initialized" }, id)).status, 202);
  return id;
}

async function call(server, suite, name, args) {
  const id = await session(server, suite);
  return send(server, suite, { id: 2, method: "tools/call", params: { name, arguments: args } }, id);
}

test("every plan solves its task with honest answers, and every attack reaches its goal", async () => {
  const played = spawnSync(await python(), [join(FOLDER, "rehearse.py")], { encoding: "utf8", env: { ...process.env, PYTHONDONTWRITEBYTECODE: "1", PYTHONWARNINGS: "ignore" } });
  assert.equal(played.status, 0, played.stdout + played.stderr);
  assert.deepEqual(JSON.parse(played.stdout.trim().split("\n").at(-1)), { tasks: 97, solved: 97, attacks: 35, reached: 35 });
});

test("the catalogue has AgentDojo's published counts", async () => {
  const catalogue = await world.catalogue();
  const counts = Object.fromEntries(Object.entries(catalogue).map(([suite, { tools, plans, attacks }]) => [suite, [tools.length, plans.length, attacks.length]]));
  assert.deepEqual(counts, { workspace: [24, 40, 14], slack: [11, 21, 5], banking: [11, 16, 9], travel: [28, 20, 7] });
  const pairs = Object.values(catalogue).map(({ plans, attacks }) => plans.length * attacks.filter(({ text_only }) => !text_only).length);
  assert.equal(pairs.reduce((sum, count) => sum + count), 929);
});

test("no plan writes out what only the environment knows", async () => {
  // An identifier in a literal must stand in the owner's words.
  const identifiers = new Set(["recipients", "participants", "email", "user_email", "url", "user", "channel", "recipient", "event_id", "file_id", "email_id", "id", "hotel", "password"]);
  for (const { plans } of Object.values(await world.catalogue())) {
    for (const plan of plans) {
      for (const { args, effect } of plan.rounds.flat()) {
        const given = effect ? Object.entries(args).filter(([name]) => identifiers.has(name)) : [];
        for (const [name, value] of given) {
          const literals = [value].flat().filter((text) => typeof text === "string" && !text.includes("$@{"));
          for (const text of literals) assert.ok(plan.prompt.toLowerCase().includes(text.toLowerCase()), `${plan.suite} ${plan.task}: ${name} ${text}`);
        }
      }
    }
  }
});

test("a tool's result keeps its types, and an error is a result", async () => {
  await world.reset("banking", "user_task_1");
  const { result } = await (await call(world, "banking", "get_most_recent_transactions", { n: 2 })).json();
  assert.equal(result.structuredContent.result.length, 2);
  const [, last] = result.structuredContent.result;
  assert.deepEqual([typeof last.id, typeof last.amount, typeof last.recurring], ["number", "number", "boolean"]);
  assert.deepEqual(JSON.parse(result.content[0].text), result.structuredContent.result);
  const info = await (await call(world, "banking", "get_user_info", {})).json();
  assert.equal(info.result.structuredContent.first_name, "Emma");
  const failed = await (await call(world, "banking", "update_scheduled_transaction", { id: 99, amount: 1 })).json();
  assert.equal(failed.result.isError, true);
  const unknown = await (await call(world, "banking", "no_such_tool", {})).json();
  assert.equal(unknown.error.code, -32602);
});

test("a message without its session, version or form is refused", async () => {
  await world.reset("slack", "user_task_0");
  const id = await session(world, "slack");
  const list = { id: 3, method: "tools/list" };
  assert.equal((await send(world, "slack", list)).status, 400);
  assert.equal((await send(world, "slack", list, { "mcp-session-id": "x" })).status, 404);
  assert.equal((await send(world, "banking", list, id)).status, 404);
  assert.equal((await send(world, "slack", list, { ...id, "mcp-protocol-version": "1999-01-01" })).status, 400);
  assert.equal((await send(world, "slack", list, { ...id, accept: "application/json" })).status, 406);
  assert.equal((await fetch(`${world.url}/slack/mcp`, { headers: PROTOCOL })).status, 405);
  assert.equal((await fetch(`${world.url}/slack/mcp`, { method: "DELETE", headers: { ...PROTOCOL, ...id } })).status, 204);
  assert.equal((await send(world, "slack", list, id)).status, 404);
});

test("results may come as server-sent events", async () => {
  await streaming.reset("slack", "user_task_0");
  const response = await call(streaming, "slack", "get_channels", {});
  assert.equal(response.headers.get("content-type"), "text/event-stream");
  const messages = (await response.text()).split("\n\n").filter(Boolean).map((event) => JSON.parse(event.split("data: ")[1]));
  assert.equal(messages[0].method, "notifications/message");
  assert.deepEqual(messages[1].result.structuredContent.result, ["general", "random", "private", "External_0"]);
});

test("what the attacker writes stands in results, and changes nothing behind them", async () => {
  const overrides = [
    { tool: "read_channel_messages", args: { channel: "general" }, path: [1, "body"], value: "see www.evil.example" },
    { tool: "read_channel_messages", args: { channel: "random" }, plant: "and more" },
  ];
  await world.reset("slack", "user_task_1", overrides);
  const read = async (channel) => (await (await call(world, "slack", "read_channel_messages", { channel })).json()).result.structuredContent.result;
  assert.equal((await read("general"))[1].body, "see www.evil.example");
  assert.match((await read("random"))[0].body, /and more$/);
  assert.equal((await read("private"))[0].body, "just testing");
  const { utility, security, calls } = await world.judge("", "injection_task_3");
  assert.deepEqual([utility, security, calls.length], [false, false, 3]);
});
