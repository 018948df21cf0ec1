"""Many rows at once, past SQLAlchemy: plain `executemany` on the driver, values as they are stored.

Callers hold a transaction; nothing here begins or ends one. Numbers are scaled (see `hub.store.types`), times are
microseconds, JSON is text.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, Table


def rows(
    db: Connection, table: Table, columns: Sequence[str], where: dict[str, Any], order: str = ""
) -> Iterator[tuple[Any, ...]]:
    """The rows of a table with some values, raw, as tuples of `columns`."""
    quote, mark = _spelling(db)
    asked = " AND ".join(f"{quote(name)} = {mark}" for name in where)
    ordered = f" ORDER BY {quote(order)}" if order else ""
    shown = ", ".join(map(quote, columns))
    cursor = db.connection.cursor()
    cursor.execute(f"SELECT {shown} FROM {quote(table.name)} WHERE {asked}{ordered}", tuple(where.values()))  # noqa: S608 - names of the schema
    return iter(cursor)  # type: ignore[call-overload, no-any-return] # both drivers iterate


def insert(db: Connection, table: Table, columns: Sequence[str], made: Iterable[Sequence[Any]]) -> None:
    """Insert rows that are not there yet, tuples of `columns`; without an upsert SQLite keeps no journal per row."""
    quote, mark = _spelling(db)
    named, marks = ", ".join(map(quote, columns)), ", ".join([mark] * len(columns))
    _many(db, f"INSERT INTO {quote(table.name)} ({named}) VALUES ({marks})", made)  # noqa: S608 - names of the schema


def change(db: Connection, table: Table, columns: Sequence[str], by: Sequence[str], made: Iterable[Sequence[Any]]) -> None:
    """Set `columns` of the rows that have the values of `by`; tuples of both, in this order."""
    quote, mark = _spelling(db)
    put_in = ", ".join(f"{quote(name)} = {mark}" for name in columns)
    asked = " AND ".join(f"{quote(name)} = {mark}" for name in by)
    _many(db, f"UPDATE {quote(table.name)} SET {put_in} WHERE {asked}", made)  # noqa: S608 - names of the schema


def _many(db: Connection, statement: str, made: Iterable[Sequence[Any]]) -> None:
    cursor = db.connection.cursor()
    cursor.executemany(statement, made)  # type: ignore[arg-type] # both drivers take any iterable
    cursor.close()


def _spelling(db: Connection) -> tuple[Any, str]:
    """How this database quotes a name, and its mark for a value."""
    return db.dialect.identifier_preparer.quote, "%s" if db.dialect.name == "postgresql" else "?"
