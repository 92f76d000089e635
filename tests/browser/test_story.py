"""The whole story of one customer and two agents at once, each in a browser of their own, with cuts and reloads."""

from __future__ import annotations

import asyncio
import re

from playwright.async_api import Locator, Page, Route, expect

from tests.browser.conftest import Browsers
from tests.browser.desks import COUNT_TONES
from tests.running import PASSWORD, Running

OLA, EWA = "Ola Nowak", "Ewa Lis"
REPLY = "Dzień dobry, już sprawdzam Pani sprawę."
NOTE = "Klientka pisze trzeci raz."


def chat(page: Page) -> Locator:
    """What was said, in the widget."""
    return page.get_by_role("log")


def talk(page: Page) -> Locator:
    """What was said, at the desk."""
    return page.locator("#transcript")


async def customer_at(browsers: Browsers) -> Page:
    page = (await browsers.open()).page
    await page.get_by_role("button", name=re.compile("^Otwórz czat")).click()
    await expect(page.get_by_label("Napisz wiadomość")).to_be_visible()
    return page


async def write(page: Page, text: str) -> None:
    await page.get_by_label("Napisz wiadomość").fill(text)
    await page.keyboard.press("Enter")


async def agent_at(browsers: Browsers, gateway: Running, name: str) -> Page:
    email = f"{name.split()[0].lower()}@example.pl"
    await gateway.built.accounts.add_user(email, role="agent", password=PASSWORD, name=name)
    opened = await browsers.open("/desk", viewport={"width": 1400, "height": 850})
    page = opened.page
    await page.add_init_script(COUNT_TONES)
    await page.reload()
    await page.get_by_label("E-mail").fill(email)
    await page.get_by_label("Hasło").fill(PASSWORD)
    await page.keyboard.press("Enter")
    await expect(page.locator("#queue-empty")).to_contain_text("Nikt nie czeka")
    return page


async def reply(page: Page, text: str) -> None:
    await page.get_by_label("Treść wiadomości").fill(text)
    await page.keyboard.press("Enter")
    await expect(page.locator("article.agent:not(.pending)").filter(has_text=text)).to_have_count(1)


async def test_one_customer_and_two_agents(browsers: Browsers, gateway: Running) -> None:
    customer = await customer_at(browsers)
    ola, ewa = await agent_at(browsers, gateway, OLA), await agent_at(browsers, gateway, EWA)

    # The bot answers; then a person is asked for, and both agents see and hear it.
    await write(customer, "Jakie są sposoby dostawy?")
    await expect(chat(customer)).to_contain_text("paczkomat", ignore_case=True)
    await write(customer, "Chcę rozmawiać z człowiekiem")
    for desk in (ola, ewa):
        await expect(desk.locator("#queue [data-conversation]")).to_have_count(1)
        await expect(desk).to_have_title("(1) TellOnce")
        await desk.wait_for_function("window.tones > 0")
        await desk.locator("#queue [data-conversation]").click()
        await expect(desk.locator('[data-section="why"]')).to_contain_text("Klient prosi")
        await expect(desk.get_by_role("button", name="Przejmij", exact=True)).to_be_visible()

    await both_claim(ola, ewa)
    await expect(customer.get_by_text(OLA).first).to_be_visible()

    # A note stays among colleagues; a reply reaches the customer with the agent's name.
    await ola.get_by_label("Notatka wewnętrzna").check()
    await ola.get_by_label("Treść wiadomości").fill(NOTE)
    await ola.get_by_role("button", name="Dodaj notatkę").click()
    await expect(ewa.locator("article.note")).to_contain_text(NOTE)
    await expect(ola.get_by_label("Odpowiedź", exact=True)).to_be_checked()
    await reply(ola, REPLY)
    await expect(chat(customer)).to_contain_text(REPLY)
    await expect(chat(customer)).not_to_contain_text(NOTE)
    await expect(talk(ewa)).to_contain_text(REPLY)

    await a_picture_is_sent(ola, customer)
    await cut_off(customer, ola)
    await reloaded(customer, ola)

    # Ola passes it to Ewa, who gives it back to the bot, which answers again.
    await ola.get_by_role("button", name="Przekaż").click()
    dialog = ola.get_by_role("dialog")
    await dialog.get_by_label("Komu").select_option(label=f"{EWA} – w panelu")
    await dialog.get_by_role("button", name="Przekaż").click()
    await expect(ola.locator("#state")).to_contain_text(EWA)
    await expect(ewa.locator("#state")).to_contain_text(f"{EWA} (ja)")
    await expect(customer.get_by_text(EWA).first).to_be_visible()
    await reply(ewa, "Tu Ewa, etykieta jest w drodze.")
    await expect(chat(customer)).to_contain_text("Tu Ewa, etykieta jest w drodze.")
    await ewa.get_by_role("button", name="Oddaj botowi").click()
    dialog = ewa.get_by_role("dialog")
    await dialog.get_by_label("Co dalej").select_option("done")
    await dialog.get_by_role("button", name="Oddaj botowi").click()
    await expect(ewa.locator("#state")).to_contain_text("rozmawia bot")
    await write(customer, "Jakie są metody płatności?")
    await expect(chat(customer)).to_contain_text("BLIK")

    # Taken over from the bot and resolved; the customer is told.
    await ewa.get_by_role("button", name="Przejmij od bota").click()
    await expect(ewa.locator("#state")).to_contain_text(f"{EWA} (ja)")
    await ewa.get_by_role("button", name="Zakończ").click()
    dialog = ewa.get_by_role("dialog")
    await dialog.get_by_label("Wynik").select_option("solved")
    await dialog.get_by_label("Notatka").fill("Etykieta wysłana")
    await dialog.get_by_role("button", name="Zakończ").click()
    await expect(ewa.locator("#state")).to_contain_text("zakończona")
    await expect(chat(customer)).to_contain_text("zakończył")
    await expect(chat(customer)).not_to_contain_text("Etykieta wysłana")
    await expect(ola.locator("#state")).to_contain_text("zakończona")


async def both_claim(ola: Page, ewa: Page) -> None:
    """Ewa's claim is under way when Ola's is through: she hears who has it."""
    taken = asyncio.Event()

    async def slow(route: Route) -> None:
        await taken.wait()
        await route.continue_()

    await ewa.route("**/claim", slow)
    await ewa.get_by_role("button", name="Przejmij", exact=True).click()
    await ola.get_by_role("button", name="Przejmij", exact=True).click()
    await expect(ola.locator("#state")).to_contain_text(f"{OLA} (ja)")
    taken.set()
    await expect(ewa.locator(".toast")).to_contain_text(f"Tę rozmowę prowadzi już {OLA}")
    await expect(ewa.locator("#state")).to_contain_text(OLA)
    await ewa.unroute("**/claim")


async def a_picture_is_sent(desk: Page, customer: Page) -> None:
    png = bytes.fromhex(
        "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
        "1f15c4890000000a49444154789c6360000000020001e221bc330000000049454e44ae426082"
    )
    picker = desk.locator("#file")
    await picker.set_input_files([{"name": "etykieta.png", "mimeType": "image/png", "buffer": png}])
    await expect(desk.locator("#files progress")).to_have_count(0)
    await desk.get_by_role("button", name="Wyślij", exact=True).click()
    await expect(desk.locator("article.agent:not(.pending) img")).to_have_count(1)
    await expect(chat(customer).get_by_role("img", name="etykieta.png")).to_be_visible()


async def cut_off(customer: Page, desk: Page) -> None:
    """What either side writes while its network is gone arrives once when it is back."""
    await customer.context.set_offline(True)
    await write(customer, "Piszę z tunelu")
    await reply(desk, "Czy jest tam Pani?")
    await customer.context.set_offline(False)
    await expect(talk(desk).locator("article.customer").filter(has_text="Piszę z tunelu")).to_have_count(1)
    await expect(chat(customer).get_by_text("Czy jest tam Pani?")).to_have_count(1)

    await desk.context.set_offline(True)
    await expect(desk.locator("#connection")).to_contain_text("Brak sieci")
    await desk.get_by_label("Treść wiadomości").fill("Odpowiedź z windy")
    await desk.keyboard.press("Enter")
    await expect(desk.locator("article.pending")).to_contain_text("Czeka na połączenie")
    await write(customer, "Jestem, jestem")
    await expect(chat(customer)).to_contain_text("Jestem, jestem")
    await desk.context.set_offline(False)
    await expect(talk(desk).locator("article.customer").filter(has_text="Jestem, jestem")).to_have_count(1)
    await expect(talk(desk).locator("article.agent:not(.pending)").filter(has_text="Odpowiedź z windy")).to_have_count(
        1
    )
    await expect(desk.locator("article.pending")).to_have_count(0)
    await expect(chat(customer).get_by_text("Odpowiedź z windy")).to_have_count(1)


async def reloaded(customer: Page, desk: Page) -> None:
    """After a reload of either side everything is there, once."""
    said = await talk(desk).locator("[data-message] > p").all_inner_texts()
    await desk.get_by_label("Treść wiadomości").fill("Niedokończone zdanie")
    await desk.reload()
    await expect(desk.get_by_label("Treść wiadomości")).to_have_value("Niedokończone zdanie")
    await expect(talk(desk).locator("[data-message] > p")).to_have_text(
        [re.compile(re.escape(s.strip()[:20])) for s in said]
    )
    await desk.get_by_label("Treść wiadomości").fill("")
    await customer.reload()
    await expect(chat(customer)).to_contain_text("Odpowiedź z windy")
    for text in (REPLY, "Piszę z tunelu", "Odpowiedź z windy"):
        await expect(chat(customer).get_by_text(text, exact=True)).to_have_count(1)
