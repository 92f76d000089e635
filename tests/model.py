"""The model real-brain tests use: trained from the project's files once, kept until one of them changes."""

from __future__ import annotations

import fcntl
import hashlib
import subprocess
import sys
from pathlib import Path

from bot.settings import PROJECT


def trained_model() -> Path:
    """`var/test-models/<hash of the project's files>.tar.gz`, training it if it is not there (about 20 s)."""
    parts = [PROJECT / "config.yml", PROJECT / "domain.yml", PROJECT / "bot" / "nlu" / "model" / "model.safetensors"]
    parts += sorted((PROJECT / "bot" / "nlu").glob("*.py"))
    parts += sorted((PROJECT / "data" / "nlu").rglob("*.yml")) + sorted((PROJECT / "data" / "rules").glob("*.yml"))
    digest = hashlib.sha256(b"".join(part.read_bytes() for part in parts)).hexdigest()[:16]
    folder = PROJECT / "var" / "test-models"
    model = folder / f"{digest}.tar.gz"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "training.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # of the processes the tests run in, one trains and the others wait
        if not model.exists():
            command = [sys.executable, "-m", "bot.brain", "train", "--output", str(folder), "--name", digest]
            done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True)
            assert done.returncode == 0, done.stderr
    return model
