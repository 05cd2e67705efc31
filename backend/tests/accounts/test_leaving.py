"""Deleting one's own account: seven days to think it over, then gone."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from clubroom.accounts.leaving import departing
from clubroom.accounts.models import OneTimeToken, Session, User, administrators
from clubroom.core import jobs
from clubroom.core.clock import iso, now
from clubroom.core.mail import Mail
from clubroom.files.models import StoredFile
from clubroom.people.models import AccessRequest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, func, select, update
from time_machine import TimeMachineFixture
from werkzeug.test import TestResponse

from ..factories import PASSWORD, database, make_access_request, make_user
from ..files.steps import on_disk, uploaded
from ..steps import browser, events, mails_to
from ..test_every_route import LEAST_OF, address

GRACE = timedelta(days=7)


def leave(client: FlaskClient, files: str = "keep") -> TestResponse:
    return client.delete("/api/me", json={"files": files})


def sign_in(client: FlaskClient, user: User) -> TestResponse:
    return client.post("/api/login", json={"username": user.username, "password": PASSWORD})


def code(answer: TestResponse) -> str | None:
    body = answer.get_json(silent=True)
    return body.get("code") if isinstance(body, dict) else None


def row(user: User) -> User | None:
    with database() as session:
        return session.get(User, user.id)


def hour_passes(app: Flask) -> None:
    with app.app_context():
        departing.delete_due()


def days_pass(app: Flask, clock: TimeMachineFixture) -> None:
    clock.shift(GRACE)
    hour_passes(app)


class TestAsking:
    def test_every_session_ends_and_the_day_is_told(
        self, app: Flask, as_member: FlaskClient, member: User, clock: TimeMachineFixture
    ) -> None:
        phone = browser(app, member)
        answer = leave(as_member)
        assert (answer.status_code, (answer.json or {})["delete_at"]) == (202, iso(now() + GRACE))
        assert "session=;" in answer.headers["Set-Cookie"]
        assert [one.get("/api/me").status_code for one in (as_member, phone)] == [401, 401]
        (mail,) = mails_to(member.email)
        assert (now() + GRACE).strftime("%-d %B %Y") in mail.text
        assert ", from 127.0.0.1, on " in mail.text
        assert events() == ["leaving"]

    def test_it_must_be_you(self, as_member: FlaskClient, clock: TimeMachineFixture) -> None:
        clock.shift(timedelta(minutes=11))
        assert (leave(as_member).json or {})["code"] == "confirm_identity"
        as_member.post("/api/identity", json={"password": PASSWORD})
        assert leave(as_member).status_code == 202

    def test_who_was_turned_out_since_the_request_began_deletes_nothing(
        self, app: Flask, as_member: FlaskClient, member: User
    ) -> None:
        def turned_out() -> None:
            with database() as session:
                session.execute(delete(Session).where(Session.user_id == member.id))

        app.before_request(turned_out)  # after the guard has looked who it is
        assert leave(as_member).status_code == 401
        left = row(member)
        assert left is not None
        assert (left.delete_at, events()) == (None, [])

    @pytest.mark.parametrize("body", [{}, {"files": "all"}, {"files": None}, {"files": "keep", "now": True}])
    def test_what_becomes_of_the_files_must_be_said(self, as_member: FlaskClient, body: dict[str, Any]) -> None:
        answer = as_member.delete("/api/me", json=body)
        assert answer.status_code == 400
        assert as_member.get("/api/me").status_code == 200

    def test_the_last_administrator_stays(self, as_admin: FlaskClient) -> None:
        answer = leave(as_admin)
        assert (answer.status_code, (answer.json or {})["code"]) == (409, "last_administrator")
        assert as_admin.get("/api/me").status_code == 200

    def test_of_two_administrators_one_may_leave(self, app: Flask, as_admin: FlaskClient) -> None:
        other = browser(app, make_user(role="admin"))
        assert [leave(one).status_code for one in (as_admin, other)] == [202, 409]
        with app.app_context():
            assert len(administrators()) == 1

    def test_an_administrator_who_is_disabled_does_not_count(self, as_admin: FlaskClient) -> None:
        make_user(role="admin", status="disabled")
        assert leave(as_admin).status_code == 409


class TestStaying:
    def test_who_says_so_stays(
        self, app: Flask, client: FlaskClient, as_member: FlaskClient, member: User, clock: TimeMachineFixture
    ) -> None:
        file = uploaded(as_member)
        leave(as_member, "delete")
        clock.shift(GRACE - timedelta(seconds=1))
        hour_passes(app)
        sign_in(client, member)
        assert client.post("/api/me/stay").json == {"message": "Your account stays"}
        assert client.get("/api/users").status_code == 200
        assert (client.get("/api/me").json or {})["delete_at"] is None
        days_pass(app, clock)
        assert row(member) is not None
        with database() as session:
            assert session.get(StoredFile, file["id"])
        assert [one for one in events() if one in ("leaving", "stayed", "account_deleted")] == ["leaving", "stayed"]

    def test_a_wrong_password_takes_nothing_back(
        self, app: Flask, client: FlaskClient, as_member: FlaskClient, member: User, clock: TimeMachineFixture
    ) -> None:
        leave(as_member)
        client.post("/api/login", json={"username": member.username, "password": "wrong"})
        days_pass(app, clock)
        assert row(member) is None

    def test_signing_in_tells_and_decides_nothing(
        self, app: Flask, client: FlaskClient, as_member: FlaskClient, member: User, clock: TimeMachineFixture
    ) -> None:
        until = (leave(as_member).json or {})["delete_at"]
        assert (sign_in(client, member).json or {})["user"]["delete_at"] == until
        assert (client.get("/api/me").json or {})["delete_at"] == until
        assert "stayed" not in events()
        days_pass(app, clock)
        assert row(member) is None
        assert client.get("/api/me").status_code == 401

    def test_until_it_is_decided_only_ones_own_account_is_open(
        self, app: Flask, client: FlaskClient, as_admin: FlaskClient
    ) -> None:
        admin = make_user("second", role="admin")
        leave(browser(app, admin))
        sign_in(client, admin)
        assert code(client.post("/api/users", json={"username": "x", "email": "x@example.org"})) == "leaving"
        assert client.post("/api/me/export").status_code == 202
        refused = {
            path
            for method, path in LEAST_OF
            if path != "/api/me/stay" and code(browser(app, admin).open(address(path), method=method)) == "leaving"
        }
        roots = {"/".join(path.split("/")[:3]) for path in refused}
        assert roots == {
            "/api/access-requests", "/api/audit", "/api/outbox", "/api/policies", "/api/tokens", "/api/upload",
            "/api/uploads", "/api/users",
        }  # fmt: skip

    def test_the_page_to_decide_on_is_shown_wherever_one_goes(
        self, app: Flask, as_member: FlaskClient, member: User
    ) -> None:
        leave(as_member)
        client = browser(app, member)
        assert code(client.get("/api/users")) == "leaving"
        assert [client.get(path).mimetype for path in ("/stay", "/people")] == ["text/html"] * 2

    def test_staying_twice_or_without_leaving_changes_nothing(self, as_member: FlaskClient) -> None:
        assert as_member.post("/api/me/stay").status_code == 200
        assert events() == []

    def test_who_leaves_again_meanwhile_has_seven_days_again(
        self, app: Flask, as_admin: FlaskClient, clock: TimeMachineFixture
    ) -> None:
        other = make_user(role="admin")
        leave(browser(app, other))
        clock.shift(timedelta(days=3))
        assert (leave(browser(app, other)).json or {})["delete_at"] == iso(now() + GRACE)

    def test_one_may_leave_again(
        self, client: FlaskClient, as_member: FlaskClient, member: User, clock: TimeMachineFixture
    ) -> None:
        leave(as_member)
        sign_in(client, member)
        client.post("/api/me/stay")
        clock.shift(60)
        assert (leave(client).json or {})["delete_at"] == iso(now() + GRACE)

    def test_nothing_happens_to_who_never_asked(self, app: Flask, member: User, clock: TimeMachineFixture) -> None:
        days_pass(app, clock)
        assert row(member) is not None


class TestGone:
    def test_the_account_and_what_belongs_to_it_are_gone(
        self, app: Flask, client: FlaskClient, as_member: FlaskClient, member: User, clock: TimeMachineFixture
    ) -> None:
        as_member.post("/api/tokens", json={"name": "t", "scope": "read"})
        as_member.post("/api/me/export")
        jobs.run_all(app)
        uploaded(as_member, b"private")
        leave(as_member)
        days_pass(app, clock)
        assert sign_in(client, member).status_code == 401
        assert on_disk(app) == []
        with database() as session:
            left = [
                table.name
                for table in User.metadata.sorted_tables
                if "user_id" in table.c and session.scalar(select(func.count()).where(table.c.user_id == member.id))
            ]
            assert left == []
            assert session.scalars(select(Mail)).all() == []
            assert session.scalar(select(func.count()).select_from(User)) == 0
        assert "account_deleted" in events()

    def test_so_are_mails_to_the_address_before_and_what_was_asked_at_the_door(
        self, app: Flask, member: User, as_admin: FlaskClient
    ) -> None:
        make_access_request("Grace Hopper", member.email)
        make_access_request("Somebody Else", "other@example.org")
        with database() as session:
            until = now() + timedelta(days=7)
            for purpose, email in (("undo", "before@example.org"), ("email", "other@example.org")):
                session.add(OneTimeToken(token_hash=purpose, purpose=purpose, user_id=member.id, expires_at=until,
                                         email=email, email_key=email))  # fmt: skip
            for recipient, token in (("before@example.org", None), ("other@example.org", "email"),
                                     ("other@example.org", None)):  # fmt: skip
                session.add(Mail(recipient=recipient, subject="", text="", html="", state="kept", token_hash=token))
        assert as_admin.delete(f"/api/users/{member.id}").status_code == 204
        with database() as session:
            assert session.scalars(select(AccessRequest.email)).all() == ["other@example.org"]
            left = session.scalars(select(Mail.recipient).order_by(Mail.recipient)).all()
        assert left == [member.email, "other@example.org"]  # the first tells of it

    @pytest.mark.parametrize(("files", "kept"), [("keep", ["shared.txt"]), ("delete", [])])
    def test_shared_files_stay_or_go_as_chosen_and_private_ones_go(
        self, app: Flask, as_member: FlaskClient, clock: TimeMachineFixture, files: str, kept: list[str]
    ) -> None:
        uploaded(as_member, ("private.txt", b"1"))
        uploaded(as_member, ("shared.txt", b"2"), visibility="members")
        binned = uploaded(as_member, ("binned.txt", b"3"), visibility="members")
        as_member.delete(f"/api/uploads/{binned['id']}")
        leave(as_member, files)
        days_pass(app, clock)
        other = browser(app, make_user())
        found: Any = other.get("/api/uploads").json
        assert [one["name"] for one in found] == kept
        assert [one["owner"]["name"] for one in found] == ["Former member"] * len(kept)
        assert [other.get(one["url"], buffered=True).data for one in found] == [b"2"] * len(kept)
        assert len(on_disk(app)) == len(kept)
        with database() as session:
            assert session.scalar(select(func.count()).select_from(StoredFile)) == len(kept)

    def test_what_stays_is_kept_private_by_nobody(
        self, app: Flask, as_member: FlaskClient, clock: TimeMachineFixture
    ) -> None:
        address = f"/api/uploads/{uploaded(as_member, visibility='members')['id']}"
        leave(as_member)
        days_pass(app, clock)
        as_manager = browser(app, make_user(role="manager"))
        refused = as_manager.patch(address, json={"name": "ours.txt", "visibility": "private"})
        assert (refused.status_code, code(refused)) == (409, "owner_left")
        shown: Any = as_manager.get(address).json
        assert (shown["name"], shown["visibility"]) == ("file.bin", "members")
        assert as_manager.patch(address, json={"name": "ours.txt", "visibility": "members"}).status_code == 200

    def test_all_who_left_share_one_account_nobody_can_open(
        self, app: Flask, client: FlaskClient, clock: TimeMachineFixture
    ) -> None:
        people = [make_user(), make_user()]
        for one in people:
            uploaded(browser(app, one), visibility="members")
            leave(browser(app, one))
        days_pass(app, clock)
        with database() as session:
            (former,) = session.scalars(select(User))
            assert session.scalars(select(StoredFile.owner_id)).all() == [former.id] * 2
        assert (former.status, former.password_hash, former.role) == ("disabled", None, "member")
        for name in (former.username, "@", " "):
            assert client.post("/api/login", json={"username": name, "password": "x"}).status_code in (400, 401)
        body = {"username": former.username, "email": "a@example.org", "password": PASSWORD}
        assert client.post("/api/users", json=body).status_code == 400

    def test_the_name_and_address_are_free_again(
        self, app: Flask, client: FlaskClient, as_member: FlaskClient, member: User, clock: TimeMachineFixture
    ) -> None:
        leave(as_member)
        body = {"username": member.username, "email": member.email, "password": PASSWORD}
        assert client.post("/api/users", json=body).status_code == 400
        days_pass(app, clock)
        again = client.post("/api/users", json=body)
        assert (again.status_code, (again.json or {})["id"] > member.id) == (201, True)

    def test_doing_it_twice_changes_nothing(
        self, app: Flask, as_member: FlaskClient, clock: TimeMachineFixture
    ) -> None:
        leave(as_member)
        days_pass(app, clock)
        hour_passes(app)
        assert events().count("account_deleted") == 1

    def test_who_decided_otherwise_while_it_was_being_done_stays(self, app: Flask, member: User) -> None:
        with app.app_context():
            departing._delete_unless_stayed(member.id)
        assert row(member) is not None

    def test_the_worker_does_it_every_hour(self, app: Flask) -> None:
        assert departing.delete_due in app.extensions["hourly"]


@pytest.mark.on_disk
def test_two_administrators_leaving_at_once_leave_one(app: Flask) -> None:
    from concurrent.futures import ThreadPoolExecutor

    clients = [browser(app, make_user(role="admin")) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        answers = sorted(one.status_code for one in pool.map(leave, clients))
    assert answers == [202, 202, 202, 409]


@pytest.mark.on_disk
def test_the_tables_of_a_migrated_database_take_it(app: Flask, clock: TimeMachineFixture) -> None:
    user = make_user()
    client = browser(app, user)
    uploaded(client, visibility="members")
    client.post("/api/me/export")
    jobs.run_all(app)
    leave(client)
    with database() as session:
        session.execute(update(User).values(delete_at=now()))
    hour_passes(app)
    assert row(user) is None
