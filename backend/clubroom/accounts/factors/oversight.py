"""The HTTP side of second factors for those who run the club: who must have one, and one person's factors and devices,
seen without secrets and ended.
"""

from __future__ import annotations

from flask import Blueprint

from ...core import audit
from ...core.api import Message, check_if_match, typed
from ...core.database import db
from ...core.errors import Refusal
from ...core.guard import needs, signed_in
from ...core.levels import ROLES
from ...core.paging import Query
from .. import resetting, standing
from ..models import Session, User, find_user, write_to
from ..schemas import device_name, show_session
from ..sessions import current_id, end_all, end_one, sessions_of
from . import models, policy
from .identity import needs_identity
from .models import has_totp, passkeys_of, recovery_codes_left
from .schemas import NewPolicy, Policy, Security, show_used


class NotActive(Refusal):
    status, code, sentence = 409, "disabled", "This account is disabled: enable it first."


oversight = Blueprint("oversight", __name__, url_prefix="/api")


@oversight.get("/policies")
@needs("people.manage")
@typed
def list_policies(query: Query) -> list[Policy]:
    """Which roles must have a second factor."""
    return policies()


@oversight.put("/policies")
@needs("people.manage")
@needs_identity
@typed
def change_policy(body: NewPolicy) -> Policy:
    """Say whether people of a role must have a second factor."""
    check_if_match(policies)
    policy.change(body.role, body.second_factor, signed_in())
    db.session.commit()
    return {"role": body.role, "second_factor": body.second_factor}


def policies() -> list[Policy]:
    return [{"role": role, "second_factor": policy.required(role)} for role in ROLES]


@oversight.get("/users/<int:user_id>/security")
@needs("people.manage")
@typed
def show_security(user_id: int) -> Security:
    """A person's second factors and devices, without secrets."""
    user = find_user(user_id)
    sessions = db.session.scalars(sessions_of(user.id).order_by(Session.last_seen_at.desc()))
    return {
        "totp": has_totp(user.id),
        "recovery_codes_left": recovery_codes_left(user.id),
        "passkeys": [show_used(one) for one in passkeys_of(user.id)],
        "sessions": [show_session(one, current_id()) for one in sessions],
    }


@oversight.delete("/users/<int:user_id>/sessions")
@needs("people.manage")
@typed
def end_sessions(user_id: int) -> None:
    """End all of a person's sessions; they are told by mail."""
    user = _about(user_id)
    audit.record("sessions_ended", actor=signed_in(), subject=user, count=end_all(user.id))
    write_to(user, "sessions_ended", by=signed_in().username, device=None)
    db.session.commit()


@oversight.delete("/users/<int:user_id>/sessions/<session_id>")
@needs("people.manage")
@typed
def end_one_session(user_id: int, session_id: str) -> None:
    """End one of a person's sessions; they are told by mail."""
    user = _about(user_id)
    device = device_name(end_one(user.id, session_id).user_agent)
    audit.record("device_ended", actor=signed_in(), subject=user, device=device)
    write_to(user, "sessions_ended", by=signed_in().username, device=device)
    db.session.commit()


@oversight.delete("/users/<int:user_id>/factors")
@needs("people.manage")
@needs_identity
@typed
def remove_factors(user_id: int) -> None:
    """Remove all of a person's second factors, for one who has lost them; they are told by mail.

    Where they have no password, or one that was enough only beside them, they get a link to choose another.
    """
    user = _about(user_id)
    opens = user.password_hash is not None and not user.short_password
    if not opens and user.status != "active":
        raise NotActive  # and the link would work for nobody
    models.remove_factors(user.id)
    audit.record("factors_removed", actor=signed_in(), subject=user)
    write_to(user, "factors_removed", by=signed_in().username)
    if not opens:
        user.password_hash, user.short_password = None, False
        resetting.send_link(user, by=signed_in().username)
    db.session.commit()


@oversight.post("/users/<int:user_id>/reset-link")
@needs("people.manage")
@needs_identity
@typed(status=202)
def send_reset_link(user_id: int) -> Message:
    """Mail a person the link with which they choose a new password."""
    user = _about(user_id)
    if user.status != "active":
        raise NotActive
    resetting.send_link(user, by=signed_in().username)
    audit.record("reset_link_sent", actor=signed_in(), subject=user)
    db.session.commit()
    return {"message": "There is a mail for them"}


def _about(user_id: int) -> User:
    """Whom something is decided about, in the transaction that does it. Raises UserAbsent, and what
    `check_decision` raises.
    """
    user = find_user(user_id)
    standing.check_decision(user, signed_in())
    return user
