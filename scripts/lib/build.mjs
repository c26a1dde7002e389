// Builds the Worker into build/, unless what it would be built from has not changed.
// The list of inputs comes from the file system and from cargo's own dependency file, so a file
// that `include_str!` pulls in from elsewhere counts too.

import { createHash } from "node:crypto";
import { existsSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, isAbsolute, join, relative, resolve } from "node:path";
import { Problem, seconds, skipped, step } from "./log.mjs";
import { ROOT, capture, mustRun } from "./run.mjs";
import { buildEnvironment } from "./setup.mjs";
import { limitOf, measure, report } from "./size.mjs";

/** Where the Worker's modules are. */
export const BUILD = join(ROOT, "build");
/** Names of what a build was made from, in its folder. */
const STAMP = ".inputs.json";
// What worker-build and esbuild say when all is well.
const CHATTER = /^\[INFO\]|^\s*$|^\s+index\.js\s+[\d.]+[km]?b|^⚡ Done in/u;
const ALWAYS = ["src", "build.rs", "compile", "Cargo.toml", "Cargo.lock", "connections.toml", "rust-toolchain.toml", ".cargo/config.toml", "package-lock.json", "scripts/lib/build.mjs"];

function* filesUnder(path) {
  if (!existsSync(path)) return;
  if (!statSync(path).isDirectory()) {
    yield path;
    return;
  }
  for (const name of readdirSync(path).sort()) yield* filesUnder(join(path, name));
}

/** What cargo read for the last build, as far as it lies inside the project. */
function cargoInputs() {
  const target = process.env.CARGO_TARGET_DIR || "target";
  const list = resolve(ROOT, target, "wasm32-unknown-unknown", "release", "sclerite.d");
  if (!existsSync(list)) return [];
  const rules = readFileSync(list, "utf8").split("\n")[0] ?? "";
  return rules
    .slice(rules.indexOf(": ") + 2)
    .split(/(?<!\\) /)
    .map((path) => relative(ROOT, resolve(ROOT, path.replaceAll("\\ ", " "))))
    .filter((path) => path && !path.startsWith("..") && !isAbsolute(path) && !path.startsWith("target"));
}

/** A hash over every input's name and content, the compiler and the flags. */
function fingerprint(extraInputs, connections) {
  const hash = createHash("sha256");
  // Declarations of servers that were pinned lie beside the file that names them.
  const named = connections ? [connections, join(dirname(connections), "pins")] : [];
  const paths = new Set();
  for (const input of [...ALWAYS, ...named, ...extraInputs]) {
    for (const path of filesUnder(resolve(ROOT, input))) paths.add(path);
  }
  for (const path of [...paths].sort()) {
    hash.update(`${relative(ROOT, path)}\0${createHash("sha256").update(readFileSync(path)).digest("hex")}\n`);
  }
  hash.update(`connections=${connections ?? ""}\n`);
  for (const name of ["RUSTFLAGS", "RUSTUP_TOOLCHAIN"]) hash.update(`${name}=${process.env[name] ?? ""}\n`);
  hash.update(capture("rustc", ["--version"]) ?? "");
  return hash.digest("hex");
}

/** Whether a folder holds what the present inputs would give. */
function upToDate(folder, connections) {
  try {
    const stamp = JSON.parse(readFileSync(join(folder, STAMP), "utf8"));
    return stamp.modules.length > 0 && stamp.modules.every((name) => existsSync(join(folder, name))) && stamp.hash === fingerprint(stamp.inputs, connections);
  } catch {
    return false;
  }
}

/**
 * Puts the functions in the order of their names, so that the copies of one generic function lie side
 * by side: gzip looks back 32 KiB only. Then takes the names out: they are a tenth of the upload, and
 * a panic still names its file and line. The features are those that worker-build names. wasm-opt's
 * own optimisations are left out (see Cargo.toml): what LLVM wrote compresses better untouched.
 */
async function arrangeAndStrip(tools, folder) {
  const features = ["mutable-globals", "sign-ext", "nontrapping-float-to-int", "bulk-memory", "multivalue", "reference-types", "exception-handling"];
  const environment = buildEnvironment(tools);
  for (const name of readdirSync(folder).filter((name) => name.endsWith(".wasm"))) {
    const path = join(folder, name);
    const args = [path, "-o", path, "--reorder-functions-by-name", "--strip-debug", ...features.map((feature) => `--enable-${feature}`)];
    await mustRun(environment.WASM_OPT_BIN, args, "delete the folder build and run `npm run build` again.", { env: environment });
  }
}

/**
 * Builds if needed. Returns the modules, as `size.mjs` measures them. `folder` is where they go if not
 * to build/, and `connections` the file of another deployment.
 */
export async function build(tools, { quiet = false, folder = BUILD, connections = process.env.SCLERITE_CONNECTIONS } = {}) {
  const named = relative(ROOT, folder);
  if (upToDate(folder, connections)) {
    if (!quiet) skipped(folder === BUILD ? "The Worker is built and up to date" : `${named} is built and up to date`);
    return measure(folder);
  }
  step(`Building ${folder === BUILD ? "the Worker" : named} (Rust to WebAssembly${existsSync(folder) ? "" : "; the first time takes some minutes"})`);
  const started = Date.now();
  rmSync(join(folder, STAMP), { force: true });
  const env = { ...buildEnvironment(tools), ...(connections && { SCLERITE_CONNECTIONS: connections }) };
  await mustRun(tools.workerBuild, ["--release", "--out-dir", named], "the message above names the file and the line; correct it and run the command again.", { env, show: (line) => !CHATTER.test(line) });
  await arrangeAndStrip(tools, folder);
  const modules = measure(folder);
  if (!modules.some((module) => module.name === "index.js") || !modules.some((module) => module.name.endsWith(".wasm"))) {
    throw new Problem(`${named} does not hold index.js and a .wasm file after the build.`, `delete the folder ${named} and run the command again.`);
  }
  const inputs = cargoInputs();
  writeFileSync(join(folder, STAMP), JSON.stringify({ hash: fingerprint(inputs, connections), inputs, modules: modules.map((module) => module.name) }));
  skipped(`Built in ${seconds(Date.now() - started)}: ${report(modules, limitOf(connections))}`);
  return modules;
}
