"""Kill the hub, or let the system fail it, at one system call after the other, and compare with an undisturbed run.

    python -m tests.crash.sweep                          every point, killed
    python -m tests.crash.sweep --fault ENOSPC           every point, the disk full for that one call
    python -m tests.crash.sweep --sample 30 --seed 7     a sample
    python -m tests.crash.sweep --point fdatasync:12     exactly one
    python -m tests.crash.sweep --mutant mark-before-send --calls syncfs

Exit 1 when anything differs; each difference is told with its point.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import random
import shutil
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import zip_longest
from pathlib import Path

from hub.cli.main import app
from hub.flow.parser import InProcess
from hub.service import wiring
from tests.crash.look import Robot, Told, business, differences, litter, lost, told
from tests.crash.mutants import MUTANTS
from tests.crash.scenario import Scenario, prepare
from tests.crash.under import Point, Ran, parse_point, plain, points, run

KILL = "kill"
FAULTS = (KILL, "ENOSPC", "EIO", "EACCES")
_DRAINS = 8
_AGAIN = 1.05  # a failed delivery is due again after a second


@dataclass(slots=True)
class Reference:
    """What an undisturbed run comes to, and the points at which it can be disturbed."""

    scenario: Scenario
    mutant: str | None
    told: Told
    meanings: dict[str, str]
    points: list[Point]


@dataclass(slots=True)
class Found:
    """What differs after one point was disturbed; `reached` unless the run never came there."""

    fault: str
    point: Point
    reached: bool
    wrong: list[str] = field(default_factory=list)


def hub_once(home: Path, mutant: str | None = None) -> Callable[[], int]:
    """`hub once` as the command line runs it, with a mutant put on.

    Files are read in its own process: strace counts the calls of each process apart and would hit its child as well,
    which changes nothing that lasts and whose death has tests of its own.
    """

    def act() -> int:
        wiring.Children = lambda _folder: InProcess()  # type: ignore[attr-defined,assignment,misc]
        if mutant is not None:
            MUTANTS[mutant].put_on()
        try:
            app(["--home", str(home), "once"], prog_name="hub")
        except SystemExit as end:
            return end.code if isinstance(end.code, int) else int(end.code is not None)
        return 0

    return act


def reference(scenario: Scenario, room: Path) -> Reference:
    """Run undisturbed, twice: what differs then differs by itself. Raises AssertionError."""
    hub_once(copy_of(scenario, room / "warm"))()  # here, so that what the hub imports on its way is there for every child
    found, meanings, trace = _undisturbed(scenario, room / "first", None)
    made = Reference(scenario, None, found, meanings, points(trace))
    own = list(compare(made, *_undisturbed(scenario, room / "second", None)[:2]))
    if own:
        raise AssertionError("two undisturbed runs differ:\n" + "\n".join(own[:10]))
    return made


def broken(made: Reference, mutant: str, room: Path) -> tuple[Reference, list[str]]:
    """The same for a hub with a mutant put on: its own points, and how even its undisturbed run differs."""
    found, meanings, trace = _undisturbed(made.scenario, room / mutant, mutant)
    return replace(made, mutant=mutant, points=points(trace)), list(compare(made, found, meanings))


def _undisturbed(scenario: Scenario, room: Path, mutant: str | None) -> tuple[Told, dict[str, str], Ran]:
    home, robot = copy_of(scenario, room), Robot()
    ran = run(hub_once(home, mutant), room / "notes")
    assert ran.code == 0, ran.err
    robot.look(home, collect=False)
    return told(home), robot.meanings(), ran


def copy_of(scenario: Scenario, room: Path) -> Path:
    """A workspace of its own, as the scenario left it."""
    shutil.rmtree(room, ignore_errors=True)
    return Path(shutil.copytree(scenario.home, room / "home"))


def disturb(made: Reference, fault: str, point: Point, room: Path) -> Found:
    """Disturb one point, look, let the hub finish, and compare."""
    home, robot = copy_of(made.scenario, room), Robot()
    how = "signal=SIGKILL" if fault == KILL else f"error={fault}"
    ran = run(hub_once(home, made.mutant), room / "notes", inject=f"{point.call}:{how}:when={point.nth}")
    found = Found(fault, point, reached=ran.code == -9 if fault == KILL else any("(INJECTED)" in line for line in ran.trace))
    found.wrong += _at_once(made, fault, ran)
    robot.look(home, collect=point.nth % 2 == 0)
    found.wrong += [f"lost at that moment: {sha}" for sha in lost(home, made.scenario.dropped)]
    found.wrong += _drain(home, room, made.mutant)
    robot.look(home, collect=False)
    found.wrong += lost_or_litter(home, made.scenario.dropped)
    found.wrong += robot.torn(made.meanings if fault == KILL else {})
    if fault == KILL:
        found.wrong += compare(made, told(home), robot.meanings())
    else:
        found.wrong += _same_business(made, told(home))
    shutil.rmtree(room)
    return found


def lost_or_litter(home: Path, dropped: frozenset[str]) -> Iterator[str]:
    """What is wrong when all is done: a file that is nowhere, something left where nothing may lie."""
    yield from (f"lost in the end: {sha}" for sha in lost(home, dropped))
    yield from (f"left lying: {path}" for path in litter(home))


def _at_once(made: Reference, fault: str, ran: Ran) -> Iterator[str]:
    """A run that is killed is dead; one that the system fails stops or passes over, and says so in a line."""
    if fault != KILL and ran.code not in (0, 1):
        yield f"exit {ran.code}"
    if "internal error" in ran.err or "Traceback" in ran.err:
        yield f"said: {ran.err.strip()[-300:]}"


def _drain(home: Path, room: Path, mutant: str | None) -> Iterator[str]:
    """Start the hub again, and until nothing waits."""
    for nth in range(_DRAINS):
        ran = plain(hub_once(home, mutant), room / "notes")
        if ran.code != 0:
            yield f"start {nth + 1} after it: exit {ran.code}: {ran.err.strip()[-300:]}"
        if not _waits(home):
            return
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


def sweep(made: Reference, jobs: Sequence[tuple[str, Point]], room: Path, workers: int) -> Iterator[Found]:
    """Disturb many points, in several processes; as they come."""
    if workers < 2:
        yield from map(partial(_work, made, room), jobs)
        return
    with multiprocessing.get_context("fork").Pool(workers) as pool:
        yield from pool.imap_unordered(partial(_work, made, room), jobs)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.crash.sweep", description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--fault", action="append", choices=FAULTS, help="what is done (default: kill); may be given again")
    parser.add_argument("--point", type=parse_point, help="exactly this one, such as fsync:7")
    parser.add_argument("--calls", type=lambda text: set(text.split(",")), help="only these system calls")
    parser.add_argument("--sample", type=int, help="so many points of each fault, drawn by the seed")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--mutant", choices=MUTANTS, help="break the protocol on purpose")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    return parser.parse_args()


def _plan(asked: argparse.Namespace, made: Reference) -> list[tuple[str, Point]]:
    plan = []
    for nth, fault in enumerate(asked.fault or [KILL]):
        some = [asked.point] if asked.point else [each for each in made.points if not asked.calls or each.call in asked.calls]
        plan += [(fault, point) for point in _drawn(some, asked.sample, asked.seed + nth)]
    return plan


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


def main() -> int:
    """Run the sweep that the command line asks for; 1 when anything differs."""
    asked = _arguments()
    begun, bad, done, missed = time.monotonic(), 0, 0, 0
    with tempfile.TemporaryDirectory(prefix="crash-") as place:
        room = Path(place)
        try:
            made = reference(prepare(room / "scenario"), room)
        except AssertionError as error:
            print(error)
            return 1
        if asked.mutant:
            made, at_once = broken(made, asked.mutant, room)
            print("\n".join(f"undisturbed: {each}" for each in at_once))
        for found in sweep(made, _plan(asked, made), room, asked.jobs):
            done, missed, bad = done + 1, missed + (not found.reached), bad + bool(found.wrong)
            for each in found.wrong[:10]:
                print(f"{found.fault} at {found.point}: {each}", flush=True)
    seconds = time.monotonic() - begun
    print(f"{len(made.points)} points; {done} disturbed, {missed} of them not reached, {bad} with differences; {seconds:.0f} s")
    if bad:
        print("one again: python -m tests.crash.sweep --fault FAULT --point CALL:N")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
