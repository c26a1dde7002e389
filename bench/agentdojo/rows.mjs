// The configurations that are measured, each with a build of its own where the policy differs.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BUILD, build } from "../../scripts/lib/build.mjs";
import { ROOT } from "../../scripts/lib/run.mjs";

const CONNECTIONS = "bench/agentdojo/connections.toml";
const PROFILE = "bench/agentdojo/connections.profile.toml";

/**
 * Standing rules that an owner of these accounts could set: small payments to accounts that the owner names,
 * reservations, tidying up. They are set by commands in the console, as an owner does it.
 */
const STANDING = [
  "/allow banking_send_money amount<=500",
  "/allow banking_schedule_transaction amount<=100",
  "/allow banking_update_scheduled_transaction amount<=2500",
  "/allow travel_reserve_hotel count=2",
  "/allow workspace_delete_file count=3",
  "/allow workspace_share_file permission=r",
];

export const ROWS = {
  default: { about: "the product's default policy", connections: CONNECTIONS, commands: [] },
  standing: { about: "the default with standing rules of the owner's", connections: CONNECTIONS, commands: STANDING },
  profile: { about: "value labels and curated sets alone (pay, delete, admin, readers and chosen left out)", connections: PROFILE, commands: [] },
};

/** The folder of a row's build, made if it is not there or not up to date. */
export async function buildOf(row, tools, options = {}) {
  const { connections } = ROWS[row];
  if (connections === PROFILE) {
    const text = `${readFileSync(join(ROOT, CONNECTIONS), "utf8")}\n[policy]\nwithout = ["pay", "delete", "admin", "readers", "chosen"]\n`;
    writeFileSync(join(ROOT, PROFILE), text);
  }
  const folder = join(ROOT, "bench", "builds", connections === PROFILE ? "agentdojo-profile" : "agentdojo");
  if (folder === BUILD) throw new Error("a benchmark must not build into the product's folder");
  await build(tools, { ...options, folder, connections });
  return folder;
}
