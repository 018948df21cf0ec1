"""What a retailer may rely on: an order is never lost, doubled or half-true."""

from __future__ import annotations

import pytest

from hub.domain.problems import Misconfigured
from tests.ends.conftest import Market


def test_one_order_makes_one_shipment_per_supplier(market: Market) -> None:
    market.orders(
        "nord",
        {"order": "1", "sku": "A1", "qty": "2"},
        {"order": "1", "sku": "K1", "qty": "1"},
        {"order": "1", "sku": "A2", "qty": "3"},
    )
    market.once()
    assert market.answer("nord", "orders.csv")["answer"] == 200
    lines = {(row["supplier"], row["sku"], row["quantity"]) for row in market.export("order-lines")}
    assert lines == {("ahti", "A1", "2"), ("ahti", "A2", "3"), ("kivi", "K1", "1")}
    assert [row["sku"] for row in market.rows("ahti", "shipment_*.csv")] == ["A1", "A2"]
    assert [row["sku"] for row in market.rows("kivi", "shipment_*.csv")] == ["K1"]
    assert market.status("1") == "Submitted"


def test_the_same_file_again_changes_nothing_but_the_ledger(market: Market) -> None:
    kinds = ("orders", "order-lines", "shipments", "shipment-lines", "products", "events")
    rows = ({"order": "1", "sku": "A1", "qty": "2"},)
    market.orders("nord", *rows)
    market.once()
    before = {kind: market.export(kind) for kind in kinds}
    market.orders("nord", *rows)
    market.products("ahti", ("A1", "10"), ("A2", "10"))
    market.once()
    assert {kind: market.export(kind) for kind in kinds} == before
    again = market.answer("nord", "orders.csv.2")
    assert (again["answer"], again["problem_counts"], again["counts"]["unchanged"]) == (409, {"409.order": 1}, 1)


def test_a_known_order_in_a_mixed_file_is_info(market: Market) -> None:
    market.orders("nord", {"order": "1", "sku": "A1", "qty": "2"})
    market.once()
    market.orders("nord", {"order": "1", "sku": "A1", "qty": "2"}, {"order": "2", "sku": "A1", "qty": "1"})
    market.once()
    answer = market.answer("nord", "orders.csv.2")
    assert answer["answer"] == 200
    assert answer["counts"] == {"read": 2, "accepted": 1, "unchanged": 1, "refused": 0, "skipped": 0}
    assert [(each["code"], each["level"]) for each in answer["problems"]] == [("409.order", "info")]


def test_other_content_under_a_known_number_is_refused_and_the_first_stands(market: Market) -> None:
    market.orders("nord", {"order": "1", "sku": "A1", "qty": "2"})
    market.once()
    before = market.export("order-lines")
    market.orders("nord", {"order": "1", "sku": "A1", "qty": "5", "city": "Turku"})
    market.once()
    answer = market.answer("nord", "orders.csv.2")
    assert answer["answer"] == 409
    assert answer["problems"][0]["code"] == "409.changed"
    assert "ship_to.city" in answer["problems"][0]["message"]
    assert "lines" in answer["problems"][0]["message"]
    assert market.export("order-lines") == before


def test_an_order_without_a_number_gets_one_and_the_same_again_is_known(market: Market) -> None:
    market.mapping("orders", market.home.joinpath("mappings/orders.yaml").read_text().replace(", group: order", ""))
    market.orders("nord", {"sku": "A1", "qty": "2"}, {"sku": "A2", "qty": "1"})
    market.once()
    made = market.answer("nord", "orders.csv")["made"]
    assert [each["row"] for each in made] == [2, 3]
    assert all(len(each["number"]) == 11 and each["number"][3] == each["number"][7] == "-" for each in made)
    assert sorted(row["number"] for row in market.export("orders")) == sorted(each["number"] for each in made)
    market.orders("nord", {"sku": "A1", "qty": "2"}, {"sku": "A2", "qty": "1"})
    market.once()
    assert market.answer("nord", "orders.csv.2")["answer"] == 409
    assert len(market.export("orders")) == 2


def test_two_retailers_may_use_the_same_order_number(market: Market) -> None:
    market.orders("nord", {"order": "1", "sku": "A1", "qty": "2"})
    market.orders("sud", {"order": "1", "sku": "A1", "qty": "3"})
    market.once()
    assert {(row["retailer"], row["quantity"]) for row in market.export("orders")} == {("nord", "2"), ("sud", "3")}


def test_an_unknown_product_refuses_the_order_and_nothing_else(market: Market) -> None:
    market.orders(
        "nord",
        {"order": "1", "sku": "A1", "qty": "1"},
        {"order": "1", "sku": "ZZ", "qty": "1"},
        {"order": "2", "sku": "A1", "qty": "1"},
    )
    market.once()
    answer = market.answer("nord", "orders.csv")
    assert (answer["answer"], answer["counts"]["accepted"], answer["counts"]["refused"]) == (207, 1, 1)
    assert [(each["code"], each["row"], each["column"], each["value"]) for each in answer["problems"]] == [
        ("404.product", 3, "sku", "ZZ")
    ]
    assert [row["number"] for row in market.export("orders")] == ["2"]


def test_a_refused_line_is_stored_as_cancelled_on_no_shipment(market: Market) -> None:
    market.settings(nord="unknown_product: refuse-line\n")
    market.orders(
        "nord",
        {"order": "1", "sku": "A1", "qty": "1"},
        {"order": "1", "sku": "ZZ", "qty": "4"},
        {"order": "2", "sku": "ZZ", "qty": "1"},
    )
    market.once()
    lines = {(row["order"], row["sku"], row["status"], row["shipment"] is None) for row in market.export("order-lines")}
    assert lines == {("1", "A1", "Submitted", False), ("1", "ZZ", "Cancelled", True)}
    assert market.answer("nord", "orders.csv")["counts"]["refused"] == 1


def test_an_order_kept_without_a_supplier_is_error(market: Market) -> None:
    market.settings(nord="unknown_product: keep\n")
    market.orders("nord", {"order": "1", "sku": "ZZ", "qty": "1"})
    market.once()
    assert market.status("1") == "Error"
    assert market.answer("nord", "orders.csv")["answer"] == 207


def test_a_draft_reserves_and_is_not_sent_on(market: Market) -> None:
    market.orders("nord", {"order": "1", "sku": "A1", "qty": "4", "submit": "no"})
    market.once()
    assert market.status("1") == "Draft"
    assert market.outbox("ahti", "shipment_*") == []
    assert market.available("A1") == "6"


def test_fill_decides_what_short_stock_refuses(market: Market) -> None:
    for fill, answer, codes in (("partial", 200, []), ("line", 207, ["400.stock"]), ("order", 400, ["400.stock"])):
        market.settings(nord=f"fill: {fill}\n")
        market.orders(
            "nord", {"order": fill, "sku": "A1", "qty": "11"}, {"order": fill, "sku": "A2", "qty": "1"}, name=f"orders_{fill}.csv"
        )
        market.once()
        told = market.answer("nord", f"orders_{fill}.csv")
        assert (told["answer"], list(told["problem_counts"])) == (answer, codes), fill


def test_a_product_twice_in_an_order_is_refused_unless_allowed(market: Market) -> None:
    rows = ({"order": "1", "sku": "A1", "qty": "1"}, {"order": "1", "sku": "A1", "qty": "2"})
    market.orders("nord", *rows)
    market.once()
    assert market.problems("nord", "orders.csv") == [("400.duplicate-row", 3)]
    market.settings(nord="same_product_twice: allow\n")
    market.orders("nord", *rows)
    market.once()
    assert market.answer("nord", "orders.csv.2")["answer"] == 200


def test_a_product_named_twice_in_different_ways_is_refused_unless_allowed(market: Market) -> None:
    ean = "4006381333931"
    market.products("ahti", ("E1", "10"), name="products2.csv", EAN=ean)
    second = ({"ean": ean}, {"sku": "E1", "supplier": "ahti"}, {"sku": "E1", "catalog": "main"}, {"sku": "E1", "ean": f"0{ean}"})
    market.orders(
        "nord", *(row | {"order": str(n), "qty": "1"} for n, named in enumerate(second) for row in ({"sku": "E1"}, named))
    )
    market.once()
    assert market.problems("nord", "orders.csv") == [("400.duplicate-row", row) for row in (3, 5, 7, 9)]
    assert market.available("E1") == "10"
    market.settings(nord="same_product_twice: allow\n")
    market.orders("nord", {"order": "1", "sku": "E1", "qty": "1"}, {"order": "1", "ean": ean, "qty": "2"})
    market.once()
    assert market.answer("nord", "orders.csv.2")["answer"] == 200


def test_a_line_number_twice_in_an_order_is_told_where_it_stands(market: Market) -> None:
    market.orders("nord", *({"order": "1", "sku": sku, "qty": "1", "line": "10"} for sku in ("A1", "A2")))
    market.once()
    [problem] = market.answer("nord", "orders.csv")["problems"]
    assert (problem["code"], problem["row"], problem["column"], problem["value"]) == ("400.duplicate-row", 3, "line", "10")


def test_a_supplier_or_catalogue_that_does_not_serve_the_retailer_is_unknown(market: Market) -> None:
    market.orders(
        "sud",
        {"order": "1", "sku": "K1", "qty": "1", "supplier": "kivi"},
        {"order": "2", "sku": "A1", "qty": "1", "catalog": "main"},
    )
    market.once()
    assert market.problems("sud", "orders.csv") == [("404.supplier", 2), ("404.catalog", 3)]


def test_two_suppliers_of_one_number_must_share_an_ean(market: Market) -> None:
    market.products("kivi", ("A1", "10"), name="products2.csv")
    market.orders("nord", {"order": "1", "sku": "A1", "qty": "1"})
    market.once()
    assert market.problems("nord", "orders.csv") == [("400.mismatch", 2)]
    market.products("ahti", ("A1", "10"), EAN="6416453061903")
    market.products("kivi", ("A1", "10"), EAN="6416453061903", name="products3.csv")
    market.orders("nord", {"order": "1", "sku": "A1", "qty": "1"})
    market.once()
    assert market.answer("nord", "orders.csv.2")["answer"] == 200
    assert [row["supplier"] for row in market.export("shipments")] == ["ahti"]


def test_sku_and_ean_that_disagree_refuse_the_order(market: Market) -> None:
    market.products("ahti", ("A1", "10"), EAN="6416453061903")
    market.orders(
        "nord",
        {"order": "1", "sku": "A1", "ean": "4006381333931", "qty": "1"},
        {"order": "2", "sku": "A1", "ean": "6416453061903", "qty": "1"},
    )
    market.once()
    assert market.problems("nord", "orders.csv") == [("400.mismatch", 2)]


def test_a_purchase_reference_allows_one_supplier_only(market: Market) -> None:
    rows = ({"order": "1", "sku": "A1", "qty": "1", "po": "PO-7"}, {"order": "1", "sku": "K1", "qty": "1", "po": "PO-7"})
    market.orders(
        "nord",
        *rows,
        {"order": "2", "sku": "A1", "qty": "1", "po": "PO-8"},
        {"order": "2", "sku": "A2", "qty": "1", "po": "PO-8"},
    )
    market.once()
    answer = market.answer("nord", "orders.csv")
    assert [(each["code"], each["field"], each["column"]) for each in answer["problems"]] == [
        ("400.mismatch", "purchase_reference", "po")
    ]
    assert [row["number"] for row in market.export("orders")] == ["2"]


def test_tie_breakers_in_the_retailers_own_order(market: Market) -> None:
    ean = "6416453061903"
    catalogs = (
        "catalogs: [{id: main, suppliers: [ahti], priority: 2}, {id: second, suppliers: [kivi], priority: 1, back_orders: yes}]\n"
    )
    cases = {"[catalog]": "kivi", "[stock]": "ahti", "[price]": "ahti", "[price, stock]": "ahti", "[stock, catalog]": "ahti"}
    for at, (routing, expected) in enumerate(cases.items()):
        market.settings(nord=f"routing: {routing}\n", catalogs=catalogs)
        market.products("ahti", ("T", "100"), EAN=ean, Sisäänosto="4,00")
        market.products("kivi", ("T", "1"), EAN=ean, Sisäänosto="5,00")
        market.orders("nord", {"order": f"t{at}", "sku": "T", "qty": "3"}, name=f"orders{at}.csv")
        market.once()
        assert next(row["supplier"] for row in market.export("shipments") if row["order"] == f"t{at}") == expected, routing


def test_without_back_orders_a_short_supplier_is_passed_over_while_another_has_enough(market: Market) -> None:
    ean = "6416453061903"
    market.settings(
        catalogs="catalogs: [{id: main, suppliers: [ahti], priority: 1}, {id: second, suppliers: [kivi], priority: 2}]\n"
    )
    market.products("ahti", ("T", "2"), EAN=ean)
    market.products("kivi", ("T", "5"), EAN=ean)
    market.orders("nord", {"order": "1", "sku": "T", "qty": "3"}, {"order": "2", "sku": "T", "qty": "9"})
    market.once()
    assert {row["order"]: row["supplier"] for row in market.export("shipments")} == {"1": "kivi", "2": "ahti"}


def test_a_supplier_taken_off_a_catalogue_gets_no_new_orders(market: Market) -> None:
    market.once(now=True)
    market.settings(catalogs="catalogs: [{id: main, name: Main, suppliers: [ahti]}]\n")
    market.orders("nord", {"order": "1", "sku": "K1", "qty": "1"})
    market.once(now=True)
    assert market.problems("nord", "orders.csv") == [("404.product", 2)]
    last = market.outbox("nord", "catalog_*.csv")[-1].name
    assert [(row["sku"], row["available"]) for row in market.rows("nord", last)] == [("K1", "0")]


def test_a_supplier_that_is_switched_off_gets_no_new_orders(market: Market) -> None:
    market.settings(kivi="active: no\n")
    market.orders("nord", {"order": "1", "sku": "K1", "qty": "1"})
    market.orders("nord", {"order": "2", "sku": "K1", "qty": "1", "supplier": "kivi"}, name="orders2.csv")
    market.once()
    assert market.problems("nord", "orders.csv") == [("404.product", 2)]
    assert market.problems("nord", "orders2.csv") == [("404.supplier", 2)]


@pytest.mark.parametrize("partner", ["kivi", "nord"])
def test_nobody_is_switched_off_while_he_has_open_shipments(market: Market, partner: str) -> None:
    market.orders("nord", {"order": "1", "sku": "K1", "qty": "1"})
    market.once()
    market.settings(**{partner: "active: no\n"})
    with pytest.raises(Misconfigured, match=rf"config/partners/{partner}.yaml:\d+: active: .*1 open shipment"):
        market.once()
    market.settings()
    market.deliveries("kivi", {"order": "1", "status": "Cancelled"})
    market.once()
    market.settings(**{partner: "active: no\n"})
    market.once()


def test_an_order_file_under_an_unknown_name_is_never_taken_for_a_cancellation(market: Market) -> None:
    market.orders("nord", {"order": "1", "sku": "A1", "qty": "1"}, name="export-1.csv")
    market.once()
    assert market.answer("nord", "export-1.csv")["mapping"] == "orders"
    market.cancel("nord", {"order": "1"}, name="export-2.csv")
    market.once()
    assert market.answer("nord", "export-2.csv")["mapping"] == "cancellations"


def test_an_order_whose_date_is_its_arrival_is_known_when_it_comes_again(market: Market) -> None:
    dated = market.home.joinpath("mappings/orders.yaml").read_text().replace("date: date", "date: $received")
    market.mapping("orders", dated)
    for _ in range(2):
        market.orders("nord", {"order": "1", "sku": "A1", "qty": "2"})
        market.once()
    assert market.answer("nord", "orders.csv.2")["problem_counts"] == {"409.order": 1}


def test_a_line_number_that_stands_twice_is_told_where_it_stands(market: Market) -> None:
    market.orders(
        "nord", {"order": "1", "sku": "A1", "qty": "1", "line": "7"}, {"order": "1", "sku": "A2", "qty": "1", "line": "7"}
    )
    market.once()
    [problem] = market.answer("nord", "orders.csv")["problems"]
    assert (problem["code"], problem["cell"], problem["column"], problem["field"], problem["value"]) == (
        *("400.duplicate-row", "J3", "line", "lines.line_no", "7"),
    )


def test_a_missing_postcode_is_asked_for_by_the_partners_own_heading(market: Market) -> None:
    market.orders("nord", {"order": "1", "sku": "A1", "qty": "1", "country": "Saksa", "zip": ""})
    market.once()
    [problem] = market.answer("nord", "orders.csv")["problems"]
    assert (problem["code"], problem["cell"], problem["hint"]) == ("400.missing", "G2", "Fill in the column 'zip'.")
