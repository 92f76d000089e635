"""What one arrival from an outside channel changes, all of it in the transaction that settles the event."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.responses import Responses
from bot.services import links
from bot.services.arrivals import Arrival, Channel, Kind, Result
from bot.services.continuing import Continuing
from bot.services.heard import Heard, cleaned
from bot.services.ledger import load_ledger
from bot.services.ports import Clock
from bot.services.transcript import announce, say
from bot.storage.tables import Attachment, ChannelLink, Conversation, Delivery, Message

OWN = ("bot", "resolved")
"""States in which a chat may leave its conversation for another one: in the others a human answers there."""


class Receiving:
    def __init__(self, clock: Clock, responses: Responses, languages: list[str], continuing: Continuing) -> None:
        self._clock = clock
        self._responses = responses
        self._languages = languages
        self._continuing = continuing

    async def take(
        self,
        session: AsyncSession,
        channel: Channel,
        arrival: Arrival,
        files: Sequence[Attachment] = (),
        refused: str | None = None,
    ) -> Result:
        """Store what arrived. `files` are on disk; `refused` says why another one could not be had."""
        if arrival.kind is Kind.REFUSED:
            return Result(language=self._language(arrival))
        if arrival.kind is Kind.CONFIRMED:
            await _confirmed(session, arrival, self._clock.now())
            return Result()
        link = await self._link(session, channel.name, arrival.address)
        if arrival.kind in (Kind.GONE, Kind.BACK, Kind.EDIT):
            return await self._about(session, link, arrival)
        by_code = arrival.kind is Kind.START and self._continuing.ours(arrival.value)
        followed = await self._follow(session, channel.name, arrival, link) if by_code else None
        link, opened = followed or link, link is None and followed is None
        if link is None:
            link = await self._open(session, channel.name, arrival)
        conversation = await session.get_one(Conversation, link.conversation_id, with_for_update=True)
        heard = Heard(
            session, self._responses, self._languages, channel, arrival, link, conversation, self._clock.now()
        )
        if arrival.kind is Kind.HUMAN:
            await heard.answered_elsewhere()
        elif followed is not None:
            await heard.went_on_here()
        elif by_code:
            await heard.link_is_over()
        else:
            await heard.store(files, refused, opened)
        return heard.result

    async def _link(self, session: AsyncSession, channel: str, address: str) -> ChannelLink | None:
        """The link this chat goes on with: of several, the one that was used last."""
        mine = select(ChannelLink).where(ChannelLink.channel == channel, ChannelLink.address == address)
        used = func.coalesce(ChannelLink.last_seen_at, ChannelLink.created_at)
        return await session.scalar(mine.order_by(used.desc(), ChannelLink.id.desc()).limit(1))

    async def _follow(
        self, session: AsyncSession, channel: str, arrival: Arrival, link: ChannelLink | None
    ) -> ChannelLink | None:
        """The link to the conversation that the code of one of our links carries on; None for a code that is over."""
        conversation_id = await self._continuing.redeem(session, arrival.value, self._clock.now())
        if conversation_id is None:
            return None
        if link is not None and link.conversation_id == conversation_id:
            return link
        if link is not None and (await session.get_one(Conversation, link.conversation_id)).state in OWN:
            link.active = False
        there = (ChannelLink.channel == channel) & (ChannelLink.address == arrival.address)
        known = await session.scalar(select(ChannelLink).where(there, ChannelLink.conversation_id == conversation_id))
        if known is None:
            return await self._add_link(session, conversation_id, channel, arrival)
        known.active = True
        return known

    async def _add_link(
        self, session: AsyncSession, conversation_id: str, channel: str, arrival: Arrival
    ) -> ChannelLink:
        link = ChannelLink(
            conversation_id=conversation_id,
            channel=channel,
            address=arrival.address,
            active=True,
            created_at=self._clock.now(),
        )
        session.add(link)
        await session.flush()
        return link

    async def _open(self, session: AsyncSession, channel: str, arrival: Arrival) -> ChannelLink:
        """A new conversation; a customer who comes is greeted and told that this is a bot."""
        now = self._clock.now()
        conversation = Conversation(
            id=secrets.token_hex(12),
            language=self._language(arrival),
            state="bot",
            version=1,
            created_at=now,
            updated_at=now,
        )
        session.add(conversation)
        await session.flush()
        link = await self._add_link(session, conversation.id, channel, arrival)
        if arrival.name:
            ledger = await load_ledger(session, conversation, now)
            ledger.note("name", arrival.name[:100], {"kind": "profile", "channel": channel})
        if arrival.kind is not Kind.HUMAN:
            greeting = self._responses.render("utter_greeting_session", conversation.language)
            await say(session, conversation, now, sender="bot", text=greeting.text, buttons=greeting.buttons)
        return link

    def _language(self, arrival: Arrival) -> str:
        spoken = (arrival.language or "")[:2].lower()
        return spoken if spoken in self._languages else self._languages[0]

    async def _about(self, session: AsyncSession, link: ChannelLink | None, arrival: Arrival) -> Result:
        """Not something said: the customer left, came back, or changed an earlier message."""
        now = self._clock.now()
        if link is None:
            return Result()
        if arrival.kind is Kind.GONE:
            await links.lose(session, link, "blocked", now)
        elif arrival.kind is Kind.BACK:
            links.regain(session, link, now)
        else:
            await _edit(session, link, arrival, now)
        return Result(conversation_id=link.conversation_id)


async def _edit(session: AsyncSession, link: ChannelLink, arrival: Arrival, now: dt.datetime) -> None:
    """The message says something else now; what it said before stays on record, and nobody answers it twice."""
    message = await session.scalar(
        select(Message).where(Message.link_id == link.id, Message.external_id == arrival.message_id)
    )
    text = "\n".join(cleaned(arrival.text))
    if message is None or not text or text == message.text:
        return
    message.edits = [*message.edits, {"text": message.text, "at": now.isoformat()}]
    message.text = text
    announce(session, message.conversation_id, "edited", "customer", now, message_id=message.id)


async def _confirmed(session: AsyncSession, arrival: Arrival, now: dt.datetime) -> None:
    """The channel has it: after a crash between sending and noting it, it is not sent again."""
    key, _, counted = arrival.value.rpartition(".")
    part, _, parts = counted.partition("/")
    number = key.removeprefix("delivery-")
    if not (number.isdecimal() and part.isdecimal() and parts.isdecimal()):
        return
    delivery = await session.get(Delivery, int(number), with_for_update=True)
    if delivery is not None and delivery.status == "pending" and delivery.part < int(part):
        delivery.part = int(part)
        delivery.receipts = [*delivery.receipts, arrival.message_id]
        if int(part) >= int(parts):
            delivery.status, delivery.sent_at, delivery.error = "sent", now, None
