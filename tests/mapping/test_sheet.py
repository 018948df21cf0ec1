"""A mapping is a table: as a workbook it says the same, and a spreadsheet program may change it."""

from __future__ import annotations

import io
from pathlib import Path

import openpyxl
import pytest

from hub.mapping.library import Library
from hub.mapping.sheet import from_workbook, to_workbook

LIBRARY = Library(Path(__file__).parents[2])


@pytest.mark.parametrize("name", LIBRARY.names())
def test_every_mapping_is_the_same_after_a_way_through_a_workbook(name: str) -> None:
    written = LIBRARY.as_written(name)
    assert from_workbook(to_workbook(written)) == written


def test_what_a_spreadsheet_program_changes_and_saves_is_the_new_mapping() -> None:
    book = openpyxl.load_workbook(io.BytesIO(to_workbook(LIBRARY.as_written("base/hublogix-inventory"))))
    fields, settings = book.worksheets
    row = next(cells for cells in fields.iter_rows(min_row=2) if cells[0].value == "stock")
    source = [cell.value for cell in fields[1]].index("from")
    row[source].value = "[Qty, Quantity Available]"
    fields.append(["x.bin", "Bin"])
    settings.append(["notation.decimal", '","'])
    saved = io.BytesIO()
    book.save(saved)
    changed = from_workbook(saved.getvalue())
    assert isinstance(changed["fields"], dict)
    stock = changed["fields"]["stock"]
    assert isinstance(stock, dict)
    assert stock["from"] == ["Qty", "Quantity Available"]
    assert changed["fields"]["x.bin"] == "Bin"
    assert changed["notation"] == {"thousands": ",", "decimal": ","}
