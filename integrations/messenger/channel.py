"""Messenger as a channel: proves what comes, sets the Page up, fetches files, shows that an answer is being written."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import structlog

from bot.domain.errors import BadRequest, Forbidden
from bot.responses import Responses
from bot.services.arrivals import Accept, Arrival, ArrivingFile, Result
from bot.services.claims import Claims, LocalClaims
from bot.services.pacing import Pace
from bot.services.ports import Clock, Outgoing, RetryLater, Sent
from integrations.messenger.client import GraphClient
from integrations.messenger.errors import GraphError
from integrations.messenger.sender import MessengerSender
from integrations.messenger.translate import events_of, translate

log = structlog.get_logger(__name__)

SIGNATURE_HEADER = "X-Hub-Signature-256"
FIELDS = "messages,messaging_postbacks,messaging_referrals,message_echoes,message_edits"
CHAT_SECONDS, OVERALL_SECONDS = 0.25, 1 / 200
"""Well within 300 texts a second for a Page; a thread has a pace of its own."""
MENU = ("human", "stop", "language", "help")
LOCALES = {"pl": "pl_PL", "en": "en_US"}
LONGEST_GREETING, LONGEST_ITEM = 160, 30
TRY_AGAIN = (1.0, 5.0, 30.0, 300.0)


class MessengerChannel:
    name = "messenger"
    toasts = False

    def __init__(
        self,
        token: str,
        app_secret: str,
        verify_token: str,
        responses: Responses,
        languages: list[str],
        clock: Clock,
        *,
        api: str = "https://graph.facebook.com",
        persona_picture: str = "",
        base: str = "",
        pace: Pace | None = None,
        claims: Claims | None = None,
    ) -> None:
        claims = claims or LocalClaims()
        self._app_secret = app_secret
        self._verify_token = verify_token
        self._responses = responses
        self._languages = languages
        self._client = GraphClient(token, app_secret, api)
        pace = pace or Pace(CHAT_SECONDS, OVERALL_SECONDS, units=lambda: claims.units)
        self._sender = MessengerSender(self._client, responses, clock, pace, persona_picture=persona_picture, base=base)
        self._setting_up: asyncio.Task[None] | None = None
        self._page_id: str | None = None
        self._app_id: str | None = None

    async def start(self, accept: Accept) -> None:
        """Events come to the webhook only; the Page's own settings are brought up to date meanwhile."""
        self._setting_up = asyncio.create_task(self._set_up())

    async def stop(self) -> None:
        if self._setting_up is not None:
            self._setting_up.cancel()
            with suppress(asyncio.CancelledError):
                await self._setting_up

    async def close(self) -> None:
        await self._client.close()

    def link(self, token: str) -> str | None:
        return f"https://m.me/{self._page_id}?ref={token}" if self._page_id else None

    # Receiving

    def challenge(self, query: Mapping[str, str]) -> str:
        given = query.get("hub.verify_token", "")
        if query.get("hub.mode") != "subscribe" or not hmac.compare_digest(given.encode(), self._verify_token.encode()):
            raise Forbidden()
        return query.get("hub.challenge", "")

    def events(self, headers: Mapping[str, str], body: bytes) -> list[dict[str, Any]]:
        wanted = "sha256=" + hmac.new(self._app_secret.encode(), body, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(headers.get(SIGNATURE_HEADER, "").encode(), wanted.encode()):
            raise Forbidden()
        try:
            content = json.loads(body)
            return events_of(content)
        except (ValueError, AttributeError, TypeError) as error:
            raise BadRequest("the body is not a notification") from error

    def translate(self, event: dict[str, Any]) -> Arrival | None:
        return translate(event, self._app_id)

    async def _set_up(self) -> None:
        """Until it succeeded: customers can write meanwhile, they only miss the menu."""
        for pause in (*TRY_AGAIN, *[TRY_AGAIN[-1]] * 1000):
            try:
                self._page_id = (await self._client.get("me", fields="id,name"))["id"]
                self._app_id = str((await self._client.get("app"))["id"])
                await self._client.post("me/subscribed_apps", {"subscribed_fields": FIELDS})
                await self._client.post("me/messenger_profile", self.profile())
                return
            except (GraphError, RetryLater, KeyError) as error:
                log.warning("messenger_not_set_up", error=str(error)[:200])
                await asyncio.sleep(pause)

    def profile(self) -> dict[str, Any]:
        """What the Page shows before the first word, and its menu."""
        locales = [("default", self._languages[0]), *((LOCALES[language], language) for language in self._languages)]
        items = [name for name in MENU if name != "language" or len(self._languages) > 1]
        return {
            "get_started": {"payload": "/start"},
            "greeting": [
                {"locale": locale, "text": self._responses.text("utter_channel_about", language)[:LONGEST_GREETING]}
                for locale, language in locales
            ],
            "persistent_menu": [
                {
                    "locale": locale,
                    "composer_input_disabled": False,
                    "call_to_actions": [
                        {
                            "type": "postback",
                            "title": self._responses.text(f"utter_channel_menu_{name}", language)[:LONGEST_ITEM],
                            "payload": f"/{name}",
                        }
                        for name in items
                    ],
                }
                for locale, language in locales
            ],
        }

    # Sending

    async def send(self, message: Outgoing) -> Sent | None:
        return await self._sender.send(message)

    async def typing(self, address: str) -> None:
        with suppress(GraphError, RetryLater):
            await self._client.post("me/messages", {"recipient": {"id": address}, "sender_action": "typing_on"})

    async def fetch(self, file: ArrivingFile, most: int) -> bytes:
        return await self._client.fetch(file.id, most)

    async def settled(self, arrival: Arrival, result: Result) -> None:
        """Nothing to mark: quick replies go away by themselves."""
