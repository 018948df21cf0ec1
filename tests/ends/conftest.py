"""A small market: two retailers, two suppliers, one product that both suppliers have."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from hub.desk.mend import Mended, work_off
from tests.ends.place import Place, table

ORDERS = """
reads: orders
file: {format: csv, delimiter: comma, group: order}
fields:
  number: order
  date: date
  purchase_reference: po
  submit: submit
  ship_to.name: name
  ship_to.address1: street
  ship_to.postcode: zip
  ship_to.city: city
  ship_to.country: country
  lines.line_no: line
  lines.sku: sku
  lines.ean: ean
  lines.quantity: qty
  lines.price: price
  lines.supplier: supplier
  lines.catalog: catalog
"""
CANCELLATIONS = """
reads: cancellations
file: {format: csv, delimiter: comma, group: order}
fields: {number: order, reason: reason, lines.line_no: line, lines.sku: sku, lines.quantity: qty}
"""
PRODUCTS = """
reads: products
file: {format: csv, delimiter: semicolon}
notation: {decimal: ","}
fields:
  sku: Koodi
  ean: EAN
  name: Nimi
  price: Hinta
  stock: Saldo
  wholesale_price: Sisäänosto
  catalog: Luettelo
  active: Myynnissä
"""
STOCK = """
reads: stock
file: {format: csv, delimiter: comma, name: "stock*.csv"}
fields: {sku: sku, ean: ean, catalog: catalog, stock: stock, as_of: as_of, published: published}
"""
FULL_STOCK = STOCK.replace("reads: stock", "reads: stock\nmode: full")
DELIVERIES = """
reads: deliveries
file: {format: csv, delimiter: comma, group: [shipment, order]}
fields:
  shipment: shipment
  number: order
  retailer: retailer
  status: status
  supplier_reference: ref
  lines.sku: sku
  lines.delivered_quantity: qty
  lines.cancelled_quantity: cancelled
  lines.parcel: parcel
  lines.tracking_number: tracking
  lines.carrier: carrier
  lines.cancel_reason: why
  lines.expected_date: expected
"""
SHIPMENTS = """
writes: shipments
file: {format: csv, delimiter: comma, name: "shipment_{shipment}.csv"}
fields: {shipment: shipment, order: number, line: lines.line_no, sku: lines.sku, qty: lines.quantity, name: ship_to.name}
"""
WISHES = """
writes: cancellations
file: {format: csv, delimiter: comma, name: "cancel_{seq:4}.csv"}
fields: {shipment: shipment, sku: lines.sku, qty: lines.quantity, reason: reason}
"""
STATUSES = """
writes: statuses
file: {format: csv, delimiter: comma, name: "status_{seq:4}.csv"}
fields:
  order: number
  status: status
  line: lines.line_no
  line_status: lines.status
  qty: lines.quantity
  delivered: lines.delivered_quantity
  tracking: lines.tracking_number
  cancelled: lines.cancelled_quantity
  why: lines.cancel_reason
  expected: lines.expected_date
"""
DESPATCHES = """
writes: despatches
file: {format: csv, delimiter: comma, name: "despatch_{seq:4}.csv"}
repeat: {rows: parcels.lines}
fields:
  order: number
  shipment: shipment
  tracking: parcels.tracking_number
  carrier: parcels.carrier
  sku: parcels.lines.sku
  qty: parcels.lines.delivered_quantity
"""
CATALOG = """
writes: catalog
mode: update
file: {format: csv, delimiter: comma, name: "catalog_{seq:4}.csv"}
fields: {sku: sku, name: name, price: price, available: available, supplier: supplier, active: active}
"""

RETAILER = """
receive:
  - {files: "orders*", mapping: orders}
  - {files: "cancel*", mapping: cancellations}
send:
  - {mapping: statuses, every: 2h}
  - {mapping: despatches}
  - {mapping: catalog, every: 1d}
"""
SUPPLIER = """
receive:
  - {files: "products*", mapping: products}
  - {files: "stock_full*", mapping: stock-full}
  - {files: "stock*", mapping: stock}
  - {files: "delivery*", mapping: deliveries}
send:
  - {mapping: shipments}
  - {mapping: wishes}
"""
MAPPINGS = {
    "orders": ORDERS,
    "cancellations": CANCELLATIONS,
    "products": PRODUCTS,
    "stock": STOCK,
    "stock-full": FULL_STOCK,
    "deliveries": DELIVERIES,
    "shipments": SHIPMENTS,
    "wishes": WISHES,
    "statuses": STATUSES,
    "despatches": DESPATCHES,
    "catalog": CATALOG,
}
PRODUCT_HEADINGS = ("Koodi", "EAN", "Nimi", "Hinta", "Saldo", "Sisäänosto", "Luettelo", "Myynnissä")
ORDER_HEADINGS = (
    "order",
    "date",
    "po",
    "submit",
    "name",
    "street",
    "zip",
    "city",
    "country",
    "line",
    "sku",
    "ean",
    "qty",
    "price",
    "supplier",
    "catalog",
)
ADDRESS = {
    "date": "2026-11-20",
    "name": "Maija Esimerkki",
    "street": "Testikatu 1",
    "zip": "00100",
    "city": "Helsinki",
    "country": "FI",
}


class Market(Place):
    """A place with partners that know each other."""

    order_headings: tuple[str, ...] = ORDER_HEADINGS

    def set_up(self) -> None:
        for name, text in MAPPINGS.items():
            self.mapping(name, text)
        self.settings()

    def settings(self, nord: str = "", ahti: str = "", kivi: str = "", catalogs: str = "") -> None:
        main = catalogs or "catalogs: [{id: main, name: Main, suppliers: [ahti, kivi]}]\n"
        self.retailer("nord", RETAILER + main + nord)
        self.retailer("sud", RETAILER + "catalogs: [{id: south, name: South, suppliers: [ahti]}]\n")
        self.supplier("ahti", SUPPLIER + ahti)
        self.supplier("kivi", SUPPLIER + kivi)

    def products(self, supplier: str, *rows: tuple[str, str], name: str = "products.csv", **more: str) -> None:
        """(sku, stock) pairs."""
        whole = [
            {
                **dict.fromkeys(PRODUCT_HEADINGS, ""),
                "Koodi": sku,
                "Nimi": f"Tuote {sku}",
                "Hinta": "10,50",
                "Saldo": stock,
                **more,
            }
            for sku, stock in rows
        ]
        self.drop(supplier, name, table(PRODUCT_HEADINGS, whole, ";"))

    def orders(self, retailer: str, *rows: dict[str, str], name: str = "orders.csv") -> None:
        whole = [{**dict.fromkeys(self.order_headings, ""), **ADDRESS, "price": "10.50", **row} for row in rows]
        self.drop(retailer, name, table(self.order_headings, whole))

    def deliveries(self, supplier: str, *rows: dict[str, str], name: str = "delivery.csv") -> None:
        headings = (
            *("shipment", "order", "retailer", "status", "ref", "sku", "qty", "cancelled", "parcel", "tracking", "carrier"),
            *("why", "expected"),
        )
        self.drop(supplier, name, table(headings, [{**dict.fromkeys(headings, ""), **row} for row in rows]))

    def cancel(self, retailer: str, *rows: dict[str, str], name: str = "cancel.csv") -> None:
        headings = ("order", "reason", "line", "sku", "qty")
        self.drop(retailer, name, table(headings, [{**dict.fromkeys(headings, ""), **row} for row in rows]))

    def shipment(self, order: str, supplier: str = "ahti", retailer: str = "nord") -> str:
        found = [
            row["shipment"]
            for row in self.export("shipments")
            if (row["order"], row["supplier"], row["retailer"]) == (order, supplier, retailer)
        ]
        assert len(found) == 1, found
        return str(found[0])

    def mend(self, how: Callable[..., list[Mended]], *given: object) -> list[Mended]:
        """Use one of the operator's commands, and let the hub do at once what it has made due."""
        with closing(self.open()) as hub:
            mended = how(hub, *given)
            if any(each.done for each in mended):
                work_off(hub)
        return mended

    def told(self, partner: str, pattern: str = "status_*.csv") -> list[dict[str, str]]:
        """The rows of the newest of a partner's files."""
        return self.rows(partner, self.outbox(partner, pattern)[-1].name)

    def status(self, order: str, retailer: str = "nord") -> str:
        return next(str(row["status"]) for row in self.export("orders") if (row["number"], row["retailer"]) == (order, retailer))

    def problems(self, partner: str, name: str) -> list[tuple[str, int | None]]:
        return [(each["code"], each["row"]) for each in self.answer(partner, name)["problems"]]

    def available(self, sku: str, catalog: str = "main") -> str:
        return next(str(row["available"]) for row in self.export("balances") if (row["sku"], row["catalog"]) == (sku, catalog))


@pytest.fixture
def market(tmp_path: Path) -> Market:
    """Both suppliers have published ten of A1, A2 (ahti) and K1 (kivi); nothing is ordered yet."""
    market = Market(tmp_path)
    market.set_up()
    market.products("ahti", ("A1", "10"), ("A2", "10"))
    market.products("kivi", ("K1", "10"))
    market.once()
    return market
