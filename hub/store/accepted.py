"""Orders that were just accepted, stored with their lines, shipments and first events: table by table, lines as columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection

from hub.domain.numbers import shipment_number
from hub.domain.orders import Line, Order
from hub.domain.problems import Fault
from hub.domain.routing import Candidate, Decision, Routed, split
from hub.domain.status import Status
from hub.domain.values import canonical
from hub.store.events import Event, note
from hub.store.many import add, add_columns
from hub.store.schema import order_lines, orders, shipments
from hub.store.series import draw
from hub.store.types import EPOCH, NEVER


@dataclass(slots=True)
class Accepted:
    """An order with what was decided about it, ready to be stored."""

    order: Order
    decision: Decision
    number: str
    made: bool
    file: int
    row: int | None
    line_rows: list[int]


@dataclass(slots=True)
class _Lines:
    """Lines of several orders, each with its order and what was decided about it, as columns."""

    order: list[int] = field(default_factory=list)
    position: list[int] = field(default_factory=list)
    said: list[Line] = field(default_factory=list)
    row: list[int | None] = field(default_factory=list)
    routed: list[Routed] = field(default_factory=list)
    shipment: list[int | None] = field(default_factory=list)
    dropped: list[Fault | None] = field(default_factory=list)
    submitted_at: list[datetime] = field(default_factory=list)


@dataclass(slots=True)
class NewRows:
    """The rows of several orders, inserted table by table."""

    orders: list[dict[str, Any]] = field(default_factory=list)
    shipments: list[dict[str, Any]] = field(default_factory=list)
    lines: _Lines = field(default_factory=_Lines)
    events: list[Event] = field(default_factory=list)


def add_orders(db: Connection, accepted: Sequence[Accepted], now: datetime) -> None:
    """Store orders with their lines, shipments and first events."""
    if not accepted:
        return
    rows = NewRows()
    first_order = draw(db, "orders", len(accepted))
    parts = [{} if each.order.draft or each.decision.waiting else split(each.decision) for each in accepted]
    many = sum(map(len, parts))
    next_shipment = draw(db, "shipments", many) if many else 0
    for at, (each, suppliers) in enumerate(zip(accepted, parts, strict=True)):
        order_id = first_order + at
        numbered = {supplier: next_shipment + nth for nth, supplier in enumerate(suppliers)}
        next_shipment += len(numbered)
        shipment_of = {position: numbered[supplier] for supplier, positions in suppliers.items() for position in positions}
        _order_rows(rows, each, order_id, now)
        add_shipments(rows, (each.order.retailer, order_id), numbered, each.file, now)
        _add_lines(rows.lines, each, order_id, shipment_of)
    add(db, orders, rows.orders)
    add(db, shipments, rows.shipments)
    add_columns(db, order_lines, _line_columns(rows.lines))
    note(db, rows.events)


def _order_rows(rows: NewRows, each: Accepted, order_id: int, now: datetime) -> None:
    head = each.order.head
    rows.orders.append(
        {
            "id": order_id,
            "retailer": each.order.retailer,
            "number": each.number,
            "made": each.made,
            "content": each.order.content,
            "date": each.order.date,
            "currency": head.get("currency") or "EUR",
            "document_type": head.get("document_type") or "SalesOrder",
            "draft": each.order.draft,
            "head": {name: value if type(value) is str else canonical(value) for name, value in head.items()},
            "accepted_at": now,
            "updated_at": now,
            "file": each.file,
            "row": each.row,
        }
    )
    status = Status.DRAFT if each.order.draft else Status.ERROR if each.decision.waiting else Status.ACCEPTED
    reason = next((f"{fault.code}: {fault.say}" for fault in each.decision.waiting.values()), None)
    rows.events.append(
        Event(now, "status", "hub", each.order.retailer, order_id, after=status.value, reason=reason, file=each.file)
    )


def add_shipments(rows: NewRows, order: tuple[str, int], numbered: dict[str, int], file: int | None, now: datetime) -> None:
    """New shipments of an order (retailer and id), by supplier: every line has one, so the order is Routed."""
    retailer, order_id = order
    if numbered:
        rows.events.append(Event(now, "status", "hub", retailer, order_id, after=_ROUTED, file=file))
    for supplier, shipment in numbered.items():
        rows.shipments.append(
            {
                "id": shipment,
                "number": shipment_number(shipment),
                "order": order_id,
                "retailer": retailer,
                "supplier": supplier,
                "status": _CREATED,
                "created_at": now,
                "status_at": now,
                "updated_at": now,
            }
        )
        split_off = f"split to {supplier}"
        rows.events.append(Event(now, "status", "hub", retailer, order_id, shipment, after=_CREATED, reason=split_off, file=file))


_ROUTED, _CREATED = Status.ROUTED.value, Status.CREATED.value
_NOTHING = Decimal(0)
LINE_COLUMNS = ("name", "unit", "price", "vat_rate", "total")


_NOWHERE = Routed(Candidate(None, None, None), None)  # type: ignore[arg-type] # what a line has that is routed to nobody


def _add_lines(lines: _Lines, each: Accepted, order_id: int, shipment_of: dict[int, int]) -> None:
    said, routed, dropped = each.order.lines, each.decision.routed, each.decision.dropped
    count, positions = len(said), range(len(said))
    lines.order += [order_id] * count
    lines.position += positions
    lines.said += said
    lines.row += [*each.line_rows[:count], *[None] * (count - len(each.line_rows))]
    lines.routed += [routed.get(position, _NOWHERE) for position in positions]
    lines.shipment += map(shipment_of.get, positions)
    lines.dropped += map(dropped.get, positions)
    # a purchase order counts against no figure
    lines.submitted_at += [EPOCH if each.order.purchase else NEVER] * count


def _line_columns(lines: _Lines) -> dict[str, list[Any]]:
    """Lines as columns of their table: a hundred thousand rows of their own would cost more than storing them."""
    said, to = lines.said, [each.candidate for each in lines.routed]
    columns: dict[str, list[Any]] = {
        "order": lines.order,
        "position": lines.position,
        "line_no": [line.line_no for line in said],
        "sku": [line.sku or there.sku for line, there in zip(said, to, strict=True)],
        "ean": [line.ean or there.ean for line, there in zip(said, to, strict=True)],
        "quantity": [line.quantity for line in said],
        "x": [_foreign(line) for line in said],
        "row": lines.row,
        "supplier": [there.supplier for there in to],
        "catalog": [there.catalog for there in to],
        "product": [there.sku for there in to],
        "wholesale_price": [there.wholesale_price for there in to],
        "routed_by": [each.by for each in lines.routed],
        "shipment": lines.shipment,
        "submitted_at": lines.submitted_at,
        "cancelled_quantity": [line.quantity if dropped else _NOTHING for line, dropped in zip(said, lines.dropped, strict=True)],
        "cancel_reason": [dropped.say if dropped else None for dropped in lines.dropped],
    }
    columns |= {name: [line.more.get(name) for line in said] for name in LINE_COLUMNS}
    columns["name"] = [name or there.name for name, there in zip(columns["name"], to, strict=True)]
    return columns


def _foreign(line: Line) -> dict[str, Any]:
    """Foreign values, and what the retailer asked of routing, so that a retry asks the same."""
    asked = _asked_for(line.supplier, line.catalog)
    own = {name: canonical(value) for name, value in line.more.items() if name.startswith("x.")} if line.more else {}
    return asked | own if own else asked


@lru_cache(maxsize=1024)
def _asked_for(supplier: str | None, catalog: str | None) -> dict[str, Any]:
    """The same for many lines, and then written only once; nobody may change it."""
    return {f"ask.{name}": value for name, value in (("supplier", supplier), ("catalog", catalog)) if value}
