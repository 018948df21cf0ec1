"""The children that read files, forked before the hub begins: real ones, without the second that a new interpreter takes.

They are forked before strace looks at the hub, so that what is injected hits the hub alone. A worker can be made to die
by itself, at one of the moments between which nothing of it can be seen from outside.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from mmap import mmap
from pathlib import Path
from typing import Any

from hub.mapping.handover import send
from hub.mapping.stow import InFile, Stow
from hub.service import child, line

_LONGEST_PATH = 4096


@dataclass(frozen=True, slots=True)
class Death:
    """How workers die: at which of their acts, counted over all of them, and how many of them do so in turn."""

    act: int
    times: int = 1


class Acts:
    """Counts what workers do that can be seen from outside; shared by all processes that are forked after it."""

    def __init__(self, death: Death | None = None) -> None:
        self._shared = mmap(-1, 16)
        self._death = death

    @property
    def done(self) -> int:
        """How many acts there were."""
        return int.from_bytes(self._shared[:8], "little")

    @property
    def deaths(self) -> int:
        """How many workers died of it."""
        return int.from_bytes(self._shared[8:], "little")

    def act(self) -> None:
        """A worker is about to do something; it may die instead."""
        now = self.done + 1
        self._shared[:8] = now.to_bytes(8, "little")
        death = self._death
        if death is not None and now >= death.act and self.deaths < death.times:
            self._shared[8:] = (self.deaths + 1).to_bytes(8, "little")
            os.kill(os.getpid(), signal.SIGKILL)


def _watched(acts: Acts) -> None:
    """Have workers count: before a reading, a column of a large one that they write, a piece that they answer."""
    answer, put, put_array = child.Worker._answer, InFile.put, InFile.put_array

    def answered(self: child.Worker, head: dict[str, Any], body: bytes) -> None:
        acts.act()
        self._line = _Line(self._line, acts)  # type: ignore[assignment]
        try:
            answer(self, head, body)
        finally:
            self._line = self._line.line  # type: ignore[attr-defined]

    def sent(reading: Any, stow: Stow) -> Any:
        acts.act()
        return send(reading, stow)

    def column(self: Any, values: Any) -> Any:
        acts.act()
        return put(self, values)

    def array(self: Any, values: Any) -> Any:
        acts.act()
        return put_array(self, values)

    child.Worker._answer = answered  # type: ignore[method-assign]
    child.send = sent  # type: ignore[attr-defined]
    InFile.put, InFile.put_array = column, array  # type: ignore[method-assign,assignment]


@dataclass(slots=True)
class _Line:
    """A worker's line that counts what is sent over it."""

    line: socket.socket
    acts: Acts

    def sendall(self, piece: bytes) -> None:
        self.acts.act()
        self.line.sendall(piece)


class _Born:
    """What stands for the process that the hub would have started."""

    def __init__(self, pid: int) -> None:
        self.pid = pid

    def wait(self, timeout: float) -> int:
        """Wait until it has ended."""
        until = time.monotonic() + timeout
        while True:
            done, status = os.waitpid(self.pid, os.WNOHANG)
            if done:
                return os.waitstatus_to_exitcode(status)
            if time.monotonic() > until:
                raise subprocess.TimeoutExpired("nursery", timeout)
            time.sleep(0.001)

    def kill(self) -> None:
        """End it."""
        os.kill(self.pid, signal.SIGKILL)


def stand_ready(acts: Acts | None = None, several: int = 1) -> None:
    """Fork nurseries that wait, and let this process's hub take them when it would start one."""
    ready = [_fork(acts) for _ in range(several)]

    def take(command: Sequence[str], *, stdin: int, **_given: object) -> _Born:
        pid, meeting = ready.pop(0)
        with meeting:
            socket.send_fds(meeting, [command[-1].encode()], [stdin])
        return _Born(pid)

    line.subprocess.Popen = take  # type: ignore[attr-defined]


def _fork(acts: Acts | None) -> tuple[int, socket.socket]:
    ours, theirs = socket.socketpair()
    pid = os.fork()
    if pid:
        theirs.close()
        return pid, ours
    code = 1
    try:
        ours.close()
        _wait(theirs, acts)
        code = 0
    finally:
        os._exit(code)


def _wait(meeting: socket.socket, acts: Acts | None) -> None:
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, signal.SIG_IGN)
    folder, [control], _, _ = socket.recv_fds(meeting, _LONGEST_PATH, 1)
    meeting.close()
    if acts is not None:
        _watched(acts)
    with socket.socket(fileno=control) as asked:
        child.nursery(asked, Path(os.fsdecode(folder)))
