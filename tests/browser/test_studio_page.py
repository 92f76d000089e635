"""The studio in a real browser: an admin who is no programmer teaches the assistant something new."""

from __future__ import annotations

import json
import re
import shutil
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, expect

from bot.services.project_files import ProjectFiles
from bot.services.training_process import TrainingSettings
from bot.settings import PROJECT
from bot.storage.tables import Unrecognised
from tests.browser.conftest import Browsers, Opened
from tests.running import PASSWORD, Running, running_gateway
from tests.studio_world import TRAINER

ADMIN = "anna@example.pl"
QUESTION = "czy pakujecie na prezent"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the project with a trainer that is quick; what it reports is in plan.json."""
    root = tmp_path / "project"
    shutil.copytree(PROJECT / "data", root / "data", ignore=shutil.ignore_patterns("shop", "knowledge"))
    for name in ("domain.yml", "config.yml"):
        shutil.copy(PROJECT / name, root)
    (root / "trainer.py").write_text(TRAINER, "utf-8")
    plan(root)
    return root


def plan(root: Path, f1: float = 0.9, **more: Any) -> None:
    score = {"precision": f1, "recall": f1, "f1": f1, "support": 12}
    wrong = (
        [{"text": "oddam buty", "language": "pl", "intent": "start_return", "predicted": "greet"}] if f1 < 0.9 else []
    )
    intents = {"start_return": score, "greet": {**score, "f1": 0.9}}
    report = {"accuracy": {"pl": f1, "en": f1}, "intents": intents, "wrong": wrong}
    (root / "plan.json").write_text(json.dumps({"report": report, **more}), "utf-8")


@pytest.fixture
async def gateway(tmp_path: Path, project: Path) -> AsyncIterator[Running]:
    command = (sys.executable, str(project / "trainer.py"))
    settings = TrainingSettings(root=project, models=tmp_path / "models", command=command)
    async with running_gateway(tmp_path, training=settings) as running:
        await running.built.accounts.add_user(ADMIN, role="admin", password=PASSWORD, name="Anna Lis")

        async def switch(model: Path) -> None:
            """A model knows what the files said when it is switched to, as a trained one would."""
            files = ProjectFiles(project)
            running.brain.model = model
            running.brain._rules = files.actions()
            running.brain.intents = {
                text: name for name, its in files.intents().items() for texts in its.values() for text in texts
            }

        running.brain.switch = switch  # type: ignore[method-assign]
        yield running


async def studio(browsers: Browsers, place: str = "", **options: Any) -> Opened:
    opened = await browsers.open(f"/studio{place}", **options)
    await opened.page.get_by_label("E-mail").fill(ADMIN)
    await opened.page.get_by_label("Hasło").fill(PASSWORD)
    await opened.page.get_by_role("button", name="Zaloguj").click()
    await expect(opened.page.locator("main .view:not([aria-busy])")).to_be_visible()
    return opened


def unexpected(opened: Opened) -> list[str]:
    """What the console said, but for refusals that belong to the story: browsers report each of them."""
    return [line for line in opened.complaints if "Failed to load resource" not in line]


async def go(page: Page, tab: str) -> None:
    await page.get_by_role("navigation").get_by_role("link", name=re.compile(f"^{tab}")).click()
    await expect(page.get_by_role("heading", level=1, name=tab)).to_be_visible()
    await expect(page.locator("main .view:not([aria-busy])")).to_be_visible()


async def add(page: Page, language: str, *texts: str) -> None:
    column = page.locator(f".examples[lang={language}]")
    for text in texts:
        await column.locator(".add-one input").fill(text)
        await column.locator(".add-one input").press("Enter")
        await expect(column.locator(".sentences").get_by_role("button", name=text, exact=True)).to_be_visible()


async def save(page: Page) -> None:
    await page.get_by_role("button", name="Zapisz").click()
    await expect(page.locator(".toast").last).to_contain_text("Zapisano")


# The story


async def test_an_admin_adds_an_intent_trains_publishes_and_a_customer_gets_the_answer(
    browsers: Browsers, gateway: Running, project: Path
) -> None:
    opened = await studio(browsers)
    page = opened.page
    await page.get_by_role("link", name="Nowa intencja").click()
    await page.get_by_label("Nazwa po polsku").fill("Pakowanie na prezent")
    await expect(page.get_by_label("Nazwa w plikach")).to_have_value("pakowanie_na_prezent")
    await page.get_by_label("Nazwa po angielsku").fill("Gift wrapping")
    await expect(page.get_by_label("Nazwa w plikach")).to_have_value("gift_wrapping")
    answers = page.locator(".variant textarea")
    await answers.nth(0).fill("Tak, pakujemy za 9 zł.")
    await answers.nth(1).fill("Yes, we wrap for 9 PLN.")
    await expect(page.locator(".preview").first).to_contain_text("Tak, pakujemy za 9 zł.")

    column = page.locator(".examples[lang=pl]")
    await column.locator(".add-one input").fill("gdzie jest moje zamówienie")
    await expect(column.locator(".judged").first).to_contain_text("jest już w intencji Gdzie jest zamówienie")
    await add(page, "pl", QUESTION, "zapakujecie mi to na urodziny")
    await add(page, "en", "do you wrap gifts")
    await expect(page.locator(".warnings")).to_contain_text("Tylko 2 przykłady po polsku")
    await save(page)
    await expect(page.get_by_role("heading", level=1)).to_contain_text("Pakowanie na prezent")
    assert ProjectFiles(project).answers("gift_wrapping")["answer"]["en"] == ["Yes, we wrap for 9 PLN."]

    await go(page, "Trening")
    await page.get_by_role("button", name="Uruchom trening").click()
    await expect(page.locator(".banner.verdict")).to_contain_text("Model gotowy")
    await page.get_by_role("button", name=re.compile("Włącz model")).click()
    await page.get_by_role("dialog").get_by_role("button", name="Włącz").click()
    await expect(page.locator(".badge", has_text="Odpowiada")).to_be_visible()

    customer = await gateway.customer()
    assert [message["text"] for message in await customer.says(QUESTION)] == ["Tak, pakujemy za 9 zł."]
    await go(page, "Wypróbuj zdanie")
    await page.get_by_label("Zdanie klienta").fill(QUESTION)
    await page.get_by_label("Zdanie klienta").press("Enter")
    await expect(page.locator("p.verdict")).to_contain_text("Pakowanie na prezent")
    await expect(page.locator(".preview")).to_contain_text("Tak, pakujemy za 9 zł.")
    assert unexpected(opened) == []


async def test_a_worse_model_is_said_so_and_rolled_back(browsers: Browsers, gateway: Running, project: Path) -> None:
    opened = await studio(browsers, "#training")
    page = opened.page
    for f1, verdict in ((0.9, "Model gotowy"), (0.6, "Gorszy w 1 intencji")):
        plan(project, f1)
        await page.get_by_role("button", name="Uruchom trening").click()
        await expect(page.locator(".banner.verdict")).to_contain_text(verdict)
        await page.get_by_role("button", name=re.compile("Włącz model")).first.click()
        await page.get_by_role("dialog").get_by_role("button", name="Włącz").click()
        await expect(page.get_by_role("dialog")).to_have_count(0)
        gateway.built.clock.move(minutes=5)  # type: ignore[attr-defined]
    await page.get_by_text("1 zdanie, które teraz rozumie źle").click()
    await expect(page.locator(".mistakes").first).to_contain_text("oddam buty")
    await page.get_by_text("Wyniki każdej intencji").click()
    await expect(page.locator("tbody tr").first).to_contain_text("Zwrot towaru")
    await page.get_by_role("button", name="Intencja").click()
    await expect(page.locator("tbody tr").first).to_contain_text("Powitanie")
    await page.get_by_role("button", name="Wróć do poprzedniego modelu").click()
    await page.get_by_role("dialog").get_by_role("button", name="Wróć").click()
    await expect(page.locator("tr", has=page.locator(".badge.good"))).to_contain_text("PL 90%")
    assert unexpected(opened) == []


async def test_a_training_survives_a_reload_is_cancelled_and_says_what_is_wrong(
    browsers: Browsers, project: Path
) -> None:
    plan(project, sleep=600)
    page = (await studio(browsers, "#training")).page
    await page.get_by_role("button", name="Uruchom trening").click()
    await expect(page.locator(".steps .now")).to_contain_text("Nauka na przykładach")
    await page.reload()
    await expect(page.locator(".steps .now")).to_contain_text("Nauka na przykładach")
    await expect(page.get_by_role("button", name="Uruchom trening")).to_be_hidden()
    await page.get_by_role("button", name="Przerwij trening").click()
    await page.get_by_role("dialog").get_by_role("button", name="Przerwij trening").click()
    await expect(page.locator(".training-state")).to_contain_text("Trening przerwano")
    (project / "data" / "rules" / "orders.yml").write_text("rules:\n- rule: x\n  steps: [\n", "utf-8")
    await page.get_by_role("button", name="Uruchom trening").click()
    await expect(page.locator(".training-state")).to_contain_text("data/rules/orders.yml, wiersz")


# Editing


async def test_two_admins_save_the_same_intent_and_nothing_is_lost(browsers: Browsers, project: Path) -> None:
    one, other = [await studio(browsers, "#intents/thank") for _ in "12"]
    await add(one.page, "pl", "dziękóweczka serdeczna")
    await add(other.page, "pl", "no to super wielkie dzięki")
    await save(one.page)
    await other.page.get_by_role("button", name="Zapisz").click()
    dialog = other.page.get_by_role("dialog")
    await expect(dialog).to_contain_text("Anna Lis")
    await expect(dialog.locator(".added")).to_contain_text(["dziękóweczka serdeczna", "no to super wielkie dzięki"])
    await dialog.get_by_role("button", name="Połącz").click()
    await expect(other.page.locator(".toast").last).to_contain_text("Zapisano")
    examples = ProjectFiles(project).intent("thank")["pl"]
    assert examples[-2:] == ["dziękóweczka serdeczna", "no to super wielkie dzięki"]
    assert unexpected(one) + unexpected(other) == []


async def test_steps_are_undone_before_the_save_and_saves_in_the_history(browsers: Browsers, project: Path) -> None:
    before = ProjectFiles(project).intent("goodbye")
    opened = await studio(browsers, "#intents/goodbye")
    page = opened.page
    column = page.locator(".examples[lang=pl]")
    await column.locator(".sentences .text").first.click()
    await column.locator(".editing input").fill("no to pa wszystkim")
    await column.locator(".editing input").press("Enter")
    await expect(column.get_by_role("button", name="no to pa wszystkim", exact=True)).to_be_visible()
    await column.get_by_role("button", name=f"Usuń przykład: {before['pl'][1]}", exact=True).click()
    await expect(column.locator(".count")).to_have_text(str(len(before["pl"]) - 1))
    await page.get_by_role("button", name="Cofnij").click()
    await expect(column.locator(".count")).to_have_text(str(len(before["pl"])))

    await page.evaluate("location.hash = '#history'")
    await expect(page.get_by_role("dialog")).to_contain_text("Porzucić niezapisane zmiany?")
    await page.get_by_role("dialog").get_by_role("button", name="Anuluj").click()
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await page.keyboard.press("Control+s")
    await expect(page.locator(".toast").last).to_contain_text("Zapisano")
    assert ProjectFiles(project).intent("goodbye")["pl"] == ["no to pa wszystkim", *before["pl"][1:]]

    await go(page, "Historia zmian")
    await page.get_by_text("Zapisano intencję „Pożegnanie”").click()
    await expect(page.locator(".diff .added")).to_contain_text("no to pa wszystkim")
    await page.get_by_role("button", name="Cofnij tę zmianę").click()
    await page.get_by_role("dialog").get_by_role("button", name="Cofnij tę zmianę").click()
    await expect(page.locator(".versions")).to_contain_text("Cofnięto zmianę: Pożegnanie")
    assert ProjectFiles(project).intent("goodbye") == before
    assert unexpected(opened) == []


async def test_many_lines_are_judged_before_they_are_added_and_one_is_moved(browsers: Browsers, project: Path) -> None:
    opened = await studio(browsers, "#intents/thank")
    page = opened.page
    await page.locator(".examples[lang=pl]").get_by_role("button", name="Wklej wiele").click()
    known = ProjectFiles(project).intent("thank")["pl"][0]
    lines = [
        "- stokrotne dzięki za wszystko",
        known,
        "gdzie jest moje zamówienie",
        "mam [5](nic)",
        "czołem kapitanie mój",
    ]
    await page.get_by_role("dialog").get_by_label("Jeden przykład w wierszu").fill("\n".join(lines))
    await expect(page.get_by_role("dialog")).to_contain_text("2 wierszy nie można dodać")
    await expect(page.get_by_role("dialog")).to_contain_text("1 wiersz powtarza")
    await page.get_by_role("button", name="Dodaj 2 przykłady").click()
    await page.get_by_role("button", name="Przenieś do innej intencji: czołem kapitanie mój").click()
    await page.get_by_role("dialog").get_by_label("Do intencji").select_option("greet")
    await page.get_by_role("dialog").get_by_role("button", name="Przenieś").click()
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await save(page)
    files = ProjectFiles(project)
    assert files.intent("thank")["pl"][-1] == "stokrotne dzięki za wszystko"
    assert files.intent("greet")["pl"][-1] == "czołem kapitanie mój"
    await page.get_by_role("button", name="Więcej").click()
    await page.get_by_role("menuitem", name="Usuń intencję").click()
    await expect(page.get_by_role("dialog")).to_contain_text("To część produktu")
    assert unexpected(opened) == []


async def test_a_response_is_checked_previewed_and_live(browsers: Browsers, gateway: Running) -> None:
    opened = await studio(browsers, "#responses")
    page = opened.page
    await page.keyboard.press("/")
    await page.keyboard.type("utter_status_unpaid")
    await page.locator(".names a", has_text=re.compile("utter_status_unpaid$")).click()
    text = page.locator(".variant textarea").first
    await text.fill("Zamówienie {number} czeka na {kwota}.")
    await page.get_by_role("button", name="Zapisz").click()
    await expect(page.locator(".variant .error").first).to_contain_text("Tego asystent nie umie wstawić: {kwota}")
    await text.fill("Zamówienie {number} czeka na wpłatę {total}.")
    await expect(page.locator(".preview").first).to_contain_text("Zamówienie 100482 czeka na wpłatę 598,00")
    await expect(page.locator(".preview").last).to_contain_text("PLN 598.00")
    await save(page)
    live = gateway.built.responses.text("utter_status_unpaid", "pl", number="1", total="2 zł")
    assert live == "Zamówienie 1 czeka na wpłatę 2 zł."
    assert unexpected(opened) == []


async def test_a_sentence_that_was_not_understood_is_taught_in_one_press_and_taken_back(
    browsers: Browsers, gateway: Running, project: Path
) -> None:
    now = gateway.built.clock.now()
    ranking = [{"intent": "ask_contact", "confidence": 0.31}, {"intent": "greet", "confidence": 0.2}]
    async with gateway.built.database.write() as session:
        for text in ("jak tam dojechać do was", "xyz abc"):
            session.add(Unrecognised(text=text, language="pl", ranking=ranking, created_at=now))
    opened = await studio(browsers, "#unrecognised")
    page = opened.page
    row = page.locator("li.card", has_text="jak tam dojechać do was")
    await row.get_by_role("button", name="Kontakt ze sklepem").click()
    await expect(row).to_have_count(0)
    assert ProjectFiles(project).intent("ask_contact")["pl"][-1] == "jak tam dojechać do was"
    await page.locator(".toast").get_by_role("button", name="Cofnij").click()
    await expect(row).to_have_count(1)
    assert "jak tam dojechać do was" not in ProjectFiles(project).intent("ask_contact")["pl"]
    for text in ("jak tam dojechać do was", "xyz abc"):
        await page.locator("li.card", has_text=text).get_by_role("button", name="Pomiń").click()
        await expect(page.locator("li.card", has_text=text)).to_have_count(0)
    await expect(page.get_by_text("Wszystko rozpoznane")).to_be_visible()
    assert unexpected(opened) == []


# Everywhere


async def test_every_tab_fits_a_phone_in_both_languages(browsers: Browsers) -> None:
    opened = await studio(browsers, viewport={"width": 390, "height": 844}, color_scheme="dark")
    page = opened.page
    for language in ("Polski", "English"):
        for tab in ("intents", "responses", "unrecognised", "try", "training", "history", "metrics"):
            await page.evaluate(f"location.hash = '#{tab}'")
            await expect(page.locator(f"main .view.{tab}:not([aria-busy])")).to_be_visible()
            width = await page.evaluate("document.documentElement.scrollWidth")
            assert width <= 390, (language, tab, width)
        await page.locator("#account").click()
        await page.get_by_role("menuitem", name="English" if language == "Polski" else "Polski").click()
        await expect(page.locator("html")).to_have_attribute("lang", "en" if language == "Polski" else "pl")
    await page.locator("#open-nav").click()
    await page.get_by_role("link", name="Intencje").click()
    await page.get_by_role("link", name=re.compile("^Zwrot towaru")).click()
    await expect(page.get_by_role("heading", level=1, name="Zwrot towaru")).to_be_visible()
    await page.locator("a.back").click()
    await expect(page.get_by_role("heading", level=1, name="Intencje")).to_be_visible()
    assert unexpected(opened) == []
