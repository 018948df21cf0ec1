"""Whole columns out of the store, as Arrow arrays of the values as they are stored (see `hub.store.many`)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

import numpy as np
from sqlalchemy import Connection, Table

from hub.formats.arrow import pa
from hub.store.many import rows, spelling

PAGE = 50_000  # rows that are read in one go
_BETWEEN = 0x1F  # no text of the store holds it


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
    quoted = spelling(db)[0]
    mine = f"FROM {quoted(table.name)} WHERE {' AND '.join(f'{quoted(name)} = ?' for name in where)} AND {quoted(key)} > ?"
    paged = f"{mine} ORDER BY {quoted(key)} LIMIT"
    shown = ", ".join(dict.fromkeys([quoted(key), *map(quoted, kinds)]))
    joined = ", ".join(
        f"group_concat({quoted(name)}, char({_BETWEEN}))"
        if pa.types.is_string(kind)
        else f"group_concat(ifnull({quoted(name)}, ''))"
        for name, kind in kinds.items()
    )
    cursor, bound, last = db.connection.cursor(), tuple(where.values()), ""
    while True:
        cursor.execute(f"SELECT count(*), {joined} FROM (SELECT {shown} {paged} {PAGE})", (*bound, last))  # noqa: S608 - names of the schema
        count, *texts = cursor.fetchone() or (0,)
        if count:
            yield texts
        if count < PAGE:
            return
        if key in kinds:
            last = texts[list(kinds).index(key)].rpartition(chr(_BETWEEN))[2]
        else:
            cursor.execute(f"SELECT {quoted(key)} {paged} 1 OFFSET {PAGE - 1}", (*bound, last))
            last = (cursor.fetchone() or ("",))[0]


def _split(together: str, kind: Any) -> pa.Array:
    """The values of a page's text."""
    if not pa.types.is_string(kind):
        return _numbers(together).cast(kind)
    data = together.encode()
    ends = np.flatnonzero(np.frombuffer(data, np.uint8) == _BETWEEN)
    offsets = np.empty(len(ends) + 2, np.int32)
    offsets[0], offsets[-1] = 0, len(data) - len(ends)
    offsets[1:-1] = ends - np.arange(len(ends))
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(data.replace(bytes([_BETWEEN]), b""))]
    return pa.Array.from_buffers(pa.string(), len(ends) + 1, buffers)


def _numbers(together: str) -> pa.Array:
    """The numbers of a text, nothing between two commas where there is none; of most columns a page says one thing only."""
    count, first = together.count(",") + 1, together.partition(",")[0]
    if together == f"{first}," * (count - 1) + first:
        return pa.array(np.full(count, int(first))) if first else pa.nulls(count, pa.int64())
    if ",," in together or together[0] == "," or together[-1] == ",":
        return pa.array([int(each) if each else None for each in together.split(",")], pa.int64())
    return pa.array(np.fromstring(together, np.int64, sep=","))


def _columns_by_row(
    db: Connection, table: Table, kinds: Mapping[str, Any], where: dict[str, Any], key: str
) -> dict[str, pa.Array]:
    found = rows(db, table, list(kinds), where, key)
    parts: dict[str, list[pa.Array]] = {name: [] for name in kinds}
    while some := list(islice(found, PAGE)):
        for (name, kind), values in zip(kinds.items(), zip(*some, strict=True), strict=True):
            parts[name].append(pa.array(values).cast(kind))
    return {name: pa.concat_arrays(parts[name]) if parts[name] else pa.array([], kind) for name, kind in kinds.items()}
