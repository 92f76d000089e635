"""Signed identities: the shop's backend vouches for a customer with an HS256 token."""

from __future__ import annotations

from dataclasses import dataclass

import jwt
from sqlalchemy import select

from bot.domain.errors import InvalidIdentity
from bot.storage.database import Database
from bot.storage.shop import Customer


@dataclass(frozen=True)
class Identity:
    """A customer the shop vouches for. `customer_id` is the shop's own id."""

    customer_id: str
    email: str | None = None
    name: str | None = None
    language: str | None = None

    @property
    def first_name(self) -> str:
        return (self.name or "").split(" ")[0]

    def facts(self) -> list[tuple[str, str]]:
        return [(key, value) for key, value in (("email", self.email), ("name", self.name)) if value]


class Identities:
    """Verifies tokens with `sub` (the shop's customer id) and `exp`; `email` and `name` are optional."""

    def __init__(self, database: Database, secret: str) -> None:
        self._database = database
        self._secret = secret

    async def verify(self, token: str) -> Identity:
        """Raises InvalidIdentity for a bad signature, an expired or incomplete token, or when no secret is set."""
        if not self._secret or not isinstance(token, str):
            raise InvalidIdentity()
        try:
            claims = jwt.decode(token, self._secret, algorithms=["HS256"], options={"require": ["sub", "exp"]})
        except jwt.InvalidTokenError as error:
            raise InvalidIdentity() from error
        async with self._database.read() as session:
            customer = await session.scalar(select(Customer).where(Customer.id == str(claims["sub"])))
        return Identity(
            customer_id=str(claims["sub"]),
            email=claims.get("email") or (customer.email if customer else None),
            name=claims.get("name") or (customer.name if customer else None),
            language=customer.language if customer else None,
        )
