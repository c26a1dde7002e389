// Tests of the scripts' own logic. What they do to the computer is tested by running them.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { cargoCounts, tapCounts } from "./counts.mjs";
import { ensure, parse } from "./devvars.mjs";
import { alone } from "./lock.mjs";
import { loginCode, loginLink } from "./login.mjs";
import { canonical, differences, messages, pinHash, report } from "./mcp.mjs";
import { CACHE, ROOT } from "./run.mjs";
import { isNews, teller } from "./serve.mjs";
import { total } from "./size.mjs";

test("a login code is expiry, nonce and mac", () => {
  const code = loginCode("token", 1_000, new Uint8Array(16));
  assert.equal(code, "1900.AAAAAAAAAAAAAAAAAAAAAA.69zMbf-IiQ_q3QGg8EMhGC7wEC9zJOLs77jvgoVyRJ8");
  assert.notEqual(loginCode("token", 1_000), loginCode("token", 1_000));
  assert.match(loginLink("http://127.0.0.1:8787/", "token", 1_000), /^http:\/\/127\.0\.0\.1:8787\/#login=1900\./);
});

test(".dev.vars keeps what is there and adds what is missing", () => {
  const folder = mkdtempSync(join(tmpdir(), "sclerite-devvars-"));
  try {
    const path = join(folder, ".dev.vars");
    writeFileSync(path, '# mine\nMODEL_NAME="a b"\nWEBHOOK_TOKEN=kept\nSEAL_KEY=\n', { mode: 0o644 });
    const first = ensure(path);
    assert.deepEqual(first.added, ["CONSOLE_TOKEN", "SEAL_KEY"]);
    assert.equal(first.values.WEBHOOK_TOKEN, "kept");
    assert.equal(first.values.MODEL_NAME, "a b");
    assert.equal(Buffer.from(first.values.SEAL_KEY, "base64url").length, 32);
    assert.match(readFileSync(path, "utf8"), /^# mine\n/);
    assert.equal(statSync(path).mode & 0o777, 0o600);
    const second = ensure(path);
    assert.deepEqual(second.added, []);
    assert.deepEqual(second.values, first.values);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test(".dev.vars is read with quotes, comments and spaces", () => {
  assert.deepEqual(parse("# A=1\nB = 2 # two\nexport C='x # y'\nnot a line\nD="), { B: "2", C: "x # y", D: "" });
});

test("cargo's counts are summed, ignored tests and broken builds count as failed", () => {
  const line = (passed, failed, ignored) => `test result: ok. ${passed} passed; ${failed} failed; ${ignored} ignored; 0 measured; 0 filtered out\n`;
  assert.deepEqual(cargoCounts(line(3, 0, 0) + line(4, 0, 0), 0), { passed: 7, failed: 0 });
  assert.deepEqual(cargoCounts(line(3, 1, 2), 101), { passed: 3, failed: 3 });
  assert.deepEqual(cargoCounts("error: could not compile", 101), { passed: 0, failed: 1 });
  assert.deepEqual(cargoCounts(line(0, 0, 0), 0), { passed: 0, failed: 1 });
});

test("TAP counts are read from its end, skipped tests count as failed", () => {
  const tap = (pass, fail, skipped) => `# pass 99\nok 1\n# tests 9\n# pass ${pass}\n# fail ${fail}\n# cancelled 0\n# skipped ${skipped}\n# todo 0\n`;
  assert.deepEqual(tapCounts(tap(5, 0, 0), 0), { passed: 5, failed: 0 });
  assert.deepEqual(tapCounts(tap(5, 1, 2), 1), { passed: 5, failed: 3 });
  assert.deepEqual(tapCounts("", 1), { passed: 0, failed: 1 });
});

test("wrangler's routine lines are hidden and errors are shown", () => {
  assert.equal(isNews("env.AGENT (AgentObject)      Durable Object     local"), false);
  assert.equal(isNews("[wrangler:info] GET /healthz 200 OK (3ms)"), false);
  assert.equal(isNews("  "), false);
  assert.equal(isNews("[custom build] ✓ The Worker is built and up to date"), false);
  assert.equal(isNews("[custom build] error[E0308]: mismatched types"), true);
  assert.equal(isNews("[wrangler:info] POST /webhook/generic 202 Accepted (3ms)"), true);
  assert.equal(isNews("\u001b[31m✘ [ERROR] Uncaught Error: boom\u001b[0m"), true);
});

test("wrangler's dump of a failed build is hidden, what follows is shown", () => {
  const tell = teller();
  const shown = ["[custom build] error: no", "✘ [ERROR] k [Error]: Process exited with non-zero status (1)", "  result: I {", "✘ [ERROR] Running custom build `x` failed. There", "log"].filter(tell);
  assert.deepEqual(shown, ["[custom build] error: no", "✘ [ERROR] Running custom build `x` failed. There", "log"]);
});

test("the size of the upload is the sum of its compressed modules", () => {
  assert.equal(total([{ gzipBytes: 1 }, { gzipBytes: 2 }]), 3);
});

test("a JSON value has one spelling, the one that the agent hashes", () => {
  const vectors = JSON.parse(readFileSync(join(ROOT, "tests/fixtures/connectors/mcp/canonical.json"), "utf8"));
  assert.ok(vectors.length > 20);
  for (const vector of vectors) {
    assert.equal(canonical(JSON.parse(vector.json)), vector.canonical);
    assert.equal(pinHash(JSON.parse(vector.json)), vector.sha256);
  }
});

test("what changed in a declaration is said field by field, with nothing hidden", () => {
  const before = [{ name: "a", description: "One.", inputSchema: { required: ["x"], properties: { x: { type: "string" } } } }, { name: "b" }, { name: "same" }];
  const after = [{ name: "a", description: "One.\u200b\u001b[2J", inputSchema: { required: ["x", "y"], properties: { x: { type: "string" }, y: {} } } }, { name: "c", title: "New" }, { name: "same" }];
  assert.deepEqual(report(before, after), [
    "~ a",
    '    description: "One." → "One.\\u{200b}\\u001b[2J"',
    "    inputSchema.properties.y: (nothing) → {}",
    '    inputSchema.required[1]: (nothing) → "y"',
    "- b",
    "+ c: New",
  ]);
  assert.deepEqual(report(before, before), []);
  assert.deepEqual(differences({ a: null }, {}), ["a: null → (nothing)"]);
  assert.deepEqual(differences([1], { 0: 1 }), ['.: [1] → {"0":1}']);
});

test("messages are found in documents and in streams", () => {
  assert.deepEqual(messages("application/json; charset=utf-8", '{"id":1}'), [{ id: 1 }]);
  assert.deepEqual(messages("text/event-stream", '\ufeffid: 1\ndata:\n\nevent: message\r\ndata: {"id":\r\ndata: 1}\r\n\r\ndata:{"id":2}'), [{ id: 1 }, { id: 2 }]);
  assert.deepEqual(messages("text/html", "{}"), []);
});

test("what is done alone is done by one at a time, and a dead holder keeps nobody waiting", async () => {
  const name = `test-${randomUUID()}`;
  const folder = join(CACHE, `${name}.lock`);
  mkdirSync(folder, { recursive: true });
  // A number that no process can have.
  writeFileSync(join(folder, "pid"), "99999999");
  let inside = 0;
  const seen = [];
  const body = async () => {
    inside += 1;
    seen.push(inside);
    await new Promise((resolve) => setTimeout(resolve, 5));
    inside -= 1;
  };
  await Promise.all([alone(name, body), alone(name, body), assert.rejects(alone(name, () => Promise.reject(new Error("failed"))), /failed/), alone(name, body)]);
  assert.deepEqual(seen, [1, 1, 1]);
  assert.equal(existsSync(folder), false);
});
