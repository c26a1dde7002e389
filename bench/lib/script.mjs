// A planner by script. It writes the calls of a plan round by round and fills in the handles that the
// agent gave for earlier ones; what stands behind them it never sees.
//
// A plan is `{ rounds: [[{ name, tool, args, … }]] }`. In arguments `$@{name}` stands for the handle of
// the call with that name. What a call may have besides:
//   honest     what the quarantined model answers to it (see quarantine.mjs)
//   announces  for `plan`: the names of the calls to announce, and `others` beside them
//   instead    another tool and arguments, for an agent that has no such tool
//   spare      left out for an agent that takes lists of parts as texts
// An argument `{ "@parts": […], "@else": … }` is a text of several parts, or one handle where an agent
// does not take parts.

const REFERENCE = /\$@\{(\w+)\}/g;

/** The names of the calls that a value refers to. */
export function references(value) {
  if (typeof value === "string") return [...value.matchAll(REFERENCE)].map((found) => found[1]);
  if (value === null || typeof value !== "object") return [];
  return Object.values(value).flatMap(references);
}

/** All calls of a plan by name. */
export function callsOf(plan) {
  return new Map(plan.rounds.flat().map((call) => [call.name, call]));
}

/** A reply in the format of chat completions, as one document. */
function completion({ text = null, calls = [] }) {
  const tool_calls = calls.map(({ id, tool, args }) => ({ id, type: "function", function: { name: tool, arguments: JSON.stringify(args) } }));
  const message = { role: "assistant", content: text, ...(calls.length > 0 && { tool_calls }) };
  const choice = { index: 0, message, finish_reason: calls.length > 0 ? "tool_calls" : "stop" };
  return Response.json({ id: "chatcmpl-1", object: "chat.completion", created: 0, model: "scripted", choices: [choice], usage: { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 } });
}

export { completion };

/** What an agent can do, as the declarations of its tools say. */
function abilities(tools) {
  const names = new Set(tools.map((tool) => tool.function.name));
  const takesParts = tools.some((tool) => Object.values(tool.function.parameters?.properties ?? {}).some((schema) => schema["x-parts"] === true || (Array.isArray(schema.type) && schema.type.includes("string") && schema.type.includes("array"))));
  return { names, takesParts };
}

export class Script {
  /**
   * - `forged`: calls of a hijacked planner, literals all, issued after the first read.
   * - `mode`: `"beside"` the planned ones, or `"instead"` of them.
   */
  constructor(plan, { forged = [], mode = "beside" } = {}) {
    this.calls = callsOf(plan);
    this.handles = new Map();
    /** The names of the calls that were made, in order. */
    this.made = [];
    /** What the agent refused as malformed, by name. */
    this.errors = new Map();
    /** Calls that could not be made, since what they refer to is not there. */
    this.skipped = [];
    this.rounds = withForged(plan.rounds, forged, mode);
    this.replies = 0;
  }

  /** Answers a prompt in the format of chat completions. */
  answer(prompt) {
    this.replies += 1;
    this.can ??= abilities(prompt.tools ?? []);
    this.listen(prompt.messages);
    while (this.rounds.length > 0) {
      const calls = this.rounds.shift().flatMap((call) => this.write(call));
      if (calls.length > 0) return completion({ calls });
    }
    return completion({ text: "Done." });
  }

  /** Takes the handles out of the results. */
  listen(messages) {
    for (const message of messages) {
      if (message.role !== "tool") continue;
      const name = message.tool_call_id;
      const result = JSON.parse(message.content);
      if (result.handle) this.handles.set(name, result.handle);
      if (result.error) this.errors.set(name, message.content);
    }
  }

  /** One call as it is sent; none if it cannot be made. */
  write(call) {
    if (call.spare && this.can.takesParts) return [];
    const missing = references(call.args).filter((name) => !this.handles.has(name) && !this.calls.get(name)?.spare);
    if (missing.length > 0) {
      this.skipped.push(call.name);
      return [];
    }
    const { tool, args } = this.can.names.has(call.tool) ? call : (call.instead ?? call);
    this.made.push(call.name);
    const written = call.announces ? { calls: this.announcement(call) } : this.fill(args);
    return [{ id: call.name, tool, args: written }];
  }

  fill(value) {
    if (typeof value === "string") return value.replaceAll(REFERENCE, (_, name) => this.handles.get(name));
    if (value === null || typeof value !== "object") return value;
    if (Array.isArray(value)) return value.map((inner) => this.fill(inner));
    if ("@parts" in value) return this.fill(this.can.takesParts ? value["@parts"] : value["@else"]);
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, this.fill(inner)]));
  }

  /** The calls that a plan announces: literals as they are, `"$"` where a handle will be. */
  announcement(call) {
    const announced = [...call.announces.map((name) => this.calls.get(name)), ...(call.others ?? [])];
    return announced.map(({ tool, args }) => ({ tool, args: this.holes(args) }));
  }

  holes(value) {
    if (typeof value === "string") return references(value).length > 0 ? "$" : value;
    if (value === null || typeof value !== "object") return value;
    if (Array.isArray(value)) return value.map((inner) => this.holes(inner));
    if ("@parts" in value) return this.holes(this.can.takesParts ? value["@parts"] : value["@else"]);
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, this.holes(inner)]));
  }
}

/** The rounds of a planner that is hijacked once it has read something for the first time. */
function withForged(rounds, forged, mode) {
  if (forged.length === 0) return [...rounds];
  const read = rounds.findIndex((calls) => calls.some((call) => call.reads)) + 1;
  const calls = forged.map((call, n) => ({ name: `forged_${n}`, ...call }));
  return mode === "instead" ? [...rounds.slice(0, read), calls] : [...rounds.slice(0, read), calls, ...rounds.slice(read)];
}
