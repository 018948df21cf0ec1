"""Bookings of parcels with carriers; parcels are found by tracking number."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Apply the step."""
    op.create_table(
        "bookings",
        sa.Column("parcel", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("carrier", sa.String(length=50), nullable=False),
        sa.Column("about", sa.BigInteger(), nullable=True),
        sa.Column("file", sa.BigInteger(), nullable=True),
        sa.Column("answered_at", sa.BigInteger(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["parcel"], ["parcels.id"], name=op.f("fk_bookings_parcel")),
        sa.ForeignKeyConstraint(["about"], ["files.id"], name=op.f("fk_bookings_about")),
        sa.ForeignKeyConstraint(["file"], ["files.id"], name=op.f("fk_bookings_file")),
        sa.PrimaryKeyConstraint("parcel", name=op.f("pk_bookings")),
    )
    with op.batch_alter_table("bookings", schema=None) as batch_op:
        batch_op.create_index("ix_bookings_carrier", ["carrier", "file"], unique=False)
        batch_op.create_index("ix_bookings_file", ["file"], unique=False)
    with op.batch_alter_table("parcels", schema=None) as batch_op:
        batch_op.create_index("ix_parcels_tracking", ["tracking_number"], unique=False)
