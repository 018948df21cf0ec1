"""The rows of a written table: one for each record, or for each item of a list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from hub.domain.kinds import Kind
from hub.mapping.view import Record, View


@dataclass(slots=True)
class Rows:
    """Rows as columns: the record that each is about, its item of the list `inside`, and the parcel in which that lies."""

    inside: str | None
    records: Sequence[Record] = field(default_factory=list)
    items: Sequence[Record] = field(default_factory=list)
    parcels: Sequence[Record] = field(default_factory=list)

    def view(self, at: int) -> View:
        """What a cell of one row may look at."""
        if self.inside is None:
            return View([self.records[at]], {})
        around = {"parcels": self.parcels[at]} if self.parcels else {}
        return View([self.records[at]], {**around, self.inside: self.items[at]})


def rows_of(records: Sequence[Record], inside: str | None, kind: Kind) -> Rows:
    """The rows of a table with a row for each item of the list `inside`; a parcel of unknown contents has one row of its own."""
    if inside is None:
        return Rows(None, records, records)
    if inside == "parcels.lines":
        packed = [(each, parcel) for each in records for parcel in each.get("parcels", ())]
        placed = [(each, parcel, line) for each, parcel in packed for line in parcel.get("lines") or [{}]]
        return Rows(inside, [each for each, _, _ in placed], [line for _, _, line in placed], [parcel for _, parcel, _ in placed])
    # a file that was refused as a whole has no records, and is answered all the same
    nothing: list[Record] = [{}] if kind is Kind.ANSWERS else []
    listed = [each.get(inside) or nothing for each in records]
    owners = [each for each, items in zip(records, listed, strict=True) for _ in items]
    return Rows(inside, owners, [item for items in listed for item in items])
