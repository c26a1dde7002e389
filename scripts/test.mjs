// npm test: everything that CI runs, with one count at the end.
// `npm run check` runs the static checks only, `npm run e2e [-- FILE…]` the built Worker's tests.
// One failure does not stop the rest. Each static check counts as one test.

import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { buildOf } from "../bench/agentdojo/rows.mjs";
import { ensureBrowser } from "./lib/browser.mjs";
import { build } from "./lib/build.mjs";
import { cargoCounts, tapCounts } from "./lib/counts.mjs";
import { ensureCyrus } from "./lib/cyrus.mjs";
import { fuzz } from "./lib/fuzz.mjs";
import { Problem, bold, green, main, red, seconds } from "./lib/log.mjs";
import { ROOT, nodeBinary, run } from "./lib/run.mjs";
import { ensureRustComponents, prepare } from "./lib/setup.mjs";
import { simulate } from "./lib/sim.mjs";
import { limitOf, report, table, total } from "./lib/size.mjs";

/** One test may take this long; a hanging test fails and the others go on. */
const TEST_TIMEOUT_MS = 180_000;
/** How many turns the simulation plays; `npm run sim` plays as many as you like. */
const SIMULATED_TURNS = 20_000;
/** How many inputs the fuzzer makes up; `npm run fuzz` makes as many as you like. */
const FUZZ_RUNS = 200_000;
const WASM = ["--target", "wasm32-unknown-unknown"];

const results = [];

/** Runs one part and notes its counts; an exception counts as one failure. */
async function part(name, body) {
  console.log(`\n${bold(`== ${name}`)}`);
  const started = Date.now();
  let counts;
  try {
    counts = await body();
  } catch (error) {
    console.error(error instanceof Problem ? `${error.message}\n  What to do: ${error.remedy}` : error);
    counts = { passed: 0, failed: 1 };
  }
  results.push({ name, ...counts, duration_ms: Date.now() - started });
  return counts.failed === 0;
}

/** A command that is one test: it passes when it exits with 0. */
const one = (command, args, env) => async () => {
  const { code } = await run(command, args, { env });
  return { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1 };
};

async function checks() {
  await part("format", one("cargo", ["fmt", "--check"]));
  await part("clippy, native", one("cargo", ["clippy", "--locked", "--all-targets", "--", "-D", "warnings"]));
  await part("clippy, wasm", one("cargo", ["clippy", "--locked", "--lib", ...WASM, "--", "-D", "warnings"]));
  await part("rustdoc", one("cargo", ["doc", "--locked", "--no-deps", "--document-private-items"], { RUSTDOCFLAGS: "-D warnings" }));
}

async function cargoTests() {
  await part("cargo test", async () => {
    const { code, output } = await run("cargo", ["test", "--locked", "--no-fail-fast"], { collect: true });
    return cargoCounts(output, code);
  });
}

async function simulation() {
  await part("simulation", async () => {
    const { code } = await simulate(["--turns", String(SIMULATED_TURNS), "--seed", "1"]);
    return { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1 };
  });
}

async function fuzzing() {
  await part("fuzz", () => fuzz([], FUZZ_RUNS));
}

function testFiles(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .sort()
    .flatMap((name) => {
      const path = join(folder, name);
      if (statSync(path).isDirectory()) return testFiles(path);
      return name.endsWith(".test.mjs") ? [relative(ROOT, path)] : [];
    });
}

/** Runs test files on the pinned Node, one file after the other. */
async function nodeTests(name, files, env = {}) {
  await part(name, async () => {
    if (files.length === 0) throw new Problem(`there are no tests for: ${name}.`, "restore the files named *.test.mjs from git.");
    const folder = join(ROOT, "test-results");
    mkdirSync(folder, { recursive: true });
    const tapPath = join(folder, `${name.replaceAll(" ", "-")}.tap`);
    rmSync(tapPath, { force: true });
    const args = ["--test", "--test-concurrency=1", `--test-timeout=${TEST_TIMEOUT_MS}`, "--test-reporter=spec", "--test-reporter-destination=stdout", "--test-reporter=tap", `--test-reporter-destination=${tapPath}`, ...files];
    const { code } = await run(nodeBinary(), args, { env: { NODE_NO_WARNINGS: "1", ...env } });
    return tapCounts(existsSync(tapPath) ? readFileSync(tapPath, "utf8") : "", code);
  });
}

/** Builds and measures; the tests of the built Worker make no sense without it. */
async function buildAndMeasure(tools) {
  let modules = [];
  const built = await part("build", async () => {
    modules = await build(tools);
    return { passed: 1, failed: 0 };
  });
  if (!built) return false;
  await part("size", async () => {
    console.log(`${table(modules)}\n  ${report(modules)}`);
    const small = total(modules) <= limitOf();
    return { passed: small ? 1 : 0, failed: small ? 0 : 1 };
  });
  return true;
}

async function workerTests(tools, chosen) {
  if (!(await buildAndMeasure(tools))) {
    // Tests that could not run must not look as if there were none.
    results.push({ name: "e2e (not run: the build failed)", passed: 0, failed: 1, duration_ms: 0 });
    return;
  }
  const under = (folder) => testFiles(join(ROOT, folder)).filter((file) => chosen.length === 0 || chosen.some((name) => resolve(ROOT, file) === resolve(process.cwd(), name) || file.includes(name)));
  const e2e = under("tests/e2e");
  const browser = under("tests/browser");
  // Each test file sees to what it needs; for all of them it is had before a test's time counts.
  if (chosen.length === 0) {
    await part("servers for e2e", async () => {
      await ensureCyrus();
      return { passed: 0, failed: 0 };
    });
  }
  if (e2e.length > 0 || chosen.length === 0) await nodeTests("e2e", e2e);
  if (browser.length > 0) {
    let path;
    const ready = await part("chromium", async () => {
      path = await ensureBrowser();
      return { passed: 0, failed: 0 };
    });
    if (ready) await nodeTests("browser", browser, { CHROME_PATH: path });
  }
  const dojo = under("tests/agentdojo");
  if (dojo.length > 0) {
    let folder;
    const ready = await part("build for AgentDojo", async () => {
      folder = await buildOf("profile", tools);
      return { passed: 1, failed: 0 };
    });
    if (ready) await nodeTests("agentdojo", dojo, { SCLERITE_AGENTDOJO_BUILD: folder });
  }
  if (chosen.length > 0 && e2e.length + browser.length + dojo.length === 0) throw new Problem(`no test file matches ${chosen.join(" ")}.`, "name a file under tests/e2e, tests/browser or tests/agentdojo.");
}

function summary() {
  console.log("");
  for (const { name, passed, failed, duration_ms } of results) {
    const mark = failed === 0 ? green("✓") : red("✗");
    const counts = failed === 0 ? `${passed} passed` : `${passed} passed, ${failed} failed`;
    console.log(`${mark} ${name.padEnd(16)} ${counts.padEnd(24)} ${seconds(duration_ms)}`);
  }
  const passed = results.reduce((sum, result) => sum + result.passed, 0);
  const failed = results.reduce((sum, result) => sum + result.failed, 0);
  console.log(`${passed} passed, ${failed} failed`);
  process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
}

await main(async () => {
  const [what = "all", ...chosen] = process.argv.slice(2);
  if (!["all", "check", "e2e"].includes(what)) throw new Problem(`there is no test part named ${what}.`, "use `npm test`, `npm run check` or `npm run e2e`.");
  let tools;
  const prepared = await part("set-up", async () => {
    if (what !== "e2e") await ensureRustComponents();
    tools = await prepare();
    return { passed: 0, failed: 0 };
  });
  if (prepared) {
    if (what !== "e2e") await checks();
    if (what === "all") await cargoTests();
    if (what === "all") await simulation();
    if (what === "all") await fuzzing();
    if (what === "all") await nodeTests("scripts", testFiles(join(ROOT, "scripts")));
    if (what !== "check") await workerTests(tools, chosen);
  }
  summary();
});
