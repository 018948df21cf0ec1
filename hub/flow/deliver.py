"""Deliver what is ready: under one name, with the same bytes, as often as it takes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import Connection, Row

from hub.channels.channel import Letter
from hub.domain.kinds import Kind
from hub.domain.problems import Unreachable
from hub.domain.status import Status
from hub.flow.bookings import not_booked
from hub.flow.hub import Hub
from hub.store import bookings, events, ledger, orders, outbox, shipments
from hub.store.archive import ArchiveDamaged
from hub.store.events import Event
from hub.store.ledger import State

log = structlog.get_logger()

_AT_ONCE = 200


def deliver_all(hub: Hub) -> tuple[int, list[str]]:
    """Deliver every ready file whose try is due. Out: how many, and the partners out of reach."""
    with hub.store.look() as db:
        ready = ledger.waiting(db, State.READY, hub.clock())
    by_partner: dict[str, list[Row[Any]]] = defaultdict(list)
    for row in ready:
        by_partner[row.partner].append(row)
    delivered, unreachable = 0, []
    for partner, rows in by_partner.items():
        for start in range(0, len(rows), _AT_ONCE):
            done = _deliver(hub, partner, rows[start : start + _AT_ONCE])
            if done is None:
                unreachable.append(partner)
                break
            delivered += done
    return delivered, unreachable


def _deliver(hub: Hub, partner: str, rows: Sequence[Row[Any]]) -> int | None:
    """Deliver some of a partner's files; how many, or None when he is out of reach."""
    channel = hub.channels.get(partner)
    if channel is None:
        _postpone(hub, rows, f"{partner} has no channel that this hub can use")
        return None
    letters = list(_letters(hub, rows))
    try:
        channel.deliver(letters)
    except Unreachable as error:
        _postpone(hub, rows, str(error))
        return None
    with hub.store.change() as db:
        ledger.sent(db, [letter.file for letter in letters], hub.clock())
    log.info("files_delivered", partner=partner, files=len(letters))
    return len(letters)


def _letters(hub: Hub, rows: Sequence[Row[Any]]) -> Iterator[Letter]:
    """The files as they were archived; one that is damaged there waits in quarantine and holds up no other."""
    for row in rows:
        try:
            with hub.store.look() as db:
                data = hub.archive.read(db, row.id)
        except ArchiveDamaged as error:
            log.error("archive_damaged", partner=row.partner, file=row.id)  # noqa: TRY400 - the line says all
            with hub.store.change() as db:
                ledger.quarantine(db, row.id, str(error), hub.clock())
                _not_handed_over(db, row, str(error), hub.clock())
        else:
            yield Letter(row.id, row.name, data)


def _postpone(hub: Hub, rows: Sequence[Row[Any]], why: str) -> None:
    """Try again later; after the last attempt the files wait in quarantine for `hub retry`."""
    now = hub.clock()
    with hub.store.change() as db:
        for row in rows:
            attempts = ledger.try_again(db, row.id, why, now + hub.workspace.settings.retry.pause(row.attempts + 1))
            if attempts >= hub.workspace.settings.retry.attempts:
                ledger.quarantine(db, row.id, why, now)
                _not_handed_over(db, row, why, now)
    log.warning("delivery_failed", partner=rows[0].partner, files=len(rows), error=why)


def _not_handed_over(db: Connection, row: Row[Any], why: str, now: datetime) -> None:
    """Shipments whose file their supplier never got go into Error until `hub retry` of the file, the shipment or the order."""
    if row.kind == Kind.BOOKINGS.value:
        not_booked(db, row.partner, bookings.in_file(db, row.id), f"{row.name} could not be handed over: {why}", now)
    if row.kind != Kind.SHIPMENTS.value:
        return
    failed = shipments.fail(db, outbox.shipments_in(db, row.id), now)
    orders.touch(db, {each.order for each in failed}, now)
    reason = f"{row.name} could not be handed over: {why}"[:500]
    told = [
        Event(now, "status", "hub", each.retailer, each.order, each.id, each.shipment.status, Status.ERROR, reason=reason)
        for each in failed
    ]
    events.note(db, told)
    log.error("handover_failed", partner=row.partner, file=row.id, shipments=len(failed))


def submit_delivered(hub: Hub) -> int:
    """Make the shipments whose file lies with their supplier Submitted; returns how many."""
    now: datetime = hub.clock()
    with hub.store.look() as db:
        ids = outbox.unsubmitted(db)
    if not ids:
        return 0
    with hub.store.change() as db:
        moved = shipments.submit(db, ids, now)
        orders.touch(db, {each.order for each in moved}, now)
        happened = [
            Event(now, "status", "hub", each.retailer, each.order, each.id, each.shipment.status.value, "Submitted")
            for each in moved
            if each.shipment.status.value == "Created"
        ]
        events.note(db, happened)
    return len(moved)
