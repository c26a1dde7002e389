// npm run deploy: builds, uploads, and says which secrets are still missing.
// Secrets are never read from .dev.vars here: what protects the local Worker stays local.

import { build } from "./lib/build.mjs";
import { GENERATED } from "./lib/devvars.mjs";
import { Problem, bold, main, skipped, step } from "./lib/log.mjs";
import { BIN, capture, environment, mustRun } from "./lib/run.mjs";
import { prepare } from "./lib/setup.mjs";
import { limitOf, report, total } from "./lib/size.mjs";
import { join } from "node:path";

const WRANGLER = join(BIN, "wrangler");
const QUIET = { WRANGLER_SEND_METRICS: "false", WRANGLER_SEND_ERROR_REPORTS: "false", WRANGLER_HIDE_BANNER: "true" };

/** The names of the secrets that the deployed Worker has; none when it cannot be asked. */
function deployedSecrets() {
  const answer = capture(WRANGLER, ["secret", "list", "--format", "json"], { env: environment(QUIET) });
  try {
    return JSON.parse(answer).map((secret) => secret.name);
  } catch {
    return [];
  }
}

await main(async () => {
  const extra = process.argv.slice(2);
  const modules = await build(await prepare());
  if (total(modules) > limitOf()) {
    throw new Problem(`the Worker is too large: ${report(modules)}.`, "`npm run size` shows what it is made of.");
  }
  step("Uploading to Cloudflare (wrangler deploy)");
  await mustRun(WRANGLER, ["deploy", ...extra], "log in with `npx wrangler login`, or set CLOUDFLARE_API_TOKEN, and run the command again.", { env: QUIET });
  if (extra.includes("--dry-run")) return;
  const missing = GENERATED.filter((name) => !deployedSecrets().includes(name));
  if (missing.length === 0) {
    skipped(`The secrets are set: ${GENERATED.join(", ")}`);
    return;
  }
  console.log(`\n${bold("One thing is left:")} these secrets are not set, and what they protect stays closed until they are.`);
  console.log("Make a value for each and keep CONSOLE_TOKEN, you need it to log in:\n");
  for (const name of missing) {
    console.log(`  node -e 'console.log(require("crypto").randomBytes(32).toString("base64url"))'   # copy what it prints`);
    console.log(`  npx wrangler secret put ${name}\n`);
  }
  console.log("Then: CONSOLE_TOKEN=… npm run login -- --url https://<your worker's address>");
});
