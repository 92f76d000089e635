"""Which of the shop's categories a text mentions."""

from __future__ import annotations

from bot.domain.text import words
from bot.services.dialogue import Dialogue
from bot.shop.catalogue import categories
from bot.shop.lexical import STOP_WORDS, stem


async def shelf_of(d: Dialogue, text: str) -> str | None:
    """The one category whose name the text mentions: who looks for a sleeping bag wants no winter socks."""
    said = {stem(word) for word in words(text)}
    found = []
    for row in await categories(d.session):
        names = words(f"{row.name_pl} {row.name_en} {row.keywords or ''}")
        if said.intersection(stem(word) for word in names if len(word) > 2 and word not in STOP_WORDS):
            found.append(row.id)
    return found[0] if len(found) == 1 else None
