"""Gateway and brain killed while customers write on Telegram and Messenger, over channels that fail and repeat."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.bench.unit import Unit
from bot.services.accounts import Accounts
from bot.services.ports import SystemClock
from bot.simulator.faults import Fault
from bot.simulator.messenger import MessengerStandIn
from bot.simulator.telegram import TelegramStandIn
from bot.storage.database import Database
from tests.databases import KINDS, new_database
from tests.kill.balancer import all_up, balanced
from tests.kill.driver import insist, killer, plain, rows
from tests.phones import APP_SECRET, PAGE_TOKEN, TOKEN, VERIFY, serving

DATABASES = KINDS
PEOPLE, MESSAGES = 4, 8
"""On each channel."""
EMAIL, PASSWORD = "ola@example.pl", "bardzo-dobre-haslo"


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


@dataclass
class Colleague:
    """An agent who takes conversations over now and then, at whichever gateway, and gives them back after a while."""

    url: str
    claims: int = 0

    async def work(self, rng: random.Random, done: asyncio.Event) -> None:
        jar, patience = aiohttp.CookieJar(unsafe=True), aiohttp.ClientTimeout(total=5)
        async with aiohttp.ClientSession(cookie_jar=jar, timeout=patience) as http:
            entry = {"email": EMAIL, "password": PASSWORD}
            csrf = (await insist(http, "POST", f"{self.url}/api/desk/login", entry))["csrf"]
            headers = {"X-CSRF-Token": csrf}
            mine: list[str] = []
            while mine or not (done.is_set() and self.claims >= 3):
                await asyncio.sleep(rng.uniform(0.05, 0.3))
                if mine and (done.is_set() or rng.random() < 0.4):
                    number = mine.pop(0)
                    await self._try(http, f"{number}/return", {"outcome": "done"}, headers)
                elif not (done.is_set() and self.claims >= 3):
                    listed = await insist(http, "GET", f"{self.url}/api/desk/conversations?view=all", None, headers)
                    free = [c["id"] for c in listed["conversations"] if c["id"] not in mine]
                    if free and await self._try(http, f"{(number := rng.choice(free))}/claim", {}, headers):
                        mine.append(number)
                        self.claims += 1

    async def _try(self, http: aiohttp.ClientSession, what: str, body: Any, headers: dict[str, str]) -> bool:
        """Until it is done. One whose answer was lost is done too: then it is refused as done already."""
        for _ in range(200):
            with suppress(aiohttp.ClientError, TimeoutError):
                path = f"{self.url}/api/desk/conversations/{what}"
                async with http.post(path, json=body, headers=headers) as response:
                    if response.status < 500:
                        return True
            await asyncio.sleep(0.05)
        raise TimeoutError(what)


def hurry(database: str) -> None:
    """What was put off is due now."""
    rows(database, "UPDATE deliveries SET next_attempt_at = '2020-01-01 00:00:00.000000' WHERE status = 'pending'")


def settled(database: str, wanted: int) -> bool:
    """Everything that was written is processed and everything said is sent."""
    waiting = "SELECT count(*) FROM channel_events WHERE processed_at IS NULL"
    pending = "SELECT count(*) FROM deliveries WHERE status = 'pending'"
    done = "SELECT count(*) FROM messages WHERE sender = 'customer' AND processed_at IS NOT NULL"
    counted = [rows(database, query)[0][0] for query in (waiting, pending, done)]
    return bool(counted[0] == counted[1] == 0 and counted[2] >= wanted)


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
async def test_every_message_once_and_in_order_whatever_is_killed(tmp_path: Path, database_kind: str) -> None:
    """One gateway on SQLite; two on PostgreSQL, each with its brain, behind one address."""
    rng = random.Random(7)
    url = new_database(tmp_path)
    async with AsyncExitStack() as stack:
        phones = Phones(TelegramStandIn(TOKEN, paced=False), MessengerStandIn(PAGE_TOKEN, APP_SECRET, paced=False))
        phones.graph.webhook_seconds = 0.2
        telegram = await stack.enter_async_context(serving(phones.telegram.application()))
        graph = await stack.enter_async_context(serving(phones.graph.application()))
        settings = {
            "TELLONCE_DATABASE_URL": url,
            "TELLONCE_ANSWER_SECONDS": "3",
            "TELLONCE_TELEGRAM_TOKEN": TOKEN,
            "TELLONCE_TELEGRAM_API": telegram,
            "TELLONCE_MESSENGER_TOKEN": PAGE_TOKEN,
            "TELLONCE_MESSENGER_APP_SECRET": APP_SECRET,
            "TELLONCE_MESSENGER_VERIFY_TOKEN": VERIFY,
            "TELLONCE_MESSENGER_API": graph,
        }
        names = ["a"] if database_kind == "sqlite" else ["a", "b"]
        gateway = ("-m", "tests.gateway_process")
        units = [Unit(tmp_path, gateway, settings | {"TELLONCE_UNIT": name}) for name in names]
        await add_agent(url)
        for unit in units:
            unit.start()
        try:
            await all_up(units)
            address = await stack.enter_async_context(balanced(units, random.Random(1)))
            async with aiohttp.ClientSession() as http:
                assert await phones.graph.verify(http, f"{address}/webhooks/messenger", VERIFY)
            done, colleague = asyncio.Event(), Colleague(address)
            others = [asyncio.create_task(killer(unit, done, rng, {"gateway": 3.0, "brain": 3.0})) for unit in units]
            others.append(asyncio.create_task(phones.trouble(rng, done)))
            others.append(asyncio.create_task(colleague.work(random.Random(3), done)))
            await asyncio.gather(*(phones.customer(n, random.Random(n)) for n in range(2 * PEOPLE)))
            done.set()
            await asyncio.gather(*others)
            phones.telegram.faults.clear()
            phones.graph.faults.clear()
            hurry(url)
            wanted = 2 * PEOPLE * MESSAGES
            async with asyncio.timeout(180):
                while not await asyncio.to_thread(settled, url, wanted):
                    await asyncio.sleep(0.3)
        finally:
            for unit in units:
                unit.stop()
        kills = sum((unit.kills for unit in units), Counter())
        counted = check(url, phones)
        print(f"\n{database_kind}: killed {dict(kills)}; claimed {colleague.claims}; sent twice: {counted}")
        assert kills["gateway"] >= 1 and kills["brain"] >= 1 and colleague.claims >= 3
        # Only where a crash fell between sending and noting: in each chat at most one message is on its way.
        assert max(counted.values()) <= kills["gateway"] * PEOPLE


async def add_agent(url: str) -> None:
    database = Database(url)
    await Accounts(database, SystemClock()).add_user(EMAIL, "manager", PASSWORD)
    await database.close()


def check(database: str, phones: Phones) -> dict[str, int]:
    """Each customer's transcript and phone; returns how often something was sent twice on each channel."""
    twice = {"telegram": 0, "messenger": 0}
    links = rows(database, "SELECT conversation_id, channel, address FROM channel_links")
    assert sorted(address for _, _, address in links) == sorted(phones.wrote), "one conversation for each customer"
    for conversation, channel, address in links:
        kept = rows(
            database,
            "SELECT text, processed_at FROM messages WHERE conversation_id = :c AND sender = 'customer' ORDER BY id",
            c=conversation,
        )
        assert [text for text, _ in kept] == phones.wrote[address]
        assert all(processed for _, processed in kept)
        sent = rows(
            database,
            "SELECT m.text, d.status, d.receipts FROM deliveries d JOIN messages m ON m.id = d.message_id "
            "WHERE m.conversation_id = :c ORDER BY d.id",
            c=conversation,
        )
        assert all(status == "sent" and plain(receipts) for _, status, receipts in sent)
        assert len(sent) >= 2, "greeted and answered"
        twice[channel] += repeated([text for text, _, _ in sent], phones.heard(address))
        check_silence(database, conversation)
    return twice


def check_silence(database: str, conversation: str) -> None:
    """While a human has a conversation the bot says nothing in it."""
    state = "bot"
    events = "SELECT kind, actor, details FROM events WHERE conversation_id = :c ORDER BY id"
    for kind, actor, details in rows(database, events, c=conversation):
        if kind == "state":
            state = plain(details)["state"]
        assert (kind, actor) != ("message", "bot") or state in ("bot", "resolved"), f"the bot spoke while {state}"
