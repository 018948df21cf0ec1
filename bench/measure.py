"""Run a command and tell what it cost: CPU of all its processes, wall, and the memory they held together at most."""

from __future__ import annotations

import os
import statistics
import subprocess
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_EVERY = 0.05  # seconds between two looks at the memory
_MEGABYTE = 1 << 20
_LEAST = 0.01  # seconds: less cannot be told from nothing


@dataclass(frozen=True, slots=True)
class Cost:
    """CPU and wall in seconds; peak memory in MB: shared pages count once."""

    cpu: float
    wall: float
    megabytes: float = 0.0

    def less(self, other: Cost) -> Cost:
        """What is left when another cost, such as a start without work, is taken off."""
        return Cost(max(self.cpu - other.cpu, _LEAST), max(self.wall - other.wall, _LEAST), self.megabytes)

    def at_full_size(self, idle: Cost, share: float) -> float:
        """The CPU seconds of the whole job when this was a share of it; a start costs the same at every size."""
        return idle.cpu + self.less(idle).cpu / share


def median(costs: Iterable[Cost]) -> Cost:
    """The middle of several runs, figure by figure."""
    every = list(costs)
    return Cost(*(statistics.median(getattr(each, name) for each in every) for name in ("cpu", "wall", "megabytes")))


def run(command: Sequence[str], *, cwd: Path | None = None, env: Mapping[str, str] | None = None) -> Cost:
    """Run a command to its end. Raises RuntimeError with what it said when it fails."""
    began = time.perf_counter()
    with subprocess.Popen(  # noqa: S603 - the commands are written in this folder
        list(command),
        cwd=cwd,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "", **(env or {})},  # as installed: nothing is compiled anew
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    ) as process:
        watch = _Memory(process.pid)
        said: list[bytes] = []
        reader = threading.Thread(target=lambda: said.append(process.stderr.read() if process.stderr else b""))
        reader.start()
        with watch:
            _, status, usage = os.wait4(process.pid, 0)  # its ru_maxrss begins with what this process held
        wall = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        reader.join()
    if process.returncode:
        raise RuntimeError(
            f"{' '.join(command)} ended with {process.returncode}: {b''.join(said).decode(errors='replace')[-2000:]}"
        )
    return Cost(usage.ru_utime + usage.ru_stime, wall, watch.peak / _MEGABYTE)


class _Memory:
    """Looks, while a command runs, at what it and the processes that came of it hold together."""

    def __init__(self, first: int) -> None:
        self.first = first
        self.peak = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.wait(_EVERY):
            self.peak = max(self.peak, sum(map(_held, _family(self.first))))


def _family(first: int) -> list[Path]:
    """A process and all that came of it; the children that read files have sessions of their own."""
    parents: dict[int, int] = {}
    for each in Path("/proc").iterdir():
        if each.name.isdigit():
            try:
                fields = (each / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            parents[int(each.name)] = int(fields[1])
    found = {first}
    for process in parents:
        line = [process]
        while line[-1] in parents and line[-1] not in found:
            line.append(parents[line[-1]])
        found |= set(line) if line[-1] in found else set()
    return [Path("/proc", str(process)) for process in found]


def _held(process: Path) -> int:
    """The bytes of a process, shared pages by their share; 0 when it is gone."""
    try:
        for line in (process / "smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    except OSError:
        return 0
    return 0


def cpu_of(work: Callable[[], object], times: int) -> float:
    """CPU seconds of one call, over so many calls in this process."""
    before = time.process_time()
    for _ in range(times):
        work()
    return (time.process_time() - before) / times
