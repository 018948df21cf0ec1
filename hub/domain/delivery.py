"""What a supplier's update does to one shipment (contract §4 deliveries, §8): decided here, stored elsewhere."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from hub.domain.checks import Found
from hub.domain.delivery_faults import beyond, lower, nothing_comes
from hub.domain.foreign import keep_foreign
from hub.domain.nearest import nearest
from hub.domain.orders import Record
from hub.domain.parcels import Parcel
from hub.domain.problems import Code, Fault, Level
from hub.domain.status import FINAL, SETS, Move, Setter, Status, held_after, move
from hub.domain.terms import Short, SupplierTerms, UnknownStatus
from hub.domain.tracking import NumberBy
from hub.domain.values import same_gtin


@dataclass(slots=True)
class ShipmentLine:
    """An order line as its shipment's supplier sees it.

    `said_total`: a total told without parcel or tracking number; `delivered`: what counts, None while unknown; `x`: foreign.
    """

    line_no: str
    sku: str | None
    ean: str | None
    quantity: Decimal
    delivered: Decimal | None = None
    said_total: Decimal | None = None
    cancelled: Decimal = Decimal(0)
    cancel_reason: str | None = None
    expected_date: date | None = None
    x: dict[str, str] = field(default_factory=dict)

    @property
    def wholly_cancelled(self) -> bool:
        """Whether nothing of it will ever come."""
        return self.cancelled >= self.quantity

    @property
    def settled(self) -> bool:
        """Whether every piece is delivered or cancelled."""
        return (self.delivered or Decimal(0)) + self.cancelled >= self.quantity


@dataclass(slots=True)
class Shipment:
    """A shipment in the hand: what an update may change.

    `purchase`: goods that a warehouse receives, more than ordered if they come. `rest_open`: it was Delivered in part
    and is held open until every piece is delivered or cancelled (`short: stays_open`).
    """

    number: str
    status: Status
    held: Status | None
    lines: list[ShipmentLine]
    parcels: list[Parcel] = field(default_factory=list)
    supplier_reference: str | None = None
    ship_date: date | datetime | None = None
    purchase: bool = False
    rest_open: bool = False
    x: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Outcome:
    """What an update did: whether anything changed, the status it claimed in vain, and its faults."""

    changed: bool = False
    moved: tuple[Status, Status] | None = None
    kept_word: str | None = None
    found: list[Found] = field(default_factory=list)

    def fail(self, name: str, item: int | None, fault: Fault) -> None:
        """Note a fault."""
        self.found.append(Found(name, item, fault))


_SEVERAL = re.compile(r"[,;|\s]+")

_Said = dict[tuple[int, tuple[str, ...]], Decimal]
"""The quantities of one update: by line position and the parcels beside it."""


def apply(shipment: Shipment, update: Record, terms: SupplierTerms, by: Setter) -> Outcome:
    """Apply one record of a delivery file to the shipment, in place.

    A bad status costs the status only, a bad line that line only; what stands beside it is taken.
    """
    outcome = Outcome()
    claimed = _claimed(update, terms, outcome, by, purchase=shipment.purchase)
    _set_facts(shipment, update, outcome)
    _apply_rows(shipment, update.get("lines", ()), outcome)
    for row in update.get("parcels", ()):
        _name_parcels(shipment, row, outcome)
    if claimed is not None:
        _claim(shipment, claimed, update, terms, by, outcome)
    _settle(shipment, outcome)
    return outcome


def _apply_rows(shipment: Shipment, rows: Sequence[Record], outcome: Outcome) -> None:
    """Apply the rows of an update; one that only fits after another has made room is tried again at the end."""
    said: _Said = {}
    late: list[tuple[int, Record]] = []
    for item, row in enumerate(rows):
        tried = Outcome()
        _apply_row(shipment, item, row, tried, said)
        if any(found.fault.code is Code.RANGE for found in tried.found):
            late.append((item, row))
            tried.found.clear()
        outcome.changed |= tried.changed
        outcome.found += tried.found
    for item, row in late:
        _apply_row(shipment, item, row, outcome, {})


_LIKE_ENOUGH = 60  # of 100: there are few words, so that even Shipped means Shipping


def _claimed(update: Record, terms: SupplierTerms, outcome: Outcome, by: Setter, *, purchase: bool) -> Status | None:
    word = update.get("status")
    if word is None:
        return None
    try:
        return Status(word)
    except ValueError:
        pass
    if terms.unknown_status is UnknownStatus.KEEP:
        outcome.kept_word, outcome.changed = word, True
        return None
    his = [each.value for each in Status if _may_set(each, by, purchase=purchase)]
    near = nearest(word, his, like_enough=_LIKE_ENOUGH)
    hint = f"Write {near}." if near else f"Write one of: {', '.join(his)}."
    outcome.fail("status", None, Fault(Code.STATUS, word, "is no status of the hub", hint))
    return None


def _may_set(status: Status, by: Setter, *, purchase: bool) -> bool:
    """Whether somebody may ever claim a status of such a shipment."""
    return status in SETS[by] and status is not (Status.ON_HOLD if purchase else Status.RECEIVING)


def _set_facts(shipment: Shipment, update: Record, outcome: Outcome) -> None:
    for name in ("supplier_reference", "ship_date"):
        value = update.get(name)
        if value is not None and value != getattr(shipment, name):
            setattr(shipment, name, value)
            outcome.changed = True
    outcome.changed |= keep_foreign(shipment.x, update)


def _apply_row(shipment: Shipment, item: int, row: Mapping[str, Any], outcome: Outcome, said: _Said) -> None:
    position: int | None = None
    if any(row.get(name) for name in ("line_no", "sku", "ean")):
        position = _line(shipment, item, row, outcome)
        if position is None:
            return
    parcels = _name_parcels(shipment, row, outcome)
    if position is None:
        return
    line, quantity = shipment.lines[position], row.get("delivered_quantity")
    _set_line_facts(line, row, outcome)
    if quantity is not None:
        key = (position, tuple(sorted(each.parcel for each in parcels)))
        if said.setdefault(key, quantity) != quantity:
            say = f"{line.sku or line.ean} stands in this update twice with different quantities"
            hint = "Give one quantity a line and parcel, or name the parcels apart."
            outcome.fail("lines.delivered_quantity", item, Fault(Code.DUPLICATE_ROW, f"{quantity:f}", say, hint))
            return
    _set_quantities(shipment, position, parcels, item, row, outcome)


def _line(shipment: Shipment, item: int, row: Mapping[str, Any], outcome: Outcome) -> int | None:
    """The one line that a row names; a row that names none, or contradicts itself, is a fault."""
    number, sku, ean = row.get("line_no"), row.get("sku"), row.get("ean")
    hits = [
        i
        for i, line in enumerate(shipment.lines)
        if (not number or line.line_no == number)
        and (not sku or line.sku == sku)
        and (not ean or (line.ean is not None and same_gtin(line.ean, ean)))
    ]
    if not hits and sku and ean:
        hits = [i for i, line in enumerate(shipment.lines) if line.sku == sku and line.ean is None]
    if len(hits) == 1:
        return hits[0]
    name = "lines.line_no" if number else "lines.sku" if sku else "lines.ean"
    seen = number or sku or ean
    if hits:
        outcome.fail(
            name, item, Fault(Code.MISMATCH, seen, "several lines of the shipment fit", "Name the line by its line number.")
        )
    else:
        known = ", ".join(filter(None, (line.sku or line.ean for line in shipment.lines)))
        outcome.fail(
            name, item, Fault(Code.NO_LINE, seen, f"shipment {shipment.number} has no such line", f"Its products are: {known}.")
        )
    return None


def _name_parcels(shipment: Shipment, row: Mapping[str, Any], outcome: Outcome) -> list[Parcel]:
    """The parcels that a row names, made where they are new; several tracking numbers are several parcels."""
    name, tracking = row.get("parcel"), row.get("tracking_number")
    numbers = [each for each in _SEVERAL.split(tracking) if each] if tracking else []
    if not name and not numbers:
        return []
    parcels = [_parcel(shipment, name if len(numbers) < 2 else None, number, outcome) for number in numbers or [None]]
    for parcel in parcels:
        for fact in ("carrier", "service_code", "weight"):
            value = row.get(fact)
            if value is not None and getattr(parcel, fact) != value:
                setattr(parcel, fact, value)
                outcome.changed = True
    return parcels


def _parcel(shipment: Shipment, name: str | None, tracking: str | None, outcome: Outcome) -> Parcel:
    """Find a parcel by tracking number, else by its name; a nameless parcel that waits for its number gets it."""
    if tracking:
        for each in shipment.parcels:
            if each.tracking_number == tracking:
                return each
    for each in shipment.parcels:
        if each.is_meant(name, tracking):
            if tracking:
                each.number(tracking)
                outcome.changed = True
            return each
    taken = {each.parcel for each in shipment.parcels}
    free = name if name and name not in taken else next(str(n) for n in range(1, len(taken) + 2) if str(n) not in taken)
    made = Parcel(free, tracking, number_by=NumberBy.SUPPLIER if tracking else None)
    shipment.parcels.append(made)
    outcome.changed = True
    return made


def _set_line_facts(line: ShipmentLine, row: Mapping[str, Any], outcome: Outcome) -> None:
    for name in ("cancel_reason", "expected_date"):
        value = row.get(name)
        if value is not None and getattr(line, name) != value:
            setattr(line, name, value)
            outcome.changed = True
    outcome.changed |= keep_foreign(line.x, row)


def _set_quantities(
    shipment: Shipment, position: int, parcels: list[Parcel], item: int, row: Mapping[str, Any], outcome: Outcome
) -> None:
    """Quantities are set, not added: a parcel's own, or without one the line's total so far; what is cancelled likewise."""
    line, quantity = shipment.lines[position], row.get("delivered_quantity")
    total = line.delivered if quantity is None else _total(shipment, position, parcels, quantity)
    cancelled = line.cancelled if row.get("cancelled_quantity") is None else row["cancelled_quantity"]
    if shipment.status is Status.CANCELLED and total:
        outcome.fail("lines.delivered_quantity", item, nothing_comes(quantity or total))
        return
    if (total or Decimal(0)) + cancelled > line.quantity and not (shipment.purchase and cancelled <= line.cancelled):
        name = "lines.delivered_quantity" if quantity is not None else "lines.cancelled_quantity"
        outcome.fail(name, item, beyond(cancelled if quantity is None else quantity, line.sku or line.ean, line.quantity))
        return
    if shipment.status in FINAL:
        if total is not None and line.delivered is not None and total < line.delivered:
            outcome.fail("lines.delivered_quantity", item, lower(total, line.delivered))
            return
        if cancelled < line.cancelled:
            outcome.fail("lines.cancelled_quantity", item, lower(cancelled, line.cancelled))
            return
    _put_in(shipment, position, parcels, quantity, outcome)
    if quantity is not None and not parcels and line.said_total != quantity:
        line.said_total, outcome.changed = quantity, True
    if (line.delivered, line.cancelled) != (total, cancelled):
        line.delivered, line.cancelled, outcome.changed = total, cancelled, True


def _total(shipment: Shipment, position: int, parcels: list[Parcel], quantity: Decimal) -> Decimal | None:
    """What is delivered of a line once `quantity` is said of some parcels together, or (without any) of the whole line."""
    line = shipment.lines[position]
    if not parcels:
        return quantity
    if _together(parcels, position) == quantity:
        return line.delivered
    named = {each.parcel for each in parcels}
    others = _together([each for each in shipment.parcels if each.parcel not in named], position)
    return max((others or Decimal(0)) + quantity, line.said_total or Decimal(0))


def _together(parcels: Sequence[Parcel], position: int) -> Decimal | None:
    """How much of a line is known to be in some parcels together."""
    known = [inside for each in parcels if (inside := each.lines.get(position)) is not None]
    return sum(known, Decimal(0)) if known else None


def _put_in(shipment: Shipment, position: int, parcels: list[Parcel], quantity: Decimal | None, outcome: Outcome) -> None:
    """Note what a row says is in its parcels.

    The quantity beside several tracking numbers is that of these parcels together: the first made of them keeps it,
    how much of it the others hold is unknown.
    """
    if quantity is not None and parcels and _together(parcels, position) != quantity:
        first = next(each for each in shipment.parcels if any(each is named for named in parcels))
        for each in parcels:
            each.lines[position] = quantity if each is first else None
        outcome.changed = True
    for each in parcels:
        if position not in each.lines:
            each.lines[position], outcome.changed = None, True


def _claim(shipment: Shipment, to: Status, update: Record, terms: SupplierTerms, by: Setter, outcome: Outcome) -> None:
    verdict = move(shipment.status, shipment.held, to, by, purchase=shipment.purchase)
    match verdict:
        case Move.SAME:
            if to is Status.DELIVERED:
                _deliver(shipment, update, outcome)
        case Move.OLDER:
            say = f"the shipment is {shipment.status.value} already"
            outcome.fail("status", None, Fault(Code.SEQUENCE, to.value, say, "Nothing to mend: an older status changes nothing."))
        case Move.FINAL:
            say = f"the shipment is {shipment.status.value}, which is final"
            outcome.fail(
                "status", None, Fault(Code.FINAL, to.value, say, "A final status never moves; ask the retailer to order again.")
            )
        case Move.FORBIDDEN:
            words = ", ".join(each.value for each in Status if _may_set(each, by, purchase=shipment.purchase))
            outcome.fail(
                "status", None, Fault(Code.TRANSITION, to.value, "this status is not yours to set", f"Write one of: {words}.")
            )
        case Move.FORWARD:
            _step(shipment, to, update, terms, outcome)


def _step(shipment: Shipment, to: Status, update: Record, terms: SupplierTerms, outcome: Outcome) -> None:
    if to is Status.DELIVERED:
        said = [line.delivered for line in shipment.lines] + [row.get("delivered_quantity") for row in update.get("lines", ())]
        short = any(not line.settled for line in shipment.lines) and any(quantity is not None for quantity in said)
        if short and terms.short is Short.STAYS_OPEN:
            to = Status.SHIPPING
            if not shipment.rest_open:
                shipment.rest_open, outcome.changed = True, True
        else:
            _deliver(shipment, update, outcome)
    elif to is Status.CANCELLED:
        to = _cancel_rest(shipment)
    _set_status(shipment, to, outcome)


def _set_status(shipment: Shipment, to: Status, outcome: Outcome) -> None:
    if to is shipment.status:
        return
    before = outcome.moved[0] if outcome.moved else shipment.status
    shipment.held = held_after(shipment.status, shipment.held, to)
    shipment.status = to
    outcome.moved, outcome.changed = (before, to), True


def _deliver(shipment: Shipment, update: Record, outcome: Outcome) -> None:
    """Say where Delivered came without a quantity: nobody may claim that everything came."""
    rows = {row.get("line_no") or row.get("sku") or row.get("ean"): item for item, row in enumerate(update.get("lines", ()))}
    for line in shipment.lines:
        if line.delivered is None and not line.wholly_cancelled:
            item = next((rows[key] for key in (line.line_no, line.sku, line.ean) if key in rows), None)
            say = f"{line.sku or line.ean or 'line ' + line.line_no} is Delivered without a delivered quantity; it stays unknown"
            fault = Fault(Code.UNKNOWN_QUANTITY, None, say, "Send the delivered quantity of each line.", Level.WARNING)
            outcome.fail("lines.delivered_quantity", item, fault)


def _cancel_rest(shipment: Shipment) -> Status:
    """Cancel what has not been delivered; what is delivered stays, and then the shipment is Delivered."""
    for line in shipment.lines:
        line.cancelled = max(line.quantity - (line.delivered or Decimal(0)), Decimal(0))
    return Status.DELIVERED if any(line.delivered for line in shipment.lines) else Status.CANCELLED


def _settle(shipment: Shipment, outcome: Outcome) -> None:
    """Wholly cancelled is Cancelled; held open for its rest, a shipment is Delivered when the rest is settled."""
    if shipment.status in FINAL or not outcome.changed:
        return
    if all(line.wholly_cancelled for line in shipment.lines):
        _set_status(shipment, Status.CANCELLED, outcome)
    elif shipment.rest_open and all(line.settled for line in shipment.lines):
        _set_status(shipment, Status.DELIVERED, outcome)


def cancel_lines(shipment: Shipment, quantities: dict[int, Decimal], outcome: Outcome) -> None:
    """Cancel quantities of lines (by position) before the supplier knows of them."""
    for position, quantity in quantities.items():
        line = shipment.lines[position]
        line.cancelled, outcome.changed = min(line.quantity, line.cancelled + quantity), True
    if all(line.wholly_cancelled for line in shipment.lines):
        _set_status(shipment, Status.CANCELLED, outcome)
