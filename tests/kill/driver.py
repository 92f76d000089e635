"""Drives customers against a gateway that is being killed, and counts what became of every message.

Each message asks for one action that writes (feedback) and one reply. `[slow]` messages time out on purpose. Afterwards
every accepted message must have exactly one row and one reply, or none of either and a human called in its place.
"""

from __future__ import annotations

import asyncio
import json
import random
import sqlite3
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from bot.bench.unit import Unit


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


async def customer(unit: Unit, number: int, messages: int, slow: float, rng: random.Random, pace: float) -> None:
    """One conversation: sends each message until it is accepted, waits until it is answered, goes on."""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as http:
        opened = await insist(http, "POST", f"{unit.url}/api/chat/sessions", {"language": "pl"})
        headers = {"Authorization": f"Bearer {opened['token']}"}
        for turn in range(messages):
            text = f"opinia {number}-{turn}: bardzo dobra obsługa" + (" [slow]" if rng.random() < slow else "")
            body = {"client_id": f"{number}-{turn}", "text": text}
            sent = await insist(http, "POST", f"{unit.url}/api/chat/messages", body, headers)
            view = await answered(http, unit, headers, sent["message_id"])
            await asyncio.sleep(pace * rng.random())
            if view["owner"] == "waiting":
                await back_to_bot(http, unit, headers, f"{number}-{turn}-back")


async def answered(http: aiohttp.ClientSession, unit: Unit, headers: dict[str, str], message_id: int) -> dict[str, Any]:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        url = f"{unit.url}/api/chat/messages?after={message_id}&wait=2"
        view = await insist(http, "GET", url, None, headers)
        if any(m["sender"] != "customer" for m in view["messages"]) and not view["typing"]:
            return view
    raise TimeoutError(f"message {message_id} was never answered")


async def back_to_bot(http: aiohttp.ClientSession, unit: Unit, headers: dict[str, str], client_id: str) -> None:
    view = await insist(http, "GET", f"{unit.url}/api/chat/messages?after=0", None, headers)
    button = [b for m in view["messages"] for b in m["buttons"]][-1]
    sent = await insist(
        http, "POST", f"{unit.url}/api/chat/messages", {"client_id": client_id, "button": button["id"]}, headers
    )
    await answered(http, unit, headers, sent["message_id"])


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
                if response.status not in (429, 500, 503):
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


def verdict(database: Path) -> Verdict:
    """Count rows and replies of every feedback message in the database."""
    found = Verdict()
    connection = sqlite3.connect(database)
    rows = Counter(text for (text,) in connection.execute("SELECT text FROM feedback"))
    turns = connection.execute("SELECT message_ids, outcome FROM turns").fetchall()
    outcomes: dict[int, list[str]] = {}
    for ids, outcome in turns:
        for message_id in json.loads(ids):
            outcomes.setdefault(message_id, []).append(outcome)
    asked = connection.execute(
        "SELECT id, conversation_id, text, processed_at FROM messages WHERE sender = 'customer' AND text LIKE 'opinia%'"
    ).fetchall()
    for message_id, conversation_id, text, processed_at in asked:
        reply = connection.execute(
            "SELECT sender FROM messages WHERE conversation_id = ? AND id > ? AND sender != 'customer' AND id < "
            "coalesce((SELECT min(id) FROM messages WHERE conversation_id = ? AND id > ? AND sender = 'customer'), 1e12)",
            (conversation_id, message_id, conversation_id, message_id),
        ).fetchall()
        bot = sum(sender == "bot" for (sender,) in reply)
        handed = any("handoff" in outcome for outcome in outcomes.get(message_id, []))
        if processed_at and rows[text] == 1 and bot == 1 and not handed and len(outcomes.get(message_id, [])) == 1:
            found.once += 1
        elif processed_at and rows[text] == 0 and bot == 0 and handed and len(outcomes.get(message_id, [])) == 1:
            found.human += 1
        else:
            found.wrong.append(f"{text!r}: {rows[text]} rows, {bot} replies, turns {outcomes.get(message_id)}")
    return found


async def drive(
    unit: Unit,
    *,
    customers: int,
    messages: int,
    every: dict[str, float],
    seed: int,
    slow: float = 0.0,
    pace: float = 0.0,
) -> Verdict:
    """Run the whole experiment. `every` as for the killer, `slow` the share of messages that time out by themselves,
    `pace` the most seconds a customer waits before writing again."""
    rng = random.Random(seed)
    unit.start()
    try:
        await unit.until("/readyz", 120)
        done = asyncio.Event()
        killing = asyncio.create_task(killer(unit, done, rng, every))
        await asyncio.gather(
            *(customer(unit, n, messages, slow, random.Random(seed + n), pace) for n in range(customers))
        )
        done.set()
        await killing
        return verdict(unit.database)
    finally:
        unit.stop()
