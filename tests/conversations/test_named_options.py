"""What names an answer of the open question is that answer, whatever else the words look like."""

import pytest

from tests.conversations.harness import Shop, Talk

JAN = "jan.nowicki@example.pl"


async def asked_for_the_reason(shop: Shop) -> Talk:
    talk = await shop.talk()
    await talk.says(f"zwrot 100554, {JAN}", "start_return")
    await talk.says("wszystko", "inform")
    assert (await talk.asked())[-1] == "return_reason"
    return talk


async def test_a_title_typed_is_the_button_pressed(shop: Shop) -> None:
    talk = await asked_for_the_reason(shop)
    title = next(title for title in talk.replies[-1].titles if "zdania" in title.lower())
    await talk.says(title.upper(), "stop_flow")
    assert (await talk.asked())[-1] == "return_refund"


async def test_a_reason_that_sounds_like_stopping_is_a_reason(shop: Shop) -> None:
    talk = await asked_for_the_reason(shop)
    await talk.says("zmieniłam zdanie", "stop_flow")
    assert (await talk.asked())[-1] == "return_refund"


async def test_who_says_stop_is_stopped(shop: Shop) -> None:
    talk = await asked_for_the_reason(shop)
    await talk.says("przerwijmy to", "stop_flow")
    assert (await talk.row()).dialogue["stack"] == []


@pytest.mark.parametrize("question", [False, True])
async def test_an_option_in_a_sentence_is_chosen_unless_it_asks(shop: Shop, question: bool) -> None:
    talk = await asked_for_the_reason(shop)
    await talk.says("bez powodu", "inform")
    text = "jak długo idzie u was zwykły przelew?" if question else "to ja już wolę przelew na konto"
    await talk.says(text, "ask_payment_methods")
    assert ((await talk.asked())[-1] == "return_account") is not question
