"""Only the taking of a round: `python -m bench.take HOME` brings everything that lies in the channels into the archive.

It is what a bare loop of list, get and rename does too, with all that the hub promises: nothing is lost, nothing doubled.
"""

from __future__ import annotations

import sys
from pathlib import Path

from hub.flow import reach
from hub.flow.arrive import take_all
from hub.service.log import start_log
from hub.service.wiring import open_hub
from hub.store import ledger, rounds
from hub.store.ledger import State


def take(home: Path) -> int:
    """Take all there is; returns how many files."""
    start_log(home)
    hub = open_hub(home)
    with hub.store.change() as db:
        current = rounds.current(db) or rounds.begin(db, hub.clock(), send_all=False)
    _, away = take_all(hub, current.id)
    while hub.errands.under_way:
        away += reach.wait(hub)
    if away:
        raise RuntimeError(f"out of reach: {away}")
    with hub.store.look() as db:
        taken = len(ledger.waiting(db, State.TAKEN, hub.clock()))
    hub.close()
    return taken


if __name__ == "__main__":
    print(take(Path(sys.argv[1])), file=sys.stderr)
