// The quarantined model by script: honest, or fully in the hands of an attacker.
//
// It knows a question by its words, which are different for every call of a plan, and answers what the
// plan says is true (`honest`) unless it is told otherwise. For `select` it answers a place in the list.

import { completion } from "./script.mjs";

/** The words by which a call's question is known. */
function wordsOf(call) {
  const args = call.instead && call.tool === "calculate" ? call.instead.args : call.args;
  return args.question ?? args.criterion ?? args.instruction ?? "";
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
    const pick = this.picks.get(call.name);
    const place = pick ? placeOf(data, pick) : 0;
    if (place > 0) return place;
    const answer = this.answers.has(call.name) ? this.answers.get(call.name) : call.honest;
    // What depends on the order or the words of what is read is worked out from it.
    if (typeof answer === "function") return answer(data);
    // An entry of a map is told by its key, since a map has no order.
    return call.tool === "select" && typeof answer === "string" ? placeOf(data, { path: ["key"], value: answer }) : answer;
  }
}

/** The place, from 1, of the item that has this value there; 0 if none has. */
function placeOf(data, { path, value }) {
  const items = data.map((item) => item.value);
  return items.findIndex((item) => JSON.stringify(partOf(item, path)) === JSON.stringify(value)) + 1;
}
