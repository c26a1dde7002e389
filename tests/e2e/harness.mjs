// Runs the built Worker in real workerd, with everything it sends caught before it leaves.
// The build under test is the shipped one: hosts are the real hosts and are rerouted out here.
// It starts no test and asserts nothing; `*.test.mjs` files do.
//
//   const worker = await startWorker({
//     bindings: { WEBHOOK_TOKEN: "t" },
//     outbound: async (request) => Response.json({ ok: true }),
//   });
//   const response = await worker.fetch("/healthz");
//   worker.egress   // every request that tried to leave: { method, url, headers, body }
//   await worker.dispose();

import { AsyncLocalStorage } from "node:async_hooks";
import { execFileSync } from "node:child_process";
import { subscribe } from "node:diagnostics_channel";
import { copyFileSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { Log, LogLevel, Miniflare, Response as MiniflareResponse, convertV4MiniflareOptions } from "miniflare";

const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const BUILD = join(ROOT, "build");

/**
 * The modules of the build, in the form that miniflare takes. The entry comes first: that of the
 * build, or a test's own module that imports it as `./index.js`.
 */
function modules(build, wrapper) {
  if (!existsSync(join(build, "index.js"))) {
    throw new Error(`${build}/index.js is missing: run \`npm run build\` first.`);
  }
  const wasm = readdirSync(build).filter((name) => name.endsWith(".wasm"));
  return [
    ...(wrapper ? [{ type: "ESModule", path: join(build, "test-wrapper.mjs"), contents: readFileSync(wrapper, "utf8") }] : []),
    { type: "ESModule", path: join(build, "index.js") },
    ...wasm.map((name) => ({ type: "CompiledWasm", path: join(build, name) })),
  ];
}

/** One value of wrangler.toml's top level, so that tests run with the date that is deployed. */
function wranglerValue(name) {
  const found = readFileSync(join(ROOT, "wrangler.toml"), "utf8").match(new RegExp(`^${name}\\s*=\\s*"([^"]+)"`, "m"));
  if (!found) throw new Error(`wrangler.toml has no ${name}.`);
  return found[1];
}

/** Listens on a free loopback port and answers what the AI binding sends to Cloudflare. */
async function startAi(ai) {
  const calls = [];
  const server = createServer(async (incoming, outgoing) => {
    const chunks = [];
    for await (const chunk of incoming) chunks.push(chunk);
    const model = incoming.headers["mf-header-cf-consn-model-id"];
    const respond = (status, value) => {
      outgoing.writeHead(status, { "content-type": "application/json", "mf-forwarded-response": "1" });
      outgoing.end(JSON.stringify(value));
    };
    try {
      const input = JSON.parse(Buffer.concat(chunks).toString("utf8")).inputs;
      calls.push({ model, input });
      respond(200, await ai(model, input));
    } catch (error) {
      // `status` on the thrown error chooses what Cloudflare would have answered.
      respond(error.status ?? 500, { internalCode: error.code ?? 5000, message: error.message, name: "InferenceUpstreamError", description: error.message });
    }
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const close = () => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  };
  return { calls, url: new URL(`http://127.0.0.1:${server.address().port}`), close };
}

/** The process ids of workerd that this process has started. Linux need not have `ps`. */
function workerdChildren() {
  if (process.platform === "linux") {
    return readdirSync("/proc").filter((name) => /^\d+$/.test(name)).filter(isOurWorkerd).map(Number);
  }
  return execFileSync("ps", ["-A", "-o", "pid=,ppid=,comm="], { encoding: "utf8" })
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .filter(([, parent, command]) => Number(parent) === process.pid && basename(command ?? "").startsWith("workerd"))
    .map(([pid]) => Number(pid));
}

function isOurWorkerd(pid) {
  try {
    const found = readFileSync(`/proc/${pid}/stat`, "utf8").match(/^\d+ \((.*)\) \S (\d+)/);
    return found !== null && found[1].startsWith("workerd") && Number(found[2]) === process.pid;
  } catch {
    // It ended while we looked.
    return false;
  }
}

/**
 * The connection by which workerd asked for what is being answered. miniflare makes a well-formed
 * answer of status 500 out of anything that a handler throws, and of a body that breaks off a whole
 * one; only the end of the connection is what the Worker sees when a real one is lost.
 */
const asking = new AsyncLocalStorage();
subscribe("http.server.request.start", ({ socket }) => asking.enterWith(socket));

/** Ends the connection, and never answers. */
function lose() {
  asking.getStore().destroy();
  return new Promise(() => {});
}

/** A body that ends the connection where it breaks off. */
async function* whole(body) {
  try {
    yield* body;
  } catch {
    await lose();
  }
}

/** Records a request that tried to leave, then lets the test answer it. */
async function intercept(request, egress, outbound) {
  const bytes = Buffer.from(await request.arrayBuffer());
  const headers = Object.fromEntries([...request.headers].filter(([name]) => !name.startsWith("mf-")));
  const record = { method: request.method, url: request.url, headers, body: bytes.toString("utf8"), bytes };
  egress.push(record);
  const hasBody = request.method !== "GET" && request.method !== "HEAD";
  const copy = new Request(request.url, { method: request.method, headers, body: hasBody ? bytes : undefined });
  let response;
  try {
    response = await outbound(copy, record);
  } catch (error) {
    record.thrown = error;
    return lose();
  }
  // Test code answers with Node's own Response; miniflare wants its own class.
  const empty = response.body === null || [101, 204, 205, 304].includes(response.status);
  return new MiniflareResponse(empty ? null : ReadableStream.from(whole(response.body)), { status: response.status, headers: [...response.headers] });
}

async function refuse(request) {
  return new Response(`the test gave no answer for ${request.url}`, { status: 502 });
}

/**
 * Starts the built Worker.
 *
 * - `bindings`: vars and secrets, as plain values.
 * - `outbound(request, record)`: answers everything that leaves, Durable Objects included; throwing
 *   is a broken connection. Without it, every request gets a 502.
 * - `ai(model, input)`: answers `env.AI.run`; throwing is a failed call. Without it there is no `AI`.
 * - `persist`: `true` for a folder that lives as long as this worker, or a folder to use. Restarts
 *   keep the storage then.
 * - `port`: a fixed port; otherwise a free one, kept over restarts.
 * - `wrapper`: the path of a module that stands in front of the build and imports it as
 *   `./index.js`, for tests that make the platform fail. The build itself stays as it is.
 * - `build`: the folder of another build, such as one with other connections.
 */
export async function startWorker({ bindings = {}, outbound = refuse, ai, persist = false, port = 0, wrapper, build = BUILD } = {}) {
  const egress = [];
  const logs = [];
  const ownFolder = persist === true ? mkdtempSync(join(tmpdir(), "sclerite-state-")) : null;
  const folder = ownFolder ?? (persist || null);
  const aiServer = ai ? await startAi(ai) : null;
  const state = { bindings, mf: null, url: null, pids: [] };

  const options = () => convertV4MiniflareOptions({
    name: "sclerite",
    host: "127.0.0.1",
    port: state.url ? Number(state.url.port) : port,
    log: new Log(LogLevel.NONE),
    handleStructuredLogs: ({ level, message, timestamp }) => logs.push({ level, message, timestamp }),
    cf: false,
    modulesRoot: build,
    modules: modules(build, wrapper),
    compatibilityDate: wranglerValue("compatibility_date"),
    bindings: state.bindings,
    durableObjects: { AGENT: { className: "AgentObject", useSQLite: true } },
    outboundService: (request) => intercept(request, egress, outbound),
    ...(aiServer && { ai: { binding: "AI", remoteProxyConnectionString: aiServer.url } }),
    ...(folder && { resourcePersistencePath: folder }),
  });

  const boot = async () => {
    const before = new Set(workerdChildren());
    state.mf = new Miniflare(options());
    state.url = await state.mf.ready;
    state.pids = workerdChildren().filter((pid) => !before.has(pid));
  };
  await boot();

  return {
    get mf() {
      return state.mf;
    },
    get url() {
      return state.url;
    },
    /** The process ids of workerd. */
    get pids() {
      return state.pids;
    },
    egress,
    logs,
    aiCalls: aiServer?.calls ?? [],
    folder,
    /** All console output of the Worker so far, as one text. */
    logText: () => logs.map((entry) => entry.message).join("\n"),
    /** A request to the Worker over real HTTP; redirects are not followed. */
    fetch: (path, init = {}) => fetch(new URL(path, state.url), { redirect: "manual", ...init }),
    /** Runs the `scheduled` handler, as the cron trigger would. */
    scheduled: async (cron = "*/15 * * * *") => (await state.mf.getWorker()).scheduled({ cron }),
    /**
     * Stops workerd and starts it again on the same port with the same storage. `kill` ends the
     * process in the middle of whatever it does; `bindings` replaces the bindings.
     */
    async restart({ kill = false, bindings: next } = {}) {
      if (next) state.bindings = next;
      if (kill) await this.kill();
      await state.mf.dispose();
      await boot();
    },
    /** Ends workerd with SIGKILL: no handler runs, nothing is flushed. Call `restart` afterwards. */
    async kill() {
      if (state.pids.length === 0) throw new Error("no workerd process of this worker was found.");
      for (const pid of state.pids) process.kill(pid, "SIGKILL");
      state.pids = [];
    },
    async dispose() {
      await state.mf.dispose();
      await aiServer?.close();
      if (ownFolder) rmSync(ownFolder, { recursive: true, force: true });
    },
  };
}

/** Waits until `probe` returns something truthy, and returns that. */
export async function until(probe, what, timeout_ms = 10_000) {
  const deadline = Date.now() + timeout_ms;
  for (;;) {
    const value = await probe();
    if (value) return value;
    if (Date.now() > deadline) throw new Error(`timed out after ${timeout_ms} ms waiting until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function* sqliteFiles(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* sqliteFiles(path);
    else if (entry.name.endsWith(".sqlite")) yield path;
  }
}

/** A column's value as text in which a search for ASCII finds what is stored. */
function asText(value) {
  if (value instanceof Uint8Array) {
    const bytes = Buffer.from(value);
    return `${bytes.toString("latin1")} ${bytes.toString("utf8")} ${bytes.toString("utf16le")}`;
  }
  return String(value);
}

/**
 * Every row of every SQLite file under a folder, as `{ file, table, row, text }`. Works on a copy,
 * so the Worker may be running; what is only in the write-ahead log is seen too.
 */
export function readRows(folder) {
  const rows = [];
  const copies = mkdtempSync(join(tmpdir(), "sclerite-rows-"));
  try {
    for (const [index, file] of [...sqliteFiles(folder)].entries()) {
      const copy = join(copies, `${index}.sqlite`);
      for (const suffix of ["", "-wal"]) {
        if (existsSync(file + suffix)) copyFileSync(file + suffix, copy + suffix);
      }
      const database = new DatabaseSync(copy);
      const tables = database.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all();
      for (const { name } of tables) {
        const statement = database.prepare(`SELECT * FROM "${name.replaceAll('"', '""')}"`);
        statement.setReadBigInts(true);
        for (const row of statement.all()) {
          rows.push({ file, table: name, row, text: Object.values(row).map(asText).join("\u001f") });
        }
      }
      database.close();
    }
  } finally {
    rmSync(copies, { recursive: true, force: true });
  }
  return rows;
}
