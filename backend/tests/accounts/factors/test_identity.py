from __future__ import annotations

import io
from datetime import timedelta
from importlib import import_module

import pytest
from clubroom.accounts.factors import recovery_codes
from clubroom.accounts.models import User
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update
from time_machine import TimeMachineFixture

from ...factories import PASSWORD, database, make_user
from ...steps import browser, events, mails_to
from .device import Device
from .steps import add_passkey, code_of, json, told

LATER = timedelta(minutes=10, seconds=1)
GUARDED = [
    ("POST", "/api/totp"), ("POST", "/api/totp/confirm"), ("DELETE", "/api/totp"), ("POST", "/api/recovery-codes"),
    ("POST", "/api/passkeys/options"), ("POST", "/api/passkeys"), ("DELETE", "/api/passkeys/x"),
    ("PUT", "/api/policies"), ("DELETE", "/api/users/1/factors"), ("POST", "/api/users/1/reset-link"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path"), GUARDED)
def test_what_weakens_an_account_asks_again_after_ten_minutes(
    clock: TimeMachineFixture, as_admin: FlaskClient, method: str, path: str
) -> None:
    as_admin.get("/api/me")
    clock.shift(timedelta(minutes=9, seconds=59))
    assert told(as_admin.open(path, method=method))[1] != "confirm_identity"
    clock.shift(2)
    assert told(as_admin.open(path, method=method)) == (403, "confirm_identity")
    as_admin.post("/api/identity", json={"password": PASSWORD})
    assert told(as_admin.open(path, method=method))[1] != "confirm_identity"


def test_a_password_confirms_for_ten_minutes_and_makes_a_new_session(
    app: Flask, as_member: FlaskClient, clock: TimeMachineFixture
) -> None:
    clock.shift(LATER)
    before = as_member.get_cookie("session")
    assert as_member.post("/api/identity", json={"password": PASSWORD}).status_code == 200
    stale = app.test_client()
    assert before
    stale.set_cookie("session", before.value)
    assert stale.get("/api/protected").status_code == 401
    assert as_member.post("/api/totp").status_code == 200
    clock.shift(LATER)
    assert told(as_member.post("/api/totp")) == (403, "confirm_identity")
    assert events() == ["identity_confirmed"]


def test_a_confirmed_device_is_known_since_it_signed_in(as_member: FlaskClient, clock: TimeMachineFixture) -> None:
    (before,) = as_member.get("/api/sessions").json or []
    clock.shift(LATER)
    as_member.post("/api/identity", json={"password": PASSWORD})
    (after,) = as_member.get("/api/sessions").json or []
    assert after["id"] == before["id"]
    assert after["created_at"] == before["created_at"] < after["last_seen"]


def test_a_clock_that_was_ahead_confirms_nobody_for_as_long(as_admin: FlaskClient, clock: TimeMachineFixture) -> None:
    clock.shift(timedelta(hours=1))
    as_admin.post("/api/identity", json={"password": PASSWORD})
    clock.shift(-timedelta(seconds=50))
    assert told(as_admin.post("/api/totp"))[1] != "confirm_identity"
    clock.shift(-timedelta(minutes=50))
    assert told(as_admin.post("/api/totp")) == (403, "confirm_identity")


RENEWALS = [
    ("/api/identity", {"password": PASSWORD}),
    ("/api/password", {"current": PASSWORD, "new": "nine slow barges on a canal"}),
]


@pytest.fixture
def tab(app: Flask, as_member: FlaskClient) -> FlaskClient:
    """Another tab of the member's browser."""
    other = app.test_client()
    other.set_cookie("session", as_member.get_cookie("session").value)  # type: ignore[union-attr]
    return other


class Slow(io.BytesIO):
    """A body; while it comes in, the session gets another token."""

    def __init__(self, content: bytes, tab: FlaskClient, renewal: tuple[str, dict[str, str]]) -> None:
        super().__init__(content)
        self.tab, self.path, self.wish = tab, *renewal
        self.renewed = 0

    def read(self, size: int | None = -1) -> bytes:
        if not self.renewed:
            self.renewed = self.tab.post(self.path, json=self.wish).status_code
        return super().read(size)


@pytest.mark.on_disk
@pytest.mark.parametrize("renewal", RENEWALS)
def test_what_the_browser_has_under_way_goes_on_under_another_token(
    as_member: FlaskClient, tab: FlaskClient, renewal: tuple[str, dict[str, str]]
) -> None:
    part = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\nhello\r\n--x--\r\n'
    for method, path, kind, sent in (
        ("POST", "/api/upload", "multipart/form-data; boundary=x", part),
        ("PATCH", "/api/me", "application/json", b'{"name": "Bea"}'),
    ):
        tab.set_cookie("session", as_member.get_cookie("session").value)  # type: ignore[union-attr]
        body = Slow(sent, tab, renewal)
        assert as_member.open(path, method=method, input_stream=body, content_type=kind).status_code == 200
        assert body.renewed == 200
        assert as_member.get("/api/protected").status_code == 401
        as_member.set_cookie("session", tab.get_cookie("session").value)  # type: ignore[union-attr]
        renewal = ("/api/identity", {"password": renewal[1].get("new", PASSWORD)})


@pytest.mark.on_disk
@pytest.mark.parametrize("renewal", RENEWALS)
def test_who_knows_the_token_of_before_leaves_no_way_back_in(
    as_member: FlaskClient, tab: FlaskClient, member: User, renewal: tuple[str, dict[str, str]]
) -> None:
    body = Slow(b'{"name": "mine", "scope": "write"}', tab, renewal)
    answer = as_member.post("/api/tokens", input_stream=body, content_type="application/json")
    assert (body.renewed, told(answer)) == (200, (401, "unauthorized"))
    assert json(tab.get("/api/tokens")) == []


@pytest.mark.on_disk
def test_what_another_tab_has_begun_meanwhile_stays_begun(
    as_member: FlaskClient, tab: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_passkey(as_member)
    made, begun = recovery_codes.make, []

    def make() -> dict[str, str]:
        begun.append(json(tab.post("/api/totp"))["secret"])
        return made()

    monkeypatch.setattr(recovery_codes, "make", make)
    assert as_member.post("/api/recovery-codes").status_code == 200
    assert tab.post("/api/totp/confirm", json={"code": code_of(begun[0])}).status_code == 200


def test_confirming_again_and_again_does_not_keep_a_session_beyond_its_end(
    as_admin: FlaskClient, clock: TimeMachineFixture
) -> None:
    for _ in range(11):
        clock.shift(timedelta(hours=1))
        assert as_admin.post("/api/identity", json={"password": PASSWORD}).status_code == 200
    assert as_admin.get("/api/me").status_code == 200
    clock.shift(timedelta(hours=1))
    assert as_admin.get("/api/me").status_code == 401


def test_of_two_confirmations_at_once_neither_signs_out(
    as_member: FlaskClient, tab: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def overtake(stored: str | None, password: str) -> bool:
        monkeypatch.setattr("clubroom.accounts.factors.identity.verify", lambda *_: True)
        assert as_member.post("/api/identity", json={"password": PASSWORD}).status_code == 200
        return True

    monkeypatch.setattr("clubroom.accounts.factors.identity.verify", overtake)
    assert "Set-Cookie" not in tab.post("/api/identity", json={"password": PASSWORD}).headers
    assert as_member.get("/api/protected").status_code == 200


def test_a_session_that_ends_while_the_password_is_hashed_does_not_come_back(
    app: Flask, as_member: FlaskClient, member: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def verify(stored: str | None, password: str) -> bool:
        browser(app, member).delete("/api/sessions")
        return True

    monkeypatch.setattr("clubroom.accounts.factors.identity.verify", verify)
    answer = as_member.post("/api/identity", json={"password": PASSWORD})
    assert "Set-Cookie" not in answer.headers
    assert as_member.get("/api/protected").status_code == 401


def turned_out_meanwhile(app: Flask, member: User, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """From now on, whoever calls this function is turned out of the account while it computes."""
    module, _, function = f"clubroom.accounts.{name}".rpartition(".")
    honest = getattr(import_module(module), function)

    def compute(*arguments: object, **more: object) -> object:
        browser(app, member).delete("/api/sessions")
        return honest(*arguments, **more)

    monkeypatch.setattr(f"clubroom.accounts.{name}", compute)


@pytest.mark.parametrize(
    ("path", "body", "slow"),
    [
        ("/api/totp/confirm", {}, "factors.recovery_codes.make"),
        ("/api/passkeys", {}, "factors.passkeys.relying_party"),
        ("/api/tokens", {"name": "mine", "scope": "write"}, "tokens.routes.new_api_token"),
        ("/api/me/email", {"email": "eve@example.org"}, "address.email_in_use"),
        ("/api/password", {"current": PASSWORD, "new": "nine slow barges on a canal"}, "resetting.hash_password"),
    ],
)
def test_who_is_turned_out_meanwhile_leaves_no_way_back_in(
    app: Flask,
    as_member: FlaskClient,
    member: User,
    monkeypatch: pytest.MonkeyPatch,
    path: str,
    body: dict[str, object],
    slow: str,
) -> None:
    if path == "/api/totp/confirm":
        body = {"code": code_of(json(as_member.post("/api/totp"))["secret"])}
    if path == "/api/passkeys":
        made = Device().make(json(as_member.post("/api/passkeys/options")))
        body = {"name": "mine", "credential": made}
    turned_out_meanwhile(app, member, monkeypatch, slow)
    assert told(as_member.post(path, json=body)) == (401, "unauthorized")
    owner = browser(app, member)
    assert json(owner.get("/api/factors")) == {
        "totp": False,
        "recovery_codes_left": 0,
        "passkeys": 0,
        "required": False,
    }
    assert json(owner.get("/api/tokens")) == []
    assert mails_to(member.email) == []
    assert mails_to("eve@example.org") == []


def test_a_password_that_is_changed_while_it_is_hashed_confirms_nothing(
    as_member: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def verify(stored: str | None, password: str) -> bool:
        with database() as session:
            session.execute(update(User).values(password_hash="another"))
        return True

    monkeypatch.setattr("clubroom.accounts.factors.identity.verify", verify)
    assert told(as_member.post("/api/identity", json={"password": PASSWORD})) == (400, "wrong_password")


def test_a_wrong_password_confirms_nothing_and_counts_like_one_at_signing_in(
    as_member: FlaskClient, clock: TimeMachineFixture
) -> None:
    clock.shift(LATER)
    answers = [told(as_member.post("/api/identity", json={"password": "wrong"})) for _ in range(6)]
    assert answers == [(400, "wrong_password")] * 5 + [(429, "too_many_attempts")]
    assert told(as_member.post("/api/totp")) == (403, "confirm_identity")


def test_a_passkey_confirms(as_member: FlaskClient, clock: TimeMachineFixture) -> None:
    device = add_passkey(as_member)
    clock.shift(LATER)
    options = json(as_member.post("/api/identity/options"))
    assert len(options["allowCredentials"]) == 1
    assert as_member.post("/api/identity", json={"credential": device.sign(options)}).status_code == 200
    assert as_member.post("/api/totp").status_code == 200


def test_a_passkey_without_a_fingerprint_does_not_confirm(as_member: FlaskClient, clock: TimeMachineFixture) -> None:
    device = add_passkey(as_member)
    clock.shift(LATER)
    device.verified = False
    credential = device.sign(json(as_member.post("/api/identity/options")))
    assert told(as_member.post("/api/identity", json={"credential": credential})) == (401, "invalid_passkey")


def test_somebody_elses_passkey_does_not_confirm(app: Flask, as_member: FlaskClient, clock: TimeMachineFixture) -> None:
    theirs = add_passkey(browser(app, make_user("other")), Device(id=b"of another"))
    credential = theirs.sign(json(as_member.post("/api/identity/options")))
    assert told(as_member.post("/api/identity", json={"credential": credential})) == (401, "unknown_passkey")


def test_nothing_confirms_nothing(as_member: FlaskClient) -> None:
    assert told(as_member.post("/api/identity", json={})) == (400, "missing_fields")
