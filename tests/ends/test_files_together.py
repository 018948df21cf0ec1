"""Many outgoing files share a transaction, and yet each stands for itself: one that cannot be written costs no other anything."""

from __future__ import annotations

import pytest

from hub.flow import answer, render
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
