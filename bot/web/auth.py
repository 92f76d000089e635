"""Who is asking: the staff's cookie, their role, and proof that the request came from their own page."""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable
from functools import wraps
from urllib.parse import urlsplit

from aiohttp import web

from bot.domain.errors import CsrfFailed, Forbidden, OriginNotAllowed
from bot.services.accounts import ABSOLUTE, Visitor
from bot.services.people import ROLES
from bot.storage.tables import User, UserSession
from bot.web.keys import ACCOUNTS, SETTINGS

COOKIE = "tellonce_session"
CSRF_HEADER = "X-CSRF-Token"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})

USER: web.RequestKey[User] = web.RequestKey("user", User)
LOGIN: web.RequestKey[UserSession] = web.RequestKey("login", UserSession)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def require(role: str = "agent") -> Callable[[Handler], Handler]:
    """Let only staff of at least that role through; what may change something must come from our page, with its token.

    The handler finds them in `request[USER]`. Raises Unauthorized, then Forbidden, then OriginNotAllowed or CsrfFailed.
    """
    least = ROLES.index(role)

    def decorate(handler: Handler) -> Handler:
        @wraps(handler)
        async def checked(request: web.Request) -> web.StreamResponse:
            user, login = await request.config_dict[ACCOUNTS].authenticate(request.cookies.get(COOKIE))
            if user.role not in ROLES or ROLES.index(user.role) < least:
                raise Forbidden(details={"role": role})
            if request.method not in SAFE:
                check_origin(request)
                check_csrf(request, login)
            request[USER], request[LOGIN] = user, login
            return await handler(request)

        checked.required_role = role  # type: ignore[attr-defined]
        return checked

    return decorate


def check_csrf(request: web.Request, login: UserSession) -> None:
    """Raises CsrfFailed unless the request carries its log-in's token: another site can send the cookie, not this."""
    given = request.headers.get(CSRF_HEADER, "")
    if not hmac.compare_digest(given.encode("utf-8", "surrogateescape"), login.csrf.encode()):
        raise CsrfFailed()


def check_origin(request: web.Request) -> None:
    """Raises OriginNotAllowed for a page of another host. No Origin is fine: browsers always send one here."""
    origin = request.headers.get("Origin")
    if origin is None:
        return
    settings = request.config_dict.get(SETTINGS)
    own = {request.host.lower()} | ({urlsplit(settings.url).netloc.lower()} if settings else set())
    if urlsplit(origin).netloc.lower() not in own:
        raise OriginNotAllowed(details={"origin": origin[:200]})


def visitor(request: web.Request) -> Visitor:
    """Where a log-in comes from: the address of the browser, as far as our own proxies vouch for it, and its name."""
    settings = request.config_dict.get(SETTINGS)
    proxies = settings.proxies if settings else 0
    passed = [part.strip() for line in request.headers.getall("X-Forwarded-For", []) for part in line.split(",")]
    address = passed[-proxies] if 0 < proxies <= len(passed) else request.remote or ""
    agent = "".join(c for c in request.headers.get("User-Agent", "") if c.isprintable() and ord(c) < 0xD800)
    return Visitor(address, agent)


def set_cookie(request: web.Request, response: web.StreamResponse, token: str) -> None:
    """Hand the browser its log-in. Scripts can't read it, other sites' forms don't send it."""
    secure, seconds = is_secure(request), int(ABSOLUTE.total_seconds())
    response.set_cookie(COOKIE, token, max_age=seconds, path="/", httponly=True, samesite="Lax", secure=secure)


def drop_cookie(request: web.Request, response: web.StreamResponse) -> None:
    response.del_cookie(COOKIE, path="/", httponly=True, samesite="Lax", secure=is_secure(request))


def is_secure(request: web.Request) -> bool:
    """True if cookies may be kept for https alone."""
    # Behind a proxy that ends TLS the request looks plain: then the setting says that the outside is https.
    settings = request.config_dict.get(SETTINGS)
    return request.secure or (settings is not None and settings.secure_cookies)
