"""Look at a file nobody has described yet: its format, encoding, delimiter, sheet and header row, and its first rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from hub.domain.kinds import Kind
from hub.domain.problems import Code, FileRefused, Problem
from hub.formats.excel import excel_grids
from hub.formats.frame import Cell
from hub.formats.grid import Grid, Limits, Row
from hub.formats.layout import Delimiter, Format, Layout
from hub.formats.table import is_blank_row
from hub.formats.text import dialect, find_delimiter, open_text
from hub.mapping.lexicon import Lexicon
from hub.mapping.match import Corrections, match

_LOOKED_AT = 60  # rows in which the header is looked for
_SAMPLE = 300  # rows whose values are looked at
_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_STRUCTURED = {b"<": "XML", b"{": "JSON", b"[": "JSON", b"UNA": "EDIFACT", b"UNB": "EDIFACT", b"ISA": "X12"}


@dataclass(slots=True)
class Sighted:
    """What was seen of a file: `file` holds the keys of the mapping's `file:` block, `columns` the values by column."""

    file: dict[str, str]
    headings: list[str]
    header_row: int | None
    columns: list[list[Cell]]
    first_cells: list[list[Cell]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def sight(kind: Kind, data: bytes, limits: Limits, corrections: Corrections) -> Sighted:
    """Find out how a file is laid out. Raises FileRefused for what is no table or cannot be read."""
    if data.startswith((_ZIP, _OLE)):
        return _workbook(kind, data, limits, corrections)
    _refuse_structured(data)
    text = open_text(data, "auto")
    delimiter = find_delimiter(text, Layout())
    grid = Grid(None, lambda: _csv_rows(text.lines(), delimiter), strict_width=True)
    file = {"format": "csv", "encoding": _encoding(data, text.codec), "delimiter": Delimiter(delimiter).name.lower()}
    return _sighted(kind, grid, file, corrections)


def _csv_rows(lines: Iterator[str], delimiter: str) -> Iterator[Row]:
    import csv

    yield from csv.reader(lines, **dialect(delimiter, Layout().quote, strict=False))


def _encoding(data: bytes, codec: str) -> str:
    """The encoding to write down: what only a look at this file's letters tells, `auto` where there are none."""
    if data.isascii():
        return "auto"
    return codec.removesuffix("-sig")


def _refuse_structured(data: bytes) -> None:
    head = data[:200].lstrip(b"\xef\xbb\xbf \t\r\n")
    name = next((name for mark, name in _STRUCTURED.items() if head.startswith(mark)), None)
    if name is not None:
        hint = "Drafts are made from tables, CSV and Excel; begin an own mapping with the base mapping that is nearest."
        raise FileRefused(Problem(Code.UNREADABLE, f"the file is {name}, no table", hint))


def _workbook(kind: Kind, data: bytes, limits: Limits, corrections: Corrections) -> Sighted:
    """The sheet that looks most like the kind of document."""
    grids = excel_grids(Layout(format=Format.EXCEL, sheet="*"), data, limits)
    found = [(at, _sighted(kind, grid, {"format": "excel"}, corrections), grid) for at, grid in enumerate(grids)]
    at, best, grid = max(found, key=lambda each: (_known(kind, each[1].headings, corrections), -each[0]))
    if at > 0 and grid.sheet is not None:
        best.file["sheet"] = grid.sheet
    if len(found) > 1:
        best.notes.append(f"{len(found)} visible sheets: {', '.join(str(each.sheet) for each in grids)}")
    return best


def _sighted(kind: Kind, grid: Grid, file: dict[str, str], corrections: Corrections) -> Sighted:
    rows = list(islice(grid.rows(), _LOOKED_AT + _SAMPLE))
    if all(map(is_blank_row, rows)):
        raise FileRefused(Problem(Code.EMPTY, "there is nothing in the file", "Name a file that has headings.", sheet=grid.sheet))
    at = _header(kind, rows[:_LOOKED_AT], corrections)
    headings = [(each or "").strip() for each in rows[at]]
    while headings and not headings[-1]:
        headings.pop()
    if at:
        file["header"] = str(at + 1)
    body = [row for row in rows[at + 1 :] if not is_blank_row(row)]
    columns = [[row[place] if place < len(row) else None for row in body] for place in range(len(headings))]
    return Sighted(file, headings, at + 1, columns, [list(row) for row in body])


def _header(kind: Kind, rows: Sequence[Row], corrections: Corrections) -> int:
    """The index of the row that holds the headings: most words that we know, no values, the first of equals."""
    best, most = next(at for at, row in enumerate(rows) if not is_blank_row(row)), 0.0
    for at, row in enumerate(rows):
        texts = [(each or "").strip() for each in row]
        filled = [each for each in texts if each]
        if len(filled) < 2 or len({each.casefold() for each in filled}) < len(filled):
            continue
        score = _known(kind, texts, corrections) - 2 * sum(_is_value(each) for each in filled)
        if score > most:
            best, most = at, score
    return best


def _known(kind: Kind, headings: list[str], corrections: Corrections) -> float:
    """How much a row reads like headings: fields that it names, and words that we know."""
    filled = [each for each in headings if each]
    if not filled:
        return 0.0
    lexicon = Lexicon.of(filled)
    words = sum(bool(lexicon.meaning(each).concepts) for each in filled)
    fields = sum(each.sure for each in match(kind, filled, corrections) if each.field is not None)
    return fields + words / 2


def _is_value(text: str) -> bool:
    """Whether a cell is a value rather than a heading: mostly digits, or an address of the net."""
    digits = sum(each.isdigit() for each in text)
    return digits * 2 > len(text) or "@" in text or "://" in text
