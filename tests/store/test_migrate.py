"""An upgrade is one transaction: whenever it dies, the old schema is whole and the next upgrade does it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, event

from hub.store import connection, migrate
from hub.store.connection import HEAD, open_store, schema_of

URL = "sqlite:///var/hub.db"
MIGRATIONS = str(Path(connection.__file__).parent / "migrations")


def config() -> Config:
    made = Config()
    made.set_main_option("script_location", MIGRATIONS)
    return made


OLDER = sorted(each.revision for each in ScriptDirectory.from_config(config()).walk_revisions() if each.revision != HEAD)


def old_store(home: Path, revision: str) -> None:
    (home / "var").mkdir()
    engine = create_engine(f"sqlite:///{home / 'var/hub.db'}")
    with engine.begin() as db:
        ours = config()
        ours.attributes["connection"] = db
        command.upgrade(ours, revision)
    engine.dispose()


def schema(home: Path) -> list[tuple[str, str]]:
    with closing(sqlite3.connect(home / "var/hub.db")) as db:
        return sorted(db.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL"))


class Died(Exception):
    """Stands for the end of the process: nothing after it is done."""


@pytest.mark.parametrize("revision", OLDER)
def test_an_upgrade_that_dies_at_any_statement_leaves_the_old_schema_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, revision: str
) -> None:
    old_store(tmp_path, revision)
    before, statements, at = schema(tmp_path), 0, 0
    engine_for = connection._engine

    def counted(url: str, home: Path) -> object:
        engine = engine_for(url, home)

        @event.listens_for(engine, "before_cursor_execute")
        def _statement(*_: object) -> None:
            nonlocal statements
            statements += 1
            if statements == at:
                raise Died

        return engine

    monkeypatch.setattr(connection, "_engine", counted)
    deaths = 0
    while schema(tmp_path) == before:
        at, statements = at + 1, 0
        try:
            open_store(URL, tmp_path).close()
        except Died:
            deaths += 1
            assert schema(tmp_path) == before, f"statement {at}"
    assert deaths > 5
    at = 0
    assert schema_of(URL, tmp_path) == HEAD


@pytest.mark.parametrize("revision", OLDER)
def test_an_older_store_is_not_upgraded_unasked(tmp_path: Path, revision: str) -> None:
    old_store(tmp_path, revision)
    with pytest.raises(migrate.StoreTooOld, match="run hub migrate"):
        open_store(URL, tmp_path, upgrade=False)
    assert schema_of(URL, tmp_path) == revision
