"""The whole experiment with the real brain: `python -m tests.kill [messages]`. Takes minutes."""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from pathlib import Path

from bot.bench.chat import prepared_unit
from tests.kill.driver import drive
from tests.model import trained_model


async def main(messages: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        unit = await prepared_unit(Path(folder), trained_model())
        unit.settings["TELLONCE_ANSWER_SECONDS"] = "8"
        began = time.monotonic()
        found = await drive(
            unit,
            customers=10,
            messages=messages // 10,
            every={"gateway": 8.0, "brain": 20.0, "freeze": 40.0},
            seed=5,
            pace=4.0,
        )
        print(f"{found}; kills {dict(unit.kills)}; {time.monotonic() - began:.0f} s")
        for line in found.wrong:
            print(line)


asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 500))
