"""The local PostgreSQL: what a killed server leaves behind is taken for nothing else."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from bot.local_postgres import LocalPostgres


@pytest.mark.parametrize("whose", ["of nobody", "of another program", "unreadable"])
def test_what_a_killed_server_left_is_no_server_and_stops_nothing(tmp_path: Path, whose: str) -> None:
    ended = subprocess.Popen(["true"])
    ended.wait()
    pid = {"of nobody": str(ended.pid), "of another program": str(os.getpid()), "unreadable": ""}[whose]
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "postmaster.pid").write_text(f"{pid}\n{tmp_path}/data\n")
    (tmp_path / ".s.PGSQL.5432").touch()
    left = LocalPostgres(tmp_path)
    assert not left.running
    left.stop()
