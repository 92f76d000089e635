"""Several gateways on one PostgreSQL database: who works on what, who hears of it, and what they count together."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import psycopg
import pytest

from bot.domain.errors import TooManyRequests
from bot.services.attempts import Attempts
from bot.services.desk_follow import Follower
from bot.services.desk_queue import latest_event
from bot.services.inbox import FLOOD_MESSAGES, Incoming
from bot.services.models import Models
from bot.services.outbox import Outbox
from bot.services.pacing import Pace
from bot.services.ports import Outgoing, Sent
from bot.services.transcript import say
from bot.services.units import PostgresUnit
from bot.services.workers import Workers
from bot.storage.database import Database
from bot.storage.line import Line
from bot.storage.tables import ChannelLink, Conversation, EventRecord
from tests.databases import new_database, prepared_database
from tests.desk_world import World
from tests.fakes import FakeClock
from tests.running import Running, running_gateway
from tests.studio_world import FakeSwitch

DATABASES = ("postgresql",)
SECONDS = 30.0
"""However slow the machine."""


@pytest.fixture
async def units(tmp_path: Path) -> AsyncIterator[tuple[PostgresUnit, PostgresUnit, str]]:
    url = new_database(tmp_path)
    one, other = PostgresUnit(url), PostgresUnit(url)
    await one.start()
    await other.start()
    yield one, other, url
    await other.stop()
    await one.stop()


@pytest.fixture
async def pair(tmp_path: Path) -> AsyncIterator[tuple[Running, Running]]:
    """Two gateways. Turns work in the second only: the actions of this process know one gateway."""
    settings = {"TELLONCE_DATABASE_URL": await prepared_database(tmp_path, FakeClock())}
    async with AsyncExitStack() as stack:
        one, other = [
            await stack.enter_async_context(running_gateway(tmp_path, settings=settings | {"TELLONCE_UNIT": name}))
            for name in ("a", "b")
        ]
        yield one, other


async def until(what: Callable[[], Any]) -> None:
    async with asyncio.timeout(SECONDS):
        while not what():
            await asyncio.sleep(0.02)


async def cut(url: str) -> None:
    """Every connection to the database ends, as when the server starts anew."""
    everybody = (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid != %s"
    )
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        await connection.execute(everybody, (connection.info.backend_pid,))


# Claims


@pytest.mark.parametrize("turns", range(5))
async def test_a_stop_that_comes_with_a_question_is_a_stop(tmp_path: Path, turns: int) -> None:
    line = Line(new_database(tmp_path))
    await line.start()
    line.post("release", "nothing")
    for _ in range(turns):  # of the event loop: at one of them the question has just been taken
        await asyncio.sleep(0)
    async with asyncio.timeout(SECONDS):
        await line.stop()


async def test_a_claim_is_one_units_until_it_is_gone(units: tuple[PostgresUnit, PostgresUnit, str]) -> None:
    one, other, _ = units
    assert one.claims.shared
    await until(lambda: one.claims.units == other.claims.units == 2)
    async with one.claims.hold("x") as mine, one.claims.hold("x") as again, other.claims.hold("x") as theirs:
        assert (mine, again, theirs) == (True, False, False)
        async with other.claims.hold("y") as free:
            assert free
        assert one.claims.holds("x") and not other.claims.holds("x")
    async with other.claims.hold("x") as theirs:
        assert theirs
    async with one.claims.hold("x") as mine:
        assert mine
        await one.stop()  # as when it is killed: the connection ends
        async with other.claims.alone("x"):
            assert not one.claims.holds("x")
    await until(lambda: other.claims.units == 1)


async def test_a_claim_lost_with_its_connection_is_known_as_lost(units: tuple[PostgresUnit, PostgresUnit, str]) -> None:
    one, other, url = units
    async with one.claims.hold("x") as mine:
        assert mine and one.claims.holds("x")
        await cut(url)
        await until(lambda: not one.claims.holds("x"))
        async with asyncio.timeout(SECONDS), other.claims.alone("x"):
            pass
    async with asyncio.timeout(SECONDS), one.claims.alone("x"):
        assert one.claims.holds("x")


async def test_what_another_unit_was_refused_is_done_by_the_holder(
    units: tuple[PostgresUnit, PostgresUnit, str],
) -> None:
    one, other, url = units
    database, waiting, done = Database(url), ["first"], []
    entered, go = asyncio.Event(), asyncio.Event()

    async def strays(_: Any, key: str | None) -> list[str]:
        return ["x"] if waiting and key is not None else []  # no sweep finds it

    async def slow(_: str) -> None:
        while waiting:
            done.append(("one", waiting.pop()))
        entered.set()
        await go.wait()  # it has looked for the last time, and still holds the claim

    async def quick(_: str) -> None:
        done.append(("other", waiting.pop()))

    holder = Workers(database, slow, strays=strays, claims=one.claims)
    refused = Workers(database, quick, strays=strays, claims=other.claims)
    holder.wake("x")
    await entered.wait()
    waiting.append("second")
    refused.wake("x")
    await until(lambda: not refused._running)
    assert done == [("one", "first")]
    go.set()
    await until(lambda: done == [("one", "first"), ("one", "second")])
    await holder.stop()
    await database.close()


# The bell


async def test_the_bell_rings_in_every_gateway(units: tuple[PostgresUnit, PostgresUnit, str]) -> None:
    one, other, url = units
    async with other.bell.listen("desk") as desk, other.bell.listen("conversation:x") as quiet:
        while await desk.wait(0.05) or await quiet.wait(0.05):
            pass  # what the start of both rang
        one.bell.ring("desk")
        assert await desk.wait(SECONDS)
        assert not await quiet.wait(0.05)
        await cut(url)
        assert await quiet.wait(SECONDS), "what was missed meanwhile nobody knows: all look"
        async with asyncio.timeout(SECONDS):
            while True:  # deaf for a moment yet
                one.bell.ring("desk")
                if await desk.wait(0.2):
                    break


# Cursors


async def test_a_cursor_stays_before_an_event_that_is_still_to_be_committed(world: World) -> None:
    number = await world.conversation()

    def event() -> EventRecord:
        return EventRecord(conversation_id=number, kind="fact", actor="bot", details={}, at=world.clock.now())

    async with world.database.write() as slow:
        late = event()
        slow.add(late)
        await slow.flush()
        async with world.database.write() as quick:
            quick.add(event())
        async with world.database.read() as session:
            cursor = await latest_event(session)
        assert cursor == late.id - 1
    follower = Follower(world.database, world.clock, 1)

    async def known() -> int:
        return cursor

    await follower.begin(known)
    assert [frame["cursor"] for frame in await follower.news() if "cursor" in frame] == [late.id, late.id + 1]


async def test_messages_get_their_numbers_in_the_order_of_their_commits(pair: tuple[Running, Running]) -> None:
    one, other = pair
    customer = await one.customer()
    link = await other.built.inbox.authenticate(customer.token)
    async with one.built.database.write() as session:
        conversation = await session.get_one(Conversation, customer.conversation_id, with_for_update=True)
        first = await say(session, conversation, one.built.clock.now(), sender="system", text="first")
        second = asyncio.create_task(other.built.inbox.accept(link, Incoming("1", text="cześć")))
        done, _ = await asyncio.wait({second}, timeout=0.3)
        assert not done, "it would have a larger number and be seen before"
    assert (await second).message_id > first.id


# Counted together


async def test_floods_and_failed_log_ins_are_counted_over_all_gateways(pair: tuple[Running, Running]) -> None:
    one, other = pair
    customer = await one.customer()
    link = await one.built.inbox.authenticate(customer.token)
    for number in range(FLOOD_MESSAGES):
        gateway = (one, other)[number % 2]
        await gateway.built.inbox.accept(link, Incoming(str(number), text="raz"))
    for gateway in pair:
        with pytest.raises(TooManyRequests):
            await gateway.built.inbox.accept(link, Incoming("more", text="raz"))
    for number in range(10):
        await (one, other)[number % 2].built.accounts.attempts.count("somebody")
    for gateway in pair:
        with pytest.raises(TooManyRequests):
            await gateway.built.accounts.attempts.count("somebody", "from elsewhere")


async def test_tries_sent_to_all_gateways_at_once_are_all_counted(tmp_path: Path) -> None:
    url, clock = new_database(tmp_path), FakeClock()
    databases = [Database(url), Database(url)]
    tries = [Attempts(databases[number % 2], clock).count("somebody") for number in range(16)]
    results = await asyncio.gather(*tries, return_exceptions=True)
    assert sorted(isinstance(result, TooManyRequests) for result in results) == [False] * 10 + [True] * 6
    for database in databases:
        await database.close()


async def test_a_log_in_holds_at_every_gateway_and_its_end_cuts_the_line_there(pair: tuple[Running, Running]) -> None:
    one, other = pair
    agent = await one.agent()
    async with agent.http.ws_connect(f"{other.url}/api/desk/ws") as ws:
        await ws.send_json({"after": 0})
        agent.running = other
        await agent.get("/api/desk/conversations")
        agent.running = one
        await agent.call("POST", "/api/desk/logout")
        async with asyncio.timeout(SECONDS / 2):
            async for _ in ws:
                pass
        assert ws.close_code == 4401
    agent.running = other
    assert (await agent.call("GET", "/api/desk/conversations"))[0] == 401


async def test_a_customers_page_at_one_gateway_hears_what_happens_at_another(pair: tuple[Running, Running]) -> None:
    one, other = pair
    customer = await one.customer()
    async with other.http.ws_connect(f"{other.url}/api/chat/ws") as ws:
        await ws.send_json({"token": customer.token, "after": customer.cursor})
        assert (await ws.receive_json(timeout=SECONDS))["type"] == "state"
        one.brain.intents["cześć"] = other.brain.intents["cześć"] = "greet"
        await customer.post(text="cześć")
        assert (await ws.receive_json(timeout=SECONDS))["message"]["text"] == "cześć"


async def test_a_published_model_answers_at_every_gateway(
    units: tuple[PostgresUnit, PostgresUnit, str], tmp_path: Path
) -> None:
    one, other, url = units
    database, clock, switches = Database(url), FakeClock(), (FakeSwitch(), FakeSwitch())
    here, there = (
        Models(database, clock, tmp_path, switch, bell=unit.bell, claims=unit.claims)
        for switch, unit in zip(switches, (one, other), strict=True)
    )
    (tmp_path / "new.tar.gz").touch()
    async with other.bell.listen("models") as bell:
        await here.mark_active("new")
        here.serves("new")
        here._bell.ring("models")  # type: ignore[union-attr]
        assert await bell.wait(SECONDS)
    await there.follow()
    await there.follow()
    await here.follow()
    assert [len(switch.switched) for switch in switches] == [0, 1]
    await database.close()


# Sending


class SlowPhone:
    def __init__(self) -> None:
        self.heard: list[str] = []

    async def send(self, message: Outgoing) -> Sent:
        await asyncio.sleep(0.05)
        self.heard.append(message.text)
        return Sent([message.key])


async def test_two_gateways_send_each_message_once_and_in_order(
    units: tuple[PostgresUnit, PostgresUnit, str],
) -> None:
    one, other, url = units
    database, clock, phone = Database(url), FakeClock(), SlowPhone()
    now = clock.now()
    async with database.write() as session:
        conversation = Conversation(id="anna", created_at=now, updated_at=now)
        session.add(conversation)
        await session.flush()
        session.add(ChannelLink(conversation_id="anna", channel="phone", address="anna", created_at=now))
        await session.flush()
        for number in range(12):
            await say(session, conversation, now, sender="bot", text=str(number))
    outboxes = [Outbox(database, clock, unit.bell, {"phone": phone}, claims=unit.claims) for unit in (one, other)]
    await asyncio.gather(*(outbox.send_due() for outbox in outboxes))
    assert phone.heard == [str(number) for number in range(12)]
    await database.close()


async def test_the_pace_is_shared() -> None:
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(round(seconds, 3))

    pace = Pace(1.0, 0.1, units=lambda: 3, now=lambda: 100.0, sleep=sleep)
    await pace.turn("anna", quiet=0.4)  # another gateway has sent to her a moment ago
    await pace.turn("ewa", quiet=None)
    assert waited == [0.6, 0.3]
