"""What a first sentence names plainly is taken, what it does not name is asked for, and nothing is asked for ever."""

import pytest
from sqlalchemy import select

from bot.storage.tables import VerificationAttempt
from tests.conversations.harness import Shop


@pytest.mark.parametrize(
    "text",
    ["I would like to send my shopping back", "please accept a return, it should be all right", "I give it back"],
)
async def test_a_line_that_nobody_named_is_asked_for(shop: Shop, text: str) -> None:
    talk = await shop.talk("en")
    asked = await talk.says(f"{text}, 100452 sophie.williams@example.pl", "start_return")
    assert "What should go back" in asked.text and len(asked.titles) == 4


@pytest.mark.parametrize(("language", "said"), [("en", "the Baca"), ("pl", "bluzę Baca"), ("pl", "chodzi o Bacę")])
async def test_a_short_name_is_known_in_its_forms(shop: Shop, language: str, said: str) -> None:
    talk = await shop.talk(language)
    asked = await talk.says(f"100452 sophie.williams@example.pl {said}", "start_return")
    assert "return_reason" in (await talk.row()).dialogue["question"]["key"], asked.text


async def test_the_postcode_of_the_new_address_proves_nothing(shop: Shop) -> None:
    talk = await shop.talk("en")
    asked = await talk.says(
        "change the delivery address of 100624, make it ul. Polna 44, 61-701 Poznań", "change_delivery"
    )
    assert "To protect the details of order 100624" in asked.text
    told = await talk.says("malgorzata.sawicka@example.pl", "inform")
    assert "→ ul. Polna 44, 61-701 Poznań" in told.text
    async with shop.database.read() as session:
        assert [attempt.success for attempt in await session.scalars(select(VerificationAttempt))] == [True]


async def test_an_account_that_does_not_check_out_ends_with_a_human(shop: Shop) -> None:
    talk = await shop.talk("en")
    await talk.says("return 100555 dorota.rogala@example.pl", "start_return")
    await talk.says("skip", "deny")
    await talk.presses("Bank transfer")
    shops_own = await talk.says("61 1090 1014 0000 0712 1981 2874", "inform")
    assert "our shop's own account" in shops_own.text
    wrong = await talk.says("11 2222 3333 4444 5555 6666 7771", "inform")
    assert "does not check out" in wrong.text
    last = await talk.says("11 2222 3333 4444 5555 6666 7778", "inform")
    assert (await talk.row()).state == "waiting" and "human" in last.text


@pytest.mark.parametrize(
    ("language", "text", "intent", "care"),
    [
        ("en", "how do I maintain the Granit hiking boots?", "ask_product_usage", "brush"),
        ("en", "how is the Granit hiking boots cleaned?", "ask_product_info", "brush"),
        ("pl", "jak czyścić buty Granit?", "out_of_scope", "szczot"),
    ],
)
async def test_care_of_a_named_product_is_its_own(shop: Shop, language: str, text: str, intent: str, care: str) -> None:
    talk = await shop.talk(language)
    reply = await talk.says(text, intent)
    assert care in reply.text.lower()


async def test_another_order_of_the_same_customer_is_a_button_away(shop: Shop) -> None:
    talk = await shop.talk("en", "K1189")
    first = await talk.says("where is my parcel?", "ask_order_status")
    assert "Another order" in first.titles
    asked = await talk.presses("Another order")
    chosen = await talk.presses(asked.titles[0])
    assert asked.titles[0][:6] in chosen.text and asked.titles[0][:6] not in first.text


@pytest.mark.parametrize(
    ("said", "intent"),
    [
        ("for me, a private person", "request_human"),
        ("For a persom", "request_invoice"),
        ("no company, private", "request_invoice"),
        ("nie na firmę", "inform"),
        ("bez firmy, prwatnie", "out_of_scope"),
    ],
)
async def test_a_private_person_is_known_however_they_say_it(shop: Shop, said: str, intent: str) -> None:
    talk = await shop.talk("en")
    await talk.says("an invoice for 100371 magdalena.stepien@example.pl", "request_invoice")
    reply = await talk.says(said, intent)
    assert "buyer: Magdalena Stępień" in reply.text


async def test_a_phone_of_another_country_proves_an_order(shop: Shop) -> None:
    talk = await shop.talk("en")
    await talk.says("until when can I pay for 100585?", "report_payment_problem")
    reply = await talk.says("mobile +421905555120", "inform")
    assert "100585" in reply.text and (await talk.row()).dialogue["question"] is None


async def test_giving_back_what_has_come_is_a_return_whatever_it_is_called(shop: Shop) -> None:
    talk = await shop.talk("pl")
    asked = await talk.says("rezygnuję z 100452, chcę wszystko oddać, sophie.williams@example.pl", "cancel_order")
    assert asked.text.startswith("Jaki jest powód")


async def test_what_is_taken_out_is_said_once(shop: Shop) -> None:
    talk = await shop.talk("en", customer_id="K1003")
    asked = await talk.says("MODIFY ORDER 100650, DROP THIS: KLASYK MAT, TAKE IT OUT", "modify_order")
    assert "taken out" in asked.text


async def test_a_mistyped_word_tells_two_options_apart(shop: Shop) -> None:
    talk = await shop.talk("pl")
    asked = await talk.says("dajcie znać, gdy będą Szorty Żwirek 52, klient@example.pl", "notify_restock")
    assert asked.titles == ["52, beżowy", "52, oliwkowy"]
    assert "52, beżowy" in (await talk.says("52, bżeowy", "exchange_product")).text


async def test_a_way_back_of_the_money_says_that_it_is_no_exchange(shop: Shop) -> None:
    talk = await shop.talk("en")
    asked = await talk.says(
        "I return the fleece of 100452, sophie.williams@example.pl, too small, refund by transfer", "start_return"
    )
    assert "account" in asked.text and not asked.titles
