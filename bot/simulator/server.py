"""`tellonce channels simulate`: both stand-ins and a page that plays the customer's phone."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

from bot.simulator.faults import Fault
from bot.simulator.messenger import MessengerStandIn
from bot.simulator.messenger_rules import DAY
from bot.simulator.telegram import TelegramStandIn

HERE = Path(__file__).parent
DESIGN = HERE.parent / "web" / "static"
POLICY = "default-src 'self'; img-src 'self' data: blob: http: https:; object-src 'none'; base-uri 'none'"
TELEGRAM_TOKEN = "100200300:stand-in-token-for-trying-out-only"
PAGE_TOKEN, APP_SECRET, VERIFY_TOKEN = "stand-in-page-token", "stand-in-app-secret", "stand-in-verify-token"
CUSTOMER, PSID = 700100200, "2500100200300400"
LARGEST = 25 * 2**20
ADDRESS = web.AppKey("address", str)
PHONES = web.AppKey("phones", dict[str, Any])

TROUBLES: dict[str, dict[str, Fault]] = {
    "telegram": {
        "slow_down": Fault(
            "sendMessage",
            429,
            {"ok": False, "error_code": 429, "description": "Too Many Requests", "parameters": {"retry_after": 5}},
        ),
        "down": Fault("sendMessage", 502, "<html>Bad Gateway</html>", times=2),
        "time_out": Fault("sendMessage", delay=30),
    },
    "messenger": {
        "slow_down": Fault(
            "me/messages", 400, {"error": {"message": "(#613) rate limit", "code": 613, "is_transient": True}}
        ),
        "down": Fault("me/messages", 500, "", times=2),
        "time_out": Fault("me/messages", delay=30),
    },
}


def application(address: str, gateway: str) -> web.Application:
    """`address` is where this is served, `gateway` the gateway that Messenger's events go to."""
    telegram = TelegramStandIn(TELEGRAM_TOKEN)
    messenger = MessengerStandIn(PAGE_TOKEN, APP_SECRET)
    messenger.people.base = address
    app = web.Application(client_max_size=LARGEST)
    telegram.routes(app)
    messenger.routes(app)
    telegram.users.add(CUSTOMER)
    messenger.people.add(PSID)
    app[ADDRESS] = address
    app[PHONES] = {"telegram": telegram, "messenger": messenger}
    app.router.add_get("/", page)
    app.router.add_get("/phones", state)
    app.router.add_post("/phones/{channel}/{act}", act)
    app.router.add_get("/photos/{id}", photo)
    app.router.add_static("/static", DESIGN)
    app.router.add_static("/simulator", HERE / "static")
    app.on_response_prepare.append(protected)
    app.cleanup_ctx.append(lambda _: verifying(messenger, f"{gateway}/webhooks/messenger"))
    return app


async def verifying(messenger: MessengerStandIn, webhook: str) -> Any:
    """Messenger's events go to the gateway as soon as it is there and knows the verify token."""

    async def verify() -> None:
        async with aiohttp.ClientSession() as http:
            while not messenger.webhook:
                try:
                    if await messenger.verify(http, webhook, VERIFY_TOKEN):
                        return
                except aiohttp.ClientError:
                    pass
                await asyncio.sleep(2)

    task = asyncio.create_task(verify())
    yield
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def protected(request: web.Request, response: web.StreamResponse) -> None:
    response.headers.setdefault("Content-Security-Policy", POLICY)
    response.headers.setdefault("Cache-Control", "no-cache")


async def page(request: web.Request) -> web.FileResponse:
    return web.FileResponse(HERE / "phone.html")


async def state(request: web.Request) -> web.Response:
    """Everything both phones show."""
    telegram, messenger = request.app[PHONES]["telegram"], request.app[PHONES]["messenger"]
    anna, maria = telegram.users.get(CUSTOMER), messenger.people.get(PSID)
    shown = {
        "telegram": {
            "connected": bool(telegram.calls),
            "messages": anna.messages,
            "blocked": anna.blocked,
            "typing": anna.typing_at > 0,
            "toasts": anna.toasts,
            "commands": telegram.commands,
        },
        "messenger": {
            "connected": bool(messenger.webhook),
            "messages": maria.messages,
            "blocked": maria.blocked,
            "typing": maria.typing,
            "menu": messenger.profile.get("persistent_menu", []),
        },
    }
    return web.json_response(shown, dumps=lambda value: json.dumps(value, default=str))


async def act(request: web.Request) -> web.Response:
    """Something the customer does: `POST /phones/telegram/say {"text"}`; a file is a multipart body."""
    channel, name = request.match_info["channel"], request.match_info["act"]
    standin = request.app[PHONES].get(channel)
    if standin is None:
        raise web.HTTPNotFound
    given = await _given(request)
    if name == "trouble":
        fault = TROUBLES[channel].get(given.get("kind", ""))
        if fault is None:
            raise web.HTTPBadRequest
        standin.faults.plan(Fault(fault.method, fault.status, fault.body, fault.delay, fault.times))
        return web.json_response({})
    acts = telegram_acts(standin) if channel == "telegram" else messenger_acts(standin)
    if name not in acts:
        raise web.HTTPNotFound
    try:
        acts[name](given)
    except (KeyError, LookupError, AssertionError) as error:
        raise web.HTTPBadRequest from error
    return web.json_response({})


def telegram_acts(standin: TelegramStandIn) -> dict[str, Callable[[dict[str, Any]], Any]]:
    user = standin.users.get(CUSTOMER)
    assert user is not None
    return {
        "say": lambda given: user.say(given["text"]),
        "press": lambda given: user.press_data(given["message"], given["data"]),
        "edit": lambda given: user.edit(given["message"], given["text"]),
        "file": lambda given: (
            user.photo(given["content"])
            if given["type"].startswith("image/") and "svg" not in given["type"]
            else user.document(given["content"], given["name"], given["type"])
        ),
        "sticker": lambda _: user.sticker("🙂"),
        "voice": lambda _: user.voice(),
        "location": lambda _: user.location(52.23190, 21.00670),
        "contact": lambda _: user.contact("+48601234567"),
        "block": lambda _: user.block(not user.blocked),
    }


def messenger_acts(standin: MessengerStandIn) -> dict[str, Callable[[dict[str, Any]], Any]]:
    user = standin.people.get(PSID)
    assert user is not None

    def block(_: dict[str, Any]) -> None:
        user.blocked = not user.blocked

    def next_day(_: dict[str, Any]) -> None:
        standin.clock_offset += DAY + 60_000

    return {
        "say": lambda given: user.say(given["text"]),
        "reply": lambda given: user.quick_reply(given["title"]),
        "postback": lambda given: user.postback(given["payload"], given.get("title", "")),
        "edit": lambda given: user.edit(given["mid"], given["text"]),
        "file": lambda given: user.attach(
            "image" if given["type"].startswith("image/") else "file", given["content"], given["name"]
        ),
        "sticker": lambda _: user.attach("image", b"", "like.png", sticker_id=369239263222822),
        "voice": lambda _: user.attach("audio", b"", "voice.mp4"),
        "referral": lambda given: user.referral(given.get("ref") or "promo"),
        "inbox": lambda given: user.answered_in_page_inbox(given["text"]),
        "block": block,
        "day": next_day,
    }


async def _given(request: web.Request) -> dict[str, Any]:
    if request.content_type == "application/json":
        body = await request.json()
        return body if isinstance(body, dict) else {}
    part = (await request.post()).get("file")
    if not isinstance(part, web.FileField):
        return {}
    return {"content": part.file.read(), "name": part.filename, "type": part.content_type}


async def photo(request: web.Request) -> web.Response:
    """A picture that travelled on Telegram."""
    content = request.app[PHONES]["telegram"].users.files.get(request.match_info["id"])
    if content is None:
        raise web.HTTPNotFound
    return web.Response(body=content, headers={"Content-Security-Policy": "default-src 'none'; sandbox"})


def settings(address: str) -> dict[str, str]:
    """What to set so that a gateway talks to the stand-ins at `address`."""
    return {
        "TELLONCE_TELEGRAM_TOKEN": TELEGRAM_TOKEN,
        "TELLONCE_TELEGRAM_API": address,
        "TELLONCE_MESSENGER_TOKEN": PAGE_TOKEN,
        "TELLONCE_MESSENGER_APP_SECRET": APP_SECRET,
        "TELLONCE_MESSENGER_VERIFY_TOKEN": VERIFY_TOKEN,
        "TELLONCE_MESSENGER_API": address,
    }


async def simulate(port: int, gateway: str) -> None:
    """Serve until interrupted. Raises OSError when the port is taken."""
    address = f"http://127.0.0.1:{port}"
    runner = web.AppRunner(application(address, gateway.rstrip("/")), access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", port).start()
        print(f"\nA phone for Telegram and Messenger: http://localhost:{port}/")
        print(f"\nStart a gateway that talks to it ({gateway}) with these in its environment or .env:\n")
        for name, value in settings(address).items():
            print(f"  {name}={value}")
        print("\nCtrl-C stops it. Nothing leaves this machine.", flush=True)
        await asyncio.Event().wait()
    finally:
        await runner.cleanup()
