"""Kill the hub, or let the system fail it, at one system call after the other, and compare with an undisturbed run.

    python -m tests.crash.sweep                              every point of every scenario, killed
    python -m tests.crash.sweep --scenario paper             of one of them
    python -m tests.crash.sweep --fault error                every point, failed by the errors that its call can meet
    python -m tests.crash.sweep --fault ENOSPC               every point, failed by this one
    python -m tests.crash.sweep --sample 30 --seed 7         a sample
    python -m tests.crash.sweep --point fdatasync:12         exactly one
    python -m tests.crash.sweep --mutant mark-before-send --calls syncfs

What a whole sweep found well is remembered in `.crash/` and passed over, until hub or tools change; `--fresh` forgets it.
Exit 1 when anything differs; each difference is told with its point.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import random
import resource
import shutil
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from itertools import zip_longest
from pathlib import Path
from typing import TypeVar

from tests.crash.act import HubOnce, warm_up
from tests.crash.days import SCENARIOS, standing
from tests.crash.look import Robot, Told, business, differences, draws, litter, lost, told
from tests.crash.mutants import MUTANTS
from tests.crash.record import FOLDER, Found, Record, mark
from tests.crash.scenario import Scenario
from tests.crash.under import TELLING, Point, parse_point, plain, points, run

KILL, ERROR = "kill", "error"
ERRORS = ("ENOSPC", "EIO", "EACCES")
_SYNCS = frozenset({"fsync", "fdatasync", "syncfs"})
_NAMES = frozenset({"openat", "mkdir", "rename"})  # calls that need room as well as leave
_LEAVE = frozenset({"unlink", "rmdir", "chmod", "fchmod"})
_DRAINS = 8
_AGAIN = 1.05  # a failed delivery is due again after a second
_MEMORY = Path("/dev/shm")
"""Where workspaces lie when it has room: the calls are the same there, and a sync costs nothing."""
_ROOM = 1 << 30


@dataclass(slots=True)
class Reference:
    """What an undisturbed run comes to, and the points at which it can be disturbed."""

    scenario: Scenario
    mutant: str | None
    told: Told
    meanings: dict[str, str]
    points: list[Point]


def reference(scenario: Scenario, room: Path) -> Reference:
    """Run undisturbed, twice: what differs then differs by itself. Raises AssertionError."""
    warm_up(scenario.copy(room / "warm"))
    made = _undisturbed(scenario, room / "first", None)
    again = _undisturbed(scenario, room / "second", None)
    own = list(compare(made, again.told, again.meanings))
    own += [f"a point that is not always there: {each}" for each in set(made.points) ^ set(again.points)]
    if own:
        raise AssertionError("two undisturbed runs differ:\n" + "\n".join(own[:10]))
    return made


def broken(made: Reference, mutant: str, room: Path) -> tuple[Reference, list[str]]:
    """The same for a hub with a mutant put on: its own points, and how even its undisturbed run differs."""
    theirs = _undisturbed(made.scenario, room / mutant, mutant)
    return replace(made, mutant=mutant, points=theirs.points), list(compare(made, theirs.told, theirs.meanings))


def _undisturbed(scenario: Scenario, room: Path, mutant: str | None) -> Reference:
    home, robot = scenario.copy(room), Robot()
    ran = run(HubOnce(home, mutant), room / "notes")
    assert ran.code == 0, ran.err
    robot.look(home, collect=False)
    found = told(home)
    found.wrong += draws(home)
    return Reference(scenario, mutant, found, robot.meanings(), points(ran, home))


def disturb(made: Reference, fault: str, point: Point, room: Path) -> Found:
    """Disturb one point, look, let the hub finish, and compare."""
    before = _spent()
    home, robot = made.scenario.copy(room), Robot()
    how = "signal=SIGKILL" if fault == KILL else f"error={fault}"
    ran = run(HubOnce(home, made.mutant), room / "notes", inject=f"{point.call}:{how}:when={point.nth}")
    reached = ran.code == -9 if fault == KILL else any("(INJECTED)" in line for line in ran.trace)
    found = Found(fault, point, reached, [] if reached else ["the run never came there"])
    found.wrong += said(ran.code, ran.err, (-9,) if fault == KILL else (0, 1))
    robot.look(home, collect=point.nth % 2 == 0)
    found.wrong += [f"lost at that moment: {sha}" for sha in lost(home, made.scenario.dropped)]
    found.wrong += settle(made, home, room, robot, exactly=fault == KILL)
    found.seconds = _spent() - before
    shutil.rmtree(room)
    return found


def settle(made: Reference, home: Path, room: Path, robot: Robot, *, exactly: bool) -> Iterator[str]:
    """Let the hub finish, and compare: everything, or what must be the same in whatever order files were worked on."""
    yield from drain(home, room, made.mutant)
    robot.look(home, collect=False)
    yield from lost_or_litter(home, made.scenario.dropped)
    yield from robot.torn(made.meanings if exactly else {})
    found = told(home)
    yield from draws(home)
    yield from compare(made, found, robot.meanings()) if exactly else _same_business(made, found)


def _spent() -> float:
    """CPU seconds of this process and of its children that have ended."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def lost_or_litter(home: Path, dropped: frozenset[str]) -> Iterator[str]:
    """What is wrong when all is done: a file that is nowhere, something left where nothing may lie."""
    yield from (f"lost in the end: {sha}" for sha in lost(home, dropped))
    yield from (f"left lying: {path}" for path in litter(home))


def said(code: int, err: str, ends: Sequence[int]) -> Iterator[str]:
    """A run that is killed is dead; one that the system fails stops or passes over, and says so in a line."""
    if code not in ends:
        yield f"exit {code}: {err.strip()[-300:]}"
    if "internal error" in err or "Traceback" in err:
        yield f"said: {err.strip()[-300:]}"


def drain(home: Path, room: Path, mutant: str | None = None) -> Iterator[str]:
    """Start the hub again, and until nothing waits."""
    for nth in range(_DRAINS):
        ran = plain(HubOnce(home, mutant), room / "notes")
        if ran.code != 0:
            yield f"start {nth + 1} after it: exit {ran.code}: {ran.err.strip()[-300:]}"
        if not _waits(home):
            return
        if nth:
            time.sleep(_AGAIN)
    yield f"after {_DRAINS} starts something still waits"


def _waits(home: Path) -> bool:
    with closing(sqlite3.connect(home / "var/hub.db")) as db:
        waiting = "SELECT count(*) FROM files WHERE state IN ('taken', 'ready')"
        unended = "SELECT count(*) FROM rounds WHERE ended_at IS NULL"
        return any(db.execute(query).fetchone()[0] for query in (waiting, unended)) or bool(litter(home))


def compare(made: Reference, found: Told, meanings: dict[str, str]) -> Iterator[str]:
    """Everything must be the same, but for times."""
    yield from found.wrong
    for kind, rows in made.told.exports.items():
        yield from differences(kind, rows, found.exports[kind])
    for name in sorted(made.meanings.keys() | meanings.keys()):
        if name not in meanings:
            yield f"{name} was never sent"
        elif name not in made.meanings:
            yield f"{name} was sent and should not be"
        elif meanings[name] != made.meanings[name]:
            yield f"{name} says something else"


def _same_business(made: Reference, found: Told) -> Iterator[str]:
    """A file that was passed over is worked on later, so that numbers may be drawn in another order; nothing else differs."""
    yield from found.wrong
    expected, came = business(made.told.exports), business(found.exports)
    for kind, rows in expected.items():
        yield from differences(kind, rows, came[kind])


def _work(made: Reference, room: Path, job: tuple[str, Point]) -> Found:
    fault, point = job
    own = room / f"{os.getpid()}-{fault}-{point.call}-{point.nth}"
    try:
        return disturb(made, fault, point, own)
    except (TimeoutError, OSError, RuntimeError, sqlite3.Error) as error:
        return Found(fault, point, reached=True, wrong=[f"{type(error).__name__}: {error}"])


T = TypeVar("T")
U = TypeVar("U")


def in_parallel(work: Callable[[T], U], jobs: Sequence[T], workers: int) -> Iterator[U]:
    """Do jobs in several processes; their results as they come."""
    if workers < 2:
        yield from map(work, jobs)
        return
    with multiprocessing.get_context("fork").Pool(workers) as pool:
        yield from pool.imap_unordered(work, jobs)


def room_for_work() -> tempfile.TemporaryDirectory[str]:
    """A folder for workspaces, in memory where there is room for them."""
    in_memory = _MEMORY.is_dir() and os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free > _ROOM
    return tempfile.TemporaryDirectory(prefix="crash-", dir=_MEMORY if in_memory else None)


_FAULT = "what is done (default: kill; error: what each call can meet); may be given again"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.crash.sweep", description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--scenario", action="append", choices=SCENARIOS, help="which (default: all); may be given again")
    parser.add_argument("--fault", action="append", choices=(KILL, ERROR, *ERRORS), help=_FAULT)
    parser.add_argument("--point", type=parse_point, help="exactly this one, such as fsync:7")
    parser.add_argument("--calls", type=lambda text: set(text.split(",")), help="only these system calls")
    parser.add_argument("--sample", type=int, help="so many points of each fault, drawn by the seed")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--mutant", choices=MUTANTS, help="break the protocol on purpose")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--fresh", action="store_true", help="forget what was found before")
    return parser.parse_args()


def _plan(asked: argparse.Namespace, made: Reference) -> list[tuple[str, Point]]:
    plan = []
    for nth, fault in enumerate(asked.fault or [KILL]):
        some = [asked.point] if asked.point else [each for each in made.points if not asked.calls or each.call in asked.calls]
        plan += [(each, point) for point in _drawn(some, asked.sample, asked.seed + nth) for each in _faults(fault, point)]
    return plan


def _faults(fault: str, point: Point) -> Sequence[str]:
    """The errors that a call can meet: no input and output for what is synced, no room or no leave for the others."""
    if fault != ERROR:
        return [fault]
    if point.call in _SYNCS:
        return ["EIO"]
    if point.call == TELLING:
        return ["ECONNRESET"]
    return [*([] if point.call in _LEAVE else ["ENOSPC"]), *(["EACCES"] if point.call in _LEAVE | _NAMES else [])]


def _drawn(some: list[Point], sample: int | None, seed: int) -> list[Point]:
    """A sample that holds every kind of call: nine in ten are writes of the store's log and alike."""
    if sample is None or sample >= len(some):
        return some
    by_call: dict[str, list[Point]] = {}
    for each in some:
        by_call.setdefault(each.call, []).append(each)
    for points_of in by_call.values():
        random.Random(seed).shuffle(points_of)
    turns = [each for turn in zip_longest(*by_call.values()) for each in turn if each is not None]
    return turns[:sample]


def _sweep_one(name: str, asked: argparse.Namespace, room: Path) -> int:
    """Sweep one scenario and tell what was found; how many points differed."""
    begun = time.monotonic()
    with standing(name, room) as scenario:
        try:
            made = reference(scenario, room)
        except AssertionError as error:
            print(f"{name}: {error}")
            return 1
        whole = not (asked.mutant or asked.point or asked.calls or asked.sample)
        record = Record(FOLDER / f"{name}.jsonl", mark(sorted(made.points, key=str)), fresh=asked.fresh) if whole else None
        if asked.mutant:
            made, at_once = broken(made, asked.mutant, room)
            print("\n".join(f"undisturbed: {each}" for each in at_once))
        plan = _plan(asked, made)
        known = record.well() if record is not None else {}
        ahead = [(fault, point) for fault, point in plan if (fault, str(point)) not in known]
        bad, spent = 0, sum(known.get((fault, str(point)), 0) for fault, point in plan)
        for found in in_parallel(partial(_work, made, room), ahead, asked.jobs):
            bad, spent = bad + bool(found.wrong), spent + found.seconds
            if record is not None:
                record.add(found)
            for each in found.wrong[:10]:
                print(f"{name}: {found.fault} at {found.point}: {each}", flush=True)
    before = f" ({len(plan) - len(ahead)} of them before)" if len(ahead) < len(plan) else ""
    seconds = f"{spent:.0f} s of work, {time.monotonic() - begun:.0f} s now"
    print(f"{name}: {len(made.points)} points; {len(plan)} disturbed{before}, {bad} with differences; {seconds}", flush=True)
    if bad:
        print(f"one again: python -m tests.crash.sweep --scenario {name} --fault FAULT --point CALL:N")
    return bad


def main() -> int:
    """Run the sweep that the command line asks for; 1 when anything differs."""
    asked, bad = _arguments(), 0
    for name in asked.scenario or SCENARIOS:
        with room_for_work() as place:
            bad += _sweep_one(name, asked, Path(place))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
