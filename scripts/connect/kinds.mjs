// What each kind of account is asked for, how it is tried, and what is kept of it.
// Each function takes what `connect.mjs` knows and resolves with `{ account, secrets }`.

import { agree, ask, askSecret, interactive } from "../lib/ask.mjs";
import { Problem, note } from "../lib/log.mjs";
import { GOOGLE_CLIENT, KINDS, checkHost, checkSuffix, proposedSuffix } from "./accounts.mjs";
import { tryDav } from "./dav.mjs";
import { tryGoogle } from "./google.mjs";
import { tryJmap } from "./jmap.mjs";
import { isLoopback, shown } from "./net.mjs";
import { tryWeb } from "./web.mjs";

/** Secrets shorter than this are not found in logs and answers. */
const SCRUBBED_BYTES_MIN = 8;
const ADDRESS = /^[^@\s"<>]+@[^@\s"<>]+$/;

function checkAddress(address) {
  if (!ADDRESS.test(address)) throw new Problem(`"${shown(address)}" is no mail address.`, "give it as in --address ada@example.org.");
  return address;
}

/** A secret: from the environment under its binding's name, otherwise asked for. */
async function secretOf(binding, question, what) {
  const secret = (process.env[binding] || (await askSecret(question, what))).trim();
  if (secret === "") throw new Problem(`The ${what} is empty.`, "enter it, or run the command again.");
  if (/[\p{Cc}]/u.test(secret)) throw new Problem(`The ${what} has a control character in it.`, "copy it again, without line breaks.");
  if (Buffer.byteLength(secret) < SCRUBBED_BYTES_MIN) note(`The ${what} is shorter than ${SCRUBBED_BYTES_MIN} bytes: it is not looked for in logs and answers.`);
  return secret;
}

/** Where the account is: from its table, from the flags, or asked for. */
async function placeOf({ values, table, devVars, bindings }, example) {
  if (table) return table.host ? { host: table.host, hosts: table.hosts } : { url: values.url ?? devVars[bindings.URL], hosts: table.hosts };
  if (values.url) return { url: values.url, hosts: [...values.hosts] };
  const said = values.host ?? (await ask(`The server's host, such as ${example}, or the address of your own`, { remedy: `say where it is, as in --host ${example}, or --url http://127.0.0.1:5232 for a server of your own.` }));
  return /^https?:\/\//i.test(said) && !values.host ? { url: said, hosts: [...values.hosts] } : { host: checkHost(said.toLowerCase()), hosts: [...values.hosts] };
}

/** A server names a host that the owner did not: nothing goes there before they agree. */
const unknownHost = (renewed) => async (place, url) => {
  const named = shown(url.host);
  if (url.protocol !== "https:" || url.port !== "" || url.username || url.password) throw new Problem(`${place.base.host} sends to ${named}, which cannot be reached safely.`, "connect that server by its own --host or --url, if you know that it is right.");
  const suffix = checkSuffix(proposedSuffix(place.base.hostname, url.hostname));
  const remedy = renewed ? `if ${named} belongs to your provider, add "${suffix}" to the table's \`hosts\`.` : `if ${named} belongs to your provider, run the command again with --hosts ${suffix}.`;
  const question = `${place.base.host} says that the account is at ${named}. May the key go to hosts in ${suffix} too`;
  const refused = new Problem(`${place.base.host} says that the account is at ${named}, a host that you did not name.`, remedy);
  if (renewed || !interactive()) throw refused;
  if (!(await agree(question, remedy))) throw refused;
  place.hosts.push(suffix);
};

/** User and password, or token. */
async function credentialsOf({ kind, values, table, devVars, bindings }, place) {
  const auth = table?.auth ?? values.auth ?? (await ask("Opened by password or token", { otherwise: place.host === "api.fastmail.com" ? "token" : "password" }));
  if (!KINDS[kind].auths.includes(auth)) throw new Problem(`"${shown(auth)}" is neither password nor token.`, "say --auth password or --auth token.");
  if (place.url && URL.canParse(place.url) && new URL(place.url).protocol === "http:" && !isLoopback(new URL(place.url))) note("This server is reached without TLS: whoever is on the way can read the key and everything else.");
  if (auth === "token") {
    const token = await secretOf(bindings.TOKEN, "Token", "token");
    if (!/^[\x21-\x7e]+$/.test(token)) throw new Problem("The token has a space or a foreign letter in it.", "copy it again.");
    return { auth, token };
  }
  const user = values.user ?? (table && devVars[bindings.USER]) ?? (await ask("User name", { otherwise: values.address, remedy: "give it as in --user ada@example.org." }));
  if (user === "" || user.includes(":") || /\p{Cc}/u.test(user)) throw new Problem(`"${shown(user)}" cannot be a user name.`, "give it as in --user ada@example.org.");
  return { auth, user, password: await secretOf(bindings.PASSWORD, "Password", "password") };
}

/** The bindings of an account that has a place and a key. */
function secretsOf({ bindings }, place, { auth, user, password, token }) {
  const key = auth === "token" ? { [bindings.TOKEN]: token } : { [bindings.USER]: user, [bindings.PASSWORD]: password };
  return { ...(place.url && { [bindings.URL]: place.url }), ...key };
}

async function addressOf({ values, table }, found) {
  if (table) return table.address;
  const address = checkAddress(values.address ?? (await ask("Your own address there", { otherwise: found[0], remedy: "say it, as in --address ada@example.org." })));
  const known = found.some((each) => each.toLowerCase() === address.toLowerCase());
  if (found.length > 0 && !known) note(`The server knows ${found.map(shown).join(", ")} and not ${shown(address)}.`);
  return address;
}

/** The calendar or address book that new entries go to. */
async function collectionOf({ values }, { collections, one }) {
  const paths = collections.map(({ path }) => path);
  if (values.collection) {
    if (!paths.includes(values.collection)) throw new Problem(`There is no ${one} at ${shown(values.collection)}.`, "take one of the paths above.");
    return values.collection;
  }
  if (paths.length === 1) return paths[0];
  if (!interactive()) {
    note(`There are several; --collection PATH says which ${one} new entries go to.`);
    return undefined;
  }
  collections.forEach(({ name }, index) => note(`${index + 1}  ${shown(name)}`));
  const chosen = Number(await ask(`Which ${one} do new entries go to`, { otherwise: "1" }));
  if (!paths[chosen - 1]) throw new Problem(`There is no ${one} of that number.`, "run the command again.");
  return paths[chosen - 1];
}

async function authservOf({ values }, proposed) {
  const asked = values.authserv ?? (interactive() ? await ask("The server that checks who sent a mail (authserv-id); leave it empty if you do not know it", { otherwise: proposed ?? "" }) : "");
  if (asked === "") {
    note(proposed ? `Mail here seems to be checked by ${shown(proposed)}; --authserv ${shown(proposed)} has the agent rely on that.` : "Without --authserv no sender counts as proven, so the agent asks more often.");
    return undefined;
  }
  if (!/^[a-z0-9][a-z0-9.-]*$/i.test(asked)) throw new Problem(`"${shown(asked)}" is no server's name.`, "give it as it stands at the beginning of Authentication-Results, as in --authserv mx.example.org.");
  return asked.toLowerCase();
}

/** The fields that all accounts at a place share; `place` is the one that was tried, with the hosts that were agreed to. */
const placed = (place, auth) => ({ host: place.host, hosts: place.hosts, auth });

async function connectMail(now) {
  const where = await placeOf(now, "api.fastmail.com");
  const credentials = await credentialsOf(now, where);
  const found = await tryJmap(where, credentials, unknownHost(now.table));
  const secrets = secretsOf(now, where, credentials);
  if (now.table) return { secrets };
  const address = await addressOf(now, [...found.addresses, ...[found.user ?? ""].filter((user) => ADDRESS.test(user))]);
  return { account: { ...placed(found.place, credentials.auth), address, authserv: await authservOf(now, found.authserv) }, secrets };
}

async function connectDav(now) {
  const where = await placeOf(now, now.kind === "caldav" ? "caldav.icloud.com" : "contacts.icloud.com");
  const credentials = await credentialsOf(now, where);
  const found = await tryDav(now.kind, where, credentials, unknownHost(now.table));
  const secrets = secretsOf(now, where, credentials);
  if (now.table) return { secrets };
  const address = KINDS[now.kind].address ? await addressOf(now, [...found.addresses, ...[credentials.user ?? ""].filter((user) => ADDRESS.test(user))]) : undefined;
  return { account: { ...placed(found.place, credentials.auth), address, collection: await collectionOf(now, found) }, secrets };
}

async function connectWeb(now) {
  if (now.table) throw new Problem("A web account has no secret to renew.", "leave --replace out.");
  const where = await placeOf(now, "news.example.org");
  const { place } = await tryWeb(where);
  return { account: placed(place, "none"), secrets: where.url ? { [now.bindings.URL]: where.url } : {} };
}

/** The owner's own Google client: kept after the first time. */
async function googleClient({ values, devVars }) {
  const [idBinding, secretBinding] = GOOGLE_CLIENT;
  const kept = values["new-client"] || values["client-id"] ? {} : devVars;
  const id = values["client-id"] ?? (process.env[idBinding] || kept[idBinding] || (await ask("Client id of your Google client (docs/accounts.md says how to make one)", { remedy: `make a client as docs/accounts.md tells, and give its id as --client-id or in ${idBinding}.` })));
  if (!/^[\x21-\x7e]+$/.test(id)) throw new Problem("That is no client id.", "copy it from the Google Cloud console; it ends in .apps.googleusercontent.com.");
  const secret = (id === devVars[idBinding] && !values["new-client"] && devVars[secretBinding]) || (await secretOf(secretBinding, "Client secret", "client secret"));
  return { id, secret };
}

async function connectGoogle(now) {
  const { kind, values, bindings, table, devVars } = now;
  if (values.host || values.url || values.hosts.length > 0) throw new Problem("A Google account needs no host.", "leave --host, --url and --hosts out.");
  const wanted = table?.address ?? (values.address && checkAddress(values.address));
  const client = await googleClient(now);
  const others = (now.connections.account ?? []).filter((account) => account.auth === "oauth" && account.name !== now.name);
  if (others.length > 0 && devVars.GOOGLE_CLIENT_ID && devVars.GOOGLE_CLIENT_ID !== client.id) throw new Problem(`${others.map((account) => account.name).join(", ")} was connected with another client, and all Google accounts share one.`, "use that client, or take those accounts out of the table first.");
  const { refreshToken, address } = await tryGoogle(kind, { ...values, address: wanted }, client);
  if (wanted && wanted.toLowerCase() !== address.toLowerCase()) throw new Problem(`You chose ${shown(address)} in the browser, not ${shown(wanted)}.`, "run the command again and choose the right account.");
  const secrets = { GOOGLE_CLIENT_ID: client.id, GOOGLE_CLIENT_SECRET: client.secret, [bindings.REFRESH_TOKEN]: refreshToken };
  return { account: { auth: "oauth", address }, secrets };
}

/** How each kind is connected. */
export const CONNECT = { gmail: connectGoogle, "google-calendar": connectGoogle, jmap: connectMail, caldav: connectDav, carddav: connectDav, web: connectWeb };
