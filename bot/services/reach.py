"""Reaching a customer who has left: what is said to them also goes by e-mail, with a signed link back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import jwt
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.errors import InvalidIdentity
from bot.services.addresses import answer_address
from bot.services.ledger import load_ledger
from bot.services.ownership import Change
from bot.services.transcript import say
from bot.storage.tables import ChannelLink, Conversation, Delivery, Message

GONE = dt.timedelta(seconds=90)
"""A page that has not asked for news this long is closed or asleep."""
LINK_LASTS = dt.timedelta(days=7)
PURPOSE = "resume"


REPLY_WINDOWS = {"messenger": (dt.timedelta(hours=24), dt.timedelta(days=7))}
"""How long after the customer's last message a channel takes answers: freely, and from a human only."""


async def tell(
    change: Change, text: str, buttons: Sequence[tuple[str, str]], cards: Sequence[dict[str, Any]] = ()
) -> bool:
    """Tell a customer something nobody asked for just now, on every channel that takes it, by e-mail when they are away.

    False, and nothing is said, when no channel takes it from the bot any more and no address is known."""
    links = await _links(change.session, change.conversation)
    shut = [link.id for link in links if _is_shut(link, change.now)]
    ledger = await load_ledger(change.session, change.conversation, change.now)
    if shut and len(shut) == len(links) and await answer_address(change.session, change.conversation, ledger) is None:
        return False
    said = await say(
        change.session, change.conversation, change.now, sender="system", text=text, buttons=buttons, cards=cards
    )
    await change.session.flush()
    await change.session.execute(delete(Delivery).where(Delivery.message_id == said.id, Delivery.link_id.in_(shut)))
    await send_to_absent(change.session, change.conversation, said, change.now)
    return True


def _is_shut(link: ChannelLink, now: dt.datetime) -> bool:
    """True if the channel takes no more messages from a bot, until the customer writes again."""
    window = REPLY_WINDOWS.get(link.channel)
    return window is not None and (link.last_seen_at is None or now - link.last_seen_at > window[0])


async def _links(session: AsyncSession, conversation: Conversation) -> list[ChannelLink]:
    active = (ChannelLink.conversation_id == conversation.id) & ChannelLink.active
    return list(await session.scalars(select(ChannelLink).where(active)))


async def send_to_absent(session: AsyncSession, conversation: Conversation, message: Message, now: dt.datetime) -> bool:
    """Queue a message for e-mail when the customer is away and an address is known; True if queued.

    Runs in the transaction that stores the message. A human may write where a bot no longer may.
    """
    links = await _links(session, conversation)
    if message.sender != "agent":
        links = [link for link in links if not _is_shut(link, now)]
    if any(link.channel not in ("web", "email") for link in links) or _present(links, now):
        return False
    address = await answer_address(session, conversation, await load_ledger(session, conversation, now))
    if address is None:
        return False
    email = address.email
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
