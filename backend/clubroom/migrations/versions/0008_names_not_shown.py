"""A name that is not shown yet, as its owner has not confirmed the address, is not found either."""

from __future__ import annotations

from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.execute("UPDATE users SET search_text = char(10) || username_key WHERE confirmed_at IS NULL")
