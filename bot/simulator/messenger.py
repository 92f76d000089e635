"""A stand-in of the Graph API for one Page: the calls the gateway makes, the webhook it is called on, real limits."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import itertools
import json
import secrets
import time
from typing import Any

import aiohttp
from aiohttp import web

from bot.simulator.faults import Bucket, Faults
from bot.simulator.messenger_rules import DAY, Refused, checked_message, checked_profile
from bot.simulator.messenger_user import People, new_mid

MOST_EVENTS = 50
"""In one call of the webhook."""


class MessengerStandIn:
    """Serve `application()`; `people` have phones. `webhook` is the address events go to, once it is verified."""

    def __init__(self, token: str, app_secret: str, *, page_id: str = "110012345678901", paced: bool = True) -> None:
        self.token, self.app_secret, self.page_id = token, app_secret, page_id
        self.app_id = "987654321098765"
        self.webhook = ""
        self.webhook_seconds = 1.0
        """Between two tries of a call that was not answered with 200."""
        self.clock_offset = 0
        """Milliseconds the stand-in's clock is ahead of the real one."""
        self.faults = Faults()
        self.people = People(page_id, self.push, self.now)
        self.pending: list[dict[str, Any]] = []
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.profile: dict[str, Any] = {}
        self.fields = ""
        self.personas: dict[str, dict[str, str]] = {}
        self._persona_ids = itertools.count(4_000_000_001)
        self._news = asyncio.Event()
        self._thread = Bucket(10, 0.5)
        self._paced = paced

    def now(self) -> int:
        return int(time.time() * 1000) + self.clock_offset

    def application(self) -> web.Application:
        app = web.Application(client_max_size=60 * 2**20)
        self.routes(app)
        return app

    def routes(self, app: web.Application) -> None:
        """The Graph API's addresses in an application."""
        app.router.add_route("*", "/v{version:[0-9.]+}/{path:.+}", self._serve)
        app.router.add_get("/cdn/{key:.+}", self._file)
        app.cleanup_ctx.append(self._calling)

    def push(self, event: dict[str, Any]) -> None:
        self.pending.append(event)
        self._news.set()

    # Calls of the gateway

    async def _serve(self, request: web.Request) -> web.Response:
        given: dict[str, Any] = dict(request.query)
        given |= await _body(request)
        path = f"{request.method} {request.match_info['path']}"
        self.calls.append((path, given))
        trouble = await self.faults.answer(request.match_info["path"], lambda: self._answer(path, given))
        if trouble is not None:
            return trouble
        try:
            self._check_caller(given)
            return web.json_response(self._answer(path, given))
        except Refused as error:
            return web.json_response(error.body, status=error.status)

    def _check_caller(self, given: dict[str, Any]) -> None:
        if given.get("access_token") != self.token:
            raise Refused(400, 190, "Invalid OAuth access token - Cannot parse access token")
        proof = hmac.new(self.app_secret.encode(), self.token.encode(), hashlib.sha256).hexdigest()
        if given.get("appsecret_proof") != proof:
            raise Refused(400, 100, "Invalid appsecret_proof provided in the API argument")

    def _answer(self, path: str, given: dict[str, Any]) -> dict[str, Any]:
        match path:
            case "GET me":
                return {"id": self.page_id, "name": "Szlak"}
            case "GET app":
                return {"id": self.app_id, "name": "TellOnce"}
            case "POST me/messages":
                return self._message(given)
            case "POST me/messenger_profile":
                self.profile = checked_profile(given)
                return {"result": "success"}
            case "POST me/subscribed_apps":
                self.fields = given["subscribed_fields"]
                return {"success": True}
            case "GET me/personas":
                return {"data": list(self.personas.values())}
            case "POST me/personas":
                return self._persona(given)
        raise Refused(400, 2500, f"Unknown path components: /{path.partition(' ')[2]}")

    def _persona(self, given: dict[str, Any]) -> dict[str, Any]:
        if not given.get("name") or len(given["name"]) > 50 or not given.get("profile_picture_url"):
            raise Refused(400, 100, "(#100) Param name and profile_picture_url are required")
        number = str(next(self._persona_ids))
        picture = given["profile_picture_url"]
        self.personas[number] = {"id": number, "name": given["name"], "profile_picture_url": picture}
        return {"id": number}

    def _message(self, given: dict[str, Any]) -> dict[str, Any]:
        psid = given["recipient"]["id"]
        user = self.people.get(psid)
        if user is None:
            raise Refused(400, 100, "(#100) No matching user found", 2018001)
        if user.blocked:
            raise Refused(400, 551, "(#551) This person isn't available right now.", 1545041)
        if "sender_action" in given:
            user.typing = given["sender_action"] == "typing_on"
            return {"recipient_id": psid}
        if self._paced and self._thread.take(psid):
            raise Refused(400, 613, "(#613) Calls to this api have exceeded the rate limit.", transient=True)
        self._check_window(given, user.last_at)
        message = checked_message(given)
        if given.get("persona_id") and str(given["persona_id"]) not in self.personas:
            raise Refused(400, 100, "(#100) persona_id is not a valid persona")
        if "filedata" in given:
            address = self.people.keep(given["filedata"], given.get("filedata.name", ""))
            message = {**message, "attachment": {**message["attachment"], "payload": {"url": address}}}
        mid = new_mid()
        persona = self.personas.get(str(given.get("persona_id")), {}).get("name")
        shown = {key: value for key, value in message.items() if key != "metadata"}
        user.messages.append({"mid": mid, "by": "page", "persona": persona, **shown})
        user.typing = False
        self._echo(psid, mid, message)
        return {"recipient_id": psid, "message_id": mid}

    def _check_window(self, given: dict[str, Any], last_at: int | None) -> None:
        outside = Refused(400, 10, "(#10) This message is sent outside of allowed window.", 2018278)
        silent = self.now() - last_at if last_at is not None else None
        if given.get("messaging_type") == "MESSAGE_TAG":
            if given.get("tag") != "HUMAN_AGENT":
                raise Refused(400, 100, "(#100) Message tag is not supported any more")
            if silent is None or silent > 7 * DAY:
                raise outside
        elif silent is None or silent > DAY:
            raise outside

    def _echo(self, psid: str, mid: str, message: dict[str, Any]) -> None:
        content = {key: value for key, value in message.items() if key in ("text", "metadata")}
        if "attachment" in message:
            content["attachments"] = [message["attachment"]]
        self.people.echo(psid, {"mid": mid, "app_id": int(self.app_id), **content})

    async def _file(self, request: web.Request) -> web.Response:
        content = self.people.files.get(request.match_info["key"])
        if content is None:
            raise web.HTTPNotFound
        return web.Response(body=content)

    # Calls of the webhook

    async def verify(self, http: aiohttp.ClientSession, address: str, verify_token: str) -> bool:
        """As the Meta app's settings do it when the address is saved."""
        challenge = str(secrets.randbelow(10**9))
        query = {"hub.mode": "subscribe", "hub.verify_token": verify_token, "hub.challenge": challenge}
        async with http.get(address, params=query) as response:
            good = response.status == 200 and await response.text() == challenge
        if good:
            self.webhook = address
            self._news.set()
        return good

    def notification(self, events: list[dict[str, Any]]) -> tuple[bytes, dict[str, str]]:
        """Body and headers of a call that brings these events."""
        entry = {"id": self.page_id, "time": self.now(), "messaging": events}
        body = json.dumps({"object": "page", "entry": [entry]}).encode()
        signature = hmac.new(self.app_secret.encode(), body, hashlib.sha256).hexdigest()
        return body, {"Content-Type": "application/json", "X-Hub-Signature-256": f"sha256={signature}"}

    async def _calling(self, app: web.Application) -> Any:
        task = asyncio.create_task(self._call())
        yield
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    async def _call(self) -> None:
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=20)) as http:
            while True:
                while self.webhook and self.pending:
                    events = self.pending[:MOST_EVENTS]
                    if await self._delivered(http, events):
                        del self.pending[: len(events)]
                    else:
                        await asyncio.sleep(self.webhook_seconds)
                self._news.clear()
                await self._news.wait()

    async def _delivered(self, http: aiohttp.ClientSession, events: list[dict[str, Any]]) -> bool:
        body, headers = self.notification(events)
        try:
            async with http.post(self.webhook, data=body, headers=headers) as response:
                return response.status == 200
        except (aiohttp.ClientError, TimeoutError):
            return False


async def _body(request: web.Request) -> dict[str, Any]:
    if request.method != "POST":
        return {}
    if request.content_type == "application/json":
        given: dict[str, Any] = await request.json()
        return given
    found: dict[str, Any] = {}
    for name, part in (await request.post()).items():
        if isinstance(part, web.FileField):
            found[name], found[f"{name}.name"] = part.file.read(), part.filename
        else:
            found[name] = json.loads(str(part)) if str(part).startswith("{") else part
    return found
