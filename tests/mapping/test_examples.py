"""Examples prove a mapping in both directions."""

from __future__ import annotations

import json

from hub.mapping.examples import ExampleResult, run_examples
from tests.mapping.conftest import Bench

STOCK = "reads: stock\nfields:\n  sku: SKU\n  stock: Qty\n"
OUT = """writes: statuses
file: {name: "s_{seq}.csv", line_end: lf}
fields:
  Order: number
  Code: lines.sku
  Qty: lines.quantity
  At: {from: $now, date: YYYYMMDD}
"""
RECORD = {"number": "1", "lines": [{"sku": "A", "quantity": "2.5"}]}


def _run(bench: Bench, *, write: bool = False) -> list[ExampleResult]:
    library = bench.library()
    return run_examples(library.get("m"), library.examples_folder("m"), write=write)


def test_a_reading_example_that_holds_passes(bench: Bench) -> None:
    bench.put("m", STOCK)
    bench.put("m.examples/two.csv", "SKU,Qty\nA,1\nB,x\n")
    expected = {"records": [{"sku": "A", "stock": "1"}], "problems": [{"code": "400.number", "row": 3}]}
    bench.put("m.examples/two.expected.json", json.dumps(expected))
    assert [(each.case, each.diff) for each in _run(bench)] == [("two", [])]


def test_a_difference_is_shown_line_by_line(bench: Bench) -> None:
    bench.put("m", STOCK)
    bench.put("m.examples/two.csv", "SKU,Qty\nA,1\n")
    bench.put("m.examples/two.expected.json", json.dumps({"records": [{"sku": "A", "stock": "2"}]}))
    [result] = _run(bench)
    assert not result.passed
    assert any(line.startswith("-") and '"2"' in line for line in result.diff)
    assert any(line.startswith("+") and '"1"' in line for line in result.diff)


def test_writing_down_what_comes_out_makes_the_example_pass(bench: Bench) -> None:
    bench.put("m", STOCK)
    bench.put("m.examples/bad.csv", "SKU,Saldo\nA,1\n")
    bench.put("m.examples/two.csv", "SKU,Qty\nA,1\nB,x\n")
    assert [each.passed for each in _run(bench)] == [False, False]
    assert [each.wrote for each in _run(bench, write=True)] == ["bad.expected.json", "two.expected.json"]
    assert [each.passed for each in _run(bench)] == [True, True]
    refused = json.loads((bench.home / "mappings/m.examples/bad.expected.json").read_text())
    assert refused["refused"] is True
    assert refused["problems"][0]["code"] == "400.column"


def test_a_writing_example_is_the_same_pair_the_other_way(bench: Bench) -> None:
    bench.put("m", OUT)
    bench.put("m.examples/one.expected.json", json.dumps({"records": [RECORD], "context": {"now": "2026-11-22T23:00:00Z"}}))
    assert not _run(bench)[0].passed
    assert _run(bench, write=True)[0].wrote == "one.csv"
    assert (bench.home / "mappings/m.examples/one.csv").read_text() == "Order,Code,Qty,At\n1,A,2.5,20261123\n"
    assert _run(bench)[0].passed
    bench.put("m.examples/one.csv", "Order,Code,Qty,At\n1,A,2,20261123\n")
    assert any("-1,A,2," in line for line in _run(bench)[0].diff)


def test_workbooks_are_compared_cell_by_cell(bench: Bench) -> None:
    bench.put("m", OUT.replace("s_{seq}.csv", "s_{seq}.xlsx").replace("file: {", "file: {format: excel, "))
    bench.put("m.examples/one.expected.json", json.dumps({"records": [RECORD]}))
    _run(bench, write=True)
    assert _run(bench)[0].passed
    bench.put("m.examples/one.expected.json", json.dumps({"records": [RECORD | {"number": "2"}]}))
    assert any("+2" in line for line in _run(bench)[0].diff)


def test_what_is_no_example_says_what_is_missing(bench: Bench) -> None:
    bench.put("m", STOCK)
    assert _run(bench) == []
    bench.put("m.examples/alone.expected.json", "{}")
    bench.put("m.examples/broken.csv", "SKU,Qty\nA,1\n")
    bench.put("m.examples/broken.expected.json", "{")
    assert ["stands alone" in each.diff[0] or "no JSON" in each.diff[0] for each in _run(bench)] == [True, True]
