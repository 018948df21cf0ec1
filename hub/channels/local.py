"""A partner on this machine: he drops files into one folder and collects from another."""

from __future__ import annotations

import ctypes
import errno
import os
import re
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from hub.channels.channel import Claim, Letter, Listed, is_unfinished
from hub.config.private import private_folder
from hub.domain.problems import Unreachable

_BESIDE = ".hub"
_ASIDE = re.compile(r"\.\d+\.part")
_TOGETHER = 200  # so many files share one sync, their renames and one folder sync


class LocalChannel:
    """Folders as a channel: claims are renames, deliveries are written aside and renamed."""

    def __init__(self, inbox: Path, outbox: Path, claims: Path) -> None:
        """`claims` is where claimed files wait; on another file system than `inbox` they wait beside it in `.hub/`."""
        self.inbox = inbox
        self.outbox = outbox
        self.claims = claims

    def listing(self) -> Iterator[Listed]:
        """The regular files of the inbox; links, pipes and folders are no files, whatever they are called."""
        with _reaching(self.inbox):
            self.inbox.mkdir(parents=True, exist_ok=True)
            with os.scandir(self.inbox) as entries:
                for entry in entries:
                    listed = None if is_unfinished(entry.name) else self._look(entry)
                    if listed is not None:
                        yield listed

    @staticmethod
    def _look(entry: os.DirEntry[str]) -> Listed | None:
        try:
            found = entry.stat(follow_symlinks=False)
            entry.name.encode()
        except (FileNotFoundError, UnicodeEncodeError):
            return None
        if not stat.S_ISREG(found.st_mode) or found.st_nlink > 1:
            return None
        return Listed(entry.name, found.st_size, _time(found.st_mtime_ns))

    def claim(self, listed: Listed, mark: int) -> Claim | None:
        """Rename the file out of the partner's reach: what he drops under the same name afterwards is another file."""
        with _reaching(self.inbox):
            for root in (self.claims, self.inbox / _BESIDE):
                target = root / f"{mark:020d}" / listed.name
                private_folder(target.parent)
                try:
                    (self.inbox / listed.name).rename(target)
                except OSError as error:
                    target.parent.rmdir()
                    if error.errno == errno.ENOENT:
                        return None
                    if error.errno != errno.EXDEV:
                        raise
                else:
                    return self._claimed(target)
        raise Unreachable(f"{self.inbox.name}: {listed.name} cannot be renamed")

    @staticmethod
    def _claimed(path: Path) -> Claim:
        found = path.stat(follow_symlinks=False)
        return Claim(path.name, str(path), _time(found.st_mtime_ns))

    def leftovers(self) -> list[Claim]:
        """Claims by mark; the empty folder of a claim that was released is swept."""
        found: list[Claim] = []
        with _reaching(self.inbox):
            for root in (self.claims, self.inbox / _BESIDE):
                for folder in sorted(root.iterdir()) if root.is_dir() else ():
                    inside = list(folder.iterdir())
                    found += [self._claimed(path) for path in inside]
                    if not inside:
                        folder.rmdir()
        return found

    def read(self, claim: Claim) -> bytes:
        """The bytes, never through a link and never waiting for a pipe."""
        with _reaching(self.inbox):
            handle = os.open(claim.source, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
            with os.fdopen(handle, "rb") as file:
                return file.read()

    def release(self, claim: Claim) -> None:
        """Remove the claim and its folder; one that is gone is no harm."""
        path = Path(claim.source)
        with _reaching(self.inbox):
            path.unlink(missing_ok=True)
            if path.parent.is_dir():
                path.parent.rmdir()

    def deliver(self, letters: Sequence[Letter]) -> None:
        """Write aside, sync, rename, sync the folder; many small files share the syncs."""
        with _reaching(self.outbox):
            self.outbox.mkdir(parents=True, exist_ok=True)
            for start in range(0, len(letters), _TOGETHER):
                self._deliver_together(letters[start : start + _TOGETHER])

    def sweep(self) -> int:
        """Half-written deliveries are written anew under the same name, unless their file waits in quarantine."""
        try:
            left = [path for path in self.outbox.iterdir() if _ASIDE.fullmatch(path.name)]
            for path in left:
                path.unlink()
        except OSError:
            return 0  # the delivery will tell what is wrong with the folder
        return len(left)

    def _deliver_together(self, letters: Sequence[Letter]) -> None:
        asides = [self.outbox / f".{letter.file}.part" for letter in letters]
        for letter, aside in zip(letters, asides, strict=True):
            self._write_aside(aside, letter.data, sync=len(letters) == 1)
        folder = os.open(self.outbox, os.O_RDONLY | os.O_DIRECTORY)
        try:
            if len(letters) > 1:
                _sync_file_system(folder)
            for letter, aside in zip(letters, asides, strict=True):
                aside.replace(self.outbox / letter.name)
            os.fsync(folder)
        finally:
            os.close(folder)

    @staticmethod
    def _write_aside(aside: Path, data: bytes, *, sync: bool) -> None:
        handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o660)
        with os.fdopen(handle, "wb") as out:
            out.write(data)
            out.flush()
            if sync:
                os.fsync(handle)


@contextmanager
def _reaching(folder: Path) -> Iterator[None]:
    """What the system refuses is the partner out of reach: others are served all the same."""
    try:
        yield
    except OSError as error:
        raise Unreachable(f"{folder.name}: {error.strerror}") from error


def _time(nanoseconds: int) -> datetime:
    return datetime.fromtimestamp(nanoseconds / 1_000_000_000, UTC)


def _sync_file_system(folder: int) -> None:
    """One `syncfs` for many files: a third of the cost of a sync each; where the system has none, a full sync."""
    syncfs = getattr(ctypes.CDLL(None, use_errno=True), "syncfs", None)
    if syncfs is None:
        os.sync()
    elif syncfs(folder) != 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
