"""The journal: one sealed entry per event in a file's life. Files that were there before enter as they stand now."""

from __future__ import annotations

import hashlib
import json

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Apply the step."""
    journal = op.create_table(
        "journal",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("file", sa.BigInteger(), nullable=False),
        sa.Column("partner", sa.String(length=50), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("prev_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_journal")),
    )
    with op.batch_alter_table("journal", schema=None) as batch_op:
        batch_op.create_index("ix_journal_file", ["file"], unique=False)
    _begin(journal)


def _begin(journal: sa.Table) -> None:
    """One entry for how each file began, one for how it stands when it has moved on since."""
    db = op.get_bind()
    seq, prev = 0, "0" * 64
    query = sa.text("SELECT id, direction, state, at, ended_at, partner, name, sha256, size FROM files ORDER BY id")
    for row in db.execute(query).all():
        first = "taken" if row.direction == "in" else "ready"
        steps = [(first, row.at)] + ([(row.state, row.ended_at or row.at)] if row.state != first else [])
        for kind, at in steps:
            seq += 1
            told = [prev, seq, at, kind, row.id, row.partner, row.name, row.sha256, row.size]
            sealed = hashlib.sha256(json.dumps(told, ensure_ascii=False).encode()).hexdigest()
            facts = {"seq": seq, "at": at, "kind": kind, "file": row.id, "partner": row.partner, "name": row.name}
            db.execute(journal.insert().values(**facts, sha256=row.sha256, size=row.size, prev_hash=prev, hash=sealed))
            prev = sealed
