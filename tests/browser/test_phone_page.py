"""The phone that plays a customer on Telegram and Messenger, in a real browser, with a whole gateway behind it."""

from __future__ import annotations

import socket
from pathlib import Path

from aiohttp import web
from playwright.async_api import async_playwright, expect

from bot.simulator import server
from tests.browser.conftest import ARGUMENTS, Browsers
from tests.running import running_gateway


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


async def test_a_customer_writes_on_both_phones(chromium: str, tmp_path: Path) -> None:
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    async with running_gateway(tmp_path, settings=server.settings(address)) as gateway:
        runner = web.AppRunner(server.application(address, gateway.url), access_log=None, shutdown_timeout=0.2)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", port).start()
            async with async_playwright() as playwright:
                browser = await playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
                await writes_on_both(Browsers(browser, address))
                await browser.close()
        finally:
            await runner.cleanup()


async def writes_on_both(browsers: Browsers) -> None:
    opened = await browsers.open("/")
    for phone in (opened.page.locator("#telegram"), opened.page.locator("#messenger")):
        await expect(phone.get_by_text("sklep połączony")).to_be_visible()
        await phone.get_by_label("Wiadomość").fill("/start")
        await phone.get_by_role("button", name="Wyślij").click()
        await expect(phone.get_by_text("jestem botem")).to_be_visible()
        await phone.get_by_role("button", name="Zwrot").click()
        await expect(phone.locator(".said:not(.own) .bubble").nth(1)).to_be_visible()
    await expect(opened.page.get_by_role("button", name="✓ Zwrot")).to_be_visible()
    await opened.page.get_by_role("button", name="English").click()
    await expect(opened.page.get_by_role("heading", name="A phone to try")).to_be_visible()
    assert opened.complaints == []
