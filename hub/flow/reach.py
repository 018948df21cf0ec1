"""Which partners' ends are tried now: one that is out of reach is left alone for a while, longer each time."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import timedelta

import structlog

from hub.domain.problems import LoginRefused, StoreAway, Unreachable
from hub.flow.errands import Errand, at_once
from hub.flow.hub import Hub
from hub.store import remote
from hub.store.remote import Trouble

log = structlog.get_logger()

PATIENCE = 5.0  # seconds for which a round waits for networks; who takes longer is served beside the next ones
MOST_REFUSALS = 3  # a login refused so often in a row is not tried soon again: servers lock accounts
_AFTER_REFUSALS = timedelta(hours=6)


def serve(hub: Hub, errands: Mapping[str, Errand]) -> list[str]:
    """Run an errand with each partner: those on this machine here and now, those beyond a network side by side.

    Out: the partners out of reach, also those who are left alone for a while.
    """
    with hub.store.look() as db:
        known = remote.troubles(db)
    away = [each for each in errands if _is_left_alone(hub, known.get(each))]
    troubles: dict[str, Unreachable] = {}
    tried = [each for each in errands if each not in away and each not in hub.errands.under_way]
    near = [each for each in tried if not hub.channels[each].far]
    for partner in near:
        try:
            errands[partner](at_once)
        except StoreAway:
            raise
        except Unreachable as error:
            troubles[partner] = error
    troubles |= hub.errands.serve({each: errands[each] for each in tried if each not in near}, PATIENCE)
    reached = [each for each in tried if each not in troubles and each not in hub.errands.under_way]
    note(hub, known, troubles, reached)
    return away + [each for each in troubles if each not in away]


def try_now(hub: Hub) -> None:
    """Let everybody be tried at once, as an operator wants who starts a run, but for those who refuse the login."""
    with hub.store.look() as db:
        known = remote.troubles(db)
    if known:
        with hub.store.change() as db:
            remote.try_now(db, MOST_REFUSALS)


def wait(hub: Hub) -> list[str]:
    """Wait a little for those who take long. Out: those of them who proved to be out of reach."""
    with hub.store.look() as db:
        known = remote.troubles(db)
    before = hub.errands.under_way
    troubles = hub.errands.wait(before, PATIENCE)
    note(hub, known, troubles, [each for each in before - hub.errands.under_way if each not in troubles])
    return list(troubles)


def _is_left_alone(hub: Hub, trouble: Trouble | None) -> bool:
    return trouble is not None and trouble.next_try is not None and trouble.next_try > hub.clock()


def note(hub: Hub, known: Mapping[str, Trouble], troubles: Mapping[str, Unreachable], reached: Collection[str]) -> None:
    """Remember who was out of reach and when to try again; forget the troubles of those who are back."""
    back = [each for each in reached if each in known]
    if not back and not troubles:
        return
    with hub.store.change() as db:
        remote.forget_troubles(db, back)
        for partner, error in troubles.items():
            remote.note_trouble(db, _trouble(hub, partner, known.get(partner), error))
            log.warning("partner_unreachable", partner=partner, error=str(error))
    for partner in back:
        log.info("partner_reached_again", partner=partner)


def _trouble(hub: Hub, partner: str, before: Trouble | None, error: Unreachable) -> Trouble:
    now = hub.clock()
    failures = (before.failures if before else 0) + 1
    refusals = ((before.refusals if before else 0) + 1) if isinstance(error, LoginRefused) else 0
    pause = hub.workspace.settings.retry.pause(failures)
    if refusals >= MOST_REFUSALS:
        pause = max(pause, _AFTER_REFUSALS)
    next_try = now + pause if hub.channels[partner].far else None
    return Trouble(partner, failures, refusals, before.since if before else now, next_try, error.code.value, str(error))
