// An agent with a mail account at a real JMAP server that is not ours. It asserts nothing.

import { startCyrus } from "../servers/cyrus.mjs";
import { mailsOf } from "../servers/independent.mjs";
import { reroute } from "../servers/reroute.mjs";
import { startSmtpSink } from "../servers/smtp-sink.mjs";
import { until } from "../harness.mjs";
import { MODEL, REPLY_URL, SIGNING_SECRET, completion, sleep, startAgent } from "../support.mjs";
import { FOLDER, buildAccounts } from "./build.mjs";

/** Where the account is, for the Worker. */
export const HOST = "jmap.example.org";

/** A mail as another server hands it over. */
export const mailOf = ({ from = "Carol <carol@example.org>", to = "alice@test", subject, id, text = "Please pay.", type = "text/plain; charset=utf-8", above = [] }) =>
  [...above, `From: ${from}`, `To: ${to}`, `Subject: ${subject}`, `Message-ID: <${id}>`, "Date: Mon, 04 Jan 2027 10:00:00 +0000", "MIME-Version: 1.0", `Content-Type: ${type}`, "", text, ""].join("\r\n");

/** Starts it. `plan(...calls)` gives the calls of the next turn, one in each step. */
export async function startJmap({ bindings = {}, password, users, hosts = () => ({}) } = {}) {
  await buildAccounts();
  const sink = await startSmtpSink();
  const cyrus = await startCyrus({ smtpPort: sink.port, ...(users && { users }) });
  let calls = [];
  const model = async (request, record) => {
    const { hostname } = new URL(record.url);
    if (hostname === "replies.example") return new Response(null, { status: 204 });
    const { messages: said } = JSON.parse(record.body);
    const last = said.findLastIndex((message) => message.role === "user");
    const step = said.slice(last).filter((message) => message.role === "assistant").length;
    return completion(step < calls.length ? { calls: [calls[step]] } : { text: "Done." });
  };
  const road = reroute({ [HOST]: cyrus.url, ...hosts(cyrus) }, { otherwise: model });
  let hook = null;
  const agent = await startAgent({
    build: FOLDER,
    persist: true,
    outbound: async (request, record) => {
      await hook?.(record);
      return road.outbound(request, record);
    },
    bindings: {
      ...MODEL,
      WEBHOOK_REPLY_URL: REPLY_URL,
      WEBHOOK_SIGNING_SECRET: SIGNING_SECRET,
      UNDO_SECONDS: "0",
      JMAP_USER: "alice",
      JMAP_PASSWORD: password ?? cyrus.users.alice,
      ...bindings,
    },
  });
  const turn = async (id) => (await agent.api(`/api/turns/${id}`)).body;
  return {
    agent,
    cyrus,
    road,
    sink,
    turn,
    until: (probe, what) => until(probe, what, 30_000),
    /** What happens before a request goes on, until the end of the test. */
    meanwhile: (act) => {
      hook = act;
    },
    reset: () => {
      hook = null;
      road.calm();
    },
    /** What went out to somebody. */
    sentTo: (address) => sink.mails.filter((mail) => mail.to.includes(address)),
    folder: (name) => mailsOf(cyrus, "alice", name),
    /** One turn of these calls that stops at its questions. */
    async ask(conversation, text, ...planned) {
      calls = planned;
      return (await agent.hook({ conversation, text })).body;
    },
    /** The times of mails have seconds, and lists the newest first. */
    async deliver(mail) {
      await sleep(1_050);
      await cyrus.deliver("carol@example.org", "alice@test", mailOf(mail));
    },
    /** One turn: these calls, and a yes to each question. Returns what the owner was told, and the turn. */
    async on(conversation, text, ...planned) {
      calls = planned;
      const { body } = await agent.hook({ conversation, text });
      const cards = body.approvals ?? [];
      for (const card of cards) await agent.answer(card, "approve");
      await until(async () => ["done", "failed"].includes((await turn(body.turn)).status), "the turn is over", 40_000);
      calls = [];
      const whole = await turn(body.turn);
      return { told: (body.messages ?? []).map((message) => message.text).join("\n"), cards, status: whole.calls.map((call) => call.status), whole: JSON.stringify(whole) };
    },
    /** Long enough for anything that would be sent twice. */
    settle: () => sleep(1_500),
    async stop() {
      await agent.dispose();
      await Promise.all([cyrus.stop(), sink.stop()]);
    },
  };
}
