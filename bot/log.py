"""Logging: JSON lines to a file in the data folder, warnings to the terminal. Never what customers wrote."""

from __future__ import annotations

import logging
import logging.handlers
import sys
from pathlib import Path

import structlog

UNSPEAKABLE = ("httpx", "httpcore", "telegram")
"""They would log addresses with the bot's token in them."""


def configure(level: str, path: Path) -> None:
    """Send structlog and the standard library's logging to that file, and warnings to standard error."""
    path.parent.mkdir(parents=True, exist_ok=True)
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    file = logging.handlers.RotatingFileHandler(path, maxBytes=20 * 2**20, backupCount=5)
    file.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processor=structlog.processors.JSONRenderer(ensure_ascii=False), foreign_pre_chain=shared
        )
    )
    terminal = logging.StreamHandler(sys.stderr)
    terminal.setLevel(max(logging.WARNING, logging.getLevelName(level.upper())))
    terminal.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processor=structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty()), foreign_pre_chain=shared
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [file, terminal]
    root.setLevel(level.upper())
    for noisy in ("aiosqlite", "asyncio", "alembic", "rasa_sdk", *UNSPEAKABLE):
        logging.getLogger(noisy).setLevel(logging.WARNING)
