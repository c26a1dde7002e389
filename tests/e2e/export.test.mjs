// Everything out as one age file, read by programs that are not ours, and back into a fresh agent that
// goes on from it.

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { createWriteStream, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { Decrypter, Encrypter, generateX25519Identity, identityToRecipient } from "age-encryption";
import { faultsOf } from "../../scripts/lib/audit.mjs";
import { readRows, until } from "./harness.mjs";
import { MODEL, REPLY_URL, TOKENS, modelServer, sleep, startAgent } from "./support.mjs";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
/** The fresh deployment shares nothing with the old one. */
const OTHERS = { WEBHOOK_TOKEN: "hook-other-7Yq2", CONSOLE_TOKEN: "console-other-3Xw9", SEAL_KEY: "seal-other-5Kp1" };
const PASSPHRASE = "four plain words here";

const folder = mkdtempSync(join(tmpdir(), "sclerite-export-"));
const at = (name) => join(folder, name);
const agents = [];
let identity;
let recipient;

before(async () => {
  identity = await generateX25519Identity();
  recipient = await identityToRecipient(identity);
  writeFileSync(at("identity.txt"), `# a comment\n${identity}\n`);
  writeFileSync(at("stranger.txt"), `${await generateX25519Identity()}\n`);
  const lock = new Encrypter();
  lock.setPassphrase(PASSPHRASE);
  lock.setScryptWorkFactor(10);
  writeFileSync(at("identity.age"), await lock.encrypt(`${identity}\n`));
});

after(async () => {
  await Promise.all(agents.map((agent) => agent.dispose()));
  rmSync(folder, { recursive: true, force: true });
});

async function started(options) {
  const agent = await startAgent(options);
  agents.push(agent);
  return agent;
}

/** An agent with other tokens than the one that was exported, and what it tells. */
async function fresh(plan = async () => ({ text: "ok" }), options = {}) {
  const server = modelServer(plan);
  const agent = await started({ bindings: { ...MODEL, ...OTHERS, WEBHOOK_REPLY_URL: REPLY_URL }, outbound: server.outbound, persist: true, ...options });
  const bearer = (token, init = {}) => ({ ...init, headers: { authorization: `Bearer ${token}`, ...init.headers } });
  agent.api = async (path, init) => {
    const response = await agent.fetch(path, bearer(OTHERS.CONSOLE_TOKEN, init));
    const text = await response.text();
    return { status: response.status, body: /json$/.test(response.headers.get("content-type") ?? "") ? JSON.parse(text) : text };
  };
  agent.say = async (conversation, text, id) => {
    const response = await agent.fetch("/webhook/generic", bearer(OTHERS.WEBHOOK_TOKEN, { method: "POST", headers: { prefer: "wait=15" }, body: JSON.stringify({ conversation, text, id }) }));
    const body = await response.json();
    return { ...body, status_code: response.status, told: (body.messages ?? []).map((message) => message.text).join("\n") };
  };
  return { agent, server };
}

const exported = async (agent, file) => {
  const response = await agent.fetch("/api/export", { method: "POST", headers: { authorization: `Bearer ${TOKENS.CONSOLE_TOKEN}` } });
  assert.equal(response.status, 200, await (response.ok ? "" : response.text()));
  assert.equal(response.headers.get("content-type"), "application/octet-stream");
  await pipeline(Readable.fromWeb(response.body), createWriteStream(file));
};

/** The lines of a file, opened by the package of age's own author. */
async function opened(file) {
  const opener = new Decrypter();
  opener.addIdentity(identity);
  const text = await opener.decrypt(readFileSync(file), "text");
  assert.ok(text.endsWith("\n"));
  return text.trimEnd().split("\n").map((line) => JSON.parse(line));
}

/** The owner says something in the console. */
async function console_say(agent, text) {
  const login = await agent.fetch("/api/login", { method: "POST", body: JSON.stringify({ token: TOKENS.CONSOLE_TOKEN }) });
  const url = new URL("/api/socket", agent.url);
  url.protocol = "ws:";
  const socket = new WebSocket(url, { headers: { cookie: login.headers.get("set-cookie").split(";")[0], origin: agent.url.origin } });
  const heard = [];
  socket.addEventListener("message", ({ data }) => heard.push(data));
  await new Promise((resolve, reject) => {
    socket.addEventListener("open", resolve);
    socket.addEventListener("error", () => reject(new Error("refused")));
  });
  socket.send(JSON.stringify({ type: "say", id: "m-1", text }));
  await until(() => heard.some((data) => data.includes('"accepted"')), "the console was heard");
  socket.close();
}

/** How much memory the processes of an agent have, in MiB. */
function memory(agent) {
  const of = (pid) => (process.platform === "linux" ? Number(readFileSync(`/proc/${pid}/status`, "utf8").match(/VmRSS:\s+(\d+)/)[1]) : Number(spawnSync("ps", ["-o", "rss=", "-p", String(pid)], { encoding: "utf8" }).stdout));
  return agent.pids.reduce((sum, pid) => sum + of(pid), 0) / 1024;
}

/** A script of the project's, without what this computer has in `.dev.vars`. */
function script(name, args, { input, env = {} } = {}) {
  const child = spawn(process.execPath, [join(ROOT, "scripts", name), ...args], { cwd: folder, env: { ...process.env, CONSOLE_TOKEN: OTHERS.CONSOLE_TOKEN, NO_COLOR: "1", ...env } });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => { output += text; });
  child.stdin.end(input ?? "");
  return new Promise((resolve) => child.on("close", (code) => resolve({ code, output })));
}

const restore = (file, agent, identity_file = at("identity.txt"), options) => script("restore.mjs", [file, "--identity", identity_file, "--to", agent.url.origin], options);

test("without a usable recipient there is no export, and the answer says what to do", async () => {
  for (const [value, code] of [[undefined, "no_recipient"], ["age1nonsense", "bad_recipient"], [identity, "bad_recipient"]]) {
    const agent = await startAgent({ bindings: value ? { EXPORT_RECIPIENT: value } : {} });
    try {
      const { status, headers, body } = await agent.api("/api/export", { method: "POST" });
      assert.deepEqual([status, body.code, headers.get("content-type")], [409, code, "application/problem+json"]);
      assert.match(body.detail, /npm run export:key/);
      assert.ok(!body.detail.includes("SECRET"));
      const hook = await agent.api("/api/export", { method: "POST", headers: { authorization: `Bearer ${TOKENS.WEBHOOK_TOKEN}` } });
      assert.deepEqual([hook.status, hook.body.code], [403, "not_yours"]);
      const foreign = await agent.api("/api/export", { method: "POST", headers: { origin: "https://evil.example" } });
      assert.deepEqual([foreign.status, foreign.body.code], [403, "foreign_origin"]);
      const nobody = await agent.fetch("/api/restore", { method: "POST", body: "{}" });
      assert.equal(nobody.status, 401);
    } finally {
      await agent.dispose();
    }
  }
});

test("an agent goes on in another deployment from where its export was taken", async (t) => {
  // The old agent: a bit of everything.
  let hang = () => {};
  const hung = new Promise((resolve) => { hang = resolve; });
  const plan = async (words, { results }) => {
    if (words.includes("think long")) await hung;
    if (words.includes("write to the one I met") && results.length === 0) return { calls: [["mail_send", { to: "ada@example.org", subject: "Hi", body: "Lunch?" }]] };
    return { text: "Done thinking." };
  };
  const server = modelServer(plan);
  const old = await started({ bindings: { ...MODEL, EXPORT_RECIPIENT: recipient, WEBHOOK_REPLY_URL: REPLY_URL }, outbound: server.outbound, persist: true });
  assert.match(await old.say("home", "/zone Europe/Paris"), /Paris/);
  assert.match(await old.say("home", "/remember I am vegetarian"), /remember/);
  assert.match((await old.api("/api/state")).body.zone ?? "", /Paris/);
  assert.match(await old.say("home", "/remind in 1 minutes feed the cat"), /feed the cat/);
  const set_at = Date.now();
  assert.ok((await old.say("home", "/inbox")).length > 0);
  // A rule is made in the console only.
  await console_say(old, "/allow mail_delete count=5 days=30");
  const rules = await until(async () => {
    const said = await old.say("home", "/rules");
    return said.includes("mail_delete") && said;
  }, "the rule is there");
  const { body: asked } = await old.hook({ conversation: "mail", text: "write to the one I met", id: "asks-1" });
  assert.equal(asked.approvals.length, 1);
  // 3 MB of notes, two of them at a time.
  const long = (n) => `/note number ${n} ${"lorem ipsum ".repeat(5000)}`;
  for (let n = 0; n < 50; n += 2) await Promise.all([n, n + 1].map((n) => old.hook({ conversation: `notes-${n % 2}`, text: long(n) })));
  await old.hook({ conversation: "slow", text: "think long" }, { wait: 0 });
  await until(() => server.prompts.length >= 3, "the model was asked");
  const login = await old.fetch("/api/login", { method: "POST", body: JSON.stringify({ token: TOKENS.CONSOLE_TOKEN }) });
  assert.equal(login.status, 204);

  await exported(old, at("whole.age"));
  assert.ok(statSync(at("whole.age")).size > 3_000_000);
  // What is written after the export is in none.
  assert.match(await old.say("home", "/remember this came later"), /remember/);
  const second = await old.say("home", "/read 2");
  assert.ok(second.length > 40, second);
  await old.kill();
  hang();

  await t.test("another implementation reads it, and nothing is missing from it or too much in it", async () => {
    const [header, ...lines] = await opened(at("whole.age"));
    const { end } = lines.pop();
    assert.equal(header.sclerite_export, 1);
    const counts = Object.fromEntries(header.tables.map(({ name, rows }) => [name, rows]));
    for (const name of ["approvals", "audit", "conversations", "documents", "effects", "facts", "handles", "settings", "shown", "standing", "tallies", "timers", "turns"]) assert.ok(name in counts, name);
    assert.ok(!("sessions" in counts));
    for (const [name, rows] of Object.entries(counts)) assert.equal(lines.filter(({ table }) => table === name).length, rows, name);
    assert.deepEqual(end.rows.documents, counts.documents);
    assert.deepEqual(lines.filter(({ table }) => table === "facts").map(({ row }) => row), [{ n: 1, text: "I am vegetarian" }]);
    assert.deepEqual([counts.timers, counts.effects], [1, 1]);
    const plain = JSON.stringify([header, ...lines]);
    for (const secret of [...Object.values(TOKENS), MODEL.OPENAI_API_KEY]) assert.ok(!plain.includes(secret));
  });

  await t.test("what is not the whole file, or not for this key, is refused before anything is sent", async () => {
    const { agent } = await fresh();
    const whole = readFileSync(at("whole.age"));
    const bent = (name, change) => {
      const bytes = Buffer.from(whole);
      writeFileSync(at(name), change(bytes) ?? bytes);
      return at(name);
    };
    const cases = [
      [bent("cut.age", (bytes) => bytes.subarray(0, bytes.length - 70_000)), at("identity.txt"), /damaged or cut/],
      [bent("chunk.age", (bytes) => bytes.subarray(0, 200 + 16 + 65_552)), at("identity.txt"), /damaged or cut/],
      [bent("bit.age", (bytes) => { bytes[1_500_000] ^= 1; }), at("identity.txt"), /damaged or cut/],
      [bent("head.age", (bytes) => { bytes[120] ^= 1; }), at("identity.txt"), /damaged or cut|does not open it/],
      [at("whole.age"), at("stranger.txt"), /this identity does not open it/],
      [at("nothing.age"), at("identity.txt"), /cannot be read \(ENOENT\)/],
      [at("whole.age"), at("nobody.txt"), /identity .* cannot be read/],
    ];
    for (const [file, key, said] of cases) {
      const { code, output } = await restore(file, agent, key);
      assert.equal(code, 1, output);
      assert.match(output, said);
      assert.match(output, /What to do: /);
    }
    const wrong = await restore(at("whole.age"), agent, at("identity.age"), { input: "not the passphrase\n" });
    assert.match(wrong.output, /the passphrase is wrong/);
    assert.deepEqual((await agent.api("/api/turns")).body, { turns: [] });
    assert.match((await agent.say("home", "hello")).told, /ok/, "the agent was touched");
    const used = await restore(at("whole.age"), agent);
    assert.equal(used.code, 1);
    assert.match(used.output, /used already.*not_empty/s);
  });

  await t.test("the fresh agent goes on: reminder, approval, reference, duplicates, chain", async () => {
    const { agent, server: heard } = await fresh(async (words) => ({ text: `again: ${words}` }));
    const before_s = Date.now() - set_at;
    const done = await restore(at("whole.age"), agent, at("identity.age"), { input: `${PASSPHRASE}\n` });
    assert.equal(done.code, 0, done.output);
    assert.match(done.output, /rows are restored/);
    assert.ok(!done.output.includes(PASSPHRASE) && !done.output.includes(identity));

    // The half-done turn is recovered: its model is asked once more, and the owner hears of it.
    await until(() => heard.pushed.some(({ body }) => body.includes("again: ") && body.includes("think long")), "the turn was recovered", 20_000);
    assert.equal((await agent.say("home", "/read 2")).told, second);
    assert.equal((await agent.say("home", "/rules")).told, rules);
    assert.match((await agent.say("home", "/memory")).told, /I am vegetarian/);
    assert.ok(!(await agent.say("home", "/memory")).told.includes("came later"));
    // The question is the same one, and its yes works once.
    const { body: waiting } = await agent.api("/api/approvals");
    assert.deepEqual(waiting.approvals.map(({ id }) => id), [asked.approvals[0].id]);
    const answer = () => agent.api(`/api/approvals/${asked.approvals[0].id}`, { method: "POST", body: JSON.stringify({ decision: "approve", call_hash: asked.approvals[0].call_hash }) });
    assert.equal((await answer()).status, 200);
    const turn = await until(async () => {
      const { body } = await agent.api(`/api/turns/${asked.turn}`);
      return body.status === "done" && body;
    }, "the mail was sent");
    assert.equal(turn.calls[0].status, "done");
    assert.equal((await answer()).status, 409);
    // A delivery that the old agent had is not done again by the new one.
    assert.equal((await agent.say("mail", "write to the one I met", "asks-1")).turn, asked.turn);
    assert.equal((await agent.api("/api/approvals")).body.approvals.length, 0);
    // The reminder comes at its time, once.
    const cats = () => heard.pushed.filter(({ body }) => body.includes("feed the cat"));
    if (before_s < 45_000) assert.equal(cats().length, 0, "the reminder came early");
    await until(() => cats().length === 1, "the reminder came", 70_000);
    assert.ok(Date.now() - set_at >= 59_000, "the reminder came early");
    await sleep(1_000);
    assert.equal(cats().length, 1);
    // The chain is one, over both deployments.
    const { body: log } = await agent.api("/api/audit");
    const { faults, from } = faultsOf(Buffer.from(log));
    assert.deepEqual([faults, from], [[], 1]);
    const entries = log.trim().split("\n").flatMap((line) => JSON.parse(line).entries);
    const of = (what) => entries.findIndex((entry) => entry.what === what);
    assert.ok(of("export_begun") > 0 && of("restored") > of("export_begun"));
    assert.equal(entries[of("export_begun")].recipient, recipient);
    const again = await restore(at("whole.age"), agent);
    assert.match(again.output, /used already.*not_empty/s);
    assert.deepEqual(heard.strays, []);
  });
});

test("while a restore is under way nothing runs, and one that broke off is begun anew or given up", async () => {
  const old = await started({ bindings: { EXPORT_RECIPIENT: recipient }, persist: true });
  await old.say("home", "/zone Europe/Paris");
  await exported(old, at("small.age"));
  const lines = (await opened(at("small.age"))).map((line) => `${JSON.stringify(line)}\n`);
  const { agent } = await fresh();
  const begun = await agent.api("/api/restore", { method: "POST", body: lines[0] });
  assert.equal(begun.status, 200);
  const rows = (page, text) => agent.api(`/api/restore/rows?restore=${begun.body.restore}&page=${page}`, { method: "POST", body: text });
  assert.equal((await rows(0, lines.slice(1, 3).join(""))).status, 200);
  assert.equal((await rows(0, lines.slice(1, 3).join(""))).body.next, 1);
  assert.deepEqual((await rows(7, lines[4])).body.code, "wrong_page");
  for (const [path, init] of [["/api/state", {}], ["/api/turns", {}], ["/api/export", { method: "POST" }], ["/api/audit", {}]]) {
    const { body } = await agent.api(path, init);
    assert.equal(body.code, "restoring", path);
  }
  const refused = await agent.say("home", "hello");
  assert.deepEqual([refused.status_code, refused.code], [503, "restoring"]);
  await agent.scheduled();
  // The process dies: what is half there stays shut, and the old pages have nothing to go to.
  await agent.restart({ kill: true });
  assert.equal((await agent.api("/api/state")).body.code, "restoring");
  assert.equal((await rows(1, lines[3])).body.code, "no_restore");
  assert.equal((await agent.api("/api/restore", { method: "DELETE" })).status, 204);
  assert.equal((await agent.api("/api/turns")).body.turns.length, 0);
  const next = await agent.api("/api/restore", { method: "POST", body: lines[0] });
  assert.equal(next.status, 200);
  const done = await restore(at("small.age"), agent);
  assert.equal(done.code, 0, done.output);
  assert.match((await agent.say("home", "/status")).told, /Europe\/Paris/);
});

test("a storage that fails as the agent wakes does not open the door on a half-done restore", async () => {
  const old = await started({ bindings: { EXPORT_RECIPIENT: recipient }, persist: true });
  await old.say("home", "/zone Europe/Paris");
  await exported(old, at("half.age"));
  const lines = (await opened(at("half.age"))).map((line) => `${JSON.stringify(line)}\n`);
  const { agent } = await fresh(undefined, { wrapper: fileURLToPath(new URL("faulty-storage.mjs", import.meta.url)) });
  const begun = await agent.api("/api/restore", { method: "POST", body: lines[0] });
  assert.equal(begun.status, 200);
  const added = await agent.api(`/api/restore/rows?restore=${begun.body.restore}&page=0`, { method: "POST", body: lines.slice(1, -1).join("") });
  assert.equal(added.status, 200);
  for (let n = 1; n <= 4; n += 1) {
    await agent.restart({ kill: true });
    assert.equal((await agent.fetch(`/__storage/fail?at=${n}`)).status, 200);
    for (const path of ["/api/state", "/api/turns"]) {
      const { status, body } = await agent.api(path);
      assert.deepEqual([status, ["restoring", "try_again"].includes(body.code)], [503, true], `${n} ${path} ${JSON.stringify(body)}`);
    }
    assert.equal((await agent.api("/api/turns")).body.code, "restoring");
  }
  assert.equal((await agent.fetch("/__storage/fail?at=0")).status, 200);
  assert.equal((await agent.api("/api/restore", { method: "DELETE" })).status, 204);
  assert.deepEqual((await agent.api("/api/turns")).body, { turns: [] });
});

test("an export of 30 MB takes no more memory than one of 3 MB, and is of one instant", async (t) => {
  const agent = await started({ bindings: { EXPORT_RECIPIENT: recipient }, persist: true });
  let notes = 0;
  const fill = async (until_n) => {
    while (notes < until_n) {
      const some = Array.from({ length: 8 }, () => (notes += 1));
      await Promise.all(some.map((n) => agent.hook({ conversation: `c${n % 8}`, text: `/note number ${n} ${"lorem ipsum ".repeat(5000)}` })));
    }
  };
  /** Reads an export piece by piece, while the owner goes on; how much the memory grew at most. */
  const measured = async (name) => {
    const response = await agent.fetch("/api/export", { method: "POST", headers: { authorization: `Bearer ${TOKENS.CONSOLE_TOKEN}` } });
    const first = memory(agent);
    const began = performance.now();
    let peak = first;
    const out = createWriteStream(at(name));
    let pieces = 0;
    for await (const piece of response.body) {
      out.write(piece);
      peak = Math.max(peak, memory(agent));
      pieces += 1;
      if (pieces % 40 === 1) await agent.say("home", `/remember this came with ${name} ${pieces}`);
    }
    await new Promise((resolve) => out.end(resolve));
    return { megabytes: statSync(at(name)).size / 1e6, first, peak, pieces, took_s: (performance.now() - began) / 1000 };
  };
  await fill(24);
  await measured("warm.age");
  const small = await measured("small3.age");
  await fill(248);
  const large = await measured("large.age");
  for (const [name, { megabytes, first, peak, took_s }] of Object.entries({ small, large })) t.diagnostic(`${name}: ${megabytes.toFixed(1)} MB exported in ${took_s.toFixed(1)} s; workerd had ${first.toFixed(0)} MiB before and ${peak.toFixed(0)} MiB at most`);
  assert.ok(large.megabytes > 30 && large.megabytes > 8 * small.megabytes, JSON.stringify({ small, large }));
  assert.ok(large.peak - large.first < 24, `the memory grew by ${large.peak - large.first} MiB`);
  // What came while it was read is in none of it; what came before is.
  const lines = await opened(at("large.age"));
  const facts = lines.filter(({ table }) => table === "facts").map(({ row }) => row.text);
  assert.ok(facts.some((text) => text.includes("small3.age")) && !facts.some((text) => text.includes("large.age")), facts.join());
  const { code, output } = await script("restore.mjs", [at("large.age"), "--check", "--identity", at("identity.txt")]);
  assert.equal(code, 0, output);
  assert.match((await agent.say("home", "/memory")), /large\.age/);
});

test("one export at a time, and one whose reader is gone leaves nothing behind", async () => {
  const agent = await started({ bindings: { EXPORT_RECIPIENT: recipient }, persist: true });
  // More than the buffers between the agent and a reader that does not read.
  for (let n = 0; n < 120; n += 8) {
    const some = Array.from({ length: 8 }, (_, k) => n + k);
    await Promise.all(some.map((n) => agent.hook({ conversation: `c${n % 8}`, text: `/note number ${n} ${"lorem ipsum ".repeat(5000)}` })));
  }
  const ask = (signal) => agent.fetch("/api/export", { method: "POST", headers: { authorization: `Bearer ${TOKENS.CONSOLE_TOKEN}` }, signal });
  const gone = new AbortController();
  const first = await ask(gone.signal);
  assert.equal(first.status, 200);
  const reader = first.body.getReader();
  await reader.read();
  const second = await ask();
  assert.deepEqual([second.status, (await second.json()).code], [409, "export_under_way"]);
  const left = () => readRows(agent.folder).filter(({ table }) => table.startsWith("snapshot_of_")).length;
  gone.abort();
  await assert.rejects(reader.read());
  await until(async () => (await ask()).status === 200, "another one may begin");
  // A process that dies in the middle leaves triggers and tables, which the next one removes.
  await ask();
  await agent.say("home", "/remember what changes meanwhile is kept as it was");
  assert.ok(left() > 0, "there is nothing to remove");
  await agent.restart({ kill: true });
  await agent.say("home", "/status");
  assert.equal(left(), 0);
  await exported(agent, at("after.age"));
  assert.equal((await opened(at("after.age")))[0].sclerite_export, 1);
});

test("the watchdog removes what is old, and a delivery whose turn is gone is still a repeat", async () => {
  const old = await started({ bindings: { EXPORT_RECIPIENT: recipient }, persist: true });
  await old.say("home", "/zone Europe/Paris", { id: "first" });
  await old.say("home", "/inbox", { id: "second" });
  await old.say("away", "/inbox", { id: "third" });
  await old.say("home", "/remind in 3000 minutes feed the cat");
  await exported(old, at("young.age"));
  // What is in the file is made older: all but the reminder, by 500 days.
  const aged = { turns: "at", handles: "made", conversations: "touched" };
  const lines = (await opened(at("young.age"))).map((line) => {
    const column = aged[line.table];
    if (column) line.row[column] -= 500 * 24 * 3_600_000;
    return line;
  });
  const before = lines.slice(0, -1).map((line) => `${JSON.stringify(line)}\n`);
  lines.at(-1).end.sha256 = createHash("sha256").update(before.join("")).digest("hex");
  const { agent } = await fresh();
  const post = async (path, body) => {
    const answer = await agent.api(path, { method: "POST", body });
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    return answer.body;
  };
  const { restore: id } = await post("/api/restore", before[0]);
  await post(`/api/restore/rows?restore=${id}&page=0`, before.slice(1).join(""));
  await post(`/api/restore/end?restore=${id}`, `${JSON.stringify(lines.at(-1))}\n`);
  assert.equal((await agent.api("/api/turns")).body.turns.length, 4);
  await agent.scheduled();
  const left = await agent.api("/api/turns");
  assert.equal(left.body.turns.length, 1, agent.logText());
  const tables = readRows(agent.folder).map(({ table }) => table);
  assert.deepEqual(["handles", "conversations", "timers"].map((name) => tables.filter((table) => table === name).length), [0, 0, 1]);
  const again = await agent.say("home", "/zone Europe/Paris", "first");
  assert.match(again.detail ?? again.told, /This turn is gone/);
  assert.equal((await agent.api("/api/turns")).body.turns.length, 1);
  const { body: log } = await agent.api("/api/audit");
  assert.deepEqual(faultsOf(Buffer.from(log)).faults, []);
  const [entry] = log.trim().split("\n").flatMap((line) => JSON.parse(line).entries).filter(({ what }) => what === "compacted");
  assert.deepEqual(entry, { what: "compacted", turns: 3, conversations: 2, handles: 0, approvals: 0 });
});

test("curl and age do what docs/backup.md says", async (t) => {
  const agent = await started({ bindings: { EXPORT_RECIPIENT: recipient } });
  await agent.say("home", "/note the blue folder is in the attic");
  const line = `curl -sf -X POST "$URL/api/export" -H "authorization: Bearer $CONSOLE_TOKEN" -o backup.age`;
  const run = spawn("sh", ["-c", line], { cwd: folder, env: { ...process.env, URL: agent.url.origin, CONSOLE_TOKEN: TOKENS.CONSOLE_TOKEN } });
  assert.equal(await new Promise((resolve) => run.on("close", resolve)), 0);
  const [header] = await opened(at("backup.age"));
  assert.equal(header.sclerite_export, 1);
  const program = spawnSync("age", ["--version"]).status === 0;
  t.diagnostic(program ? "read by the program age too" : "the program age is not installed here; the npm package by its author read the file");
  if (!program) return;
  const out = spawnSync("age", ["-d", "-i", at("identity.txt"), at("backup.age")], { encoding: "utf8", maxBuffer: 1e9 });
  assert.equal(out.status, 0, out.stderr);
  assert.ok(out.stdout.includes("the blue folder is in the attic"));
  const cut = readFileSync(at("backup.age")).subarray(0, -1);
  writeFileSync(at("cut.age"), cut);
  assert.notEqual(spawnSync("age", ["-d", "-i", at("identity.txt"), at("cut.age")]).status, 0);
});

test("the key that npm run export:key makes opens what npm run export writes", async () => {
  const made = await script("export-key.mjs", ["--out", at("made.age")], { input: `${PASSPHRASE}\n${PASSPHRASE}\n` });
  assert.equal(made.code, 0, made.output);
  assert.equal(statSync(at("made.age")).mode & 0o777, 0o600);
  assert.match(readFileSync(at("made.age"), "utf8"), /^-----BEGIN AGE ENCRYPTED FILE-----\n/);
  const again = await script("export-key.mjs", ["--out", at("made.age")], { input: `${PASSPHRASE}\n${PASSPHRASE}\n` });
  assert.match(again.output, /cannot be written \(EEXIST\)/);
  const unlike = await script("export-key.mjs", ["--out", at("unlike.age")], { input: `${PASSPHRASE}\nsomething else\n` });
  assert.match(unlike.output, /not the same/);
  const [, own] = made.output.match(/^EXPORT_RECIPIENT=(age1\S+)$/m);
  const agent = await started({ bindings: { ...OTHERS, EXPORT_RECIPIENT: own } });
  const taken = await script("export.mjs", ["--from", agent.url.origin, "--out", at("taken.age")]);
  assert.equal(taken.code, 0, taken.output);
  assert.equal(statSync(at("taken.age")).mode & 0o777, 0o600);
  const checked = await script("restore.mjs", [at("taken.age"), "--check", "--identity", at("made.age")], { input: `${PASSPHRASE}\n` });
  assert.equal(checked.code, 0, checked.output);
  assert.match(checked.output, /is whole/);
});
