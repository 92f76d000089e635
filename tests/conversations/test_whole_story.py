"""The story the product exists for, through its public API: bot, human, bot again, and nothing asked twice."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from sqlalchemy import select

from bot.storage.shop import Return
from bot.storage.tables import Button, Feedback, TurnRecord
from tests.databases import KINDS
from tests.fakes import FakeClock
from tests.running import Customer, Running, running_gateway

DATABASES = KINDS

STORIES = {
    "pl": {
        "email": "jan.nowicki@example.pl",
        "order": "100554",
        "status": "Gdzie jest moje zamówienie 100554?",
        "return": "To chcę je zwrócić",
        "reason": "nie pasuje do mojej kurtki",
        "human": "Chcę porozmawiać z człowiekiem, mój telefon to 601 234 567",
        "reply": "Dzień dobry, sprawdziłam: zwrot jest możliwy.",
        "question": "zwrócić pieniądze",
        "yes": "Tak",
    },
    "en": {
        "email": "emily.carter@example.pl",
        "order": "100442",
        "status": "Where is my order 100442?",
        "return": "I want to return it",
        "reason": "it does not go with my jacket",
        "human": "I want to talk to a human, my phone is 601 234 567",
        "reply": "Hello, I checked: the return is possible.",
        "question": "money back",
        "yes": "Yes",
    },
}


@pytest.fixture
async def gateway(tmp_path: Path) -> AsyncIterator[Running]:
    async with running_gateway(tmp_path) as running:
        yield running


def words(messages: list[dict[str, Any]]) -> str:
    return "\n".join(message["text"] for message in messages)


@pytest.mark.parametrize("language", ["pl", "en"])
async def test_told_once(gateway: Running, language: str) -> None:
    story = STORIES[language]
    customer, agent = await gateway.customer(language), await gateway.agent()
    conversation = f"/api/desk/conversations/{customer.conversation_id}"

    asked = await customer.says(story["status"])
    assert "e-mail" in words(asked)
    assert story["order"] in words(await customer.says(story["email"]))

    asked = await customer.says(story["return"])
    while len(asked[-1]["buttons"]) and "return_lines" in await payloads(gateway, asked[-1]):
        asked = await customer.press(asked[-1]["buttons"][0])
    await customer.says(story["reason"])

    handed = await customer.says(story["human"])
    assert customer.owner == "waiting"
    assert any(symbol in words(handed) for symbol in (":", "."))  # says when to expect an answer

    waiting = await agent.get("/api/desk/conversations?view=waiting")
    assert customer.conversation_id in [entry["id"] for entry in waiting["conversations"]]
    await agent.does(customer.conversation_id, "claim")
    context = (await agent.get(conversation))["context"]
    assert context["reason"]["code"] == "asked"
    facts = {fact["key"]: fact for fact in context["facts"]}
    assert facts["order_number"]["value"] == story["order"]
    assert facts["email"]["value"] == story["email"]
    assert facts["phone"]["value"] == "+48601234567"
    for key in ("order_number", "email", "phone"):
        assert facts[key]["source"]["kind"] == "message"
        assert facts[key]["source"]["message_id"] in [m["id"] for m in customer.messages if m["sender"] == "customer"]
    assert [order["number"] for order in context["orders"]] == [story["order"]]
    assert context["summary"] and context["bot_attempts"] and context["promises"]

    await agent.does(customer.conversation_id, "messages", text=story["reply"], kind="reply", client_id="r1")
    answered = await customer.news()
    assert story["reply"] in words(answered) and answered[-1]["author"]
    assert customer.owner == "agent"
    before = len(gateway.brain.turns)
    assert (await customer.post(text=story["order"]))[0] == 202
    assert await customer.news(wait=1) == [], "while a human owns it the bot is silent"
    assert len(gateway.brain.turns) == before

    await agent.does(customer.conversation_id, "return", outcome="continue", note="sprawdzone")
    resumed = await customer.news()
    assert customer.owner == "bot"
    assert "bot" in words(resumed).lower() and story["question"] in words(resumed)

    confirm = await customer.press(resumed[-1]["buttons"][-1])  # a gift card: possible for every order
    done = await customer.presses(story["yes"])
    assert f"ZW-{story['order']}-1" in words(done), words(confirm)
    await nothing_asked_twice(gateway, customer)
    async with gateway.built.database.read() as session:
        opened = (await session.scalars(select(Return).where(Return.source == "chat"))).one()
        assert (opened.order_number, opened.reason) == (story["order"], story["reason"])


async def payloads(gateway: Running, message: dict[str, Any]) -> str:
    async with gateway.built.database.read() as session:
        rows = await session.scalars(select(Button.payload).where(Button.message_id == message["id"]))
        return " ".join(rows)


async def nothing_asked_twice(gateway: Running, customer: Customer) -> None:
    async with gateway.built.database.read() as session:
        turns = await session.scalars(select(TurnRecord).where(TurnRecord.conversation_id == customer.conversation_id))
        questions = [question for turn in turns for question in turn.questions]
    assert questions
    assert [question for question in questions if question["redundant"]] == []


async def test_done_closes_what_the_human_finished(gateway: Running) -> None:
    customer, agent = await gateway.customer(), await gateway.agent()
    await customer.says("chcę zwrócić buty")
    await customer.says("człowiek")
    await agent.does(customer.conversation_id, "claim")
    await agent.does(customer.conversation_id, "return", outcome="done")
    back = await customer.news()
    assert "bot" in words(back).lower()
    answer = await customer.says("jakie są metody dostawy?")
    assert "zwrot" not in words(answer).lower()


async def test_a_human_taking_over_cancels_what_the_bot_was_about_to_do(gateway: Running) -> None:
    customer, agent = await gateway.customer(), await gateway.agent()
    gateway.brain.hold()
    assert (await customer.post(text="bardzo dobra obsługa, polecam"))[0] == 202
    await gateway.brain.holding()
    await agent.does(customer.conversation_id, "claim")
    gateway.brain.release()
    said = await customer.news(wait=2)
    assert all(message["sender"] == "system" for message in said)
    view = await agent.get(f"/api/desk/conversations/{customer.conversation_id}")
    assert [m["sender"] for m in view["messages"]].count("bot") == 1  # the greeting
    async with gateway.built.database.read() as session:
        assert list(await session.scalars(select(Feedback))) == []


async def test_messages_that_queued_up_are_one_turn(gateway: Running) -> None:
    customer = await gateway.customer()
    gateway.brain.hold()
    await customer.post(text="dzień dobry")
    await gateway.brain.holding()
    for part in ("mam pytanie", "gdzie jest zamówienie 100554", "jan.nowicki@example.pl"):
        await customer.post(text=part)
    gateway.brain.release()
    while "100554" not in words([m for m in customer.messages if m["sender"] == "bot"]):
        assert await customer.news(wait=5)
    texts = [turn.text for turn in gateway.brain.turns]
    assert texts == ["dzień dobry", "mam pytanie\ngdzie jest zamówienie 100554\njan.nowicki@example.pl"]


async def test_a_dead_brain_is_told_and_a_human_gets_it(tmp_path: Path) -> None:
    async with running_gateway(tmp_path, settings={"TELLONCE_ANSWER_SECONDS": "0.5"}) as gateway:
        customer, agent = await gateway.customer(), await gateway.agent()
        gateway.brain.is_ready = False
        told = await customer.says("gdzie jest moje zamówienie 100554?")
        assert told[-1]["sender"] == "system" and customer.owner == "waiting"
        waiting = await agent.get("/api/desk/conversations?view=waiting")
        assert [entry["id"] for entry in waiting["conversations"]] == [customer.conversation_id]
        context = (await agent.get(f"/api/desk/conversations/{customer.conversation_id}"))["context"]
        assert context["reason"]["code"] == "tool_error"
        gateway.brain.is_ready = True
        await customer.press(told[-1]["buttons"][0])
        assert customer.owner == "bot"
        assert "e-mail" in words(await customer.says("gdzie jest moje zamówienie 100554?"))


async def test_a_slow_brain_is_a_dead_one(tmp_path: Path) -> None:
    async with running_gateway(tmp_path, settings={"TELLONCE_ANSWER_SECONDS": "0.5"}) as gateway:
        customer = await gateway.customer()
        gateway.brain.hold()
        told = await customer.says("bardzo dobra obsługa, polecam")
        assert told[-1]["sender"] == "system" and customer.owner == "waiting"
        gateway.brain.release()
        assert await customer.news(wait=1) == []


PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 100


async def test_a_photo_is_acknowledged_and_what_was_under_way_goes_on(gateway: Running) -> None:
    customer = await gateway.customer()
    await customer.says("chcę zwrócić buty")
    form = aiohttp.FormData()
    form.add_field("file", io.BytesIO(PNG), filename="but.png")
    async with gateway.http.post(
        f"{gateway.url}/api/chat/attachments", data=form, headers=customer.headers
    ) as response:
        file = (await response.json())["id"]
    assert (await customer.post(attachment=file))[0] == 202
    said = await customer.news()
    assert customer.owner == "bot"
    assert "plik" in said[0]["text"] and "numer zamówienia" in said[-1]["text"]


async def test_going_on_with_the_bot_takes_up_what_was_under_way(gateway: Running) -> None:
    customer = await gateway.customer()
    await customer.says("chcę zwrócić buty")
    await customer.says("człowiek")
    assert customer.owner == "waiting"
    back = await customer.presses("Wolę dalej z botem")
    while "numer zamówienia" not in words(back):
        more = await customer.news(wait=5)
        assert more, words(back)
        back += more
    assert customer.owner == "bot" and "bot" in back[0]["text"].lower()


async def test_after_hours_an_address_for_the_answer_is_asked_for_once(tmp_path: Path) -> None:
    night = FakeClock(dt.datetime(2026, 6, 16, 22, 0, tzinfo=dt.UTC))
    async with running_gateway(tmp_path, clock=night) as gateway:
        customer = await gateway.customer()
        assert "e-mailem" in words(await customer.says("człowiek"))
        await customer.presses("Wolę dalej z botem")
        assert "e-mailem" not in words(await customer.says("jednak człowiek"))


async def test_of_two_numbers_the_right_one_is_known(gateway: Running) -> None:
    customer, agent = await gateway.customer(), await gateway.agent()
    await customer.says("gdzie jest zamówienie 100554, nie 100533, jan.nowicki@example.pl")
    await customer.says("człowiek")
    context = (await agent.get(f"/api/desk/conversations/{customer.conversation_id}"))["context"]
    assert [f["value"] for f in context["facts"] if f["key"] == "order_number"] == ["100554"]
