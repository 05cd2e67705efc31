"""A person's standing in the club: the role, and whether the account may be used. Those who run the club decide.

Whoever's standing changes is signed out everywhere, in the transaction that changes it, and told by mail. What else
their old rights had left behind ends with the sessions, and does not come back with the rights. There is always
somebody who can run the club. Who is asking is looked up when a request begins, and its body may be long in
coming: a request of somebody who is deleted, or who may not decide any more, while it comes in or is being done is
refused like one that came later.
"""

from __future__ import annotations

from flask import Flask, Response, request
from sqlalchemy import bindparam, delete, select
from sqlalchemy.exc import IntegrityError, NoResultFound
from sqlalchemy.orm.exc import ObjectDeletedError

from ..core import audit, mail
from ..core.clock import now
from ..core.database import Prepared, db
from ..core.errors import NotAllowed, NotSignedIn, Refusal, crash, refused
from ..core.guard import Caller, caller, permissions_of
from ..core.levels import Role
from ..core.logs import log
from .factors.identity import check_still_signed_in
from .factors.models import passkeys_of
from .models import FORMER, Session, Status, User, administrators, write_to
from .sessions import current_id, end_all
from .tokens.models import ApiToken


class LastAdministrator(Refusal):
    status, code, sentence = 409, "last_administrator", "This is the last administrator. Make another one first."


class Nobodys(Refusal):
    status, code, sentence = 409, "nobodys", "This account is nobody's: it holds the files of those who left."


def check_can_go(user: User, by: Caller | None) -> None:
    """Ask, in the transaction in which `user` goes, whether another can run the club. Raises LastAdministrator."""
    if administrators() == {user.id}:
        name = "You are" if by and by.id == user.id else f"{user.username} is"
        raise LastAdministrator(f"{name} the last administrator. Make another one first.")


OPEN = Prepared(
    lambda: (
        select(Session.id)
        .join(User, User.id == Session.user_id)
        .where(
            Session.id == bindparam("row_id"),
            # Nor does it end unused meanwhile: a request on its way is use.
            Session.expires_at > bindparam("at", type_=Session.expires_at.type),
            User.status == "active",
        )
    )
)
GOOD = Prepared(
    lambda: (
        select(ApiToken.id)
        .join(User, User.id == ApiToken.user_id)
        .where(
            ApiToken.id == bindparam("token_id"),
            ApiToken.expires_at >= bindparam("at"),
            User.status == "active",
            User.delete_at.is_(None),
        )
    )
)


def still_in(who: Caller) -> bool:
    """Whether the session or the API token that `who` came with is there still and good, and the account open."""
    if who.token_id:
        return bool(GOOD.rows(token_id=who.token_id, at=now()))
    return bool(OPEN.rows(row_id=current_id(), at=now()))


def check_still_in(by: Caller) -> User:
    """Who is asking, in the transaction that does it, where the body may have been long in coming.

    Raises NotSignedIn to whoever was turned out or kept out meanwhile.
    """
    user = db.session.get(User, by.id, populate_existing=True)
    if user is None or user.status != "active":
        raise NotSignedIn
    if not (GOOD.run(token_id=by.token_id, at=now()) if by.token_id else OPEN.run(row_id=current_id(), at=now())):
        raise NotSignedIn
    return user


def check_still_runs_it(by: Caller | None) -> None:
    """Ask, in the transaction that decides, whether `by` may; None, at the terminal, always.

    Raises NotAllowed to whoever lost the role while this request came in, NotSignedIn to whoever was turned out.
    """
    if by is None:
        return
    if by.id not in administrators():
        raise NotAllowed
    _check_decides(by)


def check_still_may(by: Caller, permission: str) -> None:
    """The same where it is not only for those who run the club."""
    if permission not in permissions_of(_check_decides(by).role):
        raise NotAllowed


def _check_decides(by: Caller) -> User:
    """`check_still_in`; and that who decides about others came with the token that the session has still."""
    user = check_still_in(by)
    if by.token_id is None:
        check_still_signed_in()
    return user


def check_decision(user: User, by: Caller | None) -> None:
    """`check_still_runs_it` where something is decided about `user`. Raises Nobodys besides."""
    if user.username_key == FORMER:
        raise Nobodys
    check_still_runs_it(by)


def change_role(user: User, role: Role, by: Caller | None) -> None:
    """Give `user` another role in the running transaction. Raises what `check_decision` raises, LastAdministrator."""
    check_decision(user, by)
    if role == user.role:
        return
    check_can_go(user, by)
    audit.record("role_changed", actor=by, subject=user, before=user.role, after=role)
    if user.role == "admin":
        db.session.execute(delete(ApiToken).where(ApiToken.user_id == user.id, ApiToken.scope == "admin"))
    user.role = role
    _sign_out_and_tell(user, "role_changed", by)


def change_status(user: User, status: Status, by: Caller) -> None:
    """Let `user` in no longer, or again, in the running transaction.

    Raises what `check_decision` raises, LastAdministrator.
    """
    check_decision(user, by)
    if status == user.status:
        return
    check_can_go(user, by)
    event = "account_disabled" if status == "disabled" else "account_enabled"
    audit.record(event, actor=by, subject=user)
    if status == "disabled":
        db.session.execute(delete(ApiToken).where(ApiToken.user_id == user.id))
    user.status = status
    _sign_out_and_tell(user, event, by)
    if status == "active" and user.password_hash is None and user.confirmed_at and not passkeys_of(user.id):
        from .resetting import send_link  # which knows this module

        send_link(user, by=by.username)  # nothing else lets them in: an app is good beside a password


def _sign_out_and_tell(user: User, template: str, by: Caller | None) -> None:
    end_all(user.id)
    write_to(user, template, by=by.username if by else None, link=mail.page("/sign-in"))


class Gone(Refusal):
    status, code, sentence = 404, "not_found", "This was deleted just now."


def gone(error: Exception) -> Response:
    """There is no row any more, or none may be added for somebody: because the caller was deleted meanwhile?"""
    db.session.rollback()
    who = caller()
    if who and db.session.get(User, who.id) is None:
        return refused(NotSignedIn())
    if isinstance(error, IntegrityError):
        return crash(error)
    log().warning("gone", method=request.method, path=request.path, error=str(error))
    return refused(Gone())


def init_app(app: Flask) -> None:
    app.extensions["still_in"] = still_in
    for error in (NoResultFound, ObjectDeletedError, IntegrityError):
        app.register_error_handler(error, gone)
