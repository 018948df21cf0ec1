"""Apply retention: persons' data goes 90 days after the final status, contents and records in their time (contract §2)."""

from __future__ import annotations

from dataclasses import dataclass

import structlog

from hub.flow.hub import Hub
from hub.store import retention

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Purged:
    """What retention let go of: orders without persons' data, files without content, orders that are gone."""

    orders: int
    files: int
    records: int


def purge(hub: Hub, *, dry_run: bool = False) -> Purged:
    """Let go of everything that is due, in one transaction, then of the free pages and files that it leaves behind.

    The ledger, its counts and its hashes stay. What waits for its turn is never touched. With `dry_run` it only counts.
    """
    now, keep = hub.clock(), hub.workspace.settings.retention
    with hub.store.look() if dry_run else hub.store.change() as db:
        persons = retention.ended_orders(db, now - keep.personal_data, purged=False)
        records = retention.ended_orders(db, now - keep.records, purged=True)
        contents = retention.old_files(db, now - keep.archive)
        contents |= set(retention.still_kept(db, retention.files_about(db, persons)))
        contents |= set(retention.still_kept(db, retention.files_that_made_nothing(db, now - keep.personal_data)))
        done = Purged(len(persons), len(contents), len(records))
        if not dry_run:
            retention.forget_contents(db, contents, now)
            retention.forget_persons(db, persons, now)
            retention.delete_records(db, records)
            retention.delete_problems(db, now - keep.records)
    if not dry_run:
        with hub.store.look() as db:
            hub.archive.let_go(lambda hashes: retention.needed_hashes(db, hashes))
        if done != Purged(0, 0, 0):
            hub.store.compact(retention.EMPTIED)
            log.info("purged", orders=done.orders, files=done.files, records=done.records)
    return done
