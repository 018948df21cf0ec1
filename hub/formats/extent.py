"""How far the cells of a sheet reach: its reader holds the whole rectangle, whatever is in it."""

from __future__ import annotations

from dataclasses import dataclass, field

from hub.domain.problems import Code, FileRefused, Problem
from hub.formats.grid import Piece

Errors = dict[int, dict[int, str]]  # row index -> column index -> what the cell shows, such as #DIV/0!

_CELLS = 40_000_000  # of the rectangle that a sheet spans: its reader holds them all
_DENSE = 4_000_000  # up to here a sheet may be as empty as it likes
_SPARSEST = 10  # beyond, one cell in ten must be there


@dataclass(slots=True)
class Seen:
    """What a sheet turned out to hold."""

    cells: int = 0
    last_row: int = 0
    last_column: int = 0
    errors: Errors = field(default_factory=dict)

    def cell(self, row: int, column: int, error: str | None = None) -> None:
        """Take down one cell, counted from 0, and the error that it shows."""
        self.cells += 1
        self.last_row = max(self.last_row, row + 1)
        self.last_column = max(self.last_column, column + 1)
        if error is not None:
            self.errors.setdefault(row, {})[column] = error


@dataclass(slots=True)
class Inside:
    """What a look into a workbook found.

    By sheet the cells that show an error, and all rows of those that the look could read; `sheets` names the sheets by
    their parts of the archive, in order.
    """

    errors: dict[str, Errors] = field(default_factory=dict)
    pieces: dict[str, list[Piece]] = field(default_factory=dict)
    sheets: dict[str, str] = field(default_factory=dict)


def refuse_burst(seen: Seen, sheet: str) -> None:
    """Raise FileRefused (400.too-large) for a sheet whose reader would hold far more cells than it has."""
    spanned = seen.last_row * seen.last_column
    if spanned > _CELLS or (spanned > _DENSE and seen.cells * _SPARSEST < spanned):
        say = f"a sheet spans {seen.last_row:,} rows and {seen.last_column:,} columns with {seen.cells:,} cells in them"
        cure = "Delete the empty rows below and columns beside the table (Ctrl+End shows where Excel sees its end), and save it."
        raise FileRefused(Problem(Code.TOO_LARGE, say, cure, sheet=sheet))
