"""Drives customers against a gateway that is being killed, and counts what became of every message.

Each message asks for one action that writes (feedback) and one reply. `[slow]` messages time out on purpose. Afterwards
every accepted message must have exactly one row and one reply, or none of either and a human called in its place.
"""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from bot.bench.unit import Unit
from tests.kill.balancer import all_up, balanced


async def killer(unit: Unit, done: asyncio.Event, rng: random.Random, every: dict[str, float]) -> None:
    """Until done, kill `gateway` and `brain` and freeze the brain (`freeze`), each about every so many seconds."""

    async def gateway() -> None:
        await asyncio.to_thread(unit.kill_gateway)
        unit.start()
        await unit.until("/healthz")

    async def brain() -> None:
        unit.kill_brain()

    async def freeze() -> None:
        await unit.freeze_brain(float(unit.settings["TELLONCE_ANSWER_SECONDS"]) + 2)

    deeds = {"gateway": gateway, "brain": brain, "freeze": freeze}
    due = {name: time.monotonic() + rng.expovariate(1 / seconds) for name, seconds in every.items()}
    while not done.is_set():
        await asyncio.sleep(0.02)
        for name, moment in due.items():
            if time.monotonic() > moment:
                await deeds[name]()
                due[name] = time.monotonic() + rng.expovariate(1 / every[name])


async def customer(url: str, number: int, messages: int, slow: float, rng: random.Random, pace: float) -> None:
    """One conversation: sends each message until it is accepted, waits until it is answered, goes on."""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as http:
        opened = await insist(http, "POST", f"{url}/api/chat/sessions", {"language": "pl"})
        headers = {"Authorization": f"Bearer {opened['token']}"}
        for turn in range(messages):
            text = f"opinia {number}-{turn}: bardzo dobra obsługa" + (" [slow]" if rng.random() < slow else "")
            body = {"client_id": f"{number}-{turn}", "text": text}
            sent = await insist(http, "POST", f"{url}/api/chat/messages", body, headers)
            view = await answered(http, url, headers, sent["message_id"])
            await asyncio.sleep(pace * rng.random())
            if view["owner"] == "waiting":
                await back_to_bot(http, url, headers, f"{number}-{turn}-back")


async def answered(http: aiohttp.ClientSession, url: str, headers: dict[str, str], message_id: int) -> dict[str, Any]:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        news = f"{url}/api/chat/messages?after={message_id}&wait=2"
        view = await insist(http, "GET", news, None, headers)
        if any(m["sender"] != "customer" for m in view["messages"]) and not view["typing"]:
            return view
    raise TimeoutError(f"message {message_id} was never answered")


async def back_to_bot(http: aiohttp.ClientSession, url: str, headers: dict[str, str], client_id: str) -> None:
    view = await insist(http, "GET", f"{url}/api/chat/messages?after=0", None, headers)
    button = [b for m in view["messages"] for b in m["buttons"]][-1]
    sent = await insist(
        http, "POST", f"{url}/api/chat/messages", {"client_id": client_id, "button": button["id"]}, headers
    )
    await answered(http, url, headers, sent["message_id"])


async def insist(
    http: aiohttp.ClientSession, method: str, url: str, body: Any = None, headers: dict[str, str] | None = None
) -> dict[str, Any]:
    """A call repeated, as a page does, until it gets an answer."""
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        try:
            async with http.request(method, url, json=body, headers=headers) as response:
                if response.status < 300:
                    answer: dict[str, Any] = await response.json()
                    return answer
                if response.status not in (429, 500, 502, 503):
                    raise AssertionError(f"{method} {url}: {response.status} {await response.text()}")
        except (aiohttp.ClientError, TimeoutError):
            pass
        await asyncio.sleep(0.05)
    raise TimeoutError(f"{method} {url} got no answer")


@dataclass
class Verdict:
    """What became of the messages."""

    once: int = 0
    human: int = 0
    wrong: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return f"{self.once} answered once with one row, {self.human} given to a human, {len(self.wrong)} wrong"


def rows(database: str, query: str, **values: Any) -> list[Any]:
    """What the database of that URL answers, looked at from outside; JSON comes as it is or as its text."""
    patient = {"timeout": 30} if database.startswith("sqlite") else {}
    url = database.replace("postgresql:", "postgresql+psycopg:")
    engine = create_engine(url, connect_args=patient, poolclass=NullPool)
    with engine.begin() as connection:
        result = connection.execute(text(query), values)
        return [tuple(row) for row in result] if result.returns_rows else []


def plain(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value


def verdict(database: str) -> Verdict:
    """Count rows and replies of every feedback message in the database."""
    found = Verdict()
    rated = Counter(text for (text,) in rows(database, "SELECT text FROM feedback"))
    outcomes: dict[int, list[str]] = {}
    for ids, outcome in rows(database, "SELECT message_ids, outcome FROM turns"):
        for message_id in plain(ids):
            outcomes.setdefault(message_id, []).append(json.dumps(plain(outcome)))
    said: dict[str, list[tuple[int, str]]] = {}
    for number, conversation, sender in rows(database, "SELECT id, conversation_id, sender FROM messages ORDER BY id"):
        said.setdefault(conversation, []).append((number, sender))
    asked = rows(
        database,
        "SELECT id, conversation_id, text, processed_at FROM messages "
        "WHERE sender = 'customer' AND text LIKE 'opinia%'",
    )
    for message_id, conversation_id, text_, processed_at in asked:
        after = [sender for number, sender in said[conversation_id] if number > message_id]
        reply = after[: after.index("customer")] if "customer" in after else after
        bot = reply.count("bot")
        handed = any("handoff" in outcome for outcome in outcomes.get(message_id, []))
        if processed_at and rated[text_] == 1 and bot == 1 and not handed and len(outcomes.get(message_id, [])) == 1:
            found.once += 1
        elif processed_at and rated[text_] == 0 and bot == 0 and handed and len(outcomes.get(message_id, [])) == 1:
            found.human += 1
        else:
            found.wrong.append(f"{text_!r}: {rated[text_]} rows, {bot} replies, turns {outcomes.get(message_id)}")
    return found


async def drive(
    units: Sequence[Unit],
    *,
    customers: int,
    messages: int,
    every: dict[str, float],
    seed: int,
    slow: float = 0.0,
    pace: float = 0.0,
) -> Verdict:
    """Run the whole experiment on one unit, or on several that share a database, behind one address.

    `every` as for the killer of each, `slow` the share of messages that time out by themselves, `pace` the most
    seconds a customer waits before writing again.
    """
    rng = random.Random(seed)
    for unit in units:
        unit.start()
    try:
        await all_up(units)
        done = asyncio.Event()
        killing = [asyncio.create_task(killer(unit, done, rng, every)) for unit in units]
        async with balanced(units, rng) as url:
            url = url if len(units) > 1 else units[0].url
            await asyncio.gather(
                *(customer(url, n, messages, slow, random.Random(seed + n), pace) for n in range(customers))
            )
        done.set()
        await asyncio.gather(*killing)
        return verdict(units[0].database_url)
    finally:
        for unit in units:
            unit.stop()
