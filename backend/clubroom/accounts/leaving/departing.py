"""Deleting one's own account: asked for now, done after seven days, and taken back by saying so before. Those who run
the club delete another's at once.

Every session ends at once and API tokens open nothing meanwhile. Who signs in again is asked, and reaches only their
own account until they have said that they stay. Then all goes that belongs to the person alone. What they shared goes
too, or stays as they chose: as the files of "Former member", one account for all who left, which nobody can sign in to
and whose name nobody can choose (it has a space). The audit log keeps its events.
"""

from __future__ import annotations

from datetime import timedelta

from flask import Response, current_app
from sqlalchemy import delete, or_, select, update

from ...core import audit, mail
from ...core.clock import iso, now
from ...core.database import db
from ...core.errors import Refusal, refused
from ...core.guard import Caller
from ...core.mail import Mail
from ...core.storage import storage
from .. import own
from ..devices import this_device
from ..factors.identity import check_still_signed_in
from ..models import FORMER, OneTimeToken, User, write_to
from ..proofs import ACCEPT_WITHIN
from ..server_session import session
from ..sessions import end_all
from ..standing import check_can_go, check_decision
from .belongings import Belongings
from .models import DataExport
from .schemas import Left

GRACE = timedelta(days=7)


class IsLeaving(Refusal):
    status, code, sentence = 403, "leaving", "This account is about to be deleted. Say first that you want to keep it."


def leave(who: Caller, files: str) -> Left:
    """Begin to leave, and commit: this browser is signed out like all others.

    Raises NotSignedIn, LastAdministrator.
    """
    user = own.myself()
    check_still_signed_in()
    check_can_go(user, who)
    until = now() + GRACE
    user.delete_at, user.leaving_files = until, files
    end_all(user.id)
    audit.record("leaving", actor=who, subject=who, files=files, delete_at=iso(until))
    day, link = until.strftime("%-d %B %Y"), mail.page("/stay")
    write_to(user, "leaving", day=day, link=link, **this_device())
    session.end()
    return {"message": "Your account will be deleted. Sign in before then to keep it.", "delete_at": iso(until)}


def stay(who: Caller) -> None:
    """Take leaving back, and commit; for who is not leaving it changes nothing."""
    kept = update(User).where(User.id == who.id, User.delete_at.is_not(None)).values(delete_at=None, leaving_files=None)
    if db.session.scalar(kept.returning(User.id)) is not None:
        audit.record("stayed", actor=who, subject=who)
    db.session.commit()


def check() -> Response | None:
    """Run before every request, after the guard: refuse people who are leaving until they have decided to stay."""
    return refused(IsLeaving()) if getattr(session, "leaving", False) and own.beyond() else None


def delete_due() -> None:
    """Every hour: delete the accounts whose days of grace are over, each in a transaction of its own."""
    due = db.session.scalars(select(User.id).where(User.delete_at <= now()).order_by(User.delete_at)).all()
    db.session.rollback()
    for user_id in due:
        _delete_unless_stayed(user_id)


def _delete_unless_stayed(user_id: int) -> None:
    user = db.session.get(User, user_id, with_for_update=True, populate_existing=True)
    if user is None or user.delete_at is None or user.delete_at > now():
        db.session.rollback()
    else:
        _delete(user, user.leaving_files or "delete")


def delete_unconfirmed() -> None:
    """Every hour: delete the accounts whose address was never confirmed and whose link has run out. They only block a
    name.
    """
    link = select(OneTimeToken.user_id).where(OneTimeToken.user_id == User.id, OneTimeToken.expires_at > now())
    over = User.confirmed_at.is_(None), User.created_at < now() - ACCEPT_WITHIN, ~link.exists()
    due = db.session.scalars(select(User.id).where(*over)).all()
    db.session.rollback()
    for user_id in due:
        user = db.session.scalar(select(User).where(User.id == user_id, *over))
        if user is None:  # confirmed this moment, or there is another link
            db.session.rollback()
        else:
            _delete(user, "delete")


def expel(user: User, files: str, by: Caller) -> None:
    """Delete another's account at once, and commit. Raises what `check_decision` raises."""
    check_decision(user, by)  # who decides stays, and can run the club
    _delete(user, files, by)


def _delete(user: User, files: str, by: Caller | None = None) -> None:
    """Delete an account and commit; `by` is whoever does it to another, who hears of it by mail."""
    belongings: list[Belongings] = current_app.extensions["belongings"]
    keep = files == "keep" and any(one.shared(user.id) for one in belongings)
    heir = former_member().id if keep else None
    rest = [one.hand_on(user.id, heir) for one in belongings]
    export = db.session.scalar(select(DataExport.key).where(DataExport.user_id == user.id))
    actor = by or (user if user.delete_at else None)
    audit.record("account_deleted", actor=actor, subject=user, files=files)
    theirs = OneTimeToken.user_id == user.id
    before = select(OneTimeToken.email).where(theirs, OneTimeToken.purpose == "undo")  # theirs while it can be had back
    links = select(OneTimeToken.token_hash).where(theirs)  # also of a mail to an address that may be another's
    mails = or_(Mail.recipient == user.email, Mail.recipient.in_(before), Mail.token_hash.in_(links))
    db.session.execute(delete(Mail).where(mails))
    if by:
        write_to(user, "account_deleted", by=by.username, kept=keep)
    db.session.flush()
    db.session.execute(delete(User).where(User.id == user.id))  # all else of the account goes with its row
    db.session.commit()
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
