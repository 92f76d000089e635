"""Write the next migration from the tables: `python -m bot.storage.migrations.new "what changes"`."""

import sys
import tempfile
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine

import bot.storage.migrations as migrations


def main() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    with tempfile.TemporaryDirectory() as folder:
        engine = create_engine(f"sqlite:///{folder}/x.db")
        with engine.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            command.revision(config, message=sys.argv[1], autogenerate=True)


if __name__ == "__main__":
    main()
