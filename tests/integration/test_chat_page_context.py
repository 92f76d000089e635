"""What the shop's page says of itself, the queue a customer sees, and the language they choose, over the chat's API."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bot.storage.shop import Product, Variant
from bot.storage.tables import Fact
from tests.fakes import FakeClock
from tests.integration.test_chat_api import identity
from tests.running import Customer, Running, running_gateway


@pytest.fixture
async def gateway(tmp_path: Path) -> AsyncIterator[Running]:
    async with running_gateway(tmp_path) as running:
        yield running


async def two_products(gateway: Running) -> tuple[Product, Product]:
    """Shoes with a size 43, and something of another kind."""
    async with gateway.built.database.read() as session:
        with_43 = select(Variant.product_id).where(Variant.size == "43")
        shoes = await session.scalar(select(Product).where(Product.id.in_(with_43)).order_by(Product.id))
        tent = await session.scalar(select(Product).where(Product.category == "tents").order_by(Product.id))
    assert shoes and tent
    return shoes, tent


async def ask(customer: Customer, text: str, **context: str) -> str:
    status, body = await customer.post(text=text, context=context)
    assert status == 202, body
    return " ".join(message["text"] for message in await customer.news())


async def facts(gateway: Running, customer: Customer, key: str) -> list[tuple[str, str]]:
    async with gateway.built.database.read() as session:
        rows = await session.scalars(
            select(Fact).where(Fact.conversation_id == customer.conversation_id, Fact.key == key, ~Fact.superseded)
        )
        return [(fact.value, fact.source["kind"]) for fact in rows]


async def test_a_question_on_a_products_page_is_about_that_product(gateway: Running) -> None:
    shoes, _ = await two_products(gateway)
    customer = await gateway.customer()
    assert shoes.name_pl in await ask(customer, "Ile to kosztuje?", product=shoes.id)
    assert shoes.name_pl in await ask(customer, "Czy jest w rozmiarze 43?", product=shoes.id)


async def test_the_next_page_counts_and_what_is_said_on_it_counts_more(gateway: Running) -> None:
    shoes, tent = await two_products(gateway)
    customer = await gateway.customer()
    await ask(customer, "Ile to kosztuje?", product=shoes.id)
    assert tent.name_pl in await ask(customer, "Ile to kosztuje?", product=tent.id)
    assert shoes.name_pl in await ask(customer, f"A ile kosztuje {shoes.name_pl}?", product=tent.id)
    # Still on the tent's page, but it is the shoes that are talked about now.
    assert shoes.name_pl in await ask(customer, "Czy jest w rozmiarze 43?", product=tent.id)


async def test_the_page_of_a_session_is_a_fact_with_its_source(gateway: Running) -> None:
    shoes, _ = await two_products(gateway)
    body = {"language": "pl", "context": {"product": shoes.id, "order": "100610"}}
    async with gateway.http.post(f"{gateway.url}/api/chat/sessions", json=body) as response:
        opened = await response.json()
    customer = Customer(gateway, opened["conversation_id"], opened["token"], opened["messages"], opened["cursor"])
    assert await facts(gateway, customer, "product") == [(shoes.id, "page")]
    assert await facts(gateway, customer, "order_number") == [("100610", "page")]


async def test_an_order_of_the_page_needs_its_proof_and_no_number(gateway: Running) -> None:
    customer = await gateway.customer()
    asked = await ask(customer, "Gdzie jest moje zamówienie?", order="100610")
    assert "100610" in asked and "e-mail" in asked
    assert "100610" in (await customer.says("anna.kowalska@example.pl"))[0]["text"]
    # Another order, told in words, comes before the page's: it is another customer's, and stays closed.
    assert "Nie znajduję" in await ask(customer, "A gdzie jest 100603?", order="100610")
    assert await facts(gateway, customer, "order_number") == [("100603", "message")]


async def test_an_identified_customers_own_order_opens_at_once(gateway: Running) -> None:
    customer = await gateway.customer(identity=identity(sub="K1001"))
    answer = await ask(customer, "Gdzie jest moje zamówienie?", order="100610")
    assert "100610" in answer and "e-mail" not in answer
    assert any(card.get("steps") for message in customer.messages for card in message["cards"])


@pytest.mark.parametrize("context", [{"product": "no-such-thing"}, {"order": "see e-mail"}, {}, None, {"other": 1}])
async def test_a_page_about_nothing_we_know_changes_nothing(gateway: Running, context: Any) -> None:
    customer = await gateway.customer()
    assert (await customer.post(text="Dzień dobry", context=context))[0] == 202
    assert await facts(gateway, customer, "product") == await facts(gateway, customer, "order_number") == []


@pytest.mark.parametrize("context", ["buty", {"product": 5}, {"order": "1" * 101}, []])
async def test_a_context_of_another_shape_is_refused(gateway: Running, context: Any) -> None:
    customer = await gateway.customer()
    status, body = await customer.post(text="Dzień dobry", context=context)
    assert (status, body["error"]["code"]) == (422, "invalid_value")


async def test_the_chosen_language_is_the_conversations(gateway: Running) -> None:
    customer = await gateway.customer("pl")
    button = customer.messages[0]["buttons"][0]["id"]
    assert (await customer.post(button=button, language="en"))[0] == 202
    assert "order" in (await customer.news())[0]["text"]
    status, body = await customer.post(text="Dzień dobry", language="de")
    assert (status, body["error"]["code"]) == (422, "invalid_value")


async def state(customer: Customer) -> dict[str, Any]:
    url = f"{customer.running.url}/api/chat/messages"
    async with customer.running.http.get(url, params={"after": customer.cursor}, headers=customer.headers) as response:
        return dict(await response.json())


async def test_who_waits_sees_place_and_time_and_then_the_agents_name(tmp_path: Path) -> None:
    clock = FakeClock()
    async with running_gateway(tmp_path, clock=clock) as gateway:
        first, second = await gateway.customer(), await gateway.customer()
        for customer in (first, second):
            await customer.says("Chcę rozmawiać z człowiekiem")
            clock.move(seconds=7)
        seen = await state(second)
        assert (seen["owner"], seen["place"], seen.get("agent")) == ("waiting", 2, None)
        assert seen["eta"].startswith("2026-06-16T09:") and seen["eta"][15:19] in ("0:00", "5:00")

        agent = await gateway.agent()
        await agent.does(first.conversation_id, "claim")
        assert [(await state(one)).get("place") for one in (first, second)] == [None, 1]
        assert (await state(first))["agent"] == "Ola Nowak"
        # What was promised stands, although the queue has become shorter.
        assert (await state(second))["eta"] == seen["eta"]


async def test_a_new_conversation_leaves_none_behind_that_a_human_has(gateway: Running) -> None:
    async def opened(**more: Any) -> str:
        body = {"identity": identity(sub="K1001"), **more}
        async with gateway.http.post(f"{gateway.url}/api/chat/sessions", json=body) as response:
            return str((await response.json())["conversation_id"])

    customer = await gateway.customer(identity=identity(sub="K1001"))
    assert await opened() == customer.conversation_id
    fresh = await opened(fresh=True)
    assert fresh != customer.conversation_id
    await customer.says("Chcę rozmawiać z człowiekiem")
    assert await opened(fresh=True) == customer.conversation_id
