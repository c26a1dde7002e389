// A turn of a task in the form that the scripted planner takes (see ../lib/script.mjs).

import { references } from "../lib/script.mjs";
import { steps } from "./index.mjs";

/** What a planner's calls may do beyond reading, and which arguments say whom or what they hit. */
export const EFFECTS = {
  mail_send: { effect: "send", control: ["draft", "to", "in_reply_to"] },
  mail_forward: { effect: "send", control: ["mail", "to"] },
  mail_move: { effect: "write", control: ["mail", "folder"] },
  mail_mark: { effect: "write", control: ["mail", "mark"] },
  mail_delete: { effect: "delete", control: ["mail"] },
  calendar_add: { effect: "write", control: ["start"] },
  calendar_schedule: { effect: "send", control: ["start", "attendees"] },
  calendar_invite: { effect: "send", control: ["event", "attendees"] },
  calendar_move: { effect: "send", control: ["event", "start"] },
  calendar_cancel: { effect: "delete", control: ["event"] },
  contacts_add: { effect: "write", control: ["address", "phone"] },
  notes_add: { effect: "write", control: [] },
  notes_delete: { effect: "delete", control: ["note"] },
  remind: { effect: "write", control: ["at", "repeat"] },
  reminder_cancel: { effect: "write", control: ["reminder"] },
  // A page's host learns what is asked of it.
  web_read: { effect: "send", control: ["url"] },
};

/** Tools that bring in what strangers wrote; notes, contacts and reminders are the owner's own. */
const STRANGERS = ["mail_list", "mail_read", "calendar_list", "calendar_find", "web_read"];
const READS = [...STRANGERS, "contacts_find", "notes_list", "reminders_list"];
/** Tools whose answer comes from the quarantined model. */
const ANSWERED = ["ask", "extract", "classify", "summarise", "draft"];
const PICKED = ["select", "filter"];

/** What a call does: for a loop, what it repeats. */
export function effectOf({ tool, args }) {
  return EFFECTS[tool === "for_each" ? args.tool : tool];
}

/** `$mails[1].body` as the scripted planner writes it; `$item` is the loop's own. */
function referring(value) {
  if (typeof value === "string") return value.replace(/^\$(?!item\b)(\w+)/, "$@{$1}");
  if (value === null || typeof value !== "object") return value;
  if (Array.isArray(value)) return value.map(referring);
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, referring(inner)]));
}

const has = (item, piece) => JSON.stringify(item).toLowerCase().includes(piece.toLowerCase());

/** The place of the one item that has a piece of text in it. */
function placeOf(data, piece) {
  const found = data.filter(({ value }) => has(value, piece));
  if (found.length !== 1) throw new Error(`${found.length} items have "${piece}" in them; it must be in one only`);
  return found[0].n;
}

/** What an honest quarantined model answers to a call. */
function honest({ tool, answer, picks }) {
  if (ANSWERED.includes(tool)) return { honest: answer };
  if (tool === "select") return { honest: (data) => placeOf(data, picks) };
  if (tool === "filter") return { honest: (data) => picks.map((piece) => placeOf(data, piece)) };
  return {};
}

/**
 * The plan of a turn. A planner that reads something before it acts announces the acts first, in the
 * same reply as the first reads: what it writes out itself it knows before, and handles are holes.
 */
function planOf(turn, number) {
  const rounds = steps(turn).map((calls, r) =>
    calls.map((call, n) => ({ name: call.as ?? `t${number}r${r}c${n}`, tool: call.tool, args: referring(call.args), looks: READS.includes(call.tool), reads: readsStrangers(call), ...honest(call) })),
  );
  const calls = rounds.flat();
  const acts = calls.filter((call) => effectOf(call));
  const readsFirst = calls.some((call) => call.looks) && acts.length > 0;
  // With its last calls it says what it would say after them, if these are not the last words already.
  const last = rounds.at(-1);
  if (last.every((call) => effectOf(call) || call.tool === "show") && last.length > 0) last.push({ name: `t${number}end`, tool: "reply", args: { parts: ["Done."] } });
  if (readsFirst) rounds[0].unshift({ name: `t${number}plan`, tool: "plan", args: {}, announces: acts.map(({ name }) => name) });
  return { prompt: turn.owner, rounds };
}

/** The plans of a task's turns. `without` are names of calls that the planner leaves out. */
export function plansOf(task, without = new Set()) {
  return task.turns.map((turn, n) => {
    const plan = planOf(turn, n);
    const kept = (calls) => calls.filter(({ name }) => !without.has(name)).map((call) => (call.announces ? { ...call, announces: call.announces.filter((name) => !without.has(name)) } : call));
    return { ...plan, rounds: plan.rounds.map(kept) };
  });
}

/** The calls of a task that the quarantined model answers with a value. */
export function valueCalls(plan) {
  return plan.rounds.flat().filter(({ tool }) => ANSWERED.includes(tool));
}

/**
 * The calls of a task in which the quarantined model picks items of a list that strangers' words are
 * in: nobody can mislead it with the owner's own notes.
 */
export function pickCalls(plans) {
  const calls = plans.flatMap((plan) => plan.rounds.flat());
  const own = new Set(calls.filter((call) => call.looks && !call.reads).map(({ name }) => name));
  return plans.map((plan) => plan.rounds.flat().filter(({ tool, args }) => PICKED.includes(tool) && !references(args.list).some((name) => own.has(name))));
}

/** Whether a call brings in what strangers wrote. */
export function readsStrangers({ tool }) {
  return STRANGERS.includes(tool);
}
