"""What a retailer is told of products: every fact in his own notation, and words that empty what is stored."""

from __future__ import annotations

from tests.ends.conftest import Market

PRODUCTS = """
reads: products
file: {format: csv, delimiter: comma}
notation: {clear: ["NULL"]}
fields: {sku: sku, name: name, length: length, fragile: fragile, images: {from: images, do: {split: "|"}}, stock: stock}
"""
CATALOG = """
writes: catalog
file: {format: csv, delimiter: semicolon, name: "catalog.csv"}
notation: {decimal: ",", yes: kyllä}
fields: {sku: sku, name: name, length: {from: length, unit: cm}, fragile: fragile, images: {from: images, with: " "}}
"""
HEADINGS = "sku,name,length,fragile,images,stock\n"


def test_measures_and_marks_are_written_in_the_retailers_notation(market: Market) -> None:
    market.mapping("products", PRODUCTS)
    market.mapping("catalog", CATALOG)
    market.drop("ahti", "products.csv", HEADINGS + "B1,Tuoli,1.255,yes,https://a.test/1|https://a.test/2,3\n")
    market.once(now=True)
    row = next(each for each in market.rows("nord", "catalog.csv", ";") if each["sku"] == "B1")
    assert row == {
        "sku": "B1",
        "name": "Tuoli",
        "length": "125,5",
        "fragile": "kyllä",
        "images": "https://a.test/1 https://a.test/2",
    }


def test_a_clear_word_empties_every_kind_of_fact(market: Market) -> None:
    market.mapping("products", PRODUCTS)
    market.mapping("catalog", CATALOG)
    market.drop("ahti", "products1.csv", HEADINGS + "B1,Tuoli,1.255,yes,https://a.test/1,3\n")
    market.drop("ahti", "products2.csv", HEADINGS + "B1,NULL,NULL,NULL,NULL,\n")
    market.once(now=True)
    assert market.answer("ahti", "products2.csv")["answer"] == 200
    row = next(each for each in market.rows("nord", "catalog.csv", ";") if each["sku"] == "B1")
    assert row == {"sku": "B1", "name": "", "length": "", "fragile": "", "images": ""}
