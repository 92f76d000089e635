"""Logging in and out, and who is logged in: the same for the desk and the studio."""

from __future__ import annotations

from aiohttp import web

from bot.services.accounts import LoggedIn
from bot.storage.tables import User
from bot.web.auth import COOKIE, LOGIN, USER, check_origin, drop_cookie, require, set_cookie, visitor
from bot.web.body import json_object, string
from bot.web.keys import ACCOUNTS


async def log_in(request: web.Request) -> web.Response:
    check_origin(request)
    body = await json_object(request)
    email, password = string(body, "email", most=254), string(body, "password")
    seen, accounts = visitor(request), request.config_dict[ACCOUNTS]
    return await welcome(request, LoggedIn(*await accounts.log_in(email, password, seen.address, agent=seen.agent)))


async def welcome(request: web.Request, logged_in: LoggedIn) -> web.Response:
    """The answer to somebody who has shown who they are: a new cookie. The log-in this browser had before is over."""
    if before := request.cookies.get(COOKIE):
        await request.config_dict[ACCOUNTS].log_out(before)
    user = logged_in.user
    response = web.json_response({"csrf": logged_in.csrf, "name": user.name, "role": user.role})
    set_cookie(request, response, logged_in.token)
    return response


@require()
async def log_out(request: web.Request) -> web.Response:
    await request.config_dict[ACCOUNTS].log_out(request.cookies[COOKIE])
    response = web.json_response({})
    drop_cookie(request, response)
    return response


@require()
async def me(request: web.Request) -> web.Response:
    return web.json_response({"csrf": request[LOGIN].csrf, **person(request[USER])})


def person(user: User) -> dict[str, object]:
    """A user as they see themselves, without anything that opens something."""
    return {"id": user.id, "email": user.email, "name": user.name, "role": user.role, "language": user.language}
