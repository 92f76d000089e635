"""One question asked in a row in vain is a human's; what was told last counts; where an answer comes out of hours."""

import datetime as dt
from dataclasses import replace

import pytest

from bot.storage.tables import ChannelLink, Conversation, Delivery
from tests.conversations.harness import Shop

JAN = "jan.nowicki@example.pl"
CLOSED = dt.datetime(2026, 6, 16, 22, 0, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("language", "starts", "again"),
    [
        ("pl", [("gdzie jest moja paczka?", "ask_order_status")], ("chcę zwrócić", "start_return")),
        ("en", [("where is my parcel?", "ask_order_status")], ("I want to return it", "start_return")),
    ],
)
async def test_a_question_asked_a_third_time_is_a_humans_whatever_the_flow(
    shop: Shop, language: str, starts: list[tuple[str, str]], again: tuple[str, str]
) -> None:
    talk = await shop.talk(language)
    await talk.says(*starts[0])
    await talk.says(*again)
    assert (await talk.row()).state == "bot" and await talk.asked() == ["order_number"] * 2
    await talk.says("hm", "inform")
    row = await talk.row()
    assert row.handoff["reason"] == "not_understood" and await talk.promises() == ["human_reply"]
    assert {frame["flow"] for frame in row.dialogue["stack"]} == {"order_status", "start_return"}


@pytest.mark.parametrize(
    ("language", "start", "misread"),
    [("pl", "zwrot 100554", "dostwa"), ("en", "return 100554", "delivry")],
)
async def test_the_same_answer_to_something_else_counts_and_another_one_does_not(
    shop: Shop, language: str, start: str, misread: str
) -> None:
    talk = await shop.talk(language)
    await talk.says(start, "start_return")
    for intent in ("ask_delivery_options", "ask_contact", "ask_payment_methods"):
        await talk.says(misread, intent)
        assert (await talk.row()).state == "bot", intent
    await talk.says(misread, "ask_delivery_options")
    assert (await talk.row()).state == "bot"
    await talk.says(misread, "ask_delivery_options")
    row = await talk.row()
    assert row.handoff["reason"] == "not_understood"
    assert [frame["flow"] for frame in row.dialogue["stack"]] == ["start_return"]
    assert row.dialogue["stack"][0]["orders"] == ["100554"]


async def test_a_proof_stays_when_another_address_is_told_later(shop: Shop) -> None:
    talk = await shop.talk()
    await talk.says(f"gdzie jest 100567, {JAN}", "ask_order_status")
    await talk.says("mój nowy mail to inny@example.pl, telefon 600 700 800", "inform")
    await talk.says("telefon to jednak 600 700 801", "inform")
    facts = await talk.facts()
    assert (facts["email"], facts["phone"]) == ("inny@example.pl", "+48600700801")
    reply = await talk.says("gdzie jest 100567?", "ask_order_status")
    assert "WAW029N" in reply.text and await talk.asked() == []


@pytest.mark.parametrize("language", ["pl", "en"])
@pytest.mark.parametrize(
    ("says", "customer", "to"),
    [
        ("100567, 02-134", None, JAN),
        ("100567, 02-134, pomylony@example.pl", None, JAN),
        (None, "K1002", JAN),
        (None, None, None),
    ],
)
async def test_out_of_hours_the_answer_goes_where_the_shop_knows(
    shop: Shop, language: str, says: str | None, customer: str | None, to: str | None
) -> None:
    shop.clock.moment = CLOSED
    shop.turns.rules = replace(shop.turns.rules, mails=True)
    talk = await shop.talk(language, customer_id=customer)
    if says:
        await talk.says(says, "ask_order_status")
    reply = await talk.says("człowiek", "request_human")
    asked = shop.responses.text("utter_handoff_leave_email", language)
    assert (asked in reply.text) == (to is None)
    assert ("j•••@example.pl" in reply.text) == (to is not None) and JAN not in reply.text
    assert await answered(shop, talk.id) == to


async def answered(shop: Shop, conversation_id: str) -> str | None:
    """The address that what an agent says now goes to: the page is closed."""
    from bot.services.reach import send_to_absent
    from bot.services.transcript import say

    async with shop.database.write() as session:
        conversation = await session.get_one(Conversation, conversation_id)
        message = await say(session, conversation, shop.clock.now(), sender="agent", text="Dzień dobry")
        await session.flush()
        if not await send_to_absent(session, conversation, message, shop.clock.now()):
            return None
    (delivery,) = [row for row in await _rows(shop, Delivery) if row.message_id == message.id]
    return next(str(link.address) for link in await _rows(shop, ChannelLink) if link.id == delivery.link_id)


async def _rows(shop: Shop, table: type) -> list:  # type: ignore[type-arg]
    from sqlalchemy import select

    async with shop.database.read() as session:
        return list(await session.scalars(select(table)))
