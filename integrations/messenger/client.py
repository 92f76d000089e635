"""Calls of the Graph API for one Page. Secrets travel in bodies and queries, and are in no error and no log."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

import aiohttp

from bot.services.arrivals import FileRefused
from bot.services.ports import OutgoingFile, RetryLater
from integrations.messenger.errors import GraphError

VERSION = "v25.0"
SECONDS = 20.0
FETCH_SECONDS = 60.0


class GraphClient:
    def __init__(self, token: str, app_secret: str, api: str) -> None:
        proof = hmac.new(app_secret.encode(), token.encode(), hashlib.sha256).hexdigest()
        self._who = {"access_token": token, "appsecret_proof": proof}
        self._api = f"{api}/{VERSION}"
        self._http: aiohttp.ClientSession | None = None

    async def get(self, path: str, **query: str) -> dict[str, Any]:
        """Raises GraphError, or RetryLater when there was no answer."""
        return await self._call("GET", path, params={**query, **self._who})

    async def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        return await self._call("POST", path, json={**body, **self._who})

    async def post_file(self, path: str, body: dict[str, Any], file: OutgoingFile, content: bytes) -> dict[str, Any]:
        form = aiohttp.FormData()
        for name, value in {**body, **self._who}.items():
            form.add_field(name, value if isinstance(value, str) else json.dumps(value))
        form.add_field("filedata", content, filename=file.name, content_type=file.type)
        return await self._call("POST", path, data=form)

    async def fetch(self, address: str, most: int) -> bytes:
        """A file a customer sent, by the address Messenger gave. Raises FileRefused, or RetryLater."""
        if not address.startswith(("https://", "http://")):
            raise FileRefused("failed")
        try:
            async with self._session().get(address, timeout=aiohttp.ClientTimeout(total=FETCH_SECONDS)) as response:
                if response.status >= 500:
                    raise RetryLater(f"HTTP {response.status}")
                if response.status != 200:
                    raise FileRefused("failed")
                content = bytearray()
                async for chunk in response.content.iter_chunked(65536):
                    content += chunk
                    if len(content) > most:
                        raise FileRefused("size")
                return bytes(content)
        except (aiohttp.ClientError, TimeoutError) as error:
            raise RetryLater(type(error).__name__) from error

    async def close(self) -> None:
        if self._http is not None:
            await self._http.close()

    def _session(self) -> aiohttp.ClientSession:
        if self._http is None:
            self._http = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=SECONDS))
        return self._http

    async def _call(self, method: str, path: str, **options: Any) -> dict[str, Any]:
        try:
            async with self._session().request(method, f"{self._api}/{path}", **options) as response:
                try:
                    body = await response.json(content_type=None)
                except ValueError:
                    body = None
                if response.status != 200 or not isinstance(body, dict) or "error" in body:
                    raise GraphError(response.status, body, response.headers)
                return body
        except (aiohttp.ClientError, TimeoutError) as error:
            # Its text would name the address, and with it the token.
            raise RetryLater(type(error).__name__) from None
