// Runs `wrangler dev`, keeps its output readable and leaves nothing running afterwards.

import { chmodSync, mkdirSync } from "node:fs";
import { spawn } from "node:child_process";
import { createServer } from "node:net";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { Problem, dim } from "./log.mjs";
import { ROOT, environment, lines, nodeBinary } from "./run.mjs";

const HOST = "127.0.0.1";
// What wrangler says on every start and nobody has to act on, and our own readiness probe.
const NOISE = [
  /^\[custom build\]( Running: .*| ✓ .* up to date)?$/,
  /^Using (secrets|vars) defined in/,
  /^Your Worker has access to the following bindings/,
  /^Binding\s+Resource/,
  /^env\.[A-Z_]+ /,
  /^Attaching additional modules/,
  /^[┌│├└]/,
  /AI bindings always access remote resources/,
  /Scheduled Workers are not automatically triggered/,
  /To manually trigger a scheduled event/,
  /^\s*curl "http:\/\/127\.0\.0\.1:\d+\/cdn-cgi/,
  /For more details, see .*cron-triggers/,
  /Unable to fetch the `Request\.cf` object/,
  /^Error: getaddrinfo .*workers\.cloudflare\.com/,
  /at GetAddrInfoReqWrap/,
  /^⎔ /,
  /^\[wrangler:info\] Ready on/,
  /GET \/healthz /,
  /^Cloudflare collects anonymous telemetry/,
  /^🪵\s+Logs were written to/u,
  /^stack: .*workerd@/,
];

/** Whether a line of wrangler's output says something to the owner. */
export function isNews(line) {
  const plain = stripVTControlCharacters(line).trim();
  return plain !== "" && !NOISE.some((pattern) => pattern.test(plain));
}

/**
 * Remembers across lines: after a failed build wrangler prints the whole failed process as an
 * object, a hundred lines that only repeat the compiler.
 */
export function teller() {
  let dumping = false;
  return (line) => {
    if (/Process exited with non-zero status/.test(line)) dumping = true;
    else if (/Running custom build .* failed/.test(line)) dumping = false;
    return !dumping && isNews(line);
  };
}

/** Fails with what to do when the port is taken. */
export async function requireFreePort(port) {
  const free = await new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", () => resolve(false));
    probe.listen(port, HOST, () => probe.close(() => resolve(true)));
  });
  if (free) return;
  const running = await isReady(`http://${HOST}:${port}`);
  throw new Problem(
    running ? `Sclerite is already running on http://${HOST}:${port}.` : `port ${port} is used by another program.`,
    running ? "use that one (`npm run login` prints a fresh link), or stop it first." : "stop that program, or choose another port: `PORT=8788 npm start`.",
  );
}

async function isReady(origin) {
  try {
    const response = await fetch(`${origin}/healthz`, { signal: AbortSignal.timeout(2000) });
    return response.ok && (await response.json()).ok === true;
  } catch {
    return false;
  }
}

/** Starts wrangler in a process group of its own, so that all of it can be stopped. */
export function startWrangler({ port, local, vars = {} }) {
  // What the agent remembers is nobody's business but the owner's.
  mkdirSync(join(ROOT, ".wrangler"), { recursive: true });
  chmodSync(join(ROOT, ".wrangler"), 0o700);
  const args = [join(ROOT, "node_modules", "wrangler", "bin", "wrangler.js"), "dev", "--ip", HOST, "--port", String(port), "--inspector-port", "0", "--persist-to", join(".wrangler", "state"), "--show-interactive-dev-session=false"];
  if (local) args.push("--local");
  for (const [name, value] of Object.entries(vars)) args.push("--var", `${name}:${value}`);
  const child = spawn(nodeBinary(), args, {
    cwd: ROOT,
    detached: process.platform !== "win32",
    stdio: ["ignore", "pipe", "pipe"],
    env: environment({
      // Nothing is reported to anyone, and no page of wrangler's own shows the agent's rows.
      WRANGLER_SEND_METRICS: "false",
      WRANGLER_SEND_ERROR_REPORTS: "false",
      WRANGLER_HIDE_BANNER: "true",
      WRANGLER_NO_SKILLS_UPDATE_PROMPTS: "true",
      WRANGLER_LOG_PATH: join(".wrangler", "logs"),
      X_LOCAL_EXPLORER: "false",
      X_LOCAL_OBSERVABILITY: "false",
      CLOUDFLARE_CF_FETCH_ENABLED: "false",
    }),
  });
  const tail = [];
  const tell = teller();
  for (const stream of [child.stdout, child.stderr]) {
    lines(stream, (line) => {
      tail.push(line);
      if (tail.length > 60) tail.shift();
      if (tell(line)) console.log(`${dim("worker │")} ${line}`);
    });
  }
  return { child, tail };
}

/** Waits until the Worker answers; fails with wrangler's last words when it ends or takes too long. */
export async function waitUntilReady({ child, tail }, port, timeout_ms = 60_000) {
  const deadline = Date.now() + timeout_ms;
  let ended = false;
  child.once("exit", () => {
    ended = true;
  });
  while (Date.now() < deadline) {
    if (await isReady(`http://${HOST}:${port}`)) return;
    if (ended) break;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  console.error(tail.join("\n"));
  throw new Problem(ended ? "wrangler ended before the Worker answered." : "the Worker did not answer in time.", "the lines above are wrangler's own; `npm run build` shows whether the Worker builds.");
}

/** Stops wrangler and all it started. Resolves when it is gone. */
export async function stop(child, grace_ms = 5000) {
  const signal = (name) => {
    try {
      if (process.platform === "win32") child.kill(name);
      else process.kill(-child.pid, name);
      return true;
    } catch {
      return false;
    }
  };
  const gone = () => {
    try {
      if (process.platform === "win32") return child.exitCode !== null;
      process.kill(-child.pid, 0);
      return false;
    } catch {
      return true;
    }
  };
  signal("SIGTERM");
  const deadline = Date.now() + grace_ms;
  while (!gone() && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 50));
  if (!gone()) signal("SIGKILL");
}
