"""The children's side: a nursery that has everything imported, and the limited worker that it forks to read files.

`python -m hub.service.child FOLDER` is the nursery. It reads orders from the socket that is its standard input: to
fork a worker, or to end it and tell how it ended. It opens no store, knows no partner and sees no secret. The worker
gets a socket of its own, over which files come and readings go; what a file costs it dies of alone.
"""

from __future__ import annotations

import gc
import os
import resource
import signal
import socket
import struct
import sys
from collections.abc import Callable
from pathlib import Path

from hub.domain.problems import FileRefused, where_in_code
from hub.mapping.compile import Mapping
from hub.mapping.giveback import give_back
from hub.mapping.handover import pack_refusal, send
from hub.mapping.intake import take_in
from hub.mapping.stow import Stow
from hub.service.frames import Frames, Head, frame
from hub.service.memory import look_for_cycles_rarely
from hub.service.messages import Named, Wanting, named, told_incoming, told_mapping, told_marking

PROGRAM = "hub.service.child"
START, END = b"s", b"e"  # what the nursery is told
NUMBER = struct.Struct("!i")  # what it answers: how the worker ended
BURST = 77  # the worker ends with this when its memory does not suffice

_PIECE = 1 << 18
_FAT = 512 << 10  # kilobytes; a worker that once held more is replaced
_FILES_OPEN = 64
_LONGEST_FILE = 16 << 30


def nursery(control: socket.socket, folder: Path) -> None:
    """Fork and end workers, one at a time, until the hub hangs up."""
    gc.freeze()  # the workers share these pages
    look_for_cycles_rarely()
    worker = status = 0
    while True:
        order, descriptors, _, _ = socket.recv_fds(control, 1, 2)
        if worker:
            os.kill(worker, signal.SIGKILL)  # one that has died already keeps the end it had
            _, status = os.waitpid(worker, 0)
            worker = 0
        if not order:
            return
        if order == START:
            worker = _fork(control, folder, *descriptors)
        else:
            control.sendall(NUMBER.pack(os.waitstatus_to_exitcode(status)))


def _fork(control: socket.socket, folder: Path, line: int, errors: int) -> int:
    worker = os.fork()
    if worker:
        os.close(line)
        os.close(errors)
        return worker
    ended = 1
    hub = socket.socket(fileno=line)  # held here to the very end: the hub takes its closing for the worker's death
    try:
        control.close()
        os.dup2(errors, 2)
        _limit()
        Worker(hub, folder).run()
        ended = 0
    except MemoryError:
        ended = BURST
    finally:
        os._exit(ended)


def _limit() -> None:
    """What holds for the worker's whole life; memory and time are allowed file by file."""
    os.umask(0o077)
    for limit, most in ((resource.RLIMIT_NOFILE, _FILES_OPEN), (resource.RLIMIT_FSIZE, _LONGEST_FILE), (resource.RLIMIT_CORE, 0)):
        resource.setrlimit(limit, (most, most))


class Worker:
    """Reads files as they come over its line, answers each as soon as it is done, and ends when the hub hangs up."""

    def __init__(self, line: socket.socket, folder: Path) -> None:
        self._line = line
        self._folder = folder
        self._known: dict[Named, Mapping] = {}
        self._files = 0

    def run(self) -> None:
        """Work until the line is closed."""
        frames = Frames()
        while data := self._line.recv(_PIECE):
            for head, body in frames.feed(data):
                if "learn" in head:
                    mapping = told_mapping(head)
                    self._known |= {} if mapping is None else {named(mapping): mapping}
                else:
                    self._answer(head, body)

    def _answer(self, head: Head, body: bytes) -> None:
        _allow(*head["allow"])
        try:
            told, made = _WORK[head["do"]](self, head, body)
        except MemoryError:
            raise
        except FileRefused as refusal:
            told, made = {"refusal": pack_refusal(refusal)}, b""
        except Wanting:
            told, made = {"wants": "candidates"}, b""
        except Exception as error:  # noqa: BLE001 - a fault of the hub's own costs this file; the hub is told what and where
            told, made = {"failed": type(error).__name__, "where": where_in_code(error)}, b""
        told["fat"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss > _FAT
        for piece in frame(told, made):
            self._line.sendall(piece)

    def _read(self, head: Head, body: bytes) -> tuple[Head, bytes]:
        self._files += 1
        with Stow(self._folder / f"{os.getpid()}-{self._files}.arrow") as stow:
            outcome = take_in(told_incoming(head, body, self._known), stow.add)
            told: Head = {"mapping": None if outcome.mapping is None else named(outcome.mapping)}
            if outcome.refusal is not None:
                told["refusal"] = pack_refusal(outcome.refusal)
            if outcome.reading is not None:
                told["reading"] = send(outcome.reading, stow)
        return told, b""

    def _mark(self, head: Head, body: bytes) -> tuple[Head, bytes]:
        return {}, give_back(told_marking(head, body, self._known))


_WORK: dict[str, Callable[[Worker, Head, bytes], tuple[Head, bytes]]] = {"read": Worker._read, "mark": Worker._mark}


def _allow(seconds: int, memory: int) -> None:
    """Allow this much more work, and this much memory in all."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    spent = int(used.ru_utime + used.ru_stime) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (spent + seconds, resource.RLIM_INFINITY))
    resource.setrlimit(resource.RLIMIT_AS, (memory, resource.RLIM_INFINITY))


def main() -> None:
    """Be a nursery; Ctrl-C and SIGTERM are the hub's to decide upon."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    with socket.socket(fileno=0) as control:
        nursery(control, Path(sys.argv[1]))


if __name__ == "__main__":
    main()
