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

    async def start(self) -> None:
        self._task = asyncio.create_task(self._loop())

    async def stop(self) -> None:
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _loop(self) -> None:
        async with self._bell.listen("desk") as bell:
            while True:
                try:
                    await self.send_due()
                except Exception:
                    log.exception("outbox_failed")
                await bell.wait(IDLE_SECONDS)

    async def send_due(self) -> int:
        """One round: at most one delivery for each link, until nothing is due. Returns how many were tried."""
        tried = 0
        while True:
            async with self._database.read() as session:
                due = await self._heads(session)
            if not due:
                return tried
            await asyncio.gather(*(self._send(delivery_id) for delivery_id in due))
            tried += len(due)

    async def _heads(self, session: AsyncSession) -> list[int]:
        """The first pending delivery of each link, where its time has come."""
        now = self._clock.now()
        pending = await session.scalars(
            select(Delivery).where(Delivery.status == "pending").order_by(Delivery.id).limit(1000)
        )
        heads: dict[int, Delivery] = {}
        for delivery in pending:
            heads.setdefault(delivery.link_id, delivery)
        return [d.id for d in heads.values() if d.next_attempt_at <= now]

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
        buttons = await session.scalars(
            select(Button).where(Button.message_id == message.id).order_by(Button.position)
        )
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
