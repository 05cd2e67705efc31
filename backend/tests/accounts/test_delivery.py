"""Mails through a real mail server: encrypted, signed in, away for a while."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword
from clubroom.accounts.resetting import RESET_WITHIN
from clubroom.core import jobs
from clubroom.core.mail import MOST_UNASKED
from clubroom.examination import examine
from clubroom.settings import Settings
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from time_machine import TimeMachineFixture

from ..factories import database, make_user
from ..steps import mails_to

# The mail server warns of signing in without STARTTLS, also where everything is encrypted already.
pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")


class Inbox:
    """Keeps what it takes, and whether that came encrypted and signed in."""

    def __init__(self) -> None:
        self.ids: list[str] = []
        self.ways: set[tuple[bool, bool]] = set()
        self.answer = "250 OK"
        self.password = b"p@ss"
        self.told: list[Any] = []  # names and passwords

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.answer.startswith("250"):
            self.ids.append(str(message_from_bytes(envelope.content)["Message-ID"]))
            self.ways.add((server.transport.get_extra_info("ssl_object") is not None, session.authenticated))
        return self.answer


@pytest.fixture
def scheme() -> str:
    """How the mail server is spoken to: `smtp`, encrypted by STARTTLS, or `smtps`, encrypted from the first byte."""
    return "smtp"


@pytest.fixture
def host() -> str:
    return "127.0.0.1"


@pytest.fixture
def settings(settings: Settings, scheme: str, host: str, port: int) -> Settings:
    mail_url = f"{scheme}://club:p%40ss@{host}:{port}"
    return Settings.load({"CLUBROOM_MAIL_URL": mail_url}, data_dir=settings.data_dir, secret_key="only in tests")


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


def certificate(folder: Path) -> Path:
    """A certificate for 127.0.0.1 with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail in tests")])
    today = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(today - timedelta(days=1))
        .not_valid_after(today + timedelta(days=9))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "certificate.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


Serve = Callable[..., Controller]


@pytest.fixture
def trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The mail server's certificate, which this machine trusts."""
    path = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    return path


@pytest.fixture
def serve(inbox: Inbox, scheme: str, port: int, trusted: Path) -> Iterator[Serve]:
    """Starts the mail server: encryption and signing in are asked for."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(trusted)
    running: list[Controller] = []

    def authenticate(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        inbox.told.append(data)
        return AuthResult(success=data == LoginPassword(b"club", inbox.password), handled=False)

    def start(server: type[SMTP] = SMTP, encrypting: bool = True) -> Controller:
        class Listening(Controller):
            def factory(self) -> SMTP:
                return server(
                    self.handler,
                    tls_context=context if starttls else None,
                    require_starttls=starttls,
                    auth_require_tls=starttls,  # it knows encryption only from STARTTLS
                    auth_required=True,
                    authenticator=authenticate,
                )

        implicit = context if scheme == "smtps" else None
        starttls = encrypting and not implicit
        controller = Listening(inbox, hostname="127.0.0.1", port=port, ssl_context=implicit)
        controller.start()
        running.append(controller)
        return controller

    yield start
    for one in running:
        one.stop(no_assert=True)


def ask_for_mail(app: Flask, count: int = 1) -> None:
    """Let so many people forget their passwords."""
    for n in range(count):
        make_user(f"person{n}")
        ask_again(app, n)


def ask_again(app: Flask, n: int = 0) -> None:
    app.test_client().post("/api/password/forgot", json={"email": f"person{n}@example.org"})


ENCRYPTED = pytest.mark.parametrize("scheme", ["smtp", "smtps"])


@ENCRYPTED
def test_goes_encrypted_and_signed_in(app: Flask, inbox: Inbox, serve: Serve) -> None:
    serve()
    ask_for_mail(app)
    jobs.run_all(app)
    assert inbox.ways == {(True, True)}
    assert mails_to("person0@example.org")[0].state == "sent"


@ENCRYPTED
@pytest.mark.parametrize(("host", "trust"), [("127.0.0.1", False), ("localhost", True)], ids=["unknown", "of another"])
def test_a_false_certificate_gets_neither_password_nor_mail(
    app: Flask, inbox: Inbox, serve: Serve, settings: Settings, monkeypatch: pytest.MonkeyPatch, trust: bool
) -> None:
    serve()
    if not trust:
        monkeypatch.delenv("SSL_CERT_FILE")
    ask_for_mail(app)
    jobs.run_all(app)
    assert (inbox.told, inbox.ids) == ([], [])
    assert mails_to("person0@example.org")[0].state == "waiting"
    with database() as session:
        assert "CERTIFICATE_VERIFY_FAILED" in (session.scalars(select(jobs.Job.error)).one() or "")
    told = dict(examine(settings))["mail"]
    assert told is not None
    assert "its certificate does not fit: " in told
    assert mails_to("person0@example.org")[0].reason == told.replace(
        "the server does not take us (", "Not delivered yet. The last try: "
    ).replace("); check CLUBROOM_MAIL_URL", "")


def test_a_server_that_does_not_encrypt_gets_the_password_only_on_this_machine(
    app: Flask,
    inbox: Inbox,
    serve: Serve,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    clock: TimeMachineFixture,
) -> None:
    serve(encrypting=False)
    ask_for_mail(app)
    with monkeypatch.context() as elsewhere:
        elsewhere.setattr(socket.socket, "getpeername", lambda _: ("192.0.2.1", 25))
        jobs.run_all(app)
        assert "no encryption" in (dict(examine(settings))["mail"] or "")
    assert (inbox.told, inbox.ids, mails_to("person0@example.org")[0].state) == ([], [], "waiting")
    clock.shift(timedelta(minutes=10))
    jobs.run_all(app)
    assert (inbox.ways, mails_to("person0@example.org")[0].state) == ({(False, True)}, "sent")


@ENCRYPTED
def test_a_wrong_password_for_the_server_loses_no_mail(
    app: Flask, inbox: Inbox, serve: Serve, settings: Settings, clock: TimeMachineFixture
) -> None:
    serve()
    inbox.password = b"another"
    ask_for_mail(app)
    jobs.run_all(app)
    words = "535 5.7.8 Authentication credentials invalid"
    assert dict(examine(settings))["mail"] == f"the server does not take us ({words}); check CLUBROOM_MAIL_URL"
    (waiting,) = mails_to("person0@example.org")
    assert (waiting.state, waiting.reason) == ("waiting", f"Not delivered yet. The last try: {words}")
    inbox.password = b"p@ss"
    clock.shift(timedelta(minutes=10))
    jobs.run_all(app)
    assert mails_to("person0@example.org")[0].state == "sent"


def test_a_server_that_lets_nobody_sign_in_is_not_one_that_refused_the_mail(app: Flask, serve: Serve) -> None:
    class LetsNobodyIn(SMTP):
        def __init__(self, handler: Any, **options: Any) -> None:
            super().__init__(handler, **options | {"auth_required": False, "auth_require_tls": True})

    serve(LetsNobodyIn, encrypting=False)
    ask_for_mail(app)
    jobs.run_all(app)
    (waiting,) = mails_to("person0@example.org")
    reason = "Not delivered yet. The last try: the mail server lets nobody sign in here"
    assert (waiting.state, waiting.held_up, waiting.reason) == ("waiting", True, reason)


def test_while_the_server_is_away_none_is_lost_and_later_none_comes_twice(
    app: Flask, inbox: Inbox, serve: Serve, clock: TimeMachineFixture
) -> None:
    ask_for_mail(app, 5)
    for _ in range(3):
        jobs.run_all(app)
        clock.shift(timedelta(minutes=10))
    serve()
    inbox.answer = "451 Try again later"
    jobs.run_all(app)
    assert inbox.ids == []
    inbox.answer = "250 OK"
    for _ in range(3):
        clock.shift(timedelta(minutes=9))
        jobs.run_all(app)
    queued = [mails_to(f"person{n}@example.org")[0] for n in range(5)]
    assert sorted(inbox.ids) == sorted(f"<{mail.id}@localhost>" for mail in queued)
    assert {mail.state for mail in queued} == {"sent"}


def test_a_link_that_has_ended_is_not_sent_and_who_asks_again_gets_another_at_once(
    app: Flask, inbox: Inbox, serve: Serve, clock: TimeMachineFixture
) -> None:
    ask_for_mail(app)
    for _ in range(MOST_UNASKED):
        jobs.run_all(app)
        ask_again(app)
        clock.shift(timedelta(minutes=1))
    jobs.run_all(app)
    clock.shift(RESET_WITHIN)
    jobs.run_all(app)
    (ended,) = [mail for mail in mails_to("person0@example.org") if mail.state != "withdrawn"]
    reason = "Not delivered before its link had ended. The last try: Connection refused"
    assert (ended.state, ended.reason) == ("failed", reason)
    serve()
    ask_again(app)
    jobs.run_all(app)
    sent = mails_to("person0@example.org")[-1]
    assert (inbox.ids, sent.state) == ([f"<{sent.id}@localhost>"], "sent")


def test_a_link_in_whose_place_there_is_a_newer_one_is_not_sent(
    app: Flask, inbox: Inbox, serve: Serve, clock: TimeMachineFixture, as_admin: FlaskClient
) -> None:
    ask_for_mail(app)
    jobs.run_all(app)
    clock.shift(timedelta(minutes=1))
    ask_again(app)
    jobs.run_all(app)
    assert len(as_admin.get("/api/outbox").json or []) == 1
    serve()
    clock.shift(timedelta(minutes=10))
    jobs.run_all(app)
    older, newer = mails_to("person0@example.org")
    assert inbox.ids == [f"<{newer.id}@localhost>"]
    assert (older.state, older.text, older.html) == ("withdrawn", "", "")


def test_a_server_that_fails_at_the_goodbye_gets_it_once(
    app: Flask, inbox: Inbox, serve: Serve, clock: TimeMachineFixture
) -> None:
    class Rude(SMTP):
        async def smtp_QUIT(self, arg: str) -> None:
            await self.push("421 Going away")

    serve(Rude)
    ask_for_mail(app)
    for _ in range(3):
        jobs.run_all(app)
        clock.shift(timedelta(hours=1))
    assert len(inbox.ids) == 1
