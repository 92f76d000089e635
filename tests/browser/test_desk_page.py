"""What an agent does at the desk, in a real browser: by mouse and by keys, at a desk's width and at a phone's."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Page, Route, async_playwright, expect

from bot.domain.conversation import State
from bot.services.transcript import announce
from bot.storage.tables import ChannelLink, Conversation, Delivery, Fact, Message
from tests.browser.conftest import ARGUMENTS
from tests.browser.desks import Desks, row, show, take, text
from tests.desk_world import World, desk_server, desk_world
from tests.unit.test_handoff_context import fill_shop, handed_over

PHONE = {"width": 390, "height": 844}
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000a49444154789c6360000000020001e221bc330000000049454e44ae426082"
)


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
    await row(page, number).click()
    await expect(page.get_by_role("heading", name="Anna Kowalska")).to_be_visible()
    await expect(page.locator('[data-section="why"]')).to_contain_text("asked for a human")
    await expect(page.get_by_role("radio", name="Reply")).to_be_disabled()
    await page.get_by_role("button", name="Claim", exact=True).click()
    await expect(page.locator("#state")).to_contain_text("Ola (me)")
    # The claim has taken the bot's button out of the customer's hands, and the open page shows it.
    await expect(page.locator(".offer")).to_have_class("offer expired")

    await text(page).fill("I am sorry <b>about</b> that.")
    await page.keyboard.press("Enter")
    await expect(page.locator("article.agent")).to_contain_text("I am sorry <b>about</b> that.")
    await expect(page.locator("article.agent")).to_have_count(1)
    await expect(text(page)).to_have_value("")

    await world.customer_writes(number, "Thanks!", processed=True)
    world.bell.ring("desk")
    await expect(page.locator("article.customer").last).to_contain_text("Thanks!")

    await page.get_by_role("button", name="Resolve").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Outcome").select_option("solved")
    await dialog.get_by_label("Note").fill("Sent again")
    await dialog.get_by_role("button", name="Resolve").click()
    await expect(page.locator("#state")).to_contain_text("resolved")
    assert (await world.get(number)).outcome["note"] == "Sent again"
    assert desks.complaints == []


async def test_everything_by_keys(desks: Desks) -> None:
    world = desks.world
    first = await world.conversation(State.WAITING)
    world.clock.move(minutes=1)
    second = await world.conversation(State.WAITING)
    await world.user("Ewa")
    page = await desks.open(await world.user("Ola"))
    await expect(row(page, second)).to_be_visible()
    press = page.keyboard.press
    await press("j")
    await expect(row(page, first)).to_be_focused()
    await press("j")
    await expect(row(page, second)).to_be_focused()
    await press("k")
    await expect(row(page, first)).to_be_focused()
    await press("Enter")
    await expect(page.locator("#actions button")).to_have_count(1)
    await press("c")
    await expect(page.locator("#state")).to_contain_text("Ola (me)")
    await press("r")
    await expect(text(page)).to_be_focused()
    await page.keyboard.type("cet b?")
    await expect(text(page)).to_have_value("cet b?")
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await press("Enter")
    await expect(page.locator("article.agent")).to_contain_text("cet b?")
    await press("Escape")
    await expect(text(page)).not_to_be_focused()
    await press("n")
    await expect(page.get_by_role("radio", name="Internal note")).to_be_checked()
    await page.keyboard.type("for colleagues")
    await press("Enter")
    await expect(page.locator("article.note")).to_contain_text("for colleagues")
    await press("Escape")
    await press("1")
    await expect(text(page)).not_to_have_value("")
    await text(page).fill("")
    await press("Escape")
    for key, title in (
        ("t", "Transfer the conversation"),
        ("b", "Return to the bot"),
        ("e", "Resolve"),
        ("?", "Keyboard"),
    ):
        await press(key)
        await expect(page.get_by_role("dialog").get_by_role("heading", name=title)).to_be_visible()
        await press("Escape")
        await expect(page.get_by_role("dialog")).to_have_count(0)
    await press("s")
    await expect(page.get_by_role("menuitem", name="For half an hour")).to_be_focused()
    await press("ArrowDown")
    await expect(page.get_by_role("menuitem", name="For an hour")).to_be_focused()
    await press("Escape")
    await expect(page.get_by_role("menuitem", name="For an hour")).to_be_hidden()
    await press("g")
    await press("m")
    await expect(page.get_by_role("tab", name="Mine")).to_have_attribute("aria-selected", "true")
    await expect(row(page, first)).to_be_visible()
    await press("/")
    await expect(page.get_by_label("Search conversations")).to_be_focused()
    await press("Escape")
    await press("u")
    await expect(row(page, first)).to_be_focused()
    assert desks.complaints == []


async def test_the_loser_of_a_race_sees_who_won(desks: Desks) -> None:
    world = desks.world
    number = await world.conversation(State.WAITING)
    ewa = await world.user("Ewa")
    page = await desks.open(await world.user("Ola"))
    await row(page, number).click()

    async def too_late(route: Route) -> None:
        await world.desk.claim(ewa, number)
        await route.continue_()

    await page.route("**/claim", too_late)
    await page.get_by_role("button", name="Claim", exact=True).click()
    await expect(page.locator(".toast")).to_contain_text("Ewa has this conversation already")
    await expect(page.locator("#state")).to_contain_text("Ewa")
    await expect(page.locator("#queue-empty")).to_contain_text("Nobody is waiting")
    await expect(page.get_by_role("radio", name="Reply")).to_be_disabled()
    await text(page).fill("Known to me")
    await page.get_by_role("button", name="Add note").click()
    await expect(page.locator("article.note")).to_contain_text("Known to me")


async def test_a_waiting_customer_is_seen_and_heard(desks: Desks) -> None:
    world = desks.world
    page = await desks.open(await world.user("Ola"))
    await expect(page.locator("#queue-empty")).to_contain_text("Nobody is waiting")
    number = await world.conversation(State.WAITING)
    await hand_over(world, number)
    await expect(row(page, number)).to_be_visible()
    await expect(page).to_have_title("(1) TellOnce")
    await expect(page.get_by_role("tab", name="Waiting")).to_contain_text("1")
    assert await page.evaluate("window.tones") == 1
    await page.get_by_role("button", name="Sound").click()
    await expect(page.get_by_role("button", name="Sound")).to_have_attribute("aria-pressed", "false")
    other = await world.conversation(State.WAITING)
    await hand_over(world, other)
    await expect(row(page, other)).to_be_visible()
    assert await page.evaluate("window.tones") == 1


async def hand_over(world: World, number: str) -> None:
    """As a bot's turn announces it."""
    async with world.database.write() as session:
        announce(session, number, "state", "bot", world.clock.now(), state="waiting", reason="asked")
    world.bell.ring("desk")


async def test_desktop_notices_are_asked_for_by_a_button_only(desks: Desks) -> None:
    page = await desks.open(await desks.world.user("Ola"))
    await expect(page.get_by_text("Show a desktop notification")).to_be_visible()
    await page.get_by_role("button", name="Not now").click()
    await expect(page.get_by_text("Show a desktop notification")).to_be_hidden()
    await page.reload()
    await expect(page.get_by_role("tab", name="Waiting")).to_be_visible()
    await expect(page.get_by_text("Show a desktop notification")).to_be_hidden()


async def test_passing_on_putting_aside_and_giving_back(desks: Desks) -> None:
    world = desks.world
    ola, _ = await world.user("Ola", "manager"), await world.user("Ewa")
    suspended = {"stack": [{"flow": "start_return", "answers": {}}], "question": None}
    number = await world.conversation(State.ASSIGNED, ola, dialogue=suspended)
    page = await desks.open(ola)
    await show(page, number)
    await page.get_by_role("button", name="Add a fact").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("What", exact=True).select_option("phone")
    await dialog.get_by_label("Value").fill("not a phone")
    await dialog.get_by_role("button", name="Save").click()
    await expect(dialog.get_by_role("alert").filter(has_text=" ")).to_be_visible()
    await dialog.get_by_label("Value").fill("601 234 567")
    await dialog.get_by_role("button", name="Save").click()
    await expect(page.locator("#context")).to_contain_text("+48601234567")
    await page.get_by_role("button", name="Snooze").click()
    await page.get_by_role("menuitem", name="Another time").click()
    until = (world.clock.now() + dt.timedelta(days=2)).strftime("%Y-%m-%dT%H:%M")
    await dialog.get_by_label("Until").fill(until)
    await dialog.get_by_role("button", name="Snooze").click()
    await expect(page.locator("#state")).to_contain_text("snoozed until")
    await page.get_by_role("button", name="Back to it").click()
    await expect(page.locator("#state")).to_contain_text("in progress")
    await page.get_by_role("button", name="Transfer").click()
    await dialog.get_by_role("button", name="Transfer").click()
    await expect(page.locator("#state")).to_contain_text("Ewa")
    await page.get_by_role("button", name="Return to the bot").click()
    await dialog.get_by_role("button", name="Return to the bot").click()
    await expect(page.locator("#state")).to_contain_text("with the bot")
    assert world.resumed == [number]


async def test_a_draft_is_kept_for_each_conversation(desks: Desks) -> None:
    world = desks.world
    ola = await world.user("Ola")
    first, second = await world.conversation(State.ASSIGNED, ola), await world.conversation(State.ASSIGNED, ola)
    page = await desks.open(ola)
    await show(page, first)
    await text(page).fill("Half a sentence")
    await show(page, second)
    await expect(text(page)).to_have_value("")
    await text(page).fill("Another one")
    await page.reload()
    await expect(text(page)).to_have_value("Another one")
    await show(page, first)
    await expect(text(page)).to_have_value("Half a sentence")
    await page.keyboard.press("Escape")
    await text(page).press("Enter")
    await expect(page.locator("article.agent:not(.pending)")).to_contain_text("Half a sentence")
    await page.reload()
    await expect(page.locator("article.agent")).to_have_count(1)
    await expect(text(page)).to_have_value("")


async def test_asking_for_what_is_known_is_pointed_out(desks: Desks) -> None:
    world = desks.world
    number = await handed_over(world, customer_id="C1")
    page = await desks.open(await world.user("Ola"))
    await take(page, number)
    known = page.locator("#known")
    for question, answer in {
        "Could you tell me your order number?": "100483",
        "Poproszę o numer zamówienia.": "100483",
        "What e-mail address did you use?": "anna@example.pl",
        "Proszę podać numer telefonu": "+48601234567",
        "Jak się Pani nazywa? Proszę o imię i nazwisko": "Anna Kowalska",
        "Which size do you need?": "42",
    }.items():
        await text(page).fill(question)
        await expect(known).to_contain_text(answer)
    for harmless in ("Your order number is on its way.", "Is it order number 100483?", "Thank you for the e-mail."):
        await text(page).fill(harmless)
        await expect(known).to_be_empty()
    await text(page).fill("Please tell me your order number:")
    await known.get_by_role("button", name="Insert").click()
    await expect(text(page)).to_have_value("Please tell me your order number: 100483")
    await expect(known).to_be_empty()
    await text(page).fill("What is your e-mail?")
    await known.get_by_role("button", name="show message").click()
    await expect(page.locator(".message.found")).to_contain_text("Where is my parcel?")
    await known.get_by_role("button", name="Dismiss").click()
    await expect(known).to_be_empty()
    await expect(text(page)).to_have_value("What is your e-mail?")


async def test_files_are_sent_with_a_message(desks: Desks, tmp_path: Path) -> None:
    world = desks.world
    ola = await world.user("Ola")
    number = await world.conversation(State.ASSIGNED, ola)
    page = await desks.open(ola)
    await show(page, number)
    picker = page.locator("#file")
    await picker.set_input_files([{"name": "label.png", "mimeType": "image/png", "buffer": PNG}])
    await expect(page.locator("#files .chip")).to_contain_text("label.png")
    await expect(page.locator("#files progress")).to_have_count(0)
    await picker.set_input_files([{"name": "virus.png", "mimeType": "image/png", "buffer": b"MZ"}])
    await expect(page.locator("#files .chip.bad")).to_contain_text("virus.png")
    await page.get_by_role("button", name="Remove virus.png").click()
    await page.reload()
    await expect(page.locator("#files .chip")).to_contain_text("label.png")
    await paste(page)
    await expect(page.locator("#files .chip")).to_have_count(2)
    await expect(page.locator("#files progress")).to_have_count(0)
    await page.get_by_role("button", name="Send").click()
    await expect(page.locator("article.agent:not(.pending) img")).to_have_count(2)
    await expect(page.locator("#files .chip")).to_have_count(0)


async def paste(page: Page) -> None:
    """A picture from the clipboard."""
    script = """bytes => {
      const data = new DataTransfer();
      data.items.add(new File([new Uint8Array(bytes)], "shot.png", { type: "image/png" }));
      document.querySelector("#text").dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true }));
    }"""
    await page.evaluate(script, list(PNG))


async def test_searching(desks: Desks) -> None:
    world = desks.world
    number = await world.conversation(State.RESOLVED)
    message = await world.customer_writes(number, "Czy są żółte kalosze?", processed=True)
    for index in range(80):
        await world.customer_writes(number, f"Message {index}", processed=True)
    page = await desks.open(await world.user("Ola"))
    await page.get_by_label("Search conversations").fill("ZOLTE")
    found = page.locator("#found [data-conversation]")
    await expect(found).to_have_count(1)
    await expect(found.locator("mark")).to_have_text("żółte")
    await page.keyboard.press("ArrowDown")
    await expect(found).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.locator(f"#message-{message}")).to_be_focused()
    await page.get_by_label("Search conversations").fill("nothing like it")
    await expect(page.locator("#found")).to_contain_text("Nothing found")
    await page.get_by_role("button", name="Back to the queue").click()
    await expect(page.get_by_role("tab", name="Waiting")).to_be_visible()


async def long_conversation(world: World, messages: int, assignee: object) -> str:
    number = await world.conversation(State.ASSIGNED, assignee)  # type: ignore[arg-type]
    now = world.clock.now()
    async with world.database.write() as session:
        link = (await world.all(ChannelLink, number))[0].id
        session.add_all(
            Message(
                conversation_id=number, link_id=link, external_id=f"x{index}", sender="customer", text=f"Message {index}",
                created_at=now, processed_at=now,
            )
            for index in range(messages)
        )  # fmt: skip
    return number


async def test_of_two_thousand_messages_only_a_window_is_in_the_page(desks: Desks) -> None:
    world = desks.world
    ola = await world.user("Ola")
    number = await long_conversation(world, 2000, ola)
    first = (await world.said(number))[1].id
    async with world.database.write() as session:
        source = {"kind": "message", "message_id": first}
        session.add(Fact(conversation_id=number, key="size", value="42", source=source, created_at=world.clock.now()))
    page = await desks.open(ola)
    await show(page, number)
    messages = page.locator("[data-message]")
    await expect(messages.last).to_contain_text("Message 1999")
    for text_ in ("Message 1920", "Message 1860", "Message 1800", "Message 1740"):
        await page.locator("#transcript").evaluate("node => { node.scrollTop = 0; }")
        await expect(messages.filter(has_text=text_)).to_have_count(1)
    assert await messages.count() <= 181
    await expect(messages.filter(has_text="Message 1999")).to_have_count(0)
    await page.get_by_role("button", name="from a message").click()
    await expect(page.locator(f"#message-{first}")).to_be_focused()
    await expect(page.locator(".message.found")).to_contain_text("Where is my parcel?")
    await world.customer_writes(number, "While reading old ones", processed=True)
    world.bell.ring("desk")
    await page.get_by_role("button", name="1 new message").click()
    await expect(messages.last).to_contain_text("While reading old ones")
    await expect(messages.last).to_be_in_viewport()
    assert desks.complaints == []


async def test_of_a_long_queue_only_what_is_in_sight_is_in_the_page(desks: Desks) -> None:
    world = desks.world
    numbers = []
    for _ in range(130):
        world.clock.move(seconds=1)
        numbers.append(await world.conversation(State.WAITING))
    page = await desks.open(await world.user("Ola"))
    await expect(row(page, numbers[0])).to_be_visible()
    rows = page.locator("#queue [data-conversation]")
    assert await rows.count() < 40
    await expect(page.get_by_role("tab", name="Waiting")).to_contain_text("130")
    await page.keyboard.press("j")
    await expect(row(page, numbers[0])).to_be_focused()
    for number in numbers[1:60]:
        await page.keyboard.press("j")
        await expect(row(page, number)).to_be_focused()
    assert await rows.count() < 40


async def test_what_is_written_without_a_network_goes_once(desks: Desks) -> None:
    world = desks.world
    ola = await world.user("Ola")
    number = await world.conversation(State.ASSIGNED, ola)
    page = await desks.open(ola)
    await show(page, number)
    await page.context.set_offline(True)
    await expect(page.locator("#connection")).to_contain_text("Offline")
    await text(page).fill("Written in a tunnel")
    await page.keyboard.press("Enter")
    pending = page.locator("article.pending")
    await expect(pending).to_contain_text("Waiting for the connection")
    await world.customer_writes(number, "Meanwhile", processed=True)
    world.bell.ring("desk")
    await page.context.set_offline(False)
    await expect(page.locator("article.agent:not(.pending)")).to_contain_text("Written in a tunnel")
    await expect(pending).to_have_count(0)
    await expect(page.locator("article.customer").filter(has_text="Meanwhile")).to_have_count(1)
    await expect(page.locator("#connection")).to_be_hidden()
    assert [m.text for m in await world.said(number)].count("Written in a tunnel") == 1


async def test_an_answer_lost_on_the_way_doubles_nothing(desks: Desks) -> None:
    world = desks.world
    ola = await world.user("Ola")
    number = await world.conversation(State.ASSIGNED, ola)
    page = await desks.open(ola)
    await show(page, number)
    lost = asyncio.Event()

    async def lose(route: Route) -> None:
        await route.fetch()
        lost.set()
        await route.abort()

    await page.route("**/messages", lose, times=1)
    await text(page).fill("Only once")
    await page.keyboard.press("Enter")
    await lost.wait()
    await page.reload()
    await expect(page.locator("article.agent:not(.pending)")).to_contain_text("Only once")
    await expect(page.locator("article.agent")).to_have_count(1)
    assert [m.text for m in await world.said(number)].count("Only once") == 1


async def test_what_is_refused_can_be_taken_back(desks: Desks) -> None:
    world = desks.world
    ola, ewa = await world.user("Ola"), await world.user("Ewa")
    number = await world.conversation(State.ASSIGNED, ola)
    page = await desks.open(ola)
    await show(page, number)

    async def too_late(route: Route) -> None:
        await world.desk.transfer(ola, number, ewa.id)
        await route.continue_()

    await page.route("**/messages", too_late, times=1)
    await text(page).fill("Not mine any more")
    await page.keyboard.press("Enter")
    failed = page.locator("article.pending")
    await expect(failed.get_by_role("button", name="Send again")).to_be_visible()
    await expect(page.locator("#state")).to_contain_text("Ewa")
    await failed.get_by_role("button", name="Back to editing").click()
    await expect(failed).to_have_count(0)
    await expect(text(page)).to_have_value("Not mine any more")


async def test_a_failed_delivery_is_sent_again(desks: Desks) -> None:
    world = desks.world
    ola = await world.user("Ola")
    number = await world.conversation(State.ASSIGNED, ola)
    message, _ = await world.desk.reply(ola, number, "To Telegram", "c")
    async with world.database.write() as session:
        now = world.clock.now()
        link = ChannelLink(conversation_id=number, channel="telegram", address="7", active=True, created_at=now)
        session.add(link)
        await session.flush()
        session.add(
            Delivery(
                message_id=message, link_id=link.id, status="dead", attempts=6, error="blocked", next_attempt_at=now
            )
        )
    page = await desks.open(ola)
    await show(page, number)
    await expect(page.locator(f"#message-{message}")).to_contain_text("Not delivered (Telegram)")
    await page.get_by_role("button", name="Send again").click()
    await expect(page.locator(f"#message-{message}")).to_contain_text("Queued (Telegram)")


async def test_folded_sections_stay_folded(desks: Desks) -> None:
    world = desks.world
    number = await handed_over(world, customer_id="C1")
    page = await desks.open(await world.user("Ola"))
    await show(page, number)
    orders = page.locator('[data-section="orders"]')
    await expect(orders.get_by_text("DPD X1")).to_be_visible()
    await expect(page.locator('[data-section="cases"]')).to_contain_text("R-7")
    await orders.locator("summary").click()
    await expect(orders.get_by_text("DPD X1")).to_be_hidden()
    await page.reload()
    await expect(orders).to_be_visible()
    await expect(orders.get_by_text("DPD X1")).to_be_hidden()


async def test_a_previous_conversation_is_opened(desks: Desks) -> None:
    world = desks.world
    earlier = await world.conversation(State.RESOLVED, customer_id="C1", outcome={"outcome": "solved", "by": "Ewa"})
    number = await handed_over(world, customer_id="C1")
    page = await desks.open(await world.user("Ola"))
    await show(page, number)
    await page.locator('[data-section="previous"] button').click()
    await expect(page.locator("#state")).to_contain_text("resolved")
    assert page.url.endswith(f"#{earlier}")
    await page.go_back()
    await expect(page.locator("#state")).to_contain_text("waiting for a person")


async def test_the_words_change_with_the_language(desks: Desks) -> None:
    number = await handed_over(desks.world)
    page = await desks.open(await desks.world.user("Ola"))
    await show(page, number)
    await text(page).fill("Kept")
    await page.get_by_role("button", name="Account: Ola").click()
    await page.get_by_role("menuitem", name="Polski").click()
    await expect(page.get_by_role("tab", name="Czekają")).to_be_visible()
    await expect(page.locator('[data-section="why"]')).to_contain_text("Klient prosi")
    await expect(page.get_by_label("Treść wiadomości")).to_have_value("Kept")
    await page.get_by_role("button", name="Konto: Ola").click()
    await page.get_by_role("menuitem", name="Wyloguj się").click()
    await expect(page.get_by_role("button", name="Zaloguj się")).to_be_visible()
    await expect(page.locator("#desk")).to_be_hidden()
    await expect(page.locator("#transcript")).to_be_empty()


async def test_without_sockets_the_desk_polls(desks: Desks) -> None:
    world = desks.world
    page = await desks.open(await world.user("Ola"))
    await page.add_init_script("window.WebSocket = class { static OPEN = 1; close() {} };")
    await page.reload()
    await expect(page.locator("#queue-empty")).to_contain_text("Nobody is waiting")
    number = await world.conversation(State.WAITING)
    await expect(row(page, number)).to_be_visible(timeout=30_000)


async def test_on_a_phone_one_thing_at_a_time(desks: Desks) -> None:
    number = await handed_over(desks.world)
    page = await desks.open(await desks.world.user("Ola"), viewport=PHONE, has_touch=True)
    await row(page, number).tap()
    await expect(page.locator("#queue")).to_be_hidden()
    await expect(text(page)).to_be_visible()
    await page.get_by_role("button", name="Context").tap()
    await expect(page.locator('[data-section="why"]')).to_be_visible()
    await page.get_by_role("button", name="Conversation", exact=True).tap()
    await expect(text(page)).to_be_visible()
    wide = await page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    assert not wide
    await page.get_by_role("button", name="Queue", exact=True).tap()
    await expect(row(page, number)).to_be_visible()
    await expect(text(page)).to_be_hidden()
    conversation = await desks.world.get(number)
    assert isinstance(conversation, Conversation) and conversation.state == "waiting"
