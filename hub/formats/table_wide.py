"""Pieces of a large table as frames whose columns stay with Arrow."""

from __future__ import annotations

import numpy as np
import pyarrow.compute as pc

from hub.formats.arrow import pa
from hub.formats.frame import Frame, TextColumn
from hub.formats.grid import Row

_SAYS = r"[!-~]"  # a cell with one of these is not blank, whatever else stands in it


def wide_frame(headings: list[str], piece: pa.Table, first: int) -> Frame:
    """A piece as wide as its headings, without its blank rows; `first` is the row number of the first."""
    columns = [column.combine_chunks() if column.num_chunks != 1 else column.chunk(0) for column in piece.columns]
    blank = _blank_rows(columns)
    rows: range | list[int] = range(first, first + len(piece))
    if blank:
        kept = np.ones(len(piece), bool)
        kept[blank] = False
        columns = [column.filter(pa.array(kept)) for column in columns]
        rows = (np.flatnonzero(kept) + first).tolist()
    return Frame(headings, [TextColumn(column) for column in columns], rows, wide=True)


def _blank_rows(columns: list[pa.Array]) -> list[int]:
    """The rows in which nothing but blanks stands."""
    left = np.arange(len(columns[0]) if columns else 0)
    for column in columns:
        cells = column if len(left) == len(column) else column.take(pa.array(left))
        left = left[~pc.match_substring_regex(cells, _SAYS).to_numpy(zero_copy_only=False)]
        if not len(left):
            return []
    cells = [column.take(pa.array(left)).to_pylist() for column in columns]
    return [int(at) for at, *texts in zip(left, *cells, strict=True) if not any(text.strip() for text in texts)]


def rows_of(piece: pa.Table) -> list[Row]:
    """The rows of a piece as they stand."""
    return [list(cells) for cells in zip(*(column.to_pylist() for column in piece.columns), strict=True)]
