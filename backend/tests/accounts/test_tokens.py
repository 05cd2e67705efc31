"""API tokens: what they open, what stays closed to them, and when they end."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from clubroom.accounts.factors.models import RolePolicy
from clubroom.accounts.models import User
from clubroom.accounts.tokens.models import ApiToken, checksum, new_api_token, well_formed
from clubroom.core.clock import now
from clubroom.core.database import db
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, text, update
from time_machine import TimeMachineFixture
from werkzeug.test import TestResponse

from ..factories import PASSWORD, database, make_user
from ..steps import browser, events, link_in, mails_to
from .factors.steps import set_up_app

KNOWN_TO_NOBODY = "club_" + "0" * 40 + checksum("club_" + "0" * 40)


def day(days: int) -> str:
    return (now() + timedelta(days=days)).date().isoformat()


def make(client: FlaskClient, scope: str = "read", days: int = 30, name: str = "backup script") -> TestResponse:
    return client.post("/api/tokens", json={"name": name, "scope": scope, "expires_at": day(days)})


def made(app: Flask, user: User, scope: str = "read", days: int = 30) -> str:
    """The text of a new token of `user`."""
    answer: Any = make(browser(app, user), scope, days).json
    return str(answer["token"])


def by(app: Flask, token: str, method: str = "GET", path: str = "/api/me", **more: Any) -> TestResponse:
    """A script's request: no cookies, a token."""
    headers = {"Authorization": f"Bearer {token}"} | more.pop("headers", {})
    return app.test_client().open(path, method=method, headers=headers, **more)


def code(answer: TestResponse) -> str:
    body: Any = answer.json
    return str(body["code"])


def change(user: User, **values: Any) -> None:
    with database() as session:
        session.execute(update(User).where(User.id == user.id).values(**values))


@pytest.mark.usefixtures("clock")  # a day that ends meanwhile is another one
class TestMaking:
    def test_a_token_is_shown_once_and_kept_hashed(self, as_member: FlaskClient, member: User) -> None:
        answer = make(as_member)
        assert answer.status_code == 201
        shown: Any = answer.json
        assert shown.pop("token").startswith("club_")
        assert as_member.get("/api/tokens").json == [shown]
        assert (shown["name"], shown["scope"], shown["last_used_at"]) == ("backup script", "read", None)
        assert shown["expires_at"] == f"{day(30)}T23:59:59Z"
        with database() as session:
            kept = session.scalars(select(ApiToken)).one()
        assert (kept.user_id, len(kept.token_hash)) == (member.id, 64)
        assert events() == ["token_made"]

    def test_its_owner_is_told_what_when_and_from_where(self, app: Flask, member: User) -> None:
        client = browser(app, member, address="192.0.2.7")
        client.environ_base["HTTP_USER_AGENT"] = "Mozilla/5.0 (X11; Linux) Firefox/130.0"
        token: Any = make(client, "write").json
        (mail,) = mails_to(member.email)
        assert mail.subject == "Your account at Clubroom has a new API token"
        assert "“backup script”" in mail.text
        assert "Firefox on Linux, from 192.0.2.7, on " in mail.text
        assert "reads and changes things in your name" in mail.text
        assert link_in(mail) == "http://localhost:8000/account#tokens"
        assert token["token"] not in mail.text + mail.html

    def test_scanners_recognise_a_token_and_a_wrong_letter(self) -> None:
        token = new_api_token()
        assert (len(token), well_formed(token), checksum(token[:45])) == (51, True, token[45:])
        other = "b" if token[20] == "a" else "a"
        assert not well_formed(token[:20] + other + token[21:])
        assert not well_formed(token + "\n")
        assert len({new_api_token() for _ in range(100)}) == 100

    def test_it_must_be_you(self, as_member: FlaskClient, clock: TimeMachineFixture) -> None:
        clock.shift(timedelta(minutes=11))
        assert code(make(as_member)) == "confirm_identity"
        as_member.post("/api/identity", json={"password": PASSWORD})
        assert make(as_member).status_code == 201

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("name", " "), ("name", "x" * 61), ("name", "a\x00b"), ("scope", "all"), ("scope", None),
            ("expires_at", "tomorrow"), ("expires_at", 5), ("expires_at", "2020-01-01"), ("expires_at", "9999-12-31"),
            ("expires_at", "2027-01-01T12:00:00"),
        ],
    )  # fmt: skip
    def test_what_makes_no_sense_is_refused_at_its_field(
        self, as_member: FlaskClient, field: str, value: object
    ) -> None:
        body = {"name": "a", "scope": "read", "expires_at": day(1)} | {field: value}
        answer = as_member.post("/api/tokens", json=body)
        fields: Any = answer.json
        assert (answer.status_code, list(fields["fields"])) == (400, [field])
        assert "Input should" not in fields["fields"][field]

    @pytest.mark.parametrize(("days", "status"), [(-1, 400), (0, 201), (366, 201), (367, 400)])
    def test_the_end_is_from_today_to_a_year_ahead(self, as_member: FlaskClient, days: int, status: int) -> None:
        assert make(as_member, days=days).status_code == status

    def test_the_end_may_be_a_moment_as_the_answer_says_it(self, as_member: FlaskClient) -> None:
        for moment in (f"{day(9)}T12:00:00Z", f"{day(9)}T14:00:00+02:00"):
            body: Any = as_member.post("/api/tokens", json={"name": "a", "scope": "read", "expires_at": moment}).json
            assert body["expires_at"] == f"{day(9)}T12:00:00Z"

    def test_without_an_end_it_is_good_for_90_days(self, as_member: FlaskClient) -> None:
        body: Any = as_member.post("/api/tokens", json={"name": "a", "scope": "read"}).json
        assert body["expires_at"] == f"{day(90)}T23:59:59Z"

    @pytest.mark.parametrize("role", ["member", "manager"])
    def test_only_administrators_make_tokens_that_administer(self, app: Flask, role: str) -> None:
        answer = make(browser(app, make_user(role=role)), "admin")
        assert (answer.status_code, code(answer)) == (400, "scope_too_wide")

    def test_fifty_are_the_most(self, as_member: FlaskClient) -> None:
        assert [make(as_member).status_code for _ in range(51)] == [201] * 50 + [409]

    def test_they_are_listed_in_pages_the_newest_first(self, as_member: FlaskClient, clock: TimeMachineFixture) -> None:
        for name in ("one", "two", "three"):
            make(as_member, name=name)
            clock.shift(1)
        first = as_member.get("/api/tokens?limit=2")
        rest = as_member.get(first.headers["Link"].split(">")[0].strip("<"))
        pages: list[Any] = [first.json, rest.json]
        assert [[one["name"] for one in page] for page in pages] == [["three", "two"], ["one"]]

    def test_everybody_sees_and_removes_their_own_only(
        self, app: Flask, as_member: FlaskClient, as_admin: FlaskClient
    ) -> None:
        token: Any = make(as_member).json
        assert as_admin.get("/api/tokens").json == []
        assert as_admin.delete(f"/api/tokens/{token['id']}").status_code == 404
        assert by(app, token["token"]).status_code == 200
        assert as_member.delete(f"/api/tokens/{token['id']}").status_code == 204
        assert as_member.delete(f"/api/tokens/{token['id']}").status_code == 404
        assert code(by(app, token["token"])) == "invalid_token"
        assert events() == ["token_made", "token_removed"]


class TestScopes:
    def test_a_token_acts_as_its_owner(self, app: Flask, member: User) -> None:
        assert (by(app, made(app, member)).json or {})["username"] == member.username
        assert (by(app, made(app, member), path="/api/protected").json or {})["message"] == "Hello, member!"

    def test_read_reads_and_changes_nothing(self, app: Flask, member: User) -> None:
        token = made(app, member, "read")
        assert [by(app, token, path=path).status_code for path in ("/api/users", "/api/uploads")] == [200, 200]
        assert by(app, token, "HEAD", "/api/users").status_code == 200
        for method, path in (
            ("PATCH", "/api/me"), ("PATCH", f"/api/users/{member.id}"), ("POST", "/api/upload"),
            ("DELETE", "/api/uploads/x"), ("POST", "/api/users"),
        ):  # fmt: skip
            answer = by(app, token, method, path, json={})
            assert (answer.status_code, code(answer)) == (403, "token_not_enough"), path

    def test_write_changes_what_its_owner_may_change(self, app: Flask, member: User) -> None:
        token = made(app, member, "write")
        answer = by(app, token, "PATCH", f"/api/users/{member.id}", json={"name": "Ada"})
        assert (answer.status_code, (answer.json or {})["name"]) == (200, "Ada")
        seen = {"If-Match": by(app, token).headers["ETag"]}
        for status in (200, 412):
            assert by(app, token, "PATCH", "/api/me", json={"name": "Grace"}, headers=seen).status_code == status
        other = make_user()
        assert by(app, token, "PATCH", f"/api/users/{other.id}", json={"name": "Ada"}).status_code == 403
        assert by(app, token, path="/api/access-requests").status_code == 403
        manager = made(app, make_user(role="manager"), "write")
        assert by(app, manager, path="/api/access-requests").status_code == 200

    @pytest.mark.parametrize(("scope", "status"), [("read", 403), ("write", 403), ("admin", 200)])
    def test_only_the_scope_admin_carries_an_administrators_rights(self, app: Flask, scope: str, status: int) -> None:
        token = made(app, make_user(role="admin"), scope)
        assert by(app, token, path="/api/outbox").status_code == status
        assert by(app, token, path="/api/audit").status_code == status
        assert by(app, token, path="/api/access-requests").status_code == 200
        me: Any = by(app, token).json
        assert (me["role"], me["scope"], "audit.read" in me["permissions"]) == ("admin", scope, status == 200)

    def test_an_administrators_token_adds_people(self, app: Flask) -> None:
        body = {"username": "grace", "email": "grace@example.org"}
        token = made(app, make_user(role="admin"), "admin")
        assert by(app, token, "POST", "/api/users", json=body).status_code == 201

    def test_no_token_opens_what_guards_an_account(self, app: Flask) -> None:
        """Every route without a permission of its own is closed to tokens, unless it stands here."""
        token = made(app, make_user("admin", role="admin"), "admin")
        opened = {
            (method, rule.rule)
            for rule in app.url_map.iter_rules()
            for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
            if not hasattr(app.view_functions[rule.endpoint], "permission")
            and code_of(by(app, token, method, rule.rule.replace("<int:user_id>", "999"))) != "token_not_enough"
        }
        public_pages = {one for one in opened if one[0] == "GET" and one[1] not in ("/api/me", "/api/protected")}
        assert opened - public_pages == {
            ("GET", "/api/me"),
            ("GET", "/api/protected"),
            ("PATCH", "/api/me"),
            ("DELETE", "/api/users/<int:user_id>"),
            ("PATCH", "/api/users/<int:user_id>"),
            ("POST", "/api/users"),
        }
        views = {rule.rule: app.view_functions[rule.endpoint] for rule in app.url_map.iter_rules()}
        assert [path for _, path in public_pages if not getattr(views[path], "is_public", False)] == []


def code_of(answer: TestResponse) -> str:
    return code(answer) if answer.is_json and answer.status_code >= 400 else ""


class TestEnding:
    def test_the_day_it_ends_is_its_last(self, app: Flask, member: User, clock: TimeMachineFixture) -> None:
        start = now()
        token = made(app, member, days=1)
        end = (start + timedelta(days=1)).replace(hour=23, minute=59, second=59, microsecond=0)
        clock.move_to(end)
        assert by(app, token).status_code == 200
        clock.shift(1)
        assert code(by(app, token)) == "invalid_token"

    @pytest.mark.parametrize("change_to", [{"status": "disabled"}, {"delete_at": now()}])
    def test_it_ends_with_its_owner(self, app: Flask, member: User, change_to: dict[str, Any]) -> None:
        token = made(app, member)
        change(member, **change_to)
        assert code(by(app, token)) == "invalid_token"

    def test_a_demoted_administrators_token_for_administering_is_dead(self, app: Flask) -> None:
        admin = make_user(role="admin")
        wide, narrow = made(app, admin, "admin"), made(app, admin, "write")
        change(admin, role="manager")
        assert code(by(app, wide)) == "invalid_token"
        assert by(app, narrow).status_code == 200

    def test_disabling_ends_all_for_good(self, app: Flask, member: User, as_admin: FlaskClient) -> None:
        token = made(app, member)
        for status in ("disabled", "active"):
            assert as_admin.patch(f"/api/users/{member.id}", json={"status": status}).status_code == 200
        assert code(by(app, token)) == "invalid_token"

    def test_demotion_ends_those_that_administer_for_good(self, app: Flask, as_admin: FlaskClient) -> None:
        admin = make_user(role="admin")
        wide, narrow = made(app, admin, "admin"), made(app, admin, "write")
        for role in ("member", "admin"):
            assert as_admin.patch(f"/api/users/{admin.id}", json={"role": role}).status_code == 200
        assert code(by(app, wide)) == "invalid_token"
        assert by(app, narrow).status_code == 200

    def test_use_is_noted_once_a_minute(self, app: Flask, member: User, clock: TimeMachineFixture) -> None:
        token = made(app, member)
        used = []
        for _ in range(4):
            by(app, token)
            with database() as session:
                used.append(session.scalars(select(ApiToken.last_used_at)).one())
            clock.shift(30)
        assert used[0] == used[1] != used[2] == used[3]

    def test_a_token_still_reads_where_its_use_can_not_be_noted(self, app: Flask, member: User) -> None:
        token = made(app, member)
        with app.app_context():
            db.session.execute(text("PRAGMA query_only = ON"))
        assert by(app, token).status_code == 200

    def test_a_role_that_needs_a_second_factor_needs_it_for_tokens_too(self, app: Flask, member: User) -> None:
        token = made(app, member)
        with database() as session:
            session.add(RolePolicy(role="member", second_factor=True))
        assert code(by(app, token, path="/api/users")) == "second_factor_required"

    @pytest.mark.parametrize("scope", ["read", "write", "admin"])
    def test_it_needs_the_factor_that_its_owners_own_role_needs_whatever_it_may_itself(
        self, app: Flask, scope: str
    ) -> None:
        admin = make_user(role="admin")
        token = made(app, admin, scope)
        with database() as session:
            session.add(RolePolicy(role="admin", second_factor=True))
        assert code(by(app, token, path="/api/users")) == "second_factor_required"
        assert code(by(app, token, "POST", "/api/users", json={})) in ("second_factor_required", "token_not_enough")
        assert by(app, token).status_code == 200  # who it stands for is no secret to its owner
        set_up_app(browser(app, admin))
        assert by(app, token, path="/api/users").status_code == 200


class TestAtTheDoor:
    @pytest.mark.parametrize("token", ["", "x", "club_", "club_" + "a" * 46, "é", KNOWN_TO_NOBODY, "a b", 'a="b"'])
    def test_a_wrong_token_is_told_apart_from_none(self, app: Flask, token: str) -> None:
        answer = by(app, token)
        assert (answer.status_code, code(answer)) == (401, "invalid_token")
        assert answer.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'

    def test_what_is_not_there_is_404_whatever_the_token(self, app: Flask) -> None:
        assert by(app, KNOWN_TO_NOBODY, path="/api/nothing").status_code == 404

    @pytest.mark.usefixtures("clock")
    def test_wrong_tokens_make_an_address_wait_but_never_a_right_one(self, app: Flask, member: User) -> None:
        right = made(app, member)
        answers = [by(app, new_api_token()) for _ in range(31)]
        assert [one.status_code for one in answers] == [401] * 30 + [429]
        assert int(answers[-1].headers["Retry-After"]) > 0
        assert by(app, right).status_code == 200
        elsewhere = by(app, "x", environ_base={"REMOTE_ADDR": "192.0.2.7"})
        assert elsewhere.status_code == 401

    def test_a_wrong_token_is_not_made_good_by_a_cookie(self, as_member: FlaskClient) -> None:
        assert as_member.get("/api/me").status_code == 200
        answer = as_member.get("/api/me", headers={"Authorization": "Bearer club_x"})
        assert (answer.status_code, code(answer)) == (401, "invalid_token")

    def test_a_token_wins_over_a_cookie(self, app: Flask, member: User, as_admin: FlaskClient) -> None:
        answer = as_admin.get("/api/me", headers={"Authorization": f"Bearer {made(app, member)}"})
        assert (answer.json or {})["username"] == "member"

    def test_a_request_by_token_needs_no_same_site_and_gets_no_cookie(self, app: Flask, member: User) -> None:
        token, elsewhere = (
            made(app, member, "write"),
            {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"},
        )
        path = f"/api/users/{member.id}"
        answer = by(app, token, "PATCH", path, json={"name": "Ada"}, headers=elsewhere)
        assert (answer.status_code, answer.headers.getlist("Set-Cookie")) == (200, [])
        assert by(app, token, path="/form").headers.getlist("Set-Cookie") == []

    def test_a_cookie_still_needs_the_same_site_beside_another_scheme(self, as_member: FlaskClient) -> None:
        elsewhere = {"Sec-Fetch-Site": "cross-site", "Authorization": "Basic eDp5"}
        assert code(as_member.patch("/api/me", json={"name": "x"}, headers=elsewhere)) == "cross_site"

    @pytest.mark.parametrize("scheme", ["bearer", "BEARER", "Bearer "])
    def test_the_scheme_is_read_as_the_standard_says(self, app: Flask, member: User, scheme: str) -> None:
        headers = {"Authorization": f"{scheme} {made(app, member)}"}
        assert app.test_client().get("/api/me", headers=headers).status_code == 200

    def test_the_document_says_what_tokens_open(self, client: FlaskClient) -> None:
        paths: Any = (client.get("/api/openapi.json").json or {})["paths"]
        assert {"token": []} in paths["/api/users"]["get"]["security"]
        assert "security" not in paths["/api/users/{user_id}/factors"]["delete"]  # which asks for more than a token
        assert "security" not in paths["/api/tokens"]["get"]
