// Messages, pages, calendars, cards and feeds of other projects' tests, which are not part of this
// one: those of parsers in Rust come with their crates, the others from PyPI, each once per computer.

import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Problem, step } from "./log.mjs";
import { CACHE, ROOT, capture, mustRun } from "./run.mjs";

/** Source packages of PyPI: which of their files are of what kind. */
const PACKAGES = [
  { name: "mail-parser", version: "4.8.0", kind: "mail", within: "tests/mails", ending: "" },
  { name: "html2text", version: "2025.4.15", kind: "pages", within: "test", ending: ".html" },
  { name: "icalendar", version: "6.3.2", kind: "calendars", within: "src/icalendar/tests", ending: ".ics" },
  { name: "feedparser", version: "6.0.14", kind: "feeds", within: "tests/wellformed", ending: ".xml" },
];
/** A crate that the Worker does not use, for its calendars and cards alone. */
const CARDS = { name: "calcard", version: "0.3.14" };
/** What a kind has at least, so that nothing is left out unseen. */
const LEAST = { mail: 50, pages: 50, calendars: 1_000, cards: 240, answers: 40, feeds: 1_000 };

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

/** Where cargo keeps the sources of a crate that a lock file names. */
function crate(name, args = ["--locked"], cwd = ROOT) {
  const metadata = capture("cargo", ["metadata", "--format-version=1", ...args], { maxBuffer: 1 << 28, cwd });
  const found = JSON.parse(metadata ?? "{}").packages?.find((one) => one.name === name);
  if (!found) throw new Problem(`cargo does not know the crate ${name}.`, "restore Cargo.toml and Cargo.lock from git, and check your internet connection.");
  return dirname(found.manifest_path);
}

/** The sources of a crate that no part of this project depends on: a package in the cache does. */
function foreignCrate({ name, version }) {
  const folder = join(CACHE, "corpora", `crate-${name}-${version}`);
  mkdirSync(join(folder, "src"), { recursive: true });
  writeFileSync(join(folder, "src", "lib.rs"), "");
  writeFileSync(join(folder, "Cargo.toml"), `[package]\nname = "corpus"\nversion = "0.1.0"\nedition = "2024"\n[workspace]\n[dependencies]\n${name} = { version = "=${version}", default-features = false }\n`);
  return crate(name, [], folder);
}

/** All texts in a JSON value. */
function texts(value) {
  if (typeof value === "string") return [value];
  return value && typeof value === "object" ? Object.values(value).flatMap(texts) : [];
}

/** What services answered in the fixtures, and the calendars and cards in it, each in a file of its own. */
function answers() {
  const from = join(ROOT, "tests", "fixtures", "connectors");
  const to = join(CACHE, "corpora", "answers");
  rmSync(to, { recursive: true, force: true });
  mkdirSync(to, { recursive: true });
  const found = { answers: [], calendars: [], cards: [] };
  const keep = (kind, text) => {
    const path = join(to, `${kind}-${found[kind].length}`);
    writeFileSync(path, text);
    found[kind].push(path);
  };
  const plain = { "&lt;": "<", "&gt;": ">", "&quot;": '"', "&apos;": "'", "&#13;": "\r", "&#xD;": "\r", "&amp;": "&" };
  for (const path of files(from)) {
    const text = readFileSync(path, "utf8");
    const bodies = path.endsWith(".json") ? texts(JSON.parse(text)) : [text];
    for (const body of bodies) {
      if (/^\s*<\?xml/.test(body)) keep("answers", body);
      const bare = body.replaceAll(/&(?:lt|gt|quot|apos|amp|#13|#xD);/g, (entity) => plain[entity]);
      for (const [one] of bare.matchAll(/BEGIN:VCALENDAR[^]*?END:VCALENDAR/g)) keep("calendars", one);
      for (const [one] of bare.matchAll(/BEGIN:VCARD[^]*?END:VCARD/g)) keep("cards", one);
    }
  }
  return found;
}

/** The paths of all messages, pages, calendars, cards, feeds, and answers of services. */
export async function corpora() {
  const here = answers();
  const with_ending = (folder, ending) => files(folder).filter((path) => path.endsWith(ending));
  const cards = foreignCrate(CARDS);
  const found = {
    mail: [...files(join(ROOT, "tests", "fixtures", "mime")), ...with_ending(join(crate("mail-parser"), "resources", "eml"), ".eml")],
    pages: [],
    calendars: [...here.calendars, ...with_ending(cards, ".ics")],
    cards: [...here.cards, ...with_ending(cards, ".vcf")],
    answers: here.answers,
    feeds: [],
  };
  for (const one of PACKAGES) {
    const folder = await sources(one);
    const [root] = readdirSync(folder).filter((name) => statSync(join(folder, name)).isDirectory());
    found[one.kind].push(...with_ending(join(folder, root, one.within), one.ending));
  }
  for (const [kind, paths] of Object.entries(found)) {
    if (paths.length < LEAST[kind]) throw new Problem(`there are only ${paths.length} ${kind} to begin with.`, `delete ${join(CACHE, "corpora")} and run the command again.`);
  }
  return found;
}
