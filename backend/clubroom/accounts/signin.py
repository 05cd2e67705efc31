"""Signing in and out. The same answer, in the same time, whether the account exists or not."""

from __future__ import annotations

from flask import session

from ..core import audit
from ..core.clock import now
from ..core.database import commit, db
from ..core.errors import Refusal
from . import throttle
from .models import User, find_login
from .passwords import hash_password, outdated, verify
from .schemas import Credentials


class InvalidCredentials(Refusal):
    status, code, sentence = 401, "invalid_credentials", "Invalid credentials"


class Unconfirmed(Refusal):
    status, code, sentence = (
        403,
        "unconfirmed",
        "Confirm your e-mail address first: the link is in your mail.",
    )


class Disabled(Refusal):
    status, code, sentence = (
        403,
        "disabled",
        "This account has been disabled. Ask the people who run the club.",
    )


def check(credentials: Credentials) -> User:
    """The account these credentials open. Raises TooManyAttempts, InvalidCredentials, Unconfirmed, Disabled."""
    throttle.admit(credentials.username)
    before = find_login(credentials.username)
    stored = before.password_hash if before else None
    db.session.rollback()  # nothing is held while hashing
    right = verify(stored, credentials.password)
    renewed = hash_password(credentials.password) if right and stored and outdated(stored) else None
    found = find_login(credentials.username)
    if not found or not right or found.password_hash != stored:  # changed meanwhile: the old one opens nothing
        audit.record("sign_in_failed", subject=found)
        commit()
        raise InvalidCredentials
    throttle.forget(credentials.username)
    if renewed:
        found.password_hash = renewed
    if found.confirmed_at is None:
        commit()
        raise Unconfirmed
    if found.status != "active":
        commit()
        raise Disabled
    return found


def sign_in(user: User, remember: bool = False) -> None:
    """Begin a fresh session for `user` in this browser, and commit."""
    audit.record("signed_in", actor=user)
    user.last_seen_at = now()
    commit()
    session.clear()
    session["user_id"] = user.id
    session.remembered = remember  # type: ignore[attr-defined]
    session.renew = True  # type: ignore[attr-defined]


def sign_out() -> None:
    """End this browser's session, on the server too."""
    who = getattr(session, "caller", None)
    if who:
        audit.record("signed_out", actor=who)
        commit()
    session.clear()
