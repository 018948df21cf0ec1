"""The rows of a written table: one for each record, or for each item of a list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import chain, repeat
from typing import TypeVar

from hub.domain.kinds import Kind
from hub.mapping.view import Record, View

T = TypeVar("T")


@dataclass(slots=True)
class Rows:
    """Rows as columns: the record that each is about, its item of the list `inside`, and the parcel in which that lies.

    `heads` are the records, each with the count of the rows that follow each other and are about it.
    """

    inside: str | None
    heads: Sequence[Record]
    counts: Sequence[int]
    items: Sequence[Record] = field(default_factory=list)
    parcels: Sequence[Record] = field(default_factory=list)
    records: Sequence[Record] = field(init=False)

    def __post_init__(self) -> None:
        """Rows know the record that they are about."""
        self.records = self.spread(self.heads)

    def spread(self, values: Sequence[T]) -> list[T]:
        """What is true of each record, row by row."""
        return list(chain.from_iterable(map(repeat, values, self.counts)))

    def view(self, at: int) -> View:
        """What a cell of one row may look at."""
        if self.inside is None:
            return View([self.records[at]], {})
        around = {"parcels": self.parcels[at]} if self.parcels else {}
        return View([self.records[at]], {**around, self.inside: self.items[at]})


def rows_of(records: Sequence[Record], inside: str | None, kind: Kind) -> Rows:
    """The rows of a table with a row for each item of the list `inside`; a parcel of unknown contents has one row of its own."""
    if inside is None:
        return Rows(None, records, [1] * len(records), records)
    if inside == "parcels.lines":
        packed = [(each, parcel) for each in records for parcel in each.get("parcels", ())]
        placed = [(each, parcel, line) for each, parcel in packed for line in parcel.get("lines") or [{}]]
        heads, lines = [each for each, _, _ in placed], [line for _, _, line in placed]
        return Rows(inside, heads, [1] * len(placed), lines, [parcel for _, parcel, _ in placed])
    # a file that was refused as a whole has no records, and is answered all the same
    nothing: list[Record] = [{}] if kind is Kind.ANSWERS else []
    listed = [each.get(inside) or nothing for each in records]
    return Rows(inside, records, list(map(len, listed)), [item for items in listed for item in items])
