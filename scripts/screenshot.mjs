// node scripts/screenshot.mjs: writes docs/console.png from the built Worker, as a person would see it.
// Run it after `npm run build` when the console looks different.

import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { findBrowser } from "./lib/browser.mjs";
import { Problem, main, skipped } from "./lib/log.mjs";
import { ROOT } from "./lib/run.mjs";

const PICTURE = join(ROOT, "docs", "console.png");

await main(async () => {
  const path = findBrowser();
  if (path === null) throw new Problem("a picture needs a Chromium and there is none.", "install Chromium or Chrome, or set CHROME_PATH to the one you have.");
  process.env.CHROME_PATH = path;
  // These need `npm ci`, which the lines above do not.
  const { Console, startBrowser } = await import("../tests/browser/support.mjs");
  const { startAgent } = await import("../tests/e2e/support.mjs");
  const browser = await startBrowser();
  const worker = await startAgent();
  try {
    const tab = await Console.open(await browser.newComputer(), worker);
    await tab.page.setViewport({ width: 1200, height: 940 });
    for (const words of ["What’s on tomorrow?", "Remind me tomorrow at 9 to water the plants", "Any mail about the migration?", "Read 1"]) await tab.ask(words);
    await tab.say("Write to ada@example.org: Is there really a mailbox migration tonight?");
    await tab.see("#messages .approval[data-status=waiting] .deny");
    mkdirSync(dirname(PICTURE), { recursive: true });
    await tab.page.screenshot({ path: PICTURE });
    tab.assertClean();
    skipped(`Wrote ${PICTURE}`);
  } finally {
    await browser.close();
    await worker.dispose();
  }
});
