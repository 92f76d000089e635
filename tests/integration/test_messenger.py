"""Conversations on Messenger, through the stand-in of the Graph API and a whole gateway."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.simulator.faults import Fault
from bot.storage.tables import Attachment, ChannelEvent, Delivery, Message, User
from tests.phones import MessengerShop, messenger_shop, page_answered, page_said, until

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 500


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[MessengerShop]:
    async with messenger_shop(tmp_path) as shop:
        yield shop


async def with_agent(shop: MessengerShop, number: str = "5001"):  # type: ignore[no-untyped-def]
    """A customer whose conversation an agent has claimed, and a function that answers as the agent."""
    anna = shop.graph.people.add(number)
    await page_answered(anna, lambda: anna.say("/human"), count=3)
    agent = await shop.running.agent()
    conversation = await shop.conversation()
    await page_answered(anna, lambda: asyncio.ensure_future(agent.does(conversation.id, "claim")))

    user = (await shop.rows(User))[-1]

    async def reply(text: str, client_id: str) -> None:
        await shop.running.built.desk.reply(user, conversation.id, text, client_id)

    return anna, agent, conversation, reply


async def test_an_order_is_asked_for_from_get_started_to_answer(shop: MessengerShop) -> None:
    anna = shop.graph.people.add("5001")
    greeting = await page_answered(anna, lambda: anna.postback("/start", "Rozpocznij"))
    assert "jestem botem" in greeting[0]
    assert "Zwrot" in [reply["title"] for reply in anna.messages[-1]["quick_replies"]]
    asked = await page_answered(anna, lambda: anna.say("Gdzie jest moje zamówienie 100610?"))
    assert "e-mail" in asked[-1]
    await page_answered(anna, lambda: anna.say("anna.kowalska@example.pl"))
    await until(lambda: "100610" in " ".join(page_said(anna)))
    await shop.eventually(shop.deliveries, lambda rows: set(rows) == {"sent"})
    await shop.eventually(lambda: shop.rows(ChannelEvent), lambda rows: all(row.processed_at for row in rows))
    assert {message.sender for message in await shop.rows(Message)} == {"bot", "customer"}, "our echoes are ours"


async def test_in_english(shop: MessengerShop) -> None:
    john = shop.graph.people.add("5002", "John")
    await page_answered(john, lambda: john.postback("/language", "Language"), count=2)
    assert page_said(john)[-1].startswith("I write in English")
    asked = await page_answered(john, lambda: john.say("Where is my order 100610?"))
    assert "mail" in asked[-1]


async def test_quick_replies_fit_and_expire(shop: MessengerShop) -> None:
    anna = shop.graph.people.add("5001")
    await page_answered(anna, lambda: anna.say("/start"))
    old = anna.messages[-1]["quick_replies"][1]["payload"]
    await page_answered(anna, lambda: anna.quick_reply("Zwrot"))
    again = await page_answered(anna, lambda: anna.postback(old, "Zwrot"))
    assert again[0] == "Ten przycisk jest już nieaktualny."
    assert [text for sender, text in await shop.transcript() if sender == "customer"][:1] == ["Zwrot"]


async def test_the_page_is_set_up(shop: MessengerShop) -> None:
    await until(lambda: shop.graph.profile)
    assert shop.graph.profile["get_started"] == {"payload": "/start"}
    assert {menu["locale"] for menu in shop.graph.profile["persistent_menu"]} == {"default", "pl_PL", "en_US"}
    assert "message_echoes" in shop.graph.fields
    assert shop.running.built.intake.channels["messenger"].link("abc") == f"https://m.me/{shop.graph.page_id}?ref=abc"


async def test_every_event_of_a_batch_is_taken_in_order_and_once(shop: MessengerShop) -> None:
    people = [shop.graph.people.add(str(number)) for number in (1, 2, 3)]
    shop.graph.webhook = ""
    events = []
    for number in range(16):
        for user in people:
            shop.graph.clock_offset += 1
            events.append(user.say(f"{user.psid}-{number}"))
    shuffled = [*events[::-1], *events[:2]]
    shop.graph.pending.clear()
    for _ in range(2):
        body, headers = shop.graph.notification(shuffled)
        async with shop.running.http.post(shop.webhook, data=body, headers=headers) as response:
            assert response.status == 200
    found = await shop.eventually(
        lambda: shop.rows(Message), lambda rows: len([m for m in rows if m.sender == "customer"]) >= 48
    )
    for user in people:
        texts = [m.text for m in found if m.sender == "customer" and m.text.startswith(f"{user.psid}-")]
        assert texts == [f"{user.psid}-{number}" for number in range(16)]


async def test_an_answer_from_the_page_inbox_takes_the_conversation_over(shop: MessengerShop) -> None:
    anna = shop.graph.people.add("5001")
    await page_answered(anna, lambda: anna.say("Gdzie jest moja paczka?"), count=2)
    anna.answered_in_page_inbox("Już sprawdzam, Marta")
    await shop.eventually(shop.conversation, lambda row: row.state == "assigned" and row.assignee_id is None)
    rows = await shop.rows(Message)
    assert (rows[-1].sender, rows[-1].author, rows[-1].text) == ("agent", "Skrzynka strony", "Już sprawdzam, Marta")
    heard = len(page_said(anna))
    anna.say("Dziękuję, czekam")
    await shop.eventually(
        lambda: shop.rows(Message), lambda rows: rows[-1].text.startswith("Dzię") and rows[-1].processed_at
    )
    assert len(page_said(anna)) == heard, "the bot is silent"
    agent = await shop.running.agent()
    conversation = await shop.conversation()
    await agent.does(conversation.id, "claim")
    assert (await shop.conversation()).assignee_id is not None


async def test_the_page_inbox_gives_way_to_the_bot_after_a_day(shop: MessengerShop) -> None:
    anna = shop.graph.people.add("5001")
    await page_answered(anna, lambda: anna.say("/start"))
    anna.answered_in_page_inbox("Załatwione, Marta")
    await shop.eventually(shop.conversation, lambda row: row.state == "assigned")
    shop.running.built.clock.move(hours=25)  # type: ignore[attr-defined]
    await page_answered(anna, lambda: anna.say("/help"))
    assert (await shop.conversation()).state == "bot"


async def test_the_windows_are_kept_before_anything_is_sent(shop: MessengerShop) -> None:
    anna, agent, conversation, reply = await with_agent(shop)
    await page_answered(anna, lambda: asyncio.ensure_future(reply("Sprawdzam.", "1")))
    assert page_said(anna)[-1] == "Ola:\nSprawdzam."
    deadlines = (await agent.get(f"/api/desk/conversations/{conversation.id}"))["context"]["deadlines"]
    assert [window["channel"] for window in deadlines["reply_windows"]] == ["messenger"]
    shop.running.built.clock.move(hours=25)  # type: ignore[attr-defined]
    await page_answered(anna, lambda: asyncio.ensure_future(reply("Paczka jest w drodze.", "2")))
    last = [given for path, given in shop.graph.calls if path == "POST me/messages" and "message" in given][-1]
    assert (last["messaging_type"], last["tag"]) == ("MESSAGE_TAG", "HUMAN_AGENT")
    calls = len(shop.graph.calls)
    await shop.running.built.desk.return_((await shop.rows(User))[-1], conversation.id, "done")
    row = (await shop.eventually(lambda: shop.rows(Delivery), lambda rows: rows[-1].status == "dead"))[-1]
    assert "24 hours" in row.error and len(shop.graph.calls) == calls, "the bot may not, and does not try"


async def test_what_was_refused_can_be_sent_again(shop: MessengerShop) -> None:
    anna, agent, conversation, reply = await with_agent(shop)
    error = {"error": {"message": "(#10) outside of allowed window", "code": 10, "error_subcode": 2018278}}
    shop.graph.faults.plan(Fault("me/messages", 400, error))
    await reply("Paczka jest w drodze.", "1")
    row = (await shop.eventually(lambda: shop.rows(Delivery), lambda rows: rows[-1].status == "dead"))[-1]
    await agent.does(conversation.id, f"messages/{row.message_id}/send")
    await until(lambda: page_said(anna)[-1] == "Ola:\nPaczka jest w drodze.")


async def test_who_cannot_be_reached_is_marked(shop: MessengerShop) -> None:
    anna, _, _, reply = await with_agent(shop)
    anna.blocked = True
    await reply("Halo?", "1")
    await shop.eventually(shop.link, lambda link: link.problem == "unreachable" and not link.active)
    anna.blocked = False
    anna.say("Jestem")
    await shop.eventually(shop.link, lambda link: link.active and link.problem is None)


async def test_files_stickers_and_voices(shop: MessengerShop) -> None:
    anna = shop.graph.people.add("5001")
    await page_answered(anna, lambda: anna.attach("image", PNG, "buty.png"), count=2)
    assert [(f.name, f.type) for f in await shop.rows(Attachment)] == [("buty.png", "image/png")]
    heard = len(page_said(anna))
    anna.attach("audio", b"ogg", "voice.mp4")
    anna.attach("image", PNG, "like.png", sticker_id=369239263222822)
    await until(lambda: len(page_said(anna)) >= heard + 2)
    notes = [text for sender, text in await shop.transcript() if sender == "customer"]
    assert notes[1:] == ["[nagranie głosowe]", "[naklejka]"]
    assert len(await shop.rows(Attachment)) == 1


async def test_an_edit_a_receipt_and_a_referral(shop: MessengerShop) -> None:
    anna = shop.graph.people.add("5001")
    await page_answered(anna, lambda: anna.say("Czy macie namioty?"), count=2)
    anna.reads()
    anna.edit(anna.messages[0]["mid"], "Czy macie plecaki?")
    rows = await shop.eventually(lambda: shop.rows(Message), lambda rows: any(m.edits for m in rows))
    assert next(m for m in rows if m.edits).text == "Czy macie plecaki?"
    await page_answered(anna, lambda: anna.referral("promo"))


async def test_a_crash_between_sending_and_noting_sends_nothing_twice(shop: MessengerShop) -> None:
    """The echo says that it arrived: the answer to our call was lost, the message was not."""
    anna = shop.graph.people.add("5001")
    await page_answered(anna, lambda: anna.say("/start"))
    shop.graph.faults.plan(Fault("me/messages", 500, "lost", after=True))
    await page_answered(anna, lambda: anna.say("/help"))
    await shop.eventually(shop.deliveries, lambda rows: rows == ["sent", "sent"])
    shop.running.built.clock.move(minutes=5)  # type: ignore[attr-defined]
    await shop.running.built.outbox.send_due()
    assert len(page_said(anna)) == 2


async def test_agents_have_personas_where_a_picture_is_set(tmp_path: Path) -> None:
    picture = {"TELLONCE_MESSENGER_PERSONA_PICTURE": "https://szlak.example/agent.png"}
    async with messenger_shop(tmp_path, **picture) as shop:
        anna, _, _, reply = await with_agent(shop)
        await page_answered(anna, lambda: asyncio.ensure_future(reply("Sprawdzam.", "1")))
        assert (anna.messages[-1]["persona"], anna.messages[-1]["text"]) == ("Ola", "Sprawdzam.")
        await page_answered(anna, lambda: asyncio.ensure_future(reply("Już wiem.", "2")))
        assert len(shop.graph.personas) == 1
