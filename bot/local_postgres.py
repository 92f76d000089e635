"""A PostgreSQL server of one's own in a folder, from the system's programs: for trying several units, and for tests."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from pathlib import Path
from typing import Any

import psutil
import psycopg

from bot.domain.errors import StartupError

INSTALLED = "/usr/lib/postgresql"
USER = "tellonce"
SAFE = ("max_connections=200",)
FAST = (*SAFE, "fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum=off", "shared_buffers=64MB")
"""For data that nobody will miss."""


def programs() -> Path | None:
    """The folder of the newest server installed here, or the one on the path."""
    found = shutil.which("postgres")
    folders = sorted(Path(INSTALLED).glob("*/bin/postgres"), key=lambda file: int(file.parts[-3]))
    return folders[-1].parent if folders else Path(found).parent if found else None


class LocalPostgres:
    """Listens on a socket in its folder only. `folder` must be short: a socket's address has 107 characters at most."""

    def __init__(self, folder: Path, options: tuple[str, ...] = SAFE) -> None:
        self.folder = folder.absolute()
        self._options = options

    def url(self, database: str) -> str:
        return f"postgresql:///{database}?host={self.folder}&user={USER}"

    def start(self) -> None:
        """Make the server's data if there are none, start it and wait until it answers. Raises StartupError."""
        bin_folder = programs()
        if bin_folder is None:
            raise StartupError("there is no PostgreSQL server here: install it (Debian: apt install postgresql)")
        self.folder.mkdir(parents=True, exist_ok=True)
        data, log = self.folder / "data", self.folder / "postgres.log"
        if self._owner:
            shutil.chown(self.folder, self._owner, pwd.getpwnam(self._owner).pw_gid)
        if not (data / "PG_VERSION").exists():
            arguments = ("-D", str(data), "-U", USER, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
            self._run(str(bin_folder / "initdb"), *arguments)
        if self.running:
            return
        settings = (f"unix_socket_directories={self.folder}", "listen_addresses=", *self._options)
        options = " ".join(f"-c {setting}" for setting in settings)
        control = str(bin_folder / "pg_ctl")
        self._run(control, "-D", str(data), "-l", str(log), "-o", options, "-w", "-t", "60", "start")

    @property
    def running(self) -> bool:
        """False too for what a killed server left: its files stay, and its number may by now be another program's."""
        try:
            pid = int((self.folder / "data" / "postmaster.pid").read_text().partition("\n")[0])
            serves = psutil.Process(pid).name().startswith("postgres")
        except (FileNotFoundError, ValueError, psutil.NoSuchProcess):
            return False
        return serves and (self.folder / ".s.PGSQL.5432").exists()

    def stop(self) -> None:
        bin_folder = programs()
        if bin_folder is not None and self.running:
            self._run(str(bin_folder / "pg_ctl"), "-D", str(self.folder / "data"), "-m", "fast", "-w", "stop")

    def ensure(self, database: str) -> str:
        """The URL of that database, made if it is not there."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (database,)).fetchone()
        return self.url(database) if found else self.create(database)

    def create(self, database: str, template: str = "template1") -> str:
        """A new database, a copy of `template`; its URL."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{database}" TEMPLATE "{template}" STRATEGY FILE_COPY')
        return self.url(database)

    def drop(self, database: str) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')

    @property
    def _owner(self) -> str | None:
        """The server refuses to run as root: then whom it runs as."""
        if os.geteuid() != 0:
            return None
        known = {user.pw_name for user in pwd.getpwall()}
        return next((name for name in ("postgres", "nobody") if name in known), None)

    def _run(self, *command: str) -> None:
        who: dict[str, Any] = {}
        if self._owner:
            user = pwd.getpwnam(self._owner)
            who = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
        with (self.folder / "control.log").open("ab") as output:
            done = subprocess.run(command, stdout=output, stderr=output, cwd=self.folder, **who)
        if done.returncode:
            said = (self.folder / "control.log").read_text(errors="replace").strip().splitlines()
            raise StartupError(f"PostgreSQL: {said[-1] if said else command[0]}; see {self.folder}/postgres.log")
