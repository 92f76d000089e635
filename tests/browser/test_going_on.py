"""Going on in another channel from the chat and from the desk, and the page that confirms whose account it is."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import expect
from sqlalchemy import select

from bot.services.one_time_links import IDENTIFY, new_link
from bot.storage.shop import Customer
from bot.storage.tables import Conversation
from tests.browser.conftest import Browsers
from tests.browser.test_chat_page import bubbles, open_chat, write
from tests.running import PASSWORD, Running


class Elsewhere:
    """As much of a channel as a link to it needs."""

    name = "telegram"

    def link(self, token: str) -> str | None:
        return f"https://t.me/szlak_bot?start={token}"


@pytest.fixture(autouse=True)
def telegram(gateway: Running) -> None:
    gateway.built.continuing._channels["telegram"] = Elsewhere()  # type: ignore[assignment]


async def test_the_customer_finds_the_way_in_the_menu_and_the_agent_offers_it(
    browsers: Browsers, gateway: Running
) -> None:
    opened = await browsers.open()
    page = opened.page
    await open_chat(page)
    await write(page, "Chcę rozmawiać z człowiekiem")
    await expect(bubbles(page, "bot").last).to_be_visible()
    await page.get_by_label("Więcej").click()
    await page.get_by_role("button", name="Przejdź na Telegram").click()
    await expect(page.locator("tellonce-chat .system a")).to_have_attribute(
        "href", re.compile(r"^https://t\.me/szlak_bot\?start=[0-9a-f]{48}$")
    )
    await gateway.built.accounts.add_user("ola@example.pl", role="agent", password=PASSWORD, name="Ola Nowak")
    desk = (await browsers.open("/desk")).page
    await desk.get_by_label("E-mail").fill("ola@example.pl")
    await desk.locator("input[type=password]").fill(PASSWORD)
    await desk.keyboard.press("Enter")
    await desk.locator("#queue [data-conversation]").first.click()
    offer = desk.get_by_role("button", name="Zaproponuj: Telegram")
    await expect(desk.locator("[data-section=customer]")).to_be_visible()
    await expect(offer).to_be_hidden()
    await desk.get_by_role("button", name="Przejmij", exact=True).click()
    await offer.click()
    await expect(bubbles(page, "agent").last).to_contain_text("https://t.me/szlak_bot?start=")
    await expect(desk.locator("article.agent").last).to_contain_text("15 minut")
    assert opened.complaints == []


async def test_an_account_is_confirmed_by_the_number_in_the_chat(browsers: Browsers, gateway: Running) -> None:
    customer = await gateway.customer()
    async with gateway.built.database.write() as session:
        anna = await session.scalar(select(Customer.id).where(Customer.email == "anna.kowalska@example.pl"))
        now = gateway.built.clock.now()
        row = new_link(session, IDENTIFY, customer.conversation_id, now, customer_id=anna, number="47")
    code = gateway.built.linking._links.code(row.id)
    opened = await browsers.open(f"/confirm#{code}", viewport={"width": 390, "height": 844})
    page = opened.page
    number = page.get_by_label("Liczba z rozmowy")
    await expect(number).to_be_focused()
    await page.get_by_role("button", name="Tak, to moje konto").click()
    await expect(page.get_by_text("Proszę wpisać liczbę z rozmowy").last).to_be_visible()
    await number.fill("12")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("To inna liczba. Pozostało prób: 2")).to_be_visible()
    await page.get_by_role("button", name="English").click()
    await page.get_by_label("Number from the chat").fill("47")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="The account is confirmed")).to_be_focused()
    async with gateway.built.database.read() as session:
        assert (await session.get_one(Conversation, customer.conversation_id)).customer_id == anna
    again = await browsers.open(f"/confirm#{code}")
    await again.page.get_by_label("Liczba z rozmowy").fill("47")
    await again.page.keyboard.press("Enter")
    await expect(again.page.get_by_role("heading", name="Ten link nie działa")).to_be_visible()
    assert [line for line in opened.complaints if "422" not in line] == []
