// An agent with a service to act on, for tests of what happens when answers are lost or the owner
// stops it. The build is that of the simulation. It starts no test and asserts nothing.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "../../scripts/lib/build.mjs";
import { ROOT } from "../../scripts/lib/run.mjs";
import { prepare } from "../../scripts/lib/setup.mjs";
import { MODEL, REPLY_URL, SIGNING_SECRET, completion, sleep, startAgent } from "./support.mjs";

/** Where that build is. */
export const FOLDER = join(ROOT, "test-results", "builds", "kill");
const CONNECTIONS = join(ROOT, "tests", "sim");
const PINS = JSON.parse(readFileSync(join(CONNECTIONS, "pins", "desk.json"), "utf8"));

/** Builds it if it is not up to date; the first time takes minutes. */
export const buildDesk = async () => build(await prepare(), { folder: FOLDER, connections: join(CONNECTIONS, "connections.toml") });

const json = (body, init = {}) => new Response(JSON.stringify(body), { ...init, headers: { "content-type": "application/json", ...init.headers } });

/**
 * Starts an agent with a desk. `plan(words, step)` gives the calls of a turn's step, none to end it.
 * `on(tool, args)` may answer a call in the desk's place: with a Response, or by throwing, which is
 * a broken connection; `after` says the same of what was carried out before. `desk.calls` is all that was carried out,
 * with the moment it came.
 */
export async function startDesk({ bindings = {}, ...options } = {}) {
  const desk = { calls: [], asked: [], told: [], plan: () => [], on: null, after: null, delay_ms: 0 };
  async function serve(record) {
    const message = JSON.parse(record.body);
    const answer = (result, init) => json({ jsonrpc: "2.0", id: message.id, result }, init);
    if (message.method === "initialize") return answer({ protocolVersion: "2025-11-25", capabilities: {}, serverInfo: { name: "desk", version: "1" } }, { headers: { "mcp-session-id": "session-1" } });
    if (message.method === "tools/list") return answer({ tools: PINS.tools.map((pin) => pin.declaration) });
    if (message.method !== "tools/call") return new Response(null, { status: 202 });
    const { name, arguments: args } = message.params;
    const at = performance.now();
    desk.asked.push({ name, args, at });
    const instead = await desk.on?.(name, args);
    if (instead) return instead;
    desk.calls.push({ name, args, at });
    await sleep(desk.delay_ms);
    const spoilt = await desk.after?.(name, args);
    return spoilt ?? answer({ content: [{ type: "text", text: name === "find_files" ? '[{"id":"f-1"}]' : '{"ok":true}' }] });
  }
  const agent = await startAgent({
    build: FOLDER,
    persist: true,
    bindings: { ...MODEL, DESK_TOKEN: "desk-token-Qm5Xv2", WEBHOOK_REPLY_URL: REPLY_URL, WEBHOOK_SIGNING_SECRET: SIGNING_SECRET, ...bindings },
    outbound: async (request, record) => {
      const { hostname } = new URL(record.url);
      if (hostname === "desk.example.org") return serve(record);
      if (hostname === "replies.example") {
        desk.told.push(JSON.parse(record.body));
        return new Response(null, { status: 204 });
      }
      const { messages } = JSON.parse(record.body);
      const last = messages.findLastIndex((message) => message.role === "user");
      const step = messages.slice(last).filter((message) => message.role === "assistant").length;
      const calls = await desk.plan(messages[last].content, step);
      return completion(calls.length > 0 ? { calls } : { text: "Done." });
    },
    ...options,
  });
  desk.texts = () => desk.told.map((told) => told.text ?? "").join("\n");
  return { agent, desk };
}

/** A call that needs no question where the owner named whom it goes to. */
export const send = (note) => ["desk_send_file", { to: "ada@example.org", note }];
