"""The hash of what an order says stays what it was: orders that are stored are known by it."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from hub.domain.orders import content_hash
from hub.domain.values import CLEAR, canonical

ORDER: dict[str, Any] = {
    "number": "PO1",
    "ship_to.name": 'Matti "Masa" Meikäläinen',
    "x.colour": "red",
    "lines": [{"sku": "A1", "quantity": Decimal("2.50"), "x.note": "gift"}, {"sku": "B2", "quantity": Decimal(1)}],
}

texts = st.text(st.characters(blacklist_categories=["Cs"]), max_size=8)
values = st.one_of(
    st.none() | st.just(CLEAR) | st.booleans() | texts | st.lists(texts, max_size=2),
    st.decimals(min_value=-(10**6), max_value=10**6, places=3) | st.integers(-5, 5) | st.integers(-5, 5).map(Decimal),
    st.dates() | st.datetimes() | st.datetimes(timezones=st.just(UTC)),
)
items = st.dictionaries(
    st.sampled_from(["sku", "line_no", "quantity", "x.note", "ship_to.name", "åter"]) | texts, values, max_size=5
)


def test_an_order_has_the_hash_that_it_always_had() -> None:
    assert content_hash(ORDER) == "9cfcb19718b6775206ccce4af771c8970ea7ef4ddfd48444c763c64108adf723"
    assert content_hash(ORDER | {"x.colour": "blue", "lines": ORDER["lines"][::-1]}) == content_hash(ORDER)


@given(items, st.lists(items, max_size=3), st.frozensets(st.sampled_from(["sku", "line_no"])))
def test_the_hash_is_taken_of_json_with_sorted_keys(
    head: dict[str, Any], lines: list[dict[str, Any]], left_out: frozenset[str]
) -> None:
    record = head | {"lines": lines}
    assert content_hash(record, left_out) == _of_json(record, left_out)


def _of_json(record: dict[str, Any], left_out: frozenset[str]) -> str:
    as_text = json.JSONEncoder(sort_keys=True, ensure_ascii=False).encode
    head = {name: canonical(value) for name, value in record.items() if name not in left_out | {"lines"} and name[:2] != "x."}
    lines = [{name: canonical(value) for name, value in item.items() if name[:2] != "x."} for item in record["lines"]]
    return hashlib.sha256(as_text([head, sorted(map(as_text, lines))]).encode()).hexdigest()
