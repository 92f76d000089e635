"""Customers on three channels who ask what a shop's customers ask, and the agents at the desk."""

from __future__ import annotations

import asyncio
import itertools
import json
import random
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, Protocol

import aiohttp

from bot.bench.load_figures import Step
from bot.bench.load_phones import BusyMessenger, BusyTelegram, Heard

ANSWER_SECONDS = 120.0
HUMAN_SECONDS = 30.0
AGENT_LOOKS = 0.5
OPENINGS = ("Gdzie jest moje zamówienie?", "gdzie moja paczka", "Where is my order?", "Kiedy dojdzie przesyłka?")
SMALL = (
    "Ile kosztuje dostawa?", "Jak mogę zapłacić?", "Ile mam czasu na zwrot?", "Szukam kurtki przeciwdeszczowej",
    "Do you have hiking boots?", "namiot dla 2 osób", "Jak prać kurtkę z membraną?", "Czy mają Państwo plecaki?",
)  # fmt: skip
HUMAN = "Chcę rozmawiać z człowiekiem"
REPLY = "Dzień dobry, już sprawdzam. Paczka wyjedzie jutro rano."
HUMAN_SHARE, ORDER_SHARE = 0.04, 0.5

Orders = list[tuple[str, str]]


class Customer(Protocol):
    """One conversation after the other; `turn` sends one message and returns once it is answered."""

    channel: str

    async def open(self) -> None: ...

    async def turn(self, step: Step) -> None: ...

    async def close(self) -> None: ...


def conversation(rng: random.Random, orders: Orders) -> tuple[str, ...]:
    """What one customer writes, message by message."""
    draw = rng.random()
    if draw < HUMAN_SHARE:
        return (rng.choice(SMALL), HUMAN)
    if draw < HUMAN_SHARE + ORDER_SHARE:
        return (rng.choice(OPENINGS), *rng.choice(orders))
    return tuple(rng.sample(SMALL, 3))


class Writing:
    """What customers of every channel share: what to write next."""

    channel = ""

    def __init__(self, rng: random.Random, orders: Orders) -> None:
        self._rng = rng
        self._orders = orders
        self._lines: Iterator[str] = iter(())

    async def turn(self, step: Step) -> None:
        line = next(self._lines, None)
        if line is None:
            await self.close()
            await self.open()
            line = next(self._lines)
        step.sent += 1
        async with asyncio.timeout(ANSWER_SECONDS):
            step.note_answer(self.channel, await self.say(line, step))
        if line == HUMAN:
            began = time.perf_counter()
            with suppress(TimeoutError):
                async with asyncio.timeout(HUMAN_SECONDS):
                    await self.human()
                    step.answered.setdefault("by agents", []).append(time.perf_counter() - began)

    async def open(self) -> None:
        self._lines = iter(conversation(self._rng, self._orders))

    async def close(self) -> None:
        """The next conversation is another one."""

    async def say(self, text: str, step: Step) -> float:
        """Seconds until the first words of the answer."""
        raise NotImplementedError

    async def human(self) -> None:
        """Wait for an agent's words."""
        raise NotImplementedError


class WebCustomer(Writing):
    channel = "web"

    def __init__(self, http: aiohttp.ClientSession, url: str, rng: random.Random, orders: Orders) -> None:
        super().__init__(rng, orders)
        self._http, self._url = http, url
        self._ws: aiohttp.ClientWebSocketResponse | None = None
        self._ids = itertools.count()
        self.conversation_id = ""

    async def open(self) -> None:
        await super().open()
        async with self._http.post(f"{self._url}/api/chat/sessions", json={}) as response:
            opened = await response.json()
        self.conversation_id = opened["conversation_id"]
        # Browsers offer to compress, so this does too.
        self._ws = await self._http.ws_connect(f"{self._url}/api/chat/ws", compress=15)
        await self._ws.send_json({"token": opened["token"], "after": opened["cursor"]})

    async def close(self) -> None:
        if self._ws is not None:
            await self._ws.close()

    async def say(self, text: str, step: Step) -> float:
        assert self._ws is not None
        began = time.perf_counter()
        await self._ws.send_json({"client_id": str(next(self._ids)), "text": text})
        mine, typed = 0, False
        while True:
            frame = await self._frame()
            if frame["type"] == "accepted":
                mine = frame["message_id"]
                step.accepted.append(time.perf_counter() - began)
            elif frame["type"] == "state":
                typed = typed or frame["typing"]
            elif frame["type"] == "error":
                raise RuntimeError(frame["error"]["code"])
            elif mine and frame["message"]["id"] > mine and frame["message"]["sender"] != "customer":
                step.typing += typed
                return time.perf_counter() - began

    async def human(self) -> None:
        while True:
            frame = await self._frame()
            if frame["type"] == "message" and frame["message"]["sender"] == "agent":
                return

    async def _frame(self) -> dict[str, Any]:
        assert self._ws is not None
        message = await self._ws.receive()
        if message.type is not aiohttp.WSMsgType.TEXT:
            raise ConnectionResetError(f"the socket was closed: {message.type.name} {message.extra}")
        frame: dict[str, Any] = json.loads(message.data)
        return frame


class PhoneCustomer(Writing):
    """Somebody on Telegram or Messenger, a new person for each conversation."""

    numbers = itertools.count(10_000)

    def __init__(self, channel: str, standin: BusyTelegram | BusyMessenger, rng: random.Random, orders: Orders) -> None:
        super().__init__(rng, orders)
        self.channel = channel
        self._standin = standin
        self._user: Any = None

    async def open(self) -> None:
        await super().open()
        number = next(self.numbers)
        if isinstance(self._standin, BusyTelegram):
            self._user = self._standin.users.add(number)
        else:
            self._user = self._standin.people.add(str(number))
        self._user.messages = Heard()

    async def say(self, text: str, step: Step) -> float:
        began = time.perf_counter()
        self._user.say(text)
        await self._user.messages.until(_not_mine, len(self._user.messages))
        return time.perf_counter() - began

    async def human(self) -> None:
        await self._user.messages.until(lambda message: REPLY[:20] in str(message.get("text")), 0)


def _not_mine(message: dict[str, Any]) -> bool:
    return bool(message["from"]["is_bot"] if "from" in message else message["by"] == "page")


async def agent(url: str, email: str, password: str, now: Any) -> None:
    """Log in, follow the desk, and claim, answer and give back whoever waits, until cancelled. `now()` is the step."""
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as http:
        async with http.post(f"{url}/api/desk/login", json={"email": email, "password": password}) as response:
            headers = {"X-CSRF-Token": (await response.json())["csrf"]}
        following = asyncio.create_task(_follow(http, url))
        try:
            while True:
                await asyncio.sleep(AGENT_LOOKS)
                async with http.get(f"{url}/api/desk/conversations?view=waiting") as response:
                    waiting = [one["id"] for one in (await response.json())["conversations"]]
                if waiting:
                    await _serve(http, f"{url}/api/desk/conversations/{random.choice(waiting[:5])}", headers, now())
        finally:
            following.cancel()


async def _serve(http: aiohttp.ClientSession, one: str, headers: dict[str, str], step: Step) -> None:
    deeds: tuple[tuple[str, dict[str, str]], ...] = (
        ("claim", {}),
        ("messages", {"text": REPLY}),
        ("return", {"outcome": "done"}),
    )
    for deed, body in deeds:
        async with http.post(f"{one}/{deed}", json=body, headers=headers) as response:
            step.counted["taken by a colleague" if response.status == 409 else deed] += 1
            if response.status >= 400:
                return


async def _follow(http: aiohttp.ClientSession, url: str) -> None:
    """An open desk: everything that happens is pushed to it."""
    async with http.ws_connect(f"{url}/api/desk/ws", compress=15) as ws:
        async for _ in ws:
            pass
