// Reads how many tests passed and failed from what the test programs print.
// A test that was left out counts as failed: nothing here is skipped silently.

/** Sums of `cargo test`; ignored tests count as failed. */
export function cargoCounts(output, code) {
  let passed = 0;
  let failed = 0;
  for (const found of output.matchAll(/^test result: \w+\. (\d+) passed; (\d+) failed; (\d+) ignored;/gm)) {
    passed += Number(found[1]);
    failed += Number(found[2]) + Number(found[3]);
  }
  return atLeastOneFailure({ passed, failed }, code);
}

/** Sums of `node --test` in TAP; skipped, cancelled and todo tests count as failed. */
export function tapCounts(tap, code) {
  const last = (name) => Number([...tap.matchAll(new RegExp(`^# ${name} (\\d+)$`, "gm"))].at(-1)?.[1] ?? 0);
  const counts = { passed: last("pass"), failed: last("fail") + last("cancelled") + last("skipped") + last("todo") };
  return atLeastOneFailure(counts, code);
}

/** A program that failed, or ran nothing at all, is a failure even if it counted none. */
function atLeastOneFailure({ passed, failed }, code) {
  const broken = failed === 0 && (code !== 0 || passed === 0);
  return { passed, failed: broken ? 1 : failed };
}
