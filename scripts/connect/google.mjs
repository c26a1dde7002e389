// Gmail and Google Calendar: the owner agrees in the browser, the scopes are checked, and one read
// shows whose account it is.

import { Problem, bold, note, step } from "../lib/log.mjs";
import { interactive } from "../lib/ask.mjs";
import { loopbackAddress, request, shown } from "./net.mjs";
import { authorizationUrl, challengeOf, exchange, listen, newSecrets, openBrowser, refresh } from "./oauth.mjs";

const SCOPE = "https://www.googleapis.com/auth/";
const ENDPOINTS = { auth: "https://accounts.google.com/o/oauth2/v2/auth", token: "https://oauth2.googleapis.com/token" };

const SERVICES = {
  gmail: {
    title: "Gmail",
    scopes: [`${SCOPE}gmail.modify`],
    api: "https://gmail.googleapis.com",
    library: "gmail.googleapis.com",
    reads: ["/gmail/v1/users/me/profile", "/gmail/v1/users/me/messages?maxResults=1"],
    address: ([profile]) => profile.emailAddress,
  },
  "google-calendar": {
    title: "Google Calendar",
    scopes: [`${SCOPE}calendar.events`, `${SCOPE}calendar.readonly`],
    api: "https://www.googleapis.com",
    library: "calendar-json.googleapis.com",
    reads: ["/calendar/v3/users/me/calendarList"],
    // A primary calendar's id is the account's address.
    address: ([list]) => [list.items?.find((each) => each.primary)].flatMap((each) => [each?.id, each?.summary]).find((text) => /^[^@\s]+@[^@\s]+$/.test(text ?? "")),
  },
};

/** The scopes that a kind of account asks for. */
export const scopesOf = (kind) => SERVICES[kind].scopes;

/** The scopes that were asked for and not given. */
export function missingScopes(wanted, granted) {
  const given = new Set(String(granted ?? "").split(/\s+/));
  return wanted.filter((scope) => !given.has(scope));
}

function checkGranted(service, granted) {
  const missing = missingScopes(service.scopes, granted);
  if (missing.length === 0) return;
  throw new Problem(`Google did not give the access that the agent needs: ${missing.map((scope) => scope.slice(SCOPE.length)).join(", ")}.`, "run the command again and leave every box ticked on Google's page; if a box is not there, add the scope to the consent screen in the Google Cloud console (Data access).");
}

function apiProblem(service, { status, text }) {
  if (status === 401) return new Problem(`${service.title} does not take the token.`, "run the command again; the access may have been revoked.");
  if (status === 403 && /accessNotConfigured|SERVICE_DISABLED/.test(text)) return new Problem(`The ${service.title} API is not switched on in your Google Cloud project.`, `switch it on at https://console.cloud.google.com/apis/library/${service.library}, wait a minute, and run the command again.`);
  if (status === 403) return new Problem(`${service.title} does not let this client read the account (403).`, "leave every box ticked on Google's page; for an account of a company or school its administrator must allow the client.");
  return new Problem(`${service.title} cannot answer now (${status}).`, "try again later.");
}

async function readAccount(service, api, accessToken) {
  const found = [];
  for (const path of service.reads) {
    const answer = await request(new URL(path, api), { headers: { authorization: `Bearer ${accessToken}`, accept: "application/json" } });
    if (answer.status !== 200) throw apiProblem(service, answer);
    try {
      found.push(JSON.parse(answer.text));
    } catch {
      throw new Problem(`${service.title} answered with something else than JSON.`, "try again later.");
    }
  }
  const address = service.address(found);
  if (!/^[^@\s]+@[^@\s]+$/.test(address ?? "")) throw new Problem(`${service.title} does not say whose account this is.`, "try again later.");
  return address;
}

/** Endpoints: Google's, or a test's on this computer. */
function endpoints(service, values) {
  const chosen = (flag, otherwise) => (values[flag] ? loopbackAddress(values[flag], `--${flag}`) : otherwise);
  return { auth: chosen("auth-url", ENDPOINTS.auth), token: chosen("token-url", ENDPOINTS.token), api: chosen("api-url", service.api) };
}

/** Has the owner agree; resolves with the refresh token and the account's address. */
export async function tryGoogle(kind, values, client) {
  const service = SERVICES[kind];
  const urls = endpoints(service, values);
  const { verifier, state } = newSecrets();
  const listener = await listen({ port: values.port, state, timeout_ms: values.wait * 1000 });
  try {
    const url = authorizationUrl(urls.auth, { clientId: client.id, redirectUri: listener.redirectUri, scopes: service.scopes, challenge: challengeOf(verifier), state, hint: values.address });
    step(`Open this page, choose your account and allow the access to ${service.title}:`);
    console.log(`\n  ${url}\n`);
    if (interactive() && !values["no-open"]) openBrowser(url);
    const code = await listener.code;
    const tokens = await exchange(urls.token, client, { code, verifier, redirectUri: listener.redirectUri });
    checkGranted(service, tokens.scope);
    if (typeof tokens.refresh_token !== "string") throw new Problem("Google gave no token that lasts.", "remove the access at https://myaccount.google.com/connections and run the command again.");
    const fresh = await refresh(urls.token, client, tokens.refresh_token);
    const address = await readAccount(service, urls.api, fresh.access_token);
    note(`The account is ${bold(shown(address))}.`);
    return { refreshToken: tokens.refresh_token, address };
  } finally {
    listener.close();
  }
}
