"""Starting and stopping as an operator does: one clear line for whatever is wrong, and nothing left behind."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import psutil
import pytest

from bot.bench.unit import Unit
from bot.settings import PROJECT


def tellonce(folder: Path, *arguments: str, stdin: str = "", **settings: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "TELLONCE_DATA_DIR": str(folder), **settings}
    return subprocess.run(
        [sys.executable, "-m", "bot", *arguments],
        cwd=PROJECT,
        env=environment,
        capture_output=True,
        text=True,
        input=stdin,
        timeout=60,
    )


def complaint(done: subprocess.CompletedProcess[str]) -> str:
    """The one line on standard error of a command that could not do its work."""
    lines = done.stderr.strip().splitlines()
    assert done.returncode == 2 and len(lines) == 1, done.stderr
    return lines[0]


@pytest.fixture
def with_model(tmp_path: Path) -> Path:
    """A data folder where a model is marked active, though its file is nothing."""
    tellonce(tmp_path, "migrate")
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "broken.tar.gz").write_bytes(b"not a model")
    connection = sqlite3.connect(tmp_path / "tellonce.db")
    connection.execute("INSERT INTO models (id, active, created_at, report) VALUES ('broken', 1, '2026-01-01', '{}')")
    connection.commit()
    connection.close()
    return tmp_path


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"TELLONCE_PORT": "eighty"}, "TELLONCE_PORT is 'eighty': it must be a whole number"),
        ({"TELLONCE_PORT": "99999"}, "0 to 65535"),
        ({"TELLONCE_PROT": "80"}, "unknown setting TELLONCE_PROT"),
        ({"TELLONCE_DESK_HOURS": "always"}, "TELLONCE_DESK_HOURS"),
        ({"TELLONCE_HOLIDAYS_COUNTRY": "Mars"}, "TELLONCE_HOLIDAYS_COUNTRY"),
        ({"TELLONCE_DATABASE_URL": "mysql://x"}, "must start with sqlite:/// or postgresql://"),
        ({"TELLONCE_IDENTITY_SECRET": "short"}, "at least 32"),
        ({"TELLONCE_BRAIN_URL": "http://127.0.0.1:5005"}, "needs TELLONCE_BRAIN_SECRET"),
        ({"TELLONCE_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"}, "is PostgreSQL running"),
    ],
)
def test_a_bad_setting_is_named(tmp_path: Path, settings: dict[str, str], words: str) -> None:
    assert words in complaint(tellonce(tmp_path, "migrate", **settings))


def test_a_taken_port(with_model: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        said = complaint(tellonce(with_model, "gateway", TELLONCE_PORT=port))
    assert f"port {port} is taken" in said and "TELLONCE_PORT" in said
    assert leftovers(with_model) == []


def test_no_model(tmp_path: Path) -> None:
    assert "run `tellonce train`" in complaint(tellonce(tmp_path, "gateway"))


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "tellonce.db").write_bytes(b"shopping list" * 1000)
    assert "not a TellOnce database" in complaint(tellonce(tmp_path, "migrate"))


def test_a_locked_database(tmp_path: Path) -> None:
    tellonce(tmp_path, "migrate")
    connection = sqlite3.connect(tmp_path / "tellonce.db", isolation_level=None)
    connection.execute("BEGIN EXCLUSIVE")
    arguments = ("user", "add", "--email", "a@example.pl", "--role", "agent", "--password-stdin")
    said = complaint(tellonce(tmp_path, *arguments, stdin="long-enough-password\n"))
    assert "locked" in said and "another program" in said
    connection.close()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=200k", "none", str(folder)], capture_output=True)
    if mounted.returncode != 0:
        pytest.skip("mounting a small disk needs root")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_full_disk(small_disk: Path) -> None:
    said = complaint(tellonce(small_disk, "migrate"))
    assert "disk" in said and "room" in said


def test_a_corrupt_model_is_named_and_customers_can_still_write(with_model: Path) -> None:
    unit = Unit(with_model)
    unit.start()
    try:
        asyncio.run(unit.until("/healthz", 20))
        deadline = time.monotonic() + 60
        while "cannot be loaded" not in unit.output and time.monotonic() < deadline:
            time.sleep(0.2)
        assert "the model broken.tar.gz cannot be loaded: train a new one with `tellonce train`" in unit.output
        assert asyncio.run(greeting(unit)) == 201
    finally:
        assert unit.stop() == 0
    assert leftovers(with_model) == []


async def greeting(unit: Unit) -> int:
    async with aiohttp.ClientSession() as http, http.post(f"{unit.url}/api/chat/sessions", json={}) as response:
        return response.status


def leftovers(folder: Path) -> list[int]:
    """Processes that still have this data folder in their command line."""
    time.sleep(0.3)
    return [p.pid for p in psutil.process_iter(["cmdline"]) if str(folder) in " ".join(p.info["cmdline"] or ())]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_signal_stops_all_of_it(tmp_path: Path, number: signal.Signals) -> None:
    unit = Unit(tmp_path, ("-m", "tests.gateway_process"))
    unit.start()
    await unit.until("/readyz", 30)
    assert len(unit.brains()) == 1 and unit.process is not None
    unit.process.send_signal(number)
    assert await asyncio.to_thread(unit.process.wait, 15) == 0
    assert leftovers(tmp_path) == []
    assert "Traceback" not in unit.output


async def test_a_killed_gateway_leaves_no_brain_and_a_killed_brain_comes_back(tmp_path: Path) -> None:
    unit = Unit(tmp_path, ("-m", "tests.gateway_process"))
    unit.start()
    await unit.until("/readyz", 30)
    first = unit.brains()[0].pid
    unit.kill_brain()
    await asyncio.sleep(0.2)
    await unit.until("/readyz", 30)
    assert unit.brains()[0].pid != first
    unit.kill_gateway()
    deadline = time.monotonic() + 5
    while leftovers(tmp_path) and time.monotonic() < deadline:
        await asyncio.sleep(0.1)
    assert leftovers(tmp_path) == []


def test_user_add_checks_what_it_is_given(tmp_path: Path) -> None:
    def add(email: str, role: str, password: str) -> subprocess.CompletedProcess[str]:
        return tellonce(
            tmp_path, "user", "add", "--email", email, "--role", role, "--password-stdin", stdin=password + "\n"
        )

    assert "Added ola@example.pl as agent" in add("ola@example.pl", "agent", "bardzo-dobre-haslo").stdout
    assert "ola@example.pl" in complaint(add("OLA@example.pl", "agent", "bardzo-dobre-haslo"))
    assert "password" in complaint(add("ela@example.pl", "agent", "krótkie")).lower()
    assert "e-mail" in complaint(add("nonsense", "agent", "bardzo-dobre-haslo")).lower()
    assert add("ela@example.pl", "king", "bardzo-dobre-haslo").returncode == 2


def test_import_export_and_forget(tmp_path: Path) -> None:
    assert tellonce(tmp_path, "import", str(PROJECT / "data" / "shop")).returncode == 0
    connection = sqlite3.connect(tmp_path / "tellonce.db")
    customer, email = connection.execute("SELECT id, email FROM customers WHERE email IS NOT NULL LIMIT 1").fetchone()
    exported = tellonce(tmp_path, "export", email)
    assert customer in exported.stdout and email in exported.stdout
    assert tellonce(tmp_path, "forget", customer).returncode == 0
    assert connection.execute("SELECT email FROM customers WHERE id = ?", (customer,)).fetchone() == (None,)
    assert connection.execute("SELECT count(*) FROM orders WHERE email = ?", (email,)).fetchone() == (0,)
    assert "nothing is known" in complaint(tellonce(tmp_path, "forget", email))
    missing = tellonce(tmp_path, "import", str(tmp_path / "none"))
    assert missing.returncode == 1 and "no such folder" in missing.stderr
