"""Desks of one small shop in real browsers, for the tests of the desk's page."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from playwright.async_api import Browser, Locator, Page, expect

from bot.storage.tables import User
from tests.desk_world import PASSWORD, World

COUNT_TONES = """
window.tones = 0;
window.AudioContext = class {
  currentTime = 0;
  resume() {}
  createOscillator() { window.tones += 1; return { frequency: {}, connect: (next) => next, start() {}, stop() {} }; }
  createGain() { return { gain: { setValueAtTime() {}, exponentialRampToValueAtTime() {} }, connect: (next) => next }; }
};
"""


@dataclass
class Desks:
    """Opens desks, each in a context of its own; `complaints` is what their consoles said after the log-in."""

    world: World
    browser: Browser
    url: str
    complaints: list[str] = field(default_factory=list)

    async def open(self, user: User, **options: Any) -> Page:
        options = {"locale": "en-GB", "viewport": {"width": 1400, "height": 800}, **options}
        context = await self.browser.new_context(**options)
        context.set_default_timeout(20_000)
        await context.add_init_script(COUNT_TONES)
        # First steps are another page's matter.
        await context.route("**/api/setup", lambda route: route.fulfill(json={"needed": False}))
        page = await context.new_page()
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        await page.goto(self.url + "/desk")
        await page.get_by_label("E-mail").fill(user.email)
        await page.get_by_label("Password").fill(PASSWORD)
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("tab", name="Waiting")).to_be_visible()
        page.on("console", lambda line: self.complaints.append(line.text) if line.type == "error" else None)
        return page


def row(page: Page, number: str) -> Locator:
    """The conversation in the queue."""
    return page.locator(f'#queue [data-conversation="{number}"]')


def text(page: Page) -> Locator:
    return page.get_by_label("Your message")


async def take(page: Page, number: str) -> None:
    """Open a waiting conversation and claim it."""
    await row(page, number).click()
    await page.get_by_role("button", name="Claim", exact=True).click()
    await expect(page.get_by_role("radio", name="Reply")).to_be_checked()


async def show(page: Page, number: str) -> None:
    """Open a conversation of whatever view by its address."""
    await page.evaluate("id => { location.hash = id; }", number)
    await expect(page.locator("#context .section").first).to_be_visible()
