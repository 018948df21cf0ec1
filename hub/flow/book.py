"""Keep a carrier's answers: the tracking numbers of the parcels that he was asked to book, or why he did not."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from hub.domain.checks import Found
from hub.domain.orders import Record
from hub.domain.problems import Code, Fault
from hub.domain.tracking import tracking_numbers
from hub.flow.bookings import not_booked
from hub.flow.hub import Hub, InHand
from hub.flow.tally import Tally
from hub.mapping.reading import Reading
from hub.store import bookings, events, orders
from hub.store.events import Event


def keep_booking_answers(hub: Hub, db: Connection, file: InHand, reading: Reading, now: datetime) -> Tally:  # noqa: ARG001 - every keeper is called alike
    """Note what a carrier says of parcels that he was asked to book; of others he knows nothing."""
    tally = Tally(reading)
    records = {about: reading.batches[about[0]].record(about[1]) for about in tally.open_records()}
    asked: dict[str, list[Row[Any]]] = defaultdict(list)
    for row in bookings.asked_of(db, file.partner.id, {each["shipment"] for each in records.values()}):
        asked[row.number].append(row)
    known = {row.parcel: row.tracking_number for rows in asked.values() for row in rows}
    for about, record in records.items():
        pairs = _meant(record, asked.get(record["shipment"], []), known)
        if isinstance(pairs, Found):
            tally.blame(about, pairs, record["shipment"])
            tally.refuse(about)
            continue
        changed = [_note(db, file, row, number, record.get("error"), now) for row, number in pairs]
        known.update({row.parcel: number for row, number in pairs if number is not None})
        if any(changed):
            tally.accepted += 1
        else:
            tally.unchanged += 1
    return tally


def _meant(record: Record, asked: Sequence[Row[Any]], known: dict[int, str | None]) -> list[tuple[Row[Any], str | None]] | Found:
    """The parcels that an answer is about, each with its tracking number; None for an error."""
    shipment, name = record["shipment"], record.get("parcel")
    if not asked:
        say, hint = "you were not asked to book such a shipment", "Send back the shipment number of the booking."
        return Found("shipment", None, Fault(Code.NO_SHIPMENT, shipment, say, hint))
    numbers = tracking_numbers(record.get("tracking_number"))
    if not numbers and not record.get("error"):
        say = "neither a tracking number nor an error is given"
        return Found("tracking_number", None, Fault(Code.MISSING, None, say, "Send one of the two for each parcel."))
    rows = [row for row in asked if name in (None, row.name)]
    if not rows:
        names = ", ".join(row.name for row in asked)
        fault = Fault(Code.NO_SHIPMENT, name, f"shipment {shipment} has no such parcel with you", f"Its parcels are: {names}.")
        return Found("parcel", None, fault)
    if numbers and name is None and len(rows) > len(numbers):
        waiting = [row for row in rows if known[row.parcel] is None or known[row.parcel] in numbers]
        rows = waiting or rows
    if numbers and len(numbers) != len(rows):
        names = ", ".join(row.name for row in rows)
        fault = Fault(Code.MISSING, None, f"it is not clear whose number this is: parcels {names}", "Name the parcel.")
        return Found("parcel", None, fault)
    return _checked(rows, numbers, known) if numbers else [(row, None) for row in rows]


def _checked(
    rows: Sequence[Row[Any]], numbers: Sequence[str], known: dict[int, str | None]
) -> list[tuple[Row[Any], str | None]] | Found:
    """Parcels paired with their numbers, unless a parcel has another one or a number belongs to another parcel."""
    for row, number in zip(rows, numbers, strict=True):
        if known[row.parcel] not in (None, number):
            say = f"parcel {row.name} has another tracking number already"
            return Found("tracking_number", None, Fault(Code.CHANGED, number, say, "The first one stands."))
        if any(other == number and parcel != row.parcel for parcel, other in known.items()):
            say = "this tracking number belongs to another parcel"
            return Found("tracking_number", None, Fault(Code.DUPLICATE_ROW, number, say, "Send each parcel's own number."))
    return list(zip(rows, numbers, strict=True))


def _note(db: Connection, file: InHand, row: Row[Any], number: str | None, error: str | None, now: datetime) -> bool:
    """Store the answer about one parcel; whether it said anything new."""
    if number is None:
        why = str(error)
        if row.error == why or row.tracking_number is not None:
            return False
        not_booked(db, file.partner.id, [row.parcel], why, now)
        bookings.answered(db, row.parcel, now, why)
        return True
    if row.tracking_number == number and row.error is None:
        return False
    bookings.track(db, row.parcel, number, file.partner.name)
    bookings.answered(db, row.parcel, now, None)
    orders.touch(db, [row.order], now)
    what = Event(now, "booked", file.partner.id, row.retailer, row.order, row.shipment, after=number, file=file.id)
    events.note(db, [what])
    return True
