"""Databases of earlier versions, with people in them, brought up to date."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from clubroom import create_app
from clubroom.accounts.hashing import hash_password
from clubroom.core import migrate
from clubroom.core.clock import now
from clubroom.core.database import db
from clubroom.settings import Settings
from flask import Flask
from pyotp import TOTP, random_base32

from .. import factories
from ..accounts.factors.steps import enter_code, json, told
from ..factories import PASSWORD
from ..steps import files_no_larger_than, make_as_of

DAY = "2026-01-02 03:04:05.000000"
LATER = "2099-01-02 03:04:05.000000"


@pytest.fixture
def path(settings: Settings) -> Path:
    return settings.database_file


@pytest.fixture
def old(settings: Settings) -> Iterator[Flask]:
    """An app whose database has no tables yet."""
    app = create_app({"TESTING": True, "SETTINGS": settings, "SQLALCHEMY_DATABASE_URI": settings.database_url})
    factories.bind(app)
    yield app
    with app.app_context():
        db.engine.dispose()


def put(path: Path, table: str, **values: Any) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        names, places = ", ".join(values), ", ".join("?" * len(values))
        connection.execute(f"INSERT INTO {table} ({names}) VALUES ({places})", tuple(values.values()))


def upgrade(app: Flask) -> None:
    with app.app_context():
        migrate.upgrade(db.engine)


def put_ada(app: Flask, path: Path) -> None:
    """A person as every version has kept one."""
    with app.app_context():
        password_hash = hash_password(PASSWORD)
    put(
        path, "users", id=1, username="ada", username_key="ada", email="ada@example.org", email_key="ada@example.org",
        name="Ada Lovelace", role="admin", status="active", password_hash=password_hash, confirmed_at=DAY,
        created_at=DAY, last_seen_at=DAY, search_text="ada lovelace\nada",
    )  # fmt: skip


def test_a_filled_database_of_the_first_version_keeps_all_it_holds(old: Flask, path: Path) -> None:
    make_as_of(old, "0001")
    put_ada(old, path)
    put(path, "jobs", id=1, kind="mail", arguments='{"mail_id": "m1"}', due_at=LATER, attempts=60)
    for mail in ("m1", "m2"):
        put(path, "mails", id=mail, recipient="a@b.org", subject="s", text="t", html="h", state="waiting",
            created_at=DAY)  # fmt: skip
    put(path, "one_time_tokens", token_hash="h", purpose="reset", user_id=1, created_at=DAY, expires_at=LATER)
    put(path, "sessions", id="s", token_hash="h", user_id=1, data="{}", created_at=DAY, last_seen_at=DAY,
        expires_at=LATER, idle_seconds=60, remembered=0, address="", user_agent="")  # fmt: skip
    put(path, "files", id="f", key="k", owner_id=1, name="a.txt", name_key="a.txt", size=1, type="text/plain",
        kind="text", sha256="x", visibility="members", created_at=DAY)  # fmt: skip
    put(path, "access_requests", id="r", name="Grace", email="g@b.org", email_key="g@b.org", state="waiting",
        created_at=DAY)  # fmt: skip
    put(path, "audit_events", id=1, at=DAY, event="signed_in", detail="{}")
    put(path, "failures", key="k", count=1, last_at=DAY, free_at=DAY)

    upgrade(old)

    with closing(sqlite3.connect(path)) as connection:
        tables = ("users", "jobs", "mails", "one_time_tokens", "sessions", "files", "access_requests", "audit_events",
                  "failures")  # fmt: skip
        counts = {table: connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables}
        states = dict(connection.execute("SELECT id, state FROM mails").fetchall())
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    assert counts == dict.fromkeys(tables, 1) | {"mails": 2}
    assert states == {"m1": "failed", "m2": "waiting"}
    client = old.test_client()
    assert client.post("/api/login", json={"username": "ada", "password": PASSWORD}).status_code == 200
    assert [one["name"] for one in json(client.get("/api/users?q=lovel"))] == ["Ada Lovelace"]
    assert [one["name"] for one in json(client.get("/api/uploads"))] == ["a.txt"]
    assert len(json(client.get("/api/access-requests"))) == 1
    assert path.with_name("clubroom.before-0001.db").exists()


def test_the_key_of_an_authenticator_app_is_sealed_and_goes_on_working(old: Flask, path: Path) -> None:
    make_as_of(old, "0005")
    put_ada(old, path)
    key = random_base32()
    put(path, "authenticators", user_id=1, secret=key, last_step=0, created_at=DAY)

    upgrade(old)

    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert key.encode() not in path.read_bytes()
    client = old.test_client()
    client.post("/api/login", json={"username": "ada", "password": PASSWORD})
    assert told(enter_code(client, TOTP(key).at(now()))) == (200, None)


def test_a_name_that_is_not_shown_yet_is_found_no_more(old: Flask, path: Path) -> None:
    make_as_of(old, "0007")
    put_ada(old, path)
    put(path, "users", id=2, username="bo", username_key="bo", email="b@b.org", email_key="b@b.org", name="Bo Lovell",
        role="member", status="active", created_at=DAY, last_seen_at=DAY, search_text="bo lovell\nbo")  # fmt: skip

    upgrade(old)

    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE users SET role = 'member'")  # who runs the club sees the name, and finds it
    client = old.test_client()
    assert client.post("/api/login", json={"username": "ada", "password": PASSWORD}).status_code == 200
    assert [one["username"] for one in json(client.get("/api/users?q=love"))] == ["ada"]
    assert [one["username"] for one in json(client.get("/api/users?q=bo"))] == ["bo"]


def test_an_address_with_a_domain_as_machines_write_it_is_one_with_that_in_letters(old: Flask, path: Path) -> None:
    make_as_of(old, "0010")
    put_ada(old, path)
    emails = ["ada@xn--mller-kva.example", "bo@xn--mller-kva.example", "bo@müller.example"]
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE users SET email = ?1, email_key = ?1", emails[:1])
    for number, email in enumerate(emails[1:], 2):
        put(path, "users", id=number, username=f"bo{number}", username_key=f"bo{number}", email=email, email_key=email,
            role="member", status="active", created_at=DAY, last_seen_at=DAY, search_text="", name="")  # fmt: skip

    upgrade(old)

    client = old.test_client()
    for email in (emails[0], "ada@müller.example"):
        assert client.post("/api/login", json={"username": email, "password": PASSWORD}).status_code == 200
    with closing(sqlite3.connect(path)) as connection:
        keys = [key for (key,) in connection.execute("SELECT email_key FROM users ORDER BY id")]
    assert keys == ["ada@müller.example", *emails[1:]]  # of two that are one, each keeps its own


def test_who_looks_like_another_keeps_the_name_and_nobody_else_gets_one(old: Flask, path: Path) -> None:
    make_as_of(old, "0008")
    put_ada(old, path)
    for number, name in enumerate(["coco", "сосо"], 2):
        put(path, "users", id=number, username=name, username_key=name, email=f"{number}@b.org",
            email_key=f"{number}@b.org", role="member", status="active", created_at=DAY, last_seen_at=DAY,
            search_text="", name="")  # fmt: skip

    upgrade(old)

    client = old.test_client()
    assert client.post("/api/login", json={"username": "ada", "password": PASSWORD}).status_code == 200
    assert {one["username"] for one in json(client.get("/api/users"))} == {"ada", "coco", "сосо"}
    for name in ("ɑdɑ", "c0c0"):
        answer = client.post("/api/users", json={"username": name, "email": "new@b.org"})
        assert told(answer) == (400, "username_alike")


def test_what_is_written_is_in_the_copy_or_waits_for_the_migration(
    old: Flask, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_as_of(old, "0007")
    copy, refused = migrate.keep_copy, []

    def copied(path: Path, revision: str) -> Path:
        made = copy(path, revision)
        with closing(sqlite3.connect(path, timeout=0)) as late, pytest.raises(sqlite3.OperationalError) as error:
            late.execute("BEGIN IMMEDIATE")
        refused.append(str(error.value))
        return made

    monkeypatch.setattr(migrate, "keep_copy", copied)
    upgrade(old)
    assert refused == ["database is locked"]
    with closing(sqlite3.connect(path.with_name("clubroom.before-0007.db"))) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [("0007",)]


def test_a_copy_that_does_not_fit_leaves_the_one_that_was_there(old: Flask, path: Path) -> None:
    make_as_of(old, "0007")
    copy = migrate.keep_copy(path, "0007")
    before = copy.read_bytes()
    with files_no_larger_than(40_000), pytest.raises(sqlite3.OperationalError):
        migrate.keep_copy(path, "0007")
    assert copy.read_bytes() == before
    assert sorted(one.name for one in path.parent.glob("*before*")) == [copy.name]
