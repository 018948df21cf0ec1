"""When a retailer hears of his orders, and of which (contract §9)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.ends.conftest import MAPPINGS, RETAILER, Market

START = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)


class Clock:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def later(self, **by: int) -> None:
        self.now += timedelta(**by)


@pytest.fixture
def clock(market: Market) -> Clock:
    clock = Clock()
    clock.now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(hours=3)
    market.clock = clock
    return clock


def files(market: Market) -> int:
    return len(market.outbox("nord", "status_*.csv"))


def test_every_two_hours_until_final_and_only_what_changed(market: Market, clock: Clock) -> None:
    market.orders("nord", {"order": "1", "sku": "A1", "qty": "5"}, {"order": "2", "sku": "A2", "qty": "1"})
    market.once()
    first = files(market)
    assert {row["order"] for row in market.told("nord")} == {"1", "2"}  # never reported counts as changed
    market.deliveries("ahti", {"order": "1", "status": "Picking"})
    clock.later(hours=1)
    market.once()
    clock.later(minutes=59)
    market.once()
    assert files(market) <= first + 1  # Submitted may have been told, no more: the next file is not due yet
    clock.later(minutes=2)
    market.once()
    assert [(row["order"], row["status"]) for row in market.told("nord") if row["order"] == "1"] == [("1", "Picking")]
    told = files(market)
    clock.later(hours=2)
    market.once()
    assert files(market) == told  # nothing changed, no file
    market.deliveries("ahti", {"order": "1", "status": "Delivered", "sku": "A1", "qty": "4"})
    clock.later(hours=2)
    market.once()
    assert [(row["order"], row["status"], row["delivered"]) for row in market.told("nord")] == [("1", "Delivered", "4")]
    told = files(market)
    market.deliveries("ahti", {"order": "1", "status": "Delivered", "ref": "our own 17"}, name="delivery2.csv")
    clock.later(hours=2)
    market.once()
    assert files(market) == told  # once when final; the supplier's own reference is none of his business
    market.deliveries("ahti", {"order": "1", "sku": "A1", "qty": "5", "tracking": "T1"}, name="delivery3.csv")
    clock.later(hours=2)
    market.once()
    assert [(row["order"], row["delivered"], row["tracking"]) for row in market.told("nord")] == [("1", "5", "T1")]


def test_a_parcel_of_unknown_contents_that_is_added_after_the_end_is_told(market: Market) -> None:
    market.mapping("statuses", MAPPINGS["statuses"] + "  numbers: parcels.tracking_number\n")
    market.orders("nord", {"order": "1", "sku": "A1", "qty": "3"})
    market.once()
    market.deliveries("ahti", {"order": "1", "status": "Delivered", "sku": "A1", "qty": "3", "tracking": "T1"})
    market.once(now=True)
    told = files(market)
    for name in ("delivery2.csv", "delivery3.csv"):
        market.deliveries("ahti", {"order": "1", "tracking": "T5"}, name=name)
        market.once(now=True)
        assert files(market) == told + 1  # once
    assert "T5" in market.outbox("nord", "status_*.csv")[-1].read_text("utf-8")


def test_a_hub_that_was_down_catches_up_once(market: Market, clock: Clock) -> None:
    market.orders("nord", {"order": "1", "sku": "A1", "qty": "5"})
    market.once()
    told = files(market)
    market.deliveries("ahti", {"order": "1", "status": "Viewed"})
    clock.later(hours=9)
    market.once()
    market.once()
    assert files(market) == told + 1


def test_a_cron_expression_is_of_the_partners_time_zone(market: Market, clock: Clock) -> None:
    clock.now = datetime(2030, 6, 3, 3, 30, tzinfo=UTC)  # 6:30 in Helsinki
    send = "send: [{mapping: statuses, at: '0 7 * * *'}]\ncatalogs: [{id: main, name: Main, suppliers: [ahti]}]\n"
    market.retailer("nord", RETAILER.split("send:")[0] + send)
    market.orders("nord", {"order": "1", "sku": "A1", "qty": "5"})
    market.once()
    told = files(market)
    market.deliveries("ahti", {"order": "1", "status": "Viewed"})
    clock.later(minutes=29)
    market.once()
    assert files(market) == told
    clock.later(minutes=2)
    market.once()
    assert files(market) == told + 1


def test_on_change_with_the_number_in_its_name_is_a_file_an_order(market: Market) -> None:
    market.mapping("statuses", MAPPINGS["statuses"].replace("status_{seq:4}.csv", "status_{number}.csv"))
    send = "send: [{mapping: statuses, on: change}]\ncatalogs: [{id: main, name: Main, suppliers: [ahti]}]\n"
    market.retailer("nord", RETAILER.split("send:")[0] + send)
    market.orders("nord", {"order": "1", "sku": "A1", "qty": "1"}, {"order": "2", "sku": "A2", "qty": "1"})
    market.once()
    assert [path.name for path in market.outbox("nord", "status_*")] == ["status_1.csv", "status_2.csv"]
    market.deliveries("ahti", {"order": "2", "status": "Viewed"})
    market.once()
    assert "status_2.2.csv" in [path.name for path in market.outbox("nord", "status_*")]


def test_a_partner_speaks_his_own_words_both_ways(market: Market) -> None:
    deliveries, statuses = MAPPINGS["deliveries"], MAPPINGS["statuses"]
    market.mapping(
        "deliveries",
        deliveries.replace("status: status", "status: {from: status, map: words}") + "maps: {words: {keräilyssä: Picking}}\n",
    )
    market.mapping(
        "statuses",
        statuses.replace("  status: status", "  status: {from: status, map: words}")
        + "maps: {words: {Picking: PLOCKAS, Submitted: SÄND}}\n",
    )
    market.orders("nord", {"order": "1", "sku": "A1", "qty": "1"})
    market.once()
    market.deliveries("ahti", {"order": "1", "status": "keräilyssä"})
    market.once(now=True)
    assert market.status("1") == "Picking"
    assert [row["status"] for row in market.told("nord")] == ["PLOCKAS"]


def test_a_file_that_shows_little_of_a_line_tells_what_one_that_shows_much_does(market: Market) -> None:
    wide = MAPPINGS["statuses"].replace("status_{seq:4}.csv", "wide_{seq:4}.csv")
    market.mapping("wide", f"{wide}  price: lines.price\n  lot: lines.x.lot\n")
    send = "send: [{mapping: statuses, every: 2h}, {mapping: wide, every: 2h}]\n"
    market.retailer("nord", RETAILER.split("send:")[0] + send + "catalogs: [{id: main, name: Main, suppliers: [ahti]}]\n")
    market.orders("nord", {"order": "1", "sku": "A1", "qty": "5"}, {"order": "1", "sku": "A2", "qty": "2"})
    said: list[dict[str, str]] = [
        {"status": "Picking"},
        {"sku": "A1", "qty": "2", "tracking": "T1, T2"},
        {"sku": "A2", "cancelled": "2", "why": "broken", "expected": "2030-01-02"},
        {"status": "Delivered", "sku": "A1", "qty": "5"},
    ]
    market.once(now=True)
    for at, row in enumerate(said):
        market.deliveries("ahti", {"order": "1", **row}, name=f"delivery{at}.csv")
        market.once(now=True)
        much = market.told("nord", "wide_*.csv")
        assert [row.pop("price") for row in much] == ["10.5", "10.5"]
        assert [{name: value for name, value in row.items() if name != "lot"} for row in much] == market.told("nord")
    assert len(market.outbox("nord", "wide_*.csv")) == len(market.outbox("nord", "status_*.csv")) == 1 + len(said)
