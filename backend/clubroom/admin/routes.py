"""The HTTP side of running the club."""

from __future__ import annotations

import time

from flask import Blueprint
from sqlalchemy import select

from ..core.api import typed
from ..core.audit import AuditEvent
from ..core.database import db
from ..core.gate import aside
from ..core.guard import needs
from ..core.mail import Mail
from ..core.paging import Listing, ordered, page
from .schemas import AuditQuery, EventOut, MailOut, OutboxQuery, show_event, show_mail

admin = Blueprint("admin", __name__, url_prefix="/api")
LOOKS = 10  # a second, while waiting for a mail


@admin.get("/outbox")
@needs("outbox.read")
@typed
def outbox(query: OutboxQuery) -> Listing[MailOut]:
    """Mails waiting to be delivered, kept because no mail server is set, or failed; the newest first.

    With `wait`, an empty list is answered only after so many seconds: a mail that comes meanwhile is answered at once.
    """
    found = select(Mail).where(Mail.state != "sent")
    if query.to:
        found = found.where(Mail.recipient == query.to)
    found = ordered(found, Mail.created_at, Mail.id, query, descending=True)
    rows = db.session.scalars(found).all()
    for _ in range(query.wait * LOOKS):
        if rows:
            break
        db.session.remove()  # neither a connection nor a permit is held while nothing happens
        with aside():
            time.sleep(1 / LOOKS)  # mails come from other processes: only looking again tells
        rows = db.session.scalars(found).all()
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
