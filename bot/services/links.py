"""Whether a customer can be reached: a link that died is marked, what was still to be sent on it is given up visibly."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.services.transcript import announce
from bot.storage.tables import ChannelLink, Delivery, Message


async def lose(session: AsyncSession, link: ChannelLink, problem: str, now: dt.datetime) -> None:
    """Nothing reaches the customer here any more. Runs in the caller's transaction."""
    waiting = select(Delivery, Message).join(Message, Message.id == Delivery.message_id)
    waiting = waiting.where(Delivery.link_id == link.id, Delivery.status == "pending")
    for delivery, message in (await session.execute(waiting)).all():
        delivery.status, delivery.error = "dead", problem
        announce(session, message.conversation_id, "delivery_dead", "system", now, message_id=message.id)
    if link.active:
        link.active, link.problem = False, problem
        announce(session, link.conversation_id, "link", "system", now, channel=link.channel, problem=problem)


def regain(session: AsyncSession, link: ChannelLink, now: dt.datetime) -> None:
    """The customer is there again."""
    if link.problem is not None:
        link.active, link.problem = True, None
        announce(session, link.conversation_id, "link", "customer", now, channel=link.channel, problem=None)
