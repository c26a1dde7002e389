// Calendars (CalDAV) and address books (CardDAV): from a host to the collections in the account.
// Discovery is RFC 6764: well-known address, principal, home, collections.

import { Problem, note, step } from "../lib/log.mjs";
import { Place, authorization, shown } from "./net.mjs";
import { at, childrenOf, parseXml } from "./xml.mjs";

const DAV = "{DAV:}";
const CALDAV = "{urn:ietf:params:xml:ns:caldav}";
const CARDDAV = "{urn:ietf:params:xml:ns:carddav}";

const SORTS = {
  caldav: { title: "CalDAV", home: `${CALDAV}calendar-home-set`, type: `${CALDAV}calendar`, one: "calendar", many: "calendars" },
  carddav: { title: "CardDAV", home: `${CARDDAV}addressbook-home-set`, type: `${CARDDAV}addressbook`, one: "address book", many: "address books" },
};

const propfind = (...properties) =>
  `<?xml version="1.0" encoding="utf-8"?><d:propfind xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav" xmlns:a="urn:ietf:params:xml:ns:carddav"><d:prop>${properties.map((property) => `<${property}/>`).join("")}</d:prop></d:propfind>`;

/** What a provider wants instead of the account's own password, if it is known to want something. */
export function passwordRemedy(host) {
  if (/(^|\.)(icloud|me)\.com$/.test(host)) return "iCloud takes no account password here: make an app-specific password at account.apple.com and use that.";
  if (/(^|\.)fastmail\.com$/.test(host)) return "Fastmail takes no account password here: make an app password (CalDAV, CardDAV) or an API token (JMAP) in its settings under Privacy & Security.";
  return "check the user name and the password; a provider with two-step login wants an app password, made in its settings.";
}

/** The answers in a multistatus: each with its address and the properties that were found. */
export function multistatus(text, url) {
  const root = parseXml(text);
  if (root?.name !== `${DAV}multistatus`) return null;
  return childrenOf(root, `${DAV}response`).flatMap((response) => {
    const href = at(response, `${DAV}href`)?.text.trim();
    if (!href || !URL.canParse(href, url)) return [];
    const found = childrenOf(response, `${DAV}propstat`).filter((each) => / 200( |$)/.test(at(each, `${DAV}status`)?.text ?? ""));
    return [{ url: new URL(href, url), properties: found.flatMap((each) => at(each, `${DAV}prop`)?.children ?? []) }];
  });
}

const property = (answer, name) => answer?.properties.find((each) => each.name === name);

/** The address that a property holds, or nothing. */
function linked(answer, name, base) {
  const href = at(property(answer, name), `${DAV}href`)?.text.trim();
  return href && URL.canParse(href, base) ? new URL(href, base) : null;
}

/** One account while it is tried. */
class Trial {
  constructor(kind, place, credentials, unknownHost) {
    this.sort = SORTS[kind];
    this.place = place;
    this.credentials = credentials;
    this.unknownHost = unknownHost;
  }

  noServer() {
    return new Problem(`${this.place.base.host} is no ${this.sort.title} server, or not at this address.`, `look up the ${this.sort.title} server in your provider's help; for one in a folder of its own use --url https://HOST/FOLDER/.`);
  }

  /** Asks for properties; `missing` answers `null` where there is nothing, instead of failing. */
  async ask(url, depth, properties, missing = false) {
    const headers = { authorization: authorization(this.credentials), depth: String(depth), "content-type": "application/xml; charset=utf-8" };
    const answer = await this.place.follow(url, { method: "PROPFIND", headers, body: propfind(...properties) }, this.unknownHost);
    if (answer.status === 401) throw new Problem(`${answer.url.host} refuses this user and ${this.credentials.auth}.`, passwordRemedy(answer.url.hostname));
    const answers = answer.status === 207 ? multistatus(answer.text, answer.url) : null;
    if (answers) return { answers, url: answer.url };
    if (missing) return null;
    if (answer.status === 403) throw new Problem(`${answer.url.host} does not let this account look there (403).`, "check with the provider that calendars and contacts may be opened from outside.");
    if (answer.status === 429 || answer.status >= 500) throw new Problem(`${answer.url.host} cannot answer now (${answer.status}).`, "try again later.");
    throw this.noServer();
  }

  /** The owner's own page on the server. */
  async principal() {
    const { base } = this.place;
    const wellKnown = new URL(`/.well-known/${this.sort.title.toLowerCase()}`, base);
    const starts = base.pathname === "/" ? [wellKnown, base] : [base, wellKnown];
    for (const start of starts) {
      const found = await this.ask(start, 0, ["d:current-user-principal"], true);
      const [answer] = found?.answers ?? [];
      if (!answer) continue;
      const principal = linked(answer, `${DAV}current-user-principal`, found.url);
      if (principal) return principal;
      if (at(property(answer, `${DAV}current-user-principal`), `${DAV}unauthenticated`)) throw new Problem(`${base.host} does not take this user and ${this.credentials.auth}.`, passwordRemedy(base.hostname));
    }
    throw this.noServer();
  }

  /** Where the collections are, and the owner's addresses as the server knows them. */
  async home() {
    const url = await this.principal();
    const found = await this.ask(url, 0, ["c:calendar-home-set", "a:addressbook-home-set", "c:calendar-user-address-set"]);
    const home = linked(found.answers[0], this.sort.home, found.url);
    if (!home) throw new Problem(`${this.place.base.host} knows this account but gives it no ${this.sort.many}.`, "check with the provider that they are switched on.");
    const addresses = childrenOf(property(found.answers[0], `${CALDAV}calendar-user-address-set`), `${DAV}href`)
      .map((href) => href.text.trim())
      .flatMap((href) => href.match(/^mailto:(.+@.+)$/i)?.[1] ?? []);
    return { home, addresses };
  }

  /** The calendars or address books in the home. */
  async collections(home) {
    const { answers } = await this.ask(home, 1, ["d:resourcetype", "d:displayname", "c:supported-calendar-component-set"]);
    return answers
      .filter((answer) => at(property(answer, `${DAV}resourcetype`), this.sort.type))
      .filter((answer) => {
        const parts = childrenOf(property(answer, `${CALDAV}supported-calendar-component-set`), `${CALDAV}comp`);
        return parts.length === 0 || parts.some((part) => part.attributes.name?.toUpperCase() === "VEVENT");
      })
      .map((answer) => ({ path: answer.url.pathname, name: property(answer, `${DAV}displayname`)?.text.trim() || answer.url.pathname }));
  }
}

/** Tries an account; resolves with its collections and the addresses that the server knows. */
export async function tryDav(kind, options, credentials, unknownHost) {
  const place = new Place(options);
  const trial = new Trial(kind, place, credentials, (url) => unknownHost(place, url));
  step(`Looking for ${trial.sort.many} at ${place.base.host}`);
  const { home, addresses } = await trial.home();
  const collections = await trial.collections(home);
  if (collections.length === 0) throw new Problem(`There is no ${trial.sort.one} in this account.`, `make one with the provider's own app, then run the command again.`);
  for (const { path, name } of collections) note(`${shown(name)}  ${shown(path)}`);
  return { collections, addresses, place, one: trial.sort.one };
}
