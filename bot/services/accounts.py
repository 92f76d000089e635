"""Staff accounts: who may log in to the desk and the studio, and for how long."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from dataclasses import dataclass

import structlog
from argon2 import PasswordHasher
from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.errors import BadCredentials, Unauthorized
from bot.services.attempts import Attempts
from bot.services.passwords import Passwords, check_password
from bot.services.people import check_email, check_person, taken
from bot.services.ports import Bell, Clock
from bot.services.transcript import announce
from bot.storage.database import Database
from bot.storage.tables import SetupLink, User, UserSession

log = structlog.get_logger(__name__)

IDLE = dt.timedelta(hours=12)
ABSOLUTE = dt.timedelta(days=7)
SEEN_EVERY = dt.timedelta(minutes=1)


@dataclass(frozen=True)
class Visitor:
    """Where a log-in comes from, as its owner sees it in the list of them."""

    address: str
    agent: str = ""


@dataclass(frozen=True)
class LoggedIn:
    """`token` is for the cookie, `csrf` for the page; neither is kept here as it is."""

    token: str
    csrf: str
    user: User


class Accounts:
    """`bell` is rung when log-ins end, so that desks which only listen notice at once."""

    def __init__(
        self, database: Database, clock: Clock, *, hasher: PasswordHasher | None = None, bell: Bell | None = None
    ) -> None:
        self._database = database
        self._clock = clock
        self._bell = bell
        self.passwords = Passwords(hasher)
        self.attempts = Attempts(database, clock)
        self.ended = 0
        """Grows whenever log-ins are ended: whoever listens under one looks again whether it still is."""

    async def new_user(self, email: str, role: str, password: str | None, *, name: str | None, language: str) -> User:
        """An account, checked but not stored. Without a password nothing opens it. Raises InvalidValue."""
        email = email.strip().lower()
        name = (name or "").strip() or email.partition("@")[0].replace(".", " ").title()
        check_email(email)
        check_person(role=role, name=name, language=language)
        if password is not None:
            check_password(password, email=email, name=name)
        return User(
            email=email,
            name=name,
            role=role,
            password_hash="" if password is None else await self.passwords.hash(password),
            language=language,
            created_at=self._clock.now(),
        )

    async def add_user(
        self, email: str, role: str, password: str, *, name: str | None = None, language: str = "pl"
    ) -> User:
        """Create an account. Raises InvalidValue, whose message says what is wrong and details which `field`."""
        user = await self.new_user(email, role, password, name=name, language=language)
        try:
            async with self._database.write() as session:
                session.add(user)
        except IntegrityError as error:
            raise taken(user.email) from error
        log.info("user_added", user=user.id, role=role)
        return user

    # Log-ins

    async def log_in(self, email: str, password: str, address: str, *, agent: str = "") -> tuple[str, str, User]:
        """The cookie's token, the CSRF token and the user.

        Raises BadCredentials, the same and after the same time for an unknown e-mail as for a wrong password, and
        TooManyRequests after ten failed tries of one e-mail or one address in 15 minutes.
        """
        email = email.strip().lower()
        by_email, by_address = f"email:{email[:254]}", f"address:{address}"
        # Counted before the slow part, so that tries sent all at once are counted too.
        await self.attempts.count(by_email, by_address)
        async with self._database.read() as session:
            user = await session.scalar(select(User).where(User.email == email))
        right = await self.passwords.right(user.password_hash if user else None, password)
        if user is None or not right or not user.active:
            log.warning("login_failed", user=user.id if user else None)
            raise BadCredentials()
        await self.attempts.succeeded(forget=by_email, take_back=by_address)
        fresh = await self.passwords.hash(password) if self.passwords.outdated(user.password_hash) else None
        async with self._database.write() as session:
            stored = await session.get_one(User, user.id, with_for_update=True)
            if not stored.active or stored.password_hash != user.password_hash:
                raise BadCredentials()  # changed while the hash was made
            stored.password_hash = fresh or stored.password_hash
            logged_in = await self.begin(session, stored, Visitor(address, agent))
        return logged_in.token, logged_in.csrf, logged_in.user

    async def begin(self, session: AsyncSession, user: User, visitor: Visitor) -> LoggedIn:
        """Open a log-in for a user who has shown who they are, within the caller's transaction."""
        now = self._clock.now()
        token, csrf = secrets.token_urlsafe(32), secrets.token_urlsafe(24)
        await session.execute(delete(UserSession).where(UserSession.expires_at <= now))
        session.add(
            UserSession(
                token_hash=digest(token),
                id=secrets.token_urlsafe(12),
                user_id=user.id,
                csrf=csrf,
                address=visitor.address[:45],
                agent=visitor.agent[:300],
                created_at=now,
                last_seen_at=now,
                expires_at=now + ABSOLUTE,
            )
        )
        user.last_seen_at = now
        announce(session, None, "login", f"user:{user.id}", now)
        return LoggedIn(token, csrf, user)

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
                    .where(UserSession.token_hash == digest(token))
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
            await session.execute(delete(UserSession).where(UserSession.token_hash == digest(token)))
        self.tell_ended()

    async def colleagues(self) -> list[User]:
        """Everybody who can take a conversation, by name."""
        async with self._database.read() as session:
            return list(await session.scalars(select(User).where(User.active).order_by(User.name, User.id)))

    # How it works

    def tell_ended(self) -> None:
        """Log-ins have ended: whoever listens under one of them finds out now."""
        self.ended += 1
        if self._bell is not None:
            self._bell.ring("desk", "logins")

    async def _saw(self, user: User, now: dt.datetime, login: UserSession | None = None) -> None:
        async with self._database.write() as session:
            stored = await session.get(User, user.id)
            if stored is not None:
                stored.last_seen_at = user.last_seen_at = now
            kept = await session.get(UserSession, login.token_hash) if login else None
            if login is not None and kept is not None:
                kept.last_seen_at = login.last_seen_at = now


def digest(token: str) -> str:
    """How a secret that a browser shows is kept. Found by an equal hash, so that time tells nothing about the secret."""
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()


async def end_sessions(session: AsyncSession, user_id: int, *, but: UserSession | None = None) -> int:
    """End the user's log-ins, all of them or all but one, within the caller's transaction; how many."""
    theirs = delete(UserSession).where(UserSession.user_id == user_id)
    if but is not None:
        theirs = theirs.where(UserSession.token_hash != but.token_hash)
    return len((await session.scalars(theirs.returning(UserSession.id))).all())


async def use_password(session: AsyncSession, user_id: int, hashed: str, *, keep: UserSession | None = None) -> User:
    """From now on this password and no other way in: log-ins but `keep`, and links not used, are over."""
    user = await session.get_one(User, user_id, with_for_update=True)
    user.password_hash = hashed
    await session.execute(delete(SetupLink).where(SetupLink.user_id == user_id))
    await end_sessions(session, user_id, but=keep)
    return user
