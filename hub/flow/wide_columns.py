"""All records of a large file in columns, and which of them are plain enough to be decided so."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from hub.flow.tally import About
from hub.formats.arrow import pa
from hub.mapping.reading import Reading
from hub.mapping.wide import Form, WideColumn
from hub.store import shelves

Mask = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.int64]


@dataclass(slots=True)
class Columns:
    """All records of a reading, field by field; `open` are those decided here, `aside` those left for the other way.

    What was read lies in the batches and stays there: only what is looked at as a whole is joined.
    """

    reading: Reading
    forms: dict[str, Form]
    ends: Numbers
    open: Mask
    aside: Mask
    _whole: dict[str, pa.Array] = field(default_factory=dict)

    @property
    def sku(self) -> pa.Array:
        """The key."""
        return self.whole("sku")

    def whole(self, name: str) -> pa.Array:
        """A field of all records."""
        if name not in self._whole:
            self._whole[name] = pa.concat_arrays([self._part(name, batch) for batch in range(len(self.ends))])
            self.reading.rest()
        return self._whole[name]

    def of(self, name: str, rows: Numbers) -> pa.Array:
        """A field of some records."""
        if name in self._whole or not len(rows) or (rows[1:] <= rows[:-1]).any():
            return self.whole(name).take(pa.array(rows))
        first, last = (int(np.searchsorted(self.ends, row, side="right")) for row in (rows[0], rows[-1]))
        edges = np.searchsorted(rows, self.ends[first : last + 1])
        found, start = [], 0
        for batch, edge in zip(range(first, last + 1), edges.tolist(), strict=True):
            inside = rows[start:edge] - (self.ends[batch - 1] if batch else 0)
            if len(inside):
                found.append(_picked(self._part(name, batch), inside))
            start = edge
        return pa.concat_arrays(found)

    def batches(self) -> Iterator[dict[str, WideColumn]]:
        """Every field, batch by batch; what lies in a file is let go of behind each."""
        for batch in range(len(self.ends)):
            yield {name: WideColumn(form, self._part(name, batch)) for name, form in self.forms.items()}
            self.reading.rest()

    def _part(self, name: str, batch: int) -> pa.Array:
        part = self.reading.batches[batch].fields[name]
        assert isinstance(part, WideColumn)  # noqa: S101 - asked before
        form = self.forms[name]
        return part.array if part.form is form else pa.nulls(len(part), WideColumn.type_of(form))

    def put_aside(self, which: Mask) -> None:
        """Leave records for the way record by record."""
        self.aside |= which & self.open
        self.open &= ~which

    def said(self, names: Sequence[str]) -> Mask:
        """The records that say something in one of several fields."""
        found = np.zeros(len(self.open), bool)
        for name in names:
            if name in self.forms:
                found |= as_numpy(self.whole(name).is_valid())
        return found

    def left(self) -> Iterator[About]:
        """The records that were put aside, in order of the file."""
        for row in np.flatnonzero(self.aside).tolist():
            batch = int(np.searchsorted(self.ends, row, side="right"))
            yield batch, row - (int(self.ends[batch - 1]) if batch else 0)

    def by_key(self, rows: Numbers) -> Numbers:
        """Rows in the order of their skus."""
        order = shelves.ordered(self.of("sku", rows))
        return rows if order is None else rows[order.to_numpy()]

    def figure(self, name: str, rows: Numbers) -> pa.Array:
        """A figure of some rows."""
        if self.forms.get(name) is not Form.NUMBER:
            return pa.nulls(len(rows), pa.int64())
        return self.of(name, rows)


def _picked(part: pa.Array, rows: Numbers) -> pa.Array:
    """Some values of a part, rows ascending; those that follow each other are not copied."""
    if rows[-1] - rows[0] + 1 == len(rows):
        return part.slice(int(rows[0]), len(rows))
    return part.take(pa.array(rows))


def columns_of(reading: Reading) -> Columns | None:
    """The records of a reading in columns; None when they are not wide, or most are no plain case."""
    batches = reading.batches
    names = list(batches[0].fields)
    if "sku" not in names or any(list(batch.fields) != names for batch in batches):
        return None
    forms: dict[str, Form] = {}
    for name in names:
        form = _form_of([each for batch in batches if isinstance(each := batch.fields[name], WideColumn)])
        if form is None:
            return None
        forms[name] = form
    ends = np.cumsum([len(batch) for batch in batches])
    refused = [row + int(end) - len(batch) for batch, end in zip(batches, ends, strict=True) for row in batch.refused]
    still = np.ones(int(ends[-1]), bool)
    still[refused] = False
    found = Columns(reading, forms, ends, still, np.zeros(len(still), bool))
    found.put_aside(_odd(found))
    found.put_aside(_again(found))
    return found if found.aside.sum() <= len(still) / 2 else None


def _form_of(parts: list[WideColumn]) -> Form | None:
    """The form in which all parts of a field say what they say; None when there are several."""
    forms = {part.form for part in parts if part.array.null_count < len(part)}
    return None if len(forms) > 1 else next(iter(forms), Form.TEXT)


def _odd(columns: Columns) -> Mask:
    """The records with a value that no column holds, or without a sku."""
    found: Mask = as_numpy(columns.sku.is_null()).copy()
    start = 0
    for batch in columns.reading.batches:
        for part in batch.fields.values():
            if isinstance(part, WideColumn) and part.odd:
                found[[start + at for at in part.odd]] = True
        start += len(batch)
    return found


def _again(columns: Columns) -> Mask:
    """The records whose sku another one has too."""
    found = np.zeros(len(columns.open), bool)
    if shelves.ordered(columns.sku) is None:
        return found
    codes = columns.sku.dictionary_encode().indices.fill_null(-1).to_numpy()
    counts = np.bincount(codes[codes >= 0], minlength=1)
    found[codes >= 0] = counts[codes[codes >= 0]] > 1
    return found


def as_numpy(array: Any) -> Any:
    """An Arrow array as numpy's, copied where it must be."""
    return array.to_numpy(zero_copy_only=False)
