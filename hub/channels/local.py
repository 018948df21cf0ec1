"""A partner on this machine: he drops files into one folder and collects from another."""

from __future__ import annotations

import ctypes
import errno
import os
import re
import stat
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hub.channels.channel import CLAIMS, Chunks, Claim, Delivered, Left, Letter, Listed, Untaken, is_aside, is_unfinished
from hub.channels.names import safe_name
from hub.config.private import FOLDER, lasting_folder, private_folder, sync_folder
from hub.domain.problems import Unreachable

_TOGETHER = 500  # so many files share one sync, their renames and one folder sync
_FEW = 4  # folders cost less synced one by one: those of one claim or two
_BLOCK = 1 << 20
_MARK = re.compile(r"\d{20}", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_KINDS = (
    (stat.S_ISLNK, "it is a link; put the file itself here"),
    (stat.S_ISFIFO, "it is a pipe, no file"),
    (stat.S_ISSOCK, "it is a socket, no file"),
    (stat.S_ISCHR, "it is a device, no file"),
    (stat.S_ISBLK, "it is a device, no file"),
)


class LocalChannel:
    """Folders as a channel: claims are renames, deliveries are written aside and renamed."""

    far = False
    keeps = False

    def __init__(self, inbox: Path, outbox: Path, claims: Path) -> None:
        """`claims` is where claimed files wait; on another file system than `inbox` they wait beside it in `.hub/`."""
        self.inbox = inbox
        self.outbox = outbox
        self.claims = claims

    def listing(self) -> Iterator[Listed]:
        """The files of the inbox; what is a link, a pipe or a device, or has a second name elsewhere, is left."""
        with _reaching(self.inbox):
            self.inbox.mkdir(parents=True, exist_ok=True)
            with os.scandir(self.inbox) as entries:
                for entry in entries:
                    listed = None if is_unfinished(entry.name) else _look(entry)
                    if listed is not None:
                        yield listed

    def claim(self, listed: Sequence[Listed], mark: int) -> Iterator[Claim | Left]:
        """Rename files out of the partner's reach: what he drops under the same name afterwards is another file.

        Those of one look lie in one folder, since no two have the same name; making one for each would cost as much as the rest.
        """
        made: dict[Path, str] = {}
        roots = (self.claims, self.inbox / CLAIMS)
        for each in listed:
            taken = self._claim(each.name, f"{mark:020d}", roots, made)
            if taken is not None:
                yield taken

    def _claim(self, name: str, mark: str, roots: Sequence[Path], made: dict[Path, str]) -> Claim | Left | None:
        source = os.path.join(self.inbox, name)
        for root in roots:
            if root not in made:
                with _reaching(root):
                    made[root] = _make_folder(root, mark)
            path = os.path.join(made[root], name)
            try:
                os.rename(source, path)
            except OSError as error:
                _remove_empty([made.pop(root)])
                if error.errno == errno.ENOENT:
                    return None
                if error.errno != errno.EXDEV:
                    return Left(name, f"the hub may not take it: {error.strerror}")
            else:
                return _claimed(path) or self._put_back(path, made.pop(root))
        return Left(name, f"it cannot be renamed within {self.inbox.name}")

    def _put_back(self, path: str, folder: str) -> Left:
        """What was made a link or got a second name between the look and the claim is not the hub's to read."""
        name = os.path.basename(path)
        if not os.path.lexists(self.inbox / name):
            os.rename(path, self.inbox / name)
            _remove_empty([folder])
        return Left(name, "it is no plain file any more")

    def leftovers(self) -> list[Claim]:
        """Claims by mark; the empty folder of a claim that was released is swept.

        The folder beside the dropped files is within the partner's reach: only what looks like a claim counts.
        """
        found: list[tuple[str, Claim]] = []
        with _reaching(self.inbox):
            for root in (self.claims, self.inbox / CLAIMS):
                for folder in _claim_folders(root):
                    inside = list(folder.iterdir())
                    if not inside:
                        folder.rmdir()
                    claims = (_claimed(str(path)) for path in inside)
                    found += [(folder.name, claim) for claim in claims if claim is not None]
        return [claim for _, claim in sorted(found, key=lambda each: (each[0], each[1].modified_at, each[1].path))]

    def fetch(self, claims: Sequence[Claim]) -> Iterator[tuple[Claim, Chunks]]:
        """The bytes, never through a link and never waiting for a pipe.

        First the claims are made to last: a file that a power cut put back into the inbox would be taken twice.
        """
        folders = {Path(each) for each in {os.path.dirname(claim.path) for claim in claims if not claim.lies_as}}
        if folders:
            with _reaching(self.inbox):
                _sync_folders([*sorted(folders | {each.parent for each in folders}), self.inbox])
        for claim in claims:
            yield claim, _read(claim)

    def in_place(self, listed: Listed) -> Claim:
        """A file of the inbox as it lies there."""
        path = str(self.inbox / listed.name)
        return Claim(safe_name(listed.name), path, listed.size, listed.modified_at, lies_as=listed.name)

    def release(self, claims: Sequence[Claim]) -> list[Left]:
        """Remove claims and their folders; one that is gone is no harm, one that was written to since is another arrival."""
        refused: list[Left] = []
        folders: dict[str, None] = {}
        for claim in claims:
            try:
                if _claimed(claim.path) == claim:
                    os.unlink(claim.path)
                    folders[os.path.dirname(claim.path)] = None
            except FileNotFoundError:
                continue
            except OSError as error:
                refused.append(Left(claim.key, f"the hub may not remove it: {error.strerror}"))
        _remove_empty(folders)
        return refused

    def deliver(self, letters: Sequence[Letter]) -> Iterator[Delivered]:
        """Write aside, sync, rename, sync the folder; many small files share the syncs."""
        with _reaching(self.outbox):
            lasting_folder(self.outbox)
            for start in range(0, len(letters), _TOGETHER):
                yield from self._deliver_together(letters[start : start + _TOGETHER])

    def _deliver_together(self, letters: Sequence[Letter]) -> Iterator[Delivered]:
        """One letter that cannot be named does not hold up the others; nor does one too large for the room there is.

        Where something could not be written, the folder is out of reach once the others lie there.
        """
        written: list[Letter] = []
        trouble: OSError | None = None
        for letter in letters:
            try:
                self._write_aside(letter, sync=len(letters) == 1)
                written.append(letter)
            except OSError as error:
                trouble = error
                with suppress(OSError):
                    (self.outbox / letter.aside).unlink()
        if written:
            yield from self._show(written, sync=len(letters) > 1)
        if trouble is not None:
            raise trouble

    def _show(self, letters: Sequence[Letter], *, sync: bool) -> list[Delivered]:
        """Give letters that lie there whole their names."""
        outcomes: list[Delivered] = []
        outbox = str(self.outbox)
        folder = os.open(outbox, os.O_RDONLY | os.O_DIRECTORY)
        try:
            if sync:
                _sync_file_system(folder)
            for letter in letters:
                try:
                    os.replace(f"{outbox}/{letter.aside}", f"{outbox}/{letter.name}")
                    outcomes.append(Delivered(letter.file))
                except OSError as error:
                    outcomes.append(Delivered(letter.file, f"{letter.name}: {error.strerror}"))
            os.fsync(folder)
        finally:
            os.close(folder)
        return outcomes

    def _write_aside(self, letter: Letter, *, sync: bool) -> None:
        handle = os.open(os.path.join(self.outbox, letter.aside), os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o660)
        if isinstance(letter.body, bytes) and not sync:
            _write_whole(handle, letter.body)
            return
        with os.fdopen(handle, "wb") as out, letter.open() as body:
            while block := body.read(_BLOCK):
                out.write(block)
            out.flush()
            if sync:
                os.fsync(handle)

    def sweep(self) -> int:
        """Half-written deliveries are written anew under the same name, unless their file waits in quarantine."""
        try:
            left = [path for path in self.outbox.iterdir() if is_aside(path.name)]
            for path in left:
                path.unlink()
        except OSError:
            return 0  # the delivery will tell what is wrong with the folder
        return len(left)

    def close(self) -> None:
        """Nothing is held."""


def _write_whole(handle: int, body: bytes) -> None:
    """Write a small letter, and close it: what a stream costs is more than the writing."""
    try:
        while body:
            body = body[os.write(handle, body) :]
    finally:
        os.close(handle)


@contextmanager
def _reaching(folder: Path) -> Iterator[None]:
    """What the system refuses is the partner out of reach: others are served all the same."""
    try:
        yield
    except OSError as error:
        raise Unreachable(f"{folder.name}: {error.strerror}") from error


def _look(entry: os.DirEntry[str]) -> Listed | None:
    try:
        found = entry.stat(follow_symlinks=False)
    except FileNotFoundError:
        return None
    if stat.S_ISDIR(found.st_mode):
        return None
    left = next((why for fits, why in _KINDS if fits(found.st_mode)), "")
    if not left and found.st_nlink > 1:
        left = "it has a second name elsewhere (a hard link); put a copy here"
    return Listed(entry.name, found.st_size, _time(found.st_mtime_ns), left)


def _make_own(folder: Path) -> None:
    """Make a folder for claims. One that somebody else put there, or a link, would lead claimed files elsewhere."""
    private_folder(folder)
    if not _is_own(folder):
        raise PermissionError(errno.EPERM, f"{folder.name} is not the hub's own folder")


def _is_own(folder: Path) -> bool:
    """The folder beside the dropped files is only believed when the hub made it; the one under `var` is nobody else's."""
    found = folder.lstat()
    return stat.S_ISDIR(found.st_mode) and (folder.name != CLAIMS or found.st_uid == os.geteuid())


def _claim_folders(root: Path) -> list[Path]:
    """The folders of claims under a root that is the hub's own."""
    if not os.path.lexists(root) or not _is_own(root):
        return []
    return [each for each in sorted(root.iterdir()) if _MARK.fullmatch(each.name) and stat.S_ISDIR(each.lstat().st_mode)]


def _make_folder(root: Path, mark: str) -> str:
    """The folder of a mark under a root that is the hub's own; one that a crash left is taken up."""
    _make_own(root)
    folder = root / mark
    folder.mkdir(mode=FOLDER, exist_ok=True)
    return str(folder)


def _remove_empty(folders: Iterable[str]) -> None:
    """Remove the folders of claims in which nothing is left; one that cannot be is swept at a later look."""
    for folder in folders:
        with suppress(OSError):
            os.rmdir(folder)


def _claimed(path: str) -> Claim | None:
    """A claim as it lies there; None for what is no regular file of one name."""
    found = os.lstat(path)
    if not stat.S_ISREG(found.st_mode) or found.st_nlink > 1:
        return None
    return Claim(safe_name(os.path.basename(path)), path, found.st_size, _time(found.st_mtime_ns))


def _read(claim: Claim) -> Chunks:
    try:
        handle = os.open(claim.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        try:
            while block := os.read(handle, _BLOCK):
                yield block
            found = os.fstat(handle)
        finally:
            os.close(handle)
    except OSError as error:
        raise Untaken(f"it cannot be read: {error.strerror}") from error
    if (found.st_size, _time(found.st_mtime_ns)) != (claim.size, claim.modified_at):
        raise Untaken("it is still being written")


def _time(nanoseconds: int) -> datetime:
    """To the microsecond, exactly: a float of the seconds would round two looks differently."""
    return _EPOCH + timedelta(microseconds=nanoseconds // 1000)


def _sync_folders(folders: Sequence[Path]) -> None:
    """Make what happened in some folders durable; many of them share a sync, one on each file system."""
    if len(folders) <= _FEW:
        for each in folders:
            sync_folder(each)
        return
    for one in {each.stat().st_dev: each for each in folders}.values():
        handle = os.open(one, os.O_RDONLY | os.O_DIRECTORY)
        try:
            _sync_file_system(handle)
        finally:
            os.close(handle)


def _sync_file_system(folder: int) -> None:
    """One `syncfs` for many files: a third of the cost of a sync each; where the system has none, a full sync."""
    syncfs = getattr(ctypes.CDLL(None, use_errno=True), "syncfs", None)
    if syncfs is None:
        os.sync()
    elif syncfs(folder) != 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
