// One process at a time installs a thing; the others wait for it and then find it installed.

import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CACHE } from "./run.mjs";

const POLL_MS = 100;

/** Whether the process that holds a lock still runs. One that is just being given back counts. */
function held(folder) {
  try {
    process.kill(Number(readFileSync(join(folder, "pid"), "utf8")), 0);
    return true;
  } catch (error) {
    return error.code !== "ESRCH";
  }
}

/** Takes the lock, with our number already in it, or says that another has it. */
function take(folder) {
  const ours = mkdtempSync(`${folder}-`);
  writeFileSync(join(ours, "pid"), String(process.pid));
  try {
    renameSync(ours, folder);
    return true;
  } catch (error) {
    rmSync(ours, { recursive: true, force: true });
    if (!["EEXIST", "ENOTEMPTY", "EPERM"].includes(error.code)) throw error;
    return false;
  }
}

/** Runs `body` while no other process of this user runs one under the same name. */
export async function alone(name, body) {
  const folder = join(CACHE, `${name}.lock`);
  mkdirSync(CACHE, { recursive: true });
  while (!take(folder)) {
    // What a killed process left behind would stop everyone for ever.
    if (!held(folder)) rmSync(folder, { recursive: true, force: true });
    else await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  try {
    return await body();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
