"""The daemon: a clock that starts rounds until it is told to stop; what is due, the store says."""

from __future__ import annotations

import signal
import threading
from datetime import timedelta
from types import FrameType

import structlog

from hub.domain.problems import Unreachable
from hub.flow.hub import Hub
from hub.flow.round import Silent, Summary, run_round

log = structlog.get_logger()


def run(hub: Hub) -> None:
    """Poll and send until SIGTERM or SIGINT, which finishes the file in hand."""
    from apscheduler.schedulers.background import BackgroundScheduler

    hub.archive.sweep()
    stopping = threading.Event()

    def stop(_signal: int, _frame: FrameType | None) -> None:
        stopping.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    scheduler = BackgroundScheduler(timezone="UTC")
    seconds = max(hub.workspace.settings.poll.total_seconds(), 0.05)
    grace = int(timedelta(minutes=10).total_seconds())
    scheduler.add_job(
        tick, "interval", args=[hub, stopping], seconds=seconds, max_instances=1, coalesce=True, misfire_grace_time=grace
    )
    log.info("hub_started", poll=seconds, partners=len(hub.channels))
    tick(hub, stopping)
    scheduler.start()
    stopping.wait()
    scheduler.shutdown(wait=True)
    log.info("hub_stopped")


def tick(hub: Hub, stopping: threading.Event) -> None:
    """One look at every channel; the next round starts at once while files wait, or partners who take long."""
    while not stopping.is_set():
        summary = Summary()
        try:
            run_round(hub, summary, send_all=False, watch=Silent(), stop=stopping.is_set)
        except Unreachable as error:
            log.error("store_unreachable", error=str(error))  # noqa: TRY400 - the line says all
            return
        if not hub.backlog and not hub.errands.under_way:
            return
