"""Strangers who ask for access, until somebody of the club answers."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal, get_args

from sqlalchemy import CheckConstraint, Index, String, delete, select, update
from sqlalchemy.orm import Mapped, mapped_column

from ..accounts.models import EmailTaken, User, email_in_use
from ..accounts.names import check_username, folded, is_mark, shape
from ..accounts.signup import invite
from ..accounts.standing import check_still_may
from ..core import audit
from ..core.clock import now
from ..core.database import Base, Prepared, db
from ..core.errors import Refusal
from ..core.guard import Caller
from ..core.ids import new_id

State = Literal["waiting", "approved", "declined"]
DECIDED_KEPT = timedelta(days=90)


class RequestAbsent(Refusal):
    status, code, sentence = 404, "not_found", "Request not found"


class AlreadyDecided(Refusal):
    status, code, sentence = 409, "already_decided", "Somebody has decided this already."


class AccessRequest(Base):
    __tablename__ = "access_requests"

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(String(80))
    email: Mapped[str] = mapped_column(String(254))
    email_key: Mapped[str] = mapped_column(String(320))
    state: Mapped[State] = mapped_column(String(10), default="waiting")
    created_at: Mapped[datetime] = mapped_column(default=now)
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str | None] = mapped_column(String(32))

    __table_args__ = (
        CheckConstraint(f"state IN {get_args(State)}", name="state"),
        Index(None, "state", "created_at", "id"),
        # Who asks twice waits once.
        Index("uq_access_requests_waiting", "email_key", unique=True, sqlite_where=state == "waiting"),
    )


WAITING = Prepared(lambda: select(AccessRequest.id).where(AccessRequest.state == "waiting").limit(1))


def any_waiting() -> bool:
    """Whether somebody waits for an answer. Reads what is committed; takes no lock."""
    return WAITING.one() is not None


def ask(name: str, email: str) -> None:
    """Keep a request in the running transaction; asking again, or with an account, adds none and tells nothing, not
    even by the wait for the disk: that somebody asked is written down in any case.
    """
    key = folded(email)
    waiting = select(AccessRequest.id).where(AccessRequest.email_key == key, AccessRequest.state == "waiting")
    known = select(User.id).where(User.email_key == key)
    if db.session.scalar(waiting) is None and db.session.scalar(known) is None:
        db.session.add(AccessRequest(name=name, email=email, email_key=key))
    audit.record("access_requested", email=email)


def decide(request_id: str, state: State, by: Caller) -> AccessRequest:
    """Approve or decline in the running transaction; approving makes the account and mails its link.

    Raises RequestAbsent, AlreadyDecided, EmailTaken, and what `check_still_may` raises.
    """
    check_still_may(by, "requests.manage")
    decided = (
        update(AccessRequest)
        .where(AccessRequest.id == request_id, AccessRequest.state == "waiting")
        .values(state=state, decided_at=now(), decided_by=by.username)
    )
    changed = db.session.execute(decided.returning(AccessRequest.id)).one_or_none()
    request = db.session.get(AccessRequest, request_id, populate_existing=True)
    if request is None:
        raise RequestAbsent
    if changed is None:
        raise AlreadyDecided
    user = None
    if state == "approved":
        if email_in_use(request.email):
            raise EmailTaken
        user = User(username=free_username(request.name), email=request.email, name=request.name)
        db.session.add(user)
        db.session.flush()
        invite(user, by=by.username)
    audit.record(f"access_{state}", actor=by, subject=user, email=request.email)
    return request


def sweep() -> None:
    """Forget who was approved or declined a while ago: the audit log keeps that it was done."""
    db.session.execute(delete(AccessRequest).where(AccessRequest.decided_at <= now() - DECIDED_KEPT))
    db.session.commit()


def free_username(name: str) -> str:
    """A username made from a person's name, with a number where it is taken: "Ada Lovelace" is `ada.lovelace`."""
    wanted = ".".join("".join(one for one in word if one.isalnum() or is_mark(one)) for word in folded(name).split())
    try:
        base = check_username(wanted.strip(".")[:26].strip("."))
    except ValueError:  # nothing is left of it, or it could be made to look like somebody else's
        base = "member"
    taken: set[str] = set()
    for column, beginning in ((User.username_key, base), (User.username_shape, shape(base))):
        taken.update(db.session.scalars(select(column).where(column.startswith(beginning, autoescape=True))))
    candidates = [base, *(f"{base}{number}" for number in range(2, len(taken) + 3))]
    return next(one for one in candidates if taken.isdisjoint((one, shape(one))))
