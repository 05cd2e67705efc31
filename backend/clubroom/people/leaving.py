"""What becomes of a person's request for access when they take their data along, or leave."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy import ScalarSelect, delete, or_, select

from ..accounts.leaving.belongings import Bytes
from ..accounts.models import User
from ..core.database import db
from .models import AccessRequest
from .schemas import show_request

name = "access-requests"  # of their list in the ZIP


def _address(user_id: int) -> ScalarSelect[str]:
    return select(User.email_key).where(User.id == user_id).scalar_subquery()


def described(user_id: int) -> list[dict[str, Any]]:
    theirs = select(AccessRequest).where(AccessRequest.email_key == _address(user_id))
    return [{**show_request(one)} for one in db.session.scalars(theirs.order_by(AccessRequest.created_at))]


def bytes_of(user_id: int) -> Iterator[Bytes]:
    return iter(())


def shared(user_id: int) -> bool:
    return False


def hand_on(user_id: int, heir: int | None) -> Callable[[], None]:
    """Delete what they once asked in the running transaction. What waits is theirs only if the address is: anybody can
    sign up with anybody's.
    """
    confirmed = select(User.id).where(User.id == user_id, User.confirmed_at.is_not(None)).exists()
    theirs = AccessRequest.email_key == _address(user_id), or_(AccessRequest.state != "waiting", confirmed)
    db.session.execute(delete(AccessRequest).where(*theirs))
    return lambda: None
