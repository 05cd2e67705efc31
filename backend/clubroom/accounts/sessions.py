"""Sessions as rows: how long they live, beginning and ending them. Every device can be seen, and is ended at once.

How the browser's cookie finds its row is in `session_cookies`.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, NamedTuple

from flask import has_request_context, request, session
from sqlalchemy import ColumnElement, and_, bindparam, delete, or_, select, update

from ..core.clock import now
from ..core.connections import writing_at_once
from ..core.database import Prepared, Rows, adding, db
from ..core.errors import Refusal
from ..core.ids import hashed, new_id, new_token
from ..core.levels import Role
from .models import Account, Session, User, end_links


class Lasts(NamedTuple):
    """How long a session lives: unused, and in all."""

    idle: timedelta
    absolute: timedelta


REMEMBERED = Lasts(timedelta(days=30), timedelta(days=180))
THIS_BROWSER = Lasts(timedelta(hours=12), timedelta(days=7))
ADMINISTRATOR = Lasts(timedelta(hours=2), timedelta(hours=12))
VISITOR = Lasts(timedelta(hours=4), timedelta(days=1))


def lasts(role: Role | None, remembered: bool) -> Lasts:
    if role is None:
        return VISITOR
    if role == "admin":
        return ADMINISTRATOR
    return REMEMBERED if remembered else THIS_BROWSER


def over(present: datetime) -> ColumnElement[bool]:
    """Which sessions have ended: in all, or unused."""
    unused = (
        and_(Session.idle_seconds == int(idle.total_seconds()), Session.last_seen_at <= present - idle)
        for idle, _ in (REMEMBERED, THIS_BROWSER, ADMINISTRATOR, VISITOR)
    )
    return or_(Session.expires_at <= present, *unused)


def sessions_of(user_id: int) -> Rows:
    """Where a person is signed in."""
    return select(Session).where(Session.user_id == user_id, ~over(now()))


class SessionAbsent(Refusal):
    status, code, sentence = 404, "not_found", "This session has ended already."


ADD = adding(Session)
SEEN = Prepared(lambda: update(User).where(User.id == bindparam("user_id")).values(last_seen_at=bindparam("at")))


class Begun(NamedTuple):
    """A session that was just begun or renewed: its token is known only now."""

    row_id: str
    token: str
    lasts: Lasts
    data: dict[str, Any]


def open_row(
    user_id: int | None,
    data: dict[str, Any] | None = None,
    remembered: bool = False,
    replacing: str | None = None,
) -> Begun:
    """Make a session row, note that the person is here, and commit."""
    user = db.session.get(User, user_id) if user_id is not None else None
    if user:
        note_seen(user.id)
    begun = add_row(user, data or {}, remembered, replacing)
    db.session.commit()
    return begun


def note_seen(user_id: int) -> datetime:
    """Note in the running transaction that this person is here now; the moment that was written."""
    present = now()
    SEEN.run(user_id=user_id, at=present)
    return present


def note_seen_at_once(user_id: int, session_id: str) -> None:
    """The same beside the request, and of the session; at most once a minute. Raises OperationalError."""
    moment = now()
    with writing_at_once() as connection:
        connection.execute(update(Session).where(Session.id == session_id).values(last_seen_at=moment))
        connection.execute(update(User).where(User.id == user_id).values(last_seen_at=moment))


def add_row(user: Account | None, data: dict[str, Any], remembered: bool, replacing: str | None) -> Begun:
    """Add a session row to the running transaction."""
    life = lasts(user.role if user else None, remembered)
    token, present = new_token(), now()
    held = dict(data)
    if user:
        held.setdefault("confirmed_at", int(present.timestamp()))  # signing in shows who one is
    if replacing:
        db.session.execute(delete(Session).where(Session.id == replacing))
    row_id = new_id()
    ADD.run(
        id=row_id,
        token_hash=hashed(token),
        user_id=user.id if user else None,
        data=held,
        created_at=present,
        last_seen_at=present,
        expires_at=present + life.absolute,
        idle_seconds=int(life.idle.total_seconds()),
        remembered=remembered,
        **browser(),
    )
    return Begun(row_id, token, life, held)


def browser() -> dict[str, str]:
    """Where the request comes from, as the row of a session says it."""
    if not has_request_context():
        return {"address": "", "user_agent": ""}
    return {"address": request.remote_addr or "", "user_agent": request.headers.get("User-Agent", "")[:300]}


def current_id() -> str | None:
    """The id of the session of this request, if it came with one."""
    return getattr(session, "row_id", None)


def end_one(user_id: int, session_id: str) -> Session:
    """End one of a person's sessions in the running transaction; answers what it was. Raises SessionAbsent."""
    mine = delete(Session).where(Session.id == session_id, Session.user_id == user_id)
    gone: Session | None = db.session.scalar(mine.returning(Session))
    if gone is None:
        raise SessionAbsent
    _end_wishes(user_id)
    return gone


def end_all(user_id: int, but: str | None = None) -> int:
    """End a person's sessions in the running transaction, all or all but one; how many there were."""
    ended = db.session.execute(
        delete(Session).where(Session.user_id == user_id, Session.id.is_distinct_from(but)).returning(Session.id)
    )
    count = len(ended.all())
    _end_wishes(user_id)
    return count


def _end_wishes(user_id: int) -> None:
    """Let no address be the person's that was asked for in a session that ends: whoever was in there could confirm one
    of their own, and have a new password mailed to it. The one that was asked for in this session stays.
    """
    end_links(user_id, "email", but=session.get("new_email") if has_request_context() else None)


def sweep() -> None:
    """Remove what has run out."""
    db.session.execute(delete(Session).where(over(now())))
    db.session.commit()
