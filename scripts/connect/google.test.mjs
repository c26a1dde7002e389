// Tests of `npm run connect gmail` and `google-calendar`, against Google's OAuth and APIs as played
// by `emulate`, which is not ours; the browser is a few lines here.

import assert from "node:assert/strict";
import { statSync } from "node:fs";
import { connect as dial } from "node:net";
import { request } from "node:http";
import { after, before, test } from "node:test";
import { startGoogle } from "../../tests/e2e/servers/google.mjs";
import { freePorts } from "../../tests/e2e/servers/process.mjs";
import { atDesk, scripted } from "./support.mjs";

const BOB = "bob@example.com";
const PAGE = /\n {2}(http:\/\/\S+\/o\/oauth2\/v2\/auth\?\S+)\n/;

let google;
let port;

before(async () => {
  [port] = await freePorts(1);
  google = await startGoogle({ users: [{ email: BOB, name: "Bob" }], client: { redirect_uris: [`http://127.0.0.1:${port}/`] } });
});
after(() => google?.stop());

const flags = (more = []) => ["--auth-url", `${google.url}/o/oauth2/v2/auth`, "--token-url", `${google.url}/token`, "--api-url", google.url, "--client-id", google.client.client_id, "--port", String(port), ...more];
const secret = () => `${google.client.client_secret}\n`;

/** Plays the owner: waits for the page, agrees there, and goes where the browser is sent. */
async function agree(started, { who = google.email, bend = (url) => url } = {}) {
  const page = new URL((await started.until(PAGE))[1]);
  const back = await google.agree(bend(page), who);
  return fetch(back);
}

/** Runs the command with an owner who agrees. */
async function connected(its, kind, args, options = {}, browser = {}) {
  const started = its.start([kind, ...args], { input: secret(), ...options });
  await agree(started, browser);
  const { code, text } = await started.ended;
  assert.ok(!text.includes(google.client.client_secret) && !/google_refresh_|google_[A-Za-z0-9_-]{20}/.test(text), `a secret was shown: ${text}`);
  return { code, text };
}

async function refusedAfter(its, kind, args, words, options, browser) {
  const { code, text } = await connected(its, kind, args, options, browser);
  assert.equal(code, 1, text);
  assert.match(text, words);
  assert.match(text, /What to do: \S/);
  its.untouched();
  return text;
}

test("Gmail is connected by agreeing in the browser, and the token is one that lasts", atDesk(async (its) => {
  const { code, text } = await connected(its, "gmail", ["--name", "work", ...flags()]);
  assert.equal(code, 0, text);
  assert.match(text, /The account is alice@example\.com/);
  assert.deepEqual(its.accounts(), [{ name: "work", use: "gmail", auth: "oauth", address: google.email }]);
  const { WORK_REFRESH_TOKEN, GOOGLE_CLIENT_ID, GOOGLE_CLIENT_SECRET, ...rest } = its.values();
  assert.deepEqual(rest, { SEAL_KEY: "kept-as-it-is" });
  assert.deepEqual([GOOGLE_CLIENT_ID, GOOGLE_CLIENT_SECRET], [google.client.client_id, google.client.client_secret]);
  assert.equal(statSync(its.devVars).mode & 0o777, 0o600);
  const fresh = await google.refresh(WORK_REFRESH_TOKEN);
  assert.equal(fresh.status, 200);
  assert.equal(fresh.scope, "https://www.googleapis.com/auth/gmail.modify", "no more than the agent needs");
}));

test("the calendar takes the client that is known, and renewing one account leaves the table", atDesk(async (its) => {
  await connected(its, "gmail", ["--name", "work", ...flags()]);
  const known = flags().filter((each, index, all) => each !== "--client-id" && all[index - 1] !== "--client-id");
  const { code, text } = await connected(its, "google-calendar", ["--name", "plans", ...known], { input: "" });
  assert.equal(code, 0, text);
  assert.deepEqual(its.accounts()[1], { name: "plans", use: "google_calendar", auth: "oauth", address: google.email });
  const [table, old] = [its.table(), its.values()];
  const renewed = await connected(its, "gmail", ["--name", "work", "--replace", ...known], { input: "" });
  assert.equal(renewed.code, 0, renewed.text);
  assert.equal(its.table(), table);
  assert.notEqual(its.values().WORK_REFRESH_TOKEN, old.WORK_REFRESH_TOKEN);
  assert.equal(its.values().PLANS_REFRESH_TOKEN, old.PLANS_REFRESH_TOKEN);
}));

test("an access that the owner did not tick is named", atDesk(async (its) => {
  const bend = (page) => {
    page.searchParams.set("scope", "https://www.googleapis.com/auth/calendar.events");
    return page;
  };
  await refusedAfter(its, "google-calendar", ["--name", "plans", ...flags()], /did not give .*: calendar\.readonly\./, {}, { bend });
}));

test("another account than the one that was named is not taken", atDesk(async (its) => {
  await refusedAfter(its, "gmail", ["--name", "work", "--address", google.email, ...flags()], /You chose bob@example\.com in the browser, not alice@example\.com/, {}, { who: BOB });
}));

test("a wrong client secret and a refused read are said, and nothing is written", atDesk(async (its) => {
  await refusedAfter(its, "gmail", ["--name", "work", ...flags()], /The client's id or secret is wrong/, { input: "GOCSPX-not-this-one\n" });
  google.refuse({ path: "/gmail/" }, "insufficientPermissions");
  await refusedAfter(its, "gmail", ["--name", "work", ...flags()], /does not let this client read the account \(403\)/);
  google.refuse({ path: "/gmail/" }, "backendError");
  await refusedAfter(its, "gmail", ["--name", "work", ...flags()], /cannot answer now \(503\)/);
}));

/** What the listener answers, without agreeing anywhere. */
const call = (path, headers = {}) => new Promise((resolve, reject) => {
  request({ host: "127.0.0.1", port, path, headers }, (response) => {
    response.resume();
    response.on("end", () => resolve(response.statusCode));
  }).on("error", reject).end();
});

const stateOf = async (started) => new URL((await started.until(PAGE))[1]).searchParams.get("state");

test("a no in the browser, and an answer to another question, end the command", atDesk(async (its) => {
  for (const [path, words] of [
    [(state) => `/?error=access_denied&state=${state}`, /You did not allow the access/],
    [() => "/?code=somebody-elses&state=guessed", /state mismatch/],
    [() => "/?code=somebody-elses", /state mismatch/],
    [(state) => `/?error=%1b%5b2J&state=${state}`, /The access was not given\./],
  ]) {
    const started = its.start(["gmail", "--name", "work", ...flags()], { input: secret() });
    assert.equal(await call(path(await stateOf(started))), 400);
    const { code, text } = await started.ended;
    assert.equal(code, 1, text);
    assert.match(text, words);
    assert.ok(!text.includes("\u001b") && !text.includes("somebody-elses"));
    its.untouched();
  }
}));

test("what is no answer is not taken for one, and the right one still is", atDesk(async (its) => {
  const started = its.start(["gmail", "--name", "work", ...flags()], { input: secret() });
  const state = await stateOf(started);
  assert.equal(await call("/favicon.ico"), 404);
  assert.equal(await call("/"), 404);
  assert.equal(await call(`/?code=x&state=${state}`, { host: "rebound.example" }), 404);
  await agree(started);
  const { code, text } = await started.ended;
  assert.equal(code, 0, text);
}));

test("the command does not wait for ever, and a taken port is said", atDesk(async (its) => {
  await its.refused(["gmail", "--name", "work", ...flags(["--wait", "1"])], /No answer came from the browser within 1 seconds/, { input: secret() });
  const other = await scripted(() => ({}));
  try {
    const taken = flags().with(flags().indexOf("--port") + 1, new URL(other.url).port);
    await its.refused(["gmail", "--name", "work", ...taken], /Port \d+ cannot be used \(EADDRINUSE\)/, { input: secret() });
  } finally {
    await other.stop();
  }
}));

test("Ctrl-C while the browser is open leaves nothing behind", atDesk(async (its) => {
  const started = its.start(["gmail", "--name", "work", ...flags()], { input: secret() });
  await started.until(PAGE);
  started.child.kill("SIGINT");
  const { code, text } = await started.ended;
  assert.equal(code, 130);
  assert.match(text, /nothing was written/);
  its.untouched();
  const listens = await new Promise((resolve) => dial(port, "127.0.0.1").once("connect", () => resolve(true)).once("error", () => resolve(false)));
  assert.equal(listens, false);
}));

test("without a port of one's own a free one is taken, on loopback only", atDesk(async (its) => {
  const started = its.start(["gmail", "--name", "work", ...flags(["--port", "0"])], { input: secret() });
  const page = new URL((await started.until(PAGE))[1]);
  const redirect = new URL(page.searchParams.get("redirect_uri"));
  assert.equal(redirect.hostname, "127.0.0.1");
  assert.ok(Number(redirect.port) > 0 && redirect.port !== String(port));
  started.child.kill("SIGTERM");
  assert.equal((await started.ended).code, 130);
}));

test("answers that Google gives in trouble each have their sentence", atDesk(async (its) => {
  const tokens = { access_token: "access-hidden", refresh_token: "refresh-hidden", scope: "https://www.googleapis.com/auth/gmail.modify" };
  let answers = {};
  const trouble = await scripted(({ url, body }) => {
    if (url.startsWith("/token")) return answers[new URLSearchParams(body).get("grant_type")] ?? { json: tokens };
    return answers.api ?? { json: { emailAddress: "alice@example.com" } };
  });
  try {
    const endpoints = ["--auth-url", `${trouble.url}/o/oauth2/v2/auth`, "--token-url", `${trouble.url}/token`, "--api-url", trouble.url, "--client-id", "id", "--port", String(port)];
    for (const [bent, words] of [
      [{ authorization_code: { json: { ...tokens, refresh_token: undefined } } }, /no token that lasts/],
      [{ authorization_code: { status: 400, json: { error: "redirect_uri_mismatch", error_description: "access-hidden" } } }, /does not take an answer on this computer/],
      [{ authorization_code: { status: 502, body: "<html>access-hidden" } }, /gave no token \(502\)/],
      [{ refresh_token: { status: 400, json: { error: "invalid_grant" } } }, /no longer valid/],
      [{ api: { status: 403, json: { error: { errors: [{ reason: "accessNotConfigured" }] } } } }, /not switched on.*\n.*apis\/library\/gmail\.googleapis\.com/],
      [{ api: { status: 401, json: {} } }, /does not take the token/],
      [{ api: { body: "<html>" } }, /something else than JSON/],
      [{ api: { json: { emailAddress: "x\u001b[2J" } } }, /does not say whose/],
    ]) {
      answers = bent;
      const started = its.start(["gmail", "--name", "work", ...endpoints], { input: "client-secret-hidden\n" });
      assert.equal(await call(`/?code=code-hidden&state=${await stateOf(started)}`), 200);
      const { code, text } = await started.ended;
      assert.equal(code, 1, text);
      assert.match(text, words);
      assert.ok(!text.includes("hidden") && !text.includes("\u001b"), text);
      its.untouched();
    }
  } finally {
    await trouble.stop();
  }
}));

test("the endpoints can be changed to this computer only", atDesk(async (its) => {
  await its.refused(["gmail", "--name", "work", "--client-id", "id", "--token-url", "https://accounts.example.org/token"], /--token-url takes an address of this computer only/, { input: secret() });
}));
