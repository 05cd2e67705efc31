"""Whom an API token stands for, looked up at every request: one that was removed is worth nothing at once.

A token never may more than its owner. Only the scope `admin` carries an administrator's rights; `read` and `write` act
as a manager at most. A token of somebody who is leaving is as good as unknown; those of who is disabled are removed, as
are those with the scope `admin` of who is no administrator any more (`standing.py`).

Wrong tokens make an address wait, though 238 random bits are beyond guessing. A right one never waits: a forgotten
script in the same house must not stop another.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

from sqlalchemy import bindparam, select, update
from sqlalchemy.exc import OperationalError

from ...core.clock import now
from ...core.connections import writing_at_once
from ...core.database import Prepared, moment
from ...core.errors import Refusal
from ...core.guard import Caller
from ...core.ids import hashed
from ...core.levels import Role
from ...core.limits import Rate, knock, origin
from ..factors.models import RolePolicy
from ..models import User
from ..server_session import session
from .models import ApiToken, well_formed

USED_EVERY = timedelta(minutes=1)
WRONG = Rate.read("30/minute")

LOOK_UP = Prepared(
    lambda: (
        select(
            ApiToken.id,
            ApiToken.scope,
            ApiToken.expires_at,
            ApiToken.last_used_at,
            User.id,
            User.username,
            User.role,
            User.status,
            User.delete_at,
            RolePolicy.second_factor,
        )
        .join(User, ApiToken.user_id == User.id)
        .join(RolePolicy, RolePolicy.role == User.role, isouter=True)
        .where(ApiToken.token_hash == bindparam("token_hash"))
    )
)


class UnknownToken(Refusal):
    status, code, sentence = 401, "invalid_token", "This token is unknown, has ended or was removed."


def caller_of(token: str) -> Caller:
    """Whom `token` stands for, and that it was used. Raises UnknownToken, TooManyRequests."""
    row = LOOK_UP.one(token_hash=hashed(token)) if well_formed(token) else None
    if row is None:
        raise wrong()
    token_id, scope, expires_at, last_used_at, user_id, username, role, status, delete_at, strict = row
    present = now()
    alive = status == "active" and delete_at is None and present <= moment(expires_at)
    if not alive or (scope == "admin" and role != "admin"):
        raise wrong()
    if last_used_at is None or present - moment(last_used_at) >= USED_EVERY:
        with suppress(OperationalError), writing_at_once() as connection:  # full or locked: reading goes on
            connection.execute(update(ApiToken).where(ApiToken.id == token_id).values(last_used_at=present))
    session.needs_factor = bool(strict)
    acts_as: Role = "manager" if role == "admin" and scope != "admin" else role
    return Caller(user_id, username, acts_as, scope, token_id)


def wrong() -> UnknownToken:
    """Count a wrong token against its address. Raises TooManyRequests."""
    knock(WRONG, "api token", origin())
    return UnknownToken()
