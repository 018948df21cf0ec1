"""Whole columns out of the store, as Arrow arrays of the values as they are stored (see `hub.store.many`)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
from sqlalchemy import Connection, Table

from hub.formats.arrow import pa
from hub.store.many import rows, spelling

_PAGE = 200_000  # rows that are read in one go
_MISSING = -(1 << 63)  # no number of the store is so small
_BETWEEN = 0x1F  # no text of the store holds it


def columns(db: Connection, table: Table, kinds: Mapping[str, Any], where: dict[str, Any], key: str) -> dict[str, pa.Array]:
    """Whole columns, by name in the Arrow types of `kinds`, of the rows with some values; by `key` ascending as the store sorts.

    Their texts hold no control characters. SQLite joins the values of a page into one text each: a Python object for
    every value would cost four times as much.
    """
    if db.dialect.name != "sqlite":
        return _columns_by_row(db, table, kinds, where, key)
    made = _Together(db, table, where, key)
    constant, own = made.looked_over(kinds) if len(kinds) > 1 else ({}, kinds)
    parts: dict[str, list[pa.Array]] = {name: [] for name in kinds}
    for count, texts in made.pages(list(own)):
        for name, kind in kinds.items():
            part = (
                _split(texts[name], kind) if name in own else pa.repeat(pa.scalar(constant[name], pa.int64()), count).cast(kind)
            )
            parts[name].append(part)
    return {name: pa.concat_arrays(parts[name]) if parts[name] else pa.array([], kind) for name, kind in kinds.items()}


@dataclass(slots=True)
class _Together:
    """The rows of an SQLite table with some values, a page at a time, each column of a page as one text."""

    db: Connection
    table: Table
    where: dict[str, Any]
    key: str

    @property
    def _asked(self) -> str:
        return " AND ".join(f"{_quoted(self.db, name)} = ?" for name in self.where)

    def looked_over(self, kinds: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        """The columns of numbers that say the same in every row, with what they say, and the others."""
        numbers = [name for name, kind in kinds.items() if not pa.types.is_string(kind)]
        shown = ", ".join(f"count({each}), min({each}), max({each})" for each in (_quoted(self.db, name) for name in numbers))
        count, *found = self._row(f"SELECT count(*), {shown} FROM {_quoted(self.db, self.table.name)} WHERE {self._asked}", ())  # noqa: S608 - names of the schema
        said = dict(zip(numbers, zip(found[0::3], found[1::3], found[2::3], strict=True), strict=True))
        constant = {name: low for name, (filled, low, high) in said.items() if low == high and filled in (0, count)}
        return constant, {name: kind for name, kind in kinds.items() if name not in constant}

    def pages(self, names: Sequence[str]) -> Iterator[tuple[int, dict[str, str]]]:
        """How many rows each page has, and what each column of it says."""
        key, name = _quoted(self.db, self.key), _quoted(self.db, self.table.name)
        shown = ", ".join(
            f"group_concat({each}, char(31))" if each == key else f"group_concat(ifnull({each}, {_MISSING}))"
            for each in (_quoted(self.db, name) for name in names)
        )
        inside = f"SELECT * FROM {name} WHERE {self._asked} AND {key} > ? ORDER BY {key} LIMIT {_PAGE}"  # noqa: S608 - names of the schema
        last = ""
        while True:
            count, last, *texts = self._row(f"SELECT count(*), max({key}), {shown} FROM ({inside})", (last,))  # noqa: S608 - names of the schema
            if count:
                yield count, dict(zip(names, texts, strict=True))
            if count < _PAGE:
                return

    def _row(self, query: str, more: tuple[Any, ...]) -> Any:
        return self.db.connection.cursor().execute(query, (*self.where.values(), *more)).fetchone()


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


def _quoted(db: Connection, name: str) -> str:
    quoted: str = spelling(db)[0](name)
    return quoted
