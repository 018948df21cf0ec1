"""Partners who name no mapping: the base mapping that finds its headings reads their files."""

from __future__ import annotations

from pathlib import Path

from hub.mapping.library import shipped_folder
from tests.ends.place import Place

EXAMPLES = shipped_folder()


def _file(mapping: str, name: str) -> bytes:
    return (EXAMPLES / f"{mapping}.examples" / name).read_bytes()


def test_known_files_are_read_without_a_mapping_and_others_are_404(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.supplier("ahti")
    place.retailer("nord", "catalogs: [{id: main, suppliers: [ahti]}]\nunknown_product: keep\n")
    place.drop("ahti", "tuotteet.xlsx", _file("posti-glue-products-excel", "hostile.xlsx"))
    place.drop("ahti", "saldot.csv", b"Koodi;Saldo\nA;1\n")
    place.drop("nord", "tilaukset.csv", _file("shopify-orders", "hostile.csv"))
    place.once()
    assert place.answer("ahti", "tuotteet.xlsx")["mapping"] == "base/posti-glue-products-excel"
    assert place.answer("ahti", "tuotteet.xlsx")["counts"]["accepted"] == 2
    assert place.answer("nord", "tilaukset.csv")["mapping"] == "base/shopify-orders"
    assert {row["number"] for row in place.export("orders")} == {"2001", "2002"}
    assert place.answer("ahti", "saldot.csv")["problem_counts"] == {"404.mapping": 1}


def test_a_partner_names_and_extends_base_mappings(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.supplier("ahti", "receive: [{files: '*.csv', mapping: base/posti-glue-products}]\n")
    place.retailer("nord", "receive: [{files: '*.csv', mapping: nord-orders}]\ncatalogs: [{id: main, suppliers: [ahti]}]\n")
    place.mapping("nord-orders", "extends: base/amazon-orders\nfields:\n  service_code: {value: '2103'}\n")
    place.drop("ahti", "tuotteet.csv", _file("posti-glue-products", "hostile.csv"))
    place.drop("nord", "tilaukset.csv", _file("amazon-orders", "hostile.txt"))
    place.once()
    assert place.answer("ahti", "tuotteet.csv")["mapping"] == "base/posti-glue-products"
    answer = place.answer("nord", "tilaukset.csv")
    assert (answer["mapping"], set(answer["problem_counts"])) == ("nord-orders", {"400.number", "404.product"})
