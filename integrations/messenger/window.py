"""When Messenger lets us write: freely for a day after the customer did, a human for a week, then nobody."""

from __future__ import annotations

import datetime as dt

from bot.services.ports import GiveUp, Outgoing

STANDARD = dt.timedelta(hours=24)
HUMAN_AGENT = dt.timedelta(days=7)


def messaging(message: Outgoing, now: dt.datetime) -> dict[str, str]:
    """What the call has to say about why it may be sent. Raises GiveUp outside the windows, before anything is sent."""
    if message.last_customer_at is None:
        raise GiveUp("the customer has not written on Messenger yet")
    silent = now - message.last_customer_at
    if silent <= STANDARD:
        return {"messaging_type": "RESPONSE"}
    if message.sender != "agent":
        raise GiveUp("more than 24 hours after the customer's last message only a human may write on Messenger")
    if silent <= HUMAN_AGENT:
        return {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}
    raise GiveUp("more than 7 days after the customer's last message nobody may write on Messenger")
