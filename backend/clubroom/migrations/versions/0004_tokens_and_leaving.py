"""API tokens, downloads of one's own data, and people who are leaving."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from clubroom.core.database import UTCDateTime

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "api_tokens",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("scope", sa.String(length=10), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("expires_at", UTCDateTime(), nullable=False),
        sa.Column("last_used_at", UTCDateTime(), nullable=True),
        sa.CheckConstraint("scope IN ('read', 'write', 'admin')", name=op.f("ck_api_tokens_scope")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_api_tokens_user_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_api_tokens"),
        sa.UniqueConstraint("token_hash", name="uq_api_tokens_token_hash"),
    )
    op.create_index("ix_api_tokens_user_id", "api_tokens", ["user_id"], unique=False)
    op.add_column("users", sa.Column("delete_at", UTCDateTime(), nullable=True))
    op.add_column("users", sa.Column("leaving_files", sa.String(length=10), nullable=True))
    op.create_index(
        "ix_users_delete_at",
        "users",
        ["delete_at"],
        unique=False,
        sqlite_where=sa.text("delete_at IS NOT NULL"),
    )
    op.create_table(
        "data_exports",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=32), nullable=True),
        sa.Column("size", sa.BigInteger(), nullable=True),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_data_exports_user_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("user_id", name="pk_data_exports"),
        sa.UniqueConstraint("key", name="uq_data_exports_key"),
    )
