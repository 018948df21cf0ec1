"""What every remote end must do; the fake passes the same tests as the real ones."""

from __future__ import annotations

import fnmatch
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from hub.domain.problems import HubError

# Names of files that are still being written by some program; they are passed over (contract §5.1).
UNFINISHED = (".*", "~$*", "*.part", "*.filepart", "*.tmp", "*.crdownload")
_UNFINISHED = re.compile("|".join(map(fnmatch.translate, UNFINISHED)))

CLAIMS = ".hub"
"""The folder beside the dropped files in which claimed ones wait, where the hub has no better place."""


_ASIDE = re.compile(r"\.hub-\d+\.part", re.ASCII)


def is_unfinished(name: str) -> bool:
    """Whether a name says that its file is still being written."""
    return _UNFINISHED.match(name.lower()) is not None


class Untaken(HubError):
    """One file cannot be had now (it changed while it was read, or reading is refused); it stays where it is."""


@dataclass(frozen=True, slots=True)
class Listed:
    """What lies in an inbox, as a listing shows it. `left` says why the hub does not touch it; empty for a file to take."""

    name: str
    size: int
    modified_at: datetime
    left: str = ""


@dataclass(frozen=True, slots=True)
class Claim:
    """A file that is the hub's to read.

    `path` is where it lies, as the channel names it. `lies_as` is the name under which it still lies where the partner
    dropped it, so that he can change it: the channel has no way to move it out of his reach, or is asked to leave it.
    """

    name: str
    path: str
    size: int
    modified_at: datetime
    lies_as: str = ""

    @property
    def key(self) -> str:
        """What it is remembered by while it lies there."""
        return self.lies_as or self.path

    @property
    def source(self) -> str:
        """What makes the arrival unique: what is written into a claimed file afterwards is another arrival."""
        return f"{self.path}|{self.size}|{self.modified_at.timestamp():.6f}"


@dataclass(frozen=True, slots=True)
class Left:
    """A file that lies where it lies because of `why`; `key` is the name in the listing, or where the claim lies."""

    key: str
    why: str


@dataclass(frozen=True, slots=True)
class Letter:
    """A file to deliver: its ledger id, its name, and its bytes or the archived file that holds them."""

    file: int
    name: str
    body: bytes | Path

    @property
    def size(self) -> int:
        """How many bytes it has."""
        return len(self.body) if isinstance(self.body, bytes) else self.body.stat().st_size

    def open(self) -> io.BufferedIOBase:
        """Its bytes, to be read from their beginning."""
        return io.BytesIO(self.body) if isinstance(self.body, bytes) else self.body.open("rb")

    @property
    def aside(self) -> str:
        """The name under which it is written before it is whole: the same at every try, so that a retry overwrites it."""
        return f".hub-{self.file}.part"


def is_aside(name: str) -> bool:
    """Whether a name is that of a letter half-written by some earlier run: it is written anew under the same one."""
    return _ASIDE.fullmatch(name) is not None


@dataclass(frozen=True, slots=True)
class Delivered:
    """What became of a letter: it lies whole under its name, or `why` it does not."""

    file: int
    why: str = ""


Chunks = Iterator[bytes]


class Channel(Protocol):
    """One partner's remote end. Every method may raise Unreachable: the end as a whole is out of reach."""

    @property
    def keeps(self) -> bool:
        """Whether it was agreed that taken files stay where they lie."""
        ...

    @property
    def far(self) -> bool:
        """Whether it lies beyond a network, so that it is waited for in a thread and a file too large is not fetched."""
        ...

    def listing(self) -> Iterator[Listed]:
        """What lies in the inbox but for unfinished files and folders, read as it is asked for."""
        ...

    def claim(self, listed: Sequence[Listed], mark: int) -> Iterator[Claim | Left]:
        """Take files out of the partner's reach under marks that grow from `mark`; those that are gone are passed over."""
        ...

    def leftovers(self) -> list[Claim]:
        """Claims that a crash, or a removal that was refused, left behind, oldest first."""
        ...

    def fetch(self, claims: Sequence[Claim]) -> Iterator[tuple[Claim, Chunks]]:
        """The bytes of claimed files, each to be read before the next; the chunks raise Untaken when it cannot be had whole."""
        ...

    def in_place(self, listed: Listed) -> Claim:
        """A listed file as a claim where it lies."""
        ...

    def release(self, claims: Sequence[Claim]) -> list[Left]:
        """Remove claimed files (or move, or leave them, as the partner agreed) after the ledger has them.

        Out: those that could not be. A file that was changed since is left: it is another arrival.
        """
        ...

    def deliver(self, letters: Sequence[Letter]) -> Iterator[Delivered]:
        """Put files into the outbox, each visible only whole and under its own name; the same again is no harm."""
        ...

    def sweep(self) -> int:
        """Remove what a crash left half-delivered in the outbox, before anything is delivered; returns how many files."""
        ...

    def close(self) -> None:
        """Let go of the remote end; what it is doing ends."""
        ...
