"""A whole gateway inside the test's own event loop: real routes, real database, fake brain, sample shop."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

import aiohttp
from aiohttp import web

from bot import app as composition
from bot.services.ports import Clock
from bot.settings import Settings
from tests.databases import prepared_database
from tests.desk_world import QUICK
from tests.fakes import FakeBrain, FakeClock
from tests.understanding import intent_of, language_of

PASSWORD = "bardzo-dobre-haslo"
SECRET = "a-shared-secret-of-at-least-32-characters"


@dataclass
class Running:
    """`url` is where it listens; `http` a client of it; `built` everything inside."""

    url: str
    http: aiohttp.ClientSession
    built: composition.Gateway
    brain: FakeBrain
    clients: list[aiohttp.ClientSession] = field(default_factory=list)

    async def customer(self, language: str = "pl", identity: str | None = None) -> Customer:
        body = {"language": language} | ({"identity": identity} if identity else {})
        async with self.http.post(f"{self.url}/api/chat/sessions", json=body) as response:
            assert response.status == 201, await response.text()
            opened = await response.json()
        cursor = opened["messages"][-1]["id"] if opened["messages"] else 0
        return Customer(self, opened["conversation_id"], opened["token"], opened["messages"], cursor)

    async def agent(self, email: str = "ola@example.pl", role: str = "agent", name: str = "Ola Nowak") -> Agent:
        await self.built.accounts.add_user(email, role=role, password=PASSWORD, name=name)
        client = aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))
        self.clients.append(client)
        async with client.post(f"{self.url}/api/desk/login", json={"email": email, "password": PASSWORD}) as response:
            assert response.status == 200, await response.text()
            csrf = (await response.json())["csrf"]
        return Agent(self, client, csrf)


@dataclass
class Customer:
    running: Running
    conversation_id: str
    token: str
    messages: list[dict[str, Any]]
    cursor: int
    sent: int = 0
    owner: str = "bot"

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    async def post(self, **body: Any) -> tuple[int, dict[str, Any]]:
        self.sent += 1
        body.setdefault("client_id", f"c{self.sent}")
        async with self.running.http.post(
            f"{self.running.url}/api/chat/messages", json=body, headers=self.headers
        ) as response:
            return response.status, await response.json()

    async def says(self, text: str) -> list[dict[str, Any]]:
        """Send a text and wait for what is answered."""
        status, body = await self.post(text=text)
        assert status == 202, body
        return await self.news()

    async def presses(self, title: str) -> list[dict[str, Any]]:
        """Press the newest button of that title and wait for what is answered."""
        for message in reversed(self.messages):
            for button in message["buttons"]:
                if button["title"] == title:
                    return await self.press(button)
        raise AssertionError(f"no button {title!r} in {[b['title'] for m in self.messages for b in m['buttons']]}")

    async def press(self, button: dict[str, str]) -> list[dict[str, Any]]:
        status, body = await self.post(button=button["id"])
        assert status == 202, body
        return await self.news()

    async def news(self, wait: float = 8) -> list[dict[str, Any]]:
        """New messages of the others, waiting until there is one and the bot has finished."""
        found: list[dict[str, Any]] = []
        while True:
            async with self.running.http.get(
                f"{self.running.url}/api/chat/messages",
                params={"after": self.cursor, "wait": wait},
                headers=self.headers,
            ) as response:
                body = await response.json()
            assert response.status == 200, body
            self.cursor, self.owner = body["cursor"], body["owner"]
            self.messages += body["messages"]
            found += [m for m in body["messages"] if m["sender"] != "customer"]
            if not body["messages"] or (found and not body["typing"]):
                return found


@dataclass
class Agent:
    running: Running
    http: aiohttp.ClientSession
    csrf: str

    async def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> tuple[int, dict[str, Any]]:
        async with self.http.request(
            method, f"{self.running.url}{path}", json=body, headers={"X-CSRF-Token": self.csrf}
        ) as response:
            return response.status, await response.json()

    async def get(self, path: str) -> dict[str, Any]:
        status, body = await self.call("GET", path)
        assert status == 200, body
        return body

    async def does(self, conversation_id: str, what: str, **body: Any) -> dict[str, Any]:
        status, answer = await self.call("POST", f"/api/desk/conversations/{conversation_id}/{what}", body)
        assert status in (200, 201), answer
        return answer


@asynccontextmanager
async def running_gateway(
    folder: Path, *, clock: Clock | None = None, settings: dict[str, str] | None = None, **options: Any
) -> AsyncIterator[Running]:
    """A started gateway on a free port; the clock stands still at a weekday morning unless another is given."""
    clock = clock or FakeClock()
    url = await prepared_database(folder, clock)
    loaded = Settings.load(
        {
            "TELLONCE_DATA_DIR": str(folder),
            "TELLONCE_DATABASE_URL": url,
            "TELLONCE_PORT": "0",
            "TELLONCE_IDENTITY_SECRET": SECRET,
            # A busy machine is slow, not down.
            "TELLONCE_ANSWER_SECONDS": "100",
            **(settings or {}),
        }
    )
    brain = FakeBrain(executor(), intent_of, language_of)
    with patch("bot.services.passwords.PasswordHasher", lambda: QUICK):
        built = composition.build(loaded, brain=brain, clock=clock, **options)
    runner = web.AppRunner(composition.web_application(built), access_log=None, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    async with aiohttp.ClientSession() as http:
        running = Running(url, http, built, brain)
        try:
            yield running
        finally:
            for client in running.clients:
                await client.close()
            await runner.cleanup()


@cache
def executor() -> Any:
    return composition.action_executor()
