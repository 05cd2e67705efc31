"""Moments: the present one, and how one is written."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

# Further ahead of the present moment, or of what was put off, lies only what a clock wrote that has been set back
# since; less far, what was written by one that is put right while it goes, or by another process just now.
AHEAD = timedelta(minutes=1)
# Stands in a column that must sort and be compared although nothing has happened yet.
NEVER = datetime(1970, 1, 1, tzinfo=UTC)


def now() -> datetime:
    return datetime.now(UTC)


def iso(moment: datetime | str) -> str:
    """A moment as the API writes it: ISO 8601, UTC, whole seconds, `Z`. Text is as SQLite keeps it, in UTC."""
    text = moment if isinstance(moment, str) else moment.astimezone(UTC).isoformat()
    return f"{text[:10]}T{text[11:19]}Z"
