"""Making accounts: signing up, being added, confirming the address, and the first administrator.

An account may sign in once its address is confirmed, or when an administrator made it with a password. The link in the
mail uses nothing up by being opened: the page behind it shows a button, and only the button's request uses the token.
Slow work (the hash) is done before the transaction that decides.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

from flask import Flask
from sqlalchemy import select

from ..core import audit, jobs, mail
from ..core.clock import now
from ..core.current import current_settings
from ..core.database import db, flush
from ..core.errors import Refusal
from ..core.guard import Caller
from ..core.ids import new_id
from . import proofs, standing
from .hashing import hash_password
from .models import (
    EmailTaken,
    InvalidToken,
    User,
    UsernameAlike,
    UsernameTaken,
    administrators,
    email_in_use,
    look_at_token,
    make_token,
)
from .names import folded, shape
from .passwords import check_chosen
from .resetting import RESET_WITHIN
from .schemas import NewAdministrator, NewUser, Proof

CONFIRM_WITHIN = timedelta(days=3)
SET_UP_WITHIN = timedelta(days=7)


class RegistrationClosed(Refusal):
    status, code, sentence = 403, "registration_closed", "Signing up is closed here. Ask for access instead."


class PasswordChosen(Refusal):
    code, sentence, field = "password_chosen", "This account has a password already.", "password"


class PasswordRequired(Refusal):
    code, sentence, field = "password_required", "Choose a password.", "password"


def taken(wanted: NewUser | NewAdministrator) -> Refusal | None:
    """Why this account can't be made, if its name or address is in use."""
    if db.session.scalar(select(User.id).where(User.username_key == folded(wanted.username))):
        return UsernameTaken()
    if db.session.scalar(select(User.id).where(User.username_shape == shape(wanted.username))):
        return UsernameAlike()
    if email_in_use(wanted.email):
        return EmailTaken()
    return None


def invite(user: User, by: str | None = None, unasked: bool = False) -> None:
    """Queue the mail whose link confirms the address, and asks for a password where there is none."""
    welcome = user.password_hash is None
    template, lasts = ("welcome", proofs.ACCEPT_WITHIN) if welcome else ("confirm", CONFIRM_WITHIN)
    if unasked:
        lasts = proofs.while_kept(user, lasts)
    proof = proofs.make("confirm", user, lasts, f"/{template}")
    mail.queue(template, user.email, unasked=unasked, user=user, by=by, **proof)


def tell_owner(email: str) -> None:
    """Queue the mail that tells the owner of this address that somebody wanted to use it.

    Who has not confirmed it yet can't sign in, and may be the one who wants it now: they get a link to choose a
    password, as the one there is may be a stranger's.
    """
    owner = db.session.scalar(select(User).where(User.email_key == folded(email)))
    if owner is None:
        return
    active = owner.status == "active"
    waiting = active and owner.confirmed_at is None
    if not mail.room_for(owner.email, most=mail.MOST_UNASKED if waiting else mail.MOST_NEWS):
        return
    proof = proofs.make("reset", owner, proofs.while_kept(owner, RESET_WITHIN), "/reset") if waiting else {}
    mail.queue("taken", owner.email, unasked=True, active=active, **proof)


def hold_name(wanted: NewUser) -> None:
    """Add an account that nobody can ever confirm: else a name that is still free, or not in the directory, would tell
    who tried it with somebody's address that the address is known. It goes like all that are never confirmed.
    """
    held = User(username=wanted.username, email=f"{new_id()}@taken.invalid")
    db.session.add(held)
    with suppress(UsernameTaken):  # somebody else took it meanwhile
        _flush(held)
        audit.record("name_held", subject=held)


def sign_up(wanted: NewUser, caller: Caller | None) -> User | None:
    """Make an account and mail its link, in the running transaction.

    None: nothing may be told (`private`); what there is to know is mailed to the address. Raises RegistrationClosed,
    WeakPassword, UsernameTaken, EmailTaken, and what `standing.check_still_runs_it` raises.
    """
    registration = current_settings().registration
    adding = caller is not None and caller.may("people.add")
    if registration == "closed" and not adding:
        raise RegistrationClosed
    secretive = registration == "private" and not adding
    if wanted.password is not None:
        check_chosen(wanted.password, wanted.username, wanted.email, wanted.name)
    try:
        user = _create(wanted, by=caller if adding else None)
    except (UsernameTaken, EmailTaken) as refusal:
        if not secretive:
            raise
        if isinstance(refusal, EmailTaken):
            hold_name(wanted)
            tell_owner(wanted.email)
        elif mail.room_for(wanted.email, most=mail.MOST_NEWS):
            mail.queue("name_taken", wanted.email, unasked=True)
        return None
    return None if secretive else user


def _create(wanted: NewUser, by: Caller | None) -> User:
    """Make the account. The password is hashed even for a name that is taken: it takes the same time."""
    refusal = taken(wanted)
    db.session.rollback()  # the hash is slow, and the reading above must not hold the lock
    password_hash = hash_password(wanted.password) if wanted.password is not None else None
    if refusal:
        raise refusal
    standing.check_still_runs_it(by)
    user = User(username=wanted.username, email=wanted.email, name=wanted.name, password_hash=password_hash)
    db.session.add(user)
    _flush(user)
    if by and password_hash:
        user.confirm()  # who runs the club answers for the address, and tells the password
        mail.queue("added", user.email, user=user, by=by.username, link=mail.page("/forgotten"))
    else:
        invite(user, by=by.username if by else None, unasked=by is None)
    audit.record("account_created", actor=by, subject=user)
    return user


def _flush(user: User) -> None:
    """Write the account, so that it has its id. Raises UsernameTaken or EmailTaken where another was faster."""
    key = user.username_key
    try:
        flush(users_username_key=UsernameTaken, users_username_shape=UsernameAlike, users_email_key=EmailTaken)
    except UsernameAlike:  # as SQLite says also of the very same name
        if db.session.scalar(select(User.id).where(User.username_key == key)):
            raise UsernameTaken from None
        raise


def confirm(proof: Proof, password: str | None) -> None:
    """Confirm the address behind what was mailed, once; sets the first password where there is none.

    Raises InvalidToken, PasswordRequired, PasswordChosen, WeakPassword, TooManyAttempts.
    """
    found = proofs.look_at("confirm", proof)
    used, user = found.token_hash, db.session.get(User, found.user_id)
    if user is None:
        raise InvalidToken
    password_hash = user.password_hash
    if password_hash is None:
        if password is None:
            raise PasswordRequired
        names = user.username, user.email, user.name
        db.session.rollback()  # nothing is held while judging and hashing
        check_chosen(password, *names)
        password_hash = hash_password(password)
    elif password is not None:
        raise PasswordChosen
    proofs.use(used)
    user = db.session.get_one(User, user.id, populate_existing=True)
    user.password_hash = password_hash
    user.confirm()
    audit.record("account_confirmed", actor=user, subject=user)
    db.session.commit()


def ask_again(email: str) -> None:
    """Note that somebody at this address misses the link, and commit.

    Whether anybody waits for it is looked up by a job: the answer takes the same time whoever asks about whom.
    """
    jobs.enqueue("resend", email=email)
    db.session.commit()


def resend(email: str) -> None:
    """Mail the link again if there is an account waiting for it, in the transaction of the job."""
    user = db.session.scalar(select(User).where(User.email_key == folded(email), User.confirmed_at.is_(None)))
    if user and mail.room_for(user.email):
        invite(user, unasked=True)


def set_up_token() -> str | None:
    """A fresh token for the first administrator, or None where there is one already."""
    if administrators():
        return None
    token = make_token("setup", None, SET_UP_WITHIN)
    db.session.commit()
    return token


def create_administrator(wanted: NewAdministrator) -> User:
    """Use the set-up link: the first administrator, confirmed at once, in the running transaction.

    Raises InvalidToken, UsernameTaken …
    """
    token_hash = look_at_token("setup", wanted.token).token_hash
    db.session.rollback()  # nothing is held while judging and hashing
    check_chosen(wanted.password, wanted.username, wanted.email, wanted.name)
    password_hash = hash_password(wanted.password)
    proofs.use(token_hash)
    if administrators():
        raise InvalidToken
    if refusal := taken(wanted):
        raise refusal
    user = User(
        username=wanted.username,
        email=wanted.email,
        name=wanted.name,
        role="admin",
        password_hash=password_hash,
        confirmed_at=now(),
    )
    db.session.add(user)
    _flush(user)
    audit.record("administrator_created", actor=user, subject=user)
    return user


def init_app(app: Flask) -> None:
    jobs.on(app, "resend", resend)
