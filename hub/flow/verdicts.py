"""Keep what was read of files: effects, problems, events and verdicts in one transaction; many small files share one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, Row

from hub.domain.kinds import Kind
from hub.domain.problems import Counts, FileRefused, Verdict, answer_of
from hub.flow import receipts, sets
from hub.flow.book import keep_booking_answers
from hub.flow.follow import keep_cancellations, keep_deliveries
from hub.flow.hub import Hub, InHand
from hub.flow.keep import keep_products
from hub.flow.read import incoming
from hub.flow.route import keep_order_files, keep_orders
from hub.flow.stock import keep_stock
from hub.flow.tally import Tally
from hub.mapping.compile import Mapping
from hub.mapping.intake import Outcome
from hub.mapping.reading import Reading
from hub.store import ledger, outbox
from hub.store.ledger import Ended

Keeper = Callable[[Hub, Connection, InHand, Reading, datetime], Tally]
Read = tuple[InHand, Outcome]
"""A file in hand, and what was read of it."""

KEEPERS: dict[Kind, Keeper] = {
    Kind.ORDERS: keep_orders,
    Kind.CANCELLATIONS: keep_cancellations,
    Kind.PRODUCTS: keep_products,
    Kind.STOCK: keep_stock,
    Kind.DELIVERIES: keep_deliveries,
    Kind.BOOKING_ANSWERS: keep_booking_answers,
}


def process(hub: Hub, file: InHand, mapping: Mapping | None = None) -> Verdict:
    """Read a file and keep it, in one transaction; also for `hub replay`, which may name another mapping."""
    (verdict,) = keep(hub, [(file, hub.parser.read(incoming(hub, file, mapping))())])
    return verdict


def keep(hub: Hub, some: Sequence[Read]) -> list[Verdict]:
    """Keep what was read of files, or why nothing of one can be used; in order, and in one transaction.

    None of several may be of a set. Whatever else is raised leaves nothing of any of them.
    """
    if len(some) == 1:
        return [_keep_alone(hub, *some[0])]
    with hub.store.change() as db:
        now = hub.clock()
        return _close(hub, db, [kept for run in _runs(some) for kept in _keep_run(hub, db, run, now)], now)


@dataclass(frozen=True, slots=True)
class _Kept:
    """A file that was kept, or (without a tally) refused as a whole."""

    file: InHand
    ended: Ended
    tally: Tally | None = None

    @property
    def marks(self) -> list[tuple[str | None, int, int]] | None:
        """The answer of each row; None when there is nothing to mark."""
        verdict = self.ended.verdict
        if self.tally is not None:
            return self.tally.marks() if verdict.problems else None
        return [(p.sheet, p.row, p.code.answer) for p in verdict.problems if p.row is not None]


def _runs(some: Sequence[Read]) -> Iterator[list[Read]]:
    """Orders of one retailer, file after file, are decided together; anything else file by file."""

    def together(each: tuple[int, Read]) -> object:
        at, (file, outcome) = each
        orders = outcome.reading is not None and outcome.reading.kind is Kind.ORDERS
        return file.partner.id if orders else at

    return ([read for _, read in run] for _, run in groupby(enumerate(some), key=together))


def _keep_run(hub: Hub, db: Connection, run: Sequence[Read], now: datetime) -> Iterator[_Kept]:
    if len(run) > 1:
        readings = [(file, _readable(outcome)) for file, outcome in run]
        for (file, _), tally in zip(readings, keep_order_files(hub, db, readings, now), strict=True):
            yield _kept(file, tally)
        return
    ((file, outcome),) = run
    try:
        reading = _readable(outcome)
        with db.begin_nested():
            tally = KEEPERS[reading.kind](hub, db, file, reading, now)
    except FileRefused as refusal:
        yield _refused(file, outcome.mapping, refusal)
    else:
        yield _kept(file, tally)


def _keep_alone(hub: Hub, file: InHand, outcome: Outcome) -> Verdict:
    """A file that may be large: no savepoint, which would hold every page that it changes in memory."""
    try:
        reading = _readable(outcome)
        with hub.store.change() as db:
            kept = _keep_one(hub, db, file, reading)
            sets.finish(db, kept.ended, hub.clock())
    except FileRefused as refusal:
        with hub.store.change() as db:
            kept = _refused(file, outcome.mapping, refusal)
            _close(hub, db, [kept], hub.clock())
            sets.finish(db, kept.ended, hub.clock())
    return kept.ended.verdict


def _keep_one(hub: Hub, db: Connection, file: InHand, reading: Reading) -> _Kept:
    now = hub.clock()
    kept = _kept(file, KEEPERS[reading.kind](hub, db, file, reading, now))
    _close(hub, db, [kept], now)
    return kept


def _readable(outcome: Outcome) -> Reading:
    if outcome.reading is None:
        assert outcome.refusal is not None  # noqa: S101 - an outcome is one of the two
        raise outcome.refusal
    return outcome.reading


def _kept(file: InHand, tally: Tally) -> _Kept:
    verdict, reading = tally.verdict(), tally.reading
    if not verdict.counts.add_up():
        raise AssertionError(f"records disappeared: {verdict.counts}")
    return _Kept(file, Ended(file.id, verdict, reading.kind.value, reading.mapping, reading.version), tally)


def _refused(file: InHand, mapping: Mapping | None, refusal: FileRefused) -> _Kept:
    """A file that cannot be used as a whole; its problems say why."""
    name, version, kind = (mapping.name, mapping.version, mapping.kind.value) if mapping else (None, None, None)
    return _Kept(file, Ended(file.id, _refusal(refusal), kind, name, version))


def _refusal(refusal: FileRefused) -> Verdict:
    return Verdict(answer_of(Counts(), refusal.problems), Counts(read=refusal.read, refused=refusal.read), refusal.problems)


def _close(hub: Hub, db: Connection, some: Sequence[_Kept], now: datetime) -> list[Verdict]:
    """Close files with their verdicts, and note what is needed to answer them."""
    ledger.finish(db, [each.ended for each in some], now)
    ledger.write_marks(db, {each.file.id: marks for each in some if (marks := each.marks) is not None})
    for each in some:
        receipts.owe(hub, db, each.file, each.tally)
    return [each.ended.verdict for each in some]


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
            verdict = _keep_one(hub, db, file, reading).ended.verdict
            found.append(Rehearsal(verdict, outbox.events_after(db, before)))
            raise _Undo
    except FileRefused as refusal:
        found.append(Rehearsal(_refusal(refusal), []))
    return found[0]
