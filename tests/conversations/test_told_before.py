"""Nothing that was told is asked for again: in this conversation, in a later one, by the same person elsewhere."""

import pytest

from bot.services.dialogue import FLOWS, Dialogue
from tests.conversations.harness import Shop

JAN = "jan.nowicki@example.pl"


@pytest.mark.parametrize(("language", "callback"), [("pl", "proszę oddzwonić"), ("en", "please call me back")])
async def test_a_later_conversation_knows_the_phone(shop: Shop, language: str, callback: str) -> None:
    first = await shop.talk(language, customer_id="K1002")
    await first.says("mój telefon to 601 234 567", "inform")
    later = await shop.talk(language, customer_id="K1002")
    await later.says(callback, "request_callback")
    assert not [key for key in await later.asked() if "phone" in key]
    stranger = await shop.talk(language)
    await stranger.says(callback, "request_callback")
    assert [key for key in await stranger.asked() if "phone" in key]


async def test_the_latest_word_counts(shop: Shop) -> None:
    first = await shop.talk(customer_id="K1002")
    await first.says("mój mail to stary@example.pl", "inform")
    later = await shop.talk(customer_id="K1002")
    await later.says("nowy mail: nowy@example.pl, a stary już nie działa", "inform")
    assert (await later.facts())["email"] == "nowy@example.pl"
    await later.says("pomyłka, mail to jednak inny@example.pl", "deny")
    assert (await later.facts())["email"] == "inny@example.pl"


async def test_a_known_fact_cannot_be_asked_for(shop: Shop) -> None:
    got = []

    async def careless(d: Dialogue) -> None:
        got.append(await d.ask("email", "utter_ask_proof", kind="fact", facts=("email",), number="1"))
        d.say("utter_thank")

    before, FLOWS["thank"] = FLOWS["thank"], careless
    try:
        talk = await shop.talk()
        await talk.says("dziękuję", "thank")
        assert await talk.asked() == ["email"] and got == []
        await talk.says(JAN, "inform")
        await talk.says("dziękuję", "thank")
    finally:
        FLOWS["thank"] = before
    assert got == [JAN, JAN] and await talk.asked() == ["email"] and await talk.asked_twice() == 0


async def test_the_count_of_repeated_questions_is_honest(shop: Shop) -> None:
    async def careless(d: Dialogue) -> None:
        await d.ask("phone", "utter_ask_phone")  # as free text: nothing looks at what is known

    before, FLOWS["thank"] = FLOWS["thank"], careless
    try:
        talk = await shop.talk()
        await talk.says("mój telefon to 601 234 567", "inform")
        await talk.says("dziękuję", "thank")
    finally:
        FLOWS["thank"] = before
    assert await talk.asked_twice() == 1
