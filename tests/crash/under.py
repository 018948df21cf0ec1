"""Run the hub in a process of its own, under strace, and let one system call fail or kill it.

The process is forked from this one, which has the hub imported already: a start costs a third of a new interpreter's.
What runs is the command line as it is, `hub --home … once`. A mutant of the protocol is put on in the child alone.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

MUTATING = (
    "write,pwrite64,writev,pwritev,pwritev2,fsync,fdatasync,syncfs,ftruncate,fallocate,"
    "openat,mkdir,mkdirat,rename,renameat,renameat2,link,linkat,symlink,symlinkat,unlink,unlinkat,rmdir,chmod,fchmod,fchmodat,"
    "sendto"
)
"""System calls after which another state may lie on the disk, of `openat` only those that create or cut; or with a server."""

_CALL = re.compile(r"^(?:\d+ +)?(?P<name>\w+)\((?P<arguments>.*)")
_NOT_OURS = "var/log/"
TELLING = "sendto"
"""The call by which a server is told something."""
_TO_SERVER = "<TCP:"  # how strace tells what lies behind a descriptor; a line to the hub's own children is no server


@dataclass(frozen=True, slots=True)
class Point:
    """The n-th call of a system call: where something is done to the hub."""

    call: str
    nth: int

    def __str__(self) -> str:
        """As the command line takes it: `fsync:7`."""
        return f"{self.call}:{self.nth}"


def parse_point(text: str) -> Point:
    """`fsync:7` back to a point."""
    call, nth = text.split(":")
    return Point(call, int(nth))


class Action(Protocol):
    """What is run in a child."""

    def get_ready(self) -> None:
        """What it does before it is looked at or disturbed."""

    def __call__(self) -> int:
        """Do it; its exit code."""


@dataclass(frozen=True, slots=True)
class Ran:
    """How a run ended: exit code (negative: the signal), and what it said."""

    code: int
    out: str
    err: str
    trace: tuple[str, ...]


def run(
    action: Action,
    notes: Path,
    *,
    inject: str | None = None,
    trace: str = MUTATING,
    beside: Callable[[int], None] | None = None,
    seconds: float = 120,
) -> Ran:
    """Run `action` in a child under strace. Out: how it ended and its trace.

    `inject` is strace's own expression for what is done to it; `beside` is called with the child's id while it runs;
    `notes` is a folder for what it writes.
    """
    child = _fork(action, notes)
    code: int | None = None
    try:
        with _strace(child, notes / "trace", trace, inject):
            os.kill(child, signal.SIGCONT)
            if beside is not None:
                beside(child)
            code = _wait(child, seconds)
    finally:
        if code is None:
            _end(child)
    return _told(code, notes, tuple((notes / "trace").read_text("utf-8", "replace").splitlines()))


def plain(action: Action, notes: Path) -> Ran:
    """Run `action` in a child that nobody disturbs."""
    [ran] = side_by_side([(action, notes)])
    return ran


@contextmanager
def meanwhile(action: Action, notes: Path, *, seconds: float = 120) -> Iterator[list[Ran]]:
    """Run a child that nobody disturbs beside the block; when the block ends, its list holds how the child ended."""
    child, ended = _fork(action, notes), list[Ran]()
    os.kill(child, signal.SIGCONT)
    try:
        yield ended
        code = _wait(child, seconds)
    except BaseException:
        _end(child)
        raise
    ended.append(_told(code, notes, ()))


def side_by_side(all_of: Sequence[tuple[Action, Path]], *, seconds: float = 120) -> list[Ran]:
    """Run several children at the same time, each with a folder for what it writes."""
    children = [_fork(action, notes) for action, notes in all_of]
    codes: list[int] = []
    try:
        for child in children:
            os.kill(child, signal.SIGCONT)
        codes.extend(_wait(child, seconds) for child in children)
    finally:
        for child in children[len(codes) :]:
            _end(child)
    return [_told(code, notes, ()) for code, (_, notes) in zip(codes, all_of, strict=True)]


def _fork(action: Action, notes: Path) -> int:
    """A child that has stopped itself before it begins."""
    notes.mkdir(parents=True, exist_ok=True)
    child = os.fork()
    if child == 0:
        _become(action, notes)
    os.waitpid(child, os.WUNTRACED)
    return child


@contextmanager
def _strace(child: int, traced: Path, trace: str, inject: str | None) -> Iterator[None]:
    command = ["strace", "-f", "-yy", "-qq", "-s", "0", "-o", str(traced), "-e", f"trace={trace}"]
    command += [*(["-e", f"inject={inject}"] if inject else []), "-p", str(child)]
    watcher = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    try:
        _until(lambda: _is_traced(child) or watcher.poll() is not None, 30)
        if watcher.poll() is not None and watcher.stderr is not None:
            raise RuntimeError(f"strace: {watcher.stderr.read()}")
        yield
    finally:
        if watcher.poll() is None and _is_traced(child):
            watcher.terminate()
        watcher.wait(30)
        if watcher.stderr is not None:
            watcher.stderr.close()


def _told(code: int, notes: Path, trace: tuple[str, ...]) -> Ran:
    out, err = ((notes / name).read_text("utf-8", "replace") for name in ("stdout", "stderr"))
    return Ran(code, out, err, trace)


def points(ran: Ran, home: Path) -> list[Point]:
    """Every point of a traced run at which its main thread was about to change something of the workspace, or told a server."""
    found: list[Point] = []
    seen: dict[str, int] = {}
    main = ran.trace[0].split()[0] if ran.trace else ""
    for line in ran.trace:
        call = _CALL.match(line)
        if call is None or "resumed>" in line or line.split()[0] != main:
            continue
        name, arguments = call["name"], call["arguments"]
        seen[name] = seen.get(name, 0) + 1
        changes = name != "openat" or "O_CREAT" in arguments or "O_TRUNC" in arguments
        ours = f"{home}/" in arguments and f"{home}/{_NOT_OURS}" not in arguments
        if changes and (ours or (name == TELLING and _TO_SERVER in arguments)):
            found.append(Point(name, seen[name]))
    return found


def _become(action: Action, notes: Path) -> None:
    """The child: its own session, its own output, no thread or handler of the parent's; never returns."""
    code = 70
    try:
        os.setsid()
        for number, name in ((1, "stdout"), (2, "stderr")):
            handle = os.open(notes / name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            os.dup2(handle, number)
            os.close(handle)
        for each in (signal.SIGTERM, signal.SIGINT):
            signal.signal(each, signal.SIG_DFL)
        action.get_ready()
        os.kill(os.getpid(), signal.SIGSTOP)
        code = action()
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(code)


def until_stopped(child: int) -> None:
    """Wait until a child stands still, by a SIGSTOP that was injected."""
    status = Path(f"/proc/{child}/status")
    _until(lambda: re.search(r"^State:\s+[tT] ", status.read_text(), re.MULTILINE) is not None and _stands(child), 60)


def _stands(child: int) -> bool:
    """Under a tracer a child stands for a moment at each call; one that was stopped still stands a moment later."""
    before = Path(f"/proc/{child}/syscall").read_text()
    time.sleep(0.1)
    after = Path(f"/proc/{child}/status").read_text()
    return before == Path(f"/proc/{child}/syscall").read_text() and re.search(r"^State:\s+[tT] ", after, re.MULTILINE) is not None


def _is_traced(child: int) -> bool:
    status = Path(f"/proc/{child}/status")
    found = re.search(r"^TracerPid:\s+(\d+)", status.read_text(), re.MULTILINE) if status.exists() else None
    return found is not None and found[1] != "0"


def _until(met: Callable[[], bool], seconds: float) -> None:
    end = time.monotonic() + seconds
    while not met():
        if time.monotonic() > end:
            raise TimeoutError
        time.sleep(0.002)


def _wait(child: int, seconds: float) -> int:
    end = time.monotonic() + seconds
    while True:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        if time.monotonic() > end:
            raise TimeoutError(f"the hub still runs after {seconds} s")
        time.sleep(0.005)


def _end(child: int) -> None:
    """Something went wrong here: the child must not outlive it."""
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
