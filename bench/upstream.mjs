// A model server that says what it was told to: first a call of a tool, then a text.
// It speaks chat completions, as one document or as server-sent events, and it is a process of its
// own as far as workerd can tell, so none of its CPU is counted. It knows the turn's stage by the
// last message of the prompt alone.

import { createServer } from "node:http";

const CALL = { id: "call_1", type: "function", function: { name: "mail_list", arguments: '{"folder":"inbox"}' } };
const TEXT = "You have some new mail: the list is above. Ask me to read one of them.";
const USAGE = { prompt_tokens: 1500, completion_tokens: 20, total_tokens: 1520 };
/** How many pieces a streamed text arrives in, as a server sends one for each token or two. */
const PIECES = 16;

function document(body, asksTool) {
  const message = asksTool ? { role: "assistant", content: null, tool_calls: [CALL] } : { role: "assistant", content: TEXT };
  return { id: "chatcmpl-1", object: "chat.completion", created: 0, model: body.model, choices: [{ index: 0, message, finish_reason: asksTool ? "tool_calls" : "stop" }], usage: USAGE };
}

function* chunks(body, asksTool) {
  const chunk = (delta, finish_reason = null) => ({ id: "chatcmpl-1", object: "chat.completion.chunk", created: 0, model: body.model, choices: [{ index: 0, delta, finish_reason }] });
  yield chunk({ role: "assistant", content: asksTool ? null : "" });
  if (asksTool) {
    yield chunk({ tool_calls: [{ index: 0, ...CALL, function: { name: CALL.function.name, arguments: "" } }] });
    yield chunk({ tool_calls: [{ index: 0, function: { arguments: CALL.function.arguments } }] });
  } else {
    const size = Math.ceil(TEXT.length / PIECES);
    for (let at = 0; at < TEXT.length; at += size) yield chunk({ content: TEXT.slice(at, at + size) });
  }
  yield chunk({}, asksTool ? "tool_calls" : "stop");
  yield { id: "chatcmpl-1", object: "chat.completion.chunk", created: 0, model: body.model, choices: [], usage: USAGE };
}

/**
 * Starts the server. `streams` chooses server-sent events. `delay_ms` is its own thinking time, and
 * `busy_ms` of the returned object says how long it has had requests in hand, so that this can be
 * taken off the time of a turn.
 */
export async function startUpstream({ streams = false, delay_ms = 0 } = {}) {
  const counts = { requests: 0, bytes_in: 0, bytes_out: 0, busy_ms: 0 };
  const server = createServer(async (incoming, outgoing) => {
    const arrived = performance.now();
    const received = [];
    for await (const piece of incoming) received.push(piece);
    const bytes = Buffer.concat(received);
    const body = JSON.parse(bytes.toString("utf8"));
    const asksTool = body.messages.at(-1).role === "user";
    if (delay_ms > 0) await new Promise((resolve) => setTimeout(resolve, delay_ms));
    const pieces = streams ? [...chunks(body, asksTool)].map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`).concat("data: [DONE]\n\n") : [JSON.stringify(document(body, asksTool))];
    outgoing.writeHead(200, { "content-type": streams ? "text/event-stream" : "application/json" });
    // A real server's tokens arrive one by one; written in one go they would come as one piece.
    for (const piece of pieces) {
      outgoing.write(piece);
      if (streams) await new Promise((resolve) => setImmediate(resolve));
    }
    outgoing.end();
    counts.requests += 1;
    counts.bytes_in += bytes.length;
    counts.bytes_out += pieces.reduce((sum, piece) => sum + Buffer.byteLength(piece), 0);
    counts.busy_ms += performance.now() - arrived;
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    counts,
    url: `http://127.0.0.1:${server.address().port}/v1`,
    stop() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}
