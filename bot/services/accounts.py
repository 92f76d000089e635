"""Staff accounts: who may log in to the desk and the studio, and for how long."""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
import re
import secrets
from dataclasses import dataclass

import structlog
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError

from bot.domain.errors import BadCredentials, InvalidValue, Unauthorized
from bot.services.attempts import Attempts
from bot.services.ports import Clock
from bot.services.transcript import announce
from bot.storage.database import Database
from bot.storage.tables import User, UserSession

log = structlog.get_logger(__name__)

ROLES = ("agent", "manager", "admin")
"""From the least to the most that may be done."""
SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 1000
IDLE = dt.timedelta(hours=12)
ABSOLUTE = dt.timedelta(days=7)
SEEN_EVERY = dt.timedelta(minutes=1)
_EMAIL = re.compile(r"[^@\s,;<>\"()]+@[^@\s,;<>\"()]+\.[^@\s.,;<>\"()]{2,}")


@dataclass(frozen=True)
class NewLogin:
    """A generated account, with the only copy of its password."""

    email: str
    password: str
    role: str


class Accounts:
    """`hasher` is argon2 with its library's recommended costs unless a test brings a quick one."""

    def __init__(self, database: Database, clock: Clock, *, hasher: PasswordHasher | None = None) -> None:
        self._database = database
        self._clock = clock
        self._hasher = hasher or PasswordHasher()
        self._attempts = Attempts()
        self._decoy: str | None = None
        # A hash takes 64 MiB: many log-ins at once must queue, not fill the memory.
        self._hashing = asyncio.Semaphore(2)

    async def add_user(
        self, email: str, role: str, password: str, *, name: str | None = None, language: str = "pl"
    ) -> User:
        """Create an account. Raises InvalidValue, whose message says what is wrong and details which `field`."""
        email = email.strip().lower()
        name = (name or "").strip() or email.partition("@")[0].replace(".", " ").title()
        _check(email, role, password, name, language)
        user = User(
            email=email,
            name=name,
            role=role,
            password_hash=await self._hash(password),
            language=language,
            created_at=self._clock.now(),
        )
        try:
            async with self._database.write() as session:
                session.add(user)
        except IntegrityError as error:
            raise _wrong("email", f"there is a user with the e-mail {email} already") from error
        log.info("user_added", user=user.id, role=role)
        return user

    async def ensure_first_admin(self) -> list[NewLogin]:
        """An admin and an agent with random passwords, if there is nobody yet; otherwise nothing."""
        async with self._database.read() as session:
            if await session.scalar(select(func.count()).select_from(User)):
                return []
        made = []
        for role in ("admin", "agent"):
            login = NewLogin(f"{role}@tellonce.local", secrets.token_urlsafe(12), role)
            try:
                await self.add_user(login.email, role, login.password)
            except InvalidValue:
                continue  # another process of this shop was first
            made.append(login)
        return made

    async def log_in(self, email: str, password: str, ip: str) -> tuple[str, str, User]:
        """The cookie's token, the CSRF token and the user.

        Raises BadCredentials, the same and after the same time for an unknown e-mail as for a wrong password, and
        TooManyRequests after ten failed tries of one e-mail or one address in 15 minutes.
        """
        now = self._clock.now()
        email = email.strip().lower()
        # Counted before the slow part, so that tries sent all at once are counted too.
        self._attempts.count(now, email, ip)
        async with self._database.read() as session:
            user = await session.scalar(select(User).where(User.email == email))
        right = await self._verify(user.password_hash if user else None, password)
        if user is None or not right or not user.active:
            log.warning("login_failed", user=user.id if user else None)
            raise BadCredentials()
        self._attempts.succeeded(email, ip)
        token, csrf = secrets.token_urlsafe(32), secrets.token_urlsafe(24)
        async with self._database.write() as session:
            await session.execute(delete(UserSession).where(UserSession.expires_at <= now))
            session.add(
                UserSession(
                    token_hash=_digest(token),
                    user_id=user.id,
                    csrf=csrf,
                    created_at=now,
                    last_seen_at=now,
                    expires_at=now + ABSOLUTE,
                )
            )
            (await session.get_one(User, user.id)).last_seen_at = now
            announce(session, None, "login", f"user:{user.id}", now)
        return token, csrf, user

    async def authenticate(self, token: str | None, *, seen: bool = True) -> tuple[User, UserSession]:
        """Whose token this is. `seen=False` looks without counting as use. Raises Unauthorized."""
        if not token:
            raise Unauthorized()
        now = self._clock.now()
        async with self._database.read() as session:
            found = (
                await session.execute(
                    select(User, UserSession)
                    .join(UserSession, UserSession.user_id == User.id)
                    .where(UserSession.token_hash == _digest(token))
                )
            ).one_or_none()
        if found is None:
            raise Unauthorized()
        user, login = found
        if not user.active or now >= login.expires_at or now >= login.last_seen_at + IDLE:
            raise Unauthorized()
        if seen and now - login.last_seen_at >= SEEN_EVERY:
            await self._saw(user, now, login)
        return user, login

    async def present(self, user: User) -> None:
        """The user's desk is open, although they may send nothing: they count as there."""
        now = self._clock.now()
        if user.last_seen_at is None or now - user.last_seen_at >= SEEN_EVERY:
            await self._saw(user, now)

    async def log_out(self, token: str) -> None:
        """End this log-in; ending one that is over is no error."""
        async with self._database.write() as session:
            await session.execute(delete(UserSession).where(UserSession.token_hash == _digest(token)))

    async def colleagues(self) -> list[User]:
        """Everybody who can take a conversation, by name."""
        async with self._database.read() as session:
            return list(await session.scalars(select(User).where(User.active).order_by(User.name, User.id)))

    async def _saw(self, user: User, now: dt.datetime, login: UserSession | None = None) -> None:
        async with self._database.write() as session:
            stored = await session.get(User, user.id)
            if stored is not None:
                stored.last_seen_at = user.last_seen_at = now
            kept = await session.get(UserSession, login.token_hash) if login else None
            if login is not None and kept is not None:
                kept.last_seen_at = login.last_seen_at = now

    async def _hash(self, password: str) -> str:
        async with self._hashing:
            return await asyncio.to_thread(self._hasher.hash, password)

    async def _verify(self, known: str | None, password: str) -> bool:
        if self._decoy is None:
            self._decoy = await self._hash(secrets.token_urlsafe(12))
        async with self._hashing:
            try:
                right = await asyncio.to_thread(self._hasher.verify, known or self._decoy, password[:LONGEST_PASSWORD])
            except (VerificationError, InvalidHashError):
                return False
        return right and known is not None


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _wrong(field: str, words: str) -> InvalidValue:
    return InvalidValue(words, details={"field": field})


def _check(email: str, role: str, password: str, name: str, language: str) -> None:
    if len(email) > 254 or not _EMAIL.fullmatch(email):
        raise _wrong("email", f"{email!r} is not an e-mail address")
    if role not in ROLES:
        raise _wrong("role", f"{role!r} is not a role: use one of {', '.join(ROLES)}")
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise _wrong("password", f"the password must have at least {SHORTEST_PASSWORD} characters")
    if len(name) > 100:
        raise _wrong("name", "the name must have at most 100 characters")
    if language not in ("pl", "en"):
        raise _wrong("language", f"{language!r} is not a language of the desk: use pl or en")
