"""Every file as it was: small ones in the store (they commit with everything else), large ones by content in a folder."""

from __future__ import annotations

import hashlib
import itertools
import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, Any

from sqlalchemy import Connection, select

from hub.config.private import private_folder, sync_folder
from hub.domain.problems import HubError, StoreAway
from hub.store.many import add, chunks
from hub.store.schema import contents, files

SMALL = 64 * 1024


class ArchiveDamaged(HubError):
    """An archived file is missing or changed; restore it from a backup."""


class ContentPurged(HubError):
    """Retention has let go of a file's content; ask the partner to send it again."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A file that came in piece by piece: its size and hash, and its bytes when it is small (else they are archived)."""

    size: int
    sha256: str
    body: bytes | None


NEVER_FETCHED = ""
"""The hash of a file that was refused unread, as too large: the archive does not hold it."""

_numbers = itertools.count()


class Archive:
    """The archive of one workspace."""

    def __init__(self, folder: Path) -> None:
        """`folder` is made on first use."""
        self.folder = folder

    def prepare(self, data: bytes) -> str:
        """Make a large file durable before the ledger names it; returns the sha256 of any file."""
        sha = hashlib.sha256(data).hexdigest()
        if len(data) > SMALL:
            path = self._path(sha)
            if not path.exists():
                with _reaching():
                    private_folder(self._asides)
                    write_durably(self._room_for(sha), data, self._asides / sha)
        return sha

    def receive(self, chunks: Iterable[bytes]) -> Stored:
        """Keep a file as it comes, never whole in memory: a large one is durable when this returns.

        What `chunks` raises goes through, and nothing is kept then.
        """
        digest, held = hashlib.sha256(), bytearray()
        rest = iter(chunks)
        for chunk in rest:
            digest.update(chunk)
            held += chunk
            if len(held) > SMALL:
                break
        else:
            return Stored(len(held), digest.hexdigest(), bytes(held))
        with _reaching(), self._incoming() as (aside, out):
            out.write(held)
            size = len(held)
            for chunk in rest:
                digest.update(chunk)
                out.write(chunk)
                size += len(chunk)
            out.flush()
            os.fsync(out.fileno())
            path = self._room_for(digest.hexdigest())
            aside.replace(path)
            sync_folder(path.parent)
        return Stored(size, digest.hexdigest(), None)

    @contextmanager
    def _incoming(self) -> Iterator[tuple[Path, IO[bytes]]]:
        """A file aside, for the block to rename; gone when it fails."""
        private_folder(self._asides)
        aside = self._asides / f"{os.getpid()}-{next(_numbers)}.part"
        try:
            with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600), "wb") as out:
                yield aside, out
        except BaseException:
            aside.unlink(missing_ok=True)
            raise

    def body(self, db: Connection, file: int) -> bytes | Path:
        """The bytes of a small file, or where a large one lies; proved by the hash. Raises ArchiveDamaged."""
        return next(iter(self.bodies(db, [file]).values()))()

    def bodies(self, db: Connection, wanted: Collection[int]) -> dict[int, Callable[[], bytes | Path]]:
        """The bodies of many files, fetched together, by id; each is proved when it is asked for, which may raise as `body`."""
        found: dict[int, Callable[[], bytes | Path]] = {}
        for some in chunks(wanted):
            query = (
                select(files.c.id, files.c.sha256, files.c.purged_at, contents.c.body)
                .outerjoin(contents, contents.c.file == files.c.id)
                .where(files.c.id.in_(some))
            )
            found.update({row.id: partial(self._proved, row) for row in db.execute(query).all()})
        return found

    def _proved(self, row: Any) -> bytes | Path:
        file = row.id
        if row.body is not None:
            _prove(file, hashlib.sha256(row.body).hexdigest(), row.sha256)
            return bytes(row.body)
        if row.purged_at is not None:
            raise ContentPurged(f"the content of file {file} was let go of by retention on {row.purged_at:%Y-%m-%d}")
        path = self._path(row.sha256)
        if not row.sha256 or not path.exists():
            raise ArchiveDamaged(f"file {file} is not in the archive: {path.name}")
        with _reaching():
            _prove(file, _hash_of(path), row.sha256)
        return path

    def file_in(self, db: Connection, bodies: Mapping[int, bytes]) -> None:
        """Keep the bytes of those files that are small, by their ledger id, in the ledger's own transaction."""
        add(db, contents, [{"file": file, "body": data} for file, data in bodies.items() if len(data) <= SMALL])

    def read(self, db: Connection, file: int) -> bytes:
        """All the bytes of a file in the ledger, proved by its hash. Raises ArchiveDamaged."""
        return self.bytes_of(self.body(db, file))

    def bytes_of(self, body: bytes | Path) -> bytes:
        """All of a body."""
        with _reaching():
            return body if isinstance(body, bytes) else body.read_bytes()

    def _room_for(self, sha: str) -> Path:
        """Where a large file goes; its folder is there."""
        path = self._path(sha)
        private_folder(path.parent)
        return path

    def let_go(self, needed: Callable[[Collection[str]], set[str]]) -> int:
        """Remove large files that no file of the ledger needs any longer; returns how many.

        `needed` says which of some hashes are still needed. Only for the hub that holds the workspace: what another is
        about to enter in its ledger would be taken for nobody's.
        """
        removed = 0
        folders = [each for each in self.folder.iterdir() if each.is_dir()] if self.folder.is_dir() else []
        for folder in folders:
            here = {path.name: path for path in folder.iterdir()} if folder != self._asides else {}
            for name in here.keys() - needed(here.keys()):
                here[name].unlink()
                removed += 1
        return removed

    def sweep(self) -> int:
        """Remove what a crash left half-written; returns how many files. Only for the hub that holds the workspace."""
        left = list(self._asides.iterdir()) if self._asides.is_dir() else []
        for each in left:
            each.unlink()
        return len(left)

    @property
    def _asides(self) -> Path:
        return self.folder / "aside"

    def _path(self, sha: str) -> Path:
        return self.folder / sha[:2] / sha


def _prove(file: int, found: str, known: str) -> None:
    if found != known:
        raise ArchiveDamaged(f"file {file} is not what it was when it was archived")


def _hash_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def _reaching() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StoreAway(f"the archive does not answer: {error.strerror}") from error


def write_durably(path: Path, data: bytes, aside: Path) -> None:
    """Write aside, sync, rename over, sync the folder: the portable recipe that survives a power cut."""
    handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    try:
        with os.fdopen(handle, "wb", closefd=False) as out:
            out.write(data)
        os.fsync(handle)
    finally:
        os.close(handle)
    aside.replace(path)
    sync_folder(path.parent)
