"""Every route with nobody, an agent, a manager and an administrator; every change without its token and from elsewhere.

The routes are taken from the application itself: one that is not in the table below fails the test.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import aiohttp
import pytest
from aiohttp.test_utils import TestClient, TestServer

from bot import app as composition
from bot.domain.errors import NotFound
from bot.services.accounts import Visitor
from bot.services.people import ROLES
from bot.settings import Settings
from bot.storage.tables import User
from bot.web import keys
from bot.web.auth import COOKIE, CSRF_HEADER, SAFE
from bot.web.setup import create_web_app
from tests.databases import prepared_database
from tests.fakes import FakeBrain, FakeClock
from tests.running import SECRET, executor

ANYBODY = """
GET /
GET /api/chat/ws
GET /api/openapi.json
GET /api/setup
GET /chat/static/{name}
GET /confirm
GET /confirm/static/{name}
GET /desk
GET /desk/static/{name}
GET /healthz
GET /metrics
GET /orders
GET /orders/{number}
GET /products/{id}
GET /readyz
GET /setup
GET /setup/static/{name}
GET /shop/images/{name}
GET /shop/static/{name}
GET /static/{name}
GET /studio
GET /studio/static/{name}
GET /webhooks/messenger
GET /widget.js
POST /api/chat/confirm
POST /api/chat/sessions
POST /webhooks/messenger
POST /webhooks/shop
POST /webhooks/telegram
"""
"""The customer's WebSocket is here, because its token comes in the first frame."""
OWN_PAGES = """
POST /api/desk/login
POST /api/setup/admin
POST /api/setup/check
POST /api/setup/password
POST /orders/sign-in
POST /orders/sign-out
"""
"""Without a log-in, but not from another site's page."""
CUSTOMER = """
GET /api/chat/attachments/{id}
GET /api/chat/messages
POST /api/chat/attachments
POST /api/chat/continue
POST /api/chat/messages
"""
"""With a conversation's own token: a member of staff's cookie is nothing here."""
AGENT = """
DELETE /api/desk/sessions
DELETE /api/desk/sessions/{id}
GET /api/desk/agents
GET /api/desk/conversations
GET /api/desk/conversations/{id}
GET /api/desk/conversations/{id}/attachments/{file}
GET /api/desk/conversations/{id}/messages
GET /api/desk/me
GET /api/desk/search
GET /api/desk/sessions
GET /api/desk/ws
PATCH /api/desk/me
POST /api/desk/conversations/{id}/attachments
POST /api/desk/conversations/{id}/claim
POST /api/desk/conversations/{id}/continue
POST /api/desk/conversations/{id}/messages
POST /api/desk/conversations/{id}/messages/{message}/send
POST /api/desk/conversations/{id}/resolve
POST /api/desk/conversations/{id}/return
POST /api/desk/conversations/{id}/snooze
POST /api/desk/conversations/{id}/transfer
POST /api/desk/logout
POST /api/desk/password
PUT /api/desk/conversations/{id}/facts/{key}
"""
MANAGER = """
GET /api/desk/metrics
"""
ADMIN = """
DELETE /api/studio/intents/{name}
GET /api/studio/history
GET /api/studio/history/{id}
GET /api/studio/intents
GET /api/studio/intents/{name}
GET /api/studio/metrics
GET /api/studio/models
GET /api/studio/responses
GET /api/studio/responses/{name}
GET /api/studio/trainings
GET /api/studio/trainings/{id}
GET /api/studio/unrecognised
GET /api/studio/users
PATCH /api/studio/users/{id}
POST /api/desk/conversations/{id}/unlink
POST /api/studio/history/{id}/undo
POST /api/studio/intents/{name}/check
POST /api/studio/models/{id}/activate
POST /api/studio/parse
POST /api/studio/trainings
POST /api/studio/trainings/{id}/cancel
POST /api/studio/unrecognised/{id}
POST /api/studio/unrecognised/{id}/undo
POST /api/studio/users
POST /api/studio/users/{id}/password-link
PUT /api/studio/intents/{name}
PUT /api/studio/responses/{name}
"""

Route = tuple[str, str]
OPEN = ("anybody", "own pages", "customer")
HARMLESS = {
    keys.ACCOUNTS,
    keys.BELL,
    keys.BRAIN,
    keys.CLOCK,
    keys.DATABASE,
    keys.DEMO_SHOP,
    keys.DESK,
    keys.OWN_ACCOUNT,
    keys.RESPONSES,
    keys.SETTINGS,
    keys.SETUP_LINKS,
    keys.SOCKETS,
    keys.STAFF,
}
"""What handlers really get here. The rest trains, publishes or writes files."""
DOORS = {"unauthorized", "forbidden", "csrf_failed", "origin_not_allowed"}
FOREIGN = "https://evil.example"


def declared() -> dict[Route, str]:
    """Each route of the table with the least that opens it: anybody, own pages, customer, or a role."""
    sections = {"anybody": ANYBODY, "own pages": OWN_PAGES, "customer": CUSTOMER}
    sections |= {"agent": AGENT, "manager": MANAGER, "admin": ADMIN}
    found: dict[Route, str] = {}
    for least, lines in sections.items():
        for line in lines.split("\n"):
            if line:
                method, path = line.split(" ")
                assert found.setdefault((method, path), least) == least, f"{line} is there twice"
    return found


TABLE = declared()
STAFF = sorted(route for route, least in TABLE.items() if least in ROLES)
CHANGES = [route for route in STAFF if route[0] not in SAFE]


class Nothing:
    """In place of what would really train, publish or write files: whatever it is asked, it knows nothing of it."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __call__(self, *_: Any, **__: Any) -> NoReturn:
        raise NotFound()


@dataclass
class Walk:
    built: composition.Gateway
    client: TestClient[Any, Any]
    users: dict[str, User]

    async def go(self, route: Route, role: str | None, *, token: bool = True, **headers: str) -> tuple[int, str]:
        """Status and error code of the call, with a log-in of its own: some of these calls end theirs."""
        if role is not None:
            async with self.built.database.write() as session:
                user = await session.get_one(User, self.users[role].id)
                logged_in = await self.built.accounts.begin(session, user, Visitor("127.0.0.1", "walk"))
            headers["Cookie"] = f"{COOKIE}={logged_in.token}"
            if token:
                headers[CSRF_HEADER] = logged_in.csrf
        method, path = route
        path = re.sub(r"{\w+}", "1", path)
        body = None if method in SAFE else {}
        async with self.client.request(method, path, json=body, headers=headers) as response:
            is_json = response.content_type == "application/json"
            answer = await response.json() if is_json else {}
            code = answer.get("error", {}).get("code", "") if isinstance(answer, dict) else ""
            return response.status, code


@pytest.fixture
async def walk(tmp_path: Path) -> AsyncIterator[Walk]:
    clock = FakeClock()
    url = await prepared_database(tmp_path, clock)
    given = {"DATA_DIR": str(tmp_path), "DATABASE_URL": url, "IDENTITY_SECRET": SECRET}
    settings = Settings.load({f"TELLONCE_{name}": value for name, value in given.items()})
    built = composition.build(settings, brain=FakeBrain(executor(), lambda _: "greet"), clock=clock)
    users = {
        role: await built.accounts.add_user(f"{role}@shop.pl", role, "four unrelated words", name=role)
        for role in ROLES
    }
    app = composition.web_application(built)
    for key in set(app) - HARMLESS:
        app[key] = Nothing()
    async with TestClient(TestServer(app)) as client:
        client.session.cookie_jar.clear()
        yield Walk(built, client, users)


def routes() -> Iterator[Route]:
    for route in create_web_app().router.routes():
        if route.resource is not None and route.method != "HEAD":
            yield route.method, route.resource.canonical


def test_every_route_is_in_the_table() -> None:
    assert sorted(set(routes()) - set(TABLE)) == [], "say in the table above who may call these"
    assert sorted(set(TABLE) - set(routes())) == [], "these are gone"


@pytest.mark.parametrize("role", [None, *ROLES])
async def test_who_may_call_what(walk: Walk, role: str | None) -> None:
    wrong = []
    for route, least in TABLE.items():
        status, code = await walk.go(route, role)
        if least in ("anybody", "own pages"):
            right = code not in DOORS and status < 500
        elif least == "customer" or role is None:
            right = (status, code) == (401, "unauthorized")
        elif ROLES.index(role) < ROLES.index(least):
            right = (status, code) == (403, "forbidden")
        else:
            right = code not in DOORS and status < 500
        if not right:
            wrong.append((*route, status, code))
    assert not wrong


@pytest.mark.parametrize("given", [None, "", "wrong", "za\u017c\u00f3\u0142\u0107"])
async def test_no_change_without_the_log_ins_own_token(walk: Walk, given: str | None) -> None:
    headers = {} if given is None else {CSRF_HEADER: given}
    for route in CHANGES:
        assert await walk.go(route, "admin", token=False, **headers) == (403, "csrf_failed"), route


async def test_another_log_ins_token_is_wrong(walk: Walk) -> None:
    async with walk.built.database.write() as session:
        user = await session.get_one(User, walk.users["admin"].id)
        other = await walk.built.accounts.begin(session, user, Visitor("127.0.0.1"))
    for route in CHANGES:
        answer = await walk.go(route, "admin", token=False, **{CSRF_HEADER: other.csrf})
        assert answer == (403, "csrf_failed"), route


@pytest.mark.parametrize("origin", [FOREIGN, "null", "http://127.0.0.1:1", "http://127.0.0.1.evil.example"])
async def test_no_change_from_another_sites_page(walk: Walk, origin: str) -> None:
    for route in CHANGES:
        assert await walk.go(route, "admin", Origin=origin) == (403, "origin_not_allowed"), route
    for route in (route for route, least in TABLE.items() if least == "own pages"):
        # A page of the shop says so in words, not in JSON.
        assert await walk.go(route, None, Origin=origin) in [(403, "origin_not_allowed"), (403, "")], route


async def test_our_own_page_may_change(walk: Walk) -> None:
    for route in CHANGES:
        _, code = await walk.go(route, "admin", Origin=str(walk.client.make_url("/").origin()))
        assert code not in DOORS, route


async def test_another_sites_page_cannot_listen_at_the_desk(walk: Walk) -> None:
    assert await walk.go(("GET", "/api/desk/ws"), "agent", Origin=FOREIGN) == (403, "origin_not_allowed")
    async with walk.built.database.write() as session:
        user = await session.get_one(User, walk.users["agent"].id)
        logged_in = await walk.built.accounts.begin(session, user, Visitor("127.0.0.1"))
    cookie = {"Cookie": f"{COOKIE}={logged_in.token}"}
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await walk.client.ws_connect("/api/desk/ws", headers=cookie, origin=FOREIGN)
    assert refused.value.status == 403
    own = str(walk.client.make_url("/").origin())
    async with walk.client.ws_connect("/api/desk/ws", headers=cookie, origin=own) as socket:
        assert not socket.closed


def test_no_call_that_changes_something_is_a_get() -> None:
    """A safe method asks for no token: none of these may be one."""
    verbs = re.compile(
        r"/(claim|transfer|return|resolve|snooze|activate|logout|login|password|password-link|send|undo)$"
    )
    assert [route for route in TABLE if route[0] in SAFE and verbs.search(route[1])] == []
