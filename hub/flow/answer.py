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

_TOGETHER = 200
"""How many answers share a transaction: a commit costs a sync of the disk."""

_HELD = 8 << 20
"""Bytes of answers that are held before they are filed: a partner's workbook given back may be large."""


def answer_all(hub: Hub, round_id: int) -> int:
    """Render the answers of all files that are done with; returns how many files were answered."""
    with hub.store.look() as db:
        rows = ledger.unanswered(db)
    made: list[_Made] = []
    for row in rows:
        made.append(_make(hub, row))
        if len(made) >= _TOGETHER or sum(each.size for each in made) > _HELD:
            _file(hub, made, round_id)
            made.clear()
    _file(hub, made, round_id)
    return len(rows)


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


def _make(hub: Hub, row: Row[Any]) -> _Made:
    """One file's answer, made outside any transaction that writes."""
    partner = hub.workspace.partners.get(row.partner)
    now = hub.clock()
    with hub.store.look() as db:
        problems = ledger.problems_of(db, row.id)
        return _Made(row, dict(_forms(hub, db, row, partner, problems, now)) if partner is not None else {}, now)


def _file(hub: Hub, made: Sequence[_Made], round_id: int) -> None:
    """File answers in one transaction, in the order in which they were made."""
    if not made:
        return
    with hub.store.change() as db:
        for each in made:
            row, names = each.row, _free_names(db, each.row)
            for form, data in each.forms.items():
                out = ledger.Outgoing(
                    row.partner, names[form], f"answer-{form}", row.mapping, row.mapping_version, each.now, about=row.id
                )
                sha = hub.archive.prepare(data)
                file = ledger.ready(db, out, len(data), sha, 0, round_id)
                hub.archive.file_in(db, {file: data})
            ledger.answered(db, row.id, each.now)
    for each in made:
        log.info("file_answered", partner=each.row.partner, file=each.row.id, answer=each.row.answer)


def _free_names(db: Connection, row: Row[Any]) -> dict[str, str]:
    """The names of the answer; no answer overwrites another, also not the one that a retried file got before."""
    nth = row.arrival or 1
    while True:
        names = answer_names(row.name, nth)
        if not any(outbox.name_taken(db, row.partner, name) for name in names.values()):
            return names
        nth += 1


def _forms(
    hub: Hub, db: Connection, row: Row[Any], partner: Partner, problems: list[Problem], now: datetime
) -> Iterator[tuple[str, bytes]]:
    if AnswerForm.JSON in partner.answers:
        yield "json", _json(row, problems, numbers_made(db, row.id), now)
    mapping = _mapping(hub, row)
    wanted = {AnswerForm.MARKED, AnswerForm.REFUSED} & set(partner.answers)
    if all(problem.level is Level.INFO for problem in problems) or mapping is None or not wanted:
        return
    data = hub.archive.read(db, row.id)
    told = Answered(
        name=row.name,
        partner=partner.name,
        received_at=row.at,
        answer=row.answer,
        counts=_counts(row),
        problems=problems,
        rows=ledger.marks_of(db, row.id),
    )
    if AnswerForm.MARKED in wanted and any(problem.row is not None or told.rows for problem in problems):
        yield from _tried(hub, row, "marked", Marking(mapping, data, told, hub.limits))
    turned_down = {place for place, answer in told.rows.items() if answer not in (200, 207)}
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


def _json(row: Row[Any], problems: list[Problem], made: list[tuple[int, str]], now: datetime) -> bytes:
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
        "answered_at": utc(now),
        "answer": row.answer,
        "counts": {name: getattr(row, name) for name in ("read", "accepted", "unchanged", "refused", "skipped")},
        "problem_counts": per_code,
        "made": [{"row": at, "number": number} for at, number in made],
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
