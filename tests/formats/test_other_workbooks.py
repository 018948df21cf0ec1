"""Workbooks of other kinds (.xls, .ods, .xlsb) are read like .xlsx, errors told, bombs refused before a reader sees them."""

from __future__ import annotations

import io
import struct
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.domain.problems import Code, FileRefused
from hub.formats.excel import excel_grids
from hub.formats.frame import Cell, Typed
from hub.formats.grid import Limits
from hub.formats.layout import Format, Layout
from hub.formats.mark import refused

LAYOUT = Layout(format=Format.EXCEL)
LIMITS = Limits(file_size=50_000_000, rows=1_000_000, unpacked_ratio=100)
XLS = (Path(__file__).parent / "files" / "stock.xls").read_bytes()
ROWS = [["sku", "stock"], ["A1", "3"], ["00B", "2.5"], ["#DIV/0!", "4"]]


def a_zip(parts: dict[str, str | bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return out.getvalue()


def an_ods(rows: str, doctype: str = "") -> bytes:
    names = {
        "office": "urn:oasis:names:tc:opendocument:xmlns:office:1.0",
        "table": "urn:oasis:names:tc:opendocument:xmlns:table:1.0",
        "text": "urn:oasis:names:tc:opendocument:xmlns:text:1.0",
        "calcext": "urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0",
    }
    said = " ".join(f'xmlns:{short}="{name}"' for short, name in names.items())
    content = (
        f'<?xml version="1.0"?>{doctype}<office:document-content {said}><office:body><office:spreadsheet>'
        f'<table:table table:name="S">{rows}</table:table></office:spreadsheet></office:body></office:document-content>'
    )
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    manifest = '<m:manifest xmlns:m="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'
    return a_zip({"mimetype": kind, "META-INF/manifest.xml": manifest, "content.xml": content})


def cell(text: str, more: str = "") -> str:
    return f'<table:table-cell office:value-type="string" {more}><text:p>{text}</text:p></table:table-cell>'


def number(value: str, more: str = "") -> str:
    return f'<table:table-cell office:value-type="float" office:value="{value}" {more}><text:p>?</text:p></table:table-cell>'


WRONG = 'calcext:value-type="error"'
FAR = '<table:table-cell table:number-columns-repeated="16382"/>'
ODS = an_ods(
    f"<table:table-row>{cell('sku')}{cell('stock')}{FAR}</table:table-row>"
    f"<table:table-row>{cell('A1')}{number('3')}{FAR}</table:table-row>"
    f"<table:table-row>{cell('00B')}{number('2.5')}{FAR}</table:table-row>"
    f"<table:table-row>{cell('#DIV/0!', WRONG)}{number('4')}{FAR}</table:table-row>"
    f'<table:table-row table:number-rows-repeated="1048572"><table:table-cell table:number-columns-repeated="16384"/>'
    "</table:table-row>"
)


def record(kind: int, body: bytes = b"") -> bytes:
    head = bytes([kind]) if kind < 128 else bytes([kind & 0x7F | 0x80, kind >> 7])
    assert len(body) < 128
    return head + bytes([len(body)]) + body


def wide(text: str) -> bytes:
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")


def an_xlsb(rows: dict[int, list[tuple[int, bytes]]]) -> bytes:
    """Rows of (record kind, value) by their index."""
    sheet = record(129) + record(148, struct.pack("<IIII", 0, max(rows), 0, 9)) + record(145)
    for row, cells in rows.items():
        sheet += record(0, struct.pack("<I", row) + b"\0" * 13)
        for column, (kind, value) in enumerate(cells):
            sheet += record(kind, struct.pack("<II", column, 0) + value)
    sheet += record(146) + record(130)
    book = record(131) + record(143) + record(156, struct.pack("<II", 0, 1) + wide("r1") + wide("S")) + record(144) + record(132)
    links = '<Relationships><Relationship Id="r1" Type="{0}worksheet" Target="worksheets/s.bin"/></Relationships>'
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
    return a_zip(
        {
            "[Content_Types].xml": "<Types/>",
            "xl/workbook.bin": book,
            "xl/_rels/workbook.bin.rels": links.format(office),
            "xl/worksheets/s.bin": sheet,
        }
    )


def text(value: str) -> tuple[int, bytes]:
    return 6, wide(value)


def real(value: float) -> tuple[int, bytes]:
    return 5, struct.pack("<d", value)


XLSB = an_xlsb(
    {
        0: [text("sku"), text("stock")],
        1: [text("A1"), real(3)],
        2: [text("00B"), real(2.5)],
        3: [(3, b"\x07"), real(4)],
    }
)


def read(data: bytes) -> list[list[Cell]]:
    return [list(row) for grid in excel_grids(LAYOUT, data, LIMITS) for row in grid.rows()]


@pytest.mark.parametrize("data", [XLS, ODS, XLSB], ids=["xls", "ods", "xlsb"])
def test_every_kind_of_workbook_gives_the_same_rows(data: bytes) -> None:
    found = read(data)
    assert found == ROWS
    assert [type(row[1]) for row in found[1:]] == [Typed, Typed, Typed]


BOMBS = {
    "ods wide and long": an_ods(
        '<table:table-row table:number-rows-repeated="1048576">'
        + number("1", 'table:number-columns-repeated="16384"')
        + "</table:table-row>"
    ),
    "ods far corner": an_ods(
        f"<table:table-row>{cell('a')}</table:table-row>"
        '<table:table-row table:number-rows-repeated="1048570"><table:table-cell/></table:table-row>'
        f'<table:table-row><table:table-cell table:number-columns-repeated="16383"/>{cell("b")}</table:table-row>'
    ),
    "xlsb far corner": an_xlsb({0: [text("a")], 1_048_575: [text("b")] * 40}),
    "xlsb absurd row": an_xlsb({0: [text("a")], 4_000_000_000: [text("b")]}),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_before_a_reader_sees_it(name: str) -> None:
    with pytest.raises(FileRefused) as bomb:
        read(BOMBS[name])
    assert bomb.value.problems[0].code is Code.TOO_LARGE


@pytest.mark.parametrize(
    "data",
    [
        an_ods("<table:table-row>", ""),
        an_ods('<table:table-row table:number-rows-repeated="x"/>'),
        an_ods("", '<!DOCTYPE x [<!ENTITY a "b">]>'),
        XLS[:600],
        XLS[:512] + b"\xff" * 4000,
        XLSB[:-30],
        a_zip({"xl/workbook.bin": b"\x9c\x01\x7f"}),
    ],
    ids=["xml", "repeat", "doctype", "cut xls", "xls", "cut xlsb", "xlsb"],
)
def test_a_damaged_workbook_is_unreadable(data: bytes) -> None:
    with pytest.raises(FileRefused) as odd:
        read(data)
    assert odd.value.problems[0].code in (Code.UNREADABLE, Code.HEADER)


@pytest.mark.parametrize("data", [XLS, ODS, XLSB], ids=["xls", "ods", "xlsb"])
def test_it_is_not_given_back_in_its_own_form(data: bytes) -> None:
    with pytest.raises(FileRefused):
        refused(LAYOUT, data, {("S", 2)}, LIMITS)


@settings(max_examples=150, deadline=5000)
@given(st.lists(st.tuples(st.integers(0, len(XLS) - 1), st.integers(0, 255)), min_size=1, max_size=30))
def test_any_damage_to_an_old_workbook_gives_rows_or_a_refusal(changes: list[tuple[int, int]]) -> None:
    data = bytearray(XLS)
    for at, byte in changes:
        data[at] = byte
    try:
        read(bytes(data))
    except FileRefused as odd:
        assert odd.problems  # noqa: PT017 - what is refused says why
