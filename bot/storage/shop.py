"""The shop's own tables: what is sold, who bought it, how it travels, and what came back.

Keys are the shop's natural ones (order number, SKU, `100123-1` for the first line, payment or parcel of an order): an
import writes rows set by set without asking for ids first, and importing the same folder again updates the same rows.
Relations are `lazy="raise"`: what a query did not load is an error at once, not a hidden query later.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from sqlalchemy import Date, FetchedValue, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from bot.storage.base import Amount, Base, Code, JsonDict, Text, Timestamp


def _many(target: str, back: str, order_by: str) -> Any:
    return relationship(target, back_populates=back, order_by=order_by, lazy="raise")


def _one(target: str, back: str | None = None) -> Any:
    # What the session already holds is given without a query; anything else raises.
    return relationship(target, back_populates=back, lazy="raise_on_sql")


class ShopSetting(Base):
    """One line of the shop's profile: `phone`, `email`, `opening_hours_pl`, `return_days` …"""

    __tablename__ = "shop_profile"
    key: Mapped[Code] = mapped_column(primary_key=True)
    value: Mapped[Text]


class Carrier(Base):
    """Who carries parcels. `tracking_url` holds `{number}` where the parcel's number goes."""

    __tablename__ = "carriers"
    code: Mapped[Code] = mapped_column(primary_key=True)
    name: Mapped[Text]
    tracking_url: Mapped[Text | None]


class DeliveryMethod(Base):
    """`kind`: locker, courier, point, pickup, post, abroad, digital. Days are working days from payment."""

    __tablename__ = "delivery_methods"
    code: Mapped[Code] = mapped_column(primary_key=True)
    kind: Mapped[Code] = mapped_column(default="courier")
    carrier: Mapped[Code | None]
    name_pl: Mapped[Text]
    name_en: Mapped[Text]
    description_pl: Mapped[Text | None]
    description_en: Mapped[Text | None]
    price: Mapped[Amount]
    free_from: Mapped[Amount | None]
    days_min: Mapped[int] = mapped_column(default=1)
    days_max: Mapped[int] = mapped_column(default=3)
    cash_on_delivery: Mapped[bool] = mapped_column(default=False)
    position: Mapped[int] = mapped_column(default=0)


class PaymentMethod(Base):
    """`kind`: instant, transfer, on_delivery, later, voucher. `fee` is added to the order."""

    __tablename__ = "payment_methods"
    code: Mapped[Code] = mapped_column(primary_key=True)
    kind: Mapped[Code] = mapped_column(default="instant")
    name_pl: Mapped[Text]
    name_en: Mapped[Text]
    description_pl: Mapped[Text | None]
    description_en: Mapped[Text | None]
    fee: Mapped[Amount] = mapped_column(default=Decimal(0))
    position: Mapped[int] = mapped_column(default=0)


class Category(Base):
    """A shelf of the shop; `keywords` are the other words customers use for it, in both languages."""

    __tablename__ = "categories"
    id: Mapped[Code] = mapped_column(primary_key=True)
    name_pl: Mapped[Text]
    name_en: Mapped[Text]
    keywords: Mapped[Text | None]


class Product(Base):
    """What is sold. `attributes` is `{"pl": {name: value}, "en": {…}}`; `returnable` is false for hygiene goods.

    `image` is a web address, or the name of a Picture."""

    __tablename__ = "products"
    id: Mapped[Code] = mapped_column(primary_key=True)
    name_pl: Mapped[Text]
    name_en: Mapped[Text]
    price: Mapped[Amount]
    category: Mapped[Code | None] = mapped_column(index=True)
    brand: Mapped[Text | None]
    gender: Mapped[Code] = mapped_column(default="unisex")
    description_pl: Mapped[Text | None]
    description_en: Mapped[Text | None]
    use_pl: Mapped[Text | None]
    use_en: Mapped[Text | None]
    care_pl: Mapped[Text | None]
    care_en: Mapped[Text | None]
    attributes: Mapped[JsonDict] = mapped_column(default=dict)
    keywords: Mapped[Text | None]
    lowest_price_30_days: Mapped[Amount | None]
    returnable: Mapped[bool] = mapped_column(default=True)
    warranty_months: Mapped[int] = mapped_column(default=24)
    image: Mapped[Text | None]
    url: Mapped[Text | None]
    active: Mapped[bool] = mapped_column(default=True)
    updated_at: Mapped[Timestamp] = mapped_column(index=True)
    variants: Mapped[list[Variant]] = _many("Variant", "product", "Variant.position")


class Picture(Base):
    """A product's picture out of the shop's folder. `name` holds the hash of the content: it never changes."""

    __tablename__ = "pictures"
    name: Mapped[str] = mapped_column(String(90), primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)


class Variant(Base):
    """One size and colour of a product. `stock` is what lies in the warehouse, `reserved` what of it is promised."""

    __tablename__ = "variants"
    __mapper_args__ = {"eager_defaults": True}
    sku: Mapped[str] = mapped_column(String(60), primary_key=True)
    product_id: Mapped[Code] = mapped_column(ForeignKey("products.id"), index=True)
    position: Mapped[int] = mapped_column(default=0)
    size: Mapped[Text | None]
    colour_pl: Mapped[Text | None]
    colour_en: Mapped[Text | None]
    price: Mapped[Amount | None]
    stock: Mapped[int] = mapped_column(default=0)
    # Raised by an SQL expression: marked so that the statement itself brings the new value back, never a lazy load.
    reserved: Mapped[int] = mapped_column(default=0, server_onupdate=FetchedValue())
    restock_on: Mapped[dt.date | None] = mapped_column(Date)
    product: Mapped[Product] = _one("Product", "variants")


class Promotion(Base):
    """A price cut for a `scope` (all, category, product; `target` says which). A `coupon` has to be entered.

    `minimum` is what the goods must cost at least; `first_order` are coupons for people who have bought nothing yet."""

    __tablename__ = "promotions"
    id: Mapped[Code] = mapped_column(primary_key=True)
    name_pl: Mapped[Text]
    name_en: Mapped[Text]
    description_pl: Mapped[Text | None]
    description_en: Mapped[Text | None]
    percent: Mapped[int | None]
    amount: Mapped[Amount | None]
    scope: Mapped[Code] = mapped_column(default="all")
    target: Mapped[Code | None]
    coupon: Mapped[Code | None]
    minimum: Mapped[Amount | None]
    first_order: Mapped[bool] = mapped_column(default=False)
    starts_at: Mapped[Timestamp | None]
    ends_at: Mapped[Timestamp | None]


class Customer(Base):
    """A person with an account. E-mail is stored in lower case, phone as +48… (E.164)."""

    __tablename__ = "customers"
    id: Mapped[Code] = mapped_column(primary_key=True)
    name: Mapped[Text]
    email: Mapped[Text | None] = mapped_column(index=True)
    phone: Mapped[Code | None] = mapped_column(index=True)
    language: Mapped[Code] = mapped_column(default="pl")
    street: Mapped[Text | None]
    postcode: Mapped[Code | None]
    city: Mapped[Text | None]
    country: Mapped[Code] = mapped_column(default="PL")
    company: Mapped[Text | None]
    nip: Mapped[Code | None]
    consents: Mapped[JsonDict] = mapped_column(default=dict)
    preferred_channel: Mapped[Code | None]
    preferred_hours: Mapped[Code | None]
    loyalty_points: Mapped[int] = mapped_column(default=0)
    registered_at: Mapped[Timestamp | None]


class Order(Base):
    """One purchase. `email`, `phone` and address are the order's own and may differ from the customer's."""

    __tablename__ = "orders"
    __table_args__ = (Index(None, "customer_id", "created_at"),)
    number: Mapped[Code] = mapped_column(primary_key=True)
    customer_id: Mapped[Code] = mapped_column(ForeignKey("customers.id"))
    status: Mapped[Code]
    created_at: Mapped[Timestamp]
    paid_at: Mapped[Timestamp | None]
    shipped_at: Mapped[Timestamp | None]
    delivered_at: Mapped[Timestamp | None]
    cancelled_at: Mapped[Timestamp | None]
    expected_on: Mapped[dt.date | None] = mapped_column(Date)
    delivery_method: Mapped[Code | None]
    payment_method: Mapped[Code | None]
    delivery_price: Mapped[Amount] = mapped_column(default=Decimal(0))
    payment_fee: Mapped[Amount] = mapped_column(default=Decimal(0))
    total: Mapped[Amount] = mapped_column(default=Decimal(0))
    email: Mapped[Text | None] = mapped_column(index=True)
    phone: Mapped[Code | None] = mapped_column(index=True)
    recipient: Mapped[Text | None]
    street: Mapped[Text | None]
    postcode: Mapped[Code | None]
    city: Mapped[Text | None]
    country: Mapped[Code] = mapped_column(default="PL")
    locker_code: Mapped[Code | None]
    note: Mapped[Text | None]
    customer: Mapped[Customer] = _one("Customer")
    lines: Mapped[list[OrderLine]] = _many("OrderLine", "order", "OrderLine.position")
    payments: Mapped[list[Payment]] = _many("Payment", "order", "Payment.position")
    shipments: Mapped[list[Shipment]] = _many("Shipment", "order", "Shipment.parcel")
    returns: Mapped[list[Return]] = _many("Return", "order", "Return.created_at")
    exchanges: Mapped[list[Exchange]] = _many("Exchange", "order", "Exchange.created_at")
    complaints: Mapped[list[Complaint]] = _many("Complaint", "order", "Complaint.created_at")
    invoices: Mapped[list[Invoice]] = _many("Invoice", "order", "Invoice.number")


class OrderLine(Base):
    """`id` is `<order>-<position>`. `unit_price` is what was paid for one; `parcel` says in which parcel it travels."""

    __tablename__ = "order_lines"
    id: Mapped[Code] = mapped_column(primary_key=True)
    order_number: Mapped[Code] = mapped_column(ForeignKey("orders.number"), index=True)
    position: Mapped[int]
    sku: Mapped[str] = mapped_column(String(60), ForeignKey("variants.sku"), index=True)
    quantity: Mapped[int] = mapped_column(default=1)
    unit_price: Mapped[Amount]
    parcel: Mapped[int | None]
    order: Mapped[Order] = _one("Order", "lines")
    variant: Mapped[Variant] = _one("Variant")


class Payment(Base):
    """`id` is `<order>-<position>`. `status`: pending, paid, failed, refunded. A double payment is two paid rows."""

    __tablename__ = "payments"
    id: Mapped[Code] = mapped_column(primary_key=True)
    order_number: Mapped[Code] = mapped_column(ForeignKey("orders.number"), index=True)
    position: Mapped[int]
    method: Mapped[Code]
    amount: Mapped[Amount]
    status: Mapped[Code]
    created_at: Mapped[Timestamp | None]
    paid_at: Mapped[Timestamp | None]
    refunded_at: Mapped[Timestamp | None]
    reference: Mapped[Text | None]
    order: Mapped[Order] = _one("Order", "payments")


class Shipment(Base):
    """One parcel; `id` is `<order>-<parcel>`. `promised_on` is the day first promised, `expected_on` the one now.

    `status`: created, sent, in_transit, out_for_delivery, in_locker, delivered, lost, sent_back."""

    __tablename__ = "shipments"
    id: Mapped[Code] = mapped_column(primary_key=True)
    order_number: Mapped[Code] = mapped_column(ForeignKey("orders.number"), index=True)
    parcel: Mapped[int]
    carrier: Mapped[Code | None]
    kind: Mapped[Code] = mapped_column(default="courier")
    tracking_number: Mapped[Code | None] = mapped_column(index=True)
    status: Mapped[Code]
    shipped_at: Mapped[Timestamp | None]
    promised_on: Mapped[dt.date | None] = mapped_column(Date)
    expected_on: Mapped[dt.date | None] = mapped_column(Date)
    delivered_at: Mapped[Timestamp | None]
    locker_code: Mapped[Code | None]
    pick_up_until: Mapped[Timestamp | None]
    order: Mapped[Order] = _one("Order", "shipments")
    events: Mapped[list[TrackingEvent]] = _many("TrackingEvent", "shipment", "TrackingEvent.step")
    # No foreign key: a shop may import parcels without describing its carriers.
    carrier_row: Mapped[Carrier | None] = relationship(
        "Carrier", primaryjoin="foreign(Shipment.carrier) == Carrier.code", viewonly=True, lazy="raise"
    )


class TrackingEvent(Base):
    """A carrier's scan, numbered within its parcel because two scans may share a minute."""

    __tablename__ = "tracking_events"
    shipment_id: Mapped[Code] = mapped_column(ForeignKey("shipments.id"), primary_key=True)
    step: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    code: Mapped[Code]
    place: Mapped[Text | None]
    occurred_at: Mapped[Timestamp]
    shipment: Mapped[Shipment] = _one("Shipment", "events")


class Return(Base):
    """`status`: opened, sent, received, refunded, cancelled. `source`: import, or chat if opened there."""

    __tablename__ = "returns"
    number: Mapped[Code] = mapped_column(primary_key=True)
    order_number: Mapped[Code] = mapped_column(ForeignKey("orders.number"), index=True)
    status: Mapped[Code]
    reason: Mapped[Text | None]
    refund_method: Mapped[Code] = mapped_column(default="original")
    refund_account: Mapped[Text | None]
    refund_amount: Mapped[Amount] = mapped_column(default=Decimal(0))
    label_code: Mapped[Code | None]
    created_at: Mapped[Timestamp]
    send_back_by: Mapped[dt.date | None] = mapped_column(Date)
    refund_due_on: Mapped[dt.date | None] = mapped_column(Date)
    refunded_at: Mapped[Timestamp | None]
    source: Mapped[Code] = mapped_column(default="import")
    order: Mapped[Order] = _one("Order", "returns")
    lines: Mapped[list[ReturnLine]] = _many("ReturnLine", "parent", "ReturnLine.line_id")


class ReturnLine(Base):
    __tablename__ = "return_lines"
    return_number: Mapped[Code] = mapped_column(ForeignKey("returns.number"), primary_key=True)
    line_id: Mapped[Code] = mapped_column(ForeignKey("order_lines.id"), primary_key=True, index=True)
    quantity: Mapped[int] = mapped_column(default=1)
    parent: Mapped[Return] = _one("Return", "lines")
    line: Mapped[OrderLine] = _one("OrderLine")


class Exchange(Base):
    """One line swapped for another variant. `status`: opened, received, sent, closed, cancelled."""

    __tablename__ = "exchanges"
    number: Mapped[Code] = mapped_column(primary_key=True)
    order_number: Mapped[Code] = mapped_column(ForeignKey("orders.number"), index=True)
    line_id: Mapped[Code] = mapped_column(ForeignKey("order_lines.id"))
    quantity: Mapped[int] = mapped_column(default=1)
    new_sku: Mapped[str] = mapped_column(String(60), ForeignKey("variants.sku"))
    price_difference: Mapped[Amount] = mapped_column(default=Decimal(0))
    status: Mapped[Code]
    reason: Mapped[Text | None]
    label_code: Mapped[Code | None]
    created_at: Mapped[Timestamp]
    send_back_by: Mapped[dt.date | None] = mapped_column(Date)
    source: Mapped[Code] = mapped_column(default="import")
    order: Mapped[Order] = _one("Order", "exchanges")
    line: Mapped[OrderLine] = _one("OrderLine")
    new_variant: Mapped[Variant] = _one("Variant")


class Complaint(Base):
    """`remedy` wanted: repair, replacement, price_reduction, refund. Unanswered by `due_on` it is deemed accepted.

    `status`: open, accepted, rejected, closed, withdrawn."""

    __tablename__ = "complaints"
    number: Mapped[Code] = mapped_column(primary_key=True)
    order_number: Mapped[Code] = mapped_column(ForeignKey("orders.number"), index=True)
    line_id: Mapped[Code | None] = mapped_column(ForeignKey("order_lines.id"))
    kind: Mapped[Code] = mapped_column(default="defect")
    description: Mapped[Text]
    since: Mapped[Text | None]
    """Since when, in the customer's words."""
    remedy: Mapped[Code]
    status: Mapped[Code]
    decision: Mapped[Text | None]
    created_at: Mapped[Timestamp]
    due_on: Mapped[dt.date] = mapped_column(Date)
    answered_at: Mapped[Timestamp | None]
    source: Mapped[Code] = mapped_column(default="import")
    order: Mapped[Order] = _one("Order", "complaints")
    line: Mapped[OrderLine | None] = _one("OrderLine")


class Invoice(Base):
    """A VAT invoice of an order. `status`: requested, issued."""

    __tablename__ = "invoices"
    number: Mapped[Code] = mapped_column(primary_key=True)
    order_number: Mapped[Code] = mapped_column(ForeignKey("orders.number"), index=True)
    status: Mapped[Code] = mapped_column(default="issued")
    nip: Mapped[Code | None]
    company: Mapped[Text | None]
    address: Mapped[Text | None]
    total: Mapped[Amount] = mapped_column(default=Decimal(0))
    requested_at: Mapped[Timestamp | None]
    issued_at: Mapped[Timestamp | None]
    url: Mapped[Text | None]
    source: Mapped[Code] = mapped_column(default="import")
    order: Mapped[Order] = _one("Order", "invoices")


class OrderChange(Base):
    """What the assistant changed of an order before the shop's own system has it. `kind`: cancel, delivery, item.

    `before` and `after`: {"order": {column: value}, "lines": {id: {column: value} or null for a line taken out},
    "reserved": {sku: pieces}}. Closed by one of three: undone, applied (the shop's files say the same now) or
    overruled (they say something else)."""

    __tablename__ = "order_changes"
    id: Mapped[int] = mapped_column(primary_key=True)
    order_number: Mapped[Code] = mapped_column(ForeignKey("orders.number"), index=True)
    kind: Mapped[Code]
    before: Mapped[JsonDict] = mapped_column(default=dict)
    after: Mapped[JsonDict] = mapped_column(default=dict)
    source: Mapped[Code] = mapped_column(default="chat")
    conversation_id: Mapped[str | None] = mapped_column(
        String(32), ForeignKey("conversations.id", ondelete="SET NULL"), index=True
    )
    created_at: Mapped[Timestamp]
    undone_at: Mapped[Timestamp | None]
    applied_at: Mapped[Timestamp | None]
    overruled_at: Mapped[Timestamp | None]


class Article(Base):
    """A knowledge article in one language. `summary` is its first paragraph: an answer short enough for a chat."""

    __tablename__ = "articles"
    slug: Mapped[str] = mapped_column(String(80), primary_key=True)
    language: Mapped[Code] = mapped_column(primary_key=True)
    title: Mapped[Text]
    topic: Mapped[Code | None]
    keywords: Mapped[Text | None]
    summary: Mapped[Text]
    body: Mapped[Text]
    updated_at: Mapped[Timestamp]


class SearchVector(Base):
    """The vector that an embedding model gave a text (float16, a row), kept so that a restart need not ask it again."""

    __tablename__ = "search_vectors"
    model: Mapped[str] = mapped_column(String(200), primary_key=True)
    text_hash: Mapped[Code] = mapped_column(primary_key=True)
    vector: Mapped[bytes] = mapped_column(LargeBinary)
