"""What one place of a written file can see: its record, the items that it stands in, or all records of the file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from hub.domain.fields import LISTS, list_of
from hub.domain.values import CLEAR

Record = dict[str, Any]


@dataclass(slots=True)
class View:
    """Where values are looked up: one place's record and items; once per file, all records of the file."""

    records: Sequence[Record]
    items: dict[str, Any] = field(default_factory=dict)

    def look_up(self, name: str) -> list[Any]:
        """Every value of a field that this place sees, without blanks."""
        if name in self.items and name not in LISTS:
            return [self.items[name]]
        inside = list_of(name)
        short = name[len(inside) + 1 :] if inside else name
        found = [each.get(short) for each in self._of(inside)]
        flat = [one for value in found for one in (value if isinstance(value, list) else [value])]
        return [value for value in flat if value is not None and value is not CLEAR]

    def _of(self, inside: str | None) -> Sequence[Record]:
        if inside is None:
            return self.records
        if inside in self.items:
            return [self.items[inside]]
        if inside == "parcels.lines":
            return [line for parcel in self._of("parcels") for line in parcel.get("lines", ())]
        return [item for record in self.records for item in record.get(inside, ())]

    def outside(self, name: str) -> View:
        """The same place as seen from outside the list that a field lives in: with `take` it sees all items there."""
        inside = list_of(name)
        return View(self.records, {each: item for each, item in self.items.items() if each != inside})

    def operand(self, name: str) -> Any:
        """What a name is in a formula: a list's values as a list where the place stands outside it, else one value."""
        if name in LISTS:
            return list(self._of(name))
        found = self.look_up(name)
        inside = list_of(name)
        if inside is not None and inside not in self.items:
            return found
        return found[0] if found else None

    def each(self, name: str) -> Iterator[View]:
        """A view for each item of a list: a record's lines, a parcel's lines, the values of a field that holds several."""
        if name == "parcels.lines" and "parcels" not in self.items:
            for parcel in self.each("parcels"):
                yield from parcel.each(name)
        else:
            found = self._of(name) if name in LISTS else self.look_up(name)
            yield from (View(self.records, self.items | {name: item}) for item in found)
