"""Publishing: a second brain takes over while customers go on talking, or the old one stays."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web

from bot.domain.errors import BrainUnavailable
from bot.services.ports import BrainRequest
from bot.settings import PROJECT
from bot.web.actions import actions_app
from integrations.rasa.supervisor import BrainSupervisor
from tests.contract.test_brain import Recorder


@pytest.fixture
async def brain(tmp_path: Path) -> AsyncIterator[BrainSupervisor]:
    recorder = Recorder()
    runner = web.AppRunner(actions_app(recorder.executor(), "s3cret"), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/actions"
    command = (sys.executable, "-m", "tests.fake_brain")
    supervisor = BrainSupervisor(tmp_path / "brain", lambda: url, secret="s3cret", command=command, project=PROJECT)
    (tmp_path / "one.tar.gz").touch()
    await supervisor.start(tmp_path / "one.tar.gz")
    async with asyncio.timeout(30):
        while not await supervisor.ready():
            await asyncio.sleep(0.05)
    yield supervisor
    await supervisor.stop()
    await runner.cleanup()


async def talk(brain: BrainSupervisor, until: asyncio.Event) -> int:
    """Turn after turn; how many were answered. Raises when one was not."""
    answered = 0
    while not until.is_set():
        reply = await brain.turn(BrainRequest(key=f"c.{answered}", text="dziękuję", language="pl"))
        assert reply.messages
        answered += 1
    return answered


async def test_no_turn_is_lost_while_a_model_is_published(brain: BrainSupervisor, tmp_path: Path) -> None:
    (tmp_path / "two.tar.gz").touch()
    before, done = brain._now, asyncio.Event()
    talking = [asyncio.create_task(talk(brain, done)) for _ in range(4)]
    await brain.switch(tmp_path / "two.tar.gz")
    after = brain._now
    await asyncio.sleep(0.3)
    done.set()
    assert min(await asyncio.gather(*talking)) > 5
    assert before is not None and after is not None and after.model.name == "two.tar.gz"
    assert before.process.returncode is not None and after.process.returncode is None


async def test_a_model_that_is_not_there_changes_nothing(brain: BrainSupervisor, tmp_path: Path) -> None:
    with pytest.raises(BrainUnavailable, match="there is no model"):
        await brain.switch(tmp_path / "none.tar.gz")
    assert await brain.ready() and brain._now is not None and brain._now.model.name == "one.tar.gz"


async def test_a_brain_that_ends_while_starting_changes_nothing(brain: BrainSupervisor, tmp_path: Path) -> None:
    (tmp_path / "two.tar.gz").touch()
    brain._command = (sys.executable, "-c", "raise SystemExit(3)")
    with pytest.raises(BrainUnavailable, match="cannot be loaded"):
        await brain.switch(tmp_path / "two.tar.gz")
    assert await brain.ready()


async def test_a_published_brain_that_crashes_comes_back_with_its_model(brain: BrainSupervisor, tmp_path: Path) -> None:
    (tmp_path / "two.tar.gz").touch()
    await brain.switch(tmp_path / "two.tar.gz")
    assert brain._now is not None
    brain._now.process.kill()
    await asyncio.sleep(0.2)
    async with asyncio.timeout(30):
        while not await brain.ready():
            await asyncio.sleep(0.05)
    assert brain._now is not None and brain._now.model.name == "two.tar.gz"
