"""Runs the brain beside the gateway: starts it, brings it back after a crash, and swaps it for one with a new model."""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import structlog
import yaml

from bot.domain.errors import BrainLost, BrainUnavailable
from bot.services.ports import BrainReply, BrainRequest
from integrations.rasa.client import RasaClient, drained

log = structlog.get_logger(__name__)

START_SECONDS = 120.0
DRAIN_SECONDS = 15.0
LONGEST_BACKOFF = 30.0
BAD_MODEL = 3
"""Exit code of a brain whose model cannot be loaded."""
SMOKE = ("Gdzie jest moja paczka?", "I would like to return my boots", "👍")


@dataclass
class Running:
    process: asyncio.subprocess.Process
    client: RasaClient
    model: Path


class BrainSupervisor:
    """Implements the Brain port over a process of its own, and BrainSwitch for publishing.

    `actions_url` is where the brain calls actions; `folder` gets its endpoint files, which hold secrets.
    """

    def __init__(
        self,
        folder: Path,
        actions_url: Callable[[], str],
        *,
        secret: str = "",
        command: tuple[str, ...] = (sys.executable, "-m", "bot.brain", "serve"),
        project: Path | None = None,
    ) -> None:
        self.secret = secret or secrets.token_urlsafe(24)
        self._folder = folder
        self._actions_url = actions_url
        self._command = command
        self._project = project or Path.cwd()
        self._http: aiohttp.ClientSession | None = None
        self._now: Running | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._coming_up = False
        self._switching = asyncio.Lock()
        self.problem = ""
        """Why there is no brain, in words, while there is none."""

    # The Brain port

    async def turn(self, request: BrainRequest) -> BrainReply:
        return await self._client().turn(request)

    async def parse(self, text: str, language: str) -> dict[str, Any]:
        return await self._client().parse(text, language)

    async def ready(self) -> bool:
        return self._now is not None and self._now.process.returncode is None and await self._now.client.ready()

    @property
    def starting(self) -> bool:
        return self._coming_up

    def _client(self) -> RasaClient:
        if self._now is None:
            raise BrainLost(self.problem or "the brain is not running")
        return self._now.client

    # Its process

    async def start(self, model: Path) -> None:
        """Begin to bring the brain up; returns at once."""
        self._http = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60))
        self._coming_up = True
        self._keeper = asyncio.create_task(self._keep(model))

    async def stop(self) -> None:
        """End the process and what watches it."""
        if self._keeper:
            self._keeper.cancel()
            await asyncio.gather(self._keeper, return_exceptions=True)
        if self._now:
            await self._end(self._now)
            self._now = None
        if self._http:
            await self._http.close()

    async def switch(self, model: Path) -> None:
        """Publish: bring up a second brain with `model`, try it, send new turns to it, drain and end the old one.

        Raises BrainUnavailable with the reason when the new one is no good; the old one then simply stays.
        """
        async with self._switching:
            fresh = await self._launch(model)
            try:
                await self._smoke(fresh.client)
            except Exception:
                await self._end(fresh)
                raise
            old, self._now = self._now, fresh
            if self._keeper:
                self._keeper.cancel()
            self._keeper = asyncio.create_task(self._keep(model, fresh))
            if old:
                await drained(old.client, DRAIN_SECONDS)
                await self._end(old)

    async def _keep(self, model: Path, running: Running | None = None) -> None:
        """Bring the process back whenever it ends, waiting longer each time it ends early."""
        backoff = 1.0
        while True:
            try:
                running = running or await self._launch(model)
            except BrainUnavailable as error:
                self.problem, self._coming_up = str(error), False
                log.error("brain_not_started", problem=self.problem)
                await asyncio.sleep(backoff)
                backoff = min(backoff * 2, LONGEST_BACKOFF)
                continue
            self._now, self._coming_up, self.problem = running, False, ""
            began = asyncio.get_running_loop().time()
            log.info("brain_ready", model=model.name)
            code = await running.process.wait()
            self._now, running, self.problem = None, None, f"the brain ended with code {code}"
            log.error("brain_ended", code=code)
            if asyncio.get_running_loop().time() - began > 60:
                backoff = 1.0
            await asyncio.sleep(backoff)
            backoff = min(backoff * 2, LONGEST_BACKOFF)

    async def _launch(self, model: Path) -> Running:
        if not model.exists():
            raise BrainUnavailable(f"there is no model {model}: run `tellonce train`")
        port = free_port()
        endpoints, credentials = self._write_files()
        with self._folder.joinpath("brain.log").open("ab") as log_file:
            process = await asyncio.create_subprocess_exec(
                *self._command,
                *("--model", str(model), "--port", str(port)),
                *("--endpoints", str(endpoints), "--credentials", str(credentials)),
                stdin=asyncio.subprocess.PIPE,  # the brain ends when its other end closes
                stdout=log_file,
                stderr=log_file,
                cwd=self._project,
                env={**os.environ, "RASA_TELEMETRY_ENABLED": "false"},
                start_new_session=True,  # Ctrl-C is for the gateway, which then ends the brain in order
            )
        assert self._http is not None
        running = Running(process, RasaClient(self._http, f"http://127.0.0.1:{port}", self.secret), model)
        try:
            await self._until_ready(running)
        except BaseException:
            await self._end(running)
            raise
        return running

    async def _until_ready(self, running: Running) -> None:
        deadline = asyncio.get_running_loop().time() + START_SECONDS
        while not await running.client.ready():
            if running.process.returncode == BAD_MODEL:
                raise BrainUnavailable(
                    f"the model {running.model.name} cannot be loaded: train a new one with `tellonce train`"
                )
            if running.process.returncode is not None:
                raise BrainUnavailable(
                    f"the brain ended with code {running.process.returncode}: see {self._folder / 'brain.log'}"
                )
            if asyncio.get_running_loop().time() > deadline:
                raise BrainUnavailable(f"the brain was not ready after {START_SECONDS:.0f} s")
            await asyncio.sleep(0.1)

    async def _smoke(self, client: RasaClient) -> None:
        for text in SMOKE:
            parse = await client.parse(text, "pl")
            if not parse.get("intent", {}).get("name"):
                raise BrainUnavailable(f"the new model does not understand {text!r}")

    async def _end(self, running: Running) -> None:
        process = running.process
        if process.returncode is None:
            if process.stdin:
                process.stdin.close()
            try:
                async with asyncio.timeout(3):
                    await process.wait()
            except TimeoutError:
                process.kill()
                await process.wait()

    def _write_files(self) -> tuple[Path, Path]:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        endpoints = {
            "action_endpoint": {
                "url": self._actions_url(),
                "enable_selective_domain": True,
                "headers": {"Authorization": f"Bearer {self.secret}"},
            },
            "tracker_store": {"type": "bot.brain.tracker_store.TurnTrackerStore"},
            "nlg": {"type": "bot.brain.nlg.CatalogueNlg", "folder": str(self._project / "data" / "responses")},
        }
        credentials = {"bot.brain.connector.Connector": {"secret": self.secret}}
        return self._write("endpoints.yml", endpoints), self._write("credentials.yml", credentials)

    def _write(self, name: str, content: dict[str, Any]) -> Path:
        file = self._folder / name
        file.unlink(missing_ok=True)
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as opened:
            yaml.safe_dump(content, opened)
        return file


def free_port() -> int:
    """A loopback port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
