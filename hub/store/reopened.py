"""Orders that are opened again: what of them was not delivered, and the lines that send it once more."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from hub.domain.orders import Line
from hub.domain.routing import Routed
from hub.store.accepted import LINE_COLUMNS
from hub.store.orders import asked, set_route
from hub.store.schema import order_lines
from hub.store.types import EPOCH, NEVER


@dataclass(frozen=True, slots=True)
class Rest:
    """What of an order line was not delivered, as the retailer asked for it; `row` is the line it was ordered on."""

    row: Row[Any]
    line: Line


def rests(db: Connection, order: int) -> list[Rest]:
    """What a final order has not delivered of its lines. Lines that were refused when it came are none of it."""
    rows = db.execute(select(order_lines).where(order_lines.c.order == order).order_by(order_lines.c.position)).all()
    came: dict[int, Decimal] = {}
    for row in rows:
        came[row.again or row.id] = came.get(row.again or row.id, Decimal(0)) + (row.delivered_quantity or Decimal(0))
    return [
        Rest(row, replace(asked(row), quantity=row.quantity - came[row.id]))
        for row in rows
        if row.again is None and (row.supplier is not None or row.cancel_reason is None)
    ]


def open_again(db: Connection, rest: Rest, routed: Routed) -> None:
    """Put a rest on a line that waits for its shipment: a line of its own beside the final one, or the one that never had any."""
    row = rest.row
    if row.shipment is None:
        db.execute(update(order_lines).where(order_lines.c.id == row.id).values(cancelled_quantity=Decimal(0)))
        set_route(db, row.id, routed)
        return
    last = db.execute(select(func.max(order_lines.c.position)).where(order_lines.c.order == row.order)).scalar_one()
    kept = {name: row._mapping[order_lines.c[name]] for name in ("order", "line_no", "sku", "ean", "x", "row", *LINE_COLUMNS)}
    fresh = {"position": last + 1, "quantity": rest.line.quantity, "cancelled_quantity": Decimal(0), "again": row.id}
    counts = EPOCH if row.submitted_at == EPOCH else NEVER
    made = insert(order_lines).values(kept | fresh | {"submitted_at": counts, "left_out": Decimal(0), "total": None})
    set_route(db, int(db.execute(made.returning(order_lines.c.id)).scalar_one()), routed)
