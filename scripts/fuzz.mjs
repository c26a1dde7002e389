// npm run fuzz: the readers of src/format, fed with what libFuzzer makes of awkward messages,
// pages, calendars, cards and feeds. `-- --target mime --runs N` runs one of them; without a target,
// each gets its share. What makes one fail is kept under test-results/fuzz, and
// `-- --target mime --input FILE` reads it.

import { main, step } from "./lib/log.mjs";
import { fuzz } from "./lib/fuzz.mjs";

/** Enough for a change to show; a long run is 10,000,000. */
const RUNS = 1_000_000;

await main(async () => {
  step("Fuzzing the readers of mail, pages, calendars, cards and feeds");
  const { failed } = await fuzz(process.argv.slice(2), RUNS);
  process.exitCode = failed === 0 ? 0 : 1;
});
