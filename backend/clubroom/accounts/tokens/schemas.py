"""What comes in and goes out where API tokens are concerned."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated

from pydantic import BeforeValidator, Field
from typing_extensions import TypedDict

from ...core.api import Input, Time
from ...core.clock import iso, now
from ...core.levels import Scope
from ..schemas import Name
from .models import ApiToken

LONGEST, USUAL = timedelta(days=366), timedelta(days=90)
DAY = re.compile(r"\d{4}-\d\d-\d\d")


def read_end(value: object) -> datetime:
    """The end of a day (UTC), or a moment with its time zone: to come, and within a year.

    Raises ValueError with a sentence.
    """
    try:
        text = str(value)
        end = end_of(date.fromisoformat(text)) if DAY.fullmatch(text) else datetime.fromisoformat(text)
        if end.tzinfo is None:
            raise ValueError(end)
    except ValueError:
        raise ValueError("This must be a day, like 2027-01-31, or a moment, like 2027-01-31T12:00:00Z.") from None
    if not now() < end <= end_of(now().date() + LONGEST):
        raise ValueError("A day from today on, at most a year ahead.")
    return end


class NewToken(Input):
    """`expires_at`: when the token ends, or the last day (UTC) on which it is good, at most a year ahead; 90 days from
    now if absent.
    """

    name: Annotated[Name, Field(min_length=1, max_length=60)]
    scope: Scope
    expires_at: Annotated[datetime, BeforeValidator(read_end)] = Field(
        default_factory=lambda: end_of(now().date() + USUAL)
    )


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
        "scope": token.scope,
        "created_at": iso(token.created_at),
        "expires_at": iso(token.expires_at),
        "last_used_at": iso(token.last_used_at) if token.last_used_at else None,
    }
