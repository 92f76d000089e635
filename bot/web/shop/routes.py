"""The sample shop's routes: the catalogue, one product, pictures; orders are in their own module."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from math import ceil
from pathlib import PurePosixPath
from typing import Any

from aiohttp import hdrs, web
from yarl import URL

from bot.domain.errors import NotFound
from bot.services.wording import money
from bot.shop.browsing import SORTS, Wish, browse, departments, similar_products, sizes_in
from bot.shop.catalogue import find_product
from bot.shop.pictures import TYPES, is_stored, picture_address
from bot.shop.profile import active_promotions, delivery_methods
from bot.storage.shop import Category, Picture, Product
from bot.web.assets import assets
from bot.web.keys import DATABASE, SETTINGS
from bot.web.shop import orders
from bot.web.shop.goods import colour_rows, price_tag, tile
from bot.web.shop.pages import HERE, Visit, now_of, page

PER_PAGE = 24
LONGEST_TEXT = 100
LAST_PAGE = 10_000
KNOWN = ("text", "category", "size", "in_stock", "least", "most", "sort", "page")


@dataclass(frozen=True)
class Asked:
    """What the address asks for: a wish, and which page of it."""

    wish: Wish
    page: int

    @property
    def is_plain(self) -> bool:
        """True for the home page itself: nothing looked for, nothing left out."""
        return self.page == 1 and self.wish == Wish()

    def link(self, **changes: Any) -> str:
        """The address of the same list with some of it changed; the first page unless a page is named."""
        wish = replace(self.wish, **{key: value for key, value in changes.items() if key != "page"})
        values = {name: getattr(wish, name) for name in KNOWN if name != "page"} | {"page": changes.get("page", 1)}
        default = {"sort": "best", "page": 1}
        query = {k: "1" if v is True else str(v) for k, v in values.items() if v and v != default.get(k)}
        return str(URL.build(path="/", query=query))


def asked(request: web.Request) -> Asked:
    """A wrong number or an unknown order is passed over: an address typed by hand still shows something."""
    query = request.query
    sort = query.get("sort", "best")
    number = query.get("page", "1")
    wish = Wish(
        text=" ".join(query.get("text", "").split())[:LONGEST_TEXT],
        category=query.get("category") or None,
        size=query.get("size") or None,
        in_stock=query.get("in_stock") == "1",
        least=_amount(query.get("least", "")),
        most=_amount(query.get("most", "")),
        sort=sort if sort in SORTS else "best",
    )
    return Asked(wish, min(max(1, int(number)), LAST_PAGE) if number.isdecimal() and len(number) < 7 else 1)


def _amount(text: str) -> Decimal | None:
    try:
        value = Decimal(text.strip().replace(",", "."))
    except InvalidOperation:
        return None
    return value if value.is_finite() and 0 <= value < 1_000_000 else None


@page
async def catalogue(visit: Visit) -> web.Response:
    want = asked(visit.request)
    now = now_of(visit)
    async with visit.request.config_dict[DATABASE].read() as session:
        shelves = await departments(session)
        chosen = await session.get(Category, want.wish.category) if want.wish.category else None
        if want.wish.category and chosen is None:
            raise NotFound()
        promotions = await active_promotions(session, now)
        shelf = await browse(session, want.wish, visit.language, promotions, now, page=want.page, per_page=PER_PAGE)
        sizes = await sizes_in(session, chosen.id) if chosen else []
        samples = await orders.samples(visit, session) if want.is_plain else []
    return visit.render(
        "catalogue.html",
        title=_title(visit, want, chosen),
        text=want.wish.text,
        want=want,
        wish=want.wish,
        shelves=[(one.category, picture_address(one.image)) for one in shelves],
        chosen=chosen,
        sizes=sizes,
        tiles=[tile(visit, product, promotions, now) for product in shelf.products],
        total=shelf.total,
        pages=max(1, ceil(shelf.total / PER_PAGE)),
        sorts=SORTS,
        samples=samples,
    )


def _title(visit: Visit, want: Asked, chosen: Category | None) -> str:
    if want.wish.text:
        return visit.say("search_title", text=want.wish.text)
    if chosen:
        return visit.own(chosen, "name")
    return visit.say("all_products")


@page
async def product(visit: Visit) -> web.Response:
    now = now_of(visit)
    async with visit.request.config_dict[DATABASE].read() as session:
        found = await find_product(session, visit.request.match_info["id"])
        if found is None or not found.active:
            raise NotFound()
        promotions = await active_promotions(session, now)
        others = await similar_products(session, found) if found.category else []
        shelf = await session.get(Category, found.category) if found.category else None
        ways = [one for one in await delivery_methods(session) if one.kind not in ("digital", "pickup")]
    return visit.render(
        "product.html",
        title=visit.own(found, "name"),
        product=found,
        shelf=shelf,
        picture=picture_address(found.image),
        price=price_tag(visit, found, promotions, now),
        rows=colour_rows(visit, found),
        attributes=found.attributes.get(visit.language) or {},
        similar=[tile(visit, one, promotions, now) for one in others],
        facts=_facts(visit, found, ways),
        canonical=found.url,
    )


def _facts(visit: Visit, found: Product, ways: list[Any]) -> list[tuple[str, str]]:
    """What one wants to know before buying: icon and words."""
    facts = []
    if ways:
        cheapest = min(ways, key=lambda one: one.price)
        values = {"price": money(cheapest.price, visit.language)}
        if cheapest.free_from:
            facts.append(("box", visit.say("delivery_fact", **values, free=money(cheapest.free_from, visit.language))))
        else:
            facts.append(("box", visit.say("delivery_fact_no_free", **values)))
    days = visit.request.config_dict[SETTINGS].return_days or visit.profile.return_days
    back = visit.say("returns_fact", count=days) if found.returnable else visit.say("not_returnable")
    return [*facts, ("undo", back), ("check", visit.say("warranty", months=found.warranty_months))]


async def image(request: web.Request) -> web.Response:
    """A product's picture. Its name changes with its content, so browsers may keep it; an SVG can run nothing."""
    name = request.match_info["name"]
    if not is_stored(name):
        raise NotFound()
    async with request.config_dict[DATABASE].read() as session:
        found = await session.get(Picture, name)
    if found is None:
        raise NotFound()
    headers = {
        hdrs.CACHE_CONTROL: "public, max-age=31536000, immutable",
        hdrs.ACCESS_CONTROL_ALLOW_ORIGIN: "*",
        "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
        "Cross-Origin-Resource-Policy": "cross-origin",
    }
    response = web.Response(body=found.content, content_type=TYPES[PurePosixPath(name).suffix], headers=headers)
    if name.endswith(".svg"):
        response.enable_compression()
    return response


def setup_routes(app: web.Application) -> None:
    app.router.add_get("/", catalogue)
    app.router.add_get("/products/{id}", product)
    app.router.add_get("/shop/images/{name}", image)
    app.router.add_get("/shop/static/{name:.+}", assets(HERE / "static"))
    orders.setup_routes(app)
