"""The ledger: every file in and out, its state, its answer and its problems."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, Row, delete, func, literal, select, update

from hub.domain.problems import Code, Level, Problem, Verdict
from hub.formats.carried import printable
from hub.store import journal, many
from hub.store.dialect import next_ids, put
from hub.store.journal import Entry
from hub.store.many import add, chunks
from hub.store.schema import files, full_files, marks, problems

ENTRY = (files.c.id, files.c.partner, files.c.name, files.c.sha256, files.c.size)
"""What the journal says of a file, as `journal.Entry` takes it."""


_GREATEST = 2**63 - 1  # no column holds a longer number


class State(StrEnum):
    """Where a file is in its life; the first four of files in, the rest of files out."""

    TAKEN = "taken"
    DONE = "done"
    REFUSED = "refused"
    QUARANTINED = "quarantined"
    READY = "ready"
    SENT = "sent"


@dataclass(frozen=True, slots=True)
class Arrival:
    """A file that was taken: who sent it, under what name, what it is, and the claim that makes it this arrival."""

    partner: str
    name: str
    size: int
    sha256: str
    source: str
    modified_at: datetime


def known_sources(db: Connection, sources: Sequence[str]) -> list[str]:
    """Those of some arrivals that are in the ledger already (a crash came between ledger and removal)."""
    return list(db.execute(select(files.c.source).where(files.c.source.in_(sources))).scalars())


def take(db: Connection, arrivals: Sequence[Arrival], at: datetime, round_id: int) -> list[int]:
    """Enter some arrivals, in their order; returns their file ids."""
    known = _arrivals_before(db, arrivals)
    rows = []
    for each in arrivals:
        known[each.partner, each.name] += 1
        rows.append(
            {
                "direction": "in",
                "partner": each.partner,
                "name": each.name,
                "state": State.TAKEN.value,
                "size": each.size,
                "sha256": each.sha256,
                "at": at,
                "source": each.source,
                "modified_at": each.modified_at,
                "arrival": known[each.partner, each.name],
                "round": round_id,
            }
        )
    return _enter(db, rows, State.TAKEN, at)


def _arrivals_before(db: Connection, arrivals: Sequence[Arrival]) -> Counter[tuple[str, str]]:
    """How often files of such names came from their partners before."""
    found: Counter[tuple[str, str]] = Counter()
    mine = files.c.partner.in_({each.partner for each in arrivals})
    for some in chunks({each.name for each in arrivals}):
        query = select(files.c.partner, files.c.name, func.count()).group_by(files.c.partner, files.c.name)
        for partner, name, often in db.execute(query.where(files.c.direction == "in", mine, files.c.name.in_(some))):
            found[partner, name] = often
    return found


def _enter(db: Connection, rows: Sequence[dict[str, Any]], state: State, at: datetime) -> list[int]:
    """Enter files in order, and note it in the journal; returns their ids."""
    ids = next_ids(db, files, len(rows)) if rows else []
    add(db, files, [{"id": file, **row} for file, row in zip(ids, rows, strict=True)])
    entries = (Entry(file, row["partner"], row["name"], row["sha256"], row["size"]) for file, row in zip(ids, rows, strict=True))
    journal.add(db, state.value, at, entries)
    return ids


def _move(db: Connection, moved: Sequence[int], state: State, at: datetime, values: dict[str, Any]) -> None:
    """Put files into a state that ends their way, and note it in the journal."""
    for some in chunks(moved):
        done = update(files).where(files.c.id.in_(some)).values(state=state, ended_at=at, next_try=None, **values)
        rows = db.execute(done.returning(*ENTRY)).all()
        journal.add(db, state, at, [Entry(*row) for row in sorted(rows, key=lambda row: row.id)])


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A file to send: who gets it, under which name, what it is; `about` is the file it answers."""

    partner: str
    name: str
    kind: str
    mapping: str | None
    mapping_version: str | None
    size: int
    sha256: str
    records: int = 0
    seq: int | None = None
    about: int | None = None


def ready(db: Connection, every: Sequence[Outgoing], at: datetime, round_id: int) -> list[int]:
    """Enter rendered files, ready to deliver; returns their ids."""
    rows = [
        {
            "direction": "out",
            "partner": out.partner,
            "name": out.name,
            "kind": out.kind,
            "mapping": out.mapping,
            "mapping_version": out.mapping_version,
            "state": State.READY.value,
            "size": out.size,
            "sha256": out.sha256,
            "at": at,
            "seq": out.seq,
            "about": out.about,
            "accepted": out.records,
            "read": out.records,
            "round": round_id,
        }
        for out in every
    ]
    return _enter(db, rows, State.READY, at)


def get(db: Connection, file: int) -> Row[Any] | None:
    """One row of the ledger, or None; a number longer than the store can hold (a barcode read by mistake) is none of its own."""
    if file > _GREATEST:
        return None
    return db.execute(select(files).where(files.c.id == file)).first()


def waiting(db: Connection, state: State, now: datetime) -> Sequence[Row[Any]]:
    """The files in a state whose next try is due, in the order in which they were entered."""
    due = (files.c.next_try.is_(None)) | (files.c.next_try <= now)
    return db.execute(select(files).where(files.c.state == state, files.c.ended_at.is_(None), due).order_by(files.c.id)).all()


def taken_of(db: Connection, partner: str) -> Sequence[Row[Any]]:
    """Every file of a partner that is taken and not yet done with, due or held back, oldest first."""
    query = select(files).where(files.c.state == State.TAKEN, files.c.direction == "in", files.c.partner == partner)
    return db.execute(query.order_by(files.c.id)).all()


def unsent_of(db: Connection, partner: str) -> list[int]:
    """The files that are still to be delivered to a partner, also those in quarantine."""
    query = select(files.c.id).where(files.c.direction == "out", files.c.partner == partner, files.c.state != State.SENT)
    return list(db.execute(query).scalars())


def hold(db: Connection, file: int, until: datetime) -> None:
    """Let a file wait for others of its set; that is no failed attempt."""
    db.execute(update(files).where(files.c.id == file).values(next_try=until))


def join(db: Connection, main: int, others: Sequence[int]) -> None:
    """Note the files that are read together with a main one."""
    db.execute(update(files).where(files.c.id.in_(others)).values(about=main))


def members(db: Connection, main: int) -> Sequence[Row[Any]]:
    """The files that are read together with a main one."""
    return db.execute(select(files).where(files.c.direction == "in", files.c.about == main).order_by(files.c.id)).all()


def count_attempt(db: Connection, some: Sequence[int]) -> None:
    """Count a crash of files in advance: committed before they are parsed, taken back when they were parsed."""
    db.execute(update(files).where(files.c.id.in_(some)).values(crashes=files.c.crashes + 1))


def parsed(db: Connection, some: Sequence[int]) -> None:
    """Take counted crashes back: the hub lived through the files, whatever came of them."""
    db.execute(update(files).where(files.c.id.in_(some)).values(crashes=0))


@dataclass(frozen=True, slots=True)
class Ended:
    """What became of a file in, and the mapping that read it, where one was found."""

    file: int
    verdict: Verdict
    kind: str | None = None
    mapping: str | None = None
    version: str | None = None

    @property
    def state(self) -> State:
        """Refused when none of its records could be taken."""
        counts = self.verdict.counts
        return State.DONE if self.verdict.answer in (200, 207) or counts.accepted or counts.unchanged else State.REFUSED


def finish(db: Connection, ended: Sequence[Ended], now: datetime) -> None:
    """Close files with their verdicts."""
    known: dict[int, Entry] = {}
    for some in chunks([each.file for each in ended]):
        known.update({row.id: Entry(*row) for row in db.execute(select(*ENTRY).where(files.c.id.in_(some)))})
    many.update(db, files, [_closed(each, now) for each in ended], ["id"])
    for state, alike in groupby(ended, key=lambda each: each.state):
        journal.add(db, state.value, now, [known[each.file] for each in alike])
    write_problems(db, {each.file: each.verdict.problems for each in ended})


def _closed(ended: Ended, now: datetime) -> dict[str, Any]:
    counts = ended.verdict.counts
    return {
        "id": ended.file,
        "state": ended.state.value,
        "ended_at": now,
        "next_try": None,
        "answer": ended.verdict.answer,
        "kind": ended.kind,
        "mapping": ended.mapping,
        "mapping_version": ended.version,
        "read": counts.read,
        "accepted": counts.accepted,
        "unchanged": counts.unchanged,
        "refused": counts.refused,
        "skipped": counts.skipped,
        "crashes": 0,
        "error": None,
    }


def write_problems(db: Connection, found: Mapping[int, Sequence[Problem]]) -> None:
    """Put the problems of files in place of those they had; what they quote becomes what every store and answer can hold."""
    for some in chunks(found):
        db.execute(delete(problems).where(problems.c.file.in_(some)))
    rows = [
        {
            "file": file,
            "n": n,
            "code": p.code.value,
            "level": p.level.value,
            "sheet": _quoted(p.sheet),
            "row": p.row,
            "cell": p.cell,
            "column": _quoted(p.column),
            "field": _quoted(p.field),
            "record": _quoted(p.record),
            "value": _quoted(p.value),
            "message": _quoted(p.message),
            "hint": _quoted(p.hint),
        }
        for file, some in found.items()
        for n, p in enumerate(some, start=1)
    ]
    add(db, problems, rows)


def _quoted(text: str | None) -> str | None:
    return text and printable(text)


def add_problem(db: Connection, file: int, found: Problem) -> None:
    """Note a warning about a file that was answered already, and have it answered once more; a 200 becomes 207."""
    row = get(db, file)
    if row is None or row.answer is None:
        return
    write_problems(db, {file: [*problems_of(db, file), found]})
    db.execute(update(files).where(files.c.id == file).values(answer=207 if row.answer == 200 else row.answer, answered_at=None))


def problems_of(db: Connection, file: int) -> list[Problem]:
    """The problems of a file, in order."""
    return problems_of_all(db, [file])[file]


def problems_of_all(db: Connection, wanted: Collection[int]) -> dict[int, list[Problem]]:
    """The problems of files, in order."""
    found: dict[int, list[Problem]] = {file: [] for file in wanted}
    for some in chunks(wanted):
        for row in db.execute(select(problems).where(problems.c.file.in_(some)).order_by(problems.c.file, problems.c.n)):
            found[row.file].append(_problem(row))
    return found


def _problem(row: Row[Any]) -> Problem:
    return Problem(
        code=Code(row.code),
        message=row.message,
        hint=row.hint,
        level=Level(row.level),
        sheet=row.sheet,
        row=row.row,
        cell=row.cell,
        column=row.column,
        field=row.field,
        record=row.record,
        value=row.value,
    )


def write_marks(db: Connection, rows: Mapping[int, Iterable[tuple[str | None, int, int]]]) -> None:
    """Remember which answer each row of some files got: sheet, row, answer."""
    for some in chunks(rows):
        db.execute(delete(marks).where(marks.c.file.in_(some)))
    add(db, marks, [{"file": file, "rows": [list(each) for each in found]} for file, found in rows.items()])


def marks_of(db: Connection, file: int) -> dict[tuple[str | None, int], int]:
    """The answer that each row of a file got, by sheet and row."""
    rows = db.execute(select(marks.c.rows).where(marks.c.file == file)).scalar() or []
    return {(sheet, row): answer for sheet, row, answer in rows}


def unanswered(db: Connection) -> Sequence[Row[Any]]:
    """The files in that are done with and whose answer has not been rendered, oldest first."""
    over = {State.DONE, State.REFUSED, State.QUARANTINED}
    query = select(files).where(
        files.c.direction == literal("in", literal_execute=True), files.c.answer.is_not(None), files.c.answered_at.is_(None)
    )  # naming the states here would lead SQLite past the index of the unanswered, through all that was ever done
    return [row for row in db.execute(query.order_by(files.c.id)) if row.state in over]


def answered(db: Connection, some: Collection[int], now: datetime) -> None:
    """Note that the answers to files are rendered; their marks are needed no longer."""
    for few in chunks(some):
        db.execute(update(files).where(files.c.id.in_(few)).values(answered_at=now))
        db.execute(delete(marks).where(marks.c.file.in_(few)))


def quarantine(db: Connection, file: int, error: str, now: datetime, *, answer: int | None = None) -> None:
    """Set a file aside until an operator retries it; a file in gets the answer 500."""
    _move(db, [file], State.QUARANTINED, now, {"error": error} | ({"answer": answer} if answer else {}))


def written_off(db: Connection, file: int, now: datetime) -> None:
    """A note of what could not be written is no longer open."""
    _move(db, [file], State.REFUSED, now, {})


def sent(db: Connection, sent_files: Sequence[int], now: datetime) -> None:
    """Note that files were delivered."""
    if sent_files:
        _move(db, sent_files, State.SENT, now, {"error": None})


def try_again(db: Connection, file: int, error: str, at: datetime) -> int:
    """Note a failed attempt and when the next is due; returns how many there were."""
    done = (
        update(files)
        .where(files.c.id == file)
        .values(attempts=files.c.attempts + 1, error=error, next_try=at)
        .returning(files.c.attempts)
    )
    return int(db.execute(done).scalar_one())


def again(db: Connection, file: int, state: State) -> None:
    """Put a file back to the start of its way in or out, as `hub retry` and `hub replay` do."""
    db.execute(
        update(files)
        .where(files.c.id == file)
        .values(state=state, attempts=0, crashes=0, next_try=None, error=None, ended_at=None)
    )


def set_full(db: Connection, partner: str, mapping: str, records: int) -> None:
    """Remember how many records a full file held."""
    put(db, full_files, ["partner", "mapping"], [{"partner": partner, "mapping": mapping, "records": records}])


def last_full(db: Connection, partner: str, mapping: str) -> int | None:
    """How many records the last full file of a mapping held; None before the first."""
    return db.execute(
        select(full_files.c.records).where(full_files.c.partner == partner, full_files.c.mapping == mapping)
    ).scalar()


def answer_again(db: Connection, file: int) -> None:
    """Let a file be answered once more, under a name of its own."""
    db.execute(update(files).where(files.c.id == file).values(answered_at=None))
