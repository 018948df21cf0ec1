"""Despatch files are checked before they leave: a wrong one is held back and told, an untracked one leaves and is told."""

from __future__ import annotations

import pytest

from hub.desk.mend import retry, work_off
from hub.desk.verify import verify
from tests.ends.conftest import DESPATCHES, Market

TURKU = {"name": "Kalle Koe", "street": "Koekuja 2", "city": "Turku", "zip": "20100"}


@pytest.fixture
def ordered(market: Market) -> Market:
    """Two orders for two receivers, and a third for the first of them."""
    market.mapping("despatches", DESPATCHES + "  parcel: parcels.parcel\n  ordered: parcels.lines.quantity\n")
    market.orders(
        "nord",
        {"order": "1", "sku": "A1", "qty": "5"},
        {"order": "2", "sku": "A1", "qty": "1", **TURKU},
        {"order": "3", "sku": "A2", "qty": "1"},
    )
    market.once()
    return market


def delivered(market: Market, order: str, *parcels: tuple[str, str], sku: str = "A1") -> None:
    """(quantity, tracking number) of each parcel."""
    rows = [
        {"order": order, "status": "Delivered", "sku": sku, "qty": quantity, "parcel": str(n), "tracking": number}
        for n, (quantity, number) in enumerate(parcels, start=1)
    ]
    market.deliveries("ahti", *rows, name=f"delivery_{order}_{len(market.export('files'))}.csv")
    market.once(now=True)


def told(market: Market) -> list[tuple[str, str, str, str]]:
    return [(row["order"], row["tracking"], row["qty"], row["ordered"]) for row in market.rows("nord", "despatch_*.csv")]


def noted(market: Market, what: str) -> list[tuple[str, str]]:
    return [(row["order"], row["reason"]) for row in market.export("events") if row["what"] == what]


def test_a_despatch_says_parcels_numbers_and_quantities(ordered: Market) -> None:
    delivered(ordered, "1", ("3", "T1"), ("2", "T2"))
    assert told(ordered) == [("1", "T1", "3", "5"), ("1", "T2", "2", "5")]
    assert noted(ordered, "doubt") == []


def test_one_number_on_goods_for_two_receivers_is_held_back_until_it_is_mended(ordered: Market) -> None:
    delivered(ordered, "1", ("5", "T1"))
    delivered(ordered, "2", ("1", "T1"))
    assert told(ordered) == [("1", "T1", "5", "5")]
    assert noted(ordered, "not-written") == [("2", "despatches: tracking number T1 is on a parcel for another receiver")]
    [held] = [row for row in ordered.export("files") if row["state"] == "quarantined"]
    assert (held["partner"], held["kind"]) == ("nord", "despatches")
    delivered(ordered, "2", ("1", "T1"))
    assert len(told(ordered)) == 1, "told once, not every round"


def test_what_was_held_back_goes_out_when_an_operator_says_so_and_it_is_right_again(ordered: Market) -> None:
    delivered(ordered, "1", ("5", "T1"))
    delivered(ordered, "2", ("1", "T1"))
    [held] = [row for row in ordered.export("files") if row["state"] == "quarantined"]
    hub = ordered.open()
    assert [each.done for each in retry(hub, [str(held["id"])])] == [True]
    work_off(hub)
    assert verify(hub.store, hub.archive).wrong == []
    hub.close()
    assert len(told(ordered)) == 1, "nothing was mended: it is held back again"
    assert len([row for row in ordered.export("files") if row["state"] == "quarantined"]) == 1


def test_two_orders_for_one_receiver_may_lie_in_one_parcel(ordered: Market) -> None:
    delivered(ordered, "1", ("5", "T1"))
    delivered(ordered, "3", ("1", "T1"), sku="A2")
    assert told(ordered) == [("1", "T1", "5", "5"), ("3", "T1", "1", "1")]


def test_goods_without_a_tracking_number_are_told_and_noted_and_told_again_with_it(ordered: Market) -> None:
    delivered(ordered, "2", ("1", ""))
    assert told(ordered) == [("2", "", "1", "1")]
    assert noted(ordered, "doubt") == [("2", "no tracking number for parcel 1")]
    delivered(ordered, "2", ("1", "T7"))
    assert told(ordered)[-1] == ("2", "T7", "1", "1")


def test_goods_of_which_nobody_said_the_parcel_are_told_without_one(ordered: Market) -> None:
    ordered.deliveries("ahti", {"order": "1", "status": "Delivered", "sku": "A1", "qty": "4"}, name="delivery_total.csv")
    ordered.deliveries("ahti", {"order": "3", "status": "Delivered"}, name="delivery_unknown.csv")
    ordered.once(now=True)
    assert told(ordered) == [("1", "", "4", "5"), ("3", "", "", "1")]
    assert noted(ordered, "doubt") == [(order, "no parcel and no tracking number is known") for order in ("1", "3")]


def test_goods_of_which_nobody_said_the_parcel_lie_in_those_of_unknown_contents(ordered: Market) -> None:
    known = {"order": "1", "status": "Delivered", "sku": "A1", "qty": "4"}
    ordered.deliveries("ahti", known, {"order": "1", "tracking": "T1"}, {"order": "1", "tracking": "T2"})
    ordered.once(now=True)
    assert told(ordered) == [("1", "T1", "4", "5"), ("1", "T2", "", "5")]


def test_goods_beside_a_parcel_that_holds_others_are_told_without_one(market: Market) -> None:
    market.orders("nord", {"order": "1", "sku": "A1", "qty": "5"}, {"order": "1", "sku": "A2", "qty": "2"})
    market.once()
    market.deliveries(
        "ahti",
        {"order": "1", "status": "Delivered", "sku": "A1", "qty": "5", "tracking": "T1"},
        {"order": "1", "sku": "A2", "qty": "2"},
    )
    market.once(now=True)
    assert [(row["tracking"], row["sku"], row["qty"]) for row in market.told("nord", "despatch_*.csv")] == [
        ("T1", "A1", "5"),
        ("", "A2", "2"),
    ]
    assert noted(market, "doubt") == [("1", "no parcel and no tracking number is known of A2")]


def test_a_line_that_is_cancelled_later_is_no_reason_to_tell_a_despatch_again(market: Market) -> None:
    market.settings(ahti="short: stays_open\n")
    market.orders("nord", {"order": "1", "sku": "A1", "qty": "5"}, {"order": "1", "sku": "A2", "qty": "2"})
    market.once()
    delivered(market, "1", ("5", "T1"))
    market.deliveries("ahti", {"order": "1", "sku": "A2", "cancelled": "2"})
    market.once(now=True)
    assert market.status("1") == "Delivered"
    assert len(market.outbox("nord", "despatch_*.csv")) == 1
