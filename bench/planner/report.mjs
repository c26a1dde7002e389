// The figures of a model, from its runs.

import { printTable } from "../lib/tables.mjs";
import { median } from "../tasks/report.mjs";
import { CAUSES } from "./causes.mjs";

const MEASURES = ["planner_calls", "quarantined_calls", "tokens_in", "tokens_out", "seconds", "approvals"];

/** The figures over all tasks: solved, medians, and how often each cause of failure came up. */
export function figuresOf(tasks) {
  const causes = Object.keys(CAUSES).map((word) => [word, tasks.filter(({ cause }) => cause === word).length]);
  return {
    tasks: tasks.length,
    solved: tasks.filter(({ solved }) => solved).length,
    medians: Object.fromEntries(MEASURES.map((name) => [name, median(tasks.map((task) => task[name]))])),
    causes: Object.fromEntries(causes.filter(([, count]) => count > 0)),
  };
}

/** One line for a task that is done. */
export function lineOf(task) {
  const { planner_calls, quarantined_calls, tokens_in, tokens_out, seconds } = task;
  return `${task.solved ? "solved" : task.cause}: ${task.task}, ${planner_calls} + ${quarantined_calls} calls, ${tokens_in} + ${tokens_out} tokens, ${seconds.toFixed(0)} s`;
}

/** A table with a line for each task, and the sums below it. */
export function print(tasks, figures, { planner, quarantined }) {
  const title = planner === quarantined ? planner : `${planner}, with ${quarantined} as the reader`;
  const rows = tasks.map((task) => [task.task, task.solved ? "solved" : task.cause, ...MEASURES.map((name) => task[name])]);
  printTable(title, ["", ...MEASURES], [...rows, ["median", `${figures.solved} of ${figures.tasks}`, ...MEASURES.map((name) => figures.medians[name] ?? "")]]);
  for (const [word, count] of Object.entries(figures.causes)) console.log(`  ${word} ${count}: ${CAUSES[word]}`);
}
