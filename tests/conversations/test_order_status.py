"""Where an order is: whole conversations about it, and the proof that it is the customer's."""

import pytest

from bot.storage.tables import VerificationAttempt
from tests.conversations.harness import Shop
from tests.databases import KINDS

DATABASES = KINDS

ANNA, JAN, EMILY = "anna.kowalska@example.pl", "jan.nowicki@example.pl", "emily.carter@example.pl"


async def test_a_plain_question_in_polish(shop: Shop) -> None:
    talk = await shop.talk()
    asked = await talk.says("gdzie jest moja paczka", "ask_order_status")
    assert "numer zamówienia" in asked.text and "e-mail" in asked.text
    asked = await talk.says("100610", "inform")
    assert "100610" in asked.text and "e-mail" in asked.text and "numer zamówienia" not in asked.text
    told = await talk.says(ANNA, "inform")
    assert "100610 jest w drodze" in told.text and "Przewidywana dostawa: jutro" in told.text
    assert "ORLEN" in told.text and "https://www.orlenpaczka.pl" in told.text
    assert told.cards[0]["title"] == "Zamówienie 100610"
    assert await talk.asked_twice() == 0


async def test_number_and_address_in_the_first_sentence(shop: Shop) -> None:
    talk = await shop.talk("en")
    told = await talk.says(f"where is order 100636? my mail is {EMILY.upper()}", "ask_order_status")
    assert "Order 100636 is confirmed" in told.text
    assert await talk.asked() == []


async def test_the_phone_is_a_proof_too(shop: Shop) -> None:
    talk = await shop.talk()
    told = await talk.says("gdzie 100610, tel. 601 555 101", "ask_order_status")
    assert "w drodze" in told.text


async def test_two_facts_out_of_order(shop: Shop) -> None:
    talk = await shop.talk()
    await talk.says("co z moim zamówieniem", "ask_order_status")
    asked = await talk.says(f"mój mail to {ANNA}", "inform")
    assert "Proszę podać numer zamówienia" in asked.text and "telefon" not in asked.text
    assert "w drodze" in (await talk.says("a numer 100610", "inform")).text


async def test_late_comes_first_with_what_happens_next(shop: Shop) -> None:
    talk = await shop.talk()
    told = await talk.says(f"100533 {JAN}", "inform")
    assert told.messages[0].text.startswith("Przepraszamy") and "Nowy termin" in told.messages[0].text
    assert {"Problem z paczką", "Człowiek"} <= set(told.titles)


async def test_an_identified_customer_is_not_asked(shop: Shop) -> None:
    talk = await shop.talk("en", customer_id="K1003")
    told = await talk.says("where are my orders", "ask_order_status")
    assert "100521" in told.text and "100636" in told.text
    assert await talk.asked() == []


async def test_somebody_elses_order_needs_proof_from_an_identified_customer(shop: Shop) -> None:
    talk = await shop.talk(customer_id="K1002")
    told = await talk.says("gdzie jest 100610", "ask_order_status")
    assert "w drodze" not in told.text and "e-mail, telefon" in told.text


async def test_proof_opens_that_order_only(shop: Shop) -> None:
    talk = await shop.talk()
    await talk.says(f"100610 {ANNA}", "inform")
    told = await talk.says("a co z 100533?", "ask_order_status")
    assert "opóźnione" not in told.text and "Nie znajduję" in told.text


async def test_wrong_pair_and_unknown_order_get_the_same_words(shop: Shop) -> None:
    wrong, unknown = await shop.talk(), await shop.talk()
    first = await wrong.says("100610 kto@example.pl", "inform")
    second = await unknown.says("999999 kto@example.pl", "inform")
    assert first.text == second.text and first.titles == second.titles


async def test_wrong_twice_then_right(shop: Shop) -> None:
    talk = await shop.talk()
    await talk.says("gdzie 100611 jan@example.pl", "ask_order_status")
    await talk.says("100612", "inform")
    # The address was right for the order that is named at last: neither is asked for again.
    await talk.says(ANNA, "inform")
    assert "w drodze" in (await talk.says("100610", "inform")).text
    attempts = await talk.all(VerificationAttempt)
    assert [attempt.success for attempt in attempts].count(True) == 1
    assert all("@" not in attempt.address_hash for attempt in attempts)


async def test_a_wrong_pair_counts_once(shop: Shop) -> None:
    talk = await shop.talk()
    await talk.says("gdzie 100610, kto@example.pl", "ask_order_status")
    await talk.says("jak długo trwa dostawa", "ask_delivery_options")
    await talk.says("kto@example.pl", "inform")
    await talk.says("no to gdzie ta paczka", "ask_order_status")
    assert len(await talk.all(VerificationAttempt)) == 1


async def test_five_wrong_pairs_call_a_human(shop: Shop) -> None:
    talk = await shop.talk()
    await talk.says("gdzie jest 100610", "ask_order_status")
    for number in range(4):
        await talk.says(f"ktos{number}@example.pl", "inform")
        assert (await talk.row()).state == "bot"
    reply = await talk.says("ktos5@example.pl", "inform")
    assert (await talk.row()).handoff["reason"] == "verification_failed"
    assert "Nie udało się potwierdzić" in reply.text
    assert len(await talk.all(VerificationAttempt)) == 5


@pytest.mark.parametrize("same", ["order", "address"])
async def test_tries_count_across_conversations(shop: Shop, same: str) -> None:
    for number in range(5):
        talk = await shop.talk()
        order, address = ("100610", f"x{number}@example.pl") if same == "order" else (f"10061{number}", "x@example.pl")
        await talk.says(f"{order} {address}", "inform")
    assert (await talk.row()).handoff["reason"] == "verification_failed"
    shop.clock.move(hours=25)
    again = await shop.talk()
    assert "w drodze" in (await again.says(f"100610 {ANNA}", "inform")).text or same == "order"
    assert (await again.row()).state == "bot"


async def test_a_language_switch(shop: Shop) -> None:
    talk = await shop.talk()
    assert "numer" in (await talk.says("gdzie moja paczka", "ask_order_status", language="pl")).text
    assert "postcode used" in (await talk.says("it is 100610", "inform", language="en")).text
    told = await talk.says(f"my mail is {ANNA}", "inform", language="en")
    assert "Order 100610 is on its way" in told.text
    assert "jest w drodze" in (await talk.says("jeszcze raz po polsku: 100610", "inform", language="pl")).text


async def test_an_hour_passes(shop: Shop) -> None:
    talk = await shop.talk()
    await talk.says("gdzie jest zamówienie 100610", "ask_order_status")
    shop.clock.move(hours=1)
    assert "w drodze" in (await talk.says(f"przepraszam, musiałam odejść. {ANNA}", "inform")).text
    assert await talk.asked() == ["email"]


async def test_two_numbers_in_one_sentence(shop: Shop) -> None:
    talk = await shop.talk()
    told = await talk.says(f"gdzie są 100533 i 100567? {JAN}", "ask_order_status")
    assert "100533" in told.text and "100567" in told.text
    corrected = await shop.talk()
    told = await corrected.says(f"gdzie jest 100567, a nie 100533, {JAN}", "ask_order_status")
    assert "100567" in told.text and "100533" not in told.text


async def test_a_human_mid_form_hears_what_the_sentence_told(shop: Shop) -> None:
    talk = await shop.talk()
    await talk.says("gdzie jest moja paczka", "ask_order_status")
    said = await talk.says(f"dajcie mi człowieka, mój mail {ANNA}", "request_human")
    assert (await talk.row()).handoff["reason"] == "asked" and "11:35" in said.text
    assert (await talk.facts())["email"] == ANNA
    back = await talk.presses("Wolę dalej z botem")
    assert "bot" in back.text
    # What was under way goes on, and the address is not asked for.
    assert "w drodze" in (await talk.says("100610", "inform")).text
    assert await talk.asked() == ["order_number", "order_number"], "once, and again on coming back"


async def test_when_it_comes_is_about_the_order_talked_about(shop: Shop) -> None:
    talk = await shop.talk("pl")
    await talk.says("gdzie jest 100610? anna.kowalska@example.pl", "ask_order_status")
    reply = await talk.says("a kiedy będzie?", "nlu_fallback", ranking=("ask_availability", "ask_order_status"))
    assert "100610" in reply.text and "dostawa" in reply.text
