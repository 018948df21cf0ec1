"""The one thing that SQLAlchemy spells per database: INSERT … ON CONFLICT."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert


def put(db: Connection, table: Table, key: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows; one whose key is there already is overwritten in the columns that the rows name."""
    if not rows:
        return
    insert = (postgresql_insert if db.dialect.name == "postgresql" else sqlite_insert)(table)
    changed = {name: insert.excluded[name] for name in rows[0] if name not in key}
    db.execute(insert.on_conflict_do_update(index_elements=list(key), set_=changed), list(rows))
