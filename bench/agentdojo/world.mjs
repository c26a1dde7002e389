// The process that serves AgentDojo's environments, and its control endpoints.

import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { pythonWith } from "../../scripts/lib/python.mjs";
import { lines } from "../../scripts/lib/run.mjs";

const FOLDER = dirname(fileURLToPath(import.meta.url));
/** The host under which the Worker knows it; requests to it are passed on by this process. */
export const HOST = "agentdojo.example";

/** The Python that has the pinned packages, made once per user. */
export function python() {
  const listed = readFileSync(join(FOLDER, "requirements.txt"), "utf8").split("\n");
  return pythonWith(listed.map((line) => line.trim()).filter((line) => line && !line.startsWith("#")));
}

export class World {
  /** Starts the server. `streams` has it answer tool calls by server-sent events. */
  static async start({ streams = false } = {}) {
    const world = new World();
    const args = [join(FOLDER, "server.py"), ...(streams ? ["--stream"] : [])];
    const env = { ...process.env, PYTHONDONTWRITEBYTECODE: "1", PYTHONWARNINGS: "ignore" };
    world.child = spawn(await python(), args, { stdio: ["pipe", "pipe", "inherit"], env });
    world.ended = new Promise((resolve) => world.child.once("exit", resolve));
    const first = new Promise((resolve) => lines(world.child.stdout, resolve));
    const line = await Promise.race([first, world.ended.then((code) => Promise.reject(new Error(`the AgentDojo server ended with ${code}`)))]);
    world.url = `http://127.0.0.1:${JSON.parse(line).port}`;
    return world;
  }

  async control(what, wish = {}) {
    const response = await fetch(`${this.url}/control/${what}`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(wish) });
    if (!response.ok) throw new Error(`${what}: ${response.status} ${await response.text()}`);
    return response.json();
  }

  /** All suites with their tools, plans and attacks. */
  catalogue() {
    return this.control("catalogue");
  }

  /** Prepares one run. `overrides` change what tools return, never what they do. */
  reset(suite, task, overrides = []) {
    return this.control("reset", { suite, task, overrides });
  }

  /** What AgentDojo says of the run, and the calls that were executed. */
  judge(output, injection) {
    return this.control("judge", { output, ...(injection && { injection }) });
  }

  /** Passes a request of the Worker's on. */
  async serve(request, record) {
    const { pathname } = new URL(record.url);
    const named = ["accept", "content-type", "mcp-session-id", "mcp-protocol-version"];
    const headers = Object.fromEntries(named.flatMap((name) => (record.headers[name] ? [[name, record.headers[name]]] : [])));
    return fetch(`${this.url}${pathname}`, { method: record.method, headers, body: record.method === "POST" ? record.body : undefined });
  }

  stop() {
    this.child.stdin.end();
    return this.ended;
  }
}
