"""Which requests are about one's own account alone: whoever has to decide something about it first, or to set up a
second factor, may make no others (`factors/policy.py`, `leaving/departing.py`).

A new API token opens the rest of the club, so making one is beyond; seeing and removing one's tokens is not.
"""

from __future__ import annotations

from flask import request

from ..core.database import db
from ..core.guard import asked_view, signed_in
from .models import User

BLUEPRINTS = ("accounts", "factors", "leaving", "tokens")
BEYOND = ("accounts.create_user", "tokens.make_token")


def myself() -> User:
    """The account of who is asking. Raises NotSignedIn."""
    return db.session.get_one(User, signed_in().id)


def beyond() -> bool:
    """Whether this request wants more than one's own account and what is open to everybody."""
    view = asked_view()
    if view is None:
        return False
    if request.endpoint in BEYOND:  # adding people is public too, but not alike for everybody
        return True
    return not getattr(view, "is_public", False) and request.blueprint not in BLUEPRINTS
