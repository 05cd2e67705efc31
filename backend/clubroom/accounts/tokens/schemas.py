"""What comes in and goes out where API tokens are concerned."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator, Field
from typing_extensions import TypedDict

from ...core.api import Input, Time
from ...core.clock import iso, now
from ..schemas import Name
from .models import ApiToken

LONGEST = timedelta(days=366)
Scope = Literal["read", "write", "admin"]


def check_end(day: date) -> date:
    """A day from today on, within a year. Raises ValueError with a sentence."""
    today = now().date()
    if not today <= day <= today + LONGEST:
        raise ValueError("A day from today on, at most a year ahead.")
    return day


class NewToken(Input):
    """`expires_at` is the last day (UTC) on which the token is good."""

    name: Annotated[Name, Field(min_length=1, max_length=60)]
    scope: Scope
    expires_at: Annotated[date, AfterValidator(check_end)]


class TokenOut(TypedDict):
    id: str
    name: str
    scope: Scope
    created_at: Time
    expires_at: Time
    last_used_at: Time | None


class MadeToken(TokenOut):
    token: str


def end_of(day: date) -> datetime:
    return datetime.combine(day, time(23, 59, 59), UTC)


def show_token(token: ApiToken) -> TokenOut:
    return {
        "id": token.id,
        "name": token.name,
        "scope": token.scope,  # type: ignore[typeddict-item]  # the table allows no other
        "created_at": iso(token.created_at),
        "expires_at": iso(token.expires_at),
        "last_used_at": iso(token.last_used_at) if token.last_used_at else None,
    }
