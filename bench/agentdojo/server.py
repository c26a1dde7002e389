"""Serves AgentDojo's environments as MCP servers, and a few endpoints to the driver of the benchmark.

    python server.py [--stream]

Each suite is an MCP server of its own at `/<suite>/mcp` (streamable HTTP, protocol 2025-06-18 and
2025-11-25). `/control/…` prepares a run and lets AgentDojo judge it. The first line on standard output is
the port; the process ends when its standard input does. With `--stream` tool results come as
server-sent events, which the protocol allows as well.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from attacks import attacks_of
from plans import plans_of
from worlds import Run, is_record, load_suites

PROTOCOLS = ("2025-11-25", "2025-06-18")
BODY_BYTES_MAX = 8 * 1024 * 1024


class Refusal(Exception):
    """An answer other than 200."""

    def __init__(self, status, text):
        super().__init__(text)
        self.status, self.text = status, text


class RpcError(Exception):
    """An error as JSON-RPC has it."""

    def __init__(self, code, text):
        super().__init__(text)
        self.code, self.text = code, text


class State:
    """What all requests share."""

    def __init__(self, streams):
        self.lock = threading.Lock()
        self.suites = load_suites()
        self.run = None
        self.sessions = {}
        self.streams = streams

    def catalogue(self):
        return {
            name: {
                "owner": suite.owner,
                "tools": list(suite.tools()),
                "plans": list(plans_of(suite)),
                "attacks": list(attacks_of(suite)),
            }
            for name, suite in self.suites.items()
        }

    def reset(self, wish):
        self.sessions.clear()
        self.run = Run(self.suites[wish["suite"]], wish["task"], wish.get("overrides", ()))
        return {}

    def judge(self, wish):
        if self.run is None:
            raise Refusal(409, "nothing was prepared; reset first")
        return {**self.run.judge(wish["output"], wish.get("injection")), "calls": self.run.calls}

    def calls(self, _):
        return {"calls": self.run.calls if self.run else []}


def rpc_initialize(state, suite, session, params):
    asked = params.get("protocolVersion")
    return {
        "protocolVersion": asked if asked in PROTOCOLS else PROTOCOLS[0],
        "capabilities": {"tools": {"listChanged": False}},
        "serverInfo": {"name": f"agentdojo-{suite}", "version": "0.1.35"},
    }


def rpc_list(state, suite, session, params):
    if params.get("cursor") is not None:
        raise RpcError(-32602, "there is one page only")
    return {"tools": list(state.suites[suite].tools())}


def rpc_call(state, suite, session, params):
    name, args = params.get("name"), params.get("arguments") or {}
    if not isinstance(args, dict) or name not in state.suites[suite].runtime.functions:
        raise RpcError(-32602, f"unknown tool: {name}")
    if state.run is None or state.run.suite.name != suite:
        raise RpcError(-32603, f"no run is prepared for {suite}")
    result, error = state.run.call(name, args)
    if error is not None:
        return {"content": [{"type": "text", "text": error}], "isError": True}
    tool = state.run.suite.runtime.functions[name]
    structured = result if is_record(tool.return_type) else {"result": result}
    text = result if isinstance(result, str) else json.dumps(result, ensure_ascii=False)
    return {"content": [{"type": "text", "text": text}], "structuredContent": structured, "isError": False}


METHODS = {
    "initialize": rpc_initialize,
    "ping": lambda state, suite, session, params: {},
    "tools/list": rpc_list,
    "tools/call": rpc_call,
}
CONTROLS = {
    "/control/catalogue": lambda state, wish: state.catalogue(),
    "/control/reset": lambda state, wish: state.reset(wish),
    "/control/judge": lambda state, wish: state.judge(wish),
    "/control/calls": lambda state, wish: state.calls(wish),
}


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True
    state: State

    def log_message(self, format, *args):
        """Nothing is logged: the driver tells what went wrong."""

    def do_POST(self):
        self.answer(self.post)

    def do_GET(self):
        # The server begins no conversation of its own.
        self.answer(lambda: self.send(405, b"", {"allow": "POST, DELETE"}))

    def do_DELETE(self):
        self.answer(self.end_session)

    def answer(self, work):
        try:
            work()
        except Refusal as refusal:
            self.send(refusal.status, refusal.text.encode(), {"content-type": "text/plain"})
        except (KeyError, TypeError, ValueError) as error:
            self.send(400, f"{type(error).__name__}: {error}".encode(), {"content-type": "text/plain"})
        self.wfile.flush()

    def body(self):
        length = int(self.headers.get("content-length") or 0)
        if length > BODY_BYTES_MAX:
            raise Refusal(413, "too large")
        return json.loads(self.rfile.read(length) or b"{}")

    def send(self, status, data, headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def send_json(self, value, headers=None):
        data = json.dumps(value, ensure_ascii=False).encode()
        self.send(200, data, {"content-type": "application/json", **(headers or {})})

    def post(self):
        message = self.body()
        if self.path in CONTROLS:
            with self.state.lock:
                return self.send_json(CONTROLS[self.path](self.state, message))
        suite = self.suite()
        self.check_headers()
        if not isinstance(message, dict) or message.get("jsonrpc") != "2.0" or "method" not in message:
            raise Refusal(400, "one JSON-RPC message is expected")
        method, session = message["method"], self.session(suite, message["method"])
        if "id" not in message:
            return self.send(202, b"", {})
        answer = {"jsonrpc": "2.0", "id": message["id"]}
        try:
            if method not in METHODS:
                raise RpcError(-32601, f"unknown method: {method}")
            with self.state.lock:
                answer["result"] = METHODS[method](self.state, suite, session, message.get("params") or {})
        except RpcError as error:
            answer["error"] = {"code": error.code, "message": error.text}
        if self.state.streams and method == "tools/call":
            return self.stream(answer)
        return self.send_json(answer, {"mcp-session-id": session} if method == "initialize" else None)

    def stream(self, answer):
        note = {"jsonrpc": "2.0", "method": "notifications/message", "params": {"level": "info", "data": "done"}}
        events = "".join(f"event: message\ndata: {json.dumps(message, ensure_ascii=False)}\n\n" for message in (note, answer))
        self.send(200, events.encode(), {"content-type": "text/event-stream", "cache-control": "no-cache"})

    def suite(self):
        parts = self.path.strip("/").split("/")
        if len(parts) != 2 or parts[1] != "mcp" or parts[0] not in self.state.suites:
            raise Refusal(404, "there is no such server")
        return parts[0]

    def check_headers(self):
        accepted = self.headers.get("accept") or ""
        if "application/json" not in accepted or "text/event-stream" not in accepted:
            raise Refusal(406, "accept application/json and text/event-stream")
        if "application/json" not in (self.headers.get("content-type") or ""):
            raise Refusal(415, "send application/json")
        version = self.headers.get("mcp-protocol-version")
        if version is not None and version not in PROTOCOLS:
            raise Refusal(400, f"protocol version {version} is not spoken here")

    def session(self, suite, method):
        if method == "initialize":
            session = uuid.uuid4().hex
            self.state.sessions[session] = suite
            return session
        session = self.headers.get("mcp-session-id")
        if session is None:
            raise Refusal(400, "a session id is missing")
        if self.state.sessions.get(session) != suite:
            raise Refusal(404, "that session has ended")
        return session

    def end_session(self):
        suite = self.suite()
        session = self.headers.get("mcp-session-id")
        if self.state.sessions.get(session) != suite:
            raise Refusal(404, "that session has ended")
        del self.state.sessions[session]
        self.send(204, b"", {})


def end_with_parent():
    sys.stdin.buffer.read()
    os._exit(0)


def main():
    Handler.state = State("--stream" in sys.argv[1:])
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    print(json.dumps({"port": server.server_address[1]}), flush=True)
    threading.Thread(target=end_with_parent, daemon=True).start()
    server.serve_forever()


if __name__ == "__main__":
    main()
