"""`try` shows a value's way from cell to store."""

from __future__ import annotations

import time

import pytest

from hub.domain.problems import NotFound
from hub.mapping.explain import Explained, explain
from tests.mapping.conftest import Bench, a_context

MAPPING = """reads: products
file: {delimiter: semicolon, skip: {Koodi: Yhteensä}}
notation: {decimal: ","}
fields:
  sku: [Tuote, Koodi]
  name: {from: Nimi, do: [{strip: "*"}, upper]}
  price: Hinta
  unit: {from: Yks, map: {kpl: PCE}}
  category: {join: [Ryhmä, Nimi], with: " > "}
  vat_rate: {value: "25.5"}
  brand: =name ~ "!"
"""
DATA = "Koodi;Nimi;Hinta;Yks;Ryhmä\nA1;*kirves*;12,50;kpl;Työkalut\nA2;saha;12.50.1;laatikko;\nYhteensä;;;;\n".encode()


def _explained(bench: Bench, mapping: str, data: bytes, row: int | None = None, field: str | None = None) -> dict[str, Explained]:
    bench.put("m", mapping)
    return {each.field: each for each in explain(bench.library().get("m"), data, a_context(), row, field)}


def test_each_field_is_shown_step_by_step(bench: Bench) -> None:
    shown = _explained(bench, MAPPING, DATA)
    assert (shown["sku"].source, shown["sku"].cell, shown["sku"].value) == ("Koodi", "A2", "A1")
    assert shown["name"].text == "*kirves*"
    assert [after for _, after in shown["name"].steps] == ["kirves", "KIRVES"]
    assert (shown["price"].text, shown["price"].value) == ("12,50", "12.5")
    assert shown["unit"].steps == (("map", "PCE"),)
    assert shown["category"].value == "Työkalut > *kirves*"
    assert (shown["vat_rate"].source, shown["vat_rate"].value) == ("{value: 25.5}", "25.5")
    assert (shown["brand"].source, shown["brand"].value) == ('=name ~ "!"', "KIRVES!")


def test_the_unit_that_a_number_came_in_is_a_step(bench: Bench) -> None:
    fields = "  sku: S\n  name: S\n  weight: {from: W, unit: g}\n  length: {from: L, unit: {from: U}}\n"
    mapping = f"reads: products\nfields:\n{fields}"
    shown = _explained(bench, mapping, b"S,W,L,U\nA,900,12,cm\n")
    assert shown["weight"].steps == (("unit g", "0.9"),)
    assert shown["length"].steps == (("unit cm", "0.12"),)


def test_a_refused_value_is_shown_with_its_reason(bench: Bench) -> None:
    shown = _explained(bench, MAPPING, DATA, row=3)
    assert shown["price"].value is None
    assert "400.number" in (shown["price"].problem or "")
    assert "400.list" in (shown["unit"].problem or "")


def test_one_field_can_be_asked_for_and_an_unknown_one_is_told(bench: Bench) -> None:
    assert list(_explained(bench, MAPPING, DATA, 2, "price")) == ["price"]
    with pytest.raises(NotFound, match="prise"):
        _explained(bench, MAPPING, DATA, 2, "prise")


@pytest.mark.parametrize("row", [1, 4, 99])
def test_a_row_that_is_no_record_is_told(bench: Bench, row: int) -> None:
    with pytest.raises(NotFound, match=f"row {row}"):
        _explained(bench, MAPPING, DATA, row)


def test_a_line_of_a_grouped_record_is_shown_with_its_record(bench: Bench) -> None:
    mapping = "reads: cancellations\nfile: {group: N}\nfields:\n  number: N\n  reason: R\n  lines.sku: S\n  lines.quantity: Q\n"
    shown = _explained(bench, mapping, b"N,R,S,Q\n1,late,A,1\n1,,B,2\n2,,C,3\n", row=3)
    assert (shown["reason"].value, shown["reason"].row) == ("late", 2)
    assert (shown["lines.sku"].value, shown["lines.sku"].cell) == ("B", "C3")


def test_a_row_near_the_top_of_a_long_file_is_there_at_once(bench: Bench) -> None:
    data = DATA + b"".join(b"B%d;saha;1;kpl;x\n" % n for n in range(300_000))
    began = time.process_time()
    assert _explained(bench, MAPPING, data, row=2)["sku"].value == "A1"
    assert time.process_time() - began < 2


def test_a_row_of_a_csv_of_ten_megabytes_is_explained_in_under_a_second(bench: Bench) -> None:
    bench.put("m", "reads: products\nfields: {sku: SKU, name: Name, price: Price, stock: Qty}\n")
    lines = 10_000_000 // 60
    data = (
        "SKU,Name,Price,Qty\n" + "".join(f"A-{at:07},{'Long name of a product ' * 2},12.50,{at % 9}\n" for at in range(lines))
    ).encode()
    mapping = bench.library().get("m")
    assert len(data) > 10_000_000
    for row in (None, 2, lines // 2, lines + 1):
        begun = time.process_time()  # what the work takes, whatever else the machine does
        explain(mapping, data, a_context(), row)
        assert time.process_time() - begun < 1
