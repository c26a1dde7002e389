// Google's OAuth, Gmail and Calendar by `emulate`, which is not ours, and a thin layer before it.
//
//   const google = await startGoogle({ messages: [{ from: "Carol <carol@example.org>", subject: "Hi", body_text: "…" }] });
//   const road = reroute(google.hosts);
//   const { refresh_token } = await google.consent({ scope: "https://www.googleapis.com/auth/gmail.modify" });
//   google.expire();                                      // every access token is refused from now on
//   google.refuse({ path: "/gmail/" }, "userRateLimitExceeded");
//   google.state("google.messages").all();                // what the emulator holds
//
// What the layer adds, and what neither has, is written at the top of `google-layer.mjs`.

import { createHash, randomBytes } from "node:crypto";
import { readFileSync, readdirSync } from "node:fs";
import { createServer } from "node:http";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { REFUSALS, layer } from "./google-layer.mjs";

/** The insides of every emulator that this process has started, by its address. */
const insides = new Map();
let hooked = null;

/**
 * Loads the emulator. Its Google part registers itself with a store and a list of tokens, and keeps
 * both to itself; they are noted here, so that the layer can change what is really there.
 */
async function loadEmulator() {
  const { createEmulator } = await import("emulate");
  hooked ??= (async () => {
    const folder = dirname(fileURLToPath(import.meta.resolve("emulate")));
    const file = readdirSync(folder).find((name) => name.endsWith(".js") && /export \{[^}]*\bgetGoogleStore\b/.test(readFileSync(join(folder, name), "utf8")));
    const { googlePlugin } = await import(pathToFileURL(join(folder, file)).href);
    const register = googlePlugin.register.bind(googlePlugin);
    googlePlugin.register = (app, store, webhooks, baseUrl, tokens) => {
      insides.set(baseUrl, { store, tokens });
      return register(app, store, webhooks, baseUrl, tokens);
    };
  })();
  await hooked;
  return createEmulator;
}

/** Listens in front of the emulator. A fault of the layer is said aloud: it is no answer of Google. */
async function listen(answer) {
  const server = createServer(async (incoming, outgoing) => {
    const chunks = [];
    for await (const chunk of incoming) chunks.push(chunk);
    let found;
    try {
      found = await answer({ method: incoming.method, path: incoming.url, headers: { ...incoming.headers }, body: Buffer.concat(chunks) });
    } catch (error) {
      console.error(error);
      found = { status: 599, headers: {}, body: `the layer before the emulator failed: ${error.stack}` };
    }
    outgoing.writeHead(found.status, found.headers);
    outgoing.end(found.body);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const stop = () => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  };
  return { url: `http://127.0.0.1:${server.address().port}`, stop };
}

/** A form as the consent page has it, for the user who agrees. */
function consentForm(page, email) {
  const forms = [...page.matchAll(/<form[^>]*>(.*?)<\/form>/gs)].map(([, inside]) => inside);
  const fields = (inside) => [...inside.matchAll(/<input[^>]*name="([^"]*)"[^>]*value="([^"]*)"/g)].map(([, name, value]) => [name, value.replaceAll("&quot;", '"').replaceAll("&#39;", "'").replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&")]);
  const found = forms.map(fields).find((pairs) => pairs.some(([name, value]) => name === "email" && value === email));
  if (!found) throw new Error(`the consent page does not offer ${email}: ${page.replace(/<[^>]+>/g, " ").replace(/\s+/g, " ").slice(-300)}`);
  return new URLSearchParams(found);
}

/**
 * Starts the emulator with one user and one OAuth client.
 *
 * `messages`, `labels`, `calendars` and `events` are seeds in the emulator's own words; `users` are
 * more people than `email`.
 */
export async function startGoogle({ email = "alice@example.com", users = [], client = {}, messages = [], labels = [], calendars = [], events = [] } = {}) {
  const createEmulator = await loadEmulator();
  const oauthClient = { client_id: "client-1.apps.googleusercontent.com", client_secret: "GOCSPX-secret-of-the-test", name: "Agent", redirect_uris: ["http://127.0.0.1:8787/oauth/google/callback"], ...client };
  const primary = { id: email, user_email: email, summary: email, primary: true, selected: true, time_zone: "UTC" };
  const emulator = await createEmulator({
    service: "google",
    port: 0,
    hostname: "127.0.0.1",
    seed: {
      tokens: {},
      google: { users: [{ email, name: "Alice" }, ...users], oauth_clients: [oauthClient], labels, messages: messages.map((one) => ({ user_email: email, to: email, ...one })), calendars: [primary, ...calendars.map((one) => ({ user_email: email, ...one }))], calendar_events: events.map((one) => ({ user_email: email, calendar_id: "primary", ...one })) },
    },
  });
  const inside = insides.get(emulator.url);
  const { state, answer } = layer(emulator.url.replace("localhost", "127.0.0.1"), inside);
  const front = await listen(answer);

  const exchange = async (fields) => {
    const response = await fetch(`${front.url}/token`, { method: "POST", body: new URLSearchParams({ client_id: oauthClient.client_id, client_secret: oauthClient.client_secret, ...fields }) });
    return { status: response.status, ...(await response.json()) };
  };
  /** Agrees at the consent page that this address shows; resolves with where the browser is sent. */
  const agree = async (authorizationUrl, who = email) => {
    const { search } = new URL(authorizationUrl);
    const page = await fetch(`${front.url}/o/oauth2/v2/auth${search}`);
    const body = consentForm(await page.text(), who);
    const sent = await fetch(`${front.url}/o/oauth2/v2/auth/callback`, { method: "POST", body, redirect: "manual" });
    if (sent.status !== 302) throw new Error(`the consent page answered ${sent.status}: ${await sent.text()}`);
    return new URL(sent.headers.get("location"));
  };
  return {
    url: front.url,
    /** For `reroute`: Google's hosts, all played by this one server. */
    hosts: Object.fromEntries(["accounts.google.com", "oauth2.googleapis.com", "openidconnect.googleapis.com", "gmail.googleapis.com", "www.googleapis.com"].map((host) => [host, front.url])),
    email,
    client: oauthClient,
    agree,
    exchange,
    /** The whole code flow with PKCE: `{ access_token, refresh_token, … }`. `query` bends the request. */
    async consent({ scope, who = email, query = {} }) {
      const verifier = randomBytes(32).toString("base64url");
      const redirect_uri = oauthClient.redirect_uris[0];
      const address = new URL("https://accounts.google.com/o/oauth2/v2/auth");
      address.search = new URLSearchParams({ client_id: oauthClient.client_id, redirect_uri, response_type: "code", scope, state: randomBytes(8).toString("hex"), access_type: "offline", prompt: "consent", code_challenge: createHash("sha256").update(verifier).digest("base64url"), code_challenge_method: "S256", ...query });
      const back = await agree(address, who);
      return exchange({ grant_type: "authorization_code", code: back.searchParams.get("code"), code_verifier: verifier, redirect_uri });
    },
    refresh: (refresh_token) => exchange({ grant_type: "refresh_token", refresh_token }),
    /** Lets one access token expire, or all that were issued so far. */
    expire: (token) => {
      for (const one of token === undefined ? inside.tokens.keys() : [token]) state.expired.add(one);
    },
    /** Refuses the next requests whose path holds `path`, for a reason that Google gives. */
    refuse({ path = "/", method }, reason, { times = 1, retryAfter } = {}) {
      if (!(reason in REFUSALS)) throw new Error(`Google gives no reason ${reason}.`);
      state.refusals.push({ path, method, reason, times, retryAfter });
    },
    /** Everything before this history id is too old to ask for. */
    forgetHistory: (before) => {
      state.oldest = BigInt(before);
    },
    /** A collection of the emulator's store, such as `google.messages` or `google.calendar_events`. */
    state: (name) => inside.store.collection(name),
    async stop() {
      insides.delete(emulator.url);
      await front.stop();
      await emulator.close();
    },
  };
}
