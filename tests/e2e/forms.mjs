// Every way to write a secret, and whether any of them stands in a text. It starts no test and asserts
// nothing. It shares nothing with the program: what this finds, the door has to have found by itself.

/** So many letters and digits of a secret are a part that nobody else may hold. */
const LETTERS = 16;
/** The same part in hexadecimal and in decimal codes. */
const HEX_DIGITS = 24;
const DECIMAL_DIGITS = 36;

const chunks = (text, size) => text.match(new RegExp(`[^]{1,${size}}`, "gu"));
const bytesOf = (secret) => [...Buffer.from(secret)];
const hex = (secret, separator = "") => bytesOf(secret).map((byte) => byte.toString(16).padStart(2, "0")).join(separator);

/** A secret in every way to write it. */
export function written(secret) {
  const base64 = ["", "a", "ab"].flatMap((before) => [
    Buffer.from(before + secret).toString("base64"),
    Buffer.from(`${before}${secret} and more`).toString("base64url"),
  ]);
  return [
    secret,
    JSON.stringify({ key: secret }),
    [...secret].reverse().join(""),
    secret.toUpperCase(),
    ...base64,
    base64.map((text) => chunks(text, 19).join("\r\n")).join("\r\n\r\n"),
    hex(secret),
    hex(secret).toUpperCase(),
    hex(secret, ":"),
    hex(secret, " "),
    `%${hex(secret, "%")}`,
    `%25${hex(secret, "%25")}`,
    encodeURIComponent(encodeURIComponent(secret)),
    [...secret].map((letter, n) => (n % 3 ? letter : `%${hex(letter)}`)).join(""),
    bytesOf(secret).map((byte) => `&#${byte};`).join(""),
    bytesOf(secret).map((byte) => `&#x${byte.toString(16)};`).join(""),
    bytesOf(secret).map((byte) => `\\u00${hex(String.fromCharCode(byte))}`).join(""),
    bytesOf(secret).join(", "),
    chunks(secret, 1).join(" "),
    chunks(secret, 4).join("-"),
    chunks(secret, 3).join("\u200b"),
    chunks(secret, 5).join("\n"),
    JSON.stringify(chunks(secret, 6)),
  ];
}

const stripped = (text) => text.toLowerCase().replace(/[^a-z0-9]/g, "");

function windows(text, size, into) {
  for (let at = 0; at + size <= text.length; at += 1) into.add(text.slice(at, at + size));
}

/** A text as it stands, and with its escapes undone. */
function readings(text) {
  const unpercent = (from) => from.replace(/%([0-9a-f]{2})/gi, (_, digits) => String.fromCharCode(parseInt(digits, 16)));
  const unescaped = text.replace(/\\+u([0-9a-f]{4})/gi, (_, digits) => String.fromCharCode(parseInt(digits, 16))).replace(/\\+[nrtbf]/g, " ");
  const html = text.replace(/&(?:amp;)*#(?:x([0-9a-f]+)|([0-9]+));?/gi, (_, digits, decimal) => String.fromCharCode(digits ? parseInt(digits, 16) : Number(decimal)));
  return [...new Set([text, unpercent(text), unpercent(unpercent(text)), unescaped, html])].map(stripped);
}

/** What finds secrets: a function from a text to the first part of one that stands in it, if any. */
export function finder(secrets) {
  const kinds = [[LETTERS, new Set()], [HEX_DIGITS, new Set()], [DECIMAL_DIGITS, new Set()]];
  for (const secret of secrets) {
    const letters = stripped(secret);
    windows(letters, LETTERS, kinds[0][1]);
    windows([...letters].reverse().join(""), LETTERS, kinds[0][1]);
    for (const before of [0, 1, 2]) {
      // Without the characters that what stands before and behind has a part in.
      const text = Buffer.concat([Buffer.alloc(before), Buffer.from(secret)]).toString("base64").replace(/=+$/, "");
      windows(stripped(text.slice(before ? before + 1 : 0, -1)), LETTERS, kinds[0][1]);
    }
    windows(hex(secret), HEX_DIGITS, kinds[1][1]);
    windows(bytesOf(secret).join(""), DECIMAL_DIGITS, kinds[2][1]);
  }
  return (text) => {
    for (const reading of readings(text)) {
      for (const [size, known] of kinds) {
        for (let at = 0; at + size <= reading.length; at += 1) {
          const part = reading.slice(at, at + size);
          if (known.has(part)) return part;
        }
      }
    }
    return undefined;
  };
}
