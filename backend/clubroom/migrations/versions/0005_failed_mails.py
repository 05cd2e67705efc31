"""Why a mail was not delivered; mails whose tries were over before there was a word for it have failed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

MOST_ATTEMPTS = 60
jobs = sa.table("jobs", sa.column("kind"), sa.column("attempts"), sa.column("arguments", sa.JSON))
mails = sa.table("mails", sa.column("id"), sa.column("state"), sa.column("reason"))


def upgrade() -> None:
    op.add_column("mails", sa.Column("reason", sa.String(length=300), nullable=True))
    tired = sa.select(jobs.c.arguments).where(jobs.c.kind == "mail", jobs.c.attempts >= MOST_ATTEMPTS)
    failed = [one["mail_id"] for one in op.get_bind().scalars(tired)]
    op.execute(
        mails.update()
        .where(mails.c.id.in_(failed), mails.c.state == "waiting")
        .values(state="failed", reason="Not delivered in two days.")
    )
