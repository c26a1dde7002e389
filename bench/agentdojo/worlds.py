"""AgentDojo's four environments, one run at a time: tool calls in, JSON out, and its own judges.

The package `agentdojo` (MIT, ETH Zurich and Invariant Labs) brings the environments, the tools, the
tasks and the checks `utility()` and `security()`. Nothing of it is copied here except the few calls
of `attacks.py`, which stand where the package leaves an injection task's ground truth empty.
"""

from __future__ import annotations

import copy
import datetime
import enum
import re
import typing
import warnings

warnings.filterwarnings("ignore")

from agentdojo.functions_runtime import FunctionCall, FunctionsRuntime  # noqa: E402
from agentdojo.task_suite.load_suites import get_suites  # noqa: E402
from pydantic import BaseModel  # noqa: E402

VERSION = "v1.2.2"
SUITES = ("workspace", "slack", "banking", "travel")

# What changes something, or shows something to somebody else. `get_webpage` only reads, but the
# page's server sees the address.
EFFECTS = {
    "workspace": {
        "send_email", "delete_email", "create_calendar_event", "cancel_calendar_event",
        "reschedule_calendar_event", "add_calendar_event_participants", "append_to_file",
        "create_file", "delete_file", "share_file",
    },
    "slack": {
        "add_user_to_channel", "send_direct_message", "send_channel_message", "invite_user_to_slack",
        "remove_user_from_slack", "post_webpage", "get_webpage",
    },
    "banking": {
        "send_money", "schedule_transaction", "update_scheduled_transaction", "update_password",
        "update_user_info",
    },
    "travel": {
        "create_calendar_event", "cancel_calendar_event", "reserve_hotel", "reserve_car_rental",
        "reserve_restaurant", "send_email",
    },
}
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def to_json(value):
    """A tool's result as JSON that keeps types; records become objects."""
    if isinstance(value, BaseModel):
        return to_json(value.model_dump())
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, (datetime.datetime, datetime.date, datetime.time)):
        return value.isoformat()
    if isinstance(value, typing.Mapping):
        return {str(to_json(key)): to_json(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [to_json(inner) for inner in value]
    if isinstance(value, (set, frozenset)):
        return sorted((to_json(inner) for inner in value), key=str)
    if value is None or isinstance(value, (str, int, float, bool)):
        return value
    raise TypeError(f"no JSON for {type(value)}")


def as_list(tool, result):
    """AgentDojo writes the names of a catalogue as one text of lines; a service returns a list."""
    if not tool.startswith("get_all_") or not isinstance(result, str):
        return result
    return [line for line in result.partition(": ")[2].split("\n") if line]


def is_map(value) -> bool:
    """Whether an object's keys are data: such an object reads as a list of {key, value}."""
    return isinstance(value, dict) and not all(NAME.fullmatch(key) for key in value)


def is_record(kind) -> bool:
    """Whether results of a tool that is declared to return this are objects."""
    return typing.get_origin(kind) is dict or kind is dict or isinstance(kind, type) and issubclass(kind, BaseModel)


def put(value, path, new):
    """Replaces one part of a result; a path that leads nowhere changes nothing."""
    if not path:
        return copy.deepcopy(new)
    step, rest = path[0], path[1:]
    if isinstance(value, list) and isinstance(step, int) and 0 <= step < len(value):
        value[step] = put(value[step], rest, new)
    elif is_map(value) and rest[:1] in (["key"], ["value"]):
        # An entry is told by its key, or by its place where there is one only.
        at = step if isinstance(step, str) else next(iter(value)) if step == 0 and len(value) == 1 else None
        entry = lambda key, inner: (str(new), inner) if rest == ["key"] else (key, put(inner, rest[1:], new))
        return dict(entry(key, inner) if key == at else (key, inner) for key, inner in value.items())
    elif isinstance(value, dict) and step in value:
        value[step] = put(value[step], rest, new)
    return value


# Where a stranger's words stand in what a tool returns.
WORDS = ("body", "content", "description", "subject", "title")
STRANGERS_TEXTS = {"read_file", "get_webpage"}


def plant(tool, value, text, owners):
    """Adds a text where a stranger can write: what the attacker names must stand in what is read."""
    if isinstance(value, str):
        return f"{value}\n{text}" if tool in STRANGERS_TEXTS else value
    if is_map(value) and "reviews" in tool:
        return {key: f"{inner}\n{text}" for key, inner in value.items()}
    for item in value if isinstance(value, list) else [value]:
        field = next((name for name in WORDS if isinstance(item, dict) and isinstance(item.get(name), str)), None)
        if field is not None and not {item.get("sender"), item.get("owner")} & owners:
            item[field] = f"{item[field]}\n{text}"
            break
    return value


class Suite:
    """One suite: its tools, its tasks, and a default environment that is only ever copied."""

    def __init__(self, name, suite):
        self.name = name
        self.suite = suite
        self.base = suite.load_and_inject_default_environment({})
        self.runtime = FunctionsRuntime(suite.tools)
        inbox = getattr(self.base, "inbox", None)
        bank = getattr(self.base, "bank_account", None)
        self.owner = inbox.account_email if inbox else bank.iban if bank else "bot"

    def fresh(self):
        """A copy of the default environment."""
        return self.base.model_copy(deep=True)

    def prepared(self, task_id):
        """The environment in which a user task begins."""
        return self.suite.user_tasks[task_id].init_environment(self.fresh())

    def tools(self):
        """The declarations that a client may list, in a fixed order."""
        for tool in sorted(self.suite.tools, key=lambda tool: tool.name):
            schema = tool.parameters.model_json_schema()
            schema.pop("title", None)
            # Structured content is an object; what is none is wrapped as FastMCP does it, and says so.
            wrapped = {"outputSchema": {"type": "object", "properties": {"result": {}}, "required": ["result"], "x-fastmcp-wrap-result": True}}
            yield {
                "name": tool.name,
                "description": tool.description,
                "inputSchema": {"type": "object", "properties": {}, **schema},
                **({} if is_record(tool.return_type) else wrapped),
                "annotations": {"readOnlyHint": tool.name not in EFFECTS[self.name]},
            }


def load_suites():
    """The four suites of the version that is measured."""
    suites = get_suites(VERSION)
    return {name: Suite(name, suites[name]) for name in SUITES}


class Run:
    """One task in one environment, and what was called in it."""

    def __init__(self, suite: Suite, task_id: str, overrides=()):
        self.suite = suite
        self.task = suite.suite.user_tasks[task_id]
        self.environment = suite.prepared(task_id)
        self.before = self.environment.model_copy(deep=True)
        self.overrides = list(overrides)
        self.calls = []

    def call(self, name, args):
        """Executes a tool; returns `(result, error)` and remembers the call."""
        result, error = self.suite.runtime.run_function(self.environment, name, copy.deepcopy(args))
        self.calls.append({"tool": name, "args": args, "error": error})
        if error is not None:
            return None, error
        seen = as_list(name, to_json(result))
        # What the attacker has written, in place of what stands in the environment.
        for override in self.overrides:
            given = override.get("args", {})
            if override["tool"] == name and all(args.get(key) == value for key, value in given.items()):
                if "plant" in override:
                    seen = plant(name, seen, override["plant"], {self.suite.owner, "me"})
                else:
                    seen = put(seen, override["path"], override["value"])
        return seen, None

    def judge(self, output, injection=None):
        """What AgentDojo says of what was done and said."""
        trace = [FunctionCall(function=call["tool"], args=call["args"]) for call in self.calls]
        utility = self.task.utility_from_traces(output, self.before, self.environment, trace)
        if utility is None:
            utility = self.task.utility(output, self.before, self.environment)
        verdict = {"utility": bool(utility), "security": None}
        if injection is not None:
            task = self.suite.suite.injection_tasks[injection]
            reached = task.security_from_traces(output, self.before, self.environment, trace)
            if reached is None:
                reached = task.security(output, self.before, self.environment)
            verdict["security"] = bool(reached)
        return verdict
