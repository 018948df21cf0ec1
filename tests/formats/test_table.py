"""The header is found where the mapping says, ragged rows are marked, and columns never shift."""

from __future__ import annotations

from typing import Any

import pytest

from hub.domain.problems import Code, FileRefused, Problem
from hub.formats.frame import Frame, cell_name, cell_place, find_heading
from hub.formats.grid import Limits
from hub.formats.layout import Layout
from hub.formats.table import Table, open_tables

LIMITS = Limits(file_size=1_000_000, rows=100, unpacked_ratio=100)


def opened(text: str, **keys: Any) -> Table:
    (table,) = open_tables(Layout.model_validate(keys), text.encode(), LIMITS)
    return table


def whole(text: str, **keys: Any) -> Frame:
    (frame,) = opened(text, **keys).blocks()
    return frame


def refusal(text: str, **keys: Any) -> Problem:
    with pytest.raises(FileRefused) as refused:
        opened(text, **keys)
    return refused.value.problems[0]


LETTER = "Hinnasto;kevät\nToimittaja:;Ahti Oy;\nPäivä: 22.11.2026;\n;;\nKoodi;Nimi;Hinta\nA1;Tuoli;1,5\n"


def test_a_header_is_found_by_its_row() -> None:
    table = opened(LETTER, header="5", delimiter="semicolon")
    assert (table.headings, table.header_row) == (["Koodi", "Nimi", "Hinta"], 5)
    assert next(iter(table.blocks())).rows == [6]


def test_a_header_is_found_by_its_headings_whatever_their_case_and_spaces() -> None:
    assert opened(LETTER, header=["KOODI", "hin-ta"], delimiter="semicolon").header_row == 5


def test_what_stands_above_the_header_is_known_by_label_and_by_place() -> None:
    top = whole(LETTER, header="5", delimiter="semicolon").top
    assert (top["Toimittaja"], top["Päivä"], top["Hinnasto"]) == ("Ahti Oy", "22.11.2026", "kevät")
    assert (top["A1"], top["B2"]) == ("Hinnasto", "Ahti Oy")


def test_a_header_that_is_not_there_names_the_row_that_comes_nearest() -> None:
    problem = refusal("Koodi;Nimi\n1;2\n", header=["Koodi", "Hinta"])
    assert (problem.code, problem.row) == (Code.HEADER, 1)
    assert "lacks Hinta" in problem.hint


def test_an_empty_header_row_names_the_first_row_with_text() -> None:
    problem = refusal("\n,,\na,b\n1,2\n")
    assert (problem.code, problem.row) == (Code.HEADER, 1)
    assert "row 3" in problem.hint


def test_without_header_columns_have_the_names_given_or_numbers() -> None:
    assert whole("1,2\n3,4\n", header="none", columns=["a", "b"]).headings == ["a", "b"]
    frame = whole("1,2\n3,4\n", header="none")
    assert (frame.headings, frame.rows) == (["1", "2"], [1, 2])


def test_a_short_row_is_marked_and_its_cells_stay_in_place() -> None:
    frame = whole("a,b,c\n1,2\n3,4,5\n")
    assert frame.columns == [["1", "3"], ["2", "4"], [None, "5"]]
    assert {at: fault.code for at, fault in frame.ragged.items()} == {0: Code.SHORT_ROW}


def test_a_long_row_is_marked_and_cut() -> None:
    frame = whole("a,b\n1,2\n3,4,5\n")
    assert frame.columns == [["1", "3"], ["2", "4"]]
    assert frame.ragged[1].code is Code.LONG_ROW
    assert frame.ragged[1].seen == "5"


def test_empty_cells_beyond_the_header_make_no_long_row() -> None:
    assert whole("a,b\n1,2,,\n3,4, ,\n").ragged == {}


def test_a_row_may_end_where_the_named_columns_end() -> None:
    assert whole("a,b,,\n1,2\n").ragged == {}


def test_marks_go_by_the_place_in_the_block_after_empty_rows_are_gone() -> None:
    frame = whole("a,b\n\n1,2\n,\n3\n")
    assert (frame.rows, list(frame.ragged)) == ([3, 5], [1])


def test_blocks_are_bounded_and_start_anew_on_each_call() -> None:
    table = opened("a\n" + "".join(f"{number}\n" for number in range(10)))
    assert [len(each) for each in table.blocks(4)] == [4, 4, 2]
    assert [each.rows[0] for each in table.blocks(4)] == [2, 6, 10]


def test_too_many_rows_refuse_the_file() -> None:
    with pytest.raises(FileRefused) as refused:
        list(opened("a\n" + "x\n" * 101).blocks(10))
    assert refused.value.problems[0].code is Code.TOO_LARGE


@pytest.mark.parametrize(
    ("index", "row", "name"), [(0, 1, "A1"), (3, 7, "D7"), (25, 2, "Z2"), (26, 3, "AA3"), (16_383, 9, "XFD9")]
)
def test_a_cell_has_the_name_that_spreadsheets_give_it(index: int, row: int, name: str) -> None:
    assert cell_name(index, row) == name
    assert cell_place(name) == (index, row)


def test_an_exact_heading_goes_before_one_that_is_only_like_it() -> None:
    assert find_heading(["sku", "SKU"], "SKU") == [1]
    assert find_heading(["Lineitem compare-at price"], "Lineitem Compare at price") == [0]
    assert find_heading(["a", "b"], "c") == []
    assert find_heading(["Hinta", "Hinta"], "hinta") == [0, 1]
