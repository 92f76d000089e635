"""What a text holds beside its intent: the brain's entities, values with a shape of their own, and the shop's goods."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.dialogue import Parse
from bot.domain.value import Value, apart
from bot.domain.values import find_values
from bot.shop.names import goods_named

_ORDER_OF_TRUST = ("postcode", "street", "tracking_number", "locker", "day", "hours", "budget", "amount")
"""Where these overlap a product's name, the name was not meant: "po południu" is no cap called Południe."""


async def values_in(session: AsyncSession, text: str, today: dt.date) -> list[Value]:
    """The values and goods named in a text, in its order, none within another."""
    values, goods = find_values(text, today), await goods_named(session, text)
    firm = [value for value in values if value.entity in _ORDER_OF_TRUST]
    return apart(firm, goods, [value for value in values if value not in firm])


async def enriched(
    session: AsyncSession, text: str, entities: Sequence[dict[str, Any]], today: dt.date
) -> list[dict[str, Any]]:
    """A parse's entities and what else is in its text; what the brain found stands where they overlap."""
    found = [
        Value(str(each["entity"]), str(each.get("value")), each["start"], each["end"])
        for each in entities
        if each.get("start") is not None and each.get("end") is not None
    ]
    more = [value for value in apart(found, await values_in(session, text, today)) if value not in found]
    return [
        *entities,
        *({"entity": each.entity, "value": each.value, "start": each.start, "end": each.end} for each in more),
    ]


async def with_values(session: AsyncSession, parse: Parse, today: dt.date) -> Parse:
    """A typed message's parse with what is named in its text; a button carries its own and nothing else."""
    if parse.pressed or not parse.text:
        return parse
    known = {(key, str(value)) for key, value in parse.entities}
    more = [(value.entity, value.value) for value in await values_in(session, parse.text, today)]
    return replace(parse, entities=(*parse.entities, *(each for each in more if each not in known)))
