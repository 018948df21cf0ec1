"""Files that are read together: a member of a set waits in the ledger until the others are there, for a day at most."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from collections.abc import Mapping as Names
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import Connection, Row

from hub.config.partners import Partner
from hub.domain.problems import HubError, Problem, Verdict
from hub.flow.hub import Hub, InHand
from hub.formats.names import match_name, original_name
from hub.mapping.compile import Mapping
from hub.mapping.opened import complete_set, is_whole, set_member
from hub.store import ledger
from hub.store.ledger import Ended, State

log = structlog.get_logger()

LONGEST_WAIT = timedelta(days=1)


def turn(hub: Hub, row: Row[Any], partner: Partner, choose: Callable[[InHand], Mapping | None]) -> Row[Any] | None:
    """Which file's turn it is: this one, the main file of its set when that is whole, or none while it is not.

    `choose` gives the mapping that would read a file by its headings; it is asked where no `receive` entry names one.
    A file that has waited long enough has its turn alone, and is refused as an orphan.
    """
    if stands_alone(hub, partner, row.name):
        return row
    mapping = _of_a_set(hub, received_by(partner, row.name), row.name) or choose(InHand(row.id, partner, row.name, row.at))
    if mapping is None or not mapping.layout.is_set:
        return row
    with hub.store.change() as db:
        fresh = ledger.get(db, row.id)
        if fresh is None or fresh.state != State.TAKEN:
            return None
        main = _main(db, mapping, fresh)
        if main is not None:
            return main
        over = fresh.about is None and hub.clock() - fresh.at >= LONGEST_WAIT
        if not over:
            ledger.hold(db, row.id, hub.clock() + LONGEST_WAIT if fresh.about else fresh.at + LONGEST_WAIT)
            log.info("file_waits_for_its_set", partner=row.partner, file=row.id)
        return row if over else None


def stands_alone(hub: Hub, partner: Partner, name: str) -> bool:
    """Whether a file is read by itself, whatever else arrives: its name is that of no file of a set."""
    names = received_by(partner, name)
    if names:
        return _of_a_set(hub, names, name) is None
    return not any(set_member(each, name) for each in hub.library.candidates(partner.role))


def received_by(partner: Partner, name: str) -> Sequence[str]:
    """The mappings that the first `receive` entry fitting a file's name names; none where headings are to decide."""
    names = dict.fromkeys((name, original_name(name)))  # a refused file comes back under its own name
    entry = next((each for own in names for each in partner.receive if match_name(each.files, own) is not None), None)
    return entry.mapping if entry is not None else ()


def _of_a_set(hub: Hub, names: Sequence[str], name: str) -> Mapping | None:
    """Of the mappings that a `receive` entry names, the one that reads this file as one of a set."""
    for each in names:
        try:
            mapping = hub.library.get(each)
        except HubError:
            return None  # what is wrong is told when the file is read
        if set_member(mapping, name) is not None:
            return mapping
    return None


def _main(db: Connection, mapping: Mapping, row: Row[Any]) -> Row[Any] | None:
    """The file of a whole set that holds its records; the others are noted as its own."""
    if row.about is not None:
        return None
    if ledger.members(db, row.id):
        return row
    by_name: dict[str, Row[Any]] = {}
    for each in ledger.taken_of(db, row.partner):
        if each.about is None and each.id != row.id:
            by_name.setdefault(each.name, each)
    found = complete_set(mapping, row.name, list(by_name))
    if not is_whole(mapping, found):
        return None
    rows = {kind: row if name == row.name else by_name[name] for kind, name in found.items()}
    main = rows[mapping.layout.record_type or ""]
    ledger.join(db, main.id, [each.id for each in rows.values() if each.id != main.id])
    return main


def beside(hub: Hub, file: InHand) -> Names[str, bytes]:
    """The other files of a set, by name; nothing for a file that stands alone."""
    with hub.store.look() as db:
        return {row.name: hub.archive.read(db, row.id) for row in ledger.members(db, file.id)}


def finish(db: Connection, main: Ended, now: datetime) -> None:
    """Close the other files of a set as their main file was closed; each tells the problems that stand in it."""
    verdict = main.verdict
    others = []
    for row in ledger.members(db, main.file):
        own: list[Problem] = [each for each in verdict.problems if each.sheet in (row.name, None)]
        others.append(replace(main, file=row.id, verdict=Verdict(verdict.answer, type(verdict.counts)(), own)))
    ledger.finish(db, others, now)
