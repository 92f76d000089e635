"""From an outside channel to the transcript: events are stored once and acknowledged, then taken in order for each chat."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable, Iterable
from typing import Any

import structlog
from sqlalchemy import delete, exists, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.accounts import account_in
from bot.domain.errors import TooLarge, UnsupportedFile
from bot.domain.privacy import event_without_secrets
from bot.services.arrivals import Arrival, Channel, FileRefused, Kind, Result
from bot.services.attachments import Attachments
from bot.services.claims import Claims, LocalClaims
from bot.services.ports import Bell, Clock, RetryLater
from bot.services.receiving import Receiving
from bot.services.transcript import topics
from bot.services.workers import Workers
from bot.storage.database import Database
from bot.storage.tables import Attachment, ChannelEvent, Conversation, Message

log = structlog.get_logger(__name__)

LARGEST_FILE = 20 * 2**20
"""What Telegram lets bots download."""
FETCH_AGAIN = (1.0, 5.0, 20.0)
TRIES = 3
"""Times a broken event is tried before it is set aside, with its error, so that the chat goes on."""
KEPT = dt.timedelta(days=7)
"""Channels repeat an event for up to 36 hours, and begin to use numbers again after a week."""
PRUNED_EVERY = dt.timedelta(hours=1)
TYPING_EVERY, TYPING_TIMES = 4.0, 8
ACCOUNT = "refund_account"
"""Where a stored event holds the account number that its masked text no longer shows."""


class Intake:
    """Stores what channels send and works it off, one chat's events one after the other, many chats at once."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        bell: Bell,
        channels: Iterable[Channel],
        receiving: Receiving,
        attachments: Attachments,
        wake: Callable[[str], None],
        claims: Claims | None = None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._bell = bell
        self.channels = {channel.name: channel for channel in channels}
        self._receiving = receiving
        self._attachments = attachments
        self._wake = wake
        self._claims = claims or LocalClaims()
        self._workers = Workers(
            database, self._work_off, at_once=50, strays=self._strays, claims=self._claims, kind="chat"
        )
        self._failures: dict[int, int] = {}
        self._pruned_at: dt.datetime | None = None
        self._after: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        if self.channels:
            await self._workers.start()
        for channel in self.channels.values():
            await channel.start(self.accept)

    async def stop(self) -> None:
        """Receive nothing more, and finish what is being taken in."""
        for channel in self.channels.values():
            await channel.stop()
        await self._workers.stop()
        for task in self._after:
            task.cancel()

    async def close(self) -> None:
        """After the last delivery."""
        for channel in self.channels.values():
            await channel.close()

    async def accept(self, name: str, events: list[dict[str, Any]]) -> int:
        """Store events, each once; returns how many were new. What means nothing to us is dropped."""
        channel = self.channels[name]
        arrivals = [(event, arrival) for event in events if (arrival := _translated(channel, event)) is not None]
        rows = {arrival.external_id: self._row(name, event, arrival) for event, arrival in reversed(arrivals)}
        addresses: list[str] = []
        if rows:
            async with self._database.write() as session:
                # The same event may arrive at two gateways at once: whoever comes second stores nothing.
                dialect: Any = sqlite if self._database.is_sqlite else postgresql
                once = dialect.insert(ChannelEvent).values(list(reversed(rows.values())))
                stored = once.on_conflict_do_nothing().returning(ChannelEvent.address)
                addresses = list(await session.scalars(stored))
            await self._prune()
        for address in dict.fromkeys(addresses):
            self._workers.wake(_key(name, address))
        return len(addresses)

    def _row(self, name: str, event: dict[str, Any], arrival: Arrival) -> dict[str, Any]:
        return {
            "channel": name,
            "external_id": arrival.external_id,
            "address": arrival.address,
            "place": arrival.place,
            "payload": event_without_secrets(event) | _account(arrival),
            "received_at": self._clock.now(),
        }

    # Working off

    async def _work_off(self, key: str) -> None:
        name, _, address = key.partition(":")
        while (row := await self._head(name, address)) is not None and self._claims.holds(f"chat:{key}"):
            try:
                await self._take(self.channels[name], row)
            except Exception as error:
                self._failures[row.id] = self._failures.get(row.id, 0) + 1
                if self._failures[row.id] < TRIES:
                    raise
                log.exception("event_set_aside", channel=name, number=row.id)
                await self._set_aside(row.id, error)
            self._failures.pop(row.id, None)

    async def _head(self, name: str, address: str) -> ChannelEvent | None:
        async with self._database.read() as session:
            return await session.scalar(
                select(ChannelEvent)
                .where(
                    ChannelEvent.processed_at.is_(None), ChannelEvent.channel == name, ChannelEvent.address == address
                )
                .order_by(ChannelEvent.place, ChannelEvent.id)
                .limit(1)
            )

    async def _take(self, channel: Channel, row: ChannelEvent) -> None:
        arrival = _translated(channel, row.payload)
        if arrival is None:  # another release understood it
            return await self._set_aside(row.id, None)
        files, refused = await self._fetch(channel, arrival)
        async with self._database.write() as session:
            mine = await session.get_one(ChannelEvent, row.id, with_for_update=True)
            if mine.processed_at is not None:
                return
            account = mine.payload.get(ACCOUNT)
            _settle(mine, self._clock.now())
            result = await self._receiving.take(session, channel, arrival, files, refused)
            if account and result.conversation_id:
                (await session.get_one(Conversation, result.conversation_id)).refund_account = account
        if result.conversation_id:
            self._bell.ring(*topics(result.conversation_id))
            if result.wake:
                self._wake(result.conversation_id)
        self._afterwards(channel, arrival, result)

    async def _fetch(self, channel: Channel, arrival: Arrival) -> tuple[list[Attachment], str | None]:
        """The files on disk, not in the database yet; and why one of them could not be had."""
        files: list[Attachment] = []
        refused = None
        for file in arrival.files:
            try:
                content = await self._download(channel, file)
                files.append(await self._attachments.keep(file.name, content, LARGEST_FILE))
            except FileRefused as error:
                refused = error.reason
            except TooLarge:
                refused = "size"
            except UnsupportedFile:
                refused = "type"
        return files, refused

    async def _download(self, channel: Channel, file: Any) -> bytes:
        for pause in (*FETCH_AGAIN, None):
            try:
                return await channel.fetch(file, LARGEST_FILE)
            except RetryLater as error:
                if pause is None:
                    break
                await asyncio.sleep(pause if error.after is None else error.after)
        raise FileRefused("failed")

    async def _set_aside(self, event_id: int, error: Exception | None) -> None:
        async with self._database.write() as session:
            row = await session.get_one(ChannelEvent, event_id)
            _settle(row, self._clock.now())
            row.error = type(error).__name__ if error else None

    async def _strays(self, session: AsyncSession, key: str | None) -> list[str]:
        waiting = select(ChannelEvent.channel, ChannelEvent.address).where(
            ChannelEvent.processed_at.is_(None), ChannelEvent.channel.in_(list(self.channels))
        )
        if key is not None:
            name, _, address = key.partition(":")
            waiting = waiting.where(ChannelEvent.channel == name, ChannelEvent.address == address)
        rows = await session.execute(waiting.distinct().limit(500))
        return [_key(row[0], row[1]) for row in rows]

    async def _prune(self) -> None:
        """Now and then, forget the ids of events that no channel will send again."""
        now = self._clock.now()
        if self._pruned_at is not None and now - self._pruned_at < PRUNED_EVERY:
            return
        self._pruned_at = now
        async with self._database.write() as session:
            await session.execute(delete(ChannelEvent).where(ChannelEvent.processed_at < now - KEPT))

    # Afterwards

    def _afterwards(self, channel: Channel, arrival: Arrival, result: Result) -> None:
        """What the customer is shown in passing. It holds up nothing, and nothing is lost when it fails."""
        task = asyncio.create_task(self._show(channel, arrival, result))
        self._after.add(task)
        task.add_done_callback(self._after.discard)

    async def _show(self, channel: Channel, arrival: Arrival, result: Result) -> None:
        try:
            await channel.settled(arrival, result)
            if result.awaited and result.conversation_id and arrival.kind is not Kind.EDIT:
                await self._typing(channel, arrival.address, result.conversation_id)
        except Exception:
            log.exception("showing_failed", channel=channel.name)

    async def _typing(self, channel: Channel, address: str, conversation_id: str) -> None:
        """As long as the assistant is at work on it."""
        async with self._bell.listen(f"conversation:{conversation_id}") as bell:
            for _ in range(TYPING_TIMES):
                if not await self._at_work(conversation_id):
                    return
                await channel.typing(address)
                while await bell.wait(TYPING_EVERY):
                    if not await self._at_work(conversation_id):
                        return

    async def _at_work(self, conversation_id: str) -> bool:
        async with self._database.read() as session:
            unread = exists().where(Message.conversation_id == conversation_id, Message.processed_at.is_(None))
            bots = Conversation.state.in_(["bot", "resolved"])
            at_work = select(Conversation.id).where(Conversation.id == conversation_id, bots, unread)
            return await session.scalar(at_work) is not None


def _translated(channel: Channel, event: dict[str, Any]) -> Arrival | None:
    """None too for an event that is not made as documented: refusing it would only bring it back for a day."""
    try:
        return channel.translate(event)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        log.warning("event_not_understood", channel=channel.name, error=type(error).__name__)
        return None


def _key(name: str, address: str) -> str:
    return f"{name}:{address}"


def _account(arrival: Arrival) -> dict[str, str]:
    """The account number a customer names, kept beside the masked event until it comes to a conversation."""
    account = account_in(arrival.text) if arrival.kind is not Kind.HUMAN else None
    return {ACCOUNT: account} if account else {}


def _settle(row: ChannelEvent, now: dt.datetime) -> None:
    """Only its id is kept, to know it again; what was said is in the transcript now."""
    row.processed_at, row.payload, row.address = now, {}, ""
