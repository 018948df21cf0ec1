"""What a CSV file says is what comes out, and what is damaged is refused with its row."""

from __future__ import annotations

import io
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from hub.domain.problems import Code, FileRefused, Problem
from hub.formats import csv as of_csv
from hub.formats.carried import NOT_CARRIED
from hub.formats.csv import write_csv
from hub.formats.frame import Cell
from hub.formats.grid import Limits
from hub.formats.layout import Layout
from hub.formats.table import Table, open_tables

LIMITS = Limits(file_size=512_000_000, rows=5_000_000, unpacked_ratio=100)


def opened(data: bytes | str, **keys: Any) -> Table:
    raw = data.encode() if isinstance(data, str) else data
    (table,) = open_tables(Layout.model_validate(keys), raw, LIMITS)
    return table


def rows_of(table: Table, size: int = 50_000) -> list[tuple[int, list[Cell]]]:
    return [(row, [column[at] for column in frame.columns]) for frame in table.blocks(size) for at, row in enumerate(frame.rows)]


def refusal(data: bytes | str, **keys: Any) -> Problem:
    with pytest.raises(FileRefused) as refused:
        rows_of(opened(data, **keys))
    return refused.value.problems[0]


def test_text_stays_as_it_stands() -> None:
    table = opened("a,b,c,d\n00123,1E5,NA, x \nnull,1.0,,-\n")
    assert rows_of(table) == [(2, ["00123", "1E5", "NA", " x "]), (3, ["null", "1.0", "", "-"])]


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_the_encoding_is_found(codec: str) -> None:
    table = opened("nimi;hinta\nÄyräs €;1,50\nTörmä;2,00\n".encode(codec))
    assert table.headings == ["nimi", "hinta"]
    assert rows_of(table)[0] == (2, ["Äyräs €", "1,50"])


def test_cyrillic_in_utf8_needs_no_setting() -> None:
    assert rows_of(opened("имя,город\nИван,Рига\n"))[0] == (2, ["Иван", "Рига"])


def test_a_declared_encoding_is_taken_at_its_word() -> None:
    assert rows_of(opened("a\nšõž\n".encode("cp1257"), encoding="cp1257"))[0] == (2, ["šõž"])


@pytest.mark.parametrize("mark", [";", "\t", "|", ","])
def test_the_delimiter_is_found_by_the_number_of_cells(mark: str) -> None:
    body = "Hinnasto 2026, kevät\nkoodi@nimi@hinta\nA1@Tuoli, musta@1,5\nA2@Pöytä@2,5\n".replace("@", mark)
    assert opened(body, header="2").headings == ["koodi", "nimi", "hinta"]


def test_empty_cells_at_the_end_of_rows_do_not_hide_the_delimiter() -> None:
    table = opened("koodi;nimi;hinta\nA1;Kuppi;1,5;;;;\nA2;Kannu;2,5;;\nA3;Lasi;3,5;\n")
    assert table.headings == ["koodi", "nimi", "hinta"]


def test_a_delimiter_in_quotes_does_not_count() -> None:
    assert opened('a;b\n"1,2,3";x\n"4,5,6";y\n').headings == ["a", "b"]


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
@pytest.mark.parametrize("declared", ["auto", "semicolon"])
@pytest.mark.parametrize("line", ["sep=,\r\n", '"sep=,"\n', "SEP=,\r"])
def test_the_line_that_tells_excel_the_delimiter_is_obeyed_and_is_no_row(line: str, declared: str, codec: str) -> None:
    table = opened(f"{line}nimi,hinta\nÄyräs; musta,1\n".encode(codec), delimiter=declared, header="1")
    assert table.headings == ["nimi", "hinta"]
    assert rows_of(table) == [(2, ["Äyräs; musta", "1"])]


@pytest.mark.parametrize("first", ["sep=;;\n", "sep=a\n", "sep=\n", "Sep=;x\n"])
def test_a_heading_that_only_looks_like_that_line_is_a_row(first: str) -> None:
    assert opened(f"{first}a;b\n1;2\n", delimiter="semicolon", header="2").headings == ["a", "b"]


def test_damage_below_that_line_is_told_by_the_rows_that_excel_shows() -> None:
    assert refusal(b"sep=;\na;b\n1;\xff\n", encoding="utf-8").row == 2
    assert refusal(b"a;b\nsep=;\n1;\xff\n", encoding="utf-8").row == 3, "elsewhere it is a row"
    assert refusal(b"sep=;\n").code is Code.EMPTY


def test_rows_are_counted_as_a_spreadsheet_counts_them() -> None:
    table = opened('a,b\n"1\n2",x\n\n,\n3,y\n')
    assert rows_of(table) == [(2, ["1\n2", "x"]), (5, ["3", "y"])]


def test_lines_may_end_in_cr_alone() -> None:
    assert rows_of(opened("a,b\r1,2\r3,4\r")) == [(2, ["1", "2"]), (3, ["3", "4"])]


def test_quote_none_takes_quotes_as_text() -> None:
    table = opened('sku\tname\n1\t5" pipe\n2\t"x\n', quote="none", delimiter="tab")
    assert rows_of(table) == [(2, ["1", '5" pipe']), (3, ["2", '"x'])]


def test_a_backslash_may_quote() -> None:
    assert rows_of(opened('a,b\n"5\\" pipe","x\\\\"\n', quote='\\"')) == [(2, ['5" pipe', "x\\"])]


def test_an_empty_file_is_refused() -> None:
    assert refusal(b"").code is Code.EMPTY


@pytest.mark.parametrize("blank", [b"\n\n", b"\xef\xbb\xbf", b" \r\n;;;\r\n", "\n".encode("utf-16")])
def test_a_file_of_blanks_is_empty(blank: bytes) -> None:
    assert refusal(blank).code is Code.EMPTY


def test_headings_alone_are_a_file_without_rows() -> None:
    assert rows_of(opened("a,b\n")) == []


def test_a_quote_that_never_closes_refuses_the_file() -> None:
    problem = refusal('a,b\n1,2\n3,"4\n5,6\n')
    assert (problem.code, problem.row) == (Code.UNREADABLE, 3)
    assert "never closes" in problem.message
    assert "quote: none" in problem.hint


def test_a_quote_that_closes_inside_another_cell_refuses_the_file() -> None:
    problem = refusal('a,b\n1,"2\n3,"4"\n')
    assert (problem.code, problem.row) == (Code.UNREADABLE, 2)


def test_a_cell_without_end_is_too_large() -> None:
    problem = refusal('a,b\n1,"' + "x\n" * 600_000)
    assert (problem.code, problem.row) == (Code.TOO_LARGE, 2)


def test_a_nul_refuses_the_file_with_its_row() -> None:
    problem = refusal(b"a,b\n1,2\n3,\0\n")
    assert (problem.code, problem.row) == (Code.UNREADABLE, 3)


def test_a_byte_of_no_encoding_is_named_with_its_row() -> None:
    problem = refusal(b"a,b\n1,\xe4\n3,\x81\n")
    assert (problem.code, problem.row) == (Code.ENCODING, 3)
    assert "0x81" in problem.message
    assert "file.encoding" in problem.hint


def test_a_damaged_byte_in_a_utf8_file_is_not_guessed_away() -> None:
    problem = refusal("a,b\nä,ö\nå,é\n".encode() + b"x,\xe4\n")
    assert (problem.code, problem.row) == (Code.ENCODING, 4)


def test_a_wrong_declared_encoding_names_the_byte() -> None:
    problem = refusal("a\nä\n".encode("cp1252"), encoding="utf-8")
    assert (problem.code, problem.row) == (Code.ENCODING, 2)


def test_damage_is_found_far_into_a_file() -> None:
    data = b"a,b\n" + "ää,öö\n".encode() * 400_000 + b"\xff,1\n"
    assert refusal(data).row == 400_002


@pytest.mark.parametrize("data", [b"PK\x03\x04rest", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1rest", b"%PDF-1.7", b"\x1f\x8b\x08rest"])
def test_what_is_no_text_is_said_to_be_none(data: bytes) -> None:
    assert refusal(data).code is Code.UNREADABLE


def test_a_file_above_the_limit_is_too_large() -> None:
    with pytest.raises(FileRefused) as refused:
        open_tables(Layout(), b"a,b\n1,2\n", Limits(5, 10, 10))
    assert refused.value.problems[0].code is Code.TOO_LARGE


# ------------------------------------------------------------------ writing

SAFE = st.characters(exclude_categories=["Cs"]).filter(lambda each: not NOT_CARRIED.search(each))
HOSTILE = st.one_of(
    st.text(SAFE, max_size=8),
    st.text(st.sampled_from(list(" ;,|\t\"'\\\r\n\ufeffa=")), max_size=6),
    st.sampled_from(["", " x ", '"', '""', "\r\n", "\ufeffx", "=1+1", "00123", "1E5", "NA", "a\\", '\\"']),
)


def tables(width: int) -> st.SearchStrategy[list[list[str]]]:
    return st.lists(st.lists(HOSTILE, min_size=width, max_size=width), max_size=5)


@settings(max_examples=150)
@given(
    rows=st.integers(1, 3).flatmap(tables),
    delimiter=st.sampled_from(["comma", "semicolon", "tab", "pipe"]),
    quote=st.sampled_from(['"', '\\"', "all"]),
    line_end=st.sampled_from(["lf", "crlf"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_what_is_written_reads_back(rows: list[list[str]], delimiter: str, quote: str, line_end: str, encoding: str) -> None:
    assume(all(any(each.strip() for each in row) for row in rows))  # empty rows are passed over by every reader
    keys = {"delimiter": delimiter, "quote": quote, "line_end": line_end, "encoding": encoding}
    headings = [f"h{at}" for at in range(len(rows[0]) if rows else 2)]
    data = write_csv(Layout.model_validate(keys), headings, rows)
    table = opened(data, **keys)
    assert table.headings == headings
    assert [cells for _, cells in rows_of(table, size=2)] == rows


@settings(max_examples=150)
@given(rows=st.integers(1, 3).flatmap(tables), delimiter=st.sampled_from(["comma", "tab"]))
def test_without_quotes_a_file_reads_back_or_is_not_written(rows: list[list[str]], delimiter: str) -> None:
    assume(all(any(each.strip("\ufeff \t\r\n") for each in row) for row in rows))
    keys = {
        "delimiter": delimiter,
        "quote": "none",
        "header": "none",
        "columns": [f"h{at}" for at in range(len(rows[0]) if rows else 2)],
    }
    layout = Layout.model_validate(keys)
    try:
        data = write_csv(layout, None, rows)
    except FileRefused as refused:
        codes = [problem.code for problem in refused.problems]
    else:
        codes = []
        assert [cells for _, cells in rows_of(opened(data or b"-", encoding="utf-8", **keys))][: len(rows)] == rows
    assert codes in ([], [Code.CHARACTERS])


cells = st.none() | st.text(st.sampled_from(' ,;\t"\\\r\n\ufeff\u00a0ab'), max_size=3)


@settings(max_examples=300)
@given(
    st.lists(st.lists(cells, min_size=1, max_size=4), min_size=1, max_size=4),
    st.sampled_from(["comma", "semicolon", "tab"]),
    st.sampled_from(['"', '\\"', "none", "all"]),
)
def test_rows_are_written_together_as_they_are_one_by_one(rows: list[list[str | None]], delimiter: str, quote: str) -> None:
    layout = Layout.model_validate({"format": "csv", "delimiter": delimiter, "quote": quote})
    together = _written_or_refused(layout, rows)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(of_csv, "_plain_writer", lambda *_: lambda _: None)
        assert _written_or_refused(layout, rows) == together


def _written_or_refused(layout: Layout, rows: list[list[str | None]]) -> bytes | tuple[Any, ...]:
    try:
        return write_csv(layout, None, rows)
    except FileRefused as refused:
        return tuple((each.code, each.row, each.cell, each.value) for each in refused.problems)


def test_a_single_empty_cell_is_no_blank_line() -> None:
    assert write_csv(Layout(), ["a"], [[""], [None], ["x"]]) == b'a\r\n""\r\n""\r\nx\r\n'


def test_none_and_empty_are_both_an_empty_cell() -> None:
    assert write_csv(Layout(), ["a", "b"], [["", None]]) == b"a,b\r\n,\r\n"


def test_a_character_that_the_encoding_lacks_is_refused_with_its_place() -> None:
    with pytest.raises(FileRefused) as refused:
        write_csv(Layout(encoding="cp1252"), ["nimi", "kaupunki"], [["a", "b"], ["Иван", "Рига"]])
    problem = refused.value.problems[0]
    assert (problem.code, problem.row, problem.column, problem.cell) == (Code.CHARACTERS, 3, "nimi", "A3")


def test_half_a_character_is_refused() -> None:
    with pytest.raises(FileRefused) as refused:
        write_csv(Layout(), ["a"], [["\ud83d"]])
    assert refused.value.problems[0].code is Code.CHARACTERS


def test_a_line_break_without_quotes_is_refused_with_its_place() -> None:
    layout = Layout.model_validate({"quote": "none", "delimiter": "tab"})
    with pytest.raises(FileRefused) as refused:
        write_csv(layout, ["a", "b"], [["1", "x\ny"]])
    problem = refused.value.problems[0]
    assert (problem.code, problem.row, problem.column) == (Code.CHARACTERS, 2, "b")


def test_formulas_are_escaped_only_when_asked_for() -> None:
    rows = [["=1+1", "+358", "-", "@x", "\tx", "x=1"]]
    assert b"'" not in write_csv(Layout(), None, rows)
    escaped = write_csv(Layout(escape_formulas=True), None, rows)
    assert escaped == b"'=1+1,'+358,'-,'@x,'\tx,x=1\r\n"


def test_a_header_further_down_leaves_lines_above() -> None:
    data = write_csv(Layout(header=3), ["a"], [["x"]])
    assert data == b"\r\n\r\na\r\nx\r\n"
    assert rows_of(opened(data, header="3")) == [(4, ["x"])]


@settings(max_examples=200)
@given(st.binary(max_size=200))
def test_any_bytes_give_rows_or_a_problem(data: bytes) -> None:
    try:
        rows_of(opened(data))
    except FileRefused as refused:
        said = [problem.message for problem in refused.problems]
    else:
        said = ["it was read"]
    assert all(said)


def test_line_ends_inside_cells_survive_each_kind() -> None:
    text = io.StringIO('a,b\r\n"1\r2\r\n3\n4",x\r\n', newline="").getvalue()
    assert rows_of(opened(text)) == [(2, ["1\r2\r\n3\n4", "x"])]
