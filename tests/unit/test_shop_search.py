"""Words as customers write them: folding, endings, typing errors; stock and prices."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from bot.domain.text import fold, words
from bot.shop.catalogue import availability, price_of
from bot.shop.contacts import normal_email, normal_nip, normal_order_number, normal_phone, normal_postcode
from bot.shop.lexical import similarity
from bot.shop.search_words import WordIndex
from bot.storage.shop import Product, Promotion, Variant

NOW = dt.datetime(2026, 3, 20, 12, 0, tzinfo=dt.UTC)


def test_folding_loses_case_accents_and_strokes() -> None:
    assert fold("  Zażółć GĘŚLĄ\n jaźń, Łódź ") == "zazolc gesla jazn, lodz"
    assert words("Kurtkę Wichr, rozm. 43?") == ["kurtke", "wichr", "rozm", "43"]


@pytest.mark.parametrize(
    ("one", "other"),
    [("kurtke", "kurtka"), ("butow", "buty"), ("spiworem", "spiwor"), ("jackets", "jacket"), ("grnait", "granit")],
)
def test_endings_and_slips_are_the_same_word(one: str, other: str) -> None:
    assert similarity(one, other) >= 0.79


@pytest.mark.parametrize(("one", "other"), [("order", "border"), ("but", "bat"), ("refrigerator", "radiator")])
def test_other_words_are_other_words(one: str, other: str) -> None:
    assert WordIndex.of([[(other, 1.0)]]).coverage(one).tolist() == [0.0]


def test_a_number_counts_in_a_name_only_and_an_unknown_one_is_passed_over() -> None:
    index = WordIndex.of([[("Namiot Koliba 2", 1.0), ("waga 43", 0.5)], [("Namiot Koliba 3", 1.0)]])
    two, three = index.coverage("koliba 3")
    assert three == 1.0 and two < 0.7
    assert index.coverage("koliba 43").tolist() == [1.0, 1.0]
    assert index.coverage("43").tolist() == [0.0, 0.0]


def boots() -> Product:
    product = Product(id="granit", name_pl="Granit", name_en="Granit", price=Decimal(600), category="boots")
    rows = [("42", "brązowy", "brown", 4, 1), ("43", "brązowy", "brown", 1, 1), ("43", "czarny", "black", 2, 0)]
    product.variants = [
        Variant(sku=f"{size}-{en}", size=size, colour_pl=pl, colour_en=en, stock=stock, reserved=kept)
        for size, pl, en, stock, kept in rows
    ]
    product.variants[1].restock_on = dt.date(2026, 4, 1)
    return product


def test_what_is_promised_to_others_is_not_free() -> None:
    everything = availability(boots())
    assert (everything.free, everything.sizes, everything.colours_pl) == (5, ("42", "43"), ("brązowy", "czarny"))
    brown = availability(boots(), "43", "brązową")
    assert (len(brown.variants), brown.free, brown.restock_on) == (1, 0, dt.date(2026, 4, 1))
    assert availability(boots(), "43", "black").free == 2
    assert availability(boots(), "50").variants == ()


def test_the_best_running_promotion_without_a_coupon_is_the_price() -> None:
    def cut(name: str, **values: object) -> Promotion:
        return Promotion(**{"id": name, "name_pl": name, "name_en": name, "scope": "all"} | values)

    day = dt.timedelta(days=1)
    promotions = [
        cut("ten", percent=10),
        cut("boots", percent=15, scope="category", target="boots", starts_at=NOW - day, ends_at=NOW + day),
        cut("over", percent=50, ends_at=NOW),
        cut("soon", percent=50, starts_at=NOW + day),
        cut("coupon", percent=50, coupon="SZLAK"),
        cut("tents", percent=50, scope="category", target="tents"),
    ]
    price = price_of(boots(), promotions, NOW)
    assert (price.amount, price.regular) == (Decimal("510.00"), Decimal(600))
    assert price.promotion is not None and price.promotion.id == "boots"
    assert price_of(boots(), [cut("more", amount=Decimal(900))], NOW).amount == 0


def test_contacts_have_one_form() -> None:
    assert normal_email(" Anna@Example.PL ") == "anna@example.pl" and normal_email("anna@example") is None
    assert normal_phone("601-555-101") == normal_phone("0048 601 555 101") == "+48601555101"
    assert normal_phone("+420 601 555 118") == "+420601555118" and normal_phone("12") is None
    assert normal_postcode("30060") == "30-060" and normal_postcode("3006") is None
    assert normal_postcode("sw1a  1aa", "GB") == "SW1A 1AA"
    assert normal_nip("PL 526-104-08-28") == "5261040828" and normal_nip("5261040829") is None
    assert normal_order_number(" nr #100 123") == "100123"
