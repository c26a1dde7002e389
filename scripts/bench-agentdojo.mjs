// npm run bench:agentdojo: AgentDojo's tasks and attacks through the built Worker, judged by AgentDojo.
// `-- --json FILE` also writes the figures. `--rows default,standing,profile`, `--suites …`,
// `--modes benign,substitution,forged,text` and `--limit N` (tasks of each suite) choose a part;
// `--jobs N` is how many Workers run side by side. It needs Python 3.10.

import { writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { printAsked, printRow } from "../bench/agentdojo/report.mjs";
import { ROWS, buildOf } from "../bench/agentdojo/rows.mjs";
import { MODES, SUITES, runRow } from "../bench/agentdojo/run.mjs";
import { python } from "../bench/agentdojo/world.mjs";
import { Problem, main, note, seconds, step } from "./lib/log.mjs";
import { prepare } from "./lib/setup.mjs";

/** A list of words out of those that there are. */
function chosen(text, all, name) {
  const words = text === undefined ? all : text.split(",").map((word) => word.trim());
  for (const word of words) {
    if (!all.includes(word)) throw new Problem(`--${name} ${word}: there is no such one.`, `choose from ${all.join(", ")}.`);
  }
  return words;
}

function counted(text, name) {
  if (text === undefined) return undefined;
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1) throw new Problem(`--${name} ${text} is not a count.`, `give a whole number, as in \`npm run bench:agentdojo -- --${name} 5\`.`);
  return number;
}

await main(async () => {
  const text = { type: "string" };
  const { values } = parseArgs({ options: { json: text, rows: text, suites: text, modes: text, limit: text, jobs: text } });
  const rows = chosen(values.rows, Object.keys(ROWS), "rows");
  const suites = chosen(values.suites, SUITES, "suites");
  const modes = chosen(values.modes, MODES, "modes");
  const [limit, jobs] = [counted(values.limit, "limit"), counted(values.jobs, "jobs")];
  const tools = await prepare();
  await python();
  const began = new Date();
  const found = {};
  for (const row of rows) {
    const build = await buildOf(row, tools);
    step(`${row}: ${ROWS[row].about}`);
    const started = Date.now();
    found[row] = await runRow(row, build, { suites, modes, ...(limit && { limit }), ...(jobs && { jobs }), say: note });
    printRow(row, ROWS[row].about, found[row]);
    printAsked(found[row]);
    note(`${row} took ${seconds(Date.now() - started)}`);
  }
  if (!values.json) return;
  const main_row = rows.includes("profile") ? "profile" : rows.at(-1);
  const report = {
    version: 1,
    began: began.toISOString(),
    seconds: Math.round((Date.now() - began.getTime()) / 1000),
    cpu: `${cpus().length} × ${cpus()[0]?.model ?? "unknown"}`,
    agentdojo: "0.1.35",
    benchmark: "v1.2.2",
    part: { rows, suites, modes, limit: limit ?? null },
    total_row: main_row,
    total: found[main_row].total,
    suites: found[main_row].suites,
    rows: found,
  };
  writeFileSync(values.json, `${JSON.stringify(report, null, 2)}\n`);
  note(`The figures are in ${values.json}.`);
});
