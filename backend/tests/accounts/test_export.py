"""Download my data: what is in it, and how long it is there."""

from __future__ import annotations

import io
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from zipfile import ZipFile

import pytest
from clubroom.accounts.leaving import exporting
from clubroom.accounts.leaving.models import DataExport
from clubroom.accounts.models import User
from clubroom.core import jobs
from clubroom.core.clock import iso, now
from clubroom.core.storage import Disk
from clubroom.files import leaving, removal
from clubroom.files.models import StoredFile
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, select
from time_machine import TimeMachineFixture
from werkzeug.test import TestResponse

from ..factories import PASSWORD, database, make_user
from ..files.steps import content, on_disk, uploaded
from ..steps import browser, events


def ask(client: FlaskClient) -> TestResponse:
    return client.post("/api/me/export")


def state(client: FlaskClient) -> Any:
    return client.get("/api/me/export").json


def fetch(client: FlaskClient) -> TestResponse:
    return client.get("/api/me/export/content", buffered=True)


def archive(client: FlaskClient) -> ZipFile:
    return ZipFile(io.BytesIO(fetch(client).data))


def read(client: FlaskClient, name: str) -> Any:
    with archive(client) as opened:
        return json.loads(opened.read(name))


def made(app: Flask, client: FlaskClient) -> FlaskClient:
    ask(client)
    jobs.run_all(app)
    return client


def test_it_is_asked_for_then_made_then_there(app: Flask, as_member: FlaskClient) -> None:
    assert state(as_member) == {"state": "none", "created_at": None, "size": None, "url": None}
    assert fetch(as_member).status_code == 404
    answer = ask(as_member)
    assert (answer.status_code, answer.json) == (202, state(as_member))
    assert state(as_member)["state"] == "working"
    assert fetch(as_member).status_code == 404
    jobs.run_all(app)
    ready, content = state(as_member), fetch(as_member)
    assert (ready["state"], ready["size"]) == ("ready", len(content.data))
    assert as_member.get(ready["url"], buffered=True).status_code == 200
    assert content.headers["Content-Type"] == "application/zip"
    assert content.headers["Content-Length"] == str(len(content.data))
    assert content.headers["Content-Disposition"].startswith("attachment; filename=my-data-")
    assert content.headers["Cache-Control"] == "no-store"
    assert events() == ["export_asked"]


def test_a_file_that_cannot_be_read_is_named_and_the_rest_is_there(app: Flask, as_member: FlaskClient) -> None:
    hurt = uploaded(as_member, ("hurt.txt", b"1"))
    half = uploaded(as_member, ("half.txt", b"2"))
    well = uploaded(as_member, ("well.txt", b"3"))
    with database() as session:
        keys = {file.name: file.key for file in session.scalars(select(StoredFile))}
    disk: Disk = app.extensions["storage"]
    for name in ("hurt.txt", "half.txt"):
        disk.path(keys[name]).unlink()
    disk.path(keys["hurt.txt"]).mkdir()
    disk.path(keys["half.txt"]).symlink_to("/proc/self/mem")  # which is opened, and whose beginning nobody reads
    app.config["PROPAGATE_EXCEPTIONS"] = False
    refused = content(as_member, hurt)
    assert (refused.status_code, (refused.json or {})["code"]) == (503, "busy")
    made(app, as_member)
    assert read(as_member, "unread.json") == [f"files/{hurt['id']}/hurt.txt", f"files/{half['id']}/half.txt"]
    with archive(as_member) as opened:
        assert opened.read(f"files/{well['id']}/well.txt") == b"3"


def test_that_it_cannot_be_read_is_said(app: Flask, as_member: FlaskClient) -> None:
    made(app, as_member)
    with database() as session:
        (key,) = session.scalars(select(DataExport.key))
    path = app.extensions["storage"].path(key)
    path.unlink()
    path.mkdir()
    refused = as_member.get("/api/me/export/content")
    assert (refused.status_code, (refused.json or {})["code"]) == (503, "busy")


def test_it_is_given_in_part_and_refused_in_our_shape(app: Flask, as_member: FlaskClient) -> None:
    whole = fetch(made(app, as_member))
    address = "/api/me/export/content"
    part = as_member.get(address, headers={"Range": "bytes=10-"}, buffered=True)
    assert (part.status_code, part.data) == (206, whole.data[10:])
    refused = as_member.get(address, headers={"If-Match": '"other"'}, buffered=True)
    assert (refused.status_code, (refused.json or {})["code"]) == (412, "precondition_failed")
    same = as_member.get(address, headers={"If-Match": whole.headers["ETag"]}, buffered=True)
    assert (same.status_code, same.data) == (200, whole.data)


def test_it_comes_also_where_the_clock_has_no_battery(app: Flask, member: User, clock: TimeMachineFixture) -> None:
    clock.move_to("1970-01-02T00:00:00Z")
    client = browser(app, member)
    made(app, client)
    assert read(client, "profile.json")["username"] == "member"


def test_it_says_when_a_device_was_last_seen_as_it_does_of_a_session(app: Flask) -> None:
    client = app.test_client()
    client.post("/api/login", json={"username": make_user(password=PASSWORD).username, "password": PASSWORD})
    made(app, client)
    (device,) = read(client, "known-devices.json")
    (session,) = read(client, "sessions.json")
    assert device.keys() <= session.keys()


def test_it_holds_profile_sessions_events_and_files(app: Flask, as_member: FlaskClient, member: User) -> None:
    kept = uploaded(as_member, ("été 10:30?.txt", b"hello"), visibility="members")
    twin = uploaded(as_member, ("aux.été...", b"another"))
    as_member.delete(f"/api/uploads/{twin['id']}")
    uploaded(browser(app, make_user()), ("theirs.txt", b"x"), visibility="members")
    made(app, as_member)
    assert read(as_member, "profile.json")["email"] == member.email
    assert len(read(as_member, "sessions.json")) == 1
    assert read(as_member, "second-factor.json") == {"methods": [], "recovery_codes_left": 0}
    assert read(as_member, "known-devices.json") == read(as_member, "access-requests.json") == []
    assert [one["event"] for one in read(as_member, "events.json")] == ["file_deleted", "export_asked"]
    files = read(as_member, "files.json")
    assert [(one["id"], one["deleted_at"] is None) for one in files] == [(kept["id"], True), (twin["id"], False)]
    with archive(as_member) as opened:
        assert [opened.read(one["path"]) for one in files] == [b"hello", b"another"]
        assert [one["path"] for one in files] == [f"files/{kept['id']}/été 10_30_.txt", f"files/{twin['id']}/_aux.été_"]
        assert opened.testzip() is None
        assert sum(name.startswith("files/") for name in opened.namelist()) == 2


def test_it_holds_nothing_that_lets_anybody_in(app: Flask, as_member: FlaskClient, member: User) -> None:
    token: Any = as_member.post("/api/tokens", json={"name": "t", "scope": "read"}).json
    made(app, as_member)
    with archive(as_member) as opened:
        text = b"".join(opened.read(name) for name in opened.namelist()).decode()
    assert '"scope": "read"' in text
    assert member.password_hash
    assert not [one for one in (token["token"], member.password_hash, "hash", "$argon2") if one in text]


def test_where_somebody_else_acted_from_is_not_told(app: Flask, as_member: FlaskClient, member: User) -> None:
    file = uploaded(as_member, visibility="members")
    manager = browser(app, make_user("manager", role="manager"), "192.0.2.99")
    manager.delete(f"/api/uploads/{file['id']}")
    made(app, as_member)
    first = read(as_member, "events.json")[0]
    assert (first["by"], first["of"], first["address"]) == ("manager", "member", None)


def test_everybody_has_their_own_only(app: Flask, as_member: FlaskClient, as_admin: FlaskClient) -> None:
    made(app, as_member)
    assert state(as_admin)["state"] == "none"
    assert fetch(as_admin).status_code == 404


def test_it_must_be_you(as_member: FlaskClient, clock: TimeMachineFixture) -> None:
    clock.shift(timedelta(minutes=11))
    assert (ask(as_member).json or {})["code"] == "confirm_identity"
    as_member.post("/api/identity", json={"password": PASSWORD})
    assert ask(as_member).status_code == 202


def test_asking_twice_makes_one(app: Flask, as_member: FlaskClient) -> None:
    assert ask(as_member).json == ask(as_member).json
    assert jobs.run_all(app) == 1
    assert len(on_disk(app)) == 1


def test_a_new_one_takes_the_place_of_the_old(app: Flask, as_member: FlaskClient) -> None:
    before = on_disk(app) if made(app, as_member) else []
    ask(as_member)
    assert (state(as_member)["state"], on_disk(app)) == ("working", [])
    jobs.run_all(app)
    assert state(as_member)["state"] == "ready"
    assert len(on_disk(app)) == len(before) == 1
    assert on_disk(app) != before


def test_one_that_was_asked_for_while_the_clock_was_ahead_keeps_no_other_from_being_made(
    app: Flask, member: User, clock: TimeMachineFixture
) -> None:
    clock.shift(timedelta(days=7))
    ask(browser(app, member))
    clock.shift(-timedelta(days=7))
    assert state(browser(app, member))["state"] == "failed"
    assert (ask(browser(app, member)).json or {})["created_at"] == iso(now())


def test_done_twice_the_job_leaves_one(app: Flask, as_member: FlaskClient, member: User) -> None:
    made(app, as_member)
    before = on_disk(app)
    with app.app_context():
        exporting.make(member.id)
    assert on_disk(app) == before


def test_a_file_whose_bytes_are_gone_is_left_out(app: Flask, as_member: FlaskClient) -> None:
    uploaded(as_member, ("lost.txt", b"lost"))
    (lost,) = on_disk(app)
    kept = uploaded(as_member, ("kept.txt", b"kept"))
    next(app.extensions["storage"].folder.rglob(lost)).unlink()
    made(app, as_member)
    with archive(as_member) as opened:
        files = [name for name in opened.namelist() if name.startswith("files/")]
        assert [opened.read(name) for name in files] == [b"kept"]
    assert kept["id"] in [one["id"] for one in read(as_member, "files.json")]


def test_what_was_taken_back_while_it_was_made_leaves_nothing(
    app: Flask, as_member: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin = Disk.begin

    def meanwhile(self: Disk) -> Any:
        with database() as session:
            session.execute(delete(DataExport))
        return begin(self)

    ask(as_member)
    monkeypatch.setattr(Disk, "begin", meanwhile)
    jobs.run_all(app)
    assert (state(as_member)["state"], on_disk(app)) == ("none", [])


@pytest.mark.on_disk
def test_nobody_waits_while_all_that_is_known_is_gathered(
    app: Flask, as_member: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    described = leaving.described

    def meanwhile(user_id: int) -> Any:
        found = described(user_id)
        with ThreadPoolExecutor(1) as another:
            another.submit(make_user, "another").result()
        return found

    monkeypatch.setattr(leaving, "described", meanwhile)
    assert state(made(app, as_member))["state"] == "ready"


def test_an_archive_whose_bytes_are_gone_is_said_to_be_absent(app: Flask, as_member: FlaskClient) -> None:
    made(app, as_member)
    (name,) = on_disk(app)
    next(app.extensions["storage"].folder.rglob(name)).unlink()
    assert fetch(as_member).status_code == 404


def test_it_is_gone_after_seven_days(app: Flask, as_member: FlaskClient, clock: TimeMachineFixture) -> None:
    made(app, as_member)
    clock.shift(timedelta(days=7) - timedelta(seconds=1))
    with app.app_context():
        exporting.sweep()
    assert len(on_disk(app)) == 1
    clock.shift(1)
    with database() as session:
        user = session.get_one(User, session.scalars(select(DataExport.user_id)).one())
    member = browser(app, user)
    assert (state(member)["state"], fetch(member).status_code) == ("none", 404)
    with app.app_context():
        exporting.sweep()
    assert on_disk(app) == []


def test_what_is_not_made_within_an_hour_has_failed(
    app: Flask, as_member: FlaskClient, clock: TimeMachineFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: Disk) -> Any:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(Disk, "begin", full)
        made(app, as_member)
    assert (state(as_member)["state"], on_disk(app)) == ("working", [])
    clock.shift(timedelta(hours=1))
    assert state(as_member)["state"] == "failed"
    as_member.post("/api/identity", json={"password": PASSWORD})
    assert (made(app, as_member).get("/api/me/export").json or {})["state"] == "ready"


def test_sweeping_the_storage_keeps_it(app: Flask, as_member: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    made(app, as_member)
    orphan = app.extensions["storage"].path("0" * 32)
    orphan.parent.mkdir(exist_ok=True)
    orphan.write_bytes(b"nobody's")
    monkeypatch.setattr("clubroom.core.storage.OLD", -10)
    with app.app_context():
        removal.sweep()
    assert state(as_member)["state"] == "ready"
    assert fetch(as_member).status_code == 200
    assert len(on_disk(app)) == 1
