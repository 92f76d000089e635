"""A walk through every page and the states that matter, for whoever looks at them: axe, or the camera."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from playwright.async_api import Browser, BrowserContext, Page, expect

from tests.browser.conftest import PATIENCE_MS, Browsers
from tests.running import Agent, Running

WORDS: dict[str, dict[str, str]] = {
    "pl": {
        "open": "Otwórz czat",
        "write": "Napisz wiadomość",
        "where": "Gdzie jest moje zamówienie {number}? Mój e-mail to {email}",
        "tent": "Szukam namiotu dla dwóch osób",
        "human": "Chcę porozmawiać z człowiekiem",
        "thanks": "Dziękuję, poczekam.",
        "waiting": "Czekają",
        "claim": "Przejmij",
        "answer": "Odpowiedź",
        "reply": "Treść wiadomości",
        "said": "Dzień dobry! Paczka dotrze jutro do południa, sprawdziłam u kuriera.",
        "log_in": "Zaloguj się jako",
    },
    "en": {
        "open": "Open chat",
        "write": "Write a message",
        "where": "Where is my order {number}? My e-mail is {email}",
        "tent": "I am looking for a tent for two",
        "human": "I want to talk to a human",
        "thanks": "Thank you, I will wait.",
        "waiting": "Waiting",
        "claim": "Claim",
        "answer": "Reply",
        "reply": "Your message",
        "said": "Good morning! The parcel arrives tomorrow before noon, I have checked with the courier.",
        "log_in": "Log in as",
    },
}
STUDIO = ("intents", "responses", "unrecognised", "try", "training", "history", "metrics", "users")


@dataclass
class Tour:
    """`stops()` gives (name, page) one after the other; a page may be looked at until the next stop is asked for."""

    browser: Browser
    gateway: Running
    scheme: str = "light"
    language: str = "pl"
    size: tuple[int, int] = (1440, 900)
    contexts: list[BrowserContext] = field(default_factory=list)

    @property
    def words(self) -> dict[str, str]:
        return WORDS[self.language]

    async def stops(self) -> AsyncIterator[tuple[str, Page]]:
        async for stop in self._shop():
            yield stop
        async for stop in self._setting_up():
            yield stop
        async for stop in self._handed_over():
            yield stop
        async for stop in self._studio():
            yield stop
        for context in self.contexts:
            await context.close()

    # The customer

    async def _shop(self) -> AsyncIterator[tuple[str, Page]]:
        page = await self._page("/")
        await expect(page.get_by_role("button", name=re.compile(f"^{self.words['open']}"))).to_be_visible()
        yield "shop", page
        for name, path in (
            ("shop_product", "/products/buty-granit"),
            ("shop_category", "/?category=tents"),
            ("shop_nothing_found", "/?q=qwertyuiop"),
            ("shop_sign_in", "/orders"),
            ("shop_missing", "/products/none"),
        ):
            await page.goto(f"{self.gateway.url}{path}")
            await expect(page.get_by_role("heading", level=1)).to_be_visible()
            yield name, page
        await page.goto(f"{self.gateway.url}/orders")
        await page.get_by_role("button", name=f"{self.words['log_in']} Anna Kowalska").press("Enter")
        await expect(page.locator("main")).to_contain_text("100610")
        yield "shop_orders", page
        await page.goto(f"{self.gateway.url}/orders/100610")
        await expect(page.get_by_role("heading", level=1)).to_contain_text("100610")
        yield "shop_order", page

    async def _chat(self) -> Page:
        page = await self._page("/")
        await page.get_by_role("button", name=re.compile(f"^{self.words['open']}")).click()
        await expect(page.get_by_role("log")).to_contain_text(re.compile("bot", re.I))
        return page

    async def _says(self, page: Page, text: str, answers: int) -> None:
        said = page.locator("tellonce-chat .bot .bubble")
        before = await said.count()
        await page.get_by_label(self.words["write"]).fill(text)
        await page.get_by_label(self.words["write"]).press("Enter")
        await expect(said.nth(before + answers - 1)).to_be_visible()

    # Setting up

    async def _setting_up(self) -> AsyncIterator[tuple[str, Page]]:
        page = await self._page("/desk")
        await expect(page.get_by_role("heading", level=1)).to_be_visible()
        yield "desk_log_in", page
        code = await self.gateway.built.setup_links.for_first_admin()
        page = await self._page(f"/setup#{code}")
        await expect(page.get_by_label("E-mail")).to_be_visible()
        yield "setup", page
        page = await self._page("/confirm#0")
        await expect(page.get_by_role("heading", level=1)).to_be_visible()
        yield "confirm", page

    # A conversation handed over, as the customer and as the agent see it

    async def _handed_over(self) -> AsyncIterator[tuple[str, Page]]:
        chat = await self._chat()
        yield "chat", chat
        await self._says(chat, self.words["tent"], 1)
        yield "chat_products", chat
        order = self.words["where"].format(number="100610", email="anna.kowalska@example.pl")
        await self._says(chat, order, 1)
        await expect(chat.get_by_role("log")).to_contain_text("100610")
        yield "chat_order", chat
        desk = await self._staff("ola@example.pl", "agent", "Ola Nowak", "/desk")
        await expect(desk.get_by_role("tab", name=self.words["waiting"])).to_be_visible()
        yield "desk_nobody_waits", desk
        await self._says(chat, self.words["human"], 1)
        yield "chat_waiting", chat
        row = desk.locator("#queue [data-conversation]").first
        await row.click()
        await expect(desk.locator("#transcript article").first).to_be_visible()
        yield "desk_waiting", desk
        await desk.get_by_role("button", name=self.words["claim"], exact=True).click()
        await expect(desk.get_by_role("radio", name=self.words["answer"])).to_be_checked()
        await desk.get_by_label(self.words["reply"]).fill(self.words["said"])
        await desk.get_by_label(self.words["reply"]).press("Enter")
        await expect(chat.get_by_role("log")).to_contain_text(self.words["said"])
        yield "desk", desk
        yield "chat_agent", chat
        if self.size[0] > 700:
            await desk.locator("#transcript").click()
            await desk.keyboard.press("?")
            await expect(desk.get_by_role("dialog")).to_be_visible()
            yield "desk_keys", desk

    # The studio

    async def _studio(self) -> AsyncIterator[tuple[str, Page]]:
        page = await self._staff("ewa@example.pl", "admin", "Ewa Lis", "/studio")
        for tab in (*STUDIO, "intents/start_return", "responses/utter_greet"):
            await page.goto(f"{self.gateway.url}/studio#{tab}")
            await expect(page.locator("main .view:not([aria-busy])")).to_be_visible()
            await expect(page.get_by_role("heading", level=1)).to_be_visible()
            if tab == "try":
                await page.get_by_role("textbox").fill(self.words["human"])
                await page.get_by_role("textbox").press("Enter")
                await expect(page.locator("main")).to_contain_text("request_human")
            yield "studio_" + re.sub(r"\W+", "_", tab), page

    # Browsers

    async def _staff(self, email: str, role: str, name: str, path: str) -> Page:
        agent: Agent = await self.gateway.agent(email, role, name)
        page = await self._page("/healthz")
        cookies: Any = [
            {"name": cookie.key, "value": cookie.value, "url": self.gateway.url} for cookie in agent.http.cookie_jar
        ]
        await page.context.add_cookies(cookies)
        await page.goto(self.gateway.url + path)
        return page

    async def _page(self, path: str) -> Page:
        """A page of a browser of its own, whose clock shows the gateway's time."""
        width, height = self.size
        phone: dict[str, Any] = {"is_mobile": True, "has_touch": True} if width < 500 else {}
        locale = {"pl": "pl-PL", "en": "en-GB"}[self.language]
        opened = await Browsers(self.browser, self.gateway.url).open(
            "/healthz",
            color_scheme=self.scheme,
            locale=locale,
            timezone_id="Europe/Warsaw",
            viewport={"width": width, "height": height},
            **phone,
        )
        self.contexts.append(opened.context)
        opened.context.set_default_timeout(PATIENCE_MS)
        await opened.page.clock.set_system_time(self.gateway.built.clock.now())
        await opened.page.goto(self.gateway.url + path)
        return opened.page
