"""The rows of a written table: one for each record, or for each item of a list."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from hub.domain.kinds import Kind
from hub.mapping.view import Record

Row = tuple[Record, dict[str, Record]]
"""The record and, by list, the items that a row is about."""


def rows_of(records: Sequence[Record], inside: str | None, kind: Kind) -> Iterator[Row]:
    """The rows of a table with a row for each item of the list `inside`; a parcel of unknown contents has one row of its own."""
    for record in records:
        if inside is None:
            yield record, {}
        elif inside == "parcels.lines":
            for parcel in record.get("parcels", ()):
                lines: list[Record] = parcel.get("lines") or [{}]
                yield from ((record, {"parcels": parcel, "parcels.lines": line}) for line in lines)
        else:
            # a file that was refused as a whole has no records, and is answered all the same
            nothing: list[Record] = [{}] if kind is Kind.ANSWERS else []
            yield from ((record, {inside: item}) for item in record.get(inside) or nothing)
