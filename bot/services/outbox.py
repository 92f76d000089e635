"""The outbox: deliveries to channels that must be sent to, in order for each link, with the remedy each error asks for."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Mapping
from pathlib import Path

import structlog
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.services import links
from bot.services.ports import (
    Bell,
    ChannelSender,
    Clock,
    GiveUp,
    LinkDead,
    Outgoing,
    OutgoingFile,
    RetryLater,
    Sent,
)
from bot.services.telemetry import DELIVERIES
from bot.services.transcript import announce, topics
from bot.storage.database import Database
from bot.storage.tables import Attachment, Button, ChannelLink, Conversation, Delivery, Message

log = structlog.get_logger(__name__)

BACKOFF = (2, 10, 60, 300, 1800)
"""Seconds before the next try; after the last one the delivery is dead and the desk shows it."""
PATIENCE = dt.timedelta(hours=24)
"""A channel that says how long to wait is waited for, this long at most: that is no failure."""
IDLE_SECONDS = 5.0
DRAIN_SECONDS = 5.0


class Outbox:
    """Sends what is due. A link's deliveries go one after the other; a slow or blocked link delays no other."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        bell: Bell,
        senders: Mapping[str, ChannelSender],
        attachments: Path = Path("attachments"),
    ) -> None:
        self._attachments = attachments
        self._database = database
        self._clock = clock
        self._bell = bell
        self._senders = senders
        self._task: asyncio.Task[None] | None = None
        self._links: dict[int, asyncio.Task[None]] = {}
        self._again: set[int] = set()

    async def start(self) -> None:
        self._task = asyncio.create_task(self._loop())

    async def stop(self, seconds: float = DRAIN_SECONDS) -> None:
        """Send what is due for that long; the rest, and what was under way, is sent at the next start, same key."""
        if self._task is None:
            return
        self._task.cancel()
        await asyncio.wait([self._task])
        await self._start_due()
        tasks = list(self._links.values())
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=seconds)
            for task in late:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _loop(self) -> None:
        async with self._bell.listen("desk") as bell:
            while True:
                seconds = IDLE_SECONDS
                try:
                    await self._start_due()
                    seconds = min(seconds, await self._until_next())
                except Exception:
                    log.exception("outbox_failed")
                await bell.wait(seconds)

    async def send_due(self) -> None:
        """Send everything that is due now and wait until it is done or failed."""
        await self._start_due()
        await asyncio.gather(*self._links.values())

    async def _start_due(self) -> None:
        """A task of its own for each link with something due and none under way."""
        async with self._database.read() as session:
            due = await self._due_links(session)
        for link_id in due:
            if link_id in self._links:
                self._again.add(link_id)
            else:
                self._links[link_id] = asyncio.create_task(self._send_link(link_id))

    async def _until_next(self) -> float:
        """Seconds until the next try that has been put off; what is overdue has its link busy with it."""
        now = self._clock.now()
        later = select(func.min(Delivery.next_attempt_at)).where(
            Delivery.status == "pending", Delivery.next_attempt_at > now
        )
        async with self._database.read() as session:
            at = await session.scalar(later)
        return max((at - now).total_seconds(), 0.05) if at is not None else IDLE_SECONDS

    async def _send_link(self, link_id: int) -> None:
        try:
            self._again.discard(link_id)
            while (delivery_id := await self._head(link_id)) is not None:
                await self._send(delivery_id)
        except Exception:
            log.exception("outbox_link_failed", link=link_id)
        finally:
            del self._links[link_id]
        if link_id in self._again:  # something came while it was busy, perhaps after its last look
            self._again.discard(link_id)
            self._links[link_id] = asyncio.create_task(self._send_link(link_id))

    async def _due_links(self, session: AsyncSession) -> list[int]:
        pending = Delivery.status == "pending"
        due = select(Delivery.link_id).where(pending, Delivery.next_attempt_at <= self._clock.now()).distinct()
        return list(await session.scalars(due))

    async def _head(self, link_id: int) -> int | None:
        """The link's first pending delivery, if its time has come: what comes after it waits for it."""
        async with self._database.read() as session:
            first = await session.scalar(
                select(Delivery)
                .where(Delivery.link_id == link_id, Delivery.status == "pending")
                .order_by(Delivery.id)
                .limit(1)
            )
        return first.id if first is not None and first.next_attempt_at <= self._clock.now() else None

    async def _send(self, delivery_id: int) -> None:
        async with self._database.read() as session:
            delivery = await session.get_one(Delivery, delivery_id)
            link = await session.get_one(ChannelLink, delivery.link_id)
            outgoing = await self._outgoing(session, delivery, link)
        error: Exception | None = None
        sent: Sent | None = None
        sender = self._senders.get(link.channel)
        try:
            if sender is None:
                raise GiveUp(f"channel {link.channel} is not configured")
            sent = await sender.send(outgoing)
        except (GiveUp, RetryLater) as problem:
            error = problem
        except Exception as problem:
            log.exception("send_failed", channel=link.channel)
            error = RetryLater(type(problem).__name__)
        DELIVERIES.labels(link.channel, type(error).__name__ if error else "sent").inc()
        await self._record(outgoing, delivery_id, error or sent or Sent())

    async def _outgoing(self, session: AsyncSession, delivery: Delivery, link: ChannelLink) -> Outgoing:
        message = await session.get_one(Message, delivery.message_id)
        conversation = await session.get_one(Conversation, message.conversation_id)
        files = await session.scalars(select(Attachment).where(Attachment.message_id == message.id))
        buttons = await session.scalars(select(Button).where(Button.message_id == message.id).order_by(Button.position))
        return Outgoing(
            key=f"delivery-{delivery.id}",
            conversation_id=conversation.id,
            address=link.address,
            text=message.text,
            language=conversation.language,
            author=message.author,
            buttons=[{"id": b.id, "title": b.title} for b in buttons],
            cards=message.cards,
            files=[OutgoingFile(file.name, file.type, self._attachments / file.id) for file in files],
            sender=message.sender,
            part=delivery.part,
            last_customer_at=link.last_seen_at,
        )

    async def _record(self, outgoing: Outgoing, delivery_id: int, result: Sent | Exception) -> None:
        now = self._clock.now()
        async with self._database.write() as session:
            delivery = await session.get_one(Delivery, delivery_id)
            delivery.attempts += 1
            if isinstance(result, Sent):
                _sent(delivery, outgoing, result, now)
                return
            delivery.error = str(result)[:500]
            message = await session.get_one(Message, delivery.message_id)
            if (
                isinstance(result, RetryLater)
                and (wait := _wait(result, delivery, now - message.created_at)) is not None
            ):
                delivery.next_attempt_at = now + dt.timedelta(seconds=wait)
                return
            delivery.status = "dead"
            announce(session, message.conversation_id, "delivery_dead", "system", now, message_id=message.id)
            if isinstance(result, LinkDead):
                await session.flush()
                await links.lose(session, await session.get_one(ChannelLink, delivery.link_id), result.problem, now)
        self._bell.ring(*topics(outgoing.conversation_id))


def _sent(delivery: Delivery, outgoing: Outgoing, sent: Sent, now: dt.datetime) -> None:
    """One part, or the last of them, is with the channel. It may have told us so itself already."""
    delivery.part = max(delivery.part, outgoing.part + 1)
    delivery.receipts = list(dict.fromkeys([*delivery.receipts, *sent.receipts]))
    delivery.error = None
    if sent.more:
        delivery.attempts, delivery.next_attempt_at = 0, now
    else:
        delivery.status, delivery.sent_at = "sent", now


def _wait(error: RetryLater, delivery: Delivery, age: dt.timedelta) -> float | None:
    """Seconds until the next try; None when it is time to give up."""
    if error.after is not None:
        return error.after if age < PATIENCE else None
    return BACKOFF[delivery.attempts - 1] if delivery.attempts <= len(BACKOFF) else None
