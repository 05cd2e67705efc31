"""Until when a mail is of use, and by which link, and whether the mail server holds it up. What waits from before is
tried for two days, as it was.
"""

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
    op.add_column("mails", sa.Column("held_up", sa.Boolean(), server_default=sa.text("0"), nullable=False))
    op.create_index("ix_mails_held_up", "mails", ["held_up"], unique=False, sqlite_where=sa.text("held_up = 1"))
