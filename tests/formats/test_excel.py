"""Excel cells keep their types, hostile workbooks are refused before a reader sees them."""

from __future__ import annotations

import random
import re
import zipfile
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import partial
from io import BytesIO
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.domain.problems import Code, FileRefused, Problem
from hub.formats.excel_out import Writable, write_excel
from hub.formats.frame import Cell, Typed, number_text
from hub.formats.grid import Limits
from hub.formats.layout import Layout
from hub.formats.table import Table, open_tables

LIMITS = Limits(file_size=100_000_000, rows=1_000_000, unpacked_ratio=100)


def opened(data: bytes, **keys: Any) -> list[Table]:
    return open_tables(Layout.model_validate({"format": "excel", **keys}), data, LIMITS)


def rows_of(table: Table) -> list[tuple[int, list[Cell]]]:
    return [(row, [column[at] for column in frame.columns]) for frame in table.blocks() for at, row in enumerate(frame.rows)]


def every_row(data: bytes, **keys: Any) -> list[tuple[int, list[Cell]]]:
    return [row for table in opened(data, **keys) for row in rows_of(table)]


def refusal(data: bytes, **keys: Any) -> Problem:
    with pytest.raises(FileRefused) as refused:
        every_row(data, **keys)
    return refused.value.problems[0]


def workbook(fill: Callable[[openpyxl.Workbook], None]) -> bytes:
    book = openpyxl.Workbook()
    fill(book)
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def sheets(**by_name: list[list[Any]]) -> Callable[[openpyxl.Workbook], None]:
    def fill(book: openpyxl.Workbook) -> None:
        del book["Sheet"]
        for name, rows in by_name.items():
            sheet = book.create_sheet(name)
            for row in rows:
                sheet.append(row)

    return fill


def with_part(data: bytes, path: str, change: Callable[[bytes], bytes]) -> bytes:
    """The same archive with one part changed."""
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, change(old.read(name)) if name == path else old.read(name))
    return out.getvalue()


def with_cells(inner: bytes) -> bytes:
    """A workbook whose only sheet holds exactly this XML."""
    return with_part(
        workbook(sheets(Data=[["a"]])),
        "xl/worksheets/sheet1.xml",
        lambda xml: re.sub(rb"<sheetData>.*</sheetData>", b"<sheetData>" + inner + b"</sheetData>", xml, flags=re.DOTALL),
    )


def test_typed_cells_come_in_the_notation_of_the_hub() -> None:
    row: list[Any] = ["00123", 12.0, 12.5, date(2026, 11, 22), datetime(2026, 11, 22, 10, 30), True, None, "1E5"]  # noqa: DTZ001
    (table,) = opened(workbook(sheets(Data=[[*"abcdefgh"], row])))
    ((number, cells),) = rows_of(table)
    assert number == 2
    assert cells == ["00123", "12", "12.5", "2026-11-22", "2026-11-22T10:30:00", "true", None, "1E5"]
    assert [isinstance(each, Typed) for each in cells] == [False, True, True, True, True, True, False, False]


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (12.0, "12"),
        (-0.0, "0"),
        (0.1 + 0.2, "0.3"),
        (19.99, "19.99"),
        (6410000000000.0, "6410000000000"),
        (1e21, "1" + "0" * 21),
        (1e-7, "0.0000001"),
    ],
)
def test_numbers_are_plain_digits(number: float, text: str) -> None:
    assert number_text(number) == text


def test_rows_and_columns_keep_their_place_when_the_table_begins_further_in() -> None:
    def fill(book: openpyxl.Workbook) -> None:
        sheet = book.active
        assert sheet is not None
        sheet["C4"], sheet["D4"], sheet["C6"], sheet["D6"] = "Koodi", "Saldo", "A1", 5

    (table,) = opened(workbook(fill), header=["Koodi", "Saldo"])
    assert (table.headings, table.header_row) == (["", "", "Koodi", "Saldo"], 4)
    assert rows_of(table) == [(6, [None, None, "A1", "5"])]


def test_a_letterhead_is_known_by_label() -> None:
    rows: list[list[Any]] = [["Hinnasto"], ["Toimittaja:", None, "Ahti"], ["Päivä", date(2026, 11, 22)], [], ["Koodi"], ["A1"]]
    (table,) = opened(workbook(sheets(Data=rows)), header="5")
    assert (table.top["Toimittaja"], table.top["Päivä"], table.top["C2"]) == ("Ahti", "2026-11-22", "Ahti")


THREE = sheets(Ohje=[["Lue tämä"]], Turku=[["Koodi", "Saldo"], ["A1", 1]], Oulu=[["Koodi", "Saldo"], ["A2", 2]])


@pytest.mark.parametrize(
    ("sheet", "header", "found"),
    [
        (None, "1", ["Ohje"]),
        ("Oulu", "1", ["Oulu"]),
        ("oulu", "1", ["Oulu"]),
        ("2", "1", ["Turku"]),
        ("*", ["Koodi", "Saldo"], ["Turku", "Oulu"]),
        ("T*", "1", ["Turku"]),
    ],
)
def test_sheets_are_chosen_by_name_number_or_pattern(sheet: str | None, header: object, found: list[str]) -> None:
    assert [table.sheet for table in opened(workbook(THREE), sheet=sheet, header=header)] == found


def test_a_hidden_sheet_is_passed_over() -> None:
    def fill(book: openpyxl.Workbook) -> None:
        THREE(book)
        book["Ohje"].sheet_state = "hidden"

    assert opened(workbook(fill))[0].sheet == "Turku"
    assert refusal(workbook(fill), sheet="Ohje").code is Code.HEADER


def test_a_missing_sheet_names_those_that_are_there() -> None:
    problem = refusal(workbook(THREE), sheet="Vaasa")
    assert problem.code is Code.HEADER
    assert "Ohje, Turku, Oulu" in problem.hint


def test_the_sheet_that_the_hub_adds_is_passed_over_when_it_comes_back() -> None:
    def fill(book: openpyxl.Workbook) -> None:
        THREE(book)
        book.create_sheet("Hub answer", 0)

    assert opened(workbook(fill), sheet="2")[0].sheet == "Turku"


def test_a_cell_that_shows_an_error_says_so_and_is_not_empty() -> None:
    data = with_cells(
        b'<row r="1"><c r="A1" t="str"><v>a</v></c></row><row r="2"><c r="A2" t="e"><f>1/0</f><v>#DIV/0!</v></c></row>'
    )
    (table,) = opened(data)
    ((_, (cell,)),) = rows_of(table)
    assert cell == "#DIV/0!"
    assert not isinstance(cell, Typed)


def test_an_empty_workbook_is_empty() -> None:
    assert refusal(workbook(lambda _: None)).code is Code.EMPTY


@pytest.mark.parametrize(
    ("data", "code", "word"),
    [
        (b"", Code.EMPTY, "empty"),
        (b"Koodi;Hinta\nA1;1,5\n", Code.UNREADABLE, "CSV"),
        (b"<html><table></table></html>", Code.UNREADABLE, "web page"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), Code.UNREADABLE, ".xls"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "EncryptedPackage".encode("utf-16-le"), Code.PASSWORD, "password"),
        (b"PK\x03\x04 cut off", Code.UNREADABLE, "damaged"),
        (b"\x00\x01\x02", Code.UNREADABLE, "no Excel"),
    ],
)
def test_what_is_no_workbook_is_refused_with_its_cure(data: bytes, code: Code, word: str) -> None:
    problem = refusal(data)
    assert problem.code is code
    assert word in problem.message
    assert problem.hint


def test_an_archive_of_something_else_is_no_workbook() -> None:
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("content.xml", "<x/>")
    assert refusal(out.getvalue()).code is Code.UNREADABLE


def test_a_workbook_cut_in_the_middle_is_unreadable() -> None:
    data = workbook(THREE)
    assert refusal(data[: len(data) // 2]).code is Code.UNREADABLE


def test_a_workbook_with_a_broken_sheet_is_unreadable() -> None:
    data = with_part(workbook(THREE), "xl/worksheets/sheet1.xml", lambda xml: xml[: len(xml) // 2])
    assert refusal(data).code is Code.UNREADABLE


@pytest.mark.parametrize(
    "inner",
    [
        b'<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>',
        b'<row r="1"><c r="A1"><v>1</v></c><c r="XFD1048576"><v>1</v></c></row>',
        b"<row r='1'><c s='1' r='A1'><v>1</v></c></row><row r='1048576'><c s='1' r='ZZ1048576'><v>1</v></c></row>",
        b'<row r="1"><c><v>1</v></c></row><row r="1048576">' + b"<c><v>1</v></c>" * 16_000 + b"</row>",
    ],
)
def test_a_sheet_that_spans_more_than_memory_is_refused_unread(inner: bytes) -> None:
    assert refusal(with_cells(inner)).code is Code.TOO_LARGE


def test_a_workbook_that_bursts_when_unpacked_is_refused() -> None:
    problem = refusal(with_cells(b'<row r="1"><c r="A1" t="str"><v>' + b"a" * 50_000_000 + b"</v></c></row>"))
    assert problem.code is Code.TOO_LARGE


TEXTS = write_excel(Layout(), ["a", "b"], [["c", "d"]])


@pytest.mark.parametrize("part", ["xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/workbook.xml", "xl/styles.xml"])
@pytest.mark.parametrize("before", [0, 2_000, 400_000, 2_000_000], ids=["early", "late", "very late", "beyond all reason"])
def test_a_doctype_in_any_part_of_a_workbook_is_refused_wherever_it_stands(part: str, before: int) -> None:
    comment = b"<!--" + random.Random(1).randbytes(before // 2).hex().encode() + b"-->"

    def begun(xml: bytes, doctype: bytes) -> bytes:
        return comment + doctype + re.sub(rb"^<\?xml.*?\?>", b"", xml)

    for doctype in (b'<!DOCTYPE x [<!ENTITY a "b">]>', b'<!DOCTYPE x SYSTEM "x.dtd">'):
        data = with_part(TEXTS, part, partial(begun, doctype=doctype))
        assert refusal(data).message.startswith("the workbook's XML is not of the kind")
    if before < 1_000_000:
        every_row(with_part(TEXTS, part, partial(begun, doctype=b"")))


def test_the_word_in_a_cell_is_no_doctype() -> None:
    (table,) = opened(workbook(sheets(S=[["<!DOCTYPE x [", "b"], ["1", "2"]])))
    assert table.headings == ["<!DOCTYPE x [", "b"]


# ------------------------------------------------------------------ writing

CARRIED = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), max_size=10)
HOSTILE = st.one_of(
    CARRIED,
    st.sampled_from(
        [
            "=1+1",
            "+1",
            "@x",
            "00123",
            "1E5",
            "NA",
            " x ",
            "a\nb",
            "a\r\nb",
            "\t",
            "_x0041_",
            "http://x",
            "#N/A",
            "'x",
            '<&>"',
            "€ä😀",
        ]
    ),
)


@settings(max_examples=60, deadline=None)
@given(rows=st.lists(st.lists(HOSTILE, min_size=2, max_size=2), max_size=5))
def test_text_that_is_written_reads_back_as_text(rows: list[list[str]]) -> None:
    rows = [[f"{number}", *row] for number, row in enumerate(rows)]
    (table,) = opened(write_excel(Layout(), ["n", "a", "b"], rows))
    assert table.headings == ["n", "a", "b"]
    assert [[each or "" for each in cells] for _, cells in rows_of(table)] == rows
    assert not any(isinstance(each, Typed) for _, cells in rows_of(table) for each in cells)


NUMBERS = st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=Decimal(-(10**12)), max_value=Decimal(10**12))


@settings(max_examples=60, deadline=None)
@given(
    numbers=st.lists(NUMBERS, max_size=5),
    days=st.lists(st.dates(), max_size=3),
    times=st.lists(st.datetimes(), max_size=3),
    answer=st.booleans(),
)
def test_typed_values_that_are_written_read_back_exactly(
    numbers: list[Decimal], days: list[date], times: list[datetime], answer: bool
) -> None:
    times = [each.replace(microsecond=0) for each in times]
    values: list[Writable] = [*numbers, *days, *times, answer]
    (table,) = opened(write_excel(Layout(), ["a"], [[each] for each in values]))
    back = [cells[0] or "" for _, cells in rows_of(table)]
    assert [Decimal(each) for each in back[: len(numbers)]] == numbers
    told = [datetime.fromisoformat(each) for each in back[len(numbers) : -1]]
    assert told == [*(datetime.combine(day, datetime.min.time()) for day in days), *times]
    assert back[-1] == ("true" if answer else "false")


@pytest.mark.parametrize("bad", ["a\x01b", "\x0b", "\ud83d", "\uffff", "_x005F_x0041_"])
def test_what_excel_cannot_hold_is_refused_with_its_place(bad: str) -> None:
    with pytest.raises(FileRefused) as refused:
        write_excel(Layout(), ["Koodi", "Nimi"], [["A1", "x"], ["A2", bad]])
    problem = refused.value.problems[0]
    assert (problem.code, problem.row, problem.column, problem.cell) == (Code.CHARACTERS, 3, "Nimi", "B3")


def test_a_text_longer_than_a_cell_is_refused_never_cut() -> None:
    write_excel(Layout(), ["a"], [["x" * 32_767]])
    with pytest.raises(FileRefused) as refused:
        write_excel(Layout(), ["a"], [["x" * 32_768]])
    assert refused.value.problems[0].code is Code.LENGTH


def test_text_is_never_a_formula_or_a_link_for_another_program() -> None:
    data = write_excel(Layout(), ["a"], [["=1+1"], ["https://x.test"], ["12"]])
    sheet = openpyxl.load_workbook(BytesIO(data)).worksheets[0]
    assert [sheet.cell(row, 1).data_type for row in (2, 3, 4)] == ["s", "s", "s"]
    assert sheet["A3"].hyperlink is None


def test_a_number_that_excel_would_round_stays_text() -> None:
    data = write_excel(Layout(), ["a"], [[Decimal("1234567890.1234567")], [64100000000000001]])
    (table,) = opened(data)
    assert [cells for _, cells in rows_of(table)] == [["1234567890.1234567"], ["64100000000000001"]]


def test_a_header_further_down_leaves_room_for_a_letterhead() -> None:
    layout = Layout.model_validate({"format": "excel", "sheet": "Tilaus", "header": "8"})
    data = write_excel(layout, ["Koodi"], [["A1"]], {"A1": "TILAUS", "B2": "S1", "B3": date(2026, 11, 22)})
    (table,) = opened(data, sheet="Tilaus", header="8")
    assert (table.top["B2"], table.top["B3"]) == ("S1", "2026-11-22")
    assert rows_of(table) == [(9, ["A1"])]


def test_the_same_rows_are_the_same_bytes() -> None:
    rows: list[list[Writable]] = [["A1", Decimal("1.5"), date(2026, 11, 22), datetime(2026, 11, 22, tzinfo=UTC)]]
    assert write_excel(Layout(), list("abcd"), rows) == write_excel(Layout(), list("abcd"), rows)


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=100), st.integers(0, 3000))
def test_any_damage_gives_rows_or_a_problem(noise: bytes, at: int) -> None:
    data = bytearray(workbook(THREE))
    data[at : at + len(noise)] = noise
    try:
        every_row(bytes(data), sheet="2")
    except FileRefused as refused:
        said = [problem.message for problem in refused.problems]
    else:
        said = ["it was read"]
    assert all(said)


@pytest.mark.parametrize("number", [float("inf"), float("-inf"), float("nan")])
def test_a_number_beyond_all_numbers_is_a_word_that_no_field_takes_for_one(number: float) -> None:
    assert not re.search("[0-9]", number_text(number))
