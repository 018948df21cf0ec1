"""Numbers drawn without gaps or doubles: the draw commits with what it numbers."""

from __future__ import annotations

from sqlalchemy import Connection, select

from hub.store.dialect import put
from hub.store.schema import series


def draw(db: Connection, name: str, many: int = 1) -> int:
    """Draw `many` numbers of a series and return the first; they start at 1. Needs a transaction that writes."""
    last = db.execute(select(series.c.value).where(series.c.name == name)).scalar() or 0
    put(db, series, ["name"], [{"name": name, "value": last + many}])
    return int(last) + 1
