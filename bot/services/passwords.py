"""Passwords: which ones are good enough, and how they are kept: as argon2id hashes, made a few at a time."""

from __future__ import annotations

import asyncio
import secrets
import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from bot.domain.errors import InvalidValue

SHORTEST = 10
LONGEST = 1000
FEWEST_CHARACTERS = 5
"""Different ones: `aaaaaaaaaa` and `1212121212` are long and no passwords."""


class Passwords:
    """`hasher` is argon2 with its library's recommended costs (RFC 9106) unless a test brings a quick one."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._decoy: str | None = None
        # A hash takes 64 MiB: many log-ins at once must queue, not fill the memory.
        self._hashing = asyncio.Semaphore(2)

    async def hash(self, password: str) -> str:
        async with self._hashing:
            return await asyncio.to_thread(self._hasher.hash, _typed(password))

    async def right(self, known: str | None, password: str) -> bool:
        """Whether `password` is the one `known` was made from. Nothing known takes as long as a wrong password."""
        if self._decoy is None:
            self._decoy = await self.hash(secrets.token_urlsafe(12))
        async with self._hashing:
            try:
                right = await asyncio.to_thread(self._hasher.verify, known or self._decoy, _typed(password[:LONGEST]))
            except (VerificationError, InvalidHashError):
                return False
        return right and bool(known)

    def outdated(self, known: str) -> bool:
        """Made with other costs than today's: to be made anew when the password is next known."""
        return self._hasher.check_needs_rehash(known)


def check_password(password: str, *, email: str = "", name: str = "", field: str = "password") -> None:
    """Raises InvalidValue, with `field` and `reason`, for a password that is easily guessed or too long to be one."""
    if len(password) < SHORTEST:
        raise InvalidValue(
            f"the password must have at least {SHORTEST} characters",
            details={"field": field, "reason": "too_short", "least": SHORTEST},
        )
    if len(password) > LONGEST:
        raise InvalidValue(
            f"the password must have at most {LONGEST} characters",
            details={"field": field, "reason": "password_too_long", "most": LONGEST},
        )
    plain = password.casefold()
    own = {email.casefold(), name.casefold(), email.casefold().partition("@")[0]}
    if plain in own or len(set(plain)) < FEWEST_CHARACTERS or plain in "01234567890123456789":
        raise InvalidValue("the password is too easy to guess", details={"field": field, "reason": "too_simple"})


def _typed(password: str) -> str:
    """The same password whichever way a keyboard composes `ż`."""
    return unicodedata.normalize("NFKC", password)
