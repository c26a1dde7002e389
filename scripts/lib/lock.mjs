// One process at a time installs a thing; the others wait for it and then find it installed.

import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CACHE } from "./run.mjs";

const POLL_MS = 100;

/** Whether the process that holds a lock still runs. A lock without a number is just being made. */
function held(folder) {
  let pid;
  try {
    pid = Number(readFileSync(join(folder, "pid"), "utf8"));
  } catch {
    return true;
  }
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}

/** Runs `body` while no other process of this user runs one under the same name. */
export async function alone(name, body) {
  const folder = join(CACHE, `${name}.lock`);
  mkdirSync(CACHE, { recursive: true });
  for (;;) {
    try {
      mkdirSync(folder);
      break;
    } catch (error) {
      if (error.code !== "EEXIST") throw error;
    }
    // What a killed process left behind would stop everyone for ever.
    if (!held(folder)) rmSync(folder, { recursive: true, force: true });
    else await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  try {
    writeFileSync(join(folder, "pid"), String(process.pid));
    return await body();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
