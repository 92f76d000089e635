"""The pictures of docs/screenshots, taken anew: `python -m tests.browser.screenshots [--all] [folder]`.

Without `--all` only those that the documentation shows are kept.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import shutil
import tempfile
from pathlib import Path

from PIL import Image
from playwright.async_api import async_playwright

from bot.settings import PROJECT
from tests.browser.conftest import ARGUMENTS, NAMES
from tests.browser.tour import Tour
from tests.running import running_gateway

WIDE, PHONE = (1440, 900), (390, 844)
LOOKS = {
    "": ("light", "pl", WIDE),
    "_dark": ("dark", "en", WIDE),
    "_phone": ("light", "pl", PHONE),
}
SHOWN = {
    "": (
        *("shop", "shop_product", "shop_order", "setup", "chat_products", "chat_order", "chat_waiting", "chat_agent"),
        *("desk_waiting", "desk", "desk_keys", "studio_intents", "studio_intents_start_return", "studio_try"),
        *("studio_responses_utter_greet", "studio_training", "studio_history", "studio_metrics", "studio_users"),
    ),
    "_dark": ("chat_order", "desk", "studio_intents_start_return"),
    "_phone": ("chat_products", "chat_waiting", "chat_agent", "desk"),
}


async def take(folder: Path, everything: bool) -> None:
    """Walk the tour in every look and keep a picture of each stop."""
    folder.mkdir(parents=True, exist_ok=True)
    chromium = next(filter(None, map(shutil.which, NAMES)))
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        for suffix, (scheme, language, size) in LOOKS.items():
            with tempfile.TemporaryDirectory() as place:
                async with running_gateway(Path(place)) as gateway:
                    async for name, page in Tour(browser, gateway, scheme, language, size).stops():
                        if everything or name in SHOWN[suffix]:
                            # What still fades or loads has come to rest.
                            await page.wait_for_timeout(600)
                            keep(await page.screenshot(), folder / f"{name}{suffix}.png")
        await browser.close()


def keep(picture: bytes, path: Path) -> None:
    """In 256 colours: a third of the bytes, and nobody sees it."""
    Image.open(io.BytesIO(picture)).convert("RGB").quantize(256, dither=Image.Dither.NONE).save(path, optimize=True)


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("folder", nargs="?", type=Path, default=PROJECT / "docs" / "screenshots")
    options.add_argument("--all", action="store_true")
    asked = options.parse_args()
    asyncio.run(take(asked.folder, asked.all))
