"""Partners and other hubs at the worst moment: the hub is stopped there, they act, and it goes on.

    python -m tests.crash.races [--mutant no-claim] [NAME ...]

Exit 1 when anything is lost, doubled or torn. No kill finds what these find: a file that is overwritten between reading and
deleting it, a reader who sees a file grow, a second hub.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from itertools import pairwise
from pathlib import Path

from hub.config.workspace import open_workspace
from hub.service.lock import hold
from tests.crash.act import HubOnce
from tests.crash.days import standing
from tests.crash.look import Robot, told
from tests.crash.mutants import MUTANTS
from tests.crash.sweep import Reference, compare, lost_or_litter, reference, room_for_work, settle
from tests.crash.under import Point, Ran, meanwhile, plain, run, side_by_side, until_stopped

Race = Callable[[Reference, Path], Iterator[str]]

_FIRST = "inbox/ahti/products-2.csv"  # the file that is taken first
_SECOND = "inbox/ahti/stock-0.csv"
_DEATHS = 6  # of a hub that another one waits for
_A_WHILE = 0.5  # seconds in which the other comes to wait


def _stopped(made: Reference, room: Path, home: Path, at: Point, act: Callable[[], None]) -> Iterator[str]:
    """Stop the hub when it has done one call, let somebody act, and let it go on.

    strace counts the calls of each thread: where another thread comes to the same number, the hub stops once more, and
    nobody acts then.
    """
    over = threading.Event()

    def go_on(child: int) -> None:
        while not over.is_set():
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGCONT)
            over.wait(0.5)

    def beside(child: int) -> None:
        until_stopped(child)
        act()
        threading.Thread(target=go_on, args=[child], daemon=True).start()

    try:
        ran = run(HubOnce(home, made.mutant), room / "notes", inject=f"{at.call}:signal=SIGSTOP:when={at.nth}", beside=beside)
    finally:
        over.set()
    if ran.code != 0:
        yield f"exit {ran.code}: {ran.err[-300:]}"
    again = plain(HubOnce(home, made.mutant), room / "notes")
    if again.code != 0:
        yield f"the next start: exit {again.code}: {again.err[-300:]}"


def _first_entered(made: Reference) -> Point:
    """The commit by which the first files are in the ledger: the first one after a claim."""
    claim = next(nth for nth, (first, then) in enumerate(pairwise(made.points)) if (first.call, then.call) == ("mkdir", "rename"))
    return next(each for each in made.points[claim:] if each.call == "fdatasync")


def overwritten(made: Reference, room: Path) -> Iterator[str]:
    """The partner drops another file under the same name after the first was read and before it is removed."""
    home = made.scenario.copy(room)
    second = b"Koodi;Nimi;Hinta\nNEW-1;Toinen tiedosto;1,00\n"

    def overwrite() -> None:
        (home / _FIRST).write_bytes(second)

    yield from _stopped(made, room, home, _first_entered(made), overwrite)
    yield from lost_or_litter(home, made.scenario.dropped | {hashlib.sha256(second).hexdigest()})
    if not any(row["sku"] == "NEW-1" for row in told(home).exports["products"]):
        yield "the second file had no effect"


def deleted(made: Reference, room: Path) -> Iterator[str]:
    """The partner deletes a file after it was listed and before it is taken; the others are taken all the same."""
    home = made.scenario.copy(room)
    gone = hashlib.sha256((home / _SECOND).read_bytes()).hexdigest()
    dropped = made.scenario.dropped - {gone}
    yield from _stopped(made, room, home, next(each for each in made.points if each.call == "rename"), (home / _SECOND).unlink)
    yield from lost_or_litter(home, dropped)
    names = [row["name"] for row in told(home).exports["files"] if row["direction"] == "in"]
    if Path(_SECOND).name in names:
        yield "a file that was deleted is in the ledger"


def collected(made: Reference, room: Path) -> Iterator[str]:
    """Partners collect and delete whatever becomes visible, within milliseconds, while each write takes its time."""
    home, robot, over = made.scenario.copy(room), Robot(), threading.Event()

    def collect() -> None:
        while not over.is_set():
            robot.look(home, collect=True)
            over.wait(0.003)

    watching = threading.Thread(target=collect)

    def beside(_child: int) -> None:
        watching.start()

    slowly = "write,fsync,syncfs,rename:delay_exit=8000"
    try:
        ran = run(HubOnce(home, made.mutant), room / "notes", inject=slowly, beside=beside)
    finally:
        over.set()
        watching.join()
    if ran.code != 0:
        yield f"exit {ran.code}: {ran.err[-300:]}"
    robot.look(home, collect=True)
    yield from robot.torn(made.meanings)
    yield from compare(made, told(home), robot.meanings())


def three_hubs(made: Reference, room: Path) -> Iterator[str]:
    """Three hubs are started on one workspace at the same moment."""
    home, robot = made.scenario.copy(room), Robot()
    for ran in side_by_side([(HubOnce(home, made.mutant), room / f"notes{nth}") for nth in range(3)]):
        if ran.code not in (0, 1) or (ran.code == 1 and "another hub" not in ran.err):
            yield f"exit {ran.code}: {ran.err[-300:]}"
    robot.look(home, collect=False)
    yield from lost_or_litter(home, made.scenario.dropped)
    yield from compare(made, told(home), robot.meanings())


def second_hub(made: Reference, room: Path) -> Iterator[str]:
    """A second hub beside one at work gives up after five seconds, with a line and exit 1, and touches nothing."""
    home = made.scenario.copy(room)
    with hold(open_workspace(home), 0):
        ran = plain(HubOnce(home, made.mutant), room / "notes")
    if ran.code != 1 or "another hub works on this store" not in ran.err:
        yield f"a second hub ends with {ran.code} and says {ran.err.strip()[-200:]!r}"
    if not (home / _FIRST).exists():
        yield "a second hub took files"


def taken_over(made: Reference, room: Path) -> Iterator[str]:
    """A second hub waits for one that dies at work: it takes over, and no number is drawn twice or left out."""
    for nth, at in enumerate(made.points[:: len(made.points) // _DEATHS]):
        own, robot = room / str(nth), Robot()
        home = made.scenario.copy(own)
        second = _die_beside_another(HubOnce(home, made.mutant), own, at)
        if second.code != 0:
            yield f"{at}: the second hub ends with {second.code} and says {second.err.strip()[-200:]!r}"
        yield from (f"{at}: {each}" for each in settle(made, home, own, robot, exactly=True))


def _die_beside_another(hub: HubOnce, room: Path, at: Point) -> Ran:
    """Stop a hub at one call, start another, and kill the first; how the other ended."""
    with ExitStack() as stack:
        others: list[list[Ran]] = []

        def beside(child: int) -> None:
            until_stopped(child)
            others.append(stack.enter_context(meanwhile(hub, room / "second")))
            time.sleep(_A_WHILE)
            os.kill(child, signal.SIGKILL)

        run(hub, room / "first", inject=f"{at.call}:signal=SIGSTOP:when={at.nth}", beside=beside)
    [[other]] = others
    return other


RACES: dict[str, Race] = {
    "overwritten": overwritten,
    "deleted": deleted,
    "collected": collected,
    "three-hubs": three_hubs,
    "second-hub": second_hub,
    "taken-over": taken_over,
}


def main() -> int:
    """Run the races that the command line names; 1 when anything is wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.crash.races", description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(RACES)}; all when none is named")
    parser.add_argument("--mutant", choices=MUTANTS, help="break the protocol on purpose")
    asked = parser.parse_args()
    bad = 0
    with room_for_work() as place, standing("trade", room := Path(place)) as scenario:
        made = reference(scenario, room)
        made.mutant = asked.mutant
        for name in asked.names or RACES:
            wrong = list(RACES[name](made, room / name))
            bad += bool(wrong)
            print(f"{name}: {'; '.join(wrong[:5]) or 'well'}", flush=True)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
