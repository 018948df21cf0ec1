"""One hub on a workspace: a lock that dies with its process, never a stale file to clear away."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hub.domain.problems import Busy

_LOOKS = 0.1


@contextmanager
def hold(home: Path, wait: float = 5.0) -> Iterator[None]:
    """Hold the workspace for as long as the block lasts.

    Waits up to `wait` seconds for another hub to end, then raises Busy.
    """
    folder = home / "var"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(folder / "hub.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _take(handle, wait)
        yield
    finally:
        os.close(handle)


def _take(handle: int, wait: float) -> None:
    until = time.monotonic() + wait
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= until:
                raise Busy("another hub works on this workspace; wait for it or stop it") from None
            time.sleep(_LOOKS)
        else:
            return
