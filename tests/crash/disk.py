"""A disk that keeps only what was synced: what a power cut leaves, as far as POSIX promises it and no further.

A file's content counts as of its last sync, an entry of a folder as of the folder's last sync; a rename is one change,
whichever of its two folders is synced. Two states are told apart, since file systems write as they like: what was synced
alone, and all names as they are now over contents that were synced (never synced: empty).
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

File = tuple[str, int]
"""The hash of its content, and when it was modified if it lay there at first (else 0)."""
State = dict[str, File | None]
"""By path beneath the workspace: a file, None for a folder."""

SYNCS = "fsync,fdatasync,syncfs"
NAMES = "rename,renameat,renameat2,mkdir,rmdir,unlink,unlinkat"
_CALL = re.compile(r"^(?:\d+ +)?(?P<name>\w+)\((?P<arguments>.*)\) += (?P<result>-?\d+)")
_DESCRIPTOR = re.compile(r"^\d+<(?P<path>[^>]*)>")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
_NOTHING = hashlib.sha256(b"").hexdigest()
_MADE_ANEW = "-shm"  # what SQLite shares between processes is made anew by whoever opens the store


@dataclass(slots=True)
class Disk:
    """The disk under one workspace, in which everything lies synced at first."""

    home: Path
    contents: dict[str, bytes] = field(default_factory=dict)
    _files: dict[int, str] = field(default_factory=dict)
    _folders: dict[int, dict[str, int]] = field(default_factory=dict)
    _moved: list[tuple[int, str, int, str, int]] = field(default_factory=list)
    _modified: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Everything is synced."""
        for path in self.home.rglob("*"):
            self._modified[_inode(path)] = path.stat().st_mtime_ns
        self._sync_all()

    def happened(self, line: str) -> bool:
        """A call of the traced hub is over; whether it was one that synced something of the workspace."""
        call = _CALL.match(line)
        if call is None or call["result"] != "0" or f"{self.home}/" not in call["arguments"]:
            return False
        name, arguments = call["name"], call["arguments"]
        if name == "syncfs":
            self._sync_all()
        elif name in SYNCS.split(","):
            path = _DESCRIPTOR.match(arguments)
            if path is None:
                raise AssertionError(f"what does this sync? {line}")
            self._sync(Path(path["path"]))
        elif name.startswith("rename"):
            source, goal = (Path(each) for each in _QUOTED.findall(arguments))
            self._moved.append((_inode(source.parent), source.name, _inode(goal.parent), goal.name, _inode(goal)))
            return False
        else:
            return False
        return True

    def _sync_all(self) -> None:
        for folder, _, names in os.walk(self.home):
            self._sync_folder(Path(folder))
            for name in names:
                self._sync_file(Path(folder, name))

    def _sync(self, path: Path) -> None:
        if path.is_dir():
            self._sync_folder(path)
        elif path.exists():  # what was deleted while it was open matters to nobody
            self._sync_file(path)

    def _sync_file(self, path: Path) -> None:
        data = path.read_bytes()
        sha = hashlib.sha256(data).hexdigest()
        self.contents[sha] = data
        self._files[_inode(path)] = sha

    def _sync_folder(self, path: Path) -> None:
        mine = _inode(path)
        self._folders[mine] = {each.name: each.inode() for each in os.scandir(path)}
        for source, before, goal, name, inode in self._moved:
            if mine == goal and self._folders.get(source, {}).get(before) == inode:
                del self._folders[source][before]
            if mine == source and goal in self._folders:
                self._folders[goal][name] = inode
        self._moved = [each for each in self._moved if mine not in (each[0], each[2])]

    def synced(self) -> State:
        """What was synced, and nothing else."""
        return dict(self._walk(_inode(self.home), ""))

    def _walk(self, folder: int, path: str) -> Iterator[tuple[str, File | None]]:
        for name, inode in self._folders.get(folder, {}).items():
            here = f"{path}{name}"
            if inode in self._folders or (inode not in self._files and (self.home / here).is_dir()):
                yield here, None
                yield from self._walk(inode, f"{here}/")
            elif not name.endswith(_MADE_ANEW):
                yield here, self._file(inode)

    def named(self) -> State:
        """All names as they are now, over contents that were synced."""
        found: State = {}
        for folder, folders, names in os.walk(self.home):
            top = Path(folder).relative_to(self.home)
            found |= {(top / name).as_posix(): None for name in folders}
            for name in names:
                if not name.endswith(_MADE_ANEW):
                    found[(top / name).as_posix()] = self._file(_inode(Path(folder, name)))
        return found

    def _file(self, inode: int) -> File:
        """A file as it was synced; never synced, it is empty."""
        return self._files.get(inode, _NOTHING), self._modified.get(inode, 0)

    def lay_out(self, state: State, home: Path) -> None:
        """Make a workspace of a state."""
        home.mkdir(parents=True)
        for path, file in sorted(state.items()):
            target = home / path
            if file is None:
                target.mkdir(mode=0o700, exist_ok=True)
                continue
            sha, modified = file
            target.write_bytes(self.contents.get(sha, b""))
            target.chmod(0o600)
            if modified:
                os.utime(target, ns=(modified, modified))


def _inode(path: Path) -> int:
    return path.lstat().st_ino
