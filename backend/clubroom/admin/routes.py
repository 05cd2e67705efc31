"""The HTTP side of running the club."""

from __future__ import annotations

from flask import Blueprint
from sqlalchemy import select

from ..core.api import typed
from ..core.audit import AuditEvent
from ..core.database import db
from ..core.guard import needs
from ..core.mail import Mail
from ..core.paging import Listing, ordered, page
from .schemas import AuditQuery, EventOut, MailOut, OutboxQuery, show_event, show_mail

admin = Blueprint("admin", __name__, url_prefix="/api")


@admin.get("/outbox")
@needs("outbox.read")
@typed
def outbox(query: OutboxQuery) -> Listing[MailOut]:
    """Mails waiting to be delivered, or kept because no mail server is set; the newest first."""
    found = select(Mail).where(Mail.state != "sent")
    if query.to:
        found = found.where(Mail.recipient == query.to)
    rows = db.session.scalars(ordered(found, Mail.created_at, Mail.id, query, descending=True)).all()
    return page(rows, query, show_mail, lambda one: (one.created_at, one.id))


@admin.get("/audit")
@needs("audit.read")
@typed
def audit_log(query: AuditQuery) -> Listing[EventOut]:
    """Who did what to whom, when, from where; the newest first."""
    found = select(AuditEvent)
    if query.event:
        found = found.where(AuditEvent.event == query.event)
    rows = db.session.scalars(ordered(found, AuditEvent.id, AuditEvent.id, query, descending=True)).all()
    return page(rows, query, show_event, lambda one: (one.id, one.id))
