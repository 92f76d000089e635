"""The assistant the simulated customers talk to: the gateway's own services and actions, and a real Rasa brain.

Nothing is faked but the clock: every conversation has its own, which moves with each message, so that neither the load
of the machine nor the other conversations change what happens in it.
"""

from __future__ import annotations

import asyncio
import contextvars
import datetime as dt
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiohttp import web
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from bot import app as composition
from bot.services.attachments import Attachments
from bot.services.identity import Identity
from bot.services.inbox import Incoming
from bot.settings import Settings
from bot.storage import shop as tables
from bot.storage.base import Base
from bot.storage.tables import Button, ChannelLink, Conversation, Fact, Message, TurnRecord, User
from bot.web.actions import actions_app
from tests.databases import prepared_database
from tests.model import trained_model

MORNING = dt.datetime(2026, 6, 16, 9, 0, tzinfo=dt.UTC)
"""A Tuesday in opening hours; the sample shop's days count from it."""
NIGHT = dt.datetime(2026, 6, 16, 20, 30, tzinfo=dt.UTC)
"""The same day after closing: a human answers tomorrow."""
_moment: contextvars.ContextVar[dt.datetime] = contextvars.ContextVar("moment", default=MORNING)


class OwnClock:
    """The clock of the conversation that asks."""

    def now(self) -> dt.datetime:
        return _moment.get()

    def set(self, moment: dt.datetime) -> None:
        _moment.set(moment)

    def move(self, seconds: float) -> None:
        _moment.set(_moment.get() + dt.timedelta(seconds=seconds))


@dataclass(frozen=True)
class Turn:
    """What came back to one message: what was said, the buttons under it, and what the assistant is waiting for."""

    messages: list[Message]
    buttons: list[Button]
    state: str
    reason: str | None
    """Why a human was called."""
    question: dict[str, Any] | None
    """The open question as the conversation keeps it."""
    asked: list[dict[str, Any]]
    """The questions of this turn as the engine counted them: {"key", "redundant"}."""
    intent: str | None
    error: str | None

    @property
    def text(self) -> str:
        return "\n".join(message.text for message in self.messages)

    @property
    def bots(self) -> list[Message]:
        return [message for message in self.messages if message.sender == "bot"]


@dataclass
class Talk:
    """One conversation on one channel link."""

    world: World
    id: str
    link: ChannelLink
    seen: int = 0
    sent: int = 0

    async def says(self, text: str) -> Turn:
        return await self._send(text=text)

    async def presses(self, button: Button) -> Turn:
        return await self._send(button=button.id)

    async def sends(self, name: str, content: bytes) -> Turn:
        """A file."""
        return await self._send(attachment=await self.world.attachments.store(self.id, name, content))

    async def _send(self, **what: Any) -> Turn:
        self.sent += 1
        self.world.clock.move(20)
        incoming = Incoming(f"{self.link.id}-{self.sent}", **what)
        await self.world.gateway.inbox.accept(self.link, incoming)
        await self.world.gateway.turns.process(self.id)
        return await self.news()

    async def news(self) -> Turn:
        """What has been said since, and how things stand."""
        async with self.world.gateway.database.read() as session:
            heard = select(Message).where(Message.conversation_id == self.id, Message.id > self.seen)
            messages = list(await session.scalars(heard.order_by(Message.id)))
            self.seen = messages[-1].id if messages else self.seen
            messages = [message for message in messages if message.sender != "customer" and message.kind == "message"]
            shown = select(Button).where(Button.conversation_id == self.id, ~Button.expired)
            buttons = list(await session.scalars(shown.order_by(Button.message_id, Button.position)))
            conversation = await session.get_one(Conversation, self.id)
            last = select(TurnRecord).where(TurnRecord.conversation_id == self.id).order_by(TurnRecord.id.desc())
            record = await session.scalar(last.limit(1))
        by_bot = any(message.sender == "bot" for message in messages)
        return Turn(
            messages,
            buttons,
            conversation.state,
            conversation.handoff.get("reason"),
            conversation.dialogue.get("question"),
            list(record.questions) if record is not None and by_bot else [],
            record.intent if record is not None and by_bot else None,
            record.error if record is not None else None,
        )

    async def facts(self) -> dict[str, str]:
        rows = await self.world.rows(Fact, Fact.conversation_id == self.id, ~Fact.superseded)
        return {row.key: row.value for row in rows}


@dataclass
class World:
    """The running assistant and the shop it serves. `orders`, `products` … are the shop as it was at the start."""

    gateway: composition.Gateway
    clock: OwnClock
    attachments: Attachments
    orders: dict[str, tables.Order]
    products: dict[str, tables.Product]
    customers: dict[str, tables.Customer]
    promotions: list[tables.Promotion]
    articles: list[tables.Article]
    profile: dict[str, str]
    agent: User

    async def opens(self, language: str, customer: tables.Customer | None = None, *, fresh: bool = False) -> Talk:
        """A new web conversation, of a customer the shop vouches for if one is given."""
        identity = None
        if customer is not None:
            identity = Identity(customer.id, customer.email, customer.name, customer.language)
        return await self._talk(await self.gateway.inbox.open_session(language, identity, fresh=fresh))

    async def goes_on(self, talk: Talk) -> Talk:
        """The same conversation on another link, as a signed link opens it elsewhere."""
        return await self._talk(await self.gateway.inbox.open_session(resume=talk.id))

    async def settles(self, talk: Talk) -> None:
        """A human ends the conversation, if one was called to it."""
        turn = await talk.news()
        if turn.state in ("waiting", "assigned"):
            if turn.state == "waiting":
                await self.gateway.desk.claim(self.agent, talk.id)
            await self.gateway.desk.resolve(self.agent, talk.id, "done")

    async def _talk(self, opened: Any) -> Talk:
        return Talk(self, opened.conversation_id, await self.gateway.inbox.authenticate(opened.token))

    async def rows(self, table: type[Base], *where: Any) -> list[Any]:
        async with self.gateway.database.read() as session:
            return list(await session.scalars(select(table).where(*where)))


@asynccontextmanager
async def running_world(folder: Path, model: Path | None = None) -> AsyncIterator[World]:
    """Everything started; a brain that runs already (TELLONCE_BRAIN_URL) is used instead of an own one."""
    clock = OwnClock()
    address = await prepared_database(folder, clock)
    given = {key: value for key, value in os.environ.items() if key.startswith("TELLONCE_")}
    settings = Settings.load(
        {
            **given,
            "TELLONCE_DATA_DIR": str(folder),
            "TELLONCE_DATABASE_URL": address,
            "TELLONCE_ANSWER_SECONDS": "100",
        }
    )
    gateway = composition.build(settings, clock=clock)
    gateway.responses._choose = lambda variants: variants[0]  # one wording each: a seed gives the same conversation
    runner = web.AppRunner(actions_app(gateway.executor, getattr(gateway.brain, "secret", "")), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", settings.actions_port).start()
    gateway.actions_port = runner.addresses[0][1]
    await gateway.brain.start(model or (Path() if settings.brain_url else trained_model()))
    try:
        async with asyncio.timeout(300):
            while not await gateway.brain.ready():
                await asyncio.sleep(0.1)
        yield await _world(gateway, clock)
    finally:
        await gateway.brain.stop()
        await runner.cleanup()
        await gateway.database.close()


async def _world(gateway: composition.Gateway, clock: OwnClock) -> World:
    def nobody(_: str) -> None:
        """The simulator runs a conversation's turns itself, so that it knows when they are over."""

    gateway.inbox._wake = gateway.desk._wake = nobody
    await gateway.accounts.add_user("ola@example.pl", role="agent", password="bardzo-dobre-haslo", name="Ola Nowak")
    order, line = tables.Order, tables.OrderLine
    whole = (
        selectinload(order.lines).selectinload(line.variant).selectinload(tables.Variant.product),
        selectinload(order.payments),
        selectinload(order.shipments).selectinload(tables.Shipment.carrier_row),
        selectinload(order.returns).selectinload(tables.Return.lines),
        selectinload(order.exchanges),
        selectinload(order.complaints),
        selectinload(order.invoices),
        selectinload(order.customer),
    )
    async with gateway.database.read() as session:
        orders = await session.scalars(select(order).options(*whole).order_by(order.number))
        products = await session.scalars(
            select(tables.Product)
            .where(tables.Product.active)
            .options(selectinload(tables.Product.variants))
            .order_by(tables.Product.id)
        )
        return World(
            gateway,
            clock,
            Attachments(gateway.database, clock, gateway.settings.attachments_dir),
            {row.number: row for row in orders},
            {row.id: row for row in products},
            {row.id: row for row in await session.scalars(select(tables.Customer).order_by(tables.Customer.id))},
            list(await session.scalars(select(tables.Promotion))),
            list(await session.scalars(select(tables.Article))),
            {row.key: row.value for row in await session.scalars(select(tables.ShopSetting))},
            (await session.scalars(select(User))).one(),
        )
