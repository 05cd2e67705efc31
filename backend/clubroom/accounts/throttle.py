"""Guessing is slowed down, per account and address, and per account from everywhere; nobody is locked out, and
who comes with a device that signed in before waits only for what that device did.

A try is counted before the password is compared, so tries sent at once count too; success forgets them. Names that no
account has are counted alike, so a wait tells nothing. In the database: it holds across workers and restarts.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from hashlib import blake2b
from math import ceil

from sqlalchemy import delete, select

from ..core.clock import NEVER, now
from ..core.database import db
from ..core.errors import TooManyRequests
from ..core.limits import origin
from .devices import known_for
from .models import Failure, folded, login_of

FORGOTTEN_AFTER = timedelta(hours=24)
FIRST_WAIT = timedelta(seconds=5)


class TooManyAttempts(TooManyRequests):
    code = "too_many_attempts"


def _keys(name: str) -> dict[str, tuple[int, timedelta]]:
    """Each key with how many failures are free and the longest wait after one more.

    A device that signed in to the account before has its own allowance, which others can't use up.
    """
    if device := known_for(name):
        return {f"device {device}": (10, timedelta(minutes=15))}
    login = login_of(name)  # by its address or by its name, it is one account
    key = login.username_key if login else folded(name)
    account = blake2b(key.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
    return {f"{account} {origin()}": (5, timedelta(minutes=15)), account: (100, timedelta(seconds=30))}


def admit(name: str) -> None:
    """Count a try against `name` and commit. Raises TooManyAttempts, uncounted, while a wait is on."""
    present = now()
    keys = _keys(name)
    found = {row.key: row for row in db.session.scalars(select(Failure).where(Failure.key.in_(keys)))}
    rows = {key: found.get(key) or Failure(key=key, count=0, free_at=NEVER, last_at=present) for key in keys}
    free_at = max(row.free_at for row in rows.values())
    if free_at > present:
        db.session.rollback()
        seconds = ceil((free_at - present).total_seconds())
        raise TooManyAttempts(f"Too many tries. Please wait {in_words(seconds)}.", retry_after=seconds)
    for key, row in rows.items():
        free, longest = keys[key]
        _count(row, present, free, longest)
        db.session.add(row)
    db.session.commit()


def _count(row: Failure, present: datetime, free: int, longest: timedelta) -> None:
    if present - row.last_at > FORGOTTEN_AFTER:
        row.count = 0
    row.count += 1
    row.last_at = present
    over = row.count - free
    row.free_at = present + min(FIRST_WAIT * 2 ** min(over, 20), longest) if over >= 0 else NEVER


def forget(name: str) -> None:
    """Forget the tries against `name`, in the running transaction: the right person came."""
    db.session.execute(delete(Failure).where(Failure.key.in_(_keys(name))))


def in_words(seconds: int) -> str:
    return f"{seconds} seconds" if seconds < 90 else f"{round(seconds / 60)} minutes"
