"""Many small files share a transaction, in and out, and yet each stands for itself: a bad one costs no other anything."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from hub.domain.problems import Verdict
from hub.flow import ahead, answer, render, route, verdicts
from hub.flow.hub import Hub, InHand
from hub.flow.read import incoming
from hub.mapping.intake import Incoming
from tests.ends.conftest import SHIPMENTS, Market

NUMBERED = SHIPMENTS.replace('"shipment_{shipment}.csv"', '"shipment_{seq:4}_{shipment}.csv", encoding: latin1')


@pytest.fixture(params=[2, 200])
def together(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, market: Market) -> Market:
    """A supplier whose shipments go one by one, by Latin-1; `_TOGETHER` small and large."""
    monkeypatch.setattr(render, "_TOGETHER", request.param)
    monkeypatch.setattr(answer, "_TOGETHER", request.param)
    market.mapping("shipments", NUMBERED)
    return market


def test_a_shipment_that_cannot_be_written_costs_only_itself_and_no_number(together: Market) -> None:
    for order, name in (("1", "Aino"), ("2", "Ольга"), ("3", "Liisa"), ("4", "Maija"), ("5", "Ирина")):
        together.orders("nord", {"order": order, "sku": "A1", "qty": "1", "name": name}, name=f"orders_{order}.csv")
    together.once()
    assert [row["name"] for row in together.rows("ahti", "shipment_*.csv")] == ["Aino", "Liisa", "Maija"]
    assert [path.name.split("_")[1] for path in together.outbox("ahti", "shipment_*.csv")] == ["0001", "0002", "0003"]
    assert [together.status(order) for order in "12345"] == ["Submitted", "Error", "Submitted", "Submitted", "Error"]
    assert [together.answer("nord", f"orders_{order}.csv")["answer"] for order in "12345"] == [200] * 5


def test_what_was_sent_together_is_not_sent_again(together: Market) -> None:
    for order in "123":
        together.orders("nord", {"order": order, "sku": "A1", "qty": "1"}, name=f"orders_{order}.csv")
    together.once()
    before = together.outbox("ahti") + together.outbox("nord")
    assert together.once().sent == 0
    assert together.outbox("ahti") + together.outbox("nord") == before


def test_answers_that_are_large_are_filed_as_soon_as_they_are_held(together: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answer, "_HELD", 1)
    for order in "123":
        together.orders("nord", {"order": order, "sku": "A1", "qty": "1"}, name=f"orders_{order}.csv")
    together.once()
    assert [together.answer("nord", f"orders_{order}.csv")["answer"] for order in "123"] == [200] * 3


@pytest.fixture(params=[1, 2, 50])
def kept_together(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, market: Market) -> Market:
    """So many small files share a transaction when they are kept."""
    monkeypatch.setattr(ahead, "_TOGETHER", request.param)
    return market


def test_orders_kept_together_are_decided_as_if_one_file_came_after_the_other(kept_together: Market) -> None:
    market = kept_together
    market.orders("nord", {"order": "1", "sku": "A1", "qty": "1"}, name="orders_1.csv")
    market.orders("nord", {"order": "2", "sku": "nobody sells this", "qty": "1"}, name="orders_2.csv")
    market.drop("nord", "orders_3.csv", "no table at all")
    market.orders("nord", {"order": "1", "sku": "A1", "qty": "1"}, name="orders_4.csv")
    market.orders("nord", {"order": "1", "sku": "A1", "qty": "2", "city": "Turku"}, name="orders_5.csv")
    market.orders("nord", {"order": "3", "sku": "A1", "qty": "3"}, name="orders_6.csv")
    market.once()
    answers = {at: market.answer("nord", f"orders_{at}.csv") for at in range(1, 7)}
    assert [each["answer"] for each in answers.values()] == [200, 404, 400, 409, 409, 200]
    assert answers[4]["problem_counts"] == {"409.order": 1}
    assert "differs in lines" in answers[5]["problems"][0]["message"] or "ship_to.city" in answers[5]["problems"][0]["message"]
    assert [market.status(order) for order in "13"] == ["Submitted", "Submitted"]


def test_a_fault_at_a_file_that_is_begun_while_others_are_taken_costs_nothing(
    kept_together: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    market, failed = kept_together, list[str]()

    def faulty(hub: Hub, file: InHand, **more: Any) -> Incoming:
        if file.name == "orders_2.csv" and not failed:
            failed.append(file.name)
            raise RuntimeError("once")
        return incoming(hub, file, **more)

    monkeypatch.setattr(ahead, "incoming", faulty)
    for order in "123":
        market.orders("nord", {"order": order, "sku": "A1", "qty": "1"}, name=f"orders_{order}.csv")
    market.once()
    assert failed
    assert [market.answer("nord", f"orders_{order}.csv")["answer"] for order in "123"] == [200] * 3


def test_a_fault_of_the_hub_at_one_of_many_files_costs_only_that_file(
    kept_together: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    market, close = kept_together, verdicts._close

    def fails(hub: Hub, db: Any, some: list[Any], now: datetime) -> list[Verdict]:
        """Once everything was kept: the transaction is what takes it back."""
        found = close(hub, db, some, now)
        if any(each.file.name == "orders_2.csv" for each in some):
            raise ValueError("a fault of the hub's own")
        return found

    for order in "123":
        market.orders("nord", {"order": order, "sku": "A1", "qty": "1"}, name=f"orders_{order}.csv")
    with monkeypatch.context() as patch:
        patch.setattr(verdicts, "_close", fails)
        market.once()
    assert [market.status(order) for order in "13"] == ["Submitted", "Submitted"]
    states = {row["name"]: row["state"] for row in market.export("files") if row["name"].startswith("orders_")}
    assert states["orders_2.csv"] == "taken"


@pytest.mark.parametrize("at_hand", [1, 2, 1000])
def test_orders_are_decided_one_after_the_other_however_many_are_at_hand(
    market: Market, monkeypatch: pytest.MonkeyPatch, at_hand: int
) -> None:
    monkeypatch.setattr(route, "_AT_HAND", at_hand)
    ean = "6416453061903"
    market.products("ahti", ("X1", "5"), name="products_x.csv", EAN=ean)
    market.products("kivi", ("Y1", "9"), name="products_y.csv", EAN=ean)
    market.orders(
        "nord",
        {"order": "1", "ean": ean, "qty": "4"},
        {"order": "2", "sku": "X1", "ean": ean, "qty": "1"},
        {"order": "3", "ean": ean, "qty": "4"},
        {"order": "4", "sku": "A1", "qty": "1"},
        name="orders_1.csv",
    )
    market.orders("nord", {"order": "1", "ean": ean, "qty": "4"}, {"order": "5", "sku": "A1", "qty": "2"}, name="orders_2.csv")
    market.orders("nord", {"order": "2", "sku": "X1", "ean": ean, "qty": "9"}, name="orders_3.csv")
    market.once()
    lines = [(row["order"], row["supplier"], row["sku"], row["quantity"]) for row in market.export("order-lines")]
    assert lines == [
        *(("1", "ahti", "X1", "4"), ("2", "ahti", "X1", "1"), ("3", "kivi", "Y1", "4")),
        *(("4", "ahti", "A1", "1"), ("5", "ahti", "A1", "2")),
    ]
    counts = [market.answer("nord", f"orders_{at}.csv")["problem_counts"] for at in (1, 2, 3)]
    assert counts == [{}, {"409.order": 1}, {"409.changed": 1}]
    assert [market.available(sku) for sku in ("X1", "Y1", "A1")] == ["0", "5", "7"]
