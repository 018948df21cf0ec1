"""Cut a partner's workbook down to its refused rows, types and styles kept."""

from __future__ import annotations

import re
from copy import copy
from datetime import UTC, datetime
from io import BytesIO
from typing import TYPE_CHECKING, Any

from hub.formats.answered import Where
from hub.formats.excel import ANSWER_SHEET
from hub.formats.filled import Filling
from hub.formats.frame import Cell, Typed
from hub.formats.grid import Limits, Source, source_bytes
from hub.formats.layout import Layout
from hub.formats.rework import open_workbook, put_text, settled
from hub.formats.table import Table, open_tables

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

_NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,15})?")
_BORN = datetime(2000, 1, 1, tzinfo=UTC)


def refused_excel(layout: Layout, source: Source, rows: set[Where], limits: Limits) -> bytes:
    """The workbook with only `rows` below each table's header; what formulas showed stands in their place.

    A formula that moves to another row would point at the wrong cells, hence its value.
    Raises FileRefused when the workbook cannot be opened.
    """
    data = source_bytes(source, limits)
    tables = open_tables(layout, data, limits)
    book = open_workbook(data, values_only=True)
    if ANSWER_SHEET in book.sheetnames:
        del book[ANSWER_SHEET]
    for table in tables:
        wanted = {row for sheet, row in rows if sheet in (table.sheet, None)}
        _cut_down(book[table.sheet or ""], table, wanted, Filling(layout, table.headings))
    out = BytesIO()
    book.save(out)
    return settled(out.getvalue(), _BORN)


def _cut_down(sheet: Worksheet, table: Table, wanted: set[int], filling: Filling) -> None:
    """Move the wanted rows up below the header, completed where they lean on rows above; drop the rest."""
    header = table.header_row or 0
    for merged in [each for each in sheet.merged_cells.ranges if each.max_row > header]:
        sheet.unmerge_cells(str(merged))
    last, free = sheet.max_row, header + 1
    for row, cells in enumerate(table.grid.rows(), start=1):
        if row <= header:
            continue
        filled = filling.see(cells)
        if row in wanted:
            _complete(sheet, row, filled)
            _move(sheet, row, free)
            free += 1
    if free <= last:
        sheet.delete_rows(free, last - free + 1)


def _complete(sheet: Worksheet, row: int, filled: dict[int, Cell]) -> None:
    """Write what `fill` took from a row above: numbers as numbers, all else as text."""
    for column, value in filled.items():
        cell = sheet.cell(row, column + 1)
        if isinstance(value, Typed) and _NUMBER.fullmatch(value):
            cell.value = float(value)
        else:
            put_text(cell, str(value))


def _move(sheet: Worksheet, row: int, target: int) -> None:
    """Bring a row with its types, styles, comments and height to a place above."""
    if row == target:
        return
    for column in range(1, sheet.max_column + 1):
        source: Any = sheet.cell(row, column)
        to: Any = sheet.cell(target, column)
        to.value, to.data_type = source.value, source.data_type
        to._style = copy(source._style)
        to.comment = copy(source.comment) if source.comment else None
    sheet.row_dimensions[target].height = sheet.row_dimensions[row].height
