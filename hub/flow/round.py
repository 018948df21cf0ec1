"""A round, step by step: take, keep, render, deliver. This page is the table of contents of the flow."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol

import structlog
from sqlalchemy import Row

from hub.domain.kinds import Role
from hub.domain.problems import Code, LockLost, ParserFailed, Problem, Unreachable, Verdict, where_in_code
from hub.flow import answer, arrive, deliver, hold, prints, receipts, render, sets, verdicts
from hub.flow.ahead import Ahead
from hub.flow.hub import Hub, InHand
from hub.flow.read import incoming
from hub.mapping.compile import Mapping
from hub.store import ledger, rounds
from hub.store.ledger import State
from hub.store.rounds import Phase

log = structlog.get_logger()

_CRASHES_ALONE = 3


class Watch(Protocol):
    """Who wants to know how far a round is."""

    def step(self, what: str, done: int, total: int | None) -> None:
        """So many of `total` are done (`None`: nobody knows how many there are)."""


class Silent:
    """Nobody watches."""

    def step(self, what: str, done: int, total: int | None) -> None:
        """Say nothing."""


@dataclass(slots=True)
class Summary:
    """What a round, or several, did. `answers` counts files in by answer."""

    taken: int = 0
    answers: dict[int, int] = field(default_factory=dict)
    sent: int = 0
    quarantined: int = 0
    unreachable: list[str] = field(default_factory=list)
    rounds: int = 0

    def add_unreachable(self, partners: list[str]) -> None:
        """Note partners that could not be reached, each once."""
        self.unreachable += [each for each in partners if each not in self.unreachable]


def run_round(
    hub: Hub,
    summary: Summary,
    *,
    send_all: bool,
    watch: Watch,
    stop: Callable[[], bool] = lambda: False,
    take: bool = True,
) -> None:
    """Run one round, or finish the one that a crash left open at the phase it had reached.

    `stop` is asked between files: a daemon that is told to end finishes the file in hand and leaves the round open.
    Without `take` it works only on what the ledger holds.
    """
    _take_up_mappings(hub)
    with hub.store.change() as db:
        current = rounds.current(db) or rounds.begin(db, hub.clock(), send_all=send_all)
    ahead = Ahead(hub)
    if current.phase is Phase.TAKE and take:
        taken, away = arrive.take_all(hub, current.id, ahead.arrived)
        summary.taken += taken
        summary.add_unreachable(away)
        _enter(hub, current.id, Phase.KEEP)
    if current.phase in (Phase.TAKE, Phase.KEEP):
        if not _keep_all(hub, ahead, summary, watch, stop):
            return
        hold.hold_and_release(hub)
        _enter(hub, current.id, Phase.RENDER)
    if current.phase is not Phase.DELIVER:
        prints.print_all(hub, current.id)
        answer.answer_all(hub, current.id)
        render.render_all(hub, current.id, send_all=current.send_all or send_all)
        _enter(hub, current.id, Phase.DELIVER)
    sent, away = deliver.deliver_all(hub)
    summary.sent += sent
    summary.add_unreachable(away)
    deliver.submit_delivered(hub)
    with hub.store.change() as db:
        rounds.end(db, current.id, hub.clock())
    if not hub.backlog:
        arrive.let_go(hub, current.id)
    summary.rounds += 1


def _take_up_mappings(hub: Hub) -> None:
    """Changed mappings count from this round on; what is not sound or not proved leaves the last good one in force."""
    for name in hub.library.refresh():
        held = hub.library.held.get(name)
        if held is not None:
            log.warning("mapping_held_back", mapping=name, in_force=held.version, reasons=len(held.reasons))
        else:
            log.info("mapping_taken_up", mapping=name)


def _enter(hub: Hub, round_id: int, phase: Phase) -> None:
    with hub.store.change() as db:
        rounds.enter(db, round_id, phase)


def _keep_all(hub: Hub, ahead: Ahead, summary: Summary, watch: Watch, stop: Callable[[], bool]) -> bool:
    """Work through the files taken; whether all were come to."""
    with hub.store.look() as db:
        waiting = sorted(ledger.waiting(db, State.TAKEN, hub.clock()), key=lambda row: _turn(hub, row))
    done = 0
    for some in ahead.turns(waiting):
        watch.step("files", done, len(waiting))
        if stop():
            hub.parser.abandon()
            return False
        _process_together(hub, some, ahead, summary)
        done += len(some)
    watch.step("files", len(waiting), len(waiting))
    return True


def _turn(hub: Hub, row: Row[Any]) -> tuple[bool, str, int]:
    """Suppliers before retailers; each partner's files in the order in which they arrived."""
    partner = hub.workspace.partners.get(row.partner)
    return partner is None or partner.role is Role.RETAILER, row.partner, row.id


def _process_together(hub: Hub, rows: Sequence[Row[Any]], ahead: Ahead, summary: Summary) -> None:
    """Small files that share a transaction; where something goes wrong with one of them, each is tried alone."""
    if len(rows) == 1:
        _process(hub, rows[0], ahead, summary)
        return
    files = [ahead.in_hand(row) for row in rows]
    ids = [file.id for file in files]
    try:
        with hub.store.change() as db:
            ledger.count_attempt(db, ids)
        found = verdicts.keep(hub, [(file, ahead.begin(file)()) for file in files])
    except (Unreachable, LockLost):
        _lived_through(hub, ids)
        raise
    except Exception as error:  # noqa: BLE001 - no file may take the others down with it
        log.warning("files_tried_alone", files=len(files), error=type(error).__name__, where=where_in_code(error))
        with hub.store.change() as db:
            ledger.parsed(db, ids)
        for row in rows:
            _process(hub, row, ahead, summary)
        return
    for file, verdict in zip(files, found, strict=True):
        _count(file, verdict, summary)


def _lived_through(hub: Hub, files: Sequence[int]) -> None:
    """The store is away: the files have crashed nobody."""
    hub.parser.abandon()
    with suppress(Unreachable, LockLost), hub.store.change() as db:
        ledger.parsed(db, files)


def _process(hub: Hub, row: Row[Any], ahead: Ahead, summary: Summary) -> None:
    """One file from the ledger to its verdict. Whatever goes wrong costs this file only."""
    partner = hub.workspace.partners.get(row.partner)
    if partner is None or (row.crashes > _CRASHES_ALONE):
        why = "its partner is not configured any more" if partner is None else "the hub crashed on it three times"
        _quarantine(hub, row, why, summary)
        return
    try:
        turn = sets.turn(hub, row, partner, partial(_chosen, hub))
        if turn is None:
            return
        row = turn
        with hub.store.change() as db:
            ledger.count_attempt(db, [row.id])
        file = InHand(row.id, partner, row.name, row.at)
        (verdict,) = verdicts.keep(hub, [(file, ahead.begin(file)())])
    except (Unreachable, LockLost):
        _lived_through(hub, [row.id])
        raise
    except Exception as error:  # noqa: BLE001 - the last guard: no file may take the others down with it
        # no traceback: it could carry what stands in the file
        log.error("file_failed", partner=row.partner, file=row.id, error=type(error).__name__, where=where_in_code(error))  # noqa: TRY400
        _failed(hub, row, error, summary)
        return
    _count(file, verdict, summary)


def _count(file: InHand, verdict: Verdict, summary: Summary) -> None:
    summary.answers[verdict.answer] = summary.answers.get(verdict.answer, 0) + 1
    counts, partner = verdict.counts, file.partner.id
    log.info("file_kept", partner=partner, file=file.id, answer=verdict.answer, accepted=counts.accepted, refused=counts.refused)


def _chosen(hub: Hub, file: InHand) -> Mapping | None:
    """The mapping by which a file would be read now: its name may be that of a file of a set, its headings decide."""
    with hub.store.change() as db:
        ledger.count_attempt(db, [file.id])
    mapping = hub.parser.read(incoming(hub, file))().mapping
    with hub.store.change() as db:
        ledger.parsed(db, [file.id])
    return mapping


def _failed(hub: Hub, row: Row[Any], error: Exception, summary: Summary) -> None:
    """The hub failed at a file: try again later, after the last attempt set it aside and answer 500."""
    # any other message could show what stands in the file
    why = str(error) if isinstance(error, ParserFailed) else f"{type(error).__name__} at {where_in_code(error)}"
    if row.attempts + 1 >= hub.workspace.settings.retry.attempts:
        _quarantine(hub, row, why, summary)
        return
    with hub.store.change() as db:
        ledger.try_again(db, row.id, why, hub.clock() + hub.workspace.settings.retry.pause(row.attempts + 1))
        ledger.parsed(db, [row.id])


def _quarantine(hub: Hub, row: Row[Any], why: str, summary: Summary) -> None:
    problem = Problem(
        Code.INTERNAL, "the hub could not work on this file", "Nothing is lost: the hub's admin has been told and will retry it."
    )
    with hub.store.change() as db:
        ledger.write_problems(db, {row.id: [problem]})
        ledger.quarantine(db, row.id, why, hub.clock(), answer=500)
        if partner := hub.workspace.partners.get(row.partner):
            receipts.owe(hub, db, InHand(row.id, partner, row.name, row.at))
    summary.quarantined += 1
    log.error("file_quarantined", partner=row.partner, file=row.id)
