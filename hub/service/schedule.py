"""The daemon: a clock that starts rounds until it is told to stop; what is due, the store says."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import structlog

from hub.domain.problems import HubError, LockLost, Unreachable
from hub.flow.hub import Hub
from hub.flow.purge import purge
from hub.flow.round import Silent, Summary, run_round
from hub.service.recover import recover
from hub.service.stopping import told_to_stop
from hub.store.connection import StoreDamaged

log = structlog.get_logger()


def run(hub: Hub) -> None:
    """Poll and send until SIGTERM or SIGINT, which finishes the file in hand.

    Raises LockLost and StoreDamaged: the hub must not go on.
    """
    from apscheduler.schedulers.background import BackgroundScheduler

    stopping, upkeep = told_to_stop(), Upkeep()
    fatal: list[HubError] = []

    def look() -> None:
        try:
            tick(hub, stopping, upkeep)
        except (LockLost, StoreDamaged) as error:
            log.error("hub_cannot_go_on", error=str(error))  # noqa: TRY400 - the line says all
            fatal.append(error)
            stopping.set()

    scheduler = BackgroundScheduler(timezone="UTC")
    seconds = max(hub.workspace.settings.poll.total_seconds(), 0.05)
    grace = int(timedelta(minutes=10).total_seconds())
    scheduler.add_job(look, "interval", seconds=seconds, max_instances=1, coalesce=True, misfire_grace_time=grace)
    recover(hub)
    log.info("hub_started", poll=seconds, partners=len(hub.channels))
    look()
    scheduler.start()
    stopping.wait()
    scheduler.shutdown(wait=True)
    log.info("hub_stopped")
    if fatal:
        raise fatal[0]


@dataclass(slots=True)
class Upkeep:
    """Retention is applied once a day of the hub's calendar, and when the daemon starts."""

    done: date | None = None

    def due(self, today: date) -> bool:
        """Whether it was not done today yet; asking counts as doing."""
        before, self.done = self.done, today
        return before != today


def tick(hub: Hub, stopping: threading.Event, upkeep: Upkeep) -> None:
    """One look at every channel; the next round starts at once while files wait. Then, once a day, retention.

    Both on one thread, and not while a partner is still being served: what retention sweeps from the archive must not
    be what somebody is about to enter in the ledger.
    """
    _work(hub, stopping)
    if (
        not stopping.is_set()
        and not hub.errands.under_way
        and upkeep.due(hub.clock().astimezone(ZoneInfo(hub.workspace.settings.timezone)).date())
    ):
        try:
            purge(hub)
        except Unreachable as error:
            log.error("store_unreachable", error=str(error))  # noqa: TRY400 - the line says all


def _work(hub: Hub, stopping: threading.Event) -> None:
    while not stopping.is_set():
        summary = Summary()
        try:
            run_round(hub, summary, send_all=False, watch=Silent(), stop=stopping.is_set)
        except Unreachable as error:
            log.error("store_unreachable", error=str(error))  # noqa: TRY400 - the line says all
            return
        if not hub.backlog and not hub.errands.under_way:
            return
