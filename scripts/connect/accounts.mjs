// The `[[account]]` tables: names, the bindings that follow from them, and the text that is added.
// Everything here is a function of texts; `store.mjs` writes.

import { isDeepStrictEqual } from "node:util";
import { Problem } from "../lib/log.mjs";

/** What each kind of account is called in the table, and how it may be opened. */
export const KINDS = {
  gmail: { use: "gmail", auths: ["oauth"], address: true },
  "google-calendar": { use: "google_calendar", auths: ["oauth"], address: true },
  jmap: { use: "jmap", auths: ["password", "token"], address: true },
  caldav: { use: "caldav", auths: ["password", "token"], address: true },
  carddav: { use: "carddav", auths: ["password", "token"], address: false },
  web: { use: "web", auths: ["none"], address: false },
};

const SUFFIXES = ["URL", "USER", "PASSWORD", "TOKEN", "REFRESH_TOKEN"];
/** The bindings that all Google accounts share: they name the owner's own client. */
export const GOOGLE_CLIENT = ["GOOGLE_CLIENT_ID", "GOOGLE_CLIENT_SECRET"];

/** Every binding that an account of this name could have. */
export const bindingsOf = (name) => Object.fromEntries(SUFFIXES.map((suffix) => [suffix, `${name.toUpperCase()}_${suffix}`]));

/** Checks an account's name. */
export function checkName(name) {
  if (!/^[a-z][a-z0-9_]{0,31}$/.test(name)) {
    throw new Problem(`"${name}" cannot be an account's name.`, "take lower case letters, digits and _, beginning with a letter, at most 32 of them, as in --name work.");
  }
  return name;
}

/** Checks a host as the build does: a public name, without scheme, port, path or address. */
export function checkHost(host) {
  const parts = host.split(".");
  const fits = host.length <= 253 && parts.length >= 2 && parts.every((part) => /^(?!-)[a-z0-9-]{1,63}(?<!-)$/.test(part)) && !/^\d/.test(parts.at(-1));
  if (!fits) throw new Problem(`"${host}" is not a public host name.`, "give the name alone, as in --host mail.example.org; for a server of your own at any address use --url.");
  return host;
}

/** Checks a suffix of hosts, such as `.example.org`. */
export function checkSuffix(suffix) {
  if (!suffix.startsWith(".")) throw new Problem(`"${suffix}" is not a suffix of hosts.`, "begin it with a dot, as in --hosts .example.org.");
  checkHost(suffix.slice(1));
  return suffix;
}

/** Whether a host is the suffix's own or lies under it. */
export const covers = (suffix, host) => host === suffix.slice(1) || host.endsWith(suffix);

/**
 * The suffix to propose when `host`'s server names `other`: what they share, if that can belong to
 * one provider alone, otherwise the other host by itself. `co.uk` belongs to nobody.
 */
export function proposedSuffix(host, other) {
  const [ours, theirs] = [host, other].map((name) => name.split(".").reverse());
  const shared = [];
  while (shared.length < Math.min(ours.length, theirs.length) && ours[shared.length] === theirs[shared.length]) shared.push(ours[shared.length]);
  const registry = shared.length === 2 && shared[0].length === 2 && shared[1].length <= 3;
  return shared.length >= 2 && !registry ? `.${shared.reverse().join(".")}` : `.${other}`;
}

/** The fields of a table in the order in which they are written. */
const FIELDS = ["name", "use", "host", "hosts", "auth", "address", "authserv", "collection"];

function tomlString(text) {
  if (/[\u0000-\u001f\u007f]/.test(text)) throw new Problem("A value for connections.toml has a control character in it.", "correct what you entered.");
  return JSON.stringify(text);
}

/** The text of one table. */
export function tableText(account) {
  const lines = FIELDS.filter((field) => account[field] !== undefined && account[field].length > 0).map((field) => {
    const value = account[field];
    return `${field} = ${Array.isArray(value) ? `[${value.map(tomlString).join(", ")}]` : tomlString(value)}\n`;
  });
  return `[[account]]\n${lines.join("")}`;
}

async function tomlParser() {
  try {
    return (await import("smol-toml")).parse;
  } catch {
    throw new Problem("the packages of this project are not installed.", "run `npm ci` in its folder, then this command again.");
  }
}

/** What `connections.toml` says. */
export async function parseConnections(text, file) {
  const parse = await tomlParser();
  try {
    return parse(text);
  } catch (error) {
    throw new Problem(`${file}: ${error.message}`, "correct the file and run the command again.");
  }
}

/** The text of `connections.toml` with one table more; all else stays as it is, which is checked. */
export async function appended(text, account, file) {
  const head = text === "" ? "" : `${text.replace(/\n*$/, "\n")}\n`;
  const after = head + tableText(account);
  const [was, is] = [await parseConnections(text, file), await parseConnections(after, file)];
  const { account: accounts = [], ...rest } = is;
  const { account: before = [], ...restBefore } = was;
  const written = Object.fromEntries(Object.entries(accounts.at(-1) ?? {}));
  const wanted = Object.fromEntries(FIELDS.filter((field) => account[field]?.length > 0).map((field) => [field, account[field]]));
  if (!isDeepStrictEqual(plain([...before, wanted]), plain([...accounts.slice(0, -1), written])) || !isDeepStrictEqual(plain(restBefore), plain(rest))) {
    throw new Problem(`A table cannot be appended to ${file} without changing what is there.`, "add it by hand: docs/accounts.md shows how it looks.");
  }
  return after;
}

const plain = (value) => JSON.parse(JSON.stringify(value, (_, each) => (typeof each === "bigint" ? String(each) : each)));

/** Every text in a value, however deep. */
function* textsIn(value) {
  if (typeof value === "string") yield value;
  else if (value && typeof value === "object") for (const each of Object.values(value)) yield* textsIn(each);
}

/** Makes sure that a new account's name and bindings are nobody else's. */
export function checkFree(name, connections, devVars, file) {
  const accounts = connections.account ?? [];
  if (accounts.some((account) => account.name === name)) {
    throw new Problem(`There is an account named "${name}" already.`, "choose another --name, or add --replace to renew its secret.");
  }
  const ours = new Set(Object.values(bindingsOf(name)));
  const taken = [...textsIn(connections), ...accounts.flatMap((account) => Object.values(bindingsOf(String(account.name))))].find((text) => ours.has(text));
  if (taken) throw new Problem(`An account named "${name}" would use the binding ${taken}, which ${file} has for something else.`, "choose another --name.");
  const set = [...ours].find((binding) => devVars[binding] !== undefined);
  if (set) throw new Problem(`An account named "${name}" would use the binding ${set}, which .dev.vars has for something else.`, `choose another --name, or take the line ${set}=… out if nothing needs it.`);
}
