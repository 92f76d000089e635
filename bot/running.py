"""Running a gateway from start to a clean stop."""

from __future__ import annotations

import asyncio
import signal
import sys

from aiohttp import web

from bot import app as composition
from bot.domain.errors import StartupError
from bot.setting_up import NewLogin, active_model, set_up
from bot.settings import Settings
from bot.storage import migrations


async def run(settings: Settings) -> int:
    """`tellonce run`: set up what is missing, then serve."""
    return await serve(settings, composition.build(settings), await set_up(settings, say))


async def gateway(settings: Settings) -> int:
    """`tellonce gateway`: serve what is set up already. Raises StartupError where it is not."""
    migrations.upgrade(settings.database)
    if not settings.brain_url and await active_model(settings) is None:
        raise StartupError("there is no model: run `tellonce train`, or `tellonce run` which does everything")
    return await serve(settings, composition.build(settings), [])


async def serve(settings: Settings, built: composition.Gateway, logins: list[NewLogin]) -> int:
    """Serve until Ctrl-C or SIGTERM. Raises StartupError in one line when it cannot start."""
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    runner = web.AppRunner(composition.web_application(built), access_log=None, shutdown_timeout=5)
    try:
        await runner.setup()
        site = web.TCPSite(runner, settings.host, settings.port, backlog=1024)
        await composition.start_site(site, settings.host, settings.port, "TELLONCE_PORT")
        announce(settings, logins, await built.setup_links.for_first_admin())
        watcher = asyncio.create_task(say_when_ready(built))
        await stop.wait()
        say("Stopping …")
        watcher.cancel()
    finally:
        await runner.cleanup()
    return 0


def say(line: str) -> None:
    print(line, flush=True)


def announce(settings: Settings, logins: list[NewLogin], code: str | None) -> None:
    """The addresses; the log-ins made just now and the code to set up with: shown this once, stored only as hashes."""
    say(f"\n  Shop with the chat  {settings.url}/")
    say(f"  Agents' desk        {settings.url}/desk")
    say(f"  Admins' studio      {settings.url}/studio")
    for login in logins:
        say(f"  Sample {login.role:<12} {login.email}  password {login.password}")
    if code is not None:
        say("\nNobody administers this yet. Open this link within seven days, once, to become the first who does:")
        say(f"  {settings.url}/setup#{code}")
    say(f"\nLogs: {settings.log_file}. Ctrl-C stops everything.")
    say("Customers can write now; the assistant answers as soon as it is up.")


async def say_when_ready(built: composition.Gateway) -> None:
    """Say once that the assistant is up, and why not as long as it is not."""
    told = ""
    while not await built.brain.ready():
        problem = getattr(built.brain, "problem", "")
        if problem and problem != told:
            told = problem
            print(f"tellonce: {problem}", file=sys.stderr, flush=True)
        await asyncio.sleep(0.2)
    say("The assistant is up.")
