// OAuth 2.0 for programs on the owner's computer (RFC 8252): authorization code with PKCE (RFC 7636),
// a state that nobody can guess, and a listener on loopback that lives for one answer.

import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { spawn } from "node:child_process";
import { createServer } from "node:http";
import { Problem } from "../lib/log.mjs";
import { request } from "./net.mjs";

const HOST = "127.0.0.1";
const PAGE = (words) => `<!doctype html><meta charset="utf-8"><title>Sclerite</title><p>${words}</p>`;
const PAGE_HEADERS = { "content-type": "text/html; charset=utf-8", "content-security-policy": "default-src 'none'", "referrer-policy": "no-referrer", "cache-control": "no-store", connection: "close" };
const AGAIN = "run the command again and allow every access that it asks for.";

/** The challenge that goes with a verifier (RFC 7636, S256). */
export const challengeOf = (verifier) => createHash("sha256").update(verifier, "ascii").digest("base64url");

/** What one authorization must know and nobody else may guess. */
export const newSecrets = () => ({ verifier: randomBytes(32).toString("base64url"), state: randomBytes(32).toString("base64url") });

/** The page where the owner agrees. */
export function authorizationUrl(base, { clientId, redirectUri, scopes, challenge, state, hint }) {
  const url = new URL(base);
  const fields = { client_id: clientId, redirect_uri: redirectUri, response_type: "code", scope: scopes.join(" "), code_challenge: challenge, code_challenge_method: "S256", state, access_type: "offline", prompt: "consent", ...(hint && { login_hint: hint }) };
  for (const [name, value] of Object.entries(fields)) url.searchParams.set(name, value);
  return url.href;
}

const same = (a, b) => timingSafeEqual(createHash("sha256").update(a).digest(), createHash("sha256").update(b).digest());

/** What the browser brought back: the code, or why there is none. */
function codeIn(query, state) {
  if (!same(query.get("state") ?? "", state)) throw new Problem("The browser brought an answer to another question (state mismatch), so it was thrown away.", "close other windows that ask for access, and run the command again.");
  const error = query.get("error");
  if (error === "access_denied") throw new Problem("You did not allow the access, or your account may not use this client.", "run the command again and allow it; while the client is in testing, add your address as a test user in the Google Cloud console.");
  if (error !== null) throw new Problem(`The access was not given${/^[a-z_]{1,40}$/.test(error) ? ` (${error})` : ""}.`, AGAIN);
  const code = query.get("code");
  if (!code) throw new Problem("The browser brought no code.", "run the command again.");
  return code;
}

/** Listens on loopback for the browser's answer. `code` resolves once; `close` gives the port back. */
export async function listen({ port = 0, state, timeout_ms }) {
  let settle;
  const code = new Promise((resolve, reject) => {
    settle = { resolve, reject };
  });
  code.catch(() => {});
  const server = createServer((incoming, outgoing) => {
    const url = URL.canParse(incoming.url, `http://${HOST}`) ? new URL(incoming.url, `http://${HOST}`) : null;
    const answers = incoming.method === "GET" && url?.pathname === "/" && ["state", "code", "error"].some((name) => url.searchParams.has(name));
    if (!answers || incoming.headers.host !== `${HOST}:${server.address()?.port}`) {
      outgoing.writeHead(404, PAGE_HEADERS).end(PAGE("There is nothing here."));
      return;
    }
    try {
      const found = codeIn(url.searchParams, state);
      outgoing.writeHead(200, PAGE_HEADERS).end(PAGE("Thank you. You can close this window and go back to the terminal."));
      settle.resolve(found);
    } catch (problem) {
      outgoing.writeHead(400, PAGE_HEADERS).end(PAGE("This did not work. The terminal says what to do."));
      settle.reject(problem);
    }
  });
  await new Promise((resolve, reject) => {
    server.once("error", (error) => reject(new Problem(`Port ${port} cannot be used (${error.code}).`, "choose another --port, or leave it out.")));
    server.listen(port, HOST, resolve);
  });
  const timer = setTimeout(() => settle.reject(new Problem(`No answer came from the browser within ${timeout_ms / 1000} seconds.`, "run the command again. If the page said redirect_uri_mismatch, the client in the Google Cloud console is not of the type Desktop app.")), timeout_ms);
  return {
    redirectUri: `http://${HOST}:${server.address().port}/`,
    code,
    close() {
      clearTimeout(timer);
      server.close();
      server.closeAllConnections();
    },
  };
}

/** Opens the owner's browser, if there is one; the address is printed anyway. */
export function openBrowser(url) {
  const [command, ...args] = { darwin: ["open"], win32: ["rundll32", "url.dll,FileProtocolHandler"] }[process.platform] ?? ["xdg-open"];
  const child = spawn(command, [...args, url], { stdio: "ignore", detached: true });
  child.on("error", () => {});
  child.unref();
}

const TOKEN_PROBLEMS = {
  invalid_client: ["The client's id or secret is wrong.", "take both from the Google Cloud console (Credentials, your Desktop app), and run the command again with --new-client to enter them anew."],
  unauthorized_client: ["This client may not be used so.", "make a client of the type Desktop app in the Google Cloud console."],
  redirect_uri_mismatch: ["The client does not take an answer on this computer.", "make a client of the type Desktop app in the Google Cloud console."],
  invalid_grant: ["The access was not given: the code or the token is no longer valid.", "run the command again. If this happens after a week, publish the client's consent screen (In production); it may also have been revoked."],
};

async function token(url, client, form) {
  const body = new URLSearchParams({ ...form, client_id: client.id, client_secret: client.secret }).toString();
  const answer = await request(url, { method: "POST", headers: { "content-type": "application/x-www-form-urlencoded", accept: "application/json" }, body });
  let said = {};
  try {
    said = JSON.parse(answer.text) ?? {};
  } catch {
    // A page instead of JSON is no token; that is said below.
  }
  if (answer.status === 200 && typeof said.access_token === "string") return said;
  const known = Object.hasOwn(TOKEN_PROBLEMS, said.error ?? "") ? TOKEN_PROBLEMS[said.error] : null;
  if (known) throw new Problem(...known);
  throw new Problem(`${new URL(url).host} gave no token (${answer.status}).`, "try again later.");
}

/** Exchanges a code for tokens. */
export const exchange = (url, client, { code, verifier, redirectUri }) => token(url, client, { grant_type: "authorization_code", code, code_verifier: verifier, redirect_uri: redirectUri });

/** A fresh access token, asked for as the agent will. */
export const refresh = (url, client, refreshToken) => token(url, client, { grant_type: "refresh_token", refresh_token: refreshToken });
