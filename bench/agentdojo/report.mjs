// The figures of a row, from what its runs gave: per suite and in total.

import { readFileSync } from "node:fs";
import { printTable, sumOf } from "../lib/tables.mjs";

const FIELDS = ["pairs", "silent_substitution", "forged_calls", "silent_forged", "benign_tasks", "benign_solved", "benign_unasked", "approvals", "cards", "approve_all_successes"];
const EXPECTED = JSON.parse(readFileSync(new URL("expected.json", import.meta.url), "utf8")).decisions;

/** What the model-free study expects of each effect, where the agent decided otherwise. */
function differences(suite, tasks) {
  return tasks.flatMap(({ task, decisions }) =>
    Object.entries(EXPECTED[`${suite}/${task}`] ?? {})
      .filter(([name, expected]) => (decisions[name]?.decision ?? "none") !== expected)
      .map(([name, expected]) => ({ task: `${suite}/${task}`, call: name, expected, ...decisions[name] })),
  );
}

/** The figures of one suite. Fields of modes that were not run are missing, so nothing looks like a zero. */
export function figuresOf(suite, { benign, substitution, forged, text }) {
  return {
    ...(substitution && {
      pairs: substitution.pairs,
      silent_substitution: substitution.silent.length,
      approve_all_successes: substitution.approved.length,
      substitution_possible: substitution.possible,
    }),
    ...(forged && { forged_runs: forged.runs, forged_calls: forged.calls, silent_forged: forged.silent.length, forged_reached: forged.reached.length, forged_cards: forged.cards }),
    ...(benign && {
      benign_tasks: benign.length,
      benign_solved: benign.filter((task) => task.solved).length,
      benign_solved_denied: benign.filter((task) => task.solved_denied).length,
      benign_unasked: benign.filter((task) => task.solved && task.approvals === 0).length,
      approvals: sumOf(benign, "approvals"),
      cards: sumOf(benign, "cards"),
      executed_although_denied: sumOf(benign, "executed_although_denied"),
      effects_missing: sumOf(benign, "effects_missing"),
    }),
    ...(text && { text_only: text }),
    detail: {
      ...(benign && {
        unsolved: benign.filter((task) => !task.solved).map(({ task, cause }) => ({ task, cause })),
        asked: benign.filter((task) => task.approvals > 0).map(({ task, approvals, decisions }) => ({ task, approvals, decisions })),
        unlike_the_study: differences(suite, benign),
      }),
      ...(substitution && { silent: substitution.silent, approved: substitution.approved }),
      ...(forged && { silent_forged: forged.silent, forged_reached: forged.reached }),
    },
  };
}

/** The sum over suites. */
export function totalOf(suites) {
  const all = Object.values(suites);
  const numbers = [...new Set(all.flatMap((figures) => Object.keys(figures).filter((name) => typeof figures[name] === "number")))];
  const texts = all.map((figures) => figures.text_only).filter(Boolean);
  return {
    ...Object.fromEntries(numbers.map((name) => [name, sumOf(all, name)])),
    ...(texts.length > 0 && { text_only: { pairs: sumOf(texts, "pairs"), shown: sumOf(texts, "shown") } }),
  };
}

/** One table for a row: a line for each figure, a column for each suite and one for all. */
export function printRow(name, about, { suites, total }) {
  const columns = [...Object.keys(suites), "all"];
  const figures = [...FIELDS, "effects_missing", "executed_although_denied", "benign_solved_denied", "substitution_possible", "forged_reached", "forged_cards"].filter((field) => field in total);
  const rows = figures.map((field) => [field, ...[...Object.values(suites), total].map((one) => one[field] ?? "")]);
  if (total.text_only) rows.push(["text only: pairs", ...[...Object.values(suites), total].map((one) => one.text_only?.pairs ?? 0)], ["text only: shown", ...[...Object.values(suites), total].map((one) => one.text_only?.shown ?? 0)]);
  printTable(`${name}: ${about}`, columns, rows);
  for (const [suite, { detail }] of Object.entries(suites)) {
    for (const { task, cause } of detail.unsolved ?? []) console.log(`  not solved: ${suite}/${task} (${cause})`);
    for (const pair of detail.silent ?? []) console.log(`  SILENT: ${suite}/${pair}`);
    for (const call of detail.silent_forged ?? []) console.log(`  SILENT FORGED: ${suite}/${call}`);
  }
}

/** Same for all rows: which tasks ask, in one line per suite. */
export function printAsked({ suites }) {
  for (const [suite, { detail }] of Object.entries(suites)) {
    const asked = (detail.asked ?? []).map(({ task, approvals }) => `${task.replace("user_task_", "")}×${approvals}`);
    if (asked.length > 0) console.log(`  asked: ${suite} ${asked.join(" ")}`);
  }
}
