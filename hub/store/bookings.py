"""Bookings of parcels with carriers: owed, asked for by a file, answered or failed; one a parcel."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from hub.domain.kinds import Kind
from hub.store.ledger import State
from hub.store.many import chunks
from hub.store.schema import bookings, files, orders, parcels, shipments


def owe(db: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Note parcels that a carrier is to book: parcel, carrier, and the file `about` that told of them."""
    if rows:
        db.execute(insert(bookings), [dict(row) for row in rows])


def of_shipments(db: Connection, ids: Collection[int]) -> list[Row[Any]]:
    """The bookings of shipments, with their parcels."""
    found: list[Row[Any]] = []
    for some in chunks(ids):
        query = select(bookings, parcels.c.shipment, parcels.c.parcel.label("name"), parcels.c.tracking_number)
        found += db.execute(
            query.join(parcels, parcels.c.id == bookings.c.parcel).where(parcels.c.shipment.in_(some)).order_by(parcels.c.id)
        ).all()
    return found


def owed(db: Connection, carrier: str) -> list[Row[Any]]:
    """The parcels that a carrier is to be asked to book, with shipment and order, oldest first."""
    query = (
        select(bookings.c.parcel, parcels.c.shipment, shipments.c.order)
        .join(parcels, parcels.c.id == bookings.c.parcel)
        .join(shipments, shipments.c.id == parcels.c.shipment)
        .where(
            bookings.c.carrier == carrier,
            bookings.c.file.is_(None),
            bookings.c.error.is_(None),
            parcels.c.tracking_number.is_(None),
        )
    )
    return [*db.execute(query.order_by(bookings.c.parcel))]


def asked(db: Connection, some: Collection[int], file: int) -> None:
    """Note the file that asks for parcels."""
    for chunk in chunks(some):
        db.execute(update(bookings).where(bookings.c.parcel.in_(chunk)).values(file=file))


def in_file(db: Connection, file: int) -> list[int]:
    """The parcels that a bookings file asks for."""
    return list(db.execute(select(bookings.c.parcel).where(bookings.c.file == file)).scalars())


def failed(db: Connection, some: Collection[int], why: str) -> None:
    """Note why parcels are not booked."""
    for chunk in chunks(some):
        db.execute(update(bookings).where(bookings.c.parcel.in_(chunk)).values(error=why[:1000]))


def answered(db: Connection, parcel: int, now: datetime, error: str | None) -> None:
    """Note a carrier's answer about a parcel."""
    db.execute(update(bookings).where(bookings.c.parcel == parcel).values(answered_at=now, error=error))


def track(db: Connection, parcel: int, number: str, carrier: str) -> None:
    """Give a parcel the tracking number that its carrier drew; a carrier that the supplier named stays."""
    named = func.coalesce(parcels.c.carrier, carrier)
    db.execute(update(parcels).where(parcels.c.id == parcel).values(tracking_number=number, carrier=named))


def failures(db: Connection) -> list[Row[Any]]:
    """The parcels that are not booked: carrier, shipment (its number), parcel, error."""
    query = (
        select(bookings.c.carrier, shipments.c.number.label("shipment"), parcels.c.parcel, bookings.c.error)
        .join(parcels, parcels.c.id == bookings.c.parcel)
        .join(shipments, shipments.c.id == parcels.c.shipment)
        .where(bookings.c.error.is_not(None), parcels.c.tracking_number.is_(None))
    )
    return list(db.execute(query.order_by(bookings.c.parcel)))


def again(db: Connection, shipment: int) -> tuple[list[int], list[int]]:
    """Book again what failed of a shipment. Out: the parcels that are owed once more, and the files to deliver again."""
    lost = [row for row in of_shipments(db, [shipment]) if row.error is not None and row.tracking_number is None]
    states = {
        row.id: row.state
        for row in db.execute(select(files.c.id, files.c.state).where(files.c.id.in_([row.file for row in lost])))
    }
    stranded = sorted({row.file for row in lost if states.get(row.file) == State.QUARANTINED})
    for row in lost:
        kept = {"file": row.file} if row.file in stranded else {"file": None}
        db.execute(update(bookings).where(bookings.c.parcel == row.parcel).values(error=None, answered_at=None, **kept))
    return [row.parcel for row in lost], stranded


def handed_over(db: Connection, file: int) -> None:
    """A file that was given up is delivered again: what it asks for is open once more."""
    db.execute(update(bookings).where(bookings.c.file == file, bookings.c.answered_at.is_(None)).values(error=None))


def asked_of(db: Connection, carrier: str, numbers: Collection[str]) -> list[Row[Any]]:
    """The parcels of shipments (by number) that a carrier was asked to book, in order; nobody else's."""
    found: list[Row[Any]] = []
    for some in chunks(numbers):
        query = (
            select(
                bookings,
                parcels.c.shipment,
                parcels.c.parcel.label("name"),
                parcels.c.tracking_number,
                shipments.c.number,
                shipments.c.retailer,
                shipments.c.order,
                orders.c.number.label("order_number"),
            )
            .join(parcels, parcels.c.id == bookings.c.parcel)
            .join(shipments, shipments.c.id == parcels.c.shipment)
            .join(orders, orders.c.id == shipments.c.order)
            .join(files, files.c.id == bookings.c.file)
            .where(bookings.c.carrier == carrier, shipments.c.number.in_(some), files.c.kind == Kind.BOOKINGS.value)
        )
        found += [*db.execute(query.order_by(bookings.c.parcel))]
    return found


def about(db: Connection, some: Collection[int]) -> list[Row[Any]]:
    """What bookings are about: parcel, shipment and order, and the supplier's file that told of the parcel."""
    found: list[Row[Any]] = []
    for chunk in chunks(some):
        query = (
            select(
                bookings.c.about,
                parcels.c.parcel.label("name"),
                parcels.c.shipment,
                shipments.c.number,
                shipments.c.retailer,
                shipments.c.order,
            )
            .join(parcels, parcels.c.id == bookings.c.parcel)
            .join(shipments, shipments.c.id == parcels.c.shipment)
            .where(bookings.c.parcel.in_(chunk))
        )
        found += [*db.execute(query.order_by(bookings.c.parcel))]
    return found
