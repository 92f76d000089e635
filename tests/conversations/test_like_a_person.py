"""Conversation as with a person: several questions at once, corrections, asides, a yes with a but, two languages."""

import pytest

from bot.storage.shop import Return
from tests.conversations.harness import Shop, Talk

ANNA, JAN = "anna.kowalska@example.pl", "jan.nowicki@example.pl"
EMILY = "emily.carter@example.pl"


def flows(state: dict) -> list[str]:  # type: ignore[type-arg]
    return [frame["flow"] for frame in state["stack"]]


async def opened(talk: Talk) -> list[Return]:
    return [row for row in await talk.all(Return) if row.source == "chat"]


# Several things in one message


async def test_two_questions_are_both_answered(shop: Shop) -> None:
    talk = await shop.talk("en")
    reply = await talk.says(
        "Hi! What are your opening hours? And how do you deliver?",
        "ask_delivery_options",
        clauses={
            "Hi!": "greet",
            "What are your opening hours?": "ask_contact",
            "And how do you deliver?": "ask_delivery_options",
        },
    )
    assert "8 am" in reply.text and "InPost" in reply.text, reply.text
    assert reply.text.index("8 am") < reply.text.index("InPost")
    assert len(await talk.records()) == 1 and (await talk.row()).dialogue["question"] is None


async def test_what_can_be_answered_comes_before_the_one_question(shop: Shop) -> None:
    talk = await shop.talk()
    reply = await talk.says(
        f"chcę zwrócić plecak z 100554, mail {JAN} i jakie są formy dostawy?",
        "start_return",
        clauses={
            f"chcę zwrócić plecak z 100554, mail {JAN}": "start_return",
            "i jakie są formy dostawy?": "ask_delivery_options",
        },
    )
    assert "InPost" in reply.messages[0].text and "powód" in reply.messages[-1].text, reply.text
    assert await talk.asked() == ["return_reason"]
    await talk.presses("Pomiń")
    await talk.presses("Tak jak płatność")
    await talk.says("tak", "affirm")
    assert [row.order_number for row in await opened(talk)] == ["100554"]


async def test_two_requests_with_questions_wait_for_their_turn(shop: Shop) -> None:
    talk = await shop.talk(customer_id="K1002")
    reply = await talk.says(
        "100554 chcę zwrócić, a 100406 zareklamować",
        "start_return",
        clauses={"100554 chcę zwrócić,": "start_return", "a 100406 zareklamować": "file_complaint"},
    )
    assert "Po kolei" in reply.messages[0].text and flows((await talk.row()).dialogue)[-1] == "start_return"
    frames = {frame["flow"]: frame["orders"] for frame in (await talk.row()).dialogue["stack"]}
    assert frames == {"start_return": ["100554"], "file_complaint": ["100406"]}
    stopped = await talk.says("plecak", "inform")
    await talk.presses("Pomiń")
    await talk.presses("Tak jak płatność")
    after = await talk.says("tak", "affirm")
    assert len(await opened(talk)) == 1 and "Wracamy do" in after.text, (stopped.text, after.text)
    assert flows((await talk.row()).dialogue) == ["file_complaint"]


async def test_an_order_told_once_serves_both_requests(shop: Shop) -> None:
    talk = await shop.talk()
    asked = await talk.says(
        "gdzie jest moje zamówienie 100554 i ile mam dni na zwrot?",
        "ask_order_status",
        clauses={
            "gdzie jest moje zamówienie 100554": "ask_order_status",
            "i ile mam dni na zwrot?": "ask_return_policy",
        },
    )
    assert "30 dni" in asked.messages[0].text and "100554" in asked.messages[-1].text
    told = await talk.says(JAN, "inform")
    assert "doręczone" in told.text and await talk.asked() == ["email"]


async def test_an_answer_and_a_question_in_one_breath(shop: Shop) -> None:
    talk = await shop.talk()
    await talk.says(f"zwrot z 100554, {JAN}", "start_return")
    reply = await talk.says(
        "plecak, a gdzie jest 100567?",
        "ask_order_status",
        clauses={"plecak,": "inform", "a gdzie jest 100567?": "ask_order_status"},
    )
    assert "paczkomacie" in reply.messages[0].text and "powód" in reply.messages[-1].text, reply.text
    assert (await talk.asked()).count("return_lines") == 1


async def test_a_yes_that_asks_something_too_is_a_yes(shop: Shop) -> None:
    talk = await shop.talk()
    await talk.says(f"zwrot plecaka z 100554, {JAN}", "start_return")
    await talk.presses("Pomiń")
    await talk.presses("Tak jak płatność")
    reply = await talk.says(
        "tak, a ile kosztuje dostawa?",
        "ask_delivery_options",
        clauses={"tak,": "affirm", "a ile kosztuje dostawa?": "ask_delivery_options"},
    )
    assert len(await opened(talk)) == 1 and "InPost" in reply.text and (await talk.row()).dialogue["stack"] == []


async def test_a_story_told_as_an_answer_stays_whole(shop: Shop) -> None:
    talk = await shop.talk()
    await talk.says(f"reklamacja butów z 100406, {JAN}", "file_complaint")
    story = "Po tygodniu odkleiła się podeszwa. Chcę zwrócić pieniądze. Gdzie jest mój zwrot, nie wiem."
    await talk.says(
        story,
        "file_complaint",
        clauses={"Chcę zwrócić pieniądze.": "start_return", "Po tygodniu odkleiła się podeszwa.": "file_complaint"},
    )
    assert flows((await talk.row()).dialogue) == ["file_complaint"]
    assert story in (await talk.row()).dialogue["stack"][0]["answers"].values()


async def test_a_human_asked_for_beside_a_question(shop: Shop) -> None:
    talk = await shop.talk("en", customer_id="K1003")
    reply = await talk.says(
        "How do you deliver? I also want to talk to a person.",
        "request_human",
        clauses={
            "How do you deliver?": "ask_delivery_options",
            "I also want to talk to a person.": "request_human",
        },
    )
    assert "InPost" in reply.messages[0].text and (await talk.row()).handoff["reason"] == "asked"
    assert await talk.promises() == ["human_reply"]


@pytest.mark.parametrize(
    ("language", "story", "question"),
    [
        ("pl", "Mąż kupił mi plecak. Jest ładny. Metki są na miejscu. Ile mam dni na zwrot?", "Ile mam dni na zwrot?"),
        (
            "en",
            "My husband bought it. It is nice. How long do I have to return it?",
            "How long do I have to return it?",
        ),
    ],
)
async def test_a_long_story_is_the_question_at_its_end(shop: Shop, language: str, story: str, question: str) -> None:
    talk = await shop.talk(language)
    reply = await talk.says(story, "nlu_fallback", clauses={question: "ask_return_policy"})
    assert "30" in reply.text and (await talk.records())[-1].intent == "ask_return_policy"


# Answers, and words about the talk


async def at_the_confirmation(shop: Shop, language: str = "pl") -> Talk:
    talk = await shop.talk(language)
    if language == "pl":
        await talk.says(f"zwrot plecaka i czołówki z 100554, {JAN}", "start_return")
        await talk.presses("Pomiń")
        await talk.presses("Karta podarunkowa")
    else:
        await talk.says(f"return everything from 100442, {EMILY}", "start_return")
        await talk.says("skip", "deny")
        await talk.presses("Gift card")
    return talk


@pytest.mark.parametrize(("language", "sign"), [("pl", "👍"), ("en", "👍🏽"), ("pl", "no tak"), ("en", "yep")])
async def test_a_thumb_is_a_yes(shop: Shop, language: str, sign: str) -> None:
    talk = await at_the_confirmation(shop, language)
    await talk.says(sign, "thank" if "👍" in sign else "nlu_fallback")
    assert len(await opened(talk)) == 1


async def test_a_polish_no_is_not_enough_and_is_explained(shop: Shop) -> None:
    talk = await at_the_confirmation(shop)
    asked = await talk.says("no", "deny")
    assert "„tak” albo „nie”" in asked.text and await opened(talk) == []
    assert (await talk.records())[-1].outcome["kind"] == "not_understood"
    await talk.says("👎", "nlu_fallback")
    assert (await talk.row()).dialogue["question"]["key"].startswith("return_change")


@pytest.mark.parametrize(
    ("language", "what", "explained"),
    [("pl", "co?", "z e-maila z potwierdzeniem"), ("en", "What do you mean?", "in the confirmation e-mail")],
)
async def test_a_question_that_is_not_understood_is_explained_then_a_human_helps(
    shop: Shop, language: str, what: str, explained: str
) -> None:
    talk = await shop.talk(language)
    first = await talk.says("zwrot" if language == "pl" else "return", "start_return")
    again = await talk.says(what, "nlu_fallback")
    assert explained in again.text and first.text not in again.text
    assert (await talk.records())[-1].outcome["kind"] == "answered"
    await talk.says("???", "nlu_fallback")
    await talk.says(what, "nlu_fallback")
    assert (await talk.row()).handoff["reason"] == "not_understood"


@pytest.mark.parametrize(("language", "told"), [("pl", "już podawałam"), ("en", "I told you already")])
async def test_what_was_told_is_looked_up_and_never_asked_twice(shop: Shop, language: str, told: str) -> None:
    talk = await shop.talk(language)
    await talk.says("zwrot" if language == "pl" else "return", "start_return")
    await talk.says(told, "express_frustration" if language == "xx" else "nlu_fallback")
    row = await talk.row()
    assert row.handoff["reason"] == "not_understood" and (await talk.asked()) == ["order_number"]


@pytest.mark.parametrize("intent", ["nlu_fallback", "express_frustration"])
async def test_an_answer_given_earlier_is_found(shop: Shop, intent: str) -> None:
    talk = await shop.talk()
    await talk.says("chodzi mi o plecak, bo za mały", "give_feedback")
    await talk.says(f"zwrot z 100554, {JAN}", "start_return")
    asked = await talk.says("przecież pisałem", intent)
    assert "Przepraszam" in asked.text and (await talk.asked()).count("return_lines") == 1


async def test_all_the_same_and_do_not_know(shop: Shop) -> None:
    talk = await shop.talk()
    await talk.says(f"zwrot plecaka z 100554, {JAN}", "start_return")
    asked = await talk.says("nie wiem", "deny")
    assert (await talk.asked())[-1] == "return_refund", asked.text


async def test_courtesies_bring_the_question_back_in_the_same_breath(shop: Shop) -> None:
    talk = await shop.talk()
    first = await talk.says(f"zwrot plecaka z 100554, {JAN}", "start_return")
    thanked = await talk.says("dziękuję za pomoc!", "thank")
    assert len(thanked.messages) == 2 and "Jaki jest powód?" in thanked.messages[1].text
    assert first.messages[-1].text not in thanked.text and "Wracamy do: zwrot" not in thanked.text
    assert "Pomiń" in thanked.titles
    loved = await talk.says("❤️", "nlu_fallback")
    assert "Jaki jest powód?" in loved.text and (await talk.row()).failures == 0


async def test_a_sign_alone(shop: Shop) -> None:
    for language, sign, expected in [("pl", "😡", "Przykro"), ("en", "🧦", "few words"), ("en", "?", "I am here")]:
        talk = await shop.talk(language)
        assert expected in (await talk.says(sign, "nlu_fallback")).text
        assert (await talk.row()).handoff in (None, {}), sign


# Corrections, asides and coming back


async def test_a_correction_of_the_address_at_any_time(shop: Shop) -> None:
    talk = await shop.talk()
    await talk.says("zwrot plecaka 100554, mail ktos@example.pl", "start_return")
    asked = await talk.says(f"pomyliłam się, mail to {JAN}", "inform")
    assert "powód" in asked.text and (await talk.facts())["email"] == JAN


async def test_an_earlier_choice_is_taken_back_later(shop: Shop) -> None:
    talk = await shop.talk()
    await talk.says(f"zwrot z 100554, {JAN}", "start_return")
    await talk.says("plecak", "inform")
    await talk.says("jednak nie plecak, tylko czołówka", "inform")
    await talk.presses("Pomiń")
    confirm = await talk.presses("Karta podarunkowa")
    assert "Czołówka" in confirm.text and "Plecak" not in confirm.text


async def test_three_flows_deep_and_back_by_name(shop: Shop) -> None:
    talk = await shop.talk()
    await talk.says(f"zwrot z 100554, {JAN}", "start_return")
    await talk.says("faktura do 100567", "request_invoice")
    await talk.says("chcę zareklamować buty z 100406", "file_complaint")
    assert flows((await talk.row()).dialogue) == ["start_return", "invoice", "file_complaint"]
    back = await talk.says("wróćmy do zwrotu", "nlu_fallback")
    assert "Wracamy do: zwrot" in back.text and (await talk.row()).dialogue["question"]["key"].startswith(
        "return_lines"
    )
    assert flows((await talk.row()).dialogue) == ["invoice", "file_complaint", "start_return"]
    before = await talk.says("wróćmy do tego poprzedniego", "nlu_fallback")
    assert flows((await talk.row()).dialogue)[-1] == "file_complaint", before.text


@pytest.mark.parametrize(
    ("language", "over", "intent"), [("pl", "od nowa", "nlu_fallback"), ("en", "start over", "stop_flow")]
)
async def test_from_the_start(shop: Shop, language: str, over: str, intent: str) -> None:
    talk = await at_the_confirmation(shop, language)
    await talk.says(over, intent)
    row = await talk.row()
    assert flows(row.dialogue) == ["start_return"] and row.dialogue["stack"][0]["answers"] == {}
    assert row.dialogue["question"]["key"].partition(":")[0] == (
        "return_lines" if language == "pl" else "return_reason"
    )


# Two languages


async def test_the_language_changes_in_the_middle_of_a_form(shop: Shop) -> None:
    talk = await shop.talk()
    polish = await talk.says(f"zwrot plecaka z 100554, {JAN}", "start_return")
    assert "Rozmyśliłem" in " ".join(polish.titles) or "Zmiana zdania" in polish.titles
    english = await talk.says("English please", "nlu_fallback", language="pl")
    assert "Of course, in English" in english.text and "What is the reason" in english.text
    assert "Skip" in english.titles and (await talk.row()).language == "en"
    await talk.says("skip", "deny")
    back = await talk.says("po polsku proszę", "inform", language="en")
    assert "Karta podarunkowa" in back.titles and (await talk.row()).language == "pl"
    assert await talk.asked_twice() == 0


async def test_a_wish_before_anything_else(shop: Shop) -> None:
    talk = await shop.talk()
    assert "in English" in (await talk.says("czy możemy po angielsku?", "nlu_fallback")).text
    assert (await talk.row()).language == "en"


# A miss, and the next one


@pytest.mark.parametrize("language", ["pl", "en"])
async def test_after_a_miss_the_question_is_put_otherwise_and_then_a_human_comes(shop: Shop, language: str) -> None:
    talk = await shop.talk(language)
    first = await talk.says(f"return 100554, {JAN}", "start_return")
    missed = await talk.says("abrakadabra fiu fiu", "nlu_fallback")
    assert ("kilka albo" if language == "pl" else "one, several") in missed.text
    assert missed.messages[-1].text != first.messages[-1].text and missed.titles == first.titles
    await talk.says("abrakadabra fiu fiu fiu", "nlu_fallback")
    assert (await talk.row()).handoff["reason"] == "not_understood"


@pytest.mark.parametrize(
    ("language", "sure", "unsure"),
    [
        ("pl", "Jakie są formy dostawy?", "A można u was płacić w ratach po latach?"),
        ("en", "How do you deliver?", "And do you take payment in years?"),
    ],
)
async def test_a_question_nobody_is_sure_of_is_not_lost(shop: Shop, language: str, sure: str, unsure: str) -> None:
    talk = await shop.talk(language)
    reply = await talk.says(
        f"{sure} {unsure}",
        "ask_delivery_options",
        ranking=("ask_payment_methods",),
        clauses={sure: "ask_delivery_options", unsure: "nlu_fallback"},
    )
    assert "InPost" in reply.messages[-1].text and unsure in reply.messages[0].text, reply.text
    assert reply.titles.count(shop.responses.text("utter_guess_ask_payment_methods", language)) == 1
    paid = await talk.presses(shop.responses.text("utter_guess_ask_payment_methods", language))
    assert "BLIK" in paid.text


@pytest.mark.parametrize(
    ("language", "sure", "unsure", "answer"),
    [
        ("pl", "Jakie są formy dostawy?", "Czy macie karty podarunkowe?", "podarunkow"),
        ("en", "How do you deliver?", "And do you have gift cards?", "ift card"),
        ("pl", "i jakie są formy dostawy?", "czy macie karty podarunkowe", "podarunkow"),
    ],
)
async def test_an_article_answers_the_question_nobody_is_sure_of(
    shop: Shop, language: str, sure: str, unsure: str, answer: str
) -> None:
    talk = await shop.talk(language)
    reply = await talk.says(
        f"{unsure} {sure}" if sure.startswith("i ") else f"{sure} {unsure}",
        "ask_delivery_options",
        clauses={sure: "ask_delivery_options", unsure: "nlu_fallback"},
    )
    assert "InPost" in reply.text and answer in reply.messages[0].text, reply.text
