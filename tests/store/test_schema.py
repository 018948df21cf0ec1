"""The migrations lead to exactly the tables that the code knows."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import insert, select, text

from hub.store import connection
from hub.store.connection import HEAD, Store, open_store
from hub.store.dialect import put
from hub.store.metadata import metadata
from hub.store.migrate import AT_ONCE, StoreTooNew
from hub.store.schema import order_lines, series
from hub.store.series import draw
from tools.new_store import made_by_migrations, written_down


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store("sqlite:///var/hub.db", tmp_path)


def test_a_store_made_at_once_is_what_the_migrations_make(store: Store, tmp_path: Path) -> None:
    made_by_migrations(tmp_path / "migrated.db")
    assert written_down(tmp_path / "var/hub.db") == written_down(tmp_path / "migrated.db"), "run `make docs`"
    assert AT_ONCE.read_text(encoding="utf-8") == written_down(tmp_path / "migrated.db")


def test_the_migrations_make_the_tables_of_the_schema(store: Store) -> None:
    with store.look() as db:
        differences = [each for each in compare_metadata(MigrationContext.configure(db), metadata) if each[0] != "remove_index"]
    assert differences == []


def test_head_is_the_newest_revision() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(connection.__file__).parent / "migrations"))
    assert ScriptDirectory.from_config(config).get_current_head() == HEAD


def test_an_older_hub_refuses_a_newer_store(store: Store, tmp_path: Path) -> None:
    with store.change() as db:
        db.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreTooNew, match="install the newer hub"):
        open_store("sqlite:///var/hub.db", tmp_path)


def test_the_store_is_for_its_owner_only_and_syncs_every_commit(store: Store, tmp_path: Path) -> None:
    assert (tmp_path / "var/hub.db").stat().st_mode & 0o077 == 0
    with store.look() as db:
        pragmas = [db.execute(text(f"PRAGMA {name}")).scalar() for name in ("journal_mode", "synchronous", "foreign_keys")]
    assert pragmas == ["wal", 2, 1]


@pytest.mark.parametrize("number", ["0", "1", "0.000001", "999999999999.999999", "12.50", "-3.1"])
def test_decimals_come_back_exactly(store: Store, number: str) -> None:
    with store.change() as db:
        db.execute(text("PRAGMA foreign_keys=OFF"))
        row = {"order": 1, "position": 0, "line_no": "1", "quantity": Decimal(number), "x": {}, "cancelled_quantity": Decimal(0)}
        db.execute(text("PRAGMA defer_foreign_keys=ON"))
        db.execute(insert(order_lines), [row | {"submitted_at": datetime(2026, 1, 1, tzinfo=UTC)}])
        assert db.execute(select(order_lines.c.quantity)).scalar_one() == Decimal(number)
        db.execute(text("DELETE FROM order_lines"))


def test_a_time_without_a_zone_is_no_moment(store: Store) -> None:
    with store.change() as db, pytest.raises(Exception, match="zone"):
        db.execute(insert(order_lines), [{"submitted_at": datetime(2026, 1, 1)}])  # noqa: DTZ001 - that is the point


def test_numbers_are_drawn_without_gaps_and_given_back_with_their_transaction(store: Store) -> None:
    with store.change() as db:
        assert [draw(db, "a"), draw(db, "a", 3), draw(db, "b"), draw(db, "a")] == [1, 2, 1, 5]
    with suppress(ZeroDivisionError), store.change() as db:
        draw(db, "a")
        raise ZeroDivisionError
    with store.change() as db:
        assert draw(db, "a") == 6


def test_put_overwrites_only_the_columns_that_it_names(store: Store) -> None:
    with store.change() as db:
        put(db, series, ["name"], [{"name": "x", "value": 1}, {"name": "y", "value": 2}])
        put(db, series, ["name"], [{"name": "x", "value": 5}])
        assert {row.name: row.value for row in db.execute(select(series))} == {"x": 5, "y": 2}
        put(db, series, ["name"], [])
