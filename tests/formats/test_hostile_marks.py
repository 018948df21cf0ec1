"""Whatever stands in a partner's file and in what is said of it, his file back is one that he can open and drop again."""

from __future__ import annotations

import zipfile
from datetime import UTC, datetime
from io import BytesIO

import openpyxl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from lxml import etree

from hub.domain.problems import Code, Counts, FileRefused, Problem
from hub.formats.csv import write_csv
from hub.formats.excel import ANSWER_SHEET
from hub.formats.excel_out import write_excel
from hub.formats.frame import Cell
from hub.formats.grid import Limits
from hub.formats.layout import Layout
from hub.formats.mark import Answered, marked, refused
from hub.formats.mark_csv import OWN_HEADINGS
from hub.formats.table import open_tables
from tests.mapping.test_hostile_writing import PIECES, TEXTS

LIMITS = Limits(file_size=100_000_000, rows=1_000_000, unpacked_ratio=100)
AT = datetime(2026, 11, 22, 10, 30, tzinfo=UTC)
SAID = st.lists(st.sampled_from(PIECES), max_size=6).map("".join)
CSV = {
    "quoted": Layout.model_validate({"format": "csv", "delimiter": "semicolon"}),
    "backslashes": Layout.model_validate({"format": "csv", "quote": '\\"'}),
    "no quotes": Layout.model_validate({"format": "csv", "quote": "none", "delimiter": "tab"}),
    "cp1252": Layout.model_validate({"format": "csv", "encoding": "cp1252"}),
}
EXCEL = Layout.model_validate({"format": "excel"})


def told(said: list[str], sheet: str | None) -> Answered:
    problems = [
        Problem(Code.CHARACTERS, text, text, sheet=sheet, row=row, cell=f"B{row}", column="b", record=text, value=text)
        for row, text in enumerate(said, start=2)
    ]
    rows = {(sheet, row): 400 for row in range(2, len(said) + 2)}
    return Answered(f"{said[0]}.csv", "ahti", AT, 207, Counts(read=len(said), refused=len(said)), problems, rows)


def rows_of(layout: Layout, data: bytes) -> tuple[list[str], list[list[Cell]]]:
    (table,) = open_tables(layout, data, LIMITS)
    return table.headings, [
        [column[at] or "" for column in frame.columns] for frame in table.blocks() for at in range(len(frame))
    ]


ROWS = st.lists(st.tuples(TEXTS, TEXTS, SAID), min_size=1, max_size=3)


@pytest.mark.parametrize("form", CSV)
@settings(max_examples=60, deadline=None)
@given(rows=ROWS)
@example(rows=[("a", "b", "\ud800\0\x01\r\n\t;,\"'\\")])
@example(rows=[("a", "b", "=1+1")])
@example(rows=[("=", "&amp;", "\r&amp;")])
def test_a_marked_csv_reads_back_with_the_hubs_own_columns_and_its_refused_rows_as_they_stood(
    form: str, rows: list[tuple[str, str, str]]
) -> None:
    layout, cells = CSV[form], [["n", *pair[:2]] for pair in rows]
    try:
        sent = write_csv(layout, ["n", "a", "b"], cells)
    except FileRefused:
        return  # no program could have written it
    answered = told([said for *_, said in rows], None)
    headings, found = rows_of(layout, marked(layout, sent, answered, LIMITS))
    assert headings == ["n", "a", "b", *OWN_HEADINGS]
    assert [row[:4] for row in found] == [[*row, "400"] for row in cells]
    assert refused(layout, sent, {(None, row) for row in range(2, len(rows) + 2)}, LIMITS) == sent
    again = marked(layout, marked(layout, sent, answered, LIMITS), answered, LIMITS)
    assert rows_of(layout, again) == (headings, found)


@settings(max_examples=60, deadline=None)
@given(rows=ROWS)
@example(rows=[("a", "b", "\ud800\0\x01\uffff\ufffe")])
@example(rows=[("_x0001_", "_x000D_", "_x0041_")])
@example(rows=[("=1+1", "@x", "=1+1")])
def test_a_marked_workbook_is_sound_xml_and_its_refused_rows_are_what_they_were(rows: list[tuple[str, str, str]]) -> None:
    cells = [["n", *pair[:2]] for pair in rows]
    try:
        sent = write_excel(EXCEL, ["n", "a", "b"], cells)
    except FileRefused:
        return
    answered = told([said for *_, said in rows], "Sheet1")
    given_back = marked(EXCEL, sent, answered, LIMITS)
    require_sound(given_back)
    assert openpyxl.load_workbook(BytesIO(given_back)).sheetnames == [ANSWER_SHEET, "Sheet1"]
    assert rows_of(EXCEL, given_back) == rows_of(EXCEL, sent)
    only = refused(EXCEL, sent, {("Sheet1", row) for row in range(2, len(rows) + 2)}, LIMITS)
    require_sound(only)
    assert rows_of(EXCEL, only) == rows_of(EXCEL, sent)


def test_what_is_said_at_great_length_is_cut_where_excel_ends() -> None:
    sent = write_excel(EXCEL, ["n", "a", "b"], [["n", "a", "b"]])
    require_sound(marked(EXCEL, sent, told(["😀" * 40_000], "Sheet1"), LIMITS))


def require_sound(workbook: bytes) -> None:
    """Every part is well-formed, no cell is a formula, and no text is longer than Excel holds."""
    with zipfile.ZipFile(BytesIO(workbook)) as archive:
        for name in archive.namelist():
            if name.endswith((".xml", ".rels", ".vml")):
                etree.fromstring(archive.read(name))
    for sheet in openpyxl.load_workbook(BytesIO(workbook)).worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                assert cell.data_type != "f"
                texts = [str(cell.value or ""), cell.comment.text if cell.comment else ""]
                assert max(len(each.encode("utf-16-le", "surrogatepass")) for each in texts) <= 2 * 32_767, cell.coordinate
