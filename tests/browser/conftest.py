"""A real browser against a whole gateway. Without Chromium these tests are skipped, and say so."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect

from tests.running import Running, running_gateway

# A busy machine is slow, not wrong.
PATIENCE_MS = 20_000
expect.set_options(timeout=PATIENCE_MS)

NAMES = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@dataclass
class Opened:
    """A page and what its console complained about."""

    page: Page
    context: BrowserContext
    complaints: list[str] = field(default_factory=list)


@dataclass
class Browsers:
    """Opens pages of the gateway, each in a context of its own: its own cookies and storage."""

    browser: Browser
    url: str

    async def open(self, path: str = "/", **options: Any) -> Opened:
        options = {"locale": "pl-PL", "viewport": {"width": 1280, "height": 900}, **options}
        context = await self.browser.new_context(**options)
        context.set_default_timeout(PATIENCE_MS)
        opened = Opened(await context.new_page(), context)
        opened.page.on("console", lambda line: opened.complaints.append(line.text) if line.type == "error" else None)
        opened.page.on("pageerror", lambda error: opened.complaints.append(str(error)))
        await opened.page.goto(self.url + path)
        return opened


@pytest.fixture(scope="session")
def chromium() -> str:
    path = next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        pytest.skip(f"no browser: none of {', '.join(NAMES)} is installed (try: apt-get install chromium)")
    return path


@pytest.fixture
async def gateway(tmp_path: Path) -> AsyncIterator[Running]:
    async with running_gateway(tmp_path) as running:
        yield running


@pytest.fixture
async def browsers(chromium: str, gateway: Running) -> AsyncIterator[Browsers]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        yield Browsers(browser, gateway.url)
        await browser.close()
