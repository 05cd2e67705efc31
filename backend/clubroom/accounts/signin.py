"""Signing in and out. The same answer, in the same time, whether the account exists or not.

Where an account has a second factor, the right password opens nothing yet: the session holds who it was for ten
minutes, without any rights, until a code or a passkey follows.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import update

from ..core import audit, jobs, mail
from ..core.clock import iso, now
from ..core.current import current_settings
from ..core.database import db
from ..core.errors import Refusal
from ..core.ids import hashed
from . import devices, throttle
from .factors import authenticator, passkeys, recovery_codes
from .factors.models import methods, recovery_codes_left
from .hashing import hash_password, outdated, verify
from .models import Account, Login, User, hold_login, login_of, write_to
from .passwords import is_short
from .schemas import Credentials, Me, SignedIn, show_me
from .server_session import session
from .sessions import note_seen


class InvalidCredentials(Refusal):
    status, code, sentence = 401, "invalid_credentials", "Invalid credentials"


class Unconfirmed(Refusal):
    status, code, sentence = (
        403,
        "unconfirmed",
        "Confirm your e-mail address first, by the link or the code from our mail.",
    )


class Disabled(Refusal):
    status, code, sentence = (
        403,
        "disabled",
        "This account has been disabled. Ask the people who run the club.",
    )


class SignInFirst(Refusal):
    status, code, sentence = 401, "sign_in_first", "This took too long. Please sign in again."


class InvalidCode(Refusal):
    status, code, sentence = 401, "invalid_code", "This code does not fit, or was used before."


SECOND_STEP_WITHIN = timedelta(minutes=10)
TOLD_AFTER = 5  # wrong codes after the right password


def check(credentials: Credentials) -> Login:
    """The account these credentials open. Raises TooManyAttempts, InvalidCredentials, Unconfirmed, Disabled."""
    counted = throttle.admit(credentials.username)
    before = login_of(credentials.username)  # nothing is held while hashing
    stored = before.password_hash if before else None
    right = verify(stored, credentials.password)
    renewed = hash_password(credentials.password) if right and stored and outdated(stored) else None
    found = hold_login(credentials.username)
    if not found or not right or found.password_hash != stored:  # changed meanwhile: the old one opens nothing
        audit.record("sign_in_failed", subject=found)
        db.session.commit()
        raise InvalidCredentials
    if found.confirmed_at is None and current_settings().registration == "private":
        # Else signing up with somebody's address and then signing in would tell whether it was free.
        audit.record("sign_in_failed", subject=found)
        jobs.enqueue("resend", email=found.email)
        db.session.commit()
        raise InvalidCredentials
    throttle.forget(counted)
    short = is_short(credentials.password)
    if renewed or found.short_password != short:
        found = found._replace(password_hash=renewed or stored)
        kept = {"password_hash": found.password_hash, "short_password": short}
        db.session.execute(update(User).where(User.id == found.id).values(kept))
    let_in(found)
    return found


def let_in(user: Account) -> None:
    """Raises Unconfirmed, Disabled, having written it down and committed."""
    refusal = Unconfirmed() if user.confirmed_at is None else Disabled() if user.status != "active" else None
    if refusal:
        audit.record("sign_in_failed", subject=user, reason=refusal.code)
        db.session.commit()
        raise refusal


def second_step(user: Account, remember: bool) -> list[str]:
    """What must follow the right password: nothing, or one of these, and this browser's session waits for it."""
    found = methods(user.id)
    if found:
        until = int((now() + SECOND_STEP_WITHIN).timestamp())
        waiting = {"user_id": user.id, "remember": remember, "until": until, "password": _mark(user)}
        db.session.commit()
        session.clear()
        session["pending"] = waiting
        session.renew = True
    return found


def pending() -> User:
    """Whose password was right in this browser, and whose second factor is waited for. Raises SignInFirst."""
    held = session.get("pending")
    if held is None or held["until"] <= now().timestamp():
        raise SignInFirst
    user = db.session.get(User, held["user_id"])
    if user is None or user.status != "active" or _mark(user) != held["password"]:
        raise SignInFirst
    return user


def _mark(user: Account) -> str:
    """Tells whether the password is still the one that was right."""
    return hashed(user.password_hash or "")


def by_code(method: str, code: str) -> SignedIn:
    """Sign in by the second step's code. Raises SignInFirst, TooManyAttempts, InvalidCode, AuthenticatorUnreadable."""
    user = pending()
    user_id = user.id
    counted = throttle.admit(f"\0code {user_id}", code_of=user.username)  # no name that somebody could type
    use = authenticator.use if method == "totp" else recovery_codes.use
    try:
        right = use(user_id, code)
        user = pending()  # the password may have changed, or the account gone, while the code was hashed
    except Refusal:  # a try that was counted, though nobody knows what it was
        db.session.rollback()
        _tell_of_guesses(user_id, counted)
        db.session.commit()
        raise
    if not right:
        audit.record("second_factor_failed", subject=user, method=method)
        _tell_of_guesses(user_id, counted)
        db.session.commit()
        raise InvalidCode
    throttle.forget(counted)
    if method == "recovery_code":
        left = recovery_codes_left(user.id)
        link = mail.page("/account#authenticator")
        write_to(user, "recovery_code_used", left=left, link=link, **devices.this_device())
    return sign_in(user, session["pending"]["remember"], by=method)


def _tell_of_guesses(user_id: int, counted: dict[str, int]) -> None:
    """With the try that is one too many, in the running transaction; once, however many follow."""
    user = db.session.get(User, user_id)
    if user is not None and max(counted.values()) == TOLD_AFTER:
        link = mail.page("/forgotten")
        write_to(user, "codes_guessed", tries=TOLD_AFTER, link=link, **devices.this_device())


def passkey_options() -> dict[str, Any]:
    """The question for a passkey: for one of those whose password was right, else for anybody's."""
    try:
        return passkeys.ask_for("sign_in", pending().id, alone=False)
    except SignInFirst:
        return passkeys.ask_for("sign_in")


def by_passkey(credential: dict[str, Any], remember: bool) -> SignedIn:
    """Sign in by passkey, alone or as the second step.

    Raises what `passkeys.check` raises, SignInFirst, Unconfirmed, Disabled.
    """
    try:
        waiting = pending().id
    except SignInFirst:
        waiting = None
    used = passkeys.check("sign_in", credential, after_password=waiting)
    if waiting == used.user_id:
        pending()  # the password may have changed since: without it, the passkey may be half of what is needed
        remember = session["pending"]["remember"]
    user = db.session.get_one(User, used.user_id)
    let_in(user)
    return sign_in(user, remember, by="passkey")


def sign_in(user: Account, remember: bool = False, by: str = "password") -> SignedIn:
    """Begin a fresh session for `user` in this browser, and commit; the answer that says so."""
    audit.record("signed_in", actor=user, by=by)
    devices.recognise(user)
    shown: Me = {**show_me(user), "last_seen": iso(note_seen(user.id))}
    session.begin(user, remember)
    return {"message": "Login successful", "user": shown}


def sign_out() -> None:
    """End this browser's session, on the server too."""
    who = session.caller
    if who:
        audit.record("signed_out", actor=who)
    session.end()
