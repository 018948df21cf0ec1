"""The catalogue as its retailer hears of it: whole or as changes, in several languages, with what may still be ordered."""

from __future__ import annotations

from tests.ends.conftest import CATALOG, Market
from tests.ends.place import table

WHOLE = CATALOG.replace("mode: update\n", "").replace('"catalog_{seq:4}.csv"', '"whole_{seq:4}.csv"')
TEXTS = """
reads: products
file: {format: csv, delimiter: comma}
fields: {sku: sku, name: name, name.fi: name_fi, name.sv: name_sv, description.fi: text_fi, stock: stock, catalog: catalog}
"""
TOLD = """
writes: catalog
mode: update
file: {format: csv, delimiter: comma, name: "catalog_{seq:4}.csv"}
fields: {sku: sku, catalog: catalog, nimi: [name.fi, name], namn: [name.sv, name], kuvaus: description.fi, available: available}
"""


def stock(market: Market, *rows: tuple[str, str, str, str], name: str = "stock.csv") -> None:
    """(sku, catalog, stock, published)."""
    market.drop("ahti", name, table(("sku", "catalog", "stock", "published", "ean", "as_of"), [(*row, "", "") for row in rows]))


def last(market: Market, pattern: str = "catalog_*.csv", retailer: str = "nord") -> dict[str, str]:
    """What the last file of a retailer says: available by sku."""
    return {row["sku"]: row["available"] for row in market.rows(retailer, market.outbox(retailer, pattern)[-1].name)}


def many(market: Market, pattern: str = "catalog_*.csv") -> int:
    market.once(now=True)
    return len(market.outbox("nord", pattern))


def test_one_product_text_serves_all_retailers_in_their_languages(market: Market) -> None:
    market.mapping("products", TEXTS)
    market.mapping("catalog", TOLD)
    market.drop("ahti", "products.csv", "sku,name,name_fi,name_sv,text_fi,stock,catalog\nB1,Chair,Tuoli,Stol,Puinen,3,\n")
    market.once(now=True)
    for retailer, catalog in (("nord", "main"), ("sud", "south")):
        row = next(each for each in market.rows(retailer, "catalog_*.csv") if each["sku"] == "B1")
        assert row == {"sku": "B1", "catalog": catalog, "nimi": "Tuoli", "namn": "Stol", "kuvaus": "Puinen", "available": "3"}


def test_changes_since_the_last_file_are_those_of_what_it_says(market: Market) -> None:
    market.orders("nord", {"order": "1", "sku": "A1", "qty": "4"})
    assert many(market) == 2
    assert last(market) == {"A1": "6"}
    stock(market, ("A1", "", "6", ""))  # counted after the four had been handed over: as many as before may be ordered
    assert many(market) == 2
    stock(market, ("A1", "", "5", ""))
    assert many(market) == 3
    assert last(market) == {"A1": "5"}


def test_a_withdrawn_and_an_ended_product_are_told_once_with_nothing_available(market: Market) -> None:
    many(market)
    stock(market, ("A1", "main", "10", "no"))
    market.products("ahti", ("A2", "10"), Myynnissä="no")
    assert many(market) == 2
    assert last(market) == {"A1": "0", "A2": "0"}
    assert many(market) == 2
    stock(market, ("A1", "main", "10", "yes"))
    assert many(market) == 3
    assert last(market) == {"A1": "10"}


def test_what_was_never_on_sale_is_not_told_as_withdrawn(market: Market) -> None:
    market.products("ahti", ("A3", "5"), name="products2.csv", Myynnissä="no")
    many(market)
    assert "A3" not in last(market)


def test_a_catalogue_that_is_taken_away_is_told_as_withdrawn(market: Market) -> None:
    market.settings(catalogs="catalogs: [{id: main, suppliers: [ahti]}, {id: extra, suppliers: [kivi]}]\n")
    market.products("kivi", ("K1", "10"))
    before = many(market)
    market.settings(catalogs="catalogs: [{id: main, suppliers: [ahti]}]\n")
    assert many(market) == before + 1
    assert last(market) == {"K1": "0"}
    assert many(market) == before + 1


def test_a_whole_file_leaves_out_what_is_not_on_sale(market: Market) -> None:
    market.mapping("catalog", WHOLE)
    assert many(market, "whole_*") == 1
    market.products("ahti", ("A2", "10"), Myynnissä="no")
    assert many(market, "whole_*") == 2
    assert last(market, "whole_*") == {"A1": "10", "K1": "10"}


def test_a_whole_file_on_change_is_sent_once_for_each_change(market: Market) -> None:
    market.mapping("whole", WHOLE)
    path = market.home / "config/partners/nord.yaml"
    path.write_text(path.read_text().replace("{mapping: catalog, every: 1d}", "{mapping: whole, on: change}"))
    assert many(market, "whole_*") == 1
    market.products("ahti", ("A2", "10"), Myynnissä="no")
    assert many(market, "whole_*") == 2
    assert many(market, "whole_*") == 2
    market.products("ahti", ("A2", "10"), Myynnissä="yes", name="products2.csv")
    assert many(market, "whole_*") == 3
    assert last(market, "whole_*") == {"A1": "10", "A2": "10", "K1": "10"}


def test_the_last_product_gone_is_told_by_an_empty_whole_file(market: Market) -> None:
    market.mapping("catalog", WHOLE)
    many(market, "whole_*")
    market.products("ahti", ("A1", "10"), ("A2", "10"), Myynnissä="no")
    market.products("kivi", ("K1", "10"), Myynnissä="no")
    assert many(market, "whole_*") == 2
    assert last(market, "whole_*") == {}
    assert many(market, "whole_*") == 2


def test_a_full_product_file_ends_what_it_does_not_name_and_brings_it_back(market: Market) -> None:
    market.mapping(
        "products", market.home.joinpath("mappings/products.yaml").read_text() + "mode: full\nlimits: {min_share: 0%}\n"
    )
    many(market)
    market.products("ahti", ("A1", "10"))
    assert many(market) == 2
    assert last(market) == {"A2": "0"}
    market.products("ahti", ("A1", "10"), ("A2", "7"))
    assert many(market) == 3
    assert last(market) == {"A2": "7"}


def test_a_figure_in_the_file_name_is_as_old_as_the_name_says(market: Market) -> None:
    dated = market.home.joinpath("mappings/stock.yaml").read_text()
    dated = dated.replace('"stock*.csv"', '"stock_{at:YYYYMMDDHHmm}.csv"').replace("as_of: as_of", "as_of: $file.at")
    market.mapping("stock", dated)
    stock(market, ("A1", "", "3", ""), name="stock_202001010600.csv")
    market.once()
    assert market.problems("ahti", "stock_202001010600.csv") == [("409.sequence", 2)]
    assert market.available("A1") == "10"


def test_a_full_file_touches_only_the_catalogues_that_it_names(market: Market) -> None:
    stock(market, ("A1", "main", "4", ""), name="stock_full1.csv")
    market.once()
    assert [market.available(sku, catalog) for sku in ("A1", "A2") for catalog in ("main", "south")] == ["4", "10", "0", "10"]
    stock(market, ("A1", "nowhere", "4", ""), name="stock_full2.csv")
    market.once()
    assert market.problems("ahti", "stock_full2.csv") == [("404.catalog", 2)]
    assert [market.available(sku, catalog) for sku in ("A1", "A2") for catalog in ("main", "south")] == ["4", "10", "0", "10"]


def test_a_refused_row_that_names_only_the_ean_is_not_missing_either(market: Market) -> None:
    market.products("ahti", ("A1", "10"), EAN="6416453061903")
    rows = [("", "", "lots", "", "6416453061903", ""), *((f"B{n}", "", "4", "", "", "") for n in range(9))]
    market.products("ahti", *((f"B{n}", "1") for n in range(9)), name="products2.csv")
    market.drop("ahti", "stock_full.csv", table(("sku", "catalog", "stock", "published", "ean", "as_of"), rows))
    market.once()
    assert (market.available("A1"), market.available("A2"), market.available("B1")) == ("10", "0", "4")


def test_an_old_full_file_empties_nothing_that_is_newer(market: Market) -> None:
    rows = [("A1", "", "3", "", "", "2020-01-01T06:00:00Z")]
    market.drop("ahti", "stock_full.csv", table(("sku", "catalog", "stock", "published", "ean", "as_of"), rows))
    market.once()
    assert market.problems("ahti", "stock_full.csv") == [("409.sequence", 2)]
    assert (market.available("A1"), market.available("A2")) == ("10", "10")


def test_a_supplier_who_publishes_by_name_only_is_seen_where_he_says(market: Market) -> None:
    market.settings(ahti="publish: named\n")
    market.products("ahti", ("B1", "5"), name="products2.csv")
    market.products("ahti", ("B2", "5"), name="products3.csv", Luettelo="south")
    market.once()
    assert {(row["sku"], row["catalog"]) for row in market.export("balances") if row["sku"] in ("B1", "B2")} == {("B2", "south")}
