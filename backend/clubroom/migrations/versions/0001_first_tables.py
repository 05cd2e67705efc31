"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from clubroom.core.database import UTCDateTime

revision = "0001"
down_revision = None

# What only SQLite needs: see `people/search.py` and `core/audit.py`.
SQLITE = (
    # What is searched is kept in `users`; the index holds only which rows contain which three letters.
    "CREATE VIRTUAL TABLE people_index USING fts5(search_text, email_key, content='users', content_rowid='id', "
    "tokenize='trigram case_sensitive 1', detail='column')",
    "CREATE TRIGGER people_index_insert AFTER INSERT ON users BEGIN "
    "INSERT INTO people_index(rowid, search_text, email_key) VALUES (new.id, new.search_text, new.email_key); END",
    "CREATE TRIGGER people_index_delete AFTER DELETE ON users BEGIN "
    "INSERT INTO people_index(people_index, rowid, search_text, email_key) "
    "VALUES ('delete', old.id, old.search_text, old.email_key); END",
    "CREATE TRIGGER people_index_update AFTER UPDATE OF search_text, email_key ON users BEGIN "
    "INSERT INTO people_index(people_index, rowid, search_text, email_key) "
    "VALUES ('delete', old.id, old.search_text, old.email_key); "
    "INSERT INTO people_index(rowid, search_text, email_key) VALUES (new.id, new.search_text, new.email_key); END",
    "CREATE TABLE people_total (total INTEGER NOT NULL)",
    "INSERT INTO people_total SELECT count(*) FROM users",
    "CREATE TRIGGER people_total_insert AFTER INSERT ON users BEGIN UPDATE people_total SET total = total + 1; END",
    "CREATE TRIGGER people_total_delete AFTER DELETE ON users BEGIN UPDATE people_total SET total = total - 1; END",
    "CREATE TRIGGER audit_events_no_update BEFORE UPDATE ON audit_events "
    "BEGIN SELECT RAISE(ABORT, 'audit events are never changed'); END",
    "CREATE TRIGGER audit_events_no_delete BEFORE DELETE ON audit_events "
    "BEGIN SELECT RAISE(ABORT, 'audit events are never changed'); END",
)


def upgrade() -> None:
    op.create_table(
        "access_requests",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("email_key", sa.String(length=320), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("decided_at", UTCDateTime(), nullable=True),
        sa.Column("decided_by", sa.String(length=32), nullable=True),
        sa.CheckConstraint("state IN ('waiting', 'approved', 'declined')", name="state"),
        sa.PrimaryKeyConstraint("id", name="pk_access_requests"),
    )
    op.create_index(
        "ix_access_requests_state_created_at_id", "access_requests", ["state", "created_at", "id"], unique=False
    )
    op.create_index(
        "uq_access_requests_waiting",
        "access_requests",
        ["email_key"],
        unique=True,
        sqlite_where=sa.text("state = 'waiting'"),
    )
    op.create_table(
        "audit_events",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("event", sa.String(length=40), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("actor_name", sa.String(length=64), nullable=True),
        sa.Column("subject_id", sa.Integer(), nullable=True),
        sa.Column("subject_name", sa.String(length=64), nullable=True),
        sa.Column("address", sa.String(length=64), nullable=True),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit_events"),
    )
    op.create_index("ix_audit_events_event_id", "audit_events", ["event", "id"], unique=False)
    op.create_table(
        "failures",
        sa.Column("key", sa.String(length=100), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("last_at", UTCDateTime(), nullable=False),
        sa.Column("free_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_failures"),
    )
    op.create_index("ix_failures_last_at", "failures", ["last_at"], unique=False)
    op.create_table(
        "jobs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("arguments", sa.JSON(), nullable=False),
        sa.Column("due_at", UTCDateTime(), nullable=False),
        sa.Column("leased_until", UTCDateTime(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error", sa.String(length=500), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_jobs"),
    )
    op.create_index("ix_jobs_due_at", "jobs", ["due_at"], unique=False)
    op.create_table(
        "mails",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("recipient", sa.String(length=254), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_mails"),
    )
    op.create_index("ix_mails_created_at", "mails", ["created_at"], unique=False)
    op.create_index("ix_mails_recipient_created_at", "mails", ["recipient", "created_at"], unique=False)
    op.create_table(
        "users",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("username", sa.String(length=32), nullable=False),
        sa.Column("username_key", sa.String(length=64), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("email_key", sa.String(length=320), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("role", sa.String(length=10), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=True),
        sa.Column("confirmed_at", UTCDateTime(), nullable=True),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("last_seen_at", UTCDateTime(), nullable=False),
        sa.Column("search_text", sa.Text(), nullable=False),
        sa.CheckConstraint("role IN ('member', 'manager', 'admin')", name="role"),
        sa.CheckConstraint("status IN ('active', 'disabled')", name="status"),
        sa.PrimaryKeyConstraint("id", name="pk_users"),
        sa.UniqueConstraint("email_key", name="uq_users_email_key"),
        sa.UniqueConstraint("username_key", name="uq_users_username_key"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_users_created_at_id", "users", ["created_at", "id"], unique=False)
    op.create_index("ix_users_unconfirmed", "users", ["created_at"], sqlite_where=sa.text("confirmed_at IS NULL"))
    op.create_index("ix_users_last_seen_at_id", "users", ["last_seen_at", "id"], unique=False)
    op.create_index("ix_users_role_username_key_id", "users", ["role", "username_key", "id"], unique=False)
    op.create_index("ix_users_search_text", "users", ["search_text"], unique=False)
    op.create_index("ix_users_status_username_key_id", "users", ["status", "username_key", "id"], unique=False)
    for column in ("search_text", "email_key"):
        for length in (1, 2):
            beginning = sa.text(f"substr({column}, 1, {length})")
            op.create_index(f"ix_users_{column}_{length}", "users", [beginning, "username_key", "id"])
    op.create_table(
        "files",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("name_key", sa.String(length=1000), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("type", sa.String(length=60), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("width", sa.Integer(), nullable=True),
        sa.Column("height", sa.Integer(), nullable=True),
        sa.Column("visibility", sa.String(length=10), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("deleted_at", UTCDateTime(), nullable=True),
        sa.CheckConstraint("kind IN ('image', 'video', 'audio', 'text', 'pdf', 'other')", name="kind"),
        sa.CheckConstraint("visibility IN ('private', 'members')", name="visibility"),
        sa.ForeignKeyConstraint(["owner_id"], ["users.id"], name="fk_files_owner_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_files"),
        sa.UniqueConstraint("key", name="uq_files_key"),
    )
    op.create_index(
        "ix_files_deleted_at", "files", ["deleted_at"], unique=False, sqlite_where=sa.text("deleted_at IS NOT NULL")
    )
    op.create_index(
        "ix_files_owner_id_visibility_created_at_id",
        "files",
        ["owner_id", "visibility", "created_at", "id"],
        unique=False,
        sqlite_where=sa.text("deleted_at IS NULL"),
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
    op.create_index(
        "ix_files_owner_id_visibility_name_key_id",
        "files",
        ["owner_id", "visibility", "name_key", "id"],
        unique=False,
        sqlite_where=sa.text("deleted_at IS NULL"),
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
    op.create_index(
        "ix_files_owner_id_visibility_size_id",
        "files",
        ["owner_id", "visibility", "size", "id"],
        unique=False,
        sqlite_where=sa.text("deleted_at IS NULL"),
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
    op.create_index(
        "ix_files_visibility_created_at_id",
        "files",
        ["visibility", "created_at", "id"],
        unique=False,
        sqlite_where=sa.text("deleted_at IS NULL"),
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
    op.create_index(
        "ix_files_visibility_name_key_id",
        "files",
        ["visibility", "name_key", "id"],
        unique=False,
        sqlite_where=sa.text("deleted_at IS NULL"),
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
    op.create_index(
        "ix_files_visibility_size_id",
        "files",
        ["visibility", "size", "id"],
        unique=False,
        sqlite_where=sa.text("deleted_at IS NULL"),
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
    op.create_table(
        "one_time_tokens",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("purpose", sa.String(length=20), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("expires_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_one_time_tokens_user_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("token_hash", name="pk_one_time_tokens"),
    )
    op.create_index("ix_one_time_tokens_expires_at", "one_time_tokens", ["expires_at"], unique=False)
    op.create_index("ix_one_time_tokens_user_id", "one_time_tokens", ["user_id"], unique=False)
    op.create_table(
        "sessions",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("last_seen_at", UTCDateTime(), nullable=False),
        sa.Column("expires_at", UTCDateTime(), nullable=False),
        sa.Column("idle_seconds", sa.Integer(), nullable=False),
        sa.Column("remembered", sa.Boolean(), nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("user_agent", sa.String(length=300), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_sessions_user_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_sessions"),
        sa.UniqueConstraint("token_hash", name="uq_sessions_token_hash"),
    )
    op.create_index("ix_sessions_expires_at", "sessions", ["expires_at"], unique=False)
    op.create_index("ix_sessions_user_id_last_seen_at", "sessions", ["user_id", "last_seen_at"], unique=False)

    if op.get_bind().dialect.name == "sqlite":
        for statement in SQLITE:
            op.execute(statement)
