"""Deliveries: in order for each link, the remedy each error asks for, given up visibly; and mail to who has left."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bot.services.outbox import BACKOFF, Outbox
from bot.services.ports import ChannelSender, GiveUp, LinkDead, Outgoing, RetryLater, Sent
from bot.services.transcript import say
from bot.storage.tables import ChannelLink, Conversation, Delivery, EventRecord
from tests.fakes import FakeSender
from tests.running import Running, running_gateway


@pytest.fixture
async def gateway(tmp_path: Path) -> AsyncIterator[Running]:
    async with running_gateway(tmp_path) as running:
        await running.built.outbox.stop()  # the tests have outboxes of their own
        yield running


class Phone:
    """A conversation on a channel that must be sent to."""

    def __init__(self, gateway: Running, address: str, sender: ChannelSender) -> None:
        self.gateway, self.address, self.clock = gateway, address, gateway.built.clock
        self.outbox = Outbox(gateway.built.database, self.clock, gateway.built.bell, {"phone": sender})

    async def open(self) -> Phone:
        async with self.gateway.built.database.write() as session:
            now = self.clock.now()
            session.add(Conversation(id=self.address, created_at=now, updated_at=now))
            await session.flush()
            session.add(
                ChannelLink(conversation_id=self.address, channel="phone", address=self.address, created_at=now)
            )
        return self

    async def hears(self, *texts: str) -> None:
        async with self.gateway.built.database.write() as session:
            conversation = await session.get_one(Conversation, self.address, with_for_update=True)
            for text in texts:
                await say(session, conversation, self.clock.now(), sender="bot", text=text)

    async def deliveries(self) -> list[tuple[str, int]]:
        async with self.gateway.built.database.read() as session:
            rows = await session.scalars(select(Delivery).order_by(Delivery.id))
            return [(row.status, row.attempts) for row in rows]


async def test_messages_arrive_once_and_in_order(gateway: Running) -> None:
    sender = FakeSender()
    phone = await Phone(gateway, "anna", sender).open()
    await phone.hears("raz", "dwa", "trzy")
    await phone.outbox.send_due()
    await phone.outbox.send_due()
    assert [message.text for message in sender.sent] == ["raz", "dwa", "trzy"]
    assert len({message.key for message in sender.sent}) == 3


async def test_a_later_message_waits_for_the_one_before_it(gateway: Running) -> None:
    sender = FakeSender()
    phone = await Phone(gateway, "anna", sender).open()
    await phone.hears("raz", "dwa")
    sender.errors = [RetryLater("slow down", after=7)]
    await phone.outbox.send_due()
    assert sender.sent == []
    gateway.built.clock.move(seconds=6)  # type: ignore[attr-defined]
    await phone.outbox.send_due()
    assert sender.sent == []
    gateway.built.clock.move(seconds=2)  # type: ignore[attr-defined]
    await phone.outbox.send_due()
    assert [message.text for message in sender.sent] == ["raz", "dwa"]
    assert await phone.deliveries() == [("sent", 2), ("sent", 1)]


async def test_what_the_channel_never_takes_is_dead_and_seen(gateway: Running) -> None:
    sender = FakeSender()
    phone = await Phone(gateway, "anna", sender).open()
    await phone.hears("raz", "dwa")
    sender.errors = [GiveUp("blocked")]
    await phone.outbox.send_due()
    assert await phone.deliveries() == [("dead", 1), ("sent", 1)]
    async with gateway.built.database.read() as session:
        kinds = await session.scalars(select(EventRecord.kind).where(EventRecord.conversation_id == "anna"))
        assert "delivery_dead" in list(kinds)


async def test_trying_ends(gateway: Running) -> None:
    sender = FakeSender()
    phone = await Phone(gateway, "anna", sender).open()
    await phone.hears("raz")
    sender.errors = [RetryLater("down")] * 20
    for _ in range(20):
        await phone.outbox.send_due()
        gateway.built.clock.move(hours=1)  # type: ignore[attr-defined]
    assert await phone.deliveries() == [("dead", len(BACKOFF) + 1)]


async def test_waiting_as_the_channel_asks_is_no_failure_for_a_day(gateway: Running) -> None:
    sender = FakeSender()
    phone = await Phone(gateway, "anna", sender).open()
    await phone.hears("raz")
    sender.errors = [RetryLater("slow down", after=60)] * 30
    for _ in range(30):
        await phone.outbox.send_due()
        gateway.built.clock.move(seconds=61)  # type: ignore[attr-defined]
    await phone.outbox.send_due()
    assert await phone.deliveries() == [("sent", 31)]
    await phone.hears("dwa")
    sender.errors = [RetryLater("slow down", after=3600)] * 30
    for _ in range(30):
        await phone.outbox.send_due()
        gateway.built.clock.move(hours=1)  # type: ignore[attr-defined]
    assert (await phone.deliveries())[1][0] == "dead"


class Parts:
    """A channel that takes three parts of each message; `errors` come before the part they name."""

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.errors: dict[int, Exception] = {}

    async def send(self, message: Outgoing) -> Sent:
        if message.part in self.errors:
            raise self.errors.pop(message.part)
        self.sent.append(f"{message.text}{message.part}")
        return Sent([f"r{message.part}"], more=message.part < 2)


async def test_a_part_that_arrived_is_not_sent_again(gateway: Running) -> None:
    sender = Parts()
    phone = await Phone(gateway, "anna", sender).open()
    await phone.hears("a", "b")
    sender.errors = {1: RetryLater("down")}
    await phone.outbox.send_due()
    assert sender.sent == ["a0"]
    gateway.built.clock.move(minutes=1)  # type: ignore[attr-defined]
    await phone.outbox.send_due()
    assert sender.sent == ["a0", "a1", "a2", "b0", "b1", "b2"]
    async with gateway.built.database.read() as session:
        assert list(await session.scalars(select(Delivery.receipts))) == [["r0", "r1", "r2"]] * 2


async def test_a_dead_link_is_marked_and_its_other_messages_are_given_up(gateway: Running) -> None:
    sender = FakeSender()
    phone = await Phone(gateway, "anna", sender).open()
    await phone.hears("raz", "dwa")
    sender.errors = [LinkDead("blocked by the user")]
    await phone.outbox.send_due()
    await phone.hears("trzy")
    assert [status for status, _ in await phone.deliveries()] == ["dead", "dead"]
    async with gateway.built.database.read() as session:
        link = (await session.scalars(select(ChannelLink).where(ChannelLink.channel == "phone"))).one()
        assert (link.active, link.problem) == (False, "blocked")


async def test_stopping_sends_what_is_due(gateway: Running) -> None:
    class Slow(FakeSender):
        async def send(self, message: Outgoing) -> None:
            await asyncio.sleep(0.05)
            await super().send(message)

    sender = Slow()
    phone = await Phone(gateway, "anna", sender).open()
    await phone.outbox.start()
    await phone.hears("raz", "dwa", "trzy")
    await phone.outbox.stop(seconds=30)
    assert [message.text for message in sender.sent] == ["raz", "dwa", "trzy"]


class Stuck:
    """A channel where one address never answers."""

    def __init__(self) -> None:
        self.sent: list[str] = []

    async def send(self, message: Outgoing) -> None:
        if message.address == "stuck":
            await asyncio.sleep(3600)
        self.sent.append(message.address)


async def test_one_stuck_chat_delays_no_other(gateway: Running) -> None:
    sender = Stuck()
    for address in ("stuck", "anna", "jan"):
        await (await Phone(gateway, address, sender).open()).hears("raz", "dwa")
    outbox = Outbox(gateway.built.database, gateway.built.clock, gateway.built.bell, {"phone": sender})
    await outbox.start()
    async with asyncio.timeout(10):
        while len(sender.sent) < 4:
            await asyncio.sleep(0.05)
    await outbox.stop(seconds=0)
    assert sorted(sender.sent) == ["anna", "anna", "jan", "jan"]


async def handed_over(gateway: Running, email: str | None) -> tuple[Any, Any]:
    customer, agent = await gateway.customer(), await gateway.agent()
    await customer.says("chcę rozmawiać z człowiekiem" + (f", mail {email}" if email else ""))
    await agent.does(customer.conversation_id, "claim")
    return customer, agent


async def mails(gateway: Running) -> list[str]:
    async with gateway.built.database.read() as session:
        rows = await session.scalars(
            select(ChannelLink.address).join(Delivery, Delivery.link_id == ChannelLink.id).order_by(Delivery.id)
        )
        return list(rows)


async def test_who_has_left_gets_the_agents_answer_by_mail(gateway: Running) -> None:
    customer, agent = await handed_over(gateway, "anna@example.pl")
    await agent.does(customer.conversation_id, "messages", text="Sprawdzam.", kind="reply", client_id="1")
    assert await mails(gateway) == [], "the page is open"
    gateway.built.clock.move(minutes=5)  # type: ignore[attr-defined]
    await agent.does(customer.conversation_id, "messages", text="Paczka wyjdzie jutro.", kind="reply", client_id="2")
    await agent.does(customer.conversation_id, "messages", text="wewnętrzne", kind="note", client_id="3")
    assert await mails(gateway) == ["anna@example.pl"]


async def test_the_link_in_the_mail_opens_the_same_conversation(gateway: Running) -> None:
    customer, _ = await handed_over(gateway, None)
    link = gateway.built.resume_links.make(customer.conversation_id)
    async with gateway.http.post(
        f"{gateway.url}/api/chat/sessions", json={"resume": link.split("resume=")[1]}
    ) as response:
        opened = await response.json()
    assert (response.status, opened["conversation_id"]) == (201, customer.conversation_id)
    assert [m["id"] for m in customer.messages] == [m["id"] for m in opened["messages"]][: len(customer.messages)]
    async with gateway.http.post(f"{gateway.url}/api/chat/sessions", json={"resume": "forged"}) as response:
        assert response.status == 401
