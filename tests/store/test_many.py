"""Rows written and read past SQLAlchemy are the rows that SQLAlchemy would have written and read."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert, select

from hub.store import ledger, many
from hub.store.connection import Store, open_store
from hub.store.schema import events, files, order_lines, orders, shipments

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """A store with an order and its shipment."""
    home: Path = tmp_path_factory.mktemp("many")
    made = open_store("sqlite:///var/hub.db", home)
    with made.change() as db:
        (file,) = ledger.take(db, [ledger.Arrival("nord", "orders.csv", 1, "0" * 64, "claim", NOON)], NOON, 1)
        told = {"accepted_at": NOON, "updated_at": NOON, "file": file}
        head = {"id": 1, "retailer": "nord", "number": "1", "content": "c", "currency": "EUR", "document_type": "SalesOrder"}
        db.execute(insert(orders).values(**head, head={"ship_to.city": "Turku"}, date=date(2026, 11, 22), **told))
        own = {"id": 1, "number": "S1", "order": 1, "retailer": "nord", "supplier": "ahti", "status": "Created"}
        db.execute(insert(shipments).values(**own, created_at=NOON, status_at=NOON, updated_at=NOON))
    return made


quantities = st.decimals(min_value=0, max_value=10**6, places=6)
lines = st.fixed_dictionaries(
    {
        "order": st.just(1),
        "position": st.integers(0, 1000),
        "line_no": st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0"), max_size=10),
        "sku": st.none() | st.sampled_from(["A1", "ä €", ""]),
        "quantity": quantities,
        "price": st.none() | quantities,
        "x": st.sampled_from([{}, {"x.väri": "sininen"}, {"ask.supplier": "ahti"}]),
        "shipment": st.none() | st.just(1),
        "submitted_at": st.datetimes(timezones=st.just(UTC)),
    }
)


@given(st.lists(lines, min_size=1, max_size=30))
def test_what_is_added_is_what_sqlalchemy_would_insert_and_read_back_alike(store: Store, rows: list[dict[str, Any]]) -> None:
    with store.change() as db:
        db.execute(order_lines.delete())
        many.add(db, order_lines, rows)
        added = [tuple(row)[1:] for row in db.execute(select(order_lines).order_by(order_lines.c.id))]
        again = [tuple(row)[1:] for row in many.among(db, order_lines, "order", [1], "id")]
        db.execute(order_lines.delete())
        for row in rows:
            db.execute(insert(order_lines).values(**row))
        inserted = [tuple(row)[1:] for row in db.execute(select(order_lines).order_by(order_lines.c.id))]
    assert added == inserted == again


def test_rows_found_by_their_key_are_changed_and_no_others(store: Store) -> None:
    with store.change() as db:
        db.execute(order_lines.delete())
        many.add(db, order_lines, [_line(at) for at in range(5)])
        ids = [row.id for row in db.execute(select(order_lines).order_by(order_lines.c.position))]
        changes = [{"id": ids[at], "quantity": Decimal(100 + at), "expected_date": "2026-12-24"} for at in (1, 3)]
        many.update(db, order_lines, changes, ["id"])
        found = db.execute(select(order_lines.c.quantity, order_lines.c.expected_date).order_by(order_lines.c.position)).all()
    assert [each.quantity for each in found] == [Decimal(each) for each in (0, 101, 2, 103, 4)]
    assert [each.expected_date for each in found] == [None, "2026-12-24", None, "2026-12-24", None]


def test_many_rows_are_changed_at_once_and_those_that_share_no_value_stay(store: Store) -> None:
    many_lines = 1234
    with store.change() as db:
        db.execute(order_lines.delete())
        many.add(db, order_lines, [_line(at) for at in range(many_lines)])
        ids = list(db.execute(select(order_lines.c.id).order_by(order_lines.c.position)).scalars())
        odd, texts = ids[1::2], [f"ä {at}" for at in range(1, many_lines, 2)]
        many.change(db, order_lines, {"expected_date": "2026-12-24"}, {"line_no": texts}, {"order": 1}, {"id": odd})
        many.change(db, order_lines, {"line_no": "lost"}, {"sku": ["A1"] * len(ids)}, {"order": 2}, {"id": ids})
        found = db.execute(select(order_lines.c.line_no, order_lines.c.expected_date).order_by(order_lines.c.position)).all()
    assert found[1::2] == [(text, "2026-12-24") for text in texts]
    assert found[0::2] == [(str(at), None) for at in range(0, many_lines, 2)]


def test_of_two_changes_of_one_row_the_later_counts(store: Store) -> None:
    with store.change() as db:
        db.execute(order_lines.delete())
        many.add(db, order_lines, [_line(0)])
        line = db.execute(select(order_lines.c.id)).scalar_one()
        many.update(db, order_lines, [{"id": line, "quantity": Decimal(each)} for each in (7, 8)], ["id"])
        assert db.execute(select(order_lines.c.quantity)).scalar_one() == Decimal(8)


def test_more_values_than_a_statement_takes_are_found_all_the_same(store: Store) -> None:
    with store.change() as db:
        many.add(db, events, [{"at": NOON, "what": "status", "by": "hub", "order": 1, "reason": str(at)} for at in range(2500)])
        ids = [row.id for row in db.execute(select(events.c.id))]
        found = list(many.among(db, events, "id", ids, "id"))
    assert [each.reason for each in found] == [str(at) for at in range(2500)]


def test_nothing_to_add_change_or_find_is_nothing_done(store: Store) -> None:
    with store.change() as db:
        many.add(db, files, [])
        many.update(db, files, [], ["id"])
        assert list(many.among(db, files, "id", [], "id")) == []


def _line(at: int) -> dict[str, Any]:
    said = {"order": 1, "position": at, "line_no": str(at), "quantity": Decimal(at), "x": {}}
    return said | {"submitted_at": NOON, "shipment": None}
