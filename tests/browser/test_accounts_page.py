"""Setting up, inviting, one's own account: what a shop's first administrator and their people do, in a real browser."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import Browsers, Opened
from tests.running import PASSWORD, Running

NEW = "zupełnie inne hasło"
ENGLISH = {"locale": "en-GB"}
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


def serious(opened: Opened) -> list[str]:
    """Complaints of the console but for refusals that a test asked for: browsers report each as an error."""
    return [line for line in opened.complaints if "Failed to load resource" not in line]


async def log_in(browsers: Browsers, path: str, email: str, **options: Any) -> Opened:
    opened = await browsers.open(path, **{**ENGLISH, **options})
    await opened.page.get_by_label("E-mail").fill(email)
    await opened.page.get_by_label("Password", exact=True).fill(PASSWORD)
    await opened.page.keyboard.press("Enter")
    return opened


async def log_in_by_call(browsers: Browsers, email: str, password: str = PASSWORD, **options: Any) -> Opened:
    """A browser that is logged in, not yet on any staff page."""
    opened = await browsers.open("/healthz", **{**ENGLISH, **options})
    answer = await opened.context.request.post(
        f"{browsers.url}/api/desk/login", data={"email": email, "password": password}
    )
    assert answer.status == 200
    return opened


async def my_account(opened: Opened, browsers: Browsers) -> Any:
    """The dialog on a page with nothing else, as desk and studio open it."""
    await opened.page.goto(browsers.url + "/setup")
    await expect(opened.page.get_by_role("heading")).to_be_visible()
    await opened.page.evaluate(
        """async () => {
          const api = await import("/static/api.js");
          const { openAccount } = await import("/static/account.js");
          const user = await api.get("desk/me");
          api.useToken(user.csrf);
          openAccount(user, (now) => { document.title = now.name; });
        }"""
    )
    dialog = opened.page.get_by_role("dialog", name="My account")
    await expect(dialog.get_by_role("listitem").first).to_be_visible()
    return dialog


async def test_the_first_administrator_sets_the_product_up(browsers: Browsers, gateway: Running) -> None:
    code = await gateway.built.setup_links.for_first_admin()
    opened = await browsers.open(f"/setup#{code}")
    page = opened.page
    submit = page.get_by_role("button", name="Utwórz konto")
    await expect(page.get_by_role("heading", name="Witaj w TellOnce")).to_be_visible()
    await expect(page.get_by_label("Imię i nazwisko")).to_be_focused()
    await submit.click()
    await expect(page.get_by_text("To pole jest potrzebne.")).to_be_visible()
    await page.get_by_label("Imię i nazwisko").fill("Ewa Szef")
    await page.get_by_label("E-mail").fill("ewa")
    password = page.get_by_label("Hasło", exact=True)
    await password.fill("krótkie")
    await expect(page.get_by_text("Jeszcze 3 znaki.")).to_be_visible()
    await submit.click()
    await expect(page.get_by_text("To nie wygląda na adres e-mail.")).to_be_visible()
    await expect(page.get_by_label("E-mail")).to_be_focused()
    await page.get_by_label("E-mail").fill("ewa@sklep.pl")
    await submit.click()
    await expect(page.get_by_text("Hasło musi mieć co najmniej 10 znaków.")).to_be_visible()
    await password.fill("cztery zwykłe słowa tu")
    await expect(page.get_by_text("Mocne hasło.")).to_be_visible()
    await page.get_by_role("button", name="Pokaż hasło").click()
    await expect(password).to_have_attribute("type", "text")
    await page.get_by_role("button", name="English").click()
    await expect(page.get_by_role("heading", name="Welcome to TellOnce")).to_be_visible()
    await expect(page.get_by_label("Full name")).to_have_value("Ewa Szef")
    await page.get_by_role("button", name="Create the account").click()
    await page.wait_for_url("**/studio*")
    answer = await opened.context.request.get(f"{browsers.url}/api/desk/me")
    me = await answer.json()
    assert (me["name"], me["email"], me["role"], me["language"]) == ("Ewa Szef", "ewa@sklep.pl", "admin", "en")
    assert serious(opened) == []


async def test_without_a_right_link_the_page_says_what_to_do(browsers: Browsers, gateway: Running) -> None:
    opened = await browsers.open("/setup", **ENGLISH)
    page = opened.page
    await expect(page.get_by_role("heading", name="waits for its first administrator")).to_be_visible()
    await page.goto(f"{browsers.url}/setup#wrong")
    await expect(page.get_by_text("This link is wrong")).to_be_visible()
    await expect(page.get_by_role("link", name="Agents' desk")).to_have_attribute("href", "/desk")
    await expect(page.get_by_role("link", name="Studio")).to_have_attribute("href", "/studio")
    code = await gateway.built.setup_links.for_first_admin()
    await page.goto(f"{browsers.url}/setup#{code}")
    await expect(page.get_by_role("heading", name="Welcome")).to_be_visible()
    await gateway.built.accounts.add_user("ewa@sklep.pl", "admin", PASSWORD)
    await page.reload()
    await expect(page.get_by_role("heading", name="does not work any more")).to_be_visible()
    await page.goto(f"{browsers.url}/setup")
    await page.reload()
    await expect(page.get_by_role("heading", name="is set up already")).to_be_visible()
    assert serious(opened) == []


@pytest.mark.parametrize("path", ["/desk", "/studio"])
async def test_before_there_is_an_administrator_the_log_in_says_so(
    browsers: Browsers, gateway: Running, path: str
) -> None:
    opened = await browsers.open(path, **ENGLISH)
    notice = opened.page.get_by_text("no administrator yet")
    await expect(notice).to_be_visible()
    await gateway.built.accounts.add_user("ewa@sklep.pl", "admin", PASSWORD)
    await opened.page.reload()
    await expect(opened.page.get_by_label("E-mail")).to_be_visible()
    await expect(notice).to_be_hidden()


async def test_who_is_invited_chooses_a_password_and_works(browsers: Browsers, gateway: Running) -> None:
    await gateway.built.accounts.add_user("ewa@sklep.pl", "admin", PASSWORD, name="Ewa Szef")
    opened = await log_in(browsers, "/studio#users", "ewa@sklep.pl")
    page = opened.page
    await page.get_by_role("button", name="Invite somebody").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("E-mail").fill("EWA@sklep.pl")
    await dialog.get_by_label("Full name").fill("Jan Nowy")
    await dialog.get_by_label("Role").select_option("manager")
    await dialog.get_by_role("button", name="Invite somebody").click()
    await expect(dialog.get_by_text("There is an account with this e-mail already.")).to_be_visible()
    await dialog.get_by_label("E-mail").fill("jan@sklep.pl")
    await dialog.get_by_role("button", name="Invite somebody").click()
    shown = page.get_by_role("dialog", name="Invitation: Jan Nowy")
    link = await shown.get_by_label("Link").input_value()
    assert link.startswith(f"{gateway.url}/setup#")
    await expect(shown.get_by_role("link", name="Send by e-mail")).to_have_attribute("href", lambda_mail(link))
    await shown.get_by_role("button", name="Close").click()
    jan = page.get_by_role("listitem").filter(has_text="jan@sklep.pl")
    await expect(jan).to_contain_text("Manager")
    await expect(jan).to_contain_text("link until")

    invited = await browsers.open(link.removeprefix(gateway.url), locale="pl-PL")
    await expect(invited.page.get_by_role("heading", name="Jan Nowy")).to_be_visible()
    await expect(invited.page.get_by_label("E-mail")).to_have_value("jan@sklep.pl")
    await (
        invited.page.get_by_label("Password", exact=True).or_(invited.page.get_by_label("Hasło", exact=True)).fill(NEW)
    )
    await invited.page.keyboard.press("Enter")
    await invited.page.wait_for_url("**/desk*")
    me = await (await invited.context.request.get(f"{browsers.url}/api/desk/me")).json()
    assert (me["name"], me["role"]) == ("Jan Nowy", "manager")
    await page.reload()
    await expect(jan).to_contain_text("Manager")
    await expect(jan).not_to_contain_text("link until")
    assert serious(opened) == []


def lambda_mail(link: str) -> Any:
    import re
    from urllib.parse import quote

    return re.compile(re.escape("mailto:jan%40sklep.pl?") + ".*" + re.escape(quote(link, safe="")))


async def test_an_administrator_changes_closes_and_reopens_accounts(browsers: Browsers, gateway: Running) -> None:
    await gateway.built.accounts.add_user("ewa@sklep.pl", "admin", PASSWORD, name="Ewa Szef")
    ola = await gateway.agent()
    customer = await gateway.customer()
    await customer.says("Chcę rozmawiać z człowiekiem")
    await ola.does(customer.conversation_id, "claim")
    opened = await log_in(browsers, "/studio#users", "ewa@sklep.pl")
    page = opened.page
    row = page.get_by_role("listitem").filter(has_text="ola@example.pl")
    await expect(row).to_contain_text("1 open conversation")

    async def choose(name: str) -> None:
        await row.get_by_role("button", name="Actions").click()
        await page.get_by_role("menuitem", name=name).click()

    await choose("Edit")
    await page.get_by_role("dialog").get_by_label("Role").select_option("manager")
    await page.get_by_role("dialog").get_by_label("Full name").fill("Ola Kierownik")
    await page.get_by_role("dialog").get_by_role("button", name="Save").click()
    await expect(row).to_contain_text("Manager")
    await expect(row).to_contain_text("Ola Kierownik")
    await choose("Deactivate")
    dialog = page.get_by_role("dialog", name="Deactivate Ola Kierownik?")
    await expect(dialog).to_contain_text("1 open conversation goes back to the queue.")
    await dialog.get_by_role("button", name="Deactivate").click()
    await expect(page.get_by_text("1 conversation went back to the queue.")).to_be_visible()
    await expect(row).to_contain_text("deactivated")
    assert (await ola.call("GET", "/api/desk/me"))[0] == 401
    await choose("Activate")
    await expect(row).not_to_contain_text("deactivated")
    await choose("New password link")
    await expect(page.get_by_role("dialog", name="Password link: Ola Kierownik").get_by_label("Link")).to_be_visible()
    await page.keyboard.press("Escape")

    row = page.get_by_role("listitem").filter(has_text="ewa@sklep.pl")
    await row.get_by_role("button", name="Actions").click()
    await expect(page.get_by_role("menuitem", name="Edit")).to_be_visible()
    await expect(page.get_by_role("menuitem", name="Deactivate")).to_be_hidden()
    await page.get_by_role("menuitem", name="Edit").click()
    await page.get_by_role("dialog").get_by_label("Role").select_option("agent")
    await page.get_by_role("dialog").get_by_role("button", name="Save").click()
    await expect(page.get_by_text("This is the only active administrator.")).to_be_visible()
    await page.get_by_role("button", name="Cancel").click()
    await expect(row).to_contain_text("Administrator")
    assert serious(opened) == []


async def test_my_account(browsers: Browsers, gateway: Running) -> None:
    await gateway.built.accounts.add_user("ola@sklep.pl", "agent", PASSWORD, name="Ola Nowak")
    elsewhere = [await log_in_by_call(browsers, "ola@sklep.pl") for _ in range(3)]
    opened = await log_in_by_call(browsers, "ola@sklep.pl")
    page, dialog = opened.page, await my_account(opened, browsers)
    await expect(dialog).to_contain_text("ola@sklep.pl")
    await expect(dialog.get_by_label("Full name")).to_have_value("Ola Nowak")
    await dialog.get_by_label("Full name").fill("Ola z Obsługi")
    await dialog.get_by_role("button", name="Save").click()
    await expect(page).to_have_title("Ola z Obsługi")

    rows = dialog.get_by_role("listitem")
    await expect(rows).to_have_count(4)
    await expect(rows.first).to_contain_text("this device")
    await expect(rows.first).to_contain_text("127.0.0.1")
    await rows.last.get_by_role("button", name="Log out").click()
    await expect(rows).to_have_count(3)
    await dialog.get_by_role("button", name="Log out everywhere else").click()
    await expect(rows).to_have_count(1)
    for other in elsewhere:
        assert (await other.context.request.get(f"{browsers.url}/api/desk/me")).status == 401

    await dialog.get_by_label("Present password").fill("not the old one")
    await dialog.get_by_label("New password").fill(NEW)
    await dialog.get_by_role("button", name="Change password").click()
    await expect(dialog.get_by_text("This is not the present password.")).to_be_visible()
    await expect(dialog.get_by_label("Present password")).to_be_focused()
    await dialog.get_by_label("Present password").fill(PASSWORD)
    await dialog.get_by_role("button", name="Change password").click()
    await expect(page.get_by_text("Password changed.")).to_be_visible()
    await expect(dialog.get_by_label("New password")).to_have_value("")
    await log_in_by_call(browsers, "ola@sklep.pl", NEW)
    assert serious(opened) == []


async def wide(page: Page) -> bool:
    return bool(await page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))


async def test_on_a_phone_nothing_is_wider_than_the_screen(browsers: Browsers, gateway: Running) -> None:
    code = await gateway.built.setup_links.for_first_admin()
    setup = await browsers.open(f"/setup#{code}", **ENGLISH, **PHONE)
    await expect(setup.page.get_by_role("heading", name="Welcome")).to_be_visible()
    assert not await wide(setup.page)
    name = "Bartłomiej Brzęczyszczykiewicz-Chrząszczyżewoszycki"
    address = "bardzo.dlugi.adres.poczty.elektronicznej@obsluga-klienta.przyklad.example"
    await gateway.built.accounts.add_user(address, "admin", PASSWORD, name=name)
    account = await log_in_by_call(browsers, address, **PHONE)
    await my_account(account, browsers)
    assert not await wide(account.page)
    staff = await log_in(browsers, "/studio#users", address, **PHONE)
    await expect(staff.page.get_by_role("listitem").filter(has_text=name)).to_be_visible()
    assert not await wide(staff.page)


def test_every_word_of_the_pages_is_in_both_catalogues() -> None:
    import json
    import re

    from bot.settings import PROJECT

    web = PROJECT / "bot" / "web"
    pages = {
        "studio/static/users.js": "studio/static/texts",
        "static/account.js": None,
        "static/password.js": None,
        "accounts/static/setup.js": "accounts/static/texts",
    }
    for script, folder in pages.items():
        used = set(re.findall(r"""\bt\("(\w+)\"""", (web / script).read_text("utf-8")))
        assert used, script
        for language in ("pl", "en"):
            files = [web / place / f"{language}.json" for place in ("static/texts", folder) if place]
            known = {key for file in files for key in json.loads(Path(file).read_text("utf-8"))}
            missing = {key for key in used if key not in known and f"{key}_other" not in known}
            assert not missing, (script, language)


async def test_a_manager_sees_the_figures_and_an_agent_is_sent_to_the_desk(
    browsers: Browsers, gateway: Running
) -> None:
    await gateway.built.accounts.add_user("maria@sklep.pl", "manager", PASSWORD, name="Maria")
    await gateway.built.accounts.add_user("jan@sklep.pl", "agent", PASSWORD, name="Jan")
    await (await gateway.customer()).says("Chcę rozmawiać z człowiekiem")
    manager = await log_in(browsers, "/studio#intents", "maria@sklep.pl")
    await expect(manager.page.get_by_role("heading", name="Metrics", level=1)).to_be_visible()
    await expect(manager.page.get_by_text("Conversations", exact=True).first).to_be_visible()
    await expect(manager.page.get_by_text("Talking to a human").first).to_be_visible()
    await expect(manager.page.get_by_role("navigation").get_by_role("link")).to_have_count(1)
    agent = await log_in(browsers, "/studio", "jan@sklep.pl")
    await expect(agent.page.get_by_text("The studio is for admins")).to_be_visible()
    assert serious(manager) == [] and serious(agent) == []
