// Messages and pages of other projects' tests, which are not part of this one: those of the mail
// parser come with its crate, the others from PyPI, each once per computer.

import { existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Problem, step } from "./log.mjs";
import { CACHE, ROOT, capture, mustRun } from "./run.mjs";

/** Source packages that have messages or pages. */
const PACKAGES = [
  { name: "mail-parser", version: "4.8.0", kind: "mail", within: "tests/mails" },
  { name: "html2text", version: "2025.4.15", kind: "pages", within: "test" },
];

/** All files under a folder. */
function files(folder) {
  return readdirSync(folder).sort().flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? files(path) : [path];
  });
}

/** Unpacks a source package of PyPI into the cache and returns its folder. */
async function sources({ name, version }) {
  const folder = join(CACHE, "corpora", `${name}-${version}`);
  const complete = join(folder, ".complete");
  if (existsSync(complete)) return folder;
  step(`Fetching the tests of ${name} ${version} (once per computer)`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const python = ["python3", "python"].find((command) => capture(command, ["-m", "pip", "--version"]) !== null);
  if (!python) throw new Problem("Python with pip is missing; the fuzzer begins with messages from its packages.", "install it from https://www.python.org or with your package manager (`apt-get install python3-pip`).");
  await mustRun(python, ["-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps", "--no-binary", ":all:", "--dest", folder, `${name}==${version}`], "check your internet connection and run the command again.", { quiet: true });
  const archive = readdirSync(folder).find((file) => file.endsWith(".tar.gz"));
  if (!archive) throw new Problem(`${name} ${version} has no source package.`, "name another version in scripts/lib/corpora.mjs.");
  await mustRun("tar", ["-xzf", join(folder, archive), "-C", folder], "install tar.", { quiet: true });
  writeFileSync(complete, "");
  return folder;
}

/** Where cargo keeps the sources of a crate of the lock file. */
function crate(name) {
  const metadata = capture("cargo", ["metadata", "--format-version=1", "--locked"], { maxBuffer: 1 << 28 });
  const found = JSON.parse(metadata ?? "{}").packages?.find((one) => one.name === name);
  if (!found) throw new Problem(`cargo does not know the crate ${name}.`, "restore Cargo.toml and Cargo.lock from git.");
  return dirname(found.manifest_path);
}

/** The paths of all messages (`mail`) and pages (`pages`). */
export async function corpora() {
  const fixtures = files(join(ROOT, "tests", "fixtures", "mime"));
  const found = {
    mail: [...fixtures, ...files(join(crate("mail-parser"), "resources", "eml")).filter((path) => path.endsWith(".eml"))],
    pages: [],
  };
  for (const one of PACKAGES) {
    const folder = await sources(one);
    const [root] = readdirSync(folder).filter((name) => statSync(join(folder, name)).isDirectory());
    const there = files(join(folder, root, one.within)).filter((path) => one.kind === "mail" || path.endsWith(".html"));
    found[one.kind].push(...there);
  }
  for (const [kind, paths] of Object.entries(found)) {
    if (paths.length < 50) throw new Problem(`there are only ${paths.length} files of ${kind} to begin with.`, `delete ${join(CACHE, "corpora")} and run the command again.`);
  }
  return found;
}
