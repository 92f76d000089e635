"""What time brings about at the desk: snoozes end, promises break out loud, absent agents are replaced."""

from __future__ import annotations

import asyncio
import datetime as dt

import pytest

from bot.domain.conversation import State
from bot.storage.tables import Button, Promise
from tests.desk_world import World

pytestmark = pytest.mark.asyncio


async def test_a_snooze_that_is_over_wakes_to_the_same_agent(world: World) -> None:
    ola = await world.user("Ola")
    number = await world.conversation(State.SNOOZED, ola)
    world.clock.move(minutes=59)
    assert await world.desk.housekeeping() == 0
    world.clock.move(minutes=1)
    await world.accounts.present(ola)
    assert await world.desk.housekeeping() == 1
    conversation = await world.get(number)
    assert (conversation.state, conversation.assignee_id, conversation.snoozed_until) == ("assigned", ola.id, None)
    assert len(await world.said(number)) == 2


async def test_a_broken_promise_is_told_with_a_new_time_and_everyone_is_called(world: World) -> None:
    ola = await world.user("Ola")
    number = await world.conversation(State.WAITING, reserved_for_id=ola.id)
    world.clock.move(minutes=29)
    assert await world.desk.housekeeping() == 0
    world.clock.move(minutes=1)
    assert await world.desk.housekeeping() == 1
    assert await world.desk.housekeeping() == 0
    conversation = await world.get(number)
    assert (conversation.state, conversation.reserved_for_id) == ("waiting", None)
    assert conversation.escalated_at == world.clock.now()
    assert len(await world.events(number, "escalated")) == 1
    old, new = await world.all(Promise, number)
    assert old.kept_at is None and new.due_at > world.clock.now()
    last = (await world.said(number))[-1]
    assert last.sender == "system"
    live = [button for button in await world.all(Button, number) if not button.expired]
    assert [(button.message_id, button.payload) for button in live] == [(last.id, "/back_to_bot")]


async def test_news_of_a_wait_gets_rarer_not_louder(world: World) -> None:
    number = await world.conversation(State.WAITING)
    for _ in range(8 * 60):
        world.clock.move(minutes=1)
        await world.desk.housekeeping()
    told = [message for message in await world.said(number) if message.sender == "system"]
    assert 2 <= len(told) <= 4


async def test_two_processes_escalate_once(world: World) -> None:
    number = await world.conversation(State.WAITING)
    world.clock.move(minutes=31)
    assert sum(await asyncio.gather(*(world.desk.housekeeping() for _ in range(5)))) == 1
    assert len(await world.events(number, "escalated")) == 1


async def test_an_absent_agents_customer_goes_back_to_the_queue(world: World) -> None:
    ola = await world.user("Ola")
    number = await world.conversation(State.ASSIGNED, ola, last_agent_at=world.clock.now() - dt.timedelta(hours=1))
    world.clock.move(minutes=9)
    assert await world.desk.housekeeping() == 0
    world.clock.move(minutes=1)
    assert await world.desk.housekeeping() == 1
    conversation = await world.get(number)
    assert (conversation.state, conversation.assignee_id, conversation.version) == ("waiting", None, 2)
    assert conversation.waiting_since == world.clock.now()
    assert (await world.said(number))[-1].sender == "system"
    assert [promise.kept_at for promise in await world.all(Promise, number)] == [None]


@pytest.mark.parametrize("reason", ["present", "answered", "asked just now"])
async def test_an_agent_keeps_a_conversation_that_is_looked_after(world: World, reason: str) -> None:
    ola = await world.user("Ola")
    number = await world.conversation(State.ASSIGNED, ola)
    if reason == "answered":
        await world.desk.reply(ola, number, "On it", "c1")
    world.clock.move(minutes=20)
    if reason == "present":
        await world.accounts.present(ola)
    if reason == "asked just now":
        await world.customer_writes(number, "Hello?")
    assert await world.desk.housekeeping() == 0
    assert (await world.get(number)).state == "assigned"


async def test_after_hours_the_new_time_is_in_the_morning(world: World) -> None:
    ola = await world.user("Ola")
    number = await world.conversation(State.ASSIGNED, ola)
    world.clock.moment = dt.datetime(2026, 6, 16, 19, 30, tzinfo=dt.UTC)  # 21:30 in Warsaw
    await world.customer_writes(number, "Hello?")
    world.clock.move(minutes=10)
    assert await world.desk.housekeeping() == 1
    (promise,) = await world.all(Promise, number)
    assert promise.due_at > dt.datetime(2026, 6, 17, 6, 0, tzinfo=dt.UTC)
    assert "tomorrow" in (await world.said(number))[-1].text
