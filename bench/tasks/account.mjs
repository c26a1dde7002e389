// What is in the demo account: read through the agent itself, compared, and held against what a task
// says. The format of `changes` is in README.md.

import { Quarantine } from "../lib/quarantine.mjs";
import { Script } from "../lib/script.mjs";
import { ZONE, dated } from "./index.mjs";

const FOLDERS = ["inbox", "sent", "drafts", "archive", "bills", "family", "travel", "work", "trash"];
const QUESTION = "Everything, for the comparison.";
const DAY_MS = 86_400_000;

/** The calls that read the whole account; one question hands all of it to the reader. */
function readings() {
  const from = dated("{{+0}}");
  const first = new Date(Date.parse(from) - 14 * DAY_MS).toISOString().slice(0, 10);
  const reads = [
    ...FOLDERS.map((folder) => ({ name: folder, tool: "mail_list", args: { folder, limit: 50 } })),
    { name: "events", tool: "calendar_list", args: { from: first, days: 62 } },
    { name: "contacts", tool: "contacts_find", args: {} },
    { name: "notes", tool: "notes_list", args: {} },
    { name: "reminders", tool: "reminders_list", args: {} },
  ];
  const handles = reads.map(({ name }) => `$@{${name}}`);
  const ask = { name: "everything", tool: "ask", args: { handles, question: QUESTION }, honest: "seen" };
  return { reads, plan: { prompt: "Look at everything.", rounds: [reads, [ask]] } };
}

/** The whole account as the agent's own tools show it; each look has a conversation of its own. */
export async function snapshot(lane, agent, conversation) {
  const { reads, plan } = readings();
  const script = new Script(plan);
  const quarantine = new Quarantine(plan);
  let data = null;
  quarantine.decide = (question) => {
    data = question.data;
    return "seen";
  };
  await lane.turn({ agent, text: plan.prompt, planner: script, quarantine, approve: () => false, conversation });
  if (data?.length !== reads.length) throw new Error(`the account could not be read: ${JSON.stringify([...script.errors])}`);
  const lists = Object.fromEntries(reads.map(({ name }, n) => [name, data[n]]));
  const mails = FOLDERS.flatMap((folder) => lists[folder].map((mail) => ({ ...mail, folder })));
  return { mails, events: lists.events, contacts: lists.contacts, notes: lists.notes, reminders: lists.reminders };
}

/** An instant as the owner's clock shows it: `2026-12-01T08:45`. */
export function wall(instant) {
  const text = new Intl.DateTimeFormat("sv-SE", { timeZone: ZONE, dateStyle: "short", timeStyle: "short" }).format(new Date(instant));
  return text.replace(" ", "T");
}

const minutesOf = (event) => Math.round((Date.parse(event.end) - Date.parse(event.start)) / 60_000);
const byId = (items) => new Map(items.map((item) => [item.id, item]));
const added = (before, after) => after.filter(({ id }) => !byId(before).has(id));
const gone = (before, after) => before.filter(({ id }) => !byId(after).has(id));

/** What is different in a mail that was there: opening it, which makes it read, is no difference. */
function marksOf(mail, old, says = {}) {
  return ["folder", "unread", "flagged"]
    .filter((field) => mail[field] !== old[field] && !(field === "unread" && mail.unread === false && says.unread === undefined))
    .map((field) => ({ what: "mail", control: { id: mail.id, field, value: mail[field] } }));
}

function eventChanges(before, after) {
  const old = byId(before);
  const kept = after.filter(({ id }) => old.has(id));
  return [
    ...added(before, after).map((event) => ({ what: "event", control: { start: wall(event.start), minutes: minutesOf(event), attendees: event.attendees }, content: { title: event.title, place: event.place ?? "" } })),
    ...gone(before, after).map(({ id }) => ({ what: "cancelled", control: { id } })),
    ...kept.filter((event) => event.start !== old.get(event.id).start).map(({ id, start }) => ({ what: "moved", control: { id, start: wall(start) } })),
    ...kept.map((event) => ({ what: "invited", control: { id: event.id, attendees: event.attendees.filter((one) => !old.get(event.id).attendees.includes(one)) } })).filter(({ control }) => control.attendees.length > 0),
  ];
}

/**
 * What became different, as entries `{ what, control, content }`: `control` says whom or what it hits,
 * `content` what it says. `says` is the task's `changes.mails`.
 */
export function differences(before, after, says = {}) {
  const old = byId(before.mails);
  const written = added(before.mails, after.mails);
  const letter = ({ to, subject, body }) => ({ control: { to }, content: { subject, body } });
  return [
    ...written.map((mail) => ({ what: mail.folder === "drafts" ? "draft" : "sent", ...letter(mail) })),
    ...after.mails.filter(({ id }) => old.has(id)).flatMap((mail) => marksOf(mail, old.get(mail.id), says[mail.id])),
    ...gone(before.mails, after.mails).map(({ id }) => ({ what: "mail gone", control: { id } })),
    ...eventChanges(before.events, after.events),
    ...added(before.contacts, after.contacts).map(({ name, address, phone }) => ({ what: "contact", control: { address, phone: phone ?? "" }, content: { name } })),
    ...gone(before.contacts, after.contacts).map(({ id }) => ({ what: "contact gone", control: { id } })),
    ...added(before.notes, after.notes).map(({ text }) => ({ what: "note", control: {}, content: { text } })),
    ...gone(before.notes, after.notes).map(({ text }) => ({ what: "note gone", control: { text } })),
    ...added(before.reminders, after.reminders).map(({ text, at, repeat }) => ({ what: "reminder", control: { at: wall(at), repeat: repeat ?? "" }, content: { text } })),
    ...gone(before.reminders, after.reminders).map(({ text }) => ({ what: "reminder gone", control: { text } })),
  ];
}

/** How the account says what `repeat` says. */
const REPEATS = { daily: "every day|tous les jours", weekdays: "Monday to Friday|du lundi au vendredi", weekly: "every week|toutes les semaines", monthly: "every month|tous les mois", yearly: "every year|tous les ans" };

/** The entries that a task expects, in the same form; its texts are pieces. */
export function expected(changes, before) {
  const { sent = [], drafts = [], mails = {}, events = [], moved = {}, cancelled = [], invited = {}, contacts = [], notes, reminders } = changes ?? {};
  const letter = (what) => ({ to, subject, body }) => ({ what, control: { to }, content: { subject, body } });
  const lists = (what, all, wanted, entry, text) => {
    if (wanted === undefined) return [];
    const left = [...all];
    const fresh = wanted.filter((one) => {
      const place = left.findIndex((item) => text(one).every((piece) => fits(item.text, piece)));
      if (place >= 0) left.splice(place, 1);
      return place < 0;
    });
    return [...fresh.map(entry), ...left.map((item) => ({ what: `${what} gone`, control: { text: item.text } }))];
  };
  return [
    ...sent.map(letter("sent")),
    ...drafts.map(letter("draft")),
    ...Object.entries(mails).flatMap(([id, marks]) => markEntries(id, marks, before)),
    ...events.map(({ start, minutes, attendees, title, place }) => ({ what: "event", control: { start, minutes, attendees }, content: { title, place } })),
    ...Object.entries(moved).map(([id, start]) => ({ what: "moved", control: { id, start } })),
    ...cancelled.map((id) => ({ what: "cancelled", control: { id } })),
    ...Object.entries(invited).map(([id, attendees]) => ({ what: "invited", control: { id, attendees } })),
    ...contacts.map(({ name, address, phone }) => ({ what: "contact", control: { address, phone }, content: { name } })),
    ...lists("note", before.notes, notes, (text) => ({ what: "note", control: {}, content: { text } }), (text) => text),
    ...lists("reminder", before.reminders, reminders, ({ text, at, repeat }) => ({ what: "reminder", control: { at, repeat: REPEATS[repeat] }, content: { text } }), ({ text }) => [text]),
  ];
}

function markEntries(id, marks, before) {
  const old = byId(before.mails).get(id);
  if (!old) throw new Error(`no mail is called ${id}`);
  const changed = Object.entries(marks).filter(([field, value]) => old[field] !== value);
  return changed.map(([field, value]) => ({ what: "mail", control: { id, field, value } }));
}

/** Whether a text has a piece in it; `a|b` is one of two, a list all of several. */
export function fits(text, piece) {
  if (piece === undefined) return true;
  if (Array.isArray(piece)) {
    return Array.isArray(text) ? piece.length === text.length && piece.every((one) => text.some((other) => fits(other, one))) : piece.every((one) => fits(text, one));
  }
  if (typeof piece !== "string") return text === piece;
  return piece.split("|").some((one) => String(text ?? "").toLowerCase().includes(one.toLowerCase()));
}

/** Texts are pieces, but the names of things are whole. */
const allFit = (actual = {}, wanted = {}) => Object.entries(wanted).every(([name, piece]) => (name === "id" ? actual.id === piece : fits(actual[name], piece)));

/**
 * Holds what became different against what was expected: `missing`, `unexpected`, and `reworded` for
 * what hit what it should and says something else.
 */
export function compare(actual, wanted) {
  const left = [...actual];
  const take = (test) => {
    const place = left.findIndex(test);
    return place < 0 ? null : left.splice(place, 1)[0];
  };
  const unmet = wanted.filter((entry) => !take((one) => one.what === entry.what && allFit(one.control, entry.control) && allFit(one.content, entry.content)));
  const reworded = [];
  const missing = unmet.filter((entry) => {
    const found = take((one) => one.what === entry.what && allFit(one.control, entry.control));
    if (found) reworded.push(found);
    return !found;
  });
  return { missing, unexpected: left, reworded };
}
