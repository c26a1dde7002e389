// Builds and runs the simulation: a native program that takes a build with its own connections.

import { mustRun, run } from "./run.mjs";

/** What the build of the simulation is connected to. */
const CONNECTIONS = "tests/sim/connections.toml";

/** Builds it, then runs it with these arguments; resolves with its exit code and output. */
export async function simulate(args, options = {}) {
  const env = { SCLERITE_CONNECTIONS: CONNECTIONS };
  const build = ["--locked", "--profile", "bench", "--example", "sim"];
  await mustRun("cargo", ["build", ...build], "read the compiler's message above.", { env });
  return run("cargo", ["run", "--quiet", ...build, "--", ...args], { env, ...options });
}
