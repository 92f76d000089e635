"""Where an order is, whose it is, and what of it may go back: pure functions over orders built in memory."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from bot.shop.complaints import open_complaint
from bot.shop.errors import ShopRefused
from bot.shop.exchanges import open_exchange
from bot.shop.invoices import request_invoice
from bot.shop.orders import proves, status_of
from bot.shop.returns import check_return, open_return
from bot.storage.shop import Carrier, Customer, Order, OrderLine, Payment, Product, Shipment, Variant

NOW = dt.datetime(2026, 3, 20, 12, 0, tzinfo=dt.UTC)
TODAY = NOW.date()


def days(number: int) -> dt.datetime:
    return NOW + dt.timedelta(days=number)


def line(position: int, price: str = "100.00", quantity: int = 1, returnable: bool = True, **values: Any) -> OrderLine:
    product = Product(id=f"p{position}", name_pl="But", name_en="Boot", price=Decimal(price), returnable=returnable)
    variant = Variant(sku=f"s{position}", product_id=product.id, product=product, stock=3, reserved=0)
    return OrderLine(
        id=f"100001-{position}",
        order_number="100001",
        position=position,
        sku=variant.sku,
        variant=variant,
        quantity=quantity,
        unit_price=Decimal(price),
        **values,
    )


def parcel(number: int = 1, **values: Any) -> Shipment:
    carrier = Carrier(code="dpd", name="DPD", tracking_url="https://dpd.example/{number}")
    base = {"status": "in_transit", "carrier": "dpd", "carrier_row": carrier, "tracking_number": "0001"}
    return Shipment(id=f"100001-{number}", parcel=number, **base | values)


def order(status: str = "delivered", **values: Any) -> Order:
    customer = Customer(id="K1", name="Anna Kowalska", email="anna@example.pl", phone="+48601555101", postcode="30-060")
    lines = values.pop("lines", None) or [line(1), line(2, "50.00", 2)]
    total = sum((item.unit_price * item.quantity for item in lines), Decimal("13.99"))
    base = {"created_at": days(-10), "delivery_price": Decimal("13.99"), "total": total, "country": "PL"}
    return Order(number="100001", status=status, customer=customer, lines=lines, **base | values)


# --------------------------------------------------------------------------------------------------- whose it is


def test_any_contact_of_the_order_or_its_customer_proves_however_it_is_spelt() -> None:
    own = order(email="prezent@example.pl", phone="+48700555000", postcode="00-682")
    assert proves(own, email=" Prezent@Example.PL ")
    assert proves(own, email="anna@example.pl")
    assert proves(own, phone="601 555 101") and proves(own, phone="0048 700-555-000")
    assert proves(own, postcode="00682")
    assert proves(own, email="wrong@example.pl", phone="601555101")


@pytest.mark.parametrize(
    "given",
    [{}, {"email": ""}, {"email": "inna@example.pl"}, {"phone": "601 555 102"}, {"postcode": "30-061"}, {"phone": "x"}],
)
def test_nothing_else_proves(given: dict[str, str]) -> None:
    assert not proves(order(), **given)


def test_an_order_without_contacts_is_nobodys() -> None:
    bare = order()
    bare.customer = Customer(id="K2", name="Gość")
    assert not proves(bare, email="", phone="", postcode="")


# ------------------------------------------------------------------------------------------------- where it is


def test_a_parcel_past_its_promised_day_is_delayed_even_if_the_shop_did_not_notice() -> None:
    late = order("shipped", shipments=[parcel(promised_on=TODAY - dt.timedelta(days=2))])
    status = status_of(late, TODAY)
    assert (status.code, status.late, status.days_late) == ("delayed", True, 2)
    assert (status.carrier, status.tracking_url) == ("DPD", "https://dpd.example/0001")


def test_a_carriers_new_day_counts_before_the_old_one_has_passed() -> None:
    slow = order("shipped", shipments=[parcel(promised_on=TODAY, expected_on=TODAY + dt.timedelta(days=3))])
    assert status_of(slow, TODAY).days_late == 3


def test_the_second_parcel_is_the_one_to_wait_for() -> None:
    first = parcel(1, status="delivered", delivered_at=days(-1), tracking_number="A")
    split = order(
        "shipped", shipments=[first, parcel(2, tracking_number="B", promised_on=TODAY + dt.timedelta(days=1))]
    )
    status = status_of(split, TODAY)
    assert (status.code, status.parcels, status.parcels_delivered) == ("partly_delivered", 2, 1)
    assert status.tracking_number == "B" and not status.late


def test_a_locker_has_a_deadline_and_is_never_late() -> None:
    until = NOW + dt.timedelta(hours=30)
    waiting = parcel(
        status="in_locker", locker_code="KRA012M", pick_up_until=until, promised_on=TODAY - dt.timedelta(1)
    )
    status = status_of(order("shipped", shipments=[waiting]), TODAY)
    assert (status.code, status.locker_code, status.pick_up_until, status.late) == (
        "in_locker",
        "KRA012M",
        until,
        False,
    )


def test_delivery_near_midnight_is_on_the_shops_day() -> None:
    at = dt.datetime(2026, 3, 19, 23, 30, tzinfo=dt.UTC)
    assert status_of(order(shipments=[parcel(status="delivered", delivered_at=at)]), TODAY).delivered_on == TODAY


@pytest.mark.parametrize(
    ("status", "method", "paid", "expected"),
    [
        ("unpaid", "transfer", ["pending"], "pending"),
        ("unpaid", "blik", ["failed"], "failed"),
        ("paid", "blik", ["failed", "paid"], "paid"),
        ("paid", "blik", ["paid", "paid"], "overpaid"),
        ("shipped", "cod", ["pending"], "on_delivery"),
        ("cancelled", "cod", ["pending"], "unpaid"),
        ("cancelled", "blik", ["refunded"], "refunded"),
        ("delivered", "blik", [], "paid"),
    ],
)
def test_payment(status: str, method: str, paid: list[str], expected: str) -> None:
    one = order(status, payment_method=method)
    one.payments = [
        Payment(id=str(at), position=at, method=method, amount=one.total, status=state) for at, state in enumerate(paid)
    ]
    assert status_of(one, TODAY).payment == expected


# ------------------------------------------------------------------------------------------------- what goes back


def test_the_shops_days_count_where_they_are_longer_and_never_where_they_are_shorter() -> None:
    twenty = order(delivered_at=days(-20))
    assert check_return(twenty, TODAY, 30).allowed
    assert check_return(twenty, TODAY, 7).reason == "too_late"
    check = check_return(order(delivered_at=days(-14)), TODAY, 7)
    assert check.allowed and check.final_day == TODAY
    assert check.amount == Decimal("200.00") and check.delivery_refund == Decimal("13.99")


def test_the_days_run_from_the_last_item() -> None:
    lines = [line(1, parcel=1), line(2, parcel=2)]
    first = parcel(1, status="delivered", delivered_at=days(-40))
    check = check_return(order("shipped", lines=lines, shipments=[first, parcel(2)]), TODAY, 30)
    assert [item.line.position for item in check.lines] == [1] and check.final_day is None
    assert [(item.line.position, item.reason) for item in check.refused] == [(2, "not_delivered")]
    late = parcel(2, status="delivered", delivered_at=days(-5))
    both = order(lines=[line(1, parcel=1), line(2, parcel=2)], shipments=[first, late])
    assert check_return(both, TODAY, 30).final_day == TODAY + dt.timedelta(days=25)


@pytest.mark.parametrize("status", ["unpaid", "paid", "packed", "shipped", "in_locker", "lost", "cancelled"])
def test_what_has_not_arrived_cannot_go_back(status: str) -> None:
    assert check_return(order(status), TODAY, 30).reason == "not_delivered"


def test_a_return_takes_its_pieces_and_the_next_one_gets_the_rest() -> None:
    session = AsyncSession()
    own = order(lines=[line(1), line(2, "50.00", 2), line(3, "30.00", returnable=False)], delivered_at=days(-3))
    first = open_return(session, own, {"100001-2": 1}, None, "original", NOW)
    assert (first.number, first.refund_amount, first.status) == ("ZW-100001-1", Decimal("50.00"), "opened")
    assert first.refund_due_on == TODAY + dt.timedelta(days=14) and len(first.label_code or "") == 10
    check = check_return(own, TODAY, 30)
    assert [(item.line.position, item.quantity) for item in check.lines] == [(1, 1), (2, 1)]
    assert [item.reason for item in check.refused] == ["not_returnable"]
    with pytest.raises(ShopRefused, match="too_many"):
        open_return(session, own, {"100001-2": 2}, None, "original", NOW)
    assert open_return(session, own, {"100001-2": 1}, None, "original", NOW).number == "ZW-100001-2"
    with pytest.raises(ShopRefused, match="already_returned"):
        open_return(session, own, {"100001-2": 1}, None, "original", NOW)


def test_returning_everything_returns_the_delivery_too() -> None:
    own = order(delivered_at=days(-3))
    whole = open_return(AsyncSession(), own, {"100001-1": 1, "100001-2": 2}, "za małe", "original", NOW)
    assert whole.refund_amount == own.total


@pytest.mark.parametrize(
    ("lines", "method", "reason"),
    [
        ({}, "original", "nothing_chosen"),
        ({"100001-1": 0}, "original", "nothing_chosen"),
        ({"100002-1": 1}, "original", "unknown_line"),
        ({"100001-1": 1}, "cash", "unknown_refund_method"),
    ],
)
def test_a_wrong_return_is_refused_by_name(lines: dict[str, int], method: str, reason: str) -> None:
    with pytest.raises(ShopRefused) as refused:
        open_return(AsyncSession(), order(delivered_at=days(-3)), lines, None, method, NOW)
    assert refused.value.reason == reason


def test_an_exchange_keeps_the_new_size_aside_and_uses_up_the_line() -> None:
    own = order(delivered_at=days(-3))
    bought = own.lines[0]
    other = Variant(sku="s1-44", product_id="p1", price=Decimal("120.00"), stock=1, reserved=0)
    opened = open_exchange(AsyncSession(), own, bought, other, NOW)
    assert (opened.number, opened.price_difference) == ("WY-100001-1", Decimal("20.00"))
    assert check_return(own, TODAY, 30).refused[0].reason == "already_returned"
    gone = Variant(sku="s2-44", product_id="p2", stock=1, reserved=1)
    with pytest.raises(ShopRefused, match="out_of_stock"):
        open_exchange(AsyncSession(), own, own.lines[1], gone, NOW)


def test_a_complaint_is_due_in_fourteen_days() -> None:
    session = AsyncSession()
    own = order(delivered_at=days(-300))
    opened = open_complaint(session, own, own.lines[0], " Odkleja się podeszwa ", "repair", NOW)
    assert (opened.number, opened.due_on) == ("RK-100001-1", TODAY + dt.timedelta(days=14))
    assert open_complaint(session, own, None, "Zgnieciona", "refund", NOW, kind="damaged_parcel").number[-1] == "2"
    with pytest.raises(ShopRefused, match="unknown_remedy"):
        open_complaint(session, own, None, "x", "cash", NOW)


def test_an_invoice_is_asked_for_once_and_with_a_right_nip() -> None:
    own = order("paid")
    with pytest.raises(ShopRefused, match="invalid_nip"):
        request_invoice(AsyncSession(), own, NOW, nip="123-456-78-90")
    assert request_invoice(AsyncSession(), own, NOW, nip="526-104-08-28").nip == "5261040828"
    with pytest.raises(ShopRefused, match="invoice_exists"):
        request_invoice(AsyncSession(), own, NOW)
