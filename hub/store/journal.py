"""The journal: one entry per event in a file's life, each sealed with the one before, so that a later change shows.

The ledger says how a file stands and is updated as it moves on; the journal is only ever added to. Contents and persons'
data may be purged one day; the journal with its names and hashes stays.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from hub.store import many
from hub.store.schema import journal
from hub.store.types import EPOCH, MICROSECOND

FIRST = "0" * 64
"""What the first entry is sealed with."""

PURGED = "purged"
"""The kind of entry that says that a file's content was removed on purpose."""

_TURN = 0x6875620001  # PostgreSQL's advisory lock under which entries are added one after the other


_spelled = json.JSONEncoder(ensure_ascii=False).encode  # made once: for each entry it would cost as much as the hash


@dataclass(frozen=True, slots=True)
class Entry:
    """One file at an event: what the journal holds of it."""

    file: int
    partner: str
    name: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Sealed:
    """An entry as it stands in the journal."""

    seq: int
    at: datetime
    kind: str
    entry: Entry
    prev_hash: str
    hash: str

    def holds(self) -> bool:
        """Whether it still is what it was when it was written."""
        return self.hash == seal(self.prev_hash, self.seq, self.at, self.kind, self.entry)


def seal(prev_hash: str, seq: int, at: datetime, kind: str, entry: Entry) -> str:
    """The hash over an entry and the hash of the one before it."""
    moment = (at - EPOCH) // MICROSECOND
    told = [prev_hash, seq, moment, kind, entry.file, entry.partner, entry.name, entry.sha256, entry.size]
    return hashlib.sha256(_spelled(told).encode()).hexdigest()


def add(db: Connection, kind: str, at: datetime, entries: Iterable[Entry]) -> None:
    """Note an event of some files, in the transaction in which it happens. `kind` is the state they enter, or PURGED."""
    if db.dialect.name == "postgresql":
        db.execute(select(func.pg_advisory_xact_lock(_TURN)))
    last = db.execute(select(journal.c.seq, journal.c.hash).order_by(journal.c.seq.desc()).limit(1)).first()
    seq, prev = (last.seq, last.hash) if last else (0, FIRST)
    rows = []
    for entry in entries:
        seq += 1
        sealed = seal(prev, seq, at, kind, entry)
        rows.append(
            {
                "seq": seq,
                "at": at,
                "kind": kind,
                "file": entry.file,
                "partner": entry.partner,
                "name": entry.name,
                "sha256": entry.sha256,
                "size": entry.size,
                "prev_hash": prev,
                "hash": sealed,
            }
        )
        prev = sealed
    if rows:
        many.add(db, journal, rows)


def read(db: Connection) -> Iterator[Sealed]:
    """Every entry, in order."""
    for row in db.execution_options(yield_per=1000).execute(select(journal).order_by(journal.c.seq)):
        entry = Entry(row.file, row.partner, row.name, row.sha256, row.size)
        yield Sealed(row.seq, row.at, row.kind, entry, row.prev_hash, row.hash)
