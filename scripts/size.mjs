// npm run size: how large the upload is; fails when it is over the limit.

import { BUILD, build } from "./lib/build.mjs";
import { Problem, main } from "./lib/log.mjs";
import { prepare } from "./lib/setup.mjs";
import { limitOf, measure, report, table, total } from "./lib/size.mjs";

await main(async () => {
  await build(await prepare());
  const modules = measure(BUILD);
  console.log(table(modules));
  console.log(`The Worker is ${report(modules)} (1 KiB is 1,024 bytes).`);
  if (total(modules) > limitOf()) {
    throw new Problem("the Worker is larger than its limit.", "look for a dependency that came in lately (`cargo tree`), or for text and tables compiled in.");
  }
});
