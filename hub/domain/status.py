"""Statuses: the table, the moves of a shipment and the roll-up to its order (contract §8)."""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum


class Status(StrEnum):
    """Every status, written exactly as partners write it; case counts."""

    DRAFT = "Draft"
    ACCEPTED = "Accepted"
    ORDER_ROUTED = "orderRouted"
    ROUTED = "Routed"
    CREATED = "Created"
    SUBMITTED = "Submitted"
    VIEWED = "Viewed"
    PICKING = "Picking"
    PACKING = "Packing"
    SHIPPING = "Shipping"
    ERROR = "Error"
    ON_HOLD = "On Hold"
    RECEIVING = "Receiving"
    CANCELLED = "Cancelled"
    DELIVERED_PARTIALLY = "Delivered Partially"
    DELIVERED = "Delivered"


class Setter(StrEnum):
    """Who sets a shipment's status."""

    HUB = "hub"
    SUPPLIER = "supplier"
    WAREHOUSE = "warehouse"
    RETAILER = "retailer"


class Words(StrEnum):
    """The two vocabularies in which a retailer may be told."""

    V2 = "v2"
    V3 = "v3"


class Move(StrEnum):
    """What becomes of a status that somebody claims for a shipment."""

    FORWARD = "forward"
    SAME = "same"
    OLDER = "older"  # 409.sequence: passed over
    FINAL = "final"  # 409.final: a final status never moves
    FORBIDDEN = "forbidden"  # 400.transition: not his to set, or no status of a shipment


FINAL = frozenset({Status.DELIVERED, Status.CANCELLED})

# Steps that interrupt the way; a shipment returns from them to the step held before or a later one.
ASIDE = frozenset({Status.ERROR, Status.ON_HOLD, Status.RECEIVING})

RANK: dict[Status, int] = {
    Status.CREATED: 1,
    Status.SUBMITTED: 2,
    Status.VIEWED: 3,
    Status.PICKING: 4,
    Status.PACKING: 5,
    Status.SHIPPING: 6,
    Status.DELIVERED: 7,
    Status.CANCELLED: 7,
}

_PROGRESS = frozenset({Status.VIEWED, Status.PICKING, Status.PACKING, Status.SHIPPING, Status.CANCELLED, Status.DELIVERED})

SETS: dict[Setter, frozenset[Status]] = {
    Setter.HUB: frozenset(
        {Status.CREATED, Status.SUBMITTED, Status.ERROR, Status.ON_HOLD, Status.SHIPPING, Status.DELIVERED, Status.CANCELLED}
    ),
    Setter.SUPPLIER: _PROGRESS,
    Setter.WAREHOUSE: _PROGRESS | {Status.ON_HOLD, Status.RECEIVING},
    Setter.RETAILER: frozenset({Status.CANCELLED}),
}


def move(current: Status, held: Status | None, to: Status, by: Setter, *, purchase: bool = False) -> Move:
    """Judge a shipment's step from `current` to `to`.

    `held` is the step before Error, On Hold or Receiving; None on the ordinary way. A purchase order is received and
    never waits for stock; a sales order may wait for stock and is never received.
    """
    if to is current:
        return Move.SAME
    if current in FINAL:
        return Move.FINAL if to in RANK or to in ASIDE else Move.FORBIDDEN
    if to is (Status.ON_HOLD if purchase else Status.RECEIVING):
        return Move.FORBIDDEN
    step = held if current in ASIDE and held else current
    if to in RANK and RANK[to] < RANK.get(step, 0):
        return Move.OLDER
    if to in RANK and RANK[to] == RANK.get(step, 0) and current not in ASIDE:
        return Move.OLDER
    return Move.FORWARD if to in SETS[by] or _returns(current, step, to, by) else Move.FORBIDDEN


def _returns(current: Status, step: Status, to: Status, by: Setter) -> bool:
    """Whether he may lead a shipment back to the step it held: the hub from anywhere aside, a warehouse from its own stops."""
    own = current in (Status.ON_HOLD, Status.RECEIVING)
    return to is step and current in ASIDE and (by is Setter.HUB or (by is Setter.WAREHOUSE and own))


def held_after(current: Status, held: Status | None, to: Status) -> Status | None:
    """The step to remember when a shipment moves from `current` to `to`."""
    if to not in ASIDE:
        return None
    return held if current in ASIDE else current


def roll_up(shipments: Collection[Status], all_cancelled: Status = Status.CANCELLED) -> Status:
    """The status of an order that has shipments; it depends on nothing but the set of their statuses."""
    open_ones = [each for each in shipments if each not in FINAL]
    delivered = Status.DELIVERED in shipments
    if not open_ones:
        return Status.DELIVERED if delivered else all_cancelled
    if delivered:
        return Status.DELIVERED_PARTIALLY
    for aside in (Status.ERROR, Status.ON_HOLD, Status.RECEIVING):
        if aside in open_ones:
            return aside
    least = min(open_ones, key=RANK.__getitem__)
    return Status.PACKING if least is Status.SHIPPING else least


def status_without_shipments(*, draft: bool, all_routed: bool, all_line_cancelled: bool, all_cancelled: Status) -> Status:
    """The status of an order that has no shipment: cancelled, waiting as Draft, routed, or in Error."""
    if all_line_cancelled:
        return all_cancelled
    if draft:
        return Status.DRAFT
    return Status.ROUTED if all_routed else Status.ERROR


_V2_ROUTED = frozenset({Status.ORDER_ROUTED, Status.ROUTED, Status.CREATED, Status.SUBMITTED})
_V2_SILENT = frozenset({Status.DRAFT, Status.ACCEPTED})


def told(status: Status, words: Words) -> Status | None:
    """The word that a retailer hears for a status; None where his vocabulary is silent.

    v2 hears Delivered for Cancelled; the quantity 0 beside it is the caller's part. Shipping is a word of v3 for
    shipments and their lines; v2 hears Packing.
    """
    if words is Words.V3:
        return status
    if status is Status.SHIPPING:
        return Status.PACKING
    if status in _V2_SILENT:
        return None
    if status in _V2_ROUTED:
        return Status.ORDER_ROUTED
    return Status.DELIVERED if status is Status.CANCELLED else status
