"""Prints of parcels, and who gave a parcel its tracking number."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Numbers known so far came from suppliers."""
    op.add_column("parcels", sa.Column("number_by", sa.String(length=8), nullable=True))
    op.execute("UPDATE parcels SET number_by = 'supplier' WHERE tracking_number IS NOT NULL")
    op.create_table(
        "prints",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("parcel", sa.BigInteger(), nullable=False),
        sa.Column("supplier", sa.String(length=50), nullable=False),
        sa.Column("what", sa.String(length=10), nullable=False),
        sa.Column("format", sa.String(length=4), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("cause", sa.BigInteger(), nullable=True),
        sa.Column("file", sa.BigInteger(), nullable=True),
        sa.Column("merged", sa.BigInteger(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["parcel"], ["parcels.id"], name=op.f("fk_prints_parcel")),
        sa.ForeignKeyConstraint(["cause"], ["files.id"], name=op.f("fk_prints_cause")),
        sa.ForeignKeyConstraint(["file"], ["files.id"], name=op.f("fk_prints_file")),
        sa.ForeignKeyConstraint(["merged"], ["files.id"], name=op.f("fk_prints_merged")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_prints")),
        sa.UniqueConstraint("parcel", "what", "format", name="uq_prints_parcel"),
    )
    op.create_index("ix_prints_state", "prints", ["state", "supplier"], unique=False)
