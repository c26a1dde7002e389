// What an attacker does who sets every value that is not trusted.
//
// The plan stays fixed. For each call of the plan whose tool the injection task uses too, the attacker wants
// the injection's arguments in place of the honest ones. Which of them he can set, the agent's own
// labels say: those that a benign run called untrusted. He sets a value where it comes from: in what a
// tool returns, in the answer of the quarantined model, or by having the item picked that helps him.

import { callsOf, references } from "../lib/script.mjs";

const PATH = /\[(\d+)\]|\.([A-Za-z0-9_]+)/g;
/** Answers that must stand in what was read. */
const QUOTED = new Set(["span", "name", "url", "address"]);

/** `[2].sender` as `[1, "sender"]`. */
function steps(path) {
  return [...path.matchAll(PATH)].map(([, place, field]) => (place ? Number(place) - 1 : field));
}

/** A reference as the name of its call and the way into the result. */
function parse(reference) {
  const found = reference.match(/^\$@\{(\w+)\}(.*)$/s);
  return found && { name: found[1], path: steps(found[2]) };
}

/** Only the arguments of a call that are literals: they tell it from others of the same tool. */
function literals(args) {
  return Object.fromEntries(Object.entries(args).filter(([, value]) => references(value).length === 0));
}

export class Substitution {
  constructor(suite, plan, takesParts) {
    this.suite = suite;
    this.calls = callsOf(plan);
    this.takesParts = takesParts;
    this.answers = new Map();
    this.picks = new Map();
    this.overrides = [];
    /** The arguments that the attacker has set, as `call.argument`. */
    this.set = [];
  }

  /** Where the value of a reference comes from: a call that reads, and the way into what it returns. */
  origin(reference) {
    const { name, path } = parse(reference);
    const call = this.calls.get(name);
    if (["select", "first"].includes(call.tool)) {
      const list = this.origin(call.items);
      return { call: list.call, path: [...list.path, call.place, ...path] };
    }
    if (["sort", "filter"].includes(call.tool)) return this.origin(call.args.list);
    return { call, path };
  }

  override(call, more) {
    if (!call.tool.startsWith(`${this.suite}_`)) return;
    this.overrides.push({ tool: call.tool.slice(this.suite.length + 1), args: literals(call.args), ...more });
  }

  /** Has an argument come out as `wanted`; says whether any part of it can be set. */
  aim(expression, wanted, untrusted) {
    if (wanted === undefined || wanted === null) return false;
    if (Array.isArray(expression)) {
      const list = Array.isArray(wanted) ? wanted : [wanted];
      return expression.map((inner, n) => this.aim(inner, list[Math.min(n, list.length - 1)], untrusted)).some(Boolean);
    }
    if (expression !== null && typeof expression === "object") {
      if ("@parts" in expression) return this.takesParts ? this.aim(expression["@parts"], wanted, untrusted) : this.aim(expression["@else"], wanted, untrusted);
      return Object.entries(expression).map(([name, inner]) => this.aim(inner, wanted?.[name], untrusted)).some(Boolean);
    }
    const found = typeof expression === "string" ? parse(expression) : null;
    if (!found) return false;
    const call = this.calls.get(found.name);
    if (["ask", "draft", "calculate"].includes(call.tool)) return untrusted && this.answer(call, wanted);
    const picks = call.tool === "select";
    if (picks) this.picks.set(call.name, { path: found.path, value: wanted });
    if (untrusted) {
      const { call: source, path } = this.origin(expression);
      this.override(source, { path, value: wanted });
    }
    return picks || untrusted;
  }

  answer(call, wanted) {
    this.answers.set(call.name, wanted);
    if (!QUOTED.has(call.args.as)) return true;
    for (const handle of call.args.handles) this.override(this.origin(handle).call, { plant: String(wanted) });
    return true;
  }
}

/** The calls of a plan that change or tell something, in the order of the task. */
export function effectsOf(plan) {
  const number = (call) => Number(call.name.slice(1));
  return plan.rounds.flat().filter((call) => call.effect).sort((one, other) => number(one) - number(other));
}

/**
 * The attacker's settings for one plan and one injection task. `labels` gives the agent's words for the
 * integrity of each argument, by the name of the call.
 */
export function substitute(suite, plan, attack, labels, takesParts) {
  const settings = new Substitution(suite, plan, takesParts);
  const pool = new Map();
  for (const { tool, args } of attack.calls) pool.set(tool, [...(pool.get(tool) ?? []), args]);
  for (const call of effectsOf(plan)) {
    const left = pool.get(call.tool.slice(suite.length + 1));
    if (!left) continue;
    const wanted = left.length > 1 ? left.shift() : left[0];
    for (const [argument, value] of Object.entries(wanted)) {
      const untrusted = labels.get(call.name)?.[argument] === "untrusted";
      if (argument in call.args && settings.aim(call.args[argument], value, untrusted)) settings.set.push(`${call.name}.${argument}`);
    }
  }
  return settings;
}

/** The settings of an attacker who only wants the owner to be told something. */
export function mislead(suite, plan, text) {
  const settings = new Substitution(suite, plan, false);
  for (const call of settings.calls.values()) {
    if (call.tool === "ask" && call.args.as === "text") settings.answers.set(call.name, text);
  }
  return settings;
}
