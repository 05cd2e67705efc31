"""What usernames look like: no new one looks like another. Who has a look-alike already keeps it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from clubroom.accounts.names import shape

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.add_column("users", sa.Column("username_shape", sa.String(length=64)))
    connection, seen = op.get_bind(), set()
    for user_id, username in connection.execute(sa.text("SELECT id, username FROM users ORDER BY id")).all():
        if (seems := shape(username)) not in seen:
            seen.add(seems)
            connection.execute(
                sa.text("UPDATE users SET username_shape = :shape WHERE id = :id"), {"shape": seems, "id": user_id}
            )
    op.create_index("ix_users_username_shape", "users", ["username_shape"], unique=True)
