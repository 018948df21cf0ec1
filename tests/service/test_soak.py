"""A hub that stays open for months: what it holds does not grow with what it has done."""

from __future__ import annotations

import gc
import os
from pathlib import Path

import pytest

from hub.flow.round import Silent, Summary, run_round
from tests.ends.conftest import Market, market

__all__ = ["market"]

_PAGE = os.sysconf("SC_PAGE_SIZE")
_ROUNDS, _FILES = 12, 40


def held() -> int:
    """Bytes of this process in memory."""
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * _PAGE


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="needs Linux")
def test_a_hub_that_works_for_long_holds_no_more_memory_than_at_first(market: Market) -> None:
    hub = market.open()
    seen: list[int] = []
    for number in range(_ROUNDS):
        for nth in range(_FILES):
            order = {"order": f"{number}-{nth}", "sku": "A1", "qty": "0.001"}
            market.orders("nord", order, {**order, "sku": "NONE"}, name=f"orders-{number}-{nth}.csv")
        run_round(hub, Summary(), send_all=False, watch=Silent())
        seen.append(held())
    left = (dict(hub.backlog), dict(hub.settle._seen), hub.errands.under_way)
    hub.close()
    assert left == ({}, {}, frozenset())
    assert seen[-1] - seen[3] < 12 << 20, [each >> 20 for each in seen]
