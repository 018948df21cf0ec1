"""Verify, backup and migrate, as an operator uses them."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine

from hub.config.workspace import open_workspace
from hub.service.lock import hold
from hub.store import connection
from hub.store.connection import HEAD
from tests.cli.conftest import Run, write


def change(home: Path, statement: str, *values: object) -> None:
    """What somebody does past the hub."""
    with closing(sqlite3.connect(home / "var/hub.db")) as db, db:
        db.execute(statement, values)


def exported(run: Run, home: Path, kind: str) -> Any:
    return json.loads(run("export", kind, "--home", home).stdout)


def test_what_nobody_touched_agrees_and_the_head_is_told(run: Run, worked: Path) -> None:
    told = run("verify", "--home", worked)
    assert (told.exit_code, told.stdout) == (0, "")
    assert "all agree" in told.stderr
    found = json.loads(run("verify", "--home", worked, "--json").stdout)
    assert found["wrong"] == []
    assert found["entries"] > found["files"] > 5
    assert found["head"] in told.stderr


TAMPERED = {
    "an entry was changed": ("UPDATE journal SET name = 'other.csv' WHERE seq = 2", "entry 2 of the journal"),
    "an entry was removed": ("DELETE FROM journal WHERE seq = 3", "the journal lacks entry 3"),
    "a file was renamed in the ledger": (
        "UPDATE files SET name = 'other.csv' WHERE id = 1",
        "its name is other.csv in the ledger",
    ),
    "a file was removed from the ledger": ("DELETE FROM files WHERE id = 1", "no more in the ledger"),
    "a file was entered past the hub": (
        "INSERT INTO files (id, direction, partner, name, state, read, accepted, unchanged, refused, skipped, size, sha256, at,"
        " crashes, attempts) VALUES (9999, 'in', 'webshop', 'x', 'done', 0, 0, 0, 0, 0, 1, 'a', 1, 0, 0)",
        "file 9999, x of webshop: the journal knows nothing of it",
    ),
    "a verdict was turned": ("UPDATE files SET state = 'quarantined' WHERE id = 1", "the journal never saw it quarantined"),
    "a content was changed": ("UPDATE contents SET body = x'6f74686572' WHERE file = 1", "its content was changed afterwards"),
    "a content was removed": ("DELETE FROM contents WHERE file = 1", "is not in the archive any more"),
}


@pytest.mark.parametrize("what", TAMPERED)
def test_verify_says_what_was_changed_past_the_hub(run: Run, worked: Path, what: str) -> None:
    statement, said = TAMPERED[what]
    change(worked, "PRAGMA foreign_keys=OFF")
    change(worked, statement)
    told = run("verify", "--home", worked)
    assert told.exit_code == 1
    assert said in told.stdout


def test_an_entry_that_was_put_right_with_its_hash_still_breaks_the_chain(run: Run, worked: Path) -> None:
    with closing(sqlite3.connect(worked / "var/hub.db")) as db, db:
        old = db.execute("SELECT hash FROM journal WHERE seq = 2").fetchone()[0]
        db.execute("UPDATE journal SET hash = ? WHERE seq = 2", (old[::-1],))
    told = run("verify", "--home", worked)
    assert "entry 3 of the journal does not follow from the one before it" in told.stdout


def test_a_large_file_that_loses_one_bit_in_the_archive_is_found(run: Run, home: Path) -> None:
    write(home, "inbox/supplier/products.csv", "SKU;x\n" + "A;1\n" * 30_000)
    assert run("once", "--home", home).exit_code == 0
    [path] = [each for each in (home / "var/archive").rglob("*") if each.is_file()]
    data = bytearray(path.read_bytes())
    data[70_000] ^= 1
    path.write_bytes(data)
    assert "products.csv of supplier: its content was changed" in run("verify", "--home", home).stdout


def test_a_damaged_archive_holds_up_only_the_file_that_it_damaged(run: Run, worked: Path) -> None:
    """An outgoing file whose bytes were changed is never sent again as if it were right."""
    number = next(each["id"] for each in exported(run, worked, "files") if each["direction"] == "out")
    change(worked, "UPDATE contents SET body = x'6f74686572' WHERE file = ?", number)
    assert run("retry", number, "--home", worked).exit_code == 0
    assert next(each for each in exported(run, worked, "files") if each["id"] == number)["state"] == "quarantined"


def test_a_corrupt_store_is_refused_with_what_to_do_and_left_as_it_is(run: Run, worked: Path) -> None:
    path = worked / "var/hub.db"
    change(worked, "PRAGMA wal_checkpoint(TRUNCATE)")
    data = bytearray(path.read_bytes())
    for page in range(2, len(data) // 4096 - 1):
        data[page * 4096 : page * 4096 + 64] = os.urandom(64)
    path.write_bytes(data)
    write(worked, "inbox/webshop/late.csv", "Order\n")
    for words in (("once",), ("verify",), ("status",)):
        told = run(*words, "--home", worked)
        assert told.exit_code == 1, words
        assert "the store is damaged" in told.stderr
        assert "restore a backup" in told.stderr
    assert path.read_bytes() == bytes(data)
    assert (worked / "inbox/webshop/late.csv").exists()


def test_something_that_is_no_store_is_refused(run: Run, worked: Path) -> None:
    for path in (worked / "var").glob("hub.db*"):
        path.unlink()
    (worked / "var/hub.db").write_text("this is a letter to grandmother " * 100)
    told = run("status", "--home", worked)
    assert told.exit_code == 1
    assert "not a database" in told.stderr


def test_a_backup_is_itself_a_workspace_and_is_made_beside_a_running_hub(run: Run, worked: Path, tmp_path: Path) -> None:
    to = tmp_path / "monday"
    with hold(open_workspace(worked), 0):
        told = run("backup", to, "--home", worked)
    assert told.exit_code == 0
    assert str(to) in told.stderr
    assert run("verify", "--home", to).exit_code == 0
    assert exported(run, to, "orders") == exported(run, worked, "orders")
    assert to.stat().st_mode & 0o077 == 0
    assert run("backup", to, "--home", worked).exit_code == 1, "a backup is never overwritten"


def test_yesterdays_copy_is_put_back_and_work_goes_on(run: Run, worked: Path, tmp_path: Path) -> None:
    to = tmp_path / "yesterday"
    write(worked, "inbox/supplier/large.csv", "SKU;x\n" + "A;1\n" * 30_000)
    run("once", "--home", worked)
    assert run("backup", to, "--home", worked).exit_code == 0
    before = exported(run, worked, "orders")
    order = (worked / "mappings/webshop-orders.examples/orders.csv").read_text(encoding="utf-8")
    shutil.rmtree(worked / "var")
    shutil.copytree(to / "var", worked / "var")
    write(worked, "inbox/webshop/orders-again.csv", order)
    assert run("once", "--home", worked).exit_code == 0
    assert exported(run, worked, "orders") == before, "orders that are known stay as they are"
    assert run("verify", "--home", worked).exit_code == 0


def test_a_backup_goes_under_var_when_nobody_says_where(run: Run, worked: Path) -> None:
    told = json.loads(run("backup", "--home", worked, "--json").stdout)
    assert Path(told["folder"]).parent == worked / "var/backup"
    assert Path(told["folder"], "config/hub.yaml").exists()
    assert run("backup", "--home", worked).exit_code == 0, "the next one does not hold the one before"


def old_store(home: Path) -> None:
    """A store as the first version made it, with one file in it."""
    for path in (home / "var").glob("hub.db*"):
        path.unlink()
    config = Config()
    config.set_main_option("script_location", str(Path(connection.__file__).parent / "migrations"))
    engine = create_engine(f"sqlite:///{home / 'var/hub.db'}")
    with engine.begin() as db:
        config.attributes["connection"] = db
        command.upgrade(config, "0001")
    engine.dispose()
    change(
        home,
        "INSERT INTO files (id, direction, partner, name, state, read, accepted, unchanged, refused, skipped, size, sha256, at,"
        " crashes, attempts) VALUES (1, 'in', 'webshop', 'ä.csv', 'done', 0, 0, 0, 0, 0, 2,"
        " 'fb8e20fc2e4c3f248c60c39bd652f3c1347298bb977b8b4d5903b85055620603', 1790000000000000, 0, 0)",
    )
    change(home, "INSERT INTO contents (file, body) VALUES (1, ?)", b"ab")


def test_an_older_store_is_migrated_by_migrate_or_by_the_hub_that_starts_and_by_no_listing(run: Run, worked: Path) -> None:
    old_store(worked)
    told = run("files", "--home", worked)
    assert told.exit_code == 1
    assert "run hub migrate" in told.stderr
    assert "upgraded from 0001" in run("migrate", "--home", worked).stderr
    assert "nothing to do" in run("migrate", "--home", worked).stderr
    assert run("verify", "--home", worked).exit_code == 0, "files from before are in the journal too"
    old_store(worked)
    assert run("once", "--home", worked).exit_code == 0
    assert run("verify", "--home", worked).exit_code == 0


def test_a_newer_store_is_refused(run: Run, worked: Path) -> None:
    change(worked, "UPDATE alembic_version SET version_num = '9999'")
    for words in (("once",), ("migrate",), ("files",)):
        told = run(*words, "--home", worked)
        assert told.exit_code == 1
        assert f"this hub knows {HEAD}; install the newer hub" in told.stderr
