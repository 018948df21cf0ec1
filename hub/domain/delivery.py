"""What a supplier's update does to one shipment (contract §4 deliveries, §8): decided here, stored elsewhere."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from hub.domain.checks import Found
from hub.domain.foreign import keep_foreign
from hub.domain.nearest import nearest
from hub.domain.orders import Record
from hub.domain.problems import Code, Fault, Level
from hub.domain.status import FINAL, Move, Setter, Status, held_after, move
from hub.domain.terms import Short, SupplierTerms, UnknownStatus
from hub.domain.values import same_gtin


@dataclass(slots=True)
class Parcel:
    """A parcel of a shipment; `lines` holds what is known to be in it, by line position."""

    parcel: str
    tracking_number: str | None = None
    carrier: str | None = None
    service_code: str | None = None
    weight: Decimal | None = None
    lines: dict[int, Decimal] = field(default_factory=dict)


@dataclass(slots=True)
class ShipmentLine:
    """An order line as its shipment's supplier sees it.

    `said_total` is a total told without parcel or tracking number; `delivered` what counts, None while unknown; `x` the
    supplier's foreign values.
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
    """A shipment in the hand: what an update may change."""

    number: str
    status: Status
    held: Status | None
    lines: list[ShipmentLine]
    parcels: list[Parcel] = field(default_factory=list)
    supplier_reference: str | None = None
    ship_date: date | datetime | None = None
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


def apply(shipment: Shipment, update: Record, terms: SupplierTerms, by: Setter) -> Outcome:
    """Apply one record of a delivery file to the shipment, in place.

    A bad status costs the status only, a bad line that line only; what stands beside it is taken.
    """
    outcome = Outcome()
    claimed = _claimed(update, terms, outcome)
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
    said: dict[tuple[int, str | None], Decimal] = {}
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


def _claimed(update: Record, terms: SupplierTerms, outcome: Outcome) -> Status | None:
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
    near = nearest(word, [each.value for each in Status])
    hint = f"Write {near}." if near else f"Write one of: {', '.join(s.value for s in _SUPPLIER_WORDS)}."
    outcome.fail("status", None, Fault(Code.STATUS, word, "is no status of the hub", hint))
    return None


_SUPPLIER_WORDS = (Status.VIEWED, Status.PICKING, Status.PACKING, Status.SHIPPING, Status.CANCELLED, Status.DELIVERED)


def _set_facts(shipment: Shipment, update: Record, outcome: Outcome) -> None:
    for name in ("supplier_reference", "ship_date"):
        value = update.get(name)
        if value is not None and value != getattr(shipment, name):
            setattr(shipment, name, value)
            outcome.changed = True
    outcome.changed |= keep_foreign(shipment.x, update)


def _apply_row(
    shipment: Shipment, item: int, row: Mapping[str, Any], outcome: Outcome, said: dict[tuple[int, str | None], Decimal]
) -> None:
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
        key = (position, parcels[0].parcel if parcels else None)
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
        if name and each.parcel == name and (tracking is None or each.tracking_number in (None, tracking)):
            if tracking and each.tracking_number is None:
                each.tracking_number, outcome.changed = tracking, True
            return each
    taken = {each.parcel for each in shipment.parcels}
    free = name if name and name not in taken else next(str(n) for n in range(1, len(taken) + 2) if str(n) not in taken)
    made = Parcel(free, tracking)
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
    inside = parcels[0].lines if parcels else None
    total = line.delivered if quantity is None else _total(shipment, position, inside, quantity)
    cancelled = line.cancelled if row.get("cancelled_quantity") is None else row["cancelled_quantity"]
    if (total or Decimal(0)) + cancelled > line.quantity:
        name = "lines.delivered_quantity" if quantity is not None else "lines.cancelled_quantity"
        outcome.fail(name, item, _beyond(cancelled if quantity is None else quantity, line))
        return
    if shipment.status in FINAL:
        if total is not None and line.delivered is not None and total < line.delivered:
            outcome.fail("lines.delivered_quantity", item, _lower(total, line.delivered))
            return
        if cancelled < line.cancelled:
            outcome.fail("lines.cancelled_quantity", item, _lower(cancelled, line.cancelled))
            return
    if quantity is not None and inside is not None and inside.get(position) != quantity:
        inside[position], outcome.changed = quantity, True
    if quantity is not None and inside is None and line.said_total != quantity:
        line.said_total, outcome.changed = quantity, True
    if (line.delivered, line.cancelled) != (total, cancelled):
        line.delivered, line.cancelled, outcome.changed = total, cancelled, True


def _total(shipment: Shipment, position: int, inside: dict[int, Decimal] | None, quantity: Decimal) -> Decimal | None:
    """What is delivered of a line once `quantity` is said of a parcel (its `inside`), or of the whole line."""
    line = shipment.lines[position]
    if inside is None:
        return quantity
    if inside.get(position) == quantity:
        return line.delivered
    others = sum((p.lines.get(position, Decimal(0)) for p in shipment.parcels if p.lines is not inside), Decimal(0))
    return max(others + quantity, line.said_total or Decimal(0))


def _beyond(quantity: Decimal, line: ShipmentLine) -> Fault:
    say = f"delivered and cancelled of {line.sku or line.ean} exceed the ordered {line.quantity.normalize():f}"
    return Fault(
        Code.RANGE,
        f"{quantity:f}",
        say,
        "Together they are at most what was ordered; send the quantity so far, not an addition.",
    )


def _lower(quantity: Decimal, known: Decimal) -> Fault:
    say = f"the shipment is final and {known.normalize():f} is known already"
    return Fault(Code.FINAL, f"{quantity:f}", say, "After a final status a quantity may only grow.")


def _claim(shipment: Shipment, to: Status, update: Record, terms: SupplierTerms, by: Setter, outcome: Outcome) -> None:
    verdict = move(shipment.status, shipment.held, to, by)
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
            words = ", ".join(each.value for each in _SUPPLIER_WORDS)
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
            if shipment.status is to:
                return
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
        line.cancelled = line.quantity - (line.delivered or Decimal(0))
    return Status.DELIVERED if any(line.delivered for line in shipment.lines) else Status.CANCELLED


def _settle(shipment: Shipment, outcome: Outcome) -> None:
    """Wholly cancelled is Cancelled; held at Shipping for its rest, a shipment is Delivered when the rest is settled."""
    if shipment.status in FINAL or not outcome.changed:
        return
    if all(line.wholly_cancelled for line in shipment.lines):
        _set_status(shipment, Status.CANCELLED, outcome)
    elif (
        shipment.status is Status.SHIPPING
        and any(line.delivered for line in shipment.lines)
        and all(line.settled for line in shipment.lines)
    ):
        _set_status(shipment, Status.DELIVERED, outcome)


def cancel_lines(shipment: Shipment, quantities: dict[int, Decimal], outcome: Outcome) -> None:
    """Cancel quantities of lines (by position) before the supplier knows of them."""
    for position, quantity in quantities.items():
        line = shipment.lines[position]
        line.cancelled, outcome.changed = min(line.quantity, line.cancelled + quantity), True
    if all(line.wholly_cancelled for line in shipment.lines):
        _set_status(shipment, Status.CANCELLED, outcome)


def cancelled_whole(shipment: Shipment) -> Outcome:
    """Cancel a shipment that nobody has been told of yet."""
    outcome = Outcome()
    _set_status(shipment, _cancel_rest(shipment), outcome)
    return outcome
