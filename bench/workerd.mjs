// Starts the workerd binary itself, with no wrangler and no miniflare around it, and reads what it
// costs from /proc. `wrangler dev` adds processes and hops whose CPU would be counted as ours.
// The configuration is workerd's own: https://github.com/cloudflare/workerd/blob/main/src/workerd/server/workerd.capnp

import { spawn } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { availableParallelism, cpus, tmpdir, totalmem } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The project's folder. */
export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
/** The binary that wrangler and miniflare run too. */
const WORKERD = createRequire(import.meta.url)("workerd").default;
/** The unit of the CPU times in /proc: USER_HZ, which is 100 on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;

/** What is running, to be ended with this process however that ends. */
const running = new Map();

function end(child, folder) {
  child.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
  running.delete(child);
}

process.on("exit", () => {
  for (const [child, folder] of running) end(child, folder);
});
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.once(signal, () => process.exit(130));

const quoted = (text) => JSON.stringify(String(text));

/** One value of wrangler.toml's top level, so that the date that is deployed is measured. */
function wranglerValue(name) {
  const found = readFileSync(join(ROOT, "wrangler.toml"), "utf8").match(new RegExp(`^${name}\\s*=\\s*"([^"]+)"`, "m"));
  if (!found) throw new Error(`wrangler.toml has no ${name}.`);
  return found[1];
}

function moduleLine(name) {
  return name.endsWith(".wasm") ? `(name = ${quoted(name)}, wasm = embed ${quoted(name)})` : `(name = ${quoted(name)}, esModule = embed ${quoted(name)})`;
}

function configuration({ names, bindings, keepObjects, v8Flags }) {
  const texts = Object.entries(bindings).map(([name, value]) => `(name = ${quoted(name)}, text = ${quoted(value)})`);
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  v8Flags = [${v8Flags.map(quoted).join(", ")}],
  services = [
    (name = "main", worker = .worker),
    (name = "internet", network = (allow = ["public", "private"])),
    (name = "state", disk = (path = "state", writable = true)),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
const worker :Workerd.Worker = (
  compatibilityDate = ${quoted(wranglerValue("compatibility_date"))},
  modules = [
    ${names.map(moduleLine).join(",\n    ")}
  ],
  bindings = [
    (name = "AGENT", durableObjectNamespace = "AgentObject"),
    ${texts.join(",\n    ")}
  ],
  durableObjectNamespaces = [(className = "AgentObject", uniqueKey = "agent", enableSql = true, preventEviction = ${keepObjects})],
  durableObjectStorage = (localDisk = "state"),
);
`;
}

/** Resolves with the port once workerd says that it listens. */
function listening(child) {
  return new Promise((resolve, reject) => {
    let said = "";
    child.stdio[3].setEncoding("utf8").on("data", (text) => {
      said += text;
      for (const line of said.split("\n").slice(0, -1)) {
        const message = JSON.parse(line);
        if (message.event === "listen") resolve(message.port);
      }
    });
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`workerd ended with code ${code} before it listened.`)));
  });
}

/**
 * Starts workerd with these modules and waits until it listens.
 *
 * - `modules`: paths by module name; the first is the entry.
 * - `bindings`: vars and secrets, as plain texts.
 * - `keepObjects`: never evict an idle object, so that many can be in memory at once.
 * - `v8Flags`, `args`: for profiling.
 */
export async function startWorkerd({ modules, bindings, keepObjects = false, v8Flags = [], args = [] }) {
  const folder = mkdtempSync(join(tmpdir(), "sclerite-bench-"));
  const names = Object.keys(modules);
  for (const name of names) copyFileSync(modules[name], join(folder, name));
  mkdirSync(join(folder, "state"));
  writeFileSync(join(folder, "config.capnp"), configuration({ names, bindings, keepObjects, v8Flags }));
  const started = performance.now();
  const child = spawn(WORKERD, ["serve", join(folder, "config.capnp"), "--control-fd=3", ...args], {
    cwd: folder,
    stdio: ["ignore", "inherit", "inherit", "pipe"],
  });
  running.set(child, folder);
  const port = await listening(child);
  const ended = new Promise((resolve) => child.once("exit", resolve));
  return {
    pid: child.pid,
    started,
    port,
    url: `http://127.0.0.1:${port}`,
    cpuMs: () => cpuMs(child.pid),
    rssMb: () => rssMb(child.pid),
    async stop() {
      child.kill("SIGKILL");
      await ended;
      end(child, folder);
    },
  };
}

/** CPU that a process has used, user and system, in milliseconds, in steps of 10. */
function cpuMs(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return ((Number(fields[11]) + Number(fields[12])) * 1000) / TICKS_PER_SECOND;
}

/** The memory of a process that is in RAM now, in MiB. */
function rssMb(pid) {
  const found = readFileSync(`/proc/${pid}/status`, "utf8").match(/^VmRSS:\s+(\d+) kB/m);
  return Number(found[1]) / 1024;
}

/** The modules of a build as paths by name, the entry first. */
export function buildModules(build = join(ROOT, "bench", "builds", "turns")) {
  const wasm = readdirSync(build).filter((name) => name.endsWith(".wasm"));
  return Object.fromEntries(["index.js", ...wasm].map((name) => [name, join(build, name)]));
}

/** What the figures were measured on. */
export function machine() {
  const workerd = createRequire(import.meta.url)("workerd/package.json").version;
  const kernel = readFileSync("/proc/sys/kernel/osrelease", "utf8").trim();
  const load = Number(readFileSync("/proc/loadavg", "utf8").split(" ")[0]);
  return {
    cpu: cpus()[0]?.model ?? "unknown",
    cpus: availableParallelism(),
    memory_mb: Math.round(totalmem() / 1024 / 1024),
    kernel,
    load_1min: load,
    node: process.version,
    workerd,
  };
}
