// npm run kill: workerd is killed with SIGKILL again and again under load, and nothing may be lost
// or happen twice. `-- --kills N --seed S --json FILE`.

import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { FOLDER, buildDesk } from "../tests/e2e/support-desk.mjs";
import { killAgain } from "../tests/kill/run.mjs";
import { faultsOf } from "./lib/audit.mjs";
import { Problem, green, main, note, red, step } from "./lib/log.mjs";

await main(async () => {
  const text = { type: "string" };
  const { values } = parseArgs({ options: { json: text, kills: { ...text, default: "300" }, seed: { ...text, default: "1" } } });
  const [kills, seed] = [Number(values.kills), Number(values.seed)];
  if (!Number.isInteger(kills) || kills < 1 || !Number.isInteger(seed)) throw new Problem("--kills and --seed take whole numbers.", "npm run kill -- --kills 300 --seed 1");
  await buildDesk();
  step(`Killing the agent ${kills} times`);
  const { audit, faults, ...figures } = await killAgain({ kills, seed, build: FOLDER, say: note });
  const chain = faultsOf(Buffer.from(audit));
  for (const fault of [...faults, ...chain.faults]) console.log(`${red("✗")} ${fault}`);
  const report = { version: 1, ...figures, chain_ok: chain.faults.length === 0 };
  console.log(JSON.stringify(report, null, 2));
  if (values.json) writeFileSync(values.json, `${JSON.stringify(report, null, 2)}\n`);
  const fine = report.lost === 0 && report.doubled === 0 && report.chain_ok;
  if (fine) console.log(`${green("✓")} nothing lost, nothing twice`);
  process.exitCode = fine ? 0 : 1;
});
