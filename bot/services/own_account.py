"""What every member of staff may see and change about their own account."""

from __future__ import annotations

import structlog
from sqlalchemy import delete, select

from bot.domain.errors import InvalidValue, NotFound
from bot.services.accounts import IDLE, Accounts, end_sessions, use_password
from bot.services.passwords import check_password
from bot.services.people import check_person
from bot.services.ports import Clock
from bot.services.transcript import announce
from bot.storage.database import Database
from bot.storage.tables import User, UserSession

log = structlog.get_logger(__name__)


class OwnAccount:
    """`user` is always who asks: nobody reaches another's log-ins from here."""

    def __init__(self, database: Database, clock: Clock, accounts: Accounts) -> None:
        self._database = database
        self._clock = clock
        self._accounts = accounts

    async def sessions(self, user: User) -> list[UserSession]:
        """The user's log-ins that still open something, the one used last first."""
        now = self._clock.now()
        mine = select(UserSession).where(
            UserSession.user_id == user.id, UserSession.expires_at > now, UserSession.last_seen_at > now - IDLE
        )
        async with self._database.read() as session:
            return list(await session.scalars(mine.order_by(UserSession.last_seen_at.desc(), UserSession.id)))

    async def end_session(self, user: User, session_id: str) -> None:
        """End one of the user's own log-ins. Raises NotFound."""
        mine = delete(UserSession).where(UserSession.user_id == user.id, UserSession.id == session_id)
        async with self._database.write() as session:
            if not (await session.scalars(mine.returning(UserSession.id))).all():
                raise NotFound()
        self._accounts.tell_ended()
        log.info("session_ended", user=user.id)

    async def end_others(self, user: User, kept: UserSession) -> int:
        """End the user's other log-ins; how many there were."""
        async with self._database.write() as session:
            ended = await end_sessions(session, user.id, but=kept)
        self._accounts.tell_ended()
        log.info("sessions_ended", user=user.id, count=ended)
        return ended

    async def change_password(self, user: User, kept: UserSession, old: str, new: str) -> None:
        """A new password for whoever knows the old one; the user's other log-ins and unused links end.

        Raises InvalidValue for a wrong `old` or a weak `new`, TooManyRequests after ten wrong ones.
        """
        check_password(new, email=user.email, name=user.name, field="new")
        key = f"password:{user.id}"
        await self._accounts.attempts.count(key)
        if not await self._accounts.passwords.right(user.password_hash, old):
            log.warning("password_change_failed", user=user.id)
            raise InvalidValue("this is not your password", details={"field": "old", "reason": "wrong_password"})
        await self._accounts.attempts.succeeded(forget=key)
        hashed = await self._accounts.passwords.hash(new)
        async with self._database.write() as session:
            await use_password(session, user.id, hashed, keep=kept)
            announce(session, None, "account", f"user:{user.id}", self._clock.now(), what="password_changed")
        self._accounts.tell_ended()
        log.info("password_changed", user=user.id)

    async def change(self, user: User, *, name: str | None = None, language: str | None = None) -> User:
        """How customers and colleagues know the user, and the language of their desk. Raises InvalidValue."""
        async with self._database.write() as session:
            stored = await session.get_one(User, user.id)
            before = {"name": stored.name, "language": stored.language}
            stored.name = stored.name if name is None else name.strip()
            stored.language = language or stored.language
            check_person(role=stored.role, name=stored.name, language=stored.language)
            changed = [field for field, value in before.items() if value != getattr(stored, field)]
            if changed:
                now = self._clock.now()
                announce(session, None, "account", f"user:{user.id}", now, what="profile_changed", fields=changed)
        if changed:
            log.info("profile_changed", user=user.id, fields=changed)
        return stored
