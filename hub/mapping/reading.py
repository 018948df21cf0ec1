"""What comes out of a file that was read: typed records in columns, each value knowing its place."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple, overload

from hub.domain.kinds import Kind
from hub.domain.problems import Problem
from hub.domain.values import CLEAR, Value
from hub.formats.frame import Cell, cell_name
from hub.formats.grid import Limits
from hub.mapping.template import Bounds, Mode
from hub.mapping.wide import WideColumn


@dataclass(frozen=True, slots=True)
class Context:
    """What a mapping may know beside the file: its name, its sender, the time, the other files of its set by name."""

    file_name: str
    partner_id: str
    partner_name: str
    timezone: str
    received: datetime
    now: datetime
    limits: Limits
    beside: Mapping[str, bytes] = field(default_factory=dict)


class Place(NamedTuple):
    """Where a value stands in the partner's file."""

    sheet: str | None
    row: int | None
    cell: str | None
    column: str | None


class Singles(Sequence[Sequence[int]]):
    """The rows of records that have one row each, without a list for every one of them."""

    __slots__ = ("rows",)

    def __init__(self, rows: Sequence[int]) -> None:
        self.rows = rows

    def __len__(self) -> int:
        return len(self.rows)

    @overload
    def __getitem__(self, at: int) -> Sequence[int]: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Sequence[int]]: ...
    def __getitem__(self, at: int | slice) -> Sequence[int] | Sequence[Sequence[int]]:
        return Singles(self.rows[at]) if isinstance(at, slice) else (self.rows[at],)

    def __iter__(self) -> Iterator[Sequence[int]]:
        return ((row,) for row in self.rows)


@dataclass(slots=True)
class Feed:
    """Which columns of the file fill a field: (index, heading) of each source, and which source each value chose."""

    columns: list[tuple[int | None, str | None]]
    chosen: bytes | bytearray | None = None
    rows: Sequence[int] | None = None

    def of(self, position: int) -> tuple[int | None, str | None] | None:
        """The column that fed the value at a position of its list."""
        choice = self.chosen[position] if self.chosen is not None else 0
        return self.columns[choice] if choice < len(self.columns) else None


@dataclass(slots=True)
class Items:
    """The items of one list, of all records of a batch; names are short, one value per item."""

    parent: list[int]
    rows: list[int]
    fields: dict[str, Sequence[Value]] = field(default_factory=dict)

    def of_records(self, count: int) -> list[list[int]]:
        """The positions of each record's items."""
        found: list[list[int]] = [[] for _ in range(count)]
        for position, parent in enumerate(self.parent):
            found[parent].append(position)
        return found


@dataclass(slots=True)
class Batch:
    """Records of one kind out of one table; `refused` are those that have an error already.

    `sheets` tells by list ("" for the records) where rows stand that come from several sheets or files.
    """

    kind: Kind
    sheet: str | None
    rows: Sequence[Sequence[int]]
    fields: dict[str, Sequence[Value]] = field(default_factory=dict)
    items: dict[str, Items] = field(default_factory=dict)
    refused: set[int] = field(default_factory=set)
    feeds: dict[str, Feed] = field(default_factory=dict)
    sheets: dict[str, str] = field(default_factory=dict)
    helpers: dict[str, Sequence[Any]] = field(default_factory=dict)
    _of_records: dict[str, list[list[int]]] = field(default_factory=dict, repr=False)

    def __len__(self) -> int:
        """How many records there are."""
        return len(self.rows)

    @property
    def cells(self) -> int:
        """How many there are, about."""
        items = sum(len(some.rows) * (len(some.fields) + 2) for some in self.items.values())
        return len(self) * (len(self.fields) + 1) + items

    def is_wide(self, names: Iterable[str] | None = None) -> bool:
        """Whether every field, or those among `names` that are there, is a column of a large file."""
        asked = self.fields if names is None else [each for each in names if each in self.fields]
        return all(isinstance(self.fields[each], WideColumn) for each in asked)

    def item_positions(self, name: str, record: int) -> list[int]:
        """The positions in `items[name]` that belong to a record."""
        if name not in self._of_records:
            self._of_records[name] = self.items[name].of_records(len(self))
        return self._of_records[name][record]

    def record(self, position: int) -> dict[str, Any]:
        """One record in flattened form; what has no value is left out."""
        found = self.head(position)
        for name, items in self.items.items():
            found[name] = [_record(items.fields, at) for at in self.item_positions(name, position)]
        return found

    def head(self, position: int) -> dict[str, Any]:
        """One record without its lists."""
        return _record(self.fields, position)

    def records(self) -> Iterator[dict[str, Any]]:
        """Every record in flattened form, refused ones included."""
        return (self.record(position) for position in range(len(self)))

    def locate(self, name: str, record: int, item: int | None = None) -> Place:
        """Where a field of a record stands in the file; `item` counts within the record's list.

        A field without a column of its own has the place of its record's (or item's) first row.
        """
        position = record
        row = self.rows[record][0] if self.rows[record] else None
        listed = next((each for each in self.items if name.startswith(each)), None)
        if listed is not None and item is not None:
            own = self.item_positions(listed, record)
            if item < len(own):
                position = own[item]
                row = self.items[listed].rows[position]
        feed = self.feeds.get(name)
        if feed is not None and feed.rows is not None and (listed is None or item is not None):
            row = feed.rows[position]
        column = feed.of(position) if feed is not None and (listed is None or item is not None) else None
        index, heading = column or (None, None)
        cell = cell_name(index, row) if index is not None and row is not None else None
        return Place(self.sheet_of(listed if listed is not None and item is not None else ""), row, cell, heading)

    def sheet_of(self, inside: str) -> str | None:
        """Where the records, or the items of a list, stand."""
        return self.sheets.get(inside, self.sheet)

    def places(self, record: int) -> Iterator[tuple[str | None, int]]:
        """Sheet and row of everything that makes up a record."""
        yield from ((self.sheet_of(""), row) for row in self.rows[record])
        for name in self.items if self.sheets else ():
            rows = self.items[name].rows
            yield from ((self.sheet_of(name), rows[at]) for at in self.item_positions(name, record))


def _record(fields: Mapping[str, Sequence[Value]], at: int) -> dict[str, Any]:
    """What is said at one position; an empty list says nothing."""
    return {
        name: value for name, each in fields.items() if (value := each[at]) is not None and (value or type(value) is not list)
    }


def _nothing_to_do() -> None:
    pass


@dataclass(slots=True)
class Reading:
    """A file read through a mapping: read = the records of all batches + skipped.

    `blamed` stands parallel to `problems`: the (batch, record) that each is about, or None for the file;
    `said_elsewhere` names the fields that no record says itself; `once` are the cells of rows that stand once per
    file, as `T.count`.
    """

    mapping: str
    version: str
    kind: Kind
    mode: Mode
    limits: Bounds
    batches: list[Batch] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    blamed: list[tuple[int, int] | None] = field(default_factory=list)
    read: int = 0
    skipped: int = 0
    refused_rows: set[tuple[str | None, int]] = field(default_factory=set)
    parts: dict[str, str] = field(default_factory=dict)
    said_elsewhere: frozenset[str] = frozenset()
    once: dict[str, Cell] = field(default_factory=dict)
    rest: Callable[[], None] = field(default=_nothing_to_do, repr=False, compare=False)
    """Give back the memory of columns that lie in a file; they are fetched from it again when somebody looks at them."""

    def add(self, problem: Problem, about: tuple[int, int] | None = None) -> None:
        """Note a problem of one record, or of the file."""
        self.problems.append(problem)
        self.blamed.append(about)

    @property
    def is_wide(self) -> bool:
        """Whether every batch is one of a large file."""
        return bool(self.batches) and all(batch.is_wide() for batch in self.batches)

    @property
    def has_wide(self) -> bool:
        """Whether any field is a column of a large file."""
        return any(isinstance(values, WideColumn) for batch in self.batches for values in batch.fields.values())

    @property
    def cells(self) -> int:
        """How many there are, about, those of problems among them."""
        return sum(batch.cells for batch in self.batches) + len(self.problems) * 4

    @property
    def refused(self) -> int:
        """How many records have an error."""
        return sum(len(batch.refused) for batch in self.batches)


__all__ = ["CLEAR", "Batch", "Context", "Feed", "Items", "Place", "Reading", "Singles"]
