"""Our senders against the stand-ins: what arrives, and the remedy each error asks for."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from bot.responses import Responses
from bot.services.pacing import Pace
from bot.services.ports import ChannelSender, GiveUp, LinkDead, Outgoing, OutgoingFile, RetryLater, Sent
from bot.settings import PROJECT
from bot.simulator.faults import Fault
from bot.simulator.messenger import MessengerStandIn
from bot.simulator.telegram import TelegramStandIn
from integrations.messenger.channel import MessengerChannel
from integrations.telegram.channel import TelegramChannel
from tests.fakes import FakeClock
from tests.phones import APP_SECRET, PAGE_TOKEN, TOKEN, VERIFY, serving

RESPONSES = Responses(PROJECT / "data" / "responses")
CLOCK = FakeClock()
CARD = {"title": "Buty Granit", "subtitle": "649,00 zł", "url": "https://szlak.example/p/1", "buttons": []}
JPG, SVG = "https://szlak.example/granit.jpg", "/shop/images/granit.svg"


class Phone:
    """A channel, its stand-in and the customer's phone, in the words both channels share."""

    def __init__(self, channel: Any, standin: Any, user: Any, address: str, method: str) -> None:
        self.channel: ChannelSender = channel
        self.standin, self.user, self.address, self.method = standin, user, address, method

    def texts(self) -> list[str]:
        return [m.get("text") or m.get("caption") or "" for m in self.user.messages if m.get("by") != "customer"]

    async def send(self, **what: Any) -> list[Sent]:
        """All parts of a message."""
        sent: list[Sent] = []
        while not sent or sent[-1].more:
            one = await self.channel.send(outgoing(self.address, part=len(sent), **what))
            assert one is not None
            sent.append(one)
        return sent

    def error(self, status: int, telegram: dict[str, Any], messenger: dict[str, Any], **more: Any) -> None:
        body = telegram if self.method == "sendMessage" else {"error": {"message": "no", **messenger}}
        self.standin.faults.plan(Fault(self.method, status, body, **more))


def outgoing(address: str, **what: Any) -> Outgoing:
    given = {"text": "Dzień dobry", "author": None, "buttons": [], "cards": [], "last_customer_at": CLOCK.now()}
    return Outgoing(key="delivery-7", conversation_id="c", address=address, language="pl", **{**given, **what})


@asynccontextmanager
async def telegram_phone() -> AsyncIterator[Phone]:
    telegram = TelegramStandIn(TOKEN, paced=False)
    async with serving(telegram.application()) as api:
        bot = TelegramChannel(TOKEN, RESPONSES, ["pl", "en"], api=api, pace=Pace(0, 0), base="https://chat.example")
        yield Phone(bot, telegram, telegram.users.add(7), "7", "sendMessage")
        await bot.close()


def page(api: str) -> MessengerChannel:
    return MessengerChannel(
        PAGE_TOKEN,
        APP_SECRET,
        VERIFY,
        RESPONSES,
        ["pl", "en"],
        CLOCK,
        api=api,
        pace=Pace(0, 0),
        base="https://chat.example",
    )


@asynccontextmanager
async def messenger_phone() -> AsyncIterator[Phone]:
    graph = MessengerStandIn(PAGE_TOKEN, APP_SECRET, paced=False)
    async with serving(graph.application()) as api:
        channel = page(api)
        user = graph.people.add("5001")
        user.say("dzień dobry")
        yield Phone(channel, graph, user, "5001", "me/messages")
        await channel.close()


@pytest.fixture(params=[telegram_phone, messenger_phone], ids=["telegram", "messenger"])
async def phone(request: pytest.FixtureRequest) -> AsyncIterator[Phone]:
    async with request.param() as made:
        yield made


@pytest.fixture
async def telegram() -> AsyncIterator[Phone]:
    async with telegram_phone() as made:
        yield made


@pytest.fixture
async def messenger() -> AsyncIterator[Phone]:
    async with messenger_phone() as made:
        yield made


async def test_a_text_arrives_as_it_is(phone: Phone) -> None:
    sent = await phone.send(text="Cena < 100 zł & *już* [dziś] 🙂\nhttps://szlak.example/a_b_c")
    assert phone.texts() == ["Cena < 100 zł & *już* [dziś] 🙂\nhttps://szlak.example/a_b_c"]
    assert len(sent) == 1 and sent[0].receipts


async def test_a_long_text_arrives_in_order_and_whole(phone: Phone) -> None:
    text = "\n\n".join(" ".join(f"Zdanie {a}-{b} 🙂." for b in range(25)) for a in range(12))
    sent = await phone.send(text=text, buttons=[{"id": "b1", "title": "Tak"}])
    assert len(sent) >= 2 and len(phone.texts()) == len(sent)
    assert "".join("".join(phone.texts()).split()) == "".join(text.split())
    shown = [
        bool(m.get("reply_markup") or m.get("quick_replies")) for m in phone.user.messages if m.get("by") != "customer"
    ]
    assert shown == [False] * (len(sent) - 1) + [True], "the buttons are under the last part"


async def test_many_buttons_with_long_titles(phone: Phone) -> None:
    buttons = [
        {"id": f"button-{n:02}-abcdef", "title": f"Zamówienie numer {n} z dwunastego czerwca, trzy pary butów"}
        for n in range(20)
    ]
    await phone.send(text="Które?", buttons=buttons)
    assert phone.texts()[0].startswith("Które?")


@pytest.mark.parametrize("images", [[JPG], [SVG], [JPG, JPG, JPG], [JPG, SVG], [None]])
async def test_cards_with_and_without_pictures_that_can_be_shown(phone: Phone, images: list[str | None]) -> None:
    cards = [{**CARD, "title": f"Buty {n}", "image": image} for n, image in enumerate(images)]
    await phone.send(text="Proponuję:", cards=cards, buttons=[{"id": "b1", "title": "Buty 0"}])
    everything = str(phone.user.messages)
    assert all(f"Buty {n}" in everything for n in range(len(images))) and "Proponuję:" in everything
    assert ".svg" not in everything


async def test_a_picture_the_channel_refuses_becomes_words(phone: Phone) -> None:
    method = "sendPhoto" if phone.method == "sendMessage" else phone.method
    refusal = {"ok": False, "error_code": 400, "description": "Bad Request: failed to get HTTP URL content"}
    body = refusal if phone.method == "sendMessage" else {"error": {"message": "(#100) image", "code": 100}}
    phone.standin.faults.plan(Fault(method, 400, body))
    await phone.send(text="Proponuję:", cards=[{**CARD, "image": JPG}])
    assert "Buty Granit" in " ".join(phone.texts())


async def test_an_agents_file_and_name(phone: Phone, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"\x89PNG\r\n\x1a\n0000")
    files = [OutgoingFile("etykieta.png", "image/png", path), OutgoingFile("faktura.pdf", "application/pdf", path)]
    await phone.send(text="Proszę.", sender="agent", author="Ola Nowak", files=files)
    assert len(phone.user.messages) - (phone.method != "sendMessage") == 3
    assert phone.texts()[-1].replace(":", "") == "Ola\nProszę."


async def test_too_fast_says_how_long_to_wait(phone: Phone) -> None:
    phone.error(
        429 if phone.method == "sendMessage" else 400,
        {"ok": False, "error_code": 429, "description": "Too Many Requests", "parameters": {"retry_after": 17}},
        {"code": 613},
    )
    with pytest.raises(RetryLater) as caught:
        await phone.send()
    assert caught.value.after == (17 if phone.method == "sendMessage" else None)


@pytest.mark.parametrize("status", [500, 502, 503])
async def test_a_server_that_is_down_is_tried_later(phone: Phone, status: int) -> None:
    phone.standin.faults.plan(Fault(phone.method, status, "<html>Bad Gateway</html>"))
    with pytest.raises(RetryLater):
        await phone.send()


async def test_who_blocked_us_is_a_dead_link(phone: Phone) -> None:
    phone.user.blocked = True
    with pytest.raises(LinkDead) as caught:
        await phone.send()
    assert caught.value.problem == ("blocked" if phone.method == "sendMessage" else "unreachable")


async def test_who_never_was_is_a_dead_link(phone: Phone) -> None:
    phone.address = "424242"
    with pytest.raises(LinkDead):
        await phone.send()


async def test_a_refusal_for_good_is_given_up(phone: Phone) -> None:
    phone.error(
        400,
        {"ok": False, "error_code": 400, "description": "Bad Request: nope"},
        {"code": 10, "error_subcode": 2018278},
    )
    with pytest.raises(GiveUp):
        await phone.send()


async def test_a_token_that_is_refused_loses_no_message_and_is_not_said(phone: Phone) -> None:
    phone.error(401, {"ok": False, "error_code": 401, "description": "Unauthorized"}, {"code": 190})
    with pytest.raises(RetryLater) as caught:
        await phone.send()
    assert TOKEN not in str(caught.value) and PAGE_TOKEN not in str(caught.value)


async def test_no_server_is_tried_later_and_no_secret_is_said(phone: Phone) -> None:
    nowhere = "http://127.0.0.1:9"
    channel: Any = page(nowhere)
    if phone.method == "sendMessage":
        channel = TelegramChannel(TOKEN, RESPONSES, ["pl"], api=nowhere, pace=Pace(0, 0))
    with pytest.raises(RetryLater) as caught:
        await channel.send(outgoing(phone.address))
    assert TOKEN not in str(caught.value) and PAGE_TOKEN not in str(caught.value)
    await channel.close()


async def test_formatting_that_is_refused_goes_out_plain(telegram: Phone) -> None:
    refusal = {"ok": False, "error_code": 400, "description": "Bad Request: can't parse entities: wrong offset"}
    telegram.standin.faults.plan(Fault("sendMessage", 400, refusal))
    await telegram.send(sender="agent", author="Ola Nowak")
    assert telegram.texts() == ["Ola\nDzień dobry"] and not telegram.user.messages[-1].get("entities")


@pytest.mark.parametrize(
    ("hours", "sender", "tag"),
    [(1, "bot", None), (23, "agent", None), (25, "agent", "HUMAN_AGENT"), (160, "agent", "HUMAN_AGENT")],
)
async def test_messengers_windows_that_are_open(messenger: Phone, hours: int, sender: str, tag: str | None) -> None:
    await messenger.send(sender=sender, last_customer_at=CLOCK.now() - dt.timedelta(hours=hours))
    assert messenger.standin.calls[-1][1].get("tag") == tag


@pytest.mark.parametrize(("hours", "sender"), [(25, "bot"), (25, "system"), (169, "agent"), (None, "agent")])
async def test_messengers_windows_that_are_shut_are_not_even_tried(
    messenger: Phone, hours: int | None, sender: str
) -> None:
    calls = len(messenger.standin.calls)
    last = CLOCK.now() - dt.timedelta(hours=hours) if hours else None
    with pytest.raises(GiveUp):
        await messenger.send(sender=sender, last_customer_at=last)
    assert len(messenger.standin.calls) == calls
