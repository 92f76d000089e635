"""A small shop's desk for tests: a real database, the project's own texts, a clock that obeys."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from argon2 import PasswordHasher
from sqlalchemy import select

from bot.domain.conversation import State
from bot.domain.hours import OpeningHours
from bot.responses import Responses
from bot.services.accounts import Accounts
from bot.services.attachments import Attachments
from bot.services.bell import LocalBell
from bot.services.continuing import Continuing
from bot.services.desk import Desk
from bot.services.one_time_links import OneTimeLinks
from bot.services.transcript import announce, say
from bot.storage.database import Database
from bot.storage.tables import ChannelLink, Conversation, EventRecord, Message, Promise, User
from bot.web import assets, keys
from bot.web.chat.socket import close_all
from bot.web.desk.routes import setup_routes
from bot.web.errors import errors
from tests.databases import new_database
from tests.fakes import ROOT, FakeClock

HOURS = OpeningHours.parse("1-5 08:00-20:00, 6 10:00-16:00")
PASSWORD = "correct horse"
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@dataclass
class World:
    database: Database
    clock: FakeClock
    bell: LocalBell
    responses: Responses
    accounts: Accounts
    desk: Desk
    folder: Path
    resumed: list[str] = field(default_factory=list)

    async def user(self, name: str, role: str = "agent") -> User:
        """A member of staff, seen just now."""
        user = await self.accounts.add_user(f"{name.lower()}@shop.pl", role, PASSWORD, name=name)
        await self.accounts.present(user)
        return user

    async def conversation(self, state: State = State.BOT, assignee: User | None = None, **values: Any) -> str:
        """A conversation in which the customer wrote one message, already in `state`."""
        now = self.clock.now()
        conversation_id = secrets.token_hex(8)
        waiting = state is State.WAITING
        given = {
            "state": state.value,
            "language": "en",
            "assignee_id": assignee.id if assignee else None,
            "waiting_since": now if waiting else None,
            "snoozed_until": now + dt.timedelta(hours=1) if state is State.SNOOZED else None,
            "handoff": {"reason": "asked", "message_id": None, "text": "human please"} if state != State.BOT else {},
            "last_customer_at": now,
            "created_at": now,
            "updated_at": now,
        }
        async with self.database.write() as session:
            conversation = Conversation(id=conversation_id, **(given | values))
            session.add(conversation)
            await session.flush()
            link = ChannelLink(
                conversation_id=conversation_id, channel="web", address=secrets.token_hex(8), created_at=now
            )
            session.add(link)
            await say(session, conversation, now, sender="bot", text="Hello", buttons=[("Yes", "/affirm")])
            await session.flush()
            await self._write(session, conversation, link, "Where is my parcel?")
            if waiting:
                due = now + dt.timedelta(minutes=30)
                session.add(Promise(conversation_id=conversation_id, kind="human_reply", due_at=due, created_at=now))
        return conversation_id

    async def customer_writes(self, conversation_id: str, text: str, *, processed: bool = False) -> int:
        """As the inbox stores it."""
        async with self.database.write() as session:
            conversation = await session.get_one(Conversation, conversation_id, with_for_update=True)
            link = await session.scalar(select(ChannelLink).where(ChannelLink.conversation_id == conversation_id))
            assert link is not None
            message = await self._write(session, conversation, link, text)
            message.processed_at = self.clock.now() if processed else None
        return message.id

    async def _write(self, session: Any, conversation: Conversation, link: ChannelLink, text: str) -> Message:
        now = self.clock.now()
        message = Message(
            conversation_id=conversation.id,
            link_id=link.id,
            external_id=secrets.token_hex(8),
            sender="customer",
            text=text,
            created_at=now,
            processed_at=now,
        )
        session.add(message)
        await session.flush()
        conversation.last_customer_at = conversation.updated_at = now
        announce(session, conversation.id, "message", "customer", now, message_id=message.id)
        return message

    async def get(self, conversation_id: str) -> Conversation:
        async with self.database.read() as session:
            return await session.get_one(Conversation, conversation_id)

    async def said(self, conversation_id: str) -> list[Message]:
        """The transcript."""
        async with self.database.read() as session:
            rows = select(Message).where(Message.conversation_id == conversation_id).order_by(Message.id)
            return list(await session.scalars(rows))

    async def all(self, table: Any, conversation_id: str) -> list[Any]:
        async with self.database.read() as session:
            rows = select(table).where(table.conversation_id == conversation_id).order_by(table.id)
            return list(await session.scalars(rows))

    async def events(self, conversation_id: str, kind: str) -> list[EventRecord]:
        return [event for event in await self.all(EventRecord, conversation_id) if event.kind == kind]


@asynccontextmanager
async def desk_world(folder: Path) -> AsyncIterator[World]:
    """A world where nobody works: it notes which conversations the workers were woken for."""
    database = Database(new_database(folder, "desk"))
    clock, bell, responses = FakeClock(), LocalBell(), Responses(ROOT / "data" / "responses", choose=lambda all: all[0])
    resumed: list[str] = []

    accounts = Accounts(database, clock, hasher=QUICK)
    continuing = Continuing(database, clock, OneTimeLinks(b"key of the tests"), [])
    desk = Desk(database, clock, responses, bell, HOURS, resumed.append, continuing)
    try:
        yield World(database, clock, bell, responses, accounts, desk, folder, resumed)
    finally:
        await database.close()


class Agent:
    """A browser at the desk: its own cookies and its CSRF token."""

    def __init__(self, client: TestClient[Any, Any]) -> None:
        self.client = client
        self.csrf = ""

    async def log_in(self, user: User) -> None:
        answer = await self.client.post("/api/desk/login", json={"email": user.email, "password": PASSWORD})
        assert answer.status == 200, await answer.text()
        self.csrf = (await answer.json())["csrf"]

    async def call(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        """Status and JSON of a call with the CSRF token, unless `headers` say otherwise."""
        sent = {"X-CSRF-Token": self.csrf, **headers}
        async with self.client.request(method, path, json=body, headers=sent) as answer:
            return answer.status, await answer.json()

    async def post(self, conversation_id: str, what: str, body: Any = None) -> tuple[int, Any]:
        return await self.call("POST", f"/api/desk/conversations/{conversation_id}/{what}", body or {})


@asynccontextmanager
async def desk_server(world: World) -> AsyncIterator[Callable[..., Awaitable[Agent]]]:
    """The desk over HTTP. Yields a function that opens a browser, logged in when given a user."""
    app = web.Application(middlewares=[errors])
    app[keys.DATABASE] = world.database
    app[keys.CLOCK] = world.clock
    app[keys.BELL] = world.bell
    app[keys.RESPONSES] = world.responses
    app[keys.ACCOUNTS] = world.accounts
    app[keys.DESK] = world.desk
    app[keys.ATTACHMENTS] = Attachments(world.database, world.clock, world.folder / "attachments")
    app[keys.CONTINUING] = world.desk.continuing
    app[keys.SOCKETS] = set()
    app.on_shutdown.append(close_all)
    setup_routes(app)
    assets.setup_routes(app)
    server = TestServer(app)
    await server.start_server()
    clients: list[TestClient[Any, Any]] = []

    async def browser(user: User | None = None) -> Agent:
        client: TestClient[Any, Any] = TestClient(server)
        clients.append(client)
        agent = Agent(client)
        if user is not None:
            await agent.log_in(user)
        return agent

    try:
        yield browser
    finally:
        for client in clients:
            await client.session.close()
        await server.close()
