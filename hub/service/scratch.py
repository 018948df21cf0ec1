"""A folder of one process's own for what lives no longer than a file's reading; what a crash left behind is swept."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

from hub.config.private import private_folder


class Scratch:
    """A folder under `parent`, made when it is first asked for, held by a lock that dies with the process."""

    def __init__(self, parent: Path) -> None:
        self._parent = parent
        self._held: tuple[Path, int] | None = None

    def open(self) -> Path:
        """The folder."""
        if self._held is None:
            private_folder(self._parent)
            path = Path(tempfile.mkdtemp(dir=self._parent))
            self._held = path, _lock(path)
        return self._held[0]

    def clear(self) -> None:
        """Remove what is in it."""
        for path in self._held[0].iterdir() if self._held is not None else ():
            path.unlink(missing_ok=True)

    def close(self) -> None:
        """Remove the folder and what is in it."""
        if self._held is not None:
            path, handle = self._held
            shutil.rmtree(path, ignore_errors=True)
            os.close(handle)
            self._held = None


def _lock(path: Path) -> int:
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        raise
    return handle


def sweep(parent: Path) -> None:
    """Remove the folders of processes that are no more, and whatever else lies there."""
    for path in parent.iterdir() if parent.is_dir() else ():
        with suppress(OSError):  # it is held, or gone already
            if not path.is_dir():
                path.unlink()
                continue
            handle = _lock(path)
            shutil.rmtree(path, ignore_errors=True)
            os.close(handle)
