"""Growth: what one more row, file, order or poll costs when the store is large. The large stores are made once and kept."""

from __future__ import annotations

import os
import shutil
import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing
from pathlib import Path

from bench import data
from bench.catalogue import load
from bench.catalogue import shop as catalogue_shop
from bench.idle import poll
from bench.measure import Cost, median
from bench.orders import SKUS, shop
from bench.place import Place, cached, place
from bench.report import Result, Run, main

ROWS, FILES, STORED = 100_000, 1_000_000, 2_000_000
_NEW = 500  # order files that arrive in the large store


def jobs(run_: Run) -> Iterator[Result]:
    """Each figure is a cost on the large store over the same cost on a small one."""
    yield _rows(run_)
    count, orders = run_.of(FILES), run_.of(STORED)
    small, files = small_store(), large_ledger(count)
    stored = Place(cached(f"orders-{orders}-stored", lambda path: _copied(small, path, orders=orders)))
    costs: dict[str, list[Cost]] = {}
    with ExitStack() as kept:  # ext4 is slow for a while to make files where others were removed
        for turn in range(run_.times + 1):
            for name, at in (("small", small), ("files", files), ("stored", stored)):
                fresh = _moved(at, kept.enter_context(place()))
                idle = fresh.once()
                cost = _arrivals(fresh)
                if turn:  # what a store holds comes from the disk once
                    costs.setdefault(name, []).append(cost.less(idle))
    least = median(costs["small"])
    for key, name in (("growth.ledger", "files"), ("growth.orders", "stored")):
        own = median(costs[name])
        yield Result(key, own.cpu / least.cpu, own, least, f"for {_NEW} order files")
    quiet, busy = poll(small), poll(files)
    yield Result("growth.poll", busy / quiet, note=f"{1000 * busy:.1f} ms against {1000 * quiet:.1f} ms")


def small_store() -> Place:
    """A workspace whose hub has worked a little."""
    return Place(cached("small-store", _small))


def large_ledger(count: int) -> Place:
    """The same with so many more files in its ledger."""
    return Place(cached(f"ledger-{count}", lambda path: _copied(small_store(), path, files=count)))


def _moved(kept: Place, made: Place) -> Place:
    """A store that is kept, in a new workspace: how a file system bears with what lies in an older one is not its growth."""
    for name in ("config", "mappings"):
        shutil.copytree(kept.home / name, made.home / name, dirs_exist_ok=True)
    store = made.home / "var" / "hub.db"
    store.parent.mkdir()
    os.link(kept.home / "var" / "hub.db", store)
    return made


def _rows(run_: Run) -> Result:
    """Loads of one and of four parts of products; what a start costs is taken off both."""
    count = run_.of(ROWS)
    sources = [_products(count), _products(4 * count)]
    costs: list[list[Cost]] = [[], []]
    for _ in range(run_.times):
        for side, source in zip(costs, sources, strict=True):
            with place() as made:
                at = catalogue_shop(made)
                idle = at.once()
                side.append(load(at, source, "plain1.csv").less(idle))
    one, four = map(median, costs)
    return Result("growth.rows", four.cpu / 4 / one.cpu, four, one)


def _products(count: int) -> Path:
    return cached(f"products-{count}.csv", lambda path: data.write_products(path, count))


def _arrivals(at: Place) -> Cost:
    """What new order files cost; their numbers are new in each run."""
    mark = f"N{time.time_ns()}"
    folder = at.home / "inbox" / "shop"
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(_NEW):
        text = (
            cached(f"orders-{_NEW}", lambda path: data.write_order_files(path, _NEW, SKUS)) / f"order_{number:07}.csv"
        ).read_text(encoding="utf-8")
        (folder / f"order_{mark}_{number}.csv").write_text(text.replace("PO", mark), encoding="utf-8")
    return at.once()


def _small(path: Path) -> None:
    """A hub that has worked a little."""
    at = shop(Place(path), one_file_per="shipment")
    _arrivals(at)
    at.once("--now")


def _copied(small: Place, path: Path, *, files: int = 0, orders: int = 0) -> None:
    """A copy of a small workspace whose store is filled in bulk."""
    shutil.copytree(small.home, path, ignore=shutil.ignore_patterns("*.csv.answer.json"))
    with closing(sqlite3.connect(path / "var" / "hub.db", isolation_level=None)) as db:
        for quickly in ("journal_mode=off", "synchronous=off", "cache_size=-500000"):  # a copy that fails is made anew
            db.execute(f"pragma {quickly}")
        db.execute("begin immediate")
        indexes = db.execute("select name, sql from sqlite_master where type = 'index' and sql is not null").fetchall()
        for name, _ in indexes:
            db.execute(f"drop index {name}")
        if files:
            _multiply(
                db, "files", files, {"id": "id + 1000000 + n", "source": "'bulk' || n", "name": "'bulk' || n || '.csv'"}, "in"
            )
        if orders:
            _fill_with_orders(db, orders)
        for _, made in indexes:  # sorted at once, not row by row
            db.execute(made)
        db.execute("commit")
        db.execute("pragma journal_mode=wal")


def _fill_with_orders(db: sqlite3.Connection, count: int) -> None:
    """One order with its lines, shipments and events, so many times: of all products, delivered before the last stock figures."""
    order = db.execute("select id from orders order by id limit 1").fetchone()[0]
    before = db.execute("select min(as_of) from balances").fetchone()[0]
    by = 10_000_000
    step = f'"order" + {by} + n * 10'
    ids = {"id": f"id + {by} + n * 10"}
    _multiply(db, "orders", count, {**ids, "number": "'BULK' || n", "content": "'bulk' || n"}, f"id = {order}")
    shipments = {**ids, "order": step, "number": "'B' || n || '-' || id", "status": "'Delivered'"}
    _multiply(db, "shipments", count, shipments, f'"order" = {order}')
    product = f"printf('SKU-%07d', (cast(substr(product, 5) as integer) + 21 * n) % {SKUS})"  # of the same supplier
    lines = {**ids, "order": step, "shipment": f"shipment + {by} + n * 10", "sku": product, "product": product}
    _multiply(db, "order_lines", count, {**lines, "submitted_at": f"{before} - n"}, f'"order" = {order}')
    events = {"id": f"id + {by} + n * 1000", "order": step, "shipment": f"shipment + {by} + n * 10"}
    _multiply(db, "events", count, events, f'"order" = {order}')
    db.execute("update series set value = (select max(id) from orders) where name = 'orders'")
    db.execute("update series set value = (select max(id) from shipments) where name = 'shipments'")
    db.execute("update sends set last_event = (select max(id) from events)")


def _multiply(db: sqlite3.Connection, table: str, count: int, other: Mapping[str, str], which: str) -> None:
    """Every row of a table that `which` says, `count` times, with other values (SQL of the old ones and `n`) in some columns."""
    where = f"id = (select min(id) from {table} where direction = 'in' and name like 'order%')" if which == "in" else which  # noqa: S608
    columns = [row[1] for row in db.execute(f"pragma table_info({table})")]
    shown = ", ".join(other.get(each, f'"{each}"') for each in columns)
    named = ", ".join(f'"{each}"' for each in columns)
    db.execute(
        f"with recursive many(n) as (select 1 union all select n + 1 from many where n < {count})"  # noqa: S608 - names of our own schema
        f" insert into {table} ({named}) select {shown} from {table}, many where {where}"
    )


if __name__ == "__main__":
    main(jobs)
