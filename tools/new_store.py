"""Write hub/store/new.sql, of which a new store on SQLite is made, from the migrations: `make docs`."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine

from hub.store.migrate import AT_ONCE

MIGRATIONS = AT_ONCE.with_name("migrations")


def made_by_migrations(path: Path) -> None:
    """Make a store on SQLite by every migration in turn."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as db:
        config.attributes["connection"] = db
        command.upgrade(config, "head")
    engine.dispose()


def written_down(path: Path) -> str:
    """A store on SQLite as the statements that make it; blank lines part them.

    Indexes (last) and constraints stand by name: Alembic makes those of a table in any order.
    """
    with closing(sqlite3.connect(path)) as db:
        statements = [_in_order(each) for each in list(db.iterdump())[1:-1]]  # without BEGIN and COMMIT
    return "\n\n".join(sorted(statements, key=lambda each: each if "INDEX" in each[:20] else "")) + "\n"


def _in_order(statement: str) -> str:
    lines = [each.rstrip() for each in statement.split("\n")]
    rules = sorted(each.removesuffix(",") for each in lines if each.startswith("\tCONSTRAINT"))
    if not rules:
        return statement
    return "\n".join([each for each in lines[:-1] if each.removesuffix(",") not in rules] + [",\n".join(rules), lines[-1]])


if __name__ == "__main__":
    with TemporaryDirectory() as folder:
        made_by_migrations(Path(folder, "hub.db"))
        AT_ONCE.write_text(written_down(Path(folder, "hub.db")), encoding="utf-8")
