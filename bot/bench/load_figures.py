"""The figures of `tellonce bench load`: percentiles out of histograms, what one step of it saw, and where the knee is."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

STAGES = ("accept", "queue", "brain", "actions", "commit", "send")
BUCKET = re.compile(r'^tellonce_stage_seconds_bucket\{le="([^"]+)",stage="(\w+)"\} (\S+)$', re.MULTILINE)
FOLLOWS = 0.95
"""The share of what is offered that has to be answered meanwhile, or answers do not follow any more."""

Histogram = dict[float, float]
"""How many were at most that many seconds."""


def read_stages(text: str) -> dict[str, Histogram]:
    """The histogram of each stage in what `/metrics` says."""
    found: dict[str, Histogram] = {}
    for bound, stage, count in BUCKET.findall(text):
        found.setdefault(stage, {})[float(bound)] = float(count)
    return found


def between(before: Sequence[dict[str, Histogram]], after: Sequence[dict[str, Histogram]]) -> dict[str, Histogram]:
    """What was added to each stage meanwhile, in all units together."""
    total: dict[str, Histogram] = {}
    for sign, readings in ((-1, before), (1, after)):
        for reading in readings:
            for stage, counts in reading.items():
                into = total.setdefault(stage, {})
                for bound, count in counts.items():
                    into[bound] = into.get(bound, 0.0) + sign * count
    return total


def quantile(histogram: Histogram, share: float) -> float | None:
    """Seconds that this share took at most, even within a bucket; None when nothing was counted."""
    bounds = sorted(histogram)
    if not bounds or histogram[bounds[-1]] <= 0:
        return None
    wanted, low, below = share * histogram[bounds[-1]], 0.0, 0.0
    for bound in bounds:
        count = histogram[bound]
        if count >= wanted and count > below:
            if bound == float("inf"):
                return low
            return low + (bound - low) * (wanted - below) / (count - below)
        low, below = bound, count
    return low


def percentile(values: Iterable[float], share: float) -> float | None:
    """The nearest-rank percentile; None of nothing."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else None


def row(values: Sequence[float | None]) -> str:
    """Milliseconds in columns, from seconds."""
    return " ".join("       –" if value is None else f"{1000 * value:8.1f}" for value in values)


@dataclass
class Step:
    """What customers and agents saw while that many messages a second were offered, for `seconds`."""

    offered: float
    seconds: float
    sent: int = 0
    accepted: list[float] = field(default_factory=list)
    answered: dict[str, list[float]] = field(default_factory=dict)
    """Seconds from sending to the first words of the answer, by channel."""
    in_time: int = 0
    """Answers that came before the step was over."""
    over: bool = False
    typing: int = 0
    """Answers before which the customer saw that the assistant is at work."""
    counted: Counter[str] = field(default_factory=Counter)
    """What agents did."""
    problems: Counter[str] = field(default_factory=Counter)

    def note_answer(self, channel: str, seconds: float) -> None:
        self.answered.setdefault(channel, []).append(seconds)
        self.in_time += not self.over

    @property
    def all_answers(self) -> list[float]:
        return [seconds for found in self.answered.values() for seconds in found]

    @property
    def rate(self) -> float:
        """Answers a second while messages were offered."""
        return self.in_time / self.seconds

    def p95(self) -> float:
        return percentile(self.all_answers, 0.95) or 0.0


@dataclass(frozen=True)
class Knee:
    """`best` is the last step that was well; `reason` says what was wrong with the next one, if there was one."""

    best: Step | None
    reason: str


def what_is_wrong(step: Step, aim: float) -> str:
    """Why this step is beyond the knee; empty when it is not. `aim` is the most seconds of the p95 of answers."""
    sent = step.sent / step.seconds
    if step.rate < FOLLOWS * sent or sent < FOLLOWS * step.offered:
        return f"at {step.offered:g}/s only {step.rate:.1f}/s were answered"
    if step.p95() > aim:
        return f"at {step.offered:g}/s the p95 of answers was {1000 * step.p95():.0f} ms (aim {1000 * aim:.0f})"
    return ""


def knee(steps: Sequence[Step], aim: float) -> Knee:
    """Where answers stop following what is offered, of steps at rising rates."""
    best: Step | None = None
    for step in steps:
        if reason := what_is_wrong(step, aim):
            return Knee(best, reason)
        best = step
    return Knee(best, "")
