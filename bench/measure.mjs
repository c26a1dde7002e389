// The measurements themselves: each starts what it needs, runs turns by webhook and returns plain
// figures. Batches of all scenarios are run in turn, so that a noisy minute of a shared machine hits
// them alike, and medians are reported.

import { join } from "node:path";
import { startUpstream } from "./upstream.mjs";
import { ROOT, buildModules, startWorkerd } from "./workerd.mjs";

const BENCH = join(ROOT, "bench");
const TOKEN = "bench-webhook-token-0123456789";
const SECRETS = { WEBHOOK_TOKEN: TOKEN, CONSOLE_TOKEN: "bench-console-token-0123456789", SEAL_KEY: "bench-seal-key-0123456789abcdef", OPENAI_API_KEY: "bench-model-key-0123456789" };
/** The same turn in bare JavaScript. */
const BASELINE = { "index.js": join(BENCH, "baseline", "worker.js") };

/** What is run. `fresh` gives every turn a conversation of its own; otherwise they share one. */
export const SCENARIOS = [
  { name: "model_json", model: {}, text: "What is new in my mail?", fresh: true },
  { name: "model_stream", model: { streams: true }, text: "What is new in my mail?", fresh: true },
  { name: "model_json_long_conversation", model: {}, text: "What is new in my mail?", fresh: false },
  { name: "offline_inbox", text: "/inbox", fresh: true },
  { name: "offline_status", text: "/status", fresh: true },
  { name: "baseline_model_json", model: {}, text: "What is new in my mail?", fresh: true, baseline: true },
  { name: "baseline_model_stream", model: { streams: true }, text: "What is new in my mail?", fresh: true, baseline: true },
];

/** The middle one. */
export function median(numbers) {
  return percentile(numbers, 0.5);
}

/** The number below which this share of the numbers lies. */
export function percentile(numbers, share) {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}

const sum = (numbers) => numbers.reduce((total, number) => total + number, 0);

function bindings(upstream) {
  const model = upstream ? { MODEL_PROVIDER: "openai", MODEL_NAME: "bench-model", MODEL_BASE_URL: upstream.url } : { MODEL_PROVIDER: "offline" };
  return { ...SECRETS, ...model };
}

function modulesOf(scenario) {
  return scenario.baseline ? BASELINE : buildModules(scenario.build);
}

/** One message and its answer. Anything but a finished turn with words ends the benchmark. */
export async function turn(worker, text, conversation, headers = {}) {
  const response = await fetch(`${worker.url}/webhook/generic`, {
    method: "POST",
    headers: { authorization: `Bearer ${TOKEN}`, "content-type": "application/json", prefer: "wait=20", ...headers },
    body: JSON.stringify({ conversation, text }),
  });
  const body = await response.text();
  const answer = response.status === 200 ? JSON.parse(body) : {};
  if (answer.status !== "done" || !answer.messages?.at(-1)?.text) throw new Error(`no answer to ${JSON.stringify(text)}: ${response.status} ${body}`);
  return { bytes: Buffer.byteLength(body) };
}

/** Several turns one after the other: CPU and wall time, and what the model server saw of them. */
async function batch(running, count) {
  const { worker, upstream, scenario } = running;
  const latencies_ms = [];
  const cpuBefore = worker.cpuMs();
  for (let n = 0; n < count; n += 1) {
    running.sent += 1;
    const busyBefore = upstream?.counts.busy_ms ?? 0;
    const began = performance.now();
    await turn(worker, scenario.text, scenario.fresh ? `c${running.sent}` : "one");
    latencies_ms.push(performance.now() - began - ((upstream?.counts.busy_ms ?? 0) - busyBefore));
  }
  return { cpu_ms_per_turn: (worker.cpuMs() - cpuBefore) / count, latencies_ms };
}

async function start(scenario, options = {}) {
  const upstream = scenario.model ? await startUpstream(scenario.model) : null;
  const worker = await startWorkerd({ modules: modulesOf(scenario), bindings: bindings(upstream), keepObjects: true, ...options });
  return { scenario, upstream, worker, sent: 0, async stop() {
    await worker.stop();
    await upstream?.stop();
  } };
}

/** CPU and latency of every scenario, with the spread between batches. */
export async function costs({ scenarios, batches, turns, warmUp, say }) {
  const running = [];
  try {
    for (const scenario of scenarios) running.push(await start(scenario));
    for (const one of running) await batch(one, warmUp);
    const found = running.map(() => []);
    for (let round = 0; round < batches; round += 1) {
      say(`batch ${round + 1} of ${batches}`);
      for (const [at, one] of running.entries()) found[at].push(await batch(one, turns));
    }
    return Object.fromEntries(running.map(({ scenario }, at) => [scenario.name, summary(found[at])]));
  } finally {
    for (const one of running) await one.stop();
  }
}

function summary(batches) {
  const cpu = batches.map((one) => one.cpu_ms_per_turn);
  const p50 = batches.map((one) => percentile(one.latencies_ms, 0.5));
  const p95 = batches.map((one) => percentile(one.latencies_ms, 0.95));
  return {
    cpu_ms_per_turn: median(cpu),
    cpu_ms_per_turn_min: Math.min(...cpu),
    cpu_ms_per_turn_max: Math.max(...cpu),
    latency_added_ms_p50: median(p50),
    latency_added_ms_p95: median(p95),
    turns: sum(batches.map((one) => one.latencies_ms.length)),
  };
}

/** Statements, rows, crossings, alarms, subrequests and bytes of one turn, counted from inside. */
export async function contents({ scenario, turns = 40, warmUp = 10 }) {
  const [entry, ...others] = Object.entries(modulesOf(scenario));
  const modules = { "counted.js": join(BENCH, "counted.js"), "counting.js": join(BENCH, "counting.js"), "index.js": entry[1], ...Object.fromEntries(others) };
  const running = await start(scenario, { modules });
  try {
    const read = async () => (await fetch(`${running.worker.url}/bench/counts`)).json();
    await batch(running, warmUp);
    const before = await read();
    const served = { ...running.upstream?.counts };
    await batch(running, turns);
    const after = await read();
    const per = (now, then = 0) => (now - then) / turns;
    const table = (now, then) => Object.fromEntries(Object.entries(now).map(([name, count]) => [name, per(count, then[name])]).filter(([, count]) => count > 0).sort((a, b) => b[1] - a[1]));
    const counts = Object.fromEntries(Object.entries(after.counts).map(([name, count]) => [`${name}_per_turn`, per(count, before.counts[name])]));
    const upstream = running.upstream?.counts;
    return {
      ...counts,
      model_bytes_sent_per_turn: upstream ? per(upstream.bytes_in, served.bytes_in) : 0,
      model_bytes_received_per_turn: upstream ? per(upstream.bytes_out, served.bytes_out) : 0,
      detail: { statements: table(after.byName.statements, before.byName.statements), wasm_imports: table(after.byName.imports, before.byName.imports), wasm_exports: table(after.byName.exports, before.byName.exports) },
    };
  } finally {
    await running.stop();
  }
}

/** From the start of the process to its first answers, with an empty database. */
export async function coldStart({ baseline = false, runs }) {
  const alive = [];
  const answered = [];
  for (let run = 0; run < runs; run += 1) {
    const upstream = baseline ? await startUpstream() : null;
    const scenario = { baseline };
    const worker = await startWorkerd({ modules: modulesOf(scenario), bindings: bindings(upstream) });
    try {
      await (await fetch(`${worker.url}/healthz`)).text();
      alive.push(performance.now() - worker.started);
      await turn(worker, "/help", "first");
      answered.push(performance.now() - worker.started);
    } finally {
      await worker.stop();
      await upstream?.stop();
    }
  }
  return { cold_start_ms: median(answered), cold_start_healthz_ms: median(alive) };
}

/** Memory with one agent and with many, each of which has answered once and stays in memory. */
export async function memory({ agents, side = 8 }) {
  const [entry, ...others] = Object.entries(buildModules());
  const modules = { "many.js": join(BENCH, "many.js"), "index.js": entry[1], ...Object.fromEntries(others) };
  const worker = await startWorkerd({ modules, bindings: bindings(null), keepObjects: true });
  const ask = (n) => turn(worker, "/status", "first", { "x-bench-agent": `agent${n}` });
  try {
    await ask(0);
    const rss_mb_1 = worker.rssMb();
    for (let n = 1; n < agents; n += side) {
      await Promise.all(Array.from({ length: Math.min(side, agents - n) }, (_, at) => ask(n + at)));
    }
    return { rss_mb_1, [`rss_mb_${agents}`]: worker.rssMb() };
  } finally {
    await worker.stop();
  }
}
