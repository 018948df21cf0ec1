"""Which rows count and which belong together."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.domain.problems import Code, FileRefused
from hub.formats.frame import Frame
from hub.mapping import read
from hub.mapping.block import Block
from hub.mapping.shape import _by_key, select, whole
from tests.mapping.conftest import Bench

STOCK = "reads: stock\nfields:\n  sku: SKU\n  stock: Qty\n"
ORDERS = """reads: orders
fields:
  _cancelled: Cancelled at
  number: Name
  date: {value: "2026-11-22"}
  ship_to.name: Ship
  ship_to.address1: {value: Kuja 1}
  ship_to.postcode: {value: "00100"}
  ship_to.city: {value: Helsinki}
  ship_to.country: {value: FI}
  lines.sku: SKU
  lines.quantity: Qty
"""
HEAD = "Name,Cancelled at,Ship,SKU,Qty\n"


def _skus(records: list[dict[str, Any]]) -> list[str]:
    return [record["sku"] for record in records]


def test_skip_passes_a_row_over_when_any_of_its_rules_hits(bench: Bench) -> None:
    reading = bench.read(STOCK + "file: {skip: {SKU: ['Yhteensä*', ''], Qty: X}}\n", "SKU,Qty\nA,1\nYHTEENSÄ 3,4\n,5\nB,x\nC,2\n")
    assert _skus(list(reading.batches[0].records())) == ["A", "C"]
    assert (reading.read, reading.skipped) == (5, 3)


def test_only_wants_all_of_its_rules(bench: Bench) -> None:
    mapping = "reads: products\nfile: {only: {Type: simple, View: ''}}\nfields:\n  sku: SKU\n"
    reading = bench.read(mapping, "SKU,Type,View\nA,Simple,\nB,simple,fi\nC,bundle,\n")
    assert _skus(list(reading.batches[0].records())) == ["A"]
    assert reading.skipped == 2


def test_until_ends_the_table(bench: Bench) -> None:
    reading = bench.read(STOCK + "file: {until: {SKU: 'Yhteensä*'}}\n", "SKU,Qty\nA,1\nYhteensä,1\nB,2\n")
    assert (reading.read, reading.skipped) == (1, 0)


def test_fill_repeats_the_cell_above_while_the_key_stays_the_same(bench: Bench) -> None:
    mapping = "reads: products\nfile: {fill: {Handle: [Title]}, skip: {SKU: ''}}\nfields:\n  sku: SKU\n  name: Title\n"
    records = bench.records(mapping, "Handle,Title,SKU\nh1,Axe,\nh1,,A\n,,B\nh2,,C\nh2,Saw,D\n")
    assert [record.get("name") for record in records] == ["Axe", "Axe", None, "Saw"]


def test_rows_of_one_key_are_one_record_wherever_they_stand(bench: Bench) -> None:
    records = bench.records(ORDERS + "file: {group: Name}\n", HEAD + "1,,Aino,A,1\n2,,Eero,B,1\n1,,,C,2\n,,,D,3\n")
    assert [(record["number"], record["ship_to.name"], [line["sku"] for line in record["lines"]]) for record in records] == [
        ("1", "Aino", ["A", "C", "D"]),
        ("2", "Eero", ["B"]),
    ]


def test_group_takes_the_first_of_its_sources_that_has_a_value(bench: Bench) -> None:
    mapping = ORDERS.replace("number: Name", "number: [Order, Name]") + "file: {group: [Order, Name]}\n"
    records = bench.records(mapping, "Order," + HEAD + ",7,,Aino,A,1\nX,8,,Eero,B,1\nX,9,,,C,1\n")
    assert [(record["number"], len(record["lines"])) for record in records] == [("7", 1), ("X", 2)]


def test_a_cancelled_order_is_passed_over_whole_although_only_its_first_row_says_so(bench: Bench) -> None:
    reading = bench.read(
        ORDERS + "file: {group: Name, only: {_cancelled: ''}}\n", HEAD + "1,2026-11-01,Aino,A,1\n1,,,B,1\n2,,Eero,C,1\n2,,,D,1\n"
    )
    assert [record["number"] for record in reading.batches[0].records()] == ["2"]
    assert (reading.read, reading.skipped) == (2, 1)


def test_a_skipped_row_of_a_record_that_has_others_is_not_counted(bench: Bench) -> None:
    reading = bench.read(
        ORDERS + "file: {group: Name, skip: {SKU: shipping}}\n", HEAD + "1,,Aino,A,1\n1,,,shipping,1\n2,,Eero,shipping,1\n"
    )
    assert (reading.read, reading.skipped, len(reading.batches[0])) == (2, 1, 1)


def test_repeat_skip_makes_a_row_no_line_but_leaves_it_to_the_record(bench: Bench) -> None:
    mapping = ORDERS + "file: {group: Name}\nrepeat: {lines: {from: rows, skip: {SKU: ''}}}\n"
    [record] = bench.records(mapping, HEAD + "1,,Aino,,3\n1,,,A,1\n1,,,B,2\n")
    assert record["ship_to.name"] == "Aino"
    assert [line["sku"] for line in record["lines"]] == ["A", "B"]


def test_a_row_whose_line_cells_are_all_blank_is_no_line(bench: Bench) -> None:
    mapping = "reads: cancellations\nfile: {group: N}\nfields:\n  number: N\n  lines.sku: SKU\n  lines.quantity: Qty\n"
    one, two = bench.records(mapping, "N,SKU,Qty\n1,,\n2,A,1\n2,,\n")
    assert (one["lines"], two["lines"]) == ([], [{"sku": "A", "quantity": Decimal(1)}])


def test_a_damaged_row_costs_its_record_alone(bench: Bench) -> None:
    reading = bench.read(ORDERS + "file: {group: Name}\n", HEAD + "1,,Aino,A,1\n1,,,B\n2,,Eero,C,1\n")
    assert [(each.code, each.row, each.record) for each in reading.problems] == [(Code.SHORT_ROW, 3, "1")]
    assert reading.batches[0].refused == {0}
    assert reading.refused_rows == {(None, 2), (None, 3)}
    assert reading.read == 2


def test_a_damaged_row_that_a_rule_passes_over_is_no_problem(bench: Bench) -> None:
    reading = bench.read(STOCK + "file: {skip: {SKU: '*downloaded*'}}\n", "SKU,Qty\nA,1\n2 record(s) downloaded\n")
    assert (reading.problems, reading.read, reading.skipped) == ([], 2, 1)


def test_rules_see_cells_as_they_stand_and_helpers_as_they_are_made(bench: Bench) -> None:
    mapping = STOCK + "  _kind: {from: SKU, do: [{before: ' '}, lower]}\nfile: {skip: {_kind: total}}\n"
    assert _skus(bench.records(mapping, "SKU,Qty\nTOTAL 1,1\nA,1\n")) == ["A"]


@given(st.lists(st.one_of(st.none(), st.sampled_from("abc")), max_size=30))
@settings(max_examples=60)
def test_grouping_loses_no_row_and_keeps_the_order_of_first_appearance(keys: list[str | None]) -> None:
    groups = _by_key(keys)
    assert Counter(row for rows in groups.rows_of for row in rows) == Counter(range(len(keys)))
    assert [groups.record_of[row] for row in range(len(keys))] == [
        next(at for at, rows in enumerate(groups.rows_of) if row in rows) for row in range(len(keys))
    ]
    firsts = [rows[0] for rows in groups.rows_of]
    assert firsts == sorted(firsts)


@given(st.lists(st.integers(1, 5), min_size=1, max_size=5))
@settings(max_examples=40)
def test_blocks_put_together_and_chosen_from_keep_rows_with_their_cells(sizes: list[int]) -> None:
    frames: list[Frame] = []
    first = 2
    for size in sizes:
        frames.append(Frame(["a"], [[str(row) for row in range(first, first + size)]], list(range(first, first + size))))
        first += size
    together = whole(frames)
    assert together is not None
    chosen = select(together, [row % 2 == 0 for row in together.rows])
    assert chosen.columns[0] == [str(row) for row in chosen.rows]
    assert all(row % 2 == 0 for row in chosen.rows)


cells = st.sampled_from(["", " ", "A", "B ", "1", "2,5", "x"])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["", "P1", "P2", " P3"]), cells, cells, cells), min_size=1, max_size=9))
def test_orders_are_the_same_however_their_rows_are_gathered_and_looked_at(bench: Bench, rows: list[tuple[str, ...]]) -> None:
    mapping = ORDERS + "  lines.ean: EAN\nfile: {group: Name}\n"
    data = "Name,Cancelled at,Ship,SKU,EAN,Qty\n" + "".join(f"{name},,{ship},{sku},,{qty}\n" for name, ship, sku, qty in rows)

    def said() -> tuple[Any, ...]:
        try:
            reading = bench.read(mapping, data)
        except FileRefused as refusal:
            return tuple(map(str, refusal.problems))
        return list(map(str, reading.problems)), reading.blamed, [(each.rows, list(each.records())) for each in reading.batches]

    at_once = said()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(read, "_GATHERED", 2)
        patch.setattr(Block, "_lines_lack_something", lambda _: True)
        assert said() == at_once
