"""Kill the process that reads files, alone, at each of its acts in turn: the hub must come to the same end, to the byte.

    python -m tests.crash.children [--sample 10] [--act 17]

Once, as when the kernel is out of memory for a moment; three times in a row, alone with the same file; and so often that
the hub gives up for now, after which the file is worked on later and nothing may be lost. Exit 1 when anything differs.
"""

from __future__ import annotations

import argparse
import random
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.crash.act import HubOnce
from tests.crash.days import standing
from tests.crash.look import Robot, draws, lost, told
from tests.crash.nursery import Acts, Death
from tests.crash.sweep import Reference, drain, lost_or_litter, reference, room_for_work, said, settle
from tests.crash.under import plain

_BORNE = (1, 3)
"""So many deaths in a row cost a file nothing: it is tried alone, three times."""
_TOO_MANY = 5


def acts_of(made: Reference, room: Path) -> int:
    """What workers do in an undisturbed run."""
    acts = Acts()
    ran = plain(HubOnce(made.scenario.copy(room), acts=acts), room / "notes")
    assert ran.code == 0, ran.err
    return acts.done


def die(made: Reference, death: Death, room: Path) -> Iterator[str]:
    """Let workers die; what is wrong at once and in the end."""
    home, robot, acts = made.scenario.copy(room), Robot(), Acts(death)
    ran = plain(HubOnce(home, acts=acts), room / "notes")
    yield from said(ran.code, ran.err, (0,))
    if acts.deaths != death.times:
        yield f"{acts.deaths} workers died instead of {death.times}"
    robot.look(home, collect=False)
    yield from (f"lost at that moment: {sha}" for sha in lost(home, made.scenario.dropped))
    if death.times in _BORNE:
        yield from settle(made, home, room, robot, exactly=True)
    else:
        yield from _later(made, home, room, robot)
    shutil.rmtree(room)


def _later(made: Reference, home: Path, room: Path, robot: Robot) -> Iterator[str]:
    """A file that waited is worked on after those behind it: figures may then be old news, but every file is answered."""
    yield from drain(home, room)
    robot.look(home, collect=False)
    yield from lost_or_litter(home, made.scenario.dropped)
    yield from robot.torn({})
    yield from draws(home)
    found = told(home)
    yield from found.wrong
    files = [row for row in found.exports["files"] if row["direction"] == "in"]
    yield from (f"{row['name']} is {row['state']}" for row in files if row["state"] not in ("done", "refused"))
    numbers = [sorted((row["retailer"], row["number"]) for row in each.exports["orders"]) for each in (made.told, found)]
    if numbers[0] != numbers[1]:
        yield f"other orders: {numbers[1]}"


def main() -> int:
    """Kill readers at the acts that the command line asks for; 1 when anything differs."""
    parser = argparse.ArgumentParser(prog="python -m tests.crash.children", description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--sample", type=int, help="so many acts, drawn by the seed")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--act", type=int, help="exactly this one")
    asked, bad = parser.parse_args(), 0
    with room_for_work() as place, standing("trade", room := Path(place)) as scenario:
        made = reference(scenario, room)
        every = range(1, acts_of(made, room / "acts") + 1)
        some = [asked.act] if asked.act else random.Random(asked.seed).sample(every, min(asked.sample or len(every), len(every)))
        deaths = [Death(act, times) for act in sorted(some) for times in (*_BORNE, _TOO_MANY)]
        for death in deaths:
            wrong = list(die(made, death, room / "death"))
            bad += bool(wrong)
            for each in wrong[:10]:
                print(f"{death.times} deaths at act {death.act}: {each}", flush=True)
    print(f"readers: {len(every)} acts; {len(deaths)} runs in which they died, {bad} with differences")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
