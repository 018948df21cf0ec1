"""What becomes of a file at its source once the ledger has it: it is removed when nobody waits for the hub any more."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.channels.local import LocalChannel
from hub.flow import arrive
from tests.ends.conftest import Market


def claimed(market: Market) -> list[Path]:
    return [path for path in (market.home / "var/claim").rglob("*") if path.is_file()]


def test_files_go_when_all_that_they_led_to_was_sent(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    lying: list[int] = []
    deliver = LocalChannel.deliver

    def looked_at(self: LocalChannel, letters: object) -> object:
        lying.append(len(claimed(market)))
        return deliver(self, letters)  # type: ignore[arg-type]

    monkeypatch.setattr(LocalChannel, "deliver", looked_at)
    for order in "123":
        market.orders("nord", {"order": order, "sku": "A1", "qty": "1"}, name=f"orders_{order}.csv")
    market.once()
    assert min(lying) >= 3
    assert claimed(market) == []


def test_a_heap_that_takes_several_rounds_goes_with_the_last_and_is_taken_once(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arrive, "MOST", 2)
    for order in "12345":
        market.orders("nord", {"order": order, "sku": "A1", "qty": "1"}, name=f"orders_{order}.csv")
    market.once()
    assert claimed(market) == []
    taken = [row["name"] for row in market.export("files") if row["direction"] == "in" and row["name"].startswith("orders")]
    assert sorted(taken) == [f"orders_{order}.csv" for order in "12345"]


def test_what_a_crash_left_there_goes_with_the_next_round_and_is_not_taken_again(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    market.orders("nord", {"order": "1", "sku": "A1", "qty": "1"})
    with monkeypatch.context() as patched:
        patched.setattr(arrive, "let_go", lambda *_: None)
        market.once()
    assert len(claimed(market)) >= 1
    before = market.export("files")
    assert market.once().taken == 0
    assert claimed(market) == []
    assert market.export("files") == before
