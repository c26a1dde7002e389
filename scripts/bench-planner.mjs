// npm run bench:planner: the project's own tasks with the models that MODEL_* and QUARANTINE_MODEL_* in
// the environment name, and nothing by script. `-- --json FILE` also writes the figures; `--limit N`
// takes N tasks spread over the areas, `--only ID,…` those named, `--conversation` plays ten turns of one
// conversation instead.

import { writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { CONVERSATION, linesOf } from "../bench/planner/conversation.mjs";
import { models } from "../bench/planner/models.mjs";
import { figuresOf, lineOf, print } from "../bench/planner/report.mjs";
import { chosenTasks, runModels } from "../bench/planner/run.mjs";
import { TASKS } from "../bench/tasks/index.mjs";
import { BUILD, build } from "./lib/build.mjs";
import { Problem, main, note, seconds, step } from "./lib/log.mjs";
import { prepare } from "./lib/setup.mjs";

function named(text) {
  const ids = text?.split(",").map((id) => id.trim());
  const unknown = ids?.find((id) => !TASKS.some((task) => task.id === id));
  if (unknown !== undefined) throw new Problem(`--only ${unknown}: there is no such task.`, "bench/tasks/ has their ids.");
  return ids;
}

function counted(text) {
  if (text === undefined) return undefined;
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1) throw new Problem(`--limit ${text} is not a count.`, "give a whole number, as in `npm run bench:planner -- --limit 20`.");
  return number;
}

function reportOf(found, { planner, quarantined }, began) {
  return {
    version: 1,
    began: began.toISOString(),
    seconds: Math.round((Date.now() - began.getTime()) / 1000),
    cpu: `${cpus().length} × ${cpus()[0]?.model ?? "unknown"}`,
    models: { planner, quarantined },
    ...figuresOf(found),
    detail: found,
  };
}

await main(async () => {
  const text = { type: "string" };
  const { values } = parseArgs({ options: { json: text, limit: text, only: text, conversation: { type: "boolean" } } });
  const chosen = models();
  const tasks = values.conversation ? [CONVERSATION] : chosenTasks({ only: named(values.only), limit: counted(values.limit) });
  await build(await prepare());
  const began = new Date();
  step(`${tasks.length} tasks with ${chosen.planner}`);
  const found = [];
  // A slow model takes hours, so what is known is written after every task.
  const keep = () => values.json && writeFileSync(values.json, `${JSON.stringify(reportOf(found, chosen, began), null, 2)}\n`);
  await runModels(BUILD, tasks, chosen, {
    say: (task) => {
      found.push(task);
      note(`${found.length} of ${tasks.length} ${lineOf(task)}`);
      if (values.conversation) for (const line of linesOf(task)) note(line);
      keep();
    },
  });
  print(found, figuresOf(found), chosen);
  note(`It took ${seconds(Date.now() - began.getTime())}`);
  if (values.json) note(`The figures are in ${values.json}.`);
});
