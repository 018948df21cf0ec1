"""What a poll asks costs what is open, never what was done: SQLite goes by the indexes of open work."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, event, insert

from hub.domain.shelf import Shelf
from hub.store import catalogue, ledger, outbox, prints
from hub.store.connection import open_store
from hub.store.schema import balances, products

NOW = datetime(2026, 11, 25, tzinfo=UTC)


@pytest.mark.parametrize(
    ("ask", "index"),
    [
        (lambda db: ledger.waiting(db, ledger.State.TAKEN, NOW), "ix_files_open"),
        (ledger.unanswered, "ix_files_unanswered"),
        (outbox.unsubmitted, "ix_shipments_unsubmitted"),
        (lambda db: outbox.asked_to_cancel(db, "ahti"), "ix_shipments_cancel_asked"),
        (
            lambda db: outbox.untold_shipments(db, "ahti", "shipments", ["Created"]),
            "ix_shipments_supplier (supplier=? AND status=?)",
        ),
        (lambda db: prints.touched(db, 7), "INTEGER PRIMARY KEY (rowid>?)"),
        (lambda db: outbox.orders_with_events(db, "verkko", 7), "ix_events_retailer (retailer=? AND id>?)"),
    ],
)
def test_a_poll_reads_only_what_is_open(tmp_path: Path, ask: Callable[[Connection], object], index: str) -> None:
    store = open_store("sqlite:///var/hub.db", tmp_path)
    asked: list[tuple[str, Any]] = []
    with store.look() as db:
        event.listen(store.engine, "before_cursor_execute", lambda *said: asked.append((said[2], said[3])))
        ask(db)
        [(query, values)] = asked
        plan = [row[3] for row in db.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}", values)]
    store.close()
    assert index in plan[0]
    assert not any(step.startswith("SCAN") and "USING INDEX" not in step for step in plan)


def test_an_order_reads_the_products_it_names_and_no_others(tmp_path: Path) -> None:
    store = open_store("sqlite:///var/hub.db", tmp_path)
    asked: list[str] = []
    with store.change() as db:
        (file,) = ledger.take(db, [ledger.Arrival("ahti", "products.csv", 1, "0" * 64, "claim", NOW)], NOW, 1)
        said = {"supplier": "ahti", "updated_at": NOW, "file": file}
        db.execute(insert(products), [{**said, "sku": sku, "more": {}, "told": 0} for sku in ("A1", "A2")])
        db.execute(insert(balances), [{**said, "sku": sku, "catalog": "main", "as_of": NOW} for sku in ("A1", "A2")])
    with store.look() as db:
        driver: Any = db.connection.driver_connection
        driver.set_trace_callback(asked.append)  # some questions go past SQLAlchemy
        found = catalogue.offered(db, ["main"], ["A1"], [])
        catalogue.shelve(db, Shelf(), "ahti", found.balances["ahti"])
        driver.set_trace_callback(None)
        plans = [[row[3] for row in db.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}")] for query in asked]
    store.close()
    assert [each.sku for each in found.candidates] == ["A1"]
    assert [step for plan in plans for step in plan if step.startswith("S")] == [
        "SEARCH products USING INDEX ix_products_sku (sku=?)",
        "SEARCH balances USING INDEX sqlite_autoindex_balances_1 (supplier=? AND sku=?)",
        "SEARCH order_lines USING INDEX ix_order_lines_reserved (supplier=? AND product=? AND submitted_at>?)",
    ]
