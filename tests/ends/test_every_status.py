"""Every status of the table is reached, and by whom (contract §8)."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.desk.mend import release
from hub.desk.overview import stuck
from tests.ends.conftest import RETAILER
from tests.ends.test_warehouse import CATALOG, Warehouse


@pytest.fixture
def place(tmp_path: Path) -> Warehouse:
    """A supplier (ahti: A1) and a warehouse (varasto: W1, and W0 which is sold out) behind one retailer."""
    place = Warehouse(tmp_path)
    place.set_up()
    place.settings(nord="unknown_product: keep\n", catalogs=CATALOG)
    place.goods(("W1", "10"), ("W0", "0"))
    place.products("ahti", ("A1", "10"))
    place.once()
    return place


def set_by(place: Warehouse, number: str, status: str) -> list[str]:
    """Who set a status of an order or its shipments, as the trail says."""
    return [row["by"] for row in place.export("events") if (row["order"], row["to"]) == (number, status)]


def test_draft_accepted_routed_created_and_submitted_are_the_hubs(place: Warehouse) -> None:
    place.orders("nord", {"order": "1", "sku": "A1", "qty": "1", "submit": "no"}, {"order": "2", "sku": "A1", "qty": "1"})
    place.once()
    assert (place.status("1"), set_by(place, "1", "Draft")) == ("Draft", ["hub"])
    for status in ("Accepted", "Routed", "Created", "Submitted"):
        assert set_by(place, "2", status) == ["hub"]
    assert place.status("2") == "Submitted"
    assert place.mend(release, "1")[0].done
    assert (place.status("1"), set_by(place, "1", "Submitted")) == ("Submitted", ["hub"])


def test_a_shipment_without_a_file_stays_created_and_v2_hears_that_it_is_routed(place: Warehouse) -> None:
    place.supplier("ahti")
    place.retailer("nord", RETAILER + CATALOG + "status_words: v2\n")
    place.orders("nord", {"order": "1", "sku": "A1", "qty": "1"})
    place.once(now=True)
    assert place.status("1") == "Created"
    assert [row["status"] for row in place.told("nord")] == ["orderRouted"]


@pytest.mark.parametrize(
    ("status", "rolled_up"),
    [
        ("Viewed", "Viewed"),
        ("Picking", "Picking"),
        ("Packing", "Packing"),
        ("Shipping", "Packing"),
        ("Cancelled", "Cancelled"),
        ("Delivered", "Delivered"),
    ],
)
@pytest.mark.parametrize(("supplier", "sku"), [("ahti", "A1"), ("varasto", "W1")])
def test_progress_is_the_suppliers_and_the_warehouses(
    place: Warehouse, supplier: str, sku: str, status: str, rolled_up: str
) -> None:
    place.sell("1", (sku, "1"))
    place.deliveries(supplier, {"order": "1", "status": status, "sku": sku, "qty": "0" if status == "Cancelled" else "1"})
    place.once()
    assert place.answer(supplier, "delivery.csv")["answer"] == 200
    assert (place.status("1"), set_by(place, "1", status)) == (rolled_up, [supplier])
    assert place.export("shipments")[0]["status"] == status


def test_error_is_the_hubs_on_hold_the_stocks_receiving_the_warehouses(place: Warehouse) -> None:
    place.sell("1", ("ZZ", "1"))
    assert (place.status("1"), set_by(place, "1", "Error")) == ("Error", ["hub"])
    place.sell("2", ("W0", "1"))
    assert (place.status("2"), set_by(place, "2", "On Hold")) == ("On Hold", ["hub"])
    place.purchase("P", "W0", "5")
    place.says("P", status="Receiving")
    assert (place.status("P"), set_by(place, "P", "Receiving")) == ("Receiving", ["varasto"])


def test_cancelled_is_the_retailers_before_anybody_works_on_it(place: Warehouse) -> None:
    place.orders("nord", {"order": "1", "sku": "A1", "qty": "1"})
    place.cancel("nord", {"order": "1"})
    place.once()
    assert (place.status("1"), set_by(place, "1", "Cancelled")) == ("Cancelled", ["nord"])


def test_delivered_partially_is_what_the_hub_makes_of_two_shipments(place: Warehouse) -> None:
    place.sell("1", ("A1", "1"), ("W1", "1"))
    place.deliveries("ahti", {"order": "1", "status": "Delivered", "sku": "A1", "qty": "1"})
    place.once()
    assert (place.status("1"), set_by(place, "1", "Delivered Partially")) == ("Delivered Partially", [])
    place.says("1", status="Delivered", sku="W1", qty="1")
    assert place.status("1") == "Delivered"
    place.deliveries("ahti", {"order": "1", "status": "Delivered Partially"})
    place.once()
    assert place.problems("ahti", "delivery.csv.2") == [("400.transition", 2)]


def test_stuck_orders_and_shipments_are_shown_with_their_reason(place: Warehouse) -> None:
    place.sell("1", ("ZZ", "1"))
    hub = place.open()
    with hub.store.look() as db:
        found = list(stuck(db))
    hub.store.close()
    assert [(each["retailer"], each["order"], each["shipment"]) for each in found] == [("nord", "1", None)]
    assert "404.product" in str(found[0]["why"])
