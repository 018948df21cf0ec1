"""Files that are still being written when the hub looks: taken whole and once, or taken again."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from hub.flow import arrive
from hub.flow.hub import Hub
from hub.flow.round import Silent, Summary, run_round
from tests.ends.conftest import Market

HEAD = "sku,ean,catalog,stock,as_of,published\n"
ROWS = [f"A{nth},,,{nth},,\n" for nth in range(1, 7)]


def taken(market: Market) -> list[dict[str, Any]]:
    return [row for row in market.export("files") if row["direction"] == "in" and row["name"] == "stock.csv"]


class Watch:
    """A hub that stays open, and its own clock: `look` is a poll so many seconds after the last."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        self.seconds = 0.0

    def look(self, after: float) -> int:
        """How many files the poll took."""
        self.seconds += after
        summary = Summary()
        run_round(self.hub, summary, send_all=False, watch=Silent())
        return summary.taken


@pytest.fixture
def watch(market: Market, monkeypatch: pytest.MonkeyPatch) -> Iterator[Watch]:
    settings = (market.home / "config/hub.yaml").read_text()
    market.write("config/hub.yaml", settings.replace("settle: 0s", "settle: 10s"))
    made = Watch(market.open())
    monkeypatch.setattr(arrive, "time", SimpleNamespace(monotonic=lambda: made.seconds, time_ns=time.time_ns))
    yield made
    made.hub.close()


def append(path: Path, text: str) -> None:
    with path.open("a") as writer:
        writer.write(text)


def old(path: Path) -> None:
    """What `cp -p` and some programs of Windows do: the file's time is that of its original."""
    os.utime(path, (1_600_000_000, 1_600_000_000))


@pytest.mark.parametrize("afterwards", [lambda _: None, old], ids=["own time", "an old time is kept"])
@pytest.mark.parametrize("pause", [1, 4, 9])
def test_a_slow_writers_file_is_taken_once_and_whole_however_old_its_time_says_it_is(
    market: Market, watch: Watch, pause: int, afterwards: Callable[[Path], None]
) -> None:
    path = market.write("inbox/ahti/stock.csv", HEAD)
    for row in ROWS:
        afterwards(path)
        assert watch.look(after=pause) == 0
        append(path, row)
    afterwards(path)
    whole = path.read_bytes()
    assert [watch.look(after=seconds) for seconds in (pause, 9.5, 1, 60)] == [0, 0, 1, 0]
    assert [row["sha256"] for row in taken(market)] == [hashlib.sha256(whole).hexdigest()]


def test_a_writer_who_goes_on_after_the_claim_has_his_whole_file_taken_next(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    """He holds the file open; what he adds after the hub has read it makes it another arrival, and nothing is lost."""
    path = market.home / "inbox/ahti/stock.csv"
    enter = arrive._enter
    with path.open("w") as writer:
        writer.write(HEAD + "A1,,,3,,\n")
        writer.flush()

        def entered(*words: Any) -> Any:
            done = enter(*words)
            if not writer.closed:
                writer.write("A2,,,7,,\n")
                writer.close()
            return done

        monkeypatch.setattr(arrive, "_enter", entered)
        market.once()
    market.once()
    assert [row["size"] for row in taken(market)] == [len(HEAD) + 9, len(HEAD) + 18]
    assert (market.available("A1"), market.available("A2")) == ("3", "7")
    assert [each for each in (market.home / "var/claim").rglob("*") if each.is_file()] == []
    assert not path.exists()
