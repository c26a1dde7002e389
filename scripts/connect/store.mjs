// Writes what a successful trial was tried with: secrets, then the table. Each file is replaced in
// one step, and nothing in here waits, so that Ctrl-C comes before all of it or after.

import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chmodSync, existsSync, readFileSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { merged } from "../lib/devvars.mjs";
import { Problem } from "../lib/log.mjs";
import { BIN, ROOT, environment } from "../lib/run.mjs";

const DEPLOY_REMEDY = "log in with `npx wrangler login`, deploy the Worker once with `npm run deploy`, and run this command again; nothing was written on this computer.";

/** A file's text, or nothing if there is none. */
export const textOf = (path) => (existsSync(path) ? readFileSync(path, "utf8") : "");

/** Writes a file beside the one that it shall replace. A link stays a link. */
function prepared(path, text, mode) {
  const target = existsSync(path) ? realpathSync(path) : path;
  const beside = `${target}.${randomBytes(6).toString("hex")}.part`;
  writeFileSync(beside, text, { flag: "wx", mode });
  chmodSync(beside, mode);
  return { beside, target };
}

/**
 * Puts both files in their place, or neither. `table` is the new text of `connections.toml`, if it
 * changes; `values` go into `.dev.vars`.
 */
export function save({ devVars, values, connections, table }) {
  const steps = [];
  const before = existsSync(devVars) ? readFileSync(devVars) : null;
  try {
    if (Object.keys(values).length > 0) steps.push(prepared(devVars, merged(textOf(devVars), values), 0o600));
    if (table !== undefined) steps.push(prepared(connections, table, existsSync(connections) ? statSync(connections).mode & 0o777 : 0o644));
    for (const { beside, target } of steps) renameSync(beside, target);
  } catch (error) {
    for (const { beside } of steps) rmSync(beside, { force: true });
    if (before !== null) writeFileSync(devVars, before, { mode: 0o600 });
    else if (Object.keys(values).length > 0) rmSync(devVars, { force: true });
    if (error instanceof Problem) throw error;
    throw new Problem(`The account could not be written (${error.code ?? "unknown"}), so nothing was.`, `check that ${connections} and ${devVars} can be written and that there is space, and run the command again.`);
  }
}

/** Hands one secret to wrangler by its input, which no other program can see. */
function putSecret(name, value, command) {
  return new Promise((resolve, reject) => {
    const child = spawn(command[0], [...command.slice(1), "secret", "put", name], { cwd: ROOT, env: environment({ WRANGLER_SEND_METRICS: "false", WRANGLER_SEND_ERROR_REPORTS: "false", WRANGLER_HIDE_BANNER: "true" }), stdio: ["pipe", "ignore", "pipe"] });
    let said = "";
    child.stderr.setEncoding("utf8").on("data", (text) => {
      said = (said + text).slice(-4000);
    });
    child.stdin.on("error", () => {});
    child.once("error", () => reject(new Problem("wrangler could not be started.", "run `npm ci`, then this command again.")));
    child.once("close", (code) => {
      if (code === 0) return resolve();
      process.stderr.write(said.replaceAll(value, "…"));
      reject(new Problem(`wrangler did not take ${name}.`, DEPLOY_REMEDY));
    });
    child.stdin.end(value);
  });
}

/** Sets the secrets of the deployed Worker, one after the other. */
export async function deploySecrets(values, command = [join(BIN, "wrangler")]) {
  for (const [name, value] of Object.entries(values)) await putSecret(name, value, command);
}
