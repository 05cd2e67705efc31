"""Alembic's entry: runs the steps on the connection that `core/migrate.py` hands over."""

from __future__ import annotations

from alembic import context

from clubroom.core.database import Base

context.configure(connection=context.config.attributes["connection"], target_metadata=Base.metadata)
with context.begin_transaction():
    context.run_migrations()
