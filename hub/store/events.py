"""What happened, when, and who made it happen: the trail that `hub trace` shows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import Connection

from hub.store.many import add
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

    def row(self) -> dict[str, object]:
        """The event as a row of its table."""
        return {
            "at": self.at,
            "occurred_at": self.occurred_at,
            "retailer": self.retailer,
            "order": self.order,
            "shipment": self.shipment,
            "what": self.what,
            "from": self.before,
            "to": self.after,
            "by": self.by,
            "reason": self.reason,
            "file": self.file,
        }


def note(db: Connection, happened: Sequence[Event]) -> None:
    """Write events down, in order."""
    if happened:
        add(db, events, [each.row() for each in happened])
