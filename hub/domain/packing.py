"""What the rows of an update say of a shipment's lines and parcels (contract §4 deliveries): quantities are set, not added."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from copy import deepcopy
from decimal import Decimal
from typing import Any

from hub.domain.delivery_faults import below_parcels, beyond, lower, nothing_comes
from hub.domain.foreign import keep_foreign
from hub.domain.orders import Record
from hub.domain.parcels import Parcel
from hub.domain.problems import Code, Fault
from hub.domain.shipment import Outcome, Shipment, ShipmentLine
from hub.domain.status import FINAL, Status
from hub.domain.tracking import NumberBy, tracking_numbers
from hub.domain.values import same_gtin

_Said = dict[tuple[int, tuple[str, ...]], Decimal]
"""The quantities of one update: by line position and the parcels beside it."""


def apply_rows(shipment: Shipment, rows: Sequence[Record], outcome: Outcome) -> None:
    """Apply the rows of an update; one that only fits after another has made room is tried again at the end."""
    said: _Said = {}
    late: list[tuple[int, Record]] = []
    whole = _rows_that_fit_together(shipment, rows) if shipment.status in FINAL and len(rows) > 1 else frozenset()
    named = _plainly_named(shipment)
    for item, row in enumerate(rows):
        if row.keys() <= _PLAIN and _total_said(shipment, named, row, outcome, said):
            continue
        tried = Outcome()
        _apply_row(shipment, item, row, tried, said, checked=item not in whole)
        if any(found.fault.code in _MAKES_ROOM for found in tried.found):
            late.append((item, row))
            tried.found.clear()
        outcome.changed |= tried.changed
        outcome.found += tried.found
    for item, row in late:
        _apply_row(shipment, item, row, outcome, {})


_MAKES_ROOM = frozenset({Code.RANGE, Code.MISMATCH})
"""The faults of a quantity that a later row of the update may take away."""


_PLAIN = frozenset({"line_no", "sku", "delivered_quantity"})
"""What a row says that only tells how much of a line has come, in all."""


def _plainly_named(shipment: Shipment) -> dict[str, int]:
    """The lines of an open shipment without parcels by line number; none where a row may mean more than its line's total."""
    if shipment.parcels or shipment.status in FINAL:
        return {}
    by_number = {line.line_no: position for position, line in enumerate(shipment.lines)}
    return by_number if len(by_number) == len(shipment.lines) else {}


def _total_said(shipment: Shipment, named: Mapping[str, int], row: Record, outcome: Outcome, said: _Said) -> bool:
    """Take a plain row that sets a line's total, as `_apply_row` does; False where it takes the long way: nothing is touched."""
    position, quantity = named.get(row.get("line_no", "")), row.get("delivered_quantity")
    if position is None or quantity is None or shipment.parcels:
        return False
    line, key = shipment.lines[position], (position, ())
    if (row.get("sku") or line.sku) != line.sku or quantity + line.cancelled > line.quantity or key in said:
        return False
    said[key] = quantity
    if line.said_total != quantity or line.delivered != quantity:
        line.said_total = line.delivered = quantity
        outcome.changed = True
    return True


def _rows_that_fit_together(shipment: Shipment, rows: Sequence[Record]) -> frozenset[int]:
    """The rows of a final shipment's lines that stand when all of them are applied: pieces may change parcels, none gets lost."""
    after = deepcopy(shipment)
    said: _Said = {}
    of_line: dict[int, list[int]] = defaultdict(list)
    faulty: set[int] = set()
    for item, row in enumerate(rows):
        tried = Outcome()
        position = _apply_row(after, item, row, tried, said, checked=False)
        if position is not None:
            of_line[position].append(item)
            faulty |= {position} if tried.found else set()
    return frozenset(
        item
        for position, items in of_line.items()
        if position not in faulty and _stands(shipment, after, position)
        for item in items
    )


def _stands(shipment: Shipment, after: Shipment, position: int) -> bool:
    """Whether a line may become what it is `after`."""
    before, line = shipment.lines[position], after.lines[position]
    packed = _together(after.parcels, position) or Decimal(0)
    return (
        packed <= (line.delivered or Decimal(0)) and _quantity_fault(shipment, before, line.delivered, line.cancelled, {}) is None
    )


def _apply_row(
    shipment: Shipment, item: int, row: Mapping[str, Any], outcome: Outcome, said: _Said, *, checked: bool = True
) -> int | None:
    """Apply one row; gives the line that it names."""
    position: int | None = None
    if any(row.get(name) for name in ("line_no", "sku", "ean")):
        position = _line(shipment, item, row, outcome)
        if position is None:
            return None
    parcels = name_parcels(shipment, row, outcome)
    if position is None:
        return None
    line, quantity = shipment.lines[position], row.get("delivered_quantity")
    _set_line_facts(line, row, outcome)
    if quantity is not None:
        key = (position, tuple(sorted(each.parcel for each in parcels)))
        if said.setdefault(key, quantity) != quantity:
            say = f"{line.sku or line.ean} stands in this update twice with different quantities"
            hint = "Give one quantity a line and parcel, or name the parcels apart."
            outcome.fail("lines.delivered_quantity", item, Fault(Code.DUPLICATE_ROW, f"{quantity:f}", say, hint))
            return position
    found = _unfit(shipment, position, parcels, row) if checked else None
    if found is not None:
        outcome.fail(found[0], item, found[1])
        return position
    _set_quantities(shipment, position, parcels, row, outcome)
    return position


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


def name_parcels(shipment: Shipment, row: Mapping[str, Any], outcome: Outcome) -> list[Parcel]:
    """The parcels that a row names, made where they are new; several tracking numbers are several parcels."""
    name, numbers = row.get("parcel"), tracking_numbers(row.get("tracking_number"))
    if not name and not numbers:
        return []
    said: list[str | None] = [*numbers] or [None]
    parcels = [_parcel(shipment, name if len(numbers) < 2 else None, number, outcome) for number in said]
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


def _unfit(shipment: Shipment, position: int, parcels: list[Parcel], row: Mapping[str, Any]) -> tuple[str, Fault] | None:
    """Why the quantities of a row cannot be taken: the field and its fault."""
    line, quantity = shipment.lines[position], row.get("delivered_quantity")
    total, cancelled = _after(shipment, position, parcels, row)
    found = _quantity_fault(shipment, line, total, cancelled, row)
    if found is None and quantity is not None and not parcels:
        holding = [each for each in shipment.parcels if each.lines.get(position)]
        packed = _together(holding, position)
        if packed is not None and quantity < packed:
            names = [each.tracking_number or each.parcel for each in holding]
            return "lines.delivered_quantity", below_parcels(quantity, packed, names)
    return found


def _after(shipment: Shipment, position: int, parcels: list[Parcel], row: Mapping[str, Any]) -> tuple[Decimal | None, Decimal]:
    """What is delivered and cancelled of a line once a row is applied."""
    line, quantity, cancelled = shipment.lines[position], row.get("delivered_quantity"), row.get("cancelled_quantity")
    total = line.delivered if quantity is None else _total(shipment, position, parcels, quantity)
    return total, line.cancelled if cancelled is None else cancelled


def _quantity_fault(
    shipment: Shipment, line: ShipmentLine, total: Decimal | None, cancelled: Decimal, row: Mapping[str, Any]
) -> tuple[str, Fault] | None:
    """Why a line may not have these quantities, in view of what it had; `row` is who says so."""
    quantity = row.get("delivered_quantity")
    if shipment.status is Status.CANCELLED and total:
        return "lines.delivered_quantity", nothing_comes(quantity or total)
    if (total or Decimal(0)) + cancelled > line.quantity and not (shipment.purchase and cancelled <= line.cancelled):
        name = "lines.delivered_quantity" if quantity is not None else "lines.cancelled_quantity"
        return name, beyond(cancelled if quantity is None else quantity, line.sku or line.ean, line.quantity)
    if shipment.status in FINAL:
        if total is not None and line.delivered is not None and total < line.delivered:
            return "lines.delivered_quantity", lower(total, line.delivered)
        if cancelled < line.cancelled:
            return "lines.cancelled_quantity", lower(cancelled, line.cancelled)
    return None


def _set_quantities(shipment: Shipment, position: int, parcels: list[Parcel], row: Mapping[str, Any], outcome: Outcome) -> None:
    """Quantities are set, not added: a parcel's own, or without one the line's total so far; what is cancelled likewise."""
    line, quantity = shipment.lines[position], row.get("delivered_quantity")
    total, cancelled = _after(shipment, position, parcels, row)
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
