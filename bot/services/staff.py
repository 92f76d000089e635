"""Staff as an administrator sees them: who they are, who comes, who leaves, and that somebody always can administer."""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy import Select, delete, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.errors import NotFound, NotPossibleNow
from bot.services.accounts import Accounts, end_sessions
from bot.services.leaving import HELD
from bot.services.people import check_person, taken
from bot.services.ports import Clock
from bot.services.setup_links import SetupLinks
from bot.services.transcript import announce
from bot.storage.database import Database
from bot.storage.tables import Conversation, SetupLink, User

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Member:
    """A user with what an administrator asks first. `link_until` is when a link they have not used yet ends."""

    user: User
    conversations: int
    link_until: dt.datetime | None


@dataclass(frozen=True)
class Invitation:
    """The only copy of the code of a link with which `user` chooses a password."""

    user: User
    code: str
    expires_at: dt.datetime


@dataclass(frozen=True)
class Changes:
    """What is to be another; None leaves it."""

    name: str | None = None
    role: str | None = None
    language: str | None = None
    active: bool | None = None


class Staff:
    """`by` is the administrator who acts. `release(user)` gives a leaver's conversations back to the queue."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        accounts: Accounts,
        links: SetupLinks,
        release: Callable[[User], Awaitable[int]],
    ) -> None:
        self._database = database
        self._clock = clock
        self._accounts = accounts
        self._links = links
        self._release = release

    async def members(self) -> list[Member]:
        """Everybody, those who left too, by name."""
        async with self._database.read() as session:
            users = list(await session.scalars(select(User).order_by(User.name, User.id)))
            return await self._members(session, users)

    async def member(self, user_id: int) -> Member:
        """Raises NotFound."""
        async with self._database.read() as session:
            return (await self._members(session, [await _find(session, user_id)]))[0]

    async def invite(self, by: User, *, email: str, name: str, role: str, language: str) -> Invitation:
        """A new user, who chooses the password alone. Raises InvalidValue."""
        user = await self._accounts.new_user(email, role, None, name=name, language=language)
        try:
            async with self._database.write() as session:
                session.add(user)
                await session.flush()
                code, until = await self._links.for_user(session, user)
                self._note(session, by, "user_invited", user, role=role)
        except IntegrityError as error:
            raise taken(user.email) from error
        log.info("user_invited", user=user.id, by=by.id, role=role)
        return Invitation(user, code, until)

    async def new_link(self, by: User, user_id: int) -> Invitation:
        """Another link to choose a password; the old password works until it is used. Raises NotFound, NotPossibleNow."""
        async with self._database.write() as session:
            user = await _find(session, user_id)
            if not user.active:
                raise NotPossibleNow(details={"reason": "user_inactive"})
            code, until = await self._links.for_user(session, user)
            self._note(session, by, "password_link", user)
        log.info("password_link_made", user=user.id, by=by.id)
        return Invitation(user, code, until)

    async def change(self, by: User, user_id: int, changes: Changes) -> int:
        """Apply the changes; how many conversations went back to the queue.

        Raises NotFound, InvalidValue, and NotPossibleNow with the reason `yourself` or `last_admin`.
        """
        async with self._database.write() as session:
            admins = await session.scalars(_admins().order_by(User.id).with_for_update())
            others = [admin for admin in admins if admin.id != user_id]
            user = await _find(session, user_id)
            before = {name: getattr(user, name) for name in vars(changes)}
            _apply(by, user, changes, others)
            changed = [name for name, value in before.items() if value != getattr(user, name)]
            left = "active" in changed and not user.active
            if left:
                await end_sessions(session, user.id)
                await session.execute(delete(SetupLink).where(SetupLink.user_id == user.id))
            if changed:
                self._note(session, by, "user_changed", user, fields=changed)
        if changed:
            log.info("user_changed", user=user.id, by=by.id, fields=changed, role=user.role, active=user.active)
        if left:
            self._accounts.tell_ended()
        return await self._release(user) if left else 0

    async def _members(self, session: AsyncSession, users: list[User]) -> list[Member]:
        count = select(Conversation.assignee_id, func.count()).where(Conversation.state.in_(HELD))
        held = {row[0]: row[1] for row in await session.execute(count.group_by(Conversation.assignee_id))}
        unused = select(SetupLink.user_id, SetupLink.expires_at).where(SetupLink.expires_at > self._clock.now())
        links = {row[0]: row[1] for row in await session.execute(unused)}
        return [Member(user, held.get(user.id, 0), links.get(user.id)) for user in users]

    def _note(self, session: AsyncSession, by: User, what: str, user: User, **details: object) -> None:
        """For the audit trail: who did what to whose account, by number."""
        announce(session, None, "account", f"user:{by.id}", self._clock.now(), what=what, user=user.id, **details)


def _admins() -> Select[Any]:
    return select(User).where(User.role == "admin", User.active)


def _apply(by: User, user: User, changes: Changes, other_admins: list[User]) -> None:
    """Raises what `Staff.change` does; then nothing is stored."""
    was_admin = user.role == "admin" and user.active
    user.name = user.name if changes.name is None else changes.name.strip()
    user.role = changes.role or user.role
    user.language = changes.language or user.language
    user.active = user.active if changes.active is None else changes.active
    check_person(role=user.role, name=user.name, language=user.language)
    if by.id == user.id and not user.active:
        raise NotPossibleNow(details={"reason": "yourself"})
    if was_admin and not other_admins and not (user.role == "admin" and user.active):
        raise NotPossibleNow(details={"reason": "last_admin"})


async def _find(session: AsyncSession, user_id: int) -> User:
    user = await session.get(User, user_id)
    if user is None:
        raise NotFound()
    return user
