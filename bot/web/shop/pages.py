"""What every page of the shop is made with: templates that escape by themselves, words, the visitor's language."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import wraps
from pathlib import Path
from typing import Any

import structlog
from aiohttp import hdrs, web
from babel import Locale
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from sqlalchemy.exc import OperationalError

from bot.domain.errors import NotFound, TellOnceError
from bot.shop.profile import ShopProfile, shop_profile
from bot.storage.shop import Customer
from bot.web.assets import SHARED
from bot.web.errors import language_of, route_of
from bot.web.keys import CLOCK, DATABASE, DEMO_SHOP, SETTINGS

log = structlog.get_logger(__name__)
HERE = Path(__file__).parent
LANGUAGE_COOKIE = "tellonce_language"
SHOP_COOKIE = "tellonce_demo_customer"
YEAR = 365 * 24 * 3600
# Products of other shops may show pictures from anywhere on the web.
CONTENT_POLICY = (
    "default-src 'self'; img-src 'self' data: blob: https: http:; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'self'"
)
TEXTS: dict[str, dict[str, str]] = {
    language: json.loads((HERE / "texts" / f"{language}.json").read_text("utf-8")) for language in ("pl", "en")
}
# The same drawings as on the staff's pages, where scripts draw them.
ICONS: dict[str, str] = dict(re.findall(r'^  (\w+): "([^"]+)"', (SHARED / "icons.js").read_text("utf-8"), re.MULTILINE))

templates = Environment(
    loader=FileSystemLoader(HERE / "templates"),
    autoescape=select_autoescape(default=True, default_for_string=True),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
templates.globals["icons"] = ICONS


@dataclass
class Visit:
    """A visitor at one page: their language, the shop, and the demo customer they play, if any."""

    request: web.Request
    language: str
    profile: ShopProfile = field(default_factory=lambda: ShopProfile({}))
    customer: Customer | None = None

    @property
    def is_demo(self) -> bool:
        return self.request.config_dict[DEMO_SHOP].is_open(self.profile)

    def own(self, row: Any, name: str) -> str:
        """The text of `row` in the visitor's language: `name_pl` or `name_en`."""
        return str(getattr(row, f"{name}_{self.language}") or "")

    def say(self, key: str, **values: Any) -> str:
        """The words for `key`; `count` chooses among `key_one`, `key_few` … as the language needs."""
        words = TEXTS[self.language]
        if "count" in values:
            form = Locale.parse(self.language).plural_form(values["count"])
            key = f"{key}_{form}" if f"{key}_{form}" in words else key
        return words[key].format(**values)

    def says(self, key: str) -> bool:
        return key in TEXTS[self.language]

    async def enter(self) -> None:
        """Read what every page shows."""
        async with self.request.config_dict[DATABASE].read() as session:
            self.profile = await shop_profile(session)
            cookie = self.request.cookies.get(SHOP_COOKIE)
            if cookie and self.is_demo:
                self.customer = await self.request.config_dict[DEMO_SHOP].who(session, cookie)

    def render(self, template: str, status: int = 200, **values: Any) -> web.Response:
        other = "en" if self.language == "pl" else "pl"
        languages = self.request.config_dict[SETTINGS].language_list
        identity = self.request.config_dict[DEMO_SHOP].identity(self.customer) if self.customer else None
        html = templates.get_template(template).render(
            t=self.say,
            own=self.own,
            language=self.language,
            other=other if other in languages else None,
            switch=str(self.request.rel_url.update_query(lang=other)),
            shop=self.profile.get("name") or self.say("name"),
            is_demo=self.is_demo,
            customer=self.customer,
            identity=identity,
            **({"text": "", "product": None, "order": None, "canonical": None, "picture": None} | values),
        )
        response = web.Response(text=html, content_type="text/html", status=status)
        # The page may hold a name and an identity: it is this visitor's alone.
        response.headers[hdrs.CACHE_CONTROL] = "private, no-cache"
        response.headers[hdrs.VARY] = "Accept-Language, Cookie"
        response.headers["Content-Security-Policy"] = CONTENT_POLICY
        response.enable_compression()
        if self.request.query.get("lang") == self.language:
            response.set_cookie(LANGUAGE_COOKIE, self.language, max_age=YEAR, path="/", samesite="Lax", httponly=True)
        return response


Page = Callable[[Visit], Awaitable[web.Response]]


def page(handler: Page) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """A handler of one visit. What goes wrong is told in the shop's own look."""

    @wraps(handler)
    async def checked(request: web.Request) -> web.StreamResponse:
        visit = Visit(request, visitors_language(request))
        try:
            await visit.enter()
            return await handler(visit)
        except web.HTTPException:
            raise
        except NotFound:
            return visit.render("problem.html", 404, title=visit.say("not_found"), is_lost=True)
        except Exception as error:
            status = error.status if isinstance(error, TellOnceError) else 503 if _is_storage(error) else 500
            log.error("shop_page_failed", route=route_of(request), exc_info=status == 500, problem=str(error)[:200])
            return visit.render("problem.html", status, title=visit.say("problem"), is_lost=False)

    return checked


def _is_storage(error: Exception) -> bool:
    return isinstance(error, (OperationalError, OSError))


def visitors_language(request: web.Request) -> str:
    """Asked for in the address, else remembered, else the browser's; always one the shop speaks."""
    spoken = request.config_dict[SETTINGS].language_list
    wanted = (request.query.get("lang"), request.cookies.get(LANGUAGE_COOKIE), language_of(request), spoken[0])
    return next(one for one in wanted if one in spoken)


def now_of(visit: Visit) -> Any:
    return visit.request.config_dict[CLOCK].now()
