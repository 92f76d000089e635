"""Who turns texts into vectors for search: our own static model, or any sentence-transformers model on this machine.

`python -m bot.nlu.encoders <model>` reads a JSON list of texts and writes their vectors as .npy: many texts are
embedded in a process of their own, so that torch never competes with the gateway's event loop for long.
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from bot.domain.errors import StartupError
from bot.nlu.static_vectors import shipped

MANY = 64
"""More texts than this are embedded in a process of their own."""
BATCH = 32
SETTING = "TELLONCE_EMBEDDING_MODEL"


class Encoder(Protocol):
    """Rows are float32 of length 1. `costly`: vectors are worth keeping, and one is computed in a thread."""

    @property
    def name(self) -> str: ...

    @property
    def dimensions(self) -> int: ...

    @property
    def costly(self) -> bool: ...

    def queries(self, texts: Sequence[str]) -> Any: ...

    def documents(self, texts: Sequence[str]) -> Any: ...


class ShippedEncoder:
    """The bilingual static model that comes with the project: numpy alone, a twentieth of a millisecond a sentence."""

    name = "shipped"
    costly = False

    @property
    def dimensions(self) -> int:
        return shipped().dimensions

    def queries(self, texts: Sequence[str]) -> Any:
        return shipped().encode(texts)

    def documents(self, texts: Sequence[str]) -> Any:
        return shipped().encode(texts)


class TransformerEncoder:
    """A sentence-transformers model, by folder or by the name under which it was downloaded before."""

    costly = True

    def __init__(self, model: str) -> None:
        """Raises StartupError that says what is wrong with the model and what helps."""
        self.name = model
        self._model = _load(model)
        try:
            self.dimensions = int(self.queries(["buty", "boots"]).shape[1])
        except Exception as error:
            raise StartupError(f"{SETTING} is {model!r}: it loads, but embeds nothing: {_line(error)}") from error

    def queries(self, texts: Sequence[str]) -> Any:
        return _unit(self._model.encode_query(list(texts), batch_size=BATCH, show_progress_bar=False))

    def documents(self, texts: Sequence[str]) -> Any:
        """Raises RuntimeError when the other process fails."""
        if len(texts) <= MANY:
            return self._documents(texts)
        command = [sys.executable, "-m", "bot.nlu.encoders", self.name]
        done = subprocess.run(command, input=json.dumps(list(texts)).encode(), capture_output=True)
        if done.returncode != 0:
            raise RuntimeError(f"embedding {len(texts)} texts failed: {done.stderr.decode(errors='replace')[-300:]}")
        return np.load(io.BytesIO(done.stdout))

    def _documents(self, texts: Sequence[str]) -> Any:
        return _unit(self._model.encode_document(list(texts), batch_size=BATCH, show_progress_bar=False))


def encoder_for(model: str) -> Encoder:
    """The encoder of a setting; the shipped one for an empty one. Loading takes seconds: not for the event loop."""
    return TransformerEncoder(model) if model else ShippedEncoder()


def _load(model: str) -> Any:
    try:
        # torch comes with it: imported only where such a model was asked for.
        from huggingface_hub import snapshot_download
        from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError
        from sentence_transformers import SentenceTransformer
    except ImportError as error:
        raise StartupError(f"{SETTING} needs sentence-transformers and torch, which are not installed") from error
    folder = Path(model).expanduser()
    if not folder.is_dir():
        names = [model] if "/" in model else [f"sentence-transformers/{model}", model]
        for name in names:
            try:
                folder = Path(snapshot_download(name, local_files_only=True))
                break
            except (LocalEntryNotFoundError, HFValidationError):
                continue
        else:
            raise StartupError(
                f"{SETTING} is {model!r}: there is no such folder, and no model of that name on this machine. Nothing "
                f"is downloaded while serving: run `.venv/bin/hf download {names[0]}` first, name a folder, or leave "
                "the setting empty for the model that comes with TellOnce"
            )
    try:
        return SentenceTransformer(str(folder), device="cpu", local_files_only=True)
    except Exception as error:
        raise StartupError(
            f"{SETTING} is {model!r}: sentence-transformers cannot load {folder}: {_line(error)}"
        ) from error


def _unit(rows: Any) -> Any:
    rows = np.asarray(rows, dtype=np.float32)
    if rows.ndim != 2 or not np.isfinite(rows).all():
        raise ValueError("its vectors are not finite numbers")
    return rows / np.linalg.norm(rows, axis=1, keepdims=True).clip(1e-12)


def _line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]


def main() -> None:
    os.nice(10)
    texts = json.load(sys.stdin)
    rows, kept = io.BytesIO(), os.dup(1)
    os.dup2(2, 1)  # what the libraries print goes to standard error
    np.save(rows, TransformerEncoder(sys.argv[1])._documents(texts))
    with os.fdopen(kept, "wb") as out:
        out.write(rows.getvalue())


if __name__ == "__main__":
    main()
