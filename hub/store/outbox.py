"""What is owed to whom: what a partner was last told, what a file carried, and when a schedule is next due."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any

from sqlalchemy import Connection, Row, delete, func, select

from hub.domain.kinds import Kind
from hub.store.dialect import put
from hub.store.ledger import State
from hub.store.many import add_columns, chunks
from hub.store.schema import carried, events, files, sends, shipments, told


def told_hashes(db: Connection, partner: str, mapping: str, subjects: Collection[str] | None = None) -> dict[str, str]:
    """What a partner was last told through a mapping: hash by subject, of some `subjects` or of all."""
    query = select(told.c.subject, told.c.hash).where(told.c.partner == partner, told.c.mapping == mapping)
    if subjects is None:
        return {row.subject: row.hash for row in db.execute(query)}
    found: dict[str, str] = {}
    for some in chunks(subjects):
        found.update({row.subject: row.hash for row in db.execute(query.where(told.c.subject.in_(some)))})
    return found


def tell(db: Connection, partner: str, mapping: str, said: Iterable[tuple[str, str, int]]) -> None:
    """Note what rendered files tell: subject, hash of what is said of it, file."""
    rows = [
        {"partner": partner, "mapping": mapping, "subject": subject, "hash": value, "file": file} for subject, value, file in said
    ]
    put(db, told, ["partner", "mapping", "subject"], rows)


def forget(db: Connection, file: int) -> list[str]:
    """Forget what a file told, so that it is told again; returns the subjects."""
    return list(db.execute(delete(told).where(told.c.file == file).returning(told.c.subject)).scalars())


def last_file(db: Connection, partner: str, mapping: str) -> int | None:
    """The id of the newest file that a partner was sent through a mapping."""
    query = select(func.max(files.c.id)).where(files.c.partner == partner, files.c.direction == "out", files.c.mapping == mapping)
    return db.execute(query).scalar()


def carry(db: Connection, subjects: Sequence[tuple[int, int | None, int | None]]) -> None:
    """Note which orders and shipments files hold: file, order and shipment id."""
    files_, orders, shipments_ = (list(each) for each in zip(*subjects, strict=True)) if subjects else ([], [], [])
    add_columns(db, carried, {"order": orders, "shipment": shipments_, "file": files_})


def shipments_in(db: Connection, file: int) -> list[int]:
    """The shipments that an outgoing file holds."""
    query = select(carried.c.shipment).where(carried.c.file == file, carried.c.shipment.is_not(None))
    return list(db.execute(query.order_by(carried.c.shipment)).scalars())


def stranded(db: Connection, shipment: int) -> list[int]:
    """The files of a shipment that were given up and wait in quarantine."""
    query = (
        select(files.c.id)
        .join(carried, carried.c.file == files.c.id)
        .where(carried.c.shipment == shipment, files.c.kind == Kind.SHIPMENTS.value, files.c.state == State.QUARANTINED.value)
    )
    return list(db.execute(query.order_by(files.c.id)).scalars())


def untold_shipments(db: Connection, supplier: str, mapping: str, statuses: Sequence[str]) -> list[int]:
    """A supplier's shipments in some statuses that no file of a mapping has held yet, oldest first."""
    held = (
        select(carried.c.id)
        .join(files, files.c.id == carried.c.file)
        .where(carried.c.shipment == shipments.c.id, files.c.partner == supplier, files.c.mapping == mapping)
    )
    query = select(shipments.c.id).where(shipments.c.supplier == supplier, shipments.c.status.in_(list(statuses)), ~held.exists())
    return sorted(db.execute(query).scalars().all())  # an ORDER BY would lead SQLite through every shipment there is


@dataclass(frozen=True, slots=True)
class Schedule:
    """Where a schedule stands: when it is next due (None: the hub sees it for the first time) and the last event it told of."""

    next_due: datetime | None = None
    last_event: int = 0


def schedule(db: Connection, partner: str, name: str) -> Schedule:
    """Where one of a partner's schedules stands, by the name that `Partner.schedules` gives it."""
    row = db.execute(select(sends).where(sends.c.partner == partner, sends.c.name == name)).first()
    return Schedule(row.next_due, row.last_event) if row else Schedule()


def set_schedule(db: Connection, partner: str, name: str, at: Schedule) -> None:
    """Move a schedule on."""
    row = {"partner": partner, "name": name, "next_due": at.next_due, "last_event": at.last_event}
    put(db, sends, ["partner", "name"], [row])


def last_event(db: Connection) -> int:
    """The newest event."""
    return db.execute(select(func.max(events.c.id))).scalar() or 0


def events_after(db: Connection, event: int) -> list[Row[Any]]:
    """What happened after an event, in order."""
    return list(db.execute(select(events).where(events.c.id > event).order_by(events.c.id)))


def orders_with_events(db: Connection, retailer: str, after: int) -> list[int]:
    """A retailer's orders that something happened to after an event, oldest order first."""
    query = select(events.c.order).where(events.c.retailer == retailer, events.c.id > after)
    # told apart or ordered by the database, SQLite might read every event there is
    return sorted({order for order in db.execute(query).scalars() if order is not None})


def unsubmitted(db: Connection) -> list[int]:
    """Shipments that a delivered shipments file holds and that are not Submitted yet."""
    delivered = (
        select(carried.c.id)
        .join(files, files.c.id == carried.c.file)
        .where(carried.c.shipment == shipments.c.id, files.c.kind == Kind.SHIPMENTS.value, files.c.state == State.SENT.value)
    )
    query = select(shipments.c.id).where(shipments.c.submitted_at.is_(None), delivered.exists())
    return list(db.execute(query.order_by(shipments.c.id)).scalars().all())


def asked_to_cancel(db: Connection, supplier: str) -> list[int]:
    """A supplier's shipments that he knows of and that the retailer wants cancelled, wholly or in part."""
    query = select(shipments.c.id).where(shipments.c.supplier == supplier, shipments.c.cancel_asked_at.is_not(None))
    return list(db.execute(query.order_by(shipments.c.id)).scalars())


def free_names(db: Connection, partner: str, names: Sequence[str]) -> list[str]:
    """Names that no earlier file of a partner had, nor another of these: `a.csv`, else `a.2.csv` and so on."""
    taken, given = names_taken(db, partner, names), list[str]()
    for name in names:
        path, nth, free = PurePosixPath(name), 1, name
        while free in taken:
            nth += 1
            free = f"{path.stem}.{nth}{path.suffix}"
            taken |= names_taken(db, partner, [free])
        taken.add(free)
        given.append(free)
    return given


def names_taken(db: Connection, partner: str, names: Collection[str]) -> set[str]:
    """Those of some names under which a partner was ever sent a file."""
    taken: set[str] = set()
    for some in chunks(names):
        query = select(files.c.name).where(files.c.partner == partner, files.c.direction == "out", files.c.name.in_(some))
        taken.update(db.execute(query).scalars())
    return taken
