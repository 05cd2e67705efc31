"""Mails are rows too: written in the caller's transaction, then delivered by a job, by SMTP or not at all.

Without a mail server they stay in the outbox for 90 days, where an administrator reads them. A mail that the server
refuses for good, or that could not be delivered for two days or until its link had ended, stays there too, with the
reason, which is told from the first try that failed. A mail's links are made from the configured address only, never
from the request. Once delivered, its text is forgotten, as it holds links that let people in; a day later the row is,
too.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from flask import Flask, current_app
from sqlalchemy import Index, String, Text, and_, delete, func, or_, select, update
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column

from . import jobs
from .clock import AHEAD, now
from .current import current_settings
from .database import Base, Prepared, adding, db
from .ids import new_id

MOST_UNASKED = 5  # mails that strangers can cause, to one recipient within `AN_HOUR`
MOST_NEWS = 2  # … that only tell something: the others are left for links that somebody may need
AN_HOUR = timedelta(hours=1)
GONE = ("sent", "withdrawn")
GONE_KEPT = timedelta(days=1)
STAYING = ("kept", "failed")
STAYING_KEPT = timedelta(days=90)
LINK = re.compile(r"https?://[^\s<>\"]+")
# Where a mail program sees an address: the dots of a domain, as Unicode knows them, what ends a scheme, `\\server`.
LINKING = re.compile(r"[.:\u2024\u3002\uff0e\uff61](?=[^\W\d_]|/)|\\(?=\S)")


class Mail(Base):
    """One mail to one person. `state`: waiting (to be sent), kept (no mail server), sent, failed, withdrawn (not sent:
    its link was worth nothing any more); `reason`: why it has failed, or is waiting still.
    """

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
    # Of a mail that carries a link for one use: its token as the database keeps it, and when it runs out.
    token_hash: Mapped[str | None] = mapped_column(String(64), index=True)
    until: Mapped[datetime | None]
    # Whether the last try failed because of the mail server (away, or refusing all our mail) and not because of this
    # mail. Cleared on mails that have failed once the server is back.
    held_up: Mapped[bool] = mapped_column(default=False, server_default=sql("0"))

    __table_args__ = (
        Index(None, "recipient", "created_at"),
        Index(None, "created_at"),
        Index("ix_mails_held_up", "held_up", sqlite_where=sql("held_up = 1")),
    )

    @property
    def links(self) -> list[str]:
        return LINK.findall(self.text)


ADD = adding(Mail)
HELD_UP = Prepared(lambda: select(Mail.id).where(Mail.held_up).limit(1))


def room_for(recipient: str, most: int = MOST_UNASKED) -> bool:
    """Whether this address may get one more mail that a stranger can cause.

    Ask before making a link for it: the new link would take the place of one that is in the mail already.
    """
    lately = select(func.count()).where(
        # However its letters are written, it is one mailbox. Both by the database, which knows only some of them.
        func.lower(Mail.recipient) == func.lower(recipient),
        Mail.created_at.between(now() - AN_HOUR, now() + AHEAD),
        Mail.unasked.is_(True),
    )
    return (db.session.scalar(lately) or 0) < most


def queue(
    template: str,
    recipient: str,
    *,
    unasked: bool = False,
    token_hash: str | None = None,
    until: datetime | None = None,
    **values: object,
) -> None:
    """Add a mail to the running transaction; `template` names `mail/<template>.txt`, whose first line is the subject.

    In it, what somebody chose is `unlinked`, and left out where others can cause the mail: a stranger can sign up as
    "evil.com" with anybody's address. The same text makes the HTML part: paragraphs, the `link` as a button with the
    words that stand before it, the `code` large.

    `unasked` says that a stranger can cause it; where again and again, `room_for` was asked before. `token_hash` and
    `until` are those of the link, where it is for one use: a mail whose link has ended meanwhile is not sent.
    """
    if until and until <= now():  # its account was never confirmed, and goes within the hour
        return
    settings = current_settings()
    templates = current_app.jinja_env  # without Flask's part: a mail has nothing to do with the request
    text = templates.get_template(f"mail/{template}.txt")
    rendered = text.render(club=settings.name, hello=hello, unlinked=unlinked, **values)
    if settings.name.endswith("."):  # "e.V." ends a sentence with the stop it has
        rendered = rendered.replace(f"{settings.name}.", settings.name)
    subject, _, body = rendered.partition("\n")
    paragraphs = [" ".join(part.split()) for part in body.strip().split("\n\n")]
    parts = {name: values.get(name) for name in ("link", "code")}
    layout = templates.get_template("mail/layout.html")
    html = layout.render(club=settings.name, subject=subject, paragraphs=paragraphs, **parts)
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
        token_hash=token_hash,
        until=until,
        held_up=False,
    )
    if settings.mail_url:
        jobs.enqueue("mail", mail_id=mail_id)


def hello(user: Any = None) -> str:
    """How a mail to somebody begins; without a name where there is but a username that would make a link."""
    called = user and (user.name or user.username)
    if not called or (not user.name and LINKING.search(called)):
        return "Hello,"
    return f"Hello {unlinked(called)},"


def unlinked(words: str) -> str:
    """Words that somebody chose, such as a name, with a space where a mail program would make a link of them: of
    "evil.com" it makes "evil. com", the same in text and HTML, and nothing that one does not see.
    """
    return LINKING.sub(r"\g<0> ", words)


def link(path: str, token: str) -> str:
    """A link into the club's page. The token stands after `#`: no server, log or scanner on the way sees it."""
    return f"{page(path)}#token={token}"


def page(path: str) -> str:
    """The address of one of the club's pages."""
    return f"{current_settings().base_url}{path}"


def withdraw(token_hashes: Sequence[str]) -> None:
    """In the running transaction, send no more the mails that carry these links. They count in `room_for` still: one
    may be on its way just now.
    """
    if token_hashes:
        theirs = Mail.token_hash.in_(token_hashes), Mail.state == "waiting"
        db.session.execute(update(Mail).where(*theirs).values(state="withdrawn", text="", html="", held_up=False))


def deliver(mail_id: str) -> None:
    """Send one waiting mail: see `smtp.deliver`."""
    from . import smtp  # brings e-mail, SMTP and TLS, which no start needs

    smtp.deliver(mail_id)


def failed(error: Exception, over: bool, mail_id: str) -> None:
    """A try to send it failed: see `smtp.failed`."""
    from . import smtp

    smtp.failed(error, over, mail_id)


def any_held_up() -> bool:
    """Whether mails do not go out because of the mail server. Reads what is committed; takes no lock."""
    return bool(current_settings().mail_url) and HELD_UP.one() is not None


def look_for_server() -> None:
    """See whether the mail server is back, if mails wait for it: every hour, and at the start, as who mends its address
    starts anew.
    """
    if any_held_up():
        from . import smtp

        smtp.look_for_server()


def sweep() -> None:
    """Forget to whom mails were delivered, as the outbox would have to look past them all; and what stayed there, once
    no link in it is worth anything any more.
    """
    gone = and_(Mail.state.in_(GONE), Mail.created_at <= now() - GONE_KEPT)
    stale = and_(Mail.state.in_(STAYING), Mail.created_at <= now() - STAYING_KEPT)
    db.session.execute(delete(Mail).where(or_(gone, stale)))
    db.session.commit()


def init_app(app: Flask) -> None:
    app.extensions["mail_server"] = {}  # what `smtp.sending` remembers of it
    jobs.on(app, "mail", deliver, failed)
    jobs.hourly(app, sweep)
    jobs.hourly(app, look_for_server)
