"""What is sold: asked about, pointed at, compared, priced, and waited for. In both languages."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from sqlalchemy import select, update

from bot.storage.shop import Order, OrderLine, Product, Promotion, Variant
from tests.conversations.harness import Reply, Shop

ANNA = "anna.kowalska@example.pl"
Turns = list[tuple[str, str, str]]
"""What is said, its intent, and what the answer holds; "!" before it: what it must not hold."""


def plain(reply: Reply) -> str:
    """What was said, with ordinary blanks in its amounts."""
    return reply.text.replace("\xa0", " ")


async def play(shop: Shop, language: str, turns: Turns) -> list[str]:
    talk = await shop.talk(language)
    for text, intent, expected in turns:
        reply = await talk.says(text, intent)
        holds = expected.removeprefix("!")
        assert (holds in plain(reply)) != expected.startswith("!"), f"{text!r}: {reply.text!r}"
        assert (await talk.records())[-1].outcome["kind"] == "answered", text
    assert await talk.asked_twice() == 0
    return await talk.asked()


# What is pointed at. The intents are those the NLU really sees in such words.


@pytest.mark.parametrize(
    ("language", "turns"),
    [
        (
            "pl",
            [
                ("szukam kurtki na deszcz do 900 zł", "recommend_product", "Kurtka Mżawka"),
                ("ile kosztuje ta najtańsza?", "ask_price", "349,00"),
                ("a rozmiar XXL?", "inform", "Kurtka Mżawka, XXL"),
                ("a w granatowym?", "exchange_product", "Kurtka Mżawka, granatowy"),
                ("L", "inform", "Kurtka Mżawka, L"),
                ("ile waży?", "ask_product_info", "260 g"),
                ("jaka gwarancja?", "file_complaint", "24 mies."),
                ("jak ją prać?", "ask_product_usage", "Kurtka Mżawka"),
            ],
        ),
        (
            "en",
            [
                ("a rain jacket up to 900 please", "recommend_product", "Mżawka rain jacket"),
                ("how much is the cheapest one?", "ask_price", "349.00"),
                ("and size XXL?", "inform", "Mżawka rain jacket, XXL"),
                ("and in navy?", "exchange_product", "Mżawka rain jacket, navy"),
                ("L", "inform", "Mżawka rain jacket, L"),
                ("how much does it weigh?", "ask_product_info", "260 g"),
                ("what's the warranty?", "ask_return_policy", "24 months"),
                ("how do I wash it?", "ask_product_usage", "Mżawka rain jacket"),
            ],
        ),
    ],
)
async def test_a_product_is_talked_about_without_being_named_again(shop: Shop, language: str, turns: Turns) -> None:
    assert await play(shop, language, turns) == []


async def test_a_place_in_the_list(shop: Shop) -> None:
    for text, place in [
        ("to drugie", 1),
        ("ta druga", 1),
        ("nr 3", 2),
        ("2", 1),
        ("ostatnia", 2),
        ("ten pierwszy proszę", 0),
        ("the second one", 1),
        ("the last one", 2),
        ("the third", 2),
    ]:
        talk = await shop.talk()
        names = [card["title"] for card in (await talk.says("szukam plecaka", "recommend_product")).cards]
        assert (await talk.says(text, "inform", language="pl")).text.startswith(names[place])
        # The list still stands: another place in it may be named afterwards, whatever the intent.
        assert (await talk.says("ile kosztuje ten pierwszy?", "ask_price")).text.startswith(names[0])


@pytest.mark.parametrize("text", ["ta tańsza", "the cheaper one", "ten droższy", "the more expensive one"])
@pytest.mark.parametrize("asked", [True, False], ids=["as the answer", "afterwards"])
async def test_the_cheaper_and_the_dearer(shop: Shop, text: str, asked: bool) -> None:
    talk = await shop.talk()
    sentence = ("czy macie puchówki?", "ask_availability") if asked else ("polecisz puchówkę?", "recommend_product")
    cards = (await talk.says(*sentence)).cards
    rows = {row.name_pl: row.price for row in await talk.all(Product)}
    shown = sorted((card["title"] for card in cards), key=lambda name: rows[name])
    cheaper = "tańsz" in text or "cheaper" in text
    reply = await talk.says(text, "inform" if asked else "ask_price", language="pl")
    assert shown[0 if cheaper else -1] in reply.text


@pytest.mark.parametrize(
    ("text", "intent"),
    [("drugi raz to samo!", "express_frustration"), ("to moja pierwsza reklamacja", "file_complaint")],
)
async def test_a_place_word_in_a_sentence_of_its_own_points_at_nothing(shop: Shop, text: str, intent: str) -> None:
    talk = await shop.talk()
    await talk.says("szukam plecaka", "recommend_product")
    assert "Plecak" not in (await talk.says(text, intent)).text


async def test_a_product_of_an_order_only_once_the_order_is_proven(shop: Shop) -> None:
    talk = await shop.talk()
    async with shop.database.write() as session:
        mine = update(OrderLine).where(OrderLine.order_number == "100552")
        await session.execute(
            mine.values(sku=select(Variant.sku).where(Variant.product_id == "kurtka-ostoja").limit(1).scalar_subquery())
        )
    before = await talk.says("ile kosztuje ta kurtka z zamówienia 100552?", "ask_price")
    assert "Ostoja" not in before.text or len(before.titles) > 1
    await talk.says(f"gdzie jest 100552, {ANNA}", "ask_order_status")
    assert "Ostoja: " in (await talk.says("ile kosztuje ta kurtka z mojego zamówienia?", "ask_price")).text


# Facts first


async def test_a_fact_is_answered_first_and_alone(shop: Shop) -> None:
    for language, text, expected in [
        ("pl", "czy Granit jest wodoodporny?", "Membrana: Halotex"),
        ("pl", "ile waży śpiwór Borsuk?", "1450 g"),
        ("pl", "z czego jest polar Baca?", "200 g"),
        ("pl", "do ilu stopni jest śpiwór Jeż?", "+8°C"),
        ("pl", "jaka gwarancja na czołówkę Ćma?", "24 mies."),
        ("en", "is the Granit waterproof?", "Membrane: Halotex"),
        ("en", "how much does the Borsuk sleeping bag weigh?", "1450 g"),
        ("en", "does the Zbójnik have a membrane?", "Membrane: none"),
    ]:
        talk = await shop.talk(language)
        reply = await talk.says(text, "ask_product_info")
        assert expected in reply.text and len(reply.text) < 120 and "\n" not in reply.text


@pytest.mark.parametrize(
    ("language", "text", "honest"),
    [("pl", "czy Zbójnik ma kaptur?", "nic o tym nie mówią"), ("en", "does the Zbójnik have a hood?", "say nothing")],
)
async def test_what_the_data_do_not_say_is_not_guessed(shop: Shop, language: str, text: str, honest: str) -> None:
    talk = await shop.talk(language)
    reply = await talk.says(text, "ask_product_info")
    assert honest in reply.text
    await talk.presses("Człowiek" if language == "pl" else "A human")
    assert (await talk.row()).state == "waiting"


async def test_two_products_are_compared(shop: Shop) -> None:
    for language, turns in [
        ("pl", [("czym się różni Granit od Połoniny?", "ask_product_info", "1380 g (para, 42) / 920 g (para, 42)")]),
        ("en", [("what's the difference between Granit and Połonina?", "ask_product_info", "1380 g")]),
        ("pl", [("ile kosztuje Granit?", "ask_price", "649"), ("czym się różni od Zawratu?", "inform", "B2")]),
        (
            "en",
            [
                ("I am looking for a tent", "recommend_product", "Koliba 2"),
                ("compare the two", "out_of_scope", "Price: PLN"),
            ],
        ),
        ("pl", [("czym się różni Granit od Limby?", "ask_product_info", "potrzebne są dwa")]),
    ]:
        assert await play(shop, language, turns) == []


# Stock


async def test_sizes_colours_and_pieces(shop: Shop) -> None:
    for language, turns in [
        (
            "pl",
            [
                ("ile macie Granit 45 brązowy?", "ask_availability", "Zostało sztuk: 2."),
                ("a 43 brązowy?", "ask_availability", "Następna dostawa"),
                ("a 43 czarny?", "ask_availability", "Tak"),
                ("a w różowym?", "ask_availability", "nie ma w ofercie"),
            ],
        ),
        (
            "en",
            [
                ("how many Granit 45 brown are left?", "ask_availability", "Pieces left: 2."),
                ("and 43 brown?", "ask_availability", "Next delivery"),
                ("and 43 black?", "ask_availability", "Yes"),
                ("and in pink?", "ask_availability", "not made"),
            ],
        ),
        ("pl", [("jest Granit 42?", "ask_availability", "!Zostało"), ("a 40 czarne?", "inform", "Zostało sztuk: 1.")]),
    ]:
        assert await play(shop, language, turns) == []


@pytest.mark.parametrize("language", ["pl", "en"])
async def test_news_of_a_delivery_with_and_without_a_day(shop: Shop, language: str) -> None:
    talk = await shop.talk(language)
    polish = language == "pl"
    await talk.says(
        "powiadom o Granit 43 brązowy" if polish else "tell me when Granit 43 brown is back", "notify_restock"
    )
    again = await talk.says(
        "powiadom o Granit 43 brązowy" if polish else "tell me when Granit 43 brown is back", "notify_restock"
    )
    assert ("już zapisane" if polish else "noted already") in again.text
    # No day is known for the tent: watched all the same, nobody is called.
    said = await talk.says("powiadom o namiocie Szałas" if polish else "notify me of the Szałas tent", "notify_restock")
    assert ("Terminu dostawy jeszcze nie ma" if polish else "no delivery date yet") in said.text
    assert await talk.promises() == ["restock", "restock"] and (await talk.row()).state == "bot"
    # Which of the two is no longer wanted is asked, and answered by a word of its name.
    await talk.says("już nie chcę powiadomienia" if polish else "no need to notify me any more", "notify_restock")
    dropped = await talk.says("Szałas", "out_of_scope")
    assert "Szałas" in dropped.text
    last = await talk.says(
        "nie chcę też drugiego powiadomienia" if polish else "don't notify me at all", "notify_restock"
    )
    assert "Granit" in last.text
    none = await talk.says("anuluj powiadomienie" if polish else "cancel the notification", "notify_restock")
    assert ("Żadne" if polish else "No such notice") in none.text
    assert await talk.asked_twice() == 0


async def test_which_of_the_versions_that_are_sold_out_is_asked_and_undone(shop: Shop) -> None:
    talk = await shop.talk("en")
    asked = await talk.says("let me know when Polar Baca is back", "notify_restock")
    assert asked.titles == ["M, graphite", "XXL, graphite", "S, navy"]
    noted = await talk.says("the navy one", "inform")
    assert "Baca fleece, S, navy" in noted.text
    await talk.presses("Undo")
    said = await talk.says("never mind, no notification", "notify_restock")
    assert "No such notice" in said.text


async def test_an_address_is_asked_for_only_where_nothing_else_reaches(shop: Shop) -> None:
    shop.turns.rules = replace(shop.turns.rules, mails=True)
    talk = await shop.talk("en")
    assert "e-mail" in (await talk.says("tell me when Granit 43 brown is back", "notify_restock")).text
    known = await shop.talk("en")
    told = await known.says(f"tell me when Granit 43 brown is back, {ANNA}", "notify_restock")
    assert "Noted" in told.text and "e-mail" not in told.text


# Prices, promotions, codes


@pytest.mark.parametrize(
    ("language", "turns"),
    [
        (
            "pl",
            [
                ("ile kosztuje Ostoja?", "ask_price", "399,20 zł zamiast 499,00 zł"),
                ("ile kosztuje Ostoja?", "ask_price", "Najniższa cena z 30 dni przed obniżką"),
                ("ile kosztuje plecak Wędrowiec 32?", "ask_price", "Z kodem TRAGARZ50"),
                ("jakie namioty są w promocji?", "ask_promotions", "Namiot Koliba 2: 764,15"),
                ("ile kosztują wszystkie?", "ask_price", "Koliba 3: 934,15"),
                ("czy są promocje na buty?", "ask_promotions", "Kategoria Buty: teraz bez promocji"),
                ("czy Ostoja jest w promocji?", "ask_promotions", "399,20"),
                ("co jest w promocji?", "ask_promotions", "TRAGARZ50"),
            ],
        ),
        (
            "en",
            [
                ("how much is Ostoja?", "ask_price", "PLN 399.20 instead of PLN 499.00"),
                ("how much is Ostoja?", "ask_price", "Lowest price in the 30 days before the cut"),
                ("are any tents on sale?", "ask_promotions", "Koliba 2 tent: PLN 764.15"),
                ("any offers on boots?", "ask_promotions", "Nothing in"),
                ("what is on sale?", "ask_promotions", "TRAGARZ50"),
            ],
        ),
    ],
)
async def test_prices_and_promotions(shop: Shop, language: str, turns: Turns) -> None:
    assert await play(shop, language, turns) == []


async def test_why_a_code_does_not_work(shop: Shop) -> None:
    for language, text, reason in [
        ("pl", "kod polar15 nie działa", "skończył się"),
        ("en", "my code POLAR15 does not work", "it ended"),
        ("pl", "czemu gwiazdka nie wchodzi jako kod?", "zaczyna się"),
        ("en", "why can't I use the coupon GWIAZDKA", "it starts"),
        ("pl", "kod TRAGARZ50 nie działa na kurtkę Wichr", "nie obejmuje produktu Kurtka Wichr"),
        ("en", "code TRAGARZ50 is rejected for the Wichr jacket", "does not cover Wichr jacket"),
        ("pl", "kod TRAGARZ50 nie działa na plecak za 200 zł", "od 300,00 zł"),
        ("en", "code TRAGARZ50 fails, basket 200 PLN", "from PLN 300.00"),
        ("pl", "kod SZLAK10 nie działa na kurtkę Ostoja", "nie łączy się"),
        ("en", "SZLAK10 not working for the Ostoja jacket", "cannot be combined"),
        ("pl", "kod JESIEN99 nie działa", "nie ma w sklepie"),
        ("en", "code AUTUMN99 does not work", "has no code AUTUMN99"),
        ("pl", "kod SZLAK10 nie działa", "jest ważny"),
        ("en", "why does SZLAK10 not work", "is valid"),
    ]:
        talk = await shop.talk(language)
        reply = await talk.says(text, "ask_promotions")
        assert reason in plain(reply) and len(reply.titles) == 2, reply.text


async def test_a_code_for_the_first_purchase_of_somebody_who_bought_before(shop: Shop) -> None:
    async with shop.database.read() as session:
        anna = (await session.get_one(Order, "100552")).customer_id
    talk = await shop.talk("pl", customer_id=anna)
    assert "pierwsze zakupy" in (await talk.says("kod SZLAK10 nie działa", "ask_promotions")).text


@pytest.mark.parametrize(("language", "text"), [("pl", "kod rabatowy nie działa"), ("en", "my discount code fails")])
async def test_the_code_is_asked_for_once(shop: Shop, language: str, text: str) -> None:
    talk = await shop.talk(language)
    await talk.says(text, "ask_promotions")
    # Interrupted, and then told in passing, with an intent of its own.
    await talk.says("co jest w promocji?" if language == "pl" else "what is on sale?", "ask_promotions")
    assert "POLAR15" in (await talk.says("POLAR15", "inform")).text
    assert await talk.asked() == ["coupon"]


async def test_prices_follow_the_data_at_once(shop: Shop) -> None:
    talk = await shop.talk()
    async with shop.database.write() as session:
        await session.execute(update(Promotion).values(ends_at=shop.clock.now()))
        await session.execute(update(Variant).where(Variant.sku == "GRANIT-40-CZA").values(price=Decimal("555.00")))
    assert (await talk.says("ile kosztuje Ostoja?", "ask_price")).text.startswith("Kurtka syntetyczna Ostoja: 499,00")
    assert "nie ma promocji" in (await talk.says("co jest w promocji?", "ask_promotions")).text
    assert "555,00" in (await talk.says("ile kosztuje Granit 40 czarny?", "ask_price")).text


@pytest.mark.parametrize("language", ["pl", "en"])
async def test_a_human_in_the_middle_then_on_with_what_was_shown(shop: Shop, language: str) -> None:
    talk = await shop.talk(language)
    shown = (await talk.says("plecak" if language == "pl" else "backpack", "recommend_product")).cards
    await talk.says("człowiek" if language == "pl" else "human", "request_human")
    await talk.presses("Wolę dalej z botem" if language == "pl" else "Go on with the bot")
    second = await talk.says("to drugie" if language == "pl" else "the second one", "inform")
    assert second.text.startswith(shown[1]["title"])


async def test_browsing_in_the_middle_of_a_return_goes_back_to_it(shop: Shop) -> None:
    talk = await shop.talk()
    await talk.says(f"chcę zwrócić coś z 100552, {ANNA}", "start_return")
    open_question = (await talk.asked())[-1]
    assert "449" in (await talk.says("a ile kosztuje śpiwór Borsuk?", "ask_price")).text
    assert (await talk.asked())[-1] == open_question
