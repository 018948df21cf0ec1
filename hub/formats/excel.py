"""Excel in: the sheets of a workbook as rows, after a look at the archive that a bomb does not survive."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from functools import cache, partial
from io import BytesIO
from typing import TYPE_CHECKING, TypeVar

from hub.domain.problems import Code, FileRefused, Problem
from hub.formats.extent import Errors, Inside
from hub.formats.frame import Cell, Typed, number_text
from hub.formats.grid import Grid, Limits, Piece, Row, Source, source_bytes
from hub.formats.inside_parts import look_inside_parts, main_part
from hub.formats.inside_xls import look_inside_xls
from hub.formats.layout import Layout
from hub.formats.unpack import look_inside
from hub.formats.wildcards import wildcard

if TYPE_CHECKING:
    from python_calamine import CalamineSheet, CalamineWorkbook

ANSWER_SHEET = "Hub answer"  # the sheet that the hub adds to a marked workbook; passed over when it comes back

T = TypeVar("T")
CalamineValue = int | float | str | bool | time | date | datetime | timedelta

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_SAVE_AGAIN = "Open it in Excel, save it as Excel workbook (.xlsx) and send it again."


def excel_grids(layout: Layout, source: Source, limits: Limits) -> list[Grid]:
    """The sheets that the layout names, in the order of the workbook; hidden ones are passed over.

    Raises FileRefused: 400.unreadable, password, too-large, empty, or header when no such sheet is there.
    """
    data = source_bytes(source, limits)
    _refuse_other(data)
    inside = _looked_inside(data, limits)
    workbook = _guarded(partial(_open, data))
    names = chosen_sheets(layout.sheet, _visible(workbook))
    read = inside.pieces if _are_same(inside, workbook) else {}
    return [_read(name, read[name]) if name in read else _grid(workbook, name, inside.errors.get(name, {})) for name in names]


def _are_same(inside: Inside, workbook: CalamineWorkbook) -> bool:
    """Whether the look and the reader see the same sheets, each under a name of its own."""
    names = list(inside.sheets.values())
    return names == [each.name for each in workbook.sheets_metadata] and len(set(names)) == len(names)


def _read(name: str, pieces: list[Piece]) -> Grid:
    """A sheet that was read while it was looked at."""
    return Grid(name, lambda: _rows_of(pieces), strict_width=False, pieces=lambda: iter(pieces))


def _rows_of(pieces: list[Piece]) -> Iterator[Row]:
    for each in pieces:
        yield from each if isinstance(each, list) else each.rows()


def _grid(workbook: CalamineWorkbook, name: str, errors: Errors) -> Grid:
    """A sheet that is parsed when it is first looked at, and then kept."""
    sheet = cache(partial(_guarded, partial(workbook.get_sheet_by_name, name)))
    return Grid(name, lambda: _rows(sheet(), errors), strict_width=False, pieces=lambda: _pieces(sheet(), errors))


def _looked_inside(data: bytes, limits: Limits) -> Inside:
    """What a look inside tells; raises FileRefused for what a reader would burst on."""
    if data.startswith(_OLE):
        return Inside(look_inside_xls(data))
    part = main_part(data)
    return Inside(look_inside_parts(data, limits, part)) if part is not None else look_inside(data, limits)


def _refuse_other(data: bytes) -> None:
    """Say what a file is that is no workbook."""
    if data.startswith(b"PK"):
        return
    if data.startswith(_OLE) and _ENCRYPTED in data:
        raise FileRefused(
            Problem(Code.PASSWORD, "the workbook asks for a password", "Save it without a password and send it again.")
        )
    if data.startswith(_OLE):
        return
    head = data[:1000].lstrip().lower()
    if head.startswith((b"<html", b"<!doctype html", b"<table", b"<?xml")):
        raise FileRefused(Problem(Code.UNREADABLE, "the file is a web page or XML under an Excel name", _SAVE_AGAIN))
    text = b"\0" not in head and any(mark in head for mark in (b";", b",", b"\t"))
    what = "the file is text, perhaps CSV, under an Excel name" if text else "the file is no Excel workbook"
    cure = "Save it as Excel workbook (.xlsx), or set `format: csv` in the mapping." if text else _SAVE_AGAIN
    raise FileRefused(Problem(Code.UNREADABLE, what, cure))


def _open(data: bytes) -> CalamineWorkbook:
    from python_calamine import CalamineWorkbook

    return CalamineWorkbook.from_filelike(BytesIO(data))


def _guarded(read: Callable[[], T]) -> T:
    """Let the reader's own failures, its panics too, be a problem of the file."""
    from python_calamine import CalamineError, PasswordError

    try:
        return read()
    except PasswordError:
        raise FileRefused(
            Problem(Code.PASSWORD, "the workbook asks for a password", "Save it without a password and send it again.")
        ) from None
    except (CalamineError, ValueError, OSError) as broken:
        raise FileRefused(Problem(Code.UNREADABLE, f"the workbook is damaged: {broken}", _SAVE_AGAIN)) from None
    except BaseException as panic:
        if type(panic).__name__ != "PanicException":  # the Rust reader's panic has no class that could be named
            raise
        raise FileRefused(Problem(Code.UNREADABLE, "the workbook is damaged", _SAVE_AGAIN)) from None


def _visible(workbook: CalamineWorkbook) -> list[str]:
    from python_calamine import SheetTypeEnum, SheetVisibleEnum

    return [
        each.name
        for each in workbook.sheets_metadata
        if each.visible is SheetVisibleEnum.Visible and each.typ is SheetTypeEnum.WorkSheet
    ]


def chosen_sheets(wanted: str | None, visible: list[str]) -> list[str]:
    """The sheets that `file.sheet` means: a name, a number among the visible ones, a pattern, or the first.

    Raises FileRefused (400.header) naming the sheets that are there.
    """
    own = [name for name in visible if name != ANSWER_SHEET]
    if wanted is None:
        found = own[:1]
    elif wanted in visible:
        found = [wanted]
    elif wanted.isascii() and wanted.isdigit():
        found = own[int(wanted) - 1 : int(wanted)] if int(wanted) else []
    else:
        fits = wildcard([wanted])
        found = [name for name in own if fits(name)]
    if not found:
        there = f"The visible sheets are: {', '.join(own)}." if own else "The workbook has no visible sheet."
        raise FileRefused(Problem(Code.HEADER, f"there is no visible sheet {wanted or ''}".rstrip(), there))
    return found


def _rows(sheet: CalamineSheet, errors: Errors) -> Iterator[Row]:
    """Every row from the first on; errors stand where the reader has an empty cell, or nothing at the end."""
    row = -1
    for row, cells in enumerate(_values(sheet)):
        yield _cells(sheet, errors, row, cells)
    yield from _below(errors, row + 1)


def _pieces(sheet: CalamineSheet, errors: Errors) -> Iterator[Piece]:
    """The same rows in pieces, those without errors by column."""
    from hub.formats.excel_wide import pieces

    count = 0
    for piece in pieces(_values(sheet), _left(sheet), set(errors), partial(_cells, sheet, errors), _cell):
        yield piece
        count += len(piece)
    yield list(_below(errors, count))


def _values(sheet: CalamineSheet) -> Iterator[Sequence[CalamineValue]]:
    """The reader's own rows. Raises FileRefused where a number is shown as a date or time beyond all that there are."""
    if not sheet.start:
        return
    row = 0
    try:
        for values in _guarded(sheet.iter_rows):
            row += 1
            yield values
    except OverflowError:
        say = "a number is shown as a date or time that no calendar has"
        raise FileRefused(
            Problem(Code.UNREADABLE, say, "Correct the cell, or give it another format.", sheet=sheet.name, row=row + 1)
        ) from None


def _left(sheet: CalamineSheet) -> int:
    """How many columns are empty before the first that is not."""
    return sheet.start[1] if sheet.start else 0


def _cells(sheet: CalamineSheet, errors: Errors, row: int, values: Sequence[CalamineValue]) -> list[Cell]:
    texts = [None] * _left(sheet) + list(map(_cell, values))
    return _with_errors(texts, errors[row]) if row in errors else texts


def _cell(value: CalamineValue) -> Cell:
    return (value or None) if type(value) is str else cell_text(value)


def _below(errors: Errors, row: int) -> Iterator[Row]:
    """The rows behind the reader's last that show errors, and those between."""
    for below in range(row, max(errors, default=0) + 1):
        yield _with_errors([], errors.get(below, {}))


def _with_errors(texts: list[Cell], errors: dict[int, str]) -> list[Cell]:
    for column, error in errors.items():
        texts += [None] * (column + 1 - len(texts))
        texts[column] = error
    return texts


def cell_text(value: CalamineValue) -> Cell:
    """The text of a cell: text as it stands, everything typed in the hub's own notation."""
    match value:
        case str():
            return value or None
        case bool():
            return Typed("true" if value else "false")
        case int() | float():
            return Typed(number_text(value))
        case datetime():
            return Typed(_to_the_millisecond(value).isoformat())
        case date() | time():
            return Typed(value.isoformat())
        case timedelta():
            minutes, seconds = divmod(round(value.total_seconds()), 60)
            return Typed(f"{minutes // 60}:{minutes % 60:02}:{seconds:02}")


def _to_the_millisecond(value: datetime) -> datetime:
    """A time without the dust of a fraction of a day."""
    return value.replace(microsecond=0) + timedelta(milliseconds=round(value.microsecond / 1000))
