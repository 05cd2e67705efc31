"""Handing a mail to the mail server. What is refused for good has failed; for all else the job comes again."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from ipaddress import ip_address
from time import perf_counter
from urllib.parse import unquote, urlsplit

from flask import current_app
from sqlalchemy import or_, select, update

from ..settings import in_ascii, mail_domain
from .clock import NEVER, now
from .current import current_settings
from .database import db
from .jobs import Job
from .logs import log
from .mail import Mail

TIMEOUT = 20  # seconds to wait for each answer
LEFT_ALONE = timedelta(minutes=1)
# "Going away", "sign in first", "encrypt first": what the server says whatever the mail, as it does when it wants none
# from the club's address. It comes back, or who runs the club mends it.
OF_NO_MAIL = (421, 530, 538)
TOO_LARGE = 552
TAKEN = 250
YET = "Not delivered yet."


def message(mail: Mail) -> EmailMessage:
    """The mail as it is sent; its Message-ID is its own, so a second delivery is recognised as the same mail."""
    settings = current_settings()
    made = EmailMessage()
    made["Subject"] = _literal(mail.subject)
    user, _, domain = settings.mail_from.rpartition("@")
    # In parts: written in one line, a comma in the club's name would make two senders of it.
    made["From"] = Address(_literal(settings.name), user, domain)
    made["To"] = _deliverable(mail.recipient)
    made["Date"] = format_datetime(mail.created_at)
    made["Message-ID"] = f"<{mail.id}@{mail_domain(settings.base_url)}>"
    made["Auto-Submitted"] = "auto-generated"
    made.set_content(mail.text)
    made.add_alternative(mail.html, subtype="html")
    return made


def _deliverable(address: str) -> str:
    """The address as every mail server takes it: with its domain in ASCII. One whose first part is not needs a server
    that knows all letters.
    """
    local, _, domain = address.rpartition("@")
    with suppress(ValueError):
        return f"{local}@{in_ascii(domain)}"
    return address


def _literal(text: str) -> str:
    """For a header, where Python reads encoded words, line breaks among them: a name could hold a header of its own."""
    return text.replace("=?", "= ?")


@contextmanager
def connection(url: str) -> Iterator[smtplib.SMTP]:
    """A connection to the mail server of `url`, encrypted where the server can, signed in where the address says so.

    A password goes to no other machine in the clear: whoever stands between could have taken the encryption away.
    Raises what smtplib and ssl raise.
    """
    parts = urlsplit(url)
    host, secure = in_ascii(parts.hostname or ""), parts.scheme == "smtps"
    # A context reads all the authorities there are, which takes longer than the mail: only where one is needed.
    server = (
        smtplib.SMTP_SSL(host, parts.port or 465, timeout=TIMEOUT, context=ssl.create_default_context())
        if secure
        else smtplib.SMTP(host, parts.port or 25, timeout=TIMEOUT)
    )
    with server:
        if not secure:
            server.ehlo()
            if server.has_extn("starttls"):
                server.starttls(context=ssl.create_default_context())
                server.ehlo()
            elif parts.username and server.sock and not ip_address(server.sock.getpeername()[0]).is_loopback:
                raise smtplib.SMTPException("the mail server offers no encryption, so it gets no password")
        if parts.username:
            server.ehlo_or_helo_if_needed()
            if not server.has_extn("auth"):  # smtplib's own error says the same of a mail
                raise smtplib.SMTPException("the mail server lets nobody sign in here")
            server.login(unquote(parts.username), unquote(parts.password or ""))
        yield server


@contextmanager
def sending(url: str) -> Iterator[smtplib.SMTP]:
    """A `connection` for one mail. A server for which one has waited long in vain is left alone for a minute: else each
    mail that waits would wait for it anew, and all jobs behind them.

    The time tells, and not the error: where one of several addresses is deaf, or nobody answers what the server's
    address is, the last word may be another than "timed out".
    """
    state = current_app.extensions["mail_server"]
    left = state.get("left_alone_until", NEVER) - now()
    if timedelta() < left <= LEFT_ALONE:  # longer only where the clock was set back
        raise TimeoutError("the mail server let another mail wait too long")
    began = perf_counter()
    try:
        with connection(url) as server:
            yield server
    except OSError:
        if perf_counter() - began >= TIMEOUT / 2:
            state["left_alone_until"] = now() + LEFT_ALONE
        raise


def refusal(error: Exception) -> int | None:
    """The server's code for this mail, where it was the mail that it refused."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        ((code, _),) = error.recipients.values()
    elif isinstance(error, smtplib.SMTPDataError | smtplib.SMTPSenderRefused):
        code = error.smtp_code
        if isinstance(error, smtplib.SMTPSenderRefused) and code != TOO_LARGE:
            return None
    elif isinstance(error, smtplib.SMTPNotSupportedError):
        code = 550  # an address in letters that the server does not know
    else:
        return None
    return None if code in OF_NO_MAIL else int(code)


def told(error: Exception) -> str:
    """What went wrong, to who runs the club: the server's own words where it has said some."""
    code: int
    words: bytes | str
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        ((code, words),) = error.recipients.values()
    elif isinstance(error, smtplib.SMTPResponseException):
        code, words = error.smtp_code, error.smtp_error
    elif isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate does not fit: {error.verify_message}"
    else:
        return getattr(error, "strerror", None) or str(error) or type(error).__name__
    return f"{code} {words.decode('utf-8', 'replace') if isinstance(words, bytes) else words}"


def answered() -> None:
    """The server has said what becomes of a mail, so it is there. In the running transaction, forget what can't be
    sent any more, and let the next mail that waits for it be tried at once, which takes another along in its turn.
    """
    over = Mail.held_up, or_(Mail.state == "failed", Mail.until <= now())
    db.session.execute(update(Mail).where(*over).values(held_up=False))
    held_up = select(Mail.id).where(Mail.held_up, Mail.state == "waiting")
    theirs = Job.kind == "mail", Job.arguments["mail_id"].as_string().in_(held_up)
    later = select(Job.id).where(*theirs, Job.leased_until.is_(None), Job.due_at > now()).order_by(Job.due_at).limit(1)
    db.session.execute(update(Job).where(Job.id == later.scalar_subquery()).values(due_at=now()))


def look_for_server() -> None:
    """See whether the mail server would take a mail of ours; then those that wait for it are tried."""
    settings = current_settings()
    with suppress(OSError, ValueError), sending(settings.mail_url) as server:  # it is none yet, or answers oddly
        server.ehlo_or_helo_if_needed()
        code, _ = server.mail(settings.mail_from)
        if code == TAKEN:
            answered()
            db.session.commit()


def note(mail_id: str, state: str, reason: str, held_up: bool) -> None:
    """Say in the running transaction why this mail is not delivered: not yet (`waiting`), or never (`failed`). Its text
    stays: nobody has got it.
    """
    mail = db.session.get(Mail, mail_id)
    if mail is not None and mail.state == "waiting":
        mail.state, mail.reason, mail.held_up = state, " ".join(reason.split())[:300], held_up
        if state == "failed":
            log().warning("mail_failed", mail=mail_id, reason=mail.reason)


def failed(error: Exception, over: bool, mail_id: str) -> None:
    """A try failed. Where the tries are `over`, the mail has."""
    state, since = ("failed", "Not delivered in two days.") if over else ("waiting", YET)
    held_up = refusal(error) is None
    note(mail_id, state, f"{since} The last try: {told(error)}", held_up)
    if not held_up:
        answered()


def deliver(mail_id: str) -> None:
    """Send one waiting mail. What the server refuses for good (5xx) has failed, as has a mail whose link has ended;
    else raises what smtplib raises, and the job comes again.

    It counts as sent as soon as the server has taken it: a server that fails at the goodbye gets it no second time.
    """
    mail = db.session.get(Mail, mail_id)
    if mail is None or mail.state != "waiting":
        return
    if mail.until and mail.until <= now():
        reason = (mail.reason or YET).replace(YET, "Not delivered before its link had ended.", 1)
        note(mail_id, "failed", reason, mail.held_up)
        db.session.commit()
        return
    url = current_settings().mail_url
    if not url:  # there was a mail server when it was written
        mail.state, mail.reason, mail.held_up = "kept", None, False
        db.session.commit()
        return
    made, mail_to = message(mail), _deliverable(mail.recipient)
    db.session.rollback()  # no transaction is held while a mail server thinks
    with sending(url) as server:
        try:
            server.send_message(made, to_addrs=[mail_to])
        except smtplib.SMTPException as error:
            refused = refusal(error)
            if refused is None or refused < 500:
                raise
            note(mail_id, "failed", f"The mail server refused it: {told(error)}", held_up=False)
        else:
            mail = db.session.get_one(Mail, mail_id)
            mail.state, mail.text, mail.html, mail.reason, mail.held_up = "sent", "", "", None, False
        answered()
        db.session.commit()
