"""Numbers drawn without gaps or doubles: the draw commits with what it numbers."""

from __future__ import annotations

from sqlalchemy import Connection, select

from hub.store.dialect import counted
from hub.store.schema import series


def draw(db: Connection, name: str, many: int = 1) -> int:
    """Draw `many` numbers of a series and return the first; they start at 1. Needs a transaction that writes."""
    last = counted(db, series, name, many, many)
    if last is None:
        raise AssertionError("a series without an end has an end")
    return last - many + 1


def draw_within(db: Connection, name: str, first: int, last: int) -> int | None:
    """Draw the next number of a series that runs from `first` to `last`; None when it is used up."""
    return counted(db, series, name, first, 1, last) if first <= last else None


def last_drawn(db: Connection, name: str) -> int | None:
    """The newest number of a series; None before the first."""
    return db.execute(select(series.c.value).where(series.c.name == name)).scalar()
