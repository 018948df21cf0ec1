"""Prove the provers: every mutant of the protocol must be noticed.

    python -m tests.crash.notice [MUTANT ...]

Exit 1 when one is not.
"""

from __future__ import annotations

import random
import sys
from dataclasses import replace
from pathlib import Path

from tests.crash import power
from tests.crash.days import standing
from tests.crash.mutants import MUTANTS, RACED, UNSYNCED
from tests.crash.races import RACES
from tests.crash.sweep import KILL, Reference, broken, disturb, reference, room_for_work

_TRIES = 40


def notice(made: Reference, mutant: str, room: Path) -> str | None:
    """Where a mutant is noticed, in a line; None when it never is."""
    if mutant in RACED:
        race = RACED[mutant]
        return next((f"in the race {race}: {each}" for each in RACES[race](replace(made, mutant=mutant), room / mutant)), None)
    if mutant in UNSYNCED:
        return power.shown(replace(made, mutant=mutant), room / mutant)
    theirs, at_once = broken(made, mutant, room)
    if at_once:
        return f"undisturbed: {at_once[0]}"
    likely = MUTANTS[mutant].shows(theirs.points)
    for point in random.Random(_TRIES).sample(likely, min(_TRIES, len(likely))):
        found = disturb(theirs, KILL, point, room / "disturbed")
        if found.wrong:
            return f"killed at {point}: {found.wrong[0]}"
    return None


def main() -> int:
    """Put on the mutants that the command line names, or all; 1 when one is not noticed."""
    missed, asked = 0, sys.argv[1:] or list(MUTANTS)
    for scene in dict.fromkeys(_scene(each) for each in asked):
        with room_for_work() as place, standing(scene, room := Path(place)) as scenario:
            made = reference(scenario, room)
            for mutant in asked:
                if _scene(mutant) == scene:
                    where = notice(made, mutant, room)
                    missed += where is None
                    print(f"{mutant}: {'NOT noticed' if where is None else 'noticed ' + where[:200]}", flush=True)
    return 1 if missed else 0


def _scene(mutant: str) -> str:
    """Where a mutant shows: a sync of the store is only missed where no other one makes it last."""
    return "little" if mutant == "wal-normal" else "trade"


if __name__ == "__main__":
    sys.exit(main())
