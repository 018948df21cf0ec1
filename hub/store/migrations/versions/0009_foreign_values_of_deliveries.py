"""Foreign values of deliveries, and the records that a partner is still to be told of in his own form."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Apply the step."""
    op.add_column("shipments", sa.Column("x", sa.JSON(), nullable=True))
    op.add_column("order_lines", sa.Column("supplier_x", sa.JSON(), nullable=True))
    op.create_table(
        "receipts",
        sa.Column("file", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("mapping", sa.String(length=200), nullable=False),
        sa.Column("partner", sa.String(length=50), nullable=False),
        sa.Column("records", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["file"], ["files.id"], name=op.f("fk_receipts_file")),
        sa.PrimaryKeyConstraint("file", "mapping", name=op.f("pk_receipts")),
    )
    with op.batch_alter_table("receipts", schema=None) as batch_op:
        batch_op.create_index("ix_receipts_partner", ["partner", "mapping"], unique=False)
