"""Stock figures: whose they are, how old they are, and what of them may still be ordered (contract §4, §7)."""

from __future__ import annotations

import pytest

from tests.ends.conftest import Market
from tests.ends.place import table


def stock(market: Market, *rows: tuple[str, str], name: str = "stock.csv", **more: str) -> None:
    headings = ("sku", "ean", "catalog", "stock", "as_of", "published")
    market.drop(
        "ahti",
        name,
        table(headings, [{**dict.fromkeys(headings, ""), "sku": sku, "stock": figure, **more} for sku, figure in rows]),
    )


def figures(market: Market, catalog: str = "main") -> dict[str, str]:
    return {row["sku"]: row["stock"] for row in market.export("balances") if row["catalog"] == catalog}


def test_stock_that_returns_to_an_earlier_level_is_taken_again(market: Market) -> None:
    for figure in ("5", "7", "5"):
        stock(market, ("A1", figure))
        market.once()
        assert figures(market)["A1"] == figure


def test_available_is_the_figure_less_what_was_ordered_since(market: Market) -> None:
    market.orders("nord", {"order": "1", "sku": "A1", "qty": "4"})
    market.once()
    assert market.available("A1") == "6"
    stock(market, ("A1", "10"))
    market.once()
    assert market.available("A1") == "10", "the shipment was handed over before the new figure"


def test_a_figure_without_catalogue_is_one_pool_for_all_retailers(market: Market) -> None:
    market.orders("sud", {"order": "1", "sku": "A1", "qty": "4"})
    market.once()
    assert (market.available("A1", "main"), market.available("A1", "south")) == ("6", "6")
    stock(market, ("A1", "8"), catalog="south")
    market.orders("sud", {"order": "2", "sku": "A1", "qty": "3"}, name="orders2.csv")
    market.once()
    assert (market.available("A1", "south"), market.available("A1", "main")) == ("5", "3")


def test_available_never_falls_below_zero(market: Market) -> None:
    market.orders("nord", {"order": "1", "sku": "A1", "qty": "14"})
    market.once()
    assert market.available("A1") == "0"


def test_an_older_figure_is_passed_over(market: Market) -> None:
    stock(market, ("A1", "3"), as_of="2020-01-01T00:00:00Z")
    market.once()
    assert (market.answer("ahti", "stock.csv")["answer"], market.problems("ahti", "stock.csv")) == (409, [("409.sequence", 2)])
    assert figures(market)["A1"] == "10"


def test_an_unknown_product_is_a_warning_outside_refuse_above(market: Market) -> None:
    stock(market, ("A1", "3"), *[(f"Z{n}", "1") for n in range(20)])
    market.once()
    answer = market.answer("ahti", "stock.csv")
    assert (answer["answer"], answer["counts"]["accepted"], answer["counts"]["refused"]) == (207, 1, 20)
    assert {each["level"] for each in answer["problems"]} == {"warning"}
    assert figures(market)["A1"] == "3"


def test_a_stock_file_publishes_nothing_new(market: Market) -> None:
    stock(market, ("A1", "3"), catalog="elsewhere")
    market.once()
    assert market.problems("ahti", "stock.csv") == [("404.catalog", 2)]
    assert set(figures(market)) == {"A1", "A2", "K1"}


def test_a_full_file_empties_what_it_does_not_name_but_not_a_refused_row(market: Market) -> None:
    market.products("ahti", *[(f"B{n}", "10") for n in range(10)], name="products2.csv")
    market.once()
    stock(market, *[(f"B{n}", "4") for n in range(9)], ("A1", "lots"), name="stock_full.csv")
    market.once()
    assert figures(market) == {"A1": "10", "A2": "0", "K1": "10", "B9": "0", **{f"B{n}": "4" for n in range(9)}}


def test_a_full_file_much_shorter_than_the_last_is_refused(market: Market) -> None:
    market.products("ahti", *[(f"B{n}", "10") for n in range(10)], name="products2.csv")
    stock(market, *[(f"B{n}", "4") for n in range(10)], name="stock_full.csv")
    market.once()
    stock(market, *[(f"B{n}", "4") for n in range(7)], name="stock_full.csv")
    market.once()
    assert market.problems("ahti", "stock_full.csv.2") == [("400.too-few", None)]
    counts = market.answer("ahti", "stock_full.csv.2")["counts"]
    assert (counts["read"], counts["refused"]) == (7, 7)
    assert figures(market)["B9"] == "4"


def test_a_full_file_of_which_nothing_is_taken_empties_nothing(market: Market) -> None:
    stock(market, ("X1", "5"), ("X2", "5"), name="stock_full.csv")
    market.once()
    assert market.answer("ahti", "stock_full.csv")["answer"] == 404
    assert figures(market) == {"A1": "10", "A2": "10", "K1": "10"}


def test_a_figure_of_a_day_to_come_is_taken_with_a_warning(market: Market) -> None:
    stock(market, ("A1", "7"), as_of="2099-01-01")
    market.once()
    assert market.problems("ahti", "stock.csv") == [("400.date", 2)]
    assert figures(market)["A1"] == "7"


def test_a_withdrawn_balance_is_no_longer_routed_to(market: Market) -> None:
    stock(market, ("A1", "5"), catalog="main", published="no")
    market.orders("nord", {"order": "1", "sku": "A1", "qty": "1"})
    market.once()
    assert market.problems("nord", "orders.csv") == [("404.product", 2)]


def test_end_of_sale_changes_new_routing_only(market: Market) -> None:
    market.orders("nord", {"order": "1", "sku": "A1", "qty": "1"})
    market.once()
    market.products("ahti", ("A1", "10"), Myynnissä="no")
    market.orders("nord", {"order": "2", "sku": "A1", "qty": "1"}, name="orders2.csv")
    market.once()
    assert market.problems("nord", "orders2.csv") == [("404.product", 2)]
    market.deliveries("ahti", {"order": "1", "status": "Delivered", "sku": "A1", "qty": "1"})
    market.once()
    assert market.status("1") == "Delivered"


def test_a_blank_keeps_what_is_stored(market: Market) -> None:
    market.products("ahti", ("A1", ""), Nimi="Uusi nimi", Hinta="")
    market.once()
    product = next(row for row in market.export("products") if row["sku"] == "A1")
    assert (product["name"], product["price"], figures(market)["A1"]) == ("Uusi nimi", "10.5", "10")


@pytest.mark.parametrize("ean", ["6416453061903", "06416453061903"])
def test_stock_by_ean_alone(market: Market, ean: str) -> None:
    market.products("ahti", ("A1", "10"), EAN="6416453061903")
    stock(market, ("", "3"), ean=ean)
    market.once()
    assert figures(market)["A1"] == "3"


def test_the_catalogue_tells_changes_with_available_stock(market: Market) -> None:
    market.once(now=True)
    first = market.rows("nord", "catalog_0001.csv")
    assert {(row["sku"], row["available"], row["price"]) for row in first} == {
        ("A1", "10", "10.5"),
        ("A2", "10", "10.5"),
        ("K1", "10", "10.5"),
    }
    market.orders("nord", {"order": "1", "sku": "A1", "qty": "4"})
    market.products("ahti", ("A2", ""), Myynnissä="no")
    market.once(now=True)
    second = market.rows("nord", "catalog_0002.csv")
    assert {(row["sku"], row["available"], row["active"]) for row in second} == {("A1", "6", "yes"), ("A2", "0", "no")}
    market.once(now=True)
    assert len(market.outbox("nord", "catalog_*")) == 2


def test_a_renamed_column_is_named_and_not_lost_in_silence(market: Market) -> None:
    market.products("ahti", ("A1", "7"))
    path = market.home / "inbox/ahti/products.csv"
    path.write_text(path.read_text().replace("Saldo", "Saldo kpl"))
    market.once()
    [problem] = market.answer("ahti", "products.csv.2")["problems"]
    assert (problem["code"], problem["level"], problem["field"]) == ("400.column", "warning", "stock")
    assert "'Saldo kpl'" in problem["hint"]
