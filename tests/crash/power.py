"""Cut the power at every moment at which the disk holds something else, and compare with an undisturbed run.

    python -m tests.crash.power [--scenario paper] [--sample 20] [--cut 17] [--mutant wal-normal]

One run is stopped after each call that syncs or names something. What a disk that keeps only what was synced would hold
then is laid out as a workspace of its own, and the hub started there. Exit 1 when anything differs: a file that was told
to be sent or taken and is not there, one that is there twice, half or under another name.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO

from tests.crash.act import HubOnce
from tests.crash.days import standing
from tests.crash.disk import NAMES, SYNCS, Disk, State
from tests.crash.look import Robot, lost
from tests.crash.mutants import UNSYNCED
from tests.crash.sweep import Reference, in_parallel, reference, room_for_work, settle
from tests.crash.under import run

SCENARIOS = ("trade", "paper", "little")  # a server's disk is not cut with ours
_STOPPED, _SIGNAL = "--- stopped by SIGSTOP ---", "--- SIGSTOP {"


@dataclass(frozen=True, slots=True)
class Cut:
    """A moment: by the call of the hub's next to it; what the disk holds, and what partners have seen by then."""

    what: str
    state: State
    seen: Robot


def cuts(made: Reference, room: Path) -> tuple[Disk, list[Cut]]:
    """Run once, and note every other state in which the power can be cut."""
    home = made.scenario.copy(room)
    disk, robot, found = Disk(home), Robot(), dict[str, Cut]()

    def note(when: str) -> None:
        for kind, state in (("synced", disk.synced()), ("named", disk.named())):
            key = json.dumps(state, sort_keys=True)
            if key not in found:
                found[key] = Cut(f"{kind}, {when}", state, deepcopy(robot))

    def look(calls: Sequence[str]) -> None:
        robot.look(home, collect=False)
        note(f"before {_short(calls[-1], home)}")
        for call in calls:
            disk.happened(call)
        note(f"after {_short(calls[-1], home)}")

    ran = run(
        HubOnce(home, made.mutant),
        room / "notes",
        inject=f"{SYNCS},{NAMES}:signal=SIGSTOP",
        beside=lambda child: _follow(child, room / "notes/trace", look),
    )
    assert ran.code == 0, ran.err
    robot.look(home, collect=False)
    note("at the end")
    return disk, list(found.values())


def _short(call: str, home: Path) -> str:
    return call.split(maxsplit=1)[1].replace(f"{home}/", "").split(" (INJECTED", 1)[0].strip()


def _follow(child: int, trace: Path, look: Callable[[Sequence[str]], None]) -> None:
    """Whenever the child has stopped after a call, look and let it go on, until it has ended."""
    with trace.open(encoding="utf-8", errors="replace") as told:
        while os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
            if os.waitid(os.P_PID, child, os.WSTOPPED | os.WNOHANG) is None:
                time.sleep(0.0005)
                continue
            look(_until_stopped(told))
            os.kill(child, signal.SIGCONT)


def _until_stopped(told: IO[str]) -> list[str]:
    """The calls up to the one after which the child has stopped. Each of its threads tells that it has stopped."""
    until, calls, rest = time.monotonic() + 10, list[str](), ""
    stopped = False
    while time.monotonic() < until:
        rest += told.readline()
        if rest.endswith("\n"):
            line, rest = rest, ""
            if _STOPPED in line:
                stopped = bool(calls)
            elif _SIGNAL not in line:
                calls.append(line)
                stopped = False
        elif stopped:
            return calls
        else:
            time.sleep(0.0005)
    raise TimeoutError("strace does not tell after which call the hub has stopped")


def cut(made: Reference, disk: Disk, moment: Cut, room: Path) -> list[str]:
    """Start the hub on what a cut left; what is wrong in the end."""
    shutil.rmtree(room, ignore_errors=True)
    home = room / "home"
    disk.lay_out(moment.state, home)
    wrong = [f"lost at that moment: {sha}" for sha in lost(home, made.scenario.dropped)]
    wrong += settle(made, home, room, moment.seen, exactly=True)
    shutil.rmtree(room)
    return wrong


def _work(made: Reference, disk: Disk, room: Path, job: tuple[int, Cut]) -> tuple[int, Cut, list[str]]:
    nth, moment = job
    try:
        return nth, moment, cut(made, disk, moment, room / f"cut-{nth}")
    except (TimeoutError, OSError, RuntimeError, sqlite3.Error) as error:
        return nth, moment, [f"{type(error).__name__}: {error}"]


def shown(made: Reference, room: Path) -> str | None:
    """The first cut at which something differs, in a line."""
    disk, moments = cuts(made, room / "cuts")
    found = ((moment, cut(made, disk, moment, room / "cut")) for moment in moments)
    return next((f"when the power is cut, {moment.what}: {wrong[0]}" for moment, wrong in found if wrong), None)


def cut_all(made: Reference, room: Path, asked: argparse.Namespace) -> tuple[int, int, Iterator[tuple[int, Cut, list[str]]]]:
    """How many moments there are, how many of them are tried, and what came of each."""
    disk, moments = cuts(made, room / "cuts")
    jobs = list(enumerate(moments))
    if asked.cut is not None:
        jobs = jobs[asked.cut : asked.cut + 1]
    elif asked.sample is not None:
        jobs = random.Random(asked.seed).sample(jobs, min(asked.sample, len(jobs)))
    work = partial(_work, made, disk, room)
    return len(moments), len(jobs), in_parallel(work, jobs, asked.jobs)


def main() -> int:
    """Cut where the command line asks for; 1 when anything differs."""
    parser = argparse.ArgumentParser(prog="python -m tests.crash.power", description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--scenario", action="append", choices=SCENARIOS, help="which (default: all); may be given again")
    parser.add_argument("--sample", type=int, help="so many cuts, drawn by the seed")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--cut", type=int, help="exactly this one")
    parser.add_argument("--mutant", choices=UNSYNCED, help="leave out a sync on purpose")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    asked, bad = parser.parse_args(), 0
    for name in asked.scenario or SCENARIOS:
        begun, wrong_here = time.monotonic(), 0
        with room_for_work() as place, standing(name, room := Path(place)) as scenario:
            made = reference(scenario, room)
            made.mutant = asked.mutant
            moments, tried, came = cut_all(made, room, asked)
            for nth, moment, wrong in came:
                wrong_here += bool(wrong)
                for each in wrong[:5]:
                    print(f"{name}: cut {nth}, {moment.what}: {each}", flush=True)
        seconds = time.monotonic() - begun
        print(f"{name}: {moments} states of the disk; {tried} cut, {wrong_here} with differences; {seconds:.0f} s", flush=True)
        bad += wrong_here
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
