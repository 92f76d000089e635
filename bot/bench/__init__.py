"""Measuring on this machine: `tellonce bench <what>`. Programs that print what they saw, not tests with a clock."""

from __future__ import annotations

from bot.settings import Settings


def run_bench(settings: Settings, what: str, arguments: list[str]) -> int:
    """Run one benchmark with its own arguments; its exit code."""
    if what == "chat":
        from bot.bench import chat

        return chat.main(settings, arguments)
    if what == "load":
        from bot.bench import load

        return load.main(settings, arguments)
    if what == "nlu":
        from bot.bench import nlu

        return nlu.main(settings, arguments)
    if what == "search":
        from bot.bench import search

        return search.main(settings, arguments)
    from bot.bench import turn

    return turn.main(settings, arguments)


def percentiles(values: list[float]) -> str:
    """`p50 12.1 · p95 20.3 · p99 25.0 ms` of seconds."""
    if not values:
        return "nothing measured"
    ordered = sorted(values)
    parts = [f"p{p} {1000 * ordered[min(len(ordered) - 1, len(ordered) * p // 100)]:.1f}" for p in (50, 95, 99)]
    return " · ".join(parts) + " ms"
