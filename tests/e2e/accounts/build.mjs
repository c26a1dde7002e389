// The build that the tests of accounts share: its connections are beside this file.

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "../../../scripts/lib/build.mjs";
import { prepare } from "../../../scripts/lib/setup.mjs";
import { limitOf, report, total } from "../../../scripts/lib/size.mjs";

const HERE = fileURLToPath(new URL(".", import.meta.url));
const ROOT = fileURLToPath(new URL("../../..", import.meta.url));

/** Where that build is. */
export const FOLDER = join(ROOT, "test-results", "builds", "accounts");

const CONNECTIONS = join(HERE, "connections.toml");

/** Builds it, if it is not up to date. The first time takes minutes. Every service is in it. */
export async function buildAccounts() {
  const modules = await build(await prepare(), { folder: FOLDER, connections: CONNECTIONS });
  if (total(modules) > limitOf(CONNECTIONS)) throw new Error(`the Worker with every service is too large: ${report(modules, limitOf(CONNECTIONS))}`);
}
