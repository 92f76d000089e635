"""How money goes back: the ways there are, which one the customer wants, and the account it goes to."""

from __future__ import annotations

import re

from bot.domain.accounts import account_in, masked_account
from bot.domain.conversation import Reason
from bot.domain.dialogue import Option, Part
from bot.domain.privacy import MASK
from bot.domain.text import fold
from bot.services.dialogue import Dialogue
from bot.shop.profile import shop_profile
from bot.storage.shop import Order

KEY, ACCOUNT = "return_refund", "return_account"
TRIED, TRIES = "account_tries", 2
"""Wrong account numbers pointed out before a human takes it."""
WORDS = {
    "original": (
        "tak jak",
        "jak placi",
        "jak zaplac",
        "tak samo",
        "w ten sam",
        "ta sama drog",
        "way i paid",
        "as i paid",
        "na karte",
        "blik",
        "same",
        "original",
        "card",
    ),
    "bank_transfer": ("przelew", "na konto", "na rachunek", "bank", "transfer", "account"),
    "gift_card": ("karta podarunk", "karte podarunk", "podarunk", "bon", "voucher", "gift", "gift card"),
}
PLAINLY = {
    "original": r"na kart[ea](?! podar)|na blik|blikiem|(to|on|onto) (the|my) card|original (payment|method|way)|"
    r"(tak|tak samo|tam),? (jak|skad) (za)?plac\w*|jak (za)?placil\w*|(tak )?samo jak platnosc|w ten sam sposob|"
    r"ta sama droga|skad (przysz|wysz|poszl|zaplac)\w*|(way|just as|as|how) i('ve| have)? paid|same (way|method|card)|"
    r"same as (the|my) payment|where (it|they) came from",
    "bank_transfer": r"przelew\w*|na (moje |swoje )?(konto|rachunek)|(bank|by|wire) transfer|to my (bank|account)",
    "gift_card": r"podarunk\w*|voucher|gift card|na bon\b",
}
"""What names a way in the middle of a sentence about something else."""
MEANS = ("blik", "card", "fast_transfer", "transfer", "paypo", "gift_card")
"""Ways of paying whose way back has a text of its own."""


def refund_options(d: Dialogue, order: Order) -> list[Option]:
    """The ways back; what was paid to the courier has no way back of its own."""
    ways = [way for way in WORDS if way != "original" or order.payment_method != "cod"]
    return [Option(way, d.text(f"utter_refund_{way}"), WORDS[way]) for way in ways]


async def refund_method(d: Dialogue, order: Order) -> str:
    """The way back that was told in the first sentence, by an account number, or on being asked."""
    options = refund_options(d, order)
    ways = [option.value for option in options]
    if d.frame.answers.get(KEY) not in ways:
        d.drop(KEY)
        told = told_way(d)
        if told in ways:
            d.answer(KEY, told)
    question = "utter_ask_refund_method_cod" if order.payment_method == "cod" else "utter_ask_refund_method"
    return str(await d.ask(KEY, question, kind="choice", options=options, default=ways[0]))


def told_way(d: Dialogue) -> str | None:
    """The way back that the first sentence names, if it names one, or shows by an account number."""
    said = fold(d.frame.text)
    told = [way for way, pattern in PLAINLY.items() if re.search(rf"\b({pattern})", said)]
    if len(told) == 1:
        return told[0]
    return "bank_transfer" if MASK in d.frame.text and d.turn.conversation.refund_account is not None else None


async def refund_account(d: Dialogue) -> str:
    """The account for a transfer. It is read from the message before that is stored, and kept apart from what is said."""
    held = d.turn.conversation.refund_account
    own = held is not None and held == account_in((await shop_profile(d.session)).get("bank_account"))
    if held is not None and not own:
        return held
    question, wrong = "utter_ask_account", d.frame.answers.pop(ACCOUNT, None) is not None
    if own:
        forget_account(d)  # where they paid to
    if wrong:
        tries = d.frame.answers.get(TRIED, 0) + 1
        if tries > TRIES:
            await d.handoff(Reason.POLICY, "utter_account_passed_on")
        d.answer(TRIED, tries)
        question = "utter_account_of_shop" if own else "utter_account_wrong"
    await d.ask(ACCOUNT, question)
    raise AssertionError("ask ends the turn")


def forget_account(d: Dialogue) -> None:
    """The refund has it now, or there is no refund: nothing else needs it."""
    d.turn.conversation.refund_account = None


def way_words(d: Dialogue, order: Order, method: str, account: str | None) -> str:
    """`przelew na konto ••••2874`, `na kartę, którą opłacono zamówienie`."""
    if method == "original" and order.payment_method in MEANS:
        return d.text(f"utter_refund_means_{order.payment_method}")
    if account is not None:
        return d.text("utter_refund_to_account", account=masked_account(account))
    return d.text(f"utter_refund_{method}")


def refund_part(d: Dialogue, order: Order, method: str) -> Part:
    return Part(KEY, refund_options(d, order), method)
