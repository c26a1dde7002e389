// npm run audit:verify FILE: whether an exported audit log is whole. Needs no agent and no network.

import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { faultsOf, refusalIn } from "./lib/audit.mjs";
import { Problem, green, main, note } from "./lib/log.mjs";

await main(async () => {
  const { positionals } = parseArgs({ allowPositionals: true });
  const [file] = positionals;
  if (!file || positionals.length > 1) throw new Problem("No file is named.", "curl -H \"Authorization: Bearer $CONSOLE_TOKEN\" https://…/api/audit > audit.jsonl, then npm run audit:verify audit.jsonl");
  let bytes;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    throw new Problem(`${file} cannot be read (${error.code}).`, "name the file that you exported.");
  }
  const refusal = refusalIn(bytes);
  if (refusal !== undefined) throw new Problem(`${file} is no log but an error of the agent's: ${refusal}`, "export it again with the console's token in the header `authorization: Bearer …`.");
  const { records, faults, from, to } = faultsOf(bytes);
  if (faults.length > 0) {
    for (const fault of faults) note(fault);
    throw new Problem(`${file} is not what the agent wrote.`, "export it again; if it still fails, somebody changed it, here or where the agent keeps it.");
  }
  console.log(`${green("✓")} ${records} records, number ${from} to ${to}, none changed, removed or moved`);
});
