"""Open the store: the only place where transactions begin."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DatabaseError, OperationalError

from hub.config.private import private_folder
from hub.domain.problems import HubError, StoreAway
from hub.store import migrate

HEAD = "0011"
"""The newest revision under migrations/; a test holds it equal to Alembic's own view."""

CACHE_KB = 65_536
"""How much of the store a connection may hold in memory: a large load would else write the same pages again and again."""

PAGE = 8192
"""Bytes of a page: a large load writes each page twice, by a call of the system for each."""

BUSY_SECONDS = 120
"""How long a transaction waits for whoever holds the store."""

_DAMAGED = ("malformed", "not a database")
_CURES = {
    "unable to open database file": "its user needs to read and write in the store's folder (var)",
    "readonly database": "its user needs to write in the store's folder (var)",
}


class StoreDamaged(HubError):
    """The store is broken; restore it from a backup."""

    def __init__(self, what: str) -> None:
        """Say what was seen."""
        super().__init__(f"the store is damaged ({what}); nothing was changed: stop the hub and restore a backup")


class StoreMissing(HubError):
    """The driver of the store is not installed; install it."""


Fence = Callable[[Connection], None]
"""Asked at the head of a transaction that writes; it raises LockLost when the store is this hub's no longer."""


class Store:
    """The hub's memory: SQLite in the workspace, or PostgreSQL by URL.

    Whoever holds the store for himself (`service/lock`) sets its `fence`.
    """

    def __init__(self, engine: Engine) -> None:
        """Use `open_store`, which also brings the schema up to date."""
        self.engine = engine
        self.fence: Fence | None = None

    @contextmanager
    def change(self) -> Iterator[Connection]:
        """One transaction that writes: all of it or nothing. On SQLite it holds the write lock from its start."""
        with self._begin({}) as db:
            if self.fence is not None:
                self.fence(db)
            yield db

    def require_held(self) -> None:
        """Before something is changed outside the store: raises LockLost when the store is this hub's no longer."""
        if self.fence is not None:
            with self.change():
                pass

    @contextmanager
    def look(self) -> Iterator[Connection]:
        """One transaction that only reads, beside a running hub."""
        with self._begin({"hub_looks": True}) as db:
            yield db

    @contextmanager
    def _begin(self, options: dict[str, Any]) -> Iterator[Connection]:
        with _told_apart(), self.engine.connect().execution_options(**options) as db, db.begin():
            yield db

    def prove(self, *, whole: bool = False) -> None:
        """Look whether the store is sound; `whole` compares indexes with their tables too. Raises StoreDamaged."""
        if self.engine.dialect.name != "sqlite":
            return
        with self.look() as db:
            found = list(db.execute(text("PRAGMA integrity_check(3)" if whole else "PRAGMA quick_check(3)")).scalars())
        if found != ["ok"]:
            raise StoreDamaged("; ".join(map(str, found)).replace("\n", " ")[:300])

    def compact(self, tables: Sequence[str]) -> None:
        """Give back the free pages of some tables, so that what was deleted cannot be read from the store's files any more."""
        if self.engine.dialect.name == "postgresql":
            with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as db:
                db.exec_driver_sql(f"VACUUM FULL {', '.join(tables)}")
            return
        raw = self.engine.raw_connection()  # SQLite compacts outside any transaction only
        try:
            for command in ("VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"):
                raw.cursor().execute(command)
        finally:
            raw.close()

    def close(self) -> None:
        """Let go of every connection."""
        self.engine.dispose()


@contextmanager
def _told_apart() -> Iterator[None]:
    """Tell a store that is busy, full or away from one that is broken."""
    try:
        yield
    except (DatabaseError, sqlite3.DatabaseError) as error:
        why = str(error.orig if isinstance(error, DatabaseError) else error)
        if any(word in why for word in _DAMAGED):
            raise StoreDamaged(why) from error
        if isinstance(error, (OperationalError, sqlite3.OperationalError)):
            cure = next((f"; {cure}" for said, cure in _CURES.items() if said in why), "")
            raise StoreAway(f"the store does not answer: {why}{cure}") from error
        raise


def sqlite_file(url: str, home: Path) -> Path | None:
    """Where an SQLite store lies, a relative path starting at `home`; None for another store."""
    where = make_url(url)
    if where.get_backend_name() != "sqlite" or where.database in (None, "", ":memory:"):
        return None
    return home / str(where.database)


def open_store(url: str, home: Path, *, upgrade: bool = True) -> Store:
    """Open the store of a workspace, and make it on first use; a relative SQLite path starts at `home`.

    A store of an older hub is migrated with `upgrade`, else StoreTooOld is raised: whoever does not hold the
    workspace must not change the schema under a running hub.
    """
    path = sqlite_file(url, home)
    if path is not None and not path.exists():
        private_folder(path.parent)
        path.touch(mode=0o600)
    engine = _engine(url, home)
    with _told_apart():
        migrate.bring_up(engine, HEAD, older=upgrade)
    return Store(engine)


def schema_of(url: str, home: Path) -> str | None:
    """The schema that a store has now; None for one that is not there yet."""
    path = sqlite_file(url, home)
    if path is not None and not path.exists():
        return None
    engine = _engine(url, home)
    with _told_apart(), engine.connect().execution_options(hub_looks=True) as db:
        found = migrate.revision(db)
    engine.dispose()
    return found


def _engine(url: str, home: Path) -> Engine:
    where, path = make_url(url), sqlite_file(url, home)
    if path is not None:
        where = where.set(database=str(path))
    try:
        engine = create_engine(where)
    except ModuleNotFoundError as missing:
        raise StoreMissing(f"{where.get_backend_name()} needs the package {missing.name}; install hub[postgresql]") from missing
    if where.get_backend_name() == "sqlite":
        _prepare_sqlite(engine)
    else:
        _prepare_postgresql(engine)
    return engine


def _prepare_sqlite(engine: Engine) -> None:
    """WAL with full sync (NORMAL loses acknowledged files in a power cut), and writes that queue instead of failing late."""

    @event.listens_for(engine, "connect")
    def _connected(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None  # the driver's own transactions start too late; see `_begun`
        connection.execute(f"PRAGMA page_size={PAGE}")  # of a new store; one that is there keeps its own
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute(f"PRAGMA cache_size=-{CACHE_KB}")
        connection.execute("PRAGMA temp_store=MEMORY")  # else a large load writes its statement journal to disk row by row
        connection.execute(f"PRAGMA busy_timeout={BUSY_SECONDS * 1000}")

    @event.listens_for(engine, "begin")
    def _begun(connection: Connection) -> None:
        looks = connection.get_execution_options().get("hub_looks")
        connection.exec_driver_sql("BEGIN" if looks else "BEGIN IMMEDIATE")


def _prepare_postgresql(engine: Engine) -> None:
    """Wait for another's rows as long as SQLite waits for its one writer, and no longer."""

    @event.listens_for(engine, "connect")
    def _connected(connection: Any, _record: object) -> None:
        connection.execute(f"SET lock_timeout = '{BUSY_SECONDS}s'")
        connection.commit()
