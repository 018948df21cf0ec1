"""A round, step by step: take, keep, render, deliver. This page is the table of contents of the flow."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any, Protocol

import structlog
from sqlalchemy import Connection, Row

from hub.domain.kinds import Kind, Role
from hub.domain.problems import (
    Code,
    Counts,
    FileRefused,
    LockLost,
    ParserFailed,
    Problem,
    Unreachable,
    Verdict,
    answer_of,
    where_in_code,
)
from hub.flow import answer, arrive, deliver, hold, prints, receipts, render, sets
from hub.flow.ahead import Ahead
from hub.flow.book import keep_booking_answers
from hub.flow.follow import keep_cancellations, keep_deliveries
from hub.flow.hub import Hub, InHand
from hub.flow.keep import keep_products
from hub.flow.read import incoming
from hub.flow.route import keep_orders
from hub.flow.stock import keep_stock
from hub.flow.tally import Tally
from hub.mapping.compile import Mapping
from hub.mapping.intake import Outcome
from hub.mapping.reading import Reading
from hub.store import ledger, outbox, rounds
from hub.store.ledger import State
from hub.store.rounds import Phase

log = structlog.get_logger()

Keeper = Callable[[Hub, Connection, InHand, Reading, datetime], Tally]

KEEPERS: dict[Kind, Keeper] = {
    Kind.ORDERS: keep_orders,
    Kind.CANCELLATIONS: keep_cancellations,
    Kind.PRODUCTS: keep_products,
    Kind.STOCK: keep_stock,
    Kind.DELIVERIES: keep_deliveries,
    Kind.BOOKING_ANSWERS: keep_booking_answers,
}

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
    if current.phase is Phase.TAKE and take:
        taken, away = arrive.take_all(hub, current.id)
        summary.taken += taken
        summary.add_unreachable(away)
        _enter(hub, current.id, Phase.KEEP)
    if current.phase in (Phase.TAKE, Phase.KEEP):
        if not _keep_all(hub, summary, watch, stop):
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


def _keep_all(hub: Hub, summary: Summary, watch: Watch, stop: Callable[[], bool]) -> bool:
    """Work through the files taken; whether all were come to."""
    with hub.store.look() as db:
        waiting = sorted(ledger.waiting(db, State.TAKEN, hub.clock()), key=lambda row: _turn(hub, row))
    ahead = Ahead(hub, waiting)
    for done, row in enumerate(waiting):
        watch.step("files", done, len(waiting))
        if stop():
            hub.parser.abandon()
            return False
        _process(hub, row, ahead, summary)
    watch.step("files", len(waiting), len(waiting))
    return True


def _turn(hub: Hub, row: Row[Any]) -> tuple[bool, str, int]:
    """Suppliers before retailers; each partner's files in the order in which they arrived."""
    partner = hub.workspace.partners.get(row.partner)
    return partner is None or partner.role is Role.RETAILER, row.partner, row.id


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
            ledger.count_attempt(db, row.id)
        file = InHand(row.id, partner, row.name, row.at)
        verdict = _keep_outcome(hub, file, ahead.begin(file)())
    except (Unreachable, LockLost):
        hub.parser.abandon()
        with suppress(Unreachable, LockLost), hub.store.change() as db:  # the store is away: the file has crashed nobody
            ledger.parsed(db, row.id)
        raise
    except Exception as error:  # noqa: BLE001 - the last guard: no file may take the others down with it
        # no traceback: it could carry what stands in the file
        log.error("file_failed", partner=row.partner, file=row.id, error=type(error).__name__, where=where_in_code(error))  # noqa: TRY400
        _failed(hub, row, error, summary)
        return
    summary.answers[verdict.answer] = summary.answers.get(verdict.answer, 0) + 1
    counts = verdict.counts
    log.info(
        "file_kept", partner=row.partner, file=row.id, answer=verdict.answer, accepted=counts.accepted, refused=counts.refused
    )


def _chosen(hub: Hub, file: InHand) -> Mapping | None:
    """The mapping by which a file would be read now: its name may be that of a file of a set, its headings decide."""
    with hub.store.change() as db:
        ledger.count_attempt(db, file.id)
    mapping = hub.parser.read(incoming(hub, file))().mapping
    with hub.store.change() as db:
        ledger.parsed(db, file.id)
    return mapping


def process(hub: Hub, file: InHand, mapping: Mapping | None = None) -> Verdict:
    """Read a file and keep it, in one transaction; also for `hub replay`, which may name another mapping."""
    return _keep_outcome(hub, file, hub.parser.read(incoming(hub, file, mapping))())


def _keep_outcome(hub: Hub, file: InHand, outcome: Outcome) -> Verdict:
    """Keep what was read of a file, or why nothing of it can be used."""
    try:
        reading = _readable(outcome)
        with hub.store.change() as db:
            verdict = keep_one(hub, db, file, reading)
            sets.finish(hub, db, file, verdict, (reading.kind.value, reading.mapping, reading.version))
            return verdict
    except FileRefused as refusal:
        with hub.store.change() as db:
            return _refuse(hub, db, file, outcome.mapping, refusal)


def _readable(outcome: Outcome) -> Reading:
    if outcome.reading is None:
        assert outcome.refusal is not None  # noqa: S101 - an outcome is one of the two
        raise outcome.refusal
    return outcome.reading


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What processing a file again would do: its verdict, and the events that would happen."""

    verdict: Verdict
    happened: list[Row[Any]]


class _Undo(Exception):
    """Takes a rehearsed transaction back."""


def rehearse(hub: Hub, file: InHand, mapping: Mapping | None = None) -> Rehearsal:
    """Process a file as `process` would, look at what happened, and undo it: keeping touches only the store."""
    found: list[Rehearsal] = []
    with hub.store.look() as db:
        before = outbox.last_event(db)
    try:
        reading = _readable(hub.parser.read(incoming(hub, file, mapping))())
        with suppress(_Undo), hub.store.change() as db:
            verdict = keep_one(hub, db, file, reading)
            found.append(Rehearsal(verdict, outbox.events_after(db, before)))
            raise _Undo
    except FileRefused as refusal:
        found.append(Rehearsal(_refusal(refusal), []))
    return found[0]


def keep_one(hub: Hub, db: Connection, file: InHand, reading: Reading) -> Verdict:
    """Keep a reading: effects, problems, events and the verdict, all in the caller's transaction."""
    now = hub.clock()
    tally = KEEPERS[reading.kind](hub, db, file, reading, now)
    verdict = tally.verdict()
    if not verdict.counts.add_up():
        raise AssertionError(f"records disappeared: {verdict.counts}")
    ledger.finish(db, file.id, verdict, kind=reading.kind.value, mapping=reading.mapping, version=reading.version, now=now)
    if verdict.problems:
        ledger.write_marks(db, file.id, tally.marks())
    receipts.owe(hub, db, file, tally)
    return verdict


def _refuse(hub: Hub, db: Connection, file: InHand, mapping: Mapping | None, refusal: FileRefused) -> Verdict:
    """A file that cannot be used as a whole; its problems say why."""
    verdict = _refusal(refusal)
    name, version, kind = (mapping.name, mapping.version, mapping.kind.value) if mapping else (None, None, None)
    ledger.finish(db, file.id, verdict, kind=kind, mapping=name, version=version, now=hub.clock())
    sets.finish(hub, db, file, verdict, (kind, name, version))
    ledger.write_marks(db, file.id, [(p.sheet, p.row, p.code.answer) for p in refusal.problems if p.row is not None])
    receipts.owe(hub, db, file)
    return verdict


def _refusal(refusal: FileRefused) -> Verdict:
    return Verdict(answer_of(Counts(), refusal.problems), Counts(read=refusal.read, refused=refusal.read), refusal.problems)


def _failed(hub: Hub, row: Row[Any], error: Exception, summary: Summary) -> None:
    """The hub failed at a file: try again later, after the last attempt set it aside and answer 500."""
    # any other message could show what stands in the file
    why = str(error) if isinstance(error, ParserFailed) else f"{type(error).__name__} at {where_in_code(error)}"
    if row.attempts + 1 >= hub.workspace.settings.retry.attempts:
        _quarantine(hub, row, why, summary)
        return
    with hub.store.change() as db:
        ledger.try_again(db, row.id, why, hub.clock() + hub.workspace.settings.retry.pause(row.attempts + 1))
        ledger.parsed(db, row.id)


def _quarantine(hub: Hub, row: Row[Any], why: str, summary: Summary) -> None:
    problem = Problem(
        Code.INTERNAL, "the hub could not work on this file", "Nothing is lost: the hub's admin has been told and will retry it."
    )
    with hub.store.change() as db:
        ledger.write_problems(db, row.id, [problem])
        ledger.quarantine(db, row.id, why, hub.clock(), answer=500)
        if partner := hub.workspace.partners.get(row.partner):
            receipts.owe(hub, db, InHand(row.id, partner, row.name, row.at))
    summary.quarantined += 1
    log.error("file_quarantined", partner=row.partner, file=row.id)
