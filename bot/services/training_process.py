"""The brain's command line as a child process: trains and measures a model outside the gateway."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import sys
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

LINE = 8 * 1024 * 1024
"""Bytes in one line of output at most: an evaluation is one line."""
GRACE = 5.0


class ProcessFailed(Exception):
    """The command ended with an error. The message is the last thing it said."""


@dataclass(frozen=True)
class TrainingSettings:
    root: Path
    """The Rasa project: config.yml, domain.yml, data/."""
    models: Path
    command: tuple[str, ...] = (sys.executable, "-m", "bot.brain")
    held_out: Path = Path("data/held_out/nlu.tsv")
    """Utterances to measure a new model on, relative to the root. Where there are none, nothing is measured."""
    keep: int = 5
    """Models kept beside the active one, newest first."""
    seconds: float = 1800.0
    """A training that takes longer is stopped."""
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def held_out_file(self) -> Path:
        return self.root / self.held_out


async def run_json(settings: TrainingSettings, *arguments: str) -> AsyncGenerator[dict[str, Any], None]:
    """Run the command and yield each JSON object it prints. Raises ProcessFailed. Stopped when the caller is."""
    process = await asyncio.create_subprocess_exec(
        *_politely(),
        *settings.command,
        *arguments,
        cwd=settings.root,
        env={**os.environ, **settings.environment},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        limit=LINE,
        start_new_session=True,
    )
    errors: deque[str] = deque(maxlen=20)
    listening = asyncio.create_task(_collect(process, errors))
    try:
        assert process.stdout is not None
        async for line in process.stdout:
            with suppress(ValueError):  # libraries print what they like; only JSON objects are meant for us
                said = json.loads(line)
                if isinstance(said, dict):
                    yield said
        code = await process.wait()
        await listening
        if code != 0:
            raise ProcessFailed(errors[-1] if errors else f"exit code {code}")
    finally:
        await _stop(process)
        listening.cancel()


def _politely() -> tuple[str, ...]:
    """Customers' turns come first: a training only gets the time nobody else wants."""
    nice = shutil.which("nice")
    return (nice, "-n", "10") if nice else ()


async def _collect(process: asyncio.subprocess.Process, errors: deque[str]) -> None:
    assert process.stderr is not None
    async for line in process.stderr:
        text = line.decode("utf-8", "replace").strip()
        if text:
            errors.append(text[:500])


async def _stop(process: asyncio.subprocess.Process) -> None:
    """End the child and whatever it started."""
    for how in (signal.SIGTERM, signal.SIGKILL):
        if process.returncode is not None:
            return
        with suppress(ProcessLookupError):
            os.killpg(process.pid, how)
        with suppress(TimeoutError):
            async with asyncio.timeout(GRACE):
                await process.wait()
