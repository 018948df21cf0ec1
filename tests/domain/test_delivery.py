"""A shipment under any sequence of updates: quantities hold, finals hold, and the same again changes nothing."""

from __future__ import annotations

from copy import deepcopy
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.domain import packing
from hub.domain.delivery import apply
from hub.domain.shipment import Shipment, ShipmentLine
from hub.domain.status import FINAL, Setter, Status
from hub.domain.terms import Short, SupplierTerms, UnknownStatus

quantities = st.integers(0, 7).map(Decimal)
rows = st.fixed_dictionaries(
    {},
    optional={
        "sku": st.sampled_from(["A", "B", "Z"]),
        "delivered_quantity": quantities,
        "cancelled_quantity": quantities,
        "tracking_number": st.sampled_from(["T1", "T2", "T1, T3"]),
        "parcel": st.sampled_from(["1", "2"]),
        "carrier": st.sampled_from(["Posti", "DHL"]),
    },
)
updates = st.fixed_dictionaries(
    {},
    optional={
        "status": st.sampled_from([*(each.value for each in Status), "delivered", "Gone"]),
        "supplier_reference": st.sampled_from(["R1", "R2"]),
        "lines": st.lists(rows, max_size=3),
    },
)
terms = st.builds(
    SupplierTerms, id=st.just("ahti"), short=st.sampled_from(list(Short)), unknown_status=st.sampled_from(list(UnknownStatus))
)


def fresh() -> Shipment:
    lines = [ShipmentLine("1", "A", None, Decimal(5)), ShipmentLine("2", "B", None, Decimal(2))]
    return Shipment("S1", Status.SUBMITTED, None, lines)


def facts(shipment: Shipment) -> Any:
    return deepcopy(shipment)


@given(st.lists(updates, max_size=8), terms)
def test_no_sequence_of_updates_breaks_the_books(sequence: list[dict[str, Any]], deal: SupplierTerms) -> None:
    shipment = fresh()
    for update in sequence:
        before = facts(shipment)
        outcome = apply(shipment, update, deal, Setter.SUPPLIER)
        for line, old in zip(shipment.lines, before.lines, strict=True):
            assert (line.delivered or 0) + line.cancelled <= line.quantity
            if before.status in FINAL and old.delivered is not None:
                assert line.delivered is not None
                assert line.delivered >= old.delivered
        if before.status in FINAL:
            assert shipment.status is before.status
        if not outcome.changed:
            assert shipment == before
        if shipment.status is Status.CANCELLED:
            assert all(line.wholly_cancelled for line in shipment.lines)
        assert len({each.parcel for each in shipment.parcels}) == len(shipment.parcels)
        for position, line in enumerate(shipment.lines):
            assert sum(each.lines.get(position) or 0 for each in shipment.parcels) <= (line.delivered or 0)
        numbers = [each.tracking_number for each in shipment.parcels if each.tracking_number]
        assert len(set(numbers)) == len(numbers)


@given(st.lists(updates, max_size=4), updates, terms)
def test_the_same_update_again_changes_nothing(
    sequence: list[dict[str, Any]], update: dict[str, Any], deal: SupplierTerms
) -> None:
    shipment = fresh()
    for each in [*sequence, update]:
        apply(shipment, each, deal, Setter.SUPPLIER)
    settled = facts(shipment)
    outcome = apply(shipment, update, deal, Setter.SUPPLIER)
    if not outcome.kept_word:
        assert shipment == settled


def delivered(*some: tuple[str, int]) -> dict[str, Any]:
    """An update with so many pieces of A in each parcel; without a tracking number it is a total."""
    return {"lines": [{"sku": "A", "delivered_quantity": Decimal(n), "tracking_number": number or None} for number, n in some]}


@pytest.mark.parametrize(
    ("said", "codes", "in_parcels"),
    [
        ([("T1", 3), ("T2", 2)], [], {"T1": 3, "T2": 2}),  # two pieces lie in another parcel than was said first
        ([("T2", 2), ("T1", 3)], [], {"T1": 3, "T2": 2}),
        ([("T1", 3)], ["409.final"], {"T1": 5}),
        ([("T1", 3), ("T2", 1)], ["409.final", "400.range"], {"T1": 5}),
        ([("T1", 4), ("T2", 2)], ["409.final", "400.range"], {"T1": 5}),
    ],
)
def test_after_a_final_status_pieces_may_change_parcels_in_one_update_but_never_become_fewer_or_more(
    said: list[tuple[str, int]], codes: list[str], in_parcels: dict[str, int]
) -> None:
    shipment, deal = fresh(), SupplierTerms(id="ahti")
    apply(shipment, {"status": "Delivered"} | delivered(("T1", 5)), deal, Setter.SUPPLIER)
    outcome = apply(shipment, delivered(*said), deal, Setter.SUPPLIER)
    assert [each.fault.code.value for each in outcome.found] == codes
    assert {each.tracking_number: each.lines.get(0) for each in shipment.parcels if each.lines.get(0)} == in_parcels
    assert shipment.lines[0].delivered == 5


@pytest.mark.parametrize("status", [None, "Delivered"])
def test_a_total_below_what_lies_in_the_parcels_contradicts_them(status: str | None) -> None:
    shipment, deal = fresh(), SupplierTerms(id="ahti")
    apply(shipment, delivered(("T1", 2), ("T2", 2)), deal, Setter.SUPPLIER)
    outcome = apply(shipment, {"status": status} | delivered(("", 3)), deal, Setter.SUPPLIER)
    assert [each.fault.code.value for each in outcome.found if each.field == "lines.delivered_quantity"][:1] == ["400.mismatch"]
    assert "T1, T2" in outcome.found[0].fault.say
    assert shipment.lines[0].delivered == 4
    assert not apply(shipment, delivered(("", 5)), deal, Setter.SUPPLIER).found
    assert shipment.lines[0].delivered == 5


plain_rows = st.fixed_dictionaries(
    {"line_no": st.sampled_from(["1", "2", "3"]), "delivered_quantity": quantities},
    optional={"sku": st.sampled_from(["A", "B"]), "tracking_number": st.just("T1"), "x.lot": st.sampled_from(["L1", "L2"])},
)


@given(
    st.lists(st.lists(plain_rows, max_size=4), min_size=1, max_size=3), st.sampled_from(["Shipping", "Delivered", None]), terms
)
def test_plain_totals_are_taken_as_any_other_row_is(
    said: list[list[dict[str, Any]]], status: str | None, terms: SupplierTerms
) -> None:
    plainly, at_length = fresh(), fresh()
    for lines in said:
        update = {"status": status, "lines": lines}
        quick = apply(plainly, update, terms, Setter.SUPPLIER)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(packing, "_PLAIN", frozenset())
            slow = apply(at_length, update, terms, Setter.SUPPLIER)
        assert (facts(plainly), quick) == (facts(at_length), slow)
