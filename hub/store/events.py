"""What happened, when, and who made it happen: the trail that `hub trace` shows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import Connection

from hub.store.many import add_columns
from hub.store.schema import events


class Event(NamedTuple):
    """One thing that happened to an order or shipment; `by` is a partner's id, `hub` or a command."""

    at: datetime
    what: str
    by: str
    retailer: str | None = None
    order: int | None = None
    shipment: int | None = None
    before: str | None = None
    after: str | None = None
    occurred_at: date | datetime | None = None
    reason: str | None = None
    file: int | None = None


_COLUMNS = {"before": "from", "after": "to"}  # the others are named as they are


def note(db: Connection, happened: Sequence[Event]) -> None:
    """Write events down, in order."""
    if happened:
        columns = zip(Event._fields, zip(*happened, strict=True), strict=True)
        add_columns(db, events, {_COLUMNS.get(name, name): list(values) for name, values in columns})
