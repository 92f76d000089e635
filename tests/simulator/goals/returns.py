"""What comes back: returns, exchanges, their money, complaints and what became of them."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable

from bot.domain.conversation import Reason
from bot.shop.returns import check_return
from bot.storage import shop as tables
from tests.simulator.case import SKIP, YES, Answer, Case, Heard, Making, goal, never, only
from tests.simulator.world import MORNING

TODAY = MORNING.date()
DAYS = 30
LIMIT = 2000
IBANS = ("PL11 1050 1025 1000 0090 0000 1234", "27 1140 2004 0000 3002 0135 5387")


def called(m: Making, order: tables.Order, line: tables.OrderLine) -> str:
    """What its buyer calls one thing of an order: by name, and by size and colour where there are two of a name."""
    name = m.name(line.variant.product)
    names = Counter(other.variant.product_id for other in order.lines)
    own = [other for other in order.lines if _within(name, m.name(other.variant.product))]
    if names[line.variant.product_id] == 1 and len(own) == 1:
        return name
    colour = line.variant.colour_pl if m.language == "pl" else line.variant.colour_en
    return " ".join(part for part in (name, line.variant.size, colour) if part)


def _within(name: str, other: str) -> bool:
    return name.lower() in other.lower()


def told_line(m: Making, order: tables.Order, line: tables.OrderLine, many: bool = False) -> Answer:
    return Answer([line.id] if many else line.id, words=[called(m, order, line)])


def both_languages(lines: Iterable[tables.OrderLine]) -> list[str]:
    """The lines' products as they may be named, whatever language is spoken by then."""
    return [f"{line.variant.product.name_pl}|{line.variant.product.name_en}" for line in lines]


def returnable(order: tables.Order) -> bool:
    check = check_return(order, TODAY, DAYS)
    return check.allowed and order.status == "delivered" and check.amount < LIMIT and not order.exchanges


@goal("return", may_need_human=0.1)
def start_return(m: Making) -> Case | None:
    order = m.order(returnable)
    if order is None:
        return None
    return return_case(m, order)


def return_case(m: Making, order: tables.Order, name: str = "return") -> Case:
    available = check_return(order, TODAY, DAYS).lines
    chosen = m.random.sample(available, m.random.randint(1, len(available)))
    pieces = {item.line.id: m.random.randint(1, item.quantity) for item in chosen}
    ways = ["bank_transfer", "gift_card"] + ([] if order.payment_method == "cod" else ["original", "original"])
    wanted = {"method": m.random.choice(ways)}
    changed = m.random.choice([way for way in ("bank_transfer", "gift_card") if way != wanted["method"]])
    reason = m.pick("reason.changed_mind", "reason.different", "")

    async def reached(heard: Heard) -> bool:
        rows = await heard.world.rows(tables.Return, tables.Return.order_number == order.number)
        opened = [row for row in rows if row.source == "chat" and row.status != "cancelled"]
        if len(opened) != 1:
            return False
        lines = await heard.world.rows(tables.ReturnLine, tables.ReturnLine.return_number == opened[0].number)
        right = {line.line_id: line.quantity for line in lines} == pieces
        method = changed if case.answers["return_refund"].value == changed else wanted["method"]
        return right and opened[0].refund_method == method

    names = [called(m, order, item.line) for item in chosen]
    joined = (" i " if m.language == "pl" else " and ").join(names)
    details = {"return_lines": "detail.return_lines"} if len(available) > 1 else {}
    if reason:
        details["return_reason"] = reason
    if wanted["method"] == "original":
        details["return_refund"] = "detail.refund.original"
    case = Case(
        name,
        "start_return",
        "return",
        reached,
        m.facts(order),
        details=details,
        answers={
            "order_choice": Answer(order.number, words=["{order_number}"]),
            "return_lines": Answer([item.line.id for item in chosen], words=[joined]),
            "return_reason": Answer(act=reason) if reason else SKIP,
            "return_exchange": Answer("refund", "say.return_exchange.refund"),
            "return_refund": Answer(wanted["method"], f"say.return_refund.{wanted['method']}"),
            "return_account": Answer(act="say.return_account"),
            "return_confirm": YES,
            "return_change": Answer("refund", "say.return_change.refund"),
            "photo": Answer(),
            "changed": Answer({"return_refund": Answer(changed, f"say.return_refund.{changed}")}),
        },
        values={"products": joined, "order_number": order.number, "iban": m.random.choice(IBANS)},
        order=order,
        confirms=(order.number, *both_languages(item.line for item in chosen)),
    )
    for item in chosen:
        count = pieces[item.line.id]
        case.answers[f"quantity:{item.line.id}"] = Answer(count, words=[str(count)])
    return case


@goal("return refused", may_need_human=0.2)
def return_refused(m: Making) -> Case | None:
    """Too late, or nothing that may come back: why, and what else can be done."""
    refused = ("cancelled", "returned", "delivered")

    def fits(order: tables.Order) -> bool:
        return order.status in refused and not check_return(order, TODAY, DAYS).allowed and order.number > "100200"

    order = m.order(fits, alone=False)
    if order is None:
        return None

    async def reached(heard: Heard) -> bool:
        reasons = "30|minęł|termin|passed|anulowan|cancel|zwróc|zwrac|zwrot|return"
        return heard.says(order.number, reasons) and bool(heard.turns[-1].buttons)

    case = return_case_facts(m, order, "return refused", "start_return", "return")
    case.reached = reached
    return case


def return_case_facts(m: Making, order: tables.Order, name: str, intent: str, opening: str) -> Case:
    answers = {"order_choice": Answer(order.number, words=["{order_number}"])}
    return Case(
        name,
        intent,
        opening,
        never,
        m.facts(order),
        answers=answers,
        order=order,
        values={"order_number": order.number},
    )


@goal("return above the limit", may_need_human=0.2)
def return_above_limit(m: Making) -> Case | None:
    """A refund so high is decided by a human."""

    def fits(order: tables.Order) -> bool:
        check = check_return(order, TODAY, DAYS)
        return check.allowed and order.status == "delivered" and check.amount > LIMIT

    order = m.order(fits)
    if order is None:
        return None
    case = return_case(m, order, "return above the limit")
    available = check_return(order, TODAY, DAYS).lines
    names = (" i " if m.language == "pl" else " and ").join(called(m, order, item.line) for item in available)
    case.answers["return_lines"] = Answer([item.line.id for item in available], words=[names])
    case.values["products"] = names
    for item in available:
        case.answers[f"quantity:{item.line.id}"] = Answer(item.quantity, words=[str(item.quantity)])
    case.human = only(Reason.POLICY)
    case.reached = never
    case.confirms = (order.number, *both_languages(item.line for item in available))
    return case


@goal("exchange", may_need_human=0.1)
def exchange(m: Making) -> Case | None:
    def choices(order: tables.Order) -> list[tuple[tables.OrderLine, tables.Variant]]:
        lines = [item.line for item in check_return(order, TODAY, DAYS).lines]
        found = []
        for line in lines:
            product = m.world.products[line.variant.product_id]
            found += [
                (line, v)
                for v in product.variants
                if v.sku != line.sku and v.stock - v.reserved > 2 and v.colour_pl == line.variant.colour_pl
            ]
        return found

    order = m.order(lambda order: returnable(order) and bool(choices(order)))
    if order is None:
        return None
    line, variant = m.random.choice(choices(order))
    name = called(m, order, line)
    colour = variant.colour_pl if m.language == "pl" else variant.colour_en
    words = [" ".join(part for part in (variant.size, colour) if part)]

    async def reached(heard: Heard) -> bool:
        rows = await heard.world.rows(tables.Exchange, tables.Exchange.order_number == order.number)
        return [(row.line_id, row.new_sku) for row in rows if row.source == "chat"] == [(line.id, variant.sku)]

    several = len(check_return(order, TODAY, DAYS).lines) > 1
    return Case(
        "exchange",
        "exchange_product",
        "exchange",
        reached,
        m.facts(order),
        details={"exchange_line": "detail.exchange_line"} if several else {},
        answers={
            "order_choice": Answer(order.number, words=["{order_number}"]),
            "exchange_line": Answer(line.id, words=[name]),
            "exchange_variant": Answer(variant.sku, words=words),
            "exchange_confirm": YES,
            f"quantity:{line.id}": Answer(1, words=["1"]),
        },
        values={"product": name, "order_number": order.number},
        order=order,
        confirms=(order.number, *both_languages([line])),
    )


@goal("refund status", may_need_human=0.2)
def refund_status(m: Making) -> Case | None:
    order = m.order(lambda order: bool(order.returns) and order.number > "100400", alone=False)
    if order is None:
        return None
    newest = max(order.returns, key=lambda item: item.created_at)
    due: dt.date | None = newest.refund_due_on
    overdue = newest.status in ("received", "sent") and due is not None and due < TODAY

    async def reached(heard: Heard) -> bool:
        return heard.says(newest.number) and not overdue

    case = return_case_facts(m, order, "refund status", "ask_refund_status", "refund_status")
    case.reached = reached
    if overdue:
        case.human = only(Reason.POLICY)
    if m.random.random() < 0.3:
        case.facts["return_number"] = newest.number
    return case


@goal("complaint", may_need_human=0.1)
def complaint(m: Making) -> Case | None:
    order = m.order(lambda order: order.status == "delivered" and order.number > "100200" and not order.complaints)
    if order is None:
        return None
    line = m.random.choice(order.lines)
    remedy = m.pick("repair", "replacement", "refund", "price_reduction")

    async def reached(heard: Heard) -> bool:
        rows = await heard.world.rows(tables.Complaint, tables.Complaint.order_number == order.number)
        return [(row.line_id, row.remedy, row.kind) for row in rows] == [(line.id, remedy, "defect")]

    name = called(m, order, line)
    details = {"complaint_text": "detail.complaint_text"}
    if len(order.lines) > 1:
        details["complaint_line"] = "detail.complaint_line"
    return Case(
        "complaint",
        "file_complaint",
        "complaint",
        reached,
        m.facts(order),
        details=details,
        answers={
            "order_choice": Answer(order.number, words=["{order_number}"]),
            "complaint_line": Answer(line.id, words=[name]),
            "complaint_text": Answer(act="detail.complaint_text"),
            "complaint_since": Answer(act="say.since"),
            "complaint_remedy": Answer(remedy, f"say.complaint_remedy.{remedy}"),
            "complaint_confirm": YES,
            "photo": Answer(),
        },
        values={"product": name, "order_number": order.number},
        order=order,
        confirms=(order.number, *both_languages([line])),
    )


@goal("complaint status", may_need_human=0.2)
def complaint_status(m: Making) -> Case | None:
    order = m.order(lambda order: bool(order.complaints), alone=False)
    if order is None:
        return None
    newest = max(order.complaints, key=lambda item: item.created_at)

    async def reached(heard: Heard) -> bool:
        return heard.says(newest.number)

    case = return_case_facts(m, order, "complaint status", "ask_complaint_status", "complaint_status")
    case.reached = reached
    if m.random.random() < 0.3:
        case.facts["complaint_number"] = newest.number
    return case


@goal("return, then undo", may_need_human=0.15)
def return_and_undo(m: Making) -> Case | None:
    order = m.order(returnable)
    if order is None:
        return None
    case = return_case(m, order, "return, then undo")

    async def undone(heard: Heard) -> bool:
        rows = await heard.world.rows(tables.Return, tables.Return.order_number == order.number)
        return all(row.status == "cancelled" for row in rows if row.source == "chat")

    case.undone = undone
    return case
