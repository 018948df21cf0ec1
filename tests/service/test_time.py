"""Schedules against the clock: what is due, the store says, so that each scheduled file is made exactly once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from hub.flow.hub import Hub
from hub.service.once import once
from tests.ends.conftest import CATALOG, MAPPINGS, Market

HELSINKI = ZoneInfo("Europe/Helsinki")
WHOLE = CATALOG.replace("mode: update\n", "").replace("catalog_{seq:4}", "catalog_{now:YYYYMMDD-HHmm}_{seq:4}")
RETAILER = """
send:
  - {{mapping: whole, {schedule}}}
catalogs: [{{id: main, name: Main, suppliers: [ahti]}}]
"""


class Clocked(Market):
    """A market whose catalogue goes out by a schedule, and whose clock the test sets."""

    at = datetime(2026, 1, 1, tzinfo=UTC)
    hub: Hub | None = None  # kept open: a start for each of many moments would cost minutes

    def set_up_with(self, schedule: str, begin: datetime) -> None:
        self.clock = lambda: self.at
        for name, text in MAPPINGS.items():
            self.mapping(name, text)
        self.mapping("whole", WHOLE)
        self.retailer("nord", RETAILER.format(schedule=schedule))
        self.supplier("ahti", "receive: [{files: 'products*', mapping: products}]\n")
        self.products("ahti", ("A1", "10"))
        self.look(begin)  # the schedule is seen for the first time, and due at once
        for path in self.outbox("nord"):
            path.unlink()

    def look(self, at: datetime) -> list[Path]:
        """What has come since the last look, when the hub works at a moment."""
        before = set(self.outbox("nord"))
        self.at = at.astimezone(UTC)
        self.hub = self.hub or self.open()
        once(self.hub)
        return [path for path in self.outbox("nord") if path not in before]


@pytest.fixture
def clocked(tmp_path: Path) -> Iterator[Clocked]:
    made = Clocked(tmp_path)
    yield made
    if made.hub is not None:
        made.hub.close()


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=HELSINKI)


def every(minutes: int, begin: datetime, hours: int) -> Iterator[datetime]:
    """Moments in real time, also across a change of the clock."""
    for nth in range(hours * 60 // minutes):
        yield begin.astimezone(UTC) + nth * timedelta(minutes=minutes)


SPRING, AUTUMN = date(2026, 3, 29), date(2026, 10, 25)
CUT_OFFS = {
    "in an hour that spring skips": ("30 3 * * *", SPRING),
    "in an hour that autumn doubles": ("30 3 * * *", AUTUMN),
    "at the very moment of the spring change": ("0 3 * * *", SPRING),
    "at the very moment of the autumn change": ("0 4 * * *", AUTUMN),
    "far from the change, in spring": ("15 17 * * *", SPRING),
    "far from the change, in autumn": ("15 17 * * *", AUTUMN),
}


@pytest.mark.parametrize("what", CUT_OFFS)
def test_a_daily_cut_off_makes_one_file_a_day_also_when_the_clocks_change(clocked: Clocked, what: str) -> None:
    at, day = CUT_OFFS[what]
    begin = local(f"{day - timedelta(days=2)}T18:00")
    clocked.set_up_with(f'at: "{at}"', begin)
    made = [moment.astimezone(HELSINKI).date() for moment in every(30, begin, 74) for _ in clocked.look(moment)]
    assert made == [day - timedelta(days=1), day, day + timedelta(days=1)]


@pytest.mark.parametrize("day", [SPRING, AUTUMN])
def test_an_interval_goes_by_real_hours_when_the_clocks_change(clocked: Clocked, day: date) -> None:
    begin = local(f"{day}T00:00")
    clocked.set_up_with("every: 2h", begin)
    made = [moment for moment in every(30, begin, 13) for _ in clocked.look(moment)]
    assert [late - early for early, late in pairwise(made)] == [timedelta(hours=2)] * (len(made) - 1)
    assert len(made) == 6


def test_a_hub_that_was_down_over_cut_offs_catches_up_with_one_file(clocked: Clocked) -> None:
    clocked.set_up_with('at: "0 6 * * *"', local("2026-11-02T12:00"))
    assert len(clocked.look(local("2026-11-05T09:17"))) == 1, "three were missed; a file that is whole is sent once"
    assert clocked.look(local("2026-11-05T09:18")) == []
    assert len(clocked.look(local("2026-11-06T06:00"))) == 1, "and the beat is kept"


def test_a_clock_that_jumps_back_sends_nothing_twice(clocked: Clocked) -> None:
    clocked.set_up_with('at: "0 6 * * *"', local("2026-11-02T12:00"))
    assert len(clocked.look(local("2026-11-03T06:01"))) == 1
    assert clocked.look(local("2026-11-03T05:01")) == []
    assert clocked.look(local("2026-11-03T06:01")) == []
    assert len(clocked.look(local("2026-11-04T06:00"))) == 1


def test_a_clock_that_jumps_ahead_and_back_leaves_out_only_what_it_sent_too_early(clocked: Clocked) -> None:
    clocked.set_up_with('at: "0 6 * * *"', local("2026-11-02T12:00"))
    assert len(clocked.look(local("2026-11-03T06:30"))) == 1, "an hour too early by the true time: this is the 3rd's file"
    assert [len(clocked.look(local(f"2026-11-0{day}T06:00"))) for day in (3, 4, 5)] == [0, 1, 1]


def test_files_are_worked_on_whatever_the_clock_does(clocked: Clocked) -> None:
    """Times of files and of the store may lie in the future: nothing waits for them."""
    clocked.set_up_with("every: 2h", local("2026-11-02T12:00"))
    clocked.products("ahti", ("A2", "1"), name="products-2.csv")
    clocked.look(local("2026-11-02T06:00"))
    assert {row["sku"] for row in clocked.export("products")} == {"A1", "A2"}
