"""Where money is, the way it goes back, and the account it goes to, which nothing but the refund itself may show."""

import json

import pytest
from sqlalchemy import select, update

from bot.services.bell import LocalBell
from bot.services.case_clock import CaseClock
from bot.services.inbox import Inbox, Incoming
from bot.storage.base import Base
from bot.storage.shop import Order, Payment, Return
from bot.storage.tables import Conversation, Message
from tests.conversations.harness import Shop, Talk

ANNA, JAN, EMILY = (f"{name}@example.pl" for name in ("anna.kowalska", "jan.nowicki", "emily.carter"))
ACCOUNT = "83 1010 1023 0000 2613 9510 0000"
DIGITS = "83101010230000261395100000"


async def opened(talk: Talk) -> list[Return]:
    return [row for row in await talk.all(Return) if row.source == "chat"]


STATES = [
    ("pl", "100383", "karolina.kaminska", "ten dzień minął", False),
    ("en", "100438", "james.oconnor", "waiting for the parcel to be sent", False),
    ("pl", "100435", "sophie.williams", "jest w drodze do nas", False),
    ("en", "100449", "rafal.jasinski", "has reached us", False),
    ("pl", "100391", "michal.wozniak", "termin zwrotu pieniędzy", True),
    ("en", "100393", "aleksandra.rogala", "was due", True),
    ("en", "100387", "emily.carter", "was sent", False),
    ("pl", "100552", "anna.kowalska", "nie ma zgłoszonego zwrotu", False),
]


@pytest.mark.parametrize(("language", "number", "name", "said", "human"), STATES)
async def test_where_the_money_is(shop: Shop, language: str, number: str, name: str, said: str, human: bool) -> None:
    talk = await shop.talk(language)
    told = await talk.says(f"{number} {name}@example.pl", "ask_refund_status")
    assert said in told.text and bool((await talk.row()).handoff) is human
    assert human or told.titles  # a next step


async def test_by_the_number_of_the_return(shop: Shop) -> None:
    talk = await shop.talk("en")
    await talk.says("where is the money for ZW-100449-1?", "ask_refund_status")
    told = await talk.says("rafal.jasinski@example.pl", "inform")
    assert "ZW-100449-1" in told.text and "PLN 249.00" in told.text
    assert await talk.asked() == ["email"]


@pytest.mark.parametrize(
    ("language", "status", "days", "said", "human"),
    [
        ("pl", "refunded", 0, "pieniądze zostały oddane", False),
        ("en", "refunded", 0, "the money was paid back", False),
        ("pl", "paid", 0, "Zwrot 799,00", False),
        ("en", "paid", 0, "comes by", False),
        ("pl", "paid", 30, "powinien być już wysłany", True),
        ("en", "paid", 30, "should have been sent", True),
        ("pl", "failed", 0, "nie widzę wpłaty", False),
        ("en", "failed", 0, "I see no payment", False),
    ],
)
async def test_the_money_of_a_cancelled_order(
    shop: Shop, language: str, status: str, days: int, said: str, human: bool
) -> None:
    async with shop.database.write() as session:
        await session.execute(update(Payment).where(Payment.order_number == "100480").values(status=status))
    shop.clock.move(days=days)
    talk = await shop.talk(language)
    told = await talk.says("100480 dorota.jaworska@example.pl", "ask_refund_status")
    assert said in told.text.replace("\xa0", " ") and bool((await talk.row()).handoff) is human


@pytest.mark.parametrize(
    ("language", "paid", "means"),
    [
        ("pl", "blik", "z którego poszedł BLIK"),
        ("en", "card", "to the card used"),
        ("pl", "paypo", "PayPo"),
        ("en", "transfer", "the transfer came from"),
    ],
)
async def test_what_the_way_it_was_paid_means(shop: Shop, language: str, paid: str, means: str) -> None:
    async with shop.database.write() as session:
        await session.execute(update(Order).where(Order.number == "100552").values(payment_method=paid))
    talk = await shop.talk(language)
    await talk.says(f"return the boots 100552 {ANNA}, zwrot butów", "start_return")
    await talk.says("pomiń" if language == "pl" else "skip", "deny")
    confirm = await talk.presses("Tak jak płatność" if language == "pl" else "The way it was paid")
    assert means in confirm.text


@pytest.mark.parametrize(
    ("language", "said", "way"), [("pl", "zwrot 100442", "kurierowi"), ("en", "return 100442", "paid to the courier")]
)
async def test_cash_on_delivery_does_not_go_back_as_cash(shop: Shop, language: str, said: str, way: str) -> None:
    talk = await shop.talk(language)
    await talk.says(f"{said} {EMILY}", "start_return")
    asked = await talk.says("pomiń" if language == "pl" else "skip", "deny")
    assert way in asked.text and len(asked.titles) == 2


async def everywhere(shop: Shop) -> str:
    """All that is stored, but for the two columns an account may be in."""
    found = []
    async with shop.database.read() as session:
        for table in Base.metadata.sorted_tables:
            kept = [c for c in table.c if c.name != "refund_account" and c.type.python_type in (str, dict, list)]
            if kept:
                found += [json.dumps([str(cell) for cell in row]) for row in await session.execute(select(*kept))]
    return "".join(letter for letter in "\n".join(found) if letter.isalnum())


@pytest.mark.parametrize(
    "how", ["when asked", "in the first sentence", "at the confirmation", "corrected", "without blanks"]
)
async def test_an_account_is_nowhere_but_with_the_refund(shop: Shop, how: str) -> None:
    talk = await shop.talk("pl")
    told = f", przelewem na konto {ACCOUNT}" if how == "in the first sentence" else ""
    await talk.says(f"zwrot plecaka 100554 {JAN}{told}", "start_return")
    await talk.presses("Pomiń")
    match how:
        case "when asked" | "corrected" | "without blanks":
            await talk.presses("Przelew na konto")
            wrong = await talk.says(f"na konto {ACCOUNT[:-1]}1", "inform")
            assert "się nie zgadza" in wrong.text
            other = "PL27 1140 2004 0000 3002 0135 5387"
            await talk.says(other if how == "corrected" else DIGITS if how == "without blanks" else ACCOUNT, "inform")
            if how == "corrected":
                assert "5387" in talk.replies[-1].text
                await talk.says(f"nie to konto, tylko {ACCOUNT}", "deny")
        case "at the confirmation":
            await talk.presses("Tak jak płatność")
            await talk.says(f"tak, ale przelewem na {ACCOUNT}", "affirm")
    confirm = talk.replies[-1].text
    assert "••••0000" in confirm and "2613" not in confirm and await opened(talk) == []
    await talk.says("tak", "affirm")
    (row,) = await opened(talk)
    assert (row.refund_method, row.refund_account) == ("bank_transfer", f"PL{DIGITS}")
    assert (await talk.row()).refund_account is None
    assert DIGITS not in await everywhere(shop)
    state = await talk.says(f"co ze zwrotem {row.number}", "ask_refund_status")
    assert "••••0000" in state.text and DIGITS not in await everywhere(shop)


@pytest.mark.parametrize("how", ["given up", "left lying"])
async def test_an_account_without_a_refund_is_forgotten(shop: Shop, how: str) -> None:
    talk = await shop.talk()
    await talk.says(f"zwrot plecaka 100554 {JAN} na konto {ACCOUNT}", "start_return")
    await talk.presses("Pomiń")
    assert (await talk.row()).refund_account == f"PL{DIGITS}"
    if how == "given up":
        await talk.says("nie", "deny")
        await talk.presses("Rezygnacja ze zwrotu")
    else:
        shop.clock.move(hours=25)
        await CaseClock(shop.database, shop.clock).look()
    assert (await talk.row()).refund_account is None


async def test_the_inbox_masks_an_account_and_keeps_it_apart(shop: Shop) -> None:
    inbox = Inbox(shop.database, shop.clock, shop.responses, LocalBell(), lambda _: None, ["pl", "en"])
    opened = await inbox.open_session("pl")
    link = await inbox.authenticate(opened.token)
    accepted = await inbox.accept(link, Incoming("1", text=f"na konto PL{ACCOUNT} proszę"))
    async with shop.database.read() as session:
        message = await session.get_one(Message, accepted.message_id)
        conversation = await session.get_one(Conversation, opened.conversation_id)
    assert message.text == "na konto ••••0000 proszę" and conversation.refund_account == f"PL{DIGITS}"


async def test_the_shops_own_account_is_not_the_customers(shop: Shop) -> None:
    talk = await shop.talk("en")
    await talk.says("I paid 429 to 61 1090 1014 0000 0712 1981 2874 for 100555", "ask_payment_methods")
    await talk.says("return 100555 dorota.rogala@example.pl", "start_return")
    await talk.says("skip", "deny")
    asked = await talk.presses("Bank transfer")
    assert "number of the account" in asked.text
