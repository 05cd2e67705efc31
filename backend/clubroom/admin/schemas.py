"""What comes in and goes out where the club is run."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field
from typing_extensions import TypedDict

from ..core.api import Line, Time
from ..core.audit import AuditEvent
from ..core.clock import iso
from ..core.mail import Mail
from ..core.paging import PageQuery


class OutboxQuery(PageQuery):
    to: Annotated[Line, Field(max_length=254, description="The whole address.")] = ""
    q: Annotated[Line, Field(max_length=200, description="Any part of the address or the subject.")] = ""
    wait: Annotated[int, Field(ge=0, le=30, description="Seconds to wait for a first mail.")] = 0


class AuditQuery(PageQuery):
    event: Annotated[Line, Field(max_length=40)] = ""


class MailOut(TypedDict):
    id: str
    to: str
    subject: str
    text: str
    html: str
    state: Literal["waiting", "kept", "failed"]
    reason: str | None  # why it failed, or waits still
    created_at: Time
    links: list[str]


class Who(TypedDict):
    id: int
    username: str


class EventOut(TypedDict):
    id: int
    at: Time
    event: str
    actor: Who | None
    subject: Who | None
    address: str | None
    detail: dict[str, Any]


def show_mail(mail: Mail) -> MailOut:
    """A mail that is on its way is for its reader alone: its link would let whoever runs the club in as them."""
    hidden = mail.state == "waiting"
    return {
        "id": mail.id,
        "to": mail.recipient,
        "subject": mail.subject,
        "text": "" if hidden else mail.text,
        "html": "" if hidden else mail.html,
        "state": mail.state,  # type: ignore[typeddict-item]  # only these three are shown
        "reason": mail.reason,
        "created_at": iso(mail.created_at),
        "links": [] if hidden else mail.links,
    }


def show_event(one: AuditEvent) -> EventOut:
    return {
        "id": one.id,
        "at": iso(one.at),
        "event": one.event,
        "actor": _who(one.actor_id, one.actor_name),
        "subject": _who(one.subject_id, one.subject_name),
        "address": one.address,
        "detail": one.detail,
    }


def _who(user_id: int | None, name: str | None) -> Who | None:
    return {"id": user_id, "username": name or ""} if user_id is not None else None
