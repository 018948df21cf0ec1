"""Open the store: the only place where transactions begin, and where the schema is brought up to date."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError

from hub.domain.problems import HubError, Unreachable

HEAD = "0002"
"""The newest revision under migrations/; a test holds it equal to Alembic's own view."""

_BUSY_MS = 120_000


class StoreTooNew(HubError):
    """The store was written by a newer hub; install that version."""


class StoreMissing(HubError):
    """The driver of the store is not installed; install it."""


class Store:
    """The hub's memory: SQLite in the workspace, or PostgreSQL by URL."""

    def __init__(self, engine: Engine) -> None:
        """Use `open_store`, which also brings the schema up to date."""
        self.engine = engine

    @contextmanager
    def change(self) -> Iterator[Connection]:
        """One transaction that writes: all of it or nothing. On SQLite it holds the write lock from its start."""
        with self._begin({}) as db:
            yield db

    @contextmanager
    def look(self) -> Iterator[Connection]:
        """One transaction that only reads, beside a running hub."""
        with self._begin({"hub_looks": True}) as db:
            yield db

    @contextmanager
    def _begin(self, options: dict[str, Any]) -> Iterator[Connection]:
        try:
            with self.engine.connect().execution_options(**options) as db, db.begin():
                yield db
        except OperationalError as error:
            raise Unreachable(f"the store does not answer: {error.orig}") from error

    def close(self) -> None:
        """Let go of every connection."""
        self.engine.dispose()


def open_store(url: str, home: Path) -> Store:
    """Open the store of a workspace and migrate it; a relative SQLite path starts at `home`."""
    where = make_url(url)
    if where.get_backend_name() == "sqlite" and where.database not in (None, "", ":memory:"):
        path = home / str(where.database)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        where = where.set(database=str(path))
        if not path.exists():
            path.touch(mode=0o600)
    engine = _engine(where)
    if where.get_backend_name() == "sqlite":
        _prepare_sqlite(engine)
    _migrate(engine)
    return Store(engine)


def _engine(where: URL) -> Engine:
    try:
        return create_engine(where)
    except ModuleNotFoundError as missing:
        raise StoreMissing(f"{where.get_backend_name()} needs the package {missing.name}; install hub[postgresql]") from missing


def _prepare_sqlite(engine: Engine) -> None:
    """WAL with full sync (NORMAL loses acknowledged files in a power cut), and writes that queue instead of failing late."""

    @event.listens_for(engine, "connect")
    def _connected(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None  # the driver's own transactions start too late; see `_begun`
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute(f"PRAGMA busy_timeout={_BUSY_MS}")

    @event.listens_for(engine, "begin")
    def _begun(connection: Connection) -> None:
        looks = connection.get_execution_options().get("hub_looks")
        connection.exec_driver_sql("BEGIN" if looks else "BEGIN IMMEDIATE")


def _migrate(engine: Engine) -> None:
    """Bring the schema to HEAD; Alembic is imported only when there is something to do."""
    with engine.connect().execution_options(hub_looks=True) as db:
        known = inspect(db).has_table("alembic_version")
        revision = db.execute(text("SELECT version_num FROM alembic_version")).scalar() if known else None
    if revision == HEAD:
        return
    if revision is not None and revision > HEAD:
        raise StoreTooNew(f"the store has schema {revision}, this hub knows {HEAD}; install the newer hub")
    # The upgrade reads the revision again under the write lock, so that two hubs at once do it only once.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    with engine.begin() as db:
        config.attributes["connection"] = db
        command.upgrade(config, "head")
