"""A stock figure that was counted before the product was published: the only one there is, so it counts."""

from __future__ import annotations

from tests.ends.conftest import Market


def test_the_first_figure_of_a_product_counts_however_old_it_is(market: Market) -> None:
    market.products("ahti", ("A9", ""), name="products2.csv", Sisäänosto="4,00")
    market.once()
    market.drop("ahti", "stock1.csv", "sku,ean,catalog,stock,as_of,published\nA9,,,7,2020-01-01T06:00:00Z,\n")
    market.once()
    assert market.answer("ahti", "stock1.csv")["answer"] == 200
    assert market.available("A9") == "7"
    market.drop("ahti", "stock2.csv", "sku,ean,catalog,stock,as_of,published\nA9,,,9,2019-01-01T06:00:00Z,\n")
    market.once()
    assert market.problems("ahti", "stock2.csv") == [("409.sequence", 2)]
    assert market.available("A9") == "7"
