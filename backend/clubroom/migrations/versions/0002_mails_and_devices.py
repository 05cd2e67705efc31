"""Codes beside links, few unasked mails, and the devices one signed in with before."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from clubroom.core.database import UTCDateTime

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("mails", sa.Column("unasked", sa.Boolean(), server_default=sa.text("0"), nullable=False))
    op.add_column("one_time_tokens", sa.Column("email", sa.String(length=254), nullable=True))
    op.add_column("one_time_tokens", sa.Column("email_key", sa.String(length=320), nullable=True))
    op.add_column("one_time_tokens", sa.Column("code_hash", sa.String(length=64), nullable=True))
    op.add_column("one_time_tokens", sa.Column("code_tries", sa.Integer(), server_default=sa.text("0"), nullable=False))
    op.create_index("ix_one_time_tokens_email_key", "one_time_tokens", ["email_key"], unique=False)
    op.create_table(
        "known_devices",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("last_seen_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_known_devices_user_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_known_devices"),
        sa.UniqueConstraint("token_hash", "user_id", name="uq_known_devices_token_hash_user_id"),
    )
    op.create_index("ix_known_devices_last_seen_at", "known_devices", ["last_seen_at"], unique=False)
    op.create_index("ix_known_devices_user_id", "known_devices", ["user_id"], unique=False)
