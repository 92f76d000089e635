"""Returns of sound goods: whole conversations, with everything people do in between."""

from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import update

from bot.storage.shop import Exchange, Return, ReturnLine
from bot.storage.tables import Promise
from tests.conversations.harness import Shop, Talk, open_shop

ANNA, JAN = "anna.kowalska@example.pl", "jan.nowicki@example.pl"
EMILY = "emily.carter@example.pl"


async def opened(talk: Talk) -> list[Return]:
    """The returns opened in the chat."""
    return [row for row in await talk.all(Return) if row.source == "chat"]


async def test_a_whole_return(shop: Shop) -> None:
    talk = await shop.talk()
    await talk.says("chcę zwrócić towar", "start_return")
    asked = await talk.says(f"100554, {JAN}", "inform")
    assert len(asked.titles) == 4 and asked.titles[-1] == "Wszystko"
    await talk.says("czołówkę i plecak", "inform")
    await talk.presses("Pomiń")
    confirm = await talk.presses("Tak jak płatność")
    assert "100554" in confirm.text and "438,00" in confirm.text and "Granit" not in confirm.text
    assert await opened(talk) == []
    done = await talk.says("tak, poproszę", "affirm")
    row = (await opened(talk))[0]
    assert row.number in done.text and row.label_code in done.text and row.reason is None
    promise = next(p for p in await talk.all(Promise) if p.kind == "refund")
    assert promise.details["number"] == row.number
    assert (await talk.facts())["return_number"] == row.number
    assert await talk.asked_twice() == 0


async def test_everything_in_the_first_sentence(shop: Shop) -> None:
    talk = await shop.talk("en")
    asked = await talk.says(
        f"I want to return the sleeping bag from 100442, it is too small, mail {EMILY}", "start_return"
    )
    assert await talk.asked() in (["return_refund"], ["return_exchange"]), asked.text


async def test_the_reason_is_a_button_a_word_or_any_sentence(shop: Shop) -> None:
    for said, intent, kept in [
        ("pomiń", "deny", None),
        ("nie chcę podawać", "deny", None),
        ("nie podoba mi się kolor", "ask_product_info", "nie podoba mi się kolor"),
        ("znalazłem taniej gdzie indziej", "ask_price", "znalazłem taniej gdzie indziej"),
        ("przez pomyłkę zamówiłem podwójnie", "cancel_order", "przez pomyłkę zamówiłem podwójnie"),
    ]:
        talk = await shop.talk()
        await talk.says(f"zwrot całości z 100555, {await owner(talk, '100555')}", "start_return")
        await talk.says(said, intent)
        await talk.presses("Karta podarunkowa")
        confirm = await talk.says("nie", "deny")
        assert "Co zmienić" in confirm.text
        await talk.presses("Rezygnacja ze zwrotu")
        assert await opened(talk) == []
        assert await talk.asked() == ["return_reason", "return_refund", "return_confirm", "return_change"], (said, kept)


async def owner(talk: Talk, number: str) -> str:
    from bot.storage.shop import Order

    return next(row.email for row in await talk.all(Order) if row.number == number)


async def test_too_small_is_a_reason_and_an_exchange_is_offered(shop: Shop) -> None:
    talk = await shop.talk()
    await talk.says(f"zwrot butów z 100554, {JAN}", "start_return")
    offered = await talk.says("za małe, chcę większe", "exchange_product")
    assert offered.titles == ["Wymiana", "Zwrot pieniędzy"]
    asked = await talk.presses("Wymiana")
    assert "37, brązowy" in asked.titles
    confirm = await talk.says("37", "inform")
    assert "37, brązowy" in confirm.text
    await talk.says("tak", "affirm")
    exchanges = [row for row in await talk.all(Exchange) if row.source == "chat"]
    assert len(exchanges) == 1 and await opened(talk) == []


async def test_a_flow_inside_a_flow_and_back(shop: Shop) -> None:
    talk = await shop.talk()
    await talk.says(f"zwrot z 100554, {JAN}", "start_return")
    inside = await talk.says("a gdzie jest 100567?", "ask_order_status")
    assert "w paczkomacie" in inside.text and "Wracamy do: zwrot" in inside.text
    assert "Plecak Skoczek" in inside.titles[0]
    await talk.says("plecak", "inform")
    await talk.presses("Pomiń")
    confirm = await talk.presses("Tak jak płatność")
    assert "100554" in confirm.text and "100567" not in confirm.text
    assert (await talk.asked()).count("email") == 0


async def test_a_question_mid_form(shop: Shop) -> None:
    talk = await shop.talk()
    await talk.says(f"zwrot z 100552, {ANNA}", "start_return")
    await talk.says("buty", "inform")
    answer = await talk.says("ile mam dni na zwrot?", "ask_return_policy")
    assert "30 dni" in answer.text and "Jaki jest powód" in answer.text
    await talk.says("za duże, ale wolę pieniądze", "inform")
    await talk.presses("Zwrot pieniędzy")
    await talk.presses("Przelew na konto")
    wrong = await talk.says("12 3456", "inform")
    assert "się nie zgadza" in wrong.text
    await talk.says("83 1010 1023 0000 2613 9510 0000", "inform")
    await talk.says("tak", "affirm")
    row = (await opened(talk))[0]
    assert row.reason == "za duże, ale wolę pieniądze" and row.refund_account == "PL83101010230000261395100000"


async def test_a_correction_mid_form_asks_again_only_for_what_changed(shop: Shop) -> None:
    talk = await shop.talk()
    await talk.says(f"zwrot 100554 {JAN}", "start_return")
    await talk.says("plecak", "inform")
    await talk.says("zmiana planów", "inform")
    asked = await talk.says("nie, jednak 100406", "deny")
    assert "Połonina" in " ".join(asked.titles)
    await talk.says("wszystko", "inform")
    assert (await talk.asked()).count("return_reason") == 1
    confirm = await talk.presses("Tak jak płatność")
    assert "100406" in confirm.text


async def test_a_correction_at_the_confirmation(shop: Shop) -> None:
    talk = await shop.talk()
    await talk.says(f"zwrot 100554 {JAN}", "start_return")
    await talk.says("wszystko", "inform")
    await talk.presses("Pomiń")
    await talk.presses("Karta podarunkowa")
    asked = await talk.says("nie, jednak 100406", "deny")
    assert "Co ma wrócić" in asked.text
    confirm = await talk.says("kurtka Mżawka", "inform")
    assert "100406" in confirm.text and "349,00" in confirm.text and "Karta podarunkowa" in confirm.text
    # And back: nothing of the refused confirmation sticks to the first order.
    confirm = await talk.says("nie, to jednak 100554", "deny")
    assert "100554" in confirm.text and "Zgłosić zwrot" in confirm.text
    await talk.says("zgadza się", "affirm")
    assert [row.order_number for row in await opened(talk)] == ["100554"]


async def test_stop_and_a_second_return_for_another_order(shop: Shop) -> None:
    talk = await shop.talk()
    await talk.says(f"zwrot 100554 {JAN}", "start_return")
    await talk.says("plecak", "inform")
    await talk.says("za mały", "inform")
    stopped = await talk.says("stop", "stop_flow")
    assert "nic nie zostało zapisane" in stopped.text
    asked = await talk.says("chcę zwrócić 100406", "start_return")
    assert "Połonina" in " ".join(asked.titles)
    asked = await talk.says("kurtka Wichr", "inform")
    assert "Jaki jest powód" in asked.text
    await talk.presses("Zmiana zdania")
    await talk.presses("Tak jak płatność")
    await talk.says("tak", "affirm")
    rows = await opened(talk)
    assert [(row.order_number, row.reason) for row in rows] == [("100406", "Zmiana zdania")]


async def test_a_refused_confirmation_asks_what_to_change(shop: Shop) -> None:
    talk = await shop.talk()
    await talk.says("zwrot 100554 kto@example.pl", "start_return")
    await talk.says("inny@example.pl", "inform")
    await talk.says(JAN, "inform")
    await talk.says("plecak", "inform")
    await talk.presses("Pomiń")
    await talk.presses("Tak jak płatność")
    asked = await talk.says("nie", "deny")
    assert "Co zmienić" in asked.text and await opened(talk) == []
    await talk.presses("Inne produkty")
    confirm = await talk.says("wszystko oprócz butów", "inform")
    assert "Czołówka" in confirm.text and "Granit" not in confirm.text
    await talk.says("tak", "affirm")
    assert len(await opened(talk)) == 1


async def test_refusals_offer_a_way_on(shop: Shop) -> None:
    talk = await shop.talk("en")
    early = await talk.says(f"return 100521 {EMILY}", "start_return")
    assert "have not arrived" in early.text and {"Complaint", "A human"} <= set(early.titles)
    late = await shop.talk()
    said = await late.says(f"zwrot 100006 {JAN}", "start_return")
    assert "minął" in said.text and {"Reklamacja", "Człowiek"} <= set(said.titles)


async def test_a_large_refund_is_approved_by_a_human(tmp_path: Path) -> None:
    async with open_shop(tmp_path, refund_limit=500) as shop:
        talk = await shop.talk()
        await talk.says(f"zwrot butów 100554 {JAN}", "start_return")
        await talk.presses("Pomiń")
        await talk.presses("Tak jak płatność")
        await talk.says("tak", "affirm")
        assert (await talk.row()).handoff["reason"] == "policy" and await opened(talk) == []
        assert "100554" in (await talk.facts())["wish"]


async def test_the_order_just_talked_about_is_meant(shop: Shop) -> None:
    talk = await shop.talk()
    await talk.says(f"gdzie 100552 {ANNA}", "ask_order_status")
    asked = await talk.presses("Zwrot")
    assert "Co ma wrócić" in asked.text
    two = await shop.talk()
    await two.says(f"gdzie 100554 {JAN}", "ask_order_status")
    await two.says("a 100567?", "ask_order_status")
    asked = await two.says("chcę coś zwrócić", "start_return")
    assert asked.titles == ["100554", "100567"]


async def test_an_identified_customer_chooses_the_order(shop: Shop) -> None:
    talk = await shop.talk("en", customer_id="K1003")
    asked = await talk.says("I want to send something back", "start_return")
    assert "100442" in asked.titles[0]
    asked = await talk.says("the first one", "inform")
    assert "email" not in await talk.asked() and "reason" in asked.text


@pytest.mark.parametrize(
    ("language", "said", "named", "not_named", "amount"),
    [
        ("pl", "tak, ale przelewem", "numer konta", "", ""),
        ("en", "yes, but on a gift card", "Gift card", "", "818"),
        ("pl", "tak, tylko plecak", "Plecak", "Granit", "249"),
        ("en", "no, only the headlamp", "headlamp", "Granit", "189"),
        ("pl", "tak, ale bez butów", "Czołówka", "Granit", "189"),
        ("pl", "tak, i jeszcze plecak", "Plecak", "", "1 067"),
    ],
)
async def test_a_yes_with_a_but_changes_that_and_asks_again(
    shop: Shop, language: str, said: str, named: str, not_named: str, amount: str
) -> None:
    talk = await shop.talk(language)
    both = "butów i czołówki" if language == "pl" else "the boots and the headlamp"
    await talk.says(f"zwrot: {both}, 100554 {JAN}", "start_return")
    await talk.says("pomiń" if language == "pl" else "skip", "deny")
    confirm = await talk.presses("Tak jak płatność" if language == "pl" else "The way it was paid")
    assert "818" in confirm.text
    again = await talk.says(said, "affirm")
    assert named in again.text and amount in again.text.replace("\xa0", " ")
    assert not not_named or not_named not in again.text
    assert await opened(talk) == []


@pytest.mark.parametrize(
    ("language", "said", "items"),
    [
        ("pl", "zwracam wszystko oprócz butów", {"100554-1", "100554-2"}),
        ("pl", "zwrot, plecak i czołówka", {"100554-1", "100554-2"}),
        ("pl", "oddaję całe zamówienie", {"100554-1", "100554-2", "100554-3"}),
        ("en", "I return everything except the boots", {"100554-1", "100554-2"}),
        ("en", "I want to return the boots, that's all", {"100554-3"}),
    ],
)
async def test_what_goes_back_is_taken_from_the_first_sentence(
    shop: Shop, language: str, said: str, items: set[str]
) -> None:
    talk = await shop.talk(language)
    await talk.says(f"{said}, 100554, {JAN}", "start_return")
    await talk.says("pomiń" if language == "pl" else "skip", "deny")
    await talk.presses("Karta podarunkowa" if language == "pl" else "Gift card")
    await talk.says("tak" if language == "pl" else "yes", "affirm")
    (row,) = await opened(talk)
    assert {line.line_id for line in await talk.all(ReturnLine) if line.return_number == row.number} == items
    assert row.refund_amount == Decimal({2: 438, 3: 1067, 1: 629}[len(items)])


@pytest.mark.parametrize(
    ("language", "said", "count"), [("pl", "dwie pary skarpet", 2), ("en", "one pair of the socks", 1)]
)
async def test_pieces_told_are_not_asked_for(shop: Shop, language: str, said: str, count: int) -> None:
    talk = await shop.talk(language)
    await talk.says(f"zwrot: {said} 100552 {ANNA}", "start_return")
    assert await talk.asked() == ["return_reason"]
    await talk.says("pomiń" if language == "pl" else "skip", "deny")
    await talk.presses("Tak jak płatność" if language == "pl" else "The way it was paid")
    more = await talk.says("tak, ale trzy pary" if language == "pl" else "yes, but all three pairs", "affirm")
    assert "× 3" in more.text
    await talk.says("nie, jednak jedna para" if language == "pl" else "no, only one", "deny")
    await talk.says("tak" if language == "pl" else "yes", "affirm")
    (row,) = await opened(talk)
    assert row.refund_amount == 59


@pytest.mark.parametrize(
    ("language", "said", "why", "next_step"),
    [
        ("pl", "zwrot bidonu 100493 iwona.dudek@example.pl", "higieniczne", "Reklamacja"),
        ("en", "return the bottle of 100493 iwona.dudek@example.pl", "hygiene", "Complaint"),
        ("pl", "zwrot 100480 dorota.jaworska@example.pl", "anulowane", "Co ze zwrotem?"),
        ("en", "return 100396 tomasz.jaworski@example.pl", "already been returned", "Where is my refund?"),
        ("en", f"return 100006 {JAN}", "has passed", "Complaint"),
    ],
)
async def test_each_refusal_has_a_reason_and_a_next_step(
    shop: Shop, language: str, said: str, why: str, next_step: str
) -> None:
    talk = await shop.talk(language)
    refused = await talk.says(said, "start_return")
    assert why in refused.text and next_step in refused.titles and await opened(talk) == []


@pytest.mark.parametrize(
    ("language", "words", "undo"), [("pl", "cofnij to", "Cofnij"), ("en", "undo it please", "Undo")]
)
@pytest.mark.parametrize("pressed", [True, False])
async def test_an_open_return_is_taken_back(shop: Shop, language: str, words: str, undo: str, pressed: bool) -> None:
    talk = await shop.talk(language)
    await talk.says(f"zwrot plecak 100554 {JAN}", "start_return")
    await talk.says("pomiń" if language == "pl" else "skip", "deny")
    await talk.presses("Karta podarunkowa" if language == "pl" else "Gift card")
    await talk.says("tak" if language == "pl" else "yes", "affirm")
    await (talk.presses(undo) if pressed else talk.says(words, "deny"))
    (row,) = await opened(talk)
    assert row.status == "cancelled"
    assert all(p.kept_at for p in await talk.all(Promise) if p.details.get("number") == row.number)
    # It can be returned again.
    asked = await talk.says("zwrot plecaka 100554", "start_return")
    assert ("powód" if language == "pl" else "reason") in asked.text


@pytest.mark.parametrize(
    ("language", "said", "intent", "status", "answer"),
    [
        ("pl", "chcę anulować zwrot", "cancel_order", "opened", "jest odwołany"),
        ("en", "please cancel my return", "start_return", "opened", "is cancelled"),
        ("pl", "rezygnuję ze zwrotu", "ask_refund_status", "sent", "jest już nadana"),
    ],
)
async def test_a_return_is_given_up_later_in_words(
    shop: Shop, language: str, said: str, intent: str, status: str, answer: str
) -> None:
    async with shop.database.write() as session:
        await session.execute(update(Return).where(Return.number == "ZW-100438-1").values(status=status))
    talk = await shop.talk(language)
    await talk.says(f"{said} 100438 james.oconnor@example.pl", intent)
    if status == "opened":
        assert "ZW-100438-1" in talk.replies[-1].text
        await talk.says("tak" if language == "pl" else "yes", "affirm")
    assert answer in talk.replies[-1].text
    row = next(row for row in await talk.all(Return) if row.number == "ZW-100438-1")
    assert row.status == ("cancelled" if status == "opened" else "sent")
