"""Large sheets column by column: a column of one type stays an array, any other becomes cells."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np

from hub.formats.arrow import pa
from hub.formats.frame import Cell, NumberColumn, SheetColumn, TextColumn
from hub.formats.grid import Row

FIRST = 64  # rows that come as rows: the headings, and what stands above them, are of other types than what is below
TOGETHER = 10_000
_NUMBERS = {float, int}


@dataclass(frozen=True, slots=True)
class SheetPiece:
    """Rows of a sheet that follow each other, by column."""

    columns: list[Sequence[Cell]]
    count: int

    def __len__(self) -> int:
        """How many rows there are."""
        return self.count

    def rows(self) -> list[Row]:
        """The rows as they stand; their cells are not kept here too."""
        rows: list[Row] = [list(cells) for cells in zip(*self.columns, strict=True)]
        for each in self.columns:
            if isinstance(each, TextColumn):
                each.forget()
        return rows


def pieces(
    values: Iterable[Sequence[Any]],
    left: int,
    odd: set[int],
    cells_of: Callable[[int, Sequence[Any]], Row],
    text: Callable[[Any], Cell],
) -> Iterator[SheetPiece | list[Row]]:
    """Rows of values as pieces.

    In: the values; how many empty columns stand to their left; the rows (counted from 0) that only `cells_of` reads;
    `text` tells the cell of one value.
    """
    rest = iter(values)
    row, size = 0, FIRST
    while chunk := list(islice(rest, size)):
        if size == FIRST or not odd.isdisjoint(range(row, row + len(chunk))):
            yield [cells_of(row + at, cells) for at, cells in enumerate(chunk)]
        else:
            empty: list[Sequence[Cell]] = [SheetColumn(pa.array([""] * len(chunk))) for _ in range(left)]
            yield SheetPiece(empty + [_column(column, text) for column in zip(*chunk, strict=True)], len(chunk))
        row, size = row + len(chunk), TOGETHER


def _column(values: Sequence[Any], text: Callable[[Any], Cell]) -> Sequence[Cell]:
    kinds = set(map(type, values))
    if kinds == {str}:
        return SheetColumn(pa.array(values, pa.string()))
    if kinds <= {*_NUMBERS, str}:
        blank = np.array([each == "" for each in values]) if str in kinds else np.zeros(len(values), bool)
        try:
            numbers = np.array([each or 0.0 for each in values] if str in kinds else values, np.float64)
        except ValueError:  # a text among them
            return [text(each) for each in values]
        if np.isfinite(numbers).all() and not _text_among(values, kinds):
            return NumberColumn(numbers, blank)
    return [text(each) for each in values]


def _text_among(values: Sequence[Any], kinds: set[type]) -> bool:
    """Whether a text stands among numbers, be it one of digits."""
    return str in kinds and any(type(each) is str and each for each in values)
