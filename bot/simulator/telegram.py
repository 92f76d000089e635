"""A stand-in of Telegram's Bot API: the calls a bot makes, with the limits and the errors of the real one."""

from __future__ import annotations

import asyncio
import itertools
import json
import re
import secrets
import time
from typing import Any

import aiohttp
from aiohttp import web

from bot.simulator.faults import Bucket, Faults
from bot.simulator.telegram_calls import Calls, Refused
from bot.simulator.telegram_user import Users

COUNTED = ("sendMessage", "sendPhoto", "sendDocument", "sendMediaGroup")
COMMAND = re.compile(r"[a-z0-9_]{1,32}")


class TelegramStandIn(Calls):
    """Serve `application()`; `users` are the people with a phone. `faults` are troubles to come."""

    def __init__(self, token: str, *, username: str = "szlak_sklep_bot", paced: bool = True) -> None:
        self.token = token
        self.me = {
            "id": int(token.partition(":")[0]),
            "is_bot": True,
            "first_name": "Szlak",
            "username": username,
            "can_join_groups": True,
            "can_read_all_group_messages": False,
            "supports_inline_queries": False,
        }
        self.faults = Faults()
        self.users = Users(self.me, self.push)
        self.updates: list[dict[str, Any]] = []
        self.webhook: dict[str, Any] = {}
        self.commands: dict[str, list[dict[str, str]]] = {}
        self.calls: list[tuple[str, dict[str, Any]]] = []
        """Every call of the bot, as (method, parameters)."""
        self._ids = itertools.count(secrets.randbelow(10**8) + 10**7)
        self._news = asyncio.Event()
        self._polling = 0
        self._per_chat, self._overall = Bucket(3, 1.0), Bucket(30, 1 / 30)
        self._paced = paced
        self._pump: asyncio.Task[None] | None = None
        self.webhook_seconds = 1.0
        """Between two tries of a webhook that did not answer 2xx."""

    def application(self) -> web.Application:
        app = web.Application(client_max_size=60 * 2**20)
        self.routes(app)
        return app

    def routes(self, app: web.Application) -> None:
        """The Bot API's addresses in an application."""
        app.router.add_route("*", "/bot{token}/{method}", self._serve)
        app.router.add_get("/file/bot{token}/{path:.+}", self._file)
        app.cleanup_ctx.append(self._pumping)

    def push(self, **update: Any) -> dict[str, Any]:
        """Something happened that the bot is told of."""
        made = {"update_id": next(self._ids), **update}
        self.updates.append(made)
        self._news.set()
        return made

    # Serving

    async def _serve(self, request: web.Request) -> web.Response:
        method = request.match_info["method"]
        if request.match_info["token"] != self.token:
            return web.json_response(Refused(401, "Unauthorized").body, status=401)
        handler = getattr(self, f"on_{method}", None)
        if handler is None:
            return web.json_response(Refused(404, "Not Found").body, status=404)
        given = await parameters(request)
        self.calls.append((method, given))
        trouble = await self.faults.answer(method, lambda: handler(given))
        if trouble is not None:
            return trouble
        try:
            self._keep_pace(method, given)
            result = handler(given)
            result = await result if asyncio.iscoroutine(result) else result
        except Refused as error:
            return web.json_response(error.body, status=error.status)
        return web.json_response({"ok": True, "result": result})

    def _keep_pace(self, method: str, given: dict[str, Any]) -> None:
        if not self._paced or method not in COUNTED:
            return
        wait = self._per_chat.take(given.get("chat_id")) or self._overall.take("all")
        if wait:
            raise Refused(429, f"Too Many Requests: retry after {wait}", retry_after=wait)

    async def _file(self, request: web.Request) -> web.Response:
        content = self.users.files.get(request.match_info["path"].rpartition("/")[2])
        if request.match_info["token"] != self.token or content is None:
            raise web.HTTPNotFound
        return web.Response(body=content)

    # Receiving updates

    def on_getMe(self, given: dict[str, Any]) -> Any:  # noqa: N802
        return self.me

    def on_setWebhook(self, given: dict[str, Any]) -> bool:  # noqa: N802
        if not re.fullmatch(r"[A-Za-z0-9_-]{0,256}", given.get("secret_token", "")):
            raise Refused(400, "Bad Request: secret token contains unallowed characters")
        self.webhook = given
        self._news.set()
        return True

    def on_deleteWebhook(self, given: dict[str, Any]) -> bool:  # noqa: N802
        self.webhook = {}
        return True

    def on_getWebhookInfo(self, given: dict[str, Any]) -> Any:  # noqa: N802
        waiting = {"has_custom_certificate": False, "pending_update_count": len(self.updates)}
        return {"url": self.webhook.get("url", ""), **waiting}

    async def on_getUpdates(self, given: dict[str, Any]) -> list[dict[str, Any]]:  # noqa: N802
        if self.webhook:
            raise Refused(
                409,
                "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook "
                "first",
            )
        if self._polling:
            raise Refused(
                409,
                "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
            )
        offset, limit = int(given.get("offset") or 0), int(given.get("limit") or 100)
        self.updates = [update for update in self.updates if update["update_id"] >= offset]
        until = time.monotonic() + float(given.get("timeout") or 0)
        self._polling += 1
        try:
            while not self.updates and (left := until - time.monotonic()) > 0:
                self._news.clear()
                try:
                    async with asyncio.timeout(left):
                        await self._news.wait()
                except TimeoutError:
                    break
        finally:
            self._polling -= 1
        return self.updates[:limit]

    async def _pumping(self, app: web.Application) -> Any:
        self._pump = asyncio.create_task(self._deliver())
        yield
        self._pump.cancel()
        await asyncio.gather(self._pump, return_exceptions=True)

    async def _deliver(self) -> None:
        """Webhook mode: what is not answered with 2xx is sent again, and nothing after it in the meantime."""
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=20)) as http:
            while True:
                while self.webhook and self.updates:
                    if await self.call_webhook(http, self.updates[0]):
                        self.updates.pop(0)
                    else:
                        await asyncio.sleep(self.webhook_seconds)
                self._news.clear()
                await self._news.wait()

    async def call_webhook(self, http: aiohttp.ClientSession, update: dict[str, Any]) -> bool:
        secret = self.webhook.get("secret_token")
        headers = {"X-Telegram-Bot-Api-Secret-Token": secret} if secret else {}
        try:
            async with http.post(self.webhook["url"], json=update, headers=headers) as response:
                return 200 <= response.status < 300
        except (aiohttp.ClientError, TimeoutError, KeyError):
            return False

    def on_setMyCommands(self, given: dict[str, Any]) -> bool:  # noqa: N802
        for command in given["commands"]:
            if not COMMAND.fullmatch(command["command"]):
                raise Refused(400, "Bad Request: BOT_COMMAND_INVALID")
            if not 1 <= len(command["description"]) <= 256:
                raise Refused(400, "Bad Request: BOT_COMMAND_DESCRIPTION_INVALID")
        self.commands[given.get("language_code", "")] = given["commands"]
        return True


async def parameters(request: web.Request) -> dict[str, Any]:
    """From the query, a form or JSON, as the Bot API takes them: nested values are JSON within a form."""
    given: dict[str, Any] = dict(request.query)
    if request.content_type == "application/json":
        body: dict[str, Any] = await request.json()
        return given | body
    for name, part in (await request.post()).items():
        given[name] = part.file.read() if isinstance(part, web.FileField) else part
    for name, value in given.items():
        if isinstance(value, str) and value[:1] in "[{" and name not in ("text", "caption"):
            given[name] = json.loads(value)
    for value in list(given.values()):
        _attached(value, given)
    for name in ("photo", "document"):
        value = given.get(name)
        if isinstance(value, str) and value.startswith("attach://"):
            given[name] = given[value.removeprefix("attach://")]
    return given


def _attached(value: Any, given: dict[str, Any]) -> None:
    for one in value if isinstance(value, list) else ():
        if isinstance(one, dict) and str(one.get("media", "")).startswith("attach://"):
            one["media"] = given[one["media"].removeprefix("attach://")]
