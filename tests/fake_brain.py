"""A brain process that starts in a second and speaks the connector's protocol: for killing thousands of times.

Same command line and same wire as `python -m bot.brain serve`. A text with `[slow]` takes 30 s, one with `[crash]` ends it.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import threading
from pathlib import Path
from typing import Any

import aiohttp
import yaml
from aiohttp import web

from bot.domain.errors import BrainUnavailable
from bot.services.ports import BrainRequest
from tests.fakes import FakeBrain


class RemoteExecutor:
    """Runs actions where the endpoints file says, as Rasa does."""

    def __init__(self, endpoint: dict[str, Any]) -> None:
        self._endpoint = endpoint
        self._http: aiohttp.ClientSession | None = None

    async def run(self, call: dict[str, Any]) -> Any:
        self._http = self._http or aiohttp.ClientSession(headers=self._endpoint["headers"])
        async with self._http.post(self._endpoint["url"], json=call) as response:
            response.raise_for_status()
            return await response.json()


def keyword(text: str) -> str:
    if "dostawa" in text:
        return "ask_delivery_options"
    return "request_human" if "człowiek" in text else "give_feedback"


def application(endpoints: Path, credentials: Path) -> web.Application:
    brain = FakeBrain(RemoteExecutor(yaml.safe_load(endpoints.read_text())["action_endpoint"]), keyword)
    secret = next(iter(yaml.safe_load(credentials.read_text()).values()))["secret"]

    @web.middleware
    async def guard(request: web.Request, handler: Any) -> web.StreamResponse:
        if request.headers.get("Authorization") != f"Bearer {secret}":
            return web.json_response({"error": "unauthorized"}, status=401)
        return await handler(request)

    async def health(_: web.Request) -> web.Response:
        return web.json_response({"ready": True, "model": "fake"})

    async def parse(request: web.Request) -> web.Response:
        body = await request.json()
        return web.json_response(await brain.parse(body["text"], body["language"]))

    async def turn(request: web.Request) -> web.Response:
        body = await request.json()
        if "[crash]" in body["text"]:
            os._exit(1)
        if "[slow]" in body["text"]:
            await asyncio.sleep(30)
        try:
            reply = await brain.turn(BrainRequest(**body))
        except BrainUnavailable as error:
            return web.json_response({"error": str(error)}, status=500)
        brain.turns.clear()
        return web.json_response({"parse": reply.parse, "messages": reply.messages, "events": reply.events})

    app = web.Application(middlewares=[guard])
    app.router.add_get("/webhooks/turn/", health)
    app.router.add_post("/webhooks/turn/parse", parse)
    app.router.add_post("/webhooks/turn/turn", turn)
    return app


def main() -> None:
    parser = argparse.ArgumentParser()
    for name in ("--model", "--port", "--endpoints", "--credentials"):
        parser.add_argument(name, required=True)
    options = parser.parse_args()

    def watch() -> None:
        while os.read(0, 1024):
            pass
        os._exit(0)

    threading.Thread(target=watch, daemon=True).start()
    app = application(Path(options.endpoints), Path(options.credentials))
    web.run_app(app, host="127.0.0.1", port=int(options.port), print=None)


if __name__ == "__main__":
    main()
