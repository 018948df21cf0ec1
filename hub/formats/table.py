"""Find the table in a file: its header row, what stands above it, and the rows below in blocks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import TYPE_CHECKING

from hub.domain.problems import Code, Fault, FileRefused, Problem
from hub.formats.csv import csv_grids
from hub.formats.fixed import Beyond, fixed_grids
from hub.formats.frame import Cell, Frame, cell_name, find_heading
from hub.formats.grid import Grid, Limits, Piece, Row, Source
from hub.formats.layout import Format, Layout

if TYPE_CHECKING:
    from hub.formats.excel_wide import SheetPiece

__all__ = ["READERS", "Limits", "Source", "Table", "open_tables"]

Reader = Callable[[Layout, Source, Limits], list[Grid]]

_MOST_COLUMNS = 16_384  # as an Excel sheet has
_SEARCHED = 1000  # rows in which a header named by its headings is looked for


def _excel_grids(layout: Layout, source: Source, limits: Limits) -> list[Grid]:
    from hub.formats.excel import excel_grids

    return excel_grids(layout, source, limits)


READERS: dict[Format, Reader] = {Format.CSV: csv_grids, Format.EXCEL: _excel_grids, Format.FIXED: fixed_grids}


@dataclass(slots=True)
class Table:
    """One table of a file: headings, the row they stand in, and what is written above them."""

    headings: list[str]
    header_row: int | None
    sheet: str | None
    top: dict[str, Cell]
    grid: Grid
    most_rows: int
    _narrow: int = field(init=False)

    def __post_init__(self) -> None:
        """A row may end where the headings end that are not blank."""
        named = [at for at, each in enumerate(self.headings) if each.strip()]
        self._narrow = named[-1] + 1 if named else 0

    def blocks(self, size: int = 10_000, begin: int = 0) -> Iterator[Frame]:
        """The rows below the header, or from row `begin` on, `size` at a time; wholly empty ones are passed over.

        Raises FileRefused for what kills the file (an open quote, too many rows). It starts anew on each call.
        """
        rows = self.grid.rows()
        first = max((self.header_row or 0) + 1, begin)
        for _ in islice(rows, first - 1):
            pass
        yield from self._counted(self._frames(iter(lambda: list(islice(rows, size)), []), first))

    def wide_blocks(self) -> Iterator[Frame]:
        """The same rows as `blocks` in the pieces of the reader for large files, where it has one."""
        if self.grid.pieces is None:
            yield from self.blocks()
            return
        yield from self._counted(self._wide_frames(self.grid.pieces()))

    def _frames(self, chunks: Iterator[list[Row]], first: int) -> Iterator[Frame]:
        for chunk in chunks:
            yield self._frame(chunk, first)
            first += len(chunk)

    def _wide_frames(self, pieces: Iterator[Piece]) -> Iterator[Frame]:
        from hub.formats.excel_wide import SheetPiece
        from hub.formats.table_wide import rows_of, wide_frame

        first, above = 1, self.header_row or 0
        for piece in pieces:
            passed = min(max(above - first + 1, 0), len(piece))
            row, first = first + passed, first + len(piece)
            if isinstance(piece, list):
                yield replace(self._frame(piece[passed:], row), wide=True)
            elif isinstance(piece, SheetPiece):
                yield self._of_sheet(piece, passed, row)
            elif piece.num_columns != len(self.headings):
                yield replace(self._frame(rows_of(piece.slice(passed)), row), wide=True)
            else:
                yield replace(wide_frame(self.headings, piece.slice(passed), row), sheet=self.sheet, top=self.top)

    def _of_sheet(self, piece: SheetPiece, passed: int, row: int) -> Frame:
        from hub.formats.table_wide import sheet_frame

        if passed:
            return replace(self._frame(piece.rows()[passed:], row), wide=True)
        return replace(sheet_frame(self.headings, piece, row), sheet=self.sheet, top=self.top)

    def _counted(self, frames: Iterator[Frame]) -> Iterator[Frame]:
        """The blocks that hold rows; raises FileRefused when there are too many rows."""
        read = 0
        for frame in frames:
            read += len(frame)
            if read > self.most_rows:
                raise FileRefused(
                    Problem(
                        Code.TOO_LARGE,
                        f"the file has more than {self.most_rows:,} rows",
                        "Send it in parts, or raise limits.rows in config/hub.yaml.",
                        sheet=self.sheet,
                    )
                )
            if len(frame):
                yield frame

    def _frame(self, chunk: list[Row], first: int) -> Frame:
        width = len(self.headings)
        numbers = list(range(first, first + len(chunk)))
        blank = [at for at, cells in enumerate(chunk) if is_blank_row(cells)]
        if blank:
            gone = set(blank)
            chunk = [cells for at, cells in enumerate(chunk) if at not in gone]
            numbers = [number for at, number in enumerate(numbers) if at not in gone]
        ragged: dict[int, Fault] = {}
        if set(map(len, chunk)) - {width}:
            chunk, ragged = self._squared(chunk)
        columns = [list(cells) for cells in zip(*chunk, strict=True)] if chunk else [[] for _ in self.headings]
        return Frame(self.headings, columns, numbers, self.sheet, self.top, ragged)

    def _squared(self, chunk: list[Row]) -> tuple[list[Row], dict[int, Fault]]:
        """Every row as wide as the header, and which of them were damaged."""
        width = len(self.headings)
        squared: list[Row] = []
        ragged: dict[int, Fault] = {}
        for at, cells in enumerate(chunk):
            fault = width_fault(self.headings, self._narrow, cells) if self.grid.strict_width and len(cells) != width else None
            if fault is not None:
                ragged[at] = fault
            squared.append([*cells[:width], *[None] * (width - len(cells))])
        return squared, ragged


def width_fault(headings: Sequence[str], narrow: int, cells: Row) -> Fault | None:
    """What is wrong with a row of another width than its headings; it may end where `narrow` columns are filled."""
    width = len(headings)
    if len(cells) < narrow:
        after = headings[len(cells) - 1] or cell_name(len(cells) - 1, 1).rstrip("1")
        say = f"the row has {len(cells)} cells, the header {width}; it ends after {after}"
        return Fault(Code.SHORT_ROW, None, say, "Is a line break or a delimiter missing? Write every delimiter, empty cells too.")
    extra = [each for each in cells[width:] if each and each.strip()]
    if extra and isinstance(extra[0], Beyond):
        hint = "Is a text longer than its column, or has the layout changed? Places are counted in characters."
        return Fault(Code.LONG_ROW, extra[0], "the line goes on behind its last column", hint)
    if extra:
        say = f"the row has {len(cells)} cells, the header {width}"
        return Fault(Code.LONG_ROW, extra[0], say, "A delimiter inside a text? Put that cell in quotes.")
    return None


def is_blank_row(cells: Row) -> bool:
    """Whether nothing but blanks stands in the row."""
    if cells and cells[0] and cells[0].strip():
        return False
    return not any(each and each.strip() for each in cells)


def open_tables(layout: Layout, data: Source, limits: Limits) -> list[Table]:
    """The tables of a file: one for CSV, one for each sheet that fits for Excel.

    Raises FileRefused: 400.empty, unreadable, encoding, password, header or too-large. With a
    pattern for `sheet`, sheets without the header are passed over as long as one has it.
    """
    grids = READERS[layout.format](layout, data, limits)
    tables: list[Table] = []
    missing: list[Problem] = []
    for grid in grids:
        try:
            tables.append(_table(layout, grid, limits))
        except FileRefused as refused:
            missing += refused.problems
    unfit = any(problem.code is not Code.HEADER and problem.code is not Code.EMPTY for problem in missing)
    if unfit or not tables:
        raise FileRefused(*missing)
    return tables


def _table(layout: Layout, grid: Grid, limits: Limits) -> Table:
    if layout.format is Format.FIXED:
        return Table(layout.column_names, layout.first_row, grid.sheet, {}, grid, limits.rows)
    above: list[Row] = []
    match layout.header:
        case None:
            headings = layout.column_names or _numbered(grid)
            return Table(headings, None, grid.sheet, {}, grid, limits.rows)
        case int() as row:
            above = list(islice(grid.rows(), row))
            if len(above) < row or is_blank_row(above[-1]):
                raise FileRefused(_no_header_row(grid, row))
        case wanted:
            above = _until_header(grid, wanted)
    headings = [str(each or "") for each in above[-1]]
    if len(headings) > _MOST_COLUMNS:
        say = f"the header row has {len(headings):,} columns, and {_MOST_COLUMNS:,} is the most"
        cure = "Export it again: is there a line break between the headings and the first row?"
        raise FileRefused(Problem(Code.TOO_LARGE, say, cure, sheet=grid.sheet, row=len(above)))
    return Table(_without_tail(headings, grid), len(above), grid.sheet, letterhead(above[:-1]), grid, limits.rows)


def _without_tail(headings: list[str], grid: Grid) -> list[str]:
    """Headings as they stand; a sheet's empty columns to the right are none."""
    if not grid.strict_width:
        while headings and not headings[-1].strip():
            headings.pop()
    return headings


def _numbered(grid: Grid) -> list[str]:
    """Names for columns that have none: 1, 2, 3 and so on."""
    widest = max((len(cells) for cells in islice(grid.rows(), _SEARCHED)), default=0)
    return [str(number) for number in range(1, widest + 1)]


def _no_header_row(grid: Grid, row: int) -> Problem:
    first = next((number for number, cells in enumerate(islice(grid.rows(), _SEARCHED), 1) if not is_blank_row(cells)), None)
    if first is None:
        return _nothing(grid)
    hint = f"The first row with text is row {first}: set file.header in the mapping, or name the headings there."
    return Problem(Code.HEADER, f"row {row} should hold the headings and is empty", hint, sheet=grid.sheet, row=row)


def _nothing(grid: Grid) -> Problem:
    return Problem(Code.EMPTY, "there is nothing in it", "Send it again; the export may have failed.", sheet=grid.sheet)


def _until_header(grid: Grid, wanted: list[str]) -> list[Row]:
    """All rows down to the one that has the wanted headings."""
    above: list[Row] = []
    nearest, at = list(wanted), None
    for cells in islice(grid.rows(), _SEARCHED):
        above.append(cells)
        texts = [str(each or "") for each in cells]
        missing = [each for each in wanted if not find_heading(texts, each)]
        if not missing:
            return above
        if len(missing) < len(nearest):
            nearest, at = missing, len(above)
    names = ", ".join(wanted)
    if all(map(is_blank_row, above)):
        raise FileRefused(_nothing(grid))
    hint = f"Row {at} comes nearest but lacks {', '.join(nearest)}." if at else f"The header row must hold {names}."
    raise FileRefused(Problem(Code.HEADER, f"no row has the headings {names}", hint, sheet=grid.sheet, row=at))


def letterhead(above: list[Row]) -> dict[str, Cell]:
    """What stands above a header, by label and by place.

    A label is a text whose value is the next cell with content to its right, or what follows its
    colon in the same cell; the first of equal labels counts, and its colon does not belong to it.
    """
    labels: dict[str, Cell] = {}
    places: dict[str, Cell] = {}
    for row, cells in enumerate(above, start=1):
        filled = [(at, each) for at, each in enumerate(cells) if each and each.strip()]
        for (at, text), right in zip(filled, [*filled[1:], (0, None)], strict=False):
            places[cell_name(at, row)] = text
            label, _, inside = text.partition(":")
            value = inside.strip() or right[1]
            if value is not None and label.strip():
                labels.setdefault(label.strip(), value)
    return labels | places
