"""VAT invoices asked for after the purchase."""

from __future__ import annotations

import datetime as dt

from sqlalchemy.ext.asyncio import AsyncSession

from bot.shop.contacts import normal_nip
from bot.shop.errors import ShopRefused
from bot.shop.returns import next_number
from bot.storage.shop import Invoice, Order


def request_invoice(
    session: AsyncSession,
    order: Order,
    now: dt.datetime,
    *,
    nip: str | None = None,
    company: str | None = None,
    address: str | None = None,
) -> Invoice:
    """Add the request for an invoice (to a company if there is a NIP) to the session and to `order.invoices`.

    Raises ShopRefused: invalid_nip, invoice_exists (details carry its number), not_paid, cancelled.
    """
    number = normal_nip(nip) if nip else None
    if nip and number is None:
        raise ShopRefused("invalid_nip")
    if order.invoices:
        raise ShopRefused("invoice_exists", number=order.invoices[-1].number)
    if order.status in {"unpaid", "cancelled"}:
        raise ShopRefused("cancelled" if order.status == "cancelled" else "not_paid")
    requested = Invoice(
        number=next_number("FV", order.number, []),
        status="requested",
        nip=number,
        company=company,
        address=address,
        total=order.total,
        requested_at=now,
        source="chat",
    )
    order.invoices.append(requested)
    session.add(requested)
    return requested
