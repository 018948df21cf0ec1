"""What an operator mends: try a file or shipment again, process a file once more, send on an order that was held back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from hub.desk.compare import compare_file
from hub.desk.overview import stuck
from hub.domain.problems import Counts, Misconfigured, NotFound
from hub.domain.status import Status
from hub.flow import round as rounds
from hub.flow import verdicts
from hub.flow.hub import Hub, InHand
from hub.flow.route import route_again
from hub.mapping.compile import Mapping
from hub.store import bookings, events, ledger, orders, outbox, prints, shipments
from hub.store.events import Event
from hub.store.ledger import State


@dataclass(frozen=True, slots=True)
class Mended:
    """What became of one thing that an operator named, in one sentence; `needed` when there was something to mend."""

    id: str
    what: str
    done: bool
    needed: bool = True


def retry(hub: Hub, ids: Sequence[str]) -> list[Mended]:
    """Deliver or process again: files by id, shipments and orders by number.

    Raises NotFound for the first that does not exist; nothing is changed then. The next round does the work.
    """
    with hub.store.change() as db:
        return [mended for each in ids for mended in _retry(hub, db, each)]


def outcome(db: Connection, mended: Sequence[Mended], since: datetime) -> list[Mended]:
    """What became of things retried at `since` once the hub has worked: goods that are in Error again were not mended."""
    why: dict[str, list[str]] = defaultdict(list)
    for each in stuck(db):
        for key in (each["shipment"], each["order"]) if each["shipment"] and each["since"] >= since else ():
            why[key].append(f"shipment {each['shipment']} is in Error again: {each['why']}")
    return [replace(each, what="; ".join(why[each.id]), done=False) if each.done and each.id in why else each for each in mended]


def _retry(hub: Hub, db: Connection, given: str) -> list[Mended]:
    """What needs mending wins where a file and an order share a number: a file that waits, then goods in Error, then the file."""
    row = ledger.get(db, int(given)) if given.isdecimal() else None
    if row is not None and row.state not in (State.DONE, State.SENT):
        return [_retry_file(db, row, hub.clock())]
    goods = _retry_goods(hub, db, given)
    if row is not None and not any(each.needed for each in goods):
        return [_retry_file(db, row, hub.clock())]
    if not goods:
        raise NotFound(f"there is no file, shipment or order {given}")
    return goods


def _retry_file(db: Connection, row: Row[Any], now: datetime) -> Mended:
    given = str(row.id)
    if row.direction == "out" and row.state == State.QUARANTINED and not row.size:
        return _write_again(db, row, now)
    if row.direction == "out":
        _send_again(db, row.id, now, stranded=row.state == State.QUARANTINED)
        return Mended(given, f"{row.name} will be delivered to {row.partner} again", done=True)
    if row.state == State.DONE:
        return Mended(given, f"{row.name} was processed already; use hub replay {given} to process it once more", done=False)
    ledger.again(db, row.id, State.TAKEN)
    return Mended(given, f"{row.name} from {row.partner} will be processed again", done=True)


def _retry_goods(hub: Hub, db: Connection, given: str) -> list[Mended]:
    found = shipments.by_number(db, given)
    if found is not None:
        return [_retry_shipment(hub, db, found)]
    return [_retry_order(hub, db, row) for row in orders.find_orders(db, given)]


def _retry_shipment(hub: Hub, db: Connection, shipment_id: int) -> Mended:
    held = shipments.load(db, [shipment_id])[0]
    number, now = held.shipment.number, hub.clock()
    again = _begin_again(db, held, now)
    if again and held.shipment.status is not Status.ERROR:
        return Mended(number, f"{' and '.join(again)} of shipment {number} will be done again", done=True)
    if held.shipment.status is not Status.ERROR:
        return Mended(number, f"shipment {number} is {held.shipment.status.value}, not in Error", done=False, needed=False)
    back = _lead_back(db, held, now)
    for file in outbox.stranded(db, shipment_id):
        _send_again(db, file, now, stranded=True)
    return Mended(number, f"shipment {number} is {back.value} again and will be sent to {held.supplier}", done=True)


def _begin_again(db: Connection, held: shipments.Held, now: datetime) -> list[str]:
    """Let what failed beside a shipment be tried again, its bookings and its prints; returns what."""
    parcels, files = bookings.again(db, held.id)
    for file in files:
        ledger.again(db, file, State.READY)
    printed = sorted(set(prints.forget_failures(db, held.id)))
    again = ["the booking"] * bool(parcels) + [f"the {what}" for what in printed]
    whats = ["book-again"] * bool(parcels) + ["print"] * bool(printed)
    events.note(db, [Event(now, what, "retry", held.retailer, held.order, held.id) for what in whats])
    return again


def _write_again(db: Connection, row: Row[Any], now: datetime) -> Mended:
    """A record that could not be written, or was held back: it is tried again when its file is next due."""
    about = {
        int(subject.partition("/")[2]): subject.partition("/")[0]
        for subject in outbox.forget(db, row.id)
        if subject.startswith(("order/", "shipment/"))
    }
    held = {each.id: each.order for each in shipments.load(db, [key for key, kind in about.items() if kind == "shipment"])}
    for key, kind in about.items():
        order, shipment = (key, None) if kind == "order" else (held[key], key)
        events.note(db, [Event(now, "retry", "retry", orders.retailer_of(db, order), order, shipment)])
    ledger.written_off(db, row.id, now)
    return Mended(str(row.id), f"{row.name} will be told to {row.partner} when a file for him is next due", done=True)


def _send_again(db: Connection, file: int, now: datetime, *, stranded: bool) -> None:
    """Deliver a file again; one that was given up took its shipments into Error, and they come back with it."""
    ledger.again(db, file, State.READY)
    bookings.handed_over(db, file)
    for held in shipments.load(db, outbox.shipments_in(db, file)) if stranded else ():
        if held.shipment.status is Status.ERROR:
            _lead_back(db, held, now)


def _lead_back(db: Connection, held: shipments.Held, now: datetime) -> Status:
    """Lead a shipment out of Error, back to the step that it held; returns that."""
    back = held.shipment.held or Status.CREATED
    held.shipment.status, held.shipment.held, held.status_at = back, None, now
    shipments.save(db, [held], now)
    events.note(db, [Event(now, "status", "retry", held.retailer, held.order, held.id, Status.ERROR.value, back.value)])
    return back


def _retry_order(hub: Hub, db: Connection, row: Row[Any]) -> Mended:
    every = shipments.load(db, shipments.of_orders(db, [row.id]))
    lost = {each.shipment for each in bookings.of_shipments(db, [each.id for each in every]) if each.error is not None}
    stuck = [each for each in every if each.shipment.status is Status.ERROR or each.id in lost]
    if stuck:
        told = [_retry_shipment(hub, db, each.id).what for each in stuck]
        return Mended(row.number, "; ".join(told), done=True)
    if row.draft or not any(each.supplier is None for each in orders.open_lines(db, row.id)):
        return Mended(row.number, f"order {row.number} of {row.retailer} waits for nothing", done=False, needed=False)
    faults = route_again(hub, db, row, hub.clock())
    if faults:
        return Mended(
            row.number, f"order {row.number} of {row.retailer} still waits: {faults[0].code} {faults[0].say}", done=False
        )
    return Mended(row.number, f"order {row.number} of {row.retailer} is routed and split", done=True)


def release(hub: Hub, number: str, retailer: str | None = None) -> list[Mended]:
    """Send on orders that were held back by `submit: no`. Raises NotFound."""
    with hub.store.change() as db:
        return [_release(hub, db, row) for row in named(db, number, retailer)]


def named(db: Connection, number: str, retailer: str | None) -> Sequence[Row[Any]]:
    """The order with a number. Raises NotFound when there is none, and when several retailers use it and none is named."""
    rows = orders.find_orders(db, number, retailer)
    if len(rows) > 1:
        whose = ", ".join(sorted(row.retailer for row in rows))
        raise NotFound(f"several retailers have an order {number}: {whose}; name one of them with --partner")
    if not rows:
        whose = f" of {retailer}" if retailer else ""
        raise NotFound(f"there is no order {number}{whose}")
    return rows


def _release(hub: Hub, db: Connection, row: Row[Any]) -> Mended:
    whose, now = f"order {row.number} of {row.retailer}", hub.clock()
    lines = orders.open_lines(db, row.id)
    if not row.draft or not lines:
        why = "is Cancelled" if row.draft else "is not held back"
        return Mended(row.number, f"{whose} {why}", done=False)
    if all(each.supplier is not None for each in lines):
        made = orders.ship_open_lines(db, row, "release", now)
        return Mended(row.number, f"{whose} goes on as {', '.join(made)}", done=True)
    orders.release(db, row.id, now)
    events.note(db, [Event(now, "release", "release", row.retailer, row.id)])
    faults = route_again(hub, db, row, now)
    if faults:
        return Mended(row.number, f"{whose} is released and waits: {faults[0].code} {faults[0].say}", done=True)
    return Mended(row.number, f"{whose} is released, routed and split", done=True)


@dataclass(frozen=True, slots=True)
class Replayed:
    """A file processed once more: its answer and counts before and after, and what happened (or would).

    Where another mapping reads it, `read_by` is that one and `differs` what it makes of the file beside `read_before_by`.
    """

    file: int
    name: str
    partner: str
    before: int | None
    after: int
    counts: Counts
    happened: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    read_by: str | None = None
    read_before_by: str | None = None
    differs: list[str] = field(default_factory=list)


def replay(hub: Hub, ids: Sequence[int], *, dry_run: bool, mapping: str | None = None) -> list[Replayed]:
    """Process files once more as they were; with `dry_run` look at what would change and undo it. Raises NotFound."""
    used = hub.library.get(mapping) if mapping else None
    return [_replay(hub, each, used, dry_run=dry_run) for each in ids]


def _replay(hub: Hub, file: int, mapping: Mapping | None, *, dry_run: bool) -> Replayed:
    with hub.store.look() as db:
        row = ledger.get(db, file)
    if row is None or row.direction != "in":
        raise NotFound(f"there is no file {file} that came in")
    partner = hub.workspace.partners.get(row.partner)
    if partner is None:
        raise NotFound(f"partner {row.partner} of file {file} is not configured any more")
    hand = InHand(row.id, partner, row.name, row.at)
    rehearsal = verdicts.rehearse(hub, hand, mapping)
    verdict = rehearsal.verdict
    if not dry_run:
        verdict = verdicts.process(hub, hand, mapping)
        with hub.store.change() as db:
            ledger.answer_again(db, row.id)
    happened = [_told(event) for event in rehearsal.happened]
    problems = [str(each) for each in verdict.problems]
    done = Replayed(file, row.name, row.partner, row.answer, verdict.answer, verdict.counts, happened, problems)
    if mapping is None or (before := _mapping_before(hub, row.mapping)) is None:
        return done
    return replace(done, read_by=mapping.name, read_before_by=before.name, differs=_differs(hub, row, before, mapping))


def _mapping_before(hub: Hub, name: str | None) -> Mapping | None:
    """The mapping that read a file, as it is now; None when there is none any more, or it is not sound."""
    try:
        return hub.library.get(name) if name else None
    except (NotFound, Misconfigured):
        return None


def _differs(hub: Hub, row: Row[Any], before: Mapping, after: Mapping) -> list[str]:
    """What another mapping makes of a file."""
    with hub.store.look() as db:
        data = hub.archive.read(db, row.id)
    return compare_file(row, data, hub.workspace, before, after).told()


def _told(event: Row[Any]) -> str:
    row = event._mapping
    moved = f"{row['from']} → {row['to']}" if row["from"] else row["to"]
    return " ".join(str(part) for part in (row["what"], moved, row["reason"]) if part)


def work_off(hub: Hub) -> rounds.Summary:
    """Do at once what a retry or replay has made due, without taking new files."""
    summary = rounds.Summary()
    rounds.run_round(hub, summary, send_all=False, watch=rounds.Silent(), take=False)
    return summary
