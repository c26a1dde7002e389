"""For each user task the script of a planner that sees nothing of what was read.

A plan is a list of rounds, each a list of calls that the planner writes in one reply. In arguments
`$@{name}` stands for the handle of the call with that name, which the driver fills in. Literals are
what the owner said or what follows from it; everything else is a part of a result, or an answer of
the quarantined model. The honest answers come from AgentDojo's ground truth.

Calls come from the ground truth by the rules below; `hints.py` has what no rule can see.
"""

from __future__ import annotations

import re

import hints
from provenance import LITERAL, Leaf, classify, leaves
from worlds import EFFECTS, Run, Suite, is_map, to_json

ANSWERED_AS = {
    **{name: "address" for name in ("recipients", "cc", "bcc", "participants", "email", "user_email")},
    **{name: "name" for name in ("user", "channel")},
    "url": "url",
}
DRAFTED = {"body", "content", "description", "subject", "title"}
REFERENCE = re.compile(r"\$@\{(\w+)\}")


def references(value):
    """The names of the calls that an argument refers to."""
    if isinstance(value, str):
        return REFERENCE.findall(value)
    if isinstance(value, dict):
        value = list(value.values())
    return [name for inner in value for name in references(inner)] if isinstance(value, list) else []


def catalogue_of(steps, names):
    """The place of the step that listed these names, if one did."""
    for n in reversed(range(len(steps))):
        if steps[n]["tool"].startswith("get_all_") and names and all(name in steps[n]["result"] for name in names):
            return n
    return None


def widened(steps, args):
    """
    Where the ground truth narrows a list of names step by step, the planner looks up all of them: it cannot see
    which to leave out.
    """
    wide = dict(args)
    for name, value in args.items():
        at = catalogue_of(steps, value) if isinstance(value, list) and len(value) > 1 else None
        if at is not None:
            wide[name] = list(steps[at]["result"])
    return wide


def truth(suite: Suite, task_id: str):
    """The ground truth's calls with their results, on a fresh environment."""
    run = Run(suite, task_id)
    calls = [(call.function, to_json(dict(call.args))) for call in run.task.ground_truth(run.environment)]
    missing = hints.MISSING_READS.get((suite.name, task_id))
    if missing:
        at, tool, args = missing
        calls.insert(at, (tool, args))
    steps = []
    for tool, args in calls:
        result, error = run.call(tool, widened(steps, args))
        if error is not None:
            raise ValueError(f"{suite.name} {task_id}: {tool} failed: {error}")
        steps.append({"tool": tool, "args": args, "result": result})
    return steps


class Planner:
    """Writes one plan."""

    def __init__(self, suite: Suite, task_id: str):
        self.suite, self.task_id = suite, task_id
        self.key = (suite.name, task_id)
        self.task = suite.suite.user_tasks[task_id]
        self.steps = truth(suite, task_id)
        self.calls = {}
        self.picked = {}
        self.said = set()
        self.delegated = hints.DELEGATED.get(self.key)

    # What the plan is made of.

    def add(self, name, tool, args, after=0, **more):
        """Adds a call in the first round in which everything that it refers to is there."""
        level = max([after] + [self.calls[used]["level"] + 1 for used in references(args)])
        self.calls[name] = {"name": name, "tool": tool, "args": args, "level": level, **more}
        return name

    def _words(self, text):
        """An instruction that no other call of the plan has, so that its answer can be told."""
        again = 2
        words = text
        while words in self.said:
            words, again = f"{text} ({again})", again + 1
        self.said.add(words)
        return words

    def ask(self, tool, argument, value, steps, as_type):
        """A question to the quarantined model about what these steps read."""
        key = (argument, str(value), tuple(steps))
        if key not in self.picked:
            words = self._words(f"What should stand as {argument.replace('_', ' ')} in {tool.replace('_', ' ')}?")
            args = {"handles": [f"$@{{r{step}}}" for step in steps], "question": words, "as": as_type}
            self.picked[key] = self.add(f"a{len(self.calls)}", "ask", args, honest=value)
        return f"$@{{{self.picked[key]}}}"

    def draft(self, tool, argument, value, steps, **more):
        """A text that the quarantined model composes from what these steps read."""
        words = self._words(f"Write the {argument} for {tool.replace('_', ' ')}.")
        args = {"instruction": words, "handles": [f"$@{{r{step}}}" for step in steps]}
        return f"$@{{{self.add(f't{len(self.calls)}', 'draft', args, honest=value, **more)}}}"

    def pick(self, items, place, about):
        """One item of a list: found by code where the hints say how, else chosen by the quarantined model."""
        if (items, place) not in self.picked:
            order = hints.SORTED.get(self.key)
            if order:
                by = self.add(f"o{len(self.calls)}", "sort", {"list": items, "by": order[0], "order": order[1]})
                name = self.add(f"f{len(self.calls)}", "first", {"list": f"$@{{{by}}}"}, place=place, items=items)
            else:
                words = self._words(f"the one for {about}")
                args = {"list": items, "criterion": words}
                # Items of a map are told by their key: a map has no order.
                honest = place if isinstance(place, str) else place + 1
                name = self.add(f"s{len(self.calls)}", "select", args, honest=honest, place=place, items=items)
            self.picked[(items, place)] = name
        return f"$@{{{self.picked[(items, place)]}}}"

    def part(self, leaf: Leaf, about, enumerates=False):
        """A reference to a part of a result; where a list has several items, one must be picked."""
        expression, value = f"$@{{r{leaf.step}}}", self.steps[leaf.step]["result"]
        for step in leaf.path:
            if step == "#key":
                expression += ".key"
            elif isinstance(value, list) or is_map(value):
                pairs = is_map(value)
                if len(value) == 1:
                    expression += "[1]"
                elif enumerates and not pairs:
                    expression += f"[{step + 1}]"
                else:
                    expression = self.pick(expression, step, about)
                if pairs and leaf.path[-1] != "#key":
                    expression += ".value"
                value = value[step]
            else:
                expression, value = f"{expression}.{step}", value[step]
        return expression

    # Where a value comes from.

    def earlier(self, step):
        return [Leaf(n, path, value) for n in range(step) for path, value in leaves(self.steps[n]["result"])]

    def is_read(self, step):
        """Whether a step only reads, the page of a stranger included."""
        tool = self.steps[step]["tool"]
        return tool not in EFFECTS[self.suite.name] or tool == "get_webpage"

    def best(self, found, argument):
        """Of several equal leaves the one that can be relied on most: an id, what the owner wrote, a directory."""

        def rank(leaf):
            around = self.steps[leaf.step]["result"]
            owned = False
            for step in leaf.path:
                if step == "#key":
                    break
                around = around[step]
                if isinstance(around, dict):
                    owned = owned or {around.get("sender"), around.get("owner")} & {self.suite.owner, "me"}
            is_id = argument.endswith("id") and leaf.path[-1:] in (("id_",), ("id",))
            return (not is_id, not owned, "reviews" in self.steps[leaf.step]["tool"], len(leaf.path) > 1)

        return min(found, key=rank)

    def last_reads(self, step):
        """The reads that a composed text rests on: those of one tool just before it."""
        last = max(n for n in range(step) if self.is_read(n))
        first = last
        while first > 0 and self.steps[first - 1]["tool"] == self.steps[last]["tool"]:
            first -= 1
        return list(range(first, last + 1))


    # Arguments.

    def names(self, step, tool, argument, names):
        """Names out of a catalogue: all of them, or the one that the details speak for."""
        at = catalogue_of(self.steps[:step], names)
        details = [n for n in range(at + 1, step) if isinstance(self.steps[n]["result"], dict) and names[0] in self.steps[n]["result"]]
        if len(names) > 1 or not details:
            return f"$@{{r{at}}}"
        rated = [n for n in details if "rating" in self.steps[n]["tool"]] or details
        return self.part(Leaf(rated[-1], (names[0], "#key"), names[0]), f"the {argument.replace('_', ' ')} of {tool.replace('_', ' ')}")

    def leaf(self, step, path, value):
        """The expression for one leaf of an argument."""
        tool, argument = self.steps[step]["tool"], path[0]
        about = f"the {argument.replace('_', ' ')} of {tool.replace('_', ' ')}"
        earlier = self.earlier(step)
        if self.key in hints.ARITHMETIC and argument == "amount":
            return self.arithmetic(step, value)
        told = self.told_by_instructions(step, value)
        if told:
            return told
        kind, found = classify(self.suite.name, self.task_id, self.task.PROMPT, tool, path, value, earlier)
        if kind in LITERAL or not found:
            return value
        if kind == "verbatim":
            return self.part(self.best(found, argument), about, enumerates=self.is_read(step))
        if kind == "part":
            source = found[0]
            fits = str(value) in source.value
            as_type = self.answer_type(argument, value, "span" if fits else "text")
            return self.ask(tool, argument, value, [source.step, *self.invited_in(step)], as_type)
        if kind == "template":
            parts = self.template(value, earlier, about)
            steps = sorted({leaf.step for group in found for leaf in (group[0], group[-1])})
            text = self.draft(tool, argument, value, steps, spare=parts is not None)
            return {"@parts": parts, "@else": text} if parts else text
        if isinstance(value, str) and argument in DRAFTED:
            reads = [*self.last_reads(step), *self.invited_in(step)]
            return self.draft(tool, argument, hints.STUBS.get(value, value), reads)
        reads = [n for n in range(step) if self.is_read(n)]
        return self.ask(tool, argument, value, reads, self.answer_type(argument, value, "text"))

    def answer_type(self, argument, value, otherwise):
        if isinstance(value, (int, float)):
            return "number"
        named = "name" if argument == "recipient" and self.suite.name == "slack" else None
        return named or ANSWERED_AS.get(argument, otherwise)

    def told_by_instructions(self, step, value):
        """In a delegated task whatever stands in the instructions is taken from there."""
        if self.delegated is None or step <= self.delegated or self.is_read(step) or not isinstance(value, str) or len(value) < 3:
            return None
        source = self.steps[self.delegated]["result"]
        texts = [leaf for _, leaf in leaves(source) if isinstance(leaf, str)]
        if not any(value in text for text in texts):
            return None
        tool = self.steps[step]["tool"]
        argument = next(name for name, given in self.steps[step]["args"].items() if given == value or (isinstance(given, list) and value in given))
        return self.ask(tool, argument, value, [self.delegated], self.answer_type(argument, value, "span"))

    def arithmetic(self, step, value):
        """An amount computed by code from an attested one, if the agent can; else asked for."""
        at, place, about, formula = hints.ARITHMETIC[self.key]
        amount = self.part(Leaf(at, (place, "amount"), None), about)
        name = f"c{len(self.calls)}"
        question = self._words("What is the amount to send?")
        instead = {"tool": "ask", "args": {"handles": [f"$@{{r{at}}}"], "question": question, "as": "number"}}
        self.add(name, "calculate", {"expression": formula.format(amount)}, honest=value, instead=instead)
        return f"$@{{{name}}}"

    def template(self, text, earlier, about):
        """A text as its own words and whole values that maps hold; None if it holds none."""
        held = [leaf for leaf in earlier if isinstance(leaf.value, str) and len(leaf.value) >= 4 and is_map(self.steps[leaf.step]["result"])]
        held = [leaf for leaf in held if leaf.value in text and "reviews" not in self.steps[leaf.step]["tool"]]
        parts, rest = [], text
        while rest:
            at = [(rest.index(leaf.value), -len(leaf.value), -leaf.step, leaf) for leaf in held if leaf.value in rest]
            if not at:
                parts.append(rest)
                break
            start, _, _, leaf = min(at, key=lambda item: item[:3])
            parts += [rest[:start]] if start else []
            parts.append(self.part(leaf, about))
            rest = rest[start + len(leaf.value):]
        return parts if any(references(part) for part in parts) else None

    def whole_list(self, step, argument, values):
        """A reference to a list of an earlier result that is exactly this one."""
        found = []

        def walk(value, path, at):
            if value == values and path:
                found.append(Leaf(at, path, value))
            for key, inner in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
                walk(inner, path + (key,), at)

        for n in range(step):
            walk(self.steps[n]["result"], (), n)
        if not found:
            return None
        about = f"the {argument} of {self.steps[step]['tool'].replace('_', ' ')}"
        return self.part(self.best(found, argument), about)

    def argument(self, step, path, value):
        tool = self.steps[step]["tool"]
        if isinstance(value, dict):
            return {key: self.argument(step, path + (key,), inner) for key, inner in value.items()}
        names = value if isinstance(value, list) else [value]
        literal = all(isinstance(name, str) and name in self.task.PROMPT for name in names)
        if self.is_read(step) and not literal and catalogue_of(self.steps[:step], names) is not None:
            handle = self.names(step, tool, path[0], names)
            return [handle] if handle.endswith(".key") and isinstance(value, list) else handle
        if isinstance(value, list):
            whole = None if literal or self.delegated is not None else self.whole_list(step, path[0], value)
            return whole or [self.argument(step, path + (n,), inner) for n, inner in enumerate(value)]
        return self.leaf(step, path, value)

    # The plan.

    def read(self, step, after):
        args = {name: self.argument(step, (name,), value) for name, value in self.steps[step]["args"].items()}
        effect = self.steps[step]["tool"] in EFFECTS[self.suite.name]
        self.add(f"r{step}", f"{self.suite.name}_{self.steps[step]['tool']}", args, after, reads=True, effect=effect)

    def write(self, step, after):
        args = {name: self.argument(step, (name,), value) for name, value in self.steps[step]["args"].items()}
        seen = [self.calls[f"r{n}"]["level"] + 1 for n in range(step) if self.is_read(n)]
        done = [self.calls[f"r{n}"]["level"] for n in range(step) if not self.is_read(n)]
        tests = [self.guard(at) for at in hints.GUARDS.get(self.key, ())]
        after = max([after] + seen + done + [self.calls[test]["level"] + 1 for test in tests])
        # A result of a write is referred to like that of a read.
        self.add(f"r{step}", f"{self.suite.name}_{self.steps[step]['tool']}", args, after, effect=True)

    def invited_in(self, step):
        """
        The earlier step that invites somebody whom this one is about. They must be in before anything can be done
        with them, although no result says so; what refers to the invitation waits until it is answered.
        """
        given = [value for value in self.steps[step]["args"].values() if isinstance(value, str)]
        invited = [n for n in range(step) if self.steps[n]["tool"] == "invite_user_to_slack" and self.steps[n]["args"]["user"] in given]
        return invited[-1:]

    def guard(self, at):
        """The test on untrusted content that decides whether the write happens."""
        name = f"g{at}"
        if name not in self.calls:
            words = self._words("Does it fulfil the condition that the request names?")
            self.add(name, "extract", {"handle": f"$@{{r{at}}}", "question": words, "as": "flag"}, honest=True)
        return name

    def instructed(self, step):
        """In a delegated task: which call do the instructions ask for? Bounded by the tools there are."""
        tools = sorted(EFFECTS[self.suite.name])
        words = self._words("Which of these does it ask for next?")
        args = {"handle": f"$@{{r{self.delegated}}}", "question": words, "as": "choice", "options": [*tools, "none"]}
        return self.add(f"x{step}", "extract", args, honest=self.steps[step]["tool"])

    def plan(self):
        after = 0
        for step in range(len(self.steps)):
            told = self.delegated is not None and step > self.delegated
            if told and self.steps[step]["tool"] in EFFECTS[self.suite.name]:
                after = max(after, self.calls[self.instructed(step)]["level"] + 1)
            (self.read if self.is_read(step) else self.write)(step, after)
        self.announce()
        self.answer()
        ordered = sorted(self.calls.values(), key=lambda call: call["level"])
        rounds = [[call for call in ordered if call["level"] == level] for level in range(ordered[-1]["level"] + 1)]
        output = self.task.GROUND_TRUTH_OUTPUT
        return {
            "suite": self.suite.name, "task": self.task_id, "prompt": self.task.PROMPT, "output": output,
            "rounds": [calls for calls in rounds if calls],
            "guarded": self.key in hints.GUARDS, "delegated": self.key in hints.DELEGATED,
        }

    def announce(self):
        """The effects are announced before the first read, unless only what is read can tell them."""
        told = lambda name: self.delegated is not None and int(name[1:]) > self.delegated and self.key not in hints.FORESEEN
        names = [name for name, call in self.calls.items() if call.get("effect") and not told(name)]
        others = []
        if self.key in hints.ALTERNATIVES:
            call = self.calls[names[0]]
            others.append({"tool": call["tool"], "args": {**call["args"], **hints.ALTERNATIVES[self.key]}})
        if names:
            plan = {"name": "plan", "tool": "plan", "args": {}, "level": 0, "announces": names, "others": others}
            self.calls = {"plan": plan, **self.calls}

    def answer(self):
        """What the owner is told at the end."""
        output = self.task.GROUND_TRUTH_OUTPUT
        reads = [n for n in range(len(self.steps)) if self.is_read(n)]
        last = max(call["level"] for call in self.calls.values())
        if re.sub(r"[\d.\s]", "", output) or re.search(r"\d[^.\d]|\d$", output):
            words = self._words("What is the answer to the request?")
            handles = [f"$@{{r{n}}}" for n in reads]
            self.add("answer", "ask", {"handles": handles, "question": words, "as": "text"}, honest=output)
            self.add("reply", "reply", {"parts": ["Here is what I found: ", "$@{answer}"]}, after=last)
        elif all(self.is_read(n) for n in range(len(self.steps))):
            for n in reads:
                self.add(f"show{n}", "show", {"handle": f"$@{{r{n}}}"}, after=last)
        else:
            self.add("reply", "reply", {"parts": ["That is what I had to do."]}, after=last)


def plans_of(suite: Suite):
    """The plans of a suite's user tasks in their order."""
    names = sorted(suite.suite.user_tasks, key=lambda name: int(name.rsplit("_", 1)[1]))
    for name in names:
        yield Planner(suite, name).plan()
