"""A retailer changes his mind: at once while nobody works on it, later as a request (contract §8)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hub.service.wiring import utc_now
from tests.ends.conftest import Market


def statuses(market: Market) -> dict[tuple[str, str], str]:
    return {(row["order"], row["supplier"]): row["status"] for row in market.export("shipments")}


def test_a_cancellation_before_submitted_takes_effect_at_once(market: Market) -> None:
    market.orders("nord", {"order": "1", "sku": "A1", "qty": "4"})
    market.cancel("nord", {"order": "1", "reason": "changed my mind"})
    market.once()
    assert market.answer("nord", "cancel.csv")["answer"] == 200
    assert market.status("1") == "Cancelled"
    assert market.outbox("ahti", "shipment_*") == []
    assert market.available("A1") == "10"


def test_a_later_cancellation_is_a_request_that_the_supplier_decides(market: Market) -> None:
    market.orders("nord", {"order": "1", "sku": "A1", "qty": "4"}, {"order": "1", "sku": "K1", "qty": "1"})
    market.once()
    market.cancel("nord", {"order": "1", "reason": "too late?"})
    market.once()
    assert (market.answer("nord", "cancel.csv")["answer"], market.problems("nord", "cancel.csv")) == (
        207,
        [("207.requested", 2)] * 2,
    )
    assert market.status("1") == "Submitted"
    assert [(row["sku"], row["qty"], row["reason"]) for row in market.rows("ahti", "cancel_*.csv")] == [("A1", "4", "too late?")]
    market.deliveries("ahti", {"order": "1", "status": "Cancelled"})
    market.deliveries("kivi", {"order": "1", "status": "Delivered", "sku": "K1", "qty": "1"})
    market.once()
    assert statuses(market) == {("1", "ahti"): "Cancelled", ("1", "kivi"): "Delivered"}
    assert market.status("1") == "Delivered"


def test_the_same_cancellation_again_changes_nothing(market: Market) -> None:
    market.orders("nord", {"order": "1", "sku": "A1", "qty": "4"})
    market.once()
    for _ in range(2):
        market.cancel("nord", {"order": "1", "sku": "A1", "qty": "1"})
        market.once()
    assert market.answer("nord", "cancel.csv.2")["counts"]["unchanged"] == 1
    assert len(market.outbox("ahti", "cancel_*")) == 1


def test_a_part_is_cancelled_before_it_is_sent(market: Market) -> None:
    market.orders("nord", {"order": "1", "sku": "A1", "qty": "4"}, {"order": "1", "sku": "A2", "qty": "2"})
    market.cancel("nord", {"order": "1", "sku": "A1", "qty": "1"}, {"order": "1", "sku": "A2"})
    market.once()
    assert [(row["sku"], row["qty"]) for row in market.rows("ahti", "shipment_*.csv")] == [("A1", "3")]
    assert {row["sku"]: row["status"] for row in market.export("order-lines")} == {"A1": "Submitted", "A2": "Cancelled"}
    assert (market.available("A1"), market.available("A2")) == ("7", "10")


def test_a_draft_is_cancelled_where_it_stands(market: Market) -> None:
    market.orders("nord", {"order": "1", "sku": "A1", "qty": "4", "submit": "no"})
    market.once()
    market.cancel("nord", {"order": "1"})
    market.once()
    assert (market.status("1"), market.available("A1")) == ("Cancelled", "10")


def test_what_is_delivered_stays_and_a_strangers_order_is_unknown(market: Market) -> None:
    market.orders("nord", {"order": "1", "sku": "A1", "qty": "1"})
    market.once()
    market.deliveries("ahti", {"order": "1", "status": "Delivered", "sku": "A1", "qty": "1"})
    market.once()
    market.cancel("nord", {"order": "1"})
    market.cancel("sud", {"order": "1"})
    market.once()
    assert market.problems("nord", "cancel.csv") == [("409.final", 2)]
    assert market.problems("sud", "cancel.csv") == [("404.order", 2)]
    assert market.status("1") == "Delivered"


def test_an_all_cancelled_order_may_be_called_delivered(market: Market) -> None:
    market.settings(nord="all_cancelled: Delivered\n")
    market.orders("nord", {"order": "1", "sku": "A1", "qty": "1"})
    market.once()
    market.deliveries("ahti", {"order": "1", "status": "Cancelled"})
    market.once(now=True)
    assert market.status("1") == "Delivered"
    last = market.outbox("nord", "status_*.csv")[-1].name
    assert [(row["status"], row["delivered"]) for row in market.rows("nord", last)] == [("Delivered", "0")]


def test_a_part_cancelled_in_time_is_not_cancelled_once_more_by_a_file(market: Market) -> None:
    market.orders("nord", {"order": "1", "sku": "A1", "qty": "4"})
    market.cancel("nord", {"order": "1", "sku": "A1", "qty": "1"})
    market.once()
    market.once()
    assert [row["qty"] for row in market.rows("ahti", "shipment_*.csv")] == ["3"]
    assert market.outbox("ahti", "cancel_*") == []
    market.cancel("nord", {"order": "1", "sku": "A1", "qty": "1"})
    market.once()
    assert market.answer("nord", "cancel.csv.2")["counts"]["unchanged"] == 1
    market.cancel("nord", {"order": "1", "sku": "A1", "qty": "3"})
    market.once()
    assert [row["qty"] for row in market.rows("ahti", "cancel_*.csv")] == ["2"]


def test_a_cancellation_after_the_file_is_written_and_before_it_is_delivered_follows_it(market: Market) -> None:
    blocked = market.home / "outbox" / "ahti"
    blocked.rename(blocked.with_name("aside"))
    blocked.write_text("no folder")
    market.orders("nord", {"order": "1", "sku": "A1", "qty": "4"}, {"order": "2", "sku": "A2", "qty": "3"})
    market.once()
    assert market.status("1") == "Created"
    market.cancel("nord", {"order": "1", "reason": "changed my mind"}, {"order": "2", "sku": "A2", "qty": "1"})
    market.once()
    assert market.answer("nord", "cancel.csv")["answer"] == 200
    assert (market.status("1"), market.available("A1")) == ("Cancelled", "10")
    blocked.unlink()
    blocked.with_name("aside").rename(blocked)
    market.clock = lambda: utc_now() + timedelta(hours=1)
    market.once()
    assert sorted((row["sku"], row["qty"]) for row in market.rows("ahti", "shipment_*.csv")) == [("A1", "4"), ("A2", "3")]
    assert sorted((row["sku"], row["qty"]) for row in market.rows("ahti", "cancel_*.csv")) == [("A1", "4"), ("A2", "1")]
    assert (market.status("1"), market.status("2")) == ("Cancelled", "Submitted")


@pytest.mark.parametrize("status", ["Viewed", "Picking", "Packing", "Shipping"])
def test_whoever_works_on_it_is_asked_even_without_a_file(market: Market, status: str) -> None:
    market.supplier("ahti", 'receive: [{files: "delivery*", mapping: deliveries}]\nsend: [{mapping: wishes}]\n')
    market.orders("nord", {"order": "1", "sku": "A1", "qty": "4"})
    market.once()
    market.deliveries("ahti", {"order": "1", "status": status})
    market.once()
    market.cancel("nord", {"order": "1"})
    market.once()
    assert market.problems("nord", "cancel.csv") == [("207.requested", 2)]
    assert market.status("1") == ("Packing" if status == "Shipping" else status)
    assert [(row["sku"], row["qty"]) for row in market.rows("ahti", "cancel_*.csv")] == [("A1", "4")]


def test_only_what_is_not_delivered_yet_is_asked_for(market: Market) -> None:
    market.orders("nord", {"order": "1", "sku": "A1", "qty": "4"})
    market.once()
    market.deliveries("ahti", {"order": "1", "status": "Packing", "sku": "A1", "qty": "3"})
    market.once()
    market.cancel("nord", {"order": "1"})
    market.once()
    assert [row["qty"] for row in market.rows("ahti", "cancel_*.csv")] == ["1"]
    market.deliveries("ahti", {"order": "1", "status": "Cancelled"})
    market.once()
    line = market.export("shipment-lines")[0]
    assert (line["status"], line["delivered_quantity"], line["cancelled_quantity"]) == ("Delivered", "3", "1")


def test_a_line_that_the_order_lacks_is_told_and_the_others_are_cancelled(market: Market) -> None:
    market.orders("nord", {"order": "1", "sku": "A1", "qty": "4", "submit": "no"}, {"order": "1", "sku": "A2", "qty": "2"})
    market.once()
    market.cancel("nord", {"order": "1", "sku": "A1"}, {"order": "1", "sku": "ZZ"}, {"order": "1", "sku": "A2", "qty": "3"})
    market.once()
    assert market.problems("nord", "cancel.csv") == [("404.line", 3), ("400.range", 4)]
    assert {row["sku"]: row["status"] for row in market.export("order-lines")} == {"A1": "Cancelled", "A2": "Draft"}


def test_an_order_goes_on_when_the_line_that_held_it_up_is_cancelled(market: Market) -> None:
    market.settings(nord="unknown_product: keep\n")
    market.orders("nord", {"order": "1", "sku": "ZZ", "qty": "1"}, {"order": "1", "sku": "A1", "qty": "1"})
    market.once()
    assert market.status("1") == "Error"
    market.cancel("nord", {"order": "1", "sku": "ZZ"})
    market.once()
    assert market.status("1") == "Submitted"
    assert {row["sku"]: row["status"] for row in market.export("order-lines")} == {"ZZ": "Cancelled", "A1": "Submitted"}


def test_an_unroutable_order_is_cancelled_whole(market: Market) -> None:
    market.settings(nord="unknown_product: keep\n")
    market.orders("nord", {"order": "1", "sku": "ZZ", "qty": "1"}, {"order": "1", "sku": "A1", "qty": "1"})
    market.once()
    market.cancel("nord", {"order": "1"})
    market.once()
    assert (market.status("1"), market.available("A1")) == ("Cancelled", "10")
