"""One-time links to `/setup`: the first admin's, which the terminal shows, and those with which staff choose a password.

A code is shown once and kept as a hash, in the database: every gateway of the shop takes it, and only one of them once.
"""

from __future__ import annotations

import datetime as dt
import secrets

import structlog
from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.errors import InvalidLink
from bot.services.accounts import Accounts, LoggedIn, Visitor, digest, use_password
from bot.services.passwords import check_password
from bot.services.people import taken
from bot.services.ports import Clock
from bot.services.transcript import announce
from bot.storage.database import Database
from bot.storage.tables import SetupLink, User

log = structlog.get_logger(__name__)

LASTS = dt.timedelta(days=7)


class SetupLinks:
    """Wrong codes are counted by address as failed log-ins are: TooManyRequests after ten in 15 minutes."""

    def __init__(self, database: Database, clock: Clock, accounts: Accounts) -> None:
        self._database = database
        self._clock = clock
        self._accounts = accounts

    async def needed(self) -> bool:
        """True as long as nobody can administer this installation."""
        async with self._database.read() as session:
            return not await _has_admin(session)

    async def for_first_admin(self) -> str | None:
        """A new code, or None once there is an admin. Codes shown earlier go on working: another gateway's may be one."""
        async with self._database.write() as session:
            if await _has_admin(session):
                return None
            return await self._make(session, None)

    async def for_user(self, session: AsyncSession, user: User) -> tuple[str, dt.datetime]:
        """A new code for this user within the caller's transaction, and when it is over. Earlier ones end."""
        await session.execute(delete(SetupLink).where(SetupLink.user_id == user.id))
        return await self._make(session, user.id), self._clock.now() + LASTS

    async def whose(self, code: str, visitor: Visitor) -> User | None:
        """The user who may choose a password with this code; None for the first admin's. Raises InvalidLink."""
        key = f"setup:{visitor.address}"
        await self._accounts.attempts.count(key)
        async with self._database.read() as session:
            link = await session.get(SetupLink, digest(code))
            if link is None or link.expires_at <= self._clock.now():
                raise InvalidLink()
            user = await session.get(User, link.user_id) if link.user_id is not None else None
            usable = user.active if user else not await _has_admin(session)
        if not usable:
            raise InvalidLink()
        await self._accounts.attempts.succeeded(take_back=key)
        return user

    async def first_admin(
        self, code: str, visitor: Visitor, *, email: str, name: str, password: str, language: str
    ) -> LoggedIn:
        """Make the first admin and log them in; every first admin's link is used up. Raises InvalidLink, InvalidValue."""
        if await self.whose(code, visitor) is not None:
            raise InvalidLink()
        user = await self._accounts.new_user(email, "admin", password, name=name, language=language)
        try:
            async with self._database.write() as session:
                # Of two who do this at once, the second waits here for the first and then finds nothing to use.
                first = delete(SetupLink).where(SetupLink.user_id.is_(None)).returning(SetupLink.code_hash)
                if digest(code) not in list(await session.scalars(first)) or await _has_admin(session):
                    raise InvalidLink()
                session.add(user)
                await session.flush()
                announce(session, None, "account", f"user:{user.id}", self._clock.now(), what="first_admin")
                logged_in = await self._accounts.begin(session, user, visitor)
        except IntegrityError as error:
            raise taken(user.email) from error
        log.info("first_admin_set_up", user=user.id)
        return logged_in

    async def choose_password(self, code: str, visitor: Visitor, password: str) -> LoggedIn:
        """Use the code up: its user has this password now, and this one log-in. Raises InvalidLink, InvalidValue."""
        user = await self.whose(code, visitor)
        if user is None:
            raise InvalidLink()
        check_password(password, email=user.email, name=user.name)
        hashed = await self._accounts.passwords.hash(password)
        async with self._database.write() as session:
            used = delete(SetupLink).where(SetupLink.code_hash == digest(code)).returning(SetupLink.user_id)
            if list(await session.scalars(used)) != [user.id]:
                raise InvalidLink()
            stored = await use_password(session, user.id, hashed)
            if not stored.active:
                raise InvalidLink()
            announce(session, None, "account", f"user:{user.id}", self._clock.now(), what="password_chosen")
            logged_in = await self._accounts.begin(session, stored, visitor)
        self._accounts.tell_ended()
        log.info("password_chosen", user=user.id)
        return logged_in

    async def _make(self, session: AsyncSession, user_id: int | None) -> str:
        code, now = secrets.token_urlsafe(32), self._clock.now()
        await session.execute(delete(SetupLink).where(SetupLink.expires_at <= now))
        session.add(SetupLink(code_hash=digest(code), user_id=user_id, created_at=now, expires_at=now + LASTS))
        return code


async def _has_admin(session: AsyncSession) -> bool:
    admins = select(func.count()).select_from(User).where(User.role == "admin", User.active)
    return bool(await session.scalar(admins))
