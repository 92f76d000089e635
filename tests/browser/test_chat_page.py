"""What a customer does in the chat of the shop's page, in a real browser, up to a person's answer from the desk."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

from playwright.async_api import Locator, Page, Route, expect

from tests.browser.conftest import Browsers
from tests.running import PASSWORD, Running

PHONE = {"width": 390, "height": 844}


async def open_chat(page: Page) -> None:
    await page.get_by_role("button", name="Otwórz czat").click()
    await expect(bubbles(page, "bot")).to_have_count(1)


async def write(page: Page, text: str) -> None:
    await page.get_by_label("Napisz wiadomość").fill(text)
    await page.keyboard.press("Enter")


def bubbles(page: Page, sender: str) -> Locator:
    return page.locator(f"tellonce-chat .{sender} .bubble")


async def transcript(page: Page) -> list[str]:
    return await page.locator("tellonce-chat .bubble").all_inner_texts()


async def delivered_order(page: Page) -> tuple[str, str]:
    """Number and e-mail of the delivered order that the page offers to try."""
    text = await page.locator(".orders li", has_text="doręczone").inner_text()
    number, email = text.split()[:2]
    return number, email


async def test_from_order_status_to_an_agents_reply(browsers: Browsers, gateway: Running, tmp_path: Path) -> None:
    await gateway.built.accounts.add_user("ola@example.pl", role="agent", password=PASSWORD, name="Ola Nowak")
    opened = await browsers.open()
    customer = opened.page
    number, email = await delivered_order(customer)
    await open_chat(customer)

    await write(customer, f"Gdzie jest moje zamówienie {number}? Mój e-mail to {email}")
    await expect(bubbles(customer, "bot").filter(has_text=number)).to_contain_text("doręczone")

    await customer.get_by_role("button", name="Zwrot").click()
    await expect(bubbles(customer, "customer").last).to_have_text("Zwrot")
    await expect(customer.get_by_role("button", name="Reklamacja")).to_have_count(0)
    await expect(bubbles(customer, "bot")).to_have_count(3)

    await customer.get_by_role("button", name="Porozmawiaj z człowiekiem").click()
    await expect(customer.get_by_text("Czekasz na pracownika")).to_be_visible()

    desk = (await browsers.open("/desk")).page
    await agent_replies(desk, "Dzień dobry, już przygotowuję etykietę.")

    await expect(bubbles(customer, "agent")).to_have_text("Dzień dobry, już przygotowuję etykietę.")
    await expect(customer.locator("tellonce-chat header")).to_contain_text("Ola Nowak")
    await write(customer, "Dziękuję!")
    await expect(desk.get_by_text("Dziękuję!").first).to_be_visible()
    await expect(customer.locator("tellonce-chat .customer .meta").last).not_to_contain_text("wys")

    before = await transcript(customer)
    await customer.screenshot(path=tmp_path / "conversation.png")
    await customer.reload()
    await expect(customer.locator("tellonce-chat header")).to_contain_text("Ola Nowak")
    assert await transcript(customer) == before
    assert before.count("Dziękuję!") == 1
    assert opened.complaints == []


async def agent_replies(desk: Page, text: str) -> None:
    await desk.get_by_label("E-mail").fill("ola@example.pl")
    await desk.get_by_label("Hasło").fill(PASSWORD)
    await desk.get_by_role("button", name="Zaloguj").click()
    await desk.locator("#queue button[data-conversation]").first.click()
    await desk.get_by_role("button", name="Przejmij", exact=True).click()
    # Until the claim is through, what is written would be a note.
    await expect(desk.get_by_label("Odpowiedź", exact=True)).to_be_checked()
    await desk.get_by_label("Treść wiadomości").fill(text)
    await desk.get_by_role("button", name="Wyślij", exact=True).click()


async def test_what_is_written_offline_arrives_once(browsers: Browsers, gateway: Running) -> None:
    opened = await browsers.open()
    page = opened.page
    await open_chat(page)
    await opened.context.set_offline(True)
    await write(page, "Jakie są sposoby dostawy?")
    await expect(page.get_by_text("Brak połączenia")).to_be_visible()
    await expect(page.get_by_role("button", name="Wyślij ponownie")).to_be_visible()

    await opened.context.set_offline(False)
    await expect(bubbles(page, "bot")).to_have_count(2)
    await expect(page.get_by_text("Brak połączenia")).to_have_count(0)
    await expect(bubbles(page, "customer")).to_have_count(1)
    assert len(gateway.brain.turns) == 1


async def test_an_answer_lost_on_the_way_doubles_nothing(browsers: Browsers, gateway: Running) -> None:
    page = (await browsers.open()).page
    await open_chat(page)

    async def lose(route: Route) -> None:
        await route.fetch()
        await route.abort()

    await page.route("**/api/chat/messages", lose)
    await write(page, "Jakie są sposoby dostawy?")
    await expect(bubbles(page, "bot")).to_have_count(2)
    await page.unroute("**/api/chat/messages")
    await page.reload()
    await expect(bubbles(page, "bot")).to_have_count(2)
    await expect(bubbles(page, "customer")).to_have_count(1)
    assert len(gateway.brain.turns) == 1


async def test_without_websockets_it_polls(browsers: Browsers) -> None:
    page = (await browsers.open()).page
    await page.route_web_socket("**/api/chat/ws", lambda socket: socket.close(code=1011))
    await open_chat(page)
    await write(page, "Jakie są sposoby dostawy?")
    await expect(bubbles(page, "bot")).to_have_count(2)


async def test_two_tabs_show_one_conversation(browsers: Browsers) -> None:
    opened = await browsers.open()
    await open_chat(opened.page)
    other = await opened.context.new_page()
    await other.goto(browsers.url)
    await expect(bubbles(other, "bot")).to_have_count(1)
    await write(other, "Jakie są sposoby dostawy?")
    for page in (opened.page, other):
        await expect(bubbles(page, "bot")).to_have_count(2)
        await expect(bubbles(page, "customer")).to_have_count(1)


async def test_a_token_nobody_knows_gives_a_new_conversation(browsers: Browsers) -> None:
    page = (await browsers.open()).page
    await expect(page.get_by_role("button", name="Otwórz czat")).to_be_visible()
    await page.evaluate('url => localStorage.setItem(`tellonce:${url}`, \'{"token":"gone","seen":7}\')', browsers.url)
    await page.reload()
    await page.get_by_role("button", name="Otwórz czat").click()
    await expect(page.get_by_text("zaczynamy nową")).to_be_visible()
    await expect(bubbles(page, "bot")).to_have_count(1)


async def test_a_phone_scrolls_in_one_direction_only(browsers: Browsers, tmp_path: Path) -> None:
    page = (await browsers.open(viewport=PHONE, has_touch=True, is_mobile=True)).page
    assert await page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    await open_chat(page)
    await write(page, "słowo" * 60 + " https://szlak.example/" + "a" * 200)
    await expect(bubbles(page, "customer")).to_have_count(1)
    panel = page.get_by_role("dialog")
    assert await panel.bounding_box() == {"x": 0, "y": 0, **PHONE}
    wide = "shadow => [...shadow.shadowRoot.querySelectorAll('*')].filter(e => e.scrollWidth > innerWidth).length"
    assert await page.locator("tellonce-chat").evaluate(wide) == 0
    await page.screenshot(path=tmp_path / "phone.png")


async def test_the_keyboard_is_enough(browsers: Browsers) -> None:
    page = (await browsers.open()).page
    await page.get_by_role("button", name="Otwórz czat").focus()
    await page.keyboard.press("Enter")
    box = page.get_by_label("Napisz wiadomość")
    await expect(box).to_be_focused()
    await page.keyboard.type("a")
    await page.keyboard.press("Shift+Enter")
    await page.keyboard.type("b")
    await expect(box).to_have_value("a\nb")
    await box.fill("x" * 4001)
    await expect(page.get_by_text("Za długie o znaków: 1")).to_be_visible()
    await expect(page.get_by_role("button", name="Wyślij", exact=True)).to_be_disabled()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await expect(page.get_by_role("button", name="Otwórz czat")).to_be_focused()


async def test_the_page_and_the_widget_obey_the_strict_policy(browsers: Browsers) -> None:
    opened = await browsers.open("/?lang=en")
    page = opened.page
    await expect(page.get_by_role("heading", name="Gear for the trail")).to_be_visible()
    await page.get_by_role("button", name=re.compile("^Where is my order")).click()
    await expect(page.get_by_label("Write a message")).to_have_value(re.compile("^Where is my order"))
    await expect(page.get_by_label("Write a message")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.locator("tellonce-chat .bot .bubble").nth(1)).to_be_visible()
    await asyncio.sleep(0.2)
    assert opened.complaints == []


async def test_a_picture_is_sent_and_shown(browsers: Browsers) -> None:
    page = (await browsers.open()).page
    await open_chat(page)
    picker = page.locator("tellonce-chat input[type=file]")
    await picker.set_input_files({"name": "notes.txt", "mimeType": "text/plain", "buffer": b"text"})
    await expect(page.get_by_text("Tego pliku nie można wysłać")).to_be_visible()
    await picker.set_input_files({"name": "box.png", "mimeType": "image/png", "buffer": await page.screenshot()})
    picture = page.locator("tellonce-chat .customer img")
    await expect(picture).to_have_attribute("alt", "box.png")
    await expect(picture).to_have_js_property("naturalWidth", 1280)


async def test_another_person_at_the_same_computer_sees_nothing(browsers: Browsers) -> None:
    page = (await browsers.open()).page
    await open_chat(page)
    await write(page, "Jakie są sposoby dostawy?")
    await expect(bubbles(page, "bot")).to_have_count(2)
    # As if that conversation had been held by a customer who has logged out since.
    await page.evaluate(
        "key => localStorage.setItem(key, JSON.stringify({...JSON.parse(localStorage[key]), who: 'K1001'}))",
        f"tellonce:{browsers.url}",
    )
    await page.reload()
    await page.get_by_role("button", name="Otwórz czat").click()
    await expect(bubbles(page, "bot")).to_have_count(1)
    await expect(bubbles(page, "customer")).to_have_count(0)


async def test_the_link_from_a_mail_opens_that_conversation(browsers: Browsers, gateway: Running) -> None:
    customer = await gateway.customer()
    await customer.says("Gdzie jest moje zamówienie?")
    link = gateway.built.resume_links.make(customer.conversation_id)
    opened = await browsers.open("/?" + link.split("?", 1)[1])
    await expect(bubbles(opened.page, "customer")).to_have_text("Gdzie jest moje zamówienie?")
    assert "resume" not in opened.page.url
    await opened.page.reload()
    await opened.page.get_by_role("button", name="Otwórz czat").click()
    await expect(bubbles(opened.page, "customer")).to_have_text("Gdzie jest moje zamówienie?")
