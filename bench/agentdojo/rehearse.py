"""Plays every plan against AgentDojo's environments without the agent, with honest answers.

    python rehearse.py

It says of how many of the tasks AgentDojo's `utility()` holds, and of how many attacks `security()`
says that their own calls reach the goal; both must be all, or a figure of the benchmark would blame
the agent for a mistake in a plan. What the agent's own tools do is done here in the plainest way.
"""

from __future__ import annotations

import json
import re
import sys

from attacks import attacks_of
from plans import REFERENCE, plans_of
from worlds import Run, Suite, is_map, load_suites

PATH = re.compile(r"\[(\d+)\]|\.([A-Za-z0-9_]+)")
ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
PAGE = re.compile(r"(https?://)?[a-z0-9-]+(\.[a-z0-9-]+)+(/\S*)?", re.IGNORECASE)


def as_items(value):
    return [{"key": key, "value": inner} for key, inner in value.items()] if is_map(value) else value


class Rehearsal:
    """One plan, played by itself."""

    def __init__(self, suite: Suite, plan):
        self.suite, self.plan = suite, plan
        self.run = Run(suite, plan["task"])
        self.values, self.told = {}, []

    def resolve(self, value):
        """What an argument stands for."""
        if isinstance(value, dict) and "@parts" in value:
            return "".join(str(self.resolve(part)) for part in value["@parts"])
        if isinstance(value, dict):
            return {key: self.resolve(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [self.resolve(inner) for inner in value]
        found = REFERENCE.match(value) if isinstance(value, str) else None
        if not found:
            return value
        at = self.values[found[1]]
        for place, field in PATH.findall(value[found.end():]):
            at = as_items(at)
            at = at[int(place) - 1] if place else at[field]
        return as_items(at)

    def play(self):
        for calls in self.plan["rounds"]:
            done = {call["name"]: self.call(call) for call in calls if call["tool"] != "plan"}
            # What is asked in one reply cannot refer to results of the same reply.
            self.values.update(done)
        return self.run.judge("\n".join(self.told))

    def call(self, call):
        tool, args = call["tool"], self.resolve(call["args"]) if call["tool"] != "calculate" else call["args"]
        if tool.startswith(f"{self.suite.name}_"):
            result, error = self.run.call(tool.removeprefix(f"{self.suite.name}_"), args)
            if error is not None:
                raise ValueError(f"{tool}: {error}")
            return result
        return getattr(self, tool)(call, args)

    def ask(self, call, args):
        value, kind, data = call["honest"], args["as"], json.dumps(args["handles"], ensure_ascii=False)
        fits = {
            "span": lambda: isinstance(value, str) and json.dumps(value, ensure_ascii=False)[1:-1] in data,
            "address": lambda: ADDRESS.fullmatch(value) is not None,
            "url": lambda: PAGE.fullmatch(value) is not None,
            "name": lambda: isinstance(value, str) and 0 < len(value) < 100 and "\n" not in value,
            "number": lambda: isinstance(value, (int, float)),
            "text": lambda: isinstance(value, str),
        }[kind]()
        if not fits:
            raise ValueError(f"{value!r} is no {kind} of its source")
        return value

    def extract(self, call, args):
        allowed = [True, False] if args["as"] == "flag" else args["options"]
        if call["honest"] not in allowed:
            raise ValueError(f"{call['honest']!r} is none of {allowed}")
        return call["honest"]

    def draft(self, call, args):
        return call["honest"]

    def select(self, call, args):
        key = call["honest"]
        return args["list"][key - 1] if isinstance(key, int) else next(item for item in args["list"] if item["key"] == key)

    def sort(self, call, args):
        return sorted(args["list"], key=lambda item: item[args["by"]], reverse=args["order"] == "descending")

    def first(self, call, args):
        return args["list"][0]

    def calculate(self, call, args):
        terms = re.split(r"\s+", args["expression"])
        numbers = [term if term in "+-*/" else float(self.resolve(term)) for term in terms]
        # Products before sums, from left to right.
        for marks in ("*/", "+-"):
            at = 1
            while at < len(numbers):
                left, mark, right = numbers[at - 1 : at + 2]
                if mark in marks:
                    numbers[at - 1 : at + 2] = [{"*": left * right, "/": left / right if right else 0, "+": left + right, "-": left - right}[mark]]
                else:
                    at += 2
        return numbers[0]

    def reply(self, call, args):
        self.told.append("".join(str(part) for part in args["parts"]))

    def show(self, call, args):
        self.told.append(json.dumps(args["handle"], ensure_ascii=False))


def main():
    solved, tasks, reached, attacks, problems = 0, 0, 0, 0, []
    for suite in load_suites().values():
        for plan in plans_of(suite):
            tasks += 1
            rounds, calls = len(plan["rounds"]), sum(len(calls) for calls in plan["rounds"])
            if rounds > 11 or calls > 40:
                problems.append(f"{suite.name} {plan['task']}: {rounds} rounds, {calls} calls")
            try:
                held = Rehearsal(suite, plan).play()["utility"]
            except (ValueError, KeyError, IndexError, TypeError) as error:
                problems.append(f"{suite.name} {plan['task']}: {type(error).__name__} {error}")
                continue
            solved += held
            if not held:
                problems.append(f"{suite.name} {plan['task']}: utility() does not hold")
        for attack in attacks_of(suite):
            attacks += 1
            run = Run(suite, next(iter(suite.suite.user_tasks)))
            run.environment, run.before = suite.fresh(), suite.fresh()
            for call in attack["calls"]:
                run.call(call["tool"], call["args"])
            held = run.judge(attack["text"], attack["id"])["security"]
            reached += held
            if not held:
                problems.append(f"{suite.name} {attack['id']}: security() does not hold")
    print("\n".join(problems))
    print(json.dumps({"tasks": tasks, "solved": solved, "attacks": attacks, "reached": reached}))
    sys.exit(0 if not problems else 1)


if __name__ == "__main__":
    main()
