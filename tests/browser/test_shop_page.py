"""A visitor of the sample shop in a real browser: looking around, asking about a product, their own orders."""

from __future__ import annotations

import re

from playwright.async_api import Page, expect

from tests.browser.conftest import Browsers
from tests.running import Running

PHONE = {"width": 390, "height": 844}


async def search(page: Page, text: str) -> None:
    await page.get_by_label("Szukaj w sklepie").fill(text)
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", level=1)).to_contain_text(text)


async def ask(page: Page, button: str, written: str) -> None:
    """Press a button of the page and send what it puts into the chat."""
    await page.get_by_role("button", name=button).click()
    field = page.get_by_label("Napisz wiadomość")
    await expect(field).to_have_value(re.compile(re.escape(written)))
    await field.press("Enter")


async def log_in(page: Page, name: str) -> None:
    # By key: the chat may lie over the button.
    await page.get_by_role("button", name=f"Zaloguj się jako {name}").press("Enter")
    await expect(page.get_by_text(f"Zalogowano: {name}")).to_be_visible()


async def test_a_visitor_finds_a_product_and_asks_about_it(browsers: Browsers, gateway: Running) -> None:
    opened = await browsers.open()
    page = opened.page
    await search(page, "kurtka wichr damska")
    await page.get_by_role("link", name="Kurtka Wichr damska").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Kurtka Wichr damska")
    drawing = page.get_by_role("img", name="Kurtka Wichr damska")
    await expect(drawing).to_have_js_property("complete", True)
    assert await drawing.evaluate("image => image.naturalWidth") > 0

    await page.get_by_role("button", name="Zapytaj o ten produkt").click()
    field = page.get_by_label("Napisz wiadomość")
    await expect(field).to_have_value("Mam pytanie o produkt: Kurtka Wichr damska. ")
    await field.fill("Czy jest dostępna kurtka Wichr damska?")
    await field.press("Enter")
    answer = page.locator("tellonce-chat .bot").filter(has_text="799,00")
    await expect(answer.locator("img")).to_have_attribute("src", re.compile("/shop/images/kurtka-wichr-lady-"))
    assert opened.complaints == []


async def test_a_changed_filter_shows_at_once(browsers: Browsers) -> None:
    opened = await browsers.open("/?category=boots")
    page = opened.page
    await page.get_by_label("Sortowanie").select_option("Od najtańszych")
    await expect(page).to_have_url(re.compile(r"\?category=boots&sort=price_up$"))
    await expect(page.locator(".tile h3").first).to_have_text("Sandały Dunajec")
    await page.get_by_label("Cena od").fill("600")
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(re.compile(r"\?category=boots&least=600&sort=price_up$"))
    await page.get_by_role("link", name="Wyczyść filtry").click()
    await expect(page.get_by_label("Cena od")).to_have_value("")
    assert opened.complaints == []


async def test_a_sold_out_size_can_be_watched(browsers: Browsers, gateway: Running) -> None:
    page = (await browsers.open("/products/buty-granit")).page
    await page.locator(".pick.out button").first.click()
    await expect(page.get_by_label("Napisz wiadomość")).to_have_value(
        "Powiadom mnie, gdy wróci Buty trekkingowe Granit, brązowy, rozmiar 43"
    )


async def test_a_demo_customer_asks_about_an_order_and_proves_nothing(browsers: Browsers, gateway: Running) -> None:
    opened = await browsers.open("/orders")
    page = opened.page
    await log_in(page, "Anna Kowalska")
    await page.get_by_role("link", name="Zamówienie 100610").click()
    await expect(page.get_by_role("heading", name="Przebieg zamówienia")).to_be_visible()
    await ask(page, "Zapytaj o to zamówienie", "Gdzie jest moje zamówienie 100610?")
    answers = page.locator("tellonce-chat .bot .bubble")
    await expect(answers.filter(has_text="100610 jest w drodze")).to_be_visible()
    await expect(answers.filter(has_text="e-mail")).to_have_count(0)

    await page.get_by_role("link", name="Moje zamówienia").first.click()
    await page.get_by_role("button", name="Wyloguj").click()
    await expect(page.get_by_role("heading", name="Kim chcesz dziś być?")).to_be_visible()
    assert await opened.context.cookies() == []
    await log_in(page, "Emily Carter")
    await expect(page.get_by_text("100610")).to_have_count(0)
    assert opened.complaints == []


async def test_the_language_is_switched_where_one_is(browsers: Browsers) -> None:
    opened = await browsers.open("/products/buty-granit")
    page = opened.page
    await page.get_by_role("link", name="English").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Granit hiking boots")
    await page.get_by_role("link", name="Boots and shoes").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Boots and shoes")
    assert opened.complaints == []


async def test_no_page_is_wider_than_a_phone(browsers: Browsers) -> None:
    opened = await browsers.open("/orders", viewport=PHONE)
    page = opened.page
    await log_in(page, "Anna Kowalska")
    for path in ("/", "/?category=boots", "/?text=lodówka", "/products/buty-granit", "/orders", "/orders/100610"):
        await page.goto(browsers.url + path)
        await expect(page.get_by_role("heading", level=1)).to_be_visible()
        too_wide = await page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
        assert not too_wide, path
    assert opened.complaints == []


async def test_it_is_usable_without_scripts(browsers: Browsers) -> None:
    page = (await browsers.open("/?category=boots", java_script_enabled=False)).page
    await page.get_by_label("Rozmiar").select_option("43")
    await page.get_by_role("button", name="Pokaż").click()
    await expect(page).to_have_url(re.compile("size=43"))
    await expect(page.get_by_role("link", name="Buty trekkingowe Granit", exact=True)).to_be_visible()
