"""Deleting one's own account: asked for now, done after seven days, and taken back by saying so before.

Every session ends at once and API tokens open nothing meanwhile. Who signs in again is asked, and reaches only their
own account until they have said that they stay. Then all goes that belongs to the person alone. What they shared goes
too, or stays as they chose: as the files of "Former member", one account for all who left, which nobody can sign in to
and whose name nobody can choose (it has a space). The audit log keeps its events.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import Response, current_app, session
from sqlalchemy import delete, select, update

from ...core import audit, mail
from ...core.clock import iso, now
from ...core.database import commit, db
from ...core.errors import Refusal, refused
from ...core.guard import Caller
from ...core.mail import Mail
from ...core.storage import storage
from .. import own
from ..models import User, administrators
from ..sessions import end_all
from .belongings import Belongings
from .models import DataExport

GRACE = timedelta(days=7)
FORMER = "former member"


class LastAdministrator(Refusal):
    status, code, sentence = 409, "last_administrator", "You are the last administrator. Make another one first."


class IsLeaving(Refusal):
    status, code, sentence = 403, "leaving", "This account is about to be deleted. Say first that you want to keep it."


def leave(who: Caller, files: str) -> datetime:
    """Begin to leave, and commit; answers when the account goes. Raises LastAdministrator."""
    user = db.session.get_one(User, who.id)
    if administrators() == {user.id}:
        raise LastAdministrator
    until = now() + GRACE
    user.delete_at, user.leaving_files = until, files
    end_all(user.id)
    audit.record("leaving", actor=who, subject=who, files=files, delete_at=iso(until))
    mail.queue("leaving", user.email, user=user, day=until.strftime("%-d %B %Y"), link=mail.page("/stay"))
    commit()
    return until


def stay(who: Caller) -> None:
    """Take leaving back, and commit; for who is not leaving it changes nothing."""
    kept = update(User).where(User.id == who.id, User.delete_at.is_not(None)).values(delete_at=None, leaving_files=None)
    if db.session.scalar(kept.returning(User.id)) is not None:
        audit.record("stayed", actor=who, subject=who)
    commit()


def check() -> Response | None:
    """Run before every request, after the guard: has who is leaving decided to stay?"""
    return refused(IsLeaving()) if getattr(session, "leaving", False) and own.beyond() else None


def delete_due() -> None:
    """Every hour: delete the accounts whose days of grace are over, each in a transaction of its own."""
    due = db.session.scalars(select(User.id).where(User.delete_at <= now()).order_by(User.delete_at)).all()
    db.session.rollback()
    for user_id in due:
        _delete(user_id)


def _delete(user_id: int) -> None:
    user = db.session.get(User, user_id, with_for_update=True, populate_existing=True)
    if user is None or user.delete_at is None or user.delete_at > now():  # decided otherwise
        db.session.rollback()
        return
    belongings: list[Belongings] = current_app.extensions["belongings"]
    keep = user.leaving_files == "keep" and any(one.shared(user_id) for one in belongings)
    heir = former_member().id if keep else None
    rest = [one.hand_on(user_id, heir) for one in belongings]
    export = db.session.scalar(select(DataExport.key).where(DataExport.user_id == user_id))
    audit.record("account_deleted", actor=user, subject=user, files=user.leaving_files)
    db.session.execute(delete(Mail).where(Mail.recipient == user.email))
    db.session.flush()
    db.session.execute(delete(User).where(User.id == user_id))  # all else of the account goes with its row
    commit()
    for finish in rest:
        finish()
    if export:
        storage().delete(export)


def former_member() -> User:
    """Whose files those are that stayed; made when it is first needed, in the running transaction."""
    found = db.session.scalar(select(User).where(User.username_key == FORMER))
    if found is None:
        found = User(username=FORMER, email="", name="Former member", status="disabled", confirmed_at=now())
        db.session.add(found)
        db.session.flush()
    return found
