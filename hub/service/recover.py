"""Before work begins: refuse a store that is broken, and sweep away what a crash left half-written."""

from __future__ import annotations

import structlog

from hub.config.private import TEMPORARY, VAR
from hub.flow.hub import Hub
from hub.service.scratch import sweep
from hub.store import rounds

log = structlog.get_logger()

SMALL = 256 * 1024 * 1024
"""A store up to this size is proved at every start; a larger one when the hub died at work, and by `hub verify`."""


def recover(hub: Hub) -> None:
    """Make sure that the hub may begin. It holds the workspace: nobody else writes there. Raises StoreDamaged."""
    _prove(hub)
    swept = hub.archive.sweep() + sum(channel.sweep() for channel in hub.channels.values() if not channel.far)
    sweep(hub.home / VAR / TEMPORARY)
    if swept:
        log.info("leftovers_swept", files=swept)


def _prove(hub: Hub) -> None:
    file = hub.workspace.settings.sqlite_file(hub.home)
    small = file is not None and file.exists() and file.stat().st_size <= SMALL
    with hub.store.look() as db:
        died = rounds.current(db) is not None
    if small or died:
        hub.store.prove()
