"""One hub on a store, also when two workspaces name the same one."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from hub.config.workspace import Workspace, open_workspace
from hub.domain.problems import Busy, LockLost
from hub.service.lock import hold
from hub.service.once import once
from hub.store.connection import Store, open_store
from tests.ends.conftest import Market, market
from tests.ends.place import POSTGRESQL, new_database
from tests.service.test_daemon import start, wait_for

__all__ = ["market"]

on_a_server = pytest.mark.skipif(POSTGRESQL is None, reason="needs a PostgreSQL server: make postgresql")


def workspace(home: Path, store: str) -> Workspace:
    (home / "config").mkdir(parents=True)
    (home / "config/hub.yaml").write_text(f"store: {store}\n")
    return open_workspace(home)


def test_two_workspaces_on_one_store_have_one_hub(tmp_path: Path) -> None:
    here, there = (workspace(tmp_path / name, f"sqlite:///{tmp_path / 'shared.db'}") for name in ("here", "there"))
    with hold(here, 0), pytest.raises(Busy, match="another hub"), hold(there, 0):
        pass
    with hold(there, 0):
        pass


def test_two_workspaces_with_stores_of_their_own_have_two_hubs(tmp_path: Path) -> None:
    here, there = (workspace(tmp_path / name, "sqlite:///var/hub.db") for name in ("here", "there"))
    with hold(here, 0), hold(there, 0):
        pass


@on_a_server
def test_two_workspaces_on_one_postgresql_store_have_one_hub(tmp_path: Path) -> None:
    store = new_database(str(POSTGRESQL))
    here, there = (workspace(tmp_path / name, store) for name in ("here", "there"))
    with hold(here, 0), pytest.raises(Busy, match="another hub"), hold(there, 0):
        pass
    with hold(there, 0):
        pass
    assert connections(store) == 0


def connections(store: str) -> int:
    """How many connections to a database are open beside the one that asks; a closed one is gone in a moment."""
    engine = create_engine(store, isolation_level="AUTOCOMMIT")
    others = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    with engine.connect() as db:
        until = time.monotonic() + 5
        while (found := int(db.execute(text(others)).scalar_one())) and time.monotonic() < until:
            time.sleep(0.05)
    engine.dispose()
    return found


def break_the_lock(store: str) -> None:
    """What a server's restart, a firewall or an administrator does to the connection that holds the lock."""
    engine = create_engine(store, isolation_level="AUTOCOMMIT")
    with engine.connect() as db:
        holders = "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND mode = 'ExclusiveLock'"
        holders += " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        assert db.execute(text(f"SELECT pg_terminate_backend(pid) FROM ({holders}) AS each")).scalars().all()
    engine.dispose()


def opened(space: Workspace) -> Store:
    return open_store(space.settings.store, space.home)


@on_a_server
def test_a_hub_whose_connection_broke_that_held_the_store_writes_nothing_more(tmp_path: Path) -> None:
    space = workspace(tmp_path / "here", new_database(str(POSTGRESQL)))
    store = opened(space)
    with hold(space, 0) as store.fence:
        with store.change() as db:
            db.execute(text("CREATE TABLE before (x int)"))
        break_the_lock(space.settings.store)
        with pytest.raises(LockLost, match="another hub may work on it"), store.change() as db:
            db.execute(text("CREATE TABLE after (x int)"))
        with pytest.raises(LockLost):
            store.require_held()
    with store.look() as db:
        assert db.execute(text("SELECT tablename FROM pg_tables WHERE tablename IN ('before', 'after')")).scalars().all() == [
            "before"
        ]
    store.close()


@on_a_server
def test_the_next_hub_waits_for_what_the_one_before_is_about_to_commit(tmp_path: Path) -> None:
    """The connection that held the lock breaks while a transaction is open that asked its fence in time."""
    space = workspace(tmp_path / "here", new_database(str(POSTGRESQL)))
    next_one = workspace(tmp_path / "there", space.settings.store)
    store, order = opened(space), []
    with hold(space, 0) as store.fence, store.change() as db:
        break_the_lock(space.settings.store)

        def begin() -> None:
            with hold(next_one, 30):
                order.append("next")

        second = threading.Thread(target=begin)
        second.start()
        time.sleep(1)
        db.execute(text("CREATE TABLE late (x int)"))
        order.append("before")
    second.join()
    assert order == ["before", "next"]
    store.close()


@on_a_server
def test_a_round_whose_lock_is_lost_stops_and_the_next_start_finishes_it(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    market.orders("nord", {"order": "1", "sku": "A1", "qty": "1"})
    hub = market.open()
    with hold(hub.workspace, 0) as hub.store.fence, monkeypatch.context() as patch:
        patch.setattr("hub.flow.round.hold.hold_and_release", lambda _: break_the_lock(hub.workspace.settings.store))
        with pytest.raises(LockLost):
            once(hub)
    hub.close()
    assert market.outbox("nord", "orders*") == []
    market.once()
    assert (market.answer("nord", "orders.csv")["answer"], market.status("1")) == (200, "Submitted")


@on_a_server
def test_a_daemon_whose_lock_is_lost_ends_with_one_and_says_why(market: Market) -> None:
    settings = (market.home / "config/hub.yaml").read_text()
    market.write("config/hub.yaml", settings + "poll: 1s\n")
    daemon = start(market.home, "run")
    market.orders("nord", {"order": "1", "sku": "A1", "qty": "1"})
    wait_for(market.home / "outbox/nord/orders.csv.answer.json")
    break_the_lock(open_workspace(market.home).settings.store)
    _, said = daemon.communicate(timeout=30)
    assert daemon.returncode == 1
    assert "another hub may work on it" in said
