"""The actions Rasa calls, one module a topic. Importing this registers the flows they start."""

from rasa_sdk import Action

import bot.services.flows  # noqa: F401 - registers the flows
from actions import account, conversation, orders, payment, products, returns

_TOPICS = (orders, returns, products, payment, account, conversation)

ACTIONS: list[Action] = [
    member()
    for topic in _TOPICS
    for member in vars(topic).values()
    if isinstance(member, type) and issubclass(member, Action) and member.__module__ == topic.__name__
]
"""One of each, ready for `ActionExecutor.register_action`."""
