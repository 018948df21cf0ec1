"""A header file and its detail file are one: they wait for each other in the ledger, and each gets its answer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.ends.place import Place

ORDERS = """
reads: orders
file:
  types:
    order: {name: "orders_{stamp}.csv"}
    item: {name: "items_{stamp}.csv", under: order, key: no}
repeat: {lines: item}
fields:
  number: no
  date: {value: "2026-11-20"}
  ship_to.name: name
  ship_to.address1: {value: Kuja 1}
  ship_to.postcode: {value: "00100"}
  ship_to.city: {value: Helsinki}
  ship_to.country: {value: FI}
  lines.sku: sku
  lines.quantity: qty
"""
STOCK = "reads: products\nfields: {sku: sku, name: sku, stock: stock}\n"
START = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    place = Place(tmp_path)
    place.clock = lambda: START
    place.supplier("ahti", 'receive: [{files: "*.csv", mapping: stock}]\n')
    place.retailer(
        "nord", 'receive: [{files: "*s_*.csv", mapping: orders}]\ncatalogs: [{id: main, name: M, suppliers: [ahti]}]\n'
    )
    place.mapping("orders", ORDERS)
    place.mapping("stock", STOCK)
    place.drop("ahti", "stock.csv", "sku;stock\nA;10\n")
    place.once()
    return place


def answers(place: Place) -> dict[str, int | None]:
    return {
        each["name"]: each["answer"] for each in place.export("files") if each["direction"] == "in" and each["partner"] == "nord"
    }


def states(place: Place) -> list[str]:
    return [each["state"] for each in place.export("files") if each["direction"] == "in" and each["partner"] == "nord"]


@pytest.mark.parametrize("first", ["orders", "items"])
def test_a_file_waits_for_the_other_and_both_are_answered(place: Place, first: str) -> None:
    files = {"orders": "no;name\n1;Aino\n2;Eero\n", "items": "no;sku;qty\n1;A;1\n2;A;1\n"}
    second = "items" if first == "orders" else "orders"
    place.drop("nord", f"{first}_7.csv", files[first])
    place.drop("nord", f"{second}_8.csv", files[second])
    place.once()
    assert states(place) == ["taken", "taken"]
    assert not place.export("orders")
    place.drop("nord", f"{second}_7.csv", files[second])
    summary = place.once()
    assert summary.answers == {200: 1}
    assert answers(place) == {f"{first}_7.csv": 200, f"{second}_7.csv": 200, f"{second}_8.csv": None}
    assert [each["number"] for each in place.export("orders")] == ["1", "2"]
    assert {each.name for each in place.outbox("nord")} == {"orders_7.csv.answer.json", "items_7.csv.answer.json"}


def test_a_problem_is_told_in_the_file_where_it_stands(place: Place) -> None:
    place.drop("nord", "orders_7.csv", "no;name\n1;Aino\n2;Eero\n")
    place.drop("nord", "items_7.csv", "no;sku;qty\n1;A;1\n2;A;x\n")
    place.once()
    assert answers(place) == {"orders_7.csv": 207, "items_7.csv": 207}
    told = {(each["sheet"], each["row"], each["code"]) for each in place.export("problems")}
    assert told == {("items_7.csv", 3, "400.number")}


def test_a_set_that_no_entry_names_is_chosen_by_names_and_headings(place: Place) -> None:
    place.retailer("nord", "catalogs: [{id: main, name: M, suppliers: [ahti]}]\n")
    place.drop("nord", "orders_7.csv", "no;name\n1;Aino\n")
    place.drop("nord", "orders_x.csv", "Koodi;Nimi\n1;Aino\n")
    place.drop("nord", "items_7.csv", "no;sku;qty\n1;A;1\n")
    place.once()
    assert answers(place) == {"orders_7.csv": 200, "orders_x.csv": 404, "items_7.csv": 200}
    assert {each["mapping"] for each in place.export("files") if each["name"].endswith("_7.csv")} == {"orders"}


def test_a_file_that_another_mapping_reads_alone_waits_for_no_set(place: Place) -> None:
    place.retailer("nord", "catalogs: [{id: main, name: M, suppliers: [ahti]}]\n")
    place.mapping("cancels", "reads: cancellations\nfields: {number: no, reason: why, x.name: name}\n")
    place.drop("nord", "orders_7.csv", "no;name;why\n1;Aino;late\n")
    place.once()
    assert answers(place) == {"orders_7.csv": 404}
    assert [each["code"] for each in place.export("problems")] == ["404.order"]


def test_half_a_set_is_refused_after_a_day(place: Place) -> None:
    place.drop("nord", "items_7.csv", "no;sku;qty\n1;A;1\n")
    place.once()
    place.clock = lambda: START + timedelta(hours=23)
    place.once()
    assert states(place) == ["taken"]
    place.clock = lambda: START + timedelta(hours=25)
    place.once()
    assert answers(place) == {"items_7.csv": 400}
    assert [each["code"] for each in place.export("problems")] == ["400.orphan"]
    place.drop("nord", "orders_7.csv", "no;name\n1;Aino\n")
    place.once()
    assert states(place) == ["refused", "taken"], "what was refused completes no set"
