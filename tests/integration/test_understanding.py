"""Goods named in a text follow the catalogue; what is told of a parse has everything in it, once."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import pytest_asyncio

from bot.domain.dialogue import Parse
from bot.services.understanding import enriched, with_values
from bot.storage.database import Database
from bot.storage.shop import Product
from tests.databases import new_database

NOW = dt.datetime(2026, 6, 16, 9, 0, tzinfo=dt.UTC)


TODAY = dt.date(2026, 11, 18)


@pytest_asyncio.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    made = Database(new_database(tmp_path))
    yield made
    await made.close()


async def stocked(database: Database, key: str, name: str, now: dt.datetime) -> None:
    async with database.write() as session:
        found = await session.get(Product, key)
        if found is None:
            session.add(
                Product(id=key, name_pl=f"Kurtka {name}", name_en=f"{name} jacket", price=Decimal(1), updated_at=now)
            )
        else:
            found.name_pl, found.name_en, found.updated_at = f"Kurtka {name}", f"{name} jacket", now


async def test_a_name_is_known_as_soon_as_the_catalogue_has_it(database: Database) -> None:
    text = "kurtkę Wichr M do 500 zł na jutro po południu, zam. 100311"
    brain = [{"entity": "order_number", "value": "100311", "start": 52, "end": 58}]
    async with database.read() as session:
        assert "product" not in {each["entity"] for each in await enriched(session, text, brain, TODAY)}
    await stocked(database, "k1", "Wichr", NOW)
    async with database.read() as session:
        found = await enriched(session, text, brain, TODAY)
        assert found == [
            *brain,
            {"entity": "product", "value": "k1", "start": 0, "end": 12},
            {"entity": "size", "value": "M", "start": 13, "end": 14},
            {"entity": "budget", "value": "500.00", "start": 18, "end": 24},
            {"entity": "day", "value": "2026-11-19", "start": 28, "end": 33},
            {"entity": "hours", "value": "12:00-17:00", "start": 34, "end": 45},
        ]
    await stocked(database, "k1", "Halny", NOW + dt.timedelta(minutes=1))
    async with database.read() as session:
        assert "product" not in {each["entity"] for each in await enriched(session, text, brain, TODAY)}
        read = await with_values(session, Parse("halny jutro", "inform", entities=(("day", "2026-11-19"),)), TODAY)
        assert read.entities == (("day", "2026-11-19"), ("product", "k1"))
        pressed = Parse("halny jutro", "inform", pressed=True)
        assert await with_values(session, pressed, TODAY) is pressed
