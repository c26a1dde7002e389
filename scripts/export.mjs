// npm run export: has the agent write everything it holds into an encrypted file.
// `-- --from URL` names a deployed agent, `-- --out FILE` the file. CONSOLE_TOKEN is taken from the
// environment first, then from .dev.vars.

import { createWriteStream, existsSync, renameSync, rmSync, statSync } from "node:fs";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { parseArgs } from "node:util";
import { originOf, refusal } from "./lib/backup.mjs";
import { read } from "./lib/devvars.mjs";
import { Problem, green, main, note } from "./lib/log.mjs";

await main(async () => {
  const { values } = parseArgs({ options: { from: { type: "string" }, out: { type: "string" } } });
  const origin = originOf(values.from ?? `http://127.0.0.1:${process.env.PORT || 8787}`, "--from");
  const token = process.env.CONSOLE_TOKEN || read().CONSOLE_TOKEN;
  if (!token) throw new Problem("CONSOLE_TOKEN is not known here.", "set it to the value that your deployed agent has.");
  const file = values.out ?? `sclerite-${new Date().toISOString().slice(0, 16).replace(":", "")}.age`;
  if (existsSync(file)) throw new Problem(`${file} is there already.`, "name another file with --out FILE.");
  let response;
  try {
    response = await fetch(`${origin}/api/export`, { method: "POST", headers: { authorization: `Bearer ${token}` } });
  } catch (error) {
    throw new Problem(`${origin} does not answer (${error.cause?.code ?? error.message}).`, "start the agent, or name the deployed one with --from URL.");
  }
  if (!response.ok) throw await refusal(response, "docs/backup.md says how exports are set up.");
  const partial = `${file}.part`;
  try {
    await pipeline(Readable.fromWeb(response.body), createWriteStream(partial, { flags: "wx", mode: 0o600 }));
    renameSync(partial, file);
  } catch (error) {
    rmSync(partial, { force: true });
    throw new Problem(`The export broke off (${error.cause?.code ?? error.code ?? error.message}).`, "run the command again in a minute.");
  }
  console.log(`${green("✓")} ${file}, ${(statSync(file).size / 1024).toFixed(1)} KiB, encrypted`);
  note(`Whether it is whole: npm run restore -- ${file} --check --identity FILE`);
});
