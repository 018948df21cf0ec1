"""Look at a file nobody has described yet: its format, encoding, delimiter, sheets, header row or record, and its values."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence

from hub.domain.fields import list_of
from hub.domain.kinds import Kind
from hub.domain.problems import Code, FileRefused, Problem
from hub.formats.excel import excel_grids
from hub.formats.frame import heading_key
from hub.formats.grid import Grid, Limits, Row
from hub.formats.layout import Delimiter, Format, Layout
from hub.formats.packed import unpacked
from hub.formats.text import Text, dialect, find_delimiter, open_text
from hub.mapping.detect_document import sight_json, sight_xml
from hub.mapping.detect_fixed import is_fixed, lines_of, sight_fixed
from hub.mapping.detect_table import known_words, sight_table
from hub.mapping.draft import Part
from hub.mapping.match import Corrections
from hub.mapping.sighted import Sighted, Source, matched

_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_EDI = {b"UNA": "EDIFACT", b"UNB": "EDIFACT", b"ISA": "X12"}
_BLANK = b"\xef\xbb\xbf\xff\xfe\0 \t\r\n"
_KNOWN_SHEET = 1.5  # from here on a sheet reads like a table of the kind


def sight(kind: Kind, data: bytes, limits: Limits, corrections: Corrections) -> Sighted:
    """Find out how a file is laid out. Raises FileRefused for what holds no records or cannot be read."""
    data = unpacked(data, limits)
    if data.startswith((_ZIP, _OLE)):
        return _workbook(kind, data, limits, corrections)
    head = data[:200].lstrip(_BLANK)
    if head.startswith(b"<"):
        return sight_xml(kind, data, corrections)
    if head.startswith((b"{", b"[")):
        return sight_json(kind, data, corrections)
    _refuse_edi(head)
    return _text(kind, data, corrections)


def _refuse_edi(head: bytes) -> None:
    name = next((name for mark, name in _EDI.items() if head.startswith(mark)), None)
    if name is not None:
        hint = "Ask the partner for CSV, Excel, XML or JSON."
        raise FileRefused(Problem(Code.UNREADABLE, f"the file is {name}, which this version does not read", hint))


def _text(kind: Kind, data: bytes, corrections: Corrections) -> Sighted:
    text = open_text(data, "auto")
    file: dict[str, Part] = {"format": "csv", "encoding": _encoding(data, text)}
    lines = lines_of(text)
    if is_fixed(lines):
        return sight_fixed(kind, lines, file, corrections)
    text, delimiter = find_delimiter(text, Layout())
    grid = Grid(None, lambda: _csv_rows(text.lines(), delimiter), strict_width=True)
    return sight_table(kind, grid, {**file, "delimiter": Delimiter(delimiter).name.lower()}, corrections)


def _csv_rows(lines: Iterator[str], delimiter: str) -> Iterator[Row]:
    yield from csv.reader(lines, **dialect(delimiter, Layout().quote, strict=False))


def _encoding(data: bytes, text: Text) -> str:
    """The encoding to write down: what only a look at this file's letters tells, `auto` where there are none."""
    return "auto" if data.isascii() else text.codec.removesuffix("-sig")


def _workbook(kind: Kind, data: bytes, limits: Limits, corrections: Corrections) -> Sighted:
    """The sheets that hold the kind of document: one, several alike, or one for records and one for their lines."""
    grids = excel_grids(Layout(format=Format.EXCEL, sheet="*"), data, limits)
    found = [each for grid in grids if (each := _sheet(kind, grid, corrections)) is not None]
    if not found:
        raise FileRefused(Problem(Code.EMPTY, "there is nothing in the workbook", "Name a file that has headings."))
    worth = {name: known_words(kind, seen.headings, corrections) for name, seen in found}
    name, best = max(found, key=lambda each: worth[each[0]])
    sheets = dict(found)
    alike = [each for each, seen in found if _keys(seen) == _keys(best)]
    seen = _head_and_lines(kind, sheets, corrections) or _all_alike(best, alike, sheets)
    if seen is best and "sheet" not in best.file and name != str(grids[0].sheet):
        best.file["sheet"] = name
    if len(grids) > 1:
        seen.notes.append(f"There are {len(grids)} visible sheets: {', '.join(str(each.sheet) for each in grids)}.")
    return seen


def _sheet(kind: Kind, grid: Grid, corrections: Corrections) -> tuple[str, Sighted] | None:
    try:
        return str(grid.sheet), sight_table(kind, grid, {"format": "excel"}, corrections)
    except FileRefused:
        return None


def _keys(seen: Sighted) -> list[str]:
    return [heading_key(each) for each in seen.headings]


def _all_alike(best: Sighted, alike: Sequence[str], sheets: dict[str, Sighted]) -> Sighted:
    """Sheets with the same headings are read one after the other, wherever their headings stand."""
    if len(alike) < 2 or best.header_row is None:
        return best
    named = [each for each in best.headings if each][:3]
    best.file |= {"sheet": "*", "header": named} if len(named) > 1 else {"sheet": "*"}
    others = [each for each in sheets if each not in alike]
    best.notes.append(f"The sheets {', '.join(alike)} have the same headings and are all read; $sheet is the name of each.")
    if others:
        best.notes.append(f"Passed over, since they lack these headings: {', '.join(others)}.")
    return best


def _head_and_lines(kind: Kind, sheets: dict[str, Sighted], corrections: Corrections) -> Sighted | None:
    """A sheet with records and one with their lines, held together by the number that both have."""
    fields = {name: _fields(kind, seen, corrections) for name, seen in sheets.items() if seen.header_row is not None}
    heads = [name for name, found in fields.items() if "number" in found and not any(list_of(each) for each in found)]
    lines = [name for name, found in fields.items() if sum(list_of(each) == "lines" for each in found) >= 2]
    for head in heads:
        for line in lines:
            key = _shared(sheets[line], fields[head]["number"])
            if key is not None and head != line:
                return _book(sheets, head, line, key)
    return None


def _fields(kind: Kind, seen: Sighted, corrections: Corrections) -> dict[str, str]:
    return {each.field: each.heading for each in matched(kind, seen.sources, corrections) if each.field is not None}


def _shared(line: Sighted, number: str) -> str | None:
    return number if heading_key(number) in _keys(line) else None


def _book(sheets: dict[str, Sighted], head: str, line: str, key: str) -> Sighted:
    """One document of two sheets."""
    names = {head: _type_name(head), line: _type_name(line)}
    types: dict[str, Part] = {names[head]: {"sheet": head}, names[line]: {"sheet": line, "under": names[head], "key": key}}
    sources = [
        Source(f"{names[sheet]}/{each.path}", each.values, each.path, inside)
        for sheet, inside in ((head, ""), (line, "lines"))
        for each in sheets[sheet].sources
        if each.path and (sheet == head or heading_key(each.path) != heading_key(key))
    ]
    file: dict[str, Part] = {"format": "excel", "header": [key], "types": types}
    notes = [f"{head} holds the records, {line} their lines; {key} says which belong together."]
    return Sighted(file, sources, sheets[head].header_row, repeat={"lines": names[line]}, notes=notes)


def _type_name(sheet: str) -> str:
    """The name of a sheet as a path can write it."""
    return "".join(each if each.isalnum() else "_" for each in sheet).strip("_") or "rows"
