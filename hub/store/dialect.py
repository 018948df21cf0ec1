"""What SQLAlchemy spells per database: INSERT … ON CONFLICT, indexes of some rows only, the names of constraints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Index, Table, func, select, text
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}
"""What is not named by hand is named alike on every database."""


def put(db: Connection, table: Table, key: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows; one whose key is there already is overwritten in the columns that the rows name."""
    if not rows:
        return
    insert = _insert(db)(table)
    changed = {name: insert.excluded[name] for name in rows[0] if name not in key}
    db.execute(insert.on_conflict_do_update(index_elements=list(key), set_=changed), list(rows))


def counted(db: Connection, table: Table, name: str, start: int, step: int, most: int | None = None) -> int | None:
    """Move a counter (`name`, `value`) on by `step`, or begin it at `start`; its new value, None where that would exceed `most`.

    One statement: whoever counts at the same time waits for this transaction.
    """
    insert = _insert(db)(table).values(name=name, value=start)
    moved = insert.on_conflict_do_update(
        index_elements=["name"],
        set_={"value": table.c.value + step},
        where=None if most is None else table.c.value + step <= most,
    )
    value = db.execute(moved.returning(table.c.value)).scalar()
    return None if value is None else int(value)


def next_ids(db: Connection, table: Table, many: int) -> list[int]:
    """The ids that the database itself would give to the next rows, ascending. Needs a transaction that writes."""
    if db.dialect.name == "postgresql":
        drawn = func.nextval(func.pg_get_serial_sequence(table.name, "id"))
        return sorted(db.execute(select(drawn).select_from(func.generate_series(1, many))).scalars())
    last = db.execute(select(func.max(table.c.id))).scalar() or 0
    return list(range(last + 1, last + 1 + many))


def _insert(db: Connection) -> Any:
    if db.dialect.name != "postgresql":
        return sqlite_insert
    from sqlalchemy.dialects.postgresql import insert as postgresql_insert  # loads every driver's dialect: not on SQLite

    return postgresql_insert


def only(name: str, column: str, where: str) -> Index:
    """An index of the few rows that still want something done, so that a poll does not cost more with every year.

    The migrations make it, on PostgreSQL with the same condition; said here as well, every start would load that dialect.
    """
    return Index(name, column, sqlite_where=text(where))
