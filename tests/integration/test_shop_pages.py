"""The sample shop's pages: what a visitor finds, what a demo customer sees, and what nobody may do there."""

from __future__ import annotations

import asyncio
import datetime as dt
import html
import re
from collections import defaultdict
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import jwt
import pytest
from sqlalchemy import event, select, text, update

from bot.shop.browsing import Wish, browse, size_order
from bot.shop.catalogue import best_price
from bot.storage.shop import Customer, Order, Product, Promotion, ShopSetting, Variant
from bot.web.shop.pages import SHOP_COOKIE, TEXTS
from tests.running import SECRET, Running, running_gateway

OTHERS_ORDER = "100533"  # Jan Nowicki's


@pytest.fixture
async def gateway(tmp_path: Path) -> AsyncIterator[Running]:
    async with running_gateway(tmp_path) as running:
        yield running


async def read(gateway: Running, path: str, status: int = 200, **options: object) -> str:
    async with gateway.http.get(gateway.url + path, **options) as response:
        page = await response.text()
        assert response.status == status, page
        assert response.content_type == "text/html"
        return html.unescape(page)


def names(page: str) -> list[str]:
    return re.findall(r'<h3><a href="/products/[^"]+">([^<]+)</a></h3>', page)


async def sign_in(gateway: Running, customer: str = "K1001") -> str:
    """The demo customer's cookie."""
    call = gateway.http.post(f"{gateway.url}/orders/sign-in", data={"customer": customer}, allow_redirects=False)
    async with call as response:
        assert (response.status, response.headers["Location"]) == (303, "/orders")
        cookie = response.cookies[SHOP_COOKIE]
        assert cookie["httponly"] and cookie["samesite"] == "Lax"
        return str(cookie.value)


def signed_in(cookie: str) -> dict[str, object]:
    return {"cookies": {SHOP_COOKIE: cookie}}


# The catalogue


@pytest.mark.parametrize(
    ("path", "first"),
    [
        ("/?text=buty+granit", "Buty trekkingowe Granit"),
        ("/?text=grnaity", "Buty trekkingowe Granit"),
        ("/?text=spiwor+na+zime", "Śpiwór puchowy Gawra -18"),
        ("/?category=tents&sort=price_up", "Tarp Okap 3x3"),
        ("/?category=tents&sort=price_down", "Namiot rodzinny Szałas 4"),
        ("/?text=czolowka&sort=price_up", "Czołówka Ćma 200"),
        ("/?category=boots&sort=price_up&least=500", "Buty trekkingowe Granit damskie"),
    ],
)
async def test_search_filters_and_order(gateway: Running, path: str, first: str) -> None:
    assert names(await read(gateway, path))[0] == first


async def test_prices_filter_by_what_is_paid_now(gateway: Running) -> None:
    # Namiot Koliba 2: 899.00, now 15% less.
    assert "Namiot Koliba 2" in names(await read(gateway, "/?category=tents&least=764.15&most=764,15"))
    assert names(await read(gateway, "/?category=tents&least=765&most=899")) == []


async def test_the_database_reckons_prices_as_everything_else_does(gateway: Running) -> None:
    now = gateway.built.clock.now()
    promotions = [
        Promotion(id="a", scope="all", percent=7),
        Promotion(id="b", scope="category", target="boots", percent=33, amount=Decimal("19.99")),
        Promotion(id="c", scope="product", target="kartusz-230", amount=Decimal(50)),
        Promotion(id="d", scope="all", percent=90, coupon="NO"),
        Promotion(id="e", scope="all", percent=90, ends_at=now),
    ]
    async with gateway.built.database.read() as session:
        for product in await session.scalars(select(Product)):
            paid, _ = best_price(product.id, product.category, product.price, promotions, now)
            cent = Decimal("0.01")
            for least, most, there in ((paid, paid, True), (paid + cent, None, False), (None, paid - cent, False)):
                wish = Wish(category=product.category, least=least, most=most)
                shelf = await browse(session, wish, "pl", promotions, now, page=1, per_page=99)
                assert (product.id in {one.id for one in shelf.products}) is there, (product.id, paid)


async def test_a_size_is_free_to_sell_or_not_there(gateway: Running) -> None:
    async with gateway.built.database.write() as session:
        await session.execute(update(Variant).where(Variant.size == "43").values(stock=2, reserved=2))
        await session.execute(update(Variant).where(Variant.sku == "GRANIT-43-CZA").values(reserved=1))
    assert names(await read(gateway, "/?category=boots&size=43")) == ["Buty trekkingowe Granit"]
    page = await read(gateway, "/?category=boots")
    assert re.findall(r"<option[^>]*>(\d\d)</option>", page) == [str(size) for size in range(36, 47)]


def test_sizes_stand_in_the_order_of_a_tape_measure() -> None:
    sizes = ["XL", "42", "S/M", "XS", "9", "42,5", "M", "uniwersalny", "S"]
    assert sorted(sizes, key=size_order) == ["9", "42", "42,5", "XS", "S", "M", "XL", "S/M", "uniwersalny"]


async def test_pages_of_results_are_complete_and_do_not_repeat(gateway: Running) -> None:
    found: list[str] = []
    for page in range(1, 5):
        found += names(await read(gateway, f"/?page={page}"))
    async with gateway.built.database.read() as session:
        every = set(await session.scalars(select(Product.name_pl)))
    assert len(found) == len(every) and set(found) == every
    assert names(await read(gateway, "/?page=5")) == []
    home = names(await read(gateway, "/"))
    assert len(home) == 24 and names(await read(gateway, "/?page=nonsense&sort=what&least=abc&page=-1")) == home


async def test_nothing_found_offers_the_assistant(gateway: Running) -> None:
    page = await read(gateway, "/?text=lodówka")
    assert "Nic nie znaleźliśmy" in page and 'data-say="Szukam: lodówka"' in page


async def test_the_home_page_is_plain_and_a_search_keeps_its_filters(gateway: Running) -> None:
    assert "Wypróbuj czat" in await read(gateway, "/")
    page = await read(gateway, "/?text=kurtka&most=500&in_stock=1")
    assert "Wypróbuj czat" not in page
    assert '<input type="hidden" name="text" value="kurtka">' in page and 'value="500"' in page
    assert "text=kurtka&category=jackets&in_stock=1&most=500" in page


async def test_an_empty_shop_says_how_to_fill_it(gateway: Running) -> None:
    async with gateway.built.database.write() as session:
        await session.execute(update(Product).values(active=False))
    assert "tellonce import data/shop" in await read(gateway, "/")


# A product


async def test_stock_is_said_in_words_for_every_variant(gateway: Running) -> None:
    async with gateway.built.database.write() as session:
        for sku, values in {
            "GRANIT-40-BRA": {"stock": 5, "reserved": 4},
            "GRANIT-41-BRA": {"stock": 2, "reserved": 0},
            "GRANIT-42-BRA": {"stock": 9, "reserved": 0},
            "GRANIT-43-BRA": {"stock": 0, "restock_on": dt.date(2026, 12, 12)},
            "GRANIT-44-BRA": {"stock": 1, "reserved": 3, "restock_on": None},
        }.items():
            await session.execute(update(Variant).where(Variant.sku == sku).values(**values))
    page = await read(gateway, "/products/buty-granit")
    picks = re.findall(r'<li class="pick (\w+)"><b>(\d+)</b> <span>([^<]+)</span>', page)[:5]
    assert picks == [
        ("few", "40", "ostatnia sztuka"),
        ("few", "41", "ostatnie 2 szt."),
        ("in", "42", "dostępny"),
        ("out", "43", "niedostępny, wraca 12.12"),
        ("out", "44", "niedostępny"),
    ]
    assert 'data-say="Powiadom mnie, gdy wróci Buty trekkingowe Granit, brązowy, rozmiar 43"' in page
    english = await read(gateway, "/products/buty-granit?lang=en")
    assert "sold out, back 12 Dec" in english and "last 2" in english


async def test_a_price_cut_shows_what_the_law_asks(gateway: Running) -> None:
    page = await read(gateway, "/products/namiot-puchacz-1")
    assert "1061,65\xa0zł" in page.replace("1\xa0061", "1061")
    assert re.search(r"Cena regularna: 1\D?249,00", page)
    assert re.search(r"Najniższa cena z 30 dni przed obniżką: 1\D?199,00", page)
    assert "−11%" in page, "counted from the lowest price of 30 days, not from the regular one"
    plain = await read(gateway, "/products/kurtka-wichr")
    assert "Najniższa cena" not in plain.partition("Podobne produkty")[0]


async def test_hostile_names_stay_text(gateway: Running) -> None:
    evil = '"><script>alert(1)</script><b data-x="'
    async with gateway.built.database.write() as session:
        await session.execute(
            update(Product)
            .where(Product.id == "buty-granit")
            .values(
                name_pl=evil,
                description_pl=evil,
                brand=evil,
                image="javascript:alert(1)",
                attributes={"pl": {evil: evil}},
            )
        )
        session.add(
            Product(id='"/><b>', name_pl=evil, name_en="x", price=Decimal(1), updated_at=gateway.built.clock.now())
        )
    for path in (
        "/",
        "/products/buty-granit",
        "/products/%22%2F%3E%3Cb%3E",
        "/?text=%22%3E%3Cscript%3E",
        "/?category=boots",
    ):
        async with gateway.http.get(gateway.url + path) as response:
            page = await response.text()
            assert response.status == 200
            assert "<script>" not in page and "<b>" not in page.replace("<b>4", "").replace("<b></b>", "")
            assert "script-src" not in response.headers["Content-Security-Policy"]
            assert "default-src 'self'" in response.headers["Content-Security-Policy"]


@pytest.mark.parametrize("path", ["/products/none", "/?category=none", "/orders/none/"])
async def test_an_unknown_page_is_told_in_words(gateway: Running, path: str) -> None:
    if path.startswith("/orders"):
        cookie = await sign_in(gateway)
        page = await read(gateway, path.rstrip("/"), 404, **signed_in(cookie))
    else:
        page = await read(gateway, path, 404)
    assert "Nie ma takiej strony" in page and "/widget.js" in page


async def test_a_product_taken_off_sale_has_no_page(gateway: Running) -> None:
    async with gateway.built.database.write() as session:
        await session.execute(update(Product).where(Product.id == "buty-granit").values(active=False))
    await read(gateway, "/products/buty-granit", 404)


async def test_a_database_in_trouble_is_told_in_words(gateway: Running) -> None:
    async with gateway.built.database.write() as session:
        await session.execute(text("ALTER TABLE products RENAME TO gone"))
    page = await read(gateway, "/", 503 if gateway.built.database.is_sqlite else 500)
    assert "Sklep chwilowo nie działa" in page and "gone" not in page


# Language


async def test_the_language_is_chosen_remembered_and_kept_on_the_page(gateway: Running) -> None:
    page = await read(gateway, "/products/buty-granit?from=mail")
    assert 'href="/products/buty-granit?from=mail&lang=en"' in page
    async with gateway.http.get(f"{gateway.url}/products/buty-granit?lang=en") as response:
        assert 'lang="en"' in await response.text()
        chosen = {name: cookie.value for name, cookie in response.cookies.items()}
    assert "Granit hiking boots" in await read(gateway, "/products/buty-granit", cookies=chosen)
    assert "Buty" in await read(gateway, "/?lang=xx", headers={"Accept-Language": "de"})


def test_both_languages_say_the_same_things() -> None:
    def keys(language: str) -> set[str]:
        return {re.sub("_(one|few|many|other)$", "", key) for key in TEXTS[language]}

    assert keys("pl") == keys("en")
    holes = {key: set(re.findall(r"{\w+}", words)) for key, words in TEXTS["en"].items()}
    for key, words in TEXTS["pl"].items():
        assert set(re.findall(r"{\w+}", words)) <= holes.get(key, {"{count}"}), key


# A demo customer's orders


async def test_a_demo_customer_sees_their_orders_and_the_chat_knows_them(gateway: Running) -> None:
    choice = await read(gateway, "/orders")
    assert re.findall(r'name="customer" value="(\w+)"', choice)[:3] == ["K1001", "K1002", "K1003"]
    assert "data-identity" not in choice
    cookie = await sign_in(gateway)
    page = await read(gateway, "/orders", **signed_in(cookie))
    assert "Zalogowano: Anna Kowalska" in page
    shown = re.findall(r'href="/orders/(\d+)"', page)
    async with gateway.built.database.read() as session:
        own = set(await session.scalars(select(Order.number).where(Order.customer_id == "K1001")))
    assert set(shown) == own and shown == sorted(shown, reverse=True)
    token = re.search(r'data-identity="([^"]+)"', page)
    assert token
    customer = await gateway.customer(identity=token[1])
    assert "Anna" in customer.messages[0]["text"]


async def test_an_order_tells_its_story(gateway: Running) -> None:
    cookie = await sign_in(gateway)
    page = await read(gateway, "/orders/100610", **signed_in(cookie))
    for words in ("w drodze", "Kurtka Wichr damska", "799,00", "Zamówienie złożone", "Paczka nadana", "Śledź paczkę"):
        assert words in page
    assert 'data-order="100610"' in page and 'data-say="Gdzie jest moje zamówienie 100610?"' in page
    steps = re.findall(r"<li(?: class=\"next\")?><b>([^<]+)</b>", page)
    assert steps[0] == "Zamówienie złożone" and steps[-1].startswith("Spodziewana dostawa: ")


async def test_every_order_of_the_sample_has_a_page(gateway: Running) -> None:
    """One of each status, in both languages: no status, event or case without words."""
    async with gateway.built.database.read() as session:
        rows = (await session.execute(select(Order.number, Order.customer_id).order_by(Order.number.desc()))).all()
        statuses = dict((await session.execute(select(Order.number, Order.status))).all())
    seen: dict[str, int] = {}
    for number, customer in rows:
        if seen.setdefault(statuses[number], 0) >= 2:
            continue
        seen[statuses[number]] += 1
        cookie = await sign_in(gateway, customer)
        for language in ("pl", "en"):
            page = await read(gateway, f"/orders/{number}?lang={language}", **signed_in(cookie))
            badge, *steps = re.findall(r'<span class="badge \w+">([^<]+)</span>|<li(?: class="next")?><b>([^<]+)', page)
            assert "_" not in badge[0] and steps and all(title[0].isupper() for _, title in steps), (number, steps)
    assert len(seen) == 12


async def test_anothers_order_is_not_there(gateway: Running) -> None:
    cookie = await sign_in(gateway)
    others = await read(gateway, f"/orders/{OTHERS_ORDER}", 404, **signed_in(cookie))
    assert "Nie ma takiej strony" in others
    assert "Nowicki" not in others
    async with gateway.http.get(f"{gateway.url}/orders/{OTHERS_ORDER}", allow_redirects=False) as response:
        assert (response.status, response.headers["Location"]) == (303, "/orders")


async def test_a_cookie_made_elsewhere_is_worth_nothing(gateway: Running) -> None:
    good = await sign_in(gateway)
    head, body, seal = good.split(".")
    later = {"sub": "K1001", "exp": 4102444800}
    forged = [
        f"{head}.{body}x.{seal}",
        f"{head}.{body}.{seal[:-2]}AA",
        jwt.encode({**later, "aud": "demo-shop"}, "another-secret-of-at-least-32-chars", algorithm="HS256"),
        jwt.encode({**later, "aud": "demo-shop"}, None, algorithm="none"),
        jwt.encode({"sub": "K1001", "exp": 1, "aud": "demo-shop"}, SECRET, algorithm="HS256"),
        jwt.encode({"sub": "K1001", "aud": "demo-shop"}, SECRET, algorithm="HS256"),
        jwt.encode(later, SECRET, algorithm="HS256"),  # an identity is no cookie
        "",
        "nonsense",
    ]
    for cookie in forged:
        assert "Kim chcesz dziś być?" in await read(gateway, "/orders", **signed_in(cookie)), cookie
    async with gateway.http.post(f"{gateway.url}/api/chat/sessions", json={"identity": good}) as response:
        assert response.status == 401, "and the cookie is no identity"


async def test_only_invented_customers_of_an_invented_shop_can_be_played(gateway: Running) -> None:
    cookie = await sign_in(gateway)
    async with gateway.built.database.write() as session:
        await session.execute(update(Customer).where(Customer.id == "K1001").values(email="anna@gmail.com"))
    assert "Kim chcesz dziś być?" in await read(gateway, "/orders", **signed_in(cookie))
    sign = f"{gateway.url}/orders/sign-in"
    async with gateway.http.post(sign, data={"customer": "K1001"}, allow_redirects=False) as response:
        assert response.status == 404 and SHOP_COOKIE not in response.cookies
    cookie = await sign_in(gateway, "K1002")
    async with gateway.built.database.write() as session:
        shop = update(ShopSetting).where(ShopSetting.key == "url").values(value="https://prawdziwy.pl/x.example")
        await session.execute(shop)
    for path in ("/orders", "/orders/100533"):
        await read(gateway, path, 404, **signed_in(cookie))
    home = await read(gateway, "/", **signed_in(cookie))
    assert "data-identity" not in home and "@example.pl" not in home and "/orders" not in home
    async with gateway.http.post(sign, data={"customer": "K1002"}, allow_redirects=False) as response:
        assert response.status == 404


async def test_another_site_cannot_log_anybody_in(gateway: Running) -> None:
    headers = {"Origin": "https://evil.example"}
    sign = f"{gateway.url}/orders/sign-in"
    async with gateway.http.post(sign, data={"customer": "K1001"}, headers=headers, allow_redirects=False) as response:
        assert response.status == 403 and SHOP_COOKIE not in response.cookies


async def test_without_a_secret_of_the_shop_the_demo_has_one_of_its_own(tmp_path: Path) -> None:
    async with running_gateway(tmp_path, settings={"TELLONCE_IDENTITY_SECRET": ""}) as gateway:
        cookie = await sign_in(gateway)
        page = await read(gateway, "/orders", **signed_in(cookie))
        token = re.search(r'data-identity="([^"]+)"', page)
        assert token and "Anna" in (await gateway.customer(identity=token[1])).messages[0]["text"]


# Cards in the chat


async def test_a_products_card_has_its_picture_and_its_page(tmp_path: Path) -> None:
    settings = {"TELLONCE_PUBLIC_URL": "https://chat.szlak.example/", "TELLONCE_ANSWER_SECONDS": "100"}
    async with running_gateway(tmp_path, settings=settings) as gateway:
        customer = await gateway.customer()
        await customer.says("Czy kurtka Wichr damska jest dostępna?")
        while not (cards := [card for message in customer.messages for card in message["cards"]]):
            await customer.news()
        card = next(card for card in cards if card["title"] == "Kurtka Wichr damska")
        assert card["url"] == "https://chat.szlak.example/products/kurtka-wichr-lady"
        assert card["image"].startswith("https://chat.szlak.example/shop/images/kurtka-wichr-lady-")
        async with gateway.http.get(card["image"].replace("https://chat.szlak.example", gateway.url)) as response:
            assert response.content_type == "image/svg+xml"


# How much work a page is


@pytest.mark.parametrize(
    ("path", "most"), [("/", 12), ("/?category=boots&size=43", 10), ("/products/buty-granit", 10), ("/orders", 16)]
)
async def test_a_page_needs_a_handful_of_queries(gateway: Running, path: str, most: int) -> None:
    cookie = await sign_in(gateway)
    await read(gateway, path, **signed_in(cookie))
    asked: dict[Any, list[str]] = defaultdict(list)
    engine = gateway.built.database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", lambda *call: asked[asyncio.current_task()].append(call[2]))
    await read(gateway, path, **signed_in(cookie))
    page = max(asked.values(), key=len)  # the search index may be kept up to date meanwhile, by another task
    assert 0 < len([one for one in page if one.startswith("SELECT")]) <= most, "\n".join(page)
