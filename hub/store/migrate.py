"""Bring the schema up to date, in one transaction: an upgrade that is interrupted leaves the old schema whole."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

from hub.domain.problems import HubError

AT_ONCE = Path(__file__).with_name("new.sql")
"""What all migrations lead to, statement by statement: a new store on SQLite is made of it in a tenth of their time."""


class StoreTooNew(HubError):
    """The store was written by a newer hub; install that version."""


class StoreTooOld(HubError):
    """The store was written by an older hub; migrate it."""


def revision(db: Connection) -> str | None:
    """The schema that the store has; None for an empty one."""
    if not inspect(db).has_table("alembic_version"):
        return None
    found = db.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return None if found is None else str(found)


def bring_up(engine: Engine, head: str, *, older: bool) -> None:
    """Make the schema `head` in an empty store, and upgrade an older one when `older` allows it.

    Raises StoreTooNew, StoreTooOld.
    """
    with engine.connect().execution_options(hub_looks=True) as db:
        found = revision(db)
    if found == head:
        return
    if found is not None and found > head:
        raise StoreTooNew(f"the store has schema {found}, this hub knows {head}; install the newer hub")
    if found is not None and not older:
        raise StoreTooOld(f"the store has schema {found} of an older hub, this one needs {head}; run hub migrate")
    if found is None and engine.dialect.name == "sqlite":
        _make_at_once(engine)
    else:
        _upgrade(engine)


def _make_at_once(engine: Engine) -> None:
    """Make the tables of a new store, unless another hub made them meanwhile."""
    with engine.begin() as db:
        if revision(db) is None:
            for statement in AT_ONCE.read_text(encoding="utf-8").split("\n\n"):
                db.exec_driver_sql(statement)


def _upgrade(engine: Engine) -> None:
    """Alembic reads the revision again under the write lock, so that two hubs at once do it only once."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    with engine.connect() as db:
        sqlite = db.dialect.name == "sqlite"
        if sqlite:  # a table that is made anew would look to its foreign keys as if all its rows were deleted
            db.connection.cursor().execute("PRAGMA foreign_keys=OFF")
        try:
            with db.begin():
                config.attributes["connection"] = db
                command.upgrade(config, "head")
                if sqlite and db.execute(text("PRAGMA foreign_key_check")).first() is not None:
                    raise AssertionError("the upgrade left rows that refer to nothing")
        finally:
            if sqlite:
                db.connection.cursor().execute("PRAGMA foreign_keys=ON")
