"""A large sheet is read column by column; whatever stands in it, what comes out is what a small one would give."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from io import BytesIO
from typing import Any

import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.formats import excel_wide, unpack
from hub.formats.frame import NumberColumn, number_text
from hub.mapping import read as reading
from hub.mapping.compile import Mapping
from hub.mapping.wide import WideColumn
from tests.mapping.conftest import Bench
from tests.mapping.test_wide import CELLS, CONTEXT, HEADINGS, PRODUCTS, STOCK, outcome

MAPPINGS = {
    "products": PRODUCTS.replace("format: csv, delimiter: semicolon", "format: excel"),
    "typed": PRODUCTS.replace("format: csv, delimiter: semicolon", "format: excel").replace(
        'empty: ["-", "n/a"]', 'empty: ["-", "0"]'
    ),
    "rates": "reads: products\nfile: {format: excel}\nfields: {sku: Koodi, vat_rate: Hinta}\n",
    "stock": STOCK.replace("format: csv, delimiter: semicolon", "format: excel"),
}
NUMBERS = [0, -0.0, 1, 5, 12.5, 0.1, 0.1 + 0.2, -3, 1e15, 123456789012, 0.1234567, 0.123456, 1e-7, 6400000000000, 4006381333931]
NUMBERS += [2.675, 1e300, 250, 99999999999.123456, 999999999.999999, 1000000000.000001, 1 / 3]
OTHERS: list[Any] = [True, False, datetime(2026, 11, 22), datetime(2026, 11, 22, 10, 30), "=1/0", None]  # noqa: DTZ001 - as a sheet has them

texts = st.sampled_from([each for each in CELLS.split("|") if all(one >= " " or one in "\t\n" for one in each)])
numbers = st.sampled_from(NUMBERS)
column_of = {
    "texts": texts,
    "numbers": numbers,
    "numbers and blanks": st.one_of(numbers, st.none()),
    "texts and blanks": st.one_of(texts, st.none()),
    "all": st.one_of(texts, numbers, st.sampled_from(OTHERS)),
}


@st.composite
def sheets(draw: st.DrawFn) -> list[list[Any]]:
    """Rows of a sheet whose columns hold one kind of cell, or any."""
    count = draw(st.integers(1, 12))
    kinds = [draw(st.sampled_from(sorted(column_of))) for _ in range(len(HEADINGS) + draw(st.integers(-2, 2)))]
    columns = [draw(st.lists(column_of[kind], min_size=count, max_size=count)) for kind in kinds]
    rows = [list(row) for row in zip(*columns, strict=True)]
    for at in draw(st.lists(st.integers(0, count - 1), max_size=2)):
        rows[at] = [None] * len(kinds)
    return rows


def workbook(rows: list[list[Any]], *, above: int = 0, left: int = 0) -> bytes:
    """A workbook with one sheet: headings, and rows below."""
    out = BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "default_date_format": "yyyy-mm-dd"}) as book:
        sheet = book.add_worksheet("Goods")
        for number, row in enumerate([HEADINGS, *rows], start=above):
            for at, cell in enumerate(row, start=left):
                if cell == "=1/0":
                    sheet.write_formula(number, at, cell, None, "#DIV/0!")
                elif isinstance(cell, str):
                    sheet.write_string(number, at, cell)
                elif cell is not None:
                    sheet.write(number, at, cell)
    return out.getvalue()


@pytest.fixture(scope="module")
def mappings(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Mapping]:
    return Bench(tmp_path_factory.mktemp("sheets")).mappings(MAPPINGS)


@contextmanager
def wide(*, first: int = 2, together: int = 3) -> Iterator[None]:
    """Every sheet is a large one, cut into small pieces."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reading, "WIDE_FROM", 0)
        patch.setattr(excel_wide, "FIRST", first)
        patch.setattr(excel_wide, "TOGETHER", together)
        patch.setattr(unpack, "_MANY", 0)
        patch.setattr(unpack, "_LARGE", 0)
        yield


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(which=st.sampled_from(sorted(MAPPINGS)), rows=sheets(), left=st.integers(0, 1))
def test_a_large_sheet_says_what_a_small_one_says(
    mappings: dict[str, Mapping], which: str, rows: list[list[Any]], left: int
) -> None:
    data = workbook(rows, left=left)
    small = outcome(mappings[which], data)
    for first in (1, 2):
        with wide(first=first):
            assert outcome(mappings[which], data) == small


def test_numbers_of_a_large_sheet_never_become_texts(mappings: dict[str, Mapping], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(NumberColumn, "array", property(lambda _: pytest.fail("a text was asked for")))
    good = ["A1", None, "teräs", "pitkä", 12.5, "EUR", "A", 250, 10, "kyllä", None, None, 5, "main"]
    data = workbook([["A0", *good[1:]], *([f"A{number}", *good[1:]] for number in range(1, 20))])
    with wide():
        found = reading.read_file(mappings["products"], data, CONTEXT)
    column = found.batches[-1].fields["weight"]
    assert isinstance(column, WideColumn)
    assert str(column[0]) == "0.25"


@given(value=st.floats())
def test_a_number_has_one_text_whether_it_stands_alone_or_in_a_column(value: float) -> None:
    import numpy as np

    assert NumberColumn(np.array([value, 1.0]), np.array([False, True])).texts == [number_text(value), None]
