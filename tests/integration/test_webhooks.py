"""The door outside channels call at: proven or refused, stored once before the answer, taken up after a crash."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.settings import Settings
from bot.storage.tables import ChannelEvent, Message
from tests.contract.payloads import MESSENGER, TELEGRAM
from tests.phones import (
    APP_SECRET,
    PAGE_TOKEN,
    TOKEN,
    VERIFY,
    MessengerShop,
    TelegramShop,
    messenger_shop,
    telegram_shop,
)
from tests.running import Running, running_gateway

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"


@pytest.fixture
async def telegram(tmp_path: Path) -> AsyncIterator[TelegramShop]:
    async with telegram_shop(tmp_path, mode="webhook") as shop:
        yield shop


@pytest.fixture
async def messenger(tmp_path: Path) -> AsyncIterator[MessengerShop]:
    async with messenger_shop(tmp_path) as shop:
        yield shop


@pytest.fixture
async def plain(tmp_path: Path) -> AsyncIterator[Running]:
    async with running_gateway(tmp_path) as running:
        yield running


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "telegram"), ("POST", "messenger"), ("GET", "messenger"), ("POST", "shop")],
)
async def test_a_channel_that_is_not_configured_is_not_there(plain: Running, method: str, path: str) -> None:
    async with plain.http.request(method, f"{plain.url}/webhooks/{path}") as response:
        assert response.status == 404
        assert (await response.json())["error"]["code"] == "channel_not_configured"


@pytest.mark.parametrize("given", [None, "", "wrong", "ą", "x" * 300])
async def test_telegram_without_the_secret_is_refused(telegram: TelegramShop, given: str | None) -> None:
    headers = {} if given is None else {SECRET_HEADER: given}
    async with telegram.running.http.post(
        f"{telegram.running.url}/webhooks/telegram", json=TELEGRAM["text"], headers=headers
    ) as response:
        assert response.status == 403
    assert await telegram.rows(ChannelEvent) == []


async def post_telegram(shop: TelegramShop, body: bytes) -> int:
    headers = {SECRET_HEADER: shop.telegram.webhook["secret_token"], "Content-Type": "application/json"}
    url = f"{shop.running.url}/webhooks/telegram"
    async with shop.running.http.post(url, data=body, headers=headers) as response:
        return response.status


async def test_telegram_with_the_secret_is_stored_once(telegram: TelegramShop) -> None:
    body = json.dumps(TELEGRAM["text"]).encode()
    assert [await post_telegram(telegram, body) for _ in range(3)] == [200, 200, 200]
    assert len(await telegram.rows(ChannelEvent)) == 1


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"no json", 400),
        (b"[]", 200),
        (b'{"update_id": 1}', 200),
        (b'{"update_id": 2, "message": {}}', 200),
        (b'{"update_id": 3, "message": {"chat": 7}}', 200),
        (json.dumps(TELEGRAM["unheard_of"]).encode(), 200),
    ],
)
async def test_what_telegram_sends_and_we_do_not_know_is_taken_and_dropped(
    telegram: TelegramShop, body: bytes, status: int
) -> None:
    assert await post_telegram(telegram, body) == status
    assert await telegram.rows(ChannelEvent) == []


async def test_nothing_secret_is_in_an_address(telegram: TelegramShop) -> None:
    assert TOKEN not in telegram.telegram.webhook["url"]
    assert len(telegram.telegram.webhook["secret_token"]) == 64


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"hub.mode": "subscribe", "hub.verify_token": VERIFY, "hub.challenge": "1158201444"}, 200),
        ({"hub.mode": "subscribe", "hub.verify_token": "wrong", "hub.challenge": "1"}, 403),
        ({"hub.mode": "unsubscribe", "hub.verify_token": VERIFY, "hub.challenge": "1"}, 403),
        ({}, 403),
    ],
)
async def test_messengers_verification(messenger: MessengerShop, query: dict[str, str], status: int) -> None:
    async with messenger.running.http.get(messenger.webhook, params=query) as response:
        assert response.status == status
        if status == 200:
            assert await response.text() == "1158201444"


@pytest.mark.parametrize("change", ["body", "signature", "none", "sha1"])
async def test_messenger_signs_the_raw_body(messenger: MessengerShop, change: str) -> None:
    body, headers = messenger.graph.notification([MESSENGER["text"]])
    if change == "body":
        body = body.replace(b"paczka", b"Paczka") + b" "
    if change == "signature":
        headers["X-Hub-Signature-256"] = "sha256=" + "0" * 64
    if change == "none":
        del headers["X-Hub-Signature-256"]
    if change == "sha1":
        headers["X-Hub-Signature-256"] = headers["X-Hub-Signature-256"].replace("sha256", "sha1")
    async with messenger.running.http.post(messenger.webhook, data=body, headers=headers) as response:
        assert response.status == 403
    assert await messenger.rows(ChannelEvent) == []


async def test_messengers_other_events_are_acknowledged(messenger: MessengerShop) -> None:
    names = ("delivery", "read", "reaction", "pass_thread_control")
    body, headers = messenger.graph.notification([MESSENGER[name] for name in names])
    async with messenger.running.http.post(messenger.webhook, data=body, headers=headers) as response:
        assert response.status == 200
    assert await messenger.rows(ChannelEvent) == []


async def test_a_database_that_is_locked_makes_the_channel_send_again(messenger: MessengerShop) -> None:
    body, headers = messenger.graph.notification([MESSENGER["text"]])
    intake = messenger.running.built.intake
    accept = intake.accept

    async def fails(*_: object) -> int:
        raise OSError("no space left on device")

    intake.accept = fails  # type: ignore[method-assign]
    async with messenger.running.http.post(messenger.webhook, data=body, headers=headers) as response:
        assert response.status >= 500
    intake.accept = accept  # type: ignore[method-assign]
    async with messenger.running.http.post(messenger.webhook, data=body, headers=headers) as response:
        assert response.status == 200
    assert len(await messenger.rows(ChannelEvent)) == 1


async def test_what_was_acknowledged_before_a_crash_is_taken_up_at_the_start(tmp_path: Path) -> None:
    async with telegram_shop(tmp_path) as shop:
        clock = shop.running.built.clock
        async with shop.database.write() as session:
            event = TELEGRAM["text"]
            session.add(
                ChannelEvent(
                    channel="telegram",
                    external_id="10000",
                    address="1111111",
                    place=10000,
                    payload=event,
                    received_at=clock.now(),
                )
            )
        found = await shop.eventually(
            lambda: shop.rows(Message), lambda rows: any(row.sender == "customer" for row in rows)
        )
        assert next(row.text for row in found if row.sender == "customer") == "Gdzie jest moja paczka?"


async def test_an_event_that_breaks_us_is_set_aside_and_the_chat_goes_on(messenger: MessengerShop) -> None:
    receiving = messenger.running.built.intake._receiving
    take = receiving.take

    async def breaks(session, channel, arrival, *rest):  # type: ignore[no-untyped-def]
        if arrival.text == "zły":
            raise RuntimeError("a defect")
        return await take(session, channel, arrival, *rest)

    receiving.take = breaks  # type: ignore[method-assign]
    anna = messenger.graph.people.add("5001")
    anna.say("zły")
    anna.say("dobry")

    async def stored() -> list[str]:
        async with messenger.database.read() as session:
            return list(await session.scalars(select(Message.text).where(Message.sender == "customer")))

    assert await messenger.eventually(stored, bool) == ["dobry"]
    row = (await messenger.rows(ChannelEvent))[0]
    assert (row.error, row.payload) == ("RuntimeError", {})


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"TELEGRAM_TOKEN": "abc"}, "TELEGRAM_TOKEN"),
        ({"TELEGRAM_TOKEN": TOKEN, "TELEGRAM_MODE": "push"}, "TELEGRAM_MODE"),
        ({"TELEGRAM_TOKEN": TOKEN, "TELEGRAM_MODE": "webhook"}, "PUBLIC_URL"),
        ({"MESSENGER_TOKEN": PAGE_TOKEN}, "APP_SECRET"),
        ({"MESSENGER_TOKEN": PAGE_TOKEN, "MESSENGER_APP_SECRET": APP_SECRET}, "VERIFY_TOKEN"),
    ],
)
def test_a_wrong_setting_is_said(given: dict[str, str], said: str) -> None:
    with pytest.raises(Exception, match=said):
        Settings.load({f"TELLONCE_{name}": value for name, value in given.items()})
