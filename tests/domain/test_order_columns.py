"""The lines of many orders are made of columns, and are what each order's own record would give."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from hub.domain.order_columns import lines_of
from hub.domain.orders import order_of, order_with
from hub.domain.terms import RetailerTerms

TERMS = RetailerTerms("shop", address={"name": "Kauppa Oy", "address1": ""})

texts = st.none() | st.sampled_from(["A1", "B2"]) | st.text(st.characters(blacklist_categories=["Cs"]), max_size=8)
prices = st.none() | st.decimals(min_value=-(10**6), max_value=10**6, places=3) | st.integers(-5, 5).map(Decimal)
lines = st.fixed_dictionaries(
    {"sku": texts, "quantity": st.integers(1, 5).map(Decimal)},
    optional={
        "line_no": texts,
        "ean": texts,
        "catalog": texts,
        "supplier": texts,
        "name": texts,
        "price": prices,
        "x.note": texts,
        "x.tags": st.none() | st.lists(st.text(max_size=3), max_size=2),
    },
)
orders = st.fixed_dictionaries(
    {"number": texts}, optional={"vendor.name": texts, "ship_to.name": texts, "lines": st.lists(lines)}
)


@given(st.lists(orders, max_size=4), st.booleans())
def test_lines_made_of_columns_are_those_of_the_records(some: list[dict[str, Any]], mixed: bool) -> None:
    names = dict.fromkeys(name for order in some for line in order.get("lines", ()) for name in line)
    every = [line for order in some for line in order.get("lines", ())]
    columns = {name: [line.get(name) for line in every] for name in names} or {"quantity": []}
    heads = [_said(order, "lines") for order in some]
    owners = [at for at, order in enumerate(some) for _ in order.get("lines", ())]
    places = [[place for place, owner in enumerate(owners) if owner == at] for at in range(len(some))]
    if mixed:
        columns = {name: values[::-1] for name, values in columns.items()}
        places = [[len(owners) - 1 - place for place in each] for each in places]
    made = lines_of(columns, places)
    of_columns = [order_with(head, own, TERMS) for head, own in zip(heads, made, strict=True)]

    def record(order: dict[str, Any]) -> dict[str, Any]:
        named = [{name: line[name] for name in names if name in line} for line in order.get("lines", ())]
        return {**_said(order, "lines"), "lines": [_said(line) for line in named]}

    assert of_columns == [order_of(record(order), TERMS) for order in some]


def _said(record: dict[str, Any], *left_out: str) -> dict[str, Any]:
    """A record without what says nothing."""
    return {name: value for name, value in record.items() if value is not None and value != [] and name not in left_out}
