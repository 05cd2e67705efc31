"""The HTTP side of running the club."""

from __future__ import annotations

import time
from collections.abc import Sequence

from flask import Blueprint, Response, current_app
from sqlalchemy import or_, select

from ..accounts.factors.identity import check_identity, check_still_signed_in
from ..accounts.names import in_letters
from ..core.api import typed
from ..core.audit import AuditEvent
from ..core.database import Rows, db
from ..core.errors import Refusal
from ..core.gate import aside, one_of, waits
from ..core.guard import look_again, needs, signed_in
from ..core.mail import GONE, STAYING, Mail
from ..core.openapi import PAGE, documented
from ..core.paging import Listing, ordered, page, paged
from .schemas import AuditQuery, EventOut, MailOut, OutboxQuery, show_event, show_mail

admin = Blueprint("admin", __name__, url_prefix="/api")
LOOKS = 10  # a second, while waiting for a mail
# A mail brings its style in its tags, as mail programs want it. It runs and loads nothing, and only we may frame it.
MAIL_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'; "
    "sandbox allow-same-origin allow-top-navigation-by-user-activation",
    "X-Frame-Options": "SAMEORIGIN",
}
MAIL = {"200": {"description": "The mail", **PAGE}}


class MailAbsent(Refusal):
    status, code, sentence = 404, "not_found", "This mail is not in the outbox any more, or on its way."


@admin.get("/outbox")
@needs("outbox.read")
@typed
def outbox(query: OutboxQuery) -> Listing[MailOut]:
    """Mails waiting to be delivered, kept because no mail server is set, or failed; the newest first.

    With `wait`, an empty list is answered only after so many seconds: a mail that comes meanwhile is answered at once,
    to whoever still may see it. Where many wait already, the answer is 503 `busy`.
    """
    check_reader()
    found = select(Mail).where(Mail.state.not_in(GONE))
    if query.to:
        found = found.where(Mail.recipient == in_letters(query.to))
    if query.q:
        found = found.where(or_(*(one.icontains(query.q, autoescape=True) for one in (Mail.recipient, Mail.subject))))
    newest = ordered(found, Mail.created_at, Mail.id, query, descending=True)
    rows = db.session.scalars(newest).all()
    if query.wait and not rows:
        with one_of(waits):
            rows = _wait_for(newest, query.wait)
    return page(rows, query, show_mail, lambda one: (one.created_at, one.id), found)


def _wait_for(mails: Rows, seconds: int) -> Sequence[Mail]:
    """The first of these mails that come, if any come in so many seconds."""
    for _ in range(seconds * LOOKS):
        if current_app.extensions["ending"]():
            break
        db.session.remove()  # neither a connection nor a permit is held while nothing happens
        with aside():
            time.sleep(1 / LOOKS)  # mails come from other processes: only looking again tells
        look_again()
        if signed_in().scope is None:
            check_still_signed_in()  # a link in the mail lets them in: not whoever has a token of before
        if rows := db.session.scalars(mails).all():
            return rows
    return []


@admin.get("/outbox/<mail_id>/content")
@needs("outbox.read")
@documented(responses=MAIL)
@typed
def mail_content(mail_id: str) -> Response:
    """A mail as its reader sees it. One on its way is for its reader alone."""
    # No `check_reader` here: only the list, which has checked, tells this address, and nobody can guess it.
    mail = db.session.get(Mail, mail_id)
    if mail is None or mail.state not in STAYING:
        raise MailAbsent
    return Response(mail.html, mimetype="text/html", headers=MAIL_HEADERS)


def check_reader() -> None:
    """See that the reader has confirmed who they are: a mail's link lets them in as its recipient.

    Not asked of an API token, whose making asked already, nor in a demo. Raises ConfirmIdentity.
    """
    if signed_in().scope is None and "DEMO" not in current_app.config:
        check_identity()


@admin.get("/audit")
@needs("audit.read")
@typed
def audit_log(query: AuditQuery) -> Listing[EventOut]:
    """Who did what to whom, when, from where; the newest first."""
    found = select(AuditEvent)
    if query.event:
        found = found.where(AuditEvent.event == query.event)
    return paged(found, AuditEvent.id, AuditEvent.id, query, show_event, descending=True)
