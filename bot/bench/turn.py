"""`tellonce bench turn`: what a turn with one action, one row and one reply costs as the conversation grows."""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from bot import app as composition
from bot.bench import percentiles
from bot.domain.errors import StartupError
from bot.services.inbox import Incoming
from bot.setting_up import active_model
from bot.settings import Settings
from bot.storage import migrations

SENTENCE = "Chciałam tylko napisać, że bardzo dobrze oceniam obsługę w Państwa sklepie"


def main(settings: Settings, arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="tellonce bench turn", description=__doc__)
    parser.add_argument("--history", type=int, nargs="+", default=[10, 100, 300])
    parser.add_argument("--turns", type=int, default=60, help="turns measured at each length")
    options = parser.parse_args(arguments)
    return asyncio.run(measure(settings, options.history, options.turns))


async def measure(settings: Settings, lengths: list[int], turns: int) -> int:
    model = await active_model(settings)
    if model is None:
        raise StartupError("there is no model: run `tellonce train` first")
    with tempfile.TemporaryDirectory() as folder:
        own = replace(settings, data_dir=Path(folder), database_url="")
        own.models_dir.mkdir()
        (own.models_dir / "none.tar.gz").symlink_to(model.absolute())
        migrations.upgrade(own.database)
        async with composition.running(composition.build(own)) as gateway:
            while not await gateway.brain.ready():
                await asyncio.sleep(0.2)
            opened = await gateway.inbox.open_session("pl")
            link = await gateway.inbox.authenticate(opened.token)
            gateway.workers.wake = lambda _: None  # type: ignore[method-assign] - turns are run here, one by one
            done = 0
            for length in sorted(lengths):
                while done < length:
                    done += 1
                    await one(gateway, link, done)
                times = []
                for _ in range(turns):
                    done += 1
                    times.append(await one(gateway, link, done))
                print(f"{length:>4} turns of history: {percentiles(times)}", flush=True)
    return 0


async def one(gateway: composition.Gateway, link: object, number: int) -> float:
    """Seconds from taking one message to its committed answer."""
    gateway.inbox._flood._times.clear()
    await gateway.inbox.accept(link, Incoming(f"m{number}", f"{SENTENCE} {number}"))  # type: ignore[arg-type]
    began = time.perf_counter()
    await gateway.turns.process(link.conversation_id)  # type: ignore[attr-defined]
    return time.perf_counter() - began
