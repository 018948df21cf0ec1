"""Write what is owed: a file's number, its bytes and what it told are noted together; many small files share a transaction.

A file that cannot be written takes no number and costs only itself.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy import Connection, update

from hub.domain.kinds import WRITTEN_TO, Kind
from hub.domain.problems import FileRefused
from hub.domain.status import Status
from hub.flow.bookings import not_booked
from hub.flow.hub import Hub
from hub.flow.owed import OWED, Item, Sending
from hub.mapping.compile import Mapping
from hub.mapping.template import Mode
from hub.mapping.write import WriteContext, Written, is_written
from hub.store import bookings, events, ledger, outbox, receipts, shipments
from hub.store.events import Event
from hub.store.outbox import Schedule
from hub.store.schema import shipments as shipments_table
from hub.store.series import draw

log = structlog.get_logger()

_TOGETHER = 500
"""How many files share a transaction: a commit costs a sync of the disk, and others wait while it is open."""


def render_all(hub: Hub, round_id: int, *, send_all: bool) -> int:
    """Render every file that is owed and due; returns how many."""
    made = 0
    for partner in sorted(hub.workspace.partners.values(), key=lambda each: each.id):
        for schedule, send in partner.schedules() if partner.active else ():
            mapping = hub.library.get(send.mapping)
            if partner.role in WRITTEN_TO.get(mapping.kind, frozenset()) and mapping.kind in OWED:
                made += _render_due(Sending(hub, partner, send, mapping, round_id, schedule), send_all=send_all)
    return made


def _render_due(sending: Sending, *, send_all: bool) -> int:
    hub, now = sending.hub, sending.hub.clock()
    with hub.store.look() as db:
        at = outbox.schedule(db, sending.partner.id, sending.schedule)
        if not (send_all or sending.send.on_change or at.next_due is None or at.next_due <= now):
            return 0
        owed = OWED[sending.mapping.kind](sending, db, at)
    written = [item for item in owed.items if is_written(sending.mapping, item.record)]
    if len(written) < len(owed.items):
        _pass_over(sending, {item.file for item in owed.items} - {item.file for item in written})
    groups = [[item] for item in written] if sending.mapping.one_file_per else [written] if written or owed.gone else []
    made = _render(sending, groups)
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
            receipts.told(db, sending.mapping.name, [file for file in passed if file is not None])


def _next_due(sending: Sending, at: Schedule, now: datetime) -> datetime | None:
    """When the schedule is due after now: it keeps its beat, and a hub that was down catches up once."""
    zone = sending.partner.zone(sending.hub.workspace.settings)
    due = sending.send.next_due(at.next_due or now, zone)
    return sending.send.next_due(now, zone) if due is not None and due <= now else due


def _render(sending: Sending, groups: Sequence[Sequence[Item]]) -> int:
    """Render one file per group, many in a transaction; a record that cannot be written is left out and noted."""
    made = 0
    for start in range(0, len(groups), _TOGETHER):
        some = [_sound(sending, group) for group in groups[start : start + _TOGETHER]]
        done, refused = _render_together(sending, [group for group, left_out in some if group or not left_out])
        made += done + sum(_render(sending, _parts(sending, items, why)) for items, why in refused)
    return made


@dataclass(frozen=True, slots=True)
class _Draft:
    """A file that is written and not yet filed."""

    items: Sequence[Item]
    seq: int
    written: Written


def _render_together(sending: Sending, groups: Sequence[Sequence[Item]]) -> tuple[int, list[tuple[Sequence[Item], str]]]:
    """Render groups in one transaction. Out: how many files there are, and the groups that could not be written, with why.

    A group that cannot be written takes no number.
    """
    drafts: list[_Draft] = []
    refused: list[tuple[Sequence[Item], str]] = []
    if not groups:
        return 0, refused
    hub, now = sending.hub, sending.hub.clock()
    with hub.store.change() as db:
        series = f"seq/{sending.partner.id}/{sending.mapping.name}"
        first = draw(db, series, 0)  # nobody else draws from it until this transaction ends
        for items in groups:
            seq = first + len(drafts)
            try:
                drafts.append(_Draft(items, seq, _write(sending, items, seq, now)))
            except FileRefused as refusal:
                refused.append((items, str(refusal)))
        draw(db, series, len(drafts))
        files = _file(sending, db, drafts, now)
    kind = sending.mapping.kind.value
    for file, draft in zip(files, drafts, strict=True):
        log.info("file_rendered", partner=sending.partner.id, file=file, kind=kind, records=len(draft.items))
    return len(drafts), refused


def _sound(sending: Sending, items: Sequence[Item]) -> tuple[Sequence[Item], bool]:
    """The records that may leave, and whether others were left out and noted."""
    for item in items:
        if item.fault is not None:
            _leave_out(sending, item, item.fault)
    sound = [item for item in items if item.fault is None]
    return sound, len(sound) < len(items)


def _parts(sending: Sending, items: Sequence[Item], why: str) -> list[Sequence[Item]]:
    """How the records of a file that could not be written go after all; those that cannot are left out and noted.

    Records that can be written one by one but not together (a trailer without room for their sum) go in two files.
    """
    fit = [item for item in items if len(items) > 1 and _writable(sending, item)]
    if len(fit) == len(items) and sending.mapping.kind is not Kind.CATALOG:
        half = len(items) // 2
        return [items[:half], items[half:]]
    if len(fit) == len(items):
        fit = []  # a catalogue is one file or none
    for item in items:
        if item not in fit:
            _leave_out(sending, item, why)
    return [fit] if fit else []


def _file(sending: Sending, db: Connection, drafts: Sequence[_Draft], now: datetime) -> list[int]:
    """Name, archive and note files that are written; returns their ids."""
    hub, partner, mapping = sending.hub, sending.partner, sending.mapping
    names = _free_names(db, partner.id, [draft.written.name for draft in drafts], mapping)
    every = [
        ledger.Outgoing(
            partner.id,
            name,
            mapping.kind.value,
            mapping.name,
            mapping.version,
            len(draft.written.data),
            hub.archive.prepare(draft.written.data),
            len(draft.items),
            draft.seq,
            draft.items[0].file if len(draft.items) == 1 else None,
        )
        for name, draft in zip(names, drafts, strict=True)
    ]
    files = ledger.ready(db, every, now, sending.round_id)
    hub.archive.file_in(db, {file: draft.written.data for file, draft in zip(files, drafts, strict=True)})
    held = [(file, item) for file, draft in zip(files, drafts, strict=True) for item in draft.items]
    _tell(db, sending, held)
    events.note(db, [_doubt(item, file, now) for file, item in held if item.doubt is not None])
    for file, draft in zip(files, drafts, strict=True):
        bookings.asked(db, [parcel for item in draft.items for parcel in item.parcels], file)
    outbox.carry(db, [(file, item.order, item.shipment) for file, item in held if item.order is not None])
    return files


def _doubt(item: Item, file: int, now: datetime) -> Event:
    retailer = str(item.record.get("retailer.id"))
    return Event(now, "doubt", "hub", retailer, item.order, item.shipment, reason=item.doubt, file=file)


def _write(sending: Sending, items: Sequence[Item], seq: int, now: datetime) -> Written:
    partner, zone = sending.partner, sending.timezone
    context = WriteContext(now=now, seq=seq, partner_id=partner.id, partner_name=partner.name, timezone=zone)
    return sending.writer.write([item.record for item in items], context)


def _writable(sending: Sending, item: Item) -> bool:
    try:
        _write(sending, [item], 0, sending.hub.clock())
    except FileRefused:
        return False
    return True


def _free_names(db: Connection, partner: str, names: Sequence[str], mapping: Mapping) -> list[str]:
    """Names that no earlier file had, so that nothing uncollected is overwritten; a whole catalogue replaces the last one."""
    if mapping.kind is Kind.CATALOG and mapping.mode is Mode.FULL:
        return list(names)
    return outbox.free_names(db, partner, names)


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
    now = sending.hub.clock()
    out = ledger.Outgoing(
        sending.partner.id,
        item.subject,
        sending.mapping.kind.value,
        sending.mapping.name,
        sending.mapping.version,
        0,
        hashlib.sha256(b"").hexdigest(),
    )
    (file,) = ledger.ready(db, [out], now, sending.round_id)
    why = f"held back: {item.fault}" if item.fault else "the record cannot be written; hub trace tells why"
    ledger.quarantine(db, file, why, now)
    _tell(db, sending, [(file, item)])


def _tell(db: Connection, sending: Sending, held: Sequence[tuple[int, Item]]) -> None:
    """Note what files tell: each answer is owed once, the rest again when it says something else."""
    if sending.mapping.kind is Kind.ANSWERS:
        receipts.told(db, sending.mapping.name, [item.file for _, item in held if item.file is not None])
    else:
        said = [(item.subject, item.hash, file) for file, item in held if item.hash is not None]
        outbox.tell(db, sending.partner.id, sending.mapping.name, said)


def _tell_gone(sending: Sending, gone: dict[str, str]) -> None:
    """Note that the last whole file told of these by leaving them out."""
    with sending.hub.store.change() as db:
        last = outbox.last_file(db, sending.partner.id, sending.mapping.name)
        if last is not None:
            outbox.tell(db, sending.partner.id, sending.mapping.name, [(subject, value, last) for subject, value in gone.items()])
