"""Orders that are changed, cancelled and bought again: what is said, and what is then true in the shop."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select, update

from bot.domain.undoing import Wish, taking_back
from bot.storage.shop import Order, OrderChange, OrderLine, Variant
from bot.storage.tables import Promise
from tests.conversations.harness import Shop, Talk

EMILY, ANNA = "emily.carter@example.pl", "anna.kowalska@example.pl"
BOTH = pytest.mark.parametrize("language", ["pl", "en"])
YES, NO = {"pl": "tak", "en": "yes"}, {"pl": "nie", "en": "no"}
UNDO = {"pl": "Cofnij", "en": "Undo"}
CANCEL = {"pl": f"chcę anulować zamówienie 100636, {EMILY}", "en": f"please cancel order 100636, {EMILY}"}


async def row(shop: Shop, table: Any, key: str) -> Any:
    async with shop.database.read() as session:
        return await session.get(table, key)


async def changes(talk: Talk) -> list[OrderChange]:
    return sorted(await talk.all(OrderChange), key=lambda change: change.id)


async def refunds(talk: Talk) -> list[Promise]:
    return [promise for promise in await talk.all(Promise) if promise.kind == "refund" and promise.kept_at is None]


async def agrees(talk: Talk, language: str) -> Any:
    return await talk.says(YES[language], "affirm", language=language)


# Cancelling


@BOTH
async def test_an_order_is_cancelled_and_the_money_promised(shop: Shop, language: str) -> None:
    talk = await shop.talk(language)
    asked = await talk.says(CANCEL[language], "cancel_order", language=language)
    assert "100636" in asked.text and "262" in asked.text and not await talk.all(OrderChange)
    done = await agrees(talk, language)
    order = await row(shop, Order, "100636")
    assert (order.status, order.cancelled_at) == ("cancelled", shop.clock.now())
    assert (await row(shop, Variant, "GAZDZINA-L-TUR")).reserved == 0
    [promise] = await refunds(talk)
    assert promise.details == {"number": "100636", "amount": "262.99"}
    assert (promise.due_at - shop.clock.now()).days == 14 and "262" in done.text and "30" in done.text
    [change] = await changes(talk)
    assert change.before["order"]["status"] == "paid" and change.after["reserved"] == {"GAZDZINA-L-TUR": -1}
    assert await talk.asked_twice() == 0 and await talk.asked() == ["cancel_confirm"]


@BOTH
@pytest.mark.parametrize("words", [True, False])
async def test_a_cancelled_order_comes_back(shop: Shop, language: str, words: bool) -> None:
    talk = await shop.talk(language)
    await talk.says(CANCEL[language], "cancel_order", language=language)
    await agrees(talk, language)
    if words:
        text = {"pl": "pomyłka, jednak nie rezygnuję", "en": "don't cancel it after all"}[language]
        undone = await talk.says(text, "cancel_order", language=language)
    else:
        undone = await talk.presses(UNDO[language])
    order = await row(shop, Order, "100636")
    assert (order.status, order.cancelled_at) == ("paid", None), undone.text
    assert (await row(shop, Variant, "GAZDZINA-L-TUR")).reserved == 1
    assert await refunds(talk) == [] and (await changes(talk))[0].undone_at is not None
    # A second "undo" has nothing to take back, and says so.
    again = await talk.says({"pl": "cofnij", "en": "undo"}[language], "stop_flow", language=language)
    assert (await row(shop, Order, "100636")).status == "paid" and again.text


@BOTH
async def test_vague_regret_is_asked_about_first(shop: Shop, language: str) -> None:
    talk = await shop.talk(language)
    await talk.says(CANCEL[language], "cancel_order", language=language)
    await agrees(talk, language)
    text = {"pl": "kurczę, pomyłka", "en": "oh, that was a mistake"}[language]
    asked = await talk.says(text, "nlu_fallback", language=language)
    assert "100636" in asked.text and (await row(shop, Order, "100636")).status == "cancelled"
    kept = await talk.says(NO[language], "deny", language=language)
    assert (await row(shop, Order, "100636")).status == "cancelled" and kept.text
    await talk.says({"pl": "jednak cofnij to", "en": "please undo that"}[language], "stop_flow", language=language)
    assert (await row(shop, Order, "100636")).status == "paid"


async def test_undo_in_words_is_only_about_the_last_half_hour(shop: Shop) -> None:
    talk = await shop.talk("en")
    await talk.says(CANCEL["en"], "cancel_order", language="en")
    await agrees(talk, "en")
    shop.clock.move(minutes=31)
    await talk.says("undo that", "stop_flow", language="en")
    assert (await row(shop, Order, "100636")).status == "cancelled"


@pytest.mark.parametrize("late", [{"applied_at": True}, {"gone": True}])
async def test_what_cannot_be_undone_goes_to_a_human(shop: Shop, late: dict[str, bool]) -> None:
    talk = await shop.talk("en")
    await talk.says(CANCEL["en"], "cancel_order", language="en")
    await agrees(talk, "en")
    async with shop.database.write() as session:
        if "gone" in late:  # somebody else has bought the last piece
            await session.execute(update(Variant).where(Variant.sku == "GAZDZINA-L-TUR").values(stock=0))
        else:
            await session.execute(update(OrderChange).values(applied_at=shop.clock.now()))
    said = await talk.presses("Undo")
    assert (await talk.row()).handoff["reason"] == "policy" and "cancelling order 100636" in said.text
    assert (await row(shop, Order, "100636")).status == "cancelled"
    assert (await talk.facts())["wish"] == "undo cancel 100636"


@BOTH
@pytest.mark.parametrize(("number", "mail", "key"), [("100610", ANNA, "sent"), ("100552", ANNA, "delivered")])
async def test_too_late_to_cancel(shop: Shop, language: str, number: str, mail: str, key: str) -> None:
    talk = await shop.talk(language)
    told = await talk.says(f"{number} {mail} anuluj / cancel", "cancel_order", language=language)
    words = {
        ("pl", "sent"): "odmówić przyjęcia",
        ("en", "sent"): "can be refused",
        ("pl", "delivered"): "zostało doręczone",
        ("en", "delivered"): "has been delivered",
    }[language, key]
    assert words in told.text and {"Zwrot", "Return"} & set(told.titles)
    assert await changes(talk) == []


@BOTH
async def test_a_refused_confirmation_writes_nothing(shop: Shop, language: str) -> None:
    talk = await shop.talk(language)
    await talk.says(CANCEL[language], "cancel_order", language=language)
    said = await talk.says(NO[language], "deny", language=language)
    assert (await row(shop, Order, "100636")).status == "paid" and await changes(talk) == []
    assert {"Zmień zamówienie", "Change the order"} & set(said.titles)


@BOTH
async def test_interrupted_with_another_number_and_a_human_in_between(shop: Shop, language: str) -> None:
    talk = await shop.talk(language)
    await talk.says(CANCEL[language], "cancel_order", language=language)
    aside = await talk.says(
        {"pl": "jak mogę zapłacić?", "en": "how can I pay?"}[language], "ask_payment_methods", language=language
    )
    assert "BLIK" in aside.text and "100636" in aside.text, "the interrupted question is asked again"
    await talk.says({"pl": "człowiek", "en": "human"}[language], "request_human", language=language)
    assert (await talk.row()).state == "waiting" and await changes(talk) == []
    back = await talk.presses({"pl": "Wolę dalej z botem", "en": "Go on with the bot"}[language])
    assert "100636" in back.text
    corrected = await talk.says(
        {"pl": "nie, chodzi o 100650", "en": "no, I mean 100650"}[language], "deny", language=language
    )
    assert "100650" in corrected.text
    await agrees(talk, language)
    assert (await row(shop, Order, "100650")).status == "cancelled" and await refunds(talk) == []
    assert (await row(shop, Order, "100636")).status == "paid"
    assert await talk.asked_twice() == 0


@pytest.mark.parametrize(
    ("text", "wish"),
    [
        ("cofnij to", Wish.PLAIN),
        ("proszę przywrócić zamówienie", Wish.PLAIN),
        ("Undo that please", Wish.PLAIN),
        ("jednak nie zwracam", Wish.REGRET),
        ("I want to keep it after all", Wish.REGRET),
        ("nie to chciałam", Wish.PERHAPS),
        ("oops, wrong button", Wish.PERHAPS),
        ("dziękuję, to wszystko", None),
        ("gdzie jest moja paczka?", None),
        ("chcę zwrócić buty, bo przez pomyłkę zamówiłam dwie pary i obie są za małe na moją stopę", None),
    ],
)
def test_words_that_take_something_back(text: str, wish: Wish | None) -> None:
    assert taking_back(text) is wish


# Another delivery


ADDRESS = {
    "pl": f"zmień adres dostawy w 100649 na ul. Kwiatowa 3/5, 40-012 Katowice, mail {'beata.olszewska@example.pl'}",
    "en": f"change the address of order 100649 to ul. Kwiatowa 3/5, 40-012 Katowice, mail {'beata.olszewska@example.pl'}",
}


@BOTH
async def test_another_address_in_one_sentence_and_back(shop: Shop, language: str) -> None:
    talk = await shop.talk(language)
    asked = await talk.says(ADDRESS[language], "change_delivery", language=language)
    assert "ul. Szkolna 26, 30-060 Kraków → ul. Kwiatowa 3/5, 40-012 Katowice" in asked.text
    done = await agrees(talk, language)
    order = await row(shop, Order, "100649")
    assert (order.street, order.postcode, order.city) == ("ul. Kwiatowa 3/5", "40-012", "Katowice")
    assert "40-012" in done.text and "40-012" in (await talk.facts())["delivery_wish"]
    assert await talk.asked() == ["delivery_confirm"]
    await talk.presses(UNDO[language])
    assert (await row(shop, Order, "100649")).city == "Kraków"


@BOTH
async def test_an_address_told_piece_by_piece_and_corrected(shop: Shop, language: str) -> None:
    talk = await shop.talk(language)
    said = {
        "pl": (
            "przeprowadziłam się, zmieńcie adres w 100649, beata.olszewska@example.pl",
            "Proszę podać kod",
            "nie, jednak ul. Długa 8",
        ),
        "en": (
            "I moved, change the address of 100649, beata.olszewska@example.pl",
            "give the postcode",
            "no, rather ul. Długa 8",
        ),
    }[language]
    await talk.says(said[0], "change_delivery", language=language)
    asked = await talk.says("Długa 7", "inform", language=language)
    assert said[1] in asked.text
    wrong = await talk.says("31 147 0", "inform", language=language)
    assert "00-950" in wrong.text, "an unusable postcode is pointed out"
    await talk.says("31-147", "inform", language=language)
    asked = await talk.says("Kraków", "inform", language=language)
    assert "Długa 7, 31-147 Kraków" in asked.text
    asked = await talk.says(said[2], "deny", language=language)
    assert "ul. Długa 8, 31-147 Kraków" in asked.text
    await agrees(talk, language)
    order = await row(shop, Order, "100649")
    assert (order.street, order.postcode, order.city) == ("ul. Długa 8", "31-147", "Kraków")
    assert await talk.asked_twice() == 0


@BOTH
async def test_another_locker_asked_for_by_button(shop: Shop, language: str) -> None:
    talk = await shop.talk(language, customer_id="K1003")
    asked = await talk.says(
        {"pl": "chcę zmienić dostawę", "en": "change my delivery"}[language] + " 100636",
        "change_delivery",
        language=language,
    )
    assert len(asked.titles) >= 5
    asked = await talk.presses({"pl": "Paczkomat lub punkt", "en": "Locker or pick-up point"}[language])
    assert "WAW123M" in asked.text
    wrong = await talk.says("koło żabki / next to the shop", "inform", language=language)
    assert "WAW123M" in wrong.text and wrong.text != asked.text
    asked = await talk.says("wro094n", "inform", language=language)
    assert "WRO175N → WRO094N" in asked.text
    await agrees(talk, language)
    assert (await row(shop, Order, "100636")).locker_code == "WRO094N"


@BOTH
async def test_a_pick_up_points_number_is_not_an_order(shop: Shop, language: str) -> None:
    talk = await shop.talk(language, customer_id="K1003")
    text = {"pl": "inny punkt odbioru dla 100650", "en": "another pick-up point for 100650"}[language]
    await talk.says(text, "change_delivery", language=language)
    asked = await talk.says("768350", "inform", language=language)
    assert "191064 → 768350" in asked.text
    await agrees(talk, language)
    assert (await row(shop, Order, "100650")).locker_code == "768350"
    assert (await talk.facts())["order_number"] == "100650"


@BOTH
async def test_from_locker_to_courier(shop: Shop, language: str) -> None:
    """The way is changed with the place, at its price; a paid order that would cost more goes to a human."""
    talk = await shop.talk(language, customer_id="K1003")
    text = {"pl": "100636: zamiast paczkomatu proszę kuriera", "en": "100636: a courier instead of the locker please"}[
        language
    ]
    said = await talk.says(text, "change_delivery", language=language)
    assert (await talk.row()).handoff["reason"] == "policy" and "3" in said.text
    assert (
        "DPD" in (await talk.facts())["wish"] and (await row(shop, Order, "100636")).delivery_method == "inpost_locker"
    )

    unpaid = await shop.talk(language, customer_id="K1001")
    text = {"pl": "100584 do paczkomatu KRA012", "en": "100584 to locker KRA012"}[language]
    asked = await unpaid.says(text, "change_delivery", language=language)
    assert "KRA012" in asked.text and "InPost" in asked.text
    await agrees(unpaid, language)
    order = await row(shop, Order, "100584")
    assert (order.delivery_method, order.locker_code, order.total) == ("inpost_locker", "KRA012", Decimal("1776.00"))


@BOTH
@pytest.mark.parametrize(
    ("pl", "en", "reason"),
    [
        ("jutro", "tomorrow", ("nie zdąży", "cannot make it")),
        ("w niedzielę", "on Sunday", ("nie doręczają", "do not deliver")),
        ("20 lipca", "20 July", ("dwa tygodnie", "two weeks")),
    ],
)
async def test_a_day_that_is_not_possible(shop: Shop, language: str, pl: str, en: str, reason: tuple[str, str]) -> None:
    talk = await shop.talk(language, customer_id="K1003")
    async with shop.database.write() as session:  # the Polish Post needs two days
        await session.execute(update(Order).where(Order.number == "100636").values(delivery_method="poczta"))
    text = {"pl": f"przesuńcie dostawę 100636 {pl}", "en": f"deliver 100636 {en}"}[language]
    refused = await talk.says(text, "change_delivery", language=language)
    assert reason[language == "en"] in refused.text and len(refused.titles) == 3
    asked = await talk.presses(refused.titles[0])
    assert "→" in asked.text
    await agrees(talk, language)
    order = await row(shop, Order, "100636")
    assert order.expected_on is not None and order.expected_on.isoweekday() <= 5
    assert (await changes(talk))[0].after["order"] == {"expected_on": order.expected_on.isoformat()}


@BOTH
async def test_day_hours_and_phone_together(shop: Shop, language: str) -> None:
    talk = await shop.talk(language, customer_id="K1003")
    text = {
        "pl": "dostawa 100636 w piątek po 17, i nowy numer telefonu 602 111 222",
        "en": "deliver 100636 on Friday after 17:00, and a new phone 602 111 222",
    }[language]
    asked = await talk.says(text, "change_delivery", language=language)
    assert "602" in asked.text and "17:00" in asked.text
    await agrees(talk, language)
    order = await row(shop, Order, "100636")
    assert (order.expected_on.isoformat(), order.phone) == ("2026-06-19", "+48602111222")
    assert "17:00" in order.note


@BOTH
async def test_refused_by_the_shops_rules(shop: Shop, language: str) -> None:
    async with shop.database.write() as session:
        await session.execute(update(Order).where(Order.number == "100584").values(payment_method="cod"))
    talk = await shop.talk(language, customer_id="K1001")
    said = await talk.says("100584 KRA012", "change_delivery", language=language)
    assert {"pl": "płatności przy odbiorze", "en": "cash on delivery"}[language] in said.text
    same = await shop.talk(language, customer_id="K1003")
    assert "100636" in (await same.says("100636 WRO175N", "change_delivery", language=language)).text
    assert await changes(same) == []


@BOTH
async def test_once_sent_the_carrier_is_told(shop: Shop, language: str) -> None:
    talk = await shop.talk(language)
    told = await talk.says(f"100610 {ANNA} ul. Inna 5/1, 30-001 Kraków", "change_delivery", language=language)
    assert "orlenpaczka" in told.text and "ORLEN Paczka" in told.messages[-1].text
    assert {"pl": "Punktu nie da się już zmienić", "en": "can no longer be changed"}[language] in told.text
    over = await shop.talk(language)
    told = await over.says(f"100552 {ANNA}", "change_delivery", language=language)
    assert {"pl": "nie da się już zmienić", "en": "no longer be changed"}[language] in told.text
    assert await changes(over) == []


@BOTH
async def test_what_cannot_be_read_as_a_wish_ends_with_a_human(shop: Shop, language: str) -> None:
    talk = await shop.talk(language, customer_id="K1003")
    await talk.says("100636", "change_delivery", language=language)
    again = await talk.says("hmm hmm", "nlu_fallback", language=language)
    assert len(again.titles) >= 5
    await talk.says("to i owo / this and that", "nlu_fallback", language=language)
    assert (await talk.row()).handoff["reason"] in ("policy", "not_understood")


# Other goods


@BOTH
async def test_another_size_is_reserved_and_given_back(shop: Shop, language: str) -> None:
    async with shop.database.read() as session:
        free = select(Variant).where(
            Variant.product_id == "polar-gazdzina", Variant.size == "M", Variant.colour_en == "teal"
        )
        wanted = (await session.scalars(free)).one()
    async with shop.database.write() as session:
        await session.execute(update(Variant).where(Variant.sku == wanted.sku).values(stock=3, reserved=0))
    talk = await shop.talk(language, customer_id="K1003")
    text = {
        "pl": "w zamówieniu 100636 poproszę rozmiar M zamiast L",
        "en": "in order 100636 I need size M instead of L",
    }[language]
    asked = await talk.says(text, "modify_order", language=language)
    assert "→ M" in asked.text and "262" in asked.text
    await agrees(talk, language)
    assert (await row(shop, OrderLine, "100636-1")).sku == wanted.sku
    assert (await row(shop, Variant, wanted.sku)).reserved == 1
    assert (await row(shop, Variant, "GAZDZINA-L-TUR")).reserved == 0
    await talk.says({"pl": "cofnij to", "en": "undo that"}[language], "nlu_fallback", language=language)
    assert (await row(shop, OrderLine, "100636-1")).sku == "GAZDZINA-L-TUR"
    assert ((await row(shop, Variant, wanted.sku)).reserved, (await row(shop, Variant, "GAZDZINA-L-TUR")).reserved) == (
        0,
        1,
    )


@BOTH
async def test_something_is_taken_out_and_put_back(shop: Shop, language: str) -> None:
    talk = await shop.talk(language, customer_id="K1003")
    text = {"pl": "usuńcie karimatę z zamówienia 100650", "en": "remove the mat from order 100650"}[language]
    asked = await talk.says(text, "modify_order", language=language)
    assert "799" in asked.text
    await agrees(talk, language)
    assert await row(shop, OrderLine, "100650-2") is None
    assert (await row(shop, Order, "100650")).total == Decimal("799.00")
    assert (await row(shop, Variant, "KARIMATA-KLASYK-180X50CM-GRN")).reserved == 0
    await talk.presses(UNDO[language])
    line = await row(shop, OrderLine, "100650-2")
    assert (line.sku, line.quantity, line.unit_price) == ("KARIMATA-KLASYK-180X50CM-GRN", 1, Decimal("59.00"))
    assert (await row(shop, Order, "100650")).total == Decimal("858.00")


@BOTH
async def test_fewer_pieces_of_a_paid_order_give_money_back(shop: Shop, language: str) -> None:
    talk = await shop.talk(language)
    text = {"pl": "tylko 1 sztuka zamiast dwóch", "en": "only one piece instead of two"}[language]
    asked = await talk.says(f"100627 paulina.mazurek@example.pl {text}", "modify_order", language=language)
    chosen = asked if "→" in asked.text else await talk.presses("1")
    assert "→" in chosen.text
    await agrees(talk, language)
    assert (await row(shop, OrderLine, "100627-1")).quantity == 1
    assert (await row(shop, Order, "100627")).total == Decimal("72.99")
    assert [promise.details["amount"] for promise in await refunds(talk)] == ["59.00"]


@BOTH
async def test_what_a_human_has_to_change(shop: Shop, language: str) -> None:
    talk = await shop.talk(language, customer_id="K1003")
    text = {"pl": "dodajcie do 100636 jeszcze skarpety", "en": "please add socks to 100636"}[language]
    await talk.says(text, "modify_order", language=language)
    assert (await talk.row()).handoff["reason"] == "policy" and text in (await talk.facts())["wish"]

    more = await shop.talk(language, customer_id="K1003")
    text = {"pl": "chcę 3 sztuki w 100636", "en": "I want 3 pieces in 100636"}[language]
    said = await more.says(text, "modify_order", language=language)
    assert (await more.row()).handoff["reason"] == "policy" and "484" in said.text, (
        "two more at 249, delivery free then"
    )


@BOTH
async def test_the_last_thing_taken_out_is_a_cancellation(shop: Shop, language: str) -> None:
    talk = await shop.talk(language, customer_id="K1003")
    text = {"pl": "usuńcie ten polar z 100636", "en": "remove the fleece from 100636"}[language]
    asked = await talk.says(text, "modify_order", language=language)
    assert {"pl": "Anulować zamówienie 100636", "en": "Cancel order 100636"}[language] in asked.text
    too_late = await shop.talk(language)
    told = await too_late.says(f"100610 {ANNA}", "modify_order", language=language)
    assert {"pl": "opuściło magazyn", "en": "left the warehouse"}[language] in told.text and len(told.titles) >= 3


# The same once more


@BOTH
async def test_the_same_once_more(shop: Shop, language: str) -> None:
    async with shop.database.write() as session:
        await session.execute(update(Variant).where(Variant.sku == "PIECHUR-4244-SZA").values(stock=0))
    talk = await shop.talk(language)
    text = {"pl": "zamów to jeszcze raz", "en": "order that again"}[language]
    told = await talk.says(f"{text}: 100552, {ANNA}", "modify_order", language=language)
    assert "100552" in told.text and "649" in told.text
    assert {"pl": "dostępne", "en": "in stock"}[language] in told.text
    assert {"pl": "najbliższy", "en": "nearest"}[language] in told.text or {
        "pl": "następna dostawa",
        "en": "next delivery",
    }[language] in told.text
    assert len(told.cards) == 2 and await changes(talk) == []


@BOTH
async def test_what_was_bought_and_a_button_for_it(shop: Shop, language: str) -> None:
    talk = await shop.talk(language, customer_id="K1001")
    text = {"pl": "co ostatnio kupiłam?", "en": "what did I buy last time?"}[language]
    told = await talk.says(text, "ask_order_status", language=language)
    assert all(number in told.text for number in ("100552", "100584", "100610"))
    again = next(title for title in told.titles if "100610" in title)
    assert "100610" in (await talk.presses(again)).text
    assert await talk.asked() == []
