"""What only time brings to cases: goods kept aside for what was never sent back are free again, accounts are forgotten."""

from __future__ import annotations

import datetime as dt

import structlog
from sqlalchemy import select, update

from bot.services.ports import Clock
from bot.shop.days import local_day
from bot.shop.exchanges import release_expired
from bot.storage.database import Database
from bot.storage.tables import Conversation

log = structlog.get_logger(__name__)

EVERY = dt.timedelta(hours=1)
ACCOUNT_HELD = dt.timedelta(hours=24)
"""How long after the last message an account number waits for the refund it was meant for."""


class CaseClock:
    """Looks at most once in `EVERY`: these things are counted in days."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._looked_at: dt.datetime | None = None

    async def look(self) -> None:
        now = self._clock.now()
        if self._looked_at is not None and now - self._looked_at < EVERY:
            return
        self._looked_at = now
        left = Conversation.refund_account.is_not(None) & (Conversation.updated_at < now - ACCOUNT_HELD)
        async with self._database.write() as session:
            released = await release_expired(session, local_day(now))
            forgotten = list(await session.scalars(select(Conversation.id).where(left)))
            await session.execute(update(Conversation).where(left).values(refund_account=None))
        if released or forgotten:
            log.info("cases_looked_at", exchanges=released, accounts=len(forgotten))
