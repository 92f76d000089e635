"""What each command of the command line does."""

from __future__ import annotations

import argparse
import asyncio
import getpass
import json
import secrets
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from sqlalchemy.exc import OperationalError

from bot import log
from bot.domain.errors import StartupError
from bot.services.accounts import Accounts
from bot.services.ports import SystemClock
from bot.settings import Settings
from bot.shop.errors import ImportRejected
from bot.shop.importer import import_shop
from bot.storage import migrations
from bot.storage.database import Database


def run(options: argparse.Namespace) -> int:
    """Run the chosen command; its exit code. Raises TellOnceError for what the caller can mend."""
    settings = Settings.load()
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        log.configure(settings.log_level, settings.log_file)
        return COMMANDS[options.command](settings, options)
    except OperationalError as error:
        raise StartupError(f"the database cannot be used: {migrations.plain(error)}") from error
    except OSError as error:
        if error.strerror is None:
            raise
        raise StartupError(f"{error.strerror}: {error.filename or settings.data_dir}") from error


def with_database(settings: Settings, work: Callable[[Database], Awaitable[Any]]) -> Any:
    """Run `work` on a migrated database."""
    migrations.upgrade(settings.database)

    async def inside() -> Any:
        database = Database(settings.database)
        try:
            return await work(database)
        finally:
            await database.close()

    return asyncio.run(inside())


def serve(settings: Settings, options: argparse.Namespace) -> int:
    import uvloop

    from bot import running

    # What works in threads here only waits (SQLite's COMMIT); it is not to wait for this one's five milliseconds, too.
    sys.setswitchinterval(0.0005)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(running.run(settings) if options.command == "run" else running.gateway(settings))


def train(settings: Settings, options: argparse.Namespace) -> int:
    from bot.setting_up import train_first

    migrations.upgrade(settings.database)
    model = asyncio.run(train_first(settings, say=print))
    print(f"Trained and active from the next start: {model}")
    return 0


def import_folder(settings: Settings, options: argparse.Namespace) -> int:
    async def work(database: Database) -> int:
        try:
            report = await import_shop(database, Path(options.folder), now=SystemClock().now())
        except ImportRejected as rejected:
            for problem in rejected.problems:
                print(problem, file=sys.stderr)
            print(f"Nothing was imported: {len(rejected.problems)} problems.", file=sys.stderr)
            return 1
        for file, rows in report.rows.items():
            print(f"{rows:>9,}  {file}")
        print(f"Imported {report.total:,} rows in {report.seconds:.1f} s.")
        return 0

    return int(with_database(settings, work))


def user(settings: Settings, options: argparse.Namespace) -> int:
    generated = ""
    if options.password_stdin:
        password = sys.stdin.readline().rstrip("\n")
    elif sys.stdin.isatty():
        password = getpass.getpass("Password (empty: make one up): ")
    else:
        password = ""
    if not password and not options.password_stdin:
        password = generated = secrets.token_urlsafe(12)

    async def work(database: Database) -> None:
        await Accounts(database, SystemClock()).add_user(
            options.email, role=options.role, password=password, name=options.name
        )

    with_database(settings, work)
    print(f"Added {options.email} as {options.role}." + (f" Password: {generated}" if generated else ""))
    return 0


def migrate(settings: Settings, options: argparse.Namespace) -> int:
    print("Migrated." if migrations.upgrade(settings.database) else "Nothing to migrate.")
    return 0


def forget(settings: Settings, options: argparse.Namespace) -> int:
    from bot.services.privacy import forget as erase

    async def work(database: Database) -> dict[str, int]:
        return await erase(database, options.customer, SystemClock().now(), settings.attachments_dir)

    print(json.dumps(with_database(settings, work), ensure_ascii=False))
    return 0


def export(settings: Settings, options: argparse.Namespace) -> int:
    from bot.services.privacy import export as collect

    async def work(database: Database) -> dict[str, Any]:
        return await collect(database, options.customer)

    print(json.dumps(with_database(settings, work), ensure_ascii=False, indent=2, default=str))
    return 0


def channels(settings: Settings, options: argparse.Namespace) -> int:
    from bot.simulator.server import simulate

    try:
        asyncio.run(simulate(options.port, options.gateway))
    except OSError as error:
        raise StartupError(f"port {options.port} cannot be used: stop what uses it, or give another --port") from error
    return 0


def bench(settings: Settings, options: argparse.Namespace) -> int:
    from bot.bench import run_bench

    return run_bench(settings, options.what, options.rest)


COMMANDS: dict[str, Callable[[Settings, argparse.Namespace], int]] = {
    "run": serve,
    "gateway": serve,
    "train": train,
    "import": import_folder,
    "user": user,
    "migrate": migrate,
    "forget": forget,
    "export": export,
    "channels": channels,
    "bench": bench,
}
