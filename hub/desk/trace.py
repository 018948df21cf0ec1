"""The whole life of an order or a shipment: where it came from, how it was split, what happened, who was told."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, and_, or_, select

from hub.config.workspace import Workspace
from hub.desk.standing import cancelled_words, standings
from hub.desk.tables import line_status
from hub.domain.problems import NotFound
from hub.domain.status import FINAL, Status
from hub.store.schema import carried, events, files, order_lines, orders, parcel_lines, parcels, shipments

Told = dict[str, Any]


def trace(db: Connection, workspace: Workspace, number: str, partner: str | None = None) -> list[Told]:
    """The life of every order with this number, and of the shipment with it.

    In: `partner` narrows to a retailer's orders or a supplier's own shipments. Out: one table for each
    match, in order of retailer; a shipment's tells of that shipment only. Raises NotFound.
    """
    found = [_life(db, workspace, order, _own_shipments(db, order, partner)) for order in _orders(db, number, partner)]
    for row in _shipments(db, number, partner):
        order = db.execute(select(orders).where(orders.c.id == row.order)).one()
        found.append(_life(db, workspace, order, [row.id]))
    if not found:
        whose = f" of {partner}" if partner else ""
        raise NotFound(f"there is no order or shipment {number!r}{whose}; numbers are compared exactly")
    return found


def _orders(db: Connection, number: str, partner: str | None) -> Sequence[Row[Any]]:
    query = select(orders).where(orders.c.number == number)
    if partner is not None:
        served = select(shipments.c.order).where(shipments.c.supplier == partner)
        query = query.where(or_(orders.c.retailer == partner, orders.c.id.in_(served)))
    return db.execute(query.order_by(orders.c.retailer)).all()


def _own_shipments(db: Connection, order: Row[Any], partner: str | None) -> list[int] | None:
    """The shipments that a supplier's view is narrowed to; None: all of the order."""
    if partner is None or order.retailer == partner:
        return None
    return list(
        db.execute(select(shipments.c.id).where(shipments.c.order == order.id, shipments.c.supplier == partner)).scalars()
    )


def _shipments(db: Connection, number: str, partner: str | None) -> Sequence[Row[Any]]:
    query = select(shipments).where(shipments.c.number == number)
    if partner is not None:
        query = query.where(or_(shipments.c.retailer == partner, shipments.c.supplier == partner))
    return db.execute(query).all()


def _life(db: Connection, workspace: Workspace, order: Row[Any], only: list[int] | None) -> Told:
    status = standings(db, [order.id])[order.id].status(
        draft=order.draft, all_cancelled=cancelled_words(workspace).get(order.retailer, Status.CANCELLED)
    )
    return {
        "retailer": order.retailer,
        "order": order.number,
        "status": status.value,
        "final": status in FINAL,
        "document_type": order.document_type,
        "currency": order.currency,
        "date": order.date,
        "accepted_at": order.accepted_at,
        "updated_at": order.updated_at,
        "source": _source(db, order),
        "head": {name: value for name, value in order.head.items() if value is not None},
        "lines": _lines(db, order, only, status),
        "shipments": _splits(db, order, only),
        "events": _events(db, order, only),
        "files": _files(db, order, only),
    }


def _source(db: Connection, order: Row[Any]) -> Told:
    file = db.execute(select(files.c.id, files.c.name, files.c.mapping, files.c.at).where(files.c.id == order.file)).one()
    return {"file": file.id, "name": file.name, "row": order.row, "mapping": file.mapping, "at": file.at}


_LINE = (
    *("line_no", "sku", "ean", "name", "quantity", "unit", "price", "delivered_quantity", "cancelled_quantity", "cancel_reason"),
    *("expected_date", "supplier", "catalog", "product", "routed_by", "wholesale_price", "row"),
)


def _lines(db: Connection, order: Row[Any], only: list[int] | None, status: Status) -> list[Told]:
    numbered = (shipments.c.number.label("shipment_number"), shipments.c.status.label("shipment_status"))
    query = (
        select(order_lines, *numbered)
        .outerjoin(shipments, shipments.c.id == order_lines.c.shipment)
        .where(order_lines.c.order == order.id)
        .order_by(order_lines.c.position)
    )
    if only is not None:
        query = query.where(order_lines.c.shipment.in_(only))
    return [
        {name: row._mapping[order_lines.c[name]] for name in _LINE}
        | {"shipment": row.shipment_number, "status": line_status(row, status), "x": dict(row.x)}
        for row in db.execute(query)
    ]


_SHIPMENT = (
    *("supplier", "status", "supplier_reference", "ship_date", "created_at", "submitted_at", "status_at"),
    *("cancel_asked_at", "cancel_reason"),
)


def _splits(db: Connection, order: Row[Any], only: list[int] | None) -> list[Told]:
    query = select(shipments).where(shipments.c.order == order.id).order_by(shipments.c.id)
    rows = db.execute(query if only is None else query.where(shipments.c.id.in_(only))).all()
    inside = _parcels(db, [row.id for row in rows])
    return [
        {"shipment": row.number}
        | {name: getattr(row, name) for name in _SHIPMENT}
        | {"final": row.status in FINAL, "parcels": inside[row.id]}
        for row in rows
    ]


def _parcels(db: Connection, ids: Sequence[int]) -> dict[int, list[Told]]:
    contents: dict[int, list[Told]] = defaultdict(list)
    query = (
        select(parcel_lines.c.parcel, order_lines.c.line_no, order_lines.c.sku, parcel_lines.c.quantity)
        .join(parcels, parcels.c.id == parcel_lines.c.parcel)
        .join(order_lines, order_lines.c.id == parcel_lines.c.line)
        .where(parcels.c.shipment.in_(ids))
        .order_by(order_lines.c.position)
    )
    for row in db.execute(query):
        contents[row.parcel].append({"line_no": row.line_no, "sku": row.sku, "quantity": row.quantity})
    found: dict[int, list[Told]] = defaultdict(list)
    names = ("parcel", "tracking_number", "carrier", "service_code", "weight")
    for row in db.execute(select(parcels).where(parcels.c.shipment.in_(ids)).order_by(parcels.c.id)):
        found[row.shipment].append({name: getattr(row, name) for name in names} | {"lines": contents[row.id]})
    return found


_EVENT = ("at", "occurred_at", "what", "from", "to", "by", "reason", "file")


def _events(db: Connection, order: Row[Any], only: list[int] | None) -> list[Told]:
    query = (
        select(events, shipments.c.number.label("shipment_number"), files.c.name.label("file_name"))
        .outerjoin(shipments, shipments.c.id == events.c.shipment)
        .outerjoin(files, files.c.id == events.c.file)
        .where(events.c.order == order.id)
        .order_by(events.c.id)
    )
    if only is not None:
        query = query.where(or_(events.c.shipment.is_(None), events.c.shipment.in_(only)))
    return [
        {name: row._mapping[events.c[name]] for name in _EVENT} | {"shipment": row.shipment_number, "name": row.file_name}
        for row in db.execute(query)
    ]


def _files(db: Connection, order: Row[Any], only: list[int] | None) -> list[Told]:
    """Every outgoing file that carried the order or one of its shipments, each once."""
    own = select(shipments.c.id).where(shipments.c.order == order.id)
    ids = own if only is None else own.where(shipments.c.id.in_(only))
    which = or_(carried.c.shipment.in_(ids), and_(carried.c.order == order.id, carried.c.shipment.is_(None)))
    names = ("id", "partner", "name", "kind", "mapping", "state", "at", "ended_at")
    held = select(carried.c.file).where(which)
    query = select(*(files.c[name] for name in names)).where(files.c.id.in_(held)).order_by(files.c.id)
    return [
        {("sent_at" if name == "ended_at" else name): row._mapping[files.c[name]] for name in names} for row in db.execute(query)
    ]
