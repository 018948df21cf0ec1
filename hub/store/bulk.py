"""Many rows at once, past SQLAlchemy: plain `executemany` on the driver, values as they are stored.

Callers hold a transaction; nothing here begins or ends one. Numbers are scaled (see `hub.store.types`), times are
microseconds, JSON is text.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

import numpy as np
from sqlalchemy import Connection, Table

from hub.formats.arrow import pa

_BOUND = 500  # values bound in one statement: any SQLite takes so many, and more gain nothing

_PAGE = 200_000  # rows that are read in one go
_MISSING = -(1 << 63)  # no number of the store is so small
_BETWEEN = 0x1F  # no text of the store holds it


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


def columns(db: Connection, table: Table, kinds: Mapping[str, Any], where: dict[str, Any], key: str) -> dict[str, pa.Array]:
    """Whole columns, by name in the Arrow types of `kinds`, of the rows with some values; by `key` ascending as the store sorts.

    Their texts hold no control characters. SQLite joins the values of a page into one text each: a Python object for
    every value would cost four times as much.
    """
    if db.dialect.name != "sqlite":
        return _columns_by_row(db, table, kinds, where, key)
    parts: dict[str, list[pa.Array]] = {name: [] for name in kinds}
    for page in _pages(db, table, kinds, where, key):
        for (name, kind), text in zip(kinds.items(), page, strict=True):
            parts[name].append(_split(text, kind))
    return {name: pa.concat_arrays(parts[name]) if parts[name] else pa.array([], kind) for name, kind in kinds.items()}


def _pages(db: Connection, table: Table, kinds: Mapping[str, Any], where: dict[str, Any], key: str) -> Iterator[list[str]]:
    """The rows of an SQLite table with some values, a page at a time, each column of a page as one text.

    LIMIT keeps the rows of the inner query in their order, whatever asks for them.
    """
    quoted = _spelling(db)[0]
    mine = f"FROM {quoted(table.name)} WHERE {' AND '.join(f'{quoted(name)} = ?' for name in where)} AND {quoted(key)} > ?"
    paged = f"{mine} ORDER BY {quoted(key)} LIMIT"
    shown = ", ".join(dict.fromkeys([quoted(key), *map(quoted, kinds)]))
    joined = ", ".join(
        f"group_concat({quoted(name)}, char({_BETWEEN}))"
        if pa.types.is_string(kind)
        else f"group_concat(ifnull({quoted(name)}, {_MISSING}))"
        for name, kind in kinds.items()
    )
    cursor, bound, last = db.connection.cursor(), tuple(where.values()), ""
    while True:
        cursor.execute(f"SELECT count(*), {joined} FROM (SELECT {shown} {paged} {_PAGE})", (*bound, last))  # noqa: S608 - names of the schema
        count, *texts = cursor.fetchone() or (0,)
        if count:
            yield texts
        if count < _PAGE:
            return
        cursor.execute(f"SELECT {quoted(key)} {paged} 1 OFFSET {_PAGE - 1}", (*bound, last))
        last = (cursor.fetchone() or ("",))[0]


def _split(together: str, kind: Any) -> pa.Array:
    """The values of a page's text."""
    if not pa.types.is_string(kind):
        numbers = np.fromstring(together, np.int64, sep=",")
        return pa.array(numbers, mask=numbers == _MISSING).cast(kind)
    data = together.encode()
    ends = np.flatnonzero(np.frombuffer(data, np.uint8) == _BETWEEN)
    offsets = np.empty(len(ends) + 2, np.int32)
    offsets[0], offsets[-1] = 0, len(data) - len(ends)
    offsets[1:-1] = ends - np.arange(len(ends))
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(data.replace(bytes([_BETWEEN]), b""))]
    return pa.Array.from_buffers(pa.string(), len(ends) + 1, buffers)


def _columns_by_row(
    db: Connection, table: Table, kinds: Mapping[str, Any], where: dict[str, Any], key: str
) -> dict[str, pa.Array]:
    found = rows(db, table, list(kinds), where, key)
    parts: dict[str, list[pa.Array]] = {name: [] for name in kinds}
    while some := list(islice(found, _PAGE)):
        for (name, kind), values in zip(kinds.items(), zip(*some, strict=True), strict=True):
            parts[name].append(pa.array(values).cast(kind))
    return {name: pa.concat_arrays(parts[name]) if parts[name] else pa.array([], kind) for name, kind in kinds.items()}


def insert(db: Connection, table: Table, same: Mapping[str, Any], each: Mapping[str, list[Any]]) -> None:
    """Insert rows that are not there yet: what all of them `same`ly say, and a list of values for what `each` says itself."""
    if db.dialect.name == "postgresql":
        _copy(db, table, same, each)
    else:
        _insert_many(db, table, same, each)


def _copy(db: Connection, table: Table, same: Mapping[str, Any], each: Mapping[str, list[Any]]) -> None:
    """A server takes a stream of rows in half the time of statements."""
    quote, _ = _spelling(db)
    named = ", ".join(map(quote, (*same, *each)))
    constants = tuple(same.values())
    cursor: Any = db.connection.cursor()
    with cursor.copy(f"COPY {quote(table.name)} ({named}) FROM STDIN") as stream:
        for row in zip(*each.values(), strict=True):
            stream.write_row(constants + row)
    cursor.close()


def _insert_many(db: Connection, table: Table, same: Mapping[str, Any], each: Mapping[str, list[Any]]) -> None:
    """Many rows a statement, each constant bound once in it: binding values costs SQLite more than storing them.

    No upsert: for that it would keep a journal for each row.
    """
    quote, _ = _spelling(db)
    width, count = len(each), len(next(iter(each.values())))
    named = ", ".join(map(quote, (*same, *each)))
    chosen = ", ".join([f"?{at}" for at in range(1, len(same) + 1)] + [f"column{at}" for at in range(1, width + 1)])
    flat: list[Any] = [None] * (count * width)
    for at, values in enumerate(each.values()):
        flat[at::width] = values

    def statement(rows: int) -> str:
        marks = ", ".join([f"({', '.join('?' * width)})"] * rows)
        return f"INSERT INTO {quote(table.name)} ({named}) SELECT {chosen} FROM (VALUES {marks})"  # noqa: S608 - names of the schema

    constants, rows = list(same.values()), max(1, _BOUND // width)
    step, whole = rows * width, count // rows * rows * width
    cursor = db.connection.cursor()
    cursor.executemany(statement(rows), (constants + flat[at : at + step] for at in range(0, whole, step)))  # type: ignore[arg-type] # it takes any iterable
    if whole < len(flat):
        cursor.execute(statement((len(flat) - whole) // width), constants + flat[whole:])
    cursor.close()


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
