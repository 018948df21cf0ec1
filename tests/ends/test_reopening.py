"""A final order is opened again by the operator's word only (contract §8): shipments are added, final ones stay."""

from __future__ import annotations

import pytest

from hub.desk.mend import release
from hub.desk.reopen import reopen
from hub.domain.problems import NotFound
from tests.ends.conftest import Market


def lines(market: Market) -> list[tuple[str, str, str | None, str]]:
    return [(row["sku"], row["quantity"], row["delivered_quantity"], row["status"]) for row in market.export("order-lines")]


def test_a_cancelled_order_is_sent_again_on_a_new_shipment(market: Market) -> None:
    market.orders("nord", {"order": "1", "sku": "A1", "qty": "4"})
    market.once()
    first = market.shipment("1")
    market.deliveries("ahti", {"shipment": first, "status": "Cancelled"})
    market.once(now=True)
    mended = market.mend(reopen, "1")
    assert mended[0].done
    assert "4 × A1" in mended[0].what
    assert market.status("1") == "Submitted"
    assert [(row["status"], row["final"]) for row in market.export("shipments")] == [("Cancelled", True), ("Submitted", False)]
    assert lines(market) == [("A1", "4", None, "Cancelled"), ("A1", "4", None, "Submitted")]
    assert market.export("orders")[0]["quantity"] == "4"
    assert market.available("A1") == "6"
    assert [row["qty"] for row in market.rows("ahti", "shipment_*.csv")] == ["4", "4"]
    market.once(now=True)
    told = [(row["line"], row["line_status"], row["qty"], row["delivered"]) for row in market.told("nord")]
    assert told == [("1", "Cancelled", "4", "0"), ("1", "Submitted", "4", "")]
    assert "reopen" in {row["by"] for row in market.export("events")}


def test_only_the_rest_of_a_short_delivery_is_sent_again(market: Market) -> None:
    market.orders("nord", {"order": "1", "sku": "A1", "qty": "5"}, {"order": "1", "sku": "K1", "qty": "1"})
    market.once()
    market.deliveries("ahti", {"order": "1", "status": "Delivered", "sku": "A1", "qty": "3"})
    market.deliveries("kivi", {"order": "1", "status": "Delivered", "sku": "K1", "qty": "1"})
    market.once()
    assert market.status("1") == "Delivered"
    market.mend(reopen, "1")
    assert market.status("1") == "Delivered Partially"
    assert [row["qty"] for row in market.rows("ahti", "shipment_*.csv")] == ["5", "2"]
    assert len(market.rows("kivi", "shipment_*.csv")) == 1
    market.deliveries("ahti", {"order": "1", "status": "Delivered", "sku": "A1", "qty": "2"})  # means the open one
    market.once()
    order = market.export("orders")[0]
    assert (order["status"], order["quantity"], order["delivered_quantity"]) == ("Delivered", "6", "6")
    assert not market.mend(reopen, "1")[0].done


def test_a_cancellation_by_line_number_means_the_line_that_is_open(market: Market) -> None:
    market.orders("nord", {"order": "1", "sku": "A1", "qty": "4"})
    market.once()
    market.deliveries("ahti", {"order": "1", "status": "Cancelled"})
    market.once()
    market.mend(reopen, "1")
    market.cancel("nord", {"order": "1", "line": "1"})
    market.once()
    assert market.problems("nord", "cancel.csv") == [("207.requested", 2)]


def test_an_order_that_is_open_or_cannot_be_routed_stays_as_it_is(market: Market) -> None:
    market.orders("nord", {"order": "1", "sku": "A1", "qty": "4"})
    market.once()
    assert "is not final" in market.mend(reopen, "1")[0].what
    market.deliveries("ahti", {"order": "1", "status": "Cancelled"})
    market.products("ahti", ("A1", "4"), name="products2.csv", Myynnissä="no")
    market.once()
    before = market.export("shipments")
    mended = market.mend(reopen, "1")[0]
    assert not mended.done
    assert "404.product" in mended.what
    assert market.export("shipments") == before
    with pytest.raises(NotFound):
        market.mend(reopen, "2")


def test_a_draft_that_was_cancelled_is_opened_and_goes_on(market: Market) -> None:
    market.orders("nord", {"order": "1", "sku": "A1", "qty": "4", "submit": "no"})
    market.cancel("nord", {"order": "1"})
    market.once()
    assert not market.mend(release, "1")[0].done
    assert market.mend(reopen, "1")[0].done
    assert (market.status("1"), len(market.export("order-lines"))) == ("Submitted", 1)


def test_a_released_draft_without_a_supplier_waits_in_error(market: Market) -> None:
    market.settings(nord="unknown_product: keep\n")
    market.orders("nord", {"order": "1", "sku": "ZZ", "qty": "1", "submit": "no"}, {"order": "1", "sku": "A1", "qty": "1"})
    market.once()
    assert market.status("1") == "Draft"
    assert "404.product" in market.mend(release, "1")[0].what
    assert (market.status("1"), market.export("shipments")) == ("Error", [])


def test_an_order_number_of_several_retailers_is_never_guessed(market: Market) -> None:
    for retailer in ("nord", "sud"):
        market.orders(retailer, {"order": "7", "sku": "A1", "qty": "1"}, {"order": "8", "sku": "A1", "qty": "1", "submit": "no"})
    market.once()
    market.deliveries("ahti", {"order": "7", "retailer": "nord", "status": "Cancelled"})
    market.deliveries("ahti", {"order": "7", "retailer": "sud", "status": "Cancelled"}, name="delivery2.csv")
    market.once()
    for how, number in ((reopen, "7"), (release, "8")):
        with pytest.raises(
            NotFound, match=f"several retailers have an order {number}: nord, sud; name one of them with --partner"
        ):
            market.mend(how, number)
        market.mend(how, number, "sud")
    going = [(row["order"], row["retailer"]) for row in market.export("shipments") if row["status"] == "Submitted"]
    assert sorted(going) == [("7", "sud"), ("8", "sud")]
