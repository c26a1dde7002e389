// A conversation with a scripted planner and a scripted reader that speak the real wire format, as
// streams in small pieces. It starts no test and asserts nothing.

import { Quarantine } from "../../bench/lib/quarantine.mjs";
import { Script } from "../../bench/lib/script.mjs";
import { startAgent } from "./support.mjs";

const READER = "reader-Qm4Tz8";

/** A reply as the API streams it: words and arguments come in pieces, ids with the first of each call. */
function streamed({ content, tool_calls: calls = [] }) {
  const chunk = (delta, finish_reason = null) => `data: ${JSON.stringify({ id: "chatcmpl-7", object: "chat.completion.chunk", choices: [{ index: 0, delta, finish_reason }] })}\n\n`;
  const pieces = (text) => text.match(/.{1,7}/gsu) ?? [];
  const events = [
    chunk({ role: "assistant", content: "" }),
    ...pieces(content ?? "").map((piece) => chunk({ content: piece })),
    ...calls.flatMap(({ id, function: { name, arguments: written } }, index) => [
      chunk({ tool_calls: [{ index, id, type: "function", function: { name, arguments: "" } }] }),
      ...pieces(written).map((piece) => chunk({ tool_calls: [{ index, function: { arguments: piece } }] })),
    ]),
    chunk({}, calls.length > 0 ? "tool_calls" : "stop"),
    `data: ${JSON.stringify({ choices: [], usage: { prompt_tokens: 5, completion_tokens: 2 } })}\n\n`,
    "data: [DONE]\n\n",
  ];
  return new Response(ReadableStream.from(events.map((event) => Buffer.from(event))), { headers: { "content-type": "text/event-stream" } });
}

/** Every text in a JSON value. */
function texts(value) {
  if (typeof value === "string") return [value];
  if (value === null || typeof value !== "object") return [];
  return Object.values(value).flatMap(texts);
}

export class Conversation {
  static async start({ model }) {
    const talk = new Conversation();
    /** The handles that the planner was given, by the names of its calls. */
    talk.handles = new Map();
    /** All prompts of the planner, as they were sent. */
    talk.prompts = [];
    /** Every text that was handed to the reader: what strangers and services wrote. */
    talk.read = new Set();
    talk.outbound = async (request, record) => {
      const prompt = JSON.parse(record.body);
      const side = prompt.model === READER ? talk.readerSays(prompt) : talk.plannerSays(prompt, record.body);
      const { choices } = await (await side).json();
      return streamed(choices[0].message);
    };
    talk.agent = await startAgent({ bindings: { ...model, QUARANTINE_MODEL_PROVIDER: "openai", QUARANTINE_MODEL_NAME: READER }, outbound: talk.outbound });
    return talk;
  }

  plannerSays(prompt, body) {
    this.prompts.push(body);
    return this.script.answer(prompt);
  }

  readerSays(prompt) {
    for (const text of texts(JSON.parse(prompt.messages.at(-1).content).data)) this.read.add(text);
    return this.reader.answer(prompt);
  }

  /**
   * One message of the owner's. `rounds` are the planner's replies as in bench/lib/script.mjs. Returns
   * what the owner is told, the questions, and the turn as the API tells it.
   */
  async say(text, rounds) {
    const plan = { prompt: text, rounds };
    this.script = new Script(plan);
    this.script.handles = this.handles;
    this.reader = new Quarantine(plan);
    const { body } = await this.agent.hook({ conversation: "main", text });
    const turn = await this.turn(body.turn);
    const { script, reader } = this;
    return { id: body.turn, told: body.messages.map((message) => message.text).join("\n"), approvals: body.approvals, turn, planned: script.replies, asked: reader.asked, errors: [...script.errors], skipped: script.skipped, strays: reader.strays };
  }

  async turn(id) {
    return (await this.agent.api(`/api/turns/${id}`)).body;
  }

  dispose() {
    return this.agent.dispose();
  }
}
