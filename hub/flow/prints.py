"""Print what parcels need: number them, make each label and note once, and merge what a supplier prints at once (contract §9)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import structlog
from sqlalchemy import Connection, Row

from hub.config.partners import Partner, Print
from hub.config.private import TEMPORARY, VAR
from hub.domain.kinds import PURCHASE_ORDER
from hub.domain.paper import Label, LabelSize, Note, PrintFormat, PrintOn, PrintWhat
from hub.domain.problems import Code, Level, Problem
from hub.domain.status import FINAL, Status
from hub.domain.terms import Short
from hub.domain.tracking import NumberBy
from hub.domain.values import seen
from hub.flow.hub import Hub
from hub.flow.labels import Pictures, Writer
from hub.flow.papers import Paper, papers
from hub.prints.glyphs import Glyphs, Odd
from hub.prints.label_zpl import label_zpl
from hub.prints.press import NotPrinted, Press
from hub.store import events, ledger, outbox, prints, shipments
from hub.store.events import Event
from hub.store.prints import PrintState
from hub.store.series import draw

log = structlog.get_logger()

_CURSOR = ("", "prints")  # one for all suppliers: nothing is printed afterwards for a supplier who asks for prints later
_AT_ONCE = 200
FOLDER = "prints"


def print_all(hub: Hub, round_id: int) -> int:
    """Number parcels and make every print that is due; returns how many files that makes."""
    _plan(hub)
    return sum(_make(hub, round_id)) + sum(_merge(hub, round_id))


# What falls due


@dataclass(slots=True)
class _Due:
    """What a look at the shipments that something happened to brings about."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    happened: list[Event] = field(default_factory=list)


def _plan(hub: Hub) -> None:
    """Enter the prints that fell due, and number their parcels, in one transaction: no number is lost or given twice."""
    with hub.store.look() as db:
        if outbox.schedule(db, *_CURSOR).last_event == outbox.last_event(db):
            return
    with hub.store.change() as db:
        after, last = outbox.schedule(db, *_CURSOR).last_event, outbox.last_event(db)
        causes = prints.touched(db, after)
        due = _Due()
        for paper in papers(db, prints.orders_of(db, causes)) if _anybody(hub) else ():
            for shipment in paper.shipments.values():
                if shipment.id in causes:
                    _look_at(hub, db, paper, shipment, causes[shipment.id], due)
        prints.enter(db, due.rows)
        events.note(db, due.happened)
        outbox.set_schedule(db, *_CURSOR, outbox.Schedule(None, last))


def _anybody(hub: Hub) -> bool:
    return any(each.prints or each.tracking for each in hub.workspace.partners.values())


def _look_at(hub: Hub, db: Connection, paper: Paper, shipment: Row[Any], cause: int | None, due: _Due) -> None:
    supplier = hub.workspace.partners.get(shipment.supplier)
    if supplier is None or paper.order.document_type == PURCHASE_ORDER:  # goods that come in need no label
        return
    mine = [line for line in paper.lines if line.shipment == shipment.id]
    labels = [each for each in supplier.prints if each.what is PrintWhat.LABEL]
    at_once = [*supplier.prints, *([] if labels or supplier.tracking is None else [_AT_ONCE_NUMBERED])]
    own = _OWN_PARCEL if any(each.on is PrintOn.CREATED for each in at_once) else None
    known, arrived = paper.parcels.get(shipment.id, []), any(line.delivered_quantity is not None for line in mine)
    told = arrived or any(_told_by_him(paper, each, own) for each in known)
    now_on = {on for on in PrintOn if _reached(on, supplier, shipment, arrived=arrived or bool(known), told=told, lines=mine)}
    wanted = [each for each in supplier.prints if each.on in now_on]
    numbered = supplier.tracking is not None and any(each.on in now_on for each in labels or [_AT_ONCE_NUMBERED])
    if not wanted and not numbered:
        return
    parcels = known or [prints.add_parcel(db, shipment.id, _OWN_PARCEL)]
    done = prints.known(db, [each.id for each in parcels])
    for parcel in parcels:
        trouble = _number(hub, db, paper, shipment, supplier, parcel, due) if numbered and not parcel.tracking_number else None
        if trouble:
            _blame(db, cause, shipment.number, "label" if labels else "tracking number", trouble)
        if trouble and not labels:
            _stop(hub, db, shipment, trouble, due)
        for each in wanted:
            if (parcel.id, each.what.value, each.format.value) in done or _his_own(each, parcel):
                continue
            failed = trouble if each.what is PrintWhat.LABEL else None
            state = PrintState.FAILED if failed else PrintState.OWED
            row = {"parcel": parcel.id, "supplier": supplier.id, "what": each.what.value, "format": each.format.value}
            due.rows.append(row | {"state": state.value, "cause": cause, "error": failed})


_OWN_PARCEL = "1"
"""The parcel that the hub makes with the order."""
_AT_ONCE_NUMBERED = Print(what=PrintWhat.LABEL, on=PrintOn.CREATED)  # a supplier who prints his own labels gets numbers at once


def _told_by_him(paper: Paper, parcel: Row[Any], own: str | None) -> bool:
    """Whether the supplier has said anything of a parcel; `own` is the one that the hub has made with the order."""
    return parcel.parcel != own or bool(paper.contents[parcel.id]) or bool(parcel.number_by == NumberBy.SUPPLIER)


def _reached(on: PrintOn, supplier: Partner, shipment: Row[Any], *, arrived: bool, told: bool, lines: Sequence[Row[Any]]) -> bool:
    """Whether a shipment has come to the moment at which something is printed.

    In: whether a parcel or quantity is known of it, and whether one that the supplier himself has told.
    """
    status = Status(shipment.status)
    if status is Status.CANCELLED:
        return False
    match on:
        case PrintOn.CREATED:
            return status is Status.CREATED or arrived
        case PrintOn.PARCELS:
            return told or status is Status.DELIVERED
        case PrintOn.DELIVERED:
            in_parts = (
                supplier.short is Short.STAYS_OPEN and status not in FINAL and any(each.delivered_quantity for each in lines)
            )
            return status is Status.DELIVERED or in_parts


def _his_own(each: Print, parcel: Row[Any]) -> bool:
    """A supplier's own tracking number means that he has a label of his own."""
    return each.what is PrintWhat.LABEL and parcel.tracking_number is not None and parcel.number_by == NumberBy.SUPPLIER


def _number(
    hub: Hub, db: Connection, paper: Paper, shipment: Row[Any], supplier: Partner, parcel: Row[Any], due: _Due
) -> str | None:
    """Give a parcel its tracking number; what went wrong, where the range is used up."""
    if supplier.tracking is None:
        return None
    number = prints.number_parcel(db, parcel.id, supplier.tracking.range())
    if number is None:
        return f"the range of tracking numbers of {supplier.id} is used up"
    told = {"retailer": paper.order.retailer, "order": paper.order.id, "shipment": shipment.id}
    due.happened.append(Event(hub.clock(), "parcel", "hub", after=number, reason=f"parcel {parcel.parcel}", **told))
    return None


def _stop(hub: Hub, db: Connection, shipment: Row[Any], why: str, due: _Due) -> None:
    """A shipment whose file should bring its number goes nowhere without one: it is in Error until `hub retry`."""
    for each in shipments.fail(db, [shipment.id], hub.clock()):
        before, after = each.shipment.status, Status.ERROR
        due.happened.append(
            Event(hub.clock(), "status", "hub", each.retailer, each.order, each.id, before.value, after.value, reason=why)
        )


def _blame(db: Connection, cause: int | None, shipment: str, what: str, why: str) -> None:
    """Tell the partner whose file brought it about: what he sent is kept, the print is not made."""
    log.warning("print_failed", shipment=shipment, what=what)
    if cause is None:
        return
    message = f"kept, but the {what} of shipment {shipment} could not be made: {why}"
    hint = "Nothing to mend in this file: the hub's admin has been told and makes it again."
    ledger.add_problem(db, cause, Problem(Code.CARRIER, message, hint, Level.WARNING, field="shipment", record=shipment))


def _tell_odd(db: Connection, row: Row[Any], odd: Sequence[Odd]) -> None:
    """Tell the partner whose file brought it about what is not printed as it was sent; once for a shipment."""
    if not odd:
        return
    log.warning("print_spelled", shipment=row.number, what=row.what, texts=len(odd))
    if row.cause is None:
        return
    told = {(each.code, each.record, each.value) for each in ledger.problems_of(db, row.cause)}
    for text, field_ in {seen(each.text): _field(each) for each in odd}.items():
        if (Code.CHARACTERS, row.number, text) not in told:
            message = f"the prints of shipment {row.number} spell this otherwise, or leave out what has no letters"
            hint = "Send it in Latin, Greek or Cyrillic letters; or the hub's admin puts a font that has these into prints/fonts."
            known = Problem(Code.CHARACTERS, message, hint, Level.WARNING, field=field_, record=row.number, value=text)
            ledger.add_problem(db, row.cause, known)


def _field(odd: Odd) -> str:
    """The field of an order that a text of a print comes from."""
    return odd.field.replace("receiver.", "ship_to.").replace("to.lines", "to.address1").replace("r.lines", "r.address1")


# What is made


@dataclass(frozen=True, slots=True)
class _Job:
    """The prints of one supplier, kind and format, and how they are made."""

    hub: Hub
    supplier: Partner
    what: PrintWhat
    format: PrintFormat
    round_id: int
    writer: Writer
    glyphs: Glyphs
    on_paper: dict[int, tuple[Paper, Row[Any]]]

    def write(self, row: Row[Any]) -> tuple[Label | Note, list[Odd]]:
        """What is printed, and the texts in it for which there are no letters."""
        paper, parcel = self.on_paper[row.parcel]
        if self.what is PrintWhat.LABEL:
            return self.glyphs.spell(self.writer.label(paper, parcel))
        return self.glyphs.spell(self.writer.note(paper, parcel))

    def file(self, db: Connection, name: str, data: bytes, rows: Sequence[Row[Any]], seq: int | None = None) -> int:
        """Archive a print, ready to deliver under a name that no earlier file of the supplier had."""
        hub, now = self.hub, self.hub.clock()
        (free,) = outbox.free_names(db, self.supplier.id, [name])
        kind = self.what.value if seq is None else f"{self.what.value}s"
        out = ledger.Outgoing(self.supplier.id, free, kind, None, None, len(data), hub.archive.prepare(data), len(rows), seq)
        (file,) = ledger.ready(db, [out], now, self.round_id)
        hub.archive.file_in(db, {file: data})
        outbox.carry(db, [(file, row.order, row.shipment) for row in rows])
        return file


def _jobs(hub: Hub, state: PrintState, round_id: int) -> Iterator[tuple[_Job, list[Row[Any]]]]:
    """The prints in a state with all that is needed to make them, a few hundred at a time; an inactive supplier's wait."""
    with hub.store.look() as db:
        waiting = prints.in_state(db, state)
    for (supplier_id, what, form), rows in waiting.items():
        supplier = hub.workspace.partners.get(supplier_id)
        if supplier is None or not supplier.active:
            continue
        step = _AT_ONCE if state is PrintState.OWED else len(rows)
        for at in range(0, len(rows), step):
            some = rows[at : at + step]
            with hub.store.look() as db:
                orders = list(papers(db, [row.order for row in some]))
                writer = Writer.of(hub, db, supplier, orders, Pictures(hub.home))
            on_paper = {parcel.id: (paper, parcel) for paper in orders for mine in paper.parcels.values() for parcel in mine}
            glyphs = Glyphs() if form is PrintFormat.ZPL else Glyphs.of(hub.home / FOLDER / "fonts")
            yield _Job(hub, supplier, what, form, round_id, writer, glyphs, on_paper), some


def _make(hub: Hub, round_id: int) -> Iterator[int]:
    """Make the prints that are owed, each its own file: rendered outside, filed with others in one short transaction."""
    for job, rows in _jobs(hub, PrintState.OWED, round_id):
        written: dict[int, tuple[Label | Note, list[Odd]]] = {}
        trouble: dict[int, str] = {}
        for row in rows:
            try:
                written[row.id] = job.write(row)
            except NotPrinted as error:
                trouble[row.id] = str(error)
        made: dict[int, bytes] = {}
        with _press(job) as press:
            for print_id, (content, _) in written.items():
                try:
                    made[print_id] = press([content])
                except NotPrinted as error:
                    trouble[print_id] = str(error)
        with hub.store.change() as db:
            for row in rows:
                if row.id in trouble:
                    prints.failed(db, row.id, trouble[row.id])
                    _blame(db, row.cause, row.number, job.what.value, trouble[row.id])
                else:
                    parcel = re.sub(r"[^A-Za-z0-9._-]", "_", job.on_paper[row.parcel][1].parcel)
                    name = f"{row.number}-{parcel}.{job.what.value}.{job.format.value}"
                    prints.made(db, row.id, job.file(db, name, made[row.id], [row]))
                    _tell_odd(db, row, written[row.id][1])
        log.info("prints_made", partner=job.supplier.id, kind=job.what.value, made=len(made), failed=len(trouble))
        yield len(made)


def _merge(hub: Hub, round_id: int) -> Iterator[int]:
    """Put what was made since the last merged file into one, so that the supplier prints once."""
    for job, rows in _jobs(hub, PrintState.MADE, round_id):
        try:
            written = [job.write(row)[0] for row in rows]
            with _press(job) as press:
                data = press(written)
        except NotPrinted as error:
            log.warning("merge_failed", partner=job.supplier.id, kind=job.what.value, error=str(error))
            continue
        with hub.store.change() as db:
            seq = draw(db, f"seq/{job.supplier.id}/{job.what.value}s.{job.format.value}")
            name = f"{job.what.value}s_{seq}.{job.format.value}"
            prints.merged(db, [row.id for row in rows], job.file(db, name, data, rows, seq))
        yield 1


@contextmanager
def _press(job: _Job) -> Iterator[Callable[[Sequence[Any]], bytes]]:
    """How a job's labels or notes become bytes. Open it when they are written: it takes their pictures along."""
    sizes = [each.size for each in job.supplier.prints if (each.what, each.format) == (job.what, job.format)]
    size = sizes[0] if sizes else LabelSize.TALL
    if job.format is PrintFormat.ZPL:
        yield lambda some: b"".join(label_zpl(each, size) for each in some)
        return
    aside = job.hub.home / VAR / TEMPORARY  # swept at the next start, should this one die
    with Press(job.hub.home / FOLDER, job.writer.pictures.by_name, aside) as press:
        yield (lambda some: press.labels(some, size)) if job.what is PrintWhat.LABEL else press.notes
