"""Customers with a phone, a stand-in of their messenger, and a gateway that talks to it, all in the test's own loop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiohttp import web
from sqlalchemy import select

from bot.services.pacing import Pace
from bot.services.ports import Clock
from bot.simulator.messenger import MessengerStandIn
from bot.simulator.messenger_user import User as MessengerUser
from bot.simulator.telegram import TelegramStandIn
from bot.simulator.telegram_user import User
from bot.storage.tables import ChannelLink, Conversation, Delivery, Fact, Message
from tests.running import Running, running_gateway

TOKEN = "123456789:AAF-local-stand-in-token-0123456789"
SECONDS = 60.0
"""However slow the machine."""


@asynccontextmanager
async def serving(app: web.Application) -> AsyncIterator[str]:
    """The address a stand-in is served at."""
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def until(what: Callable[[], Any]) -> Any:
    """The first true thing `what` says, waiting for it."""
    async with asyncio.timeout(SECONDS):
        while not (found := what()):
            await asyncio.sleep(0.01)
    return found


class Shop:
    """A gateway and what its tests look at."""

    def __init__(self, running: Running) -> None:
        self.running = running
        self.database = running.built.database

    async def rows(self, table: Any) -> list[Any]:
        async with self.database.read() as session:
            return list(await session.scalars(select(table).order_by(table.id)))

    async def conversation(self) -> Conversation:
        return (await self.rows(Conversation))[-1]  # type: ignore[no-any-return]

    async def link(self) -> ChannelLink:
        return (await self.rows(ChannelLink))[-1]  # type: ignore[no-any-return]

    async def transcript(self) -> list[tuple[str, str]]:
        return [(message.sender, message.text) for message in await self.rows(Message)]

    async def facts(self) -> dict[str, str]:
        return {fact.key: fact.value for fact in await self.rows(Fact) if not fact.superseded}

    async def deliveries(self) -> list[str]:
        return [delivery.status for delivery in await self.rows(Delivery)]

    async def eventually(self, look: Callable[[], Any], wanted: Callable[[Any], bool]) -> Any:
        """What `await look()` gives once it is as wanted."""
        async with asyncio.timeout(SECONDS):
            while not wanted(found := await look()):
                await asyncio.sleep(0.01)
        return found


class TelegramShop(Shop):
    def __init__(self, running: Running, telegram: TelegramStandIn) -> None:
        super().__init__(running)
        self.telegram = telegram


@asynccontextmanager
async def telegram_shop(
    folder: Path, *, mode: str = "polling", clock: Clock | None = None, paced: bool = False, **options: Any
) -> AsyncIterator[TelegramShop]:
    """A gateway on a stand-in of Telegram. `paced`: the stand-in holds it to the real pace."""
    standin = TelegramStandIn(TOKEN, paced=paced)
    standin.webhook_seconds = 0.05
    async with serving(standin.application()) as api:
        settings = {
            "TELLONCE_TELEGRAM_TOKEN": TOKEN,
            "TELLONCE_TELEGRAM_MODE": mode,
            "TELLONCE_TELEGRAM_API": api,
        }
        async with running_gateway(folder, clock=clock, settings=settings, **options) as running:
            if not paced:
                channel = running.built.intake.channels["telegram"]
                channel._sender._pace = Pace(0, 0)  # type: ignore[attr-defined]
            if mode == "webhook":
                # The gateway's port was not known when it told Telegram its address.
                await until(lambda: standin.webhook)
                standin.webhook["url"] = f"{running.url}/webhooks/telegram"
            yield TelegramShop(running, standin)


def said(user: User, since: int = 0) -> list[str]:
    """What the bot said to them."""
    own = [m for m in user.messages[since:] if m["from"]["is_bot"]]
    return [m.get("text") or m.get("caption") or "" for m in own]


def titles(user: User) -> list[str]:
    """The buttons under the newest message that has any."""
    for message in reversed(user.messages):
        rows = (message.get("reply_markup") or {}).get("inline_keyboard")
        if rows:
            return [button["text"] for row in rows for button in row]
    return []


async def answered(user: User, act: Callable[[], Any], count: int = 1) -> list[str]:
    """What the bot says to an act of theirs: at least `count` messages."""
    before = len(user.messages)
    act()
    await until(lambda: len(said(user, before)) >= count)
    return said(user, before)


PAGE_TOKEN, APP_SECRET, VERIFY = "EAAB-local-stand-in-page-token", "app-secret-of-the-stand-in", "sesame"


class MessengerShop(Shop):
    def __init__(self, running: Running, graph: MessengerStandIn) -> None:
        super().__init__(running)
        self.graph = graph
        self.webhook = f"{running.url}/webhooks/messenger"


@asynccontextmanager
async def messenger_shop(folder: Path, *, clock: Clock | None = None, **settings: str) -> AsyncIterator[MessengerShop]:
    """A gateway on a stand-in of the Graph API, its webhook verified."""
    standin = MessengerStandIn(PAGE_TOKEN, APP_SECRET, paced=False)
    standin.webhook_seconds = 0.05
    async with serving(standin.application()) as api:
        standin.people.base = api
        given = {
            "TELLONCE_MESSENGER_TOKEN": PAGE_TOKEN,
            "TELLONCE_MESSENGER_APP_SECRET": APP_SECRET,
            "TELLONCE_MESSENGER_VERIFY_TOKEN": VERIFY,
            "TELLONCE_MESSENGER_API": api,
            **settings,
        }
        async with running_gateway(folder, clock=clock, settings=given) as running:
            shop = MessengerShop(running, standin)
            assert await standin.verify(running.http, shop.webhook, VERIFY)
            yield shop


def page_said(user: MessengerUser, since: int = 0) -> list[str]:
    """What the Page said to them."""
    return [message.get("text", "") for message in user.messages[since:] if message["by"] == "page"]


async def page_answered(user: MessengerUser, act: Callable[[], Any], count: int = 1) -> list[str]:
    """What the Page says to an act of theirs: at least `count` messages."""
    before = len(user.messages)
    act()
    await until(lambda: len(page_said(user, before)) >= count)
    return page_said(user, before)
