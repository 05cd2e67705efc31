"""What comes in and goes out where people are concerned."""

from __future__ import annotations

from typing_extensions import TypedDict

from ..core.api import Time
from ..core.clock import iso
from ..core.paging import PageQuery
from .models import AccessRequest, State


class RequestQuery(PageQuery):
    state: State = "waiting"


class RequestOut(TypedDict):
    id: str
    name: str
    email: str
    state: State
    created_at: Time
    decided_at: Time | None
    decided_by: str | None


def show_request(request: AccessRequest) -> RequestOut:
    return {
        "id": request.id,
        "name": request.name,
        "email": request.email,
        "state": request.state,
        "created_at": iso(request.created_at),
        "decided_at": iso(request.decided_at) if request.decided_at else None,
        "decided_by": request.decided_by,
    }
