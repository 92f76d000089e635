"""Which files a shop's folder may hold, which columns each has, and what every column must look like.

The order of FILES is the order of writing: what is referred to comes first.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.shop import cells
from bot.shop.cells import Reader
from bot.shop.complaints import ANSWER_DAYS, KINDS, REMEDIES
from bot.shop.days import local_day
from bot.shop.returns import REFUND_METHODS
from bot.storage import shop
from bot.storage.base import Base

ORDER_STATUSES = (
    "unpaid",
    "paid",
    "packed",
    "shipped",
    "delayed",
    "in_locker",
    "delivered",
    "lost",
    "cancelled",
    "partly_returned",
    "returned",
    "complained",
)
PARCEL_STATUSES = (
    "created",
    "sent",
    "in_transit",
    "out_for_delivery",
    "in_locker",
    "delivered",
    "lost",
    "sent_back",
)
PAYMENT_STATUSES = (
    "pending",
    "paid",
    "failed",
    "refunded",
)

Row = dict[str, Any]
Fill = Callable[[Row, dt.datetime], Any]


@dataclass(frozen=True, slots=True)
class Column:
    """`required`: no cell may be blank. `refers`: the file whose keys its values must be among."""

    read: Reader = cells.text
    required: bool = False
    refers: str | None = None


@dataclass(frozen=True, slots=True)
class File:
    """One CSV file. `key` columns identify a row; with `joined` they make up the column `id` as `100123-1`.

    `counted` names the key column that is numbered 1, 2, … within the first one where the file leaves it out. `fills`
    give a value to what is blank."""

    table: type[Base]
    columns: Mapping[str, Column]
    key: tuple[str, ...]
    joined: bool = False
    counted: str | None = None
    required: bool = False
    fills: Mapping[str, Fill] = field(default_factory=dict)


TEXT, CODE, MONEY, COUNT = Column(), Column(cells.code), Column(cells.amount), Column(cells.number())
MOMENT, DAY, FLAG = Column(cells.moment), Column(cells.day), Column(cells.yes_no)
EMAIL, PHONE, NIP, COUNTRY = Column(cells.email), Column(cells.phone), Column(cells.nip), Column(cells.country)
NAME, KEY, PRICE = Column(required=True), Column(cells.code, required=True), Column(cells.amount, required=True)
PIECES, STEP = Column(cells.number(1)), Column(cells.number(1, 9999))
NAMES = {"name_pl": NAME, "name_en": NAME}
DESCRIPTIONS = {"description_pl": TEXT, "description_en": TEXT}
# The postcode is checked with the row's country, once both are read.
ADDRESS = {"street": TEXT, "postcode": CODE, "city": TEXT, "country": COUNTRY}


def _ref(file: str, required: bool = True) -> Column:
    return Column(cells.code, required, file)


def _status(codes: tuple[str, ...] | list[str], required: bool = True) -> Column:
    return Column(cells.one_of(codes), required)


def _now(_row: Row, now: dt.datetime) -> dt.datetime:
    return now


def _answer_by(row: Row, now: dt.datetime) -> dt.date:
    return local_day(row.get("created_at") or now) + dt.timedelta(days=ANSWER_DAYS)


ORDER = _ref("orders.csv")
LINE = _ref("order_lines.csv")
CREATED = {"created_at": _now}

FILES: dict[str, File] = {
    "profile.csv": File(shop.ShopSetting, {"key": KEY, "value": NAME}, ("key",)),
    "carriers.csv": File(shop.Carrier, {"code": KEY, "name": NAME, "tracking_url": TEXT}, ("code",)),
    "delivery_methods.csv": File(
        shop.DeliveryMethod,
        {"code": KEY, "kind": CODE, "carrier": CODE, **NAMES, **DESCRIPTIONS, "price": PRICE, "free_from": MONEY}
        | {"days_min": COUNT, "days_max": COUNT, "cash_on_delivery": FLAG, "position": COUNT},
        ("code",),
    ),
    "payment_methods.csv": File(
        shop.PaymentMethod,
        {"code": KEY, "kind": CODE, **NAMES, **DESCRIPTIONS, "fee": MONEY, "position": COUNT},
        ("code",),
    ),
    "categories.csv": File(shop.Category, {"id": KEY, **NAMES, "keywords": TEXT}, ("id",)),
    "products.csv": File(
        shop.Product,
        {"id": KEY, **NAMES, "price": PRICE, "category": CODE, "brand": TEXT, "gender": CODE, **DESCRIPTIONS}
        | {"use_pl": TEXT, "use_en": TEXT, "care_pl": TEXT, "care_en": TEXT, "keywords": TEXT}
        | {"attributes_pl": Column(cells.pairs), "attributes_en": Column(cells.pairs), "lowest_price_30_days": MONEY}
        | {"returnable": FLAG, "warranty_months": COUNT, "image": TEXT, "url": TEXT, "active": FLAG},
        ("id",),
        required=True,
        fills={"updated_at": _now},
    ),
    "variants.csv": File(
        shop.Variant,
        {"sku": KEY, "product_id": _ref("products.csv"), "position": COUNT, "size": TEXT, "colour_pl": TEXT}
        | {"colour_en": TEXT, "price": MONEY, "stock": COUNT, "reserved": COUNT, "restock_on": DAY},
        ("sku",),
    ),
    "promotions.csv": File(
        shop.Promotion,
        {"id": KEY, **NAMES, **DESCRIPTIONS, "percent": Column(cells.number(1, 100)), "amount": MONEY}
        | {"scope": _status(["all", "category", "product"], False), "target": CODE, "coupon": CODE}
        | {"minimum": MONEY, "first_order": FLAG}
        | {"starts_at": MOMENT, "ends_at": MOMENT},
        ("id",),
    ),
    "customers.csv": File(
        shop.Customer,
        {"id": KEY, "email": EMAIL, "phone": PHONE, "name": NAME, "language": _status(["pl", "en"], False), **ADDRESS}
        | {"company": TEXT, "nip": NIP, "consents": Column(cells.tags), "preferred_channel": CODE}
        | {"preferred_hours": CODE, "loyalty_points": COUNT, "registered_at": MOMENT},
        ("id",),
        required=True,
    ),
    "orders.csv": File(
        shop.Order,
        {"number": KEY, "customer_id": _ref("customers.csv"), "status": _status(ORDER_STATUSES)}
        | {"created_at": MOMENT, "paid_at": MOMENT, "shipped_at": MOMENT, "delivered_at": MOMENT}
        | {"cancelled_at": MOMENT, "expected_on": DAY, "delivery_method": CODE, "payment_method": CODE}
        | {"delivery_price": MONEY, "payment_fee": MONEY, "total": MONEY, "email": EMAIL, "phone": PHONE}
        | {"recipient": TEXT, **ADDRESS, "locker_code": CODE, "note": TEXT},
        ("number",),
        required=True,
        fills=CREATED,
    ),
    "order_lines.csv": File(
        shop.OrderLine,
        {"order_number": ORDER, "position": STEP, "sku": _ref("variants.csv"), "quantity": PIECES}
        | {"unit_price": PRICE, "parcel": STEP},
        ("order_number", "position"),
        joined=True,
        counted="position",
    ),
    "payments.csv": File(
        shop.Payment,
        {"order_number": ORDER, "position": STEP, "method": KEY, "amount": PRICE, "status": _status(PAYMENT_STATUSES)}
        | {"created_at": MOMENT, "paid_at": MOMENT, "refunded_at": MOMENT, "reference": TEXT},
        ("order_number", "position"),
        joined=True,
        counted="position",
    ),
    "shipments.csv": File(
        shop.Shipment,
        {"order_number": ORDER, "parcel": STEP, "carrier": CODE, "kind": CODE, "tracking_number": CODE}
        | {"status": _status(PARCEL_STATUSES), "shipped_at": MOMENT, "promised_on": DAY, "expected_on": DAY}
        | {"delivered_at": MOMENT, "locker_code": CODE, "pick_up_until": MOMENT},
        ("order_number", "parcel"),
        joined=True,
        counted="parcel",
    ),
    "tracking_events.csv": File(
        shop.TrackingEvent,
        {"shipment_id": _ref("shipments.csv"), "step": STEP, "code": KEY, "place": TEXT}
        | {"occurred_at": Column(cells.moment, required=True)},
        ("shipment_id", "step"),
        counted="step",
    ),
    "returns.csv": File(
        shop.Return,
        {
            "number": KEY,
            "order_number": ORDER,
            "status": _status(["opened", "sent", "received", "refunded", "cancelled"]),
        }
        | {"reason": TEXT, "refund_method": _status(REFUND_METHODS, False), "refund_account": TEXT}
        | {"refund_amount": MONEY, "label_code": CODE, "created_at": MOMENT, "send_back_by": DAY}
        | {"refund_due_on": DAY, "refunded_at": MOMENT},
        ("number",),
        fills=CREATED,
    ),
    "return_lines.csv": File(
        shop.ReturnLine,
        {"return_number": _ref("returns.csv"), "line_id": LINE, "quantity": PIECES},
        ("return_number", "line_id"),
    ),
    "exchanges.csv": File(
        shop.Exchange,
        {"number": KEY, "order_number": ORDER, "line_id": LINE, "quantity": PIECES, "new_sku": _ref("variants.csv")}
        | {"price_difference": MONEY, "status": _status(["opened", "received", "sent", "closed", "cancelled"])}
        | {"reason": TEXT, "label_code": CODE, "created_at": MOMENT, "send_back_by": DAY},
        ("number",),
        fills=CREATED,
    ),
    "complaints.csv": File(
        shop.Complaint,
        {"number": KEY, "order_number": ORDER, "line_id": _ref("order_lines.csv", False), "kind": _status(KINDS, False)}
        | {
            "description": NAME,
            "remedy": _status(REMEDIES),
            "status": _status(["open", "accepted", "rejected", "closed", "withdrawn"]),
        }
        | {"decision": TEXT, "created_at": MOMENT, "due_on": DAY, "answered_at": MOMENT},
        ("number",),
        fills={**CREATED, "due_on": _answer_by},
    ),
    "invoices.csv": File(
        shop.Invoice,
        {"number": KEY, "order_number": ORDER, "status": _status(["requested", "issued"], False), "nip": NIP}
        | {"company": TEXT, "address": TEXT, "total": MONEY, "requested_at": MOMENT, "issued_at": MOMENT, "url": TEXT},
        ("number",),
    ),
}
