// Lists what an MCP server declares, spells it in one way, and says what changed.
// The spelling and its hash are those of src/connectors/mcp/canonical.rs: a tool whose declaration
// hashes otherwise than its pin is off in the running agent.

import { createHash } from "node:crypto";
import { Problem } from "./log.mjs";

/** The versions of the protocol that the agent speaks, the preferred one first. */
const VERSIONS = ["2025-11-25", "2025-06-18"];
const PAGES_MAX = 50;
const TIMEOUT_MS = 30_000;

/** The one spelling of a JSON value: fields in the order of their bytes, numbers in one form. */
export function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value !== null && typeof value === "object") {
    const names = Object.keys(value).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    return `{${names.map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`).join(",")}}`;
  }
  if (typeof value === "number" && !Number.isSafeInteger(value)) return value.toExponential(11).replace("e+", "e");
  return JSON.stringify(value);
}

/** The hash that a declaration is pinned by. */
export const pinHash = (declaration) => createHash("sha256").update(canonical(declaration)).digest("hex");

/** The messages of an answer, whether it is one document or a stream of events. */
export function messages(contentType, body) {
  if (contentType.startsWith("application/json")) return [JSON.parse(body)].flat();
  if (!contentType.startsWith("text/event-stream")) return [];
  const found = [];
  for (const event of body.replace(/^\uFEFF/, "").split(/\r\n\r\n|\n\n|\r\r/)) {
    const data = event
      .split(/\r\n|\n|\r/)
      .filter((line) => /^data(:|$)/.test(line))
      .map((line) => line.replace(/^data:? ?/, ""))
      .join("\n");
    if (data) found.push(JSON.parse(data));
  }
  return found;
}

/** One conversation with a server, as the agent has it. */
class Session {
  constructor(url, headers) {
    this.url = url;
    this.headers = { accept: "application/json, text/event-stream", "content-type": "application/json", ...headers };
    this.next = 1;
  }

  async post(message) {
    let response;
    try {
      response = await fetch(this.url, { method: "POST", headers: this.headers, body: JSON.stringify({ jsonrpc: "2.0", ...message }), redirect: "manual", signal: AbortSignal.timeout(TIMEOUT_MS) });
    } catch (error) {
      throw new Problem(`${this.url} does not answer: ${error.cause?.message ?? error.message}.`, "check that the server runs and that its address is right; `-- --url URL` takes another.");
    }
    const body = await response.text();
    if (response.status === 401 || response.status === 403) throw new Problem(`${this.url} refuses us (${response.status}).`, "set the binding that holds its secret in .dev.vars or in the environment.");
    if (!response.ok) throw new Problem(`${this.url} answered ${response.status}: ${body.slice(0, 200)}`, "check the server's address and its log.");
    return { response, body };
  }

  async ask(method, params) {
    const id = this.next++;
    const { response, body } = await this.post({ id, method, params });
    let answer;
    try {
      answer = messages(response.headers.get("content-type") ?? "", body).find((message) => message.id === id && !message.method);
    } catch {
      answer = undefined;
    }
    if (!answer?.result) throw new Problem(`${this.url} gave no answer to ${method}: ${JSON.stringify(answer?.error ?? body.slice(0, 200))}`, "check that this is an MCP server that speaks streamable HTTP.");
    return { result: answer.result, headers: response.headers };
  }
}

/** Every tool that a server declares, in the order of their names. */
export async function listTools(url, headers = {}) {
  const session = new Session(url, headers);
  const greeting = await session.ask("initialize", { protocolVersion: VERSIONS[0], capabilities: {}, clientInfo: { name: "sclerite-pin", version: "0.1.0" } });
  const version = greeting.result.protocolVersion;
  if (!VERSIONS.includes(version)) throw new Problem(`${url} speaks version ${version} of the protocol.`, `the agent speaks ${VERSIONS.join(" and ")}; use a server that does too.`);
  session.headers["mcp-protocol-version"] = version;
  const id = greeting.headers.get("mcp-session-id");
  if (id) session.headers["mcp-session-id"] = id;
  await session.post({ method: "notifications/initialized" });
  const tools = [];
  let cursor;
  for (let page = 0; page < PAGES_MAX; page += 1) {
    const { result } = await session.ask("tools/list", cursor ? { cursor } : {});
    tools.push(...(result.tools ?? []));
    cursor = result.nextCursor;
    if (!cursor) break;
  }
  if (cursor) throw new Problem(`${url} has more than ${PAGES_MAX} pages of tools.`, "check the server: its list seems to have no end.");
  if (id) await fetch(url, { method: "DELETE", headers: session.headers, signal: AbortSignal.timeout(TIMEOUT_MS) }).catch(() => {});
  const names = tools.map((tool) => tool.name);
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) throw new Problem(`${url} declares ${twice} twice.`, "which of the two would be called cannot be known; correct the server.");
  return tools.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The text of a file of pins. */
export function pinFile(tools) {
  const pins = tools.map((declaration) => ({ sha256: pinHash(declaration), declaration }));
  return `${JSON.stringify({ tools: pins }, null, 2)}\n`;
}

/** What differs between two values, as lines of `path: before → after`. */
export function differences(before, after, path = "") {
  if (canonical(before ?? null) === canonical(after ?? null) && (before === undefined) === (after === undefined)) return [];
  const both = [before, after];
  const branches = both.every((value) => value !== null && typeof value === "object") && Array.isArray(before) === Array.isArray(after);
  if (!branches) return [`${path || "."}: ${spelled(before)} → ${spelled(after)}`];
  const names = [...new Set(both.flatMap((value) => Object.keys(value)))].sort();
  return names.flatMap((name) => differences(before[name], after[name], Array.isArray(before) ? `${path}[${name}]` : path ? `${path}.${name}` : name));
}

const spelled = (value) => (value === undefined ? "(nothing)" : JSON.stringify(value));

/** What became of each tool since it was pinned, as lines for a person; none if nothing did. */
export function report(pinned, listed) {
  const before = new Map(pinned.map((tool) => [tool.name, tool]));
  const after = new Map(listed.map((tool) => [tool.name, tool]));
  const lines = [];
  for (const name of [...new Set([...before.keys(), ...after.keys()])].sort()) {
    if (!before.has(name)) lines.push(`+ ${name}: ${after.get(name).description ?? after.get(name).title ?? ""}`);
    else if (!after.has(name)) lines.push(`- ${name}`);
    else {
      const changes = differences(before.get(name), after.get(name));
      if (changes.length > 0) lines.push(`~ ${name}`, ...changes.map((change) => `    ${change}`));
    }
  }
  return lines.map(visible);
}

/** A line in which nothing is hidden: a server chose its text, and a terminal would obey it. */
const visible = (line) => line.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\u{fe00}-\u{fe0f}\u{e0100}-\u{e01ef}]/gu, (mark) => `\\u{${mark.codePointAt(0).toString(16)}}`);
