"""The whole experiment by hand: `python -m tests.kill [--fake] [--messages 500] [--gateway 30] [--brain 25] [--freeze 45]`.

Numbers are mean seconds between kills of the gateway, kills of the brain, and freezes of it that make turns time out.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from pathlib import Path

from bot.bench.chat import prepared_unit
from bot.bench.unit import Unit
from tests.kill.driver import drive
from tests.model import trained_model


async def main(options: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory() as folder:
        if options.fake:
            unit = Unit(Path(folder), ("-m", "tests.gateway_process"))
        else:
            unit = await prepared_unit(Path(folder), trained_model())
        unit.settings["TELLONCE_ANSWER_SECONDS"] = str(options.answer_seconds)
        every = {"gateway": options.gateway, "brain": options.brain, "freeze": options.freeze}
        began = time.monotonic()
        found = await drive(
            [unit],
            customers=options.customers,
            messages=options.messages // options.customers,
            every={name: seconds for name, seconds in every.items() if seconds},
            seed=options.seed,
            pace=options.pace,
        )
        print(f"{found}; {dict(unit.kills)}; {time.monotonic() - began:.0f} s")
        for line in found.wrong:
            print(line)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.kill", description=__doc__)
    parser.add_argument("--fake", action="store_true", help="the fake brain process, which starts in a second")
    for name, default in (("messages", 500), ("customers", 10), ("seed", 5)):
        parser.add_argument(f"--{name}", type=int, default=default)
    for name, seconds in (
        ("gateway", 30.0),
        ("brain", 25.0),
        ("freeze", 45.0),
        ("answer-seconds", 10.0),
        ("pace", 4.0),
    ):
        parser.add_argument(f"--{name}", type=float, default=seconds)
    return parser.parse_args()


asyncio.run(main(arguments()))
