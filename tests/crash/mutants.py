"""The protocol broken on purpose, one way at a time: a sweep that does not notice is worth nothing.

Each is put on in the child process that runs the hub, never in the hub's own code.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row, select

from hub.channels.channel import Channel, Claim, Letter, Listed
from hub.channels.local import LocalChannel
from hub.config.workspace import Workspace
from hub.flow import arrive, deliver
from hub.flow import round as rounds
from hub.flow.hub import Hub, InHand
from hub.mapping.compile import Mapping
from hub.service import lock
from hub.store import ledger
from hub.store.schema import files
from tests.crash.under import Point

_PIECE = 64


def delete_before_archive() -> None:
    """The source is removed as soon as it is read."""
    read = LocalChannel.read

    def read_and_remove(self: LocalChannel, claim: Claim) -> bytes:
        data = read(self, claim)
        Path(claim.source).unlink()
        return data

    LocalChannel.read = read_and_remove  # type: ignore[method-assign]


def mark_before_send() -> None:
    """A file is noted as sent, then sent."""
    send = deliver._deliver

    def marked_first(hub: Hub, partner: str, rows: Sequence[Row[Any]]) -> int | None:
        with hub.store.change() as db:
            ledger.sent(db, [row.id for row in rows], hub.clock())
        return send(hub, partner, rows)

    deliver._deliver = marked_first


def write_in_place() -> None:
    """A file is written under its own name, piece by piece, where the partner sees it grow."""

    def straight(self: LocalChannel, letters: Sequence[Letter]) -> None:
        for letter in letters:
            handle = os.open(self.outbox / letter.name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o660)
            for start in range(0, len(letter.data), max(_PIECE, len(letter.data) // 3)):
                os.write(handle, letter.data[start : start + max(_PIECE, len(letter.data) // 3)])
            os.fsync(handle)
            os.close(handle)

    LocalChannel._deliver_together = straight  # type: ignore[method-assign]


def clock_in_name() -> None:
    """The name of a file says when it was delivered."""
    letters = deliver._letters

    def stamped(hub: Hub, rows: Sequence[Row[Any]]) -> Iterator[Letter]:
        for letter in letters(hub, rows):
            yield Letter(letter.file, f"{time.time_ns()}-{letter.name}", letter.data)

    deliver._letters = stamped


def no_lock() -> None:
    """Nobody looks whether another hub works on the store."""

    @contextmanager
    def free(workspace: Workspace, wait: float) -> Iterator[None]:
        yield

    lock.hold = free


def two_transactions() -> None:
    """Effects are committed first, the file's state after them."""
    keep, finish = rounds.process, ledger.finish

    def apart(hub: Hub, file: InHand, mapping: Mapping | None = None) -> Any:
        held: list[tuple[tuple[Any, ...], dict[str, Any]]] = []

        def later(db: Connection, *words: Any, **more: Any) -> None:
            held.append((words, more))

        ledger.finish = later
        try:
            verdict = keep(hub, file, mapping)
        finally:
            ledger.finish = finish
        with hub.store.change() as db:
            for words, more in held:
                finish(db, *words, **more)
        return verdict

    rounds.process = apart


def no_claim() -> None:
    """The file is read where the partner dropped it, and deleted there."""

    def stay(self: LocalChannel, listed: Listed, mark: int) -> Claim | None:
        path = self.inbox / listed.name
        return Claim(listed.name, f"{path}#{mark}", listed.modified_at) if path.exists() else None

    def read(self: LocalChannel, claim: Claim) -> bytes:
        return Path(claim.source.partition("#")[0]).read_bytes()

    def release(self: LocalChannel, claim: Claim) -> None:
        Path(claim.source.partition("#")[0]).unlink(missing_ok=True)

    LocalChannel.claim, LocalChannel.read, LocalChannel.release = stay, read, release  # type: ignore[method-assign]


def known_by_hash() -> None:
    """A file whose bytes came before is skipped."""
    enter = arrive._enter

    def once_only(hub: Hub, partner: str, channel: Channel, claim: Claim, round_id: int) -> int:
        sha = hashlib.sha256(channel.read(claim)).hexdigest()
        with hub.store.look() as db:
            known = db.execute(select(files.c.id).where(files.c.partner == partner, files.c.sha256 == sha)).first()
        if known is None:
            return enter(hub, partner, channel, claim, round_id)
        channel.release(claim)
        return 0

    arrive._enter = once_only


def _every(points: Sequence[Point]) -> list[Point]:
    return list(points)


def _calls(*names: str) -> Callable[[Sequence[Point]], list[Point]]:
    return lambda points: [each for each in points if each.call in names]


def _after_unlink(points: Sequence[Point]) -> list[Point]:
    """What comes next when a source has been removed."""
    return [after for before, after in pairwise(points) if before.call == "unlink" and after.call != "rmdir"]


def _while_keeping(points: Sequence[Point]) -> list[Point]:
    """The commits between the last claim released and the first delivery."""
    taken = max(nth for nth, each in enumerate(points) if each.call == "rmdir")
    return [each for each in points[taken:] if each.call == "fdatasync"][: len(points) // 50]


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

RACED = {"no-lock": "second-hub", "no-claim": "overwritten"}
"""Mutants that no kill shows, and the race that does."""
