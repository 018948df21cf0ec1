"""Deliver what is ready: under one name, with the same bytes, as often as it takes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

import structlog
from sqlalchemy import Connection, Row

from hub.channels.channel import Channel, Delivered, Letter
from hub.domain.kinds import Kind
from hub.domain.problems import Unreachable
from hub.domain.status import Status
from hub.flow.bookings import not_booked
from hub.flow.errands import Decide, Errand
from hub.flow.hub import Hub
from hub.flow.reach import serve
from hub.store import bookings, events, ledger, orders, outbox, shipments
from hub.store.archive import ArchiveDamaged
from hub.store.events import Event
from hub.store.ledger import State

log = structlog.get_logger()

_AT_ONCE = 500  # each of them is noted with the others: a crash before that delivers so many again


@dataclass(slots=True)
class Deliveries:
    """What a round delivers: it counts as the ledger is written, whoever carried the files."""

    hub: Hub
    delivered: int = 0


def deliver_all(hub: Hub) -> tuple[int, list[str]]:
    """Deliver every ready file whose try is due. Out: how many, and the partners out of reach."""
    with hub.store.look() as db:
        ready = ledger.waiting(db, State.READY, hub.clock())
    by_partner: dict[str, list[Row[Any]]] = defaultdict(list)
    for row in ready:
        by_partner[row.partner].append(row)
    deliveries = Deliveries(hub)
    errands: dict[str, Errand] = {}
    for partner, rows in by_partner.items():
        channel = hub.channels.get(partner)
        if channel is None:
            _postpone(hub, dict.fromkeys(rows, f"{partner} has no channel that this hub can use"))
        else:
            errands[partner] = partial(_carry, deliveries, channel, rows)
    away = serve(hub, errands)
    return deliveries.delivered, away + [each for each in by_partner if each not in errands]


def _carry(deliveries: Deliveries, channel: Channel, rows: Sequence[Row[Any]], decide: Decide) -> None:
    """All of one partner's files; what the channel could not carry is tried again later, each for itself."""
    hub = deliveries.hub
    waiting = list(rows)
    try:
        _sweep(hub, channel, rows[0].partner)
        while waiting:
            some, waiting = waiting[:_AT_ONCE], waiting[_AT_ONCE:]
            outcomes: dict[int, Delivered] = {}
            letters = decide(partial(_letters, hub, some))
            try:
                for outcome in channel.deliver(letters):
                    outcomes[outcome.file] = outcome
            finally:
                carried = {letter.file for letter in letters} - outcomes.keys()
                waiting = [row for row in some if row.id in carried] + waiting
                decide(partial(_note, deliveries, [row for row in some if row.id in outcomes], outcomes))
    except Unreachable as error:
        decide(partial(_postpone, hub, dict.fromkeys(waiting, str(error))))
        raise


def _sweep(hub: Hub, channel: Channel, partner: str) -> None:
    """Once in a life of the hub: what an earlier one left half-written beyond a network (the near is swept at the start)."""
    if channel.far and partner not in hub.swept:
        channel.sweep()
        hub.swept.add(partner)


def _letters(hub: Hub, rows: Sequence[Row[Any]]) -> list[Letter]:
    """The files as they were archived; one that is damaged there waits in quarantine and holds up no other."""
    hub.store.require_held()
    letters: list[Letter] = []
    damaged: list[tuple[Row[Any], str]] = []
    with hub.store.look() as db:
        bodies = hub.archive.bodies(db, [row.id for row in rows])
        for row in rows:
            try:
                letters.append(Letter(row.id, row.name, bodies[row.id]()))
            except ArchiveDamaged as error:
                damaged.append((row, str(error)))
    for row, why in damaged:
        log.error("archive_damaged", partner=row.partner, file=row.id)
        with hub.store.change() as db:
            ledger.quarantine(db, row.id, why, hub.clock())
            _not_handed_over(db, row, why, hub.clock())
    return letters


def _note(deliveries: Deliveries, rows: Sequence[Row[Any]], outcomes: Mapping[int, Delivered]) -> None:
    """Note what lies with the partner, and what could not be put there."""
    hub = deliveries.hub
    lies = [row.id for row in rows if not outcomes[row.id].why]
    if lies:
        with hub.store.change() as db:
            ledger.sent(db, lies, hub.clock())
        deliveries.delivered += len(lies)
        log.info("files_delivered", partner=rows[0].partner, files=len(lies))
    _postpone(hub, {row: outcomes[row.id].why for row in rows if outcomes[row.id].why})


def _postpone(hub: Hub, rows: Mapping[Row[Any], str]) -> None:
    """Try again later; after the last attempt the files wait in quarantine for `hub retry`."""
    if not rows:
        return
    now, retry = hub.clock(), hub.workspace.settings.retry
    with hub.store.change() as db:
        for row, why in rows.items():
            if ledger.try_again(db, row.id, why, now + retry.pause(row.attempts + 1)) >= retry.attempts:
                ledger.quarantine(db, row.id, why, now)
                _not_handed_over(db, row, why, now)
    row, why = next(iter(rows.items()))
    log.warning("delivery_failed", partner=row.partner, files=len(rows), error=why)


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
            Event(now, "status", "hub", each.retailer, each.order, each.id, each.before.value, Status.SUBMITTED.value)
            for each in moved
            if each.before is Status.CREATED
        ]
        events.note(db, happened)
    return len(moved)
