// The kill test: mixed load on the built Worker in real workerd, which is killed with SIGKILL at
// random moments, over and over, on the same storage. It starts no test and asserts nothing.

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../../scripts/lib/run.mjs";
import { REPLY_URL, SIGNING_SECRET, MODEL, sleep, startAgent } from "../e2e/support.mjs";
import { readRows } from "../e2e/harness.mjs";
import { counterparts } from "./counterparts.mjs";

/** Numbers from 0 to 1 that repeat: mulberry32. */
function chance(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** How long all that was accepted may take once nothing is killed any more, in milliseconds. */
const REST_MS = 300_000;

/** Kills the Worker `kills` times and returns the figures, and in `faults` what was wrong. */
export async function killAgain({ kills, seed, build, say = () => {} }) {
  const random = chance(seed);
  const below = (n) => Math.floor(random() * n);
  const world = counterparts(random);
  const agent = await startAgent({
    build,
    persist: true,
    bindings: { ...MODEL, DESK_TOKEN: "desk-token-Qm5Xv2", WEBHOOK_REPLY_URL: REPLY_URL, WEBHOOK_SIGNING_SECRET: SIGNING_SECRET, UNDO_SECONDS: "1" },
    outbound: world.outbound,
  });
  await agent.hook({ conversation: "home", text: "/zone Europe/Paris" });
  const accepted = new Map();
  let over = false;
  let sent = 0;

  /** A sender that sends until it is heard, under the same id. */
  async function send(text, author = {}) {
    const id = `m${(sent += 1)}`;
    for (;;) {
      try {
        const { status, body } = await agent.hook({ id, conversation: `c${sent % 4}`, text, ...author }, { wait: 0, signal: AbortSignal.timeout(5_000) });
        if (status === 202) return accepted.set(id, [...(accepted.get(id) ?? []), body.turn]);
        if (status < 500) throw new Error(`${status} for ${text}`);
      } catch (error) {
        if (String(error.message).includes(" for ")) throw error;
      }
      await sleep(50);
    }
  }
  const clients = Array.from({ length: 2 }, async (_, client) => {
    while (!over) {
      const n = sent + 1;
      const text = below(3) > 0 ? `please send it to ada@example.org (${client}.${n})` : `please do something (${client}.${n})`;
      await (below(25) === 0 ? send("hello there", { sender: "mallory" }) : send(text));
      await sleep(250 + below(650));
    }
  });
  const answers = (async () => {
    while (!over) {
      await answerSome().catch(() => {});
      await sleep(200);
    }
  })();
  async function answerSome() {
    const { body } = await agent.api("/api/approvals", { signal: AbortSignal.timeout(5_000) });
    for (const asked of body.approvals ?? []) await agent.answer(asked, below(4) > 0 ? "approve" : "deny");
  }

  const began = performance.now();
  for (let n = 1; n <= kills; n += 1) {
    await sleep(30 + below(900));
    await agent.restart({ kill: true });
    if (n % 25 === 0) say(`${n} kills, ${accepted.size} messages, ${world.done.size} effects, ${((performance.now() - began) / 1000).toFixed(0)} s`);
  }
  over = true;
  await Promise.all([...clients, answers]);
  world.calm = true;
  const rests = await restsWithin(REST_MS);
  const { body: audit } = await agent.api("/api/audit");
  const rows = readRows(agent.folder);
  await agent.dispose();
  const judged = judge({ world, accepted, rows, rests, audit });
  if (judged.faults.length > 0) keep({ seed, judged, rows, told: world.told, done: [...world.done], audit });
  return { kills, seed, seconds: Math.round((performance.now() - began) / 1000), ...judged, audit };

  /** Whether every turn ends, with all its reminders, before the time is over. */
  async function restsWithin(ms) {
    const deadline = performance.now() + ms;
    for (;;) {
      await answerSome();
      const left = readRows(agent.folder).filter(({ table, row }) => (table === "turns" && !["done", "failed", "cancelled"].includes(row.status)) || table === "timers" || table === "effects");
      if (left.length === 0) return true;
      if (performance.now() > deadline) return false;
      await sleep(1_000);
    }
  }
}

/** Leaves what there is to look at when something was wrong. */
function keep({ seed, rows, ...rest }) {
  const folder = join(ROOT, "test-results");
  mkdirSync(folder, { recursive: true });
  const plain = rows.map(({ table, row }) => ({ table, ...row }));
  writeFileSync(join(folder, `kill-${seed}.json`), JSON.stringify({ ...rest, rows: plain }, (_, value) => (typeof value === "bigint" ? Number(value) : value), 1));
}

/** Compares what the rows say with what the counterparts saw. */
function judge({ world, accepted, rows, rests, audit }) {
  const faults = [];
  const figures = { accepted: accepted.size, turns: 0, effects: world.done.size, lost: 0, doubled: 0, unknown_reported: 0, marked_repeats: 0 };
  const fault = (kind, words) => {
    figures[kind] += 1;
    faults.push(`${kind}: ${words}`);
  };
  const turns = rows.filter(({ table }) => table === "turns").map(({ row }) => ({ ...row, seq: Number(row.seq), state: JSON.parse(row.state) }));
  const failures = rows.filter(({ table }) => table === "failures").map(({ row }) => ({ ...row, turn: Number(row.turn) }));
  const notes = rows.filter(({ table, row }) => table === "documents" && row.connector === "notes").map(({ row }) => row.body);
  const entries = audit.split("\n").filter(Boolean).flatMap((line) => JSON.parse(line).entries);
  const untold = new Set(entries.filter((entry) => entry.what === "told" && entry.outcome !== "delivered").map((entry) => entry.turn));
  figures.turns = turns.length;
  if (!rests) fault("lost", `it did not come to rest: ${turns.filter((turn) => !["done", "failed", "cancelled"].includes(turn.status)).map((turn) => `${turn.id} ${turn.status}`)}`);
  const ids = new Set(turns.map((turn) => turn.id));
  for (const [id, given] of accepted) {
    if (given.some((turn) => !ids.has(turn))) fault("lost", `no turn for ${id}`);
    if (new Set(given).size > 1) fault("doubled", `${id} became ${given}`);
  }
  for (const [mark, times] of world.done) if (times > 1) fault("doubled", `${mark} was done ${times} times`);
  // What is also kept in the console, since it may not have arrived, is a copy without a receipt.
  const reminders = turns.filter((turn) => turn.state.cause.notice && turn.state.receipt).map((turn) => JSON.stringify(turn.state.cause.notice));
  for (const turn of turns) {
    let unsure = 0;
    for (const { call, status } of turn.state.calls) {
      const mark = call.args?.note ?? call.args?.name ?? call.args?.text;
      const whole = (text) => text.split(/\W/).includes(mark);
      if (call.tool === "notes_add" || call.tool === "remind") {
        const times = (call.tool === "remind" ? reminders : notes).filter(whole).length;
        const wanted = status === "done" ? 1 : 0;
        if (times > wanted) fault("doubled", `${call.tool} ${mark} is there ${times} times`);
        if (times < wanted) fault("lost", `${call.tool} ${mark} is not there`);
      }
      if (!call.tool.startsWith("desk_") || call.tool === "desk_find_files") continue;
      const times = world.done.get(mark) ?? 0;
      if (status === "done" && times === 0) fault("lost", `${call.tool} ${mark} was said to be done`);
      if (status === "denied" && times > 0) fault("doubled", `${call.tool} ${mark} was done though it was denied`);
      if (status === "failed" && times > 0 && call.tool === "desk_send_file") unsure += 1;
    }
    const reported = failures.filter((row) => row.turn === turn.seq && row.failure === "unknown").length;
    figures.unknown_reported += reported;
    if (unsure > reported) fault("lost", `${turn.id} does not say that ${unsure} things may have happened`);
    // A turn's messages are rendered by the channel; their own words are enough to know them by.
    // The owner's list has nothing of strangers' answers; the log has.
    const logged = Boolean(turn.state.cause.guest) && untold.has(turn.id);
    const given_up = logged || failures.some((row) => row.turn === turn.seq && row.failure !== "unknown");
    const here = world.told.filter((told) => told.turn === turn.id);
    // The zone was set by a caller who waited for the answer.
    const said = turn.seq > 1 && !turn.conversation.startsWith("console:") ? turn.state.messages.length : 0;
    const first = here.filter((told) => !told.repeated);
    figures.marked_repeats += here.length - first.length;
    if (first.length > said) fault("doubled", `${turn.id} told ${first.length} messages of ${said}`);
    const texts = new Set(here.map((told) => told.text));
    if (said > 0 && texts.size === 0 && !given_up) fault("lost", `${turn.id} told nothing of ${said} messages`);
    if (said > 0 && here.length < said && !given_up) fault("lost", `${turn.id} told ${here.length} of ${said} messages`);
  }
  if (world.strays.length > 0) fault("doubled", `something else was reached: ${world.strays[0]}`);
  return { ...figures, faults };
}
