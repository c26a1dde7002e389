// The least that does the same turn in plain JavaScript: message → row → alarm → model → tool →
// model → answer, durable at the same points. It has no policy, no handles, no audit chain, no
// scrubbing, one channel and one tool; so it is the floor under the cost of the platform itself, and
// what the Worker costs above it is the price of what it does more.

import { DurableObject, WorkerEntrypoint } from "cloudflare:workers";

const SYSTEM = "You are an assistant. Use the tools.";
const TOOLS = [{ type: "function", function: { name: "mail_list", description: "Lists mails.", parameters: { type: "object", properties: { folder: { type: "string" } } } } }];
const MAILS = 12;

async function equal(left, right) {
  const [a, b] = await Promise.all([left, right].map((text) => crypto.subtle.digest("SHA-256", new TextEncoder().encode(text))));
  return crypto.subtle.timingSafeEqual(a, b);
}

export default class extends WorkerEntrypoint {
  async fetch(request) {
    const { pathname } = new URL(request.url);
    if (pathname === "/healthz") return Response.json({ ok: true });
    if (pathname !== "/webhook/generic" || request.method !== "POST") return new Response(null, { status: 404 });
    const token = request.headers.get("authorization")?.replace(/^Bearer /, "") ?? "";
    if (!(await equal(token, this.env.WEBHOOK_TOKEN))) return new Response(null, { status: 401 });
    const { conversation, text } = await request.json();
    if (typeof conversation !== "string" || typeof text !== "string") return new Response(null, { status: 400 });
    return this.env.AGENT.getByName("owner").fetch("https://agent/accept", { method: "POST", body: JSON.stringify({ conversation, text }) });
  }
}

export class AgentObject extends DurableObject {
  constructor(context, env) {
    super(context, env);
    this.sql = context.storage.sql;
    this.waiting = new Map();
    this.sql.exec("CREATE TABLE IF NOT EXISTS turns (id TEXT PRIMARY KEY, conversation TEXT, status TEXT, state TEXT)");
    this.sql.exec("CREATE INDEX IF NOT EXISTS turns_open ON turns (status) WHERE status != 'done'");
    this.sql.exec("CREATE TABLE IF NOT EXISTS conversations (id TEXT PRIMARY KEY, state TEXT)");
    this.sql.exec("CREATE TABLE IF NOT EXISTS results (turn TEXT, n INTEGER, body TEXT, PRIMARY KEY (turn, n))");
    this.sql.exec("CREATE TABLE IF NOT EXISTS mails (n INTEGER PRIMARY KEY, body TEXT)");
    for (let n = 0; n < MAILS; n += 1) {
      const mail = { subject: `Subject ${n}`, from: `person${n}@example.org`, date: "2026-01-01T09:00", body: "Some lines of text. ".repeat(20) };
      this.sql.exec("INSERT OR IGNORE INTO mails VALUES (?, ?)", n, JSON.stringify(mail));
    }
  }

  async fetch(request) {
    const { conversation, text } = await request.json();
    const id = crypto.randomUUID();
    const items = [{ role: "user", content: text }];
    this.sql.exec("INSERT INTO turns VALUES (?, ?, 'queued', ?)", id, conversation, JSON.stringify(items));
    const answered = new Promise((resolve) => this.waiting.set(id, resolve));
    await this.ctx.storage.setAlarm(Date.now());
    return Response.json({ turn: id, status: "done", messages: [{ text: await answered }] });
  }

  async alarm() {
    const open = this.sql.exec("SELECT id, conversation, state FROM turns WHERE status != 'done' LIMIT 50").toArray();
    await Promise.all(open.map((turn) => this.run(turn)));
  }

  async run({ id, conversation, state }) {
    const items = JSON.parse(state);
    const [known] = this.sql.exec("SELECT state FROM conversations WHERE id = ?", conversation).toArray();
    const history = known ? JSON.parse(known.state) : [];
    for (;;) {
      const said = await this.ask([{ role: "system", content: SYSTEM }, ...history, ...items]);
      items.push(said);
      if (!said.tool_calls) {
        this.ctx.storage.transactionSync(() => {
          this.sql.exec("UPDATE turns SET status = 'done', state = ? WHERE id = ?", JSON.stringify(items), id);
          this.sql.exec("INSERT OR REPLACE INTO conversations VALUES (?, ?)", conversation, JSON.stringify([...history, ...items].slice(-80)));
        });
        this.waiting.get(id)?.(said.content);
        this.waiting.delete(id);
        return;
      }
      this.ctx.storage.transactionSync(() => {
        for (const call of said.tool_calls) {
          const mails = this.sql.exec("SELECT body FROM mails ORDER BY n LIMIT 10").toArray().map((row) => JSON.parse(row.body));
          this.sql.exec("INSERT INTO results VALUES (?, ?, ?)", id, items.length, JSON.stringify(mails));
          items.push({ role: "tool", tool_call_id: call.id, content: JSON.stringify({ handle: "$mail_1", kind: "mails" }) });
        }
        this.sql.exec("UPDATE turns SET status = 'running', state = ? WHERE id = ?", JSON.stringify(items), id);
      });
    }
  }

  async ask(messages) {
    const response = await fetch(`${this.env.MODEL_BASE_URL}/chat/completions`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ model: this.env.MODEL_NAME, messages, tools: TOOLS, stream: true }),
    });
    if (response.headers.get("content-type") === "application/json") return (await response.json()).choices[0].message;
    return this.assemble(response.body);
  }

  async assemble(body) {
    const said = { role: "assistant", content: "" };
    let rest = "";
    for await (const text of body.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + text).split("\n");
      rest = lines.pop();
      for (const line of lines) {
        if (!line.startsWith("data: ") || line === "data: [DONE]") continue;
        const delta = JSON.parse(line.slice(6)).choices[0]?.delta ?? {};
        said.content += delta.content ?? "";
        for (const piece of delta.tool_calls ?? []) {
          said.tool_calls ??= [];
          said.tool_calls[piece.index] ??= { id: piece.id, type: "function", function: { name: "", arguments: "" } };
          said.tool_calls[piece.index].function.name += piece.function.name ?? "";
          said.tool_calls[piece.index].function.arguments += piece.function.arguments ?? "";
        }
      }
    }
    return said;
  }
}
