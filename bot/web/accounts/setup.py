"""The set-up page and its calls: the first administrator, and choosing a password with a link.

The code stands behind the `#` of the page's address, so that no server, proxy or log ever sees it but here.
"""

from __future__ import annotations

from aiohttp import web

from bot.services.people import LANGUAGES, LONGEST_EMAIL, LONGEST_NAME
from bot.web.accounts.log_in import welcome
from bot.web.auth import check_origin, visitor
from bot.web.body import LIMIT, json_object, one_of, string
from bot.web.keys import SETUP_LINKS

LONGEST_CODE = 200


async def state(request: web.Request) -> web.Response:
    """Whether this installation still waits for its first administrator."""
    return web.json_response({"needed": await request.config_dict[SETUP_LINKS].needed()})


async def check(request: web.Request) -> web.Response:
    """What the code is for: the page asks before it shows a form."""
    check_origin(request)
    code = string(await json_object(request), "code", most=LONGEST_CODE)
    user = await request.config_dict[SETUP_LINKS].whose(code, visitor(request))
    if user is None:
        return web.json_response({"for": "admin"})
    known = {"email": user.email, "name": user.name, "role": user.role, "language": user.language}
    return web.json_response({"for": "password", "user": known})


async def first_admin(request: web.Request) -> web.Response:
    check_origin(request)
    body = await json_object(request)
    logged_in = await request.config_dict[SETUP_LINKS].first_admin(
        string(body, "code", most=LONGEST_CODE),
        visitor(request),
        email=string(body, "email", most=LONGEST_EMAIL),
        name=string(body, "name", most=LONGEST_NAME),
        password=string(body, "password", most=LIMIT),
        language=one_of(body, "language", LANGUAGES, default="pl"),
    )
    return await welcome(request, logged_in)


async def choose_password(request: web.Request) -> web.Response:
    check_origin(request)
    body = await json_object(request)
    code, password = string(body, "code", most=LONGEST_CODE), string(body, "password", most=LIMIT)
    return await welcome(
        request, await request.config_dict[SETUP_LINKS].choose_password(code, visitor(request), password)
    )
