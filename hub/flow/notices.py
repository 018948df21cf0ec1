"""The shipments of which a supplier is told, as records: whole, or of columns where his mapping shows little of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from operator import attrgetter
from typing import Any

from sqlalchemy import Connection

from hub.domain.foreign import joined
from hub.domain.orders import Record
from hub.domain.status import Status, Words
from hub.flow.papers import Teller, papers, to_send, word
from hub.store.many import among, chunks, columns_among
from hub.store.orders import thaw
from hub.store.schema import order_lines, orders, parcels, shipments
from hub.store.shipments import orders_of

Told = Iterator[tuple[int, int, Record]]
"""Order, shipment, and what is said of it; in order of the orders."""

_TOGETHER = 400  # shipments
_HEAD = ("id", "retailer", "number", "head")
_SHIPMENT = ("id", "order", "number", "supplier", "status", "status_at", "supplier_reference", "cancel_reason", "x")
_ALWAYS = frozenset({"service_code", "retailer.id"})  # looked at whatever a mapping shows


def whole(teller: Teller, db: Connection, ids: Sequence[int]) -> Told:
    """Shipments with everything that belongs to them."""
    wanted = orders_of(db, ids)
    for paper in papers(db, wanted, wanted):
        for shipment_id, shipment in paper.shipments.items():
            yield paper.order.id, shipment_id, teller.shipment(paper, shipment)


def brief(teller: Teller, db: Connection, ids: Sequence[int], looked_at: frozenset[str]) -> Told:
    """Shipments as a mapping tells of them that `shows_brief`: of what is `looked_at` they say what they say as a whole."""
    shown = looked_at | {name.partition(".")[2] for name in looked_at} | _ALWAYS
    rows = sorted(among(db, shipments, "id", ids, "id", _SHIPMENT), key=attrgetter("order", "id"))
    for some in chunks(rows, _TOGETHER):
        mine = [each.id for each in some]
        if next(among(db, parcels, "shipment", mine, "id", ("id",)), None) is not None:
            yield from whole(teller, db, mine)
            continue
        heads = {row.id: row for row in among(db, orders, "id", {each.order for each in some}, "id", _HEAD)}
        lines = _lines(db, some, [name for name in _LINE if name in shown])
        for each in some:
            yield each.order, each.id, _record(teller, each, heads[each.order], lines[each.id], shown)


def _record(teller: Teller, shipment: Any, head: Any, lines: list[Record], shown: frozenset[str]) -> Record:
    said: Record = thaw({name: value for name, value in head.head.items() if name in shown})
    return {
        **(joined([shipment.x]) if shipment.x else {}),
        **said,
        "number": head.number,
        **teller.party("retailer", head.retailer, shown),
        **teller.party("supplier", shipment.supplier, shown),
        "shipment": shipment.number,
        "status": shipment.status,
        "status_time": shipment.status_at,
        "supplier_reference": shipment.supplier_reference,
        "reason": shipment.cancel_reason,
        "service_code": teller.service(said.get("service_code")),
        "lines": lines,
        "parcels": [],
    }


def _lines(db: Connection, some: Sequence[Any], names: Sequence[str]) -> dict[int, list[Record]]:
    """What the lines of shipments without parcels say under some names, as far as there is something to send, by shipment."""
    found: dict[int, list[Record]] = {each.id: [] for each in some}
    of = {each.id: each for each in some}
    stored = tuple(
        dict.fromkeys(("shipment", "quantity", "cancelled_quantity", *(name for each in names for name in _LINE[each])))
    )
    for parts in columns_among(db, order_lines, "shipment", list(found), "position", stored):
        columns = dict(zip(stored, parts, strict=True))
        owners = columns["shipment"]
        columns["to_send"] = [to_send(*each) for each in zip(columns["quantity"], columns["cancelled_quantity"], strict=True)]
        told = [_SAYS[name](columns, [of[owner] for owner in owners]) if name in _SAYS else columns[name] for name in names]
        rows = zip(*told, strict=True) if told else iter([()] * len(owners))
        for owner, left, row in zip(owners, columns["to_send"], rows, strict=True):
            if left > _NOTHING:
                found[owner].append(dict(zip(names, row, strict=True)))
    return found


_NOTHING = Decimal(0)
_LINE: dict[str, tuple[str, ...]] = {
    "line_no": ("line_no",),
    "sku": ("product", "sku"),
    "ean": ("ean",),
    "quantity": (),
    "cancel_reason": ("cancel_reason",),
    "status": (),
    "supplier": ("supplier",),
    "shipment": (),
    "delivered_quantity": ("delivered_quantity",),
    "cancelled_quantity": (),
    "expected_date": ("expected_date",),
    "tracking_number": (),
}
"""What a line says, and the columns that are fetched for it beside those that are always."""

_SAYS: Mapping[str, Callable[[Mapping[str, Sequence[Any]], Sequence[Any]], Sequence[Any]]] = {
    "sku": lambda columns, _: [product or sku for product, sku in zip(columns["product"], columns["sku"], strict=True)],
    "quantity": lambda columns, _: columns["to_send"],
    "status": lambda _, owners: [word(Status(each.status), Words.V3) for each in owners],
    "shipment": lambda _, owners: [each.number for each in owners],
    "expected_date": lambda columns, _: [date.fromisoformat(each) if each else None for each in columns["expected_date"]],
    "tracking_number": lambda _, owners: [None] * len(owners),
}
"""What is not a column as it is stored; beside the columns there is the shipment of each line."""
