"""`make run-cluster`: PostgreSQL and two units on this machine, on sample data. Ctrl-C stops all of it."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from dataclasses import replace

from bot import log
from bot.domain.errors import StartupError, TellOnceError
from bot.local_postgres import LocalPostgres
from bot.setting_up import models_of, set_up
from bot.settings import Settings
from bot.storage import migrations
from bot.storage.database import Database

UNITS = ("a", "b")
NAME = "tellonce"


async def main(settings: Settings) -> int:
    """Serve until Ctrl-C. The units' ports are TELLONCE_PORT and the next one; the server's data are in `postgres/`."""
    server = LocalPostgres(settings.data_dir / "postgres")
    print("Starting PostgreSQL …", flush=True)
    await asyncio.to_thread(server.start)
    try:
        settings = replace(settings, database_url=await asyncio.to_thread(server.ensure, NAME))
        await _use_what_is_trained(settings)
        for login in await set_up(settings, say):
            say(f"  Sample {login.role:<12} {login.email}  password {login.password}")
        units = [await _start(settings, number, name) for number, name in enumerate(UNITS)]
        say(f"\nTwo units on {settings.database_url}")
        for number, (name, unit) in enumerate(zip(UNITS, units, strict=True)):
            say(f"  {name}  http://localhost:{settings.port + number}/  process {unit.pid}")
        say("Kill one (kill -9) and the other takes up its conversations. Ctrl-C stops everything.\n")
        await _until_stopped(units)
    finally:
        await asyncio.to_thread(server.stop)
    return 0


async def _use_what_is_trained(settings: Settings) -> None:
    """A model that `make run` has trained here is as good."""
    migrations.upgrade(settings.database)
    database = Database(settings.database)
    models = models_of(settings, database)
    entries = await models.entries()
    if entries and await models.active() is None:
        await models.mark_active(entries[0].id)
    await database.close()


async def _start(settings: Settings, number: int, name: str) -> asyncio.subprocess.Process:
    environment = {
        **os.environ,
        "TELLONCE_DATABASE_URL": settings.database_url,
        "TELLONCE_DATA_DIR": str(settings.data_dir),
        "TELLONCE_PORT": str(settings.port + number),
        "TELLONCE_UNIT": name,
    }
    # A session of its own: Ctrl-C reaches this process alone, which then stops the units one after the other.
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "gateway", env=environment, start_new_session=True
    )


async def _until_stopped(units: list[asyncio.subprocess.Process]) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    watching = [asyncio.create_task(_watch(name, unit)) for name, unit in zip(UNITS, units, strict=True)]
    stopped = asyncio.create_task(stop.wait())
    ended = asyncio.ensure_future(asyncio.wait(watching))
    await asyncio.wait([ended, stopped], return_when=asyncio.FIRST_COMPLETED)
    for unit in units:
        if unit.returncode is None:
            unit.terminate()
    await ended
    stopped.cancel()


async def _watch(name: str, unit: asyncio.subprocess.Process) -> None:
    code = await unit.wait()
    say(f"Unit {name} has ended ({code}).")


def say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    try:
        loaded = Settings.load()
        if loaded.database_url:
            raise StartupError("run-cluster starts a database of its own: unset TELLONCE_DATABASE_URL")
        log.configure(loaded.log_level, loaded.log_file)
        sys.exit(asyncio.run(main(loaded)))
    except TellOnceError as error:
        print(f"tellonce: {error}", file=sys.stderr)
        sys.exit(2)
