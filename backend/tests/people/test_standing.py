"""What those who run the club decide about a person: the role, whether the account may be used, deleting it."""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from clubroom.accounts.leaving.departing import former_member
from clubroom.accounts.models import Session, User, administrators
from clubroom.accounts.tokens.models import ApiToken
from clubroom.core.clock import now
from clubroom.core.database import db
from clubroom.core.guard import public
from clubroom.files.models import StoredFile
from flask import Flask, request
from flask.testing import FlaskClient
from sqlalchemy import Executable, delete, select, update
from time_machine import TimeMachineFixture

from ..accounts.factors.steps import json, told
from ..factories import PASSWORD, database, make_access_request, make_authenticator, make_user
from ..files.steps import on_disk, uploaded
from ..steps import browser, events, mails_to, token_in, token_of


@pytest.fixture
def ada() -> User:
    return make_user("ada", name="Ada")


def change(client: FlaskClient, user: User, **values: Any) -> tuple[int, str | None]:
    return told(client.patch(f"/api/users/{user.id}", json=values))


def expel(client: FlaskClient, user: User, files: str | None = None) -> tuple[int, str | None]:
    return told(client.delete(f"/api/users/{user.id}" + (f"?files={files}" if files else "")))


class TestTheRole:
    def test_is_changed_with_all_that_follows(self, app: Flask, as_admin: FlaskClient, ada: User) -> None:
        before = browser(app, ada)
        answer = as_admin.patch(f"/api/users/{ada.id}", json={"role": "manager"})
        assert (answer.status_code, json(answer)) == (200, json(as_admin.get(f"/api/users/{ada.id}")))
        assert json(answer)["role"] == "manager"
        assert before.get("/api/me").status_code == 401  # opened with other rights
        assert browser(app, ada).get("/api/access-requests").status_code == 200
        (mail,) = mails_to(ada.email)
        assert mail.subject == "You are a manager of Clubroom now"
        assert "admin has made you a manager" in mail.text
        (written,) = json(as_admin.get("/api/audit?event=role_changed"))
        assert (written["actor"]["username"], written["subject"]["username"]) == ("admin", "ada")
        assert written["detail"] == {"before": "member", "after": "manager"}

    def test_that_one_has_is_no_change(self, app: Flask, as_admin: FlaskClient, ada: User) -> None:
        before = browser(app, ada)
        assert change(as_admin, ada, role="member", status="active") == (200, None)
        assert before.get("/api/me").status_code == 200
        assert (mails_to(ada.email), events()) == ([], [])

    def test_of_an_administrator_may_change_where_another_is(self, app: Flask, as_admin: FlaskClient) -> None:
        other = make_user(role="admin")
        before = browser(app, other)
        assert change(as_admin, other, role="member") == (200, None)
        assert before.get("/api/me").status_code == 401
        assert before.get("/api/audit").status_code == 401

    def test_of_ones_own_changes_too_and_signs_one_out(self, as_admin: FlaskClient) -> None:
        make_user(role="admin")
        me = json(as_admin.get("/api/me"))["id"]
        assert told(as_admin.patch(f"/api/users/{me}", json={"role": "member"})) == (200, None)
        assert as_admin.get("/api/me").status_code == 401


class TestTheStatus:
    def test_disabled_lets_nobody_in_and_deletes_nothing(
        self, app: Flask, client: FlaskClient, as_admin: FlaskClient, ada: User
    ) -> None:
        before = browser(app, ada)
        file = uploaded(before, visibility="members")
        script = token_of(before, "read")
        assert change(as_admin, ada, status="disabled") == (200, None)
        assert before.get("/api/me").status_code == 401
        assert client.get("/api/me", headers=script).status_code == 401
        tried = client.post("/api/login", json={"username": "ada", "password": PASSWORD})
        assert told(tried) == (403, "disabled")
        assert as_admin.get(f"/api/uploads/{file['id']}/content").status_code == 200
        assert mails_to(ada.email)[-1].subject == "Your account at Clubroom was disabled"
        assert change(as_admin, ada, status="active") == (200, None)
        assert mails_to(ada.email)[-1].subject == "Your account at Clubroom is open again"
        assert before.get("/api/me").status_code == 401  # a session that has ended does not come back
        assert client.post("/api/login", json={"username": "ada", "password": PASSWORD}).status_code == 200
        assert [one for one in events() if one.startswith("account_")] == ["account_disabled", "account_enabled"]

    def test_lets_in_again_also_who_has_no_password_any_more(
        self, client: FlaskClient, as_admin: FlaskClient, ada: User
    ) -> None:
        cleo = make_user("cleo")
        make_authenticator(cleo, now())
        for user, sent in ((ada, True), (make_user("bea", confirmed=False), False), (cleo, True)):
            with database() as session:
                session.execute(update(User).where(User.id == user.id).values(password_hash=None))
            for status in ("disabled", "active"):
                assert change(as_admin, user, status=status) == (200, None)
            assert any("/reset#" in mail.text for mail in mails_to(user.email)) == sent
        chosen = {"token": token_in(mails_to(ada.email)[-1]), "password": "eleven loud geese at noon"}
        assert client.post("/api/password/reset", json=chosen).status_code == 200

    @pytest.mark.parametrize("wishes", [[{"status": "disabled"}, {"status": "active"}], [{"role": "admin"}]])
    def test_changed_like_the_role_makes_no_address_theirs_that_was_asked_for_before(
        self, app: Flask, client: FlaskClient, as_admin: FlaskClient, ada: User, wishes: list[dict[str, str]]
    ) -> None:
        assert browser(app, ada).post("/api/me/email", json={"email": "eve@example.org"}).status_code == 202
        for wish in wishes:
            assert change(as_admin, ada, **wish) == (200, None)
        asked = token_in(mails_to("eve@example.org")[0])
        assert told(client.post("/api/me/email/confirm", json={"token": asked})) == (400, "invalid_token")

    def test_and_role_are_changed_at_once(self, as_admin: FlaskClient, ada: User) -> None:
        assert change(as_admin, ada, name="A.", role="manager", status="disabled") == (200, None)
        shown = json(as_admin.get(f"/api/users/{ada.id}"))
        assert (shown["name"], shown["role"], shown["status"]) == ("A.", "manager", "disabled")


class TestDeleting:
    def test_takes_all_but_what_is_shared(self, app: Flask, as_admin: FlaskClient, ada: User) -> None:
        before = browser(app, ada)
        shared, private = uploaded(before, visibility="members"), uploaded(before)
        assert expel(as_admin, ada) == (204, None)
        assert before.get("/api/me").status_code == 401
        assert told(as_admin.get(f"/api/users/{ada.id}")) == (404, "not_found")
        assert as_admin.get(f"/api/uploads/{shared['id']}/content").status_code == 200
        assert as_admin.get(f"/api/uploads/{private['id']}").status_code == 404
        assert len(on_disk(app)) == 1
        (mail,) = mails_to(ada.email)
        assert mail.subject == "Your account at Clubroom was deleted"
        assert "stay, as those of a former member" in mail.text
        (written,) = json(as_admin.get("/api/audit?event=account_deleted"))
        assert (written["actor"]["username"], written["subject"]["username"]) == ("admin", "ada")
        assert written["detail"] == {"files": "keep"}

    def test_takes_what_is_shared_too_where_that_is_wanted(self, app: Flask, as_admin: FlaskClient, ada: User) -> None:
        uploaded(browser(app, ada), visibility="members")
        assert expel(as_admin, ada, "delete") == (204, None)
        assert len(on_disk(app)) == 0
        with database() as session:
            assert session.scalars(select(StoredFile)).all() == []
        (mail,) = mails_to(ada.email)
        assert "the files you shared included" in mail.text

    def test_takes_the_mails_to_the_person_but_the_last(self, as_admin: FlaskClient, ada: User) -> None:
        as_admin.post(f"/api/users/{ada.id}/reset-link")
        assert expel(as_admin, ada) == (204, None)
        assert [one.subject for one in mails_to(ada.email)] == ["Your account at Clubroom was deleted"]

    def test_somebody_who_never_confirmed_tells_nobody(self, as_admin: FlaskClient) -> None:
        stranger = make_user("eve", confirmed=False)
        assert change(as_admin, stranger, role="manager", status="disabled") == (200, None)
        assert mails_to(stranger.email) == []
        assert expel(as_admin, stranger) == (204, None)
        assert mails_to(stranger.email) == []

    @pytest.mark.parametrize("query", ["files=all", "files=", "now=true"])
    def test_takes_no_unknown_wish(self, as_admin: FlaskClient, ada: User, query: str) -> None:
        assert told(as_admin.delete(f"/api/users/{ada.id}?{query}")) == (400, "invalid")
        assert as_admin.get(f"/api/users/{ada.id}").status_code == 200

    def test_ones_own_account_leaves_seven_days(
        self, as_member: FlaskClient, member: User, as_admin: FlaskClient
    ) -> None:
        answer = as_member.delete(f"/api/users/{member.id}")
        assert (answer.status_code, "delete_at" in json(answer)) == (202, True)
        assert as_member.get("/api/me").status_code == 401
        assert as_admin.get(f"/api/users/{member.id}").status_code == 200
        assert events() == ["leaving"]

    def test_while_a_file_of_theirs_comes_in_leaves_nothing_of_it(
        self, app: Flask, as_member: FlaskClient, member: User
    ) -> None:
        class Body(io.BytesIO):
            def read(self, size: int | None = -1) -> bytes:
                with database() as session:
                    session.execute(delete(User).where(User.id == member.id))
                return super().read(size)

        sent = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\nhello\r\n--x--\r\n'
        answer = as_member.post(
            "/api/upload",
            input_stream=Body(sent),
            content_type="multipart/form-data; boundary=x",
            headers={"Content-Length": str(len(sent))},
        )
        assert told(answer) == (401, "unauthorized")
        assert len(on_disk(app)) == 0


class TestWhoDecides:
    @pytest.mark.parametrize("role", ["member", "manager"])
    @pytest.mark.parametrize("wish", [{"role": "admin"}, {"status": "disabled"}, {"name": "X", "role": "member"}])
    def test_nobody_but_an_administrator(
        self, app: Flask, ada: User, role: str, wish: dict[str, str], clock: TimeMachineFixture
    ) -> None:
        who = make_user(role=role)
        client = browser(app, who)
        assert change(client, ada, **wish) == (403, "forbidden")
        assert change(client, who, **wish) == (403, "forbidden")
        assert expel(client, ada) == (403, "forbidden")
        assert expel(client, User(id=999, username="x", email="x")) == (404, "not_found")
        clock.shift(timedelta(minutes=11))  # nobody is asked who they are only to be refused
        assert change(client, who, **wish) == (403, "forbidden")
        assert events() == []

    def test_an_administrator_who_has_shown_that_it_is_them(
        self, as_admin: FlaskClient, ada: User, clock: TimeMachineFixture
    ) -> None:
        as_admin.get("/api/me")
        clock.shift(timedelta(minutes=11))
        assert change(as_admin, ada, role="admin") == (403, "confirm_identity")
        assert change(as_admin, ada, status="disabled") == (403, "confirm_identity")
        assert expel(as_admin, ada) == (403, "confirm_identity")
        assert change(as_admin, ada, name="Ada L.") == (200, None)  # a name weakens nothing
        as_admin.post("/api/identity", json={"password": PASSWORD})
        assert change(as_admin, ada, role="admin") == (200, None)

    def test_a_script_whose_token_has_the_scope_of_an_administrator(
        self, client: FlaskClient, as_admin: FlaskClient, ada: User
    ) -> None:
        path = f"/api/users/{ada.id}"
        write, admin = token_of(as_admin, "write"), token_of(as_admin, "admin")
        for refused in (
            client.patch(path, json={"role": "admin"}, headers=write),
            client.patch(path, json={"status": "disabled"}, headers=write),
            client.delete(path, headers=write),
        ):
            assert told(refused) == (403, "forbidden")
        assert client.patch(path, json={"role": "manager"}, headers=admin).status_code == 200
        assert client.delete(path, headers=admin).status_code == 204

    def test_no_script_about_its_owners_own_account(
        self, client: FlaskClient, as_admin: FlaskClient, as_member: FlaskClient, member: User
    ) -> None:
        answer = client.delete(f"/api/users/{member.id}", headers=token_of(as_member, "write"))
        assert told(answer) == (403, "token_not_enough")
        assert as_member.get("/api/me").status_code == 200

    @pytest.mark.parametrize("wish", [{"role": "member"}, {"status": "disabled"}, None])
    def test_always_leaves_an_administrator(self, as_admin: FlaskClient, wish: dict[str, str] | None) -> None:
        make_user(role="admin", status="disabled")
        me = as_admin.get("/api/me").get_json()["id"]
        answer = as_admin.patch(f"/api/users/{me}", json=wish) if wish else as_admin.delete(f"/api/users/{me}")
        assert told(answer) == (409, "last_administrator")
        assert json(answer)["error"] == "You are the last administrator. Make another one first."
        assert (events(), as_admin.get("/api/audit").status_code) == ([], 200)

    def test_nobody_about_the_account_of_those_who_left(self, app: Flask, as_admin: FlaskClient) -> None:
        with app.app_context():
            former = former_member()
            db.session.commit()
            former = db.session.get_one(User, former.id)
            for wish in ({"role": "admin"}, {"status": "active"}, {"name": "Eve"}):
                assert change(as_admin, former, **wish) == (409, "nobodys")
            assert expel(as_admin, former) == (409, "nobodys")
            assert told(as_admin.post(f"/api/users/{former.id}/reset-link")) == (409, "nobodys")
            assert told(as_admin.delete(f"/api/users/{former.id}/factors")) == (409, "nobodys")
            assert mails_to("") == []

    def test_of_two_who_saw_the_same_the_second_is_412(self, as_admin: FlaskClient, ada: User) -> None:
        path = f"/api/users/{ada.id}"
        tag = {"If-Match": as_admin.get(path).headers["ETag"]}
        assert as_admin.patch(path, json={"role": "manager"}, headers=tag).status_code == 200
        assert told(as_admin.patch(path, json={"role": "admin"}, headers=tag)) == (412, "precondition_failed")
        assert told(as_admin.delete(path, headers=tag)) == (412, "precondition_failed")


OWN_ERRANDS: list[tuple[str, Any, int]] = [
    ("GET /api/me", None, 401),
    ("GET /api/factors", None, 200),  # none
    ("PATCH /api/me", {"name": "Bea"}, 401),
    ("PATCH /api/users/{me}", {"name": "Bea"}, 401),
    ("DELETE /api/me", {"files": "keep"}, 401),
    ("DELETE /api/users/{me}", None, 404),
    ("DELETE /api/sessions", None, 204),
    ("POST /api/me/email", {"email": "bea@example.org"}, 401),
    ("POST /api/me/export", None, 401),
    ("POST /api/tokens", {"name": "x", "scope": "read"}, 401),
    ("POST /api/totp", None, 401),
    ("POST /api/recovery-codes", None, 409),  # without a factor
    ("POST /api/passkeys/options", None, 401),
    ("POST /api/identity", {"password": PASSWORD}, 401),
    ("POST /api/password", {"current": PASSWORD, "new": "eleven lazy otters by the weir"}, 401),
]


@pytest.mark.parametrize(("errand", "body", "status"), OWN_ERRANDS)
def test_an_errand_of_somebody_who_is_deleted_meanwhile_comes_to_nothing(
    app: Flask, as_member: FlaskClient, member: User, errand: str, body: Any, status: int
) -> None:
    def expelled() -> None:
        with database() as session:
            session.execute(delete(User).where(User.id == member.id))

    app.before_request(expelled)  # after the guard has looked who it is
    method, path = errand.replace("{me}", str(member.id)).split()
    assert as_member.open(path, method=method, json=body).status_code == status
    with database() as session:
        assert [*session.scalars(select(User)), *session.scalars(select(Session))] == []


@pytest.mark.on_disk
@pytest.mark.parametrize("wish", [{"role": "member"}, {"status": "disabled"}, None])
def test_administrators_who_turn_each_other_out_at_once_leave_one(app: Flask, wish: dict[str, str] | None) -> None:
    people = [make_user(role="admin") for _ in range(4)]
    clients = [browser(app, one) for one in people]

    def turn_out(at: int) -> tuple[int, str | None]:
        other = people[(at + 1) % 4]
        return change(clients[at], other, **wish) if wish else expel(clients[at], other)

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(turn_out, range(4)))
    with app.app_context():
        assert len(administrators()) >= 1
    statuses = {status for status, _ in answers}
    assert statuses <= {200, 204, 401, 403, 409}
    assert statuses & {200, 204}


DECISIONS: list[tuple[str, Any]] = [
    ("PATCH /api/users/{ada}", {"role": "admin"}),
    ("PATCH /api/users/{ada}", {"status": "disabled"}),
    ("PATCH /api/users/{ada}", {"name": "Eve"}),
    ("PATCH /api/users/{me}", {"role": "admin"}),
    ("DELETE /api/users/{ada}", None),
    ("POST /api/users/{ada}/reset-link", None),
    ("DELETE /api/users/{ada}/factors", None),
    ("DELETE /api/users/{ada}/sessions", None),
    ("PUT /api/policies", {"role": "manager", "second_factor": True}),
    ("POST /api/users", {"username": "ben", "email": "ben@example.org", "password": PASSWORD}),
    ("POST /api/users", {"username": "ben", "email": "ben@example.org"}),
]


@pytest.mark.parametrize(("decision", "body"), DECISIONS)
@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        (update(User).where(User.username == "eve").values(role="member"), (403, "forbidden")),
        (delete(Session), (401, "unauthorized")),
        (update(Session).values(token_hash="of another"), (401, "unauthorized")),
    ],
)
def test_who_may_not_any_more_since_the_request_began_decides_nothing(
    app: Flask, ada: User, decision: str, body: Any, change: Executable, refusal: tuple[int, str]
) -> None:
    make_user("grace", role="admin")
    eve = make_user("eve", role="admin")
    client = browser(app, eve)

    def turned_out() -> None:
        with database() as session:
            session.execute(change)

    app.before_request(turned_out)  # after the guard has looked who it is
    method, path = decision.format(ada=ada.id, me=eve.id).split()
    assert told(client.open(path, method=method, json=body)) == refusal
    assert (events(), mails_to("ben@example.org"), mails_to(ada.email)) == ([], [], [])
    with database() as session:
        assert session.get_one(User, ada.id).name == "Ada"
        assert len(session.scalars(select(User)).all()) == 3


@pytest.mark.parametrize(
    "decision",
    [
        ("POST /api/access-requests/{request}/approve", None),
        ("POST /api/access-requests/{request}/decline", None),
        ("PATCH /api/uploads/{file}", {"visibility": "private"}),
        ("DELETE /api/uploads/{file}", None),
    ],
)
@pytest.mark.parametrize("by_script", [False, True])
def test_nor_does_a_manager(app: Flask, ada: User, decision: tuple[str, Any], by_script: bool) -> None:
    eve = make_user("eve", role="manager")
    falls: list[User] = []

    def demoted() -> None:
        with database() as session:
            for one in falls:
                session.execute(update(User).where(User.id == one.id).values(role="member"))

    app.before_request(demoted)  # after the guard has looked who it is
    file, asked = uploaded(browser(app, ada), visibility="members"), make_access_request(email="grace@example.org")
    client = browser(app, eve)
    headers = token_of(client, "write") if by_script else {}
    before = events()
    falls.append(eve)
    method, path = decision[0].format(request=asked.id, file=file["id"]).split()
    assert told(client.open(path, method=method, json=decision[1], headers=headers)) == (403, "forbidden")
    assert (events(), mails_to("grace@example.org")) == (before, [])


@pytest.mark.parametrize(
    ("decision", "body"),
    [
        ("PATCH /api/users/{ada}", {"role": "admin"}),
        ("DELETE /api/users/{ada}", None),
        ("POST /api/users", {"username": "ben", "email": "ben@example.org"}),
    ],
)
def test_nor_does_a_script_whose_token_was_removed_since(
    app: Flask, as_admin: FlaskClient, client: FlaskClient, ada: User, decision: str, body: Any
) -> None:
    def removed() -> None:
        if "Authorization" in request.headers:
            with database() as session:
                session.execute(delete(ApiToken))

    app.before_request(removed)  # after the guard has looked whose it is
    script = token_of(as_admin, "admin")
    method, path = decision.format(ada=ada.id).split()
    assert told(client.open(path, method=method, json=body, headers=script)) == (401, "unauthorized")
    assert events() == ["token_made"]


@pytest.mark.parametrize("method", ["get_one", "refresh"])
def test_what_vanishes_while_a_request_is_done_is_not_there(app: Flask, client: FlaskClient, method: str) -> None:
    user = make_user("ada")

    @public
    def look() -> str:
        found = db.session.get_one(User, user.id)
        db.session.rollback()
        with database() as session:
            session.execute(delete(User))
        return db.session.get_one(User, user.id).name if method == "get_one" else found.name

    app.view_functions["health.alive"] = look
    assert told(client.get("/healthz")) == (404, "not_found")
