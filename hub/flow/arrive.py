"""Take what partners dropped: claim it, archive it, enter it in the ledger, and only then remove it at the source."""

from __future__ import annotations

import time
from collections.abc import Collection
from pathlib import PurePath

import structlog

from hub.channels.channel import Channel, Claim, Listed
from hub.config.partners import Partner
from hub.domain.kinds import Role
from hub.domain.problems import StoreAway, Unreachable
from hub.flow.hub import Hub
from hub.store import ledger

log = structlog.get_logger()

MOST = 1000  # files of one partner in one round, so that nobody's heap holds up the others


def partners_in_order(hub: Hub) -> list[Partner]:
    """Suppliers, warehouses and carriers before retailers, so that an order meets the newest stock (contract §5)."""
    active = [each for each in hub.workspace.partners.values() if each.active]
    return sorted(active, key=lambda each: (each.role is Role.RETAILER, each.id))


def resting(hub: Hub) -> dict[str, list[Listed]]:
    """Per partner, the finished files in his inbox, whether they have stood still or not; partners out of reach are left out."""
    found: dict[str, list[Listed]] = {}
    for partner in partners_in_order(hub):
        channel = hub.channels.get(partner.id)
        if channel is not None:
            try:
                found[partner.id] = list(channel.listing())
            except Unreachable as error:
                log.warning("partner_unreachable", partner=partner.id, error=str(error))
    return found


def settled(hub: Hub, partner: str, listed: Collection[Listed]) -> list[Listed]:
    """The files that have stood still long enough, oldest first, then by name."""
    now = time.monotonic()
    still = [each for each in listed if hub.settle.stands(partner, each, now)]
    return sorted(still, key=lambda each: (each.modified_at, each.name))[:MOST]


def take_all(hub: Hub, round_id: int) -> tuple[int, list[str]]:
    """Take every settled file of every partner. Out: how many, and the partners out of reach."""
    taken, unreachable = 0, []
    for partner in partners_in_order(hub):
        channel = hub.channels.get(partner.id)
        if channel is None:
            continue
        try:
            for left in channel.leftovers():
                taken += _enter(hub, partner.id, channel, left, round_id)
            for listed in settled(hub, partner.id, list(channel.listing())):
                claim = channel.claim(listed, time.time_ns())
                hub.settle.forget(partner.id, listed.name)
                taken += _enter(hub, partner.id, channel, claim, round_id) if claim is not None else 0
        except StoreAway:
            raise
        except Unreachable as error:
            log.warning("partner_unreachable", partner=partner.id, error=str(error))
            unreachable.append(partner.id)
    return taken, unreachable


def _enter(hub: Hub, partner: str, channel: Channel, claim: Claim, round_id: int) -> int:
    """From here nothing is lost: archive, ledger, then the source."""
    source = _inside(hub, claim.source)
    with hub.store.look() as db:
        known = ledger.known_source(db, source)
    if not known:
        data = channel.read(claim)
        sha = hub.archive.prepare(data)
        arrival = ledger.Arrival(partner, claim.name, len(data), sha, hub.clock(), source, claim.modified_at)
        with hub.store.change() as db:
            file = ledger.take(db, arrival, round_id)
            hub.archive.file_in(db, file, data)
        log.info("file_taken", partner=partner, file=file, bytes=len(data))
    channel.release(claim)
    return 0 if known else 1


def _inside(hub: Hub, source: str) -> str:
    """The source as the ledger keeps it: never an absolute path of the workspace."""
    path = PurePath(source)
    return str(path.relative_to(hub.home)) if path.is_relative_to(hub.home) else source
