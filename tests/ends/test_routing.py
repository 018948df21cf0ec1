"""Which supplier gets a line: what is named on it, what agrees, and the tie-breakers in the retailer's order (contract §7)."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from hub.desk.trace import trace
from tests.ends.conftest import Market
from tests.ends.place import table

EAN, OTHER = "6416453061903", "4006381333931"
TWO = "catalogs: [{id: main, suppliers: [ahti], priority: 2}, {id: extra, suppliers: [kivi], priority: 1}]\n"


def offer(market: Market, supplier: str, sku: str, stock: str = "10", price: str = "", ean: str = EAN, catalog: str = "") -> None:
    market.products(
        supplier, (sku, stock), name=f"products_{sku}_{supplier}_{catalog}.csv", EAN=ean, Sisäänosto=price, Luettelo=catalog
    )


def ordered(market: Market, *rows: dict[str, str]) -> dict[str, object]:
    """Order on one order, and what the answer says: the answer and its codes with their fields."""
    market.orders("nord", *({"order": "1", "qty": "1", **row} for row in rows))
    market.once()
    answer = market.answer("nord", "orders.csv")
    return {"answer": answer["answer"], "codes": [(each["code"], each["field"], each["row"]) for each in answer["problems"]]}


def routed(market: Market, order: str = "1") -> list[tuple[str, str, str]]:
    """What `hub trace` says of each line: supplier, catalogue, and what decided."""
    hub = market.open()
    with hub.store.look() as db:
        [life] = trace(db, hub.workspace, order)
    hub.close()
    return [(line["supplier"], line["catalog"], line["routed_by"]) for line in life["lines"]]


def test_the_supplier_named_on_a_line_gets_it_whatever_is_cheaper(market: Market) -> None:
    offer(market, "ahti", "X1", price="2,00")
    offer(market, "kivi", "X1", price="1,00")
    ordered(market, {"sku": "X1", "supplier": "ahti"}, {"ean": EAN, "supplier": "kivi"})
    assert routed(market) == [("ahti", "main", "supplier"), ("kivi", "main", "supplier")]


def test_the_catalogue_named_on_a_line_decides_between_suppliers(market: Market) -> None:
    market.settings(catalogs=TWO)
    offer(market, "ahti", "X1")
    offer(market, "kivi", "X1")
    ordered(market, {"sku": "X1", "catalog": "main"})
    assert routed(market) == [("ahti", "main", "catalog")]


def test_a_supplier_and_a_catalogue_that_serve_but_do_not_meet_have_no_such_product(market: Market) -> None:
    market.settings(catalogs=TWO, nord="unknown_product: refuse-line\n")
    found = ordered(market, {"sku": "A1", "supplier": "ahti", "catalog": "extra"}, {"sku": "A2"})
    assert found == {"answer": 207, "codes": [("404.product", "lines.sku", 2)]}


@pytest.mark.parametrize("policy", ["refuse-order", "refuse-line", "keep"])
@pytest.mark.parametrize(
    ("named", "code"),
    [({"supplier": "stranger"}, "404.supplier"), ({"catalog": "south"}, "404.catalog")],
    ids=["supplier", "catalog"],
)
def test_who_does_not_serve_the_retailer_refuses_the_order_whatever_is_unknown(
    market: Market, policy: str, named: dict[str, str], code: str
) -> None:
    market.settings(nord=f"unknown_product: {policy}\n")
    found = ordered(market, {"sku": "A1", **named}, {"sku": "A2"})
    assert found == {"answer": 404, "codes": [(code, f"lines.{next(iter(named))}", 2)]}
    assert market.export("orders") == []


def test_sku_and_ean_of_two_products_refuse_the_order(market: Market) -> None:
    offer(market, "ahti", "X1")
    offer(market, "ahti", "X2", ean=OTHER)
    found = ordered(market, {"sku": "X1", "ean": OTHER}, {"sku": "A1"})
    assert found == {"answer": 400, "codes": [("400.mismatch", "lines.sku", 2)]}


def test_the_same_number_for_two_products_needs_more_than_the_number(market: Market) -> None:
    offer(market, "ahti", "X1")
    offer(market, "kivi", "X1", ean=OTHER)
    found = ordered(market, {"sku": "X1"})
    assert found == {"answer": 400, "codes": [("400.mismatch", "lines.sku", 2)]}
    answer = market.answer("nord", "orders.csv")
    assert answer["problems"][0]["hint"] == "Name the supplier, the catalogue or the EAN on the line."


@pytest.mark.parametrize("second", [OTHER, ""], ids=["another EAN", "no EAN"])
def test_naming_the_ean_tells_the_two_apart(market: Market, second: str) -> None:
    offer(market, "ahti", "X1")
    offer(market, "kivi", "X1", ean=second)
    assert ordered(market, {"sku": "X1", "ean": EAN})["answer"] == 200
    assert routed(market) == [("ahti", "main", "only")]


def test_an_ean_alone_finds_the_product_with_more_leading_zeros_too(market: Market) -> None:
    offer(market, "ahti", "X1")
    ordered(market, {"ean": f"0{EAN}"})
    assert [(row["sku"], row["supplier"]) for row in market.export("order-lines")] == [("X1", "ahti")]


@pytest.mark.parametrize(
    ("routing", "expected"),
    [
        ("[catalog, stock, price]", ("kivi", "extra", "catalog")),
        ("[stock, catalog]", ("ahti", "main", "stock")),
        ("[price]", ("ahti", "main", "price")),
        ("[]", ("ahti", "main", "supplier-id")),
    ],
)
def test_the_tie_breakers_decide_in_the_retailers_order(market: Market, routing: str, expected: Sequence[str]) -> None:
    backed = TWO.replace("priority: 1}", "priority: 1, back_orders: yes}")
    market.settings(catalogs=backed, nord=f"routing: {routing}\n")
    offer(market, "ahti", "X1", stock="10", price="1,00")
    offer(market, "kivi", "X1", stock="2", price="2,00")
    ordered(market, {"sku": "X1", "qty": "5"})
    assert routed(market) == [expected]


def test_without_back_orders_a_short_one_is_passed_over_while_another_has_enough(market: Market) -> None:
    market.settings(catalogs=TWO)
    offer(market, "ahti", "X1", stock="10")
    offer(market, "kivi", "X1", stock="2")
    market.orders("nord", {"order": "1", "sku": "X1", "qty": "5"}, {"order": "2", "sku": "X1", "qty": "50"})
    market.once()
    assert routed(market, "1") == [("ahti", "main", "stock")]
    assert routed(market, "2") == [("kivi", "extra", "catalog")], "nobody has enough: that refuses nothing"


def test_one_supplier_in_two_catalogues_takes_the_cheaper_where_the_price_decides(market: Market) -> None:
    market.settings(catalogs="catalogs: [{id: main, suppliers: [ahti]}, {id: extra, suppliers: [ahti]}]\n")
    offer(market, "ahti", "X1", price="2,00", catalog="main")
    offer(market, "ahti", "X1", price="1,00", catalog="extra")
    ordered(market, {"sku": "X1"})
    assert routed(market) == [("ahti", "extra", "price")]
    assert [row["wholesale_price"] for row in market.export("shipment-lines")] == ["1"]


def test_a_purchase_reference_gives_the_whole_order_to_one_supplier(market: Market) -> None:
    for supplier in ("ahti", "kivi"):
        offer(market, supplier, "X1", price="1,00" if supplier == "ahti" else "2,00")
        offer(market, supplier, "X2", ean=OTHER, price="9,00" if supplier == "ahti" else "2,00")
    ordered(market, {"sku": "X1", "po": "PO-1"}, {"sku": "X2", "po": "PO-1"})
    assert routed(market) == [("kivi", "main", "price")] * 2, "cheaper as a whole"
    assert len(market.export("shipments")) == 1


def test_a_purchase_reference_goes_to_who_has_enough_of_everything(market: Market) -> None:
    market.settings(nord="fill: order\n")
    offer(market, "ahti", "X1")
    offer(market, "ahti", "X2", ean=OTHER, stock="1")
    offer(market, "kivi", "X1")
    offer(market, "kivi", "X2", ean=OTHER)
    assert ordered(market, {"sku": "X1", "po": "PO-1"}, {"sku": "X2", "qty": "5", "po": "PO-1"})["answer"] == 200
    assert {supplier for supplier, _, _ in routed(market)} == {"kivi"}


def test_a_purchase_reference_that_nobody_can_serve_alone_refuses_the_order(market: Market) -> None:
    found = ordered(market, {"sku": "A1", "po": "PO-1"}, {"sku": "K1", "po": "PO-1"})
    assert found == {"answer": 400, "codes": [("400.mismatch", "purchase_reference", 2)]}


def test_a_purchase_reference_beside_an_unknown_line_binds_the_known_ones(market: Market) -> None:
    market.settings(nord="unknown_product: refuse-line\n")
    found = ordered(market, {"sku": "A1", "po": "PO-1"}, {"sku": "ZZ", "po": "PO-1"}, {"sku": "A2", "po": "PO-1"})
    assert found == {"answer": 207, "codes": [("404.product", "lines.sku", 3)]}
    assert [row["status"] for row in market.export("order-lines")] == ["Submitted", "Cancelled", "Submitted"]


def test_a_supplier_who_requires_a_reference_gets_no_order_without(market: Market) -> None:
    market.settings(ahti="require_reference: yes\n")
    found = ordered(market, {"sku": "A1"}, {"sku": "A2"})
    assert found == {"answer": 400, "codes": [("400.missing", "sales_reference", 2)]}
    market.orders("nord", {"order": "2", "sku": "A1", "qty": "1", "po": "PO-2"}, name="orders2.csv")
    market.once()
    assert market.answer("nord", "orders2.csv")["answer"] == 200


def test_an_order_without_reference_goes_to_a_supplier_who_requires_none(market: Market) -> None:
    market.settings(ahti="require_reference: yes\n")
    offer(market, "ahti", "X1", price="1,00")
    offer(market, "kivi", "X1", price="2,00")
    assert ordered(market, {"sku": "X1"})["answer"] == 200
    assert routed(market) == [("kivi", "main", "only")]


def test_a_refused_order_takes_nothing_off_the_shelf(market: Market) -> None:
    ordered(market, {"sku": "A1", "qty": "4"}, {"sku": "ZZ"})
    assert market.available("A1") == "10"


def test_two_lines_of_one_product_share_what_is_left(market: Market) -> None:
    market.settings(nord="same_product_twice: allow\nfill: line\n")
    found = ordered(market, {"sku": "A1", "qty": "7"}, {"sku": "A1", "qty": "7"})
    assert found == {"answer": 207, "codes": [("400.stock", "lines.quantity", 3)]}
    assert market.available("A1") == "3"


def test_an_odd_postcode_only_warns(market: Market) -> None:
    market.orders("nord", {"order": "1", "sku": "A1", "qty": "1", "zip": "ABC"})
    market.once()
    answer = market.answer("nord", "orders.csv")
    assert (answer["answer"], [(each["code"], each["level"]) for each in answer["problems"]]) == (
        207,
        [("400.postcode", "warning")],
    )
    assert market.status("1") == "Submitted"


def test_a_public_catalogue_is_open_to_every_retailer_and_any_supplier(market: Market) -> None:
    market.settings(catalogs="catalogs: [{id: bazaar, suppliers: all, public: yes}]\n")
    offer(market, "kivi", "X1", price="3,00")
    market.orders("sud", {"order": "1", "sku": "X1", "qty": "2"}, {"order": "2", "sku": "X1", "qty": "1", "catalog": "bazaar"})
    market.once(now=True)
    assert market.answer("sud", "orders.csv")["answer"] == 200
    assert [row["catalog"] for row in market.export("shipment-lines")] == ["bazaar", "bazaar"]
    told = {(row["sku"], row["available"]) for row in market.rows("sud", "catalog_*.csv")}
    assert ("X1", "7") in told


def test_a_private_catalogue_is_of_no_use_to_another_retailer(market: Market) -> None:
    market.orders("sud", {"order": "1", "sku": "K1", "qty": "2"})
    market.once(now=True)
    assert market.problems("sud", "orders.csv") == [("404.product", 2)]
    assert {row["sku"] for row in market.rows("sud", "catalog_*.csv")} == {"A1", "A2"}


def test_stock_and_price_of_a_catalogue_are_its_own(market: Market) -> None:
    headings = ("Koodi", "EAN", "Nimi", "Hinta", "Saldo", "Sisäänosto", "Luettelo", "Myynnissä")
    rows = [("A1", "", "Tuoli", "10,50", "4", "3,00", "main", ""), ("A1", "", "Tuoli", "10,50", "9", "5,00", "south", "")]
    market.drop("ahti", "products2.csv", table(headings, rows, ";"))
    market.orders("sud", {"order": "1", "sku": "A1", "qty": "2"})
    market.once()
    balances = {
        row["catalog"]: (row["stock"], row["available"], row["wholesale_price"])
        for row in market.export("balances")
        if row["sku"] == "A1"
    }
    assert balances == {"main": ("4", "4", "3"), "south": ("9", "7", "5")}
