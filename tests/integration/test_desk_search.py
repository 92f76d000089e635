"""Finding a conversation by who it is with, what it is about, and what was said in it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import delete

from bot.domain.conversation import State
from bot.domain.errors import BadRequest, InvalidValue
from bot.services import desk_search
from bot.services.desk_search import excerpt
from bot.storage.search_index import terms
from bot.storage.tables import Conversation, Fact
from tests.desk_world import World, desk_server, desk_world
from tests.unit.test_handoff_context import fill_shop

pytestmark = pytest.mark.asyncio


@pytest_asyncio.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with desk_world(tmp_path) as made:
        await fill_shop(made)
        yield made


async def ids(world: World, query: str) -> list[str]:
    return [result["conversation"]["id"] for result in (await world.desk.search(query)).results]


async def everything(world: World, query: str) -> list[str]:
    """The results of every page, one after the other."""
    found: list[str] = []
    after: str | None = None
    while True:
        page = await world.desk.search(query, after)
        found += [result["conversation"]["id"] for result in page.results]
        if page.next is None:
            return found
        after = page.next


async def told(world: World, number: str, key: str, value: str) -> None:
    async with world.database.write() as session:
        source = {"kind": "message", "message_id": 1}
        session.add(Fact(conversation_id=number, key=key, value=value, source=source, created_at=world.clock.now()))


@pytest.mark.parametrize("query", ["żółte kalosze", "ZOLTE", "zolt kalosz", "kalosze, żółte", "ŻÓŁTE"])
async def test_words_without_case_accents_or_order(world: World, query: str) -> None:
    number = await world.conversation(State.WAITING)
    await world.conversation()
    message = await world.customer_writes(number, "Gdzie są moje żółte kalosze rozmiar 38?")
    (result,) = (await world.desk.search(query)).results
    assert result["conversation"]["id"] == number and result["conversation"]["state"] == "waiting"
    assert (result["match"]["field"], result["match"]["message_id"]) == ("message", message)
    assert {piece["text"] for piece in result["match"]["excerpt"] if piece["hit"]} & {"żółte", "kalosze"}


async def test_by_order_phone_e_mail_name_and_number(world: World) -> None:
    number, other = await world.conversation(State.WAITING), await world.conversation(customer_id="C1")
    await told(world, number, "phone", "+48501502503")
    await told(world, number, "order_number", "100999")
    await told(world, number, "email", "ewa.zak@example.pl")
    await told(world, number, "name", "Ewa Żak")
    for query in ("501 502 503", "+48501502503", "100999", "ewa.zak@example.pl", "żak", "zak ewa", number, number[:8]):
        assert await ids(world, query) == [number], query
    for query in ("anna@example.pl", "+48 601 234 567", "Kowalska", "ko anna", "C1", "100483"):
        assert await ids(world, query) == [other], query
    (result,) = (await world.desk.search("100999")).results
    assert result["match"]["field"] == "order_number" and result["match"]["message_id"] == 1
    assert result["match"]["excerpt"] == [{"text": "100999", "hit": True}]


async def test_who_it_is_about_comes_before_who_was_mentioned(world: World) -> None:
    about, mentioned = await world.conversation(customer_id="C1"), await world.conversation()
    await world.customer_writes(mentioned, "Piszę w imieniu pani Kowalskiej, Kowalska Anna")
    assert await ids(world, "kowalska") == [about, mentioned]


async def test_what_is_erased_or_corrected_is_not_found(world: World) -> None:
    number = await world.conversation()
    await world.customer_writes(number, "unmistakable")
    await told(world, number, "phone", "+48501502503")
    assert await ids(world, "unmistakable") == await ids(world, "501502503") == [number]
    async with world.database.write() as session:
        await session.execute(delete(Conversation).where(Conversation.id == number))
    assert await ids(world, "unmistakable") == await ids(world, "501502503") == []


async def test_every_conversation_once_over_many_pages(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk_search, "ROUND", 7)
    monkeypatch.setattr(desk_search, "PAGE", 5)
    said, about = [], []
    for index in range(12):
        world.clock.move(seconds=1)
        number = await world.conversation()
        for _ in range(index % 4 + 1):
            await world.customer_writes(number, "kalosze")
        (about if index % 3 == 0 else said).append(number)
        if index % 3 == 0:
            await told(world, number, "name", "Kalosze Kowalski")
    for number in said[:4]:
        await world.customer_writes(number, "znowu kalosze")
    expected = [*reversed(about), *reversed(said[:4]), *reversed(said[4:])]
    assert await everything(world, "kalosze") == expected


async def test_a_common_word_is_looked_for_in_rounds(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk_search, "ROUND", 3)
    monkeypatch.setattr(desk_search, "ROUNDS", 2)
    first, second = await world.conversation(), await world.conversation()
    await world.customer_writes(first, "kalosze")
    for _ in range(20):
        await world.customer_writes(second, "kalosze")
    found = await everything(world, "kalosze")
    assert sorted(set(found)) == sorted({first, second}) and found == [second, first]


@pytest.mark.parametrize("query", ["", " ", "a", "???", "x" * 201])
async def test_a_query_that_cannot_be_looked_for(world: World, query: str) -> None:
    with pytest.raises(InvalidValue):
        await world.desk.search(query)


@pytest.mark.parametrize(
    "query", ['"', "a OR b", 'NEAR("x y", 2)', "*a*", "ą' -- x", "words: x", "100%", "日本語", "it's"]
)
async def test_signs_of_a_query_language_are_only_signs(world: World, query: str) -> None:
    number = await world.conversation()
    await world.customer_writes(number, f"ok {query} ok")
    if terms(query):
        assert await ids(world, f"{query} ok") == [number]


@pytest.mark.parametrize("after", ["x", "wx", "sx", "s" + "A" * 40, "w" + "A" * 41])
async def test_a_cursor_that_is_not_ours(world: World, after: str) -> None:
    with pytest.raises(BadRequest):
        await world.desk.search("anything", after)


async def test_over_http_with_its_page(world: World) -> None:
    ola = await world.user("Ola")
    number = await world.conversation()
    async with desk_server(world) as browser:
        agent = await browser(ola)
        status, found = await agent.call("GET", "/api/desk/search?q=parcel")
        assert status == 200 and found["next"] is None
        assert [result["conversation"]["id"] for result in found["results"]] == [number]
        assert (await agent.call("GET", "/api/desk/search"))[0] == 422
        assert (await agent.call("GET", "/api/desk/search?q=parcel&after=no"))[0] == 400


def hits(text: str, query: str) -> Any:
    return [piece["text"] for piece in excerpt(text, terms(query)) if piece["hit"]]


async def test_the_excerpt_shows_what_was_found() -> None:
    assert hits("Łódź, ŁÓDŹ i Łodzianie", "łódź") == ["Łódź", "ŁÓDŹ", "Łodzianie"]
    assert hits("Proszę pisać na anna.kowalska@example.pl!", "anna.kowalska@example.pl") == ["anna.kowalska@example.pl"]
    long = "początek " * 40 + "igła 👍" + " koniec" * 60
    pieces = excerpt(long, terms("igla"))
    assert pieces[0]["text"] == pieces[-1]["text"] == "…" and hits(long, "igla") == ["igła"]
    assert len("".join(piece["text"] for piece in pieces)) < 250
