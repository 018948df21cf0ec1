"""A warehouse: what is sold out waits for stock, what is ordered in is received into it (contract §8)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.ends.conftest import MAPPINGS, ORDER_HEADINGS, Market
from tests.ends.place import fixed_clock, table
from tests.ends.test_carriers import ANSWERS, BOOKINGS, CARRIER

GOODS = """
reads: products
file: {format: csv, delimiter: comma}
fields: {sku: sku, name: name, stock: stock, weight: weight, length: length, width: width, height: height, catalog: catalog}
"""
WAREHOUSE = """
name: Varasto
role: warehouse
channel: {type: local}
receive:
  - {files: "goods*", mapping: goods}
  - {files: "stock_full*", mapping: stock-full}
  - {files: "stock*", mapping: stock}
  - {files: "delivery*", mapping: deliveries}
send:
  - {mapping: shipments}
"""
CATALOG = "catalogs: [{id: main, name: Main, suppliers: [varasto, ahti]}]\n"
MEASURED = {"weight": "1.2", "length": "0.3", "width": "0.2", "height": "0.1"}
HEADINGS = ("sku", "name", "stock", "weight", "length", "width", "height", "catalog")


class Warehouse(Market):
    """A retailer with a warehouse of his own, `varasto`, beside the supplier ahti."""

    order_headings = (*ORDER_HEADINGS, "kind")

    def set_up(self) -> None:
        for name, text in (MAPPINGS | {"goods": GOODS}).items():
            self.mapping(name, text)
        self.mapping("orders", MAPPINGS["orders"].replace("  submit: submit\n", "  submit: submit\n  document_type: kind\n"))
        self.settings(catalogs=CATALOG)
        self.write("config/partners/varasto.yaml", WAREHOUSE)

    def goods(self, *rows: tuple[str, str], name: str = "goods.csv", **more: str) -> None:
        whole = [dict.fromkeys(HEADINGS, "") | {"sku": sku, "name": sku, "stock": stock} | MEASURED | more for sku, stock in rows]
        self.drop("varasto", name, table(HEADINGS, whole))

    def stock(self, *rows: tuple[str, str]) -> None:
        self.drop("varasto", "stock.csv", table(("sku", "stock"), rows))
        self.once()

    def sell(self, number: str, *lines: tuple[str, str]) -> None:
        self.orders("nord", *({"order": number, "sku": sku, "qty": quantity} for sku, quantity in lines))
        self.once()

    def purchase(self, number: str, sku: str, quantity: str, supplier: str = "varasto") -> None:
        row = {"order": number, "sku": sku, "qty": quantity, "supplier": supplier, "kind": "PurchaseOrder"}
        self.orders("nord", row)
        self.once()

    def orders(self, retailer: str, *rows: dict[str, str], name: str = "orders.csv") -> None:
        super().orders(retailer, *({"kind": "SalesOrder"} | row for row in rows), name=name)

    def says(self, number: str, **row: str) -> dict[str, object]:
        self.deliveries("varasto", {"order": number} | row)
        self.once()
        newest = max(self.outbox("varasto", "delivery.csv*.answer.json"), key=lambda path: path.stat().st_mtime_ns)
        return self.answer("varasto", newest.name.removesuffix(".answer.json"))

    def moves(self, number: str) -> list[tuple[str, str]]:
        return [
            (row["to"], row["by"]) for row in self.export("events") if row["order"] == number and row["shipment"] and row["to"]
        ]


@pytest.fixture
def place(tmp_path: Path) -> Warehouse:
    """The warehouse has ten of W1 and nothing of W0."""
    place = Warehouse(tmp_path)
    place.set_up()
    place.goods(("W1", "10"), ("W0", "0"))
    place.once()
    return place


def test_a_sold_out_product_puts_the_order_on_hold_until_stock_arrives(place: Warehouse) -> None:
    place.sell("1", ("W1", "2"), ("W0", "3"))
    assert place.status("1") == "On Hold"
    assert place.outbox("varasto", "shipment_*") == []
    assert place.available("W1") == "8"  # it waits with what it has
    place.stock(("W0", "2"))
    assert place.status("1") == "On Hold"  # whole orders only
    place.stock(("W0", "3"))
    assert place.status("1") == "Submitted"
    assert [(row["sku"], row["qty"]) for row in place.rows("varasto", "shipment_*.csv")] == [("W1", "2"), ("W0", "3")]
    assert place.moves("1") == [("Created", "hub"), ("On Hold", "hub"), ("Created", "hub"), ("Submitted", "hub")]


def test_enough_stock_or_some_of_it_is_no_reason_to_wait(place: Warehouse) -> None:
    place.sell("1", ("W1", "10"))
    assert (place.status("1"), place.available("W1")) == ("Submitted", "0")
    place.stock(("W1", "3"))
    place.sell("2", ("W1", "5"))
    assert place.status("2") == "Submitted"  # 3 are there: what can be sent is the warehouse's to say


def test_orders_are_released_in_order_of_acceptance_and_none_overtakes(place: Warehouse) -> None:
    place.sell("1", ("W0", "5"))
    place.sell("2", ("W0", "2"))
    place.sell("3", ("W0", "1"))
    place.stock(("W0", "4"))
    assert [place.status(number) for number in "123"] == ["On Hold"] * 3
    place.stock(("W0", "7"))
    assert [place.status(number) for number in "123"] == ["Submitted", "Submitted", "On Hold"]
    place.sell("4", ("W1", "1"))
    assert place.status("4") == "Submitted"


def test_an_order_does_not_take_what_an_earlier_one_waits_with(place: Warehouse) -> None:
    place.sell("1", ("W1", "8"), ("W0", "1"))
    place.sell("2", ("W1", "3"))
    place.sell("3", ("W1", "1"))
    assert [place.status(number) for number in "123"] == ["On Hold", "Submitted", "On Hold"]
    place.cancel("nord", {"order": "1"})
    place.once()
    assert [place.status(number) for number in "123"] == ["Cancelled", "Submitted", "Submitted"]


def test_the_warehouse_may_hold_an_order_itself_and_lead_it_back(place: Warehouse) -> None:
    place.sell("1", ("W1", "4"))
    assert place.says("1", status="On Hold")["answer"] == 200
    assert place.status("1") == "On Hold"
    assert place.says("1", status="Submitted")["answer"] == 200
    assert place.status("1") == "Submitted"
    place.says("1", status="On Hold")
    place.stock(("W1", "20"))
    assert place.status("1") == "Submitted"
    assert place.says("1", status="Picking")["answer"] == 200


def test_a_purchase_order_goes_to_its_warehouse_reserves_nothing_and_adds_to_the_stock(place: Warehouse) -> None:
    place.purchase("P1", "W0", "6")
    assert (place.status("P1"), place.available("W0")) == ("Submitted", "0")
    assert [(row["sku"], row["qty"]) for row in place.rows("varasto", "shipment_*.csv")] == [("W0", "6")]
    place.sell("1", ("W0", "5"))
    assert place.status("1") == "On Hold"
    place.says("P1", status="Receiving", sku="W0", qty="4", parcel="1")
    assert (place.status("P1"), place.status("1"), place.available("W0")) == ("Receiving", "On Hold", "0")
    place.says("P1", status="Receiving", sku="W0", qty="4", parcel="1")  # the same receipt once more
    assert place.export("balances")[-2]["stock"] == "4"
    place.says("P1", status="Delivered", sku="W0", qty="3", parcel="2")
    assert (place.status("P1"), place.status("1"), place.available("W0")) == ("Delivered", "Submitted", "2")
    line = next(row for row in place.export("order-lines") if row["order"] == "P1")
    assert (line["quantity"], line["delivered_quantity"]) == ("6", "7")  # more than ordered may come
    assert ("Receiving", "varasto") in place.moves("P1")


def test_what_comes_after_the_last_receipt_is_stock_too_and_nothing_is_taken_back(place: Warehouse) -> None:
    place.purchase("P1", "W0", "6")
    place.says("P1", status="Delivered", sku="W0", qty="6")
    place.says("P1", sku="W0", qty="8")
    assert place.available("W0") == "8"
    assert place.says("P1", sku="W0", qty="2")["problem_counts"] == {"409.final": 1}
    assert place.available("W0") == "8"


def test_goods_that_come_in_get_no_label_no_number_and_no_carrier(place: Warehouse) -> None:
    printing = "prints: [{what: label, format: pdf, on: created}, {what: note, format: pdf, on: parcels}]\n"
    numbers = "tracking: {prefix: JJFI12345, digits: 17, from: 1, to: 9}\n"
    place.write("config/partners/varasto.yaml", WAREHOUSE + printing + numbers + "carrier: nshift\n")
    place.mapping("bookings", BOOKINGS)
    place.mapping("answers", ANSWERS)
    place.write("config/partners/nshift.yaml", CARRIER.format(name="nShift"))
    place.purchase("P1", "W0", "4")
    place.says("P1", status="Delivered", sku="W0", qty="4")
    assert [path.name for path in place.outbox("varasto", "*.pdf")] == []
    assert place.outbox("nshift") == []
    place.sell("1", ("W0", "1"))
    assert len(place.outbox("varasto", "*.label.pdf")) == 1
    assert [row["tracking_numbers"] for row in place.export("shipments")] == [[], ["JJFI12345000000000001"]]


def test_received_without_a_quantity_adds_nothing(place: Warehouse) -> None:
    place.purchase("P1", "W0", "6")
    assert place.says("P1", status="Delivered")["problem_counts"] == {"207.unknown-quantity": 1}
    assert place.available("W0") == "0"


@pytest.mark.parametrize(("supplier", "code"), [("", "400.missing"), ("ahti", "404.supplier"), ("nobody", "404.supplier")])
def test_a_purchase_order_names_a_warehouse(place: Warehouse, supplier: str, code: str) -> None:
    place.purchase("P1", "W0", "6", supplier)
    problem = place.answer("nord", "orders.csv")["problems"][0]
    assert (problem["code"], problem["field"]) == (code, "lines.supplier")
    assert place.export("orders") == []


def test_a_sale_is_not_received_and_a_purchase_does_not_wait_for_stock(place: Warehouse) -> None:
    place.sell("1", ("W1", "1"))
    place.purchase("P1", "W1", "1")
    assert place.says("1", status="Receiving")["problem_counts"] == {"400.transition": 1}
    assert place.says("P1", status="On Hold")["problem_counts"] == {"400.transition": 1}


@pytest.mark.parametrize("lacking", ["weight", "length", "width", "height"])
def test_a_product_in_a_warehouse_needs_weight_and_dimensions(place: Warehouse, lacking: str) -> None:
    place.goods(("W2", "5"), name="goods2.csv", **{lacking: ""})
    place.goods(("W3", "5"), name="goods3.csv")
    place.once()
    problem = place.answer("varasto", "goods2.csv")["problems"][0]
    assert (problem["code"], problem["field"]) == ("400.missing", lacking)
    assert {row["sku"] for row in place.export("products")} == {"W0", "W1", "W3"}
    assert "400.missing" not in place.answer("varasto", "goods3.csv")["problem_counts"]


def test_deliveries_of_a_warehouse_are_read_like_a_suppliers(place: Warehouse) -> None:
    place.sell("1", ("W1", "4"))
    assert place.says("1", status="Delivered", sku="W1", qty="4", tracking="T1")["answer"] == 200
    assert place.status("1") == "Delivered"


@pytest.mark.parametrize(("counted", "left"), [("2030-11-20 07:00", "13"), ("2030-11-20 11:00", "3")])
@pytest.mark.parametrize("full", [False, True])
def test_a_count_from_before_a_receipt_that_arrives_after_it_does_not_lose_the_goods(
    place: Warehouse, counted: str, left: str, full: bool
) -> None:
    """The receipt was told at 10:00: a count of 7:00 does not hold it yet, one of 11:00 does; what a full count lacks is none."""
    place.clock = fixed_clock("2030-11-20T06:00:00+02:00")
    place.drop("varasto", "stock.csv", "sku,stock\nW0,0\nW1,1\n")
    place.once()
    place.clock = fixed_clock("2030-11-20T10:00:00+02:00")
    place.purchase("P1", "W0", "10")
    place.says("P1", status="Delivered", sku="W0", qty="10")
    assert place.available("W0") == "10"
    place.clock = fixed_clock("2030-11-20T12:00:00+02:00")
    place.drop("varasto", f"stock{'_full' * full}_2.csv", f"sku,stock,as_of\nW0,3,{counted}\nW1,5,{counted}\n")
    place.once()
    assert (place.available("W0"), place.available("W1")) == (left, "5")
    if full:
        place.drop("varasto", "stock_full_3.csv", f"sku,stock,as_of\nW1,4,{counted}\nXX,1,{counted}\n")
        place.once()
        assert (place.available("W0"), place.available("W1")) == (str(int(left) - 3), "4")


def test_a_count_from_the_future_counts_as_of_its_arrival_and_is_told(place: Warehouse) -> None:
    place.drop("varasto", "stock.csv", "sku,stock,as_of\nW1,5,2099-01-01 00:00\nW0,5,2099-01-01 00:00\n")
    place.once()
    assert place.problems("varasto", "stock.csv") == [("400.date", 2)]
    assert place.answer("varasto", "stock.csv")["answer"] == 207
    place.stock(("W1", "3"))
    assert place.available("W1") == "3"
