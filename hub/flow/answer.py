"""Answer every file: what was taken, what was not, and how to mend it (contract §6)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import structlog
from sqlalchemy import Connection, Row

from hub.config.partners import AnswerForm, Partner
from hub.domain.problems import Counts, FileRefused, HubError, Level, ParserFailed, Problem
from hub.flow.hub import Hub
from hub.formats.mark import Answered, answer_names
from hub.mapping.compile import Mapping
from hub.mapping.giveback import Marking
from hub.store import ledger, outbox
from hub.store.orders import numbers_made

log = structlog.get_logger()

_LISTED = 1000

_TOGETHER = 500
"""How many answers share a transaction: a commit costs a sync of the disk."""

_HELD = 8 << 20
"""Bytes of answers that are held before they are filed: a partner's workbook given back may be large."""


def answer_all(hub: Hub, round_id: int) -> int:
    """Render the answers of all files that are done with; returns how many files were answered."""
    with hub.store.look() as db:
        rows = ledger.unanswered(db)
    for start in range(0, len(rows), _TOGETHER):
        made, held = list[_Made](), 0
        for each in _make(hub, rows[start : start + _TOGETHER]):
            made.append(each)
            held += each.size
            if held > _HELD:
                _file(hub, made, round_id)
                made, held = [], 0
        _file(hub, made, round_id)
    return len(rows)


@dataclass(frozen=True, slots=True)
class _Told:
    """What an answer tells of a file: its row of the ledger, its problems, the order numbers made for it."""

    row: Row[Any]
    problems: list[Problem]
    made: list[tuple[int, str]]
    now: datetime


@dataclass(frozen=True, slots=True)
class _Made:
    """An answer in every form that its sender wants, ready to be filed."""

    row: Row[Any]
    forms: dict[str, bytes]
    now: datetime

    @property
    def size(self) -> int:
        """Bytes of all forms."""
        return sum(map(len, self.forms.values()))


def _make(hub: Hub, rows: Sequence[Row[Any]]) -> Iterator[_Made]:
    """The answers to some files, made outside any transaction that writes."""
    with hub.store.look() as db:
        problems = ledger.problems_of_all(db, [row.id for row in rows])
        numbers = numbers_made(db, [row.id for row in rows])
    for row in rows:
        partner, now = hub.workspace.partners.get(row.partner), hub.clock()
        told = _Told(row, problems[row.id], numbers.get(row.id, []), now)
        yield _Made(row, dict(_forms(hub, told, partner)) if partner is not None else {}, now)


def _file(hub: Hub, made: Sequence[_Made], round_id: int) -> None:
    """File answers in one transaction, in the order in which they were made."""
    if not made:
        return
    now = made[-1].now
    with hub.store.change() as db:
        names = _free_names(db, [each.row for each in made])
        data = [each for one in made for each in one.forms.values()]
        every = [
            ledger.Outgoing(
                row.partner,
                names[row.id][form],
                f"answer-{form}",
                row.mapping,
                row.mapping_version,
                len(body),
                hub.archive.prepare(body),
                about=row.id,
            )
            for row, forms in ((each.row, each.forms) for each in made)
            for form, body in forms.items()
        ]
        hub.archive.file_in(db, dict(zip(ledger.ready(db, every, now, round_id), data, strict=True)))
        ledger.answered(db, [each.row.id for each in made], now)
    for each in made:
        log.info("file_answered", partner=each.row.partner, file=each.row.id, answer=each.row.answer)


def _free_names(db: Connection, rows: Sequence[Row[Any]]) -> dict[int, dict[str, str]]:
    """The names of answers by file; no answer overwrites another, also not the one that a retried file got before."""
    found: dict[int, dict[str, str]] = {}
    given: set[tuple[str, str]] = set()
    for partner, mine in _by_partner(rows).items():
        first = {row.id: answer_names(row.name, row.arrival or 1) for row in mine}
        taken = outbox.names_taken(db, partner, [name for names in first.values() for name in names.values()])
        for row in mine:
            names, nth = first[row.id], row.arrival or 1
            while any(name in taken or (partner, name) in given for name in names.values()):
                nth += 1
                names = answer_names(row.name, nth)
                taken |= outbox.names_taken(db, partner, list(names.values()))
            given.update((partner, name) for name in names.values())
            found[row.id] = names
    return found


def _by_partner(rows: Sequence[Row[Any]]) -> dict[str, list[Row[Any]]]:
    found: dict[str, list[Row[Any]]] = {}
    for row in rows:
        found.setdefault(row.partner, []).append(row)
    return found


def _forms(hub: Hub, told: _Told, partner: Partner) -> Iterator[tuple[str, bytes]]:
    row, problems = told.row, told.problems
    if AnswerForm.JSON in partner.answers:
        yield "json", _json(told)
    mapping = _mapping(hub, row)
    wanted = {AnswerForm.MARKED, AnswerForm.REFUSED} & set(partner.answers)
    if all(problem.level is Level.INFO for problem in problems) or mapping is None or not wanted:
        return
    with hub.store.look() as db:
        data, marks = hub.archive.read(db, row.id), ledger.marks_of(db, row.id)
    given_back = Answered(
        name=row.name,
        partner=partner.name,
        received_at=row.at,
        answer=row.answer,
        counts=_counts(row),
        problems=problems,
        rows=marks,
    )
    if AnswerForm.MARKED in wanted and any(problem.row is not None or marks for problem in problems):
        yield from _tried(hub, row, "marked", Marking(mapping, data, given_back, hub.limits))
    turned_down = {place for place, answer in marks.items() if answer not in (200, 207)}
    if AnswerForm.REFUSED in wanted and row.refused and turned_down:
        yield from _tried(hub, row, "refused", Marking(mapping, data, turned_down, hub.limits))


def _tried(hub: Hub, row: Row[Any], form: str, marking: Marking) -> Iterator[tuple[str, bytes]]:
    """A file that cannot be opened cannot be given back; its json answer says all."""
    try:
        yield form, hub.parser.give_back(marking)()
    except FileRefused as refusal:
        log.warning("answer_form_left_out", file=row.id, form=form, why=refusal.problems[0].code.value)
    except ParserFailed as failed:
        log.error("answer_form_left_out", file=row.id, form=form, why=str(failed))  # noqa: TRY400 - the line says all


def _mapping(hub: Hub, row: Row[Any]) -> Mapping | None:
    if row.mapping is None:
        return None
    try:
        return hub.library.get(row.mapping)
    except HubError:
        return None


def _counts(row: Row[Any]) -> Counts:
    return Counts(row.read, row.accepted, row.unchanged, row.refused, row.skipped)


def _json(told: _Told) -> bytes:
    row, problems = told.row, told.problems
    per_code: dict[str, int] = {}
    for problem in problems:
        per_code[problem.code.value] = per_code.get(problem.code.value, 0) + 1
    answer = {
        "file": row.name,
        "sha256": row.sha256 or None,  # none of a file that was too large to be fetched
        "partner": row.partner,
        "mapping": row.mapping,
        "mapping_version": row.mapping_version,
        "received_at": utc(row.at),
        "answered_at": utc(told.now),
        "answer": row.answer,
        "counts": {name: getattr(row, name) for name in ("read", "accepted", "unchanged", "refused", "skipped")},
        "problem_counts": per_code,
        "made": [{"row": at, "number": number} for at, number in told.made],
        "problems": [_problem(each) for each in problems[:_LISTED]],
    }
    return (json.dumps(answer, ensure_ascii=False, indent=2) + "\n").encode()


def _problem(problem: Problem) -> dict[str, Any]:
    return {
        "code": problem.code.value,
        "level": problem.level.value,
        "sheet": problem.sheet,
        "row": problem.row,
        "cell": problem.cell,
        "column": problem.column,
        "field": problem.field,
        "record": problem.record,
        "value": problem.value,
        "message": problem.message,
        "hint": problem.hint,
    }


def utc(at: datetime) -> str:
    """A time as answers write it: UTC, to the second."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
