"""The e-mail at which an answer reaches a customer who has left the chat."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.contacts import masked_email
from bot.services.ledger import Ledger
from bot.storage.shop import Customer, Order
from bot.storage.tables import ChannelLink, Conversation


@dataclass(frozen=True)
class Address:
    email: str
    known_from: str
    """`told` by the customer here, of the proven `order`, or of their `account`."""


async def answer_address(session: AsyncSession, conversation: Conversation, ledger: Ledger) -> Address | None:
    """What the customer told last; else the e-mail of the order they proved, else that of their account.

    What was told before or with the proof counts only where the order has none: it may be the wrong one of two.
    """
    told, proof = ledger.fact("email"), ledger.fact("proven_order")
    if told is not None and (proof is None or told.created_at > proof.created_at):
        return Address(told.value, "told")
    if proof is not None:
        of_order = await session.scalar(select(Order.email).where(Order.number == proof.value))
        if of_order:
            return Address(of_order, "order")
    if told is not None:
        return Address(told.value, "told")
    account = Customer.id == conversation.customer_id
    own = await session.scalar(select(Customer.email).where(account)) if conversation.customer_id else None
    return Address(own, "account") if own else None


async def answered_in_chat(session: AsyncSession, conversation: Conversation) -> bool:
    """True if the conversation is on a channel that reaches a customer who is away: none of it goes by e-mail."""
    here = (ChannelLink.conversation_id == conversation.id) & ChannelLink.active
    other = select(ChannelLink.id).where(here, ChannelLink.channel.not_in(("web", "email")))
    return await session.scalar(other.limit(1)) is not None


async def where_answered(
    session: AsyncSession, conversation: Conversation, ledger: Ledger, *, mails: bool
) -> tuple[str, str] | None:
    """The response that says where an answer comes once the chat is closed, or asks for an e-mail, and the address.

    None where there is nothing to say. `mails` is whether customers can be written to.
    """
    if await answered_in_chat(session, conversation):
        return None
    address = await answer_address(session, conversation, ledger)
    if address is None:
        return "utter_handoff_leave_email", ""
    return (f"utter_handoff_email_{address.known_from}", masked_email(address.email)) if mails else None
