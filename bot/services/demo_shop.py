"""Playing a customer of the sample shop: who may be played, the cookie that says who is, the identity for the chat.

A real shop's gateway must never offer to log in as its customers. So the shop has to lie in a domain that cannot exist
(`.example`, `.test`), and so does the e-mail of whoever is played; both are looked at again at every request.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import jwt
from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.shop.profile import ShopProfile
from bot.storage.shop import Customer, Order

AUDIENCE = "demo-shop"
COOKIE_SECONDS = 30 * 24 * 3600
IDENTITY_SECONDS = 3600
OFFERED = 6
MADE_UP_SITES = (".example", ".test")
MADE_UP_EMAILS = ("%@example.__", "%@example.___", "%@%.example", "%@%.test")


@dataclass(frozen=True)
class Player:
    """A customer who may be played, and how many orders they have."""

    id: str
    name: str
    email: str
    language: str
    orders: int


class DemoShop:
    """Signs with the secret of identities: the chat believes it as it would the shop's own backend."""

    def __init__(self, secret: str) -> None:
        self._secret = secret

    @staticmethod
    def is_open(profile: ShopProfile) -> bool:
        """True for a shop that cannot be a real one."""
        host = profile.get("url").split("//")[-1].split("/")[0].split(":")[0]
        return host.endswith(MADE_UP_SITES)

    async def players(self, session: AsyncSession) -> list[Player]:
        """A few customers with orders, those first in the shop's files in front."""
        count = select(func.count()).where(Order.customer_id == Customer.id).scalar_subquery()
        query = select(Customer, count).where(self._made_up(), count > 0).order_by(Customer.id).limit(OFFERED)
        rows = (await session.execute(query)).all()
        return [Player(one.id, one.name, one.email or "", one.language, orders) for one, orders in rows]

    async def samples(self, session: AsyncSession) -> list[tuple[str, str, str]]:
        """Status, number and e-mail of the players' newest order on its way and their newest delivered one."""
        email = func.coalesce(Order.email, Customer.email)
        players = select(Customer.id).where(self._made_up()).order_by(Customer.id).limit(OFFERED)
        query = select(Order.status, Order.number, email).join(Customer, Customer.id == Order.customer_id)
        query = query.where(Order.customer_id.in_(players), Order.status.in_(("shipped", "delivered")))
        query = query.where(Order.shipped_at.is_not(None), or_(*(email.like(pattern) for pattern in MADE_UP_EMAILS)))
        newest: dict[str, tuple[str, str, str]] = {}
        for status, number, address in await session.execute(query.order_by(Order.shipped_at.desc())):
            newest.setdefault(status, (status, number, address))
        return [newest[status] for status in ("shipped", "delivered") if status in newest]

    async def find(self, session: AsyncSession, customer_id: str) -> Customer | None:
        """The customer, if they may be played."""
        return await session.scalar(select(Customer).where(Customer.id == customer_id, self._made_up()))

    def cookie(self, customer: Customer) -> str:
        """What the browser keeps. Its audience makes it worthless as an identity, and an identity worthless here."""
        return self._sign(customer.id, COOKIE_SECONDS, aud=AUDIENCE)

    async def who(self, session: AsyncSession, cookie: str | None) -> Customer | None:
        """The customer of the cookie; None for a forged, expired or outdated one."""
        try:
            claims = jwt.decode(
                cookie or "", self._secret, algorithms=["HS256"], audience=AUDIENCE, options={"require": ["sub", "exp"]}
            )
        except jwt.InvalidTokenError:
            return None
        return await self.find(session, str(claims["sub"]))

    def identity(self, customer: Customer) -> str:
        """What the page gives the widget, as a shop's backend would."""
        return self._sign(customer.id, IDENTITY_SECONDS, email=customer.email, name=customer.name)

    def _sign(self, subject: str, seconds: int, **claims: object) -> str:
        # The system's time and not the Clock's: PyJWT checks against it.
        expires = int(time.time()) + seconds
        return jwt.encode({"sub": subject, "exp": expires, **claims}, self._secret, algorithm="HS256")

    @staticmethod
    def _made_up() -> ColumnElement[bool]:
        return or_(*(Customer.email.like(pattern) for pattern in MADE_UP_EMAILS))
