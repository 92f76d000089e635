"""The outbox: deliveries to channels that must be sent to, in order for each link, with the remedy each error asks for."""

from __future__ import annotations

import asyncio
import datetime as dt

import structlog
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.services.ports import Bell, ChannelSender, Clock, GiveUp, Outgoing, RetryLater
from bot.services.telemetry import DELIVERIES
from bot.services.transcript import announce
from bot.storage.database import Database
from bot.storage.tables import Button, ChannelLink, Conversation, Delivery, Message

log = structlog.get_logger(__name__)

BACKOFF = (2, 10, 60, 300, 1800)
"""Seconds before the next try; after the last one the delivery is dead and the desk shows it."""
IDLE_SECONDS = 5.0


class Outbox:
    """Sends what is due. A link's deliveries go one after the other; a slow or blocked link delays no other."""

    def __init__(self, database: Database, clock: Clock, bell: Bell, senders: dict[str, ChannelSender]) -> None:
        self._database = database
        self._clock = clock
        self._bell = bell
        self._senders = senders
        self._task: asyncio.Task[None] | None = None
        self._links: dict[int, asyncio.Task[None]] = {}

    async def start(self) -> None:
        self._task = asyncio.create_task(self._loop())

    async def stop(self) -> None:
        """End at once: what was under way is sent again at the next start, with the same key."""
        tasks = [task for task in (self._task, *self._links.values()) if task]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _loop(self) -> None:
        async with self._bell.listen("desk") as bell:
            while True:
                try:
                    await self._start_due()
                except Exception:
                    log.exception("outbox_failed")
                await bell.wait(IDLE_SECONDS)

    async def send_due(self) -> None:
        """Send everything that is due now and wait until it is done or failed."""
        await self._start_due()
        await asyncio.gather(*self._links.values())

    async def _start_due(self) -> None:
        """A task of its own for each link with something due and none under way."""
        async with self._database.read() as session:
            due = await self._due_links(session)
        for link_id in due:
            if link_id not in self._links:
                self._links[link_id] = asyncio.create_task(self._send_link(link_id))

    async def _send_link(self, link_id: int) -> None:
        try:
            while (delivery_id := await self._head(link_id)) is not None:
                await self._send(delivery_id)
        except Exception:
            log.exception("outbox_link_failed", link=link_id)
        finally:
            del self._links[link_id]

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
        sender = self._senders.get(link.channel)
        try:
            if sender is None:
                raise GiveUp(f"channel {link.channel} is not configured")
            await sender.send(outgoing)
        except (GiveUp, RetryLater) as problem:
            error = problem
        except Exception as problem:
            log.exception("send_failed", channel=link.channel)
            error = RetryLater(type(problem).__name__)
        DELIVERIES.labels(link.channel, type(error).__name__ if error else "sent").inc()
        await self._record(delivery_id, error)

    async def _outgoing(self, session: AsyncSession, delivery: Delivery, link: ChannelLink) -> Outgoing:
        message = await session.get_one(Message, delivery.message_id)
        conversation = await session.get_one(Conversation, message.conversation_id)
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
        )

    async def _record(self, delivery_id: int, error: Exception | None) -> None:
        now = self._clock.now()
        async with self._database.write() as session:
            delivery = await session.get_one(Delivery, delivery_id)
            delivery.attempts += 1
            if error is None:
                delivery.status, delivery.sent_at, delivery.error = "sent", now, None
                return
            delivery.error = str(error)[:500]
            if isinstance(error, RetryLater) and delivery.attempts <= len(BACKOFF):
                wait = error.after if error.after is not None else BACKOFF[delivery.attempts - 1]
                delivery.next_attempt_at = now + dt.timedelta(seconds=wait)
                return
            delivery.status = "dead"
            message = await session.get_one(Message, delivery.message_id)
            announce(session, message.conversation_id, "delivery_dead", "system", now, message_id=message.id)
