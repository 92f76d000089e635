"""`tellonce bench chat`: web-chat customers over loopback asking for their orders, as a shop's would."""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import shutil
import sqlite3
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from bot.bench import percentiles
from bot.bench.unit import Unit
from bot.domain.errors import StartupError
from bot.services.ports import SystemClock
from bot.setting_up import Say, active_model, is_empty
from bot.settings import PROJECT, Settings
from bot.shop.importer import import_shop
from bot.storage import migrations
from bot.storage.database import Database

OPENINGS = ("Gdzie jest moje zamówienie?", "gdzie moja paczka", "Where is my order?", "Kiedy dojdzie przesyłka?")


@dataclass
class Seen:
    """Seconds, and what went wrong."""

    accepted: list[float] = field(default_factory=list)
    answered: list[float] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def main(settings: Settings, arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="tellonce bench chat", description=__doc__)
    parser.add_argument("--customers", type=int, default=30, help="conversations at once")
    parser.add_argument("--rate", type=float, default=10.0, help="messages a second, all customers together")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--rasa", metavar="URL", help="drive this Rasa server's REST channel instead, for a ratio")
    options = parser.parse_args(arguments)
    if options.rasa:
        return asyncio.run(drive_rasa(options))
    return asyncio.run(drive_product(settings, options, print))


async def drive_product(settings: Settings, options: argparse.Namespace, say: Say) -> int:
    model = await active_model(settings)
    if model is None:
        raise StartupError("there is no model: run `tellonce train` first")
    with tempfile.TemporaryDirectory() as folder:
        unit = await prepared_unit(Path(folder), model)
        orders = sample_orders(unit.database)
        unit.start()
        try:
            await unit.until("/readyz")
            say(f"idle      {memory(unit)}")
            seen = await drive(options, lambda http, rng: customer(http, unit.url, rng, orders))
            say(f"loaded    {memory(unit)}")
        finally:
            unit.stop()
    report(seen, options, say)
    return 1 if seen.problems else 0


async def prepared_unit(folder: Path, model: Path, url: str = "") -> Unit:
    """A data folder with the sample shop and that model, ready to serve; the database is in it or at `url`."""
    unit = Unit(folder, settings={"TELLONCE_LOG_LEVEL": "warning"})
    if url:
        unit.settings["TELLONCE_DATABASE_URL"] = url
    url = unit.database_url
    migrations.upgrade(url)
    database = Database(url)
    if await is_empty(database):
        await import_shop(database, PROJECT / "data" / "shop", now=SystemClock().now())
    async with database.write() as session:
        from bot.storage.tables import Model

        now = SystemClock().now()
        session.add(Model(id=model.name.removesuffix(".tar.gz"), active=True, created_at=now, activated_at=now))
    await database.close()
    (folder / "models").mkdir()
    shutil.copy(model, folder / "models" / model.name)
    return unit


def sample_orders(database: Path) -> list[tuple[str, str]]:
    connection = sqlite3.connect(database)
    return list(
        connection.execute("SELECT number, email FROM orders WHERE email IS NOT NULL ORDER BY number LIMIT 400")
    )


def memory(unit: Unit) -> str:
    return " · ".join(f"{name} {size:.0f} MB" for name, size in unit.memory().items())


def report(seen: Seen, options: argparse.Namespace, say: Say) -> None:
    say(f"accepted  {percentiles(seen.accepted)}")
    say(f"answered  {percentiles(seen.answered)}")
    say(
        f"messages  {len(seen.answered)} answered in {options.seconds:.0f} s = {len(seen.answered) / options.seconds:.1f}/s"
    )
    for problem in seen.problems[:5]:
        print(problem, file=sys.stderr)


async def drive(options: argparse.Namespace, new_customer: Any) -> Seen:
    """Send at the asked rate whatever the answers do: each customer waits for its own turn of a shared pace."""
    seen, rng = Seen(), random.Random(7)
    deadline = time.monotonic() + options.seconds
    gap = options.customers / options.rate

    async def one(number: int) -> None:
        await asyncio.sleep(gap * number / options.customers)
        due = time.monotonic()
        async with aiohttp.ClientSession() as http:
            talk = new_customer(http, random.Random(rng.random()))
            while time.monotonic() < deadline:
                try:
                    accepted, answered = await anext(talk)
                    if accepted is not None:
                        seen.accepted.append(accepted)
                    seen.answered.append(answered)
                except Exception as error:
                    seen.problems.append(f"{type(error).__name__}: {error}")
                    talk = new_customer(http, random.Random(rng.random()))
                due += gap
                await asyncio.sleep(max(0.0, due - time.monotonic()))

    await asyncio.gather(*(one(n) for n in range(options.customers)))
    return seen


async def customer(http: aiohttp.ClientSession, url: str, rng: random.Random, orders: list[tuple[str, str]]) -> Any:
    """Conversations without end; yields (accepted, answered) seconds of each message."""
    while True:
        async with http.post(f"{url}/api/chat/sessions", json={}) as response:
            opened = await response.json()
        async with http.ws_connect(f"{url}/api/chat/ws") as ws:
            await ws.send_json({"token": opened["token"], "after": opened["cursor"]})
            number, email = rng.choice(orders)
            for index, text in enumerate((rng.choice(OPENINGS), number, email)):
                began = time.perf_counter()
                await ws.send_json({"client_id": str(index), "text": text})
                yield await both(ws, began)


async def both(ws: aiohttp.ClientWebSocketResponse, began: float) -> tuple[float, float]:
    accepted = answered = None
    async with asyncio.timeout(15):
        while accepted is None or answered is None:
            frame = json.loads((await ws.receive()).data)
            if frame["type"] == "accepted":
                accepted = time.perf_counter() - began
            elif frame["type"] == "error":
                raise RuntimeError(frame["error"]["code"])
            elif frame["type"] == "message" and frame["message"]["sender"] != "customer":
                answered = answered or time.perf_counter() - began
    return accepted, answered


async def drive_rasa(options: argparse.Namespace) -> int:
    """A plain `rasa run` with its REST channel: one call is one message, answered when the call returns."""

    async def talk(http: aiohttp.ClientSession, rng: random.Random) -> Any:
        while True:
            sender = f"bench-{rng.random()}"
            for text in (rng.choice(OPENINGS), "100311", "anna@example.pl"):
                began = time.perf_counter()
                async with http.post(
                    f"{options.rasa}/webhooks/rest/webhook", json={"sender": sender, "message": text}
                ) as response:
                    answer = await response.json()
                if not answer:
                    raise RuntimeError("no answer")
                yield None, time.perf_counter() - began

    seen = await drive(options, talk)
    report(seen, options, print)
    return 1 if seen.problems else 0
