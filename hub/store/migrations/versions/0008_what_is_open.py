"""Indexes of what still wants something done and of a file's orders, so that work costs the same however much is stored."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

OPEN = (
    ("ix_files_open", "files", "state", "ended_at IS NULL"),
    ("ix_files_unanswered", "files", "id", "direction = 'in' AND answered_at IS NULL"),
    ("ix_shipments_unsubmitted", "shipments", "id", "submitted_at IS NULL"),
    ("ix_shipments_cancel_asked", "shipments", "supplier", "cancel_asked_at IS NOT NULL"),
)


def upgrade() -> None:
    """Apply the step."""
    for name, table, column, where in OPEN:
        op.create_index(name, table, [column], sqlite_where=sa.text(where), postgresql_where=sa.text(where))
    op.create_index("ix_orders_file", "orders", ["file"])
