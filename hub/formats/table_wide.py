"""Pieces of a large table as frames whose columns stay with Arrow."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow.compute as pc

from hub.formats.arrow import pa
from hub.formats.excel_wide import SheetPiece
from hub.formats.frame import Cell, Frame, NumberColumn, SheetColumn, TextColumn
from hub.formats.grid import Row

_SAYS = r"[!-~]"  # a cell with one of these is not blank, whatever else stands in it


def wide_frame(headings: list[str], piece: pa.Table, first: int) -> Frame:
    """A piece as wide as its headings, without its blank rows; `first` is the row number of the first."""
    columns = [TextColumn(column.combine_chunks() if column.num_chunks != 1 else column.chunk(0)) for column in piece.columns]
    return _without_blanks(headings, columns, columns, range(first, first + len(piece)))


def sheet_frame(headings: list[str], piece: SheetPiece, first: int) -> Frame:
    """The same of a piece of a sheet, which may be wider or narrower than its headings."""
    lacking = [SheetColumn(pa.array([""] * len(piece))) for _ in range(len(headings) - len(piece.columns))]
    columns = [*piece.columns[: len(headings)], *lacking]
    return _without_blanks(headings, columns, piece.columns, range(first, first + len(piece)))


def _without_blanks(
    headings: list[str], columns: Sequence[Sequence[Cell]], whole: Sequence[Sequence[Cell]], rows: range
) -> Frame:
    blank = _blank_rows(whole, len(rows))
    if not blank:
        return Frame(headings, columns, rows, wide=True)
    gone = set(blank)
    kept = [at for at in range(len(rows)) if at not in gone]
    picked = [each.picked(kept) if isinstance(each, TextColumn) else [each[at] for at in kept] for each in columns]
    return Frame(headings, picked, [rows[at] for at in kept], wide=True)


def _blank_rows(columns: Sequence[Sequence[Cell]], count: int) -> list[int]:
    """The rows in which nothing but blanks stands."""
    left = np.arange(count if columns else 0)
    for column in columns:
        left = left[~_says(column, left)]
        if not len(left):
            return []
    return [int(at) for at in left if not any((cell := column[int(at)]) and cell.strip() for column in columns)]


def _says(column: Sequence[Cell], rows: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Which of some cells are certainly not blank."""
    if isinstance(column, NumberColumn):
        filled: npt.NDArray[np.bool_] = ~column.blank[rows]
        return filled
    if not isinstance(column, TextColumn):
        return np.array([bool(column[at]) and column[at] != "" and not str(column[at]).isspace() for at in rows.tolist()], bool)
    cells = column.array if len(rows) == len(column) else column.array.take(pa.array(rows))
    found: npt.NDArray[np.bool_] = pc.match_substring_regex(cells, _SAYS).to_numpy(zero_copy_only=False)
    return found


def rows_of(piece: pa.Table) -> list[Row]:
    """The rows of a piece as they stand."""
    return [list(cells) for cells in zip(*(column.to_pylist() for column in piece.columns), strict=True)]
