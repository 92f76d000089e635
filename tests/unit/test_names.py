"""Products and colours of the shop's own catalogue, found however they are written."""

from __future__ import annotations

import pytest

from bot.shop.names import NameIndex

NAMES = [
    ("buty-granit", "Buty trekkingowe Granit", "Granit hiking boots"),
    ("buty-granit-lady", "Buty trekkingowe Granit damskie", "Granit women's hiking boots"),
    ("kurtka-wichr", "Kurtka Wichr", "Wichr jacket"),
    ("kurtka-wichr-lady", "Kurtka Wichr damska", "Wichr women's jacket"),
    ("koliba-2", "Namiot Koliba 2", "Koliba 2 tent"),
    ("koliba-3", "Namiot Koliba 3", "Koliba 3 tent"),
    ("skarpety-mroz", "Skarpety zimowe Mróz", "Mróz winter socks"),
    ("spodnie-hala", "Spodnie Hala damskie", "Hala women's trousers"),
]
INDEX = NameIndex(NAMES, [("granatowy", "granatowy"), ("navy", "granatowy"), ("ecru", "ecru")])


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("chcę zwrócić kurtkę Wichr", [("kurtka-wichr", "kurtkę Wichr")]),
        ("KURTKE WICHR DAMSKA", [("kurtka-wichr-lady", "KURTKE WICHR DAMSKA")]),
        ("butow granit 43", [("buty-granit", "butow granit")]),
        ("Granit women's please", [("buty-granit-lady", "Granit women's")]),
        ("w namiocie koliba 3, nie koliby 2", [("koliba-3", "koliba 3"), ("koliba-2", "koliby 2")]),
        ("czy są grnity", [("buty-granit", "grnity")]),
        ("skarpety mróz", [("skarpety-mroz", "skarpety mróz")]),
        ("spodnie na mróz", []),
        ("halo, jest tam kto", []),
        ("gdzie jest moja kurtka", []),
    ],
)
def test_the_product_meant_and_where_it_is_named(text: str, found: list[tuple[str, str]]) -> None:
    assert [(each.value, text[each.start : each.end]) for each in INDEX.products(text)] == found


def test_colours_are_the_shops_own_in_either_language() -> None:
    assert [each.value for each in INDEX.colours("granatowego albo navy, nie ecru i nie czarny")] == [
        "granatowy",
        "granatowy",
        "ecru",
    ]
