"""Confirm it is you: what weakens an account asks for the password or a passkey again, once in ten minutes.

The moment is kept in the session. Signing in is such a moment too (a new session's row notes it), so nobody is asked
twice in a row. Confirming makes a new session token, as every proof of identity does.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import wraps
from typing import Any

from ...core import audit
from ...core.clock import AHEAD, now
from ...core.database import db
from ...core.errors import NotSignedIn, Refusal
from ...core.guard import Caller, View
from .. import throttle
from ..hashing import verify
from ..models import Session, User
from ..passwords import is_short
from ..server_session import session
from . import passkeys

GOOD_FOR = timedelta(minutes=10)


class ConfirmIdentity(Refusal):
    status, code, sentence = 403, "confirm_identity", "Please confirm that it is you."


class WrongPassword(Refusal):
    code, sentence, field = "wrong_password", "This is not your password.", "password"


def needs_identity(view: View) -> View:
    """Open a view only to those who have shown within ten minutes that it is them. Stands above `@typed`."""

    @wraps(view)
    def call(*args: Any, **kwargs: Any) -> Any:
        check_identity()
        return view(*args, **kwargs)

    call.needs_identity = True  # type: ignore[attr-defined]
    return call  # type: ignore[return-value]


def check_identity() -> None:
    """Raises ConfirmIdentity, to an API token too: none of it is for scripts."""
    age = now() - datetime.fromtimestamp(session.get("confirmed_at", 0), UTC)
    if not -AHEAD <= age <= GOOD_FOR:  # by a clock that was ahead, it would be good until then
        raise ConfirmIdentity


def check_still_signed_in() -> None:
    """Whoever was turned out while this was computed leaves no way back in: ask in the transaction that makes one.

    Nor does who came with a token that was renewed meanwhile: it may be known to somebody else. Raises NotSignedIn.
    """
    row = db.session.get(Session, session.row_id, populate_existing=True)
    if row is None or row.token_hash != session.token_hash:
        raise NotSignedIn


def confirm_by_password(who: Caller, password: str) -> None:
    """Note that this is `who`. Raises WrongPassword, TooManyAttempts: guesses count like those at signing in."""
    counted = throttle.admit(who.username)
    stored = db.session.get_one(User, who.id).password_hash
    db.session.rollback()  # nothing is held while hashing
    right = verify(stored, password)
    user = db.session.get_one(User, who.id, populate_existing=True)
    if not right or user.password_hash != stored:  # changed meanwhile: the old one shows nothing
        raise wrong(who)
    user.short_password = is_short(password)
    throttle.forget(counted)
    note(who, "password")


def wrong(who: Caller, field: str = "password") -> WrongPassword:
    """Write down, and commit, that somebody in `who`'s session does not know the password, asked for at `field`."""
    audit.record("identity_refused", actor=who, subject=who)
    db.session.commit()
    return WrongPassword(fields={field: WrongPassword.sentence})


def confirm_by_passkey(who: Caller, credential: dict[str, Any]) -> None:
    """Note that this is `who`. Raises what `passkeys.check` raises."""
    passkeys.check("identity", credential, owner=who.id)
    note(who, "passkey")


def note(who: Caller, by: str) -> None:
    """Note in the session, under a new token, that it is `who`, and commit."""
    audit.record("identity_confirmed", actor=who, subject=who, by=by)
    session["confirmed_at"] = int(now().timestamp())
    session.renew_token()
