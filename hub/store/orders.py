"""Orders as they were accepted: their head, their lines, and who must not be asked twice."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, Table, insert, select, update

from hub.domain.fields import ORDER_HEAD, PRODUCT, Type
from hub.domain.foreign import foreign
from hub.domain.numbers import shipment_number
from hub.domain.orders import Line, Order
from hub.domain.routing import Routed
from hub.domain.shelf import Balance
from hub.domain.values import Value, canonical
from hub.store.accepted import NewRows, add_shipments
from hub.store.events import Event, note
from hub.store.many import among, chunks, set_among
from hub.store.schema import order_lines, orders, shipments
from hub.store.series import draw
from hub.store.types import NEVER, when


class KnownOrder(NamedTuple):
    """What is stored of an order that arrives again."""

    id: int
    number: str
    content: str


def known_orders(db: Connection, retailer: str, numbers: Collection[str]) -> dict[str, KnownOrder]:
    """The retailer's stored orders among `numbers`, by number."""
    rows = among(db, orders, "number", numbers, "number", ("id", "number", "content"), retailer=retailer)
    return {row.number: KnownOrder(row.id, row.number, row.content) for row in rows}


def known_contents(db: Connection, retailer: str, contents: Collection[str]) -> dict[str, KnownOrder]:
    """The retailer's orders that the hub numbered, by content: sent again, such an order has no number to be known by."""
    found: dict[str, KnownOrder] = {}
    for some in chunks(contents):
        query = select(orders.c.id, orders.c.number, orders.c.content).where(
            orders.c.retailer == retailer, orders.c.made.is_(True), orders.c.content.in_(some)
        )
        found.update({row.content: KnownOrder(row.id, row.number, row.content) for row in db.execute(query)})
    return found


_TYPED = {
    each.name: each.type
    for each in (*PRODUCT, *ORDER_HEAD)
    if each.type in (Type.DECIMAL, Type.INTEGER, Type.TIME, Type.DATE, Type.YESNO)
}
"""The fields that are stored as texts and are none."""


def thaw(head: dict[str, Any]) -> dict[str, Value]:
    """The stored head of an order, or the further facts of a product, as typed values again."""
    return {name: _thawed(_TYPED[name], value) if name in _TYPED else value for name, value in head.items()}


def _thawed(kind: Type, value: Any) -> Value:
    if value is None or isinstance(value, list):
        return value
    match kind:
        case Type.DECIMAL | Type.INTEGER:
            return Decimal(value)
        case Type.TIME:
            return when(value)
        case Type.DATE:
            return date.fromisoformat(value)
        case _:
            return value is True or value == "true"


def find_orders(db: Connection, number: str, retailer: str | None = None) -> Sequence[Row[Any]]:
    """The orders with a number, of one retailer or of all."""
    query = select(orders).where(orders.c.number == number)
    if retailer is not None:
        query = query.where(orders.c.retailer == retailer)
    return db.execute(query.order_by(orders.c.retailer)).all()


def keep_foreign(db: Connection, order: int, said: dict[str, Any]) -> bool:
    """Keep the foreign values of a later message about an order (`x.…`, and those of the lines that it names).

    The last one counts. Out: whether anything changed.
    """
    head = db.execute(select(orders.c.head).where(orders.c.id == order)).scalar_one()
    changed = _add_foreign(db, orders, order, "head", (head, said))
    rows = db.execute(select(order_lines).where(order_lines.c.order == order)).all()
    for item in said.get("lines") or ():
        named = [row for row in rows if item.get("line_no") in (None, row.line_no) and item.get("sku") in (None, row.sku)]
        if len(named) == 1:
            changed |= _add_foreign(db, order_lines, named[0].id, "x", (named[0].x, item))
    return changed


def _add_foreign(db: Connection, table: Table, key: int, column: str, values: tuple[dict[str, Any], dict[str, Any]]) -> bool:
    kept, said = values
    merged = kept | foreign(said)
    if merged != kept:
        db.execute(update(table).where(table.c.id == key).values({column: merged}))
    return merged != kept


def retailer_of(db: Connection, order: int) -> str:
    """The retailer of an order."""
    return str(db.execute(select(orders.c.retailer).where(orders.c.id == order)).scalar_one())


def touch(db: Connection, order_ids: Collection[int], now: datetime) -> None:
    """Note that something about orders changed."""
    set_among(db, orders, {"updated_at": now}, "id", order_ids)


def numbers_made(db: Connection, wanted: Collection[int]) -> dict[int, list[tuple[int, str]]]:
    """The order numbers that the hub made for the orders of files: row and number, by file."""
    found: dict[int, list[tuple[int, str]]] = {}
    for some in chunks(wanted):
        query = select(orders.c.file, orders.c.row, orders.c.number).where(orders.c.file.in_(some), orders.c.made.is_(True))
        for row in db.execute(query.order_by(orders.c.id)):
            found.setdefault(row.file, []).append((row.row, row.number))
    return found


def stored_content(db: Connection, order: int) -> dict[str, Any]:
    """What a stored order said: its head as it was sent (no defaults), and sku and quantity of its lines, as texts."""
    row = db.execute(select(orders.c.head).where(orders.c.id == order)).one()
    head = _as_sent(row.head)
    query = select(order_lines.c.sku, order_lines.c.quantity).where(order_lines.c.order == order)
    lines = [{"sku": line.sku, "quantity": canonical(line.quantity)} for line in db.execute(query)]
    return {"head": head, "lines": lines}


def content_of(order: Order) -> dict[str, Any]:
    """What an order says, as `stored_content` will tell it once it is stored."""
    lines = [{"sku": line.sku, "quantity": canonical(line.quantity)} for line in order.lines]
    return {"head": _as_sent({name: canonical(value) for name, value in order.head.items()}), "lines": lines}


def _as_sent(head: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in head.items() if not name.startswith(("x.", "vendor."))}


def unshipped_lines(db: Connection, order: int) -> Sequence[Row[Any]]:
    """The lines of an order that are on no shipment, cancelled ones too."""
    query = select(order_lines).where(order_lines.c.order == order, order_lines.c.shipment.is_(None))
    return db.execute(query.order_by(order_lines.c.position)).all()


def cancel_lines(db: Connection, quantities: Mapping[int, Decimal]) -> bool:
    """Cancel quantities of lines (by id) that are on no shipment. Quantities are set, and never fall.

    Out: whether anything changed.
    """
    changed = False
    for line, quantity in quantities.items():
        more = update(order_lines).where(order_lines.c.id == line, order_lines.c.cancelled_quantity < quantity)
        changed |= db.execute(more.values(cancelled_quantity=quantity).returning(order_lines.c.id)).first() is not None
    return changed


@dataclass(frozen=True, slots=True)
class OpenLine:
    """A stored line that is on no shipment and not wholly cancelled."""

    id: int
    line: Line
    supplier: str | None


def open_lines(db: Connection, order: int) -> list[OpenLine]:
    """The lines of an order that wait for a shipment, as the retailer asked for them."""
    return [
        OpenLine(row.id, asked(row), row.supplier) for row in unshipped_lines(db, order) if row.cancelled_quantity < row.quantity
    ]


def reserved_by(db: Connection, order: int) -> list[tuple[Balance, Decimal]]:
    """What the lines of an order on no shipment take off the shelf; those of a purchase order take nothing."""
    return [
        ((row.supplier, row.product, row.catalog), row.quantity - row.cancelled_quantity)
        for row in unshipped_lines(db, order)
        if row.supplier is not None and row.submitted_at == NEVER
    ]


def asked(row: Row[Any]) -> Line:
    """What is left of a stored line, as the retailer asked for it."""
    return Line(
        line_no=row.line_no,
        quantity=row.quantity - row.cancelled_quantity,
        sku=row.sku,
        ean=row.ean,
        catalog=row.x.get("ask.catalog"),
        supplier=row.x.get("ask.supplier"),
    )


def set_route(db: Connection, line: int, routed: Routed) -> None:
    """Write down where a line goes."""
    chosen = routed.candidate
    values = {
        "supplier": chosen.supplier,
        "catalog": chosen.catalog,
        "product": chosen.sku,
        "wholesale_price": chosen.wholesale_price,
        "routed_by": routed.by,
    }
    db.execute(update(order_lines).where(order_lines.c.id == line).values(values))


def ship_open_lines(db: Connection, order: Row[Any], by: str, now: datetime) -> list[str]:
    """Make the shipments of an order whose lines are routed and on none yet; returns their numbers."""
    by_supplier: dict[str, list[int]] = {}
    for each in open_lines(db, order.id):
        if each.supplier is not None:
            by_supplier.setdefault(each.supplier, []).append(each.id)
    if not by_supplier:
        return []
    rows, first = NewRows(), draw(db, "shipments", len(by_supplier))
    numbered = {supplier: first + at for at, supplier in enumerate(by_supplier)}
    add_shipments(rows, (order.retailer, order.id), numbered, None, now)
    db.execute(insert(shipments), rows.shipments)
    for supplier, lines in by_supplier.items():
        db.execute(update(order_lines).where(order_lines.c.id.in_(lines)).values(shipment=numbered[supplier]))
    db.execute(update(orders).where(orders.c.id == order.id).values(draft=False, updated_at=now))
    note(db, [Event(now, by, by, order.retailer, order.id), *rows.events])
    return [shipment_number(each) for each in numbered.values()]


def ship_when_routed(db: Connection, order: int, by: str, now: datetime) -> list[str]:
    """Send an order on when nothing holds it back any more: it is no Draft, and every line left has a supplier."""
    row = db.execute(select(orders).where(orders.c.id == order)).one()
    if row.draft or any(each.supplier is None for each in open_lines(db, order)):
        return []
    return ship_open_lines(db, row, by, now)


def release(db: Connection, order: int, now: datetime) -> None:
    """An order is held back by its retailer no more."""
    db.execute(update(orders).where(orders.c.id == order).values(draft=False, updated_at=now))
