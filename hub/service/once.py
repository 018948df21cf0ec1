"""Do the work once: poll every channel, run rounds until what was found is done, stop."""

from __future__ import annotations

import time
from collections.abc import Callable

from hub.flow import arrive, reach
from hub.flow.hub import Hub
from hub.flow.round import Silent, Summary, Watch, run_round
from hub.service.recover import recover
from hub.store import ledger, rounds
from hub.store.ledger import State

__all__ = ["Summary", "Watch", "once"]


def once(hub: Hub, *, send_all: bool = False, watch: Watch | None = None, stop: Callable[[], bool] = lambda: False) -> Summary:
    """Run the hub once over everything that lies in the channels now.

    `send_all` sends every scheduled file, due or not. Waits out `settle` first. A round that a crash left open is
    finished before.
    """
    recover(hub)
    summary, watch = Summary(), watch or Silent()
    reach.try_now(hub)
    if _left_open(hub):
        run_round(hub, summary, send_all=False, watch=watch, stop=stop)
    if any(arrive.resting(hub).values()):
        hub.parser.warm_up()
    found = _wait_out_settle(hub, watch, stop)
    run_round(hub, summary, send_all=send_all, watch=watch, stop=stop)
    while summary.taken < found and _more(hub) and not stop():
        run_round(hub, summary, send_all=False, watch=watch, stop=stop)
    _wait_for_the_slow(hub, summary, watch, stop)
    return summary


def _wait_for_the_slow(hub: Hub, summary: Summary, watch: Watch, stop: Callable[[], bool]) -> None:
    """Partners with whom the rounds did not wait: what they bring is worked on too, however long they take."""
    while hub.errands.under_way and not stop():
        watch.step("waiting for " + ", ".join(sorted(hub.errands.under_way)), 0, None)
        summary.add_unreachable(reach.wait(hub))
        if not hub.errands.under_way or _more(hub):
            run_round(hub, summary, send_all=False, watch=watch, stop=stop, take=False)


def _left_open(hub: Hub) -> bool:
    with hub.store.look() as db:
        return rounds.current(db) is not None


def _wait_out_settle(hub: Hub, watch: Watch, stop: Callable[[], bool]) -> int:
    """Look until what lies there has stood still; returns how many files there are."""
    until = time.monotonic() + hub.settle.seconds
    while True:
        resting = arrive.resting(hub)
        found = sum(map(len, resting.values()))
        ready = all(hub.settle.stands(partner, each, time.monotonic()) for partner, some in resting.items() for each in some)
        left = until - time.monotonic()
        if ready or left <= -1 or stop():
            return found
        watch.step("waiting for files to stand still", 0, None)
        time.sleep(min(max(left, 0.05), 0.5))


def _more(hub: Hub) -> bool:
    """Whether files still wait: more settled ones than a round takes of a partner, or taken ones."""
    if any(hub.backlog.values()):
        return True
    with hub.store.look() as db:
        return bool(ledger.waiting(db, State.TAKEN, hub.clock()))
