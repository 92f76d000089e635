"""Returns of sound goods: starting one, and where its money is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from bot.domain.accounts import masked_account
from bot.domain.answers import several
from bot.domain.conversation import Reason
from bot.domain.dialogue import Option, Part, named
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
    quantity_key,
    quantity_options,
    refusal_text,
    refuse_line,
    refuse_return,
    refused_named,
    why_not,
    without_facts,
)
from bot.services.flows.proof import HUMAN
from bot.services.flows.refund_ways import KEY as REFUND_KEY
from bot.services.flows.refund_ways import (
    forget_account,
    refund_account,
    refund_method,
    refund_part,
    told_way,
    way_words,
)
from bot.services.flows.return_given_up import withdraws_return
from bot.services.flows.undo import undo_button
from bot.services.wording import day_words, money
from bot.shop.errors import ShopRefused
from bot.shop.returns import ReturnCheck, open_return
from bot.storage.shop import Order, OrderLine, Return

REASONS = ("size", "different", "changed_mind", "late")
REASON_WORDS = {
    "size": "za (mal|duz|ciasn|luzn|krotk|dlug)|rozmiar|too (small|big|large|tight|loose|short|long)|size",
    "different": "inn[yae] niz|inaczej niz|nie podoba|czegos innego|different|not as described|don.?t like",
    "changed_mind": "rozmysl|przemysl|zmian\\w* (zdania|planow)|zmienil\\w* zdanie|"
    "nie (jest mi |bedzie mi )?(juz |jednak |to )*potrzeb|changed my mind|second thoughts?|plans changed|"
    "(no longer|don.?t) need|not needed",
    "late": "za pozno|too late",
}
REASON_NAMED = {
    "changed_mind": ("rozmysl", "zmienilam zdanie", "zmienilem zdanie", "nie potrzeb", "changed my mind", "longer need")
}
"""Words of a reason that could be taken for something else."""
_SIZE = re.compile(rf"\b({REASON_WORDS['size']}|wieksz|mniejsz|bigger|larger|smaller)")
EVERYTHING = re.compile(
    r"\b(wszystk\w*|calosc\w*|cal[aey]\w* zamow\w*|oba|obie|oboje|everything|both|(the )?whole order|"
    r"all (of )?(it|them|the (items|things)|items|things))\b"
)
"""In a first sentence, where "all" alone is often about something else."""


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
    if withdraws_return(d):
        return await d.switch("cancel_return")
    order, days, check = await checked_order(d)
    if not check.allowed:
        return refuse_return(d, order, check)
    if _changes(d, order.number) == "nothing":
        forget_account(d)
        return d.say("utter_nothing_written", buttons=[HUMAN])
    kept = refused_named(d, check)
    if kept is not None:
        return refuse_line(d, order, kept, check)
    lines = await _lines(d, order, check)
    reason = await _reason(d)
    if await _rather_exchange(d, order, lines, reason):
        return await d.switch("exchange", {f"exchange_line:{order.number}": next(iter(lines))})
    method = await refund_method(d, order)
    account = await refund_account(d) if method == "bank_transfer" else None
    wish = Wish(lines, reason, method, account, _amount(check, lines, order))
    await _confirmed(d, order, check, wish)
    await _open(d, order, wish, days)


# What is asked


async def _lines(d: Dialogue, order: Order, check: ReturnCheck) -> dict[str, int]:
    """The only thing there is, what the first sentence named, or what is chosen."""
    available = {item.line.id: item for item in check.lines}
    lines = [item.line for item in check.lines]
    key = f"return_lines:{order.number}"
    chosen = d.frame.answers.get(key)
    if chosen is None:
        chosen = list(available) if len(available) == 1 else _lines_told(d, lines)
    if not chosen or f"return_again:{order.number}" in d.frame.answers:
        every = ("utter_button_everything", payload("inform", return_lines=list(available)))
        kept = ", ".join(line_title(d, item.line) + why_not(d, item.reason) for item in check.refused)
        without = " " + d.text("utter_part_not_returnable", list=kept) if kept else ""
        question, options = "utter_ask_return_lines", line_options(d, lines)
        chosen = await d.ask(key, question, kind="choice", many=True, options=options, buttons=[every], without=without)
    wanted = [available[line_id] for line_id in chosen if line_id in available]
    return {item.line.id: await how_many(d, item.line, item.quantity) for item in wanted}


def _lines_told(d: Dialogue, lines: list[OrderLine]) -> list[str]:
    """The lines the first sentence names: "the boots", "everything but the hat"."""
    text = fold(d.frame.text)
    options = line_options(d, lines)
    return several(options, text) if EVERYTHING.search(text) else named(options, text, many=True)


async def _reason(d: Dialogue) -> str | None:
    first = fold(d.frame.text)
    if any(re.search(rf"\b({stems})", first) for stems in REASON_WORDS.values()):
        return without_facts(d.frame.text)[:500]
    # Buttons answer with words, as the customer would: the shop reads the reason as it was said.
    titles = {code: d.text(f"utter_reason_{code}") for code in REASONS}
    options = [Option(title, title, REASON_NAMED.get(code, ())) for code, title in titles.items()]
    reason = await d.ask("return_reason", "utter_ask_return_reason", options=options, skip="utter_button_skip")
    return str(reason)[:500] if reason else None


async def _rather_exchange(d: Dialogue, order: Order, lines: dict[str, int], reason: str | None) -> bool:
    """Somebody whose size was wrong may rather have the right one, if there is one."""
    if reason is None or len(lines) != 1 or not _SIZE.search(fold(reason)) or told_way(d) is not None:
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


async def _confirmed(d: Dialogue, order: Order, check: ReturnCheck, wish: Wish) -> None:
    """Nothing is written before a yes. A no asks what to change, and only that is asked again."""
    number = order.number
    account = masked_account(wish.account) if wish.account else None
    if d.frame.answers.get("account_shown", account) != account:  # "not that one but …": what was refused is gone
        d.drop(f"return_confirm:{number}")
    d.answer("account_shown", account)
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
        parts=_parts(d, order, check, wish),
        number=number,
        items=items,
        amount=money(wish.amount, d.language),
        refund=way_words(d, order, wish.method, wish.account),
    )
    d.turn.ledger.confirm("order_number", "email", "phone")


def _parts(d: Dialogue, order: Order, check: ReturnCheck, wish: Wish) -> list[Part]:
    """What "yes, but …" may still change."""
    lines = [item.line for item in check.lines]
    found = [refund_part(d, order, wish.method)]
    if len(lines) > 1:
        found.append(Part(f"return_lines:{order.number}", line_options(d, lines), list(wish.lines), many=True))
    for item in check.lines:
        if item.quantity > 1 and len(wish.lines) == 1 and item.line.id in wish.lines:
            options = quantity_options(item.quantity)
            found.append(Part(quantity_key(item.line), options, wish.lines[item.line.id]))
    return found


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
        d.drop(REFUND_KEY)
        forget_account(d)
    return part


# What is written


def _amount(check: ReturnCheck, lines: dict[str, int], order: Order) -> Decimal:
    """What will be paid back: the goods, and the delivery too when everything goes back."""
    goods = sum((line.unit_price * lines[line.id] for line in order.lines if line.id in lines), Decimal(0))
    whole = all(lines.get(line.id) == line.quantity for line in order.lines)
    return goods + (check.delivery_refund if whole else Decimal(0))


async def _open(d: Dialogue, order: Order, wish: Wish, days: int) -> None:
    if wish.amount > d.rules.refund_limit:
        items = ", ".join(f"{pieces} × {line_id}" for line_id, pieces in wish.lines.items())
        said = f"{order.number}: {items}, {wish.reason or '-'}, {wish.method}, {wish.amount} PLN"
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
    forget_account(d)
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
        buttons=[undo_button(d, "return", opened.number)],
    )
