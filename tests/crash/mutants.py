"""The protocol broken on purpose, one way at a time: a sweep that does not notice is worth nothing.

Each is put on in the child process that runs the hub, never in the hub's own code.
"""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Row, event, select

from hub.channels import local
from hub.channels.channel import Channel, Claim, Delivered, Left, Letter, Listed
from hub.channels.local import LocalChannel
from hub.config.workspace import Workspace
from hub.flow import arrive, deliver, verdicts
from hub.flow.arrive import Arrivals
from hub.flow.deliver import Deliveries
from hub.flow.errands import Decide
from hub.flow.hub import Hub
from hub.service import lock
from hub.store import connection, ledger
from hub.store.archive import Stored
from hub.store.remote import Lying
from hub.store.schema import files
from tests.crash.under import Point

_PIECE = 64


def delete_before_archive() -> None:
    """The source is removed as soon as it is read."""
    read = local._read

    def read_and_remove(claim: Claim) -> Iterator[bytes]:
        chunks = list(read(claim))
        Path(claim.path).unlink()
        yield from chunks

    local._read = read_and_remove


def mark_before_send() -> None:
    """A file is noted as sent, then sent."""
    carry = deliver._carry

    def marked_first(deliveries: Deliveries, channel: Channel, rows: Sequence[Row[Any]], decide: Decide) -> None:
        with deliveries.hub.store.change() as db:
            ledger.sent(db, [row.id for row in rows], deliveries.hub.clock())
        carry(deliveries, channel, rows, decide)

    deliver._carry = marked_first


def write_in_place() -> None:
    """A file is written under its own name, piece by piece, where the partner sees it grow."""

    def straight(self: LocalChannel, letters: Sequence[Letter]) -> Iterator[Delivered]:
        for letter in letters:
            handle = os.open(self.outbox / letter.name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o660)
            with letter.open() as body:
                while piece := body.read(max(_PIECE, letter.size // 3)):
                    os.write(handle, piece)
            os.fsync(handle)
            os.close(handle)
            yield Delivered(letter.file)

    LocalChannel._deliver_together = straight  # type: ignore[method-assign]


def clock_in_name() -> None:
    """The name of a file says when it was delivered."""
    letters = deliver._letters

    def stamped(hub: Hub, rows: Sequence[Row[Any]]) -> list[Letter]:
        return [replace(letter, name=f"{time.time_ns()}-{letter.name}") for letter in letters(hub, rows)]

    deliver._letters = stamped


def no_lock() -> None:
    """Nobody looks whether another hub works on the store."""

    @contextmanager
    def free(workspace: Workspace, wait: float) -> Iterator[None]:
        yield

    lock.hold = free


def two_transactions() -> None:
    """Effects are committed first, the file's state after them."""
    keep, finish = verdicts.keep, ledger.finish

    def apart(hub: Hub, some: Sequence[verdicts.Read]) -> Any:
        held: list[tuple[tuple[Any, ...], dict[str, Any]]] = []

        def later(db: Connection, *words: Any, **more: Any) -> None:
            held.append((words, more))

        ledger.finish = later
        try:
            found = keep(hub, some)
        finally:
            ledger.finish = finish
        with hub.store.change() as db:
            for words, more in held:
                finish(db, *words, **more)
        return found

    verdicts.keep = apart


def no_claim() -> None:
    """The file is read where the partner dropped it, and deleted there."""

    def stay(self: LocalChannel, listed: Sequence[Listed], mark: int) -> Iterator[Claim | Left]:
        yield from (self.in_place(each) for each in listed)

    def release(self: LocalChannel, claims: Sequence[Claim]) -> list[Left]:
        for claim in claims:
            Path(claim.path).unlink(missing_ok=True)
        return []

    LocalChannel.claim, LocalChannel.release = stay, release  # type: ignore[method-assign]


def known_by_hash() -> None:
    """A file whose bytes came before is skipped."""
    enter = arrive._enter

    def once_only(arrivals: Arrivals, partner: str, brought: Sequence[tuple[Claim, Stored | None]]) -> list[Lying]:
        with arrivals.hub.store.look() as db:
            seen = set(db.execute(select(files.c.sha256).where(files.c.partner == partner)).scalars())
        fresh: dict[str, tuple[Claim, Stored | None]] = {}
        for claim, stored in brought:
            if stored is not None and stored.sha256 not in seen:
                fresh.setdefault(stored.sha256, (claim, stored))
        return enter(arrivals, partner, list(fresh.values()))

    arrive._enter = once_only


def _every(points: Sequence[Point]) -> list[Point]:
    return list(points)


def _calls(*names: str) -> Callable[[Sequence[Point]], list[Point]]:
    return lambda points: [each for each in points if each.call in names]


def _after_unlink(points: Sequence[Point]) -> list[Point]:
    """What comes next when a source has been removed."""
    return [after for before, after in pairwise(points) if before.call == "unlink" and after.call != "rmdir"]


def _while_keeping(points: Sequence[Point]) -> list[Point]:
    """The commits between the last claim and the first delivery."""
    taken = max(nth for nth, (first, then) in enumerate(pairwise(points)) if (first.call, then.call) == ("mkdir", "rename"))
    delivered = next(nth for nth, each in enumerate(points) if nth > taken and each.call == "syncfs")
    return [each for each in points[taken:delivered] if each.call == "fdatasync"][: len(points) // 50]


@dataclass(frozen=True, slots=True)
class Mutant:
    """A way to break the protocol: what puts it on, and the points at which a kill shows it first."""

    put_on: Callable[[], None]
    shows: Callable[[Sequence[Point]], list[Point]] = _every


MUTANTS: dict[str, Mutant] = {
    "delete-before-archive": Mutant(delete_before_archive, _after_unlink),
    "mark-before-send": Mutant(mark_before_send, _calls("syncfs")),
    "write-in-place": Mutant(write_in_place, _calls("write")),
    "clock-in-name": Mutant(clock_in_name),
    "two-transactions": Mutant(two_transactions, _while_keeping),
    "known-by-hash": Mutant(known_by_hash),
    "no-lock": Mutant(no_lock),
    "no-claim": Mutant(no_claim),
}


def _unsynced(skips: Callable[[int], bool]) -> None:
    """`fsync` does nothing to what is so."""
    sync = os.fsync

    def some(handle: int) -> None:
        if not skips(os.fstat(handle).st_mode):
            sync(handle)

    os.fsync = some  # type: ignore[assignment]


def no_file_sync() -> None:
    """Files are renamed before their contents are on the disk."""
    _unsynced(stat.S_ISREG)
    local._sync_file_system = lambda folder: None


def no_folder_sync() -> None:
    """A rename counts as done before its folder is on the disk."""
    _unsynced(stat.S_ISDIR)


def wal_normal() -> None:
    """The store syncs now and then only."""
    prepare = connection._prepare_sqlite

    def normal(engine: Engine) -> None:
        prepare(engine)
        event.listen(engine, "connect", lambda db, _record: db.execute("PRAGMA synchronous=NORMAL"))

    connection._prepare_sqlite = normal


UNSYNCED: dict[str, Callable[[], None]] = {
    "no-file-sync": no_file_sync,
    "no-folder-sync": no_folder_sync,
    "wal-normal": wal_normal,
}
"""Mutants that only a power cut shows."""

MUTANTS |= {name: Mutant(put_on) for name, put_on in UNSYNCED.items()}

RACED = {"no-lock": "second-hub", "no-claim": "overwritten"}
"""Mutants that no kill shows, and the race that does."""
