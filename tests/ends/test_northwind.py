"""Real orders of many suppliers, from file to file: nothing lost, nothing doubled, nothing shown to a stranger."""

from __future__ import annotations

import csv
import json
import re
from collections import Counter, defaultdict
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from sqlalchemy import func, select

from hub.store.schema import order_lines, orders, shipments
from tests.ends.place import Place, table

DATA = Path(__file__).parents[3] / "shared/data/northwind"

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="../shared/data/northwind is not here")

ORDERS = """
reads: orders
file: {format: csv, delimiter: comma, group: order_no}
fields:
  number: order_no
  date: order_date
  requested_date: required_date
  ship_to.id: customer
  ship_to.name: ship_name
  ship_to.address1: ship_address
  ship_to.city: ship_city
  ship_to.region: ship_region
  ship_to.postcode: ship_postal_code
  ship_to.country: ship_country
  lines.line_no: line_no
  lines.sku: sku
  lines.name: name
  lines.quantity: qty
  lines.price: unit_price
"""
PRODUCTS = """
reads: products
file: {format: csv, delimiter: comma}
fields: {sku: sku, name: name, price: price, stock: stock}
"""
SHIPMENTS = """
writes: shipments
file: {format: csv, delimiter: comma, name: "shipment_{shipment}.csv"}
fields: {shipment: shipment, order: number, line: lines.line_no, sku: lines.sku, quantity: lines.quantity, city: ship_to.city}
"""
DELIVERIES = """
reads: deliveries
file: {format: csv, delimiter: comma, group: shipment}
fields: {shipment: shipment, status: status, lines.sku: sku, lines.delivered_quantity: quantity}
"""
STATUSES = """
writes: statuses
file: {format: csv, delimiter: comma, name: "status_{seq:4}.csv"}
fields: {order: number, status: status, line: lines.line_no, line_status: lines.status, delivered: lines.delivered_quantity}
"""


def rows(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return set_up(tmp_path)


def set_up(home: Path) -> Place:
    place = Place(home)
    for name, text in (("o", ORDERS), ("p", PRODUCTS), ("s", SHIPMENTS), ("d", DELIVERIES), ("st", STATUSES)):
        place.mapping(name, text)
    place.retailer(
        "shop",
        "receive: [{files: 'orders*.csv', mapping: o}]\nsend: [{mapping: st, every: 2h}]\n"
        "catalogs: [{id: main, name: Main, suppliers: all}]\n",
    )
    receive = "receive: [{files: 'products*.csv', mapping: p}, {files: 'delivery*.csv', mapping: d}]\nsend: [{mapping: s}]\n"
    by_supplier: dict[str, list[dict[str, str]]] = defaultdict(list)
    for row in rows("products.csv"):
        by_supplier[f"s{row['supplier_id']}"].append(row)
    for supplier, products in by_supplier.items():
        place.supplier(supplier, receive)
        place.drop(supplier, "products.csv", table(["sku", "name", "price", "stock"], products))
    place.drop("shop", "orders.csv", (DATA / "orders.csv").read_bytes())
    return place


def deliver(place: Place, supplier: str, status: str) -> None:
    lines = [{**row, "status": status} for row in place.rows(supplier, "shipment_*.csv")]
    if status == "Cancelled":
        lines = [{**row, "quantity": ""} for row in lines]
    place.drop(supplier, "delivery.csv", table(["shipment", "status", "sku", "quantity"], lines))


def order_statuses(place: Place) -> Counter[str]:
    return Counter(str(row["status"]) for row in place.export("orders"))


def test_a_hundred_orders_are_split_exactly(place: Place) -> None:
    summary = place.once()
    assert summary.answers in ({200: 29, 207: 1}, {200: 30})
    hub = place.open()
    with hub.store.look() as db:
        assert db.execute(select(func.count()).select_from(orders)).scalar_one() == 100
        per_order = Counter(db.execute(select(shipments.c.order)).scalars())
        assert sum(per_order.values()) == 258
        assert Counter(per_order.values()) == {1: 13, 2: 34, 3: 37, 4: 14, 5: 2}
        assert sum(1 for many in per_order.values() if many > 1) == 87
        assert db.execute(select(func.sum(order_lines.c.quantity, type_=order_lines.c.quantity.type))).scalar_one() == 6036
    hub.close()


def test_the_supplier_files_hold_every_line_once_and_no_strangers_line(place: Place) -> None:
    place.once()
    owner = {row["sku"]: f"s{row['supplier_id']}" for row in rows("products.csv")}
    expected = Counter((row["order_no"], row["line_no"], row["sku"], Decimal(row["qty"])) for row in rows("orders.csv"))
    seen: Counter[tuple[str, str, str, Decimal]] = Counter()
    for supplier in set(owner.values()):
        for row in place.rows(supplier, "shipment_*.csv"):
            assert owner[row["sku"]] == supplier
            seen[row["order"], row["line"], row["sku"], Decimal(row["quantity"])] += 1
    assert seen == expected


def test_after_deliveries_and_one_cancelling_supplier_every_order_has_the_status_that_is_computed(place: Place) -> None:
    place.once()
    for n in range(1, 30):
        deliver(place, f"s{n}", "Cancelled" if n == 7 else "Delivered")
    place.once(now=True)
    assert order_statuses(place) == {"Delivered": 98, "Cancelled": 2}
    told = {row["order"]: row["status"] for row in place.rows("shop", "status_*.csv")}
    assert Counter(told.values()) == {"Delivered": 98, "Cancelled": 2}


def test_one_supplier_alone_delivers_its_part(place: Place) -> None:
    place.once()
    deliver(place, "s7", "Delivered")
    place.once()
    assert order_statuses(place) == {"Delivered": 2, "Delivered Partially": 21, "Submitted": 77}


def one_file_each(place: Place, form: str) -> dict[str, list[dict[str, Any]]]:
    """Run the same orders as a document, and tell everything that is stored of them."""
    documents: dict[str, list[dict[str, str]]] = {}
    for row in rows("orders.csv"):
        documents.setdefault(row["order_no"], []).append(row)
    lines = ("line_no", "sku", "name", "qty", "unit_price")
    heads = [name for name in rows("orders.csv")[0] if name not in (*lines, "discount")]
    if form != "csv":
        tree = [
            {**{name: some[0][name] for name in heads}, "items": [{name: row[name] for name in lines} for row in some]}
            for some in documents.values()
        ]
        layout = "{format: json, record: /orders}" if form == "json" else "{format: xml, record: /orders/order}"
        repeat = "repeat: {lines: items}" if form == "json" else "repeat: {lines: items/item}"
        place.mapping("o", ORDERS.replace("file: {format: csv, delimiter: comma, group: order_no}", f"file: {layout}\n{repeat}"))
        place.home.joinpath("inbox/shop/orders.csv").unlink()
        place.drop("shop", "orders.csv", as_json(tree) if form == "json" else as_xml(tree))
    place.once()
    kinds = ("orders", "order-lines", "shipments", "shipment-lines")
    return {kind: [without_times(row) for row in place.export(kind)] for kind in kinds}


def as_json(orders: list[dict[str, Any]]) -> str:
    """Quantities and prices as JSON numbers with the digits that the CSV has."""
    text = json.dumps({"orders": orders}, ensure_ascii=False)
    return re.sub(r'"(qty|unit_price)": "([0-9.]+)"', r'"\1": \2', text)


def as_xml(orders: list[dict[str, Any]]) -> bytes:
    root = etree.Element("orders")
    for order in orders:
        element = etree.SubElement(root, "order", {"order_no": order["order_no"]})
        for name, value in order.items():
            if name not in ("order_no", "items"):
                etree.SubElement(element, name).text = value
        inside = etree.SubElement(element, "items")
        for row in order["items"]:
            etree.SubElement(inside, "item", row)
    return bytes(etree.tostring(root, encoding="utf-8", xml_declaration=True))


def without_times(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if not name.endswith("_at")}


def test_the_same_orders_as_csv_json_and_xml_give_identical_stores(tmp_path: Path) -> None:
    stores = {form: one_file_each(set_up(tmp_path / form), form) for form in ("csv", "json", "xml")}
    assert len(stores["csv"]["orders"]) == 100
    assert stores["json"] == stores["csv"]
    assert stores["xml"] == stores["csv"]
