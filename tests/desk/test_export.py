"""Tables that are taken away."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections import Counter
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from hub.desk import export as exporting
from hub.desk.choices import ExportFormat, ExportKind
from hub.desk.export import export
from hub.desk.tables import COLUMNS, count
from tests.desk.town import NOON, Town, add_order


def taken(town: Town, kind: str, form: str = "json") -> bytes:
    out = io.BytesIO()
    with town.store.look() as db:
        export(db, ExportKind(kind), town.workspace, ExportFormat(form), out)
    return out.getvalue()


def rows(town: Town, kind: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(taken(town, kind))
    return found


def one(found: list[dict[str, Any]], **wanted: Any) -> dict[str, Any]:
    (only,) = [each for each in found if all(each[name] == value for name, value in wanted.items())]
    return only


CONTRACT = {
    "orders": "retailer, number, status, final, date, currency, document_type, lines, quantity, delivered_quantity, shipments,"
    " updated_at",
    "order-lines": "retailer, order, line_no, sku, ean, name, quantity, delivered_quantity, unit, price, supplier, shipment,"
    " status",
    "shipments": "shipment, retailer, order, supplier, status, final, lines, quantity, delivered_quantity, tracking_numbers,"
    " created_at",
    "products": "supplier, sku, ean, name, price, currency, vat_rate, unit, weight, brand, category, active",
    "balances": "supplier, sku, catalog, retailer, stock, available, incoming, wholesale_price",
    "files": "id, direction, partner, name, kind, mapping, state, answer, read, accepted, unchanged, refused, size, sha256, at",
    "problems": "file, name, code, level, sheet, row, cell, column, field, record, value, message, hint",
    "events": "at, occurred_at, retailer, order, shipment, what, from, to, by, reason, file",
}


@pytest.mark.parametrize("kind", CONTRACT)
def test_an_export_has_exactly_the_columns_of_the_contract_in_their_order(town: Town, kind: str) -> None:
    found = rows(town, kind)
    assert found
    assert {", ".join(each) for each in found} == {CONTRACT[kind]}


@pytest.mark.parametrize("kind", list(ExportKind))
def test_every_table_counts_as_many_rows_as_it_writes(town: Town, kind: ExportKind) -> None:
    with town.store.look() as db:
        assert count(db, kind) == len(rows(town, kind)) > 0


@pytest.mark.parametrize("kind", list(ExportKind))
def test_an_empty_store_gives_an_empty_table_in_every_form(tmp_path: Any, kind: ExportKind) -> None:
    empty = Town(tmp_path, empty=True)
    assert taken(empty, kind) == b"[]\n"
    assert taken(empty, kind, "csv").decode() == ",".join(COLUMNS[kind]) + "\r\n"
    assert CalamineWorkbook.from_filelike(io.BytesIO(taken(empty, kind, "xlsx"))).get_sheet_by_index(0).to_python() == [
        list(COLUMNS[kind])
    ]
    empty.store.close()


def test_orders_are_sorted_by_retailer_and_number_whatever_the_order_of_their_arrival(town: Town) -> None:
    keys = [(each["retailer"], each["number"]) for each in rows(town, "orders")]
    assert keys == sorted(keys)
    assert keys[:2] == [("east", "1001"), ("nord", "1001")]


@pytest.mark.parametrize(
    ("retailer", "number", "status", "final"),
    [
        ("nord", "1001", "Delivered Partially", False),
        ("nord", "1002", "Draft", False),
        ("nord", "1003", "Cancelled", True),
        ("nord", "1004", "Error", False),
        ("nord", "1005", "Delivered", True),
        ("nord", "7", "Packing", False),
        ("east", "1001", "Delivered", True),
    ],
)
def test_an_order_has_the_status_that_its_shipments_give_it(
    town: Town, retailer: str, number: str, status: str, final: bool
) -> None:
    order = one(rows(town, "orders"), retailer=retailer, number=number)
    assert (order["status"], order["final"]) == (status, final)


def test_delivered_quantities_add_up_what_is_known_and_stay_empty_when_nothing_is(town: Town) -> None:
    found = rows(town, "orders")
    assert one(found, retailer="nord", number="1001")["quantity"] == "2.5"
    assert one(found, retailer="nord", number="1001")["delivered_quantity"] == "2"
    assert one(found, retailer="nord", number="1005")["delivered_quantity"] is None
    assert one(found, retailer="nord", number="1003")["delivered_quantity"] is None


def test_a_cancelled_order_that_is_told_as_delivered_has_the_delivered_quantity_0_on_order_and_lines(town: Town) -> None:
    assert one(rows(town, "orders"), retailer="east", number="1001")["delivered_quantity"] == "0"
    assert one(rows(town, "order-lines"), retailer="east", order="1001")["delivered_quantity"] == "0"


def test_a_line_has_its_shipments_status_or_cancelled_or_that_of_an_order_without_shipments(town: Town) -> None:
    found = rows(town, "order-lines")
    assert one(found, order="7", line_no="1")["status"] == "Cancelled"
    assert one(found, order="7", line_no="2")["status"] == "Shipping"
    assert one(found, order="1002")["status"] == "Draft"
    assert one(found, order="1004")["status"] == "Error"


def test_a_shipment_lists_its_tracking_numbers_and_a_line_those_it_went_with(town: Town) -> None:
    assert one(rows(town, "shipments"), shipment="S00000001")["tracking_numbers"] == ["JJFI1", "JJFI2"]
    assert one(rows(town, "shipments"), shipment="S00000002")["tracking_numbers"] == []
    assert one(rows(town, "shipment-lines"), shipment="S00000001")["tracking_numbers"] == ["JJFI1"]


def test_a_balance_tells_what_may_still_be_ordered_and_whose_catalogue_it_is(town: Town) -> None:
    found = rows(town, "balances")
    assert one(found, catalog="far") == {
        "supplier": "kivi",
        "sku": "K1",
        "catalog": "far",
        "retailer": "east",
        "stock": "3",
        "available": "2.5",
        "incoming": None,
        "wholesale_price": "7.1",
    }
    assert one(found, sku="A2")["available"] == "0", "the product is no longer on sale"
    assert one(found, catalog="gone")["available"] == "0", "the balance is withdrawn"
    assert one(found, catalog="gone")["retailer"] is None


def test_json_has_decimals_as_texts_counts_as_numbers_and_times_in_utc(town: Town) -> None:
    product = one(rows(town, "products"), sku="K1")
    assert (product["price"], product["active"], product["ean"]) == ("1000", True, None)
    file = one(rows(town, "files"), id=1)
    assert (file["at"], file["read"], file["answer"]) == ("2026-11-23T10:00:00Z", 8, 207)
    assert exporting.utc_text(NOON.replace(microsecond=5)) == "2026-11-23T10:00:00.000005Z"


def test_an_event_names_order_and_shipment_by_their_numbers(town: Town) -> None:
    found = rows(town, "events")
    assert Counter(each["to"] for each in found) == {"Accepted": 6, "Draft": 1, "Created": 6}
    assert one(found, shipment="S00000002")["order"] == "1001"


def test_problems_name_their_file(town: Town) -> None:
    first, second = rows(town, "problems")
    assert (first["file"], first["name"], first["code"], first["row"]) == (1, "orders.csv", "400.number", 7)
    assert (second["level"], second["sheet"]) == ("warning", "Sivu")


def test_csv_holds_the_same_as_json_with_lists_joined_by_commas(town: Town) -> None:
    for kind in ExportKind:
        told = list(csv.DictReader(io.StringIO(taken(town, kind, "csv").decode(), newline="")))
        assert told == [{name: exporting._text(value) or "" for name, value in row.items()} for row in rows(town, kind)]
    shipment = next(csv.DictReader(io.StringIO(taken(town, "shipments", "csv").decode())))
    assert (shipment["tracking_numbers"], shipment["final"]) == ("JJFI1,JJFI2", "true")


def test_excel_holds_text_cells_alone_and_no_formula(town: Town) -> None:
    book = taken(town, "products", "xlsx")
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(book)).get_sheet_by_index(0).to_python()
    assert sheet[3][:5] == ["kivi", "K1", "", "=1+1", "1000"]
    assert b"<f>" not in zipfile.ZipFile(io.BytesIO(book)).read("xl/worksheets/sheet1.xml")


def test_a_table_longer_than_a_sheet_goes_on_in_the_next(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "_EXCEL_ROWS", 4)
    book = CalamineWorkbook.from_filelike(io.BytesIO(taken(town, "orders", "xlsx")))
    assert book.sheet_names == ["orders", "orders 2", "orders 3"]
    kept = [row for name in book.sheet_names for row in book.get_sheet_by_name(name).to_python()[1:]]
    assert [row[1] for row in kept] == [each["number"] for each in rows(town, "orders")]


def test_more_orders_than_a_block_holds_are_all_there_once(fresh_town: Town) -> None:
    with fresh_town.store.change() as db:
        for number in range(2000):
            add_order(db, 100 + number, "nord", f"N{number:05d}", file=1)
    numbers = [each["number"] for each in rows(fresh_town, "orders")]
    assert len(numbers) == len(set(numbers)) + 1 == 2007, "only 1001 is a number of two retailers"
