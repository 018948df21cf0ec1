"""Files in that are still to be answered in their sender's own form, with what became of each of their records."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Connection, Row, delete, select

from hub.store.dialect import put
from hub.store.many import chunks
from hub.store.schema import files, receipts


def owe(db: Connection, partner: str, file: int, mappings: Collection[str], records: Sequence[dict[str, Any]]) -> None:
    """Note that a file is to be answered through these mappings; a file that is processed again is answered again."""
    db.execute(delete(receipts).where(receipts.c.file == file))
    rows = [{"file": file, "mapping": each, "partner": partner, "records": list(records)} for each in mappings]
    put(db, receipts, ["file", "mapping"], rows)


def owed(db: Connection, partner: str, mapping: str) -> Sequence[Row[Any]]:
    """The answered files of a partner that a mapping has not told of yet: their ledger rows with `records`, oldest first."""
    query = select(files, receipts.c.records).join(receipts, receipts.c.file == files.c.id)
    mine = (receipts.c.partner == partner, receipts.c.mapping == mapping, files.c.answered_at.is_not(None))
    return db.execute(query.where(*mine).order_by(files.c.id)).all()


def told(db: Connection, mapping: str, done: Collection[int]) -> None:
    """Note that a mapping has told of files (or passed them over)."""
    for some in chunks(done):
        db.execute(delete(receipts).where(receipts.c.file.in_(some), receipts.c.mapping == mapping))
