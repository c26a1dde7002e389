// What the tests of `npm run connect` share: a folder with files of its own, the command run in it,
// and servers by script for answers that no real server gives. It starts no test.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse as parseDevVars } from "../lib/devvars.mjs";
import { ROOT } from "../lib/run.mjs";

const BEFORE = 'secrets = ["WEBHOOK_TOKEN"] # mine\n';
const VARS_BEFORE = "# mine\nSEAL_KEY=kept-as-it-is\n";

/** Only what a program needs to start: no key and no account of whoever runs the tests. */
const bareEnvironment = (extra) => ({ PATH: process.env.PATH, HOME: process.env.HOME, NO_COLOR: "1", ...extra });

/** A folder with a connections.toml and a .dev.vars, in which the command is run. */
export async function desk() {
  const { parse } = await import("smol-toml");
  const folder = mkdtempSync(join(tmpdir(), "sclerite-connect-"));
  const [connections, devVars] = [join(folder, "connections.toml"), join(folder, ".dev.vars")];
  writeFileSync(connections, BEFORE);
  writeFileSync(devVars, VARS_BEFORE, { mode: 0o600 });
  const running = new Set();
  const self = {
    folder,
    devVars,
    accounts: () => JSON.parse(JSON.stringify(parse(readFileSync(connections, "utf8")).account ?? [])),
    values: () => parseDevVars(readFileSync(devVars, "utf8")),
    table: () => readFileSync(connections, "utf8"),
    /** Whether nothing was written, and nothing lies about. */
    untouched() {
      assert.equal(readFileSync(connections, "utf8"), BEFORE);
      assert.equal(readFileSync(devVars, "utf8"), VARS_BEFORE);
      assert.deepEqual(readdirSync(folder).filter((name) => name !== "logs").sort(), [".dev.vars", "connections.toml"]);
    },
    command: (args) => [process.execPath, join(ROOT, "scripts", "connect.mjs"), ...args, "--dev-vars", devVars],
    environment: (env = {}) => bareEnvironment({ SCLERITE_CONNECTIONS: connections, ...env }),
    /** Starts the command; `said()` is what it printed, `until(pattern)` waits for a match, `ended` for its end. */
    start(args, { input, env } = {}) {
      const [program, ...rest] = self.command(args);
      const child = spawn(program, rest, { env: self.environment(env), stdio: ["pipe", "pipe", "pipe"] });
      running.add(child);
      child.once("close", () => running.delete(child));
      let text = "";
      const waiting = new Set();
      const heard = (more) => {
        text += more;
        for (const check of waiting) check();
      };
      for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", heard);
      child.stdin.on("error", () => {});
      if (input === undefined) child.stdin.end();
      else child.stdin.write(input);
      const ended = new Promise((resolve) => child.once("close", (code) => {
        heard("");
        resolve({ code, text });
      }));
      return {
        child,
        said: () => text,
        ended,
        until: (pattern) => new Promise((resolve, reject) => {
          const check = () => {
            const found = text.match(pattern);
            if (found) resolve(found);
            else if (child.exitCode !== null) reject(new Error(`it ended and never said ${pattern}: ${text}`));
            else return;
            waiting.delete(check);
          };
          waiting.add(check);
          check();
        }),
      };
    },
    /** Runs the command to its end. What is given as input must not come out again. */
    async run(args, options = {}) {
      const { code, text } = await self.start(args, options).ended;
      for (const secret of (options.input ?? "").split("\n").filter((line) => line.length > 3)) assert.ok(!text.includes(secret), `a secret was shown: ${text}`);
      return { code, text };
    },
    /** Runs it where it must fail: with these words and a remedy, and nothing written. */
    async refused(args, words, options = {}) {
      const { code, text } = await self.run(args, options);
      assert.equal(code, 1, text);
      assert.match(text, words);
      assert.match(text, /What to do: \S/);
      assert.ok(!/\n\s+at /.test(text), `it fell over: ${text}`);
      self.untouched();
      return text;
    },
    /** Runs it where it must work; resolves with what it said. */
    async works(args, options = {}) {
      const { code, text } = await self.run(args, options);
      assert.equal(code, 0, text);
      return text;
    },
    /** Ends what a failed test left running, and takes the folder away. */
    drop() {
      for (const child of running) child.kill("SIGKILL");
      rmSync(folder, { recursive: true, force: true });
    },
    logs: () => (existsSync(join(folder, "logs")) ? readdirSync(join(folder, "logs"), { recursive: true }).map((name) => join(folder, "logs", name)) : []),
  };
  return self;
}

/** Runs a test in a fresh `desk`. */
export const atDesk = (body) => async () => {
  const its = await desk();
  try {
    await body(its);
  } finally {
    its.drop();
  }
};

/** A server by script: `answer(request)` returns `{ status, headers, body }`; `seen` holds every request. */
export async function scripted(answer) {
  const seen = [];
  const server = createServer(async (incoming, outgoing) => {
    let body = "";
    for await (const piece of incoming) body += piece;
    const request = { method: incoming.method, url: incoming.url, headers: incoming.headers, body };
    seen.push(request);
    const found = await answer(request);
    const json = found.json !== undefined;
    outgoing.writeHead(found.status ?? 200, { "content-type": json ? "application/json" : "text/plain", ...found.headers });
    outgoing.end(json ? JSON.stringify(found.json) : (found.body ?? ""));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    seen,
    stop() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}
