"""A brain that somebody else runs, at a known address."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import aiohttp

from bot.domain.errors import BrainUnavailable
from bot.services.ports import BrainReply, BrainRequest
from integrations.rasa.client import RasaClient


class RemoteBrain:
    """Implements the Brain port by calling `url`. It cannot publish: whoever runs the brain gives it its model."""

    starting = False

    def __init__(self, url: str, secret: str) -> None:
        self.secret = secret
        self._url = url
        self._http: aiohttp.ClientSession | None = None
        self._client: RasaClient | None = None

    async def start(self, model: Path) -> None:
        self._http = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60))
        self._client = RasaClient(self._http, self._url, self.secret)

    async def stop(self) -> None:
        if self._http:
            await self._http.close()

    async def switch(self, model: Path) -> None:
        raise BrainUnavailable("this brain is run elsewhere (TELLONCE_BRAIN_URL): give it the new model there")

    async def turn(self, request: BrainRequest) -> BrainReply:
        return await self._connected().turn(request)

    async def parse(self, text: str, language: str) -> dict[str, Any]:
        return await self._connected().parse(text, language)

    async def ready(self) -> bool:
        return self._client is not None and await self._client.ready()

    def _connected(self) -> RasaClient:
        if self._client is None:
            raise BrainUnavailable("the gateway has not started")
        return self._client
