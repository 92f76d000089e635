"""Returns of sound goods: starting one, and where its money is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from stdnum import iban

from bot.domain.conversation import Reason
from bot.domain.dialogue import Option
from bot.domain.payloads import payload
from bot.domain.text import fold
from bot.services.dialogue import Dialogue, flow
from bot.services.flows.exchanges import other_variants
from bot.services.flows.goods import (
    COMPLAINT,
    checked_order,
    end_of,
    how_many,
    line_options,
    line_title,
    lines_named,
    refusal_text,
    refuse_return,
)
from bot.services.flows.proof import HUMAN
from bot.services.wording import day_words, money
from bot.shop.errors import ShopRefused
from bot.shop.returns import ReturnCheck, open_return
from bot.storage.shop import Order, Return

REASONS = ("size", "different", "changed_mind", "late")
REASON_WORDS = {
    "size": "za (mal|duz|ciasn|luzn|krotk|dlug)|rozmiar|too (small|big|large|tight|loose|short|long)|size",
    "different": "inn[yae] niz|inaczej niz|nie podoba|different|not as described|don.?t like",
    "changed_mind": "rozmysl|zmian\\w* zdania|zmienil\\w* zdanie|nie potrzeb|changed my mind|(no longer|don.?t) need",
    "late": "za pozno|too late",
}
_SIZE = re.compile(rf"\b({REASON_WORDS['size']}|wieksz|mniejsz|bigger|larger|smaller)")
REFUND_WORDS = {
    "original": (
        "tak jak",
        "jak placi",
        "jak zaplac",
        "tak samo",
        "w ten sam",
        "na karte",
        "blik",
        "same",
        "original",
        "card",
    ),
    "bank_transfer": ("przelew", "na konto", "bank", "transfer", "account"),
    "gift_card": ("karta podarunk", "karte podarunk", "podarunk", "bon", "voucher", "gift", "gift card"),
}


@dataclass(frozen=True)
class Wish:
    """What the customer wants to send back, and how they want their money."""

    lines: dict[str, int]
    """{line id: pieces}."""
    reason: str | None
    method: str
    account: str | None
    amount: Decimal


@flow("start_return")
async def start_return(d: Dialogue) -> None:
    order, days, check = await checked_order(d)
    if not check.allowed:
        return refuse_return(d, order, check)
    if _changes(d, order.number) == "nothing":
        return d.say("utter_nothing_written", buttons=[HUMAN])
    lines = await _lines(d, order, check)
    reason = await _reason(d)
    if await _rather_exchange(d, order, lines, reason):
        return await d.switch("exchange", {f"exchange_line:{order.number}": next(iter(lines))})
    method = await _method(d, order)
    account = await _account(d) if method == "bank_transfer" else None
    wish = Wish(lines, reason, method, account, _amount(check, lines, order))
    await _confirmed(d, order, wish)
    await _open(d, order, wish, days)


# What is asked


async def _lines(d: Dialogue, order: Order, check: ReturnCheck) -> dict[str, int]:
    """The only thing there is, what the first sentence named, or what is chosen."""
    available = {item.line.id: item for item in check.lines}
    lines = [item.line for item in check.lines]
    key = f"return_lines:{order.number}"
    chosen = d.frame.answers.get(key)
    if chosen is None:
        chosen = list(available) if len(available) == 1 else lines_named(d, lines)
    if not chosen or f"return_again:{order.number}" in d.frame.answers:
        every = ("utter_button_everything", payload("inform", return_lines=list(available)))
        kept = ", ".join(line_title(d, item.line) for item in check.refused)
        without = " " + d.text("utter_part_not_returnable", list=kept) if kept else ""
        question, options = "utter_ask_return_lines", line_options(d, lines)
        chosen = await d.ask(key, question, kind="choice", many=True, options=options, buttons=[every], without=without)
    wanted = [available[line_id] for line_id in chosen if line_id in available]
    return {item.line.id: await how_many(d, item.line, item.quantity) for item in wanted}


async def _reason(d: Dialogue) -> str | None:
    first = fold(d.frame.text)
    if any(re.search(rf"\b({stems})", first) for stems in REASON_WORDS.values()):
        return d.frame.text[:500]
    # Buttons answer with words, as the customer would: the shop reads the reason as it was said.
    titles = [d.text(f"utter_reason_{code}") for code in REASONS]
    options = [Option(title, title) for title in titles]
    reason = await d.ask("return_reason", "utter_ask_return_reason", options=options, skip="utter_button_skip")
    return str(reason)[:500] if reason else None


async def _rather_exchange(d: Dialogue, order: Order, lines: dict[str, int], reason: str | None) -> bool:
    """Somebody whose size was wrong may rather have the right one, if there is one."""
    if reason is None or len(lines) != 1 or not _SIZE.search(fold(reason)):
        return False
    line = next(line for line in order.lines if line.id in lines)
    if not await other_variants(d, line):
        return False
    options = [
        Option("exchange", d.text("utter_button_exchange"), ("wymian", "wymien", "exchange", "swap", "tak", "yes")),
        Option(
            "refund", d.text("utter_button_money_back"), ("zwro", "pieni", "refund", "money", "return", "nie", "no")
        ),
    ]
    key, question = f"return_exchange:{order.number}", "utter_offer_exchange"
    return bool(await d.ask(key, question, kind="choice", options=options, item=line_title(d, line)) == "exchange")


async def _method(d: Dialogue, order: Order) -> str:
    ways = [way for way in REFUND_WORDS if way != "original" or order.payment_method != "cod"]
    if d.frame.answers.get("return_refund") not in ways:  # cash on delivery can't go back the way it came
        d.drop("return_refund")
    options = [Option(way, d.text(f"utter_refund_{way}"), REFUND_WORDS[way]) for way in ways]
    return str(await d.ask("return_refund", "utter_ask_refund_method", kind="choice", options=options))


async def _account(d: Dialogue) -> str:
    given, question = d.frame.answers.get("return_account"), "utter_ask_account"
    if given is not None:
        number = re.sub(r"[^0-9A-Z]", "", str(given).upper())
        number = number if number[:2].isalpha() else f"PL{number}"
        if iban.is_valid(number):
            return number
        d.drop("return_account")
        question = "utter_account_wrong"
    return str(await d.ask("return_account", question))


async def _confirmed(d: Dialogue, order: Order, wish: Wish) -> None:
    """Nothing is written before a yes. A no asks what to change, and only that is asked again."""
    number = order.number
    if d.frame.answers.get(f"return_confirm:{number}") is False:
        parts = ["lines", "refund", "nothing"] if len(order.lines) > 1 else ["refund", "nothing"]
        stems = {"lines": ("produkt", "rzecz", "item", "product"), "refund": ("pieni", "zwrot", "money", "refund")}
        stop = ("nic", "rezygn", "nie chc", "nothing", "cancel", "forget")
        options = [Option(part, d.text(f"utter_change_{part}"), stems.get(part, stop)) for part in parts]
        await d.ask(f"return_change:{number}", "utter_ask_what_to_change", kind="choice", options=options)
    items = ", ".join(line_title(d, line, wish.lines[line.id]) for line in order.lines if line.id in wish.lines)
    await d.ask(
        f"return_confirm:{number}",
        "utter_confirm_return",
        kind="yes_no",
        number=number,
        items=items,
        amount=money(wish.amount, d.language),
        refund=d.text(f"utter_refund_{wish.method}"),
    )
    d.turn.ledger.confirm("order_number", "email", "phone")


def _changes(d: Dialogue, number: str) -> str | None:
    """Take in what a refused confirmation is to change."""
    part: str | None = d.frame.answers.get(f"return_change:{number}")
    if part is None:
        return None
    d.drop(f"return_change:{number}", f"return_confirm:{number}")
    if part == "lines":
        d.drop(f"return_lines:{number}", *(key for key in d.frame.answers if key.startswith("quantity:")))
        d.answer(f"return_again:{number}", True)
    elif part == "refund":
        d.drop("return_refund", "return_account")
    return part


# What is written


def _amount(check: ReturnCheck, lines: dict[str, int], order: Order) -> Decimal:
    """What will be paid back: the goods, and the delivery too when everything goes back."""
    goods = sum((line.unit_price * lines[line.id] for line in order.lines if line.id in lines), Decimal(0))
    whole = all(lines.get(line.id) == line.quantity for line in order.lines)
    return goods + (check.delivery_refund if whole else Decimal(0))


async def _open(d: Dialogue, order: Order, wish: Wish, days: int) -> None:
    if wish.amount > d.rules.refund_limit:
        said = f"{order.number}: {wish.lines}, {wish.reason or '-'}, {wish.method}, {wish.amount} PLN"
        d.turn.ledger.note("wish", f"return {said}"[:500], d.turn.source(), confirmed=True)
        await d.handoff(Reason.POLICY, "utter_return_needs_human", done=True, number=order.number)
    try:
        opened = open_return(
            d.session,
            order,
            wish.lines,
            wish.reason,
            wish.method,
            d.now,
            shop_days=days,
            refund_account=wish.account,
        )
    except ShopRefused as refused:
        return d.say(refusal_text(refused.reason), buttons=[COMPLAINT, HUMAN], number=order.number, day="")
    _say_opened(d, opened)


def _say_opened(d: Dialogue, opened: Return) -> None:
    source = {"kind": "lookup", "what": f"return {opened.number}"}
    d.turn.ledger.note("return_number", opened.number, source, confirmed=True)
    d.turn.looked_up("return", f"{opened.number} opened, {opened.refund_amount} PLN")
    by, due = opened.send_back_by or d.today, opened.refund_due_on or d.today
    d.turn.promise("refund", end_of(d, due), number=opened.number, amount=str(opened.refund_amount))
    d.say("utter_return_opened", number=opened.number, label=opened.label_code)
    d.say(
        "utter_return_next",
        by=day_words(by, d.today, d.language),
        due=day_words(due, d.today, d.language),
        amount=money(opened.refund_amount, d.language),
    )
