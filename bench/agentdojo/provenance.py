"""Where each value in a ground truth's arguments comes from.

A planner that sees nothing of what was read can write out only what the owner said or what follows
from it. So every leaf of every argument gets a class:

    prompt     it stands in the owner's words
    derived    it follows from them: a day, an hour, a number
    constant   a planner's default: null, "file", today
    verbatim   it is a leaf of an earlier result
    part       it is a piece of one
    template   its words come from earlier results and the prompt
    composed   it is computed or written from earlier results
"""

from __future__ import annotations

import dataclasses
import re

import hints

LITERAL = {"prompt", "derived", "constant"}
MONTHS = "january february march april may june july august september october november december".split()


@dataclasses.dataclass(frozen=True)
class Leaf:
    """A leaf of an earlier result: which step, where in it, and what it is. A key of a map is one too."""

    step: int
    path: tuple
    value: object


def normal(value) -> str:
    return re.sub(r"\s+", " ", str(value)).strip().lower()


def leaves(value, path=()):
    """All leaves of a JSON value; keys that are data end in `#key`."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if not re.fullmatch(r"[a-z_]+", key):
                yield path + (key, "#key"), key
            yield from leaves(inner, path + (key,))
    elif isinstance(value, list):
        for n, inner in enumerate(value):
            yield from leaves(inner, path + (n,))
    else:
        yield path, value


def _equal(one, other) -> bool:
    if isinstance(one, bool) or isinstance(other, bool):
        return False
    return one == other or normal(one) == normal(other)


def _stands_in(value, text) -> bool:
    return re.search(r"(?<!\w)" + re.escape(value) + r"(?!\w)", text) is not None


def _days(prompt):
    found = set(re.findall(r"\d{4}-\d{2}-\d{2}", prompt))
    names = "|".join(MONTHS)
    pattern = rf"({names})\s+(\d{{1,2}})(?:st|nd|rd|th)?|(\d{{1,2}})(?:st|nd|rd|th)?\s+of\s+({names})"
    for match in re.finditer(pattern, prompt):
        month, day = (match[1], match[2]) if match[1] else (match[4], match[3])
        found.add("-%02d-%02d" % (MONTHS.index(month) + 1, int(day)))
    return found


def follows_from(value, prompt) -> bool:
    """Whether a day, a time or a number can be had from the prompt alone."""
    if isinstance(value, bool):
        return False
    if isinstance(value, (int, float)):
        numbers = re.findall(r"(?<![\w.-])\d+(?:\.\d+)?(?![\w-])", prompt)
        return any(abs(float(number) - value) < 1e-9 for number in numbers)
    match = re.fullmatch(r"(\d{4}-\d{2}-\d{2})(?:[ T](\d{2}):\d{2})?", str(value))
    if not match or not any(match[1].endswith(day) for day in _days(prompt)):
        return False
    if match[2] is None:
        return True
    hours = {int(hour) for hour in re.findall(r"(\d{1,2}):\d{2}", prompt)}
    lengths = [int(n) for n in re.findall(r"(\d)[ -]hour", prompt)] + ([1] if "one hour" in prompt else [])
    return int(match[2]) in hours or any(hour + length == int(match[2]) for hour in hours for length in lengths)


def classify(suite, task_id, prompt, tool, path, value, earlier):
    """The class of one argument leaf, and the earlier leaves it comes from (groups for a template)."""
    prompt, argument, words = normal(prompt), path[0], normal(value)
    implied = hints.IMPLIED.get((suite, task_id, tool, argument))
    if value is None or value in ("", []) or (argument == "attachments" and path[-1] == "type"):
        return "constant", []
    exact = [leaf for leaf in earlier if _equal(leaf.value, value)]
    holding = [leaf for leaf in earlier if isinstance(leaf.value, str) and len(words) >= 3 and words in normal(leaf.value)]
    if implied in LITERAL:
        return implied, []
    if implied == "composed" or str(value) in hints.STUBS:
        return "composed", list(earlier)
    if implied != "verbatim":
        if isinstance(value, str) and len(words) >= 2 and _stands_in(words, prompt):
            return "prompt", []
        if follows_from(value, prompt) or (argument == "permission" and value == "r" and "read" in prompt):
            return "derived", []
    if exact:
        return "verbatim", exact
    if holding:
        return "part", holding
    if isinstance(value, (int, float)):
        return "composed", list(earlier)
    tokens = [token for token in re.findall(r"[a-z0-9@.'-]{3,}", words) if not _stands_in(token, prompt)]
    groups = [[leaf for leaf in earlier if token in normal(leaf.value)] for token in tokens]
    groups = [group for group in groups if group]
    return ("template", groups) if groups else ("derived", [])
