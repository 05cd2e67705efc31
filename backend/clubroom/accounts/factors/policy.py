"""Who must have a second factor: roles of which an administrator has said so.

Whether a person's role is one travels with the look-up of the session or of the API token (where it is the person's own
role, also of a token that may less); only then is it asked whether they have a factor. Without one they reach their own
account, to set one up or to leave, and nothing else: a new API token would be a way around.
"""

from __future__ import annotations

from flask import Response, session

from ...core import audit
from ...core.database import db
from ...core.errors import Refusal, refused
from ...core.guard import Caller, caller
from ...core.levels import Role
from .. import own, standing
from .models import RolePolicy, has_any, is_protected


class SecondFactorRequired(Refusal):
    status, code, sentence = 403, "second_factor_required", "Set up a second factor first: your role needs one."


class OwnFactorFirst(Refusal):
    status, code, sentence = 409, "own_factor_first", "Set up a second factor of your own first."


def required(role: Role) -> bool:
    found = db.session.get(RolePolicy, role)
    return found is not None and found.second_factor


def change(role: Role, second_factor: bool, who: Caller) -> None:
    """Say whether people of a role must have a second factor, in the running transaction.

    Raises NotAllowed, NotSignedIn, OwnFactorFirst.
    """
    standing.check_still_runs_it(who)
    if second_factor and role == who.role and not has_any(who.id):
        raise OwnFactorFirst
    if second_factor != required(role):
        db.session.merge(RolePolicy(role=role, second_factor=second_factor))
        audit.record("policy_changed", actor=who, role=role, second_factor=second_factor)


def check() -> Response | None:
    """Run before every request, after the guard: refuse people whose role needs a second factor they have not."""
    who = caller()
    if who is None or not getattr(session, "needs_factor", False):
        return None
    return refused(SecondFactorRequired()) if own.beyond() and not is_protected(who.id) else None
