"""The figures of `tellonce bench load`: percentiles out of histograms of several units, and where the knee is."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry, Histogram, generate_latest

from bot.bench.load_figures import STAGES, Step, between, knee, percentile, quantile, read_stages, row
from bot.services.telemetry import STAGE_SECONDS
from bot.settings import PROJECT

BOUNDS = STAGE_SECONDS._kwargs["buckets"]


class Unit:
    """What the `/metrics` of one unit say."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        labels = {"labelnames": ["stage"], "registry": self._registry, "buckets": BOUNDS}
        self._stages = Histogram("tellonce_stage_seconds", "…", **labels)

    def took(self, stage: str, *seconds: float) -> None:
        for each in seconds:
            self._stages.labels(stage).observe(each)

    def reads(self) -> dict[str, dict[float, float]]:
        return read_stages(generate_latest(self._registry).decode())


def test_percentiles_are_those_of_what_happened_in_between_in_all_units() -> None:
    first, second = Unit(), Unit()
    first.took("brain", *[9.0] * 1000)  # before: must not count
    before = [first.reads(), second.reads()]
    rng = random.Random(3)
    seen = [rng.lognormvariate(-3.2, 0.6) for _ in range(4000)]
    first.took("brain", *seen[:1500])
    second.took("brain", *seen[1500:])
    second.took("commit", 0.004)
    added = between(before, [first.reads(), second.reads()])
    for share in (0.5, 0.95, 0.99):
        exact = percentile(seen, share)
        assert exact is not None
        assert quantile(added["brain"], share) == pytest.approx(exact, rel=0.15)
    assert quantile(added["commit"], 0.5) == pytest.approx(0.004, abs=0.001)
    assert quantile(added.get("send", {}), 0.5) is None
    assert quantile(between(before, before)["brain"], 0.5) is None


def test_a_quantile_beyond_the_last_bound_is_that_bound() -> None:
    unit = Unit()
    unit.took("queue", 0.5, 500.0, 600.0)
    assert quantile(unit.reads()["queue"], 0.95) == BOUNDS[-1]


def test_percentiles_of_lists_and_how_they_look() -> None:
    values = [n / 1000 for n in range(1, 101)]
    assert [percentile(values, share) for share in (0.5, 0.95, 0.99)] == [0.051, 0.096, 0.1]
    assert percentile([], 0.5) is None
    assert row([0.0125, None]) == "    12.5        –"


def stepped(offered: float, answered: float, p95: float) -> Step:
    step = Step(offered, 10.0, sent=round(offered * 10))
    for _ in range(round(answered * 10)):
        step.note_answer("web", p95)
    step.over = True
    step.note_answer("web", p95)  # too late to count for the rate
    return step


def test_the_knee_is_the_last_rate_that_answers_follow_within_the_aim() -> None:
    well = [stepped(10, 10, 0.05), stepped(20, 19.5, 0.2)]
    assert knee(well, 0.3) == knee([*well], 0.3)
    assert (knee(well, 0.3).best, knee(well, 0.3).reason) == (well[1], "")
    behind = knee([*well, stepped(40, 30, 0.25)], 0.3)
    assert behind.best is well[1] and "at 40/s only 30.0/s" in behind.reason
    slow = knee([*well, stepped(40, 40, 0.5), stepped(80, 80, 0.1)], 0.3)
    assert slow.best is well[1] and "p95 of answers was 500 ms" in slow.reason
    assert knee([stepped(10, 5, 0.1)], 0.3).best is None
    not_offered = Step(100, 10.0, sent=500)  # the driver itself did not keep up
    assert "100/s" in knee([not_offered], 0.3).reason


def test_every_stage_the_report_shows_is_one_the_gateway_measures() -> None:
    folders = ("bot/services", "bot/web")
    code = "".join(file.read_text("utf-8") for folder in folders for file in Path(PROJECT / folder).rglob("*.py"))
    for stage in STAGES:
        assert f'STAGE_SECONDS.labels("{stage}")' in code, stage
