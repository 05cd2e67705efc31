"""Deleting, bringing back, and what goes for good."""

from __future__ import annotations

import os
import sqlite3
import time
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from clubroom.accounts.models import User
from clubroom.core.clock import now
from clubroom.files import removal
from clubroom.files.models import StoredFile
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, text
from time_machine import travel

from ..factories import database
from ..steps import browser, events
from .steps import content, names, on_disk, picture, uploaded


def test_a_deleted_file_can_be_brought_back(as_member: FlaskClient) -> None:
    file = uploaded(as_member, b"hello")
    address = f"/api/uploads/{file['id']}"
    assert as_member.delete(address).status_code == 204
    assert as_member.get(address).status_code == 404
    assert content(as_member, file).status_code == 404
    assert names(as_member) == []
    assert as_member.post(f"{address}/restore").get_json() == file
    assert content(as_member, file).data == b"hello"
    assert events()[-2:] == ["file_deleted", "file_restored"]


def test_restoring_what_is_there_changes_nothing(as_member: FlaskClient) -> None:
    file = uploaded(as_member)
    assert as_member.post(f"/api/uploads/{file['id']}/restore").get_json() == file


def test_deleting_twice_is_deleting_what_is_not_there(as_member: FlaskClient) -> None:
    address = f"/api/uploads/{uploaded(as_member)['id']}"
    assert [as_member.delete(address).status_code for _ in range(2)] == [204, 404]


@pytest.mark.parametrize(("days", "status", "left"), [(29.9, 200, 4), (30.1, 404, 0)])
def test_after_thirty_days_it_is_gone_for_good(
    app: Flask, member: User, as_member: FlaskClient, days: float, status: int, left: int
) -> None:
    file = uploaded(as_member, picture())
    as_member.get(file["thumbnails"]["64"], buffered=True)
    as_member.delete(f"/api/uploads/{file['id']}")
    deleted = now()
    with travel(deleted + timedelta(days=days)):
        with app.app_context():
            removal.purge()
        assert len(on_disk(app)) == left
        again = browser(app, member)  # the session that deleted it has ended
        assert again.post(f"/api/uploads/{file['id']}/restore").status_code == status


def stuck(app: Flask, key: str) -> Path:
    """A file of the storage that can't be removed."""
    path: Path = app.extensions["storage"].path(key)
    path.unlink(missing_ok=True)
    (path / "in it").mkdir(parents=True)
    return path


def test_what_cannot_be_removed_keeps_nothing_else_from_going(
    app: Flask, member: User, as_member: FlaskClient, as_admin: FlaskClient
) -> None:
    uploaded(as_member)
    uploaded(as_member)
    with database() as session:
        first, _ = session.scalars(select(StoredFile.key).order_by(StoredFile.created_at)).all()
    staying = stuck(app, first)
    assert as_admin.delete(f"/api/users/{member.id}?files=delete").status_code == 204
    assert on_disk(app) == []
    old = time.time() - 90_000
    os.utime(staying, (old, old))
    beside = staying.with_name(f"{first[:2]}{'0' * 30}")
    beside.write_bytes(b"left by a crash")
    os.utime(beside, (old, old))
    with app.app_context():
        removal.sweep()
    assert on_disk(app) == []


def test_it_cannot_be_restored_late_even_before_the_purge(app: Flask, as_member: FlaskClient) -> None:
    file = uploaded(as_member)
    as_member.delete(f"/api/uploads/{file['id']}")
    with app.app_context():
        from clubroom.core.database import db
        from clubroom.files.models import StoredFile
        from sqlalchemy import update

        db.session.execute(update(StoredFile).values(deleted_at=now() - timedelta(days=30, seconds=1)))
        db.session.commit()
    assert as_member.post(f"/api/uploads/{file['id']}/restore").status_code == 404


def test_the_sweep_removes_only_old_bytes_that_nobody_knows(app: Flask, as_member: FlaskClient) -> None:
    disk = app.extensions["storage"]
    file = uploaded(as_member, picture())
    as_member.get(file["thumbnails"]["64"], buffered=True)
    ours = set(on_disk(app))
    stray = []
    for key in ("a" * 32, "b" * 32 + ".64"):
        incoming = disk.begin()
        incoming.write(b"left by a crash")
        incoming.keep(key)
        stray.append(disk.path(key))
    left_over = disk.begin()
    left_over.file.close()
    stray.append(left_over.path)
    fresh = disk.begin()
    fresh.file.close()
    yesterday = time.time() - 86_500
    for path in (*stray, *(path for path in disk.folder.rglob("*") if path.name in ours)):
        os.utime(path, (yesterday, yesterday))
    with app.app_context():
        removal.sweep()
    assert set(on_disk(app)) == ours | {fresh.path.name}


def test_the_sweep_leaves_alone_what_is_not_ours(app: Flask) -> None:
    folder = app.extensions["storage"].folder
    others = [folder / "a note", folder / "lost+found" / "something"]
    for path in others:
        path.parent.mkdir(exist_ok=True)
        path.write_text("of somebody else")
        os.utime(path, (0, 0))
    with app.app_context():
        removal.sweep()
    assert set(on_disk(app)) == {path.name for path in others}


def test_the_worker_purges_and_sweeps_every_hour(app: Flask) -> None:
    assert {removal.purge, removal.sweep} <= set(app.extensions["hourly"])


@pytest.mark.parametrize("missing", ["files", "files/incoming"])  # as a disk that is not mounted leaves it
def test_not_ready_without_the_storage(app: Flask, client: FlaskClient, missing: str) -> None:
    assert client.get("/readyz").status_code == 200
    folder = app.config["SETTINGS"].data_dir / missing
    folder.rename(app.config["SETTINGS"].data_dir / "away")
    refused = client.get("/readyz")
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "5")


@pytest.mark.on_disk
def test_the_sweep_keeps_nobody_from_writing(app: Flask) -> None:
    seen = []

    def look(keys: set[str]) -> set[str]:
        with closing(sqlite3.connect(app.config["SETTINGS"].database_file, timeout=0)) as other:
            other.execute("BEGIN IMMEDIATE")
        seen.append(keys)
        return set()

    app.extensions["known_keys"].insert(0, look)  # before anything is read for the next ones
    for key in ("a" * 32, "b" * 32):
        path = app.extensions["storage"].path(key)
        path.parent.mkdir()
        path.touch()
        os.utime(path, (0, 0))
    with app.app_context():
        removal.sweep()
    assert len(seen) == 2
    assert on_disk(app) == []


@pytest.mark.usefixtures("app")
def test_an_account_goes_without_a_look_at_all_files() -> None:
    with database() as session:
        (plan,) = session.execute(text("EXPLAIN QUERY PLAN DELETE FROM files WHERE owner_id = 1")).all()
    assert plan.detail.startswith("SEARCH files USING COVERING INDEX ix_files_owner_id")
