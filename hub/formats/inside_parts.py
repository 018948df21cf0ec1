"""Look into the workbooks that are archives but no .xlsx (.ods, .xlsb) before their reader does."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from io import BytesIO
from typing import TYPE_CHECKING
from zipfile import ZipFile

from hub.domain.problems import Code, FileRefused, Problem
from hub.formats.extent import Errors, Seen, refuse_burst
from hub.formats.grid import Limits
from hub.formats.inside_xls import SHOWN
from hub.formats.unpack import BROKEN_ARCHIVE, check_directory, relations

if TYPE_CHECKING:
    from lxml.etree import _Element

_ODS, _XLSB = "content.xml", "xl/workbook.bin"
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_EXTENDED = "{urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0}"
_MOST = 1 << 24  # of anything repeated: beyond every sheet's end
_ROW, _CELLS, _ERRORS, _BUNDLE = 0, range(1, 12), (3, 11), 156
_DAMAGED = "Open it in Excel or LibreOffice, save it as Excel workbook (.xlsx) and send that."


def main_part(data: bytes) -> str | None:
    """`content.xml` of an .ods, `xl/workbook.bin` of an .xlsb, None for any other archive."""
    try:
        with ZipFile(BytesIO(data)) as archive:
            names = set(archive.namelist())
    except BROKEN_ARCHIVE:
        return None
    return next((each for each in (_XLSB, _ODS) if each in names), None)


def look_inside_parts(data: bytes, limits: Limits, part: str) -> dict[str, Errors]:
    """Refuse what would burst; out: the cells that show an error, by sheet.

    Raises FileRefused: 400.unreadable for a damaged archive, 400.too-large for a bomb.
    """
    try:
        with ZipFile(BytesIO(data)) as archive:
            check_directory(archive, len(data), limits)
            sheets = _ods(archive) if part == _ODS else _xlsb(archive)
    except BROKEN_ARCHIVE as odd:
        raise FileRefused(Problem(Code.UNREADABLE, f"the workbook is damaged ({type(odd).__name__})", _DAMAGED)) from None
    for name, seen in sheets.items():
        refuse_burst(seen, name)
    return {name: each.errors for name, each in sheets.items() if each.errors}


def _ods(archive: ZipFile) -> dict[str, Seen]:
    from lxml import etree

    found: dict[str, Seen] = {}
    with archive.open(_ODS) as stream:
        try:
            walk = etree.iterparse(
                stream, events=("end",), tag=(f"{_TABLE}table",), resolve_entities=False, no_network=True, load_dtd=False
            )
            for _, table in walk:
                found[table.get(f"{_TABLE}name", "")] = _ods_sheet(table)
                table.clear()
        except etree.XMLSyntaxError as broken:
            raise ValueError(str(broken)) from None
    return found


def _ods_sheet(table: _Element) -> Seen:
    """Rows and cells that say how often they repeat count as often, as far as something stands in them."""
    seen = Seen()
    row = 0
    for each in table.iter(f"{_TABLE}table-row"):
        times, width, cells = _repeat(each, "rows"), 0, 0
        column = 0
        for cell in each.iterchildren(f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell"):
            count = _repeat(cell, "columns")
            column += count
            if _is_filled(cell):
                width, cells = column, cells + count
                if cell.get(f"{_EXTENDED}value-type") == "error":
                    seen.errors.setdefault(row, {})[column - 1] = cell.findtext(f"{_TEXT}p") or "#N/A"
        row += times
        if width:
            seen.last_row, seen.last_column = row, max(seen.last_column, width)
            seen.cells += cells * times
    return seen


def _repeat(element: _Element, what: str) -> int:
    return min(max(int(element.get(f"{_TABLE}number-{what}-repeated", "1")), 1), _MOST)


def _is_filled(cell: _Element) -> bool:
    return cell.get(f"{_OFFICE}value-type") is not None or len(cell) > 0


def _xlsb(archive: ZipFile) -> dict[str, Seen]:
    targets = relations(archive, "xl/_rels/workbook.bin.rels")
    found: dict[str, Seen] = {}
    for kind, body in _records(archive.read(_XLSB)):
        if kind == _BUNDLE:
            link, rest = _wide(body, 8)
            name, _ = _wide(body, rest)
            if targets.get(link) in archive.namelist():
                found[name] = _xlsb_sheet(archive.read(targets[link]))
    return found


def _xlsb_sheet(data: bytes) -> Seen:
    seen, row = Seen(), 0
    for kind, body in _records(data):
        if kind == _ROW:
            row = struct.unpack_from("<I", body)[0]
        elif kind in _CELLS:
            column = struct.unpack_from("<I", body)[0]
            seen.cell(row, column, SHOWN.get(body[8], "#N/A") if kind in _ERRORS else None)
    return seen


def _records(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The records of a binary part: a number of one or two bytes, a length of one to four."""
    at = 0
    while at < len(data):
        kind, at = data[at], at + 1
        if kind & 0x80:
            kind, at = (kind & 0x7F) | (data[at] & 0x7F) << 7, at + 1
        length = 0
        for shift in (0, 7, 14, 21):
            byte, at = data[at], at + 1
            length |= (byte & 0x7F) << shift
            if not byte & 0x80:
                break
        yield kind, data[at : at + length]
        at += length


def _wide(body: bytes, at: int) -> tuple[str, int]:
    """A text with its length before it, and where it ends."""
    count = struct.unpack_from("<I", body, at)[0]
    end = at + 4 + 2 * count
    return body[at + 4 : end].decode("utf-16-le"), end
