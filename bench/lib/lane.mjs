// One running Worker for a benchmark: everything that it sends is answered in this process, and every
// run has an agent of its own, so that no run knows of another.

import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { startWorker } from "../../tests/e2e/harness.mjs";

const WEBHOOK_TOKEN = "bench-webhook-token-0123456789";
const CONSOLE_TOKEN = "bench-console-token-0123456789";
/** Names that exist nowhere else; what goes there never leaves this process. */
const PLANNER = "https://planner.example/v1";
const QUARANTINE = "https://quarantine.example/v1";
const OWN = { WEBHOOK_TOKEN, CONSOLE_TOKEN, SEAL_KEY: "bench-seal-key-0123456789abcdef" };
/** The models that are scripts in this process. */
const SCRIPTED = {
  MODEL_PROVIDER: "openai",
  MODEL_NAME: "scripted-planner",
  MODEL_BASE_URL: PLANNER,
  QUARANTINE_MODEL_PROVIDER: "openai",
  QUARANTINE_MODEL_NAME: "scripted-quarantine",
  QUARANTINE_MODEL_BASE_URL: QUARANTINE,
};
const WAIT_S = 60;
const DEADLINE_MS = 120_000;

const json = (value) => ({ method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(value) });

/** A text as it was before links in it were made harmless. */
export function withLinks(text) {
  return text.replaceAll("[.]", ".").replaceAll("[:]", ":");
}

export class Lane {
  /**
   * - `build`: the folder of the build.
   * - `services`: by host name, what answers its requests: `(request, record) => Response`.
   * - `bindings`: more of them, such as the addresses of services.
   * - `persist`: whether agents outlive a change of bindings.
   * - `deadline_ms`: how long a turn may take.
   */
  static async start({ build, services = {}, bindings = {}, persist = false, deadline_ms = DEADLINE_MS }) {
    const lane = new Lane();
    lane.services = services;
    lane.deadline_ms = deadline_ms;
    lane.agents = 0;
    lane.worker = await startWorker({
      build,
      persist,
      wrapper: fileURLToPath(new URL("../many.js", import.meta.url)),
      bindings: { ...OWN, ...SCRIPTED, ...bindings },
      outbound: (request, record) => lane.outbound(request, record),
    });
    return lane;
  }

  async outbound(request, record) {
    const { hostname } = new URL(record.url);
    // Nothing reads what was sent; thousands of runs must not pile it up.
    this.worker.egress.length = 0;
    if (hostname === new URL(PLANNER).hostname) return this.planner.answer(JSON.parse(record.body));
    if (hostname === new URL(QUARANTINE).hostname) return this.quarantine.answer(JSON.parse(record.body));
    const service = this.services[hostname];
    return service ? service(request, record) : new Response(`nothing answers for ${hostname}`, { status: 502 });
  }

  /** Starts the Worker again with other models than those that are scripts, or with these. */
  rebind(bindings = SCRIPTED) {
    return this.worker.restart({ bindings: { ...OWN, ...bindings } });
  }

  /** The name of an agent that nobody has used. */
  newAgent() {
    this.agents += 1;
    return `agent${this.agents}`;
  }

  async call(agent, path, token, init = {}) {
    const headers = { authorization: `Bearer ${token}`, "x-bench-agent": agent, ...init.headers };
    const response = await this.worker.fetch(path, { ...init, headers });
    const text = await response.text();
    if (response.status >= 400) throw new Error(`${path} answered ${response.status}: ${text}`);
    return text === "" ? null : JSON.parse(text);
  }

  api(agent, path, init) {
    return this.call(agent, path, CONSOLE_TOKEN, init);
  }

  /** Says commands as the owner in the console, one after the other, and returns what was answered. */
  async command(agent, texts) {
    const address = new URL("/api/socket", this.worker.url);
    address.protocol = "ws:";
    const headers = { authorization: `Bearer ${CONSOLE_TOKEN}`, origin: this.worker.url.origin, "x-bench-agent": agent };
    const socket = new WebSocket(address, { headers });
    const frames = [];
    socket.addEventListener("message", ({ data }) => frames.push(JSON.parse(data)));
    await new Promise((resolve, reject) => {
      socket.addEventListener("open", resolve, { once: true });
      socket.addEventListener("error", () => reject(new Error("the console's socket did not open")), { once: true });
    });
    const answers = [];
    for (const [n, text] of texts.entries()) {
      const before = frames.length;
      const answered = () => frames.slice(before).find((frame) => frame.type === "message" && frame.message.role === "agent");
      socket.send(JSON.stringify({ type: "say", id: `bench-${agent}-${n}`, text }));
      answers.push((await this.until(answered, `the console answers ${text}`)).message.text);
    }
    socket.close();
    return answers;
  }

  async until(probe, what) {
    const deadline = Date.now() + this.deadline_ms;
    for (let pause_ms = 2; ; pause_ms = Math.min(50, pause_ms * 2)) {
      const found = await probe();
      if (found) return found;
      if (Date.now() > deadline) throw new Error(`timed out waiting until ${what}`);
      await sleep(pause_ms);
    }
  }

  /**
   * One message of the owner's and all that comes of it. `planner` and `quarantine` answer the models'
   * requests; `approve` says of each question whether the answer is yes. Returns the turn as the API
   * tells it, what the owner was told, how many questions there were and in how many batches (cards).
   */
  async turn({ agent, text, planner, quarantine, approve, conversation = "main" }) {
    this.planner = planner;
    this.quarantine = quarantine;
    const said = json({ conversation, text });
    const begun = await this.call(agent, "/webhook/generic", WEBHOOK_TOKEN, { ...said, headers: { ...said.headers, prefer: `wait=${WAIT_S}` } });
    const id = begun.turn;
    let turn = await this.rest(agent, id, () => true);
    const answered = new Set();
    let cards = 0;
    for (;;) {
      const open = await this.questions(agent, turn, answered);
      if (open.length === 0) break;
      cards += 1;
      // As an owner does it: one after the other, in the order of the calls.
      for (const approval of open) {
        answered.add(approval.id);
        await this.api(agent, `/api/approvals/${approval.id}`, json({ decision: approve(approval) ? "approve" : "deny", call_hash: approval.call_hash }));
        turn = await this.rest(agent, id, (now) => !["waiting", "pending"].includes(now.calls.find((call) => call.approval === approval.id).status));
      }
    }
    const told = turn.messages.filter((message) => message.role === "agent").map((message) => message.text);
    return { id, turn, told, approvals: answered.size, cards };
  }

  /** The turn once nothing in it moves, and `settled` holds. */
  rest(agent, id, settled) {
    const rested = async () => {
      const turn = await this.api(agent, `/api/turns/${id}`);
      const moves = turn.calls.some((call) => call.status === "pending");
      return ["done", "waiting", "failed", "cancelled"].includes(turn.status) && !moves && settled(turn) && turn;
    };
    return this.until(rested, `turn ${id} rests`);
  }

  /** The questions of a turn that are open and not answered yet, in the order of its calls. */
  async questions(agent, turn, answered) {
    if (turn.status !== "waiting") return [];
    const { approvals } = await this.api(agent, "/api/approvals");
    const order = new Map(turn.calls.map((call, n) => [call.approval, n]));
    const open = approvals.filter((approval) => approval.turn === turn.id && !answered.has(approval.id));
    return open.sort((one, other) => order.get(one.id) - order.get(other.id));
  }

  dispose() {
    return this.worker.dispose();
  }
}
