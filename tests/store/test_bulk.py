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

from hub.store import bulk, ledger, shelves
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


@pytest.mark.parametrize(
    "prices",
    [
        [None],
        [0],
        [None] * 20,
        [7] * 20,
        [-1, None, 2] * 7,
        [None, 1],
        [1, None],
        [1, 10, 100, -(1 << 63) + 1, (1 << 63) - 1] * 4,
    ],
)
@pytest.mark.parametrize("kinds", [("sku", "price"), ("price",)])
def test_whole_columns_come_out_as_they_went_in_with_what_is_lacking_page_by_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, prices: list[int | None], kinds: tuple[str, ...]
) -> None:
    monkeypatch.setattr(bulk, "PAGE", 8)
    store = open_store("sqlite:///var/hub.db", tmp_path)
    skus = [f"A{at:05}" for at in range(len(prices))]
    with store.change() as db:
        (file,) = ledger.take(db, [ledger.Arrival("ahti", "products.csv", 1, "0" * 64, "claim", NOW)], NOW, 1)
        same = {"supplier": "ahti", "currency": "EUR", "active": True, "more": "{}", "updated_at": 0, "file": file}
        own = {"sku": pa.array(skus), "price": pa.array(prices, pa.int64()), "told": pa.array(range(len(prices)))}
        shelves.put_products(db, same | own)
    types = {"sku": pa.string(), "price": pa.int64()}
    with store.look() as db:
        found = bulk.columns(db, products, {name: types[name] for name in kinds}, {"supplier": "ahti"}, "sku")
    assert {name: column.to_pylist() for name, column in found.items()} == {
        name: {"sku": skus, "price": prices}[name] for name in kinds
    }
