// The world outside the agent, as the kill test needs it: it records what reached it, and it is slow
// and unreliable as the world is. It lives in the test's process, so no kill takes its memory.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../../scripts/lib/run.mjs";
import { completion, sleep } from "../e2e/support.mjs";

const PINS = JSON.parse(readFileSync(join(ROOT, "tests", "sim", "pins", "desk.json"), "utf8"));
const json = (body, init = {}) => new Response(JSON.stringify(body), { ...init, headers: { "content-type": "application/json", ...init.headers } });

/** The model, the desk and the owner's server. `random()` gives numbers from 0 to 1. */
export function counterparts(random) {
  const world = { told: [], done: new Map(), plans: new Map(), marks: 0, strays: [], calm: false, down: 0 };
  const below = (n) => Math.floor(random() * n);
  const chance = (percent) => !world.calm && random() * 100 < percent;
  let sessions = 0;
  const live = new Set();

  /** Which calls a message asks for. A model that is asked again says the same. */
  function plan(words, step) {
    const key = `${words} ${step}`;
    if (world.plans.has(key)) return world.plans.get(key);
    const calls = [];
    for (let n = step === 0 ? 1 + below(3) : below(2); n > 0; n -= 1) {
      const mark = `mark${(world.marks += 1)}`;
      const to = words.includes("ada@example.org") && below(5) > 0 ? "ada@example.org" : "stranger@elsewhere.example";
      calls.push(
        [
          ["notes_add", { text: mark }],
          ["desk_put_file", { name: mark }],
          ["desk_send_file", { to, note: mark }],
          ["desk_send_file", { to, note: mark }],
          ["desk_find_files", { query: mark }],
          ["reply", { parts: [`Said ${mark}.`] }],
          ["remind", { text: mark, in_minutes: 1 }],
        ][below(7)],
      );
    }
    const answer = { calls, text: calls.length > 0 ? "" : `Said mark${(world.marks += 1)}.` };
    world.plans.set(key, answer);
    return answer;
  }

  async function model(record) {
    await sleep(5 + below(60));
    if (chance(4)) return json({ error: "busy" }, { status: 503 });
    if (chance(2)) throw new Error("the connection broke");
    const { messages } = JSON.parse(record.body);
    const last = messages.findLastIndex((message) => message.role === "user");
    const steps = messages.slice(last).filter((message) => message.role === "assistant").length;
    return completion(plan(messages[last].content, steps));
  }

  async function owner(record) {
    await sleep(below(20));
    if (chance(4)) return json({}, { status: 503 });
    const body = JSON.parse(record.body);
    if (body.type === "message") world.told.push({ turn: body.turn, text: body.text, repeated: body.repeated === true });
    if (chance(3)) throw new Error("the connection broke");
    return new Response(null, { status: 204 });
  }

  async function desk(record) {
    await sleep(below(30));
    const message = JSON.parse(record.body);
    if (chance(3)) return json({}, { status: 429 });
    if (chance(3)) throw new Error("the connection broke");
    if (message.method === "initialize") {
      const id = `session-${(sessions += 1)}`;
      live.add(id);
      return json({ jsonrpc: "2.0", id: message.id, result: { protocolVersion: "2025-11-25", capabilities: {}, serverInfo: { name: "desk", version: "1" } } }, { headers: { "mcp-session-id": id } });
    }
    if (!live.has(record.headers["mcp-session-id"])) return json({}, { status: 404 });
    if (message.method === "tools/list") return json({ jsonrpc: "2.0", id: message.id, result: { tools: PINS.tools.map((pin) => pin.declaration) } });
    if (message.method !== "tools/call") return new Response(null, { status: 202 });
    const { name, arguments: args } = message.params;
    const mark = args.note ?? args.name;
    // A file is put there once, however often it is asked for.
    if (mark && (name !== "put_file" || !world.done.has(mark))) world.done.set(mark, (world.done.get(mark) ?? 0) + 1);
    if (chance(2)) live.clear();
    await sleep(below(20));
    if (chance(4)) throw new Error("the connection broke");
    if (chance(2)) return json({}, { status: 504 });
    return json({ jsonrpc: "2.0", id: message.id, result: { content: [{ type: "text", text: name === "find_files" ? '[{"id":"f-1"}]' : '{"ok":true}' }] } });
  }

  world.outbound = async (request, record) => {
    const { hostname } = new URL(record.url);
    if (hostname === "api.openai.com") return model(record);
    if (hostname === "replies.example") return owner(record);
    if (hostname === "desk.example.org") return desk(record);
    world.strays.push(record.url);
    return new Response("no such host", { status: 502 });
  };
  return world;
}
