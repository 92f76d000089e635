"""Links that a customer may use once, for a short time. What the database keeps of them opens nothing without our key."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import re
import secrets

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.storage.tables import OneTimeLink

CONTINUE, IDENTIFY = "continue", "identify"
LASTS = {CONTINUE: dt.timedelta(minutes=15), IDENTIFY: dt.timedelta(hours=1)}
_CODE = re.compile(r"[0-9a-f]{48}")


class OneTimeLinks:
    """Makes and takes codes: 16 hex digits that name the row and 32 that sign them (HMAC-SHA256, 128 bits of it).

    48 of `0-9a-f` fit Telegram's and Messenger's deep links, which take 64 letters, digits, `_` and `-`.
    """

    def __init__(self, key: bytes) -> None:
        self._key = key

    def code(self, number: str) -> str:
        """The code of a row."""
        return number + hmac.new(self._key, number.encode(), hashlib.sha256).hexdigest()[:32]

    def number(self, code: str) -> str | None:
        """The row that a code names, if we signed it; looks at no database."""
        if not _CODE.fullmatch(code):
            return None
        return code[:16] if hmac.compare_digest(self.code(code[:16]), code) else None

    async def use(self, session: AsyncSession, code: str, purpose: str, now: dt.datetime) -> OneTimeLink | None:
        """Use a code up, in the caller's transaction; None for one that is not ours, over, or used."""
        number = self.number(code)
        if number is None:
            return None
        good = (OneTimeLink.id == number) & (OneTimeLink.purpose == purpose) & OneTimeLink.used_at.is_(None)
        # Of two who come at once, one finds it unused.
        taken = update(OneTimeLink).where(good, OneTimeLink.expires_at > now).values(used_at=now)
        used = await session.scalar(taken.returning(OneTimeLink.id))
        return await session.get_one(OneTimeLink, used, populate_existing=True) if used else None


def new_link(
    session: AsyncSession,
    purpose: str,
    conversation_id: str,
    now: dt.datetime,
    *,
    customer_id: str | None = None,
    number: str | None = None,
) -> OneTimeLink:
    """A row for a link of that purpose, within the caller's transaction."""
    row = OneTimeLink(
        id=secrets.token_hex(8),
        purpose=purpose,
        conversation_id=conversation_id,
        customer_id=customer_id,
        number=number,
        wrong=0,
        created_at=now,
        expires_at=now + LASTS[purpose],
    )
    session.add(row)
    return row
