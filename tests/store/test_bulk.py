"""Rows go into the store many at a time, and each comes out as it was."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from hub.store import ledger, shelves
from hub.store.connection import open_store
from hub.store.schema import products

NOW = datetime(2026, 11, 25, tzinfo=UTC)


@pytest.mark.parametrize("count", [1, 2, 49, 50, 51, 1234])
@pytest.mark.parametrize("unit", ["same", "none", "each", "some"])
def test_products_written_together_are_the_products_given(tmp_path: Path, count: int, unit: str) -> None:
    units: dict[str, Any] = {
        "same": ["PCE"] * count,
        "none": [None] * count,
        "each": [f"U{at}" for at in range(count)],
        "some": [None if at % 3 else "PCE" for at in range(count)],
    }
    store = open_store("sqlite:///var/hub.db", tmp_path)
    with store.change() as db:
        (file,) = ledger.take(db, [ledger.Arrival("ahti", "products.csv", 1, "0" * 64, "claim", NOW)], NOW, 1)
        columns = {
            "supplier": "ahti",
            "sku": pa.array([f"A{at:05}" for at in range(count)]),
            "price": pa.array([at * 10**6 or None for at in range(count)], pa.int64()),
            "unit": pa.array(units[unit], pa.string()),
            "currency": "EUR",
            "active": True,
            "more": "{}",
            "told": pa.array(range(count)),
            "updated_at": 0,
            "file": file,
        }
        shelves.put_products(db, columns)
    with store.look() as db:
        asked = select(products.c.sku, products.c.price, products.c.unit, products.c.currency, products.c.told)
        found = [tuple(row) for row in db.execute(asked.order_by(products.c.sku))]
    store.close()
    assert found == [(f"A{at:05}", at or None, units[unit][at], "EUR", at) for at in range(count)]


hashes = st.lists(st.integers(-(1 << 63), (1 << 63) - 1) | st.integers(0, 5), max_size=30)


@given(hashes, hashes)
def test_a_hash_is_known_when_it_is_one_of_those_known(asked: list[int], known: list[int]) -> None:
    found = shelves.among(np.array(asked, np.int64), np.sort(np.array(known, np.int64)))
    assert found.tolist() == [each in known for each in asked]
