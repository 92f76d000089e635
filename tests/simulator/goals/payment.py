"""Paying: how, what went wrong, what is still to be paid, invoices."""

from __future__ import annotations

from bot.domain.conversation import Reason
from bot.shop.orders import payment_state
from bot.storage import shop as tables
from tests.simulator.case import YES, Answer, Case, Heard, Making, goal, only
from tests.simulator.goals.returns import return_case_facts

NIPS = ("5260250274", "7740001454", "1132191233")


@goal("ways to pay", may_need_human=0.1)
def payment_methods(m: Making) -> Case | None:
    async def reached(heard: Heard) -> bool:
        return heard.says("blik|kart|card|pobrani|delivery")

    return Case("ways to pay", "ask_payment_methods", "payment_methods", reached)


@goal("payment problem", may_need_human=0.15)
def payment_problem(m: Making) -> Case | None:
    kind = m.pick("overpaid", "failed", "unpaid")
    states = {"overpaid": ("overpaid",), "failed": ("failed",), "unpaid": ("pending", "paid", "unpaid")}[kind]
    order = m.order(
        lambda o: payment_state(o) in states and o.number > "100440" and o.status != "cancelled", alone=False
    )
    if order is None:
        return None
    words = {"overpaid": "raz|once|nadpłat", "failed": "nie powiodła|failed|did not go"}

    async def reached(heard: Heard) -> bool:
        return heard.says(order.number, words.get(kind, "zaksięgowan|dotarł|booked|reached|arrived|płatnoś|payment"))

    case = return_case_facts(m, order, "payment problem", "report_payment_problem", f"payment_problem.{kind}")
    case.reached = reached
    case.answers |= {"photo": Answer(), "payment_proof": Answer()}
    if kind == "overpaid":
        case.human = only(Reason.POLICY)
    case.answers["invoice_wrong"] = Answer(act="say.invoice_wrong")
    return case


@goal("unpaid order", may_need_human=0.15)
def unpaid(m: Making) -> Case | None:
    order = m.order(lambda order: order.status == "unpaid", alone=False)
    if order is None:
        return None

    async def reached(heard: Heard) -> bool:
        return heard.says(order.number, "zapłac|płatnoś|pay")

    case = return_case_facts(m, order, "unpaid order", "report_payment_problem", "unpaid")
    case.reached = reached
    case.answers |= {"photo": Answer(), "payment_proof": Answer()}
    return case


@goal("invoice", may_need_human=0.1)
def invoice(m: Making) -> Case | None:
    def fits(order: tables.Order) -> bool:
        return not order.invoices and order.status in ("delivered", "paid", "shipped") and order.number > "100300"

    order = m.order(fits)
    if order is None:
        return None
    kind = m.pick("company", "private")
    known = order.customer.nip
    nip = m.random.choice(NIPS)

    async def reached(heard: Heard) -> bool:
        rows = await heard.world.rows(tables.Invoice, tables.Invoice.order_number == order.number)
        return len(rows) == 1 and bool(rows[0].nip) == (kind == "company")

    case = return_case_facts(m, order, "invoice", "request_invoice", "invoice")
    case.reached = reached
    if kind == "company":
        case.facts["nip"] = str(known or nip)
    case.details = {"invoice_for": f"detail.invoice.{kind}"}
    case.answers |= {
        "invoice_for": Answer(kind, f"detail.invoice.{kind}"),
        "invoice_nip": Answer(words=[case.facts.get("nip", nip)]),
        "invoice_address": Answer(words=["ul. Hutnicza 12, 31-999 Kraków"]),
        "invoice_company": Answer(act="say.invoice_company"),
        "invoice_confirm": YES,
    }
    return case


@goal("invoice there is", may_need_human=0.15)
def invoice_there(m: Making) -> Case | None:
    order = m.order(lambda order: bool(order.invoices), alone=False)
    if order is None:
        return None

    async def reached(heard: Heard) -> bool:
        return heard.says(order.invoices[-1].number)

    case = return_case_facts(m, order, "invoice there is", "request_invoice", "invoice")
    case.reached = reached
    return case


@goal("invoice with a mistake", may_need_human=0.3)
def invoice_mistake(m: Making) -> Case | None:
    order = m.order(lambda order: bool(order.invoices), alone=False)
    if order is None:
        return None
    case = return_case_facts(m, order, "invoice with a mistake", "request_invoice", "invoice.correction")
    case.human = only(Reason.POLICY)
    case.answers["invoice_wrong"] = Answer(act="say.invoice_wrong")
    return case
