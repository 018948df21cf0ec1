"""Parcels that a carrier books: who books them, what he is told, and what the supplier hears when it fails."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

import structlog
from sqlalchemy import Connection, Row

from hub.config.partners import Partner
from hub.domain.booking import NOBODY, CarrierTerms, carrier_of
from hub.domain.kinds import PURCHASE_ORDER, Kind, Role
from hub.domain.orders import Record
from hub.domain.problems import Code, Fault, FileRefused, Level, Problem
from hub.domain.status import Status
from hub.flow.hub import Hub
from hub.flow.papers import Paper, Teller, papers
from hub.mapping.compile import Mapping
from hub.mapping.write import WriteContext, write_file
from hub.store import bookings, catalogue, events, ledger, orders, shipments
from hub.store.events import Event

log = structlog.get_logger()

_LEAVING = frozenset({Status.SHIPPING, Status.DELIVERED})


def carriers(hub: Hub) -> list[CarrierTerms]:
    """The carriers at work."""
    return [
        CarrierTerms(each.id, each.name, _writes_bookings(hub, each) is not None)
        for each in hub.workspace.of_role(Role.CARRIER)
        if each.active
    ]


def _writes_bookings(hub: Hub, carrier: Partner) -> Mapping | None:
    """The mapping by which a carrier is asked to book."""
    written = (hub.library.get(each.mapping) for each in carrier.send)
    return next((each for each in written if each.kind is Kind.BOOKINGS), None)


def owe(hub: Hub, db: Connection, touched: Collection[int], file: int) -> dict[int, Fault]:
    """Have carriers book the parcels of shipments that a supplier's file touched and that bear no tracking number.

    A shipment whose goods leave without any parcel being named has one of unknown contents. Out: by shipment, what
    the supplier is told of parcels that are not booked: nobody can be asked, the booking cannot be written, or the
    carrier refused it.
    """
    known = carriers(hub)
    if not known or not touched:
        return {}
    order_ids = {each.order for each in shipments.load(db, touched)}
    for paper, shipment in _alive(papers(db, order_ids), touched):
        if _leaves_unpacked(paper, shipment) and _carrier(hub, known, paper, shipment, None) is not None:
            shipments.add_parcel(db, shipment.id, "1")
    had = {row.parcel: row for row in bookings.of_shipments(db, touched)}
    rows: list[dict[str, Any]] = []
    told: dict[int, Fault] = {}
    for paper, shipment in _alive(papers(db, order_ids), touched):
        reasons: list[str] = []
        for parcel in paper.parcels[shipment.id]:
            carrier = _carrier(hub, known, paper, shipment, parcel.carrier) if parcel.tracking_number is None else None
            if carrier is None:
                continue
            booking = had.get(parcel.id)
            why = booking.error if booking is not None else _in_the_way(hub, db, carrier, paper, shipment, parcel.id)
            if booking is None:
                rows.append({"parcel": parcel.id, "carrier": carrier.id, "about": file, "error": why})
            if why is not None:
                reasons.append(f"parcel {parcel.parcel}: {why}")
        if reasons:
            told[shipment.id] = _fault(shipment.number, reasons)
    bookings.owe(db, rows)
    return told


def _alive(some: Iterable[Paper], touched: Collection[int]) -> Iterator[tuple[Paper, Row[Any]]]:
    """The shipments that a carrier may have to carry: neither cancelled ones nor goods that a warehouse receives."""
    for paper in (each for each in some if each.order.document_type != PURCHASE_ORDER):
        for shipment in paper.shipments.values():
            if shipment.id in touched and shipment.status != Status.CANCELLED:
                yield paper, shipment


def _leaves_unpacked(paper: Paper, shipment: Row[Any]) -> bool:
    """Whether goods leave, or have left, and no parcel is named."""
    some = any(line.delivered_quantity for line in paper.lines if line.shipment == shipment.id)
    return (some or shipment.status in _LEAVING) and not paper.parcels[shipment.id]


def _carrier(
    hub: Hub, known: Sequence[CarrierTerms], paper: Paper, shipment: Row[Any], parcel: str | None
) -> CarrierTerms | None:
    """Who books a parcel; where the hub draws the supplier's numbers itself, nobody unless that was agreed."""
    supplier = hub.workspace.partners.get(shipment.supplier)
    agreed = supplier.carrier or (NOBODY if supplier.tracking else None) if supplier is not None else None
    return carrier_of(known, parcel=parcel, operator=paper.order.head.get("operator"), agreed=agreed)


def _in_the_way(hub: Hub, db: Connection, carrier: CarrierTerms, paper: Paper, shipment: Row[Any], parcel: int) -> str | None:
    """Why a parcel cannot be booked; None when it can."""
    partner = hub.partner(carrier.id)
    mapping = _writes_bookings(hub, partner)
    if mapping is None:
        return f"{partner.name} takes no bookings from this hub"
    record = record_of(hub, db, partner, paper, shipment, {parcel})
    zone = partner.zone(hub.workspace.settings)
    context = WriteContext(now=hub.clock(), seq=0, partner_id=partner.id, partner_name=partner.name, timezone=zone)
    try:
        write_file(mapping, [record], context)
    except FileRefused as refusal:
        return str(refusal)
    return None


def record_of(hub: Hub, db: Connection, carrier: Partner, paper: Paper, shipment: Row[Any], only: Collection[int]) -> Record:
    """A shipment as its carrier is told of it: with the parcels to book, each with its weight where that is known.

    A parcel's own service code counts before the order's; a weight that the supplier did not say is that of the
    products in it.
    """
    record = Teller(hub, carrier).shipment(paper, shipment)
    mine = paper.parcels[shipment.id]
    told = [each for row, each in zip(mine, record["parcels"], strict=True) if row.id in only]
    codes = {each["service_code"] for each in told if each["service_code"]}
    if len(codes) == 1:
        record["service_code"] = codes.pop()
    lines = {line.id: line for line in paper.lines if line.shipment == shipment.id}
    weights = {
        sku: row.weight
        for sku, row in catalogue.known_products(db, shipment.supplier, {str(line.product) for line in lines.values()}).items()
    }
    for row, each in zip((row for row in mine if row.id in only), told, strict=True):
        inside = paper.contents[row.id] or (
            {line.id: line.quantity - line.cancelled_quantity for line in lines.values()} if len(mine) == 1 else {}
        )
        if each["weight"] is None:
            each["weight"] = _weight(inside, lines, weights)
    return record | {"parcels": told}


def _weight(inside: dict[int, Decimal | None], lines: dict[int, Row[Any]], weights: dict[str, Decimal | None]) -> Decimal | None:
    """What a parcel weighs by its contents; None where a weight or a quantity is unknown."""
    known = [(weights.get(str(lines[line].product)), quantity) for line, quantity in inside.items() if line in lines]
    each = [weight * quantity for weight, quantity in known if weight is not None and quantity is not None]
    return sum(each, Decimal(0)) if known and len(each) == len(known) else None


def waiting(hub: Hub, db: Connection, carrier: Partner) -> Iterator[tuple[int, int, tuple[int, ...], Record]]:
    """What a carrier is to be asked to book: order, shipment, parcels, and the record that tells him."""
    parcels: dict[int, list[int]] = defaultdict(list)
    order_ids = set()
    for row in bookings.owed(db, carrier.id):
        parcels[row.shipment].append(row.parcel)
        order_ids.add(row.order)
    for paper, shipment in _alive(papers(db, order_ids), parcels):
        mine = tuple(parcels[shipment.id])
        yield paper.order.id, shipment.id, mine, record_of(hub, db, carrier, paper, shipment, mine)


def not_booked(db: Connection, carrier: str, parcels: Collection[int], why: str, now: datetime) -> None:
    """Note that parcels are not booked, and tell the suppliers whose files told of them (207.carrier)."""
    bookings.failed(db, parcels, why)
    for row in bookings.about(db, parcels):
        reason = f"parcel {row.name}: {why}"
        events.note(db, [Event(now, "not-booked", carrier, row.retailer, row.order, row.shipment, reason=reason[:500])])
        orders.touch(db, [row.order], now)
        if row.about is not None:
            fault = _fault(row.number, [reason])
            problem = Problem(fault.code, fault.say, fault.hint, fault.level, field="shipment", record=row.number)
            ledger.add_problem(db, row.about, problem)
    log.warning("parcels_not_booked", carrier=carrier, parcels=len(parcels))


def _fault(shipment: str, reasons: Sequence[str]) -> Fault:
    say = f"shipment {shipment} is stored, but not booked: {'; '.join(reasons)}"
    hint = f"Nothing to send again: the hub's admin books it by hub retry {shipment}; or send a tracking number of your own."
    return Fault(Code.CARRIER, None, say, hint, Level.WARNING)
