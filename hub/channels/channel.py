"""What every remote end must do; the fake passes the same tests as the real ones."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

# Names of files that are still being written by some program; they are passed over (contract §5.1).
UNFINISHED = (".*", "~$*", "*.part", "*.filepart", "*.tmp", "*.crdownload")


def is_unfinished(name: str) -> bool:
    """Whether a name says that its file is still being written."""
    return any(fnmatch.fnmatchcase(name.lower(), pattern) for pattern in UNFINISHED)


@dataclass(frozen=True, slots=True)
class Listed:
    """A file that lies at the remote end, as a listing shows it."""

    name: str
    size: int
    modified_at: datetime


@dataclass(frozen=True, slots=True)
class Claim:
    """A file that is ours: its bytes can no longer be changed by the partner. `source` makes the arrival unique."""

    name: str
    source: str
    modified_at: datetime


@dataclass(frozen=True, slots=True)
class Letter:
    """A file to deliver: its ledger id, its name and its bytes."""

    file: int
    name: str
    data: bytes


class Channel(Protocol):
    """One partner's remote end. Every method may raise Unreachable."""

    def listing(self) -> Iterator[Listed]:
        """The finished files that lie in the inbox."""
        ...

    def claim(self, listed: Listed, mark: int) -> Claim | None:
        """Take a file away from the partner under a mark that grows; None when it is gone."""
        ...

    def leftovers(self) -> list[Claim]:
        """Claims that a crash left behind, oldest first."""
        ...

    def read(self, claim: Claim) -> bytes:
        """The bytes of a claimed file."""
        ...

    def release(self, claim: Claim) -> None:
        """Remove a claimed file, after the ledger has it."""
        ...

    def deliver(self, letters: Sequence[Letter]) -> None:
        """Put files into the outbox, each visible only whole and under its own name; the same again is no harm."""
        ...

    def sweep(self) -> int:
        """Remove what a crash left half-delivered in the outbox, before anything is delivered; returns how many files."""
        ...
