"""Tracking numbers are drawn without gaps or doubles, also under crashes and by two at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread

import pytest
from sqlalchemy import Connection, insert, select

from hub.domain.tracking import TrackingRange
from hub.store.connection import Store, open_store
from hub.store.prints import add_parcel, number_parcel, numbers_left
from hub.store.schema import files, orders, parcels, shipments
from tests.ends.place import POSTGRESQL, new_database

NUMBERS = TrackingRange("JJFI12345", 17, 1, 40)
NOW = datetime(2026, 11, 20, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A store with one shipment, on PostgreSQL where there is one."""
    store = open_store(new_database(POSTGRESQL) if POSTGRESQL else "sqlite:///var/hub.db", tmp_path)
    with store.change() as db:
        file = {"direction": "in", "partner": "nord", "name": "o.csv", "state": "done", "size": 0, "sha256": "", "at": NOW}
        db.execute(insert(files).values(id=1, **file))
        whole = {"retailer": "nord", "currency": "EUR", "document_type": "SalesOrder", "head": {}, "content": "", "file": 1}
        db.execute(insert(orders).values(id=1, number="1", accepted_at=NOW, updated_at=NOW, **whole))
        mine = {"number": "S1", "order": 1, "retailer": "nord", "supplier": "ahti", "status": "Created"}
        db.execute(insert(shipments).values(id=1, created_at=NOW, status_at=NOW, updated_at=NOW, **mine))
    yield store
    store.close()


def numbered(db: Connection, name: str, numbers: TrackingRange = NUMBERS) -> str | None:
    return number_parcel(db, add_parcel(db, 1, name).id, numbers)


def test_a_number_goes_back_with_its_transaction(store: Store) -> None:
    with store.change() as db:
        assert numbered(db, "a") == NUMBERS.number(1)
    with suppress(ZeroDivisionError), store.change() as db:
        numbered(db, "b")
        raise ZeroDivisionError
    with store.change() as db:
        assert numbered(db, "c") == NUMBERS.number(2)
        assert numbers_left(db, NUMBERS) == 38


def test_a_used_up_range_gives_nothing_and_goes_on_where_it_ended_once_it_is_longer(store: Store) -> None:
    short, longer = TrackingRange("X", 3, 1, 2), TrackingRange("X", 3, 1, 4)
    with store.change() as db:
        assert [numbered(db, each, short) for each in "abcd"] == ["X001", "X002", None, None]
        assert (numbers_left(db, short), numbers_left(db, longer)) == (0, 2)
        assert numbered(db, "e", longer) == "X003"


def test_a_range_that_was_set_back_passes_over_what_is_used(store: Store) -> None:
    with store.change() as db:
        assert numbered(db, "a", TrackingRange("X", 3, 5, 9)) == "X005"
        assert [numbered(db, each, TrackingRange("X", 3, 4, 9)) for each in "bc"] == ["X004", "X006"]


def test_two_who_draw_at_once_get_every_number_once(store: Store) -> None:
    def twenty(who: str) -> Callable[[], None]:
        def draw() -> None:
            for nth in range(20):
                with store.change() as db:
                    numbered(db, f"{who}{nth}")

        return draw

    threads = [Thread(target=twenty(who)) for who in "ab"]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    with store.look() as db:
        drawn = sorted(db.execute(select(parcels.c.tracking_number)).scalars())
    assert drawn == [NUMBERS.number(n) for n in range(1, 41)]
