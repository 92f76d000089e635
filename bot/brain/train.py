"""Train a model from the project's files. One JSON line of progress a stage on standard output."""

from __future__ import annotations

import contextlib
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from rasa.engine.training import hooks
from rasa.model_training import train as rasa_train


def train(output: Path, name: str) -> int:
    """Write `<output>/<name>.tar.gz`, complete or not at all. Returns the exit code; the reason goes to standard error."""
    real = sys.stdout
    steps = Progress(real)
    _report_components(steps)
    steps.say(0.02, "reading")
    output.mkdir(parents=True, exist_ok=True)
    try:
        with tempfile.TemporaryDirectory(dir=output) as folder, open(os.devnull, "w") as nowhere:
            with contextlib.redirect_stdout(nowhere), contextlib.redirect_stderr(nowhere):
                result = rasa_train(
                    domain="domain.yml",
                    config="config.yml",
                    training_files=["data/nlu", "data/rules", "data/stories"],
                    output=folder,
                    force_training=True,
                    fixed_model_name=name,
                )
            if result.code != 0 or result.model is None:
                print("training failed: see the messages above", file=sys.stderr)
                return 1
            target = output / f"{name}.tar.gz"
            Path(result.model).replace(target)
    except Exception as error:  # whatever it was, whoever started the training wants to read it in one line
        print(f"training failed: {type(error).__name__}: {error}", file=sys.stderr)
        return 1
    print(json.dumps({"progress": 1.0, "stage": "done", "model": str(target)}), file=real, flush=True)
    return 0


class Progress:
    """Counts components as Rasa's training finishes them."""

    EXPECTED = 14

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self._done = 0

    def component(self, name: str) -> None:
        self._done += 1
        self.say(min(0.95, 0.05 + 0.9 * self._done / self.EXPECTED), name)

    def say(self, progress: float, stage: str) -> None:
        print(json.dumps({"progress": round(progress, 2), "stage": stage}), file=self._stream, flush=True)


def _report_components(steps: Progress) -> None:
    original = hooks.LoggingHook.on_after_node

    def on_after_node(self: Any, node_name: str, *args: Any, **kwargs: Any) -> Any:
        steps.component(node_name.replace("train_", "").replace("run_", ""))
        return original(self, node_name, *args, **kwargs)

    hooks.LoggingHook.on_after_node = on_after_node
