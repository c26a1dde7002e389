// npm run restore -- FILE: puts an export into a fresh agent.
// `--identity FILE` names the key, `--to URL` a deployed agent, `--check` only reads the file and says
// whether it is whole. CONSOLE_TOKEN of the fresh agent is taken from the environment first, then from
// .dev.vars. The file is decrypted here; the agent never sees the key.

import { parseArgs } from "node:util";
import { check, linesOf, originOf, readIdentities, refusal } from "./lib/backup.mjs";
import { read } from "./lib/devvars.mjs";
import { Problem, green, main, note, step } from "./lib/log.mjs";

/** Lines go together until they have this many bytes; a larger one goes alone. */
const PAGE_BYTES = 512 * 1024;
const TRIES = 4;

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** A request to the agent; what may be the network's fault is tried again. */
async function send(origin, token, method, path, body) {
  for (let n = 1; ; n += 1) {
    try {
      const response = await fetch(origin + path, { method, body, headers: { authorization: `Bearer ${token}` } });
      if (response.ok) return response.status === 204 ? undefined : await response.json();
      if (response.status < 500 || n === TRIES) throw await refusal(response, "docs/backup.md says what each refusal means.");
      await response.body?.cancel();
    } catch (error) {
      if (error instanceof Problem) throw error;
      if (n === TRIES) throw new Problem(`${origin} does not answer (${error.cause?.code ?? error.message}).`, "start the agent, or name the deployed one with --to URL, and begin anew.");
    }
    await sleep(500 * 2 ** n);
  }
}

async function upload(file, identities, origin, token) {
  const call = (method, path, body) => send(origin, token, method, path, body);
  let restore;
  let page = 0;
  let held;
  let lines = [];
  let bytes = 0;
  const flush = async () => {
    if (lines.length > 0) await call("POST", `/api/restore/rows?restore=${restore}&page=${page}`, Buffer.concat(lines));
    if (lines.length > 0) page += 1;
    lines = [];
    bytes = 0;
  };
  // The last line is held back: it ends the restore.
  for await (const line of linesOf(file, identities)) {
    if (held && restore === undefined) ({ restore } = await call("POST", "/api/restore", held));
    else if (held) {
      if (bytes + held.length > PAGE_BYTES) await flush();
      lines.push(held);
      bytes += held.length;
    }
    held = line;
  }
  await flush();
  return call("POST", `/api/restore/end?restore=${restore}`, held);
}

await main(async () => {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { identity: { type: "string" }, to: { type: "string" }, check: { type: "boolean" } } });
  const [file] = positionals;
  if (!file || positionals.length > 1) throw new Problem("No file is named.", "npm run restore -- FILE --identity FILE --to https://…");
  const identities = await readIdentities(values.identity ?? "sclerite-identity.age");
  step(`Reading ${file}`);
  const { header, total } = await check(file, identities);
  console.log(`${green("✓")} ${file} is whole: ${total} rows, taken ${new Date(header.at).toISOString()} by version ${header.version}`);
  if (values.check) return;
  const origin = originOf(values.to ?? `http://127.0.0.1:${process.env.PORT || 8787}`, "--to");
  const token = process.env.CONSOLE_TOKEN || read().CONSOLE_TOKEN;
  if (!token) throw new Problem("CONSOLE_TOKEN is not known here.", "set it to the value that the fresh agent has.");
  step(`Restoring into ${origin}`);
  let done;
  try {
    done = await upload(file, identities, origin, token);
  } catch (error) {
    note("Nothing was restored, and nothing runs there. Run the command again; DELETE /api/restore gives up.");
    throw error;
  }
  console.log(`${green("✓")} ${done.rows} rows are restored, and the agent goes on from them`);
  if (done.tokens_dropped > 0) note(`SEAL_KEY is another one there, so ${done.tokens_dropped} sealed access tokens were dropped. The agent gets new ones by itself; if a service asks you to log in again, that is why.`);
  if (done.unknown > 0) note(`${done.unknown} calls were under way when the export was taken. The old agent may have made them since, so they are not made here: the agent tells you of each, and /failures lists them.`);
});
