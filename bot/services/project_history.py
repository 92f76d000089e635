"""Every state the Rasa project's files had: who made it, what changed, and the way back.

The files stay the truth. A save is committed here first, with its texts, and then replaces the files: when it is cut
off between, the next look finishes it. What somebody changed outside is found at the next look and becomes a version.
"""

from __future__ import annotations

import asyncio
import hashlib
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.errors import NotFound, NotPossibleNow, StorageUnavailable
from bot.services.claims import Claims, LocalClaims
from bot.services.merging import counts, hunks, merged
from bot.services.ports import Clock
from bot.services.project_files import ProjectFiles
from bot.services.transcript import announce
from bot.services.yaml_files import Draft, Staged, read
from bot.storage.database import Database
from bot.storage.tables import ProjectText, ProjectVersion, User

PAGE = 50
LIVE = "data/responses/"
"""What needs no training."""
Texts = Mapping[str, str]


@dataclass(frozen=True)
class Listed:
    """A version and the name of who made it."""

    version: ProjectVersion
    author: str | None


class ProjectHistory:
    """Changes to the files go through `save`, one at a time."""

    def __init__(self, database: Database, clock: Clock, files: ProjectFiles, claims: Claims | None = None) -> None:
        self._database = database
        self._clock = clock
        self._files = files
        self._saving = asyncio.Lock()
        self._claims = claims or LocalClaims()

    async def save(
        self, kind: str, subject: str | None, user: User, make: Callable[[], Draft], *, undoes: int | None = None
    ) -> ProjectVersion | None:
        """Write the draft that `make` returns (in a thread) as a version of `user`; None when it changes nothing.

        Raises what `make` raises, and StorageUnavailable; then nothing has changed.
        """
        async with self._saving, self._claims.alone("project"):
            before, head = await self._settled()
            draft = await asyncio.to_thread(make)
            texts = {path.relative_to(self._files.root).as_posix(): text for path, text in draft.changes().items()}
            if not texts:
                return None
            after = {path: text for path, text in (before | texts).items() if text is not None}
            staged = await asyncio.to_thread(Staged, draft.changes())
            try:
                version = await self._add(kind, subject, user, head, before, after, undoes=undoes, written=False)
                await asyncio.to_thread(staged.replace)
            except OSError as error:
                staged.forget()
                await self._withdraw(version)
                raise StorageUnavailable(details={"reason": "files_not_written"}) from error
            except BaseException:
                staged.forget()
                raise
            await self._mark_written(version)
            return version

    async def look(self) -> int:
        """Take notice of what was changed outside; the id of the version that the files are now."""
        async with self._saving, self._claims.alone("project"):
            return (await self._settled())[1].id

    async def lessons_since(self, identifier: int) -> int:
        """How many later versions changed what a model learns from."""
        query = select(ProjectVersion.changes).where(ProjectVersion.id > identifier)
        async with self._database.read() as session:
            return sum(
                any(not change["path"].startswith(LIVE) for change in changes)
                for changes in await session.scalars(query)
            )

    async def page(self, before: int | None = None, subject: str | None = None) -> list[Listed]:
        """The newest versions first, at most PAGE, older than `before`, about `subject` where one is given."""
        await self.look()
        query = select(ProjectVersion, User.name).outerjoin(User, User.id == ProjectVersion.author_id)
        if before is not None:
            query = query.where(ProjectVersion.id < before)
        if subject is not None:
            query = query.where(ProjectVersion.subject == subject)
        async with self._database.read() as session:
            rows = await session.execute(query.order_by(ProjectVersion.id.desc()).limit(PAGE))
            return [Listed(version, author) for version, author in rows]

    async def latest(self, subject: str) -> Listed | None:
        """The newest version about an intent or response: who touched it last."""
        query = select(ProjectVersion, User.name).outerjoin(User, User.id == ProjectVersion.author_id)
        async with self._database.read() as session:
            rows = await session.execute(
                query.where(ProjectVersion.subject == subject).order_by(ProjectVersion.id.desc()).limit(1)
            )
            return next((Listed(version, author) for version, author in rows), None)

    async def difference(self, identifier: int) -> tuple[Listed, list[dict[str, Any]]]:
        """A version and what it changed: [{"path", "hunks"}], see `merging.hunks`. Raises NotFound."""
        query = select(ProjectVersion, User.name).outerjoin(User, User.id == ProjectVersion.author_id)
        async with self._database.read() as session:
            row = (await session.execute(query.where(ProjectVersion.id == identifier))).first()
            if row is None:
                raise NotFound(details={"version": identifier})
            texts = await _load(session, row[0].changes)
        shown = [
            {"path": c["path"], "hunks": hunks(texts.get(c["before"], ""), texts.get(c["after"], ""))}
            for c in row[0].changes
        ]
        return Listed(*row), shown

    async def undo(self, identifier: int, user: User) -> ProjectVersion | None:
        """Take back what that version changed and keep everything later.

        Raises NotFound, and NotPossibleNow with `files`, [{"path", "hunks"}] from the present text to the wanted one,
        when something later touched the same lines.
        """
        async with self._database.read() as session:
            version = await session.get(ProjectVersion, identifier)
            if version is None or version.kind == "first":
                raise NotFound(details={"version": identifier})
            texts = await _load(session, version.changes)
        changes = [(c["path"], texts.get(c["before"]), texts.get(c["after"])) for c in version.changes]
        kind = "undone"
        return await self.save(kind, version.subject, user, lambda: self._without(changes), undoes=identifier)

    def _without(self, changes: Sequence[tuple[str, str | None, str | None]]) -> Draft:
        draft, clashes = Draft(), []
        for name, before, after in changes:
            path = self._files.root / name
            present = draft.text(path)
            result = merged(after or "", before or "", present)
            if result is None or not _sound(result):
                clashes.append({"path": name, "hunks": hunks(present, before or "")})
            elif result.strip() or before is not None:
                draft.write(path, result)
            else:
                draft.remove(path)
        if clashes:
            raise NotPossibleNow(details={"reason": "changed_since", "files": clashes})
        return draft

    # What is on the disk, and what is known of it

    async def _settled(self) -> tuple[dict[str, str], ProjectVersion]:
        """The files' texts and the version that is them, after making good what was cut off or changed outside."""
        texts = await asyncio.to_thread(self._files.texts)
        async with self._database.read() as session:
            head = await session.scalar(select(ProjectVersion).order_by(ProjectVersion.id.desc()).limit(1))
            known = await _load(session, head.changes) if head and not head.written else {}
        if head is None:
            return texts, await self._add("first", None, None, None, {}, texts)
        if not head.written:
            await asyncio.to_thread(self._finish, head, texts, known)
            await self._mark_written(head)
            texts = await asyncio.to_thread(self._files.texts)
        if _digests(texts) != head.files:
            before = await self._texts_of(head)
            head = await self._add("outside", None, None, head, before, texts)
        return texts, head

    def _finish(self, head: ProjectVersion, texts: Texts, known: Texts) -> None:
        """Replace the files that the cut-off save had not come to; one that somebody changed since is left alone."""
        missing = {
            self._files.root / c["path"]: known.get(c["after"])
            for c in head.changes
            if _digest(texts.get(c["path"])) == c["before"]
        }
        Staged(missing).replace()

    async def _texts_of(self, version: ProjectVersion) -> dict[str, str]:
        async with self._database.read() as session:
            rows = await session.scalars(select(ProjectText).where(ProjectText.digest.in_(version.files.values())))
            bodies = {row.digest: row.body for row in rows}
        return {path: zlib.decompress(bodies[digest]).decode() for path, digest in version.files.items()}

    async def _add(
        self,
        kind: str,
        subject: str | None,
        user: User | None,
        head: ProjectVersion | None,
        before: Texts,
        after: Texts,
        *,
        undoes: int | None = None,
        written: bool = True,
    ) -> ProjectVersion:
        changed = [path for path in sorted({*before, *after}) if before.get(path) != after.get(path)] if head else []
        needed = {_digest(after[path]): after[path] for path in (changed if head else after) if path in after}
        bodies = await asyncio.to_thread(lambda: {d: zlib.compress(text.encode()) for d, text in needed.items()})
        now = self._clock.now()
        version = ProjectVersion(
            kind=kind,
            subject=subject,
            author_id=user.id if user else None,
            files=_digests(after),
            changes=[_change(path, before.get(path), after.get(path)) for path in changed],
            undoes_id=undoes,
            written=written,
            created_at=now,
        )
        async with self._database.write() as session:
            stored = set(await session.scalars(select(ProjectText.digest).where(ProjectText.digest.in_(bodies))))
            session.add_all(ProjectText(digest=d, body=body) for d, body in bodies.items() if d not in stored)
            session.add(version)
            await session.flush()
            if user:
                told = {"subject": subject} if subject else {}
                announce(session, None, "studio", f"user:{user.id}", now, what=kind, version=version.id, **told)
        return version

    async def _mark_written(self, version: ProjectVersion) -> None:
        async with self._database.write() as session:
            (await session.get_one(ProjectVersion, version.id)).written = True
        version.written = True

    async def _withdraw(self, version: ProjectVersion) -> None:
        async with self._database.write() as session:
            await session.delete(await session.get_one(ProjectVersion, version.id))


async def _load(session: AsyncSession, changes: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """The texts that these changes name, by digest."""
    wanted = {digest for change in changes for digest in (change["before"], change["after"]) if digest}
    rows = await session.scalars(select(ProjectText).where(ProjectText.digest.in_(wanted)))
    return {row.digest: zlib.decompress(row.body).decode() for row in rows}


def _change(path: str, before: str | None, after: str | None) -> dict[str, Any]:
    added, removed = counts(before or "", after or "")
    return {"path": path, "before": _digest(before), "after": _digest(after), "added": added, "removed": removed}


def _digests(texts: Texts) -> dict[str, str]:
    return {path: hashlib.sha256(text.encode()).hexdigest() for path, text in texts.items()}


def _digest(text: str | None) -> str | None:
    return None if text is None else hashlib.sha256(text.encode()).hexdigest()


def _sound(text: str) -> bool:
    """Whether it still is a file of the project: empty, or a mapping."""
    try:
        return not text.strip() or bool(read(text))
    except yaml.YAMLError:
        return False
