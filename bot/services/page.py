"""What the shop's page says of itself: the product it shows, the order it is about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.errors import InvalidValue
from bot.domain.facts import told
from bot.services.ledger import Ledger
from bot.storage.shop import Product

LONGEST = 100


@dataclass(frozen=True)
class Page:
    """`product` is the shop's id of it, `order` its number; either may be missing."""

    product: str | None = None
    order: str | None = None

    @classmethod
    def read(cls, value: Any) -> Page | None:
        """The page of a request's `context`. Raises InvalidValue when that is no object of short texts."""
        if value is None:
            return None
        if not isinstance(value, dict):
            raise InvalidValue(details={"field": "context"})
        return cls(_short(value.get("product")), _short(value.get("order")))

    async def note(self, session: AsyncSession, ledger: Ledger) -> None:
        """Make it known to the conversation. A product that is not sold and a number that is none are left out.

        An order is noted whether it exists or not, as if the customer had told it: what opens it is the proof.
        """
        if self.product and await session.get(Product, self.product) is not None:
            ledger.turn_page("product", self.product)
        for key, value in told([("order_number", self.order)]):
            ledger.turn_page(key, value)


def _short(value: Any) -> str | None:
    if value is not None and (not isinstance(value, str) or len(value) > LONGEST):
        raise InvalidValue(details={"field": "context"})
    return value or None
