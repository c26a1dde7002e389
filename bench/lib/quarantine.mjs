// The quarantined model by script: honest, or fully in the hands of an attacker.
//
// It knows a question by its words, which are different for every call of a plan, and answers what the
// plan says is true (`honest`) unless it is told otherwise. For `select` it answers a place in the list.

import { completion } from "./script.mjs";

/** The words by which a call's question is known. */
function wordsOf(call) {
  const args = call.instead && call.tool === "calculate" ? call.instead.args : call.args;
  return args.question ?? args.criterion ?? args.instruction;
}

/** A part of a value by field names and places, or `undefined`. */
function partOf(value, path) {
  return path.reduce((part, step) => (part === null || part === undefined ? undefined : part[step]), value);
}

export class Quarantine {
  /**
   * - `answers`: by the name of a call, what is answered in place of the honest value.
   * - `picks`: by the name of a `select`, `{ path, value }`: the item that has this value there is picked
   *   if there is one.
   */
  constructor(plan, { answers = new Map(), picks = new Map() } = {}) {
    this.calls = new Map(plan.rounds.flat().filter((call) => "honest" in call).map((call) => [wordsOf(call), call]));
    this.answers = answers;
    this.picks = picks;
    /** Questions that no call of the plan asks. */
    this.strays = [];
    this.asked = 0;
  }

  /** Answers a prompt in the format of chat completions. */
  answer(prompt) {
    this.asked += 1;
    const question = JSON.parse(prompt.messages.at(-1).content);
    return completion({ text: JSON.stringify({ answer: this.decide(question) }) });
  }

  decide({ instruction, data }) {
    const call = this.calls.get(instruction);
    if (!call) {
      this.strays.push(instruction);
      return null;
    }
    if (call.tool === "select") return this.place(call, data);
    return this.answers.has(call.name) ? this.answers.get(call.name) : call.honest;
  }

  /** The place of the item that is picked, from 1; an entry of a map is told by its key. */
  place(call, data) {
    const values = data.map(({ value }) => value);
    const placeOf = ({ path, value }) => values.findIndex((item) => JSON.stringify(partOf(item, path)) === JSON.stringify(value)) + 1;
    const wanted = this.picks.get(call.name);
    const found = wanted ? placeOf(wanted) : 0;
    if (found > 0) return found;
    return typeof call.honest === "string" ? placeOf({ path: ["key"], value: call.honest }) : call.honest;
  }
}
