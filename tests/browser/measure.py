"""How quick the desk is with 10,000 conversations, in a real browser: `python -m tests.browser.measure`.

Prints milliseconds: opening a conversation (from the click until its words and its context are drawn), a customer's
message from its acceptance until it is on the agent's screen, and what the gateway needs for lists and searches.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import random
import shutil
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from playwright.async_api import Page, async_playwright
from sqlalchemy import insert

from bot.services.ports import SystemClock
from bot.storage.database import Database
from bot.storage.tables import ChannelLink, Conversation, Fact, Message
from tests.browser.conftest import ARGUMENTS, NAMES
from tests.running import PASSWORD, Agent, Running, running_gateway

CONVERSATIONS = 10_000
MESSAGES_EACH = 8
LONG = 2_000
TIMES = 40
SENTENCES = (
    "Gdzie jest moje zamówienie {number}?",
    "Chcę zwrócić żółte kalosze, rozmiar {size}.",
    "Kiedy dostanę zwrot pieniędzy za zamówienie {number}?",
    "Czy ten plecak jest dostępny w kolorze zielonym?",
    "Paczka nie dotarła, proszę o pomoc.",
)
SEARCHES = {"a rare word": "207123", "a word in a fifth of all messages": "kalosze", "two words": "zwrot pieniedzy"}


async def fill(database: Database, agent_id: int) -> tuple[str, str]:
    """The ids of the long conversation and of a plain one of the agent's."""
    now, chance = dt.datetime.now(dt.UTC), random.Random(7)
    conversations, links, messages, facts = [], [], [], []
    for index in range(CONVERSATIONS):
        number, at = f"{index:024x}", now - dt.timedelta(minutes=CONVERSATIONS - index)
        state = "assigned" if index < 2 else "waiting" if index % 50 == 0 else "resolved" if index % 3 else "bot"
        conversations.append(
            {
                "id": number, "state": state, "created_at": at, "updated_at": at, "last_customer_at": at,
                "assignee_id": agent_id if state == "assigned" else None,
                "waiting_since": at if state == "waiting" else None, "handoff": {"reason": "asked", "at": at.isoformat()},
            }
        )  # fmt: skip
        links.append(
            {"id": index + 1, "conversation_id": number, "channel": "web", "address": str(index), "created_at": at}
        )
        order = 200_000 + index
        facts.append(
            {
                "conversation_id": number, "key": "order_number", "value": str(order), "source": {"kind": "message"},
                "created_at": at,
            }
        )  # fmt: skip
        for turn in range(LONG if index == 0 else MESSAGES_EACH):
            text = chance.choice(SENTENCES).format(number=order, size=chance.randint(36, 46))
            messages.append(
                {
                    "conversation_id": number, "link_id": index + 1, "external_id": f"m{turn}", "text": text,
                    "sender": ("customer", "bot")[turn % 2], "created_at": at, "processed_at": at,
                }
            )  # fmt: skip
    async with database.write() as session:
        tables = ((Conversation, conversations), (ChannelLink, links), (Message, messages), (Fact, facts))
        for table, rows in tables:
            await session.execute(insert(table), rows)
    return f"{0:024x}", f"{1:024x}"


def told(what: str, milliseconds: list[float]) -> None:
    ordered = sorted(milliseconds)
    p95 = ordered[min(len(ordered) - 1, round(len(ordered) * 0.95))]
    print(f"{what:<58} p50 {statistics.median(ordered):7.1f}   p95 {p95:7.1f}   n {len(ordered)}")


async def timed(what: str, agent: Agent, path: str, times: int = 20) -> None:
    took = []
    for _ in range(times):
        begin = time.perf_counter()
        await agent.get(path)
        took.append((time.perf_counter() - begin) * 1000)
    told(what, took)


OPEN = """id => new Promise(done => {
  const begin = performance.now();
  const drawn = () => document.querySelector("#context .section") && document.querySelector("[data-message]")
    && !document.querySelector("#transcript[aria-busy=true]");
  new MutationObserver((_, watch) => {
    if (!drawn()) return;
    watch.disconnect();
    requestAnimationFrame(() => setTimeout(() => done(performance.now() - begin)));
  }).observe(document.querySelector("#desk"), { childList: true, subtree: true });
  location.hash = id;
})"""
CLOSE = "() => { location.hash = ''; return new Promise(done => setTimeout(done, 50)); }"
WATCH = """() => {
  window.seen = {};
  new MutationObserver(() => {
    for (const node of document.querySelectorAll("[data-message] > p")) window.seen[node.textContent] ??= Date.now();
  }).observe(document.querySelector("#transcript"), { childList: true, subtree: true });
}"""


async def opening(page: Page, ids: list[str], what: str) -> None:
    took = []
    for number in ids:
        await page.evaluate(CLOSE)
        took.append(await page.evaluate(OPEN, number))
    told(what, took)


async def arriving(page: Page, gateway: Running) -> None:
    """A customer who talks to an agent; each message is followed to the agent's open page."""
    customer = await gateway.customer()
    await customer.says("Chcę rozmawiać z człowiekiem")
    await page.evaluate("id => { location.hash = id; }", customer.conversation_id)
    await page.get_by_role("button", name="Przejmij", exact=True).click()
    await page.locator("[data-action=resolve]").wait_for()
    await page.evaluate(WATCH)
    took = []
    for index in range(TIMES):
        text = f"Wiadomość numer {index}."
        while (await customer.post(text=text))[0] == 429:
            await asyncio.sleep(2)
        accepted = time.time() * 1000
        await page.wait_for_function("text => window.seen[text]", arg=text)
        took.append(max(0.0, await page.evaluate("text => window.seen[text]", text) - accepted))
        await asyncio.sleep(0.2)
    told("customer's message: accepted → on the agent's screen", took)


async def main() -> None:
    chromium = next(filter(None, map(shutil.which, NAMES)))
    with tempfile.TemporaryDirectory() as folder:
        async with running_gateway(Path(folder), clock=SystemClock()) as gateway, async_playwright() as playwright:
            agent = await gateway.agent()
            me = await agent.get("/api/desk/me")
            long, plain = await fill(gateway.built.database, me["id"])
            print(f"{CONVERSATIONS} conversations of {MESSAGES_EACH} messages, one of {LONG}")
            for view in ("waiting", "mine", "all", "resolved"):
                await timed(f"GET conversations?view={view}", agent, f"/api/desk/conversations?view={view}")
            searches = {
                "a rare word": "207123",
                "a word in a fifth of all messages": "kalosze",
                "two words": "zwrot pieniedzy",
            }
            for what, words in searches.items():
                await timed(f"GET search: {what}", agent, f"/api/desk/search?q={words}")
            await timed("GET one of 2,000 messages", agent, f"/api/desk/conversations/{long}")
            browser = await playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
            context: Any = await browser.new_context(locale="pl-PL", viewport={"width": 1440, "height": 900})
            page = await context.new_page()
            await page.goto(gateway.url + "/desk")
            await page.get_by_label("E-mail").fill("ola@example.pl")
            await page.get_by_label("Hasło").fill(PASSWORD)
            await page.keyboard.press("Enter")
            await page.locator("#queue [data-conversation]").first.wait_for()
            some = [f"{index:024x}" for index in range(100, 100 + TIMES)]
            await opening(page, some, "opening a conversation")
            await opening(
                page, [long, plain] * (TIMES // 4), "opening the one of 2,000 messages, and a short one in turn"
            )
            await arriving(page, gateway)
            await browser.close()


if __name__ == "__main__":
    asyncio.run(main())
