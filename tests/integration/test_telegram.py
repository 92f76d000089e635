"""Conversations on Telegram, through the stand-in of its Bot API and a whole gateway."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.storage.tables import Attachment, ChannelEvent, Delivery, Message
from tests.phones import TelegramShop, answered, said, telegram_shop, titles, until

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 500


@pytest.fixture(params=["polling", "webhook"])
async def shop(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[TelegramShop]:
    async with telegram_shop(tmp_path, mode=request.param) as shop:
        yield shop


@pytest.fixture
async def polled(tmp_path: Path) -> AsyncIterator[TelegramShop]:
    async with telegram_shop(tmp_path) as shop:
        yield shop


async def test_an_order_is_asked_for_from_start_to_answer(shop: TelegramShop) -> None:
    anna = shop.telegram.users.add(7)
    greeting = await answered(anna, lambda: anna.say("/start"))
    assert "jestem botem" in greeting[0]
    assert "Zwrot" in titles(anna)
    asked = await answered(anna, lambda: anna.say("Gdzie jest moje zamówienie 100610?"))
    assert "e-mail" in asked[-1]
    answer = await answered(anna, lambda: anna.say("anna.kowalska@example.pl"))
    assert "100610" in " ".join(answer)
    await shop.eventually(shop.deliveries, lambda rows: rows == ["sent"] * len(said(anna)))
    kept = await shop.rows(ChannelEvent)
    assert all(row.processed_at and row.payload == {} and row.address == "" for row in kept)


async def test_in_english_from_the_first_word(shop: TelegramShop) -> None:
    john = shop.telegram.users.add(8, "John", "en")
    assert "I am a bot" in (await answered(john, lambda: john.say("/start")))[0]
    asked = await answered(john, lambda: john.say("Where is my order 100610?"))
    assert "e-mail" in asked[-1].lower() or "email" in asked[-1].lower()


async def test_a_press_is_answered_marked_and_taken_once(polled: TelegramShop) -> None:
    anna = polled.telegram.users.add(7)
    await answered(anna, lambda: anna.say("/start"))
    greeting = anna.messages[-1]
    old = greeting["reply_markup"]["inline_keyboard"][0][0]["callback_data"]
    assert len(old.encode()) <= 64
    await answered(anna, lambda: anna.press("Zwrot"))
    await until(lambda: not polled.telegram.users.queries)
    marked = await until(lambda: greeting["reply_markup"]["inline_keyboard"] if len(str(greeting)) else None)
    await until(
        lambda: [[b["text"] for b in row] for row in greeting["reply_markup"]["inline_keyboard"]] == [["✓ Zwrot"]]
    )
    assert marked
    anna.press_data(greeting["message_id"], old)
    await until(lambda: anna.toasts)
    assert anna.toasts == ["Ten przycisk jest już nieaktualny."]
    customer = [text for sender, text in await polled.transcript() if sender == "customer"]
    assert customer == ["Zwrot"]
    await until(lambda: "reply_markup" not in greeting)
    anna_presses_the_mark = anna.press_data(greeting["message_id"], "used")
    assert anna_presses_the_mark
    await until(lambda: not polled.telegram.users.queries)
    assert len(anna.toasts) == 1


async def test_commands_mean_what_the_menu_says(polled: TelegramShop) -> None:
    anna = polled.telegram.users.add(7)
    await until(lambda: polled.telegram.commands.get("en"))
    assert [c["command"] for c in polled.telegram.commands["pl"]] == ["human", "stop", "language", "help", "start"]
    assert polled.telegram.commands["en"][0]["description"] == "Talk to a human"
    await answered(anna, lambda: anna.say("/start"))
    assert (await answered(anna, lambda: anna.say("/language")))[0].startswith("I write in English")
    assert (await answered(anna, lambda: anna.say("/language pl")))[0].startswith("Od teraz piszę po polsku")
    await answered(anna, lambda: anna.say("Chcę zwrócić buty"))
    assert "Przerwane" in (await answered(anna, lambda: anna.say("/stop")))[0]
    await answered(anna, lambda: anna.say("/human"))
    assert (await polled.conversation()).state == "waiting"


async def test_photos_and_documents_are_kept(polled: TelegramShop) -> None:
    anna = polled.telegram.users.add(7)
    await answered(anna, lambda: anna.photo(PNG, "Gdzie jest moje zamówienie 100610?"), count=2)
    await answered(anna, lambda: anna.document(b"%PDF-1.7 x", "rachunek.pdf"), count=3)
    files = sorted(await polled.rows(Attachment), key=lambda file: file.message_id)
    assert [(f.name, f.type) for f in files] == [("photo-1.jpg", "image/png"), ("rachunek.pdf", "application/pdf")]
    messages = {m.id: m.text for m in await polled.rows(Message)}
    assert messages[files[0].message_id] == "Gdzie jest moje zamówienie 100610?"
    folder = polled.running.built.settings.attachments_dir
    assert (folder / files[0].id).read_bytes() == PNG
    assert "JPEG" in (await answered(anna, lambda: anna.document(b"MZ..", "wirus.exe")))[0]
    assert "20 MB" in (await answered(anna, lambda: anna.document(b"%PDF-" + b"0" * 21_000_000, "duzy.pdf")))[0]
    assert len(await polled.rows(Attachment)) == 2


async def test_what_a_machine_cannot_read_is_declined_and_noted(polled: TelegramShop) -> None:
    anna = polled.telegram.users.add(7)
    assert "Naklejek" in (await answered(anna, lambda: anna.sticker("🙈"), count=2))[1]
    assert "głosowych" in (await answered(anna, anna.voice))[0]
    assert "lokalizacja" in (await answered(anna, lambda: anna.location(52.2297, 21.0122)))[0]
    assert "kontakt" in (await answered(anna, lambda: anna.contact("+48601234567", own=False)))[0]
    notes = [text for sender, text in await polled.transcript() if sender == "customer"]
    assert notes[:3] == ["[naklejka] 🙈", "[nagranie głosowe]", "[lokalizacja] 52.22970, 21.01220"]
    assert "phone" not in await polled.facts()
    await answered(anna, lambda: anna.contact("48601234567"))
    facts = await polled.facts()
    assert (facts["phone"], facts["location"], facts["name"]) == ("+48601234567", "52.22970, 21.01220", "Anna")


async def test_an_edit_is_recorded_and_not_answered_again(polled: TelegramShop) -> None:
    anna = polled.telegram.users.add(7)
    await answered(anna, lambda: anna.say("Czy macie namioty?"), count=2)
    first = next(m for m in anna.messages if not m["from"]["is_bot"])
    heard = len(said(anna))
    anna.edit(first["message_id"], "Czy macie plecaki?")
    messages = await polled.eventually(lambda: polled.rows(Message), lambda rows: any(m.edits for m in rows))
    edited = next(m for m in messages if m.edits)
    assert (edited.text, edited.edits[0]["text"]) == ("Czy macie plecaki?", "Czy macie namioty?")
    await answered(anna, lambda: anna.say("/help"))
    assert len(said(anna)) == heard + 1


async def test_duplicates_and_reordering_change_nothing(polled: TelegramShop) -> None:
    anna = polled.telegram.users.add(7)
    await answered(anna, lambda: anna.say("/start"))
    intake = polled.running.built.intake
    updates = [anna.say(text) for text in ("raz", "dwa", "trzy")]
    polled.telegram.updates.clear()
    await intake.accept("telegram", [updates[2], updates[0], updates[1], updates[0]])
    assert await intake.accept("telegram", updates) == 0
    found = await polled.eventually(
        polled.transcript, lambda rows: len([1 for sender, _ in rows if sender == "customer"]) >= 3
    )
    assert [text for sender, text in found if sender == "customer"] == ["raz", "dwa", "trzy"]


async def test_who_blocked_us_is_marked_and_comes_back(polled: TelegramShop) -> None:
    anna = polled.telegram.users.add(7)
    await answered(anna, lambda: anna.say("/human"), count=2)
    agent = await polled.running.agent()
    conversation = await polled.conversation()
    anna.blocked = True
    await agent.does(conversation.id, "claim")
    await polled.eventually(polled.link, lambda link: link.problem == "blocked" and not link.active)
    context = (await agent.get(f"/api/desk/conversations/{conversation.id}"))["context"]
    assert [(link["channel"], link["active"], link["problem"]) for link in context["customer"]["links"]] == [
        ("telegram", False, "blocked")
    ]
    anna.blocked = False
    anna.say("Już jestem")
    await polled.eventually(polled.link, lambda link: link.active and link.problem is None)
    await answered(
        anna,
        lambda: asyncio.ensure_future(
            agent.does(conversation.id, "messages", text="Dzień dobry!", kind="reply", client_id="1")
        ),
    )
    anna.block()
    await polled.eventually(polled.link, lambda link: link.problem == "blocked")


async def test_agents_answer_under_their_first_name_and_the_bot_is_silent(polled: TelegramShop) -> None:
    anna = polled.telegram.users.add(7)
    await answered(anna, lambda: anna.say("/human"), count=2)
    agent = await polled.running.agent()
    conversation = await polled.conversation()
    await answered(anna, lambda: asyncio.ensure_future(agent.does(conversation.id, "claim")))
    reply = {"text": "Sprawdzam <b>to</b>.", "kind": "reply", "client_id": "1"}
    heard = await answered(anna, lambda: asyncio.ensure_future(agent.does(conversation.id, "messages", **reply)))
    assert heard == ["Ola\nSprawdzam <b>to</b>."]
    assert anna.messages[-1]["entities"] == [{"type": "bold", "offset": 0, "length": 3}]
    before = len(said(anna))
    anna.sticker()
    anna.say("Dziękuję")
    await polled.eventually(polled.transcript, lambda rows: rows[-1] == ("customer", "Dziękuję"))
    await polled.eventually(lambda: polled.rows(Message), lambda rows: all(m.processed_at for m in rows))
    assert len(said(anna)) == before


async def test_a_group_is_declined_once(polled: TelegramShop) -> None:
    anna = polled.telegram.users.add(7)
    group = polled.telegram.users.group(-100123, anna)
    await until(lambda: group.left)
    assert "prywatnych" in said(group)[0] and "private" in said(group)[0]
    group.send(text="cześć wszystkim")
    await answered(anna, lambda: anna.say("/start"))
    assert len(said(group)) == 1
    assert {message.sender for message in await polled.rows(Message)} == {"bot"}


async def test_long_words_arrive_in_pieces_and_in_order(polled: TelegramShop) -> None:
    anna = polled.telegram.users.add(7)
    await answered(anna, lambda: anna.say("/human"), count=2)
    agent = await polled.running.agent()
    conversation = await polled.conversation()
    await answered(anna, lambda: asyncio.ensure_future(agent.does(conversation.id, "claim")))
    text = " ".join(f"To jest zdanie numer {number} 🙂." for number in range(150))[:3990]
    call = {"text": text, "kind": "reply", "client_id": "1"}
    heard = await answered(
        anna, lambda: asyncio.ensure_future(agent.does(conversation.id, "messages", **call)), count=2
    )
    assert "".join(heard).replace("Ola\n", "").replace(" ", "") == text.replace(" ", "")
    row = (await polled.rows(Delivery))[-1]
    assert len(row.receipts) == 2 or row.status == "pending"


async def test_the_customers_long_text_is_not_refused(polled: TelegramShop) -> None:
    anna = polled.telegram.users.add(7)
    await answered(anna, lambda: anna.say("Zdanie. " * 512), count=2)
    lengths = [len(text) for sender, text in await polled.transcript() if sender == "customer"]
    assert len(lengths) == 2 and max(lengths) <= 4000


async def test_too_fast_is_waited_for_and_every_word_arrives_once(tmp_path: Path) -> None:
    async with telegram_shop(tmp_path) as shop:
        anna = shop.telegram.users.add(7)
        await answered(anna, lambda: anna.say("/start"))
        from bot.simulator.faults import Fault

        refusal = {"ok": False, "error_code": 429, "description": "Too Many Requests", "parameters": {"retry_after": 1}}
        shop.telegram.faults.plan(Fault("sendMessage", 429, refusal))
        shop.telegram.faults.plan(Fault("sendMessage", 500, "<html>bad gateway</html>"))
        anna.say("/help")
        await shop.eventually(lambda: shop.rows(Delivery), lambda rows: len(rows) == 2 and rows[1].attempts >= 1)
        shop.running.built.clock.move(seconds=2)  # type: ignore[attr-defined]
        await shop.eventually(lambda: shop.rows(Delivery), lambda rows: rows[1].attempts >= 2)
        shop.running.built.clock.move(minutes=1)  # type: ignore[attr-defined]
        await shop.eventually(shop.deliveries, lambda rows: rows == ["sent", "sent"])
        assert len(said(anna)) == 2


async def test_typing_is_shown_while_the_assistant_thinks(polled: TelegramShop) -> None:
    anna = polled.telegram.users.add(7)
    await answered(anna, lambda: anna.say("/start"))
    polled.running.brain.hold()
    anna.say("Gdzie jest moja paczka?")
    await until(lambda: anna.typing_at)
    await answered(anna, polled.running.brain.release)


async def test_an_update_that_is_not_as_documented_blocks_no_other(polled: TelegramShop) -> None:
    polled.telegram.push(message={"message_id": "seven", "chat": None, "date": {}})
    anna = polled.telegram.users.add(7)
    assert "jestem botem" in (await answered(anna, lambda: anna.say("/start")))[0]
    assert len(await polled.rows(ChannelEvent)) == 1
