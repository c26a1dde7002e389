// What `emulate` lacks of Google and tests need, as a layer before it. It starts nothing.
//
// What the emulator (0.12.2) does by itself: the consent page, the code flow with PKCE, refresh and
// revocation; messages, drafts, threads, labels, history; the list of calendars, and an event's
// insertion, deletion, list, and freeBusy. What it lacks, and this layer adds, always on the
// emulator's own store, so that every route sees the change:
//
// - It takes any token for its first user: here a token that it did not issue, or that a test let
//   expire, gets Google's 401.
// - It knows no scopes: here a token without a route's scope gets Google's 403.
// - It gives a refresh token without being asked for one: here only with `access_type=offline`.
// - It does not read the redirect address again when a code is exchanged: here it must be the same.
// - It answers at one host: here `/token`, `/revoke` and `/v1/userinfo`, as Google's own hosts have them.
// - An event's own `id` is ignored: here it is kept, and 409 the second time, even once it is deleted.
// - `rfc822msgid:` finds nothing (it compares one letter too many): here it does.
// - There are no `events.get`, `events.patch` and `events.update`, and no `users.getProfile`.
// - Quotas: `refuse` answers as Google does when one is used up. History: `forgetHistory` gives 404.
//
// What neither has: batch requests, recurring events, sync tokens, real ETags (`If-Match` is not
// read), mail that reaches anyone, contacts, push.

const SCOPE = "https://www.googleapis.com/auth/";
const GMAIL_ANY = ["gmail.modify", "gmail.readonly"];
const CALENDAR_WRITE = ["calendar", "calendar.events", "calendar.events.owned"];

/** Which of these scopes a request needs one of; the first route that matches decides. */
const SCOPES = [
  [/^(POST|PUT) .*\/drafts/, ["gmail.modify", "gmail.compose"]],
  [/^\w+ .*\/drafts/, [...GMAIL_ANY, "gmail.compose"]],
  [/^POST .*\/messages\/send$/, ["gmail.modify", "gmail.compose", "gmail.send"]],
  [/^GET \/gmail\//, [...GMAIL_ANY, "gmail.metadata"]],
  [/^\w+ (\/upload)?\/gmail\//, ["gmail.modify"]],
  [/^POST \/calendar\/v3\/freeBusy/, ["calendar", "calendar.readonly", "calendar.freebusy"]],
  [/^GET \/calendar\/v3\/users\//, ["calendar", "calendar.readonly", "calendar.calendarlist", "calendar.calendarlist.readonly"]],
  [/^GET \/calendar\//, [...CALENDAR_WRITE, "calendar.readonly", "calendar.events.readonly"]],
  [/^\w+ \/calendar\//, CALENDAR_WRITE],
];

/** Why Google says no, by the name that it gives. */
export const REFUSALS = {
  userRateLimitExceeded: { code: 403, message: "User Rate Limit Exceeded", domain: "usageLimits", status: "PERMISSION_DENIED" },
  rateLimitExceeded: { code: 429, message: "Rate Limit Exceeded", domain: "usageLimits", status: "RESOURCE_EXHAUSTED" },
  quotaExceeded: { code: 403, message: "Calendar usage limits exceeded.", domain: "usageLimits", status: "PERMISSION_DENIED" },
  backendError: { code: 503, message: "Backend Error", domain: "global", status: "UNAVAILABLE" },
  authError: { code: 401, message: "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential.", domain: "global", status: "UNAUTHENTICATED" },
  insufficientPermissions: { code: 403, message: "Request had insufficient authentication scopes.", domain: "global", status: "PERMISSION_DENIED" },
  notFound: { code: 404, message: "Requested entity was not found.", domain: "global", status: "NOT_FOUND" },
  duplicate: { code: 409, message: "The requested identifier already exists.", domain: "global", status: "ALREADY_EXISTS" },
  invalid: { code: 400, message: "Invalid resource id value.", domain: "global", status: "INVALID_ARGUMENT" },
};

function refusal(reason, headers = {}) {
  const { code, message, domain, status } = REFUSALS[reason];
  return { status: code, headers: { "content-type": "application/json; charset=UTF-8", ...headers }, body: JSON.stringify({ error: { code, message, errors: [{ message, domain, reason }], status } }) };
}

const json = (document, status = 200) => ({ status, headers: { "content-type": "application/json; charset=UTF-8" }, body: JSON.stringify(document) });

/** An event's fields as the emulator keeps them, from those that a request may name. */
function kept(event) {
  const record = {};
  for (const name of ["summary", "description", "location", "status", "transparency"]) if (name in event) record[name] = event[name];
  for (const end of ["start", "end"]) {
    if (!(end in event)) continue;
    record[`${end}_date_time`] = event[end]?.dateTime ?? null;
    record[`${end}_date`] = event[end]?.date ?? null;
  }
  if ("attendees" in event) record.attendees = event.attendees.map(({ email, displayName, responseStatus, organizer, self }) => ({ email, display_name: displayName ?? null, response_status: responseStatus ?? null, organizer: organizer === true, self: self === true }));
  return record;
}

/** Asks the emulator itself. */
async function inner(url, { method, path, headers, body }) {
  const sent = { ...headers };
  for (const name of ["host", "connection", "content-length", "transfer-encoding"]) delete sent[name];
  const response = await fetch(url + path, { method, headers: sent, body: body.length > 0 ? body : undefined, redirect: "manual" });
  const found = Object.fromEntries([...response.headers].filter(([name]) => !["connection", "keep-alive", "content-length", "transfer-encoding"].includes(name)));
  return { status: response.status, headers: found, body: Buffer.from(await response.arrayBuffer()) };
}

/** The user of a token, or the answer for one that has no right to ask. */
function admitted({ tokens, expired }, request, pathname) {
  const challenge = (error) => ({ "www-authenticate": `Bearer realm="https://accounts.google.com/", error="${error}"` });
  const bearer = request.headers.authorization?.match(/^Bearer (.+)$/)?.[1];
  const user = bearer === undefined || expired.has(bearer) ? undefined : tokens.get(bearer);
  if (!user) return { no: refusal("authError", challenge("invalid_token")) };
  const needed = SCOPES.find(([route]) => route.test(`${request.method} ${pathname}`))?.[1] ?? [];
  const has = (scope) => user.scopes.includes(SCOPE + scope) || (user.scopes.includes("https://mail.google.com/") && scope === "gmail.modify");
  return needed.length > 0 && !needed.some(has) ? { no: refusal("insufficientPermissions", challenge("insufficient_scope")) } : { user };
}

/** Calendar: events by their own id, one by one, and their change. */
function calendar({ url, store }) {
  const used = new Set();
  const events = () => store.collection("google.calendar_events");
  const event = (user, id) => events().findBy("user_email", user.login).find((one) => one.google_id === id);

  /** An event as the emulator itself writes it: its list is the only route that shows one. */
  const shown = async ({ headers: { authorization } }, name, id) => {
    for (let pageToken = ""; ;) {
      const list = await inner(url, { method: "GET", path: `/calendar/v3/calendars/${name}/events?maxResults=250&pageToken=${pageToken}`, headers: { authorization }, body: "" });
      const { items = [], nextPageToken } = JSON.parse(list.body);
      const found = items.find((one) => one.id === id);
      if (found) return json(found);
      if (!nextPageToken) return refusal("notFound");
      pageToken = nextPageToken;
    }
  };

  const insert = async (request, user, name) => {
    const wanted = JSON.parse(request.body).id;
    if (wanted === undefined) return inner(url, request);
    if (!/^[a-v0-9]{5,1024}$/.test(wanted)) return refusal("invalid");
    if (used.has(`${user.login} ${wanted}`) || event(user, wanted)) return refusal("duplicate");
    const made = await inner(url, request);
    if (made.status !== 200) return made;
    const record = event(user, JSON.parse(made.body).id);
    events().update(record.id, { google_id: wanted, html_link: record.html_link.replace(record.google_id, wanted) });
    used.add(`${user.login} ${wanted}`);
    return shown(request, name, wanted);
  };

  const change = (request, user, name, id) => {
    const record = event(user, id);
    if (!record) return refusal("notFound");
    const before = request.method === "PUT" ? { description: null, location: null, attendees: [] } : {};
    events().update(record.id, { ...before, ...kept(JSON.parse(request.body)) });
    return shown(request, name, id);
  };

  /** The layer's answer; `null` leaves the request to the emulator. */
  return (request, user, pathname) => {
    const [, name, id] = pathname.match(/^\/calendar\/v3\/calendars\/([^/]+)\/events(?:\/([^/]+))?$/) ?? [];
    if (name && !id && request.method === "POST") return insert(request, user, name);
    if (id && request.method === "GET") return shown(request, name, id);
    if (id && ["PATCH", "PUT"].includes(request.method)) return change(request, user, name, id);
    return null;
  };
}

/** Gmail: the profile, a search by Message-ID, and history that is too old. */
function gmail({ url, store, state }) {
  const mine = (name, user) => store.collection(name).findBy("user_email", user.login);

  const profile = (user) => {
    const messages = mine("google.messages", user);
    const ids = [...messages.map((one) => one.history_id), ...mine("google.history", user).map((one) => one.gmail_id)];
    const latest = ids.map(BigInt).reduce((one, other) => (one > other ? one : other), 0n);
    return json({ emailAddress: user.login, messagesTotal: messages.length, threadsTotal: new Set(messages.map((one) => one.thread_id)).size, historyId: String(latest) });
  };

  /** The emulator answers for the other terms; those without the Message-ID are then left out. */
  const search = async (request, user, address) => {
    const term = /(^|\s)rfc822msgid:<?([^\s>]+)>?/;
    const wanted = address.searchParams.get("q").match(term)[2];
    address.searchParams.set("q", address.searchParams.get("q").replace(term, " ").trim());
    address.searchParams.set("maxResults", "500");
    const found = await inner(url, { ...request, path: address.pathname + address.search });
    if (found.status !== 200) return found;
    const ids = new Set(mine("google.messages", user).filter((one) => one.message_id.replace(/[<>]/g, "") === wanted).map((one) => one.gmail_id));
    const messages = JSON.parse(found.body).messages.filter(({ id }) => ids.has(id));
    return json({ messages, resultSizeEstimate: messages.length });
  };

  return (request, user, address) => {
    if (request.method !== "GET") return null;
    if (/\/users\/[^/]+\/profile$/.test(address.pathname)) return profile(user);
    if (/\/users\/[^/]+\/messages$/.test(address.pathname) && /(^|\s)rfc822msgid:/.test(address.searchParams.get("q") ?? "")) return search(request, user, address);
    if (/\/history$/.test(address.pathname) && BigInt(address.searchParams.get("startHistoryId") || 0) < state.oldest) return refusal("notFound");
    return null;
  };
}

/** OAuth: the emulator's own, but for what it does not look at. */
function oauth({ url }) {
  const offline = new Set();
  const codes = new Map();
  return async (request, address) => {
    const form = new URLSearchParams(request.body.toString());
    if (address.pathname === "/o/oauth2/v2/auth" && address.searchParams.get("access_type") === "offline") offline.add(address.searchParams.get("code_challenge"));
    if (address.pathname === "/oauth2/token" && form.get("grant_type") === "authorization_code") {
      const known = codes.get(form.get("code"));
      if (known && known.redirect !== form.get("redirect_uri")) return json({ error: "redirect_uri_mismatch", error_description: "Bad Request" }, 400);
      const found = await inner(url, request);
      const document = JSON.parse(found.body);
      if (found.status === 200 && !known?.offline) delete document.refresh_token;
      return json(document, found.status);
    }
    const found = await inner(url, request);
    if (address.pathname === "/o/oauth2/v2/auth/callback" && found.status === 302) {
      const code = new URL(found.headers.location).searchParams.get("code");
      codes.set(code, { redirect: form.get("redirect_uri"), offline: offline.has(form.get("code_challenge")) });
    }
    return found;
  };
}

/** Where Google's own hosts have what the emulator has elsewhere. */
const ALIASES = { "/token": "/oauth2/token", "/revoke": "/oauth2/revoke", "/v1/userinfo": "/oauth2/v2/userinfo" };

/**
 * The layer before the emulator at `url`, whose insides are `store` and `tokens`. `answer` takes a
 * request as `{ method, path, headers, body }`; the rest of what it returns is for tests to change.
 */
export function layer(url, { store, tokens }) {
  const state = { refusals: [], oldest: 0n, expired: new Set() };
  const onCalendar = calendar({ url, store });
  const onGmail = gmail({ url, store, state });
  const onOauth = oauth({ url });
  const answer = async (request) => {
    const refused = state.refusals.find((one) => one.times > 0 && request.path.includes(one.path) && (!one.method || one.method === request.method));
    if (refused) {
      refused.times -= 1;
      return refusal(refused.reason, refused.retryAfter === undefined ? {} : { "retry-after": String(refused.retryAfter) });
    }
    const address = new URL(request.path, url);
    const asked = { ...request };
    if (address.pathname in ALIASES) {
      address.pathname = ALIASES[address.pathname];
      asked.path = address.pathname + address.search;
    }
    if (/^\/(o\/oauth2|oauth2\/token|oauth2\/revoke)/.test(address.pathname)) return onOauth(asked, address);
    if (!/^\/(upload\/)?(gmail|calendar)\/|^\/oauth2\/v2\/userinfo/.test(address.pathname)) return inner(url, asked);
    const { user, no } = admitted({ tokens, expired: state.expired }, asked, address.pathname);
    if (no) return no;
    return (await onCalendar(asked, user, address.pathname)) ?? (await onGmail(asked, user, address)) ?? inner(url, asked);
  };
  return { state, answer };
}
