"""A gateway with its brain as processes of their own, to be driven, measured and killed."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import psutil

from bot.settings import PROJECT

LASTING = range(20_000, 32_768)
"""Linux gives these to no connection that goes out (ip_local_port_range): a server finds its own free when it returns."""


def lasting_port() -> int:
    """A free port that stays free while what listens on it is started again."""
    while True:
        port = random.choice(LASTING)
        with socket.socket() as tried:
            if tried.connect_ex(("127.0.0.1", port)) != 0:
                return port


@dataclass
class Unit:
    """`command` is what comes after `python`; `folder` is its data folder, kept between starts."""

    folder: Path
    command: tuple[str, ...] = ("-m", "bot", "gateway")
    settings: dict[str, str] = field(default_factory=dict)
    port: int = field(default_factory=lasting_port)
    process: subprocess.Popen[bytes] | None = None
    kills: Counter[str] = field(default_factory=Counter)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def database(self) -> Path:
        return self.folder / "tellonce.db"

    @property
    def database_url(self) -> str:
        return self.settings.get("TELLONCE_DATABASE_URL") or f"sqlite:///{self.database}"

    @property
    def output(self) -> str:
        return (self.folder / "output.log").read_text(errors="replace")

    def start(self) -> None:
        environment = {
            **os.environ,
            "TELLONCE_DATA_DIR": str(self.folder),
            "TELLONCE_PORT": str(self.port),
            "PYTHONWARNINGS": "ignore",
            **self.settings,
        }
        with (self.folder / "output.log").open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, *self.command], cwd=PROJECT, env=environment, stdout=output, stderr=output
            )

    async def until(self, path: str, seconds: float = 120) -> None:
        """Wait until `path` answers 200. Raises TimeoutError with what the process printed."""
        deadline = time.monotonic() + seconds
        async with aiohttp.ClientSession() as http:
            while time.monotonic() < deadline and self.running:
                try:
                    async with http.get(self.url + path) as response:
                        if response.status == 200:
                            return
                except aiohttp.ClientError:
                    pass
                await asyncio.sleep(0.05)
        raise TimeoutError(f"{path} was not reached:\n{self.output[-3000:]}")

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def brains(self) -> list[psutil.Process]:
        """The brain processes alive now."""
        if self.process is None:
            return []
        try:
            return [p for p in psutil.Process(self.process.pid).children() if p.status() != psutil.STATUS_ZOMBIE]
        except psutil.NoSuchProcess:
            return []

    def memory(self) -> dict[str, float]:
        """Resident memory in MB of gateway and brain."""
        assert self.process is not None
        used = {"gateway": psutil.Process(self.process.pid).memory_info().rss / 1e6}
        return used | {f"brain {p.pid}": p.memory_info().rss / 1e6 for p in self.brains()}

    def kill_brain(self) -> None:
        for brain in self.brains():
            try:
                brain.kill()
                self.kills["brain"] += 1
            except psutil.NoSuchProcess:
                pass

    async def freeze_brain(self, seconds: float) -> None:
        """Stop the brain without ending it, as a machine out of memory would: every turn under way times out."""
        for brain in self.brains():
            brain.suspend()
            self.kills["frozen brain"] += 1
        await asyncio.sleep(seconds)
        for brain in self.brains():
            brain.resume()

    def kill_gateway(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()
        self.kills["gateway"] += 1

    def stop(self) -> int:
        """SIGTERM and wait; the exit code."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)
