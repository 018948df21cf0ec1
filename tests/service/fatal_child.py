"""The real child with a parser that dies of files: what it does with a file is the file's first word."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

from hub.service import child
from hub.service.frames import Head

real = child.Worker._read


def alloc() -> None:
    os.write(2, b"memory allocation of 549755813888 bytes failed\n")
    os.abort()


def spin() -> None:
    while True:
        pass


def grow() -> None:
    bytearray(4 << 30)


def bug() -> None:
    raise KeyError("Aino Esimerkki")


FATAL: dict[bytes, Callable[[], object]] = {
    b"ABORT": os.abort,
    b"ALLOC": alloc,
    b"FAULT": lambda: os.kill(os.getpid(), signal.SIGSEGV),
    b"HANGS": lambda: time.sleep(600),
    b"SPINS": spin,
    b"GROWS": grow,
    b"KILLS": lambda: os.kill(os.getpid(), signal.SIGKILL),
    b"BREAK": bug,
    b"SPIES": lambda: os.environ["SECRET"],
}


def fatal(worker: child.Worker, head: Head, body: bytes) -> tuple[Head, bytes]:
    if body.startswith(b"SECOND") and worker._files:
        os.abort()  # it dies of what came before
    if body.startswith(b"DYING"):
        first, _, body = body.partition(b"\n")
        for left in list(Path(os.fsdecode(first.split(b",")[1])).glob("die-*"))[:1]:
            left.unlink()
            os.kill(os.getpid(), signal.SIGKILL)
    FATAL.get(body[:5], int)()
    return real(worker, head, body)


child._WORK["read"] = fatal

if __name__ == "__main__":
    child.main()
