"""When retention let go of a file's content and of an order's persons."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Apply the step."""
    op.add_column("files", sa.Column("purged_at", sa.BigInteger(), nullable=True))
    op.add_column("orders", sa.Column("purged_at", sa.BigInteger(), nullable=True))
