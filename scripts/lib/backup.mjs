// Exports on the owner's computer: identities, decryption, and whether a file is whole.
// A file is read as a stream, so its size does not matter; nothing decrypted is ever written to a disk.

import { createHash } from "node:crypto";
import { createReadStream, readFileSync } from "node:fs";
import { Readable } from "node:stream";
import { Decrypter, armor } from "age-encryption";
import { askSecret } from "./ask.mjs";
import { Problem } from "./log.mjs";

/** The version of the format that is understood here. */
export const FORMAT = 1;

const SECRET = /^AGE-SECRET-KEY-1[0-9A-Z]+$/;
const IDENTITY_REMEDY = "name the file that `npm run export:key` made with --identity FILE.";

/** Asks for a passphrase: on a terminal without showing it, otherwise as the next line of the input. */
export const askPassphrase = (question) => askSecret(question, "passphrase");

/** The secret keys in a text that `age-keygen` or `npm run export:key` wrote. */
function secretsIn(text) {
  return text.split("\n").map((line) => line.trim()).filter((line) => SECRET.test(line));
}

/** The identities in a file; one that is protected is opened with what `ask` returns. */
export async function readIdentities(path, ask = askPassphrase) {
  let bytes;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    throw new Problem(`The identity ${path} cannot be read (${error.code}).`, IDENTITY_REMEDY);
  }
  const text = bytes.toString("latin1");
  let secrets = secretsIn(text);
  if (text.startsWith("age-encryption.org/") || text.startsWith("-----BEGIN AGE ENCRYPTED FILE-----")) {
    const opener = new Decrypter();
    opener.addPassphrase(await ask(`Passphrase of ${path}`));
    try {
      secrets = secretsIn(await opener.decrypt(text.startsWith("-") ? armor.decode(text) : bytes, "text"));
    } catch {
      throw new Problem(`${path} does not open: the passphrase is wrong, or the file is damaged.`, "try again; without the passphrase nobody can read the exports, we neither.");
    }
  }
  if (secrets.length === 0) throw new Problem(`There is no identity in ${path}.`, IDENTITY_REMEDY);
  return secrets;
}

const damaged = (file, what) => new Problem(`${file} is damaged or cut: ${what}.`, "take another export, or a copy of this one that was kept elsewhere.");

/** The plain bytes of an encrypted file, in pieces. */
async function* decrypted(file, identities) {
  const opener = new Decrypter();
  for (const identity of identities) opener.addIdentity(identity);
  let source;
  try {
    source = createReadStream(file);
    const plain = await opener.decrypt(Readable.toWeb(source));
    yield* plain;
  } catch (error) {
    if (error.code === "ENOENT" || error.code === "EACCES" || error.code === "EISDIR") throw new Problem(`${file} cannot be read (${error.code}).`, "name the file of the export.");
    if (/no identity matched/.test(error.message)) throw new Problem(`${file} was encrypted for somebody else: this identity does not open it.`, "name the identity whose `age1…` was EXPORT_RECIPIENT when the export was taken, with --identity FILE.");
    throw damaged(file, error.message);
  } finally {
    source?.destroy();
  }
}

/** The lines of an export with their ends, as bytes. A last line without an end comes as it is. */
export async function* linesOf(file, identities) {
  let rest = [];
  for await (const piece of decrypted(file, identities)) {
    let bytes = Buffer.from(piece);
    for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10)) {
      yield Buffer.concat([...rest, bytes.subarray(0, end + 1)]);
      rest = [];
      bytes = bytes.subarray(end + 1);
    }
    if (bytes.length > 0) rest.push(Buffer.from(bytes));
  }
  if (rest.length > 0) yield Buffer.concat(rest);
}

function parsed(line, file, what) {
  try {
    return JSON.parse(line.toString("utf8"));
  } catch {
    throw damaged(file, what);
  }
}

/**
 * Reads a whole export and makes sure that it is one: the first line, the number of rows of each
 * table, and the hash of all that stands before the last line. Returns what the first line says.
 */
export async function check(file, identities) {
  const hash = createHash("sha256");
  const rows = {};
  let header;
  let held;
  for await (const line of linesOf(file, identities)) {
    if (held) {
      hash.update(held);
      if (!header) header = parsed(held, file, "its first line is unreadable");
      else {
        const { table } = parsed(held, file, "a row is unreadable");
        rows[table] = (rows[table] ?? 0) + 1;
      }
    }
    held = line;
  }
  if (header?.sclerite_export !== FORMAT) throw new Problem(`${file} is no export that this version understands.`, "name a file that `npm run export` wrote, or use the version that wrote it.");
  const { end } = parsed(held, file, "its last line is missing");
  if (!end || held.at(-1) !== 10) throw damaged(file, "its last line is missing");
  for (const { name, rows: wanted } of header.tables) {
    if ((rows[name] ?? 0) !== wanted || (end.rows[name] ?? 0) !== wanted) throw damaged(file, `of ${name} there should be ${wanted} rows and there are ${rows[name] ?? 0}`);
  }
  if (end.sha256 !== hash.digest("hex")) throw damaged(file, "its hash does not fit");
  return { header, total: Object.values(rows).reduce((sum, count) => sum + count, 0) };
}

/** `origin` as a checked address without a path. */
export function originOf(text, option) {
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol)) throw new Problem(`${text} is not a web address.`, `give it as in ${option} https://sclerite.example.workers.dev`);
  return new URL(text).origin;
}

/** What a refusing agent said, as a `Problem`. */
export async function refusal(response, otherwise) {
  const text = await response.text();
  let said;
  try {
    const { code, detail, title } = JSON.parse(text);
    said = `${detail ?? title} (${code})`;
  } catch {
    said = `HTTP ${response.status}`;
  }
  return new Problem(`The agent refused: ${said}`, otherwise);
}
