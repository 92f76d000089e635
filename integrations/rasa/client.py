"""A client of one running brain: turns and parses over loopback HTTP."""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp

from bot.domain.errors import BrainLost, BrainUnavailable
from bot.services.ports import BrainReply, BrainRequest


class RasaClient:
    """Speaks the connector's protocol (bot/brain/connector.py). Every failure is a BrainUnavailable with its reason."""

    def __init__(self, http: aiohttp.ClientSession, url: str, secret: str) -> None:
        self._http = http
        self._url = url.rstrip("/") + "/webhooks/turn"
        self._headers = {"Authorization": f"Bearer {secret}"} if secret else {}
        self.in_flight = 0

    async def turn(self, request: BrainRequest) -> BrainReply:
        answer = await self._post(
            "/turn",
            {
                "key": request.key,
                "text": request.text,
                "language": request.language,
                "events": request.events,
                "slots": request.slots,
                "parse": request.parse,
            },
        )
        return BrainReply(answer["parse"], answer["messages"], answer["events"])

    async def parse(self, text: str, language: str) -> dict[str, Any]:
        return await self._post("/parse", {"text": text, "language": language})

    async def ready(self) -> bool:
        """One short question to the process. Never raises."""
        try:
            timeout = aiohttp.ClientTimeout(total=2)
            async with self._http.get(self._url + "/", headers=self._headers, timeout=timeout) as response:
                return response.status == 200 and bool((await response.json())["ready"])
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError, KeyError):
            return False

    async def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        self.in_flight += 1
        try:
            async with self._http.post(self._url + path, json=body, headers=self._headers) as response:
                answer = await response.json()
                if response.status != 200 or not isinstance(answer, dict):
                    raise BrainUnavailable(f"brain answered {response.status}: {str(answer)[:300]}")
                return answer
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise BrainLost(f"{type(error).__name__}: {error}") from error
        finally:
            self.in_flight -= 1


async def drained(client: RasaClient, seconds: float) -> None:
    """Wait until no turn is under way, or the time is over."""
    deadline = asyncio.get_running_loop().time() + seconds
    while client.in_flight and asyncio.get_running_loop().time() < deadline:
        await asyncio.sleep(0.05)
