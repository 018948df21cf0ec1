"""Shipments that wait for their rest, orders opened again, parcels of which not every quantity is known."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Add what the new columns need; every stored shipment is in no such state."""
    with op.batch_alter_table("shipments") as table:
        table.add_column(sa.Column("rest_open", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("order_lines") as table:
        table.add_column(sa.Column("left_out", sa.BigInteger(), nullable=False, server_default="0"))
        table.add_column(sa.Column("again", sa.BigInteger(), nullable=True))
    with op.batch_alter_table("parcel_lines") as table:
        table.alter_column("quantity", existing_type=sa.BigInteger(), nullable=True)
