"""What tests do over and over, as a person would say it. Steps do not assert."""

from __future__ import annotations

import io
import resource
import socket
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from alembic import command
from click.testing import Result
from clubroom import create_app
from clubroom.accounts.models import User
from clubroom.core import migrate
from clubroom.core.audit import AuditEvent
from clubroom.core.database import db
from clubroom.core.mail import Mail
from clubroom.settings import Settings
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Executable, select

from .factories import bind, database

Command = Callable[..., Result]


def app_in(folder: Path) -> Flask:
    """The app of the club in this data folder, for which the factories work now."""
    app = create_app({"TESTING": True, "SETTINGS": Settings.load({"CLUBROOM_DATA_DIR": str(folder)})})
    bind(app)
    return app


def make_as_of(app: Flask, revision: str) -> None:
    """Make the tables as the version with this last step knew them."""
    with app.app_context(), db.engine.begin() as connection:
        config = migrate._config()
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


@contextmanager
def files_no_larger_than(size: int) -> Iterator[None]:
    """As on a disk that is full: no file grows beyond this many bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def complains(result: Result, sentence: str) -> bool:
    """Whether a command failed with one line that says this."""
    lines = [line for line in result.stderr.splitlines() if line]
    return result.exit_code != 0 and isinstance(result.exception, SystemExit) and lines == [f"Error: {sentence}"]


class Late(io.BytesIO):
    """A body; while it comes in, something changes in the database."""

    def __init__(self, content: bytes, change: Executable) -> None:
        super().__init__(content)
        self.change = change

    def read(self, size: int | None = -1) -> bytes:
        with database() as session:
            session.execute(self.change)
        return super().read(size)


def write_while_judging(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> list[str]:
    """From now on somebody else begins to write while a password is judged; the passwords of which that was so."""
    judged: list[str] = []

    def judge(password: str, **_: object) -> dict[str, int]:
        with closing(sqlite3.connect(settings.database_file, timeout=0)) as another:
            another.execute("BEGIN IMMEDIATE")
        judged.append(password)
        return {"score": 4}

    monkeypatch.setattr("zxcvbn.zxcvbn", judge)
    return judged


def sign_in(client: FlaskClient, user: User) -> FlaskClient:
    """Sign `user` in without a password; answers the client."""
    with client.session_transaction() as session:
        session["user_id"] = user.id
    return client


def browser(app: Flask, user: User | None = None, address: str = "127.0.0.1") -> FlaskClient:
    """Another browser, at `address`, in which `user` is signed in."""
    client = app.test_client()
    client.environ_base["REMOTE_ADDR"] = address
    return sign_in(client, user) if user else client


def token_of(client: FlaskClient, scope: str) -> dict[str, str]:
    """The headers of a script for which whoever is signed in has made an API token."""
    made: Any = client.post("/api/tokens", json={"name": scope, "scope": scope}).json
    return {"Authorization": f"Bearer {made['token']}"}


def mails_to(address: str) -> Sequence[Mail]:
    """The mails to `address`, the oldest first."""
    with database() as session:
        query = select(Mail).where(Mail.recipient == address).order_by(Mail.created_at, Mail.id)
        return session.scalars(query).all()


def link_in(mail: Mail) -> str:
    """The one link of a mail."""
    (link,) = mail.links
    return link


def token_in(mail: Mail) -> str:
    """The one-time token in a mail's link."""
    return urlsplit(link_in(mail)).fragment.removeprefix("token=")


def events() -> list[str]:
    """The names of all audit events, in their order."""
    with database() as session:
        return list(session.scalars(select(AuditEvent.event).order_by(AuditEvent.id)))


def code_in(mail: Mail) -> str:
    """The short code in a mail."""
    return next(line for line in mail.text.splitlines() if len(line) == 9 and line[4] == "-")


@contextmanager
def free_port() -> Iterator[int]:
    """A port of this machine on which nobody listens but whom the test starts there: it is held by a socket that is
    bound and never listens."""
    with socket.socket() as held:
        for option in (socket.SO_REUSEADDR, socket.SO_REUSEPORT):
            held.setsockopt(socket.SOL_SOCKET, option, 1)
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]
