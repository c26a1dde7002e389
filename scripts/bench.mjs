// npm run bench: what a turn costs on raw workerd, beside the same turn in bare JavaScript.
// `npm run bench -- --json FILE` also writes the figures; field names end in their unit.
// `--beside FOLDER` also measures another build, such as a copy of build/ from before a change.
// `--turns N` and `--batches N` choose how long it takes, `--quick` is a look in half a minute.
// Figures of a busy machine are wrong in absolute terms; the ratio to the baseline is steadier.

import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { SCENARIOS, coldStart, contents, costs, memory } from "../bench/measure.mjs";
import { machine } from "../bench/workerd.mjs";
import { BUILD, build } from "./lib/build.mjs";
import { buildForBench } from "../bench/limits.mjs";
import { Problem, bold, main, note, step } from "./lib/log.mjs";
import { prepare } from "./lib/setup.mjs";
import { measure, total } from "./lib/size.mjs";

const AGENTS = 1000;
/** The scenario that stands for an ordinary turn: a model call, a tool round, one more model call. */
const MAIN = "model_json";

function counted(text, name) {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1) throw new Problem(`--${name} ${text} is not a count.`, `give a whole number, as in \`npm run bench -- --${name} 300\`.`);
  return number;
}

const round = (value) => {
  if (typeof value === "number") return Math.round(value * 1000) / 1000;
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, round(inner)]));
};

function print(report) {
  const row = (...cells) => console.log(`  ${cells[0].padEnd(30)}${cells.slice(1).map((cell) => String(cell).padStart(16)).join("")}`);
  console.log(`\n${bold("A turn by webhook")}`);
  row("", "CPU ms", "from", "to", "added p50", "added p95");
  for (const [name, cost] of Object.entries(report.scenarios)) {
    row(name, ...[cost.cpu_ms_per_turn, cost.cpu_ms_per_turn_min, cost.cpu_ms_per_turn_max, cost.latency_added_ms_p50, cost.latency_added_ms_p95].map((number) => number.toFixed(2)));
  }
  console.log(`  CPU beside bare JavaScript: ${report.cpu_ratio_to_baseline.toFixed(2)} (one document), ${report.cpu_ratio_to_baseline_stream.toFixed(2)} (streamed)`);
  console.log(`\n${bold("What is in a turn")}`);
  const names = Object.keys(report.contents);
  row("", ...names.map((name) => name.replace("baseline_model", "bare").replace("offline_", "")));
  for (const field of Object.keys(report.contents[names[0]]).filter((field) => field !== "detail")) {
    row(field.replace("_per_turn", ""), ...names.map((name) => Number(report.contents[name][field].toFixed(1))));
  }
  console.log(`\n${bold("The Worker")}`);
  row("cold start to /healthz", `${report.cold_start_healthz_ms.toFixed(0)} ms`, `bare ${report.baseline.cold_start_healthz_ms.toFixed(0)}`);
  row("cold start to first answer", `${report.cold_start_ms.toFixed(0)} ms`, `bare ${report.baseline.cold_start_ms.toFixed(0)}`);
  row("memory, 1 agent", `${report.rss_mb_1.toFixed(0)} MiB`);
  row(`memory, ${AGENTS} agents`, `${report[`rss_mb_${AGENTS}`].toFixed(0)} MiB`);
  row("modules", `${report.bundle_bytes} B`, `gzip ${report.bundle_gzip_bytes} B`);
  console.log(`\n  ${report.machine.cpus} × ${report.machine.cpu}, load ${report.machine.load_1min}, workerd ${report.machine.workerd}`);
}

await main(async () => {
  const { values } = parseArgs({ options: { json: { type: "string" }, turns: { type: "string" }, batches: { type: "string" }, quick: { type: "boolean" }, beside: { type: "string" } } });
  if (process.platform !== "linux") throw new Problem("the benchmark reads CPU times from /proc, which only Linux has.", "run it on Linux, or in a container.");
  const quick = values.quick ?? false;
  const turns = counted(values.turns ?? (quick ? "60" : "300"), "turns");
  const batches = counted(values.batches ?? (quick ? "2" : "5"), "batches");
  const chosen = [...SCENARIOS];
  if (values.beside) chosen.push({ ...SCENARIOS.find((scenario) => scenario.name === MAIN), name: `beside_${MAIN}`, build: resolve(values.beside) });
  const tools = await prepare();
  await build(tools);
  await buildForBench(tools);
  const facts = machine();
  const began = new Date().toISOString();
  step(`CPU and latency: ${batches} batches of ${turns} turns in ${chosen.length} scenarios`);
  const scenarios = await costs({ scenarios: chosen, batches, turns, warmUp: Math.max(50, Math.ceil(turns / 2)), say: note });
  step("What is in a turn");
  const inside = {};
  for (const name of [MAIN, "model_stream", "offline_inbox", "offline_status", "baseline_model_json"]) {
    inside[name] = await contents({ scenario: SCENARIOS.find((scenario) => scenario.name === name) });
  }
  step("Cold start");
  const cold = await coldStart({ runs: quick ? 3 : 9 });
  const coldBaseline = await coldStart({ baseline: true, runs: quick ? 3 : 9 });
  step(`Memory with 1 and ${AGENTS} agents`);
  const used = await memory({ agents: AGENTS });
  const modules = measure(BUILD);
  const { detail, ...counts } = inside[MAIN];
  const report = round({
    version: 1,
    began,
    machine: facts,
    turns_per_batch: turns,
    batches,
    ...scenarios[MAIN],
    ...counts,
    cpu_ratio_to_baseline: scenarios[MAIN].cpu_ms_per_turn / scenarios.baseline_model_json.cpu_ms_per_turn,
    cpu_ratio_to_baseline_stream: scenarios.model_stream.cpu_ms_per_turn / scenarios.baseline_model_stream.cpu_ms_per_turn,
    ...cold,
    ...used,
    bundle_bytes: modules.reduce((sum, module) => sum + module.bytes, 0),
    bundle_gzip_bytes: total(modules),
    baseline: coldBaseline,
    scenarios,
    contents: inside,
  });
  print(report);
  if (values.json) {
    writeFileSync(values.json, `${JSON.stringify(report, null, 2)}\n`);
    console.log(`  The figures are in ${values.json}.`);
  }
});
