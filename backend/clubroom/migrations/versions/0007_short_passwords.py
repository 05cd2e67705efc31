"""Whether a password is so short that it needs a second factor; of older ones it is learnt when they are next used."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.add_column("users", sa.Column("short_password", sa.Boolean(), server_default=sa.text("0"), nullable=False))
