"""The status table of contract §8, and what no sequence of moves may break."""

from __future__ import annotations

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.domain.status import (
    ASIDE,
    FINAL,
    RANK,
    Move,
    Setter,
    Status,
    Words,
    held_after,
    move,
    roll_up,
    status_without_shipments,
    told,
)

OF_SHIPMENTS = [*RANK, *sorted(ASIDE)]
ordered_steps = [Status.CREATED, Status.SUBMITTED, Status.VIEWED, Status.PICKING, Status.PACKING, Status.SHIPPING]


@given(st.sampled_from(sorted(FINAL)), st.sampled_from(list(Status)), st.sampled_from(list(Setter)))
def test_a_final_status_never_moves(final: Status, to: Status, by: Setter) -> None:
    assert move(final, None, to, by) in ({Move.SAME} if to is final else {Move.FINAL, Move.FORBIDDEN})


@given(st.lists(st.tuples(st.sampled_from(list(Status)), st.sampled_from(list(Setter))), max_size=30))
def test_a_shipment_only_moves_forward(claims: list[tuple[Status, Setter]]) -> None:
    status, held = Status.CREATED, None
    furthest = RANK[status]
    for to, by in claims:
        if move(status, held, to, by) is Move.FORWARD:
            held = held_after(status, held, to)
            status = to
        if status in RANK:
            assert RANK[status] >= furthest
            furthest = RANK[status]
        else:
            assert held is not None
            assert RANK[held] == furthest


def test_steps_may_be_skipped_and_older_ones_are_passed_over() -> None:
    for at, current in enumerate(ordered_steps):
        for later in (Status.VIEWED, Status.PICKING, Status.PACKING, Status.SHIPPING, Status.DELIVERED, Status.CANCELLED):
            expected = Move.SAME if later is current else Move.FORWARD if RANK[later] > RANK[current] else Move.OLDER
            assert move(current, None, later, Setter.SUPPLIER) is expected
        for earlier in ordered_steps[:at]:
            assert move(current, None, earlier, Setter.SUPPLIER) is Move.OLDER


@pytest.mark.parametrize("aside", sorted(ASIDE))
def test_aside_is_left_to_the_step_held_or_a_later_one(aside: Status) -> None:
    assert held_after(Status.PICKING, None, aside) is Status.PICKING
    assert move(aside, Status.PICKING, Status.PICKING, Setter.SUPPLIER) is Move.FORWARD
    assert move(aside, Status.PICKING, Status.DELIVERED, Setter.SUPPLIER) is Move.FORWARD
    assert move(aside, Status.PICKING, Status.VIEWED, Setter.SUPPLIER) is Move.OLDER
    assert move(aside, Status.SUBMITTED, Status.SUBMITTED, Setter.HUB) is Move.FORWARD


@pytest.mark.parametrize(
    ("to", "by"),
    [
        (Status.SUBMITTED, Setter.SUPPLIER),
        (Status.ON_HOLD, Setter.SUPPLIER),
        (Status.RECEIVING, Setter.SUPPLIER),
        (Status.ERROR, Setter.SUPPLIER),
        (Status.DELIVERED, Setter.RETAILER),
        (Status.PICKING, Setter.RETAILER),
        (Status.DELIVERED_PARTIALLY, Setter.SUPPLIER),
        (Status.DRAFT, Setter.SUPPLIER),
        (Status.ACCEPTED, Setter.WAREHOUSE),
    ],
)
def test_nobody_sets_what_is_not_his(to: Status, by: Setter) -> None:
    assert move(Status.CREATED, None, to, by) is Move.FORBIDDEN


D, C, P, E, H, R = Status.DELIVERED, Status.CANCELLED, Status.PICKING, Status.ERROR, Status.ON_HOLD, Status.RECEIVING


@pytest.mark.parametrize(
    ("shipments", "expected"),
    [
        ([D, C], D),
        ([C, C], C),
        ([D, P], Status.DELIVERED_PARTIALLY),
        ([D, E], Status.DELIVERED_PARTIALLY),
        ([E, H, P], E),
        ([H, R, C], H),
        ([R, P], R),
        ([P, Status.VIEWED, C], Status.VIEWED),
        ([Status.SHIPPING], Status.PACKING),
        ([Status.SHIPPING, Status.CREATED], Status.CREATED),
    ],
)
def test_the_order_is_what_its_shipments_make_it(shipments: list[Status], expected: Status) -> None:
    assert {roll_up(order) for order in permutations(shipments)} == {expected}


@given(st.lists(st.sampled_from(OF_SHIPMENTS), min_size=1))
def test_the_roll_up_depends_on_nothing_but_the_set(shipments: list[Status]) -> None:
    assert roll_up(shipments) is roll_up(set(shipments)) is roll_up(shipments[::-1])
    assert (roll_up(shipments) in FINAL) == all(each in FINAL for each in shipments)


def test_without_shipments_an_order_waits_or_is_cancelled() -> None:
    def status(*, draft: bool = False, routed: bool = True, cancelled: bool = False) -> Status:
        return status_without_shipments(draft=draft, all_routed=routed, all_line_cancelled=cancelled, all_cancelled=C)

    assert status(draft=True) is Status.DRAFT
    assert status() is Status.ROUTED
    assert status(routed=False) is Status.ERROR
    assert status(draft=True, cancelled=True) is C


def test_the_two_vocabularies() -> None:
    assert {told(each, Words.V2) for each in (Status.ROUTED, Status.CREATED, Status.SUBMITTED)} == {Status.ORDER_ROUTED}
    assert told(Status.DRAFT, Words.V2) is told(Status.ACCEPTED, Words.V2) is None
    assert told(C, Words.V2) is D
    assert told(Status.SHIPPING, Words.V2) is Status.PACKING
    assert all(told(each, Words.V3) is each for each in Status)


OPEN = [*ordered_steps, Status.ERROR, Status.ON_HOLD, Status.RECEIVING]
SUPPLIERS_WORDS = {"Viewed", "Picking", "Packing", "Shipping", "Cancelled", "Delivered"}
NO_STATUS_OF_A_SHIPMENT = {"Draft", "Accepted", "orderRouted", "Routed", "Delivered Partially"}


def verdict(step: Status, current: Status, to: Status, by: Setter, *, purchase: bool) -> Move:
    """What the contract says of a move, told once more in its own words. `step` is where the shipment is on its way."""
    if to is current:
        return Move.SAME
    if to.value in NO_STATUS_OF_A_SHIPMENT:
        return Move.FORBIDDEN
    if current in FINAL:
        return Move.FINAL
    aside = current in (Status.ERROR, Status.ON_HOLD, Status.RECEIVING)
    if to in (Status.ERROR, Status.ON_HOLD, Status.RECEIVING):
        stops = {Status.RECEIVING} if purchase else {Status.ON_HOLD}
        sets = {Setter.WAREHOUSE: stops, Setter.HUB: {Status.ERROR} if purchase else {Status.ERROR, Status.ON_HOLD}}
        return Move.FORWARD if to in sets.get(by, set()) else Move.FORBIDDEN
    if to is step and aside:
        back = by is Setter.HUB or (by is Setter.WAREHOUSE and current is not Status.ERROR)
        his = to.value in SUPPLIERS_WORDS and by in (Setter.SUPPLIER, Setter.WAREHOUSE)
        return Move.FORWARD if back or his else Move.FORBIDDEN
    if to not in FINAL and ordered_steps.index(to) < ordered_steps.index(step):
        return Move.OLDER
    his_words = {
        Setter.SUPPLIER: SUPPLIERS_WORDS,
        Setter.WAREHOUSE: SUPPLIERS_WORDS,
        Setter.RETAILER: {"Cancelled"},
        Setter.HUB: {"Submitted", "Shipping", "Cancelled", "Delivered"},
    }
    return Move.FORWARD if to.value in his_words[by] else Move.FORBIDDEN


@pytest.mark.parametrize("purchase", [False, True])
@pytest.mark.parametrize("by", list(Setter))
@pytest.mark.parametrize("current", [*OPEN, *sorted(FINAL)])
def test_every_move_of_the_matrix_is_judged_as_the_table_says(current: Status, by: Setter, purchase: bool) -> None:
    for step in ordered_steps if current in ASIDE else [current]:
        held = step if current in ASIDE else None
        for to in Status:
            expected = verdict(step, current, to, by, purchase=purchase)
            assert move(current, held, to, by, purchase=purchase) is expected, (step, to)
