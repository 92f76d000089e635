"""Complaints and parcels that went wrong: every kind, what is asked, the case that comes of it, and its life after."""

import pytest
from sqlalchemy import update

from bot.services.context import handoff_context
from bot.storage.shop import Complaint
from bot.storage.tables import Attachment, Conversation, Promise
from tests.conversations.harness import Shop, Talk

ANNA, JAN, EMILY = (f"{name}@example.pl" for name in ("anna.kowalska", "jan.nowicki", "emily.carter"))


async def filed(talk: Talk) -> list[Complaint]:
    return [row for row in await talk.all(Complaint) if row.source == "chat"]


async def kept_with(talk: Talk) -> dict[str, str | None]:
    """Every file of the shop and the case it is kept with."""
    return {row.name: row.case_number for row in await talk.all(Attachment)}


WORDS = {
    "pl": {
        "whole": f"buty z zamówienia 100406 pękły po tygodniu, chcę nowe, mail {JAN}",
        "since": "po tygodniu",
        "yes": "tak",
        "remedy": "Wymiana na nowy",
    },
    "en": {
        "whole": f"the boots of order 100406 cracked after two weeks, I want new ones, mail {JAN}",
        "since": "after two weeks",
        "yes": "yes",
        "remedy": "Replacement",
    },
}


@pytest.mark.parametrize("language", ["pl", "en"])
async def test_everything_told_at_once_leaves_only_the_photo_to_ask(shop: Shop, language: str) -> None:
    talk, words = await shop.talk(language), WORDS[language]
    await talk.says(words["whole"], "file_complaint")
    assert await talk.asked() == ["photo"]
    confirm = await talk.sends("sole.jpg")
    assert words["since"] in confirm.text and words["remedy"] in confirm.text and "100406" in confirm.text
    assert await filed(talk) == []
    done = await talk.says(words["yes"], "affirm")
    (row,) = await filed(talk)
    assert (row.kind, row.remedy, row.since, row.line_id) == ("defect", "replacement", words["since"], "100406-3")
    assert (row.due_on - shop.clock.now().date()).days == 14 and row.number in done.text
    promise = next(p for p in await talk.all(Promise) if p.kind == "complaint_answer")
    assert promise.details["number"] == row.number
    assert await kept_with(talk) == {"sole.jpg": row.number} and await talk.asked_twice() == 0
    # One more, later in the conversation, and what the desk sees of it all.
    more = await talk.sends("receipt.pdf")
    assert row.number in more.text
    async with shop.database.read() as session:
        conversation = await session.get_one(Conversation, talk.id)
        context = await handoff_context(session, shop.responses, conversation, [], "en", shop.clock.now())
    case = next(case for case in context["cases"] if case["number"] == row.number)
    assert [file["name"] for file in case["files"]] == ["sole.jpg", "receipt.pdf"] and case["since"] == words["since"]


@pytest.mark.parametrize(
    ("language", "opening", "line", "text", "since", "remedy", "no_photo", "undo"),
    [
        ("pl", "reklamacja", "plecak", "pękł zamek", "Od kilku dni", "Naprawa", "nie mam zdjęcia", "Cofnij"),
        ("en", "a complaint", "the pack", "the zip broke", "For a few days", "Repair", "I don't have one", "Undo"),
    ],
)
async def test_one_by_one_and_taken_back(
    shop: Shop, language: str, opening: str, line: str, text: str, since: str, remedy: str, no_photo: str, undo: str
) -> None:
    talk = await shop.talk(language)
    await talk.says(opening, "file_complaint")
    await talk.says(f"100554, {JAN}", "inform")
    await talk.says(line, "inform")
    await talk.says(text, "inform")
    await talk.presses(since)
    await talk.presses(remedy)
    await talk.says(no_photo, "deny")
    await talk.says("tak" if language == "pl" else "yes", "affirm")
    asked = ["order_number", "complaint_line", "complaint_text", "complaint_since", "complaint_remedy", "photo"]
    assert await talk.asked() == [*asked, "complaint_confirm"]
    (row,) = await filed(talk)
    assert (row.description, row.since, row.remedy) == (text, since, "repair")
    await talk.presses(undo)
    (row,) = await filed(talk)
    assert row.status == "withdrawn"
    assert all(p.kept_at is not None for p in await talk.all(Promise) if p.details.get("number") == row.number)


@pytest.mark.parametrize(
    ("said", "intent", "kept"),
    [
        ("Bez zdjęcia", "", ""),
        ("pomiń", "deny", ""),
        ("dośle później", "inform", ""),
        ("podeszwa odchodzi od czubka", "ask_product_info", "podeszwa odchodzi od czubka"),
    ],
)
async def test_words_instead_of_a_photo(shop: Shop, said: str, intent: str, kept: str) -> None:
    talk = await shop.talk()
    await talk.says(WORDS["pl"]["whole"], "file_complaint")
    confirm = await (talk.says(said, intent) if intent else talk.presses(said))
    assert "Zgłosić reklamację" in confirm.text
    await talk.says("tak", "affirm")
    (row,) = await filed(talk)
    assert row.description.partition("\n")[2] == kept


async def test_a_photo_sent_before_is_not_asked_for(shop: Shop) -> None:
    talk = await shop.talk()
    about = await talk.sends("buty.jpg")
    assert "Reklamacja" in about.titles
    await talk.says(WORDS["pl"]["whole"], "file_complaint")
    assert await talk.asked() == ["complaint_confirm"] and "Pliki: 1" in talk.replies[-1].text
    again = await talk.sends("podeszwa.jpg")  # and one more while the confirmation is open
    assert "Pliki: 2" in again.text
    await talk.says("tak", "affirm")
    (row,) = await filed(talk)
    assert set((await kept_with(talk)).values()) == {row.number}
    # The next complaint has none of them.
    await talk.says("plecak z 100406 rozdarł się wczoraj na szwie, chcę naprawę", "file_complaint")
    assert (await talk.asked())[-1] == "photo"


async def test_a_photo_with_words_answers_too(shop: Shop) -> None:
    talk = await shop.talk()
    await talk.says(WORDS["pl"]["whole"], "file_complaint")
    confirm = await talk.sends("buty.jpg", "widać pęknięcie przy czubku", "inform")
    assert "Pliki: 1" in confirm.text
    await talk.says("tak", "affirm")
    assert "przy czubku" in (await filed(talk))[0].description


@pytest.mark.parametrize(
    ("language", "said", "remedy"),
    [("pl", "tak, ale wolę zwrot pieniędzy", "refund"), ("en", "yes, but I'd rather have it repaired", "repair")],
)
async def test_a_yes_with_a_but_changes_that(shop: Shop, language: str, said: str, remedy: str) -> None:
    talk = await shop.talk(language)
    await talk.says(WORDS[language]["whole"], "file_complaint")
    await talk.says("nie mam" if language == "pl" else "no", "deny")
    again = await talk.says(said, "affirm")
    assert await filed(talk) == [] and ("istotna" in again.text) == (remedy == "refund")
    await talk.says(WORDS[language]["yes"], "affirm")
    assert [row.remedy for row in await filed(talk)] == [remedy]


async def test_asked_in_between_refused_and_by_a_human(shop: Shop) -> None:
    talk = await shop.talk()
    await talk.says(f"reklamacja plecaka 100554, {JAN}, zamek się zaciął i nie da się go zamknąć", "file_complaint")
    inside = await talk.says("ile mam dni na zwrot?", "ask_return_policy")
    assert "30 dni" in inside.text and "Od kiedy" in inside.text
    await talk.says("daj człowieka", "request_human")
    back = await talk.presses("Wolę dalej z botem")
    assert "Od kiedy" in back.text
    await talk.says("nie pamiętam", "deny")
    await talk.says("napraw", "inform")
    await talk.says("pomiń", "deny")
    refused = await talk.says("nie", "deny")
    assert await filed(talk) == [] and "Reklamacja" in refused.titles and await talk.asked_twice() == 0


async def file_one(shop: Shop) -> tuple[Talk, str]:
    talk = await shop.talk()
    await talk.says(WORDS["pl"]["whole"], "file_complaint")
    await talk.says("pomiń", "deny")
    await talk.says("tak", "affirm")
    return talk, (await filed(talk))[-1].number


async def test_adding_to_an_open_complaint_in_another_conversation(shop: Shop) -> None:
    _, number = await file_one(shop)
    talk = await shop.talk()
    asked = await talk.says("mam jeszcze zdjęcie do reklamacji", "nlu_fallback")
    assert await talk.asked() == ["order_number"], asked.text
    await talk.says(f"100406 {JAN}", "inform")
    added = await talk.sends("lewy.jpg")
    assert number in added.text and await kept_with(talk) == {"lewy.jpg": number}
    await talk.says("chcę dodać do reklamacji, że drugi but też zaczyna pękać z boku", "file_complaint")
    assert "drugi but" in (await filed(talk))[0].description and len(await filed(talk)) == 1
    # A second complaint about the same thing: the customer is asked which is meant.
    again = await talk.says("reklamuję buty z 100406, odpada też podeszwa w lewym", "file_complaint")
    assert again.titles == ["Dodaj do reklamacji", "Nowa reklamacja"]


@pytest.mark.parametrize(("answer", "status"), [("tak", "withdrawn"), ("nie", "open")])
async def test_withdrawing_it_later_in_words(shop: Shop, answer: str, status: str) -> None:
    _, number = await file_one(shop)
    talk = await shop.talk(customer_id="K1002")
    asked = await talk.says("chcę wycofać reklamację", "cancel_order")
    assert number in asked.text
    await talk.says(answer, "affirm" if answer == "tak" else "deny")
    assert (await filed(talk))[0].status == status
    if status == "withdrawn":
        assert "wycofana" in (await talk.says("co z reklamacją?", "ask_complaint_status")).text


async def test_a_complaint_decided_on_cannot_be_withdrawn(shop: Shop) -> None:
    talk, number = await file_one(shop)
    async with shop.database.write() as session:
        await session.execute(update(Complaint).where(Complaint.number == number).values(status="accepted"))
    await talk.says("cofnij to", "deny")
    assert (await talk.row()).state == "waiting" and (await filed(talk))[0].status == "accepted"


@pytest.mark.parametrize(
    ("language", "number", "status", "days", "said", "human"),
    [
        ("pl", "RK-100445-1", "open", 0, "rozpatrywana", False),
        ("en", "RK-100445-1", "open", 0, "being looked into", False),
        ("pl", "RK-100445-1", "open", 5, "oznacza jej uznanie", True),
        ("en", "RK-100445-1", "open", 5, "counts as accepted", True),
        ("pl", "RK-100445-1", "accepted", 0, "została uznana", False),
        ("en", "RK-100445-1", "rejected", 0, "was not accepted", False),
    ],
)
async def test_where_it_is(
    shop: Shop, language: str, number: str, status: str, days: int, said: str, human: bool
) -> None:
    async with shop.database.write() as session:
        await session.execute(update(Complaint).where(Complaint.number == number).values(status=status))
    shop.clock.move(days=days)
    talk = await shop.talk(language)
    told = await talk.says(f"{number} monika.gorska@example.pl", "ask_complaint_status")
    assert said in told.text and number in told.text
    assert bool((await talk.row()).handoff) is human


@pytest.mark.parametrize(("language", "said"), [("pl", "nie widzę"), ("en", "I see no complaint")])
async def test_no_complaint_there(shop: Shop, language: str, said: str) -> None:
    talk = await shop.talk(language)
    told = await talk.says(f"100552 {ANNA}", "ask_complaint_status")
    assert said in told.text.lower() or (said in told.text and len(told.titles) == 2)


# Parcels that went wrong

PARCELS: list[tuple[str, str, str, str, str, bool]] = [
    # language, order and mail, what is said, what is answered, the case, a human
    ("pl", "100610 anna.kowalska", "paczka jeszcze nie dotarła", "mieści się jeszcze w terminie", "", False),
    ("en", "100610 anna.kowalska", "my parcel has not arrived", "still within its time", "", False),
    ("pl", "100533 jan.nowicki", "paczka jest spóźniona", "Przewoźnik podaje nowy dzień", "", False),
    ("en", "100521 emily.carter", "my parcel is late", "The carrier now says", "", False),
    ("pl", "100567 jan.nowicki", "paczka nie dotarła", "paczkomacie", "", False),
    ("en", "100636 emily.carter", "where is it, it has not come", "100636", "", False),
    ("pl", "100429 julia.sokolowska", "paczka zaginęła", "poszukiwanie", "not_delivered", True),
    ("en", "100429 julia.sokolowska", "my parcel got lost", "search for the parcel", "not_delivered", True),
    ("pl", "100555 dorota.rogala", "status doręczona, a ja nic nie dostałam", "potwierdzenia", "not_received", True),
    ("en", "100442 emily.carter", "it says delivered but I got nothing", "proof of delivery", "not_received", True),
    ("pl", "100555 dorota.rogala", "przyszedł inny rozmiar butów niż na fakturze", "z pomyłki", "wrong_item", True),
    ("en", "100442 emily.carter", "you sent me the wrong item, a blue tent", "wrong item unused", "wrong_item", True),
    ("pl", "100554 jan.nowicki", "w paczce brakuje czołówki, reszta jest", "wagę", "missing_item", True),
    ("en", "100554 jan.nowicki", "the headlamp is missing from the box", "the weight", "missing_item", True),
    ("pl", "100555 dorota.rogala", "pudełko przyszło zgniecione i mokre", "Opakowanie", "damaged_parcel", False),
    ("en", "100442 emily.carter", "the box arrived crushed and torn", "keep the box", "damaged_parcel", False),
    ("pl", "100529 ignacy.nowak", "w paczce brakuje kurtki", "innej paczce", "", False),
    ("en", "100529 ignacy.nowak", "the jacket is missing from the box", "another parcel", "", False),
    ("pl", "100521 emily.carter", "rzecz jest uszkodzona", "nie została jeszcze doręczona", "", False),
]


@pytest.mark.parametrize(("language", "whose", "said", "answer", "kind", "human"), PARCELS)
async def test_a_parcel_that_went_wrong(
    shop: Shop, language: str, whose: str, said: str, answer: str, kind: str, human: bool
) -> None:
    talk = await shop.talk(language)
    number, name = whose.split()
    await talk.says(f"{said}, {number}, {name}@example.pl", "report_delivery_problem")
    await through(talk, language, sure=kind == "not_received")
    everything = "\n".join(reply.text for reply in talk.replies)
    assert answer in everything and "problem_kind" not in await talk.asked()
    rows = await filed(talk)
    assert [row.kind for row in rows] == ([kind] if kind else [])
    assert bool((await talk.row()).handoff) is human
    if rows:
        assert rows[0].number in everything and rows[0].remedy == "replacement"
        assert ("photo" in await talk.asked()) == (kind in ("wrong_item", "missing_item", "damaged_parcel"))
    assert (await talk.records())[-1].questions == [] and await talk.asked_twice() == 0


async def through(talk: Talk, language: str, *, sure: bool) -> None:
    """Answer whatever is asked until nothing is."""
    yes = {"pl": "tak", "en": "yes"}[language]
    for _ in range(6):
        asked = [question["key"] for question in (await talk.records())[-1].questions]
        if not asked:
            return
        match asked[-1]:
            case "looked":
                await talk.says({"pl": "sprawdzone, nigdzie jej nie ma", "en": "I checked"}[language], "deny")
            case "complaint_text":
                await talk.says({"pl": "jak napisałam", "en": "as I wrote"}[language], "inform")
            case "complaint_remedy":
                titles = talk.replies[-1].titles
                await talk.presses(titles[0])
            case "photo":
                await talk.sends("label.jpg")
            case _:
                await talk.says(yes, "affirm")


@pytest.mark.parametrize(
    ("language", "opening", "button", "kind"),
    [
        ("pl", "mam problem z paczką", "Spóźnia się", "late"),
        ("en", "there is a problem with my delivery", "It has not arrived", "not_delivered"),
    ],
)
async def test_the_kind_is_asked_when_words_do_not_tell_it(
    shop: Shop, language: str, opening: str, button: str, kind: str
) -> None:
    talk = await shop.talk(language)
    asked = await talk.says(f"{opening} 100521 {EMILY}", "report_delivery_problem")
    assert len(asked.titles) == 6
    told = await talk.presses(button)
    assert "100521" in told.text and await filed(talk) == []


async def test_it_turned_up_after_all(shop: Shop) -> None:
    talk = await shop.talk()
    await talk.says(f"status doręczona, a paczki nie mam 100552 {ANNA}", "report_delivery_problem")
    found = await talk.says("jednak jest, sąsiad ją miał, znalazła się", "affirm")
    assert "się znalazła" in found.text and await filed(talk) == [] and not (await talk.row()).handoff


async def test_a_late_parcel_without_a_new_day_is_searched_for(shop: Shop) -> None:
    shop.clock.move(days=4)  # the carrier's new day has passed as well
    talk = await shop.talk()
    asked = await talk.says(f"paczka 100533 dalej nie dotarła, {JAN}", "report_delivery_problem")
    assert "Wysłanie jeszcze raz" in asked.titles
    await talk.says("zwrot pieniędzy", "inform")
    await talk.says("tak", "affirm")
    (row,) = await filed(talk)
    assert (row.kind, row.remedy) == ("not_delivered", "refund") and (await talk.row()).state == "waiting"


async def test_what_is_missing_may_be_nothing_one_ordered_by_itself(shop: Shop) -> None:
    talk = await shop.talk()
    await talk.says(f"w paczce czegoś brakuje, 100554 {JAN}", "report_delivery_problem")
    await talk.presses("Część lub dodatek")
    await talk.says("nie było sznurówek do butów", "inform")
    await through(talk, "pl", sure=False)
    (row,) = await filed(talk)
    assert row.line_id is None and "sznurówek" in row.description


async def test_danger_goes_to_a_human_at_once(shop: Shop) -> None:
    talk = await shop.talk()
    said = await talk.says("kuchenka wybuchła mi w rękach", "file_complaint")
    assert (await talk.row()).handoff["reason"] == "policy" and "nie używać" in said.text


async def test_an_order_on_its_way_has_no_defects_yet(shop: Shop) -> None:
    talk = await shop.talk("en")
    told = await talk.says(f"complaint about 100521 {EMILY}", "file_complaint")
    assert "after delivery" in told.text and "Parcel problem" in told.titles
