// Runs modes and areas, with one Worker for each build.

import { Lane } from "../lib/lane.mjs";
import { IMPOSTORS, impersonated, planted } from "./attack.mjs";
import { AREAS, TASKS, dated } from "./index.mjs";
import { benign, forged, impostor, substitutions } from "./modes.mjs";
import { detailOf, figuresOf } from "./report.mjs";

export const MODES = ["benign", "substitution", "forged"];

/** Lets a Worker do something with each task, one after the other. */
async function each(build, tasks, work, progress) {
  const lane = await Lane.start({ build });
  const found = [];
  try {
    for (const task of tasks) {
      found.push(...[await work(lane, task)].flat());
      progress();
    }
  } finally {
    await lane.dispose();
  }
  return found;
}

async function withCopy(copy, work) {
  try {
    return await work(copy.folder);
  } finally {
    copy.remove();
  }
}

/** Runs some tasks in some modes; returns the records of each. */
export async function runTasks(build, tasks, { modes = MODES, say = () => {} } = {}) {
  const known = dated(tasks);
  const records = {};
  let done = 0;
  const progress = () => {
    done += 1;
    if (done % 50 === 0) say(`${done} tasks`);
  };
  if (modes.includes("benign")) records.benign = await each(build, known, benign, progress);
  if (modes.includes("substitution")) {
    records.substitution = await withCopy(planted(build), (copy) => each(copy, known, substitutions, progress));
    records.impostor = [];
    for (const posing of IMPOSTORS) {
      const fooled = known.filter((task) => posing.tasks.includes(task.id));
      if (fooled.length === 0) continue;
      records.impostor.push(...(await withCopy(impersonated(build, posing), (copy) => each(copy, fooled, impostor, progress))));
    }
  }
  if (modes.includes("forged")) records.forged = await each(build, known, forged, progress);
  return records;
}

const inArea = (area, records) => {
  const ids = new Set(AREAS[area].map((task) => task.id));
  return Object.fromEntries(Object.entries(records).map(([mode, list]) => [mode, list.filter(({ task }) => ids.has(task.split(" ")[0]))]));
};

/** Everything: the figures of each area and in total, and what is behind them. */
export async function runAll(build, { modes, only, say }) {
  const tasks = only ? TASKS.filter((task) => only.includes(task.id)) : TASKS;
  const records = await runTasks(build, tasks, { modes, say });
  const areas = Object.fromEntries(Object.keys(AREAS).map((area) => [area, figuresOf(inArea(area, records))]));
  return { areas, total: figuresOf(records), detail: detailOf(records) };
}
