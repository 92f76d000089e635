"""Alembic's entry: runs the migrations on the connection that `upgrade` hands over."""

from alembic import context

import bot.storage.shop
import bot.storage.tables  # noqa: F401 - registers the tables
from bot.storage.base import Base

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
