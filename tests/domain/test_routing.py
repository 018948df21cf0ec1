"""Routing and splitting (contract §7) for any catalogue and any order."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.domain import routing
from hub.domain.orders import Line, Order
from hub.domain.routing import Candidate, Decision, decide, split
from hub.domain.shelf import Shelf
from hub.domain.terms import CatalogTerms, Fill, RetailerTerms, SameProduct, Tie, UnknownProduct

SUPPLIERS = ("ahti", "kivi", "lumi")
SKUS = ("A", "B", "C", "D")
EAN = {"A": "6416453061903", "B": "4006381333931", "C": None, "D": None}

quantities = st.integers(1, 9).map(Decimal)
lines = st.builds(
    Line,
    line_no=st.text("123", min_size=1, max_size=3),
    quantity=quantities,
    sku=st.sampled_from([*SKUS, "Z"]),
    supplier=st.none() | st.sampled_from([*SUPPLIERS, "stranger"]),
    catalog=st.none() | st.sampled_from(["one", "two", "elsewhere"]),
)
candidates = st.builds(
    lambda supplier, sku, catalog, price: Candidate(supplier, sku, catalog, EAN[sku], wholesale_price=price),
    st.sampled_from(SUPPLIERS),
    st.sampled_from(SKUS),
    st.sampled_from(["one", "two"]),
    st.none() | quantities,
)
market = st.lists(candidates, max_size=12, unique_by=lambda c: c.balance)
terms = st.builds(
    RetailerTerms,
    id=st.just("nord"),
    catalogs=st.tuples(
        st.builds(
            CatalogTerms,
            id=st.just("one"),
            name=st.just(""),
            suppliers=st.none() | st.just(frozenset({"ahti", "kivi"})),
            back_orders=st.booleans(),
            priority=st.integers(1, 2),
        ),
        st.builds(
            CatalogTerms,
            id=st.just("two"),
            name=st.just(""),
            suppliers=st.none(),
            back_orders=st.booleans(),
            priority=st.integers(1, 2),
        ),
    ),
    routing=st.permutations(list(Tie)).map(tuple),
    unknown_product=st.sampled_from(list(UnknownProduct)),
    same_product_twice=st.just(SameProduct.ALLOW),
    fill=st.sampled_from(list(Fill)),
)


def shelf_of(known: list[Candidate], stock: int, pools: bool) -> Shelf:
    shelf = Shelf()
    for each in known:
        shelf.put(each.balance, Decimal(stock), pool=pools)
    return shelf


def decided(order_lines: list[Line], known: list[Candidate], deal: RetailerTerms, shelf: Shelf, bound: bool) -> Decision:
    head = {"purchase_reference": "PO-1"} if bound else {}
    order = Order("nord", "1", dict(head), order_lines, "")
    return decide(order, [[c for c in known if c.sku == line.sku] for line in order_lines], shelf, deal)


@given(st.lists(lines, min_size=1, max_size=6), market, terms, st.integers(0, 12), st.booleans(), st.booleans())
def test_a_split_loses_nothing_and_gives_nothing_to_a_stranger(
    order_lines: list[Line], known: list[Candidate], deal: RetailerTerms, stock: int, pools: bool, bound: bool
) -> None:
    shelf = shelf_of(known, stock, pools)
    decision = decided(order_lines, known, deal, shelf, bound)
    shipments = split(decision)
    placed = [position for positions in shipments.values() for position in positions]
    if not decision.stands:
        assert placed == []
    else:
        assert sorted([*placed, *decision.dropped, *decision.waiting]) == list(range(len(order_lines)))
    for supplier, positions in shipments.items():
        for position in positions:
            routed, line = decision.routed[position], order_lines[position]
            assert (
                routed.candidate in [c for c in known if c.balance == routed.candidate.balance]
                or routed.candidate.supplier == supplier
            )
            assert routed.candidate.sku == line.sku
            assert line.supplier in (None, supplier)
            assert line.catalog in (None, routed.candidate.catalog)
            serving = next(each for each in deal.catalogs if each.id == routed.candidate.catalog)
            assert serving.suppliers is None or supplier in serving.suppliers
    if bound:
        assert len(shipments) <= 1


@given(st.lists(lines, min_size=1, max_size=6), market, terms, st.integers(0, 12))
def test_the_same_input_always_gives_the_same_split(
    order_lines: list[Line], known: list[Candidate], deal: RetailerTerms, stock: int
) -> None:
    one = decided(order_lines, known, deal, shelf_of(known, stock, True), False)
    other = decided(order_lines, known[::-1], deal, shelf_of(known[::-1], stock, True), False)
    assert split(one) == split(other)


@given(st.lists(lines, min_size=1, max_size=6), market, terms, st.integers(0, 12), st.booleans())
def test_a_line_that_one_product_fits_is_decided_as_it_is_the_long_way(
    order_lines: list[Line], known: list[Candidate], deal: RetailerTerms, stock: int, bound: bool
) -> None:
    short = decided(order_lines, known, deal, shelf_of(known, stock, True), bound)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(routing, "_is_plain", lambda *_: False)
        assert decided(order_lines, known, deal, shelf_of(known, stock, True), bound) == short


@given(st.lists(lines, min_size=1, max_size=6), market, terms, st.integers(0, 12), st.booleans())
def test_the_shelf_loses_exactly_what_was_routed(
    order_lines: list[Line], known: list[Candidate], deal: RetailerTerms, stock: int, pools: bool
) -> None:
    shelf = shelf_of(known, stock, pools)
    decision = decided(order_lines, known, deal, shelf, False)
    for balance, left in shelf.left.items():
        taken = sum(
            (
                order_lines[p].quantity
                for p, r in decision.routed.items()
                if r.candidate.balance == balance or (pools and r.candidate.balance[:2] == balance[:2])
            ),
            Decimal(0),
        )
        assert left == stock - taken


@given(st.lists(lines, min_size=1, max_size=6), market, terms, st.integers(0, 12))
def test_short_stock_refuses_only_where_the_terms_say_so(
    order_lines: list[Line], known: list[Candidate], deal: RetailerTerms, stock: int
) -> None:
    decision = decided(order_lines, known, deal, shelf_of(known, stock, True), False)
    refused = {fault.code.value for fault in decision.refused.values()}
    if deal.fill is Fill.PARTIAL:
        assert "400.stock" not in refused | {fault.code.value for fault in decision.dropped.values()}
