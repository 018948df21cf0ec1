"""How Alembic reaches the store: over the connection that `hub.store.connection` hands it, in its transaction."""

from __future__ import annotations

from alembic import context

from hub.store.schema import orders

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=orders.metadata,
    transactional_ddl=True,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
