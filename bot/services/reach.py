"""Reaching a web-chat customer who has left: their answer also goes by e-mail, with a signed link back."""

from __future__ import annotations

import datetime as dt

import jwt
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.errors import InvalidIdentity
from bot.services.ledger import load_ledger
from bot.storage.tables import ChannelLink, Conversation, Delivery, Message

GONE = dt.timedelta(seconds=90)
"""A page that has not asked for news this long is closed or asleep."""
LINK_LASTS = dt.timedelta(days=7)
PURPOSE = "resume"


async def send_to_absent(session: AsyncSession, conversation: Conversation, message: Message, now: dt.datetime) -> bool:
    """Queue an agent's message for e-mail when the customer is away and an address is known; True if queued.

    Runs in the transaction that stores the message.
    """
    links = list(
        await session.scalars(
            select(ChannelLink).where(ChannelLink.conversation_id == conversation.id, ChannelLink.active)
        )
    )
    if any(link.channel not in ("web", "email") for link in links) or _present(links, now):
        return False
    email = (await load_ledger(session, conversation, now)).get("email")
    if email is None:
        return False
    link = next((link for link in links if link.channel == "email" and link.address == email), None)
    if link is None:
        link = ChannelLink(conversation_id=conversation.id, channel="email", address=email, active=True, created_at=now)
        session.add(link)
        await session.flush()
    session.add(Delivery(message_id=message.id, link_id=link.id, next_attempt_at=now))
    return True


def _present(links: list[ChannelLink], now: dt.datetime) -> bool:
    return any(link.channel == "web" and link.last_seen_at and now - link.last_seen_at < GONE for link in links)


class ResumeLinks:
    """Makes and reads the signed links that open a conversation again."""

    def __init__(self, secret: bytes, url: str) -> None:
        self._secret = secret
        self._url = url

    def make(self, conversation_id: str) -> str:
        expires = dt.datetime.now(dt.UTC) + LINK_LASTS
        claims = {"sub": conversation_id, "aud": PURPOSE, "exp": expires}
        return f"{self._url}/?resume={jwt.encode(claims, self._secret, algorithm='HS256')}"

    def read(self, token: str) -> str:
        """The conversation's id. Raises InvalidIdentity for a link that is not ours or is over."""
        try:
            claims = jwt.decode(
                token, self._secret, algorithms=["HS256"], audience=PURPOSE, options={"require": ["sub", "exp"]}
            )
        except (jwt.InvalidTokenError, AttributeError, TypeError) as error:
            raise InvalidIdentity() from error
        return str(claims["sub"])
