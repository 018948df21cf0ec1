"""Work in a process of its own with little time and memory, so that a bound that fails is a failing test and no hang."""

from __future__ import annotations

import os
import pickle
import resource
import select
import signal
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from hub.mapping.compile import Mapping

SECONDS = 20  # of computing that bounded work may take; it takes a fraction of that, also on a busy machine
WITHOUT = 1  # of computing after which unbounded work is believed to go on
MEMORY = 400 << 20
_NO_BOUND = 1 << 40
_PATIENCE = 120  # seconds on the clock: the machine may be busy


@dataclass(frozen=True)
class Ended:
    """How the work ended: what it gave, or that it was stopped for its time or its memory."""

    value: Any = None
    stopped: bool = False


def ends(work: Callable[[], Any]) -> Any:
    """What the work gives; an assertion fails when it takes more than its time or its memory."""
    ended = _run(work, SECONDS)
    assert not ended.stopped, "the work did not end within its bounds"
    return ended.value


def goes_on_without(work: Callable[[], Any], *bounds: tuple[ModuleType | type, str]) -> bool:
    """Whether the same work exceeds its time or its memory once these bounds are lifted."""

    def unbounded() -> Any:
        for owner, name in bounds:
            assert isinstance(getattr(owner, name), int)
            setattr(owner, name, _NO_BOUND)
        return work()

    return _run(unbounded, WITHOUT).stopped


def _run(work: Callable[[], Any], seconds: int) -> Ended:
    here, there = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(here)
        _work(work, there, seconds)
    os.close(there)
    found = b""
    try:
        while select.select([here], [], [], _PATIENCE)[0] and (piece := os.read(here, 1 << 16)):
            found += piece
    finally:
        os.close(here)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    if not found:
        return Ended(stopped=True)
    kind, value = pickle.loads(found)
    if kind == "failed":
        raise AssertionError(value)
    return Ended(value) if kind == "gave" else Ended(stopped=True)


def _work(work: Callable[[], Any], pipe: int, seconds: int) -> None:
    """The child's side; it never returns."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    held = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * resource.getpagesize()
    spent = int(sum(resource.getrusage(resource.RUSAGE_SELF)[:2]))
    resource.setrlimit(resource.RLIMIT_AS, (held + MEMORY, held + MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (spent + seconds, spent + seconds))
    try:
        told: tuple[str, Any] = ("gave", _plain(work()))
    except MemoryError:
        told = ("stopped", None)
    except BaseException:  # noqa: BLE001 - whatever it is, the parent is told
        told = ("failed", traceback.format_exc())
    try:
        os.write(pipe, pickle.dumps(told))
    finally:
        os._exit(0)


def _plain(value: Any) -> Any:
    """What crosses a pipe and says enough."""
    return value.name if isinstance(value, Mapping) else value
