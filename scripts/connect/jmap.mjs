// Mail by JMAP (RFC 8620, 8621): the session, what it can do, and one read.

import { Problem, note, step } from "../lib/log.mjs";
import { passwordRemedy } from "./dav.mjs";
import { Place, authorization, shown } from "./net.mjs";

const CORE = "urn:ietf:params:jmap:core";
const MAIL = "urn:ietf:params:jmap:mail";
const SUBMISSION = "urn:ietf:params:jmap:submission";
/** How many mails are looked at to see who checks the sender of mail here. */
const MAILS_SEEN = 10;

const notJmap = (host) => new Problem(`${host} is no JMAP server.`, "look up the JMAP server in your provider's help; for Fastmail it is api.fastmail.com. Most providers do not speak JMAP.");

function parsed(text) {
  try {
    const value = JSON.parse(text);
    return value && typeof value === "object" ? value : null;
  } catch {
    return null;
  }
}

function checkStatus({ status, url }, { auth }) {
  if (status === 401 || status === 403) throw new Problem(`${url.host} refuses this ${auth}.`, auth === "token" ? "make a new token in the provider's settings, with access to mail; it may have been revoked." : passwordRemedy(url.hostname));
  if (status === 429 || status >= 500) throw new Problem(`${url.host} cannot answer now (${status}).`, "try again later.");
}

/** The account's session, and where it was found. */
async function sessionOf(place, credentials, unknown) {
  const headers = { authorization: authorization(credentials), accept: "application/json" };
  const start = new URL(".well-known/jmap", place.base.href.replace(/\/?$/, "/"));
  const answer = await place.follow(start, { headers }, unknown);
  checkStatus(answer, credentials);
  const session = answer.status === 200 ? parsed(answer.text) : null;
  if (!session?.capabilities?.[CORE] || typeof session.apiUrl !== "string" || !URL.canParse(session.apiUrl, answer.url)) throw notJmap(answer.url.host);
  return { session, api: new URL(session.apiUrl, answer.url) };
}

/** Which account of the session is the mail account, and whether it can send. */
function mailAccount(session, host) {
  const id = session.primaryAccounts?.[MAIL];
  if (!id || !session.capabilities[MAIL]) throw new Problem(`This key opens no mail at ${host}.`, "make a key with access to mail (for Fastmail: an API token with the scope Email).");
  return { id, canSend: Boolean(session.capabilities[SUBMISSION] && session.primaryAccounts[SUBMISSION]), readOnly: session.accounts?.[id]?.isReadOnly === true };
}

/** The name of the server that wrote a mail's topmost Authentication-Results. */
export function authservOf(field) {
  return field?.replace(/\([^()]*\)/g, " ").trim().match(/^([a-z0-9][a-z0-9.-]*)(?:\s+\d+)?\s*(?:;|$)/i)?.[1].toLowerCase();
}

async function call(api, credentials, using, methodCalls) {
  const headers = { authorization: authorization(credentials), "content-type": "application/json", accept: "application/json" };
  const answer = await api.place.follow(api.url, { method: "POST", headers, body: JSON.stringify({ using, methodCalls }) }, api.unknown);
  checkStatus(answer, credentials);
  const responses = answer.status === 200 ? parsed(answer.text)?.methodResponses : null;
  if (!Array.isArray(responses)) throw new Problem(`${api.url.host} does not answer as a JMAP server does (${answer.status}).`, "try again later; if it stays so, ask the provider.");
  return (id) => responses.find((each) => each[2] === id && each[0] !== "error")?.[1];
}

/** Reads what a connector will read: the folders, the addresses to send from, and the last mails' checks. */
async function read(api, credentials, { id, canSend }) {
  const using = [CORE, MAIL, ...(canSend ? [SUBMISSION] : [])];
  const answered = await call(api, credentials, using, [
    ["Mailbox/get", { accountId: id, ids: null, properties: ["id", "role"] }, "folders"],
    ["Email/query", { accountId: id, sort: [{ property: "receivedAt", isAscending: false }], limit: MAILS_SEEN }, "found"],
    ["Email/get", { accountId: id, "#ids": { resultOf: "found", name: "Email/query", path: "/ids" }, properties: ["id", "header:Authentication-Results:asRaw:all"] }, "mails"],
    ...(canSend ? [["Identity/get", { accountId: id, ids: null }, "identities"]] : []),
  ]);
  const folders = answered("folders")?.list;
  if (!Array.isArray(folders) || !answered("found")) throw new Problem("The mail account could not be read.", "make a key that may read mail, and try again.");
  const checks = (answered("mails")?.list ?? []).map((mail) => authservOf(mail["header:Authentication-Results:asRaw:all"]?.[0]));
  return {
    folders: folders.length,
    addresses: (answered("identities")?.list ?? []).map((identity) => identity.email).filter((email) => typeof email === "string" && /^[^@\s*]+@[^@\s]+$/.test(email)),
    // Of one mail anybody could have written it; of all of them the owner's own server did.
    authserv: checks.length >= 3 && new Set(checks).size === 1 ? checks[0] : undefined,
  };
}

/** Tries an account; resolves with the addresses that it sends from and the server that checks senders. */
export async function tryJmap(options, credentials, unknownHost) {
  const place = new Place(options);
  const unknown = (url) => unknownHost(place, url);
  step(`Opening the mail account at ${place.base.host}`);
  const { session, api } = await sessionOf(place, credentials, unknown);
  if (!place.allows(api)) await unknown(api);
  const account = mailAccount(session, place.base.host);
  const found = await read({ place, url: api, unknown }, credentials, account);
  note(`${shown(session.username || account.id)}: ${found.folders} folders`);
  if (account.readOnly) note("The account can be read only: drafts, labels and sending will fail.");
  else if (!account.canSend) note("This key cannot send mail. If the agent should send, make one that also may (for Fastmail: the scope Email submission).");
  return { place, ...found, user: session.username };
}
