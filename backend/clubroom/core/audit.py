"""The audit log: who did what to whom, when, from where.

Rows are added in the caller's transaction and never changed: triggers refuse the UPDATE and the DELETE of any row,
whoever asks.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Protocol

from flask import has_request_context, request
from sqlalchemy import DDL, JSON, Index, String, event
from sqlalchemy.orm import Mapped, mapped_column

from .clock import now
from .database import Base, adding


class AuditEvent(Base):
    __tablename__ = "audit_events"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(default=now)
    event: Mapped[str] = mapped_column(String(40))
    # Plain numbers and names, no foreign keys: an event outlives the account it speaks of.
    actor_id: Mapped[int | None]
    actor_name: Mapped[str | None] = mapped_column(String(64))
    subject_id: Mapped[int | None]
    subject_name: Mapped[str | None] = mapped_column(String(64))
    address: Mapped[str | None] = mapped_column(String(64))
    detail: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)

    __table_args__ = (Index(None, "event", "id"),)


ADD = adding(AuditEvent)

for change in ("UPDATE", "DELETE"):
    trigger = DDL(  # type: ignore[no-untyped-call]
        f"CREATE TRIGGER audit_events_no_{change.lower()} BEFORE {change} ON audit_events "
        "BEGIN SELECT RAISE(ABORT, 'audit events are never changed'); END"
    )
    event.listen(AuditEvent.__table__, "after_create", trigger.execute_if(dialect="sqlite"))


class Named(Protocol):
    """Anything with an id and a username: an account, or the caller."""

    @property
    def id(self) -> int: ...
    @property
    def username(self) -> str: ...


def record(name: str, *, actor: Named | None = None, subject: Named | None = None, **detail: Any) -> None:
    """Add an event to the running transaction."""
    ADD.run(
        at=now(),
        event=name,
        actor_id=actor.id if actor else None,
        actor_name=actor.username if actor else None,
        subject_id=subject.id if subject else None,
        subject_name=subject.username if subject else None,
        address=request.remote_addr if has_request_context() else None,
        detail=detail,
    )
