"""Keep what happens to shipments: suppliers' deliveries and retailers' cancellations (contract §4, §8)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Row

from hub.domain.checks import Found
from hub.domain.delivery import apply, cancel_lines
from hub.domain.kinds import Role
from hub.domain.orders import Record
from hub.domain.problems import Code, Fault, Level
from hub.domain.shipment import Outcome
from hub.domain.status import FINAL, Setter, Status
from hub.flow import bookings
from hub.flow.hub import Hub, InHand
from hub.flow.tally import About, Tally
from hub.mapping.reading import Reading
from hub.store import catalogue, events, orders, shipments
from hub.store.events import Event
from hub.store.shipments import Held


@dataclass(slots=True)
class _Shelf:
    """The shipments that the records of one file may touch, and what happened to them."""

    by_number: dict[str, Held] = field(default_factory=dict)
    by_order: dict[str, list[Held]] = field(default_factory=lambda: defaultdict(list))
    changed: dict[int, Held] = field(default_factory=dict)
    happened: list[Event] = field(default_factory=list)

    def put(self, held: Held) -> None:
        self.by_number[held.shipment.number] = held
        self.by_order[held.order_number].append(held)

    def number(self, shipment: int) -> str:
        """The hub's number of a shipment in the hand."""
        return next(number for number, held in self.by_number.items() if held.id == shipment)


def keep_deliveries(hub: Hub, db: Connection, file: InHand, reading: Reading, now: datetime) -> Tally:
    """Apply a supplier's or warehouse's updates to its own shipments, in order of the file."""
    tally = Tally(reading)
    terms = file.partner.supplier_terms(hub.workspace.settings)
    by = Setter.WAREHOUSE if file.partner.role is Role.WAREHOUSE else Setter.SUPPLIER
    records = {about: reading.batches[about[0]].record(about[1]) for about in tally.open_records()}
    shelf = _own_shipments(db, file.partner.id, list(records.values()))
    told: dict[int, About] = {}
    for about, record in records.items():
        held = _named(shelf, record)
        if isinstance(held, Found):
            tally.blame(about, held, record.get("shipment") or record.get("number"))
            tally.refuse(about)
            continue
        before = [line.delivered for line in held.shipment.lines]
        outcome = apply(held.shipment, record, terms, by)
        if held.shipment.purchase:
            _receive(db, held, before, file, now)
        _note(shelf, held, outcome, file, now, record)
        _count(tally, about, held.shipment.number, outcome)
        told[held.id] = about
    _write(db, shelf, now)
    for shipment, fault in bookings.owe(hub, db, told, file.id).items():
        tally.blame(told[shipment], Found("shipment", None, fault), shelf.number(shipment))
    return tally


def _receive(db: Connection, held: Held, before: list[Decimal | None], file: InHand, now: datetime) -> None:
    """Add to the warehouse's stock what came of a purchase order since the last time; quantities are set, so each piece once."""
    for goods, line, known in zip(held.goods, held.shipment.lines, before, strict=True):
        more = (line.delivered or Decimal(0)) - (known or Decimal(0))
        if more:
            catalogue.receive(db, held.supplier, goods, more, file.at, now, file.id)


def _own_shipments(db: Connection, supplier: str, records: list[Record]) -> _Shelf:
    numbers = {str(each["shipment"]) for each in records if each.get("shipment")}
    order_numbers = {str(each["number"]) for each in records if each.get("number") and not each.get("shipment")}
    shelf = _Shelf()
    for held in shipments.load(db, shipments.find(db, supplier, numbers=numbers, order_numbers=order_numbers)):
        shelf.put(held)
    return shelf


def _named(shelf: _Shelf, record: Record) -> Held | Found:
    """The one shipment of the sender's own that a record names; never guessed."""
    if number := record.get("shipment"):
        held = shelf.by_number.get(number)
        if held is None:
            hint = "Send back the shipment number of the file you got."
            return Found("shipment", None, Fault(Code.NO_SHIPMENT, number, "you have no such shipment", hint))
        return _contradicted(held, record) or held
    order = record["number"]
    mine = shelf.by_order.get(order, [])
    if retailer := record.get("retailer"):
        mine = [each for each in mine if each.retailer == retailer]
    if not mine:
        fault = Fault(
            Code.NO_ORDER,
            order,
            "you have no shipment of such an order",
            "Send back the order or shipment number of the file you got.",
        )
        return Found("number", None, fault)
    if len({each.retailer for each in mine}) > 1:
        own = ", ".join(each.shipment.number for each in mine)
        fault = Fault(
            Code.MISSING, None, f"several retailers use the order number {order}", f"Name the shipment instead; yours are {own}."
        )
        return Found("shipment", None, fault)
    still_open = [each for each in mine if each.shipment.status not in FINAL]
    return (still_open or mine)[-1]


def _contradicted(held: Held, record: Record) -> Found | None:
    """The fault of a record whose order or retailer is not that of its shipment."""
    for name, own in (("number", held.order_number), ("retailer", held.retailer)):
        said = record.get(name)
        if said and said != own:
            say = f"shipment {held.shipment.number} is of another {'order' if name == 'number' else 'retailer'}"
            return Found(name, None, Fault(Code.MISMATCH, said, say, f"Correct one of them, or leave {name} out."))
    return None


def _note(shelf: _Shelf, held: Held, outcome: Outcome, file: InHand, now: datetime, record: Record) -> None:
    if not outcome.changed:
        return
    shelf.changed[held.id] = held
    told: dict[str, Any] = {"retailer": held.retailer, "order": held.order, "shipment": held.id, "file": file.id}
    claimed = record.get("ship_date")
    if outcome.kept_word:
        shelf.happened.append(Event(now, "word", file.partner.id, after=outcome.kept_word, **told))
    if outcome.moved:
        held.status_at = now
        before, after = outcome.moved
        shelf.happened.append(
            Event(now, "status", file.partner.id, before=before.value, after=after.value, occurred_at=claimed, **told)
        )
    else:
        shelf.happened.append(Event(now, "facts", file.partner.id, occurred_at=claimed, **told))


def _count(tally: Tally, about: About, number: str, outcome: Outcome) -> None:
    for found in outcome.found:
        tally.blame(about, found, number)
    if outcome.changed:
        tally.accepted += 1
    elif any(found.fault.level is Level.ERROR for found in outcome.found):
        tally.refuse(about)
    else:
        tally.unchanged += 1


def _write(db: Connection, shelf: _Shelf, now: datetime) -> None:
    shipments.save(db, shelf.changed.values(), now)
    orders.touch(db, {each.order for each in shelf.changed.values()}, now)
    events.note(db, shelf.happened)


def keep_cancellations(hub: Hub, db: Connection, file: InHand, reading: Reading, now: datetime) -> Tally:  # noqa: ARG001 - every keeper is called alike
    """Cancel a retailer's own orders: at once before Submitted, later as a request to the supplier."""
    tally = Tally(reading)
    for about in list(tally.open_records()):
        record = reading.batches[about[0]].record(about[1])
        known = orders.known_orders(db, file.partner.id, [record["number"]]).get(record["number"])
        if known is None:
            fault = Fault(Code.NO_ORDER, record["number"], "you have no such order", "Check the order number.")
            tally.blame(about, Found("number", None, fault), record["number"])
            tally.refuse(about)
            continue
        _cancel(db, tally, about, record, known.id, file, now)
    return tally


@dataclass(slots=True)
class _Wish:
    """One retailer's cancellation of one order while it is carried out."""

    record: Record
    file: InHand
    now: datetime
    changed: bool = False
    found: list[Found] = field(default_factory=list)

    def fail(self, name: str, item: int | None, fault: Fault) -> None:
        self.found.append(Found(name, item, fault))


def _cancel(db: Connection, tally: Tally, about: About, record: Record, order: int, file: InHand, now: datetime) -> None:
    wish = _Wish(record, file, now)
    shelf = _Shelf()
    targets = _targets(shipments.load(db, shipments.of_orders(db, [order])), orders.unshipped_lines(db, order))
    wanted = _wanted(wish, targets)
    _cancel_waiting(db, wish, order, wanted, shelf)
    _cancel_shipped(wish, wanted, shelf)
    if any(name.startswith("x.") for each in (record, *record.get("lines", ())) for name in each):
        wish.changed |= orders.keep_foreign(db, order, record)
    _write(db, shelf, now)
    if wish.changed:
        orders.touch(db, [order], now)
    _count(tally, about, record["number"], Outcome(changed=wish.changed, found=wish.found))


@dataclass(slots=True, eq=False)
class _Target:
    """A line that a cancellation may mean: on a shipment (with its position there), or still on none."""

    line_no: str
    sku: str | None
    quantity: Decimal
    held: Held | None
    position: int

    @property
    def final(self) -> bool:
        return self.held is not None and self.held.shipment.status in FINAL

    def is_named(self, row: Record) -> bool:
        return (not row.get("line_no") or row["line_no"] == self.line_no) and (not row.get("sku") or row["sku"] == self.sku)


def _targets(all_held: list[Held], waiting: Sequence[Row[Any]]) -> list[_Target]:
    shipped = [
        _Target(line.line_no, line.sku, line.quantity, held, position)
        for held in all_held
        for position, line in enumerate(held.shipment.lines)
    ]
    return shipped + [_Target(row.line_no, row.sku, row.quantity, None, row.id) for row in waiting]


def _wanted(wish: _Wish, targets: list[_Target]) -> dict[_Target, Decimal]:
    """What is to be cancelled, and how much of it; without lines everything."""
    rows = wish.record.get("lines") or ()
    if not rows:
        return {each: each.quantity for each in targets}
    wanted: dict[_Target, Decimal] = {}
    for item, row in enumerate(rows):
        target = _target(wish, item, row, targets)
        if target is None:
            continue
        quantity = row.get("quantity") or target.quantity
        if quantity > target.quantity:
            say = f"more than the ordered {target.quantity.normalize():f}"
            wish.fail("lines.quantity", item, Fault(Code.RANGE, f"{quantity:f}", say, "Cancel at most what was ordered."))
            continue
        wanted[target] = quantity
    return wanted


def _target(wish: _Wish, item: int, row: Record, targets: list[_Target]) -> _Target | None:
    """The one line that a row names; of a line that is sent again after its order was opened again, the open one."""
    hits = [each for each in targets if each.is_named(row)]
    if len(hits) > 1 and len({each.line_no for each in hits}) == 1:
        hits = [each for each in hits if not each.final] or hits[-1:]
    if len(hits) == 1:
        return hits[0]
    name = "lines.line_no" if row.get("line_no") else "lines.sku"
    say = "several lines of the order fit" if hits else "the order has no such line"
    code = Code.MISMATCH if hits else Code.NO_LINE
    wish.fail(name, item, Fault(code, row.get("line_no") or row.get("sku"), say, "Name the line by its line number."))
    return None


def _cancel_shipped(wish: _Wish, wanted: dict[_Target, Decimal], shelf: _Shelf) -> None:
    """Cancel at once what no supplier works on, ask for the rest; what is Delivered stays."""
    by_shipment: dict[int, tuple[Held, dict[int, Decimal]]] = {}
    for target, quantity in wanted.items():
        if target.held is not None:
            by_shipment.setdefault(target.held.id, (target.held, {}))[1][target.position] = quantity
    for held, quantities in by_shipment.values():
        status = held.shipment.status
        if status is Status.DELIVERED:
            say = f"shipment {held.shipment.number} is Delivered, which is final"
            hint = "What is delivered stays; agree a return with the supplier."
            wish.fail("number", None, Fault(Code.FINAL, wish.record["number"], say, hint))
        elif status is not Status.CANCELLED:
            (_ask if held.with_supplier else _cancel_at_once)(wish, held, quantities, shelf)


def _cancel_at_once(wish: _Wish, held: Held, quantities: dict[int, Decimal], shelf: _Shelf) -> None:
    """Nobody works on it yet. Quantities are set, not added, so that the same file again changes nothing."""
    lines = held.shipment.lines
    missing = {i: quantity - lines[i].cancelled for i, quantity in quantities.items() if quantity > lines[i].cancelled}
    if not missing:
        return
    outcome = Outcome()
    cancel_lines(held.shipment, missing, outcome)
    if held.written:
        _remember_wish(wish, held, quantities)
    else:
        held.left_out.update({i: lines[i].cancelled for i in missing})
        held.cancel_reason = wish.record.get("reason") or held.cancel_reason
    _happened(wish, held, shelf, "cancelled")
    if outcome.moved:
        held.status_at = wish.now
        before, after = outcome.moved
        shelf.happened.append(_event(wish, held, "status", before.value, after.value))


def _ask(wish: _Wish, held: Held, quantities: dict[int, Decimal], shelf: _Shelf) -> None:
    """The supplier has the shipment: the cancellation is a request, and he decides."""
    lines = held.shipment.lines
    if all(max(held.asked.get(i, Decimal(0)), lines[i].cancelled) >= quantity for i, quantity in quantities.items()):
        return
    _remember_wish(wish, held, quantities)
    _happened(wish, held, shelf, "cancel-asked")
    say = f"shipment {held.shipment.number} is {held.shipment.status.value} already; the supplier was asked to cancel it"
    hint = "Its status will say what the supplier decides."
    wish.fail("number", None, Fault(Code.REQUESTED, wish.record["number"], say, hint, Level.WARNING))


def _remember_wish(wish: _Wish, held: Held, quantities: dict[int, Decimal]) -> None:
    held.asked.update({i: max(held.asked.get(i, Decimal(0)), quantity) for i, quantity in quantities.items()})
    held.cancel_asked_at = wish.now
    held.cancel_reason = wish.record.get("reason") or held.cancel_reason


def _happened(wish: _Wish, held: Held, shelf: _Shelf, what: str) -> None:
    wish.changed = True
    shelf.changed[held.id] = held
    shelf.happened.append(_event(wish, held, what, None, None))


def _event(wish: _Wish, held: Held, what: str, before: str | None, after: str | None) -> Event:
    return Event(
        at=wish.now,
        what=what,
        by=wish.file.partner.id,
        retailer=held.retailer,
        order=held.order,
        shipment=held.id,
        before=before,
        after=after,
        reason=wish.record.get("reason"),
        file=wish.file.id,
    )


def _cancel_waiting(db: Connection, wish: _Wish, order: int, wanted: dict[_Target, Decimal], shelf: _Shelf) -> None:
    """Cancel lines on no shipment (Draft, or waiting for a supplier) where they stand; the rest may be ready to go on."""
    lines = {each.position: quantity for each, quantity in wanted.items() if each.held is None}
    if not orders.cancel_lines(db, lines):
        return
    wish.changed = True
    by, reason = wish.file.partner.id, wish.record.get("reason")
    shelf.happened.append(Event(wish.now, "cancelled", by, by, order, reason=reason, file=wish.file.id))
    orders.ship_when_routed(db, order, "hub", wish.now)
