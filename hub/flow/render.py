"""Write what is owed: one transaction per file draws its number, archives its bytes and notes what it told."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any

import structlog
from sqlalchemy import Connection, Row, update

from hub.domain.despatch import fault, untracked
from hub.domain.kinds import WRITTEN_TO, Kind
from hub.domain.orders import Record
from hub.domain.problems import FileRefused
from hub.domain.status import FINAL, Status
from hub.domain.terms import Short
from hub.domain.values import canonical
from hub.flow.bookings import not_booked, waiting
from hub.flow.hub import Hub
from hub.flow.offers import offers
from hub.flow.papers import Paper, Teller, answered, numbers_elsewhere, papers
from hub.flow.sending import Item, Owed, Sending
from hub.mapping.compile import Mapping
from hub.mapping.template import Mode
from hub.mapping.write import WriteContext, Written, is_written, write_file
from hub.store import bookings, events, ledger, outbox, shipments
from hub.store import receipts as owed_answers
from hub.store.events import Event
from hub.store.outbox import Schedule
from hub.store.schema import shipments as shipments_table
from hub.store.series import draw

log = structlog.get_logger()


def render_all(hub: Hub, round_id: int, *, send_all: bool) -> int:
    """Render every file that is owed and due; returns how many."""
    made = 0
    for partner in sorted(hub.workspace.partners.values(), key=lambda each: each.id):
        for schedule, send in partner.schedules() if partner.active else ():
            mapping = hub.library.get(send.mapping)
            if partner.role in WRITTEN_TO.get(mapping.kind, frozenset()) and mapping.kind in _OWED:
                made += _render_due(Sending(hub, partner, send, mapping, round_id, schedule), send_all=send_all)
    return made


def _render_due(sending: Sending, *, send_all: bool) -> int:
    hub, now = sending.hub, sending.hub.clock()
    with hub.store.look() as db:
        at = outbox.schedule(db, sending.partner.id, sending.schedule)
        if not (send_all or sending.send.on_change or at.next_due is None or at.next_due <= now):
            return 0
        owed = _OWED[sending.mapping.kind](sending, db, at)
    written = [item for item in owed.items if is_written(sending.mapping, item.record)]
    if len(written) < len(owed.items):
        _pass_over(sending, {item.file for item in owed.items} - {item.file for item in written})
    groups = [[item] for item in written] if sending.mapping.one_file_per else [written] if written or owed.gone else []
    made = sum(_render(sending, group) for group in groups)
    if owed.gone:
        _tell_gone(sending, owed.gone)
    after = Schedule(_next_due(sending, at, now), max(owed.last_event, at.last_event))
    if after != at:
        with hub.store.change() as db:
            outbox.set_schedule(db, sending.partner.id, sending.schedule, after)
    return made


def _pass_over(sending: Sending, passed: set[int | None]) -> None:
    """What `skip` and `only` leave out: an answer is not asked for again, the rest may fit another time."""
    if sending.mapping.kind is Kind.ANSWERS:
        with sending.hub.store.change() as db:
            owed_answers.told(db, sending.mapping.name, [file for file in passed if file is not None])


def _next_due(sending: Sending, at: Schedule, now: datetime) -> datetime | None:
    """When the schedule is due after now: it keeps its beat, and a hub that was down catches up once."""
    zone = sending.partner.zone(sending.hub.workspace.settings)
    due = sending.send.next_due(at.next_due or now, zone)
    return sending.send.next_due(now, zone) if due is not None and due <= now else due


def _render(sending: Sending, items: Sequence[Item]) -> int:
    """Render one file; a record that cannot be written is left out and noted, the others go.

    Records that can be written one by one but not together (a trailer without room for their sum) go in two files.
    """
    for item in items:
        if item.fault is not None:
            _leave_out(sending, item, item.fault)
    if any(item.fault is not None for item in items):
        sound = [item for item in items if item.fault is None]
        return _render(sending, sound) if sound else 0
    try:
        with sending.hub.store.change() as db:
            _file(sending, db, items)
    except FileRefused as refusal:
        fit = [item for item in items if len(items) > 1 and _writable(sending, item)]
        if len(fit) == len(items) and sending.mapping.kind is not Kind.CATALOG:
            half = len(items) // 2
            return _render(sending, items[:half]) + _render(sending, items[half:])
        if len(fit) == len(items):
            fit = []  # a catalogue is one file or none
        for item in items:
            if item not in fit:
                _leave_out(sending, item, str(refusal))
        return _render(sending, fit) if fit else 0
    return 1


def _file(sending: Sending, db: Connection, items: Sequence[Item]) -> None:
    hub, partner, mapping = sending.hub, sending.partner, sending.mapping
    now = hub.clock()
    seq = draw(db, f"seq/{partner.id}/{mapping.name}")
    written = _write(sending, items, seq, now)
    name = _free_name(db, partner.id, written.name, mapping)
    sha = hub.archive.prepare(written.data)
    about = items[0].file if len(items) == 1 else None
    out = ledger.Outgoing(partner.id, name, mapping.kind.value, mapping.name, mapping.version, now, seq, about)
    file = ledger.ready(db, out, len(written.data), sha, len(items), sending.round_id)
    hub.archive.file_in(db, file, written.data)
    _tell(db, sending, items, file)
    events.note(
        db,
        [
            Event(
                now, "doubt", "hub", str(item.record.get("retailer.id")), item.order, item.shipment, reason=item.doubt, file=file
            )
            for item in items
            if item.doubt is not None
        ],
    )
    bookings.asked(db, [parcel for item in items for parcel in item.parcels], file)
    outbox.carry(db, file, [(item.order, item.shipment) for item in items if item.order is not None])
    log.info("file_rendered", partner=partner.id, file=file, kind=mapping.kind.value, records=len(items))


def _write(sending: Sending, items: Sequence[Item], seq: int, now: datetime) -> Written:
    partner = sending.partner
    zone = partner.zone(sending.hub.workspace.settings)
    context = WriteContext(now=now, seq=seq, partner_id=partner.id, partner_name=partner.name, timezone=zone)
    return write_file(sending.mapping, [item.record for item in items], context)


def _writable(sending: Sending, item: Item) -> bool:
    try:
        _write(sending, [item], 0, sending.hub.clock())
    except FileRefused:
        return False
    return True


def _free_name(db: Connection, partner: str, name: str, mapping: Mapping) -> str:
    """A name that no earlier file had, so that nothing uncollected is overwritten; a whole catalogue replaces the last one."""
    if mapping.kind is Kind.CATALOG and mapping.mode is Mode.FULL:
        return name
    path, nth, free = PurePosixPath(name), 1, name
    while outbox.name_taken(db, partner, free):
        nth += 1
        free = f"{path.stem}.{nth}{path.suffix}"
    return free


def _leave_out(sending: Sending, item: Item, why: str) -> None:
    """Note a record that cannot be written: a shipment goes into Error until `hub retry`, others wait for their next change."""
    hub, now = sending.hub, sending.hub.clock()
    log.warning("record_not_written", partner=sending.partner.id, mapping=sending.mapping.name, subject=item.subject)
    if item.parcels:
        with hub.store.change() as db:
            not_booked(db, sending.partner.id, item.parcels, f"{sending.mapping.name}: {why}", now)
        return
    with hub.store.change() as db:
        before = None
        if sending.mapping.kind is Kind.SHIPMENTS and item.shipment is not None:
            held = shipments.load(db, [item.shipment])[0]
            before = held.shipment.status
            values = {
                "status": Status.ERROR.value,
                "held": (held.shipment.held or before).value,
                "status_at": now,
                "updated_at": now,
            }
            db.execute(update(shipments_table).where(shipments_table.c.id == item.shipment).values(values))
        else:
            _tell_nothing(db, sending, item)
        after = Status.ERROR.value if before else None
        what = "status" if before else "not-written"
        reason = f"{sending.mapping.name}: {why}"[:500]
        retailer = str(item.record.get("retailer.id")) if item.order is not None else None
        events.note(
            db,
            [
                Event(
                    now, what, "hub", retailer, item.order, item.shipment, before.value if before else None, after, reason=reason
                )
            ],
        )


def _tell_nothing(db: Connection, sending: Sending, item: Item) -> None:
    """Remember what could not be told, so that it is tried again only once it has changed."""
    out = ledger.Outgoing(
        sending.partner.id,
        item.subject,
        sending.mapping.kind.value,
        sending.mapping.name,
        sending.mapping.version,
        sending.hub.clock(),
    )
    file = ledger.ready(db, out, 0, hashlib.sha256(b"").hexdigest(), 0, sending.round_id)
    ledger.quarantine(db, file, "the record cannot be written", sending.hub.clock())
    _tell(db, sending, [item], file)


def _tell(db: Connection, sending: Sending, items: Sequence[Item], file: int) -> None:
    """Note what a file tells: each answer is owed once, the rest again when it says something else."""
    if sending.mapping.kind is Kind.ANSWERS:
        owed_answers.told(db, sending.mapping.name, [item.file for item in items if item.file is not None])
    else:
        outbox.tell(db, sending.partner.id, sending.mapping.name, {item.subject: item.hash for item in items}, file)


def _digest(told: object) -> str:
    return hashlib.sha256(json.dumps(told, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _new_shipments(sending: Sending, db: Connection, at: Schedule) -> Owed:  # noqa: ARG001 - every kind is asked alike
    """The supplier's shipments that no file has held yet."""
    ids = outbox.untold_shipments(db, sending.partner.id, sending.mapping.name, [Status.CREATED.value])
    teller = Teller(sending.hub, sending.partner)
    return Owed(
        [
            Item(f"shipment/{shipment}", record, "sent", order, shipment, fault=teller.unknown_service(record))
            for order, shipment, record in _shipment_records(teller, db, ids)
        ]
    )


def _shipment_records(teller: Teller, db: Connection, ids: Sequence[int]) -> Iterator[tuple[int, int, Record]]:
    wanted = set(ids)
    order_ids = [each.order for each in shipments.load(db, ids)]
    for paper in papers(db, order_ids):
        for shipment_id, shipment in paper.shipments.items():
            if shipment_id in wanted:
                yield paper.order.id, shipment_id, teller.shipment(paper, shipment)


def _bookings(sending: Sending, db: Connection, at: Schedule) -> Owed:  # noqa: ARG001 - every kind is asked alike
    """The parcels that the carrier has not been asked to book yet, by shipment."""
    return Owed(
        [
            Item(f"shipment/{shipment}", record, "asked", order, shipment, parcels)
            for order, shipment, parcels, record in waiting(sending.hub, db, sending.partner)
        ]
    )


def _cancellations(sending: Sending, db: Connection, at: Schedule) -> Owed:  # noqa: ARG001 - every kind is asked alike
    """The supplier's shipments that the retailer wants cancelled, each once per wish."""
    told_before = outbox.told_hashes(db, sending.partner.id, sending.mapping.name)
    teller = Teller(sending.hub, sending.partner)
    held = {each.id: each for each in shipments.load(db, outbox.asked_to_cancel(db, sending.partner.id))}
    owed = Owed()
    for paper in papers(db, [each.order for each in held.values()]):
        for shipment_id, shipment in paper.shipments.items():
            each = held.get(shipment_id)
            if each is None:
                continue
            asked = {each.line_ids[position]: quantity for position, quantity in each.asked.items()}
            digest = _digest({str(line): canonical(quantity) for line, quantity in asked.items()})
            subject = f"shipment/{shipment_id}"
            if told_before.get(subject) != digest:
                owed.items.append(Item(subject, teller.shipment(paper, shipment, asked), digest, paper.order.id, shipment_id))
    return owed


def _statuses(sending: Sending, db: Connection, at: Schedule) -> Owed:
    """The retailer's orders of which a status, quantity or tracking number changed since he was last told."""
    told_before = outbox.told_hashes(db, sending.partner.id, sending.mapping.name)
    terms = sending.partner.retailer_terms(sending.hub.workspace.settings)
    teller = Teller(sending.hub, sending.partner)
    owed = Owed(last_event=outbox.last_event(db))
    for paper in papers(db, outbox.orders_with_events(db, sending.partner.id, at.last_event)):
        record = teller.order(paper, terms)
        if record is None:
            continue
        facts = ("line_no", "status", "quantity", "delivered_quantity", "cancelled_quantity", "tracking_number")
        digest = _digest([record["status"], [[canonical(line[name]) for name in facts] for line in record["lines"]]])
        subject = f"order/{paper.order.id}"
        if told_before.get(subject) != digest:
            owed.items.append(Item(subject, record, digest, paper.order.id))
    return owed


def _despatches(sending: Sending, db: Connection, at: Schedule) -> Owed:
    """The retailer's shipments that have left, or left in part, each once and again when a fact is added."""
    told_before = outbox.told_hashes(db, sending.partner.id, sending.mapping.name)
    terms = sending.partner.retailer_terms(sending.hub.workspace.settings)
    teller = Teller(sending.hub, sending.partner)
    owed = Owed(last_event=outbox.last_event(db))
    for paper in papers(db, outbox.orders_with_events(db, sending.partner.id, at.last_event)):
        for shipment_id, shipment in paper.shipments.items():
            if not _has_left(sending, paper, shipment):
                continue
            record = teller.despatch(paper, shipment, terms)
            facts = [
                [canonical(line[name]) for name in ("line_no", "delivered_quantity", "tracking_number")]
                for line in record["lines"]
            ]
            digest = _digest([facts, [[parcel["parcel"], parcel["tracking_number"]] for parcel in record["parcels"]]])
            subject = f"shipment/{shipment_id}"
            if told_before.get(subject) != digest:
                wrong, doubt = fault(record, numbers_elsewhere(db, paper, shipment_id)), untracked(record)
                owed.items.append(Item(subject, record, digest, paper.order.id, shipment_id, fault=wrong, doubt=doubt))
    return owed


def _has_left(sending: Sending, paper: Paper, shipment: Row[Any]) -> bool:
    """Delivered; or in part, where it was agreed that a short shipment stays open for its rest."""
    status = Status(shipment.status)
    supplier = sending.hub.workspace.partners.get(shipment.supplier)
    in_parts = supplier is not None and supplier.short is Short.STAYS_OPEN
    some = any(line.delivered_quantity for line in paper.lines if line.shipment == shipment.id)
    return status is Status.DELIVERED or (in_parts and status not in FINAL and some)


def _catalogue(sending: Sending, db: Connection, at: Schedule) -> Owed:  # noqa: ARG001 - every kind is asked alike
    """The products published to the retailer: all on sale, or what changed since the last file.

    What he was told of and can no longer have (ended, withdrawn, out of his catalogues) an update tells with available
    0; a whole file leaves it out, once with no product at all.
    """
    told_before = outbox.told_hashes(db, sending.partner.id, sending.mapping.name)
    whole = sending.mapping.mode is Mode.FULL
    owed, changed = Owed(), False
    for subject, record, said in offers(sending.hub, db, sending.partner, sending.mapping.written_names, told_before):
        digest = _digest(said)
        news = told_before.get(subject) != digest and (subject in told_before or record["active"])
        changed |= news
        if record["active"] if whole else news:
            owed.items.append(Item(subject, record, digest))
        elif whole and news:
            owed.gone[subject] = digest
    if sending.send.on_change and not changed:
        owed.items.clear()
    return owed


def _answers(sending: Sending, db: Connection, at: Schedule) -> Owed:  # noqa: ARG001 - every kind is asked alike
    """The partner's files that have been answered since the last file told of them."""
    rows = owed_answers.owed(db, sending.partner.id, sending.mapping.name)
    return Owed([Item(row.name, answered(row, ledger.problems_of(db, row.id)), "told", file=row.id) for row in rows])


def _tell_gone(sending: Sending, gone: dict[str, str]) -> None:
    """Note that the last whole file told of these by leaving them out."""
    with sending.hub.store.change() as db:
        last = outbox.last_file(db, sending.partner.id, sending.mapping.name)
        if last is not None:
            outbox.tell(db, sending.partner.id, sending.mapping.name, gone, last)


_OWED: dict[Kind, Callable[[Sending, Connection, Schedule], Owed]] = {
    Kind.SHIPMENTS: _new_shipments,
    Kind.CANCELLATIONS: _cancellations,
    Kind.STATUSES: _statuses,
    Kind.DESPATCHES: _despatches,
    Kind.CATALOG: _catalogue,
    Kind.ANSWERS: _answers,
    Kind.BOOKINGS: _bookings,
}
