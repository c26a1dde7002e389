// How a trial talks to a server: with a limit on time and size, never to a host that the owner did
// not name, and with every failure said in one sentence. No sentence holds a secret or a server's text.

import { Problem } from "../lib/log.mjs";
import { checkHost, covers } from "./accounts.mjs";

const TIMEOUT_MS = 30_000;
const BODY_BYTES_MAX = 5_000_000;
const REDIRECTS_MAX = 3;
const REDIRECTS = [301, 302, 307, 308];

const HOST_REMEDY = "check the spelling of the host, and your internet connection.";
const TLS_REMEDY = "do not go on: either the certificate is broken, or somebody stands between. Ask whoever runs the server; one that you signed yourself does not count.";

/** Text from outside, made fit to be shown on a terminal. */
export const shown = (text) => String(text).replace(/[\p{C}\p{Zl}\p{Zp}]/gu, "�").slice(0, 200);

/** What Node says of a failed request, as a sentence. */
export function networkProblem(error, host) {
  const codes = [];
  for (let each = error; each; each = each.cause ?? each.errors?.[0]) codes.push(String(each.code ?? ""), String(each.name ?? ""));
  const has = (pattern) => codes.some((code) => pattern.test(code));
  if (has(/^(ENOTFOUND|EAI_AGAIN)$/)) return new Problem(`There is no host named ${host}, or its address cannot be looked up.`, HOST_REMEDY);
  if (has(/CERT|SELF_SIGNED|UNABLE_TO_(VERIFY|GET)|ALTNAME/)) return new Problem(`${host} does not prove who it is: its TLS certificate is not valid, or is that of another name.`, TLS_REMEDY);
  if (has(/^ERR_SSL|^EPROTO$/)) return new Problem(`${host} does not speak TLS there.`, "check the host; a server without https can only be one of your own, by --url http://….");
  if (has(/^(TimeoutError|UND_ERR_(CONNECT|HEADERS|BODY)_TIMEOUT|ETIMEDOUT)$/)) return new Problem(`${host} did not answer in time.`, "try again later; if it stays so, check the host.");
  if (has(/^ECONNREFUSED$/)) return new Problem(`Nothing listens at ${host}.`, "check the host and the port, and that the server runs.");
  return new Problem(`The connection to ${host} broke.`, "try again; if it stays so, check the host.");
}

async function bodyOf(response, host) {
  const pieces = [];
  let size = 0;
  for await (const piece of response.body ?? []) {
    size += piece.length;
    if (size > BODY_BYTES_MAX) throw new Problem(`${host} answered with more than ${BODY_BYTES_MAX / 1_000_000} MB.`, "check that this is the right server.");
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString("utf8");
}

/** One request. Redirects are not followed. Resolves with `{ status, headers, text, url }`. */
export async function request(url, { method = "GET", headers = {}, body } = {}) {
  const { host } = new URL(url);
  try {
    const response = await fetch(url, { method, headers, body, redirect: "manual", signal: AbortSignal.timeout(TIMEOUT_MS) });
    return { status: response.status, headers: response.headers, text: await bodyOf(response, host), url: new URL(url) };
  } catch (error) {
    throw error instanceof Problem ? error : networkProblem(error, host);
  }
}

const LOOPBACK = /^(127\.\d+\.\d+\.\d+|\[::1\]|localhost)$/;

/** Whether an address is on this computer. */
export const isLoopback = (url) => LOOPBACK.test(url.hostname);

/** Where an account is: `host` by https, or `url` of a server of one's own; and which hosts may be named. */
export class Place {
  constructor({ host, url, hosts = [] }) {
    this.host = host;
    this.hosts = hosts;
    this.base = host ? new URL(`https://${checkHost(host)}/`) : ownAddress(url);
  }

  /** Whether the account's key may go to this address. */
  allows(url) {
    if (url.username || url.password) return false;
    if (url.origin === this.base.origin) return true;
    return url.protocol === "https:" && url.port === "" && this.hosts.some((suffix) => covers(suffix, url.hostname));
  }

  /** The same request at wherever the server says, while that is allowed; `unknown(url)` decides about other hosts. */
  async follow(url, options, unknown) {
    let next = new URL(url);
    for (let hops = 0; ; hops += 1) {
      if (!this.allows(next)) await unknown(next);
      const answer = await request(next, options);
      const target = answer.headers.get("location");
      if (!REDIRECTS.includes(answer.status) || !target) return answer;
      if (hops === REDIRECTS_MAX || !URL.canParse(target, next)) throw new Problem(`${this.base.host} sends from one address to the next without end.`, "check the host.");
      next = new URL(target, next);
    }
  }
}

function ownAddress(text) {
  if (!text || !URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol)) throw new Problem(`"${shown(text ?? "")}" is not a web address.`, "give it as in --url https://mail.example.org or --url http://127.0.0.1:5232.");
  const url = new URL(text);
  if (url.username || url.password || url.search || url.hash) throw new Problem("The address of a server has no name, password, `?` or `#` in it.", "give the address alone; name and password are asked for.");
  return url;
}

/** An address for tests and trials that must be on this computer. */
export function loopbackAddress(text, flag) {
  if (!URL.canParse(text) || !isLoopback(new URL(text)) || !/^https?:$/.test(new URL(text).protocol)) {
    throw new Problem(`${flag} takes an address of this computer only.`, "it is there for tests; leave it out to connect to Google.");
  }
  return text;
}

/** The header that opens an account. */
export function authorization({ auth, user, password, token }) {
  if (auth === "token") return `Bearer ${token}`;
  return `Basic ${Buffer.from(`${user}:${password}`, "utf8").toString("base64")}`;
}
