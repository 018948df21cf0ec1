"""Every file as it was: small ones in the store (they commit with everything else), large ones by content in a folder."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, insert, select

from hub.config.private import private_folder
from hub.domain.problems import HubError, StoreAway
from hub.store.schema import contents, files

SMALL = 64 * 1024


class ArchiveDamaged(HubError):
    """An archived file is missing or changed; restore it from a backup."""


class ContentPurged(HubError):
    """Retention has let go of a file's content; ask the partner to send it again."""


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
                    for folder in (path.parent, self._asides):
                        private_folder(folder)
                    write_durably(path, data, self._asides / sha)
        return sha

    def file_in(self, db: Connection, file: int, data: bytes) -> None:
        """Keep a small file's bytes under its ledger id, in the ledger's own transaction."""
        if len(data) <= SMALL:
            db.execute(insert(contents).values(file=file, body=data))

    def read(self, db: Connection, file: int) -> bytes:
        """The bytes of a file in the ledger, proved by its hash. Raises ArchiveDamaged."""
        row = db.execute(
            select(files.c.sha256, files.c.purged_at, contents.c.body)
            .outerjoin(contents, contents.c.file == files.c.id)
            .where(files.c.id == file)
        ).one()
        if row.body is not None:
            data = bytes(row.body)
        else:
            path = self._path(row.sha256)
            if row.purged_at is not None:
                raise ContentPurged(f"the content of file {file} was let go of by retention on {row.purged_at:%Y-%m-%d}")
            if not path.exists():
                raise ArchiveDamaged(f"file {file} is not in the archive: {path.name}")
            with _reaching():
                data = path.read_bytes()
        if hashlib.sha256(data).hexdigest() != row.sha256:
            raise ArchiveDamaged(f"file {file} is not what it was when it was archived")
        return data

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


def sync_folder(folder: Path) -> None:
    """Make renames in a folder durable."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
