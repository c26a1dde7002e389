// The build that `npm run bench` measures: the product's own connections, with limits of what may be
// spent that thousands of turns in a row do not reach. Everything else in it is the product.

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { build } from "../scripts/lib/build.mjs";
import { ROOT } from "../scripts/lib/run.mjs";

/** Where the build is. */
export const FOLDER = join(ROOT, "bench", "builds", "turns");
const CONNECTIONS = join(ROOT, "bench", "builds", "connections.turns.toml");
const LIMITS = ["tokens_turn", "tokens_day", "requests_day", "sends_day", "pays_day", "bytes_day"];

/** Makes the build, unless it is there and up to date. */
export async function buildForBench(tools) {
  const own = readFileSync(join(ROOT, "connections.toml"), "utf8");
  const at = own.indexOf("\n[budget]\n");
  if (at < 0) throw new Error("connections.toml has no [budget], the last of its tables");
  const limits = LIMITS.map((name) => `${name} = 100000000000\n`).join("");
  mkdirSync(dirname(CONNECTIONS), { recursive: true });
  writeFileSync(CONNECTIONS, `${own.slice(0, at)}\n[budget]\n${limits}`);
  await build(tools, { folder: FOLDER, connections: CONNECTIONS });
}
