"""What a supplier's update does to one shipment (contract §4 deliveries, §8): decided here, stored elsewhere."""

from __future__ import annotations

from decimal import Decimal

from hub.domain.foreign import keep_foreign
from hub.domain.nearest import nearest
from hub.domain.orders import Record
from hub.domain.packing import apply_rows, name_parcels
from hub.domain.problems import Code, Fault, Level
from hub.domain.shipment import Outcome, Shipment
from hub.domain.status import FINAL, SETS, Move, Setter, Status, held_after, move
from hub.domain.terms import Short, SupplierTerms, UnknownStatus


def apply(shipment: Shipment, update: Record, terms: SupplierTerms, by: Setter) -> Outcome:
    """Apply one record of a delivery file to the shipment, in place.

    A bad status costs the status only, a bad line that line only; what stands beside it is taken.
    """
    outcome = Outcome()
    claimed = _claimed(update, terms, outcome, by, purchase=shipment.purchase)
    _set_facts(shipment, update, outcome)
    apply_rows(shipment, update.get("lines", ()), outcome)
    for row in update.get("parcels", ()):
        name_parcels(shipment, row, outcome)
    if claimed is not None:
        _claim(shipment, claimed, update, terms, by, outcome)
    _settle(shipment, outcome)
    return outcome


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
            _deliver(shipment, update, outcome, unlisted=not update.get("lines"))
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


def _deliver(shipment: Shipment, update: Record, outcome: Outcome, *, unlisted: bool = True) -> None:
    """Say where Delivered came without a quantity: nobody may claim that everything came; of unlisted lines too, or not."""
    rows = {row.get("line_no") or row.get("sku") or row.get("ean"): item for item, row in enumerate(update.get("lines", ()))}
    for line in shipment.lines:
        if line.delivered is None and not line.wholly_cancelled:
            item = next((rows[key] for key in (line.line_no, line.sku, line.ean) if key in rows), None)
            if item is None and not unlisted:
                continue
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
