"""Guessing is slowed down, per account and address, and per account from everywhere; nobody is locked out, and
who comes with a device that signed in before waits only for what that device did. An account's name and its address are
counted apart.

A try is counted before the password is compared, so tries sent at once count too; success forgets them. Names that no
account has are counted alike, so a wait tells nothing. In the database: it holds across workers and restarts (a power
cut may forget the last moment's tries, which spares every sign-in one wait for the disk).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from hashlib import blake2b
from math import ceil

from flask import Flask
from sqlalchemy import bindparam, delete, or_, select, update

from ..core import jobs
from ..core.clock import AHEAD, NEVER, now
from ..core.connections import begin_forgetful
from ..core.database import Prepared, adding, db, moment
from ..core.errors import TooManyRequests
from ..core.limits import origin
from .devices import known_for
from .models import Failure
from .names import folded

FORGOTTEN_AFTER = timedelta(hours=24)
FIRST_WAIT = timedelta(seconds=5)

FOUND = Prepared(lambda: select(Failure.count, Failure.last_at, Failure.free_at).where(Failure.key == bindparam("key")))
FIRST = adding(Failure)
AGAIN = Prepared(
    lambda: (
        update(Failure)
        .where(Failure.key == bindparam("of"))
        .values(count=bindparam("count"), last_at=bindparam("last_at"), free_at=bindparam("free_at"))
    )
)
FORGET = Prepared(lambda: delete(Failure).where(Failure.key == bindparam("key")))


class TooManyAttempts(TooManyRequests):
    code = "too_many_attempts"


def keys_of(name: str, code_of: str | None = None) -> dict[str, tuple[int, timedelta]]:
    """Each key with how many failures are free and the longest wait after one more.

    A device that signed in to the account before has its own allowance, which others can't use up: one for passwords,
    and one for the codes of the account called `code_of`.
    """
    if device := known_for(code_of or name):
        return {f"device {device}{' code' if code_of else ''}": (10, timedelta(minutes=15))}
    # By what was typed, not by whose it is: a wait for a name and an address together would tell that they are one's.
    typed = blake2b(folded(name).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
    return {f"{typed} {origin()}": (5, timedelta(minutes=15)), typed: (100, timedelta(seconds=30))}


def admit(name: str, code_of: str | None = None) -> dict[str, int]:
    """Count a try against `name` and commit; the keys it was counted under, each with how many there are now.
    `code_of`: see `keys_of`.

    Raises TooManyAttempts, uncounted, while a wait is on.
    """
    present = now()
    keys = keys_of(name, code_of)
    begin_forgetful()
    found = {key: row[0] for key in keys if (row := FOUND.run(key=key))}
    counting = {key: row for key, row in found.items() if lately(moment(row[1]))}
    free_at = max((moment(free_at) for _, _, free_at in counting.values()), default=NEVER)
    if free_at > present:
        db.session.rollback()
        seconds = ceil((free_at - present).total_seconds())
        raise TooManyAttempts(retry_after=seconds)
    counts = {}
    for key, (free, longest) in keys.items():
        count = counting[key][0] + 1 if key in counting else 1
        over = count - free
        free_at = present + min(FIRST_WAIT * 2 ** min(over, 20), longest) if over >= 0 else NEVER
        counts[key] = count
        counted = {"count": count, "last_at": present, "free_at": free_at}
        AGAIN.run(of=key, **counted) if key in found else FIRST.run(key=key, **counted)
    db.session.commit()
    return counts


def lately(tried_at: datetime) -> bool:
    """Whether a try counts still; not one by a clock that was ahead, which would make everybody wait until then."""
    return -AHEAD <= now() - tried_at <= FORGOTTEN_AFTER


def forget(keys: Iterable[str]) -> None:
    """Forget the tries under the keys of `admit`, in the running transaction: the right person came."""
    for key in keys:
        FORGET.run(key=key)


def sweep() -> None:
    """Remove the tries that do not count any more, and those by a clock that was ahead."""
    present = now()
    over = or_(Failure.last_at <= present - FORGOTTEN_AFTER, Failure.last_at > present + FORGOTTEN_AFTER)
    db.session.execute(delete(Failure).where(over))
    db.session.commit()


def init_app(app: Flask) -> None:
    jobs.hourly(app, sweep)
