"""A large catalogue for the search bench: the sample shop's products again and again under invented names."""

from __future__ import annotations

import datetime as dt
import random
from decimal import Decimal
from typing import Any

from sqlalchemy import func, insert, select, update

from bot.storage.database import Database
from bot.storage.shop import Product, Variant

CHUNK = 1000
_SYLLABLES = "ba be bo dro fal ga gro jor ka kro la lin mar mi no or pa ral ry sa sto ta tur ul wa wi za zor"
SYLLABLES = _SYLLABLES.split(" ")
ASKED = (
    "kurtka {}", "buty {} 43", "namiot dla 2 osob", "{}", "cos cieplego na noc w namiocie", "spiwor na zime",
    "plecak do 300 zl", "kurtke {} czerwona", "down jacket for women", "czym nasmarowac skorzane buty", "{} {}",
    "latarka na glowe", "water bottle with a filter", "skarpety welniane meskie do butow zimowych w gory",
)  # fmt: skip


async def add_products(database: Database, count: int) -> None:
    """`count` products with two variants each, made of the texts of those that are there."""
    chance = random.Random(7)
    async with database.read() as session:
        samples = [dict(row) for row in (await session.execute(select(Product.__table__))).mappings().all()]
        newest = await session.scalar(select(func.max(Product.updated_at)))
    now = (newest or dt.datetime.now(dt.UTC)) + dt.timedelta(seconds=1)
    for start in range(0, count, CHUNK):
        rows = [_product(chance, samples, n, now) for n in range(start, min(start + CHUNK, count))]
        variants = [variant for row in rows for variant in _variants(chance, row["id"])]
        async with database.write() as session:
            await session.execute(insert(Product), rows)
            await session.execute(insert(Variant), variants)


def _product(chance: random.Random, samples: list[dict[str, Any]], number: int, now: dt.datetime) -> dict[str, Any]:
    kind, teller, user = chance.choice(samples), chance.choice(samples), chance.choice(samples)
    name = invented(chance)
    return kind | {
        "id": f"p{number}",
        "name_pl": f"{kind['name_pl'].rpartition(' ')[0] or kind['name_pl']} {name} {chance.randrange(10, 99)}",
        "name_en": f"{name} {kind['name_en'].partition(' ')[2] or kind['name_en']}",
        "brand": invented(chance) if chance.random() < 0.1 else kind["brand"],
        "description_pl": teller["description_pl"],
        "description_en": teller["description_en"],
        "use_pl": user["use_pl"],
        "use_en": user["use_en"],
        "price": Decimal(chance.randrange(2000, 200000)) / 100,
        "updated_at": now,
    }


def _variants(chance: random.Random, product_id: str) -> list[dict[str, Any]]:
    colours = chance.sample([("czarny", "black"), ("czerwony", "red"), ("zielony", "green"), ("szary", "grey")], 2)
    return [
        {"sku": f"{product_id}-{place}", "product_id": product_id, "position": place, "size": chance.choice("SML")}
        | {"colour_pl": pl, "colour_en": en, "stock": chance.randrange(4)}
        for place, (pl, en) in enumerate(colours)
    ]


def invented(chance: random.Random) -> str:
    return "".join(chance.choices(SYLLABLES, k=3)).capitalize()


def queries_for(count: int) -> list[str]:
    """What customers ask of such a shop: names, mistyped names, needs."""
    chance = random.Random(11)
    asked = []
    for number in range(count):
        text = ASKED[number % len(ASKED)]
        asked.append(text.format(*(_mistyped(chance, invented(chance)) for _ in range(text.count("{}")))))
    return asked


def _mistyped(chance: random.Random, word: str) -> str:
    place = chance.randrange(1, len(word) - 1)
    return word[:place] + word[place + 1] + word[place] + word[place + 2 :] if chance.random() < 0.3 else word


async def edit_one(database: Database) -> str:
    """Rename a product as the newest change; its new name."""
    async with database.write() as session:
        newest = await session.scalar(select(func.max(Product.updated_at)))
        assert newest is not None
        now = newest + dt.timedelta(seconds=1)
        await session.execute(
            update(Product).where(Product.id == "p0").values(name_pl="Zupka Kwaszarnia", updated_at=now)
        )
    return "Zupka Kwaszarnia"
