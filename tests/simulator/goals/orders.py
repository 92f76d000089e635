"""Orders and delivery: where it is, other delivery, not at all, differently, what went wrong on the way, once more."""

from __future__ import annotations

from bot.domain.conversation import Reason
from bot.storage import shop as tables
from tests.simulator.case import YES, Answer, Case, Heard, Making, goal, only
from tests.simulator.goals.returns import called, told_line

STATUS_WORDS = {
    "unpaid": "płat|zapłat|pay",
    "paid": "przygotow|prepar",
    "packed": "spakowan|pack",
    "cancelled": "anulowan|cancel",
    "lost": "zagin|lost",
    "delivered": "doręczon|delivered",
    "returned": "zwra|return",
    "complained": "reklam|complain",
    "partly_returned": "zwra|return",
}
ADDRESSES = (
    "ul. Ogrodowa 5, 31-155 Kraków",
    "ul. Miodowa 18/2, 00-246 Warszawa",
    "ul. Szkolna 3, 80-001 Gdańsk",
    "ul. Wiśniowa 9, 50-512 Wrocław",
    "ul. Polna 44, 61-701 Poznań",
)


def recent(order: tables.Order) -> bool:
    return order.number >= "100400"


@goal("order status")
def order_status(m: Making) -> Case | None:
    order = m.order(recent, alone=False)
    if order is None:
        return None
    numbers = [parcel.tracking_number for parcel in order.shipments if parcel.status not in ("delivered", "sent_back")]
    evidence = STATUS_WORDS.get(order.status) or "|".join(filter(None, [*numbers, order.locker_code]))

    async def reached(heard: Heard) -> bool:
        return heard.says(order.number, evidence)

    return Case(
        "order status",
        "ask_order_status",
        "order_status",
        reached,
        m.facts(order),
        answers={"order_choice": Answer(order.number, words=["{order_number}"])},
        values={"order_number": order.number},
        order=order,
    )


def _order_case(m: Making, name: str, intent: str, opening: str, order: tables.Order, **more: object) -> Case:
    case = Case(name, intent, opening, **more, facts=m.facts(order), order=order)  # type: ignore[arg-type]
    case.values["order_number"] = order.number
    case.answers.setdefault("order_choice", Answer(order.number, words=["{order_number}"]))
    return case


@goal("change delivery", may_need_human=0.2)
def change_delivery(m: Making) -> Case | None:
    """Another address: in the order itself, unless it costs more, which a human settles."""
    order = m.order(lambda order: order.status in ("paid", "packed", "unpaid") and order.country == "PL")
    if order is None:
        return None
    address = m.random.choice(ADDRESSES)
    street, _, place = address.partition(", ")
    postcode, _, city = place.partition(" ")

    async def reached(heard: Heard) -> bool:
        row = (await heard.world.rows(tables.Order, tables.Order.number == order.number))[0]
        return street.split(" ", 1)[1].lower() in str(row.street).lower() and row.postcode == postcode

    return _order_case(
        m,
        "change delivery",
        "change_delivery",
        "change_delivery",
        order,
        reached=reached,
        details={"change_what": "detail.delivery"},
        values={"address": address},
        confirms=(order.number, street.split(" ", 1)[1]),
        answers={
            "change_what": Answer(act="say.address"),
            "change_address": Answer(act="say.address"),
            "change_street": Answer(words=[street]),
            "change_postcode": Answer(words=[postcode]),
            "change_city": Answer(words=[city]),
            "delivery_confirm": YES,
        },
        human=only(Reason.POLICY),
    )


@goal("redirect a parcel", may_need_human=0.2)
def redirect(m: Making) -> Case | None:
    order = m.order(lambda order: order.status == "shipped" and bool(order.shipments) and recent(order))
    if order is None:
        return None
    parcel = max(order.shipments, key=lambda parcel: parcel.parcel)

    async def reached(heard: Heard) -> bool:
        return heard.says(str(parcel.tracking_number), "przewoźni|carrier|kurier|courier")

    return _order_case(
        m,
        "redirect a parcel",
        "change_delivery",
        "change_delivery",
        order,
        reached=reached,
        values={"address": m.random.choice(ADDRESSES)},
        answers={"change_what": Answer(act="say.address")},
        human=only(Reason.POLICY),
    )


@goal("cancel an order", may_need_human=0.2)
def cancel_order(m: Making) -> Case | None:
    order = m.order(lambda order: order.status in ("paid", "unpaid"))
    if order is None:
        return None

    async def reached(heard: Heard) -> bool:
        row = (await heard.world.rows(tables.Order, tables.Order.number == order.number))[0]
        return bool(row.status == "cancelled")

    return _order_case(
        m,
        "cancel an order",
        "cancel_order",
        "cancel_order",
        order,
        reached=reached,
        answers={"cancel_confirm": YES},
        human=only(Reason.POLICY),
    )


@goal("cancel too late", may_need_human=0.2)
def cancel_too_late(m: Making) -> Case | None:
    order = m.order(lambda order: order.status in ("shipped", "delivered") and recent(order), alone=False)
    if order is None:
        return None

    async def reached(heard: Heard) -> bool:
        rows = await heard.world.rows(tables.Order, tables.Order.number == order.number)
        return heard.says(order.number, "zwrot|zwróc|return|odmówi|refuse") and rows[0].status == order.status

    return _order_case(m, "cancel too late", "cancel_order", "cancel_order", order, reached=reached)


@goal("modify an order", may_need_human=0.2)
def modify_order(m: Making) -> Case | None:
    """Another size, or one thing less; what is to be added goes to a human."""
    what = m.pick("variant", "remove", "add")

    def fits(order: tables.Order) -> bool:
        return order.status in ("paid", "unpaid") and (what != "remove" or len(order.lines) > 1) and bool(other(order))

    def other(order: tables.Order) -> list[tuple[tables.OrderLine, tables.Variant]]:
        return [
            (line, v)
            for line in order.lines
            for v in m.world.products[line.variant.product_id].variants
            if v.size
            and v.size != line.variant.size
            and v.colour_pl == line.variant.colour_pl
            and v.price == line.variant.price
            if v.stock - v.reserved > line.quantity + 2
        ]

    order = m.order(fits)
    if order is None:
        return None
    line, variant = m.random.choice(other(order))
    if what == "remove":
        line = m.random.choice(order.lines)

    async def reached(heard: Heard) -> bool:
        rows = await heard.world.rows(tables.OrderLine, tables.OrderLine.order_number == order.number)
        skus = {row.id: row.sku for row in rows}
        if what == "remove":
            return line.id not in skus and len(skus) == len(order.lines) - 1
        return what == "variant" and skus.get(line.id) == variant.sku

    return _order_case(
        m,
        "modify an order",
        "modify_order",
        "modify_order",
        order,
        reached=reached,
        details={"modify_what": f"detail.modify.{what}"},
        values={"line": called(m, order, line), "variant": str(variant.size)},
        answers={
            "modify_what": Answer(what, f"say.modify_what.{what}" if what != "add" else "detail.modify.add"),
            "modify_line": told_line(m, order, line),
            "modify_variant": Answer(variant.sku, words=[str(variant.size)]),
            "modify_confirm": YES,
        },
        human=only(Reason.POLICY),
    )


@goal("delivery problem", may_need_human=0.2)
def delivery_problem(m: Making) -> Case | None:
    """Damaged: a complaint about the parcel."""
    return _problem(m, "damaged_parcel")


@goal("wrong or missing item", may_need_human=0.2)
def wrong_or_missing(m: Making) -> Case | None:
    return _problem(m, m.pick("wrong_item", "missing_item"), human=only(Reason.COMPLAINT))


def _problem(m: Making, kind: str, human: frozenset[str] = frozenset()) -> Case | None:
    order = m.order(lambda order: order.status == "delivered" and recent(order) and not order.complaints)
    if order is None:
        return None
    line = m.random.choice(order.lines)
    remedy = m.pick("replacement", "refund")

    async def reached(heard: Heard) -> bool:
        rows = await heard.world.rows(tables.Complaint, tables.Complaint.order_number == order.number)
        right = [row for row in rows if row.kind == kind and row.remedy == remedy]
        return len(right) == 1 and right[0].line_id in (None, line.id)

    return _order_case(
        m,
        "wrong or missing item" if human else "delivery problem",
        "report_delivery_problem",
        f"problem.{kind}",
        order,
        reached=reached,
        human=human,
        answers={
            "problem_kind": Answer(kind, f"problem.{kind}"),
            "complaint_line": told_line(m, order, line),
            "missing_lines": Answer([line.id], words=[called(m, order, line)]),
            "complaint_text": Answer(act=f"problem.{kind}"),
            "complaint_remedy": Answer(remedy, f"say.complaint_remedy.{remedy}"),
            "complaint_confirm": YES,
            "photo": Answer(),
        },
    )


@goal("parcel not delivered", may_need_human=0.3)
def not_delivered(m: Making) -> Case | None:
    order = m.order(lambda order: order.status in ("delivered", "delayed", "lost") and recent(order))
    if order is None:
        return None

    async def reached(heard: Heard) -> bool:
        rows = await heard.world.rows(tables.Complaint, tables.Complaint.order_number == order.number)
        late = heard.says("opóźnion|late|delayed", order.number) and order.status == "delayed"
        return late or any(row.kind in ("not_delivered", "not_received") for row in rows)

    return _order_case(
        m,
        "parcel not delivered",
        "report_delivery_problem",
        "problem.not_delivered",
        order,
        reached=reached,
        answers={
            "problem_kind": Answer("not_delivered", "problem.not_delivered"),
            "looked": Answer("gone", "say.looked.gone"),
            "complaint_text": Answer(act="problem.not_delivered"),
            "complaint_remedy": Answer("refund", "say.complaint_remedy.refund"),
            "complaint_confirm": YES,
            "photo": Answer(),
        },
        human=only(Reason.COMPLAINT),
    )


@goal("order again", may_need_human=0.5)
def reorder(m: Making) -> Case | None:
    order = m.order(lambda order: order.status == "delivered" and recent(order))
    if order is None:
        return None

    async def reached(heard: Heard) -> bool:
        return heard.says(*(m.name(line.variant.product) for line in order.lines[:1]))

    return _order_case(
        m, "order again", "order_again", "reorder", order, reached=reached, human=only(Reason.POLICY), answers={}
    )


@goal("somebody else's order", may_need_human=1.0)
def stranger(m: Making) -> Case | None:
    """Guesses at the e-mail of an order: nothing is told, and after some tries a human decides."""
    order = m.order(lambda order: recent(order) and order.status in ("shipped", "delivered"))
    if order is None or m.customer is not None:
        return None

    async def reached(heard: Heard) -> bool:
        return False

    case = _order_case(
        m,
        "somebody else's order",
        "ask_order_status",
        "order_status",
        order,
        reached=reached,
        human=only(Reason.VERIFICATION_FAILED),
        wrong={"order_number": order.number, "email": f"obcy.{order.number}@example.pl"},
        stubborn=True,
    )
    case.order = None
    return case


@goal("cancel, then undo", may_need_human=0.2)
def cancel_and_undo(m: Making) -> Case | None:
    case = cancel_order(m)
    if case is None or case.order is None:
        return None
    number, before = case.order.number, case.order.status

    async def undone(heard: Heard) -> bool:
        row = (await heard.world.rows(tables.Order, tables.Order.number == number))[0]
        return bool(row.status == before)

    case.goal, case.undone = "cancel, then undo", undone
    return case
