"""Let go of what may not be kept any longer: contents of files, persons' data, old records (contract §2, `retention`).

The ledger stays: every file keeps its row with counts and hash, every event its place, until records end too.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Table, and_, case, delete, func, null, or_, select, update

from hub.domain.fields import ORDER_HEAD
from hub.domain.kinds import Kind
from hub.domain.status import FINAL, Status
from hub.store import journal
from hub.store.ledger import ENTRY, State
from hub.store.many import chunks
from hub.store.metadata import metadata
from hub.store.schema import (
    carried,
    contents,
    events,
    files,
    marks,
    order_lines,
    orders,
    problems,
    receipts,
    shipments,
    told,
)

PERSONAL = frozenset(each.name for each in ORDER_HEAD if each.personal)
"""The fields of an order that the law calls personal data."""

_SAYS_WHAT_WAS_SEEN = or_(
    events.c.by == events.c.retailer, events.c.to == Status.ERROR.value, events.c.what.in_(("not-written", "not-booked"))
)
"""The events whose reason is what a partner wrote, or shows a value; the hub's own words stay."""

EMPTIED = tuple(each.name for each in (contents, marks, problems, orders, order_lines, shipments, events, told, carried))
"""The tables that are left with free pages."""

_WORKED_OFF = (State.DONE.value, State.REFUSED.value, State.SENT.value)
_NOBODY_IN_IT = (Kind.PRODUCTS.value, Kind.STOCK.value, Kind.CATALOG.value)


def ended_orders(db: Connection, before: datetime, *, purged: bool) -> list[int]:
    """Orders whose final status is as old as `before`; only those that still hold persons' data unless `purged`."""
    final = [each.value for each in FINAL]
    shipped = (
        select(shipments.c.order.label("id"))
        .group_by(shipments.c.order)
        .having(
            func.min(case((shipments.c.status.in_(final), 1), else_=0)) == 1,
            func.max(shipments.c.status_at) <= before,
        )
    )
    alive = and_(order_lines.c.order == orders.c.id, order_lines.c.cancelled_quantity < order_lines.c.quantity)
    never_shipped = and_(
        ~select(shipments.c.id).where(shipments.c.order == orders.c.id).exists(),
        ~select(order_lines.c.id).where(alive).exists(),
        orders.c.updated_at <= before,
    )
    query = select(orders.c.id).where(orders.c.accepted_at <= before, or_(orders.c.id.in_(shipped), never_shipped))
    if not purged:
        query = query.where(orders.c.purged_at.is_(None))
    return list(db.execute(query.order_by(orders.c.id)).scalars())


def files_about(db: Connection, order_ids: Collection[int]) -> set[int]:
    """Files that tell of orders: those they came in, those that changed or carried them, and the answers to these."""
    found: set[int] = set()
    for some in chunks(order_ids):
        of_shipments = select(shipments.c.id).where(shipments.c.order.in_(some))
        for query in (
            select(orders.c.file).where(orders.c.id.in_(some)),
            select(events.c.file).where(events.c.order.in_(some), events.c.file.is_not(None)),
            select(carried.c.file).where(or_(carried.c.order.in_(some), carried.c.shipment.in_(of_shipments))),
        ):
            found.update(db.execute(query).scalars())
    return found | _answers(db, found)


def files_that_made_nothing(db: Connection, before: datetime) -> set[int]:
    """Files ended by `before` that may name persons although no order came of them, with their answers."""
    made_something = select(orders.c.file).union(
        select(events.c.file).where(events.c.order.is_not(None), events.c.file.is_not(None))
    )
    query = _kept(files.c.ended_at <= before, files.c.direction == "in").where(
        or_(files.c.kind.is_(None), files.c.kind.not_in(_NOBODY_IN_IT)), files.c.id.not_in(made_something)
    )
    found = set(db.execute(query).scalars())
    return found | _answers(db, found)


def old_files(db: Connection, before: datetime) -> set[int]:
    """Files whose content the archive need not keep any longer."""
    abandoned = and_(files.c.state == State.QUARANTINED.value, files.c.at <= before)
    return set(db.execute(_kept(files.c.at <= before)).scalars()) | set(
        db.execute(select(files.c.id).where(abandoned, files.c.purged_at.is_(None))).scalars()
    )


def _kept(*conditions: ColumnElement[bool]) -> Select[int]:
    """Files that still have their content; what waits for its turn is never among them."""
    return select(files.c.id).where(files.c.purged_at.is_(None), files.c.state.in_(_WORKED_OFF), *conditions)


def _answers(db: Connection, about: Collection[int]) -> set[int]:
    found: set[int] = set()
    for some in chunks(about):
        found.update(db.execute(select(files.c.id).where(files.c.about.in_(some))).scalars())
    return found


def still_kept(db: Connection, ids: Collection[int]) -> list[int]:
    """Those among files that still have their content and are worked off."""
    found: list[int] = []
    for some in chunks(sorted(ids)):
        found += db.execute(_kept(files.c.id.in_(some))).scalars()
    return found


def forget_persons(db: Connection, order_ids: Collection[int], now: datetime) -> None:
    """Take names, addresses, foreign values and what people wrote out of orders; the country stays, for statistics."""
    for some in chunks(order_ids):
        for row in db.execute(select(orders.c.id, orders.c.head).where(orders.c.id.in_(some))).all():
            head = {name: value for name, value in row.head.items() if not _tells_of_a_person(name)}
            db.execute(update(orders).where(orders.c.id == row.id).values(head=head, purged_at=now))
        for line in db.execute(select(order_lines.c.id, order_lines.c.x).where(order_lines.c.order.in_(some))).all():
            rest = {name: value for name, value in line.x.items() if not name.startswith("x.")}
            if rest != line.x:
                db.execute(update(order_lines).where(order_lines.c.id == line.id).values(x=rest))
        db.execute(update(order_lines).where(order_lines.c.order.in_(some)).values(supplier_x=null(), cancel_reason=null()))
        db.execute(update(shipments).where(shipments.c.order.in_(some)).values(x=null(), cancel_reason=null()))
        db.execute(update(events).where(events.c.order.in_(some), _SAYS_WHAT_WAS_SEEN).values(reason=null()))


def _tells_of_a_person(name: str) -> bool:
    """Nobody knows what a foreign value holds, so it goes too."""
    return name in PERSONAL or name.startswith("x.")


def forget_contents(db: Connection, ids: Collection[int], now: datetime) -> None:
    """Let go of files' contents, of the values that their problems show and of their rows' answers; the journal says so."""
    for some in chunks(sorted(ids)):
        named = select(*ENTRY).where(files.c.id.in_(some))
        journal.add(db, journal.PURGED, now, [journal.Entry(*row) for row in db.execute(named.order_by(files.c.id))])
        db.execute(delete(contents).where(contents.c.file.in_(some)))
        db.execute(delete(marks).where(marks.c.file.in_(some)))
        db.execute(delete(receipts).where(receipts.c.file.in_(some)))
        db.execute(update(problems).where(problems.c.file.in_(some)).values(value=None))
        db.execute(update(files).where(files.c.id.in_(some)).values(purged_at=now))


def needed_hashes(db: Connection, hashes: Collection[str]) -> set[str]:
    """Those among content hashes that a file in the ledger still has."""
    found: set[str] = set()
    for some in chunks(hashes):
        query = select(files.c.sha256).where(files.c.sha256.in_(some), files.c.purged_at.is_(None))
        found.update(db.execute(query).scalars())
    return found


def delete_records(db: Connection, order_ids: Collection[int]) -> None:
    """Delete orders with everything that hangs on them; files keep their rows in the ledger."""
    for some in chunks(order_ids):
        ships = list(db.execute(select(shipments.c.id).where(shipments.c.order.in_(some))).scalars())
        subjects = [f"order/{each}" for each in some] + [f"shipment/{each}" for each in ships]
        for part in chunks(subjects):
            db.execute(delete(told).where(told.c.subject.in_(part)))
        _delete_with_what_hangs_on_it(db, orders, some)


def _delete_with_what_hangs_on_it(db: Connection, table: Table, ids: Iterable[Any]) -> None:
    """Delete rows by id, first the rows of every other table that point at them."""
    for some in chunks(list(ids)):
        for other in metadata.tables.values():
            for key in other.foreign_keys:
                if key.column.table is table and key.column.name == "id":
                    _delete_pointing(db, other, key.parent.name, some)
        db.execute(delete(table).where(table.c.id.in_(some)))


def _delete_pointing(db: Connection, table: Table, column: str, at: list[Any]) -> None:
    pointing = table.c[column].in_(at)
    if "id" in table.c and any(key.column.table is table for other in metadata.tables.values() for key in other.foreign_keys):
        _delete_with_what_hangs_on_it(db, table, db.execute(select(table.c.id).where(pointing)).scalars().all())
    else:
        db.execute(delete(table).where(pointing))


def delete_problems(db: Connection, before: datetime) -> None:
    """Delete the problems of files that ended by `before`."""
    db.execute(delete(problems).where(problems.c.file.in_(select(files.c.id).where(files.c.ended_at <= before))))
