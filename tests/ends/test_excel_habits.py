"""Files as people's own Excel writes them: the line that tells the delimiter, and rates that are shown as percent."""

from __future__ import annotations

import io
from pathlib import Path

import openpyxl

from tests.ends.place import Place

MAPPING = """
reads: products
file: FORM
notation: {decimal: ","}
fields: {sku: Koodi, name: Nimi, vat_rate: ALV, stock: Saldo}
"""


def a_place(tmp_path: Path, form: str) -> Place:
    place = Place(tmp_path)
    place.supplier("ahti", 'receive: [{files: "*", mapping: goods}]\nanswers: [json, marked, refused]\n')
    place.mapping("goods", MAPPING.replace("FORM", form))
    return place


def test_what_comes_back_keeps_the_line_that_tells_excel_the_delimiter_and_can_be_dropped_again(tmp_path: Path) -> None:
    place = a_place(tmp_path, "{format: csv, delimiter: semicolon}")
    place.drop("ahti", "goods.csv", "sep=,\r\nKoodi,Nimi,ALV,Saldo\r\nA1,Kuppi; iso,24 %,5\r\nA2,Kannu,24,viisi\r\n")
    place.once()
    answer = place.answer("ahti", "goods.csv")
    assert (answer["answer"], answer["counts"]["accepted"]) == (207, 1)
    assert [(each["row"], each["cell"]) for each in answer["problems"]] == [(3, "D3")]
    (marked,) = place.outbox("ahti", "goods.marked.csv")
    assert marked.read_bytes().decode().startswith("sep=,\r\nKoodi,Nimi,ALV,Saldo,hub_answer,hub_problem\r\n")
    (refused,) = place.outbox("ahti", "goods.refused.csv")
    assert refused.read_bytes().decode() == "sep=,\r\nKoodi,Nimi,ALV,Saldo\r\nA2,Kannu,24,viisi\r\n"
    place.drop("ahti", "mended.csv", marked.read_bytes().decode().replace("viisi", "5"))
    place.once()
    assert place.answer("ahti", "mended.csv")["answer"] == 200
    assert [each["sku"] for each in place.export("products")] == ["A1", "A2"]


def test_a_rate_that_excel_shows_as_percent_is_that_percentage(tmp_path: Path) -> None:
    place = a_place(tmp_path, "{format: excel}")
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (["Koodi", "Nimi", "ALV", "Saldo"], ["A1", "Kuppi", 0.24, 5], ["A2", "Kannu", 0.255, 5], ["A3", "Lasi", 14, 5]):
        sheet.append(row)
    sheet["C2"].number_format, sheet["C3"].number_format = "0%", "0.0%"
    out = io.BytesIO()
    book.save(out)
    place.drop("ahti", "goods.xlsx", out.getvalue())
    place.once()
    assert [each["vat_rate"] for each in place.export("products")] == ["24", "25.5", "14"]


def test_two_tables_beside_each_other_are_told_once_as_headings_that_stand_twice(tmp_path: Path) -> None:
    place = a_place(tmp_path, "{format: csv}")
    place.drop("ahti", "goods.csv", "Koodi;Nimi;Saldo;;Koodi;Nimi;Saldo\nA1;Kuppi;5;;A2;Kannu;5\n")
    place.once()
    answer = place.answer("ahti", "goods.csv")
    assert answer["problem_counts"] == {"400.column": 3}
    assert all("stands twice" in each["message"] for each in answer["problems"])
