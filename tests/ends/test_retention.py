"""What retention lets go of, and what stays: persons leave, the ledger keeps counts and hashes (contract §2)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hub.desk.verify import verify
from hub.flow.purge import Purged, purge
from hub.service.schedule import Upkeep
from hub.store.archive import ContentPurged
from tests.ends.conftest import ADDRESS, MAPPINGS, ORDER_HEADINGS, Market
from tests.ends.place import POSTGRESQL, table

CANARY = "Kanarialintunen"
START = datetime(2026, 1, 10, 8, tzinfo=UTC)
FINAL_PURGED = timedelta(days=91)


def at(market: Market, moment: datetime) -> Market:
    market.clock = lambda: moment
    return market


def let_go(market: Market, *, dry_run: bool = False) -> Purged:
    hub = market.open()
    try:
        return purge(hub, dry_run=dry_run)
    finally:
        hub.close()


def found_in_state(market: Market, word: str) -> list[str]:
    """Every file of the hub's state that holds a word, free pages and write-ahead log included."""
    return [
        path.relative_to(market.home).as_posix()
        for path in sorted((market.home / "var").rglob("*"))
        if path.is_file() and word.encode() in path.read_bytes()
    ]


@pytest.fixture
def old(tmp_path: Path) -> Market:
    """An order of January, delivered in January, by a retailer whose file is too large for the store's own archive."""
    market = at(Market(tmp_path), START)
    market.set_up()
    market.products("ahti", ("A1", "10"))
    market.once()
    market.orders("nord", {"order": "1", "sku": "A1", "qty": "1", "name": f"Maija {CANARY}", "street": f"{CANARY}tie 4"})
    market.orders("nord", {"order": "2", "sku": "NONE", "qty": "1", "name": f"Matti {CANARY}"}, name="orders_bad.csv")
    large = {**dict.fromkeys(ORDER_HEADINGS, ""), **ADDRESS, "order": "3", "sku": "A1", "qty": "1", "name": f"Liisa {CANARY}"}
    market.drop("nord", "orders_large.csv", table([*ORDER_HEADINGS, "more"], [large | {"more": "x" * 100_000}]))
    market.once()
    market.deliveries("ahti", {"order": "1", "status": "Delivered", "sku": "A1", "qty": "1"})
    market.deliveries("ahti", {"order": "3", "status": "Cancelled"}, name="delivery_2.csv")
    market.once()
    return market


@pytest.mark.skipif(bool(POSTGRESQL), reason="the pages of a PostgreSQL server lie elsewhere")
def test_persons_leave_orders_archive_and_free_pages_after_their_time(old: Market) -> None:
    assert found_in_state(old, CANARY) != []
    let_go(at(old, START + FINAL_PURGED))
    assert found_in_state(old, CANARY) == []


@pytest.mark.skipif(bool(POSTGRESQL), reason="the pages of a PostgreSQL server lie elsewhere")
def test_what_people_wrote_and_what_a_failed_file_showed_leaves_with_the_persons(tmp_path: Path) -> None:
    market = at(Market(tmp_path), START)
    market.set_up()
    market.mapping("shipments", MAPPINGS["shipments"].replace("delimiter: comma", "delimiter: comma, encoding: cp1252"))
    market.products("ahti", ("A1", "10"))
    market.once()
    market.orders("nord", {"order": "1", "sku": "A1", "qty": "1", "name": f"Мария {CANARY}"})
    market.orders("nord", {"order": "2", "sku": "A1", "qty": "1"}, name="orders2.csv")
    market.once()
    assert market.status("1") == "Error"  # its trail shows the name that could not be written
    market.cancel("nord", *({"order": order, "reason": f"{CANARY} has moved"} for order in ("1", "2")))
    market.deliveries("ahti", {"order": "2", "status": "Cancelled", "sku": "A1", "why": f"{CANARY} was not at home"})
    market.once()
    assert found_in_state(market, CANARY) != []
    let_go(at(market, START + FINAL_PURGED))
    assert found_in_state(market, CANARY) == []
    assert [row["reason"] for row in market.export("events") if row["reason"]] == ["split to ahti"] * 2


def test_ledger_counts_and_hashes_stay(old: Market) -> None:
    before = {kind: old.export(kind) for kind in ("files", "orders", "order-lines", "shipments", "events")}
    assert let_go(at(old, START + FINAL_PURGED)).orders == 2
    assert {kind: old.export(kind) for kind in before} == before


def test_ledger_journal_and_archive_still_agree(old: Market) -> None:
    gone = let_go(at(old, START + FINAL_PURGED))
    hub = old.open()
    found = verify(hub.store, hub.archive)
    hub.close()
    assert (found.wrong, found.purged) == ([], gone.files)


def test_labels_and_notes_go_with_the_order_that_they_are_of(tmp_path: Path) -> None:
    market = at(Market(tmp_path), START)
    market.set_up()
    market.settings(ahti="prints: [{what: label}, {what: note}]\ntracking: {prefix: JJFI12345, digits: 17, from: 1, to: 9}\n")
    market.products("ahti", ("A1", "10"))
    market.once()
    market.orders("nord", {"order": "1", "sku": "A1", "qty": "1"})
    market.once()
    market.deliveries("ahti", {"order": "1", "status": "Delivered", "sku": "A1", "qty": "1"})
    market.once()
    papers = [row["id"] for row in market.export("files") if row["name"].endswith(".pdf")]
    assert len(papers) == 4
    let_go(at(market, START + FINAL_PURGED))
    hub = market.open()
    for paper in papers:
        with hub.store.look() as db, pytest.raises(ContentPurged):
            hub.archive.read(db, paper)
    hub.close()


def test_nothing_leaves_before_its_time(old: Market) -> None:
    assert let_go(at(old, START + timedelta(days=89))) == Purged(0, 0, 0)


def test_an_order_that_is_not_final_keeps_its_receiver(old: Market) -> None:
    old.orders("nord", {"order": "4", "sku": "A1", "qty": "1", "name": "Pekka Pysyvä"}, name="orders_open.csv")
    old.once()
    let_go(at(old, START + timedelta(days=399)))
    old.mapping("names", "writes: shipments\nfile: {format: csv, name: 'again_{shipment}.csv'}\nfields: {name: ship_to.name}\n")
    old.settings(ahti="  - {mapping: names}\n")
    assert "Pekka Pysyvä" in [row["name"] for row in old.rows("ahti", "shipment_*.csv")]
    hub = old.open()
    with hub.store.look() as db:
        texts = [hub.archive.read(db, row["id"]).decode() for row in old.export("files") if row["name"] == "orders_open.csv"]
    hub.close()
    assert "Pekka Pysyvä" in texts[0]


def test_a_dry_run_counts_and_changes_nothing(old: Market) -> None:
    at(old, START + FINAL_PURGED)
    counted = let_go(old, dry_run=True)
    assert counted == let_go(old) != Purged(0, 0, 0)
    assert let_go(old) == Purged(0, 0, 0)


def test_records_end_with_everything_that_hangs_on_them(old: Market) -> None:
    assert let_go(at(old, START + timedelta(days=7 * 366))).records == 2
    for kind in ("orders", "order-lines", "shipments", "events"):
        assert old.export(kind) == []
    assert len(old.export("files")) > 0


def test_a_late_fact_is_still_told_after_the_names_are_gone(old: Market) -> None:
    old.once(now=True)
    at(old, START + FINAL_PURGED)
    let_go(old)
    old.deliveries("ahti", {"order": "1", "tracking": "LATE1", "sku": "A1", "qty": "1"}, name="delivery_late.csv")
    old.once(now=True)
    assert "LATE1" in {row["tracking"] for row in old.rows("nord", "status_*.csv")}


def test_a_file_whose_content_is_gone_says_so_when_it_is_to_be_replayed(old: Market) -> None:
    from typer.testing import CliRunner

    from hub.cli.main import app

    let_go(at(old, START + timedelta(days=500)))
    file = next(row["id"] for row in old.export("files") if row["name"] == "orders.csv")
    result = CliRunner().invoke(app, ["replay", "--dry-run", str(file), "--home", str(old.home)])
    assert result.exit_code == 1
    assert "let go of by retention on 2027-05-25" in result.output


def test_the_daemon_lets_go_once_a_day() -> None:
    upkeep = Upkeep()
    days = [datetime(2026, 11, 25, tzinfo=UTC).date(), datetime(2026, 11, 26, tzinfo=UTC).date()]
    assert [upkeep.due(day) for day in (days[0], days[0], days[1])] == [True, False, True]
