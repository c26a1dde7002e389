// An exported audit log against the verifier: the log as it is, and every way to change a byte or a
// record of it.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { canonical, faultsOf, hashOf } from "../../scripts/lib/audit.mjs";
import { ROOT } from "../../scripts/lib/run.mjs";
import { startAgent } from "./support.mjs";

let agent;
let log;

before(async () => {
  agent = await startAgent();
  await agent.say("main", "note: audit me");
  for (const text of ["/zone Europe/Paris", "note: and this", "what are my notes?"]) await agent.say("main", text);
  log = Buffer.from((await agent.api("/api/audit")).body);
});

after(() => agent?.dispose());

const lines = () => log.toString("utf8").trimEnd().split("\n");
const whole = (list) => faultsOf(Buffer.from(`${list.join("\n")}\n`)).faults;
/** Records with their hashes made to fit again, as somebody would who only cannot rewrite the copy's end. */
function relinked(records) {
  let prev = "0".repeat(64);
  return records.map((record, n) => {
    const linked = { ...record, seq: n + 1, prev };
    prev = hashOf(linked);
    return canonical({ ...linked, hash: prev });
  });
}

test("a log as the agent gives it is whole and ends with its own export", async () => {
  const { records, faults, from, to } = faultsOf(log);
  assert.deepEqual(faults, []);
  assert.deepEqual([from, to], [1, records]);
  assert.ok(records > 8, `only ${records} records`);
  assert.deepEqual(JSON.parse(lines().at(-1)).entries, [{ what: "exported" }]);
  // Taking another copy at once adds nothing.
  assert.equal((await agent.api("/api/audit")).body, log.toString("utf8"));
});

test("every change of a byte is found", () => {
  const missed = [];
  for (let at = 0; at < log.length; at += 1) {
    for (const bit of [0x01, 0x20]) {
      const changed = Buffer.from(log);
      changed[at] ^= bit;
      if (faultsOf(changed).faults.length === 0) missed.push([at, bit]);
    }
    const without = Buffer.concat([log.subarray(0, at), log.subarray(at + 1)]);
    if (faultsOf(without).faults.length === 0) missed.push([at, "removed"]);
    const doubled = Buffer.concat([log.subarray(0, at), log.subarray(at, at + 1), log.subarray(at)]);
    if (faultsOf(doubled).faults.length === 0) missed.push([at, "doubled"]);
  }
  assert.deepEqual(missed, []);
});

test("every record that is removed, doubled, moved, changed or added is found", () => {
  const all = lines();
  const records = all.map((line) => JSON.parse(line));
  for (let n = 0; n < all.length; n += 1) {
    assert.notDeepEqual(whole(all.toSpliced(n, 1)), [], `${n} removed`);
    assert.notDeepEqual(whole(all.toSpliced(n, 0, all[n])), [], `${n} doubled`);
    assert.notDeepEqual(whole(all.slice(0, n)), [], `cut before ${n}`);
    assert.notDeepEqual(whole(all.slice(n + 1)), [], `cut after ${n}`);
    if (n > 0) assert.notDeepEqual(whole(all.toSpliced(n - 1, 2, all[n], all[n - 1])), [], `${n} moved`);
    const changed = { ...records[n], at: records[n].at + 1 };
    assert.notDeepEqual(whole(all.toSpliced(n, 1, canonical(changed))), [], `${n} changed`);
    // With a hash of its own that fits, the next one does not follow.
    if (n < all.length - 1) assert.notDeepEqual(whole(all.toSpliced(n, 1, canonical({ ...changed, hash: hashOf(changed) }))), [], `${n} changed and hashed`);
  }
  // What one who rewrites all of it can do: the copy's last hash, noted elsewhere, tells.
  const rewritten = relinked(records.toSpliced(3, 1));
  assert.deepEqual(whole(rewritten), []);
  assert.notEqual(JSON.parse(rewritten.at(-1)).hash, records.at(-1).hash);
});

test("a log whose beginning was rolled up says up to where, and a cut before that shows", () => {
  const records = lines().map((line) => JSON.parse(line));
  const rolled = { what: "rolled_up", upto: 2, hash: records[1].hash };
  const later = [...records.slice(2), { at: 1, entries: [rolled] }, { at: 2, entries: [{ what: "exported" }] }];
  let { hash: prev } = records[1];
  const linked = later.map((record, n) => {
    const next = { at: record.at, entries: record.entries, prev, seq: n + 3 };
    prev = hashOf(next);
    return canonical({ ...next, hash: prev });
  });
  assert.deepEqual(whole(linked), []);
  assert.notDeepEqual(whole(linked.slice(1)), []);
  assert.notDeepEqual(whole(linked.toSpliced(-2, 1)), []);
});

test("the command says what it found and what to do", async () => {
  const folder = mkdtempSync(join(tmpdir(), "sclerite-audit-"));
  try {
    const run = (...args) => spawnSync(process.execPath, [join(ROOT, "scripts/audit-verify.mjs"), ...args], { encoding: "utf8" });
    const file = join(folder, "audit.jsonl");
    writeFileSync(file, log);
    const fine = run(file);
    assert.equal(fine.status, 0, fine.stderr);
    assert.match(fine.stdout, /records, number 1 to \d+, none changed, removed or moved/);
    writeFileSync(file, log.subarray(0, log.length - 40));
    const cut = run(file);
    assert.equal(cut.status, 1);
    assert.match(cut.stdout + cut.stderr, /Line \d+ is no JSON/);
    assert.match(cut.stderr, /What to do/);
    assert.equal(run().status, 1);
    writeFileSync(file, await (await agent.fetch("/api/audit")).text());
    const refused = run(file);
    assert.equal(refused.status, 1);
    assert.match(refused.stderr, /is no log but an error of the agent's/);
    assert.match(run(join(folder, "none")).stderr, /cannot be read/);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
