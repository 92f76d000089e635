"""Telegram as a channel: receives by webhook or long polling, fetches files, shows typing, marks pressed buttons."""

from __future__ import annotations

import asyncio
import hmac
import json
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import structlog
import telegram
from telegram import BotCommand, InlineKeyboardButton, InlineKeyboardMarkup
from telegram.constants import ChatAction
from telegram.error import BadRequest, Conflict, InvalidToken, TelegramError
from telegram.request import HTTPXRequest

from bot.domain.errors import BadRequest as BadBody
from bot.domain.errors import Forbidden, NotFound
from bot.domain.splitting import shortened
from bot.responses import Responses
from bot.services.arrivals import Accept, Arrival, ArrivingFile, FileRefused, Kind, Result
from bot.services.claims import Claims, LocalClaims
from bot.services.pacing import Pace
from bot.services.ports import Outgoing, RetryLater, Sent
from integrations.telegram.errors import remedy
from integrations.telegram.sender import TelegramSender
from integrations.telegram.translate import NEEDED, USED, translate

log = structlog.get_logger(__name__)

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"
CHAT_SECONDS, OVERALL_SECONDS = 1.0, 1 / 30
POLL_SECONDS = 25
POLLING = "polling:telegram"
POLLED_ELSEWHERE_SECONDS = 1.0
CALM_SECONDS = 60.0
TRY_AGAIN = (1.0, 2.0, 5.0, 15.0, 60.0)
MENU = ("human", "stop", "language", "help", "start")
LONGEST_TOAST = 200


class RawUpdates(HTTPXRequest):
    """Asks for updates and keeps them in `updates` as they came: one that is not made as the library expects would
    otherwise be refused with all that come after it, again and again."""

    updates: list[dict[str, Any]]

    def parse_json_payload(self, payload: bytes) -> dict[str, Any]:  # type: ignore[override]
        answer = HTTPXRequest.parse_json_payload(payload)
        if isinstance(answer.get("result"), list):
            self.updates = [u for u in answer["result"] if isinstance(u, dict) and isinstance(u.get("update_id"), int)]
            answer["result"] = [{"update_id": update["update_id"]} for update in self.updates]
        return answer


class TelegramChannel:
    """`webhook` is our address for Telegram to call, or None to poll; `secret` is what its calls have to bring."""

    name = "telegram"
    toasts = True

    def __init__(
        self,
        token: str,
        responses: Responses,
        languages: list[str],
        *,
        api: str = "https://api.telegram.org",
        webhook: str | None = None,
        secret: str = "",
        base: str = "",
        pace: Pace | None = None,
        claims: Claims | None = None,
    ) -> None:
        self._claims = claims = claims or LocalClaims()
        self._responses = responses
        self._languages = languages
        self._webhook = webhook
        self._secret = secret
        self._requests = (
            HTTPXRequest(connection_pool_size=64, read_timeout=15, pool_timeout=10),
            RawUpdates(connection_pool_size=2, read_timeout=POLL_SECONDS + 10),
        )
        self._bot = telegram.Bot(
            token,
            base_url=f"{api}/bot",
            base_file_url=f"{api}/file/bot",
            request=self._requests[0],
            get_updates_request=self._requests[1],
        )
        self._sender = TelegramSender(
            self._bot, pace or Pace(CHAT_SECONDS, OVERALL_SECONDS, units=lambda: claims.units), base
        )
        self._receiving: asyncio.Task[None] | None = None
        self._username: str | None = None

    async def start(self, accept: Accept) -> None:
        self._receiving = asyncio.create_task(self._receive(accept))

    async def stop(self) -> None:
        if self._receiving is not None:
            self._receiving.cancel()
            with suppress(asyncio.CancelledError):
                await self._receiving

    async def close(self) -> None:
        for request in self._requests:  # the bot itself closes them only after a full start
            await request.shutdown()

    def link(self, token: str) -> str | None:
        return f"https://t.me/{self._username}?start={token}" if self._username else None

    # Receiving

    def challenge(self, query: Mapping[str, str]) -> str:
        raise NotFound()

    def events(self, headers: Mapping[str, str], body: bytes) -> list[dict[str, Any]]:
        given = headers.get(SECRET_HEADER, "")
        if not hmac.compare_digest(given.encode(), self._secret.encode()):
            raise Forbidden()
        try:
            update = json.loads(body)
        except ValueError as error:
            raise BadBody("the body is not JSON") from error
        return [update] if isinstance(update, dict) and isinstance(update.get("update_id"), int) else []

    def translate(self, event: dict[str, Any]) -> Arrival | None:
        return translate(event)

    async def _receive(self, accept: Accept) -> None:
        """Set the bot up, then poll unless Telegram calls us; through every trouble, for as long as we run."""
        troubles = 0
        clock = asyncio.get_running_loop()
        while True:
            began = clock.time()
            try:
                await self._set_up()
                if self._webhook is not None:
                    return
                await self._poll(accept)
            except InvalidToken:
                log.error("telegram_token_refused")  # nothing but another token helps, and that needs a new start
                return
            except Exception as error:
                said = str(error).replace(self._bot.token, "…")[:200]
                log.warning("telegram_trouble", error=said, conflict=isinstance(error, Conflict))
                troubles = 0 if clock.time() - began > CALM_SECONDS else troubles
                await asyncio.sleep(TRY_AGAIN[min(troubles, len(TRY_AGAIN) - 1)])
                troubles += 1

    async def _set_up(self) -> None:
        await self._bot.initialize()
        self._username = self._bot.username
        for language in self._languages:
            menu = [
                BotCommand(name, self._responses.text(f"utter_channel_menu_{name}", language))
                for name in MENU
                if name != "language" or len(self._languages) > 1
            ]
            await self._bot.set_my_commands(menu, language_code=language)
            if language == self._languages[0]:
                await self._bot.set_my_commands(menu)
        if self._webhook is not None:
            await self._bot.set_webhook(
                self._webhook, secret_token=self._secret, allowed_updates=NEEDED, max_connections=40
            )
        else:
            await self._bot.delete_webhook()

    async def _poll(self, accept: Accept) -> None:
        """What was stored is confirmed by the next call. Numbers may begin anew after a quiet week, so an empty
        answer ends the comparison with old ones. Of several gateways one polls: Telegram refuses a second."""
        while True:
            async with self._claims.hold(POLLING) as mine:
                offset: int | None = None
                while mine and self._claims.holds(POLLING):
                    updates = await self._bot.get_updates(offset, timeout=POLL_SECONDS, allowed_updates=NEEDED)
                    if updates:
                        await accept(self.name, self._requests[1].updates)
                    offset = updates[-1].update_id + 1 if updates else None
            await asyncio.sleep(POLLED_ELSEWHERE_SECONDS)

    # Sending

    async def send(self, message: Outgoing) -> Sent | None:
        return await self._sender.send(message)

    async def typing(self, address: str) -> None:
        with suppress(TelegramError):
            await self._bot.send_chat_action(int(address), ChatAction.TYPING)

    async def fetch(self, file: ArrivingFile, most: int) -> bytes:
        if file.size > most:
            raise FileRefused("size")
        try:
            found = await self._bot.get_file(file.id)
            return bytes(await found.download_as_bytearray(read_timeout=60))
        except BadRequest as error:
            raise FileRefused("size" if "too big" in str(error) else "failed") from error
        except TelegramError as error:
            what = remedy(error)
            raise (what if isinstance(what, RetryLater) else FileRefused("failed")) from error

    async def settled(self, arrival: Arrival, result: Result) -> None:
        try:
            if arrival.kind is Kind.PRESS:
                await self._mark(arrival, result)
            elif arrival.kind is Kind.REFUSED:
                await self._leave(arrival, result)
        except TelegramError as error:
            log.info("telegram_not_shown", error=str(error)[:200])

    async def _mark(self, arrival: Arrival, result: Result) -> None:
        """The spinner stops; of the buttons only the chosen one stays, for reading. An old keyboard goes away."""
        toast = None
        if result.expired and arrival.value != USED:
            toast = shortened(self._responses.text("utter_error_button_expired", result.language), LONGEST_TOAST)
        with suppress(BadRequest):  # asked too late: the spinner has stopped by itself
            await self._bot.answer_callback_query(arrival.message_id.removeprefix("press-"), text=toast)
        if arrival.value == USED:
            return
        chosen = None
        if result.button:
            chosen = InlineKeyboardMarkup([[InlineKeyboardButton(f"✓ {result.button}", callback_data=USED)]])
        await self._bot.edit_message_reply_markup(int(arrival.address), int(arrival.text), reply_markup=chosen)

    async def _leave(self, arrival: Arrival, result: Result) -> None:
        text = "\n\n".join(self._responses.text("utter_channel_group", language) for language in self._languages)
        with suppress(TelegramError):
            await self._bot.send_message(int(arrival.address), text)
        await self._bot.leave_chat(int(arrival.address))
