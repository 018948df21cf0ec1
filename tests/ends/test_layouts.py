"""Documents, typed rows and fixed lines from file to file: every answer comes, and nothing that is owed stays behind."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.ends.place import Place

FIELDS = """
repeat: {lines: LINES}
fields:
  number: no
  date: {value: "2026-11-20"}
  ship_to.name: {value: Aino}
  ship_to.address1: {value: Kuja 1}
  ship_to.postcode: {value: "00100"}
  ship_to.city: {value: Helsinki}
  ship_to.country: {value: FI}
  lines.sku: sku
  lines.quantity: qty
"""
JSON = "reads: orders\nfile: {format: json}" + FIELDS.replace("LINES", "items")
TYPES = (
    "reads: orders\nfile: {header: none, delimiter: comma, types: {H: {once: start, columns: [t, day]}, O: {columns: [t, no]}, "
    "N: {under: O, columns: [t, words]}, L: {under: O, columns: [t, sku, qty]}}}" + FIELDS.replace("LINES", "L")
)
FIXED = """
writes: shipments
file:
  format: fixed
  name: "out_{seq}.txt"
  types: {S: {columns: {t: 1-1, no: 2-20}}, T: {once: end, columns: {t: 1-1, count: 2-2}}}
fields: {no: number, count: {from: number, take: count}}
"""


@pytest.fixture
def place(tmp_path: Path) -> Place:
    place = Place(tmp_path)
    place.supplier("ahti", 'receive: [{files: "*.csv", mapping: stock}]\nsend: [{mapping: out, on: change}]\n')
    place.retailer(
        "nord",
        'receive: [{files: "*.json", mapping: orders}, {files: "*.csv", mapping: kinds}]\n'
        "catalogs: [{id: main, name: M, suppliers: [ahti]}]\nanswers: [json, marked, refused]\n",
    )
    place.mapping("orders", JSON)
    place.mapping("kinds", TYPES)
    place.mapping("stock", "reads: products\nfields: {sku: sku, name: sku, stock: stock}\n")
    place.mapping("out", FIXED)
    place.drop("ahti", "stock.csv", "sku;stock\nA;100\n")
    place.once()
    return place


def test_a_document_is_answered_in_json_and_its_refused_records_come_back(place: Place) -> None:
    orders = [{"no": "1", "items": [{"sku": "A", "qty": 1}]}, {"no": "2", "items": [{"sku": "A", "qty": "x"}]}]
    place.drop("nord", "a.json", json.dumps(orders))
    assert place.once().answers == {207: 1}
    assert [each.name for each in place.outbox("nord")] == ["a.json.answer.json", "a.refused.json"]
    assert json.loads(place.outbox("nord")[1].read_text()) == orders[1:]
    [problem] = json.loads(place.outbox("nord")[0].read_text())["problems"]
    assert (problem["code"], problem["row"], problem["column"], problem["record"]) == ("400.number", 2, "qty", "2")


def test_the_lines_of_refused_records_come_back_as_they_were(place: Place) -> None:
    place.drop("nord", "a.csv", 'H,day\nO,1\nL,A,1\nO,"2"\nN,note\nL,A,x\nL,A,1\nL2,?\n')
    place.once()
    assert sorted(each.name for each in place.outbox("nord")) == ["a.csv.answer.json", "a.refused.csv"]
    assert place.outbox("nord", "a.refused.csv")[0].read_text() == 'H,day\nO,"2"\nN,note\nL,A,x\nL,A,1\nL2,?\n'


def test_records_that_do_not_fit_into_one_file_go_in_two(place: Place) -> None:
    place.drop("nord", "a.json", json.dumps([{"no": f"{n}", "items": [{"sku": "A", "qty": 1}]} for n in range(12)]))
    place.once()
    written = [each.read_text().split() for each in place.outbox("ahti", "out_*.txt")]
    assert [each[-1] for each in written] == ["T6", "T6"]
    assert sum(len(each) - 1 for each in written) == 12
