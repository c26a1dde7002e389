// What is wrong with an exported audit log.
//
// A record is one line: the JSON of { at, entries, hash, prev, seq } with its keys in order and no blanks,
// as the agent writes it. `hash` is SHA-256 over the same without `hash`; `prev` is the hash of the record
// before. A log ends with the record of its export, so that a cut shows; one whose beginning was rolled up
// says in a later record up to where, and which hash was there.

import { createHash } from "node:crypto";

const GENESIS = "0".repeat(64);
/** More faults than these tell nobody more. */
const FAULTS_MAX = 10;

/** JSON with the keys of every object in order and no blanks. */
export function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const fields = Object.keys(value).sort().map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`);
  return `{${fields.join(",")}}`;
}

/** The hash that a record should have. */
export function hashOf({ at, entries, prev, seq }) {
  return createHash("sha256").update(canonical({ at, entries, prev, seq })).digest("hex");
}

const hasAll = (record) => Number.isSafeInteger(record?.seq) && Number.isSafeInteger(record.at) && Array.isArray(record.entries) && typeof record.hash === "string" && typeof record.prev === "string";
const endsExport = (record) => record.entries.at(-1)?.what === "exported";

/** What the API said instead of a log, such as that a token is missing; `undefined` if this is no such answer. */
export function refusalIn(bytes) {
  try {
    const { code, title, detail } = JSON.parse(Buffer.from(bytes).toString("utf8"));
    return typeof code === "string" ? (detail ?? title ?? code) : undefined;
  } catch {
    return undefined;
  }
}

/** A line as a record, or why it is none. */
function read(line) {
  let record;
  try {
    record = JSON.parse(line);
  } catch {
    return { fault: "is no JSON" };
  }
  if (!hasAll(record)) return { fault: "is no record of an audit log" };
  if (canonical(record) !== line) return { fault: "is not written as the agent writes it" };
  if (record.hash !== hashOf(record)) return { fault: `was changed: its hash does not fit what it says (number ${record.seq})` };
  return { record };
}

/** The last word on what was rolled up, which the first record must follow. */
function begins(records) {
  const rolled = records.flatMap(({ entries }) => entries).filter(({ what }) => what === "rolled_up").at(-1);
  return rolled ? { seq: rolled.upto + 1, prev: rolled.hash } : { seq: 1, prev: GENESIS };
}

/** `{ records, faults, from, to }` of the bytes of a log; no fault means that it is whole. */
export function faultsOf(bytes) {
  const faults = [];
  const text = Buffer.from(bytes).toString("utf8");
  if (!Buffer.from(text, "utf8").equals(Buffer.from(bytes))) return { records: 0, faults: ["It is no UTF-8 text."] };
  if (!text.endsWith("\n")) faults.push("It does not end with a line's end: something is missing.");
  const lines = text.replace(/\n$/, "").split("\n");
  const records = [];
  for (const [n, line] of lines.entries()) {
    const { record, fault } = read(line);
    if (fault) faults.push(`Line ${n + 1} ${fault}.`);
    else records.push(record);
    if (faults.length >= FAULTS_MAX) return { records: records.length, faults };
  }
  if (faults.length > 0) return { records: records.length, faults };
  const first = begins(records);
  if (records[0].seq !== first.seq || records[0].prev !== first.prev) faults.push(`It should begin with record ${first.seq} and begins with ${records[0].seq}: records are missing before it.`);
  for (const [n, record] of records.entries()) {
    const before = records[n - 1];
    if (before && (record.seq !== before.seq + 1 || record.prev !== before.hash)) faults.push(`Line ${n + 1}: record ${record.seq} does not follow record ${before.seq}.`);
    if (faults.length >= FAULTS_MAX) break;
  }
  if (!endsExport(records.at(-1))) faults.push("It does not end with the record of its export: its end is missing.");
  return { records: records.length, faults, from: records[0].seq, to: records.at(-1).seq };
}
