// A short run of `npm run kill`: real workerd, killed under load.

import assert from "node:assert/strict";
import { before, test } from "node:test";
import { faultsOf } from "../../scripts/lib/audit.mjs";
import { killAgain } from "../kill/run.mjs";
import { FOLDER, buildDesk } from "./support-desk.mjs";

before(buildDesk, { timeout: 900_000 });

test("twenty kills lose nothing and do nothing twice", { timeout: 500_000 }, async (t) => {
  const { faults, audit, ...figures } = await killAgain({ kills: 20, seed: 3, build: FOLDER });
  t.diagnostic(JSON.stringify(figures));
  assert.deepEqual(faults, []);
  assert.deepEqual(faultsOf(Buffer.from(audit)).faults, []);
  assert.ok(figures.accepted > 10 && figures.effects > 5, "there was too little load to mean anything");
});
