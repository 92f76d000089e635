"""Products, advice, knowledge, payments and the shop itself: short conversations from the shop's own data."""

import pytest

from tests.conversations.harness import Shop

ANNA = "anna.kowalska@example.pl"


async def test_a_size_only_one_product_has_decides(shop: Shop) -> None:
    talk = await shop.talk()
    told = await talk.says("czy macie buty Granit 42", "ask_availability")
    assert "Buty trekkingowe Granit, 42" in told.text and told.cards[0]["title"] == "Buty trekkingowe Granit"


async def test_several_products_are_offered(shop: Shop) -> None:
    talk = await shop.talk("en")
    asked = await talk.says("do you have down jackets?", "ask_availability")
    assert 2 <= len(asked.cards) <= 3 and len(asked.titles) == len(asked.cards)
    told = await talk.presses(asked.titles[0])
    assert asked.titles[0] in told.text


async def test_browsing_is_dropped_not_resumed(shop: Shop) -> None:
    talk = await shop.talk("en")
    await talk.says("do you have down jackets?", "ask_availability")
    told = await talk.says("how can I pay", "ask_payment_methods")
    assert "Back to" not in told.text


async def test_an_unknown_product_is_asked_once_then_taken_to_a_human(shop: Shop) -> None:
    talk = await shop.talk()
    asked = await talk.says("czy macie zmywarkę Bosch", "ask_availability")
    assert "Nie znajduję" in asked.text and (await talk.row()).state == "bot"
    await talk.says("zmywarka do naczyń", "ask_product_info")
    assert (await talk.row()).handoff["reason"] == "no_answer"
    assert "Nie trzeba" in talk.replies[-1].titles


@pytest.mark.parametrize(
    ("text", "intent", "expected"),
    [
        ("ile mam dni na zwrot", "ask_return_policy", "30 dni"),
        ("wysyłacie za granicę?", "ask_delivery_options", "Unii"),
        ("jakie są sposoby płatności", "ask_payment_methods", "BLIK"),
        ("jakie macie promocje", "ask_promotions", "TRAGARZ50"),
        ("telefon do sklepu", "ask_contact", "+48 12 555 01 40"),
        ("nie mogę się zalogować", "account_help", "hasło"),
    ],
)
async def test_knowledge(shop: Shop, text: str, intent: str, expected: str) -> None:
    talk = await shop.talk()
    assert expected in (await talk.says(text, intent)).text


async def test_more_of_an_article(shop: Shop) -> None:
    talk = await shop.talk("en")
    first = await talk.says("how many days do I have to return something", "ask_return_policy")
    assert "More" in first.titles
    more = await talk.presses("More")
    assert more.text and more.text != first.text


async def test_an_article_answers_what_no_intent_does(shop: Shop) -> None:
    talk = await shop.talk()
    told = await talk.says("program lojalnościowy punkty", "nlu_fallback")
    assert (await talk.records())[-1].outcome["kind"] == "answered", told.text


@pytest.mark.parametrize(("text", "name"), [("Granit", "Granit"), ("kurtkę Wichr poproszę", "Wichr")])
async def test_a_bare_name_of_a_product_is_about_that_product(shop: Shop, text: str, name: str) -> None:
    talk = await shop.talk()
    reply = await talk.says(text, "nlu_fallback", ranking=("start_return", "greet"))
    assert (await talk.records())[-1].outcome["kind"] == "answered"
    assert name in reply.text or any(name in title for title in reply.titles)


async def test_a_long_story_with_a_products_word_is_not_taken_for_its_name(shop: Shop) -> None:
    talk = await shop.talk()
    asked = await talk.says(
        "wczoraj sąsiad opowiadał mi o swoim psie i namiocie z wakacji", "nlu_fallback", ranking=("start_return",)
    )
    assert asked.titles == ["Zwrot towaru", "Człowiek"]


async def test_not_understood_twice(shop: Shop) -> None:
    talk = await shop.talk()
    asked = await talk.says("qwerty asdf", "nlu_fallback", ranking=("start_return", "file_complaint", "greet"))
    assert asked.titles == ["Zwrot towaru", "Reklamacja wady", "Człowiek"]
    await talk.says("zxcv", "nlu_fallback")
    assert (await talk.row()).handoff["reason"] == "not_understood"


async def test_understood_in_between_resets(shop: Shop) -> None:
    talk = await shop.talk()
    await talk.says("qwerty asdf", "nlu_fallback", ranking=("start_return",))
    asked = await talk.presses("Zwrot towaru")
    assert "numer zamówienia" in asked.text
    await talk.says("zxcv", "nlu_fallback")
    assert (await talk.row()).state == "bot"


async def test_abuse_gets_one_courteous_line_then_a_human(shop: Shop) -> None:
    talk = await shop.talk()
    first = await talk.says("ty debilu", "out_of_scope")
    assert (await talk.row()).state == "bot" and len(first.messages) == 1
    await talk.says("idiota", "out_of_scope")
    assert (await talk.row()).handoff["reason"] == "frustrated"


async def test_anger_about_the_shop(shop: Shop) -> None:
    talk = await shop.talk("en")
    said = await talk.says("third time I am writing this, ridiculous", "express_frustration")
    assert "sorry" in said.text and (await talk.row()).handoff["reason"] == "frustrated"


async def test_legal_threats_are_for_a_human(shop: Shop) -> None:
    talk = await shop.talk()
    await talk.says("zgłaszam sprawę do UOKiK i do prawnika", "express_frustration")
    assert (await talk.row()).handoff["reason"] == "policy"


async def test_an_intent_of_an_administrator(shop: Shop) -> None:
    shop.brain._rules["goodbye_custom"] = "action_answer"
    talk = await shop.talk()
    assert "innymi słowami" in (await talk.says("coś własnego", "goodbye_custom")).text
    shop.brain._rules["capabilities"] = "action_answer"
    assert "Mogę od ręki" in (await talk.says("coś innego", "capabilities")).text


async def test_another_product_named_is_that_one_and_not_the_last(shop: Shop) -> None:
    talk = await shop.talk()
    await talk.says("szukam lekkiej kurtki na deszcz do 600 zł", "recommend_product")
    named = await talk.says("ile kosztuje kurtka Wichr?", "ask_price")
    assert "Wichr" in named.text + " ".join(named.titles) and "Mżawka" not in named.text


async def test_once_not_understood_is_enough_for_somebody_who_is_angry(shop: Shop) -> None:
    sworn = await shop.talk()
    await sworn.says("idioci", "out_of_scope")
    await sworn.says("bzz brr", "nlu_fallback", ranking=("thank", "greet"))
    assert (await sworn.row()).handoff["reason"] == "not_understood"
    angry = await shop.talk()
    await angry.says("no serio znowu??", "nlu_fallback", ranking=("express_frustration", "ask_order_status"))
    assert (await angry.row()).handoff["reason"] == "not_understood"
    calm = await shop.talk()
    await calm.says("bzz brr", "nlu_fallback", ranking=("thank", "greet"))
    assert (await calm.row()).state == "bot"
