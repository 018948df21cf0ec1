"""What is printed for parcels: owed, made, merged or failed; and the numbers that parcels get."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from hub.domain.paper import PrintFormat, PrintWhat
from hub.domain.tracking import NumberBy, TrackingRange
from hub.store.many import chunks
from hub.store.schema import events, parcels, prints, products, shipments
from hub.store.series import draw_within, last_drawn


class PrintState(StrEnum):
    """How far a print is: `made` has its own file, `done` stands in a merged one too."""

    OWED = "owed"
    MADE = "made"
    DONE = "done"
    FAILED = "failed"


def touched(db: Connection, after: int) -> dict[int, int | None]:
    """The shipments that something happened to after an event, each with the newest file in that made it happen."""
    found: dict[int, int | None] = {}
    # grouped or ordered by shipment, SQLite would read every event there is
    for shipment, file in db.execute(select(events.c.shipment, events.c.file).where(events.c.id > after)):
        if shipment is not None:
            found[shipment] = max(filter(None, (file, found.get(shipment))), default=None)
    return {shipment: found[shipment] for shipment in sorted(found)}


def orders_of(db: Connection, shipment_ids: Collection[int]) -> list[int]:
    """The orders that shipments belong to."""
    found: list[int] = []
    for some in chunks(shipment_ids):
        found += db.execute(select(shipments.c.order).where(shipments.c.id.in_(some))).scalars()
    return found


def add_parcel(db: Connection, shipment: int, parcel: str) -> Row[Any]:
    """Make a parcel whose contents nobody has told."""
    return db.execute(insert(parcels).values(shipment=shipment, parcel=parcel).returning(parcels)).one()


def number_parcel(db: Connection, parcel: int, range_: TrackingRange) -> str | None:
    """Give a parcel the next number of a range; None when the range is used up.

    A number that a parcel has already (the range was set back) is passed over.
    """
    while (serial := draw_within(db, range_.series, range_.first, range_.last)) is not None:
        number = range_.number(serial)
        if db.execute(select(parcels.c.id).where(parcels.c.tracking_number == number).limit(1)).first() is None:
            facts: dict[str, Any] = {"tracking_number": number, "number_by": NumberBy.HUB.value}
            if range_.carrier:
                facts["carrier"] = func.coalesce(parcels.c.carrier, range_.carrier)
            db.execute(update(parcels).where(parcels.c.id == parcel).values(facts))
            return number
    return None


def numbers_left(db: Connection, range_: TrackingRange) -> int:
    """How many numbers of a range have not been drawn."""
    return max(0, range_.last - max(last_drawn(db, range_.series) or 0, range_.first - 1))


def known(db: Connection, parcel_ids: Collection[int]) -> set[tuple[int, str, str]]:
    """Which prints of parcels are entered already: parcel, what, format."""
    found: set[tuple[int, str, str]] = set()
    for some in chunks(parcel_ids):
        rows = db.execute(select(prints.c.parcel, prints.c.what, prints.c.format).where(prints.c.parcel.in_(some)))
        found |= {(row.parcel, row.what, row.format) for row in rows}
    return found


def enter(db: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Enter prints: parcel, supplier, what, format, state, cause, error."""
    if rows:
        db.execute(insert(prints), [dict(row) for row in rows])


def in_state(db: Connection, state: PrintState) -> dict[tuple[str, PrintWhat, PrintFormat], list[Row[Any]]]:
    """The prints in a state, oldest first, by supplier, what and format; each with its parcel's shipment and order."""
    query = (
        select(prints, parcels.c.shipment, shipments.c.order, shipments.c.number)
        .join(parcels, parcels.c.id == prints.c.parcel)
        .join(shipments, shipments.c.id == parcels.c.shipment)
        .where(prints.c.state == state.value)
        .order_by(prints.c.id)
    )
    found: dict[tuple[str, PrintWhat, PrintFormat], list[Row[Any]]] = {}
    for row in db.execute(query):
        found.setdefault((row.supplier, PrintWhat(row.what), PrintFormat(row.format)), []).append(row)
    return found


def made(db: Connection, print_id: int, file: int) -> None:
    """Note the file of a print."""
    db.execute(update(prints).where(prints.c.id == print_id).values(state=PrintState.MADE.value, file=file))


def merged(db: Connection, print_ids: Collection[int], file: int) -> None:
    """Note the merged file that prints stand in."""
    for some in chunks(print_ids):
        db.execute(update(prints).where(prints.c.id.in_(some)).values(state=PrintState.DONE.value, merged=file))


def failed(db: Connection, print_id: int, error: str) -> None:
    """Note that a print could not be made; `hub retry` of its shipment makes it again."""
    db.execute(update(prints).where(prints.c.id == print_id).values(state=PrintState.FAILED.value, error=error))


def failures(db: Connection) -> list[Row[Any]]:
    """The prints that could not be made: supplier, shipment (its number), what, format, error."""
    query = (
        select(prints.c.supplier, shipments.c.number.label("shipment"), prints.c.what, prints.c.format, prints.c.error)
        .join(parcels, parcels.c.id == prints.c.parcel)
        .join(shipments, shipments.c.id == parcels.c.shipment)
        .where(prints.c.state == PrintState.FAILED.value)
    )
    return list(db.execute(query.order_by(prints.c.id)))


def forget_failures(db: Connection, shipment: int) -> list[str]:
    """Take back the failed prints of a shipment, so that they fall due again; returns what they were."""
    mine = select(parcels.c.id).where(parcels.c.shipment == shipment)
    gone = delete(prints).where(prints.c.state == PrintState.FAILED.value, prints.c.parcel.in_(mine))
    return [str(row.what) for row in db.execute(gone.returning(prints.c.what))]


def product_facts(db: Connection, pairs: Iterable[tuple[str, str]]) -> dict[tuple[str, str], dict[str, Any]]:
    """What is known of products beside their columns, by supplier and sku."""
    by_supplier: dict[str, set[str]] = {}
    for supplier, sku in pairs:
        by_supplier.setdefault(supplier, set()).add(sku)
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for supplier, skus in by_supplier.items():
        for some in chunks(sorted(skus)):
            query = select(products.c.sku, products.c.more).where(products.c.supplier == supplier, products.c.sku.in_(some))
            found |= {(supplier, row.sku): row.more for row in db.execute(query)}
    return found
