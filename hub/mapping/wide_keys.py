"""Which records of a large file may stand in it twice: found over whole columns, decided one by one elsewhere."""

from __future__ import annotations

from collections.abc import Hashable, Iterable

import numpy as np
import pyarrow.compute as pc

from hub.formats.arrow import pa
from hub.mapping.reading import Batch
from hub.mapping.wide import WideColumn

_NOTHING = pa.scalar("")
_BETWEEN = "\x1f"  # no value holds it


def suspects(batches: list[Batch], names: Iterable[str]) -> list[tuple[tuple[int, int], Hashable]]:
    """The records whose key another record has too, in order: (batch, position) and key; refused ones have none.

    The key is the sku, else the ean, and the catalogue where there is a column for it.
    """
    asked = list(names)
    keys = pa.chunked_array([_keys(batch, [each for each in asked if each in batch.fields]) for batch in batches], pa.string())
    if _ascend(keys):
        return []
    encoded = keys.dictionary_encode().chunks  # all of one dictionary
    codes = np.concatenate([each.indices.fill_null(-1).to_numpy(zero_copy_only=False) for each in encoded])
    counts = np.bincount(codes[codes >= 0], minlength=1)
    again = np.flatnonzero((codes >= 0) & (counts[codes] > 1))
    ends = np.cumsum([len(batch) for batch in batches])
    at = np.searchsorted(ends, again, side="right")
    starts = ends - [len(batch) for batch in batches]
    return [((int(batch), int(row - starts[batch])), int(code)) for batch, row, code in zip(at, again, codes[again], strict=True)]


def _ascend(keys: pa.ChunkedArray) -> bool:
    """Whether each key is greater than the one before: then none stands twice."""
    last: str | None = None
    for chunk in keys.chunks:
        if chunk.null_count or (last is not None and len(chunk) and not last < chunk[0].as_py()):
            return False
        if len(chunk) > 1 and not pc.all(pc.less(chunk[:-1], chunk[1:])).as_py():
            return False
        last = chunk[-1].as_py() if len(chunk) else last
    return True


def _keys(batch: Batch, names: list[str]) -> pa.Array:
    """One text per record; null where it has no key."""
    columns = {name: _texts(batch, name) for name in names}
    key = columns.get("sku")
    if "ean" in columns:
        marked = pc.binary_join_element_wise(_BETWEEN, columns["ean"], "")
        key = marked if key is None else pc.coalesce(key, marked)
    if key is None:
        return pa.nulls(len(batch), pa.string())
    if "catalog" in columns:
        key = pc.binary_join_element_wise(key, pc.fill_null(columns["catalog"], _NOTHING), _BETWEEN)
    if batch.refused:
        mask = np.zeros(len(batch), bool)
        mask[list(batch.refused)] = True
        key = pc.if_else(pa.array(mask), pa.scalar(None, pa.string()), key)
    return key


def _texts(batch: Batch, name: str) -> pa.Array:
    """A column of texts; what is emptied or bad counts as itself."""
    column = batch.fields[name]
    assert isinstance(column, WideColumn)  # noqa: S101 - asked before
    if not column.odd:
        return column.array.cast(pa.string())
    return pa.array([_BETWEEN + repr(each) if at in column.odd else each for at, each in enumerate(column)], pa.string())
