"""Gateway and brain killed while customers write on Telegram and Messenger, over channels that fail and repeat."""

from __future__ import annotations

import asyncio
import json
import random
import sqlite3
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.bench.unit import Unit
from bot.simulator.faults import Fault
from bot.simulator.messenger import MessengerStandIn
from bot.simulator.telegram import TelegramStandIn
from tests.kill.driver import killer
from tests.phones import APP_SECRET, PAGE_TOKEN, TOKEN, VERIFY, serving

PEOPLE, MESSAGES = 4, 8
"""On each channel."""


@dataclass
class Phones:
    """Both stand-ins, and what every customer wrote."""

    telegram: TelegramStandIn
    graph: MessengerStandIn
    wrote: dict[str, list[str]] = field(default_factory=dict)
    events: list[dict[str, Any]] = field(default_factory=list)

    async def customer(self, number: int, rng: random.Random) -> None:
        """Writes without waiting for answers; now and then Messenger brings something twice."""
        on_telegram = number % 2 == 0
        name = str(1000 + number)
        user = self.telegram.users.add(int(name)) if on_telegram else self.graph.people.add(name)
        for turn in range(MESSAGES):
            text = f"opinia {name}-{turn}: bardzo dobra obsługa"
            event = user.say(text)
            self.wrote.setdefault(name, []).append(text)
            if not on_telegram and rng.random() < 0.3:
                self.graph.push(event)
            await asyncio.sleep(rng.uniform(0.2, 2.5))

    async def trouble(self, rng: random.Random, done: asyncio.Event) -> None:
        """What channels do to those who send: refuse for a moment, break, lose the answer to what they took."""
        while not done.is_set():
            await asyncio.sleep(rng.uniform(0.5, 1.5))
            if self.telegram.faults or self.graph.faults:
                continue  # one after the other, or a message fails so often that it waits for half an hour
            slow = {"ok": False, "error_code": 429, "description": "Too Many", "parameters": {"retry_after": 1}}
            self.telegram.faults.plan(rng.choice([Fault("sendMessage", 429, slow), Fault("sendMessage", 502, "no")]))
            limit = {"error": {"message": "(#613)", "code": 613, "is_transient": True}}
            lost = Fault("me/messages", 500, "lost", after=True)
            self.graph.faults.plan(rng.choice([Fault("me/messages", 400, limit), lost]))

    def heard(self, name: str) -> list[str]:
        """What the bot said on that phone, in order."""
        user = self.telegram.users.get(int(name))
        if user is not None:
            return [message["text"] for message in user.messages if message["from"]["is_bot"]]
        person = self.graph.people.get(name)
        assert person is not None
        return [message["text"] for message in person.messages if message["by"] == "page"]


def rows(database: Path, query: str, *values: Any) -> list[Any]:
    with sqlite3.connect(database, timeout=30) as connection:
        return connection.execute(query, values).fetchall()


def hurry(database: Path) -> None:
    """What was put off is due now."""
    with sqlite3.connect(database, timeout=30) as connection:
        connection.execute(
            "UPDATE deliveries SET next_attempt_at = '2020-01-01 00:00:00.000000' WHERE status = 'pending'"
        )


def settled(unit: Unit, wanted: int) -> bool:
    """Everything that was written is processed and everything said is sent."""
    events = rows(unit.database, "SELECT count(*) FROM channel_events WHERE processed_at IS NULL")[0][0]
    done = "SELECT count(*) FROM messages WHERE sender = 'customer' AND processed_at IS NOT NULL"
    pending = rows(unit.database, "SELECT count(*) FROM deliveries WHERE status = 'pending'")[0][0]
    return bool(events == 0 and pending == 0 and rows(unit.database, done)[0][0] >= wanted)


def repeated(said: list[str], heard: list[str]) -> int:
    """How many messages came a second time; fails when one is missing, strange or out of order."""
    place = extra = 0
    for text in heard:
        if place < len(said) and text == said[place]:
            place += 1
        else:
            assert place and text == said[place - 1], f"{text!r} where {said[place : place + 1]} belongs"
            extra += 1
    assert place == len(said), f"{len(said) - place} never came"
    return extra


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_every_message_once_and_in_order_whatever_is_killed(tmp_path: Path) -> None:
    rng = random.Random(7)
    async with AsyncExitStack() as stack:
        phones = Phones(TelegramStandIn(TOKEN, paced=False), MessengerStandIn(PAGE_TOKEN, APP_SECRET, paced=False))
        phones.graph.webhook_seconds = 0.2
        telegram = await stack.enter_async_context(serving(phones.telegram.application()))
        graph = await stack.enter_async_context(serving(phones.graph.application()))
        settings = {
            "TELLONCE_ANSWER_SECONDS": "3",
            "TELLONCE_TELEGRAM_TOKEN": TOKEN,
            "TELLONCE_TELEGRAM_API": telegram,
            "TELLONCE_MESSENGER_TOKEN": PAGE_TOKEN,
            "TELLONCE_MESSENGER_APP_SECRET": APP_SECRET,
            "TELLONCE_MESSENGER_VERIFY_TOKEN": VERIFY,
            "TELLONCE_MESSENGER_API": graph,
        }
        unit = Unit(tmp_path, ("-m", "tests.gateway_process"), settings)
        unit.start()
        try:
            await unit.until("/readyz", 120)
            async with aiohttp.ClientSession() as http:
                assert await phones.graph.verify(http, f"{unit.url}/webhooks/messenger", VERIFY)
            done = asyncio.Event()
            killing = asyncio.create_task(killer(unit, done, rng, {"gateway": 3.0, "brain": 3.0}))
            failing = asyncio.create_task(phones.trouble(rng, done))
            await asyncio.gather(*(phones.customer(n, random.Random(n)) for n in range(2 * PEOPLE)))
            done.set()
            await asyncio.gather(killing, failing)
            phones.telegram.faults.clear()
            phones.graph.faults.clear()
            hurry(unit.database)
            wanted = 2 * PEOPLE * MESSAGES
            async with asyncio.timeout(180):
                while not await asyncio.to_thread(settled, unit, wanted):
                    await asyncio.sleep(0.3)
        finally:
            unit.stop()
        counted = check(unit, phones)
        print(f"\nkilled {unit.kills}; sent twice: {counted}")
        assert unit.kills["gateway"] >= 1 and unit.kills["brain"] >= 1
        # Only where a crash fell between sending and noting: in each chat at most one message is on its way.
        assert max(counted.values()) <= unit.kills["gateway"] * PEOPLE


def check(unit: Unit, phones: Phones) -> dict[str, int]:
    """Each customer's transcript and phone; returns how often something was sent twice on each channel."""
    twice = {"telegram": 0, "messenger": 0}
    links = rows(unit.database, "SELECT conversation_id, channel, address FROM channel_links")
    assert sorted(address for _, _, address in links) == sorted(phones.wrote), "one conversation for each customer"
    for conversation, channel, address in links:
        kept = rows(
            unit.database,
            "SELECT text, processed_at FROM messages WHERE conversation_id = ? AND sender = 'customer' ORDER BY id",
            conversation,
        )
        assert [text for text, _ in kept] == phones.wrote[address]
        assert all(processed for _, processed in kept)
        sent = rows(
            unit.database,
            "SELECT m.text, d.status, d.receipts FROM deliveries d JOIN messages m ON m.id = d.message_id "
            "WHERE m.conversation_id = ? ORDER BY d.id",
            conversation,
        )
        assert all(status == "sent" and json.loads(receipts) for _, status, receipts in sent)
        assert len(sent) >= 2, "greeted and answered"
        twice[channel] += repeated([text for text, _, _ in sent], phones.heard(address))
    return twice
