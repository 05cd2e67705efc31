"""The HTTP side of accounts: read, ask, commit, show."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app

from ..core import audit
from ..core.api import Message, check_if_match, json_answer, typed
from ..core.current import current_settings
from ..core.database import committed, db
from ..core.guard import by_token, caller, public, signed_in
from ..core.limits import limited
from ..core.paging import Listing, PageQuery, paged
from . import address, resetting, signin, signup
from .factors.identity import needs_identity
from .models import Session, User, is_set_up
from .own import myself
from .schemas import (
    Acceptable,
    Address,
    Confirmation,
    Credentials,
    Me,
    NewAdministrator,
    NewUser,
    PasswordChange,
    PasswordQuestion,
    Profile,
    Proof,
    Reset,
    SecondStepNeeded,
    SessionOut,
    SignedIn,
    UserOut,
    show_me,
    show_session,
    show_user,
)
from .server_session import session
from .sessions import current_id, end_all, end_one, sessions_of

accounts = Blueprint("accounts", __name__, url_prefix="/api")


@accounts.post("/login")
@public
@limited("60/minute")
@typed(others={202: (SecondStepNeeded, "The password is right; a second factor must follow")})
def login(body: Credentials) -> SignedIn:
    """Sign in with a username or e-mail address and a password."""
    user = signin.check(body)
    if methods := signin.second_step(user, body.remember):
        return json_answer({"message": "Second factor needed", "methods": methods}, 202)  # type: ignore[return-value]
    return signin.sign_in(user, body.remember)


@accounts.post("/logout")
@public
@typed
def logout() -> Message:
    """Sign out; the session ends on the server at once."""
    signin.sign_out()
    return {"message": "Logged out"}


@accounts.get("/protected")
@by_token
@typed
def protected() -> Message:
    """Greet the signed-in user."""
    return {"message": f"Hello, {signed_in().username}!"}


@accounts.get("/me")
@by_token
@typed
def me() -> Me:
    """The signed-in user and what they, or the token they come with, may do."""
    return show_me(myself(), signed_in())


@accounts.patch("/me")
@by_token
@typed
def change_me(body: Profile) -> Me:
    """Change one's own profile."""
    user, who = myself(), signed_in()
    check_if_match(lambda: show_me(user, who))
    if body.name is not None:
        user.rename(body.name)
    return committed(show_me(user, who))


@accounts.post("/password")
@limited("60/minute")
@typed
def change_password(body: PasswordChange) -> Message:
    """Change one's password; ends every other session."""
    resetting.change(signed_in(), body.current, body.new)
    return {"message": "Password changed"}


@accounts.post("/password/forgot")
@public
@limited("20/hour")
@typed(status=202)
def forgot_password(body: Address) -> Message:
    """Mail a link to choose a new password, if the address is somebody's."""
    resetting.ask(body.email)
    return {"message": "Check your mail"}


@accounts.post("/password/reset")
@public
@limited("60/minute")
@typed
def reset_password(body: Reset) -> Message:
    """Choose a new password with the token or the code from the mail, once; ends every session."""
    resetting.reset(body, body.password)
    return {"message": "Password changed"}


@accounts.post("/password/check")
@public
@limited("120/minute")
@typed
def check_password(body: PasswordQuestion) -> Acceptable:
    """Whether a password would be accepted, and if not, why; while it is typed."""
    reason = resetting.advise(body, caller())
    return {"acceptable": reason is None, "reason": reason}


@accounts.post("/me/email")
@limited("20/hour")
@needs_identity
@typed(status=202)
def change_email(body: Address) -> Message:
    """Ask for another e-mail address; it is confirmed by a mail to it."""
    address.ask(signed_in(), body.email)
    return {"message": "Check your mail"}


@accounts.post("/me/email/confirm")
@public
@limited("60/minute")
@typed
def confirm_email(body: Proof) -> Message:
    """Confirm one's new address with the token or the code from the mail, once; the old one is told."""
    address.confirm(body)
    return {"message": "Address changed"}


@accounts.post("/me/email/undo")
@public
@limited("60/minute")
@typed
def undo_email(body: Proof) -> Message:
    """Put the old address back by what came in the mail, within seven days; ends the password and every session."""
    return {"message": address.undo(body)}


@accounts.get("/sessions")
@typed
def list_sessions(query: PageQuery) -> Listing[SessionOut]:
    """The devices signed in as this user, the last seen first."""
    return paged(
        sessions_of(signed_in().id),
        Session.last_seen_at,
        Session.id,
        query,
        lambda one: show_session(one, current_id()),
        descending=True,
    )


@accounts.delete("/sessions/<session_id>")
@typed
def end_session(session_id: str) -> None:
    """End one of one's sessions."""
    who = signed_in()
    end_one(who.id, session_id)
    audit.record("session_ended", actor=who, subject=who)
    if session_id == current_id():
        session.end()
    else:
        db.session.commit()


@accounts.delete("/sessions")
@typed
def end_other_sessions() -> None:
    """End all of one's sessions but this one."""
    who = signed_in()
    if count := end_all(who.id, but=current_id()):
        audit.record("other_sessions_ended", actor=who, subject=who, count=count)
    db.session.commit()


@accounts.post("/users")
@public
@by_token
@limited("200/hour")
@typed(status=201, others={202: (Message, "Registration is private: what there is to know is mailed")})
def create_user(body: NewUser) -> UserOut:
    """Sign up, or add a person when the caller may: with a password, they can sign in at once."""
    who = caller()
    user = signup.sign_up(body, who)
    if user is None:
        db.session.commit()
        return json_answer({"message": "Check your mail"}, 202)  # type: ignore[return-value]
    shown: UserOut = {**show_user(user, who), "name": user.name, "email": user.email}
    return committed(shown)


@accounts.post("/users/confirm")
@public
@limited("60/minute")
@typed
def confirm(body: Confirmation) -> Message:
    """Confirm an address with the token or the code from the mail, once."""
    signup.confirm(body, body.password)
    return {"message": "Address confirmed"}


@accounts.post("/users/confirm/resend")
@public
@limited("10/hour")
@typed(status=202)
def resend(body: Address) -> Message:
    """Mail the confirmation link again, if there is anything to confirm."""
    signup.ask_again(body.email)
    return {"message": "Check your mail"}


@accounts.post("/setup")
@public
@limited("20/minute")
@typed(status=201)
def set_up(body: NewAdministrator) -> SignedIn:
    """Create the first administrator with the token printed in the terminal."""
    user = signup.create_administrator(body)
    return {**signin.sign_in(user), "message": "Administrator created"}


def boot() -> dict[str, Any]:
    """What the page knows from the start."""
    settings, who = current_settings(), caller()
    user = db.session.get(User, who.id) if who else None  # none, too, where it was deleted this moment
    return {
        "club": settings.name,
        "registration": settings.registration,
        "max_upload": settings.max_upload,
        "set_up": is_set_up(),
        "mail_kept": not settings.mail_url,
        "demo": current_app.config.get("DEMO", ()),
        "user": show_me(user) if user else None,
    }
