"""`tellonce bench load`: customers on every channel and agents together, at rising rates until answers stop following."""

from __future__ import annotations

import argparse
import asyncio
import math
import signal
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from bot.bench.load_crowd import PAUSE, Crowd, crowd
from bot.bench.load_figures import Step, knee, what_is_wrong
from bot.bench.load_report import AGENTS, WARM_UP, measured
from bot.bench.load_site import Site, model_to_serve, running_site
from bot.settings import Settings

RATES = [10.0, 20.0, 30.0, 40.0, 50.0, 60.0, 80.0, 100.0]


def main(settings: Settings, arguments: list[str]) -> int:
    options = parser().parse_args(arguments)
    if options.quick:
        options.rates, options.seconds = [5.0, 20.0], 6.0
    if options.units > 1 and options.database == "sqlite":
        parser().error("SQLite serves one unit: --database postgresql for more")
    return asyncio.run(_until_told_to_stop(measure(settings, options)))


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(prog="tellonce bench load", description=__doc__)
    made.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    made.add_argument(
        "--units", type=int, default=1, choices=range(1, 9), metavar="N", help="gateways with a brain each"
    )
    made.add_argument(
        "--rates", type=float, nargs="+", default=RATES, metavar="N", help="messages a second, step by step"
    )
    made.add_argument("--seconds", type=float, default=20.0, help="of each step")
    made.add_argument("--aim", type=float, default=0.3, help="most seconds of the p95 of answers")
    made.add_argument("--quick", action="store_true", help="two short steps, to see that all of it works")
    made.add_argument("--model", type=Path, help="model file to serve; default: the active one")
    made.add_argument("--profile", type=Path, metavar="FILE", help="also write where the first gateway spends its time")
    what = made.add_mutually_exclusive_group()
    what.add_argument("--idle", type=int, metavar="N", help="instead: so many open web chats that say nothing")
    what.add_argument("--saturate", type=float, metavar="N", help="instead: so many messages a second, far too many")
    what.add_argument("--growth", action="store_true", help="instead: what a turn costs as everything grows")
    return made


async def _until_told_to_stop(work: Coroutine[Any, Any, int]) -> int:
    """SIGTERM ends it like Ctrl-C: with everything it started."""
    task = asyncio.ensure_future(work)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    try:
        return await task
    except asyncio.CancelledError:
        return 130


async def measure(settings: Settings, options: argparse.Namespace) -> int:
    model = await model_to_serve(settings, options.model)
    if options.idle:
        from bot.bench import load_idle

        return await load_idle.measure(options, model)
    if options.saturate:
        from bot.bench import load_storm

        return await load_storm.measure(options, model)
    if options.growth:
        from bot.bench import load_growth

        return await load_growth.measure(options, model)
    async with running_site(options.database, options.units, model, AGENTS, options.profile) as site:
        print(f"{options.database}, {options.units} unit(s); idle: {site.memory()}", flush=True)
        async with crowd(site) as people:
            return await _rising(site, people, options)


async def _rising(site: Site, people: Crowd, options: argparse.Namespace) -> int:
    await people.invite(math.ceil(min(options.rates) * PAUSE))
    await people.write(*WARM_UP)
    await people.settled()
    steps: list[Step] = []
    for rate in options.rates:
        await people.invite(math.ceil(rate * PAUSE * 1.2))
        steps.append(await measured(site, people, rate, options.seconds))
        if what_is_wrong(steps[-1], options.aim) and (len(steps) > 1 and what_is_wrong(steps[-2], options.aim)):
            break  # the step beyond the knee has been seen, and one more
    found = knee(steps, options.aim)
    best = f"{found.best.offered:g} messages a second" if found.best else "below the first rate"
    print(f"\nknee: {best}" + (f"; {found.reason}" if found.reason else "; not reached"), flush=True)
    return 1 if any(step.problems for step in steps) else 0
