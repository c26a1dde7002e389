// npm run build: leaves the Worker's modules in build/. Wrangler runs it too before a deploy.

import { build } from "./lib/build.mjs";
import { main } from "./lib/log.mjs";
import { prepare } from "./lib/setup.mjs";

await main(async () => {
  await build(await prepare());
});
