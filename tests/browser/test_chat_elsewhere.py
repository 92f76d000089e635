"""The chat on a shop's own site: another origin, a strict content policy, the shop's colour, its products and people."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from html import escape

import pytest
from aiohttp import web
from playwright.async_api import Page, Response, expect
from sqlalchemy import select

from bot.storage.shop import Product, Variant
from tests.browser.conftest import Browsers, Opened
from tests.browser.test_chat_page import CHAT, bubbles, open_chat, title, write
from tests.integration.test_chat_api import identity
from tests.running import Running, running_gateway

LIMIT = 40_000
Shop = Callable[..., Awaitable[Opened]]


@pytest.fixture
async def shop(browsers: Browsers, gateway: Running) -> AsyncIterator[Shop]:
    """Opens a page of another site with the widget; keyword arguments become data- attributes."""
    pages: dict[str, str] = {}

    async def page(request: web.Request) -> web.Response:
        origin = gateway.url
        policy = (
            f"default-src 'none'; script-src {origin}; connect-src {origin}; img-src {origin} blob:; style-src 'self'"
        )
        body = pages.get(request.path, "")  # the browser also asks for an icon
        return web.Response(text=body, content_type="text/html", headers={"Content-Security-Policy": policy})

    app = web.Application()
    app.router.add_get("/{name}", page)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    site = f"http://127.0.0.1:{runner.addresses[0][1]}"

    async def opened(**data: str) -> Opened:
        path = f"/{len(pages)}"
        attributes = "".join(f' data-{name}="{escape(value)}"' for name, value in data.items())
        pages[path] = (
            '<!doctype html><html lang="pl"><title>Sklep</title><h1>Sklep</h1>'
            f'<script src="{gateway.url}/widget.js" defer{attributes}></script></html>'
        )
        return await Browsers(browsers.browser, site).open(path)

    yield opened
    await runner.cleanup()


async def test_it_works_under_a_strict_policy_on_another_site(shop: Shop, gateway: Running) -> None:
    opened = await shop()
    page = opened.page
    await open_chat(page)
    await write(page, "Gdzie jest moje zamówienie 100610? Mój e-mail to anna.kowalska@example.pl")
    await expect(page.locator(f"{CHAT} .card")).to_be_visible()
    await expect(page.locator(f"{CHAT} .card .picture")).to_be_visible()
    picture = {"name": "box.png", "mimeType": "image/png", "buffer": await page.screenshot()}
    await page.locator(f"{CHAT} input[type=file]").set_input_files(picture)
    await expect(page.locator(f"{CHAT} .customer img")).to_have_js_property("naturalWidth", 1280)
    await expect(bubbles(page, "customer")).to_have_count(2)
    await page.reload()
    await expect(bubbles(page, "customer")).to_have_count(2)
    assert opened.complaints == []


async def test_the_button_comes_first_and_all_of_it_is_small(shop: Shop) -> None:
    opened = await shop()
    page = opened.page
    await expect(page.get_by_role("button", name="Otwórz czat")).to_be_visible()
    sizes: dict[str, int] = {}
    responses: list[Response] = []
    page.on("response", lambda response: responses.append(response))
    await page.reload()
    await expect(page.get_by_role("button", name="Otwórz czat")).to_be_visible()
    before = [response.url.rpartition("/")[2] for response in responses if "/chat/" in response.url]
    assert before == [], "nothing but the button before it is wanted"
    await open_chat(page)
    await write(page, "Dzień dobry")
    await expect(bubbles(page, "bot")).to_have_count(2)
    fetched = [response for response in responses if "/chat/static/" in response.url]
    for response in fetched:
        sizes[response.url] = len(await response.body())
    context = page.context.request
    script = await context.get(await page.locator("script").get_attribute("src") or "")
    sizes["widget.js"] = len(await script.body())
    assert len(fetched) == len({response.url for response in fetched}), "each file once"
    assert sum(sizes.values()) < LIMIT, sizes


async def test_its_files_are_kept_by_the_browser_until_they_change(gateway: Running) -> None:
    async with gateway.http.get(f"{gateway.url}/widget.js") as response:
        assert response.headers["Cache-Control"] == "no-cache"
        script = await response.text()
    version = script.split('"version": "')[1].split('"')[0]
    for path, caching in (
        (f"v-{version}-0/chat.js", "immutable"),
        ("v-0abc-0/chat.js", "no-cache"),
        ("chat.js", "no-cache"),
    ):
        async with gateway.http.get(f"{gateway.url}/chat/static/{path}") as response:
            assert response.status == 200 and caching in response.headers["Cache-Control"]
    for path in ("v-x/../../settings.py", "nothing.js", "%2e%2e/files.py"):
        async with gateway.http.get(f"{gateway.url}/chat/static/{path}") as response:
            assert response.status == 404


async def colours(page: Page, selector: str) -> list[str]:
    read = "node => { const style = getComputedStyle(node); return [style.backgroundColor, style.color] }"
    return list(await page.locator(f"{CHAT} {selector}").evaluate(read))


async def test_the_shops_colour_takes_black_or_white_and_the_button_its_corner(shop: Shop) -> None:
    dark = (await shop(colour="#7a1fa2", position="left")).page
    button = dark.get_by_role("button", name="Otwórz czat")
    await expect(button).to_be_visible()
    assert (await button.bounding_box() or {})["x"] == 20
    assert await luminance(dark) > 0.9
    light = (await shop(colour="#ffd54f")).page
    await expect(light.get_by_role("button", name="Otwórz czat")).to_be_visible()
    assert await luminance(light) < 0.01
    wrong = (await shop(colour="red; } body { display: none")).page
    await expect(wrong.get_by_role("button", name="Otwórz czat")).to_be_visible()
    assert (await colours(wrong, ".launcher"))[0] == "rgb(13, 102, 85)"


async def luminance(page: Page) -> float:
    """Of the words on the button, painted and read back: 1 is white."""
    colour = (await colours(page, ".launcher"))[1]
    paint = """colour => {
        const canvas = new OffscreenCanvas(1, 1).getContext("2d");
        canvas.fillStyle = colour;
        canvas.fillRect(0, 0, 1, 1);
        return canvas.getImageData(0, 0, 1, 1).data[1] / 255;
    }"""
    return float(await page.evaluate(paint, colour))


async def test_the_gateways_settings_reach_the_widget(chromium: str, browsers: Browsers, tmp_path_factory) -> None:  # type: ignore[no-untyped-def]
    settings = {
        "TELLONCE_CHAT_COLOUR": "#0b3d91",
        "TELLONCE_CHAT_POSITION": "left",
        "TELLONCE_CHAT_NAME": "Zosia ze Szlaku",
        "TELLONCE_LANGUAGES": "pl",
    }
    async with running_gateway(tmp_path_factory.mktemp("shop"), settings=settings) as gateway:
        page = (await Browsers(browsers.browser, gateway.url).open("/?lang=en")).page
        button = page.get_by_role("button", name="Otwórz czat")
        await expect(button).to_be_visible()
        assert (await colours(page, ".launcher"))[0] == "rgb(11, 61, 145)"
        assert (await button.bounding_box() or {})["x"] == 20
        await open_chat(page)
        await expect(title(page)).to_contain_text("Zosia ze Szlaku")
        await expect(page.get_by_role("button", name="English")).to_have_count(0)


async def test_it_opens_by_itself_and_in_the_language_asked_for(shop: Shop) -> None:
    page = (await shop(open="", language="en-GB")).page
    await expect(page.get_by_label("Write a message")).to_be_focused()
    await expect(bubbles(page, "bot")).to_contain_text("Hello")


async def test_a_question_on_a_products_page_is_about_that_product(shop: Shop, gateway: Running) -> None:
    async with gateway.built.database.read() as session:
        with_43 = select(Variant.product_id).where(Variant.size == "43")
        shoes = await session.scalar(select(Product).where(Product.id.in_(with_43)).order_by(Product.id))
    assert shoes
    page = (await shop(product=shoes.id)).page
    await open_chat(page)
    await write(page, "Ile to kosztuje?")
    await expect(bubbles(page, "bot").last).to_contain_text(shoes.name_pl)
    # A page that changes without loading says so itself.
    await page.locator(CHAT).evaluate("chat => (chat.context = {order: '100610'})")
    await write(page, "Gdzie jest moje zamówienie?")
    await expect(bubbles(page, "bot").last).to_contain_text("100610")


async def test_an_order_of_a_customer_whom_the_shop_vouches_for_opens_at_once(shop: Shop) -> None:
    page = (await shop(order="100610", identity=identity(sub="K1001"))).page
    await open_chat(page)
    await write(page, "Gdzie jest moje zamówienie?")
    await expect(page.locator(f"{CHAT} .card", has_text="100610")).to_be_visible()


async def test_a_shop_that_cannot_be_reached_gives_the_button_back(shop: Shop, gateway: Running) -> None:
    page = (await shop()).page
    await page.route("**/chat/static/**", lambda route: route.abort())
    button = page.get_by_role("button", name="Otwórz czat")
    await button.click()
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await expect(button).to_be_enabled()
    await page.unroute("**/chat/static/**")
    await button.click()
    await expect(bubbles(page, "bot")).to_have_count(1)
