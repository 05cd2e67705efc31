"""Keys of authenticator apps are sealed with the club's secret key.

The table is made anew: so it is the same on every database, and the old one's pages are wiped on SQLite.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from clubroom.core.database import UTCDateTime
from clubroom.core.secret import seal
from flask import current_app

revision = "0006"
down_revision = "0005"

open_ones = sa.table(
    "authenticators",
    sa.column("user_id"),
    sa.column("secret"),
    sa.column("last_step"),
    sa.column("created_at", UTCDateTime()),
)


def upgrade() -> None:
    connection = op.get_bind()
    sqlite = connection.dialect.name == "sqlite"
    rows = [dict(row) for row in connection.execute(sa.select(open_ones)).mappings()]
    if sqlite:
        op.execute("PRAGMA secure_delete = ON")
    op.drop_table("authenticators")
    sealed_ones = op.create_table(
        "authenticators",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.String(length=128), nullable=False),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_authenticators_user_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("user_id", name="pk_authenticators"),
    )
    key = str(current_app.config["SECRET_KEY"])
    for row in rows:
        row["sealed"] = seal(key, row.pop("secret"), f"authenticator {row['user_id']}")
    if rows:
        op.bulk_insert(sealed_ones, rows)
    if sqlite:
        op.execute("PRAGMA secure_delete = OFF")
