"""Going on in another channel: a link that leads the customer, and the open conversation with them, to Telegram or
Messenger. Nothing is copied: the conversation gets one more way to reach its customer."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.errors import InvalidValue, NotPossibleNow, TooManyRequests
from bot.services.arrivals import Channel
from bot.services.one_time_links import CONTINUE, LASTS, OneTimeLinks, new_link
from bot.services.ports import Clock
from bot.storage.database import Database
from bot.storage.tables import OneTimeLink

MOST = 10
"""Links that one conversation may have open at a time."""


@dataclass(frozen=True)
class Offer:
    channel: str
    url: str
    expires_at: dt.datetime


class Continuing:
    def __init__(self, database: Database, clock: Clock, links: OneTimeLinks, channels: Sequence[Channel]) -> None:
        self._database = database
        self._clock = clock
        self._links = links
        self._channels = {channel.name: channel for channel in channels}

    def channels(self) -> list[str]:
        """The channels that a conversation can be taken to now: set up, and their address known."""
        return [name for name, channel in self._channels.items() if channel.link("0") is not None]

    async def offer(self, conversation_id: str, channel: str) -> Offer:
        """A new link for the customer. Raises InvalidValue, NotPossibleNow, TooManyRequests."""
        async with self._database.write() as session:
            return await self.offer_in(session, conversation_id, channel, self._clock.now())

    async def offer_in(self, session: AsyncSession, conversation_id: str, channel: str, now: dt.datetime) -> Offer:
        """As `offer`, within the caller's transaction."""
        if channel not in self._channels:
            raise InvalidValue(details={"field": "channel", "allowed": list(self._channels)})
        if self._channels[channel].link("0") is None:  # its name is not known yet
            raise NotPossibleNow()
        mine = (OneTimeLink.conversation_id == conversation_id) & (OneTimeLink.purpose == CONTINUE)
        recent = select(OneTimeLink.created_at).where(mine, OneTimeLink.created_at > now - LASTS[CONTINUE])
        oldest = await session.scalar(recent.order_by(OneTimeLink.created_at.desc()).offset(MOST - 1).limit(1))
        if oldest is not None:
            raise TooManyRequests(retry_after=max(1, int((oldest + LASTS[CONTINUE] - now).total_seconds())))
        row = new_link(session, CONTINUE, conversation_id, now)
        url = self._channels[channel].link(self._links.code(row.id))
        assert url is not None
        return Offer(channel, url, row.expires_at)

    async def redeem(self, session: AsyncSession, code: str, now: dt.datetime) -> str | None:
        """The conversation that a code carries on; it is used up. None when it does not work (any more)."""
        row = await self._links.use(session, code, CONTINUE, now)
        return row.conversation_id if row is not None else None

    def ours(self, code: str) -> bool:
        """True for a code we made, even one that is over: its customer is told so."""
        return self._links.number(code) is not None
