"""My account: name, language, password, and the places where I am logged in."""

from __future__ import annotations

from aiohttp import web

from bot.services.own_account import OwnAccount
from bot.services.people import LANGUAGES, LONGEST_NAME
from bot.storage.tables import UserSession
from bot.web.accounts.devices import device_of
from bot.web.accounts.log_in import person
from bot.web.auth import LOGIN, USER, drop_cookie, require
from bot.web.body import LIMIT, json_object, one_of, string
from bot.web.keys import OWN_ACCOUNT


@require()
async def patch_me(request: web.Request) -> web.Response:
    body = await json_object(request)
    name = string(body, "name", most=LONGEST_NAME) if "name" in body else None
    language = one_of(body, "language", LANGUAGES) if "language" in body else None
    changed = await account(request).change(request[USER], name=name, language=language)
    return web.json_response({"csrf": request[LOGIN].csrf, **person(changed)})


@require()
async def change_password(request: web.Request) -> web.Response:
    body = await json_object(request)
    old, new = string(body, "old", most=LIMIT), string(body, "new", most=LIMIT)
    await account(request).change_password(request[USER], request[LOGIN], old, new)
    return web.json_response({})


@require()
async def list_sessions(request: web.Request) -> web.Response:
    found = await account(request).sessions(request[USER])
    return web.json_response({"sessions": [_session(one, request[LOGIN]) for one in found]})


@require()
async def end_session(request: web.Request) -> web.Response:
    await account(request).end_session(request[USER], request.match_info["id"])
    response = web.json_response({})
    if request.match_info["id"] == request[LOGIN].id:
        drop_cookie(request, response)
    return response


@require()
async def end_other_sessions(request: web.Request) -> web.Response:
    return web.json_response({"ended": await account(request).end_others(request[USER], request[LOGIN])})


def account(request: web.Request) -> OwnAccount:
    return request.config_dict[OWN_ACCOUNT]


def _session(one: UserSession, this: UserSession) -> dict[str, object]:
    browser, system = device_of(one.agent)
    return {
        "id": one.id,
        "browser": browser,
        "system": system,
        "address": one.address,
        "created_at": one.created_at.isoformat(),
        "last_seen_at": one.last_seen_at.isoformat(),
        "current": one.token_hash == this.token_hash,
    }
