// Everything that must be on the computer before the Worker can be built.
// Each step looks first and does nothing when its work is already done.

import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Problem, note, step } from "./log.mjs";
import { CACHE, ROOT, capture, environment, mustRun, run } from "./run.mjs";

const WASM_TARGET = "wasm32-unknown-unknown";

/** Installs whatever is missing and returns the paths of the build tools. */
export async function prepare() {
  checkNode();
  checkRust();
  await ensureWasmTarget();
  await ensureNodeModules();
  const workerBuild = await ensureCargoTool("worker-build", "worker", "worker-build");
  const wasmBindgen = await ensureCargoTool("wasm-bindgen-cli", "wasm-bindgen", "wasm-bindgen");
  return { workerBuild, wasmBindgen };
}

function checkNode() {
  const major = Number(process.versions.node.split(".")[0]);
  if (major < 20) {
    throw new Problem(`this is Node ${process.versions.node}; Sclerite needs Node 20 or newer.`, "install a current Node from https://nodejs.org and run the command again.");
  }
}

function checkRust() {
  const cargo = capture("cargo", ["--version"]);
  if (cargo === null) {
    throw new Problem("Rust is missing: `cargo` was not found.", "install it with rustup from https://rustup.rs, open a new terminal and run the command again.");
  }
  const needed = readFileSync(join(ROOT, "Cargo.toml"), "utf8").match(/^rust-version\s*=\s*"(\d+)\.(\d+)/m);
  const found = cargo.match(/(\d+)\.(\d+)/);
  const tooOld = needed && found && (Number(found[1]) < Number(needed[1]) || (found[1] === needed[1] && Number(found[2]) < Number(needed[2])));
  if (tooOld) {
    throw new Problem(`Rust ${found[0]} is too old; Sclerite needs ${needed[1]}.${needed[2]}.`, "run `rustup update stable` and try again.");
  }
}

async function ensureWasmTarget() {
  const sysroot = capture("rustc", ["--print", "sysroot"]);
  if (sysroot && existsSync(join(sysroot, "lib", "rustlib", WASM_TARGET, "lib"))) return;
  if (capture("rustup", ["--version"]) === null) {
    throw new Problem(`Rust cannot compile to ${WASM_TARGET} yet, and rustup is not here to add it.`, "install Rust with rustup from https://rustup.rs, or install your system's package for that target.");
  }
  step(`Adding the ${WASM_TARGET} target to Rust`);
  await mustRun("rustup", ["target", "add", WASM_TARGET], "check your internet connection and run the command again.");
}

/** Adds rustfmt and clippy, which only the checks need. */
export async function ensureRustComponents() {
  for (const [component, command] of [["rustfmt", "cargo-fmt"], ["clippy", "cargo-clippy"]]) {
    if (capture(command, ["--version"]) !== null) continue;
    step(`Adding ${component} to Rust`);
    await mustRun("rustup", ["component", "add", component], `install ${component} for your Rust; rustup does it with \`rustup component add ${component}\`.`);
  }
}

/** Whether every package in `package-lock.json` that this computer needs is in `node_modules`. */
function nodeModulesMatchLock() {
  const installedPath = join(ROOT, "node_modules", ".package-lock.json");
  if (!existsSync(installedPath)) return false;
  try {
    const wanted = JSON.parse(readFileSync(join(ROOT, "package-lock.json"), "utf8")).packages;
    const installed = JSON.parse(readFileSync(installedPath, "utf8")).packages;
    return Object.entries(wanted).every(([path, entry]) => {
      if (path === "") return true;
      const there = installed[path];
      if (!there) return entry.optional === true || entry.devOptional === true;
      return there.version === entry.version && there.integrity === entry.integrity;
    });
  } catch {
    return false;
  }
}

async function ensureNodeModules() {
  if (nodeModulesMatchLock()) return;
  step("Installing the JavaScript tools (npm ci)");
  // npm must not run on the Node that it is about to delete.
  await mustRun(process.platform === "win32" ? "npm.cmd" : "npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], "check your internet connection, delete the folder node_modules and run the command again.", { outer: true });
}

/** The version of a crate in `Cargo.lock`; the tools must match it exactly. */
export function lockedVersion(crate) {
  const lock = readFileSync(join(ROOT, "Cargo.lock"), "utf8");
  const found = lock.match(new RegExp(`name = "${crate}"\\nversion = "([^"]+)"`));
  if (!found) {
    throw new Problem(`Cargo.lock does not name ${crate}.`, "restore Cargo.lock from git.");
  }
  return found[1];
}

/** Builds a Rust tool once per computer and returns the path of its program. */
async function ensureCargoTool(tool, crate, program) {
  const version = lockedVersion(crate);
  const root = join(CACHE, `${tool}-${version}`);
  const path = join(root, "bin", process.platform === "win32" ? `${program}.exe` : program);
  if (existsSync(path)) return path;
  step(`Building ${tool} ${version} (once per computer, a few minutes)`);
  mkdirSync(root, { recursive: true });
  const args = ["install", tool, "--version", version, "--bin", program, "--root", root];
  // Outside the project, because its cargo configuration is not meant for tools.
  const target = join(CACHE, "target");
  const options = { cwd: CACHE, env: { CARGO_TARGET_DIR: target } };
  const locked = await run("cargo", [...args, "--locked"], options);
  if (locked.code !== 0) {
    note("The exact dependency versions that its author used cannot be had; taking compatible ones.");
    await mustRun("cargo", args, `check your internet connection; then \`cargo ${args.join(" ")}\` shows the reason.`, options);
  }
  rmSync(target, { recursive: true, force: true });
  return path;
}

/** The environment that makes worker-build use exactly our tools and download nothing. */
export function buildEnvironment(tools) {
  const bin = (name) => join(ROOT, "node_modules", ".bin", name);
  return environment({
    // A compile error is ours to read; where worker-build noticed it is not.
    RUST_LIB_BACKTRACE: "0",
    RUST_BACKTRACE: "0",
    CARGO_TERM_COLOR: process.env.CARGO_TERM_COLOR ?? (process.stdout.isTTY ? "always" : "auto"),
    WASM_BINDGEN_BIN: tools.wasmBindgen,
    WASM_OPT_BIN: bin("wasm-opt"),
    ESBUILD_BIN: bin("esbuild"),
  });
}

