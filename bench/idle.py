"""An idle poll: a hundred partners, and nothing lies anywhere."""

from __future__ import annotations

from collections.abc import Iterator

from bench.measure import cpu_of
from bench.place import Place, place
from bench.report import Result, Run, main

CHANNELS = 100
_POLLS = 20


def jobs(_run: Run) -> Iterator[Result]:
    """Rounds of a hub that stays open, as the daemon runs them."""
    with place() as made:
        yield Result("idle.local", 1000 * poll(_with_partners(made)), note="of one poll, CPU")
    yield Result("idle.sftp", None, note="the hub has no SFTP channel yet")


def poll(at: Place) -> float:
    """CPU seconds of one idle round."""
    from hub.flow.round import Silent, Summary, run_round
    from hub.service.log import start_log
    from hub.service.wiring import open_hub

    start_log(at.home)
    hub = open_hub(at.home)

    def once() -> None:
        run_round(hub, Summary(), send_all=False, watch=Silent())

    once()
    try:
        return cpu_of(once, _POLLS)
    finally:
        hub.store.close()


def _with_partners(at: Place) -> Place:
    for number in range(CHANNELS):
        if number % 2:
            at.retailer(f"shop{number}", f"maker{number - 1}")
        else:
            at.supplier(f"maker{number}")
        (at.home / "inbox" / f"{'shop' if number % 2 else 'maker'}{number}").mkdir(parents=True)
    return at


if __name__ == "__main__":
    main(jobs)
