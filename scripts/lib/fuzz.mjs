// Builds the fuzz targets with coverage counters, collects what they begin with, and runs them.
// A target is a file in tests/fuzz/targets and its share of the runs below.

import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { corpora } from "./corpora.mjs";
import { Problem, note } from "./log.mjs";
import { CACHE, ROOT, capture, mustRun, run } from "./run.mjs";

/** The targets: how many of 100 runs each gets, how long its inputs are, and its corpora. */
export const TARGETS = {
  authentication: { share: 17, bytes_max: 600, seeds: ["mail"] },
  compose: { share: 17, bytes_max: 600, seeds: [] },
  dav: { share: 8, bytes_max: 800, seeds: ["answers"] },
  feed: { share: 10, bytes_max: 600, seeds: ["feeds"] },
  html: { share: 22, bytes_max: 600, seeds: ["pages"] },
  ical: { share: 4, bytes_max: 900, seeds: ["calendars"] },
  mime: { share: 18, bytes_max: 1_000, seeds: ["mail"] },
  vcard: { share: 4, bytes_max: 600, seeds: ["cards"] },
};

const FOLDER = join(ROOT, "tests", "fuzz");
/** One input may take this long. */
const TIMEOUT_SECONDS = 20;
/** Counters at every branch, which is what libFuzzer goes by; no nightly compiler is needed. */
const COVERAGE = ["-Cpasses=sancov-module", "-Cllvm-args=-sanitizer-coverage-level=4", "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters", "-Cllvm-args=-sanitizer-coverage-pc-table", "-Cllvm-args=-sanitizer-coverage-trace-compares", "--cfg", "fuzzing"];

/** What the command line asks for; a mistake is a Problem. */
export function asked(args, runs) {
  const found = { targets: Object.keys(TARGETS), runs };
  for (let at = 0; at < args.length; at += 2) {
    const [name, value] = [args[at], args[at + 1]];
    if (name === "--target" && Object.hasOwn(TARGETS, value ?? "")) found.targets = [value];
    else if (name === "--runs" && /^[1-9]\d{0,11}$/.test(value ?? "")) found.runs = Number(value);
    else if (name === "--input" && value && existsSync(value)) found.input = value;
    else throw new Problem(`cannot fuzz with \`${args.slice(at, at + 2).join(" ")}\`.`, `use \`--target ${Object.keys(TARGETS).join("|")}\`, \`--runs N\` or \`--input FILE\`.`);
  }
  return found;
}

/** How many runs a target gets of so many. */
export const runsOf = (target, { targets, runs }) => (targets.length === 1 ? runs : Math.max(1, Math.floor((runs * TARGETS[target].share) / 100)));

/** Builds the targets and returns the folder of their programs. */
async function build() {
  if (process.platform === "win32") throw new Problem("libFuzzer is not built for Windows here.", "fuzz on Linux or macOS, or in WSL.");
  const host = capture("rustc", ["-vV"])?.match(/^host: (.+)$/m)?.[1];
  if (!host) throw new Problem("rustc does not say what computer this is.", "install Rust with rustup from https://rustup.rs.");
  const target = join(ROOT, "target", "fuzz");
  // With --target, build scripts and macros are built without counters.
  const env = { RUSTFLAGS: COVERAGE.join(" "), CARGO_TARGET_DIR: target };
  await mustRun("cargo", ["build", "--locked", "--release", "--target", host], "read the compiler's message above; a missing C++ compiler comes with `apt-get install g++` or Xcode's command line tools.", { cwd: FOLDER, env });
  return join(target, host, "release");
}

/** Copies the beginnings of a target, each under a short name, into a folder that is its own. */
function seed(target, files) {
  const folder = join(CACHE, "fuzz", target, "seeds");
  mkdirSync(folder, { recursive: true });
  files.forEach((file, nth) => copyFileSync(file, join(folder, String(nth))));
  for (const [nth, text] of own(target).entries()) writeFileSync(join(folder, `own-${nth}`), text);
  return folder;
}

/** Beginnings that no corpus has. */
function own(target) {
  const path = join(FOLDER, "seeds", `${target}.txt`);
  if (!existsSync(path)) return [];
  const texts = readFileSync(path, "utf8").split("\n====\n");
  return texts.map((text) => text.trimEnd().replaceAll("\n", target === "html" ? "\n" : "\r\n"));
}

/** Runs the targets; resolves with how many passed and failed. */
export async function fuzz(args, runs) {
  const wanted = asked(args, runs);
  const programs = await build();
  if (wanted.input) {
    const { code } = await run(join(programs, wanted.targets[0]), [wanted.input]);
    return { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1 };
  }
  const found = await corpora();
  const counts = { passed: 0, failed: 0 };
  for (const target of wanted.targets) {
    const { bytes_max, seeds } = TARGETS[target];
    const files = seeds.flatMap((name) => found[name]);
    const kept = join(CACHE, "fuzz", target, "corpus");
    const failures = join(ROOT, "test-results", "fuzz");
    mkdirSync(kept, { recursive: true });
    mkdirSync(failures, { recursive: true });
    // First every message and page whole, then what grows from their beginnings.
    const folder = seed(target, files);
    const whole = readdirSync(folder).map((name) => join(folder, name)).filter((path) => statSync(path).isFile());
    const program = join(programs, target);
    const quiet = ["-verbosity=0", `-timeout=${TIMEOUT_SECONDS}`, `-artifact_prefix=${join(failures, `${target}-`)}`];
    const first = whole.length === 0 ? { code: 0 } : await run(program, [...quiet, ...whole], { quiet: true });
    const runs_here = runsOf(target, wanted);
    const started = Date.now();
    const second = first.code === 0 ? await run(program, [...quiet, "-print_final_stats=1", `-runs=${runs_here}`, `-max_len=${bytes_max}`, kept, folder], { quiet: true }) : first;
    const done = Number(second.output?.match(/stat::number_of_executed_units:\s*(\d+)/)?.[1] ?? 0);
    const passed = second.code === 0 && done >= runs_here;
    counts[passed ? "passed" : "failed"] += 1;
    note(`${target}: ${whole.length} whole inputs, ${done} runs in ${Math.round((Date.now() - started) / 1000)} s${passed ? "" : `; it failed, and what it failed on is in ${dirname(join(failures, "x"))}`}`);
    if (!passed) process.stderr.write(second.output ?? "");
  }
  return counts;
}
