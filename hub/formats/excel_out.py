"""Excel out: typed cells, never a live formula, and the same bytes for the same rows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO
from typing import TYPE_CHECKING

from hub.domain.problems import Code, FileRefused, Problem
from hub.formats.carried import NOT_CARRIED
from hub.formats.frame import cell_name, cell_place
from hub.formats.layout import Layout

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

Writable = str | Decimal | int | bool | date | datetime | None

LONGEST_TEXT = 32_767
MOST_ROWS = 1_048_576
MOST_COLUMNS = 16_384
_BORN = datetime(2000, 1, 1, tzinfo=UTC)  # a workbook's date of birth: the same rows make the same bytes
_EXACT_DIGITS = 15
_FIRST_YEAR = 1901  # Excel counts a 29 February 1900, and no day before that year
_WIDEST = 60
_CHAINED_ESCAPE = re.compile(r"_x[0-9A-Fa-f]{4}_x[0-9A-Fa-f]{4}_")  # the writer escapes only every other of these
_SHEET_NAME = re.compile(r"[\[\]:*?/\\\x00-\x1f]")


def write_excel(
    layout: Layout,
    headings: Sequence[str] | None,
    rows: Iterable[Sequence[Writable]],
    top: Mapping[str, Writable] | None = None,
) -> bytes:
    """Write a workbook of one sheet: `top` by place ("B2"), bold headings in row `header`, the rows below.

    Numbers, dates and yes/no become typed cells; a number that a float cannot hold and a day before
    1901 stay text, and text is always text. A time keeps its wall clock and loses its zone.
    Raises FileRefused naming row and heading: 400.characters and 400.length for what Excel cannot
    hold, 400.too-large for more rows or columns than a sheet has.
    """
    import xlsxwriter

    out = BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_numbers": False})
    book.set_properties({"created": _BORN})
    sheet = _Sheet(book, _sheet_name(layout.sheet), list(headings or []))
    for place, value in (top or {}).items():
        found = cell_place(place)
        if found:
            sheet.put(found[1], found[0], value)
    row = layout.header if isinstance(layout.header, int) else 1
    if headings is not None:
        sheet.head(row)
        row += 1
    for number, values in enumerate(rows, start=row):
        for column, value in enumerate(values):
            sheet.put(number, column, value)
    sheet.fit()
    book.close()
    return out.getvalue()


def _sheet_name(wanted: str | None) -> str:
    name = _SHEET_NAME.sub("_", wanted or "Sheet1").strip("'")[:31]
    return name or "Sheet1"


class _Sheet:
    """The sheet being written, and how wide its columns have become."""

    def __init__(self, book: Workbook, name: str, headings: list[str]) -> None:
        self._sheet: Worksheet = book.add_worksheet(name)
        self._headings = headings
        self._bold: Format = book.add_format({"bold": True, "bottom": 1})
        self._day: Format = book.add_format({"num_format": "yyyy-mm-dd"})
        self._moment: Format = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        self._widths: dict[int, int] = {}

    def head(self, row: int) -> None:
        """Write the headings in a row and keep them in view."""
        for column, heading in enumerate(self._headings):
            self._check(row, column, heading)
            self._sheet.write_string(row - 1, column, heading, self._bold)
            self._note(column, len(heading) + 2)
        self._sheet.freeze_panes(row, 0)

    def put(self, row: int, column: int, value: Writable) -> None:
        """Write one cell, typed as far as Excel can hold it."""
        if row > MOST_ROWS or column >= MOST_COLUMNS:
            say = f"an Excel sheet ends at row {MOST_ROWS:,} and column {MOST_COLUMNS:,}"
            raise FileRefused(Problem(Code.TOO_LARGE, say, "Send CSV, or a file per order.", row=row))
        match value:
            case None | "":
                return
            case bool():
                self._sheet.write_boolean(row - 1, column, value)
            case datetime() if value.year >= _FIRST_YEAR:
                self._sheet.write_datetime(row - 1, column, value.replace(tzinfo=None), self._moment)
            case date() if value.year >= _FIRST_YEAR:
                self._sheet.write_datetime(row - 1, column, datetime(value.year, value.month, value.day), self._day)  # noqa: DTZ001 - cells have no zone
            case Decimal() | int() if _survives(value):
                self._sheet.write_number(row - 1, column, float(value))
            case _:
                self._text(row, column, _plain(value))
        self._note(column, len(str(value)) + 1)

    def _text(self, row: int, column: int, text: str) -> None:
        self._check(row, column, text)
        self._sheet.write_string(row - 1, column, text)

    def _check(self, row: int, column: int, text: str) -> None:
        bad = NOT_CARRIED.search(text) or _CHAINED_ESCAPE.search(text)
        if bad is None and len(text.encode("utf-16-le", errors="surrogatepass")) <= 2 * LONGEST_TEXT:
            return
        if bad:
            code, say = Code.CHARACTERS, f"Excel cannot hold the characters {bad[0]!r}"
        else:
            code, say = Code.LENGTH, f"the text has {len(text):,} characters, an Excel cell holds {LONGEST_TEXT:,}"
        heading = self._headings[column] if column < len(self._headings) else None
        hint = "Change it in the mapping, or send CSV."
        place = cell_name(column, row)
        raise FileRefused(Problem(code, say, hint, row=row, cell=place, column=heading, value=text[:200]))

    def _note(self, column: int, width: int) -> None:
        self._widths[column] = min(_WIDEST, max(width, self._widths.get(column, 8)))

    def fit(self) -> None:
        """Give every column the width of its longest text, within reason."""
        for column, width in self._widths.items():
            self._sheet.set_column(column, column, width)


def _survives(number: Decimal | int) -> bool:
    """Whether Excel's floating point and its 15 digits give the number back as it was."""
    exact = Decimal(number)
    if not exact.is_finite() or len(exact.normalize().as_tuple().digits) > _EXACT_DIGITS or abs(exact.adjusted()) > 20:
        return False
    return Decimal(repr(float(exact))) == exact


def _plain(value: str | Decimal | int | date) -> str:
    match value:
        case Decimal():
            return f"{value:f}"
        case date():
            return value.isoformat()
    return str(value)
