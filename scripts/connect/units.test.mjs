// Tests of what `npm run connect` works out: texts of files, names, suffixes, PKCE, XML and errors.

import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, symlinkSync, lstatSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { merged, parse, quoted } from "../lib/devvars.mjs";
import { appended, checkFree, checkHost, checkName, checkSuffix, covers, proposedSuffix, tableText } from "./accounts.mjs";
import { multistatus } from "./dav.mjs";
import { missingScopes } from "./google.mjs";
import { authservOf } from "./jmap.mjs";
import { Place, loopbackAddress, networkProblem, shown } from "./net.mjs";
import { authorizationUrl, challengeOf, newSecrets } from "./oauth.mjs";
import { save } from "./store.mjs";
import { at, parseXml } from "./xml.mjs";

const inFolder = (body) => async () => {
  const folder = mkdtempSync(join(tmpdir(), "sclerite-connect-"));
  try {
    await body(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

test("a challenge is that of RFC 7636, appendix B, and no two verifiers are the same", () => {
  assert.equal(challengeOf("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
  const [one, other] = [newSecrets(), newSecrets()];
  assert.match(one.verifier, /^[A-Za-z0-9_-]{43}$/);
  assert.equal(new Set([one.verifier, one.state, other.verifier, other.state]).size, 4);
});

test("the page of consent is asked for a token that lasts, with the challenge and never the verifier", () => {
  const { verifier, state } = newSecrets();
  const url = new URL(authorizationUrl("https://accounts.example/auth", { clientId: "id", redirectUri: "http://127.0.0.1:1/", scopes: ["a", "b"], challenge: challengeOf(verifier), state }));
  assert.deepEqual(Object.fromEntries(url.searchParams), { client_id: "id", redirect_uri: "http://127.0.0.1:1/", response_type: "code", scope: "a b", code_challenge: challengeOf(verifier), code_challenge_method: "S256", state, access_type: "offline", prompt: "consent" });
  assert.ok(!url.href.includes(verifier));
  assert.deepEqual(missingScopes(["a", "b"], "b openid"), ["a"]);
  assert.deepEqual(missingScopes(["a"], undefined), ["a"]);
});

test(".dev.vars gets new values, and every other line stays", () => {
  const before = "# mine\nexport WORK_TOKEN = old # note\nWORK_TOKEN_2=kept\n\nSEAL_KEY='x'";
  assert.equal(merged(before, { WORK_TOKEN: "new" }), "# mine\nWORK_TOKEN_2=kept\n\nSEAL_KEY='x'\nWORK_TOKEN=new\n");
  assert.equal(merged("", { A: "1" }), "A=1\n");
});

test("a value of .dev.vars is read as it was written, whatever is in it", () => {
  for (const value of ["plain", "a b#c", "it's", 'say "x" $HOME', "back`tick", "é€", "a\\nb", "end\\", "e d$\\", "'`", '"\'x', ""]) {
    assert.equal(parse(`A=${quoted(value)}\n`).A, value, value);
  }
  assert.throws(() => quoted("a\nb"), /line break/);
  assert.throws(() => quoted("'`\""), /cannot hold/);
  assert.throws(() => quoted("a#\\"), /cannot hold/);
});

test("a table is appended, and the file before it stays byte for byte", async () => {
  const before = '# mine\nsecrets = ["A"] # why\n\n[budget]\nusd_day = 1';
  const account = { name: "work", use: "jmap", host: "api.example.org", hosts: [".example.org"], auth: "token", address: 'a"b\\@example.org' };
  const after = await appended(before, account, "c.toml");
  assert.equal(after, `${before}\n\n[[account]]\nname = "work"\nuse = "jmap"\nhost = "api.example.org"\nhosts = [".example.org"]\nauth = "token"\naddress = "a\\"b\\\\@example.org"\n`);
  const two = await appended(after, { name: "home", use: "web", hosts: [], auth: "none" }, "c.toml");
  assert.ok(two.startsWith(after) && two.endsWith('\n[[account]]\nname = "home"\nuse = "web"\nauth = "none"\n'));
  await assert.rejects(appended("account = 1\n", account, "c.toml"));
  await assert.rejects(appended("a = \n", account, "c.toml"), /c\.toml/);
  assert.throws(() => tableText({ name: "a\nb" }), /control character/);
});

test("an account takes no name and no binding that something else has", () => {
  const free = (name, connections = {}, devVars = {}) => () => checkFree(name, connections, devVars, "connections.toml");
  assert.doesNotThrow(free("work", { secrets: ["WORKER_TOKEN"], account: [{ name: "home" }] }, { WORKING_URL: "x" }));
  assert.throws(free("work", { account: [{ name: "work" }] }), /already/);
  assert.throws(free("console", { secrets: ["CONSOLE_TOKEN"] }), /CONSOLE_TOKEN/);
  assert.throws(free("desk", { mcp: [{ secret: { binding: "DESK_TOKEN" } }] }), /DESK_TOKEN/);
  assert.throws(free("work_refresh", { account: [{ name: "work" }] }), /WORK_REFRESH_TOKEN/);
  assert.throws(free("work", {}, { WORK_PASSWORD: "hidden-one" }), (error) => /WORK_PASSWORD/.test(error.message) && !JSON.stringify([error.message, error.remedy]).includes("hidden-one"));
  for (const name of ["", "Work", "1work", "wo-rk", "a".repeat(33), "work\n"]) assert.throws(() => checkName(name), /name/, name);
});

test("a host is a public name, and a suffix is proposed that one provider owns", () => {
  for (const host of ["localhost", "1.2.3.4", "Api.example.org", "a.example.org:8", "-a.org", "a..b", "http://a.b"]) assert.throws(() => checkHost(host), /host/, host);
  assert.equal(checkHost("api.example.org"), "api.example.org");
  assert.throws(() => checkSuffix("example.org"), /suffix/);
  assert.throws(() => checkSuffix(".org"), /host/);
  assert.equal(proposedSuffix("caldav.icloud.com", "p12-caldav.icloud.com"), ".icloud.com");
  assert.equal(proposedSuffix("mail.firm.co.uk", "evil.co.uk"), ".evil.co.uk");
  assert.equal(proposedSuffix("mail.firm.co.uk", "dav.firm.co.uk"), ".firm.co.uk");
  assert.equal(proposedSuffix("mail.example.org", "mail.other.com"), ".mail.other.com");
  assert.ok(covers(".icloud.com", "p1.icloud.com") && covers(".icloud.com", "icloud.com") && !covers(".icloud.com", "noticloud.com"));
});

test("a key goes to the account's own origin and to hosts that were named, and nowhere else", () => {
  const place = new Place({ host: "dav.example.org", hosts: [".example.net"] });
  const allowed = (url) => place.allows(new URL(url));
  assert.ok(allowed("https://dav.example.org/x") && allowed("https://p1.example.net/") && allowed("https://p1.example.net:443/"));
  for (const url of ["http://dav.example.org/", "https://dav.example.org:8443/", "https://example.org/", "https://a@dav.example.org/", "http://p1.example.net/", "https://p1.example.net:1/", "https://example.net.evil.org/"]) assert.ok(!allowed(url), url);
  assert.throws(() => new Place({ url: "https://user:pw@example.org/" }), (error) => !error.message.includes("pw"));
  assert.throws(() => new Place({ url: "ftp://example.org/" }), /web address/);
  assert.equal(loopbackAddress("http://127.0.0.1:1/x", "--token-url"), "http://127.0.0.1:1/x");
  assert.throws(() => loopbackAddress("https://evil.example/token", "--token-url"), /this computer/);
});

test("every failure of a connection has its own sentence", () => {
  const said = (code, name = "Error") => networkProblem(Object.assign(new TypeError("fetch failed"), { cause: Object.assign(new Error("x"), { code, name }) }), "h.example").message;
  assert.match(said("ENOTFOUND"), /no host named h\.example/);
  for (const code of ["DEPTH_ZERO_SELF_SIGNED_CERT", "CERT_HAS_EXPIRED", "ERR_TLS_CERT_ALTNAME_INVALID", "UNABLE_TO_VERIFY_LEAF_SIGNATURE", "SELF_SIGNED_CERT_IN_CHAIN"]) assert.match(said(code), /certificate/, code);
  assert.match(said("ERR_SSL_WRONG_VERSION_NUMBER"), /does not speak TLS/);
  assert.match(said("UND_ERR_CONNECT_TIMEOUT"), /in time/);
  assert.match(networkProblem(new DOMException("x", "TimeoutError"), "h").message, /in time/);
  assert.match(said("ECONNREFUSED"), /Nothing listens/);
  assert.match(said("ECONNRESET"), /broke/);
  assert.equal(shown("a\u001b[2J\u202eb\nc"), "a�[2J�b�c");
});

test("XML is read with its namespaces, and nothing else is", () => {
  const root = parseXml('\ufeff<?xml version="1.0"?><!-- no --><a:b xmlns:a="DAV:" xmlns="x"><c k=\'1&lt;"\'>&#65;&amp;<![CDATA[<&>]]></c><a:d/></a:b>\n');
  assert.equal(root.name, "{DAV:}b");
  assert.deepEqual([at(root, "{x}c").text, at(root, "{x}c").attributes.k, at(root, "{DAV:}d").children.length], ["A&<&>", '1<"', 0]);
  for (const text of ["", "x", "<a>", "<a></b>", "<a/><b/>", "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "<a b></a>", "</a>", `${"<a>".repeat(80)}${"</a>".repeat(80)}`]) assert.ok(!parseXml(text) || text === "", text);
  assert.equal(at(parseXml("<a>&b; &#0;</a>")).text, "&b; \ufffd");
});

test("a multistatus keeps the properties that were found", () => {
  const text = '<d:multistatus xmlns:d="DAV:"><d:response><d:href>/a/</d:href><d:propstat><d:prop><d:displayname>A</d:displayname></d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat><d:propstat><d:prop><d:owner/></d:prop><d:status>HTTP/1.1 404 Not Found</d:status></d:propstat></d:response></d:multistatus>';
  const [answer] = multistatus(text, "https://h.example/b/");
  assert.equal(answer.url.href, "https://h.example/a/");
  assert.deepEqual(answer.properties.map(({ name }) => name), ["{DAV:}displayname"]);
  assert.equal(multistatus("<html/>", "https://h.example/"), null);
});

test("the server that checked a mail is the first word of its field", () => {
  assert.equal(authservOf(" MX.example.org 1; dkim=pass"), "mx.example.org");
  assert.equal(authservOf("(c) mx.example.org (why); none"), "mx.example.org");
  assert.equal(authservOf("dkim=pass"), undefined);
  assert.equal(authservOf(undefined), undefined);
});

test("both files are written or neither, and only the owner reads the secrets", inFolder((folder) => {
  const [devVars, connections] = [join(folder, ".dev.vars"), join(folder, "connections.toml")];
  writeFileSync(join(folder, "real.toml"), "old\n", { mode: 0o640 });
  symlinkSync("real.toml", connections);
  writeFileSync(devVars, "A=1\n", { mode: 0o644 });
  save({ devVars, values: { B: "2" }, connections, table: "new\n" });
  assert.equal(readFileSync(devVars, "utf8"), "A=1\nB=2\n");
  assert.equal(statSync(devVars).mode & 0o777, 0o600);
  assert.equal(readFileSync(join(folder, "real.toml"), "utf8"), "new\n");
  assert.ok(lstatSync(connections).isSymbolicLink());
  assert.equal(statSync(connections).mode & 0o777, 0o640);

  const blocked = join(folder, "is-a-folder.toml");
  mkdirSync(blocked);
  assert.throws(() => save({ devVars, values: { C: "hidden-three" }, connections: blocked, table: "new\n" }), (error) => /nothing was/.test(error.message) && !error.message.includes("hidden-three"));
  assert.equal(readFileSync(devVars, "utf8"), "A=1\nB=2\n");
  assert.throws(() => save({ devVars: join(folder, "new.vars"), values: { C: "3" }, connections: blocked, table: "x" }), /nothing was/);
  assert.ok(!existsSync(join(folder, "new.vars")));
  assert.deepEqual(readdirSync(folder).sort(), [".dev.vars", "connections.toml", "is-a-folder.toml", "real.toml"]);
}));
