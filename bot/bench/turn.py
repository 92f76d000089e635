"""`tellonce bench turn`: what a turn with one action, one row and one reply costs as the conversation grows."""

from __future__ import annotations

import argparse
import asyncio
import datetime as dt
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from bot import app as composition
from bot.bench import percentiles
from bot.domain.errors import StartupError
from bot.services.inbox import Incoming
from bot.services.ports import SystemClock
from bot.setting_up import active_model
from bot.settings import Settings
from bot.storage import migrations
from bot.storage.tables import ChannelLink

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
        clock = Skipping()
        async with composition.Background(composition.build(own, clock=clock)) as gateway:
            while not await gateway.brain.ready():
                await asyncio.sleep(0.2)
            opened = await gateway.inbox.open_session("pl")
            link = await gateway.inbox.authenticate(opened.token)
            done = 0
            for length in sorted(lengths):
                times = []
                while done < length + turns:
                    done += 1
                    clock.skip()
                    seconds = await one(gateway, link, done)
                    if done > length:
                        times.append(seconds)
                print(f"{length:>4} turns of history: {percentiles(times)}", flush=True)
    return 0


class Skipping(SystemClock):
    """Real time with a second skipped for each message, so that a fast bench is not taken for a flood."""

    def __init__(self) -> None:
        self._skipped = dt.timedelta()

    def skip(self) -> None:
        self._skipped += dt.timedelta(seconds=1)

    def now(self) -> dt.datetime:
        return super().now() + self._skipped


async def one(gateway: composition.Gateway, link: ChannelLink, number: int) -> float:
    """Seconds from handing in one message to reading its committed answer."""
    began = time.perf_counter()
    accepted = await gateway.inbox.accept(link, Incoming(f"m{number}", f"{SENTENCE} {number}"))
    view = await gateway.reading.wait(link.conversation_id, accepted.message_id, 15)
    if not view.messages or view.owner != "bot":
        raise StartupError(f"turn {number} was not answered by the bot: {view}")
    return time.perf_counter() - began
