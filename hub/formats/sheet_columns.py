"""From where the values of plain cells stand in the bytes of a sheet to its columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pyarrow.compute as pc

from hub.formats import excel_wide
from hub.formats.arrow import pa
from hub.formats.excel_wide import SheetPiece
from hub.formats.frame import Cell, NumberColumn, SheetColumn, Typed, number_text
from hub.formats.grid import Piece
from hub.formats.sheet_parts import Beside, NotPlain, decoded
from hub.formats.unpack_wide import Bytes, Numbers

EMPTY, NUMBER, SHARED, INLINE = range(4)
"""What a cell holds: nothing, a number, the place of a text among the shared ones, a text."""

_OF_NUMBERS = b"0123456789.+-eE"


@dataclass(frozen=True, slots=True)
class Found:
    """Cells in a piece of a sheet: where their values begin and end, what they are, and where they stand (from 0)."""

    piece: bytes
    start: Numbers
    stop: Numbers
    kinds: Bytes
    rows: Numbers
    columns: Numbers


@dataclass(frozen=True, slots=True)
class Gathered:
    """Rows that follow each other, by column; those at a sheet's beginning come `as_rows`."""

    columns: list[SheetColumn | list[Cell]]
    count: int
    as_rows: bool


def gathered(found: Found, height: int, width: int, beside: Beside, *, above: bool) -> list[Gathered]:
    """So many rows and columns; `above` tells that they are the sheet's first.

    Raises NotPlain for a value that calamine may read otherwise.
    """
    count = len(found.start)
    between = np.zeros(2 * count + 2, np.int32)  # each second text is what stands between two values; the last is empty
    between[:-2:2], between[1:-2:2] = found.start, found.stop
    between[-2:] = between[-3] if count else 0
    texts = pa.StringArray.from_buffers(2 * count + 1, pa.py_buffer(between), pa.py_buffer(found.piece))
    places = np.full((width, height), count)
    places[found.columns, found.rows] = np.arange(count)
    kinds = np.append(found.kinds, np.uint8(EMPTY))
    cuts = [0, min(excel_wide.FIRST, height), height] if above else [0, height]
    return [
        Gathered([_column(texts, kinds, row[start:stop], beside) for row in places], stop - start, above and start == 0)
        for start, stop in pairwise(cuts)
        if stop > start
    ]


def _column(texts: pa.Array, kinds: Bytes, places: Numbers, beside: Beside) -> SheetColumn | list[Cell]:
    own, values = kinds[places], texts.take(pa.array(2 * places))
    there = np.bincount(own, minlength=INLINE + 1)
    if not there[NUMBER]:
        return SheetColumn(_texts(values, own, there, beside))
    if not (there[SHARED] or there[INLINE]):
        return NumberColumn(_numbers(values, own, there), own == EMPTY)
    numbers = _numbers(values, own, there).tolist()
    others = pc.if_else(pa.array(own == NUMBER), pa.scalar(""), values)
    words = _texts(others, np.where(own == NUMBER, np.uint8(EMPTY), own), there, beside).to_pylist()
    return [
        Typed(number_text(number)) if kind == NUMBER else word or None
        for kind, number, word in zip(own.tolist(), numbers, words, strict=True)
    ]


def _numbers(values: pa.Array, kinds: Bytes, there: Numbers) -> npt.NDArray[np.float64]:
    """The numbers of a column, 0 where there is none."""
    if there[NUMBER] < len(values):
        values = pc.if_else(pa.array(kinds == NUMBER), values, pa.scalar("0"))
    if _bytes(values).translate(None, _OF_NUMBERS):
        raise NotPlain
    try:
        found: npt.NDArray[np.float64] = pc.cast(values, pa.float64()).to_numpy()
    except pa.ArrowInvalid:
        raise NotPlain from None
    if not np.isfinite(found).all():
        raise NotPlain
    return found


def _texts(values: pa.Array, kinds: Bytes, there: Numbers, beside: Beside) -> pa.Array:
    """The texts of a column, empty where there is none."""
    if not there[SHARED]:
        return decoded(values)
    if not there[INLINE]:
        return _shared(values, kinds, beside)
    is_shared = pa.array(kinds == SHARED)
    nothing = pa.scalar("")
    return pc.if_else(
        is_shared,
        _shared(pc.if_else(is_shared, values, nothing), kinds, beside),
        decoded(pc.if_else(is_shared, nothing, values)),
    )


def _shared(values: pa.Array, kinds: Bytes, beside: Beside) -> pa.Array:
    """The shared texts whose places are written in the cells."""
    places = pc.if_else(pa.array(kinds == SHARED), values, pa.scalar("0"))
    if _bytes(places).translate(None, b"0123456789"):
        raise NotPlain
    texts = beside.texts()
    try:
        at = pc.cast(places, pa.int32()).to_numpy()
    except pa.ArrowInvalid:
        raise NotPlain from None
    if len(at) and at.max() >= len(texts):
        raise NotPlain
    found = texts.take(pa.array(at))
    return found if (kinds == SHARED).all() else pc.if_else(pa.array(kinds == SHARED), found, pa.scalar(""))


def _bytes(values: pa.Array) -> bytes:
    """The bytes of all texts that were just put together."""
    data = values.buffers()[2]
    return data.to_pybytes() if data is not None else b""


def in_pieces(parts: Sequence[Gathered]) -> list[Piece]:
    """All rows of a sheet: the first as rows, the others by column, many together."""
    width = max((len(each.columns) for each in parts), default=0)
    found: list[Piece] = []
    together: list[Gathered] = []
    for each in parts:
        if each.as_rows:
            found.append(_joined([each], width).rows())
            continue
        together.append(each)
        if sum(some.count for some in together) >= excel_wide.TOGETHER:
            found.append(_joined(together, width))
            together = []
    if together:
        found.append(_joined(together, width))
    return found


def _joined(parts: list[Gathered], width: int) -> SheetPiece:
    columns = [
        _as_one([part.columns[at] if at < len(part.columns) else _nothing(part.count) for part in parts]) for at in range(width)
    ]
    return SheetPiece(columns, sum(part.count for part in parts))


def _nothing(count: int) -> SheetColumn:
    return SheetColumn(pa.array([""] * count, pa.string()))


def _as_one(parts: list[SheetColumn | list[Cell]]) -> Sequence[Cell]:
    """A column of one type stays an array; where nothing is said the type does not matter."""
    if len(parts) == 1:
        return parts[0]
    numbers = [each if isinstance(each, NumberColumn) else _as_numbers(each) for each in parts]
    if all(each is not None for each in numbers) and any(isinstance(each, NumberColumn) for each in parts):
        some = [each for each in numbers if each is not None]
        return NumberColumn(np.concatenate([each.numbers for each in some]), np.concatenate([each.blank for each in some]))
    if all(isinstance(each, SheetColumn) and not each.typed for each in parts):
        return SheetColumn(pa.concat_arrays([each.array for each in parts if isinstance(each, SheetColumn)]))
    return [cell for each in parts for cell in each]


def _as_numbers(column: SheetColumn | list[Cell]) -> NumberColumn | None:
    """A column that says nothing as one of numbers."""
    if not isinstance(column, SheetColumn) or _bytes(column.array):
        return None
    return NumberColumn(np.zeros(len(column)), np.ones(len(column), bool))


__all__ = ["EMPTY", "INLINE", "NUMBER", "SHARED", "Found", "Gathered", "NotPlain", "gathered", "in_pieces"]
