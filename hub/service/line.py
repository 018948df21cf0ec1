"""The hub's side of its children: the nursery that it starts, the worker in it, and the line over which they talk."""

from __future__ import annotations

import os
import select
import socket
import subprocess
import sys
import tempfile
from collections import deque
from pathlib import Path
from typing import IO

from hub.domain.problems import ParserFailed
from hub.service.child import END, NUMBER, START
from hub.service.frames import Frames, Head

_PIECE = 1 << 18
_ENVIRONMENT = ("PATH", "LANG", "LC_ALL", "TZ")  # no secret among them
_LARGE, _KEPT = 4 << 20, 64 << 20
"""Bytes: a child asks for much memory piece by piece, and gets it from what it let go of, not new from the system each time.
The largest pieces go back to the system at once."""

_PATIENCE = 60.0  # seconds that the nursery may take to answer
_LAST_WORDS = 4096


class Nursery:
    """The process that forks workers: clean, without the hub's store, locks, threads and secrets."""

    def __init__(self, folder: Path, program: str) -> None:
        """Start it; it gets ready by itself. Raises ParserFailed."""
        self._folder = folder
        self._control, other = socket.socketpair()
        self._control.settimeout(_PATIENCE)
        try:
            with other:
                self._process = subprocess.Popen(  # noqa: S603 - the hub's own program
                    [sys.executable, "-P", "-m", program, str(folder)],
                    stdin=other.fileno(),
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    env=_environment(),
                    start_new_session=True,
                )
        except OSError as error:
            self._control.close()
            raise ParserFailed(f"the child that reads files cannot be started: {error.strerror}") from None

    def start(self) -> Worker:
        """A fresh worker, which may not be there yet. Raises ParserFailed."""
        ours, theirs = socket.socketpair()
        errors = tempfile.TemporaryFile(dir=self._folder)  # noqa: SIM115 - open for as long as the worker lives
        with theirs:
            try:
                socket.send_fds(self._control, [START], [theirs.fileno(), errors.fileno()])
            except OSError:
                ours.close()
                errors.close()
                raise ParserFailed("the child that reads files is gone") from None
        return Worker(ours, errors)

    def end(self) -> int:
        """End the worker. Out: its exit code, or the signal that killed it, below 0. Raises ParserFailed."""
        try:
            self._control.sendall(END)
            told = self._control.recv(NUMBER.size)
        except OSError:
            told = b""
        if len(told) < NUMBER.size:
            raise ParserFailed("the child that reads files is gone")
        number: int = NUMBER.unpack(told)[0]
        return number

    def close(self) -> None:
        """Hang up: it ends its worker and itself."""
        self._control.close()
        try:
            self._process.wait(timeout=_PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def _environment() -> dict[str, str]:
    """What a child needs to find the hub's own code; one thread is enough for it."""
    kept = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
    return kept | {
        "PYTHONPATH": os.pathsep.join(each for each in sys.path if each),
        "PYTHONDONTWRITEBYTECODE": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "ARROW_DEFAULT_MEMORY_POOL": "jemalloc",  # apart from Python's small objects, which would keep what lies around them
        "MALLOC_TRIM_THRESHOLD_": str(_KEPT),
        "MALLOC_MMAP_THRESHOLD_": str(_LARGE),
    }


class Worker:
    """The line to a worker: what is sent waits here until it is taken, what is answered until somebody looks."""

    def __init__(self, line: socket.socket, errors: IO[bytes]) -> None:
        """`errors` is the file of its last words."""
        self._line = line
        self._line.setblocking(False)
        self._errors = errors
        self._frames = Frames()
        self._outgoing: deque[memoryview] = deque()

    def send(self, pieces: list[bytes]) -> None:
        """Send pieces of a frame, as soon as it takes them."""
        self._outgoing.extend(map(memoryview, pieces))

    def exchange(self, seconds: float) -> list[tuple[Head, bytes]] | None:
        """Send and receive what can be, waiting so long at most for something to happen; None when the line is dead."""
        wants = select.POLLIN | (select.POLLOUT if self._outgoing else 0)
        poll = select.poll()
        poll.register(self._line, wants)
        happened = poll.poll(seconds * 1000)
        if not happened:
            return []
        try:
            if self._outgoing:
                self._write()
            data = self._line.recv(_PIECE)
        except BlockingIOError:
            return []
        except OSError:
            return None
        return list(self._frames.feed(data)) if data else None

    def _write(self) -> None:
        try:
            while self._outgoing:
                sent = self._line.send(self._outgoing[0])
                self._outgoing[0] = self._outgoing[0][sent:]
                if not self._outgoing[0]:
                    self._outgoing.popleft()
        except BlockingIOError:
            pass
        except OSError:
            self._outgoing.clear()  # it is gone; what it answered before is still to be read

    def close(self) -> bytes:
        """Hang up; returns its last words."""
        self._line.close()
        with self._errors as errors:
            errors.seek(0, os.SEEK_END)
            errors.seek(max(0, errors.tell() - _LAST_WORDS))
            return errors.read()
