"""What a message means where nothing has to be understood: the button pressed, or the one whose title was typed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.payloads import parse_payload
from bot.domain.text import words
from bot.storage.tables import Button, Message

LONGEST = 12
"""Words of the longest title looked for."""


async def plain_meaning(session: AsyncSession, messages: Sequence[Message]) -> dict[str, Any] | None:
    """The parse of what these messages of one turn say plainly; None where the brain has to understand them.

    "Od początku" under a button of that name answers the question it belongs to, whatever the words could mean else.
    """
    if messages[0].press:
        return parse_payload(messages[0].press["payload"])
    said = words(messages[0].text)
    if len(messages) > 1 or not 0 < len(said) <= LONGEST:
        return None
    live = select(Button).where(Button.conversation_id == messages[0].conversation_id, ~Button.expired)
    meant = {button.payload for button in await session.scalars(live) if words(button.title) == said}
    return parse_payload(meant.pop()) if len(meant) == 1 else None
