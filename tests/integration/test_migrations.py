"""The migrations lead to the tables the code has, and a database they do not know is refused in words."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import create_engine, text

import bot.storage.shop
import bot.storage.tables  # noqa: F401 - registers the tables
from bot.domain.errors import StartupError
from bot.storage import migrations
from bot.storage.base import Base
from bot.storage.search_index import SUFFIX
from tests.databases import fresh_database


def driven(url: str) -> str:
    """With the driver that is installed for it."""
    return url.replace("postgresql:", "postgresql+psycopg:")


def test_the_migrated_schema_is_the_one_of_the_tables(tmp_path: Path) -> None:
    url = fresh_database(tmp_path)
    assert migrations.upgrade(url) is True
    assert migrations.upgrade(url) is False
    engine = create_engine(driven(url))
    with engine.connect() as connection:
        # The search indexes are made beside the tables.
        tables = {"include_name": lambda name, kind, _: kind not in ("table", "index") or SUFFIX not in (name or "")}
        assert compare_metadata(MigrationContext.configure(connection, opts=tables), Base.metadata) == []
    engine.dispose()


def test_a_database_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    url = fresh_database(tmp_path)
    migrations.upgrade(url)
    engine = create_engine(driven(url))
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'ffffffffffff'"))
    engine.dispose()
    with pytest.raises(StartupError, match="newer version"):
        migrations.upgrade(url)
