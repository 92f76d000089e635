"""The outbox: deliveries to channels that must be sent to, in order for each link, with the remedy each error asks for."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Mapping
from pathlib import Path

import structlog
from sqlalchemy import case, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.services import links
from bot.services.claims import Claims, LocalClaims
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
from bot.services.telemetry import DELIVERIES, STAGE_SECONDS
from bot.services.transcript import announce, topics
from bot.storage.database import Database
from bot.storage.tables import Attachment, Button, ChannelLink, Conversation, Delivery, Message

log = structlog.get_logger(__name__)

BACKOFF = (2, 10, 60, 300, 1800)
"""Seconds before the next try; after the last one the delivery is dead and the desk shows it."""
PATIENCE = dt.timedelta(hours=24)
"""A channel that says how long to wait is waited for, this long at most: that is no failure."""
IDLE_SECONDS = 5.0
SHARED_IDLE_SECONDS = 2.0
"""Where another gateway may be gone, what it leaves is taken up sooner."""
DRAIN_SECONDS = 5.0
REFUSED_SECONDS = 1.0
"""How long a link that another gateway sends to is left to it."""


class Outbox:
    """Sends what is due. A link's deliveries go one after the other; a slow or blocked link delays no other.

    Of several gateways one at a time sends to a link: the one that has claimed it.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        bell: Bell,
        senders: Mapping[str, ChannelSender],
        attachments: Path = Path("attachments"),
        claims: Claims | None = None,
    ) -> None:
        self._claims = claims or LocalClaims()
        self._refused: dict[int, float] = {}
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
                seconds = SHARED_IDLE_SECONDS if self._claims.shared else IDLE_SECONDS
                try:
                    seconds = min(seconds, await self._start_due())
                except Exception:
                    log.exception("outbox_failed")
                await bell.wait(seconds)

    async def send_due(self) -> None:
        """Send everything that is due now and wait until it is done or failed."""
        await self._start_due()
        await asyncio.gather(*self._links.values())

    async def _start_due(self) -> float:
        """A task of its own for each link with something due and none under way.

        Returns the seconds until the next try that has been put off; what is overdue has its link busy with it.
        """
        now = self._clock.now()
        later = case((Delivery.next_attempt_at > now, Delivery.next_attempt_at))
        pending = select(Delivery.link_id, func.min(Delivery.next_attempt_at), func.min(later))
        async with self._database.read() as session:
            found = await session.execute(pending.where(Delivery.status == "pending").group_by(Delivery.link_id))
            links = [(link_id, first, next_one) for link_id, first, next_one in found]
        moment = asyncio.get_running_loop().time()
        self._refused = {link_id: until for link_id, until in self._refused.items() if until > moment}
        for link_id in (link_id for link_id, first, _ in links if first <= now):
            if link_id in self._refused:
                continue  # its holder looks again itself; if that is gone, so is this in a moment
            if link_id in self._links:
                self._again.add(link_id)
            else:
                self._links[link_id] = asyncio.create_task(self._send_link(link_id))
        waits = [(next_one - now).total_seconds() for _, _, next_one in links if next_one is not None]
        return max(min(waits), 0.05) if waits else IDLE_SECONDS

    async def _send_link(self, link_id: int) -> None:
        try:
            self._again.discard(link_id)
            await self._send_claimed(link_id)
        except Exception:
            log.exception("outbox_link_failed", link=link_id)
        finally:
            del self._links[link_id]
        if link_id in self._again:  # something came while it was busy, perhaps after its last look
            self._again.discard(link_id)
            self._links[link_id] = asyncio.create_task(self._send_link(link_id))

    async def _send_claimed(self, link_id: int) -> None:
        key = f"link:{link_id}"
        async with self._claims.hold(key) as mine:
            while mine and (delivery_id := await self._head(link_id)) is not None and self._claims.holds(key):
                await self._send(delivery_id)
        if not mine:
            self._refused[link_id] = asyncio.get_running_loop().time() + REFUSED_SECONDS
        elif self._claims.shared and await self._head(link_id) is not None:
            self._again.add(link_id)  # committed by another gateway that was refused before we let go

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
            whole = (
                select(Delivery, ChannelLink, Message, Conversation)
                .join(ChannelLink, ChannelLink.id == Delivery.link_id)
                .join(Message, Message.id == Delivery.message_id)
                .join(Conversation, Conversation.id == Message.conversation_id)
                .where(Delivery.id == delivery_id)
            )
            delivery, link, message, conversation = (await session.execute(whole)).one()
            outgoing = await self._outgoing(session, delivery, link, message, conversation)
        error: Exception | None = None
        sent: Sent | None = None
        sender = self._senders.get(link.channel)
        try:
            if sender is None:
                raise GiveUp(f"channel {link.channel} is not configured")
            with STAGE_SECONDS.labels("send").time():
                sent = await sender.send(outgoing)
        except (GiveUp, RetryLater) as problem:
            error = problem
        except Exception as problem:
            log.exception("send_failed", channel=link.channel)
            error = RetryLater(type(problem).__name__)
        DELIVERIES.labels(link.channel, type(error).__name__ if error else "sent").inc()
        await self._record(outgoing, delivery_id, error or sent or Sent())

    async def _outgoing(
        self,
        session: AsyncSession,
        delivery: Delivery,
        link: ChannelLink,
        message: Message,
        conversation: Conversation,
    ) -> Outgoing:
        files = await session.scalars(select(Attachment).where(Attachment.message_id == message.id))
        buttons = await session.scalars(select(Button).where(Button.message_id == message.id).order_by(Button.position))
        quiet = await self._quiet(session, link.id) if self._claims.shared else None
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
            one_time_link=message.press.get("one_time_link"),
            part=delivery.part,
            last_customer_at=link.last_seen_at,
            quiet=quiet,
        )

    async def _quiet(self, session: AsyncSession, link_id: int) -> float | None:
        """What this process did not send itself it cannot know of: the channel's pace holds for all gateways together."""
        mine = select(Delivery.sent_at).where(Delivery.link_id == link_id, Delivery.sent_at.is_not(None))
        last = await session.scalar(mine.order_by(Delivery.id.desc()).limit(1))
        return (self._clock.now() - last).total_seconds() if last is not None else None

    async def _record(self, outgoing: Outgoing, delivery_id: int, result: Sent | Exception) -> None:
        now = self._clock.now()
        async with self._database.write() as session:
            delivery = await session.get_one(Delivery, delivery_id, with_for_update=True)
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
