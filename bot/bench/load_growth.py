"""`tellonce bench load --growth`: what a turn costs as a conversation, the history and the catalogue grow."""

from __future__ import annotations

import argparse
import asyncio
import random
import secrets
from pathlib import Path
from typing import Any

import aiohttp
from sqlalchemy import insert, select

from bot.bench.load_figures import Step, between, percentile, quantile, row
from bot.bench.load_people import WebCustomer
from bot.bench.load_site import Site, running_site
from bot.bench.search_catalogue import add_products
from bot.storage.base import Base
from bot.storage.tables import Conversation, EventRecord, Message, TurnRecord

LENGTHS = (10, 100, 1000)
TIMES = (1, 10, 100)
CONVERSATIONS = 1000
"""Of the history at 1×."""
LIVELY = 3
"""Turns of each conversation of the history."""
CHUNK = 5000
TURNS, PAUSE = 40, 0.3
IN_ONE = 5
"""Turns measured in one conversation."""
ASKED = ("Szukam kurtki przeciwdeszczowej", "Gdzie jest moje zamówienie?", "Ile kosztuje dostawa?", "buty w góry 43")
SHOWN = ("queue", "brain", "actions", "commit")
COPIED: tuple[type[Base], ...] = (Message, TurnRecord, EventRecord)


async def measure(options: argparse.Namespace, model: Path) -> int:
    """One turn at a time, so that nothing waits for anything else."""
    turns, few = (10, 2) if options.quick else (TURNS, 3)
    print(f"{options.database}          answered p50      p95 ms     p50 of " + "".join(f"{name:>9}" for name in SHOWN))
    async with running_site(options.database, 1, model, 0) as site:
        for length in LENGTHS[:few]:
            print(f"{length:>7} turns before   {await _turns(site, turns, length)}", flush=True)
    async with running_site(options.database, 1, model, 0) as site:
        there = 0
        for times in TIMES[:few]:
            await _add_history(site, CONVERSATIONS * times - there)
            there = CONVERSATIONS * times
            figures = await _turns(site, turns, 0)
            print(f"{there:>7} conversations  {figures}   {await site.size() / 1e6:.0f} MB", flush=True)
    for times in TIMES[:few]:
        async with running_site(options.database, 1, model, 0) as site:
            there = await site.count("SELECT count(*) FROM products")
            await add_products(site.database, there * (times - 1))
            print(f"{there * times:>7} products       {await _turns(site, turns, 0)}", flush=True)
    return 0


async def _turns(site: Site, count: int, length: int) -> str:
    """What so many turns took, in conversations that have `length` turns before them."""
    step, rng = Step(1, 1), random.Random(7)
    async with aiohttp.ClientSession() as http:
        await _talk(site, http, rng, Step(1, 1), 0)  # some things are loaded at their first use
        before = await site.stages()
        while len(step.all_answers) < count:
            await _talk(site, http, rng, step, length)
    added = between(before, await site.stages())
    answers = row([percentile(step.all_answers, share) for share in (0.5, 0.95)])
    return f"{answers}             {row([quantile(added.get(stage, {}), 0.5) for stage in SHOWN])}"


async def _talk(site: Site, http: aiohttp.ClientSession, rng: random.Random, step: Step, length: int) -> None:
    customer = WebCustomer(http, site.units[0].url, rng, [("100610", "anna.kowalska@example.pl")])
    await customer.open()
    if length:
        await customer.say(ASKED[0], Step(1, 1))
        await _add_turns(site, customer.conversation_id, length - 1)
    for _ in range(IN_ONE):
        await asyncio.sleep(PAUSE)
        step.note_answer("web", await customer.say(rng.choice(ASKED), step))
    await customer.close()


async def _add_turns(site: Site, conversation_id: str, count: int) -> None:
    """The conversation's first turn that many times again."""
    for table, found in (await _rows(site, conversation_id)).items():
        await _insert(site, table, [dict(one) for _ in range(count) for one in found])


async def _add_history(site: Site, count: int) -> None:
    """So many more conversations like one that is there, over and done with."""
    newest = await site.rows("SELECT conversation_id FROM turns ORDER BY id DESC LIMIT 1")
    if not newest:
        async with aiohttp.ClientSession() as http:
            await _talk(site, http, random.Random(7), Step(1, 1), 0)
        newest = await site.rows("SELECT conversation_id FROM turns ORDER BY id DESC LIMIT 1")
    model = str(newest[0][0])
    async with site.database.read() as session:
        whole = select(Conversation.__table__).where(Conversation.id == model)
        conversation = dict((await session.execute(whole)).mappings().one())
    rows = await _rows(site, model)
    for start in range(0, count, CHUNK):
        ids = [secrets.token_hex(12) for _ in range(min(CHUNK, count - start))]
        await _insert(site, Conversation, [conversation | {"id": new, "state": "resolved"} for new in ids])
        for table, found in rows.items():
            copies = [one | {"conversation_id": new} for new in ids for one in found for _ in range(LIVELY)]
            await _insert(site, table, copies)
    if site.server is not None:
        async with site.database.engine.connect() as connection:
            await connection.exec_driver_sql("ANALYZE")


async def _rows(site: Site, conversation_id: str) -> dict[type[Base], list[dict[str, Any]]]:
    """The conversation's own rows, to be copied under new ids."""
    found: dict[type[Base], list[dict[str, Any]]] = {}
    async with site.database.read() as session:
        for table in COPIED:
            mine = select(table.__table__).where(table.__table__.c.conversation_id == conversation_id)
            rows = (await session.execute(mine.order_by(table.__table__.c.id).limit(4))).mappings()
            found[table] = [{key: value for key, value in one.items() if key != "id"} for one in rows]
    for message in found[Message]:
        message |= {"external_id": None, "link_id": None, "processed_at": message["created_at"]}
    return found


async def _insert(site: Site, table: type[Base], rows: list[dict[str, Any]]) -> None:
    for start in range(0, len(rows), CHUNK):
        async with site.database.write() as session:
            await session.execute(insert(table), rows[start : start + CHUNK])
