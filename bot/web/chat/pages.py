"""The pages a customer's browser loads: the sample shop, and the widget with its parts, for any site."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from string import Template
from typing import Any

from aiohttp import ETag, hdrs, web
from sqlalchemy import Select, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.errors import NotFound
from bot.services.wording import money
from bot.storage.shop import Category, Customer, Order, Product
from bot.web.errors import language_of
from bot.web.keys import DATABASE

HERE = Path(__file__).parent
STATIC = HERE / "static"
TYPES = {".js": "text/javascript", ".css": "text/css", ".json": "application/json"}
SHOWN_PRODUCTS = 12
TONES = 6

SAMPLE_EMAILS = ("%@example.__", "%@example.___", "%@%.example", "%@%.test")
"""The sample shop's domains. Only such orders are shown: a real shop's customers must never be on a public page."""

WORDS: dict[str, dict[str, Any]] = {
    "pl": {
        "title": "Szlak, sklep turystyczny",
        "ask": "Zapytaj",
        "question": "Czy {name} jest dostępny?",
        "empty": "Półki są jeszcze puste. Wczytaj przykładowy sklep poleceniem",
        "no_orders": "Przykładowe zamówienia pojawią się tu po wczytaniu przykładowego sklepu.",
        "shipped": "w drodze",
        "delivered": "doręczone",
        "try_shipped": "Gdzie jest moje zamówienie {number}? Mój e-mail to {email}",
        "try_delivered": "Chcę zwrócić zamówienie {number}, e-mail {email}",
        "try": [
            "Ile kosztuje dostawa do paczkomatu?",
            "Szukam namiotu dla dwóch osób",
            "Chcę porozmawiać z człowiekiem",
        ],
    },
    "en": {
        "title": "Szlak, outdoor shop",
        "ask": "Ask",
        "question": "Is {name} available?",
        "empty": "The shelves are still empty. Load the sample shop with",
        "no_orders": "Sample orders will appear here once the sample shop is loaded.",
        "shipped": "on its way",
        "delivered": "delivered",
        "try_shipped": "Where is my order {number}? My e-mail is {email}",
        "try_delivered": "I want to return order {number}, e-mail {email}",
        "try": [
            "How much is delivery to a parcel locker?",
            "I am looking for a tent for two",
            "I want to talk to a human",
        ],
    },
}


@dataclass(frozen=True)
class Shown:
    """A product on the page."""

    name: str
    category: str
    price: str
    image: str
    tone: int


@dataclass(frozen=True)
class Sample:
    """An order to try the chat with. `status` is shipped or delivered."""

    status: str
    number: str
    email: str


async def shop(request: web.Request) -> web.Response:
    language = request.query.get("lang", "")
    if language not in WORDS:
        language = language_of(request)
    async with request.config_dict[DATABASE].read() as session:
        products = await shown_products(session, language)
        samples = await sample_orders(session)
    # Read at every request: a shop owner trying out the page sees an edit at once.
    page = Template((HERE / "shop.html").read_text("utf-8")).substitute(
        language=language,
        title=WORDS[language]["title"],
        products=products_html(products, language),
        samples=samples_html(samples, language),
    )
    return web.Response(
        text=page, content_type="text/html", headers={"Vary": "Accept-Language", "Cache-Control": "no-cache"}
    )


async def shown_products(session: AsyncSession, language: str) -> list[Shown]:
    """A dozen products of as many categories as there are, so that the page shows what the shop sells."""
    place = func.row_number().over(partition_by=Product.category, order_by=Product.id)
    rows = await session.execute(
        select(Product, Category)
        .outerjoin(Category, Category.id == Product.category)
        .where(Product.active)
        .order_by(place, Product.category)
        .limit(SHOWN_PRODUCTS)
    )
    is_polish = language == "pl"
    return [
        Shown(
            name=product.name_pl if is_polish else product.name_en,
            category=(category.name_pl if is_polish else category.name_en) if category else "",
            price=money(product.price, language),
            image=own_picture(product.image),
            tone=position % TONES,
        )
        for position, (product, category) in enumerate(rows)
    ]


def own_picture(address: str | None) -> str:
    """The picture's address if the gateway has the file. Another site's would be stopped by the content policy."""
    name = (address or "").removeprefix("/static/")
    return f"/static/{name}" if name and (HERE.parent / "static" / name).is_file() else ""


async def sample_orders(session: AsyncSession) -> list[Sample]:
    """An order on its way and one delivered lately, each with its e-mail."""
    samples = []
    for status, latest in (("shipped", Order.shipped_at), ("delivered", Order.delivered_at)):
        row = (await session.execute(_orders(status).order_by(latest.desc()).limit(1))).first()
        if row:
            samples.append(Sample(status, row.number, row.email))
    return samples


def _orders(status: str) -> Select[str, str]:
    email = func.coalesce(Order.email, Customer.email)
    return (
        select(Order.number, email.label("email"))
        .join(Customer, Customer.id == Order.customer_id)
        .where(Order.status == status, Order.shipped_at.is_not(None))
        .where(or_(*(email.like(pattern) for pattern in SAMPLE_EMAILS)))
    )


def products_html(products: Sequence[Shown], language: str) -> str:
    words = WORDS[language]
    if not products:
        return f'<p class="empty">{words["empty"]} <code>tellonce import data/shop</code></p>'
    return f'<ul class="products">{"".join(_product(product, words) for product in products)}</ul>'


def _product(product: Shown, words: dict[str, Any]) -> str:
    image = f'<img src="{escape(product.image)}" alt="" loading="lazy">' if product.image else ""
    question = words["question"].format(name=product.name)
    return (
        f'<li><div class="picture tone-{product.tone}">{image}</div>'
        f'<p class="category">{escape(product.category)}</p><h3>{escape(product.name)}</h3>'
        f'<p class="buy"><strong>{escape(product.price)}</strong>'
        f'<button type="button" data-say="{escape(question)}" aria-label="{escape(words["ask"])}: '
        f'{escape(product.name)}">{words["ask"]}</button></p></li>'
    )


def samples_html(samples: Sequence[Sample], language: str) -> str:
    words = WORDS[language]
    orders = "".join(
        f"<li><code>{escape(one.number)}</code> <code>{escape(one.email)}</code> <span>{words[one.status]}</span></li>"
        for one in samples
    )
    about = f'<ul class="orders">{orders}</ul>' if orders else f"<p>{words['no_orders']}</p>"
    asked = [words[f"try_{one.status}"].format(number=one.number, email=one.email) for one in samples]
    sentences = "".join(_sentence(text) for text in asked + words["try"])
    return f'{about}<ul class="sentences">{sentences}</ul>'


def _sentence(text: str) -> str:
    return f'<li><button type="button" data-say="{escape(text)}">{escape(text)}</button></li>'


async def static(request: web.Request) -> web.Response:
    """A part of the widget. Any site may load it, and always asks whether it has changed."""
    path = request.match_info.get("path", "widget.js")
    file = FILES.get(path)
    if file is None:
        raise NotFound()
    content = file.read_bytes()
    etag = hashlib.sha256(content).hexdigest()[:32]
    headers = {
        hdrs.ACCESS_CONTROL_ALLOW_ORIGIN: "*",
        "Cross-Origin-Resource-Policy": "cross-origin",
        hdrs.CACHE_CONTROL: "no-cache",
        hdrs.VARY: "Accept-Encoding",
    }
    if any(known.value in (etag, "*") for known in request.if_none_match or ()):
        response = web.Response(status=304, headers=headers)
    else:
        response = web.Response(body=content, content_type=TYPES[file.suffix], charset="utf-8", headers=headers)
        response.enable_compression()
    # Weak, because the compressed and the plain answer share it.
    response.etag = ETag(etag, is_weak=True)
    return response


def _files() -> dict[str, Path]:
    return {file.relative_to(STATIC).as_posix(): file for file in STATIC.rglob("*") if file.suffix in TYPES}


FILES = _files()
"""What may be asked for, by name: no path of a request ever reaches the disk."""


def setup_routes(app: web.Application) -> None:
    app.router.add_get("/", shop)
    app.router.add_get("/widget.js", static)
    app.router.add_get("/chat/static/{path:.+}", static)
