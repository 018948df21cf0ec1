"""Nobody's heap of files holds up another's: partners are served in turns (contract §5)."""

from __future__ import annotations

import os
import shutil

import pytest

from hub.flow import arrive
from hub.flow.round import Silent, Summary, run_round
from tests.ends.conftest import Market


def test_an_order_is_answered_and_sent_on_in_the_round_in_which_it_comes_whatever_heap_another_drops(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arrive, "MOST", 20)
    for nth in range(70):
        market.drop("ahti", f"stock_{nth:03}.csv", f"sku,ean,catalog,stock,as_of,published\nA2,,,{nth},,\n")
    market.orders("nord", {"order": "1", "sku": "K1", "qty": "1"})
    hub = market.open()
    run_round(hub, Summary(), send_all=False, watch=Silent())
    hub.close()
    assert market.answer("nord", "orders.csv")["answer"] == 200
    assert [row["order"] for row in market.rows("kivi", "shipment_*.csv")] == ["1"]
    assert len(list((market.home / "inbox/ahti").iterdir())) == 50


def test_a_heap_is_worked_off_oldest_first_and_whole(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrive, "MOST", 20)
    for nth in range(45):
        market.drop("ahti", f"stock_{nth:03}.csv", f"sku,ean,catalog,stock,as_of,published\nA2,,,{nth + 100},,\n")
    market.once()
    assert list((market.home / "inbox/ahti").iterdir()) == []
    assert market.available("A2") == "144"
    taken = [row["name"] for row in market.export("files") if row["name"].startswith("stock_0") and row["direction"] == "in"]
    assert taken == sorted(taken)


def test_a_hundred_thousand_files_of_one_partner_cost_another_no_round(market: Market) -> None:
    heap = market.home / "inbox/ahti"
    for nth in range(100_000):
        os.close(os.open(heap / f"stock_{nth:06}.csv", os.O_CREAT | os.O_WRONLY))
    market.orders("nord", {"order": "1", "sku": "K1", "qty": "1"})
    hub = market.open()
    summary = Summary()
    run_round(hub, summary, send_all=False, watch=Silent())
    waiting = len(hub.backlog["ahti"])
    hub.close()
    left = sum(1 for _ in os.scandir(heap))
    shutil.rmtree(heap)  # nobody wants to keep them
    assert (summary.taken, waiting, left) == (arrive.MOST + 1, 100_000 - arrive.MOST, 100_000 - arrive.MOST)
    assert market.answer("nord", "orders.csv")["answer"] == 200
    assert [row["order"] for row in market.rows("kivi", "shipment_*.csv")] == ["1"]
