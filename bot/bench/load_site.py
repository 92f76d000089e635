"""What `tellonce bench load` measures: units on a database of their own, stand-ins of the channels, and what they use."""

from __future__ import annotations

import asyncio
import secrets
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import psutil
from aiohttp import web
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from bot.bench.chat import prepared_unit
from bot.bench.load_figures import Histogram, read_stages
from bot.bench.load_phones import BusyMessenger, BusyTelegram
from bot.bench.unit import Unit
from bot.domain.errors import StartupError
from bot.local_postgres import LocalPostgres
from bot.services.accounts import Accounts
from bot.services.ports import SystemClock
from bot.setting_up import active_model
from bot.settings import Settings
from bot.simulator.server import APP_SECRET, PAGE_TOKEN, TELEGRAM_TOKEN, VERIFY_TOKEN
from bot.simulator.server import settings as standin_settings
from bot.storage.database import Database

ALWAYS = "1-7 00:00-23:59"
STOP_SECONDS = 30
ORDERS = "SELECT number, email FROM orders WHERE email IS NOT NULL ORDER BY number LIMIT 400"


@dataclass
class Site:
    """Everything that runs, and how to look at it."""

    folder: Path
    units: list[Unit]
    database: Database
    server: LocalPostgres | None
    telegram: BusyTelegram
    messenger: BusyMessenger
    agents: list[tuple[str, str]] = field(default_factory=list)
    """E-mail and password."""

    async def rows(self, query: str) -> list[Any]:
        async with self.database.read() as session:
            return list(await session.execute(text(query)))

    async def count(self, query: str) -> int:
        return int((await self.rows(query))[0][0] or 0)

    async def size(self) -> int:
        """Bytes of the database."""
        if self.server is not None:
            return await self.count("SELECT pg_database_size(current_database())")
        return await self.count("SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()")

    async def stages(self) -> list[dict[str, Histogram]]:
        """What every unit's `/metrics` says of the stages."""
        found = []
        async with aiohttp.ClientSession() as http:
            for unit in self.units:
                async with http.get(f"{unit.url}/metrics") as response:
                    found.append(read_stages(await response.text()))
        return found

    def processes(self) -> dict[str, list[psutil.Process]]:
        gateways = [psutil.Process(unit.process.pid) for unit in self.units if unit.process]
        found = {"gateway": gateways, "brain": [brain for unit in self.units for brain in unit.brains()]}
        if self.server is not None:
            pid = int((self.server.folder / "data" / "postmaster.pid").read_text().partition("\n")[0])
            found["database"] = [psutil.Process(pid), *psutil.Process(pid).children()]
        found["customers"] = [psutil.Process()]
        return found

    def memory(self) -> str:
        """Of every process what is its own, and its share of what several have."""
        return " · ".join(
            f"{name} {' + '.join(f'{size / 1e6:.0f}' for size in sizes)} MB"
            for name, processes in self.processes().items()
            if name != "customers" and (sizes := _sizes(name, processes))
        )

    def processor(self) -> dict[int, tuple[str, float]]:
        """Seconds of processor that each process has used, by its number."""
        used = {}
        for name, processes in self.processes().items():
            for process in processes:
                with suppress(psutil.NoSuchProcess):
                    times = process.cpu_times()
                    used[process.pid] = name, times.user + times.system
        return used


def _sizes(name: str, processes: list[psutil.Process]) -> list[float]:
    sizes = []
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            sizes.append(float(process.memory_full_info().pss))
    return [sum(sizes)] if name == "database" else sizes


def processor_words(
    before: dict[int, tuple[str, float]], after: dict[int, tuple[str, float]], seconds: float, turns: int = 0
) -> str:
    """`gateway 62 % · brain 80 %` of one core, and how many milliseconds of it a turn took."""
    shares: dict[str, float] = {}
    for pid, (name, used) in after.items():
        shares[name] = shares.get(name, 0.0) + used - before.get(pid, (name, 0.0))[1]
    each = {name: f" ({1000 * used / turns:.0f} ms a turn)" if turns else "" for name, used in shares.items()}
    return " · ".join(f"{name} {100 * used / seconds:.0f} %{each[name]}" for name, used in shares.items())


@asynccontextmanager
async def running_site(
    kind: str, units: int, model: Path, agents: int, profile: Path | None = None
) -> AsyncIterator[Site]:
    """Start all of it in a folder of its own; whatever happens, nothing of it is left afterwards.

    `profile` gets what cProfile saw of the first gateway; it makes that slower.
    """
    folder = Path(tempfile.mkdtemp(prefix="tellonce-load-"))
    folder.chmod(0o711)  # the database server runs as another user when this one is root
    server = LocalPostgres(folder / "pg") if kind == "postgresql" else None
    site: Site | None = None
    try:
        if server is not None:
            await asyncio.to_thread(server.start)
        url = server.create("load") if server is not None else ""
        async with _standins() as (telegram, messenger, address):
            site = await _prepared(folder, url, server, units, model, telegram, messenger, address)
            site.agents = await _staff(site.database, agents)
            if profile is not None:
                site.units[0].command = ("-m", "cProfile", "-o", str(profile), "-m", "bot", "gateway")
            for unit in site.units:
                unit.start()
            await asyncio.gather(*(unit.until("/readyz") for unit in site.units))
            await _connected(site)
            yield site
            await site.database.close()
    finally:
        for unit in site.units if site else ():
            _stop(unit)
        if server is not None:
            await asyncio.to_thread(server.stop)
        shutil.rmtree(folder, ignore_errors=True)


def _stop(unit: Unit) -> None:
    if unit.process is None:
        return
    brains = unit.brains()
    unit.process.terminate()
    try:
        unit.process.wait(STOP_SECONDS)
    except Exception:
        unit.process.kill()
        unit.process.wait()
    for brain in brains:
        with suppress(psutil.NoSuchProcess):
            brain.kill()


async def _prepared(
    folder: Path,
    url: str,
    server: LocalPostgres | None,
    count: int,
    model: Path,
    telegram: BusyTelegram,
    messenger: BusyMessenger,
    address: str,
) -> Site:
    first = await prepared_unit(folder, model, url)
    first.settings |= {
        **standin_settings(address),
        "TELLONCE_TELEGRAM_MODE": "webhook",
        "TELLONCE_DESK_HOURS": ALWAYS,
        "TELLONCE_LOG_LEVEL": "info",
    }
    if count == 1:
        units = [first]
    else:
        units = [Unit(folder, settings={**first.settings, "TELLONCE_UNIT": name}) for name in "abcdefgh"[:count]]
    return Site(folder, units, Database(first.database_url, pool_size=2), server, telegram, messenger)


@asynccontextmanager
async def _standins() -> AsyncIterator[tuple[BusyTelegram, BusyMessenger, str]]:
    """Telegram and Messenger on one free port."""
    telegram, messenger = BusyTelegram(TELEGRAM_TOKEN), BusyMessenger(PAGE_TOKEN, APP_SECRET)
    app = web.Application(client_max_size=60 * 2**20)
    telegram.routes(app)
    messenger.routes(app)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    address = f"http://127.0.0.1:{runner.addresses[0][1]}"
    messenger.people.base = address
    async with telegram:
        try:
            yield telegram, messenger, address
        finally:
            await runner.cleanup()


async def _connected(site: Site) -> None:
    """Both channels call the units: Messenger the first one, Telegram the last."""
    async with aiohttp.ClientSession() as http:
        if not await site.messenger.verify(http, f"{site.units[0].url}/webhooks/messenger", VERIFY_TOKEN):
            raise StartupError("the stand-in of Messenger could not verify the webhook")
    async with asyncio.timeout(30):
        while not site.telegram.webhook.get("url"):
            await asyncio.sleep(0.05)
    site.telegram.webhook["url"] = f"{site.units[-1].url}/webhooks/telegram"


async def _staff(database: Database, count: int) -> list[tuple[str, str]]:
    accounts = Accounts(database, SystemClock())
    made = [(f"agent{number}@tellonce.local", secrets.token_urlsafe(12)) for number in range(count)]
    for email, password in made:
        await accounts.add_user(email, "agent", password, name=email.partition("@")[0])
    return made


async def model_to_serve(settings: Settings, given: Path | None) -> Path:
    """The model asked for, or the active one. Raises StartupError."""
    if given is not None:
        if not given.is_file():
            raise StartupError(f"there is no model {given}")
        return given
    with suppress(SQLAlchemyError):
        if (model := await active_model(settings)) is not None:
            return model
    raise StartupError("there is no model: run `tellonce train` first, or name one with --model")
