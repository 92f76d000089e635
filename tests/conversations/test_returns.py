"""Returns, exchanges and complaints: whole conversations, with everything people do in between."""

from pathlib import Path

from bot.storage.shop import Complaint, Exchange, Return
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
    await talk.says("61 1090 1014 0000 0712 1981 2874", "inform")
    await talk.says("tak", "affirm")
    row = (await opened(talk))[0]
    assert row.reason == "za duże, ale wolę pieniądze" and row.refund_account == "PL61109010140000071219812874"


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


async def test_a_yes_with_a_but_is_no_yes(shop: Shop) -> None:
    talk = await shop.talk()
    await talk.says(f"zwrot butów 100554 {JAN}", "start_return")
    await talk.presses("Pomiń")
    await talk.presses("Tak jak płatność")
    again = await talk.says("tak, ale jednak przelewem", "affirm")
    assert "Zgłosić zwrot" in again.text and await opened(talk) == []


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


async def test_cash_on_delivery_does_not_go_back_as_cash(shop: Shop) -> None:
    talk = await shop.talk("en")
    await talk.says(f"return 100442 {EMILY}", "start_return")
    asked = await talk.presses("Skip")
    assert asked.titles == ["Bank transfer", "Gift card"]


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


async def test_a_complaint_and_its_state(shop: Shop) -> None:
    talk = await shop.talk()
    await talk.says(
        f"w butach z zamówienia 100406 po tygodniu odkleiła się podeszwa, reklamuję, {JAN}", "file_complaint"
    )
    assert await talk.asked() == ["complaint_remedy"]
    confirm = await talk.says("naprawa", "inform")
    assert "Połonina" in confirm.text
    done = await talk.says("tak", "affirm")
    row = next(row for row in await talk.all(Complaint) if row.source == "chat")
    assert row.number in done.text and row.remedy == "repair" and "podeszwa" in row.description
    assert row.number in (await talk.says("co z moją reklamacją?", "ask_complaint_status")).text


async def test_danger_goes_to_a_human_at_once(shop: Shop) -> None:
    talk = await shop.talk()
    said = await talk.says("kuchenka wybuchła mi w rękach", "file_complaint")
    assert (await talk.row()).handoff["reason"] == "policy" and "nie używać" in said.text


async def test_refund_status(shop: Shop) -> None:
    talk = await shop.talk("en")
    told = await talk.says(f"where is my refund, 100387, {EMILY}", "ask_refund_status")
    assert "ZW-100387-1" in told.text
    none = await shop.talk()
    told = await none.says(f"gdzie pieniądze za 100552 {ANNA}", "ask_refund_status")
    assert "nie ma zgłoszonego zwrotu" in told.text and "Zwrot" in told.titles
