"""Sends the parts of a message within Messenger's windows, at its pace, under the agent's name."""

from __future__ import annotations

import asyncio
from typing import Any

import structlog

from bot.responses import Responses
from bot.services.pacing import Pace
from bot.services.ports import Clock, GiveUp, Outgoing, RetryLater, Sent
from integrations.messenger.client import GraphClient
from integrations.messenger.compose import Part, compose
from integrations.messenger.errors import GraphError, Simpler, remedy
from integrations.messenger.window import messaging

log = structlog.get_logger(__name__)

LONGEST_NAME = 50


class MessengerSender:
    """`persona_picture` is the picture of every agent's persona; without one, names stand in the text."""

    def __init__(
        self, client: GraphClient, responses: Responses, clock: Clock, pace: Pace, *, persona_picture: str, base: str
    ) -> None:
        self._client = client
        self._responses = responses
        self._clock = clock
        self._pace = pace
        self._picture = persona_picture
        self._base = base
        self._personas: dict[str, str] | None = None

    async def send(self, message: Outgoing) -> Sent:
        """The message's next part. Raises GiveUp, LinkDead or RetryLater."""
        why = messaging(message, self._clock.now())
        persona = await self._persona(message)
        title = self._responses.text("utter_channel_open_link", message.language)
        parts = compose(message, self._base, title, signed=persona is not None)
        if message.part >= len(parts):
            return Sent()
        await self._pace.turn(message.address, message.quiet)
        # The echo of our own message brings this back: it tells ours from a human's, and what arrived before a crash.
        metadata = f"{message.key}.{message.part + 1}/{len(parts)}"
        body = {"recipient": {"id": message.address}, **why} | ({"persona_id": persona} if persona else {})
        receipt = await self._call(body, parts[message.part], metadata)
        return Sent([receipt], more=message.part + 1 < len(parts))

    async def _call(self, body: dict[str, Any], part: Part, metadata: str) -> str:
        try:
            if part.file is not None:
                answer = await self._send_file(body, part, metadata)
            else:
                answer = await self._client.post(
                    "me/messages", {**body, "message": {**part.message, "metadata": metadata}}
                )
        except GraphError as error:
            what = remedy(error)
            if isinstance(what, Simpler) and part.instead:
                words = {key: value for key, value in part.message.items() if key == "quick_replies"}
                return await self._call(body, Part({"text": part.instead, **words}), metadata)
            raise (GiveUp(str(error)) if isinstance(what, Simpler) else what) from error
        return str(answer.get("message_id", ""))

    async def _send_file(self, body: dict[str, Any], part: Part, metadata: str) -> dict[str, Any]:
        assert part.file is not None
        try:
            content = await asyncio.to_thread(part.file.path.read_bytes)
        except FileNotFoundError as error:
            raise GiveUp("the file is not there any more") from error
        kind = "image" if part.file.type.startswith("image/") else "file"
        attachment = {"type": kind, "payload": {"is_reusable": False}}
        body = {**body, "message": {"attachment": attachment, "metadata": metadata}}
        return await self._client.post_file("me/messages", body, part.file, content)

    async def _persona(self, message: Outgoing) -> str | None:
        """The persona with the agent's first name, made at first need; without one the name is in the text."""
        name = (message.author or "").split(" ")[0][:LONGEST_NAME]
        if message.sender != "agent" or not self._picture or not name:
            return None
        try:
            if self._personas is None:
                known = await self._client.get("me/personas", limit="200")
                self._personas = {one["name"]: one["id"] for one in known.get("data", ())}
            if name not in self._personas:
                made = await self._client.post("me/personas", {"name": name, "profile_picture_url": self._picture})
                self._personas[name] = made["id"]
            return self._personas[name]
        except (GraphError, RetryLater, KeyError) as error:
            log.warning("messenger_no_persona", error=str(error)[:200])
            return None
