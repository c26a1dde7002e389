// npm run sim: the real engine under every fault, in seconds and without a network.
// `-- --turns N --seed S --json FILE`, and `--episode E` to play one episode again (`--trace`
// prints every step of it).

import { main, step } from "./lib/log.mjs";
import { simulate } from "./lib/sim.mjs";

await main(async () => {
  step("Simulating turns, each under another kind of failure");
  const { code } = await simulate(process.argv.slice(2));
  process.exitCode = code;
});
