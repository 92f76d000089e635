"""One customer behind several contacts: a conversation is linked to an account of the shop by proof, and can be unlinked.

Nothing is moved or copied. What a customer told in one conversation is read in the others by their `customer_id`, so
taking that away again leaves both histories as they were.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.conversation import State
from bot.domain.errors import InvalidLink, InvalidValue, NotPossibleNow
from bot.responses import Responses
from bot.services.desk_checks import actor
from bot.services.ledger import load_ledger
from bot.services.one_time_links import IDENTIFY, OneTimeLinks
from bot.services.ownership import Change, changing
from bot.services.ports import Bell, Clock
from bot.services.transcript import announce, say, topics
from bot.storage.database import Database
from bot.storage.shop import Customer
from bot.storage.tables import ChannelLink, Conversation, Fact, OneTimeLink, User

TRIES = 3
"""Wrong numbers after which a link to an account is worth nothing."""
WITH_A_HUMAN = (State.WAITING, State.ASSIGNED, State.SNOOZED)


class Linking:
    def __init__(self, database: Database, clock: Clock, bell: Bell, responses: Responses, links: OneTimeLinks) -> None:
        self._database = database
        self._clock = clock
        self._bell = bell
        self._responses = responses
        self._links = links

    async def confirm(self, code: str, number: str) -> None:
        """The owner of the account's mailbox says that the chat which showed `number` is theirs.

        Raises InvalidLink when the code is not ours, over or used up; InvalidValue, with the tries that are left, for
        another number: then somebody else may have asked for the link.
        """
        now, row_id = self._clock.now(), self._links.number(code)
        async with self._database.write() as session:
            row = await session.get(OneTimeLink, row_id or "", with_for_update=True)
            if row is None or row.purpose != IDENTIFY or row.used_at is not None or row.expires_at <= now:
                raise InvalidLink()
            right = row.number == number.strip()
            if not right:
                row.wrong += 1
                row.used_at = now if row.wrong >= TRIES else None
            left = TRIES - row.wrong
            conversation_id = row.conversation_id
            if right:
                row.used_at = now
                conversation = await session.get_one(Conversation, conversation_id, with_for_update=True)
                await link(session, conversation, str(row.customer_id), "email_link", now)
                here = await one_case(session, conversation, now)
                text = self._responses.text("utter_identify_done", here.language)
                await say(session, here, now, sender="system", text=text)
                conversation_ids = {conversation_id, here.id}
        if not right:
            raise InvalidValue(details={"field": "number", "left": left})
        for each in conversation_ids:
            self._bell.ring(*topics(each))

    async def unlink(self, user: User, conversation_id: str) -> None:
        """Take back that the conversation is that customer's. Raises NotFound, NotPossibleNow when it is nobody's."""
        async with changing(self._database, self._bell, self._clock, conversation_id) as change:
            if change.conversation.customer_id is None:
                raise NotPossibleNow(details={"state": change.conversation.state})
            await _unlink(change, user)


async def link(session: AsyncSession, conversation: Conversation, customer_id: str, how: str, now: dt.datetime) -> None:
    """From now on the conversation is that customer's: their lasting facts, orders, cases and usual agent go with it."""
    customer = await session.get_one(Customer, customer_id)
    conversation.customer_id = customer_id
    conversation.verified = {"how": how, "at": now.isoformat()}
    ledger = await load_ledger(session, conversation, now)
    for key, value in (("email", customer.email), ("name", customer.name)):
        if value:
            ledger.note(key, value, {"kind": "identity"}, confirmed=True)
    if conversation.reserved_for_id is None:
        theirs = (Conversation.customer_id == customer_id) & Conversation.reserved_for_id.is_not(None)
        usual = select(Conversation.reserved_for_id).where(theirs).order_by(Conversation.updated_at.desc())
        conversation.reserved_for_id = await session.scalar(usual.limit(1))
    announce(session, conversation.id, "linked", "customer", now, customer_id=customer_id, how=how)


async def one_case(session: AsyncSession, conversation: Conversation, now: dt.datetime) -> Conversation:
    """Where the customer goes on: with the human who has another conversation of theirs, else here."""
    if conversation.state in WITH_A_HUMAN:
        return conversation
    theirs = (Conversation.customer_id == conversation.customer_id) & (Conversation.id != conversation.id)
    waiting = select(Conversation).where(theirs, Conversation.state.in_(WITH_A_HUMAN))
    other = await session.scalar(waiting.order_by(Conversation.updated_at.desc()).limit(1).with_for_update())
    if other is None:
        return conversation
    ways = (ChannelLink.conversation_id == conversation.id) & ChannelLink.active
    for way in list(await session.scalars(select(ChannelLink).where(ways))):
        there = (ChannelLink.channel == way.channel) & (ChannelLink.address == way.address)
        known = await session.scalar(select(ChannelLink).where(there, ChannelLink.conversation_id == other.id))
        way.active = False
        if known is None:
            known = ChannelLink(conversation_id=other.id, channel=way.channel, address=way.address, created_at=now)
            session.add(known)
        known.active, known.last_seen_at = True, now
    announce(session, other.id, "link", "customer", now, joined=conversation.id)
    announce(session, conversation.id, "link", "customer", now, went_to=other.id)
    await session.flush()
    return other


async def _unlink(change: Change, user: User) -> None:
    session, conversation, now = change.session, change.conversation, change.now
    announce(session, conversation.id, "unlinked", actor(user), now, customer_id=conversation.customer_id, by=user.name)
    conversation.customer_id, conversation.verified = None, {}
    mine = (Fact.conversation_id == conversation.id) & ~Fact.superseded
    told = [fact for fact in await session.scalars(select(Fact).where(mine)) if fact.source.get("kind") == "identity"]
    await session.execute(update(Fact).where(Fact.id.in_([fact.id for fact in told])).values(superseded=True))
