"""The context at claim: every field of the handoff contract, in the agent's language, from the shop's own data."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import yaml

from bot.domain.conversation import Reason, State
from bot.storage.shop import (
    Article,
    Carrier,
    Complaint,
    Customer,
    Order,
    OrderLine,
    Payment,
    Product,
    Shipment,
    Variant,
)
from bot.storage.tables import Conversation, Fact, TurnRecord
from tests.desk_world import World, desk_world
from tests.fakes import ROOT

pytestmark = pytest.mark.asyncio
FIELDS = {
    *("reason", "summary", "customer", "facts", "orders", "cases", "intent", "bot_attempts", "promises"),
    *("transcript", "previous", "suggestions", "deadlines"),
}


@pytest_asyncio.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with desk_world(tmp_path) as made:
        await fill_shop(made)
        yield made


async def fill_shop(world: World) -> None:
    """One customer with one late order, a complaint about it, and an article that answers."""
    now = world.clock.now()
    ago = now - dt.timedelta(days=5)
    rows: list[list[Any]] = [
        [
            Customer(
                id="C1", name="Anna Kowalska", email="anna@example.pl", phone="+48601234567", consents={"sms": True}
            )
        ],
        [Product(id="P1", name_pl="Buty", name_en="Shoes", price=Decimal("329"), updated_at=now)],
        [
            Variant(sku="P1-42", product_id="P1", size="42", stock=3),
            Carrier(code="dpd", name="DPD", tracking_url="https://t/{number}"),
        ],
        [Order(number="100483", customer_id="C1", status="shipped", created_at=ago, total=Decimal("329.00"))],
        [
            OrderLine(id="100483-1", order_number="100483", position=1, sku="P1-42", unit_price=Decimal("329.00")),
            Payment(
                id="100483-1", order_number="100483", position=1, method="blik", amount=Decimal("329"), status="paid"
            ),
            Shipment(
                id="100483-1",
                order_number="100483",
                parcel=1,
                carrier="dpd",
                tracking_number="X1",
                status="in_transit",
                promised_on=now.date() - dt.timedelta(days=2),
            ),
            Complaint(
                number="R-7",
                order_number="100483",
                description="Sole came off",
                remedy="refund",
                status="opened",
                created_at=ago,
                due_on=now.date() + dt.timedelta(days=9),
            ),
            Article(
                slug="parcel",
                language="en",
                title="Where is my parcel",
                keywords="parcel delivery",
                summary="Parcels take two days.",
                body="Parcels take two days.",
                updated_at=now,
            ),
        ],
    ]
    async with world.database.write() as session:
        for batch in rows:
            session.add_all(batch)
            await session.flush()


async def handed_over(world: World, **values: Any) -> str:
    """A conversation with a turn, facts and a promise behind it, waiting for a human."""
    now = world.clock.now()
    number = await world.conversation(State.WAITING, **values)
    first = (await world.said(number))[-1].id
    trigger = await world.customer_writes(number, "It is late again, human please", processed=True)
    async with world.database.write() as session:
        conversation = await session.get_one(type(await world.get(number)), number)
        conversation.handoff = {"reason": "asked", "message_id": trigger, "text": "human please", "at": now.isoformat()}
        source = {"kind": "message", "message_id": first}
        for key, value in (("order_number", "100483"), ("email", "anna@example.pl")):
            session.add(Fact(conversation_id=number, key=key, value=value, source=source, created_at=now))
        session.add(
            TurnRecord(
                conversation_id=number,
                message_ids=[first],
                intent="ask_order_status",
                confidence=0.93,
                ranking=[{"intent": "ask_order_status", "confidence": 0.93}],
                outcome={"kind": "answered"},
                lookups=[{"what": "order_status", "result": "100483: delayed"}],
                questions=[],
                events=[],
                started_at=now,
            )
        )
    return number


async def context_of(world: World, number: str, language: str = "en") -> dict[str, Any]:
    """As a manager sees it: whole, whoever has the conversation."""
    user = await world.accounts.add_user(f"{language}{number}@shop.pl", "manager", "correct horse")
    opened = await world.desk.open(user, number, language)
    context: dict[str, Any] = opened["context"]
    return context


SECRET = ("anna@example.pl", "+48601234567", "601 234 567", "Lipowa 5")


async def test_contacts_are_whole_for_the_assignee_and_supervisors_only(world: World) -> None:
    ola, ewa = await world.user("Ola"), await world.user("Ewa")
    supervisors = [await world.user("Jan", "manager"), await world.user("Ida", "admin")]
    number = await handed_over(world, customer_id="C1")
    trigger = await world.customer_writes(number, "write to anna@example.pl or 601 234 567", processed=True)
    async with world.database.write() as session:
        conversation = await session.get_one(Conversation, number)
        conversation.handoff |= {"message_id": trigger, "text": "write to anna@example.pl or 601 234 567"}
        (await session.get_one(Order, "100483")).street = "Lipowa 5"
        now = world.clock.now()
        for key, value in (("phone", "+48601234567"), ("address", "Lipowa 5, Kraków"), ("name", "Anna")):
            session.add(Fact(conversation_id=number, key=key, value=value, source={"kind": "page"}, created_at=now))
        turn = TurnRecord(conversation_id=number, message_ids=[trigger], outcome={"kind": "answered"}, started_at=now)
        turn.lookups, turn.questions, turn.events, turn.ranking = [], [], [], []
        session.add(turn)
    for user in (ola, ewa):
        seen = await world.desk.open(user, number)
        assert [secret for secret in SECRET if secret in json.dumps(seen, ensure_ascii=False)] == []
        customer = seen["context"]["customer"]
        assert (customer["email"], customer["phone"], customer["name"]) == (
            "a•••@example.pl",
            "••• 567",
            "Anna Kowalska",
        )
        facts = {fact["key"]: fact["value"] for fact in seen["context"]["facts"]}
        assert facts["order_number"] == "100483" and facts["email"] == "a•••@example.pl"
    await world.desk.claim(ola, number)
    for user, whole in ((ola, True), (ewa, False), *((user, True) for user in supervisors)):
        shown = json.dumps(await world.desk.open(user, number), ensure_ascii=False)
        assert [secret in shown for secret in SECRET] == [whole] * len(SECRET), user.name


async def test_every_field_is_there_and_filled(world: World) -> None:
    number = await handed_over(world, customer_id="C1", verified={"how": "order", "at": "2026-06-16T08:00:00+00:00"})
    earlier = await world.conversation(State.RESOLVED, customer_id="C1", outcome={"outcome": "solved", "by": "Ewa"})
    context = await context_of(world, number)
    assert set(context) >= FIELDS
    assert context["reason"]["code"] == "asked" and context["reason"]["message"]["text"] == "human please"
    for part in ("the status of an order", "order status: 100483: delayed", "order 100483", "human please"):
        assert part in context["summary"], part
    assert [part["part"] for part in context["summary_parts"]] == ["wants", "tried", "stands", "open"]
    customer = context["customer"]
    assert (customer["name"], customer["email"], customer["phone"]) == (
        "Anna Kowalska",
        "anna@example.pl",
        "+48601234567",
    )
    assert customer["verified"] == {"verified": True, "how": "order", "at": "2026-06-16T08:00:00+00:00"}
    assert customer["purchases"]["orders"] == 1 and customer["purchases"]["total"] == "329.00"
    assert customer["past_contacts"] == 1 and customer["preferred"]["agent"] == "Ewa"
    assert [link["channel"] for link in customer["links"]] == ["web"]
    (order,) = context["orders"]
    assert (order["number"], order["status"], order["payment"], order["late"]) == ("100483", "delayed", "paid", True)
    assert order["tracking"] == {"number": "X1", "url": "https://t/X1"} and order["proven"] and order["fetched_at"]
    assert order["items"][0]["name"] == "Shoes" and order["items"][0]["price"] == "329.00"
    (case,) = context["cases"]
    assert (case["kind"], case["number"], case["days_left"], case["open"]) == ("complaint", "R-7", 9, True)
    assert context["deadlines"]["legal"][0]["number"] == "R-7" and context["deadlines"]["promised_at"]
    (attempt,) = context["bot_attempts"]
    assert attempt["asked"] == "Where is my parcel?" and attempt["looked_up"][0]["what"] == "order_status"
    assert [promise["state"] for promise in context["promises"]] == ["open"]
    assert context["intent"]["name"] == "ask_order_status" and context["intent"]["sentiment"] == "neutral"
    assert [item["id"] for item in context["previous"]] == [earlier]
    kinds = [item["kind"] for item in context["suggestions"]]
    assert {"action", "canned"} <= set(kinds)
    assert any("100483" in item["text"] for item in context["suggestions"] if item["kind"] == "action")
    assert [message["text"] for message in context["transcript"]][-1] == "It is late again, human please"


async def test_facts_say_where_they_come_from(world: World) -> None:
    number = await handed_over(world)
    first = (await world.said(number))[1].id
    facts = {fact["key"]: fact for fact in (await context_of(world, number))["facts"]}
    assert facts["order_number"]["message_id"] == facts["email"]["message_id"] == first
    assert facts["email"]["value"] == "anna@example.pl" and facts["email"]["confirmed"] is False


async def test_an_order_named_by_a_stranger_is_marked(world: World) -> None:
    context = await context_of(world, await handed_over(world))
    assert context["orders"][0]["proven"] is False
    assert context["customer"]["verified"]["verified"] is False and context["customer"]["name"] is None
    assert context["previous"] == []


async def test_the_words_are_in_the_agents_language_and_drafts_in_the_customers(world: World) -> None:
    number = await handed_over(world)
    polish, english = await context_of(world, number, "pl"), await context_of(world, number, "en")
    assert "Klient prosi" in polish["reason"]["text"] and "customer asked" in english["reason"]["text"]
    assert "status zamówienia" in polish["summary"] and "status zamówienia" not in english["summary"]
    canned = [[i["text"] for i in c["suggestions"] if i["kind"] == "canned"] for c in (polish, english)]
    assert canned[0] == canned[1] and "moment" in canned[0][1]


async def test_a_conversation_nobody_handed_over_has_a_context_too(world: World) -> None:
    context = await context_of(world, await world.conversation())
    assert set(context) >= FIELDS
    assert context["reason"]["code"] is None and context["orders"] == context["facts"] == context["cases"] == []


async def test_a_long_silence_begins_a_new_session(world: World) -> None:
    number = await world.conversation()
    world.clock.move(hours=2)
    await world.customer_writes(number, "Me again")
    transcript = (await context_of(world, number))["transcript"]
    assert [message["session_break"] for message in transcript] == [False, False, True]


async def test_a_broken_promise_is_called_broken(world: World) -> None:
    number = await handed_over(world)
    world.clock.move(hours=1)
    context = await context_of(world, number)
    assert context["promises"][0]["state"] == "broken" and context["deadlines"]["overdue"]


@pytest.mark.parametrize("reason", [*Reason, "takeover", "none"])
@pytest.mark.parametrize("language", ["pl", "en"])
async def test_every_reason_has_its_line(world: World, reason: str, language: str) -> None:
    assert world.responses.languages(f"utter_desk_reason_{reason}") >= {language}


async def test_every_text_of_the_desk_is_there_in_both_languages(world: World) -> None:
    used: set[str] = set()
    for file in (ROOT / "bot" / "services").glob("*.py"):
        used |= set(re.findall(r'"(utter_desk_\w+[a-z])"', file.read_text("utf-8")))
    assert {"utter_desk_resolved", "utter_desk_later"} <= used
    for name in used | {"utter_agent_joined", "utter_bot_again", "utter_button_back_to_bot"}:
        assert world.responses.languages(name) == {"pl", "en"}, name


async def test_every_intent_that_is_a_wish_has_a_name(world: World) -> None:
    conversation = {
        *("greet", "goodbye", "thank", "affirm", "deny", "ask_capabilities", "bot_challenge", "request_human"),
        *("express_frustration", "stop_flow", "inform", "out_of_scope"),
    }
    listed = yaml.safe_load((ROOT / "domain.yml").read_text("utf-8"))["intents"]
    names = {entry if isinstance(entry, str) else next(iter(entry)) for entry in listed} - conversation
    missing = {name for name in names if not world.responses.has(f"utter_desk_want_{name}")}
    assert len(names) >= 25 and missing <= {"back_to_bot", "attachment", "nlu_fallback"}
