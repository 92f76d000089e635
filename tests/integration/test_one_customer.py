"""One customer on several channels: going on elsewhere, showing that an account is theirs, and taking that back."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import func, select

from bot.storage.shop import Customer, Order
from bot.storage.tables import ChannelLink, Conversation, EventRecord, Fact
from tests.fakes import FakeClock, FakeSender
from tests.phones import TelegramShop, answered, said, telegram_shop, titles, until
from tests.running import Customer as WebCustomer

OVER = "Ten link był już użyty"


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[TelegramShop]:
    async with telegram_shop(tmp_path, clock=FakeClock(), senders={"email": FakeSender()}) as shop:
        yield shop


async def link_to(customer: WebCustomer, channel: str = "telegram") -> tuple[int, dict[str, str]]:
    url = f"{customer.running.url}/api/chat/continue"
    async with customer.running.http.post(url, json={"channel": channel}, headers=customer.headers) as response:
        return response.status, await response.json()


async def code_to(customer: WebCustomer) -> str:
    status, offer = await link_to(customer)
    assert status == 201, offer
    assert urlsplit(offer["url"]).hostname == "t.me"
    code = parse_qs(urlsplit(offer["url"]).query)["start"][0]
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,64}", code)
    return code


async def test_what_the_bot_was_asking_it_asks_on_telegram_and_both_channels_go_on(shop: TelegramShop) -> None:
    web = await shop.running.customer()
    await web.says("Chcę zwrócić buty z zamówienia 100610")
    anna = shop.telegram.users.add(7)
    code = await code_to(web)
    heard = await answered(anna, lambda: anna.say(f"/start {code}"), 2)
    assert "toczy się teraz także tutaj" in heard[0]
    assert "e-mail" in heard[-1], "the open question comes along"
    assert titles(anna), "with its buttons"
    await answered(anna, lambda: anna.say("anna.kowalska@example.pl"))
    seen = await web.news()
    assert "e-mail" in " ".join(m["text"] for m in web.messages), seen
    assert len(await shop.rows(Conversation)) == 1
    assert (await shop.facts())["email"] == "anna.kowalska@example.pl"
    links = {link.channel: link.active for link in await shop.rows(ChannelLink)}
    assert links == {"web": True, "telegram": True}


async def test_a_link_works_once_and_for_a_quarter_of_an_hour(shop: TelegramShop) -> None:
    web = await shop.running.customer()
    anna, stranger = shop.telegram.users.add(7), shop.telegram.users.add(8, "Jan")
    used, late = await code_to(web), await code_to(web)
    await answered(anna, lambda: anna.say(f"/start {used}"))
    heard = await answered(stranger, lambda: stranger.say(f"/start {used}"), 2)
    assert OVER in " ".join(heard)
    shop.running.built.clock.move(minutes=16)  # type: ignore[attr-defined]
    before = len(said(stranger))
    await answered(stranger, lambda: stranger.say(f"/start {late}"))
    assert OVER in said(stranger)[before]
    # Somebody else's deep link, or a forged code, is an ordinary start.
    forged = used[:-1] + ("0" if used[-1] != "0" else "1")
    assert OVER not in " ".join(await answered(stranger, lambda: stranger.say(f"/start {forged}")))
    mine = [link for link in await shop.rows(ChannelLink) if link.conversation_id == web.conversation_id]
    assert {link.address for link in mine if link.channel == "telegram"} == {"7"}


async def test_an_agent_keeps_the_conversation_and_reaches_both_channels(shop: TelegramShop) -> None:
    web = await shop.running.customer()
    await web.says("Chcę rozmawiać z człowiekiem")
    agent = await shop.running.agent()
    await agent.does(web.conversation_id, "claim")
    anna = shop.telegram.users.add(7)
    code = await code_to(web)
    heard = await answered(anna, lambda: anna.say(f"/start {code}"))
    assert "Pracownik widzi całość" in heard[0]
    await agent.does(web.conversation_id, "messages", text="Już sprawdzam", kind="reply", client_id="a1")
    await until(lambda: any("Już sprawdzam" in text for text in said(anna)))
    anna.say("dziękuję, czekam tutaj")
    opened = await shop.eventually(
        lambda: agent.get(f"/api/desk/conversations/{web.conversation_id}"),
        lambda found: "dziękuję, czekam tutaj" in [m["text"] for m in found["messages"]],
    )
    assert {m["channel"] for m in opened["messages"] if m["sender"] == "customer"} == {"web", "telegram"}
    assert opened["conversation"]["state"] == "assigned"
    assert opened["channels"] == ["telegram"]
    assert [link["channel"] for link in opened["context"]["customer"]["links"]] == ["web", "telegram"]


async def test_an_agent_offers_the_way_and_a_chat_that_a_human_has_is_not_left(shop: TelegramShop) -> None:
    anna = shop.telegram.users.add(7)
    await answered(anna, lambda: anna.say("/start"))
    await answered(anna, lambda: anna.say("/human"))
    older = await shop.conversation()
    web = await shop.running.customer()
    await web.says("Chcę rozmawiać z człowiekiem")
    agent = await shop.running.agent()
    for conversation_id in (older.id, web.conversation_id):
        await agent.does(conversation_id, "claim")
    status, refused = await agent.call(
        "POST", f"/api/desk/conversations/{web.conversation_id}/continue", {"channel": "pigeon"}
    )
    assert (status, refused["error"]["code"]) == (422, "invalid_value")
    await agent.does(web.conversation_id, "continue", channel="telegram")
    offer = (await web.news())[-1]
    code = re.search(r"start=([0-9a-f]{48})", offer["text"])
    assert code and offer["author"] == "Ola Nowak"
    await answered(anna, lambda: anna.say(f"/start {code[1]}"))
    for conversation_id, text in ((older.id, "pierwsza sprawa"), (web.conversation_id, "druga sprawa")):
        await agent.does(conversation_id, "messages", text=text, kind="reply", client_id=text)
    await until(lambda: {"pierwsza sprawa", "druga sprawa"} <= {t.split("\n")[-1] for t in said(anna)})


async def test_ten_links_at_a_time(shop: TelegramShop) -> None:
    web = await shop.running.customer()
    statuses = [(await link_to(web))[0] for _ in range(11)]
    assert statuses == [201] * 10 + [429]
    assert (await link_to(web, "messenger"))[0] == 422


async def ask_for_link(shop: TelegramShop, web: WebCustomer, email: str) -> str:
    """Ask the assistant to know the account; the number it shows."""
    await web.says(f"Nie mogę się zalogować na konto {email}")
    [answer] = [m for m in await web.presses("Potwierdzam konto e-mailem") if "liczbę" in m["text"]]
    number = re.search(r"liczbę (\d\d)", answer["text"])
    assert number
    return number[1]


def mails(shop: TelegramShop) -> list[str]:
    """The numbers of the links that were mailed."""
    sender: FakeSender = shop.running.built.outbox._senders["email"]  # type: ignore[assignment]
    return [message.one_time_link for message in sender.sent if message.one_time_link]


async def confirm(shop: TelegramShop, code: str, number: str) -> tuple[int, dict[str, dict[str, object]]]:
    body = {"code": code, "number": number}
    async with shop.running.http.post(f"{shop.running.url}/api/chat/confirm", json=body) as response:
        return response.status, await response.json()


async def test_a_link_to_the_address_on_file_opens_the_account_and_an_administrator_takes_it_back(
    shop: TelegramShop,
) -> None:
    web = await shop.running.customer()
    number = await ask_for_link(shop, web, "anna.kowalska@example.pl")
    [row] = await until(lambda: mails(shop))
    code = shop.running.built.linking._links.code(row)
    other = "10" if number != "10" else "11"
    status, refused = await confirm(shop, code, other)
    assert (status, refused["error"]["details"]) == (422, {"field": "number", "left": 2})
    assert (await confirm(shop, code, number))[0] == 200
    assert (await confirm(shop, code, number))[0] == 403, "it works once"
    assert "potwierdzone" in (await web.news())[-1]["text"]
    conversation = await shop.conversation()
    async with shop.database.read() as session:
        anna = await session.scalar(select(Customer).where(Customer.email == "anna.kowalska@example.pl"))
        orders = list(await session.scalars(select(Order.number).where(Order.customer_id == anna.id)))
    assert (conversation.customer_id, conversation.verified["how"]) == (anna.id, "email_link")
    answer = " ".join(m["text"] for m in await web.says("Gdzie jest moje zamówienie?"))
    assert any(number in answer for number in orders), answer
    admin = await shop.running.agent("szef@example.pl", "admin", "Szef")
    agent = await shop.running.agent()
    path = f"/api/desk/conversations/{web.conversation_id}/unlink"
    assert (await agent.call("POST", path, {}))[0] == 403
    assert (await admin.call("POST", path, {}))[0] == 200
    assert (await admin.call("POST", path, {}))[0] == 409
    conversation = await shop.conversation()
    assert (conversation.customer_id, conversation.verified) == (None, {})
    facts = [f for f in await shop.rows(Fact) if not f.superseded]
    assert not [fact for fact in facts if fact.source.get("kind") == "identity"]
    events = [event.kind for event in await shop.rows(EventRecord)]
    assert "linked" in events and "unlinked" in events


async def test_guessing_the_number_ends_and_an_unknown_address_hears_the_same(shop: TelegramShop) -> None:
    web, nobody = await shop.running.customer(), await shop.running.customer()
    number = await ask_for_link(shop, web, "anna.kowalska@example.pl")
    await ask_for_link(shop, nobody, "nikt@example.pl")
    [row] = await until(lambda: mails(shop))
    known, unknown = (each.messages[-1]["text"] for each in (web, nobody))
    blank = re.compile(r"\b\d\d\b|\S+@\S+")
    assert blank.sub("", known) == blank.sub("", unknown)
    code = shop.running.built.linking._links.code(row)
    wrong = [str(n) for n in range(10, 14) if str(n) != number][:3]
    assert [(await confirm(shop, code, each))[0] for each in wrong] == [422, 422, 422]
    assert (await confirm(shop, code, number))[0] == 403
    assert (await confirm(shop, "0" * 48, number))[0] == 403
    async with shop.database.read() as session:
        linked = select(func.count()).where(Conversation.customer_id.is_not(None))
        assert await session.scalar(linked) == 0


async def test_who_is_known_goes_on_with_the_human_who_has_their_case(shop: TelegramShop) -> None:
    async with shop.database.read() as session:
        anna_id = await session.scalar(select(Customer.id).where(Customer.email == "anna.kowalska@example.pl"))
    first = await shop.running.customer()
    await first.says("Chcę rozmawiać z człowiekiem")
    async with shop.database.write() as session:
        (await session.get_one(Conversation, first.conversation_id)).customer_id = anna_id
    agent = await shop.running.agent()
    await agent.does(first.conversation_id, "claim")
    second = await shop.running.customer()
    number = await ask_for_link(shop, second, "anna.kowalska@example.pl")
    [row] = await until(lambda: mails(shop))
    assert (await confirm(shop, shop.running.built.linking._links.code(row), number))[0] == 200
    await agent.does(first.conversation_id, "messages", text="Widzę Panią i tu", kind="reply", client_id="a1")
    assert "Widzę Panią i tu" in [m["text"] for m in await second.news()]
    status, _ = await second.post(text="super")
    assert status == 202
    opened = await agent.get(f"/api/desk/conversations/{first.conversation_id}")
    assert opened["messages"][-1]["text"] == "super"
    assert [p["id"] for p in opened["context"]["previous"]] == [second.conversation_id]


async def test_the_same_proven_order_shows_the_agent_the_other_conversation(shop: TelegramShop) -> None:
    web = await shop.running.customer()
    await web.says("Gdzie jest zamówienie 100610? anna.kowalska@example.pl")
    anna, jan = shop.telegram.users.add(7), shop.telegram.users.add(8, "Anna")
    await answered(jan, lambda: jan.say("Gdzie jest zamówienie 100610? jan@example.pl"), 2)
    await answered(anna, lambda: anna.say("Gdzie jest zamówienie 100610? anna.kowalska@example.pl"), 2)
    agent = await shop.running.agent()
    chats = {link.address: link.conversation_id for link in await shop.rows(ChannelLink)}
    opened = await agent.get(f"/api/desk/conversations/{chats['7']}")
    assert [p["id"] for p in opened["context"]["previous"]] == [web.conversation_id]
    opened = await agent.get(f"/api/desk/conversations/{chats['8']}")
    assert opened["context"]["previous"] == [], "the same first name proves nothing"
