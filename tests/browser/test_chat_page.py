"""What a customer does in the chat of a shop's page, in a real browser, up to a person's answer from the desk."""

from __future__ import annotations

import asyncio
import re

from playwright.async_api import Locator, Page, Route, expect
from sqlalchemy import func, select

from bot.storage.shop import Customer, Order
from bot.storage.tables import Conversation
from tests.browser.conftest import Browsers
from tests.running import Running

PHONE = {"width": 390, "height": 844}
CHAT = "tellonce-chat"


async def open_chat(page: Page) -> None:
    await page.get_by_role("button", name="Otwórz czat").click()
    await expect(bubbles(page, "bot")).to_have_count(1)


async def write(page: Page, text: str) -> None:
    await page.get_by_label("Napisz wiadomość").fill(text)
    await page.keyboard.press("Enter")


def bubbles(page: Page, sender: str) -> Locator:
    return page.locator(f"{CHAT} .{sender} .bubble")


def title(page: Page) -> Locator:
    return page.locator(f"{CHAT} header .title")


async def transcript(page: Page) -> list[str]:
    return await page.locator(f"{CHAT} .bubble").all_inner_texts()


async def order_in_state(gateway: Running, status: str) -> tuple[str, str]:
    """Number and e-mail of the newest order of that status."""
    email = func.coalesce(Order.email, Customer.email)
    newest = select(Order.number, email).join(Customer, Customer.id == Order.customer_id)
    async with gateway.built.database.read() as session:
        found = await session.execute(newest.where(Order.status == status).order_by(Order.created_at.desc()).limit(1))
        number, address = found.one()
    return number, address


async def answered(gateway: Running, text: str) -> None:
    """An agent takes the conversation that waits and says this."""
    agent = await gateway.agent()
    conversation = (await agent.get("/api/desk/conversations?view=waiting"))["conversations"][0]["id"]
    await agent.does(conversation, "claim")
    await agent.does(conversation, "messages", text=text, kind="reply", client_id="a")


async def test_from_order_status_to_an_agents_reply(browsers: Browsers, gateway: Running) -> None:
    opened = await browsers.open()
    customer = opened.page
    number, email = await order_in_state(gateway, "delivered")
    await open_chat(customer)

    await write(customer, f"Gdzie jest moje zamówienie {number}? Mój e-mail to {email}")
    await expect(bubbles(customer, "bot").filter(has_text=number)).to_contain_text("doręczone")
    card = customer.locator(f"{CHAT} .card", has_text=f"Zamówienie {number}")
    await expect(card.get_by_role("listitem").first).to_contain_text("Zamówione")
    await expect(card.get_by_role("listitem").last).to_contain_text("Doręczone")

    await customer.get_by_role("button", name="Zwrot").click()
    await expect(bubbles(customer, "customer").last).to_have_text("Zwrot")
    await expect(customer.get_by_role("button", name="Reklamacja")).to_have_count(0)
    await expect(bubbles(customer, "bot")).to_have_count(3)

    await customer.get_by_role("button", name="Porozmawiaj z człowiekiem").click()
    await expect(title(customer)).to_contain_text("Czekasz na pracownika")
    await expect(title(customer)).to_contain_text(re.compile(r"Miejsce w kolejce: 1 · odpowiedź do .*\d\d:\d\d"))

    await answered(gateway, "Dzień dobry, już przygotowuję etykietę.")
    await expect(bubbles(customer, "agent")).to_have_text("Dzień dobry, już przygotowuję etykietę.")
    await expect(title(customer)).to_contain_text("Ola Nowak")
    await expect(customer.locator(f"{CHAT} .face")).to_have_text("ON")
    await expect(customer.get_by_role("button", name="Nowa rozmowa")).to_have_count(0)
    await write(customer, "Dziękuję!")
    await expect(customer.locator(f"{CHAT} .customer .meta").last).not_to_contain_text("wys")

    before = await transcript(customer)
    await customer.reload()
    await expect(title(customer)).to_contain_text("Ola Nowak")
    await expect(bubbles(customer, "customer").last).to_have_text("Dziękuję!")
    assert await transcript(customer) == before
    assert before.count("Dziękuję!") == 1
    assert opened.complaints == []


async def test_the_place_in_the_queue_moves_up_by_itself(browsers: Browsers, gateway: Running) -> None:
    before = await gateway.customer()
    await before.says("Chcę rozmawiać z człowiekiem")
    gateway.built.clock.move(seconds=5)  # type: ignore[attr-defined]
    page = (await browsers.open()).page
    await open_chat(page)
    await page.get_by_role("button", name="Porozmawiaj z człowiekiem").click()
    await expect(title(page)).to_contain_text("Miejsce w kolejce: 2")
    agent = await gateway.agent()
    await agent.does(before.conversation_id, "claim")
    await expect(title(page)).to_contain_text("Miejsce w kolejce: 1", timeout=60_000)


async def test_typing_shows_until_the_answer_is_there(browsers: Browsers, gateway: Running) -> None:
    page = (await browsers.open()).page
    await open_chat(page)
    gateway.brain.hold()
    await write(page, "Jakie są sposoby dostawy?")
    await expect(page.get_by_text("Asystent pisze…")).to_be_attached()
    await expect(page.locator(f"{CHAT} .typing")).to_be_visible()
    gateway.brain.release()
    await expect(bubbles(page, "bot")).to_have_count(2)
    await expect(page.locator(f"{CHAT} .typing")).to_be_hidden()


async def test_what_is_written_offline_arrives_once(browsers: Browsers, gateway: Running) -> None:
    opened = await browsers.open()
    page = opened.page
    await open_chat(page)
    await opened.context.set_offline(True)
    await write(page, "Jakie są sposoby dostawy?")
    await expect(page.get_by_text("Brak połączenia")).to_be_visible()
    await expect(page.get_by_role("button", name="Wyślij ponownie")).to_be_visible()
    await expect(page.get_by_role("button", name="Porozmawiaj z człowiekiem")).to_be_visible()

    await opened.context.set_offline(False)
    await expect(bubbles(page, "bot")).to_have_count(2)
    await expect(page.get_by_text("Brak połączenia")).to_be_hidden()
    await expect(bubbles(page, "customer")).to_have_count(1)
    assert len(gateway.brain.turns) == 1


async def test_what_failed_is_sent_again_by_hand_and_outlives_a_reload(browsers: Browsers, gateway: Running) -> None:
    page = (await browsers.open()).page
    await open_chat(page)
    await page.route("**/api/chat/messages", lambda route: route.fulfill(status=503, json={}))
    await write(page, "Jakie są sposoby dostawy?")
    await expect(page.get_by_text("nie wysłano")).to_be_visible()
    await page.unroute("**/api/chat/messages")
    await page.get_by_role("button", name="Wyślij ponownie").click()
    await expect(bubbles(page, "bot")).to_have_count(2)

    await page.route("**/api/chat/messages", lambda route: route.abort())
    await write(page, "Jakie są sposoby płatności?")
    await expect(page.get_by_text("nie wysłano")).to_be_visible()
    await page.unroute("**/api/chat/messages")
    await page.reload()
    await expect(bubbles(page, "bot")).to_have_count(3)
    await expect(bubbles(page, "customer")).to_have_count(2)
    assert len(gateway.brain.turns) == 2


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


async def test_two_tabs_show_one_conversation_and_count_the_same(browsers: Browsers, gateway: Running) -> None:
    opened = await browsers.open()
    page = opened.page
    await open_chat(page)
    other = await opened.context.new_page()
    await other.goto(browsers.url)
    await expect(bubbles(other, "bot")).to_have_count(1)
    await write(other, "Jakie są sposoby dostawy?")
    for one in (page, other):
        await expect(bubbles(one, "bot")).to_have_count(2)
        await expect(bubbles(one, "customer")).to_have_count(1)

    for one in (page, other):
        await one.get_by_role("button", name="Zamknij czat").click()
    async with gateway.built.database.read() as session:
        conversation = await session.scalar(select(Conversation.id))
    agent = await gateway.agent()
    await agent.does(str(conversation), "claim")
    await agent.does(str(conversation), "messages", text="Czy mogę pomóc?", kind="reply", client_id="a")
    for one in (page, other):
        await expect(one.get_by_role("button", name="Otwórz czat, nowe wiadomości: 2")).to_be_visible()
    await page.get_by_role("button", name="Otwórz czat").click()
    await expect(bubbles(page, "agent")).to_be_visible()
    await expect(other.get_by_role("button", name="Otwórz czat", exact=True)).to_be_visible()


async def test_a_token_nobody_knows_gives_a_new_conversation(browsers: Browsers) -> None:
    page = (await browsers.open()).page
    await expect(page.get_by_role("button", name="Otwórz czat")).to_be_visible()
    await page.evaluate('url => localStorage.setItem(`tellonce:${url}`, \'{"token":"gone","seen":7}\')', browsers.url)
    await page.reload()
    await page.get_by_role("button", name="Otwórz czat").click()
    await expect(page.get_by_text("zaczynamy nową")).to_be_visible()
    await expect(bubbles(page, "bot")).to_have_count(1)


async def test_a_new_conversation_from_the_menu(browsers: Browsers, gateway: Running) -> None:
    page = (await browsers.open()).page
    await open_chat(page)
    await write(page, "Jakie są sposoby dostawy?")
    await expect(bubbles(page, "bot")).to_have_count(2)
    await page.locator(f"{CHAT} summary").click()
    await page.get_by_role("button", name="Nowa rozmowa").click()
    await expect(bubbles(page, "customer")).to_have_count(0)
    await expect(bubbles(page, "bot")).to_have_count(1)
    await expect(page.get_by_role("button", name="Nowa rozmowa")).to_be_hidden()


async def test_the_language_is_changed_in_the_menu_and_stays(browsers: Browsers, gateway: Running) -> None:
    page = (await browsers.open()).page
    await open_chat(page)
    await page.get_by_label("Napisz wiadomość").fill("Pół zdania")
    await page.locator(f"{CHAT} summary").click()
    await page.get_by_role("button", name="English").click()
    # Nothing had been said: the greeting is in the other language, too, and the draft is kept.
    await expect(bubbles(page, "bot")).to_contain_text("Hello")
    await expect(page.get_by_label("Write a message")).to_have_value("Pół zdania")
    await page.get_by_label("Write a message").fill("")
    await page.get_by_role("button", name="Where is my order?").click()
    await expect(bubbles(page, "bot").nth(1)).to_contain_text("order number")

    await page.locator(f"{CHAT} summary").click()
    await page.get_by_role("button", name="polski").click()
    await expect(bubbles(page, "customer")).to_have_count(1)
    await write(page, "Jakie są sposoby dostawy?")
    await expect(bubbles(page, "bot").nth(2)).to_contain_text("kurier DPD")
    await page.reload()
    await expect(page.get_by_label("Napisz wiadomość")).to_be_visible()


async def test_a_phone_scrolls_in_one_direction_only(browsers: Browsers) -> None:
    page = (await browsers.open(viewport=PHONE, has_touch=True, is_mobile=True)).page
    assert await page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    await open_chat(page)
    await write(page, "słowo" * 60 + " https://szlak.example/" + "a" * 200)
    await expect(bubbles(page, "customer")).to_have_count(1)
    panel = page.get_by_role("dialog")
    await expect(panel).to_be_visible()
    assert await panel.bounding_box() == {"x": 0, "y": 0, **PHONE}
    wide = "shadow => [...shadow.shadowRoot.querySelectorAll('*')].filter(e => e.scrollWidth > innerWidth).length"
    assert await page.locator(CHAT).evaluate(wide) == 0


async def test_four_thousand_characters_arrive_whole_with_their_links(browsers: Browsers) -> None:
    page = (await browsers.open()).page
    await open_chat(page)
    text = "Zobacz https://szlak.example/p/1. javascript:alert(1) " + "x" * 3946
    assert len(text) == 4000
    await write(page, text)
    await expect(bubbles(page, "customer")).to_have_text(text)
    links = bubbles(page, "customer").get_by_role("link")
    await expect(links).to_have_count(1)
    await expect(links).to_have_attribute("href", "https://szlak.example/p/1")
    await expect(links).to_have_attribute("rel", "noopener noreferrer")


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
    await page.locator(f"{CHAT} summary").focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("button", name="English")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("button", name="English")).to_be_hidden()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await expect(page.get_by_role("button", name="Otwórz czat")).to_be_focused()


async def test_what_is_new_is_read_aloud_and_what_was_typed_is_not(browsers: Browsers) -> None:
    page = (await browsers.open()).page
    await open_chat(page)
    log = page.get_by_role("log", name="Rozmowa")
    await expect(log).to_have_attribute("aria-busy", "false")
    await write(page, "Jakie są sposoby dostawy?")
    await expect(bubbles(page, "bot")).to_have_count(2)
    await expect(log.locator(".customer")).to_have_attribute("aria-live", "off")
    await expect(log.locator(".bot").last).to_contain_text("Asystent sklepu:")
    days = await log.locator(".first").count()
    assert days == 1, "one date for messages of one day"


async def test_a_picture_is_shown_at_once_sent_again_by_hand_and_taken_back(browsers: Browsers) -> None:
    page = (await browsers.open()).page
    await open_chat(page)
    picture = {"name": "box.png", "mimeType": "image/png", "buffer": await page.screenshot()}
    picker = page.locator(f"{CHAT} input[type=file]")
    held = asyncio.Event()

    async def fail(route: Route) -> None:
        await held.wait()
        await route.fulfill(status=500, json={})

    await page.route("**/api/chat/attachments", fail)
    await picker.set_input_files(picture)
    await expect(page.get_by_role("progressbar", name="box.png")).to_be_visible()
    await expect(page.locator(f"{CHAT} .customer img")).to_have_js_property("naturalWidth", 1280)
    held.set()
    await expect(page.get_by_text("nie wysłano")).to_be_visible()
    await page.unroute("**/api/chat/attachments")
    await page.get_by_role("button", name="Wyślij ponownie").click()
    await expect(bubbles(page, "bot").nth(1)).to_be_visible()
    await expect(page.locator(f"{CHAT} .customer img")).to_have_js_property("naturalWidth", 1280)
    await page.reload()
    await expect(page.locator(f"{CHAT} .customer img")).to_have_js_property("naturalWidth", 1280)
    await expect(bubbles(page, "customer")).to_have_count(1)

    held.clear()
    await page.route("**/api/chat/attachments", fail)
    await picker.set_input_files(picture)
    await page.get_by_role("button", name="Anuluj").click()
    await expect(bubbles(page, "customer")).to_have_count(1)
    held.set()


async def test_a_file_of_another_kind_is_refused_in_words(browsers: Browsers) -> None:
    page = (await browsers.open()).page
    await open_chat(page)
    notes = {"name": "notes.txt", "mimeType": "text/plain", "buffer": b"text"}
    await page.locator(f"{CHAT} input[type=file]").set_input_files(notes)
    await expect(bubbles(page, "system")).to_contain_text("PDF")
    await expect(bubbles(page, "customer")).to_have_count(0)


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
    await expect(bubbles(opened.page, "customer")).to_have_text("Gdzie jest moje zamówienie?")
