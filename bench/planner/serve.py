"""A local model behind the chat completions that the agent speaks, for small models.

Small models rarely write tool calls in a form that their server recognises. Here the model may only
write what a schema allows: `{"calls": [{"tool": name, "args": {...}}]}`, with the tools' own names and
argument names; it speaks by the tools `reply` and `show` only. The tools are told in one short line
each, before everything that changes from call to call, so that the model's memory of them is used again.

    pip install xllamacpp
    python bench/planner/serve.py MODEL.gguf --port 8092 [--context 8192] [--threads 2] [--limit 400]

It listens on 127.0.0.1 only.
"""

import argparse
import json
import time
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

FORMAT = (
    'Write one JSON object: "calls" are the tool calls to make now, or empty when there is nothing left '
    "to do. You speak to the owner by the tools reply and show only. The results come with the next "
    "message. Make each call once.\nThe tools, with their arguments (? is optional):\n"
)


def type_of(schema):
    """The type of an argument in a word or two."""
    if "enum" in schema:
        return "|".join(str(word) for word in schema["enum"])
    kind = schema.get("type", "any")
    if isinstance(kind, list):
        kind = "/".join(kind)
    if kind == "array":
        return f"list of {type_of(schema.get('items', {}))}"
    return schema.get("format", kind)


def line_of(tool):
    """A tool in one line."""
    function = tool["function"]
    parameters = function.get("parameters", {})
    required = parameters.get("required", [])
    args = ", ".join(
        f"{name}{'' if name in required else '?'}: {type_of(schema)}"
        for name, schema in parameters.get("properties", {}).items()
    )
    return f"{function['name']}({args}): {function.get('description', '')}"


def call_schema(tool):
    """What a call of this tool may look like; values are left to the agent to check."""
    function = tool["function"]
    parameters = function.get("parameters", {})
    properties = {name: loose(schema) for name, schema in parameters.get("properties", {}).items()}
    args = {"type": "object", "properties": properties, "required": parameters.get("required", []), "additionalProperties": False}
    return {
        "type": "object",
        "properties": {"tool": {"const": function["name"]}, "args": args},
        "required": ["tool", "args"],
        "additionalProperties": False,
    }


def loose(schema):
    """The schema of a value: any argument may be a handle instead, which is a text."""
    if schema.get("type") == "array":
        return {"type": "array", "items": loose(schema.get("items", {})), "maxItems": 8}
    if "enum" in schema:
        return {"enum": schema["enum"]}
    kind = schema.get("type")
    if kind in ("string", "boolean", "object"):
        return {"type": kind}
    if kind in ("integer", "number"):
        return {"anyOf": [{"type": kind}, {"type": "string"}]}
    return {"anyOf": [{"type": "string"}, {"type": "object"}, {"type": "number"}]}


def reply_schema(tools, least):
    """What a reply may look like. `show` and `reply` are calls too, so a first reply without any is none."""
    calls = {"type": "array", "items": {"anyOf": [call_schema(tool) for tool in tools]}, "minItems": least, "maxItems": 4}
    return {
        "type": "object",
        "properties": {"calls": calls},
        "required": ["calls"],
        "additionalProperties": False,
    }


def told(message):
    """A message of the agent's in the form that the model sees and writes."""
    role, content = message["role"], message.get("content") or ""
    if role == "tool":
        return {"role": "user", "content": f"Result of {message.get('name', 'the call')}: {content}"}
    if role == "assistant":
        calls = [
            {"tool": call["function"]["name"], "args": json.loads(call["function"]["arguments"] or "{}")}
            for call in message.get("tool_calls", [])
        ]
        content = json.dumps({"calls": calls}, ensure_ascii=False)
    return {"role": role, "content": content}


def merged(messages):
    """Messages of the same role in a row as one, since some templates want them to alternate."""
    found = []
    for message in messages:
        if found and found[-1]["role"] == message["role"]:
            found[-1]["content"] += "\n" + message["content"]
        else:
            found.append(dict(message))
    return found


class Model:
    """The model's own server, which runs in this process on a port of its own."""

    def __init__(self, path, port, context, threads, limit):
        import xllamacpp

        self.limit = limit

        params = xllamacpp.CommonParams()
        params.model.path = path
        params.hostnames, params.port = ["127.0.0.1"], port
        # The planner and the reader each keep their own beginning in memory.
        params.n_ctx, params.n_parallel = 2 * context, 2
        params.cpuparams.n_threads = params.cpuparams_batch.n_threads = threads
        params.use_jinja, params.warmup = True, False
        params.sampling.temp, params.sampling.seed = 0.0, 1
        self.server = xllamacpp.Server(params)
        self.url = f"http://127.0.0.1:{port}/v1/chat/completions"

    def complete(self, messages, schema, limit):
        body = {
            "messages": messages,
            "temperature": 0,
            "max_tokens": limit,
            "cache_prompt": True,
            "response_format": {"type": "json_schema", "json_schema": {"name": "reply", "schema": schema}},
        }
        request = urllib.request.Request(self.url, json.dumps(body).encode(), {"content-type": "application/json"})
        with urllib.request.urlopen(request, timeout=600) as response:
            return json.load(response)


def answer(model, body):
    """One chat completion of the agent's, answered as one document."""
    tools = body.get("tools") or []
    # A model that cannot end a text would go on to the agent's own limit, which is far higher.
    limit = min(model.limit, body.get("max_tokens") or body.get("max_completion_tokens") or model.limit)
    if tools:
        system, *rest = body["messages"]
        lines = FORMAT + "\n".join(line_of(tool) for tool in tools)
        messages = [{"role": "system", "content": f"{lines}\n\n{system['content']}"}, *map(told, rest)]
        schema = reply_schema(tools, 1 if rest[-1]["role"] == "user" else 0)
    else:
        messages, schema = body["messages"], body["response_format"].get("schema") or body["response_format"]["json_schema"]["schema"]
    found = model.complete(merged(messages), schema, limit)
    choice = found["choices"][0]
    text, calls = choice["message"].get("content") or "", []
    if tools:
        try:
            reply, text = json.loads(text), ""
            calls = [
                {"id": f"call_{n}", "type": "function", "function": {"name": call["tool"], "arguments": json.dumps(call["args"], ensure_ascii=False)}}
                for n, call in enumerate(reply["calls"])
            ]
        except ValueError:
            # The reply was cut off in the middle of the object.
            text, choice["finish_reason"] = "", "length"
    message = {"role": "assistant", "content": text, **({"tool_calls": calls} if calls else {})}
    reason = "tool_calls" if calls else choice["finish_reason"]
    return {**found, "choices": [{"index": 0, "message": message, "finish_reason": reason}]}


class Handler(BaseHTTPRequestHandler):
    model = None

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers.get("content-length", 0))))
        began = time.monotonic()
        try:
            status, found = 200, answer(self.model, body)
        except urllib.error.HTTPError as error:
            status, found = error.code, {"error": {"message": error.read().decode(errors="replace")[:500]}}
        usage = found.get("usage", {})
        print(f"{'planner' if body.get('tools') else 'reader'} {status} {usage.get('prompt_tokens')} + {usage.get('completion_tokens')} tokens, {time.monotonic() - began:.1f} s", flush=True)
        data = json.dumps(found, ensure_ascii=False).encode()
        try:
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)
        except (BrokenPipeError, ConnectionResetError):
            pass

    def log_message(self, *_):
        pass


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("--port", type=int, default=8092)
    parser.add_argument("--context", type=int, default=8192)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--limit", type=int, default=400, help="the most tokens of one reply")
    given = parser.parse_args()
    Handler.model = Model(given.model, given.port + 1000, given.context, given.threads, given.limit)
    server = ThreadingHTTPServer(("127.0.0.1", given.port), Handler)
    print(f"http://127.0.0.1:{given.port}/v1", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
