"""Plays all conversations of a seed against one running assistant, many at once."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

from tests.simulator.answering import Plan
from tests.simulator.case import GOALS
from tests.simulator.checks import Secrets
from tests.simulator.plans import plans
from tests.simulator.play import Played, play
from tests.simulator.texts import plain
from tests.simulator.world import World, running_world

AT_ONCE = 12


async def simulated(
    folder: Path,
    seed: int,
    count: int,
    goals: list[str] | None = None,
    model: Path | None = None,
    only: list[int] | None = None,
) -> tuple[list[Played], float]:
    """What came of every conversation, and the seconds it took without starting the assistant."""
    async with running_world(folder, model) as world:
        began = time.monotonic()
        wanted = plans(world, seed, count, goals)
        keys = known_keys(world)
        chosen = [plan for plan in wanted if only is None or plan.number in only]
        played = await play_all(world, chosen, keys)
        return played, time.monotonic() - began


async def play_all(world: World, wanted: list[Plan], keys: set[str]) -> list[Played]:
    secrets = Secrets(world)
    articles = {plain(article.summary)[:60]: article.language for article in world.articles}
    slots = asyncio.Semaphore(AT_ONCE)

    async def one(plan: Plan) -> list[Played]:
        async with slots:
            return await play(world, plan, secrets, articles, keys)

    return [one for found in await asyncio.gather(*map(one, wanted)) for one in found]


def known_keys(world: World) -> set[str]:
    """The questions some goal has an answer to: the others are new, and nobody is taught yet."""
    found: set[str] = set()
    for plan in plans(world, 0, 6 * len(GOALS)):
        found |= {key.partition(":")[0] for key in plan.case.answers}
    return found
