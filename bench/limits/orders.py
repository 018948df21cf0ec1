"""The least that small order files cost: read, checked, split by supplier, stored, one durable file per shipment.

`python -m bench.limits.orders INBOX OUTBOX ARCHIVE STORE.db`: a hundred files share a commit and a sync. A kill at any
point loses nothing: rows and outgoing bytes are committed before a file is seen, inputs move to the archive last.
"""

from __future__ import annotations

import csv
import ctypes
import hashlib
import os
import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

TOGETHER = 100
SCHEMA = """
create table files(sha blob primary key, name text, size int) without rowid;
create table orders(id text primary key, status text, name text, street text, zip text, city text, country text, day text);
create table lines(number text, line int, sku text, quantity int, cents int, shipment int, primary key (number, line))
  without rowid;
create table shipments(id integer primary key, number text, supplier text, status text);
create index shipments_number on shipments(number);
create table history(id integer primary key, number text, before text, after text);
create table outgoing(id integer primary key, shipment int, name text, body blob, sent int);
create index outgoing_open on outgoing(sent) where sent = 0;
"""
Rows = list[dict[str, Any]]


def load(inbox: Path, outbox: Path, archive: Path, store: str) -> None:
    """Work through a folder."""
    for folder in (outbox, archive):
        folder.mkdir(parents=True, exist_ok=True)
    db = sqlite3.connect(store, isolation_level=None)
    db.execute("pragma journal_mode=wal")
    db.execute("pragma synchronous=full")
    db.executescript(SCHEMA)
    names = sorted(each.name for each in os.scandir(inbox))
    handle = os.open(outbox, os.O_RDONLY)
    sync = ctypes.CDLL(None).syncfs
    told: list[tuple[int]] = []
    for start in range(0, len(names), TOGETHER):
        some = names[start : start + TOGETHER]
        db.execute("begin immediate")
        db.executemany("update outgoing set sent = 1 where id = ?", told)
        made = [out for name in some for out in keep(db, name, (inbox / name).read_bytes())]
        db.execute("commit")
        for _, name, body in made:
            (outbox / f".{name}.part").write_bytes(body)
        sync(handle)
        for _, name, _ in made:
            (outbox / f".{name}.part").rename(outbox / name)
        os.fsync(handle)
        for name in some:
            (inbox / name).rename(archive / name)
        told = [(number,) for number, _, _ in made]
    db.execute("begin immediate")
    db.executemany("update outgoing set sent = 1 where id = ?", told)
    db.execute("commit")
    db.close()


def keep(db: sqlite3.Connection, name: str, data: bytes) -> Iterator[tuple[int, str, bytes]]:
    """Store one order; gives the outgoing files that it makes."""
    rows = list(read(data))
    new = db.execute("insert into files values (?,?,?) on conflict do nothing", (hashlib.sha256(data).digest(), name, len(data)))
    if not new.rowcount:
        return
    head, number = rows[0], rows[0]["number"]
    shown = [head[each] for each in ("name", "street", "zip", "city", "country", "date")]
    db.execute("insert into orders values (?,?,?,?,?,?,?,?)", (number, "orderRouted", *shown))
    by_supplier: dict[str, Rows] = {}
    for row in rows:
        by_supplier.setdefault(row["supplier"], []).append(row)
    for supplier, own in by_supplier.items():
        made = db.execute("insert into shipments(number, supplier, status) values (?,?,'Created')", (number, supplier))
        shipment = int(made.lastrowid or 0)
        db.executemany(
            "insert into lines values (?,?,?,?,?,?)",
            [(number, row["line"], row["sku"], row["quantity"], row["cents"], shipment) for row in own],
        )
        body = "shipment,number,name,street,zip,city,line,sku,quantity\r\n" + "".join(
            f"{shipment},{number},{row['name']},{row['street']},{row['zip']},{row['city']},{row['line']},{row['sku']},"
            f"{row['quantity']}\r\n"
            for row in own
        )
        out, encoded = f"{supplier}_{number}_{shipment}.csv", body.encode()
        kept = db.execute("insert into outgoing(shipment, name, body, sent) values (?,?,?,0)", (shipment, out, encoded))
        yield int(kept.lastrowid or 0), out, encoded
    db.executemany(
        "insert into history(number, before, after) values (?,?,?)",
        [(number, None, "Accepted"), (number, "Accepted", "orderRouted")],
    )


def read(data: bytes) -> Iterator[dict[str, Any]]:
    """The rows of a file, typed; raises ValueError for a bad one."""
    for row in csv.DictReader(data.decode().splitlines()):
        whole, _, part = row["price"].partition(".")
        typed = {"quantity": int(row["quantity"]), "line": int(row["line"]), "cents": int(whole) * 100 + int(f"{part}00"[:2])}
        if typed["quantity"] <= 0 or not row["sku"] or not row["supplier"]:
            raise ValueError(row)
        yield row | typed


if __name__ == "__main__":
    load(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]), sys.argv[4])
