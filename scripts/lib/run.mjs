// Paths of the project and how its scripts start other programs.
// Only what Node brings is imported here, because this runs before `npm ci`.

import { spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Problem } from "./log.mjs";

/** The project's folder. */
export const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
/** Where npm puts the programs of the packages; `node` here is the pinned one. */
export const BIN = join(ROOT, "node_modules", ".bin");
/** Where tools that are built once per computer are kept. */
export const CACHE = join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "sclerite");

/** `PATH` without the project's own packages: for npm, which is about to replace them. */
function outerPath() {
  const cargo = join(process.env.CARGO_HOME || join(homedir(), ".cargo"), "bin");
  const entries = (process.env.PATH || "").split(delimiter).filter((entry) => entry !== BIN);
  if (!entries.includes(cargo)) entries.push(cargo);
  return entries.join(delimiter);
}

/** The environment for child programs: the pinned Node first, cargo found even in a bare shell. */
export function environment(extra = {}, { outer = false } = {}) {
  const path = outer ? outerPath() : BIN + delimiter + outerPath();
  return { ...process.env, PATH: path, ...extra };
}

/** The pinned Node where it is installed, else the one that runs now. */
export function nodeBinary() {
  const pinned = join(BIN, process.platform === "win32" ? "node.cmd" : "node");
  return existsSync(pinned) ? pinned : process.execPath;
}

/** Runs a program and returns its standard output, or `null` when it is missing or fails. */
export function capture(command, args, options = {}) {
  const result = spawnSync(command, args, {
    cwd: ROOT,
    env: environment(),
    encoding: "utf8",
    ...options,
  });
  return result.status === 0 ? result.stdout.trim() : null;
}

/** Calls `eachLine` with every whole line of a stream, and with a rest that has no line end. */
export function lines(stream, eachLine) {
  let rest = "";
  stream.setEncoding("utf8");
  stream.on("data", (chunk) => {
    const parts = (rest + chunk).split("\n");
    rest = parts.pop() ?? "";
    parts.forEach(eachLine);
  });
  stream.on("end", () => {
    if (rest) eachLine(rest);
  });
}

/**
 * Runs a program. Resolves with `{ code, output }` and never rejects for a non-zero exit.
 *
 * Its output goes straight to the terminal, and `output` is empty, unless one of these is set:
 * `collect` shows and keeps it, `quiet` only keeps it, `show(line)` chooses the lines to show.
 */
export function run(command, args, { collect = false, env, outer = false, cwd = ROOT, quiet = false, show } = {}) {
  return new Promise((resolve, reject) => {
    const stdio = collect || quiet || show ? "pipe" : "inherit";
    const child = spawn(command, args, { cwd, env: environment(env, { outer }), stdio: ["ignore", stdio, stdio] });
    const kept = [];
    const keep = (target) => (line) => {
      kept.push(`${line}\n`);
      if (!quiet && (!show || show(line))) target.write(`${line}\n`);
    };
    if (child.stdout) lines(child.stdout, keep(process.stdout));
    if (child.stderr) lines(child.stderr, keep(process.stderr));
    child.on("error", (error) => {
      reject(new Problem(`could not start ${command}: ${error.message}`, `check that ${command} is installed and in your PATH.`));
    });
    child.on("close", (code, signal) => {
      resolve({ code: code ?? (signal ? 1 : 0), output: kept.join("") });
    });
  });
}

/** Like `run`, but a non-zero exit is a `Problem` with the given remedy. */
export async function mustRun(command, args, remedy, options = {}) {
  const result = await run(command, args, options);
  if (result.code !== 0) {
    if (options.quiet) process.stderr.write(result.output);
    throw new Problem(`\`${[command, ...args].join(" ")}\` failed.`, remedy);
  }
  return result;
}
