"""Files a customer sends: asked for where they help, and kept with the case they belong to."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from sqlalchemy import select

from bot.services.dialogue import Dialogue
from bot.storage.shop import Complaint
from bot.storage.tables import Attachment, Message

RECENT = dt.timedelta(hours=24)
"""A file sent so long ago at most is about what is being told now."""


async def ask_photo(d: Dialogue, key: str = "photo", response: str = "utter_ask_photo") -> list[Attachment]:
    """The customer's files about what is being told, those they sent already included; else asks for one.

    No file is an answer too: then the list is empty, and `photo_words` holds what they wrote instead.
    """
    if key not in d.frame.answers and not await loose_files(d):
        await d.ask(key, response, kind="photo", skip="utter_button_no_photo")
    return await loose_files(d)


def photo_words(d: Dialogue, key: str = "photo") -> str:
    """What the customer wrote when asked for a photo; empty for a file or a plain "I have none"."""
    answer = d.frame.answers.get(key)
    return answer if isinstance(answer, str) else ""


async def loose_files(d: Dialogue) -> list[Attachment]:
    """Files the customer has sent in this conversation lately that belong to no case yet, oldest first."""
    query = (
        select(Attachment)
        .join(Message, Message.id == Attachment.message_id)
        .where(
            Attachment.conversation_id == d.turn.conversation.id,
            Attachment.case_number.is_(None),
            Attachment.created_at > d.now - RECENT,
            Message.sender == "customer",
        )
        .order_by(Message.id)
    )
    return [file for file in await d.session.scalars(query) if file.case_number is None]  # this turn's writes included


def keep_with(case_number: str, files: Iterable[Attachment]) -> None:
    """From now on these files are seen with that case."""
    for file in files:
        file.case_number = case_number


async def keep_with_open_complaint(d: Dialogue) -> str | None:
    """Add what was just sent to the complaint filed in this conversation; its number, None without an open one."""
    number = d.fact("complaint_number")
    complaint = await d.session.get(Complaint, number) if number is not None else None
    source = d.turn.ledger.fact("complaint_number")
    filed_here = source is not None and source.source.get("kind") == "lookup"
    if complaint is None or complaint.status != "open" or not filed_here:
        return None
    keep_with(complaint.number, await loose_files(d))
    return complaint.number
