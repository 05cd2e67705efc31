from __future__ import annotations

from datetime import timedelta

import pytest
from clubroom.accounts.models import User
from flask import Flask
from flask.testing import FlaskClient
from time_machine import TimeMachineFixture

from ...factories import PASSWORD, make_user
from ...steps import browser, events, link_in, mails_to, token_in
from ...test_every_route import LEAST_OF, address
from .device import Device, text
from .steps import add_passkey, code_of, json, set_up_app, told


def require(client: FlaskClient, role: str, needed: bool = True) -> tuple[int, str | None]:
    return told(client.put("/api/policies", json={"role": role, "second_factor": needed}))


class TestPolicies:
    def test_ask_nothing_of_anybody_at_first(self, as_admin: FlaskClient) -> None:
        assert json(as_admin.get("/api/policies")) == [
            {"role": role, "second_factor": False} for role in ("member", "manager", "admin")
        ]

    def test_shut_out_who_has_no_factor_until_they_have(self, as_admin: FlaskClient, as_member: FlaskClient) -> None:
        assert as_member.get("/api/users").status_code == 200
        assert require(as_admin, "member") == (200, None)
        assert told(as_member.get("/api/users")) == (403, "second_factor_required")
        assert as_member.get("/api/me").status_code == 200
        assert json(as_member.get("/api/factors"))["required"] is True
        set_up_app(as_member)
        assert as_member.get("/api/users").status_code == 200
        assert "policy_changed" in events()

    def test_leave_open_only_what_one_needs_to_set_one_up(self, app: Flask, as_admin: FlaskClient) -> None:
        add_passkey(as_admin)
        require(as_admin, "admin")
        user = make_user("second", role="admin")
        left = {
            path
            for method, path in LEAST_OF
            if told(browser(app, user).open(address(path), method=method))[1] != "second_factor_required"
        }
        roots = {"/".join(path.split("/")[:3]) for path in left}
        assert not roots & {"/api/users", "/api/uploads", "/api/upload", "/api/outbox", "/api/audit", "/api/policies"}
        assert {"/api/totp", "/api/totp/confirm", "/api/passkeys", "/api/factors", "/api/identity", "/api/me"} <= left
        assert {"/api/tokens", "/api/tokens/<token_id>", "/api/me/export", "/api/me/stay"} <= left
        added = browser(app, user).post("/api/users", json={"username": "x", "email": "x@example.org"})
        assert told(added) == (403, "second_factor_required")

    def test_let_nobody_around_them_by_a_new_token_but_let_people_leave(
        self, as_admin: FlaskClient, as_member: FlaskClient
    ) -> None:
        body = {"name": "way around", "scope": "read"}
        kept = json(as_member.post("/api/tokens", json=body))
        require(as_admin, "member")
        assert told(as_member.post("/api/tokens", json=body)) == (403, "second_factor_required")
        assert [one["id"] for one in json(as_member.get("/api/tokens"))] == [kept["id"]]
        assert as_member.delete(f"/api/tokens/{kept['id']}").status_code == 204
        assert as_member.delete("/api/me", json={"files": "delete"}).status_code == 202

    def test_ask_nothing_of_other_roles_and_nothing_once_withdrawn(
        self, as_admin: FlaskClient, as_member: FlaskClient, as_manager: FlaskClient
    ) -> None:
        require(as_admin, "member")
        assert as_manager.get("/api/users").status_code == 200
        require(as_admin, "member", False)
        assert as_member.get("/api/users").status_code == 200

    def test_begin_with_oneself(self, as_admin: FlaskClient) -> None:
        assert require(as_admin, "admin") == (409, "own_factor_first")
        add_passkey(as_admin)
        assert require(as_admin, "admin") == (200, None)
        assert as_admin.get("/api/users").status_code == 200

    def test_know_no_other_role(self, as_admin: FlaskClient) -> None:
        assert require(as_admin, "owner") == (400, "invalid")


class TestOnePerson:
    def test_is_seen_without_secrets(self, as_admin: FlaskClient, as_member: FlaskClient, member: User) -> None:
        secret, codes = set_up_app(as_member)
        device = add_passkey(as_member)
        answer = as_admin.get(f"/api/users/{member.id}/security")
        shown = json(answer)
        assert (shown["totp"], shown["recovery_codes_left"]) == (True, 10)
        assert [one["name"] for one in shown["passkeys"]] == ["Phone"]
        assert [one["current"] for one in shown["sessions"]] == [False]
        for hidden in (secret, device.handle, text(device.id), *codes):
            assert hidden not in answer.text

    def test_is_signed_out_everywhere(self, as_admin: FlaskClient, as_member: FlaskClient, member: User) -> None:
        assert as_admin.delete(f"/api/users/{member.id}/sessions").status_code == 204
        assert as_member.get("/api/protected").status_code == 401
        assert events() == ["sessions_ended"]
        assert "signed out" in mails_to(member.email)[-1].subject

    def test_is_signed_out_on_one_device(
        self, app: Flask, as_admin: FlaskClient, as_member: FlaskClient, member: User
    ) -> None:
        (lost,) = json(as_admin.get(f"/api/users/{member.id}/security"))["sessions"]
        elsewhere = browser(app, member)
        path = f"/api/users/{member.id}/sessions/{lost['id']}"
        assert as_admin.delete(path).status_code == 204
        assert as_member.get("/api/protected").status_code == 401
        assert elsewhere.get("/api/protected").status_code == 200
        assert events() == ["device_ended"]
        assert f"on one device: {lost['device']}." in mails_to(member.email)[-1].text
        assert told(as_admin.delete(path)) == (404, "not_found")

    @pytest.mark.parametrize("everywhere", [False, True])
    def test_who_is_signed_out_gets_no_address_that_was_asked_for_before(
        self, app: Flask, client: FlaskClient, as_admin: FlaskClient, member: User, everywhere: bool
    ) -> None:
        assert browser(app, member).post("/api/me/email", json={"email": "eve@example.org"}).status_code == 202
        (device,) = json(as_admin.get(f"/api/users/{member.id}/security"))["sessions"]
        end = "sessions" if everywhere else f"sessions/{device['id']}"
        assert as_admin.delete(f"/api/users/{member.id}/{end}").status_code == 204
        asked = token_in(mails_to("eve@example.org")[0])
        assert told(client.post("/api/me/email/confirm", json={"token": asked})) == (400, "invalid_token")

    def test_is_not_signed_out_by_way_of_somebody_else(
        self, as_admin: FlaskClient, as_member: FlaskClient, member: User
    ) -> None:
        (theirs,) = json(as_admin.get(f"/api/users/{member.id}/security"))["sessions"]
        other = make_user("other")
        assert told(as_admin.delete(f"/api/users/{other.id}/sessions/{theirs['id']}")) == (404, "not_found")
        assert as_member.get("/api/protected").status_code == 200

    def test_loses_their_factors(self, app: Flask, as_admin: FlaskClient, as_member: FlaskClient, member: User) -> None:
        set_up_app(as_member)
        add_passkey(as_member)
        assert as_admin.delete(f"/api/users/{member.id}/factors").status_code == 204
        assert json(as_member.get("/api/factors")) == {
            "totp": False, "recovery_codes_left": 0, "passkeys": 0, "required": False,
        }  # fmt: skip
        signed_in = browser(app).post("/api/login", json={"username": member.username, "password": PASSWORD})
        assert signed_in.status_code == 200
        assert "factors_removed" in events()
        assert "were removed" in " ".join(one.subject for one in mails_to(member.email))

    def test_without_a_password_gets_a_link_to_choose_one(self, as_admin: FlaskClient) -> None:
        user = make_user("ada", password=None)
        assert as_admin.delete(f"/api/users/{user.id}/factors").status_code == 204
        told_so, link = mails_to(user.email)
        assert "It has no password: another mail brings you a link" in told_so.text
        assert "/reset#token=" in link_in(link)

    def test_keeps_what_opens_a_disabled_account(self, as_admin: FlaskClient) -> None:
        user = make_user("ada", password=None, status="disabled")
        assert told(as_admin.delete(f"/api/users/{user.id}/factors")) == (409, "disabled")
        assert mails_to(user.email) == []

    def test_who_never_confirmed_gets_no_mail_of_it(self, as_admin: FlaskClient) -> None:
        user = make_user("stranger", name="Dear friend, see evil", confirmed=False)
        for path in ("sessions", "factors"):
            assert as_admin.delete(f"/api/users/{user.id}/{path}").status_code == 204
        assert mails_to(user.email) == []

    def test_gets_a_link_for_a_new_password(self, as_admin: FlaskClient, member: User) -> None:
        assert as_admin.post(f"/api/users/{member.id}/reset-link").status_code == 202
        assert "/reset#token=" in link_in(mails_to(member.email)[-1])
        assert events() == ["reset_link_sent"]

    def test_who_is_not_there_is_not_found(self, as_admin: FlaskClient) -> None:
        for method, path in [
            ("GET", "security"),
            ("DELETE", "sessions"),
            ("DELETE", "sessions/nothing"),
            ("DELETE", "factors"),
            ("POST", "reset-link"),
        ]:
            assert told(as_admin.open(f"/api/users/999/{path}", method=method)) == (404, "not_found")


def test_signing_in_says_in_the_audit_log_how(app: Flask, as_admin: FlaskClient, clock: TimeMachineFixture) -> None:
    user = make_user("ada")
    client = browser(app, user)
    secret, _ = set_up_app(client)
    device = add_passkey(client, Device())
    clock.shift(timedelta(minutes=2))
    first = browser(app)
    first.post("/api/login", json={"username": "ada", "password": PASSWORD})
    first.post("/api/login/verify", json={"method": "totp", "code": code_of(secret)})
    second = browser(app)
    options = json(second.post("/api/login/passkey/options"))
    second.post("/api/login/passkey", json={"credential": device.sign(options)})
    shown = json(as_admin.get("/api/audit?event=signed_in"))
    assert [one["detail"]["by"] for one in shown] == ["passkey", "totp"]
