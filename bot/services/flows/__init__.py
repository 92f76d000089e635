"""What the assistant can do: one module a topic. Importing the package registers every flow."""

from bot.services.flows import (
    account,
    advice,
    complaints,
    conversation,
    exchanges,
    knowledge,
    orders,
    payment,
    products,
    refunds,
    returns,
)

__all__ = [
    "account",
    "advice",
    "complaints",
    "conversation",
    "exchanges",
    "knowledge",
    "orders",
    "payment",
    "products",
    "refunds",
    "returns",
]
