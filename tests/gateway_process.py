"""A whole gateway as a process of its own, with the fake brain process beside it: `python -m tests.gateway_process`.

Settings come from the environment, as always.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from bot import app as composition
from bot import log, running
from bot.services.turns import TurnLimits
from bot.settings import PROJECT, Settings
from bot.storage import migrations
from integrations.rasa.supervisor import BrainSupervisor


def build(settings: Settings) -> composition.Gateway:
    gateway: composition.Gateway
    brain = BrainSupervisor(
        settings.brain_dir.absolute(),
        lambda: f"http://127.0.0.1:{gateway.actions_port}/actions",
        command=(sys.executable, "-m", "tests.fake_brain"),
        project=PROJECT,
    )
    limits = TurnLimits(answer_seconds=settings.answer_seconds)
    gateway = composition.build(settings, brain=brain, limits=limits)
    gateway.models.folder.mkdir(parents=True, exist_ok=True)
    Path(gateway.models.path("none")).touch()
    return gateway


async def main() -> None:
    settings = Settings.load()
    migrations.upgrade(settings.database)
    log.configure(settings.log_level, settings.log_file)
    await running.serve(settings, build(settings), [])


if __name__ == "__main__":
    asyncio.run(main())
