"""Schema migrations (Alembic), run by `tellonce migrate` and at every start."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DatabaseError, OperationalError
from sqlalchemy.pool import NullPool

from bot.domain.errors import StartupError
from bot.storage import search_index


def upgrade(url: str) -> bool:
    """Bring the database to the newest schema; True when something changed. Raises StartupError in one line."""
    parsed = make_url(url)
    driver = "sqlite" if parsed.get_backend_name() == "sqlite" else "postgresql+psycopg"
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    try:
        if parsed.get_backend_name() == "sqlite" and parsed.database:
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
        options = {"timeout": 5} if driver == "sqlite" else {}
        engine = create_engine(parsed.set(drivername=driver), connect_args=options, poolclass=NullPool)
        newest = ScriptDirectory.from_config(config).get_current_head()
        with engine.connect() as connection:
            present = MigrationContext.configure(connection).get_current_revision()
        if present == newest:
            return False
        with engine.begin() as connection:
            if parsed.get_backend_name() != "sqlite":  # gateways that start together: the others wait and find it done
                connection.execute(text("SELECT pg_advisory_xact_lock(hashtextextended('migrations', 1))"))
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            search_index.create(connection)
        return True
    except CommandError as error:
        raise StartupError("the database was made by a newer version of TellOnce: update the program") from error
    except OperationalError as error:
        raise StartupError(f"the database cannot be used: {plain(error)}") from error
    except DatabaseError as error:
        raise StartupError(f"{parsed.database} is not a TellOnce database: {plain(error)}") from error
    except OSError as error:
        raise StartupError(f"the data folder cannot be written: {error.strerror}: {error.filename}") from error


def plain(error: DatabaseError) -> str:
    """What the database said, in one line, with what to do about the usual ones."""
    said = str(error.orig).strip().splitlines()[0]
    hints = {
        "locked": "another program holds it; stop that program and try again",
        "full": "the disk is full; make room and try again",
        "unable to open": "check that the folder exists and is yours to write (TELLONCE_DATA_DIR)",
        "readonly": "it may not be written; check its owner and permissions",
        "refused": "is PostgreSQL running at TELLONCE_DATABASE_URL?",
    }
    hint = next((words for key, words in hints.items() if key in said.lower()), "")
    return f"{said}{' — ' + hint if hint else ''}"
