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
from clubroom.core import jobs
from clubroom.settings import Settings
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from flask import Flask
from time_machine import TimeMachineFixture

from ..factories import make_user
from ..steps import mails_to


class Inbox:
    """Keeps what it takes, and whether that came encrypted and signed in."""

    def __init__(self) -> None:
        self.ids: list[str] = []
        self.ways: set[tuple[bool, bool]] = set()
        self.answer = "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.answer.startswith("250"):
            self.ids.append(str(message_from_bytes(envelope.content)["Message-ID"]))
            self.ways.add((session.ssl is not None, session.authenticated))
        return self.answer


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        found: int = probe.getsockname()[1]
        return found


@pytest.fixture
def settings(settings: Settings, port: int) -> Settings:
    mail_url = f"smtp://club:p%40ss@127.0.0.1:{port}"
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
def serve(inbox: Inbox, port: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Serve]:
    """Starts the mail server: STARTTLS and signing in are asked for."""
    path = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    running: list[Controller] = []

    def authenticate(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        right = isinstance(data, LoginPassword) and (data.login, data.password) == (b"club", b"p@ss")
        return AuthResult(success=right)

    def start(server: type[SMTP] = SMTP) -> Controller:
        class Listening(Controller):
            def factory(self) -> SMTP:
                return server(
                    self.handler,
                    tls_context=context,
                    require_starttls=True,
                    auth_required=True,
                    authenticator=authenticate,
                )

        controller = Listening(inbox, hostname="127.0.0.1", port=port)
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
        app.test_client().post("/api/password/forgot", json={"email": f"person{n}@example.org"})


def test_goes_encrypted_and_signed_in(app: Flask, inbox: Inbox, serve: Serve) -> None:
    serve()
    ask_for_mail(app)
    jobs.run_all(app)
    assert inbox.ways == {(True, True)}
    assert mails_to("person0@example.org")[0].state == "sent"


def test_while_the_server_is_away_none_is_lost_and_later_none_comes_twice(
    app: Flask, inbox: Inbox, serve: Serve, clock: TimeMachineFixture
) -> None:
    ask_for_mail(app, 5)
    for _ in range(3):
        jobs.run_all(app)
        clock.shift(timedelta(hours=1))
    serve()
    inbox.answer = "451 Try again later"
    jobs.run_all(app)
    assert inbox.ids == []
    inbox.answer = "250 OK"
    for _ in range(3):
        clock.shift(timedelta(hours=1))
        jobs.run_all(app)
    queued = [mails_to(f"person{n}@example.org")[0] for n in range(5)]
    assert sorted(inbox.ids) == sorted(f"<{mail.id}@localhost>" for mail in queued)
    assert {mail.state for mail in queued} == {"sent"}


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
