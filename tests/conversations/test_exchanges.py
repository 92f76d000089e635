"""Exchanges: the other size or colour checked, kept aside and given back, with everything people do in between."""

import asyncio

import pytest
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from bot.services.case_clock import CaseClock
from bot.shop.catalogue import find_product
from bot.shop.exchanges import open_exchange
from bot.shop.orders import find_order
from bot.storage.shop import Exchange, Variant
from tests.conversations.harness import Shop, Talk

ANNA, JAN, EMILY, DOROTA = (
    f"{name}@example.pl" for name in ("anna.kowalska", "jan.nowicki", "emily.carter", "dorota.rogala")
)


async def opened(talk: Talk) -> list[Exchange]:
    return [row for row in await talk.all(Exchange) if row.source == "chat"]


async def reserved(shop: Shop, sku: str) -> int:
    async with shop.database.read() as session:
        return (await session.get_one(Variant, sku)).reserved


@pytest.mark.parametrize(
    ("language", "said", "sku", "agreed", "yes", "undone"),
    [
        ("pl", f"wymiana butów z 100552 na 44, {ANNA}, za małe", "GRANIT-44-BRA", "Bez dopłaty", "tak", "cofnij to"),
        ("en", f"exchange the bag 100442 for 185 cm, {EMILY}", "BORSUK-185CM-BRA", "30.00", "yes", "undo that please"),
    ],
)
async def test_everything_in_the_first_sentence_and_back(
    shop: Shop, language: str, said: str, sku: str, agreed: str, yes: str, undone: str
) -> None:
    talk, before = await shop.talk(language), await reserved(shop, sku)
    confirm = await talk.says(said, "exchange_product")
    assert await talk.asked() == ["exchange_confirm"] and agreed in confirm.text
    assert await opened(talk) == [] and await reserved(shop, sku) == before
    done = await talk.says(yes, "affirm")
    (row,) = await opened(talk)
    assert (row.new_sku, row.status, row.label_code in done.text) == (sku, "opened", True)
    assert row.number in done.text and await reserved(shop, sku) == before + 1
    assert EMILY not in (row.reason or "") and ANNA not in (row.reason or "")
    back = await talk.says(undone, "deny")
    (row,) = await opened(talk)
    assert row.status == "cancelled" and row.number in back.text and await reserved(shop, sku) == before


@pytest.mark.parametrize(
    ("language", "said", "gone", "notify", "answer", "sku"),
    [
        ("pl", f"wymiana butów 100552 na 43 {ANNA}", "43, brązowy", "Powiadom", "to czarne 43", "GRANIT-43-CZA"),
        ("en", f"swap the boots of 100552 for 43 {ANNA}", "43, brown", "Let me know", "44 then", "GRANIT-44-BRA"),
    ],
)
async def test_sold_out_is_answered_with_what_there_is(
    shop: Shop, language: str, said: str, gone: str, notify: str, answer: str, sku: str
) -> None:
    talk = await shop.talk(language)
    asked = await talk.says(said, "exchange_product")
    assert gone in asked.text and gone not in asked.titles and len(asked.titles) <= 6
    assert any(title.startswith(notify) for title in asked.titles) and {"Zwrot", "Return"} & set(asked.titles)
    assert asked.titles[0].startswith("43, ")  # the size wanted in another colour first
    again = await talk.says("42 czarne" if language == "pl" else "black 42", "inform")
    assert "42, " in again.text and "exchange_confirm" not in await talk.asked()
    await talk.says(answer, "inform")
    await talk.says("tak" if language == "pl" else "yes", "affirm")
    assert [row.new_sku for row in await opened(talk)] == [sku]


async def test_two_want_the_last_piece(shop: Shop) -> None:
    jan, dorota = await shop.talk(), await shop.talk("en")
    await jan.says(f"wymiana butów 100406 na 38 oliwkowe, {JAN}", "exchange_product")
    await dorota.says(f"exchange 100555 for size 38 olive, {DOROTA}", "exchange_product")
    await asyncio.gather(jan.says("tak", "affirm"), dorota.says("tak", "affirm"))
    (row,) = await opened(jan)
    assert row.new_sku == "POLONINA-38-OLI" and await reserved(shop, "POLONINA-38-OLI") == 1
    loser = dorota if row.order_number == "100406" else jan
    assert ("sold out" if loser is dorota else "wyprzedany") in loser.replies[-1].text
    assert not (await loser.row()).handoff and any("38, " in title for title in loser.replies[-1].titles)
    # The one who was second gets it once the first gives it back.
    winner = jan if loser is dorota else dorota
    await winner.says("cofnij", "deny")
    await loser.says("38 oliwkowe" if loser is jan else "38 olive", "inform")
    await loser.says("tak", "affirm")
    assert len([item for item in await opened(jan) if item.status == "opened"]) == 1


async def test_the_database_itself_refuses_the_second_of_two(shop: Shop) -> None:
    """Both have looked before either writes: the worst order of events."""
    now = shop.clock.now()
    async with shop.database.collect() as first, shop.database.collect() as second:
        for unit, number in ((first, "100406"), (second, "100555")):
            order = await find_order(unit.session, number)
            product = await find_product(unit.session, "buty-polonina")
            assert order is not None and product is not None
            line = next(line for line in order.lines if line.variant.product_id == product.id)
            variant = next(item for item in product.variants if item.sku == "POLONINA-38-OLI")
            open_exchange(unit.session, order, line, variant, now, shop_days=30)
        async with first.commit():
            pass
        with pytest.raises(IntegrityError):
            async with second.commit():
                pass
    assert await reserved(shop, "POLONINA-38-OLI") == 1


async def test_what_is_not_sent_back_in_time_is_free_again(shop: Shop) -> None:
    talk = await shop.talk()
    await talk.says(f"wymiana butów 100406 na 38 oliwkowe, {JAN}", "exchange_product")
    await talk.says("tak", "affirm")
    cases = CaseClock(shop.database, shop.clock)
    for days, left in ((14, 1), (1, 0), (1, 0)):
        shop.clock.move(days=days)
        await cases.look()
        assert await reserved(shop, "POLONINA-38-OLI") == left
    (row,) = await opened(talk)
    assert row.status == "cancelled"
    told = await talk.says("co z moją wymianą?", "ask_refund_status")
    assert row.number in told.text and "odwołana" in told.text


async def test_corrections_at_the_confirmation(shop: Shop) -> None:
    talk = await shop.talk()
    await talk.says(f"wymiana butów 100552 na 44, {ANNA}", "exchange_product")
    for said, intent, named in [
        ("tak, ale czarne", "affirm", "44, czarny"),
        ("nie, 41", "deny", "41, czarny"),
        ("tak, tylko jednak brązowe 45", "affirm", "45, brązowy"),
    ]:
        confirm = await talk.says(said, intent)
        assert named in confirm.text and await opened(talk) == []
    await talk.says("zgadza się", "affirm")
    assert [row.new_sku for row in await opened(talk)] == ["GRANIT-45-BRA"]


@pytest.mark.parametrize(
    ("language", "said", "first"),
    [("pl", "wymiana butów, za małe", "44, brązowy"), ("en", "exchange the boots, too big", "41, brown")],
)
async def test_what_fits_better_comes_first(shop: Shop, language: str, said: str, first: str) -> None:
    talk = await shop.talk(language)
    asked = await talk.says(f"{said}, 100552, {ANNA}", "exchange_product")
    assert asked.titles[0] == first and not {"43, brązowy", "43, brown"} & set(asked.titles)


async def test_pieces_are_asked_for_and_must_all_be_there(shop: Shop) -> None:
    talk, before = await shop.talk(), await reserved(shop, "PIECHUR-4547-SZA")
    asked = await talk.says(f"wymiana skarpet z 100552 na 45-47, {ANNA}", "exchange_product")
    assert asked.titles == ["1", "2", "3"]
    await talk.says("dwie pary", "inform")
    await talk.says("tak", "affirm")
    assert await reserved(shop, "PIECHUR-4547-SZA") == before + 2
    again = await talk.says("zwrot skarpet z 100552", "start_return")  # one of three is left
    assert "quantity" not in (await talk.asked())[2:] and "powód" in again.text


@pytest.mark.parametrize(
    ("language", "said", "why", "next_step"),
    [
        ("pl", "wymiana bidonu 100493, iwona.dudek@example.pl", "higieniczne", "Reklamacja"),
        ("en", "exchange the bottle of 100493, iwona.dudek@example.pl", "hygiene", "Complaint"),
        ("pl", f"wymiana 100006 {JAN}", "minął", "Reklamacja"),
        ("en", f"exchange 100521 {EMILY}", "have not arrived", "A human"),
    ],
)
async def test_refusals(shop: Shop, language: str, said: str, why: str, next_step: str) -> None:
    talk = await shop.talk(language)
    refused = await talk.says(said, "exchange_product")
    assert why in refused.text and next_step in refused.titles


async def test_nothing_else_in_stock(shop: Shop) -> None:
    async with shop.database.write() as session:
        await session.execute(update(Variant).where(Variant.product_id == "buty-polonina").values(stock=0))
    talk = await shop.talk("en")
    told = await talk.says(f"exchange 100555 for 41, {DOROTA}", "exchange_product")
    assert "no other variant is in stock" in told.text and {"Return", "A human"} <= set(told.titles)


async def test_asked_in_between_and_by_a_human(shop: Shop) -> None:
    talk = await shop.talk()
    await talk.says(f"wymiana butów 100552, {ANNA}", "exchange_product")
    inside = await talk.says("ile mam dni na zwrot?", "ask_return_policy")
    assert "30 dni" in inside.text and "na który wariant" in inside.text
    await talk.says("chcę rozmawiać z człowiekiem", "request_human")
    assert (await talk.row()).state == "waiting"
    back = await talk.presses("Wolę dalej z botem")
    assert "na który wariant" in back.text
    await talk.presses("44, brązowy")
    refused = await talk.says("nie", "deny")
    assert await opened(talk) == [] and "Zwrot" in refused.titles and await talk.asked_twice() == 0
