// The build that the tests of accounts share: its connections are beside this file.

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "../../../scripts/lib/build.mjs";
import { prepare } from "../../../scripts/lib/setup.mjs";

const HERE = fileURLToPath(new URL(".", import.meta.url));
const ROOT = fileURLToPath(new URL("../../..", import.meta.url));

/** Where that build is. */
export const FOLDER = join(ROOT, "test-results", "builds", "accounts");

/** Builds it, if it is not up to date. The first time takes minutes. */
export const buildAccounts = async () => build(await prepare(), { folder: FOLDER, connections: join(HERE, "connections.toml") });
