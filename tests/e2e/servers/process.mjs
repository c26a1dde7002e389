// How the servers of this folder run: on loopback, and ended with everything they have started,
// even when the test itself is killed.

import { spawn } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";
import { connect, createServer } from "node:net";
import { lines } from "../../../scripts/lib/run.mjs";
import { until } from "../harness.mjs";

/** The Python packages of this folder. One list, so that they share one environment. */
export const PYTHON = ["aiosmtpd==1.4.6", "radicale==3.9.0", "waitress==3.0.2"];

/**
 * The shell that leads a server's process group. When its input ends, because we close it or
 * because we are dead, it asks the whole group to end. When the server has ended, or two seconds
 * later, it ends by force whatever is left.
 */
const LEADER = `
exec 3<&0
"$@" </dev/null 3<&- &
server=$!
trap "" TERM PIPE
( cat <&3 >/dev/null; kill -TERM 0; sleep 2; kill -KILL 0 ) 2>/dev/null >/dev/null &
exec 3<&-
wait $server
echo "it ended with $?" >&2
kill -KILL 0
`;

/** Whether any process of a group still runs. One that only waits to be reaped does not. */
function alive(group) {
  if (process.platform === "linux") {
    return readdirSync("/proc").filter((name) => /^\d+$/.test(name)).some((pid) => {
      try {
        const [state, , itsGroup] = readFileSync(`/proc/${pid}/stat`, "utf8").replace(/^.*\) /s, "").split(" ");
        return Number(itsGroup) === group && state !== "Z";
      } catch {
        // It ended while we looked.
        return false;
      }
    });
  }
  try {
    process.kill(-group, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}

/**
 * Starts a server. `said` holds the last lines that it printed, `line(text)` gets each line of its
 * standard output, and `stop()` resolves when no process of it is left.
 */
export function launch(command, args, { env = {}, cwd, line = () => {} } = {}) {
  const child = spawn("/bin/sh", ["-c", LEADER, "sh", command, ...args], { detached: true, cwd, env: { PATH: process.env.PATH, ...env }, stdio: ["pipe", "pipe", "pipe"] });
  const server = { pid: child.pid, said: [], ended: false };
  const keep = (text) => {
    server.said.push(text);
    if (server.said.length > 50) server.said.shift();
  };
  lines(child.stdout, (text) => {
    keep(text);
    line(text);
  });
  lines(child.stderr, keep);
  child.on("error", (error) => {
    server.ended = true;
    keep(String(error));
  });
  child.on("exit", () => {
    server.ended = true;
  });
  child.stdin.on("error", () => {});
  // A server that will not end must not keep a test alive: our end ends it too.
  for (const handle of [child, child.stdin, child.stdout, child.stderr]) handle.unref();
  let stopped;
  server.stop = () => {
    stopped ??= (async () => {
      child.stdin.end();
      await until(() => !alive(child.pid), `${command} and all that it started have ended`, 5_000);
    })();
    return stopped;
  };
  /** Waits until `probe` is true; a server that ends before that is an error with its last words. */
  server.ready = async (probe, timeout_ms = 20_000) => {
    try {
      await until(async () => {
        if (server.ended) throw new Error(`${command} ended`);
        return probe();
      }, `${command} is ready`, timeout_ms);
    } catch (error) {
      await server.stop();
      throw new Error(`${error.message}. It said:\n${server.said.join("\n")}`);
    }
  };
  return server;
}

/** That many ports on which nothing listens. They are held until all are known, so they differ. */
export async function freePorts(count) {
  const servers = await Promise.all(Array.from({ length: count }, () => new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => resolve(server));
  })));
  const ports = servers.map((server) => server.address().port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

/**
 * A conversation with a server that speaks in lines: `ask(text)` sends a line and resolves with the
 * answer's last line, which is the first that `ends` matches.
 */
export function lineClient(port, ends) {
  const socket = connect(port, "127.0.0.1");
  const waiting = [];
  const heard = [];
  let failure = null;
  const fail = (error) => {
    failure ??= error;
    for (const { reject } of waiting.splice(0)) reject(failure);
  };
  lines(socket, (text) => {
    if (!ends.test(text)) return;
    if (waiting.length > 0) waiting.shift().resolve(text.trimEnd());
    else heard.push(text.trimEnd());
  });
  socket.on("error", fail);
  socket.on("close", () => fail(new Error(`the server at port ${port} closed the connection`)));
  const answer = () => {
    if (heard.length > 0) return Promise.resolve(heard.shift());
    if (failure) return Promise.reject(failure);
    return new Promise((resolve, reject) => waiting.push({ resolve, reject }));
  };
  return {
    answer,
    ask: (text) => {
      socket.write(`${text}\r\n`);
      return answer();
    },
    close: () => {
      fail(new Error("closed"));
      socket.destroy();
    },
  };
}
