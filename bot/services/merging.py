"""Differences between texts by lines, shown to people and applied to a text that changed meanwhile."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

AROUND = 2
"""Unchanged lines shown about a change."""


def hunks(before: str, after: str) -> list[list[dict[str, Any]]]:
    """The difference as groups of lines, each {"op": "+", "-" or " ", "text", "line"}; `line` counts in `after`, of a
    removed line in `before`."""
    old, new = before.splitlines(), after.splitlines()
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    return [
        [line for opcode in group for line in _lines(opcode, old, new)] for group in matcher.get_grouped_opcodes(AROUND)
    ]


def counts(before: str, after: str) -> tuple[int, int]:
    """How many lines were added and removed."""
    ops = [line["op"] for group in hunks(before, after) for line in group]
    return ops.count("+"), ops.count("-")


def _lines(opcode: tuple[str, int, int, int, int], old: list[str], new: list[str]) -> list[dict[str, Any]]:
    tag, i1, i2, j1, j2 = opcode
    if tag == "equal":
        return [{"op": " ", "text": new[j], "line": j + 1} for j in range(j1, j2)]
    return [{"op": "-", "text": old[i], "line": i + 1} for i in range(i1, i2)] + [
        {"op": "+", "text": new[j], "line": j + 1} for j in range(j1, j2)
    ]


@dataclass(frozen=True)
class Change:
    """Lines `start` to `end` of the base become `lines`."""

    start: int
    end: int
    lines: list[str]

    def touches(self, other: Change) -> bool:
        if self.start == self.end or other.start == other.end:  # one only inserts: beside a change is no clash
            inside = self.start < other.end and other.start < self.end
            return inside or (self.start, self.end) == (other.start, other.end)
        return self.start < other.end and other.start < self.end


def merged(base: str, one: str, other: str) -> str | None:
    """`base` with the changes of both; None where they touch the same lines in different ways."""
    ours, theirs = _changes(base, one), _changes(base, other)
    theirs = [change for change in theirs if change not in ours]
    if any(change.touches(another) for change in ours for another in theirs):
        return None
    lines = base.splitlines(True)
    for change in sorted([*ours, *theirs], key=lambda c: (c.start, c.end), reverse=True):
        lines[change.start : change.end] = change.lines
    return "".join(lines)


def _changes(base: str, text: str) -> list[Change]:
    old, new = base.splitlines(True), text.splitlines(True)
    opcodes = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    return [Change(i1, i2, new[j1:j2]) for tag, i1, i2, j1, j2 in opcodes if tag != "equal"]
