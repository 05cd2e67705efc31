"""Until when a mail is of use, and by which link; what waits from before is tried for two days, as it was."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from clubroom.core.database import UTCDateTime

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.add_column("mails", sa.Column("token_hash", sa.String(length=64), nullable=True))
    op.add_column("mails", sa.Column("until", UTCDateTime(), nullable=True))
    op.create_index("ix_mails_token_hash", "mails", ["token_hash"], unique=False)
