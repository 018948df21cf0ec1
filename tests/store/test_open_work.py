"""What a poll asks costs what is open, never what was done: SQLite goes by the indexes of open work."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, event

from hub.store import ledger, outbox
from hub.store.connection import open_store


@pytest.mark.parametrize(
    ("ask", "index"),
    [
        (ledger.unanswered, "ix_files_unanswered"),
        (outbox.unsubmitted, "ix_shipments_unsubmitted"),
        (lambda db: outbox.asked_to_cancel(db, "ahti"), "ix_shipments_cancel_asked"),
        (
            lambda db: outbox.untold_shipments(db, "ahti", "shipments", ["Created"]),
            "ix_shipments_supplier (supplier=? AND status=?)",
        ),
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
