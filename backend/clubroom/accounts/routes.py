"""The HTTP side of accounts: read, ask, commit, show."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, session
from sqlalchemy import delete, select

from ..core import audit
from ..core.api import Message, check_if_match, json_answer, typed
from ..core.database import commit, db
from ..core.errors import Refusal
from ..core.guard import caller, public, signed_in
from ..core.limits import limited
from . import signin, signup
from .models import Session, User
from .schemas import (
    Address,
    Confirmation,
    Credentials,
    Device,
    Me,
    NewAdministrator,
    NewUser,
    Profile,
    SignedIn,
    UserOut,
    show_device,
    show_me,
    show_user,
)
from .sessions import end_all

accounts = Blueprint("accounts", __name__, url_prefix="/api")


class SessionAbsent(Refusal):
    status, code, sentence = 404, "not_found", "This session has ended already."


@accounts.post("/login")
@public
@limited("60/minute")
@typed
def login(body: Credentials) -> SignedIn:
    """Sign in with a user name or e-mail address and a password."""
    user = signin.check(body)
    signin.sign_in(user, body.remember)
    return {"message": "Login successful", "user": show_me(user)}


@accounts.post("/logout")
@public
@typed
def logout() -> Message:
    """Sign out; the session ends on the server at once."""
    signin.sign_out()
    return {"message": "Logged out"}


@accounts.get("/protected")
@typed
def protected() -> Message:
    """Greet the signed-in user."""
    return {"message": f"Hello, {signed_in().username}!"}


@accounts.get("/me")
@typed
def me() -> Me:
    """The signed-in user and what they may do."""
    return show_me(myself())


@accounts.patch("/me")
@typed
def change_me(body: Profile) -> Me:
    """Change one's own profile."""
    user = myself()
    check_if_match(lambda: show_me(user))
    user.rename(body.name)
    commit()
    return show_me(user)


@accounts.get("/sessions")
@typed
def list_sessions() -> list[Device]:
    """The devices signed in as this user, the last seen first."""
    query = select(Session).where(Session.user_id == signed_in().id).order_by(Session.last_seen_at.desc())
    return [show_device(one, current_session()) for one in db.session.scalars(query)]


@accounts.delete("/sessions/<session_id>")
@typed
def end_session(session_id: str) -> None:
    """End one of one's sessions."""
    who = signed_in()
    gone = delete(Session).where(Session.id == session_id, Session.user_id == who.id).returning(Session.id)
    if db.session.scalar(gone) is None:
        raise SessionAbsent
    audit.record("session_ended", actor=who, subject=who)
    commit()
    if session_id == current_session():
        session.clear()


@accounts.delete("/sessions")
@typed
def end_other_sessions() -> None:
    """End all of one's sessions but this one."""
    who = signed_in()
    count = end_all(who.id, but=current_session())
    audit.record("other_sessions_ended", actor=who, subject=who, count=count)
    commit()


@accounts.post("/users")
@public
@limited("200/hour")
@typed(status=201, others={202: "Check your mail (private registration)"})
def create_user(body: NewUser) -> UserOut:
    """Sign up, or add a person when the caller may."""
    who = caller()
    user = signup.sign_up(body, who)
    if user is None:
        return json_answer({"message": "Check your mail"}, 202)  # type: ignore[return-value]
    return {**show_user(user, who), "email": user.email}


@accounts.post("/users/confirm")
@public
@limited("60/minute")
@typed
def confirm(body: Confirmation) -> Message:
    """Confirm an address with the token from the mail, once."""
    signup.confirm(body.token, body.password)
    return {"message": "Address confirmed"}


@accounts.post("/users/confirm/resend")
@public
@limited("10/hour")
@typed(status=202)
def resend(body: Address) -> Message:
    """Mail the confirmation link again, if there is anything to confirm."""
    signup.resend(body.email)
    return {"message": "Check your mail"}


@accounts.post("/setup")
@public
@limited("20/minute")
@typed(status=201)
def set_up(body: NewAdministrator) -> SignedIn:
    """Create the first administrator with the token printed in the terminal."""
    user = signup.create_administrator(body)
    signin.sign_in(user)
    return {"message": "Administrator created", "user": show_me(user)}


def myself() -> User:
    return db.session.get_one(User, signed_in().id)


def current_session() -> str | None:
    return getattr(session, "row_id", None)


def boot() -> dict[str, Any]:
    """What the page knows from the start."""
    settings = current_app.config["SETTINGS"]
    who = caller()
    return {
        "club": settings.name,
        "registration": settings.registration,
        "max_upload": settings.max_upload,
        "user": show_me(db.session.get_one(User, who.id)) if who else None,
    }
