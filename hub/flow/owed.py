"""What is owed to whom now: the records of each kind of outgoing file, with a hash of what each says."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row

from hub.config.partners import Partner, Send
from hub.domain.despatch import fault, untracked
from hub.domain.kinds import Kind
from hub.domain.orders import Record
from hub.domain.status import Status
from hub.domain.values import Value, canonical
from hub.flow import notices
from hub.flow.bookings import waiting
from hub.flow.hub import Hub
from hub.flow.offers import offers
from hub.flow.papers import Paper, Teller, answered, looked_at, numbers_elsewhere, papers, shows_brief
from hub.mapping.compile import Mapping
from hub.mapping.template import Mode
from hub.mapping.write import Writer
from hub.store import ledger, outbox, receipts, shipments
from hub.store.outbox import Schedule
from hub.store.shipments import Held


class Item(NamedTuple):
    """One record to send: what it is about, and the hash of what it says (None: that a file holds it says enough)."""

    subject: str
    record: Record
    hash: str | None
    order: int | None = None
    shipment: int | None = None
    parcels: tuple[int, ...] = ()
    fault: str | None = None
    """Why the record must not leave as it is."""
    doubt: str | None = None
    """What an operator should know about it although it leaves."""
    file: int | None = None
    """The partner's file that it answers."""


@dataclass(slots=True)
class Owed:
    """What one `send` entry owes now; `gone` are subjects that a whole file tells of by leaving them out, with their hashes."""

    items: list[Item] = field(default_factory=list)
    last_event: int = 0
    gone: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Sending:
    """One `send` entry of a partner, at work."""

    hub: Hub
    partner: Partner
    send: Send
    mapping: Mapping
    round_id: int
    schedule: str

    @cached_property
    def timezone(self) -> str:
        """The partner's time zone."""
        return self.partner.zone(self.hub.workspace.settings)

    @cached_property
    def writer(self) -> Writer:
        """The mapping, ready to write one file after another."""
        return Writer(self.mapping, self.timezone)


def _digest(told: object) -> str:
    return hashlib.sha256(json.dumps(told, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _new_shipments(sending: Sending, db: Connection, at: Schedule) -> Owed:  # noqa: ARG001 - every kind is asked alike
    """The supplier's shipments that no file has held yet."""
    ids = outbox.untold_shipments(db, sending.partner.id, sending.mapping.name, [Status.CREATED.value])
    teller, mapping = Teller(sending.hub, sending.partner), sending.mapping
    told = notices.brief(teller, db, ids, looked_at(mapping)) if shows_brief(mapping) else notices.whole(teller, db, ids)
    return Owed(
        [
            Item(f"shipment/{shipment}", record, None, order, shipment, fault=teller.unknown_service(record))
            for order, shipment, record in told
        ]
    )


def _bookings(sending: Sending, db: Connection, at: Schedule) -> Owed:  # noqa: ARG001 - every kind is asked alike
    """The parcels that the carrier has not been asked to book yet, by shipment."""
    return Owed(
        [
            Item(f"shipment/{shipment}", record, None, order, shipment, parcels)
            for order, shipment, parcels, record in waiting(sending.hub, db, sending.partner)
        ]
    )


def _told(sending: Sending, db: Connection, subjects: Iterable[str]) -> dict[str, str]:
    """What the partner was last told of some subjects; all that he was ever told would cost more with every year."""
    return outbox.told_hashes(db, sending.partner.id, sending.mapping.name, list(subjects))


def _cancellations(sending: Sending, db: Connection, at: Schedule) -> Owed:  # noqa: ARG001 - every kind is asked alike
    """The supplier's shipments that the retailer wants cancelled, each once per wish."""
    teller = Teller(sending.hub, sending.partner)
    held = {each.id: each for each in shipments.load(db, outbox.asked_to_cancel(db, sending.partner.id))}
    told_before = _told(sending, db, (f"shipment/{each}" for each in held))
    owed = Owed()
    for paper in papers(db, [each.order for each in held.values()]):
        for shipment_id, shipment in paper.shipments.items():
            each = held.get(shipment_id)
            if each is None:
                continue
            digest = _digest({str(each.line_ids[at]): canonical(quantity) for at, quantity in each.asked.items()})
            subject = f"shipment/{shipment_id}"
            asked = {each.line_ids[at]: _to_cancel(each, at) for at in each.asked}
            if told_before.get(subject) != digest and any(asked.values()):
                owed.items.append(Item(subject, teller.shipment(paper, shipment, asked), digest, paper.order.id, shipment_id))
    return owed


def _to_cancel(held: Held, position: int) -> Decimal:
    """How much of a line its supplier is asked to cancel, of what he was told to send; what is delivered stays."""
    line = held.shipment.lines[position]
    most = line.quantity - (line.delivered or Decimal(0))
    return max(min(held.asked[position], most) - held.left_out.get(position, Decimal(0)), Decimal(0))


def _statuses(sending: Sending, db: Connection, at: Schedule) -> Owed:
    """The retailer's orders of which a status, quantity or tracking number changed since he was last told."""
    terms = sending.partner.retailer_terms(sending.hub.workspace.settings)
    teller = Teller(sending.hub, sending.partner)
    owed = Owed(last_event=outbox.last_event(db))
    changed = outbox.orders_with_events(db, sending.partner.id, at.last_event)
    told_before = _told(sending, db, (f"order/{each}" for each in changed))
    brief = shows_brief(sending.mapping)
    for paper in papers(db, changed, brief=brief):
        record = teller.order(paper, terms, brief=brief)
        if record is None:
            continue
        facts = [record["status"], [list(map(_plainly, _told_facts(line))) for line in record["lines"]]]
        loose = _numbers_of_no_line(paper, record) if paper.parcels else []
        digest = _digest([*facts, loose] if loose else facts)
        subject = f"order/{paper.order.id}"
        if told_before.get(subject) != digest:
            owed.items.append(Item(subject, record, digest, paper.order.id))
    return owed


def _numbers_of_no_line(paper: Paper, record: Record) -> list[str]:
    """The tracking numbers of an order that no line bears, such as that of a parcel of unknown contents that came later."""
    borne = {number for line in record["lines"] for number in (line["tracking_number"] or "").split(",")}
    numbers = (each.tracking_number for mine in paper.parcels.values() for each in mine)
    return sorted({number for number in numbers if number} - borne)


def _despatches(sending: Sending, db: Connection, at: Schedule) -> Owed:
    """The retailer's shipments that have left, or left in part, each once and again when a fact is added."""
    terms = sending.partner.retailer_terms(sending.hub.workspace.settings)
    teller = Teller(sending.hub, sending.partner)
    owed = Owed(last_event=outbox.last_event(db))
    changed = outbox.orders_with_events(db, sending.partner.id, at.last_event)
    told_before = _told(sending, db, (f"shipment/{each}" for each in shipments.of_orders(db, changed)))
    for paper in papers(db, changed):
        for shipment_id, shipment in paper.shipments.items():
            if not _has_left(paper, shipment):
                continue
            record = teller.despatch(paper, shipment, terms)
            facts = [
                [canonical(line[name]) for name in ("line_no", "delivered_quantity", "tracking_number")]
                for line in record["lines"]
                if line["delivered_quantity"] or (line["delivered_quantity"] is None and shipment.status == Status.DELIVERED)
            ]
            named = [[each["parcel"], each["tracking_number"]] for each in record["parcels"] if each["parcel"] is not None]
            digest = _digest([facts, named])
            subject = f"shipment/{shipment_id}"
            if told_before.get(subject) != digest:
                wrong, doubt = fault(record, numbers_elsewhere(db, paper, shipment_id)), untracked(record)
                owed.items.append(Item(subject, record, digest, paper.order.id, shipment_id, fault=wrong, doubt=doubt))
    return owed


_TOLD = (
    *("line_no", "status", "quantity", "delivered_quantity", "cancelled_quantity", "cancel_reason"),
    *("expected_date", "tracking_number"),
)
"""What of a line makes an order worth telling again."""


_told_facts = itemgetter(*_TOLD)


def _plainly(value: Value) -> str | list[str] | None:
    """The canonical form of a value; most are texts already, or nothing."""
    return value if value is None or type(value) is str else canonical(value)


def _has_left(paper: Paper, shipment: Row[Any]) -> bool:
    """Delivered; or in part, where it was agreed that a short shipment stays open for its rest."""
    some = any(line.delivered_quantity for line in paper.lines if line.shipment == shipment.id)
    return bool(shipment.status == Status.DELIVERED or (shipment.rest_open and some))


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
    rows = receipts.owed(db, sending.partner.id, sending.mapping.name)
    problems = ledger.problems_of_all(db, [row.id for row in rows])
    return Owed([Item(row.name, answered(row, problems[row.id]), None, file=row.id) for row in rows])


OWED: dict[Kind, Callable[[Sending, Connection, Schedule], Owed]] = {
    Kind.SHIPMENTS: _new_shipments,
    Kind.CANCELLATIONS: _cancellations,
    Kind.STATUSES: _statuses,
    Kind.DESPATCHES: _despatches,
    Kind.CATALOG: _catalogue,
    Kind.BOOKINGS: _bookings,
    Kind.ANSWERS: _answers,
}
"""By kind of file."""
