"""The table of a simulation, and the transcript of one conversation."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from tests.simulator.case import ALONE, GOALS
from tests.simulator.play import Played

HEAD = ("goal", "conv.", "alone", "human", "needed", "failed", "turns p50", "p95", "questions", "redundant", "faults")


def table(played: Sequence[Played]) -> str:
    """One row a goal. human: called as was meant; needed: called although the assistant should have managed alone."""
    by_goal: dict[str, list[Played]] = defaultdict(list)
    for one in played:
        by_goal[one.goal].append(one)
    rows = [_row(name, by_goal[name]) for name in GOALS if by_goal[name]] + [_row("all", list(played))]
    widths = [max(len(str(row[i])) for row in [HEAD, *rows]) for i in range(len(HEAD))]
    lines = [_line(HEAD, widths), "|".join("-" * (width + 2) for width in widths).join("||")]
    return "\n".join([*lines, *(_line(row, widths) for row in rows)])


def _row(name: str, played: list[Played]) -> tuple[object, ...]:
    ends = [one.end for one in played]
    turns = sorted(one.turns for one in played)
    return (
        name,
        len(played),
        *(ends.count(end) for end in ("alone", "human", "needed", "failed")),
        turns[len(turns) // 2],
        turns[min(len(turns) - 1, int(len(turns) * 0.95))],
        sum(one.questions for one in played),
        sum(one.redundant for one in played),
        sum(bool(one.problems) for one in played),
    )


def _line(cells: Sequence[object], widths: Sequence[int]) -> str:
    first, *rest = (str(cell) for cell in cells)
    padded = [first.ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(rest, widths[1:], strict=True))]
    return "| " + " | ".join(padded) + " |"


def too_often_human(played: Sequence[Played]) -> list[str]:
    """The goals for which a human was needed more often than is right."""
    found = []
    for name in GOALS:
        mine = [one for one in played if one.goal == name]
        needed = sum(one.end == "needed" for one in mine)
        if mine and needed > max(1, ALONE[name] * len(mine)):
            found.append(f"{name}: {needed} of {len(mine)} needed a human")
    return found


def transcript(one: Played) -> str:
    plan = one.plan
    lines = [f"=== {plan.name}: {one.goal} {one.end} {one.reason or ''}"]
    facts = ", ".join(f"{key} {value}" for key, value in plan.case.facts.items())
    return "\n".join([*lines, f"    knows {facts}", *one.transcript, *(f"!!! {problem}" for problem in one.problems)])
