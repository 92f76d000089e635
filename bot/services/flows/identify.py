"""Being known as a customer of the shop: a link to the address on file shows whose account it is."""

from __future__ import annotations

import datetime as dt
import secrets

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.contacts import masked_email
from bot.services.dialogue import Dialogue, flow
from bot.services.flows.proof import HUMAN
from bot.services.one_time_links import IDENTIFY, new_link
from bot.services.transcript import say
from bot.storage.shop import Customer
from bot.storage.tables import ChannelLink, Conversation, Delivery, OneTimeLink

MOST = 3
"""Links an hour, for a conversation and for an account: nobody's mailbox is filled through us."""
HOUR = dt.timedelta(hours=1)


@flow("identify")
async def identify(d: Dialogue) -> None:
    """The same words whether or not there is such an account."""
    if d.customer_id is not None:
        return d.say("utter_identify_known")
    if not d.rules.mails:
        return d.say("utter_identify_not_here", buttons=[HUMAN])
    email = d.fact("email")
    if email is None:
        await d.ask("email", "utter_identify_ask_email", kind="fact", facts=("email",), buttons=[HUMAN])
    email = str(email)
    number = f"{secrets.randbelow(90) + 10}"
    if await _too_many(d, OneTimeLink.conversation_id == d.turn.conversation.id):
        return d.say("utter_identify_too_many", buttons=[HUMAN])
    accounts = list(await d.session.scalars(select(Customer).where(Customer.email == email).limit(2)))
    known = accounts[0].id if len(accounts) == 1 else None
    # Kept for an unknown address too: the tries of a conversation are counted whatever they find.
    row = new_link(d.session, IDENTIFY, d.turn.conversation.id, d.now, customer_id=known, number=number)
    if known is not None and not await _too_many(d, OneTimeLink.customer_id == known):
        note = d.text("utter_identify_note", email=masked_email(email))
        conversation, now = d.turn.conversation, d.now
        d.turn.at_commit.append(lambda session: _mail(session, conversation, email, note, row.id, now))
    d.turn.looked_up("account", "link sent")
    d.say("utter_identify_sent", email=masked_email(email), number=number)


async def _too_many(d: Dialogue, whose: ColumnElement[bool]) -> bool:
    recent = select(func.count()).where(whose, OneTimeLink.purpose == IDENTIFY, OneTimeLink.created_at > d.now - HOUR)
    return int(await d.session.scalar(recent) or 0) >= MOST


async def _mail(
    session: AsyncSession, conversation: Conversation, email: str, text: str, row_id: str, now: dt.datetime
) -> None:
    """Staff see in the transcript that a link went out, never the link: it is made when the mail is sent."""
    way = select(ChannelLink).where(ChannelLink.conversation_id == conversation.id, ChannelLink.channel == "email")
    link = await session.scalar(way.where(ChannelLink.address == email))
    if link is None:
        link = ChannelLink(
            conversation_id=conversation.id, channel="email", address=email, active=False, created_at=now
        )
        session.add(link)
    note = await say(session, conversation, now, sender="system", text=text, kind="note")
    note.press = {"one_time_link": row_id}
    session.add(Delivery(message_id=note.id, link_id=link.id, next_attempt_at=now))
