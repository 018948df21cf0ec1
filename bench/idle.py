"""An idle poll: a hundred partners, and nothing lies anywhere."""

from __future__ import annotations

from collections.abc import Iterator

from bench import sftp
from bench.measure import cpu_of
from bench.place import Place, folder, place
from bench.report import Result, Run, main

CHANNELS = 100
_POLLS = 50


def jobs(_run: Run) -> Iterator[Result]:
    """Rounds of a hub that stays open, as the daemon runs them."""
    with place() as made:
        yield Result("idle.local", 1000 * poll(_with_partners(made)), note="of one poll, CPU")
    yield _far()


def _far() -> Result:
    """The same with a hundred partners on a server: how many connections the polls after the first open anew."""
    why = sftp.missing()
    if why:
        return Result("idle.sftp", None, note=why)
    with folder() as at, sftp.server(at) as (port, key), place() as made:
        for number in range(CHANNELS):
            inbox = at / f"inbox-{number}"
            inbox.mkdir()
            channel = sftp.partner(at, port, key, inbox, "remove")
            made.write(f"config/partners/far{number}.yaml", f"name: Far {number}\nrole: supplier\n{channel}")
        cpu = poll(made)
        connections = (at / sftp.LOG).read_text().count("Accepted publickey")
    if connections < CHANNELS:
        raise RuntimeError(f"only {connections} of {CHANNELS} servers were reached")
    return Result("idle.sftp", connections - CHANNELS, note=f"{1000 * cpu:.0f} ms CPU a poll")


def poll(at: Place) -> float:
    """CPU seconds of one idle round, after a first one that opens what is kept open."""
    from hub.flow import reach
    from hub.flow.round import Silent, Summary, run_round
    from hub.service.log import start_log
    from hub.service.wiring import open_hub

    start_log(at.home)
    hub = open_hub(at.home)

    def once() -> None:
        run_round(hub, Summary(), send_all=False, watch=Silent())
        while hub.errands.under_way:
            reach.wait(hub)

    try:
        once()
        return cpu_of(once, _POLLS)
    finally:
        hub.close()


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
