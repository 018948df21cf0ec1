"""Do ledger, journal and archive agree? What does not is said in plain words (`hub verify`)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Row, select

from hub.store import journal
from hub.store.archive import NEVER_FETCHED, Archive, ArchiveDamaged
from hub.store.connection import Store
from hub.store.journal import FIRST, PURGED, Sealed
from hub.store.ledger import State
from hub.store.schema import files

_BEGINNINGS = {"in": State.TAKEN.value, "out": State.READY.value}
_ENDS = frozenset({State.DONE.value, State.REFUSED.value, State.QUARANTINED.value, State.SENT.value})


@dataclass(slots=True)
class Verified:
    """What was looked at, and what does not agree. `head` seals all that came before: note it outside to prove it later."""

    files: int = 0
    entries: int = 0
    purged: int = 0
    head: str = FIRST
    wrong: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Life:
    """What the journal says of one file: its first facts and every kind of event."""

    first: Sealed
    kinds: set[str]


def verify(store: Store, archive: Archive) -> Verified:
    """Compare everything: the store with itself, the journal's chain, the ledger with the journal, contents with hashes.

    Raises StoreDamaged when the store cannot even be read.
    """
    store.prove(whole=True)
    found = Verified()
    with store.look() as db:
        lives: dict[int, _Life] = {}
        found.wrong += _chain(db, found, lives)
        found.wrong += _ledger(db, archive, found, lives)
    return found


def _chain(db: Connection, found: Verified, lives: dict[int, _Life]) -> Iterator[str]:
    before, seq = FIRST, 0
    for sealed in journal.read(db):
        if sealed.seq != seq + 1:
            yield f"the journal lacks {_entries(seq + 1, sealed.seq - 1)}: removed afterwards"
        elif sealed.prev_hash != before:
            yield f"entry {sealed.seq} of the journal does not follow from the one before it: one was put there afterwards"
        if not sealed.holds():
            yield f"entry {sealed.seq} of the journal ({sealed.kind}, {_named(sealed.entry)}) was changed after it was written"
        before, seq = sealed.hash, sealed.seq
        found.entries += 1
        life = lives.setdefault(sealed.entry.file, _Life(sealed, set()))
        life.kinds.add(sealed.kind)
    found.head = before


def _entries(first: int, last: int) -> str:
    return f"entry {first}" if first >= last else f"entries {first} to {last}"


def _named(each: Any) -> str:
    """A file as people find it: `file 17, orders.csv of nord`."""
    number = each.file if hasattr(each, "file") else each.id
    return f"file {number}, {each.name} of {each.partner}"


def _ledger(db: Connection, archive: Archive, found: Verified, lives: dict[int, _Life]) -> Iterator[str]:
    names = ("id", "direction", "partner", "name", "state", "size", "sha256")
    for row in db.execute(select(*(files.c[name] for name in names)).order_by(files.c.id)).all():
        found.files += 1
        life = lives.pop(row.id, None)
        if life is None:
            yield f"{_named(row)}: the journal knows nothing of it; it was entered past the hub"
        else:
            yield from _compare(row, life)
            if PURGED in life.kinds:
                found.purged += 1
                continue
        yield from _content(db, archive, row)
    for life in lives.values():
        yield f"{_named(life.first.entry)}: is in the journal and no more in the ledger; it was removed past the hub"


def _compare(row: Row[Any], life: _Life) -> Iterator[str]:
    entry = life.first.entry
    for what in ("partner", "name", "size", "sha256"):
        then, now = getattr(entry, what), getattr(row, what)
        if then != now:
            yield f"{_named(row)}: its {what} is {now} in the ledger and was {then} when it was entered"
    needed = {_BEGINNINGS[row.direction]} | ({row.state} & _ENDS)
    for kind in sorted(needed - life.kinds):
        yield f"{_named(row)}: is {row.state} in the ledger, and the journal never saw it {kind}"


def _content(db: Connection, archive: Archive, row: Row[Any]) -> Iterator[str]:
    if row.size == 0 and row.direction == "out":
        return  # a record that could not be written: there never was a file
    if row.sha256 == NEVER_FETCHED:
        return
    try:
        archive.body(db, row.id)
    except ArchiveDamaged as error:
        what = "is not in the archive any more" if "is not in the archive" in str(error) else "its content was changed afterwards"
        yield f"{_named(row)}: {what}"
