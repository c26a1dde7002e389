// `.dev.vars`: the bindings of the local Worker, secrets included.
// Lines that are there are kept as they are; only what is missing is added. Git ignores the file
// and nobody but its owner may read it.

import { randomBytes } from "node:crypto";
import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Problem } from "./log.mjs";
import { ROOT } from "./run.mjs";

/** Where the file is. */
export const PATH = join(ROOT, ".dev.vars");
/** Each is 32 random bytes in base64url without padding. */
export const GENERATED = ["WEBHOOK_TOKEN", "CONSOLE_TOKEN", "SEAL_KEY"];

/** The values in a text in `.dev.vars` format. Comments and unreadable lines are passed over. */
export function parse(text) {
  const values = {};
  for (const line of text.split("\n")) {
    const found = line.match(/^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*?)\s*$/);
    if (!found) continue;
    const quoted = found[2].match(/^(["'`])(.*)\1$/);
    values[found[1]] = quoted ? quoted[2] : found[2].replace(/\s+#.*$/, "");
  }
  return values;
}

/** The values in `.dev.vars`, or nothing when there is no such file. */
export function read(path = PATH) {
  return existsSync(path) ? parse(readFileSync(path, "utf8")) : {};
}

/** Adds the secrets that are missing; returns all values and the names of what was added. */
export function ensure(path = PATH) {
  const before = existsSync(path) ? readFileSync(path, "utf8") : "# Bindings of the Worker on this computer. Keep this file to yourself.\n";
  const present = parse(before);
  const added = GENERATED.filter((name) => !present[name]);
  if (added.length > 0) {
    const kept = before.split("\n").filter((line) => !added.some((name) => new RegExp(`^\\s*${name}\\s*=\\s*$`).test(line)));
    const head = kept.join("\n").replace(/\n*$/, "\n");
    const lines = added.map((name) => `${name}=${randomBytes(32).toString("base64url")}\n`);
    writeFileSync(path, head + lines.join(""), { mode: 0o600 });
  }
  chmodSync(path, 0o600);
  return { values: read(path), added };
}

/** A value as a line of the file may hold it. Quotes keep spaces and `#`; nothing is expanded in single ones. */
export function quoted(value) {
  if (/[\r\n\0]/.test(value)) throw new Problem("A value has a line break in it.", "give it as one line.");
  if (/^[A-Za-z0-9._~+/=@:%,-]*$/.test(value)) return value;
  // A backslash at the end would take the quote after it along, so there can be none.
  if (value.endsWith("\\") && /^[^\s#'"`][^#]*$/.test(value)) return value;
  const quote = value.endsWith("\\") ? undefined : ["'", "`", '"'].find((mark) => !value.includes(mark) && !(mark === '"' && value.includes("\\")));
  if (!quote) throw new Problem("A value has quotes or a backslash in it that .dev.vars cannot hold.", "choose another secret, without quotes and backslashes.");
  return quote + value + quote;
}

/** The text of the file with these values: a line that is there is replaced, every other line is kept. */
export function merged(before, values) {
  const kept = before.split("\n").filter((line) => !Object.keys(values).some((name) => new RegExp(`^\\s*(?:export\\s+)?${name}\\s*=`).test(line)));
  const head = kept.join("\n").replace(/\n*$/, "\n").replace(/^\n$/, "");
  return head + Object.entries(values).map(([name, value]) => `${name}=${quoted(value)}\n`).join("");
}
