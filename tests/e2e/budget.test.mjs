// Limits of what may be spent, in the built Worker: a planner that loops, servers that report nothing,
// fail, or never answer, and a kill. The limits are lowered by bindings, as a deployer would do it.

import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, test } from "node:test";
import { build } from "../../scripts/lib/build.mjs";
import { ROOT } from "../../scripts/lib/run.mjs";
import { prepare } from "../../scripts/lib/setup.mjs";
import { FIXTURES, deskServer } from "./mcp-servers.mjs";
import { until } from "./harness.mjs";
import { MODEL, TOKENS, startAgent } from "./support.mjs";
import { chat } from "./support-models.mjs";

const CAP = 100_000;
/** The longest reply that a model is asked for, which is reserved beside the prompt. */
const REPLY = 2048;

/** An agent whose model server answers by `answer(n, prompt)`; `sizes` are the bytes of the prompts. */
async function spender(answer, { bindings = {}, outbound, ...options } = {}) {
  const sizes = [];
  const worker = await startAgent({
    bindings: { ...MODEL, BUDGET_TOKENS_DAY: String(CAP), ...bindings },
    outbound: async (request, record) => {
      if (new URL(record.url).hostname !== "api.openai.com") return outbound(request, record);
      sizes.push(record.bytes.length);
      return answer(sizes.length - 1, JSON.parse(record.body));
    },
    ...options,
  });
  const used = async () => (await worker.api("/api/budget")).body;
  const of = async (limit, connector) => (await used()).limits.find((line) => line.limit === limit && line.connector === connector);
  return { worker, sizes, used, of, write: async (messages) => {
    const heard = [];
    for (let n = 0; n < messages; n += 1) heard.push(await worker.say("spending", `message ${n}`));
    return heard.join("\n");
  } };
}

const looping = (usage) => (n) => chat.calls([["mail_list", { from: `sender ${n}` }]], usage);
const reserved = (sizes) => sizes.reduce((sum, bytes) => sum + bytes + REPLY, 0);

describe("budgets", () => {
  test("a planner that calls tools for ever stays within the day, and commands go on", async () => {
    const { worker, sizes, used, of, write } = await spender(looping(chat.usage(7000, 300)));
    try {
      const heard = await write(6);
      assert.match(heard, /I stopped here to stay within the budget\. Tokens today: [\d,]+ of 100,000 used/);
      const day = await of("tokens_day");
      assert.deepEqual(day, { limit: "tokens_day", used: sizes.length * 7300, most: CAP });
      assert.ok(day.used <= CAP && sizes.length > 3, `${sizes.length} prompts`);
      const asked = sizes.length;
      assert.match(await worker.say("spending", "/budget"), /Tokens today: [\d,]+ of 100,000/);
      assert.match(await worker.say("spending", "/budget@bot"), /scripted has no price/);
      assert.notEqual(await worker.say("spending", "/inbox"), "");
      assert.equal(sizes.length, asked);
      const { days, unpriced, zone } = await used();
      assert.deepEqual([days, unpriced, zone], [[{ day: new Date().toISOString().slice(0, 10), tokens: day.used, microusd: 0 }], ["scripted"], "UTC"]);
      const denied = (await worker.audit()).flatMap((record) => record.entries).filter((entry) => entry.reason === "over_budget");
      assert.ok(denied.length > 0 && denied.every((entry) => entry.tool === "ask_model" && entry.args[0][0] === "tokens_day"));
    } finally {
      await worker.dispose();
    }
  });

  test("a server that reports nothing or fails is counted by what was reserved", async () => {
    const nothing = (n) => chat.calls([["mail_list", { from: `sender ${n}` }]], { choices: [] });
    for (const answer of [nothing, () => new Response("no", { status: 500 })]) {
      const { worker, sizes, of, write } = await spender(answer);
      try {
        await write(4);
        const day = await of("tokens_day");
        assert.equal(day.used, reserved(sizes));
        assert.ok(day.used <= CAP && sizes.length >= 2, `${sizes.length} prompts`);
      } finally {
        await worker.dispose();
      }
    }
  });

  test("a kill between asking and hearing keeps what was reserved", async () => {
    let hang = true;
    const { worker, sizes, of, write } = await spender((n) => (hang ? new Promise(() => {}) : looping(chat.usage(7000, 300))(n)), { persist: true });
    try {
      await worker.hook({ conversation: "spending", text: "the first" }, { wait: 0 });
      await until(() => sizes.length === 1, "the model is asked");
      const before = (await of("tokens_day")).used;
      assert.equal(before, reserved(sizes));
      hang = false;
      await worker.restart({ kill: true });
      // By now the turn may have asked again.
      assert.ok((await of("tokens_day")).used >= before);
      await worker.scheduled();
      await until(() => sizes.length > 2, "the turn goes on", 60_000);
      await write(4);
      const day = await of("tokens_day");
      assert.equal(day.used, before + (sizes.length - 1) * 7300);
      assert.ok(day.used <= CAP, `${day.used}`);
    } finally {
      await worker.dispose();
    }
  });

  test("nobody but the owner reads what is used", async () => {
    const { worker } = await spender(looping());
    try {
      assert.equal((await worker.fetch("/api/budget")).status, 401);
      const hook = await worker.fetch("/api/budget", { headers: { authorization: `Bearer ${TOKENS.WEBHOOK_TOKEN}` } });
      assert.equal(hook.status, 403);
    } finally {
      await worker.dispose();
    }
  });

  test("money, requests to a service and payments have limits of their own", { timeout: 900_000 }, async () => {
    const folder = join(ROOT, "test-results", "builds", "mcp");
    await build(await prepare(), { folder, connections: join(FIXTURES, "connections.toml") });
    const desk = deskServer("desk-token-budget");
    let calls = [["desk_find_files", { query: "plan" }]];
    const { worker, sizes, of, write } = await spender(
      (n, prompt) => (prompt.messages.at(-1).role === "user" ? chat.calls(calls, chat.usage(7000, 300)) : chat.text("Done.", chat.usage(7000, 300))),
      {
        build: folder,
        persist: true,
        bindings: { MODEL_NAME: "priced", DESK_TOKEN: "desk-token-budget", BUDGET_TOKENS_DAY: "", BUDGET_REQUESTS_DAY: "6", BUDGET_PAYS_DAY: "0" },
        outbound: (request, record) => desk.answer(request, record),
      },
    );
    try {
      const heard = await write(6);
      assert.match(heard, /Requests today to desk: \d of 6 used/);
      assert.ok(desk.seen.length <= 6 && desk.seen.length > 2, `${desk.seen.length} requests`);
      assert.deepEqual(await of("requests_day", "desk"), { limit: "requests_day", connector: "desk", used: desk.seen.length, most: 6 });
      // Two dollars for a million read, ten for a million written.
      assert.equal((await of("usd_day")).used, sizes.length * (7000 * 2 + 300 * 10));
      calls = [["vault_send_file", { file_id: "f-1", to: "ada@example.org", note: "x" }]];
      assert.match(await worker.say("spending", "send f-1 to ada@example.org"), /Payments today: 0 of 0 used/);
      assert.deepEqual((await worker.api("/api/approvals")).body.approvals, []);
      const asked = sizes.length;
      await worker.restart({ bindings: { ...TOKENS, ...MODEL, MODEL_NAME: "priced", BUDGET_USD_DAY: "0.50" } });
      assert.match(await write(10), /Money today: \$0\.\d\d of \$0\.50 used/);
      assert.ok((await of("usd_day")).used <= 500_000 && sizes.length > asked);
    } finally {
      await worker.dispose();
    }
  });
});
