"""Many rows at once, past SQLAlchemy's statements: plain `executemany` on the driver.

Callers hold a transaction; nothing here begins or ends one. `rows`, `insert` and `change` take values as they are
stored: numbers scaled (see `hub.store.types`), times in microseconds, JSON as text; `add` takes them as SQLAlchemy does.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Column, Connection, Dialect, Table
from sqlalchemy.sql.schema import ScalarElementColumnDefault


def chunks(values: Collection[Any], size: int = 900) -> Iterable[list[Any]]:
    """Lists short enough for an IN clause."""
    every = list(values)
    return (every[i : i + size] for i in range(0, len(every), size))


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


def add(db: Connection, table: Table, made: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows that are not there yet, as SQLAlchemy would; all name the same columns."""
    if not made:
        return
    columns = {name: [row[name] for row in made] for name in made[0]}
    for column in table.columns:
        if column.name not in columns and isinstance(column.default, ScalarElementColumnDefault):
            columns[column.name] = [column.default.arg] * len(made)
    stored = [_stored(db.dialect, table.c[name], values) for name, values in columns.items()]
    insert(db, table, list(columns), zip(*stored, strict=True))


def _stored(dialect: Dialect, column: Column[Any], values: list[Any]) -> list[Any]:
    """The values of a column as the driver takes them; the same object again (a time, a quantity) is turned once."""
    turn = _turned(dialect, column)
    if turn is None:
        return values
    known: dict[int, Any] = {}
    return [known[key] if (key := id(each)) in known else known.setdefault(key, turn(each)) for each in values]


@lru_cache(maxsize=2048)
def _turned(dialect: Dialect, column: Column[Any]) -> Callable[[Any], Any] | None:
    """How a dialect turns a column's values into what its driver takes; None: as they are."""
    return column.type.dialect_impl(dialect).bind_processor(dialect)


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
