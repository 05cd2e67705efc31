"""Changing a password, and getting in without it.

Asking for a reset only notes the address; whether anybody has it is looked up by a job. So the answer is the same, in
the same time, whoever asks about whom. However a password changes, every other session ends, what was mailed to get in
with is worth nothing any more, and its owner is told.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

from flask import Flask
from sqlalchemy import delete, select

from ..core import audit, jobs, mail
from ..core.database import db
from ..core.guard import Caller
from . import proofs, throttle
from .devices import this_device
from .factors.identity import check_still_signed_in, wrong
from .hashing import hash_password, verify
from .models import InvalidToken, KnownDevice, User, end_links, look_at_token, write_to
from .names import folded
from .passwords import (
    SHORTEST,
    SHORTEST_OF_TWO,
    WeakPassword,
    check_chosen,
    is_short,
    shortest_for,
)
from .schemas import PasswordQuestion, Proof
from .server_session import session
from .sessions import current_id, end_all
from .tokens.models import ApiToken

RESET_WITHIN = timedelta(hours=1)
ENOUGH_OF_TWO = (
    f"Enough if you have a passkey or an authenticator app. Without one: at least {SHORTEST} characters, hard to guess."
)


def ask(email: str) -> None:
    """Note that somebody at this address has forgotten a password, and commit."""
    jobs.enqueue("forgotten", email=email)
    db.session.commit()


def forgotten(email: str) -> None:
    """Mail the link, in the transaction of the job, to the account's own address, however the asked one was written.

    Who has not yet confirmed it gets the same link: the password there is may be a stranger's, who signed up with this
    address.
    """
    user = db.session.scalar(select(User).where(User.email_key == folded(email), User.status == "active"))
    if user is not None and mail.room_for(user.email):
        send_link(user, unasked=True)


def send_link(user: User, by: str | None = None, unasked: bool = False) -> None:
    """Queue a mail that lets this person choose a new password; `by` names the administrator who sends it."""
    lasts = proofs.while_kept(user, RESET_WITHIN) if unasked else RESET_WITHIN
    proof = proofs.make("reset", user, lasts, "/reset")
    mail.queue("reset", user.email, unasked=unasked, user=user, by=by, **proof)


def reset(proof: Proof, password: str) -> None:
    """Set a new password with what was mailed, once, and end every session.

    Raises InvalidToken, WeakPassword, TooManyAttempts.
    """
    found = proofs.look_at("reset", proof)
    used, user = found.token_hash, db.session.get(User, found.user_id)
    if user is None or user.status != "active":
        raise InvalidToken
    user_id, names, shortest = user.id, (user.username, user.email, user.name), shortest_for(user.id)
    db.session.rollback()  # nothing is held while judging and hashing
    check_chosen(password, *names, shortest=shortest)
    hashed = hash_password(password)
    proofs.use(used)
    user = db.session.get_one(User, user_id, populate_existing=True)
    for name in (user.username, user.email):
        throttle.forget(throttle.keys_of(name))
    user.confirm()  # the mail has come: the address is theirs
    replace(user, hashed, "password_reset", short=is_short(password))
    take_ways_back(user)
    db.session.commit()


def advise(question: PasswordQuestion, who: Caller | None) -> str | None:
    """Why this password would be refused, or None.

    Only who has the mailed link hears what its account needs. With a link that nobody sent, both rules are told, so
    that nothing is given away.
    """
    user = _behind(question.token) if question.token is not None else db.session.get(User, who.id) if who else None
    names = [question.username, question.email, question.name]
    if user:
        names += [user.username, user.email, user.name]
    known, shortest = user is not None, shortest_for(user.id) if user else SHORTEST
    db.session.rollback()  # nothing is held while judging, which takes its time
    reason = _refused(question.password, names, shortest)
    if reason and question.token is not None and not known:
        return _refused(question.password, names, SHORTEST_OF_TWO) or ENOUGH_OF_TWO
    return reason


def _behind(token: str) -> User | None:
    for purpose in ("reset", "confirm"):
        with suppress(InvalidToken):
            return db.session.get(User, look_at_token(purpose, token).user_id)
    return None


def _refused(password: str, names: list[str], shortest: int) -> str | None:
    try:
        check_chosen(password, *names, shortest=shortest)
    except WeakPassword as refusal:
        return refusal.text
    return None


def change(who: Caller, current: str, new: str) -> None:
    """Change one's own password, and end every other session.

    Raises WrongPassword, WeakPassword, TooManyAttempts, NotSignedIn.
    """
    counted = throttle.admit(who.username)
    user = db.session.get_one(User, who.id)
    stored, names, shortest = user.password_hash, (user.username, user.email, user.name), shortest_for(who.id)
    db.session.rollback()
    if not verify(stored, current):
        raise wrong(who, field="current")
    throttle.forget(counted)  # also where the new one is refused: the right person came
    db.session.commit()
    check_chosen(new, *names, shortest=shortest, field="new")
    hashed = hash_password(new)
    user = db.session.get_one(User, who.id, populate_existing=True)
    if user.password_hash != stored:  # another was faster: what was current is not any more
        raise wrong(who, field="current")
    check_still_signed_in()
    replace(user, hashed, "password_changed", short=is_short(new), but=current_id())
    session.renew_token()


def replace(user: User, hashed: str, event: str, *, short: bool, but: str | None = None, by_owner: bool = True) -> None:
    """Set a password in the running transaction, with all that follows from it. `short`: see `passwords.is_short`.

    Raises WeakPassword where the second factor that it needs was removed meanwhile.
    """
    if short and shortest_for(user.id) == SHORTEST:
        raise WeakPassword
    user.password_hash, user.short_password = hashed, short
    end_links(user.id, "reset")
    end_all(user.id, but=but)
    audit.record(event, actor=user if by_owner else None, subject=user)
    here = this_device() if by_owner else {}
    write_to(user, "password_changed", link=mail.page("/forgotten"), **here)


def take_ways_back(user: User) -> None:
    """Take from whoever was in this account what would let them back in: API tokens, devices that are known, links; in
    the running transaction. For who gets an account back, by mail or from who runs the club.
    """
    for one in (ApiToken, KnownDevice):
        db.session.execute(delete(one).where(one.user_id == user.id))
    end_links(user.id, "confirm")


def init_app(app: Flask) -> None:
    jobs.on(app, "forgotten", forgotten)
