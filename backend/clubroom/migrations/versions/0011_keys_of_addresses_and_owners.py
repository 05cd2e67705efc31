"""Addresses whose domain was written as machines do (`xn--`) are found under the key they have now; where that is
another's, they keep the old one. Files are found by their owner, also deleted ones: an account goes without a look
at all files.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from clubroom.accounts.names import folded

revision = "0011"
down_revision = "0010"

WITH_ADDRESSES = {"users": "id", "one_time_tokens": "token_hash", "access_requests": "id"}


def upgrade() -> None:
    connection = op.get_bind()
    for table, key in WITH_ADDRESSES.items():
        found = f"SELECT {key}, email FROM {table} WHERE email LIKE '%xn--%' ORDER BY created_at"  # noqa: S608  # words of our own
        change = f"UPDATE OR IGNORE {table} SET email_key = :email_key WHERE {key} = :row"  # noqa: S608  # the same
        for row, email in connection.execute(sa.text(found)).all():
            connection.execute(sa.text(change), {"email_key": folded(email), "row": row})
    op.create_index("ix_files_owner_id", "files", ["owner_id"], unique=False)
