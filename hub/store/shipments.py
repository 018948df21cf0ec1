"""Shipments in the hand: found for the partner who may touch them, loaded whole, written back where they changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from operator import attrgetter
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, func, insert, or_, select, update

from hub.domain.kinds import PURCHASE_ORDER, Kind
from hub.domain.parcels import Parcel
from hub.domain.shipment import Shipment, ShipmentLine
from hub.domain.status import FINAL, RANK, Status
from hub.domain.tracking import NumberBy
from hub.store import many
from hub.store.dialect import put
from hub.store.many import among, chunks, set_among
from hub.store.schema import carried, files, order_lines, orders, parcel_lines, parcels, shipments
from hub.store.types import NEVER


@dataclass(slots=True)
class Held:
    """A shipment with its row ids, and what the store knows of it beyond what an update may change."""

    id: int
    order: int
    order_number: str
    retailer: str
    supplier: str
    shipment: Shipment
    line_ids: list[int]
    parcel_ids: list[int]
    status_at: datetime
    submitted_at: datetime | None = None
    cancel_asked_at: datetime | None = None
    cancel_reason: str | None = None
    asked: dict[int, Decimal] = field(default_factory=dict)
    left_out: dict[int, Decimal] = field(default_factory=dict)
    goods: list[tuple[str, str]] = field(default_factory=list)  # product and catalogue of each line
    written: bool = False
    stored: list[tuple[Any, ...]] = field(default_factory=list)  # of each line what an update may change, as the store has it

    @property
    def with_supplier(self) -> bool:
        """Whether the supplier works on it: a cancellation can only be asked of him."""
        step = self.shipment.held or self.shipment.status
        return self.submitted_at is not None or (step is not Status.CANCELLED and RANK[step] >= RANK[Status.SUBMITTED])


def find(db: Connection, supplier: str, *, numbers: Collection[str] = (), order_numbers: Collection[str] = ()) -> list[int]:
    """The ids of a supplier's own shipments, by the hub's number or by the retailer's order number."""
    named = among(db, shipments, "number", numbers, "id", ("id", "supplier"))
    found = [row.id for row in named if row.supplier == supplier]
    for some in chunks(order_numbers):
        query = (
            select(shipments.c.id)
            .join(orders, orders.c.id == shipments.c.order)
            .where(shipments.c.supplier == supplier, orders.c.number.in_(some))
        )
        found += db.execute(query).scalars()
    return found


def by_number(db: Connection, number: str) -> int | None:
    """The id of a shipment by the hub's number, whoever it belongs to."""
    return db.execute(select(shipments.c.id).where(shipments.c.number == number)).scalar()


def of_orders(db: Connection, order_ids: Collection[int]) -> list[int]:
    """The ids of the shipments of orders."""
    found: list[int] = []
    for some in chunks(order_ids):
        found += db.execute(select(shipments.c.id).where(shipments.c.order.in_(some)).order_by(shipments.c.id)).scalars()
    return found


def orders_of(db: Connection, ids: Collection[int]) -> dict[int, list[int]]:
    """Shipments by the ids of their orders."""
    found: dict[int, list[int]] = {}
    for row in among(db, shipments, "id", ids, "id", ("id", "order")):
        found.setdefault(row.order, []).append(row.id)
    return found


def count_open(db: Connection, partner: str) -> int:
    """How many shipments of a retailer or supplier are not final yet."""
    his = or_(shipments.c.retailer == partner, shipments.c.supplier == partner)
    query = select(func.count()).select_from(shipments).where(his, shipments.c.status.not_in([each.value for each in FINAL]))
    return int(db.execute(query).scalar_one())


def waiting_for_stock(db: Connection, warehouse: str) -> list[int]:
    """A warehouse's shipments of sales orders that are On Hold, or that no file has told it of yet."""
    fresh = (shipments.c.status == Status.CREATED.value) & shipments.c.submitted_at.is_(None) & ~_written()
    query = (
        select(shipments.c.id)
        .join(orders, orders.c.id == shipments.c.order)
        .where(shipments.c.supplier == warehouse, orders.c.document_type != PURCHASE_ORDER)
        .where(or_(shipments.c.status == Status.ON_HOLD.value, fresh))
    )
    return list(db.execute(query).scalars())


def load(db: Connection, ids: Collection[int]) -> list[Held]:
    """Load shipments with lines and parcels, in order of their ids."""
    held: dict[int, Held] = {}
    for some in chunks(sorted(set(ids))):
        mine = list(among(db, shipments, "id", some, "id"))
        heads = {row.id: row for row in among(db, orders, "id", {row.order for row in mine}, "id", _HEAD)}
        written = _written_of(db, some)
        held.update({row.id: _held(row, heads[row.order], written=row.id in written) for row in mine})
        _load_lines(db, some, held)
        _load_parcels(db, some, held)
    return list(held.values())


_HEAD = ("id", "number", "document_type")
_LINE = (
    *("id", "shipment", "line_no", "sku", "ean", "quantity", "product", "catalog", "cancel_asked", "left_out"),
    *("delivered_quantity", "said_total", "cancelled_quantity", "cancel_reason", "expected_date", "supplier_x"),
)


def _written_of(db: Connection, ids: Sequence[int]) -> set[int]:
    """Those of some shipments that a file for the supplier holds, delivered or not."""
    held = list(among(db, carried, "shipment", ids, "id", ("shipment", "file")))
    kinds = {row.id: row.kind for row in among(db, files, "id", {row.file for row in held}, "id", ("id", "kind"))}
    return {row.shipment for row in held if kinds[row.file] == Kind.SHIPMENTS.value}


def _written() -> ColumnElement[bool]:
    """Whether a file for the supplier holds the shipment, delivered or not."""
    held = select(carried.c.shipment).join(files, files.c.id == carried.c.file)
    return held.where(carried.c.shipment == shipments.c.id, files.c.kind == Kind.SHIPMENTS.value).exists()


def holds() -> ColumnElement[bool]:
    """Whether a row of `parcel_lines` says that something is in the parcel; a supplier may also say that nothing is."""
    return or_(parcel_lines.c.quantity.is_(None), parcel_lines.c.quantity > 0)


def _held(row: Any, head: Any, *, written: bool) -> Held:
    shipment = Shipment(
        number=row.number,
        status=Status(row.status),
        held=Status(row.held) if row.held else None,
        lines=[],
        supplier_reference=row.supplier_reference,
        ship_date=row.ship_date,
        purchase=head.document_type == PURCHASE_ORDER,
        rest_open=row.rest_open,
        x=row.x or {},
    )
    return Held(
        id=row.id,
        order=row.order,
        order_number=head.number,
        retailer=row.retailer,
        supplier=row.supplier,
        shipment=shipment,
        line_ids=[],
        parcel_ids=[],
        status_at=row.status_at,
        submitted_at=row.submitted_at,
        cancel_asked_at=row.cancel_asked_at,
        cancel_reason=row.cancel_reason,
        written=written,
    )


def _load_lines(db: Connection, ids: Sequence[int], held: dict[int, Held]) -> None:
    for row in among(db, order_lines, "shipment", ids, "position", _LINE):
        each = held[row.shipment]
        if row.cancel_asked is not None:
            each.asked[len(each.line_ids)] = row.cancel_asked
        if row.left_out:
            each.left_out[len(each.line_ids)] = row.left_out
        each.line_ids.append(row.id)
        each.stored.append(_stored(row))
        each.goods.append((row.product, row.catalog))
        each.shipment.lines.append(
            ShipmentLine(
                line_no=row.line_no,
                sku=row.sku,
                ean=row.ean,
                quantity=row.quantity,
                delivered=row.delivered_quantity,
                said_total=row.said_total,
                cancelled=row.cancelled_quantity,
                cancel_reason=row.cancel_reason,
                expected_date=date.fromisoformat(row.expected_date) if row.expected_date else None,
                x=dict(row.supplier_x or {}),
            )
        )


def _load_parcels(db: Connection, ids: Sequence[int], held: dict[int, Held]) -> None:
    found = list(among(db, parcels, "shipment", ids, "id"))
    inside: dict[int, dict[int, Decimal | None]] = defaultdict(dict)
    for row in among(db, parcel_lines, "parcel", [row.id for row in found], "line"):
        inside[row.parcel][row.line] = row.quantity
    for row in found:
        each = held[row.shipment]
        place = {line: position for position, line in enumerate(each.line_ids)}
        contents = {place[line]: quantity for line, quantity in inside[row.id].items() if line in place}
        each.parcel_ids.append(row.id)
        each.shipment.parcels.append(
            Parcel(
                parcel=row.parcel,
                tracking_number=row.tracking_number,
                carrier=row.carrier,
                service_code=row.service_code,
                weight=row.weight,
                number_by=NumberBy(row.number_by) if row.number_by else None,
                lines=contents,
            )
        )


def save(db: Connection, changed: Iterable[Held], now: datetime) -> None:
    """Write shipments back, table by table."""
    some = list(changed)
    if not some:
        return
    many.update(
        db,
        shipments,
        [
            {
                "id": each.id,
                "status": each.shipment.status.value,
                "held": each.shipment.held.value if each.shipment.held else None,
                "supplier_reference": each.shipment.supplier_reference,
                "ship_date": each.shipment.ship_date,
                "status_at": each.status_at,
                "updated_at": now,
                "cancel_asked_at": each.cancel_asked_at,
                "cancel_reason": each.cancel_reason,
                "rest_open": each.shipment.rest_open,
                "x": each.shipment.x or None,
            }
            for each in some
        ],
        ["id"],
    )
    _save_lines(db, some)
    taken_up = [each.id for each in some if each.submitted_at is None and each.with_supplier]
    if taken_up:  # he knew of it before its file reached him
        handed_over = update(order_lines).where(order_lines.c.shipment.in_(taken_up), order_lines.c.submitted_at == NEVER)
        db.execute(handed_over.values(submitted_at=now))
    _save_parcels(db, some)


def _save_lines(db: Connection, some: Sequence[Held]) -> None:
    """Write the lines that an update changed: mostly how much has come, and then no more than that."""
    come: list[dict[str, Any]] = []
    others: list[dict[str, Any]] = []
    for each in some:
        for position, before in enumerate(each.stored):
            now = each.stored[position] = _line_facts(each, position)
            if now == before:
                continue
            only_come = now[len(_COME) :] == before[len(_COME) :]
            names, rows = (_COME, come) if only_come else (_CHANGED, others)
            rows.append({"id": each.line_ids[position], **dict(zip(names, now, strict=False))})
    many.update(db, order_lines, come, ["id"])
    many.update(db, order_lines, others, ["id"])


_COME = ("delivered_quantity", "said_total")
_CHANGED = (*_COME, "cancel_asked", "left_out", "cancelled_quantity", "cancel_reason", "expected_date", "supplier_x")
_stored = attrgetter(*_CHANGED)


def _line_facts(each: Held, position: int) -> tuple[Any, ...]:
    """The values of `_CHANGED`."""
    line = each.shipment.lines[position]
    return (
        line.delivered,
        line.said_total,
        each.asked.get(position),
        each.left_out.get(position, _NONE),
        line.cancelled,
        line.cancel_reason,
        line.expected_date.isoformat() if line.expected_date else None,
        line.x or None,
    )


_NONE = Decimal(0)


def _save_parcels(db: Connection, some: Sequence[Held]) -> None:
    facts: list[dict[str, Any]] = []
    contents: list[dict[str, Any]] = []
    for each in some:
        for at, parcel in enumerate(each.shipment.parcels):
            row = {
                "shipment": each.id,
                "parcel": parcel.parcel,
                "tracking_number": parcel.tracking_number,
                "carrier": parcel.carrier,
                "service_code": parcel.service_code,
                "weight": parcel.weight,
                "number_by": parcel.number_by.value if parcel.number_by else None,
            }
            if at < len(each.parcel_ids):
                facts.append(row | {"id": each.parcel_ids[at]})
            else:
                each.parcel_ids.append(int(db.execute(insert(parcels).values(row).returning(parcels.c.id)).scalar_one()))
            contents += [
                {"parcel": each.parcel_ids[at], "line": each.line_ids[position], "quantity": quantity}
                for position, quantity in parcel.lines.items()
            ]
    many.update(db, parcels, facts, ["id"])
    put(db, parcel_lines, ["parcel", "line"], contents)


class Submitted(NamedTuple):
    """A shipment that was handed over; `before` is the status in which it was."""

    id: int
    order: int
    retailer: str
    before: Status


def submit(db: Connection, ids: Collection[int], now: datetime) -> list[Submitted]:
    """Note that the file of shipments has been delivered: Created becomes Submitted; returns those not noted before."""
    facts = ("id", "order", "retailer", "status", "held", "submitted_at")
    rows = [row for row in among(db, shipments, "id", sorted(set(ids)), "id", facts) if row.submitted_at is None]
    created = [row.id for row in rows if row.status == _CREATED]
    others = [row.id for row in rows if row.status != _CREATED]
    back = [row.id for row in rows if row.status != _CREATED and row.held == _CREATED]
    handed = {"submitted_at": now, "updated_at": now}
    set_among(db, shipments, {**handed, "status": Status.SUBMITTED.value, "status_at": now}, "id", created)
    set_among(db, shipments, handed, "id", others)
    set_among(db, shipments, {"held": Status.SUBMITTED.value}, "id", back)
    set_among(db, order_lines, {"submitted_at": now}, "shipment", [row.id for row in rows], submitted_at=NEVER)
    return [Submitted(row.id, row.order, row.retailer, Status(row.status)) for row in rows]


_CREATED = Status.CREATED.value


def fail(db: Connection, ids: Collection[int], now: datetime) -> list[Held]:
    """Put shipments that nobody works on yet into Error; returns those that moved, as they were before."""
    failed = [each for each in load(db, ids) if each.shipment.status is Status.CREATED]
    for each in failed:
        values = {"status": Status.ERROR.value, "held": each.shipment.status.value, "status_at": now, "updated_at": now}
        db.execute(update(shipments).where(shipments.c.id == each.id).values(values))
    return failed


def add_parcel(db: Connection, shipment: int, name: str) -> int:
    """Add a parcel of unknown contents to a shipment; returns its id."""
    return int(db.execute(insert(parcels).values(shipment=shipment, parcel=name).returning(parcels.c.id)).scalar_one())


def elsewhere(db: Connection, numbers: Collection[str], shipment: int) -> list[tuple[str, dict[str, Any]]]:
    """Where else tracking numbers are: each number with the head of the order whose other shipment bears it."""
    found: list[tuple[str, dict[str, Any]]] = []
    for some in chunks(numbers):
        query = (
            select(parcels.c.tracking_number, orders.c.head)
            .join(shipments, shipments.c.id == parcels.c.shipment)
            .join(orders, orders.c.id == shipments.c.order)
            .where(
                parcels.c.tracking_number.in_(some), parcels.c.shipment != shipment, shipments.c.status != Status.CANCELLED.value
            )
        )
        found += [(row.tracking_number, row.head) for row in db.execute(query)]
    return found
