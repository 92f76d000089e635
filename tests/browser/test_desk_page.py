"""What an agent does at the desk, in a real browser, from log-in to resolved; at a desk's width and at a phone's."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page, async_playwright, expect

from bot.domain.conversation import State
from bot.storage.tables import User
from tests.browser.conftest import ARGUMENTS
from tests.desk_world import PASSWORD, World, desk_server, desk_world
from tests.unit.test_handoff_context import fill_shop, handed_over

PHONE = {"width": 390, "height": 844}


@dataclass
class Desks:
    """Opens desks of one small shop; `complaints` is what their consoles said."""

    world: World
    browser: Browser
    url: str
    complaints: list[str] = field(default_factory=list)

    async def open(self, user: User, **options: Any) -> Page:
        options = {"locale": "en-GB", "viewport": {"width": 1280, "height": 800}, **options}
        context = await self.browser.new_context(**options)
        context.set_default_timeout(10_000)
        page = await context.new_page()
        page.on("console", lambda line: self.complaints.append(line.text) if line.type == "error" else None)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        await page.goto(self.url + "/desk")
        await page.get_by_label("E-mail").fill(user.email)
        await page.get_by_label("Password").fill(PASSWORD)
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("tab", name="Waiting")).to_be_visible()
        return page


@pytest.fixture
async def desks(tmp_path: Path, chromium: str) -> AsyncIterator[Desks]:
    async with desk_world(tmp_path) as world, desk_server(world) as browser, async_playwright() as playwright:
        await fill_shop(world)
        url = str((await browser()).client.make_url("/")).rstrip("/")
        launched = await playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        yield Desks(world, launched, url)
        await launched.close()


async def test_from_the_queue_to_resolved(desks: Desks) -> None:
    world = desks.world
    number = await handed_over(world, customer_id="C1")
    page = await desks.open(await world.user("Ola"))
    await page.get_by_role("button", name="Anna Kowalska").click()
    await expect(page.get_by_role("heading", name="Anna Kowalska")).to_be_visible()
    await expect(page.locator(".block.reason")).to_contain_text("asked for a human")
    await expect(page.get_by_role("radio", name="Reply")).to_be_disabled()
    await page.get_by_role("button", name="Claim", exact=True).click()
    await expect(page.locator("#state")).to_contain_text("in progress · Ola")

    await page.get_by_label("Your message").fill("What is your order number?")
    await expect(page.locator("#known")).to_contain_text("100483")
    await page.get_by_label("Your message").fill("I am sorry <b>about</b> that.")
    await page.keyboard.press("Enter")
    await expect(page.locator("article.agent")).to_contain_text("I am sorry <b>about</b> that.")
    await expect(page.get_by_label("Your message")).to_have_value("")

    await page.get_by_role("button", name="show message").last.click()
    await expect(page.locator(".message.found")).to_contain_text("Where is my parcel?")

    await world.customer_writes(number, "Thanks!", processed=True)
    world.bell.ring("desk")
    await expect(page.locator("article.customer").last).to_contain_text("Thanks!")

    await page.get_by_role("button", name="Resolve").click()
    await page.get_by_role("dialog").get_by_label("Note").fill("Sent again")
    await page.get_by_role("dialog").get_by_role("button", name="Resolve").click()
    await expect(page.locator("#state")).to_contain_text("resolved")
    assert (await world.get(number)).outcome["note"] == "Sent again"
    assert desks.complaints == []


async def test_a_claim_elsewhere_is_seen_here(desks: Desks) -> None:
    world = desks.world
    number = await world.conversation(State.WAITING)
    ewa = await world.user("Ewa")
    page = await desks.open(await world.user("Ola"))
    await page.get_by_role("button", name="Customer (unknown)").click()
    await world.desk.claim(ewa, number)
    await expect(page.locator("#state")).to_contain_text("Ewa")
    await expect(page.locator("#queue")).to_contain_text("Nobody here")
    await page.get_by_role("radio", name="Internal note").check()
    await page.get_by_label("Your message").fill("Known to me")
    await page.get_by_role("button", name="Send").click()
    await expect(page.locator("article.note")).to_contain_text("Known to me")


async def test_passing_on_putting_aside_and_giving_back(desks: Desks) -> None:
    world = desks.world
    ola, _ = await world.user("Ola", "manager"), await world.user("Ewa")
    suspended = {"stack": [{"flow": "start_return", "answers": {}}], "question": None}
    number = await world.conversation(State.ASSIGNED, ola, dialogue=suspended)
    page = await desks.open(ola)
    await page.get_by_role("tab", name="Mine").click()
    await page.get_by_role("button", name="Customer (unknown)").click()
    await page.get_by_role("button", name="Add a fact").click()
    await page.get_by_label("What", exact=True).select_option("phone")
    await page.get_by_label("Value").fill("601 234 567")
    await page.get_by_role("button", name="Save").click()
    await expect(page.locator("#context")).to_contain_text("+48601234567")
    await page.get_by_role("button", name="Transfer").click()
    await page.get_by_role("dialog").get_by_role("button", name="Transfer").click()
    await expect(page.locator("#state")).to_contain_text("Ewa")
    await page.get_by_role("button", name="Return to the bot: go on").click()
    await page.get_by_role("dialog").get_by_role("button", name="Return to the bot: go on").click()
    await expect(page.locator("#state")).to_contain_text("with the bot")
    assert world.resumed == [number]
    assert desks.complaints == []


async def test_the_words_change_with_the_language(desks: Desks) -> None:
    await handed_over(desks.world)
    page = await desks.open(await desks.world.user("Ola"))
    await page.locator("#queue button").first.click()
    await page.get_by_label("Language").select_option("pl")
    await expect(page.get_by_role("tab", name="Czekają")).to_be_visible()
    await expect(page.locator(".block.reason")).to_contain_text("Klient prosi")
    await page.get_by_role("button", name="Wyloguj").click()
    await expect(page.get_by_role("button", name="Zaloguj")).to_be_visible()
    await expect(page.locator("#transcript")).to_be_empty()


async def test_without_sockets_the_desk_polls(desks: Desks) -> None:
    world = desks.world
    page = await desks.open(await world.user("Ola"))
    await page.add_init_script("window.WebSocket = class { close() {} };")
    await page.reload()
    await expect(page.locator("#queue")).to_contain_text("Nobody here")
    await world.conversation(State.WAITING)
    await expect(page.locator("#queue")).to_contain_text("Customer (unknown)", timeout=8000)


async def test_on_a_phone_one_thing_at_a_time(desks: Desks) -> None:
    await handed_over(desks.world)
    page = await desks.open(await desks.world.user("Ola"), viewport=PHONE)
    await page.locator("#queue button").first.click()
    await expect(page.locator("#queue")).to_be_hidden()
    await page.get_by_role("button", name="Context").click()
    await expect(page.locator(".block.reason")).to_be_visible()
    await page.get_by_role("button", name="← Conversation").click()
    await page.get_by_role("button", name="← Queue").click()
    await expect(page.locator("#queue")).to_be_visible()
    wide = await page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    assert not wide
