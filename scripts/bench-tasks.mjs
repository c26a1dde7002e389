// npm run bench:tasks: the project's own tasks through the built Worker, benign and under attack.
// `-- --json FILE` also writes the figures. `--modes benign,substitution,forged` and `--only ID,…`
// choose a part.

import { writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { TASKS } from "../bench/tasks/index.mjs";
import { print } from "../bench/tasks/report.mjs";
import { MODES, runAll } from "../bench/tasks/run.mjs";
import { BUILD, build } from "./lib/build.mjs";
import { Problem, main, note, seconds, step } from "./lib/log.mjs";
import { prepare } from "./lib/setup.mjs";

/** A list of words out of those that there are. */
function chosen(text, all, name) {
  const words = text.split(",").map((word) => word.trim());
  for (const word of words) {
    if (!all.includes(word)) throw new Problem(`--${name} ${word}: there is no such one.`, `choose from ${all.join(", ")}.`);
  }
  return words;
}

await main(async () => {
  const text = { type: "string" };
  const { values } = parseArgs({ options: { json: text, modes: text, only: text } });
  const modes = values.modes === undefined ? MODES : chosen(values.modes, MODES, "modes");
  const only = values.only === undefined ? undefined : chosen(values.only, TASKS.map((task) => task.id), "only");
  await build(await prepare());
  const began = new Date();
  step(`${only?.length ?? TASKS.length} tasks: ${modes.join(", ")}`);
  const { areas, total, detail } = await runAll(BUILD, { modes, only, say: note });
  print(areas, total, detail);
  const took_ms = Date.now() - began.getTime();
  note(`It took ${seconds(took_ms)}`);
  if (!values.json) return;
  const report = {
    version: 1,
    began: began.toISOString(),
    seconds: Math.round(took_ms / 1000),
    cpu: `${cpus().length} × ${cpus()[0]?.model ?? "unknown"}`,
    part: { modes, only: only ?? null },
    total,
    areas,
    detail,
  };
  writeFileSync(values.json, `${JSON.stringify(report, null, 2)}\n`);
  note(`The figures are in ${values.json}.`);
});
