"""Full-text indexes over what was said and told, kept by the database itself within every transaction.

Alembic does not know them: they are made after the tables, on SQLite as FTS5 tables filled by triggers, on PostgreSQL
as functional GIN indexes. Both fold case and diacritics, and both find words by their beginning.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, event, func, inspect, literal_column, select
from sqlalchemy import table as sql_table

from bot.domain.text import fold
from bot.storage.base import Base

INDEXED = {"messages": "text", "facts": "value"}
SUFFIX = "_search"
# Letters that removing diacritics leaves alone, with what `bot.domain.text.fold` makes of them.
STROKED = (
    ("ł", "l"),
    ("Ł", "l"),
    ("đ", "d"),
    ("Đ", "d"),
    ("ø", "o"),
    ("Ø", "o"),
    ("ß", "ss"),
    ("æ", "ae"),
    ("œ", "oe"),
)
ACCENTED = "ąáàâäãåćčçďęéèêëěíìîïńňñóòôöõřśšťúùûüůýźżžłđø", "aaaaaaacccdeeeeeeiiiinnnooooorsstuuuuuyzzzldo"

_WORD = re.compile(r"[^\W_]+")


def create(connection: Connection) -> None:
    """Make the indexes that are missing; what the tables hold already is indexed."""
    for table, column in INDEXED.items():
        if connection.dialect.name == "sqlite":
            _create_fts(connection, table, column)
        else:
            index = f"CREATE INDEX IF NOT EXISTS ix_{table}{SUFFIX} ON {table} USING gin ({_vector(column)})"
            connection.exec_driver_sql(index)


def _create_fts(connection: Connection, table: str, column: str) -> None:
    name = table + SUFFIX
    if inspect(connection).has_table(name):
        return
    into = f"INSERT INTO {name}"
    add = f"{into}(rowid, words) VALUES (new.id, {_unstroked('new.' + column)});"
    drop = f"{into}({name}, rowid, words) VALUES ('delete', old.id, {_unstroked('old.' + column)});"
    folded = "prefix='2 3', tokenize='unicode61 remove_diacritics 2'"
    for statement in (
        # The words are not stored a second time: whoever searches reads the row itself.
        f"CREATE VIRTUAL TABLE {name} USING fts5(words, content='', {folded})",
        f"{into}(rowid, words) SELECT id, {_unstroked(column)} FROM {table}",  # noqa: S608 - names of ours
        f"CREATE TRIGGER {name}_added AFTER INSERT ON {table} BEGIN {add} END",
        f"CREATE TRIGGER {name}_dropped AFTER DELETE ON {table} BEGIN {drop} END",
        f"CREATE TRIGGER {name}_changed AFTER UPDATE OF {column} ON {table} BEGIN {drop} {add} END",
    ):
        connection.exec_driver_sql(statement)


def _unstroked(column: str) -> str:
    for letter, plain in STROKED:
        column = f"replace({column}, '{letter}', '{plain}')"
    return column


def _vector(column: str) -> str:
    plain = f"translate(lower({column}), '{ACCENTED[0]}', '{ACCENTED[1]}')"
    return f"to_tsvector('simple', regexp_replace({plain}, '[^[:alnum:]]+', ' ', 'g'))"


def terms(query: str) -> list[list[str]]:
    """The query's terms: each a run of words that must follow one another, as in an e-mail address."""
    return [found for part in fold(query).split() if (found := _WORD.findall(part))]


def matches(rows: type[Base], asked: Sequence[Sequence[str]], dialect: str) -> ColumnElement[bool]:
    """The condition on `rows` (a class of one of the INDEXED tables) in which every term of `terms()` begins some words."""
    table = rows.__tablename__
    if dialect == "sqlite":
        found = " ".join(f'"{" ".join(term)}" *' for term in asked)
        name = table + SUFFIX
        numbers: Select[Any] = select(literal_column("rowid")).select_from(sql_table(name))
        return rows.__table__.c["id"].in_(numbers.where(literal_column(name).op("MATCH")(found)))
    found = " & ".join(" <-> ".join(term) + ":*" for term in asked)
    vector: ColumnElement[Any] = literal_column(_vector(f"{table}.{INDEXED[table]}"))
    return vector.bool_op("@@")(func.to_tsquery(literal_column("'simple'"), found))


@event.listens_for(Base.metadata, "after_create")
def _after_create(_: Any, connection: Connection, **__: Any) -> None:
    create(connection)
