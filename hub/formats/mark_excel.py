"""Mark a partner's own workbook: bad cells coloured with a comment, and a sheet in front that sums up."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

from hub.domain.problems import Level, Problem
from hub.formats.answered import VERDICTS, Answered, sentence
from hub.formats.carried import printable
from hub.formats.excel import ANSWER_SHEET
from hub.formats.frame import cell_name, cell_place, find_heading
from hub.formats.grid import Limits, Source, source_bytes
from hub.formats.layout import Layout
from hub.formats.rework import open_workbook, put_text, settled
from hub.formats.table import Table, open_tables

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.cell import Cell as ExcelCell
    from openpyxl.worksheet.worksheet import Worksheet

_AUTHOR = "Hub"
_COLOURS = {Level.ERROR: "FFFF9C9C", Level.WARNING: "FFFFD966", Level.INFO: "FFBDD7EE"}
_GRAVEST = [Level.ERROR, Level.WARNING, Level.INFO]
_LISTED = 1000
_FONT = "Calibri"
_LONGEST = 64_000  # bytes of a text
_LINE = 46  # characters of a comment's line
_COLUMNS = (
    ("Code", 18),
    ("Level", 10),
    ("Sheet", 16),
    ("Cell", 10),
    ("Column", 24),
    ("Seen", 28),
    ("What is wrong", 50),
    ("What to do", 60),
)
_TITLE_ROW = 1
_TABLE_FROM = 14


def marked_excel(layout: Layout, source: Source, told: Answered, limits: Limits) -> bytes:
    """The same workbook, formulas, styles and other sheets kept, with its problems marked.

    Raises FileRefused when it cannot be opened.
    """
    data = source_bytes(source, limits)
    tables = open_tables(layout, data, limits)
    book = open_workbook(data)
    if ANSWER_SHEET in book.sheetnames:
        del book[ANSWER_SHEET]
    places = {id(problem): _place(problem, tables) for problem in told.problems}
    by_cell: dict[tuple[str, str], list[Problem]] = {}
    for problem in told.problems:
        if place := places[id(problem)]:
            by_cell.setdefault(place, []).append(problem)
    for at, ((sheet, cell), problems) in enumerate(by_cell.items()):
        _mark(book[sheet], cell, problems, commented=at < _LISTED)
    _sum_up(book, told, places)
    out = BytesIO()
    book.save(out)
    return settled(out.getvalue(), told.received_at)


def _place(problem: Problem, tables: list[Table]) -> tuple[str, str] | None:
    """Sheet and cell of a problem; the first named cell of its row when it has none of its own."""
    table = next((each for each in tables if each.sheet == problem.sheet), tables[0])
    if table.sheet is None:
        return None
    if problem.cell and cell_place(problem.cell):
        return table.sheet, problem.cell
    columns = find_heading(table.headings, problem.column) if problem.column else []
    row = problem.row or (table.header_row if columns else None)
    if row is None:
        return None
    named = [at for at, heading in enumerate(table.headings) if heading.strip()] or [0]
    return table.sheet, cell_name((columns or named)[0], row)


def _mark(sheet: Worksheet, name: str, problems: list[Problem], *, commented: bool) -> None:
    from openpyxl.comments import Comment
    from openpyxl.styles import PatternFill

    cell = _visible_cell(sheet, name)
    level = min((each.level for each in problems), key=_GRAVEST.index)
    cell.fill = PatternFill("solid", fgColor=_COLOURS[level])
    if not commented:
        return
    own = [f"{each.code} ({each.level})\n{sentence(each)}" for each in problems]
    before = cell.comment
    kept = [before.text] if before is not None and before.text and before.author != _AUTHOR else []
    text = "\n\n".join(_clean(each) for each in kept + own)
    lines = sum(1 + len(line) // _LINE for line in text.split("\n"))
    cell.comment = Comment(text, _AUTHOR, height=24 + 18 * lines, width=360)


def _visible_cell(sheet: Worksheet, name: str) -> ExcelCell:
    """The cell itself, or the one that shows where cells are merged."""
    for merged in sheet.merged_cells.ranges:
        if name in merged:
            return sheet.cell(merged.min_row, merged.min_col)  # type: ignore[return-value]
    return sheet[name]  # type: ignore[no-any-return]


def _sum_up(book: Workbook, told: Answered, places: dict[int, tuple[str, str] | None]) -> None:
    """The sheet in front: what file, the verdict, the counts, every problem with a link, and how to go on."""
    from openpyxl.styles import Alignment, Font
    from openpyxl.worksheet.properties import PageSetupProperties

    sheet = book.create_sheet(ANSWER_SHEET, 0)
    for other in book.worksheets:
        other.sheet_view.tabSelected = other is sheet
    book.active = 0
    _put(sheet, _TITLE_ROW, 1, f"The hub's answer: {told.answer} {VERDICTS.get(told.answer, '')}".rstrip())
    sheet.cell(_TITLE_ROW, 1).font = Font(name=_FONT, bold=True, size=14)
    counts = told.counts
    facts: list[tuple[str, str | int]] = [
        ("File", told.name),
        ("Partner", told.partner),
        ("Received", f"{told.received_at:%Y-%m-%d %H:%M} {told.received_at.tzname() or ''}".rstrip()),
        ("Records read", counts.read),
        ("accepted", counts.accepted),
        ("unchanged", counts.unchanged),
        ("refused", counts.refused),
        ("skipped by rule", counts.skipped),
        ("How to go on", _how_to_go_on(told)),
    ]
    for row, (name, value) in enumerate(facts, start=_TITLE_ROW + 2):
        _put(sheet, row, 1, name)
        _put(sheet, row, 2, value)
        sheet.cell(row, 1).font = Font(name=_FONT, bold=True)
        sheet.cell(row, 2).alignment = Alignment(horizontal="left", vertical="top")
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToHeight = 0  # as many pages as it takes, but one wide
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    _list_problems(sheet, told.problems, places)


def _how_to_go_on(told: Answered) -> str:
    if not told.counts.refused and told.counts.read:
        return "Nothing was refused; what is marked is for you to look at."
    if not told.counts.read:
        return "Correct what is listed below and drop the file again."
    return "Correct the rows that are coloured here in the refused file, which holds them alone, and drop that one back."


def _list_problems(sheet: Worksheet, problems: list[Problem], places: dict[int, tuple[str, str] | None]) -> None:
    from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
    from openpyxl.utils import get_column_letter

    line = Border(bottom=Side(style="thin", color="FF999999"))
    for column, (heading, width) in enumerate(_COLUMNS, start=1):
        cell = sheet.cell(_TABLE_FROM, column, heading)
        cell.font, cell.border = Font(name=_FONT, bold=True), line
        sheet.column_dimensions[get_column_letter(column)].width = width
    for row, problem in enumerate(problems[:_LISTED], start=_TABLE_FROM + 1):
        place = places[id(problem)]
        shown = (problem.code, problem.level, *(place or ("", "")), problem.column, problem.value, problem.message, problem.hint)
        for column, text in enumerate(shown, start=1):
            _put(sheet, row, column, str(text or ""))
            sheet.cell(row, column).alignment = Alignment(wrap_text=True, vertical="top")
        lines = max(1 + len(str(text or "")) // width for text, (_, width) in zip(shown, _COLUMNS, strict=True))
        sheet.row_dimensions[row].height = 15 * lines
        sheet.cell(row, 1).fill = PatternFill("solid", fgColor=_COLOURS[problem.level])
        if place:
            quoted = place[0].replace("'", "''")
            link = sheet.cell(row, 4)
            link.hyperlink = f"#'{quoted}'!{place[1]}"
            link.font = Font(name=_FONT, color="FF0563C1", underline="single")
    if len(problems) > _LISTED:
        _put(sheet, _TABLE_FROM + _LISTED + 1, 1, f"and {len(problems) - _LISTED:,} more")
    sheet.freeze_panes = f"A{_TABLE_FROM + 1}"


def _put(sheet: Worksheet, row: int, column: int, value: str | int) -> None:
    """Write a cell as what it is: text never becomes a formula."""
    cell = sheet.cell(row, column)
    if isinstance(value, str):
        put_text(cell, _clean(value))
    else:
        cell.value = value


def _clean(text: str) -> str:
    """Text without what Excel cannot hold; a letter beyond the first 65,536 counts twice there."""
    return printable(text).encode("utf-16-le")[:_LONGEST].decode("utf-16-le", errors="ignore")
