"""The context of a conversation as somebody sees it who does not have it: without the customer's contacts."""

from __future__ import annotations

from typing import Any

from bot.domain.privacy import MASK, without_contacts
from bot.storage.tables import Conversation, User

PLACES = frozenset({"address", "street", "location"})
"""Facts of which nothing is shown: an address has no part that is safe to show."""


def may_see_contacts(user: User, conversation: Conversation) -> bool:
    """True for the agent who has the conversation, and for whoever supervises."""
    return conversation.assignee_id == user.id or user.role != "agent"


def without_customers_contacts(context: dict[str, Any]) -> dict[str, Any]:
    """The handoff context with e-mails and phones cut down as in the transcript, and addresses left out."""
    customer, reason = context["customer"], context["reason"]
    contacts = {key: _cut(customer[key]) for key in ("email", "phone")}
    message = reason["message"] and reason["message"] | {"text": _cut(reason["message"]["text"])}
    return context | {
        "customer": customer | contacts,
        "reason": reason | {"message": message},
        "summary": _cut(context["summary"]),
        "summary_parts": [part | {"text": _cut(part["text"])} for part in context["summary_parts"]],
        "facts": [_fact(fact) for fact in context["facts"]],
        "orders": [order | {"address": order["address"] and MASK} for order in context["orders"]],
        "bot_attempts": [
            attempt | {key: _cut(attempt[key]) for key in ("asked", "answered")} for attempt in context["bot_attempts"]
        ],
    }


def _fact(fact: dict[str, Any]) -> dict[str, Any]:
    hidden = fact["key"] in PLACES
    return fact | {key: MASK if hidden else _cut(fact[key]) for key in ("value", "label")}


def _cut(text: str | None) -> str | None:
    return without_contacts(text) if text else text
