// All tasks, and what writes out their dates. The format is in README.md.

import { TASKS as CALENDAR } from "./calendar.mjs";
import { TASKS as MAIL_READING } from "./mail-reading.mjs";
import { TASKS as MAIL_TIDYING } from "./mail-tidying.mjs";
import { TASKS as MAIL_WRITING } from "./mail-writing.mjs";
import { TASKS as OWN } from "./own.mjs";
import { TASKS as WEB } from "./web.mjs";

/** The tasks by area. */
export const AREAS = { reading: MAIL_READING, writing: MAIL_WRITING, tidying: MAIL_TIDYING, calendar: CALENDAR, own: OWN, web: WEB };

export const TASKS = Object.values(AREAS).flat();

/** The zone of the owner in all tasks. */
export const ZONE = "Europe/Paris";

const WEEKDAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const DAY_MS = 86_400_000;
const PLACEHOLDER = /\{\{(?:(\d)\.(mon|tue|wed|thu|fri|sat|sun)|\+(\d+))(?: (\d\d:\d\d)| (en|fr))?\}\}/g;

/** Today in the owner's zone, as midnight UTC of that date, so that days can be counted on it. */
function today(now) {
  return Date.parse(new Intl.DateTimeFormat("sv-SE", { timeZone: ZONE, dateStyle: "short" }).format(now));
}

/** A text with its placeholders written out. One that is misspelt is an error. */
function written(text, now) {
  const start = today(now);
  const sinceMonday = (new Date(start).getUTCDay() + 6) % 7;
  const filled = text.replace(PLACEHOLDER, (_, week, weekday, days, time, language) => {
    const ahead = days === undefined ? Number(week) * 7 + WEEKDAYS.indexOf(weekday) - sinceMonday : Number(days);
    const day = new Date(start + ahead * DAY_MS);
    if (language) return new Intl.DateTimeFormat(language === "fr" ? "fr-FR" : "en-GB", { timeZone: "UTC", weekday: "long", day: "numeric", month: "long" }).format(day);
    const date = day.toISOString().slice(0, 10);
    return time ? `${date}T${time}` : date;
  });
  if (filled.includes("{{")) throw new Error(`a placeholder is misspelt: ${text}`);
  return filled;
}

/** A task, or a part of one, with all its placeholders written out as seen from `now`. */
export function dated(part, now = new Date()) {
  if (typeof part === "string") return written(part, now);
  if (Array.isArray(part)) return part.map((one) => dated(one, now));
  if (part === null || typeof part !== "object") return part;
  return Object.fromEntries(Object.entries(part).map(([key, value]) => [key, dated(value, now)]));
}

/** The steps of a plan as lists of calls, one list for each reply of the planner. */
export function steps(turn) {
  return turn.plan.map((step) => (Array.isArray(step) ? step : [step]));
}
