"""Mails are rows too: written in the caller's transaction, then delivered by a job, by SMTP or not at all.

Without a mail server they stay in the outbox, where an administrator reads them. A mail that the server refuses for
good, or that could not be delivered for two days, stays there too, with the reason. A mail's links are made from the
configured address only, never from the request. Once delivered, its text is forgotten: it holds links that let people
in.
"""

from __future__ import annotations

import re
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime, formataddr
from ipaddress import ip_address
from urllib.parse import unquote, urlsplit

from flask import Flask, current_app, render_template
from sqlalchemy import Index, String, Text, func, select
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column

from . import jobs
from .clock import now
from .database import Base, adding, db
from .ids import new_id
from .logs import log

TIMEOUT = 20  # seconds
MOST_UNASKED = 5  # mails that strangers can cause, to one recipient within `AN_HOUR`
MOST_NEWS = 2  # … that only tell something: the others are left for links that somebody may need
AN_HOUR = timedelta(hours=1)
# "Sign in first", "encrypt first": what the server asks of us, whatever the mail, as it does when it wants no mail from
# the club's address. Who runs the club mends it meanwhile.
OUR_FAULT = (530, 538)
TOO_LARGE = 552
LINK = re.compile(r"https?://[^\s<>\"]+")


class Mail(Base):
    """One mail to one person. `state`: waiting (to be sent), kept (no mail server), sent, failed (for `reason`)."""

    __tablename__ = "mails"

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    recipient: Mapped[str] = mapped_column(String(254))
    subject: Mapped[str] = mapped_column(String(200))
    text: Mapped[str] = mapped_column(Text)
    html: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(10))
    created_at: Mapped[datetime] = mapped_column(default=now)
    reason: Mapped[str | None] = mapped_column(String(300))
    # Whether somebody asked for it who need not be the recipient: of these, one gets only a few an hour.
    unasked: Mapped[bool] = mapped_column(default=False, server_default=sql("0"))

    __table_args__ = (Index(None, "recipient", "created_at"), Index(None, "created_at"))

    @property
    def links(self) -> list[str]:
        return LINK.findall(self.text)


ADD = adding(Mail)


def room_for(recipient: str, most: int = MOST_UNASKED) -> bool:
    """Whether this address may get one more mail that a stranger can cause.

    Ask before making a link for it: the new link would take the place of one that is in the mail already.
    """
    lately = select(func.count()).where(
        # However its letters are written, it is one mailbox.
        func.lower(Mail.recipient) == recipient.lower(),
        Mail.created_at > now() - AN_HOUR,
        Mail.unasked.is_(True),
    )
    return (db.session.scalar(lately) or 0) < most


def queue(template: str, recipient: str, *, unasked: bool = False, **values: object) -> None:
    """Add a mail to the running transaction; `template` names `mail/<template>.txt`, whose first line is the subject.

    The same text makes the HTML part: paragraphs, each link as a button, each code large. `unasked` says that a
    stranger can cause it; `room_for` was asked before.
    """
    settings = current_app.config["SETTINGS"]
    rendered = render_template(f"mail/{template}.txt", club=settings.name, **values)
    subject, _, body = rendered.partition("\n")
    paragraphs = [" ".join(part.split()) for part in body.strip().split("\n\n")]
    html = render_template("mail/layout.html", club=settings.name, subject=subject, paragraphs=paragraphs)
    state = "waiting" if settings.mail_url else "kept"
    mail_id = new_id()
    ADD.run(
        id=mail_id,
        recipient=recipient,
        subject=subject,
        text=body.strip() + "\n",
        html=html,
        state=state,
        created_at=now(),
        reason=None,
        unasked=unasked,
    )
    if settings.mail_url:
        jobs.enqueue("mail", mail_id=mail_id)


def link(path: str, token: str) -> str:
    """A link into the club's page. The token stands after `#`: no server, log or scanner on the way sees it."""
    return f"{page(path)}#token={token}"


def page(path: str) -> str:
    """The address of one of the club's pages."""
    return f"{current_app.config['SETTINGS'].base_url}{path}"


def message(mail: Mail) -> EmailMessage:
    """The mail as it is sent; its Message-ID is its own, so a second delivery is recognised as the same mail."""
    settings = current_app.config["SETTINGS"]
    made = EmailMessage()
    made["Subject"] = mail.subject
    made["From"] = formataddr((settings.name, settings.mail_from))
    made["To"] = mail.recipient
    made["Date"] = format_datetime(mail.created_at)
    made["Message-ID"] = f"<{mail.id}@{urlsplit(settings.base_url).hostname}>"
    made["Auto-Submitted"] = "auto-generated"
    made.set_content(mail.text)
    made.add_alternative(mail.html, subtype="html")
    return made


@contextmanager
def connection(url: str) -> Iterator[smtplib.SMTP]:
    """A connection to the mail server of `url`, encrypted where the server can, signed in where the address says so.

    A password goes to no other machine in the clear: whoever stands between could have taken the encryption away.
    Raises what smtplib and ssl raise.
    """
    parts = urlsplit(url)
    host, secure = parts.hostname or "", parts.scheme == "smtps"
    context = ssl.create_default_context()
    server = (
        smtplib.SMTP_SSL(host, parts.port or 465, timeout=TIMEOUT, context=context)
        if secure
        else smtplib.SMTP(host, parts.port or 25, timeout=TIMEOUT)
    )
    with server:
        if not secure:
            server.ehlo()
            if server.has_extn("starttls"):
                server.starttls(context=context)
                server.ehlo()
            elif parts.username and server.sock and not ip_address(server.sock.getpeername()[0]).is_loopback:
                raise smtplib.SMTPException("the mail server offers no encryption, so it gets no password")
        if parts.username:
            server.login(unquote(parts.username), unquote(parts.password or ""))
        yield server


def refusal(error: Exception) -> tuple[int, str] | None:
    """The server's code for this mail and its words, where it was the mail that it refused."""
    code: int
    words: bytes | str
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        ((code, words),) = error.recipients.values()
    elif isinstance(error, smtplib.SMTPSenderRefused | smtplib.SMTPDataError):
        code, words = error.smtp_code, error.smtp_error
    elif isinstance(error, smtplib.SMTPNotSupportedError):  # an address in letters the server does not know
        code, words = 550, str(error)
    else:
        return None
    return code, words.decode("utf-8", "replace") if isinstance(words, bytes) else words


def fail(mail_id: str, reason: str) -> None:
    """Say in the running transaction that this mail will not be delivered. Its text stays: nobody has got it."""
    mail = db.session.get(Mail, mail_id)
    if mail is not None and mail.state == "waiting":
        mail.state, mail.reason = "failed", " ".join(reason.split())[:300]
        log().warning("mail_failed", mail=mail_id, reason=mail.reason)


def give_up(error: Exception, mail_id: str) -> None:
    """The tries are over: the last one's error is the reason."""
    refused = refusal(error)
    said = f"{refused[0]} {refused[1]}" if refused else str(error) or type(error).__name__
    fail(mail_id, f"Not delivered in two days. The last try: {said}")


def deliver(mail_id: str) -> None:
    """Send one waiting mail. What the server refuses for good (5xx) has failed; else raises what smtplib raises, and
    the job comes again.

    It counts as sent as soon as the server has taken it: a server that fails at the goodbye gets it no second time.
    """
    mail = db.session.get(Mail, mail_id)
    if mail is None or mail.state != "waiting":
        return
    made, mail_to = message(mail), mail.recipient
    db.session.rollback()  # no transaction is held while a mail server thinks
    with connection(current_app.config["SETTINGS"].mail_url) as server:
        try:
            server.send_message(made, to_addrs=[mail_to])
        except smtplib.SMTPException as error:
            refused = refusal(error)
            ours = isinstance(error, smtplib.SMTPSenderRefused) and error.smtp_code != TOO_LARGE
            if refused is None or refused[0] < 500 or refused[0] in OUR_FAULT or ours:
                raise
            fail(mail_id, f"The mail server refused it: {refused[0]} {refused[1]}")
            db.session.commit()
            return
        mail = db.session.get_one(Mail, mail_id)
        mail.state, mail.text, mail.html = "sent", "", ""
        db.session.commit()


def init_app(app: Flask) -> None:
    jobs.on(app, "mail", deliver, give_up)
