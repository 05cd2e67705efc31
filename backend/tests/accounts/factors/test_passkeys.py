from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from clubroom.accounts.factors.models import Passkey
from clubroom.accounts.models import User
from clubroom.core.audit import AuditEvent
from clubroom.core.database import db
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update
from time_machine import TimeMachineFixture
from werkzeug.test import EnvironBuilder, run_wsgi_app

from ...factories import PASSWORD, database, make_user
from ...steps import browser, events, link_in, mails_to
from .device import Device
from .steps import add_passkey, enter_code, enter_password, json, set_up_app, told, use_passkey


@pytest.fixture
def device(as_member: FlaskClient) -> Device:
    """A device with the member's only passkey."""
    return add_passkey(as_member)


def failed() -> list[tuple[str, int | None, int | None, dict[str, Any]]]:
    """What is written down of tries that failed: the event, who did it, to whom, and how."""
    with database() as session:
        tries = session.scalars(
            select(AuditEvent)
            .where(AuditEvent.event.in_(("sign_in_failed", "identity_refused")))
            .order_by(AuditEvent.id)
        )
        return [(one.event, one.actor_id, one.subject_id, one.detail) for one in tries]


def make_on(client: FlaskClient, device: Device) -> tuple[int, str | None]:
    credential = device.make(json(client.post("/api/passkeys/options")))
    return told(client.post("/api/passkeys", json={"name": "Phone", "credential": credential}))


class TestAdding:
    def test_keeps_what_the_device_made_under_a_name(self, as_member: FlaskClient, member: User) -> None:
        device = Device()
        options = json(as_member.post("/api/passkeys/options"))
        answer = as_member.post("/api/passkeys", json={"name": "Phone", "credential": device.make(options)})
        assert answer.status_code == 201
        shown = json(answer)
        assert len(shown.pop("codes")) == 10
        assert (shown["name"], shown["last_used_at"]) == ("Phone", None)
        assert json(as_member.get("/api/passkeys")) == [shown]
        assert events() == ["passkey_added"]
        told = mails_to(member.email)[-1]
        assert "the passkey “Phone”" in told.subject
        assert link_in(told) == "http://localhost:8000/account#passkeys"

    def test_asks_the_device_for_a_passkey_that_signs_in_by_itself(self, as_member: FlaskClient, member: User) -> None:
        options = json(as_member.post("/api/passkeys/options"))
        assert options["rp"] == {"id": "localhost", "name": "Clubroom"}
        assert (options["user"]["name"], len(options["challenge"])) == (member.username, 43)
        assert options["authenticatorSelection"]["residentKey"] == "required"
        assert options["authenticatorSelection"]["userVerification"] == "preferred"

    def test_tells_the_device_which_it_has_and_calls_the_account_the_same(
        self, as_member: FlaskClient, device: Device
    ) -> None:
        options = json(as_member.post("/api/passkeys/options"))
        assert [one["transports"] for one in options["excludeCredentials"]] == [["internal"]]
        assert options["user"]["id"] == device.handle

    def test_gives_recovery_codes_with_the_first_factor_only(self, as_member: FlaskClient, device: Device) -> None:
        second = Device(id=b"another").make(json(as_member.post("/api/passkeys/options")))
        assert "codes" not in json(as_member.post("/api/passkeys", json={"name": "Key", "credential": second}))

    @pytest.mark.parametrize(
        "device",
        [Device(origin="http://localhost.evil.org"), Device(origin="https://localhost"), Device(rp_id="evil.org"),
         Device(id=bytes(1024))],
        ids=["another site", "another scheme", "another party", "an endless name"],
    )  # fmt: skip
    def test_refuses_what_no_device_makes_for_this_site(self, as_member: FlaskClient, device: Device) -> None:
        assert make_on(as_member, device) == (400, "invalid_passkey")
        assert json(as_member.get("/api/passkeys")) == []

    def test_takes_an_answer_once_and_only_within_ten_minutes(
        self, as_member: FlaskClient, clock: TimeMachineFixture
    ) -> None:
        credential = Device().make(json(as_member.post("/api/passkeys/options")))
        body = {"name": "Phone", "credential": credential}
        assert as_member.post("/api/passkeys", json=body).status_code == 201
        assert told(as_member.post("/api/passkeys", json=body)) == (400, "challenge_expired")
        late = Device(id=b"late").make(json(as_member.post("/api/passkeys/options")))
        clock.shift(timedelta(minutes=10, seconds=1))
        as_member.post("/api/identity", json={"password": PASSWORD})
        assert told(as_member.post("/api/passkeys", json=body | {"credential": late})) == (400, "challenge_expired")

    def test_takes_no_answer_to_a_question_of_another_kind(self, as_member: FlaskClient, device: Device) -> None:
        options = json(as_member.post("/api/identity/options")) | {"user": {"id": "x"}}
        credential = Device(id=b"another").make(options)
        refused = as_member.post("/api/passkeys", json={"name": "Phone", "credential": credential})
        assert told(refused) == (400, "challenge_expired")

    def test_refuses_a_passkey_that_is_known(self, app: Flask, device: Device) -> None:
        assert make_on(browser(app, make_user("other")), device) == (409, "passkey_known")

    def test_ends_at_twenty(self, as_member: FlaskClient) -> None:
        for n in range(20):
            add_passkey(as_member, Device(id=f"passkey number {n}".encode()))
        assert told(as_member.post("/api/passkeys/options")) == (409, "too_many_passkeys")

    def test_ends_at_twenty_where_two_are_asked_for_at_once(
        self, app: Flask, as_member: FlaskClient, member: User
    ) -> None:
        for n in range(19):
            add_passkey(as_member, Device(id=f"passkey number {n}".encode()))
        other = browser(app, member, "192.0.2.1")
        asked = [json(one.post("/api/passkeys/options")) for one in (as_member, other)]
        made = [
            {"name": "Phone", "credential": Device(id=id).make(o)}
            for id, o in zip([b"one", b"other"], asked, strict=True)
        ]
        assert as_member.post("/api/passkeys", json=made[0]).status_code == 201
        assert told(other.post("/api/passkeys", json=made[1])) == (409, "too_many_passkeys")
        assert len(json(as_member.get("/api/passkeys"))) == 20

    @pytest.mark.parametrize(
        "change",
        [
            {"id": "é"}, {"rawId": 7}, {"type": "password"}, {"response": {}}, {"response": []}, {"response": None},
            {"response": {"clientDataJSON": "!", "attestationObject": "!"}},
            {"response": {"clientDataJSON": "e30", "attestationObject": "gYGBgYGBgYE"}},
        ],
    )  # fmt: skip
    def test_refuses_whatever_else_may_come(self, as_member: FlaskClient, change: dict[str, Any]) -> None:
        credential = Device().make(json(as_member.post("/api/passkeys/options"))) | change
        refused = as_member.post("/api/passkeys", json={"name": "Phone", "credential": credential})
        assert told(refused) == (400, "invalid_passkey")


class TestSigningIn:
    def test_needs_neither_name_nor_password(self, client: FlaskClient, member: User, device: Device) -> None:
        answer = use_passkey(client, device)
        assert (answer.status_code, json(answer)["user"]["username"]) == (200, member.username)
        assert client.get("/api/protected").status_code == 200
        assert json(client.get("/api/passkeys"))[0]["last_used_at"] is not None

    def test_asks_for_a_fingerprint_and_names_nobody(self, client: FlaskClient, device: Device) -> None:
        options = json(client.post("/api/login/passkey/options"))
        assert (options["userVerification"], options["allowCredentials"]) == ("required", [])

    def test_without_a_fingerprint_is_half_of_it(
        self, app: Flask, client: FlaskClient, member: User, device: Device
    ) -> None:
        device.verified = False
        assert told(use_passkey(client, device)) == (401, "invalid_passkey")
        assert use_passkey(enter_password(app, member), device).status_code == 200

    def test_follows_a_password_as_the_second_step(self, app: Flask, member: User, device: Device) -> None:
        client = browser(app)
        answer = client.post("/api/login", json={"username": member.username, "password": PASSWORD, "remember": True})
        assert (answer.status_code, json(answer)["methods"]) == (202, ["recovery_code", "passkey"])
        options = json(client.post("/api/login/passkey/options"))
        assert (options["userVerification"], len(options["allowCredentials"])) == ("preferred", 1)
        done = client.post("/api/login/passkey", json={"credential": device.sign(options)})
        assert "Max-Age=15552000" in str(done.headers.getlist("Set-Cookie"))

    def test_stops_when_the_password_changes_meanwhile(
        self, app: Flask, member: User, device: Device, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        client = enter_password(app, member)
        device.verified = False
        credential = device.sign(json(client.post("/api/login/passkey/options")))
        commit = db.session.commit

        def meanwhile() -> None:  # between the transaction that takes the question and the one that signs in
            commit()
            monkeypatch.undo()
            with database() as session:
                session.execute(update(User).values(password_hash="another"))

        monkeypatch.setattr(db.session, "commit", meanwhile)
        assert told(client.post("/api/login/passkey", json={"credential": credential})) == (401, "sign_in_first")
        assert client.get("/api/me").status_code == 401

    def test_after_somebody_elses_password_needs_the_fingerprint(self, app: Flask, device: Device) -> None:
        other = make_user("other")
        add_passkey(browser(app, other), Device(id=b"of another"))
        device.verified = False
        assert told(use_passkey(enter_password(app, other), device)) == (401, "invalid_passkey")

    def test_works_with_devices_that_do_not_count(self, app: Flask, device: Device) -> None:
        device.counts = False
        assert [use_passkey(browser(app), device).status_code for _ in range(2)] == [200, 200]

    def test_is_refused_when_the_count_goes_backwards(self, app: Flask, device: Device) -> None:
        for _ in range(3):
            use_passkey(browser(app), device)
        for count in (0, 2, -1):
            device.count, device.counts = max(count, 0), count >= 0
            assert told(use_passkey(browser(app), device)) == (401, "passkey_cloned")
        assert events().count("passkey_cloned") == 3
        device.count, device.counts = 3, True
        assert use_passkey(browser(app), device).status_code == 200

    def test_is_told_to_its_owner_when_the_count_goes_backwards(
        self, app: Flask, device: Device, member: User, as_admin: FlaskClient
    ) -> None:
        use_passkey(browser(app), device)
        thief = browser(app, address="192.0.2.7")
        thief.environ_base["HTTP_USER_AGENT"] = "Mozilla/5.0 (X11; Linux) Firefox/130.0"
        for _ in range(8):
            device.count = 0
            use_passkey(thief, device)
        told_so = [one for one in mails_to(member.email) if one.subject == "A passkey of yours at Clubroom was refused"]
        assert len(told_so) == 2  # an hour: the one who has the copy decides how often it is tried
        assert "your passkey “Phone”" in told_so[0].text
        assert "Firefox on Linux, from 192.0.2.7, on " in told_so[0].text
        assert link_in(told_so[0]) == "http://localhost:8000/account#passkeys"
        event = json(as_admin.get("/api/audit?event=passkey_cloned"))[0]
        assert (event["subject"]["username"], event["detail"], event["address"]) == (
            member.username, {"passkey": "Phone"}, "192.0.2.7",
        )  # fmt: skip

    def test_with_a_false_signature_is_no_sign_of_a_copy(self, client: FlaskClient, device: Device) -> None:
        use_passkey(browser(client.application), device)
        forger = Device(handle=device.handle, count=-1)
        assert told(use_passkey(client, forger)) == (401, "invalid_passkey")
        assert "passkey_cloned" not in events()

    def test_with_a_removed_passkey_is_refused(
        self, client: FlaskClient, as_member: FlaskClient, device: Device
    ) -> None:
        (shown,) = json(as_member.get("/api/passkeys"))
        assert as_member.delete(f"/api/passkeys/{shown['id']}").status_code == 204
        assert told(use_passkey(client, device)) == (401, "unknown_passkey")

    def test_takes_an_answer_once(self, app: Flask, client: FlaskClient, device: Device) -> None:
        body = {"credential": device.sign(json(client.post("/api/login/passkey/options")))}
        assert client.post("/api/login/passkey", json=body).status_code == 200
        assert told(client.post("/api/login/passkey", json=body)) == (400, "challenge_expired")
        other = browser(app)
        other.post("/api/login/passkey/options")
        assert told(other.post("/api/login/passkey", json=body)) == (401, "invalid_passkey")
        assert told(browser(app).post("/api/login/passkey", json=body)) == (400, "challenge_expired")

    @pytest.mark.on_disk
    def test_takes_one_of_twenty_answers_at_once(self, app: Flask, as_member: FlaskClient) -> None:
        device = add_passkey(as_member)
        device.counts = False
        client = browser(app)
        body = {"credential": device.sign(json(client.post("/api/login/passkey/options")))}
        cookie = client.get_cookie("visitor")
        assert cookie

        def send(_: int) -> int:
            same = app.test_client()
            same.set_cookie("visitor", cookie.value)
            return same.post("/api/login/passkey", json=body).status_code

        with ThreadPoolExecutor(20) as threads:
            assert sorted(threads.map(send, range(20))) == [200] + [400] * 19

    def test_takes_an_answer_within_ten_minutes(
        self, client: FlaskClient, device: Device, clock: TimeMachineFixture
    ) -> None:
        body = {"credential": device.sign(json(client.post("/api/login/passkey/options")))}
        clock.shift(timedelta(minutes=10, seconds=1))
        assert told(client.post("/api/login/passkey", json=body)) == (400, "challenge_expired")

    @pytest.mark.parametrize(
        "change",
        [
            {"origin": "http://localhost:9"}, {"origin": "https://evil.example"}, {"rp_id": "evil.example"},
            {"handle": "AAAA"},
        ],
    )  # fmt: skip
    def test_refuses_what_was_signed_for_another(
        self, client: FlaskClient, device: Device, change: dict[str, str]
    ) -> None:
        for name, value in change.items():
            setattr(device, name, value)
        assert told(use_passkey(client, device)) == (401, "invalid_passkey")

    @pytest.mark.parametrize(
        "change",
        [{"response": {}}, {"response": {"userHandle": 1}}, {"rawId": "AAAA"}, {"response": "x"}, {"type": []}],
    )
    def test_refuses_whatever_else_may_come(self, client: FlaskClient, device: Device, change: dict[str, Any]) -> None:
        credential = device.sign(json(client.post("/api/login/passkey/options"))) | change
        assert told(client.post("/api/login/passkey", json={"credential": credential})) == (401, "invalid_passkey")

    @pytest.mark.parametrize("identifier", [None, 7, [], {}, "\x00", "x" * 5000])
    def test_refuses_a_passkey_with_no_name(self, client: FlaskClient, identifier: object) -> None:
        client.post("/api/login/passkey/options")
        refused = client.post("/api/login/passkey", json={"credential": {"id": identifier}})
        assert told(refused) == (401, "unknown_passkey")

    @pytest.mark.parametrize(
        ("change", "code"), [({"status": "disabled"}, "disabled"), ({"confirmed_at": None}, "unconfirmed")]
    )
    def test_opens_no_account_that_is_shut_and_writes_it_down(
        self, client: FlaskClient, member: User, device: Device, change: dict[str, Any], code: str
    ) -> None:
        with database() as session:
            session.execute(update(User).values(**change))
        assert told(use_passkey(client, device)) == (403, code)
        assert failed() == [("sign_in_failed", None, member.id, {"reason": code})]

    def test_with_what_is_no_passkey_is_written_down(
        self, app: Flask, client: FlaskClient, as_member: FlaskClient, member: User, device: Device
    ) -> None:
        use_passkey(client, Device(id=b"unknown"))
        use_passkey(client, Device(handle=device.handle))
        use_passkey(client, replace(device, handle="AAAA"))
        use_passkey(enter_password(app, member), Device(id=b"unknown"))
        credential = Device(id=b"unknown").sign(json(as_member.post("/api/identity/options")))
        as_member.post("/api/identity", json={"credential": credential})
        by = {"by": "passkey"}
        assert failed() == [
            ("sign_in_failed", None, None, by),
            *[("sign_in_failed", None, member.id, by)] * 3,
            ("identity_refused", member.id, member.id, by),
        ]

    @pytest.mark.settings(base_url="https://club.example")
    @pytest.mark.parametrize(
        ("origin", "rp_id", "status"),
        [
            ("https://club.example", "club.example", 200),
            ("http://club.example", "club.example", 401),
            ("https://other.club.example", "club.example", 401),
            ("http://localhost", "club.example", 401),
            ("http://localhost", "localhost", 401),
        ],
    )
    def test_is_bound_to_the_configured_address(self, app: Flask, origin: str, rp_id: str, status: int) -> None:
        here = {"base_url": "https://club.example"}
        device = Device(origin="https://club.example", rp_id="club.example")
        client = browser(app)
        user = make_user("ada")
        client.post("/api/login", json={"username": "ada", "password": PASSWORD}, **here)
        credential = device.make(json(client.post("/api/passkeys/options", **here)))
        client.post("/api/passkeys", json={"name": "Phone", "credential": credential}, **here)
        with database() as session:
            assert session.query(Passkey).one().user_id == user.id
        device.origin, device.rp_id = origin, rp_id
        fresh = browser(app)
        there = {"base_url": origin}  # whatever the Host header says
        options = json(fresh.post("/api/login/passkey/options", **there))
        answer = fresh.post("/api/login/passkey", json={"credential": device.sign(options)}, **there)
        assert answer.status_code == status

    def test_on_this_machine_works_on_any_port(self, app: Flask) -> None:
        here = {"base_url": "http://localhost:43210"}
        device = Device(origin="http://localhost:43210")
        client = browser(app, make_user())
        credential = device.make(json(client.post("/api/passkeys/options", **here)))
        added = client.post("/api/passkeys", json={"name": "Phone", "credential": credential}, **here)
        assert added.status_code == 201

    def test_asks_also_who_names_a_host_that_is_none(self, app: Flask) -> None:
        asked = EnvironBuilder("/api/login/passkey/options", method="POST").get_environ()
        asked["HTTP_HOST"] = "[:::1::2]"  # which the client for tests would stumble over itself
        _, status, _ = run_wsgi_app(app, asked, buffered=True)
        assert status == "200 OK"

    def test_with_a_lost_passkey_is_possible_with_a_recovery_code(self, app: Flask, as_member: FlaskClient) -> None:
        credential = Device().make(json(as_member.post("/api/passkeys/options")))
        added = json(as_member.post("/api/passkeys", json={"name": "Phone", "credential": credential}))
        client = browser(app)
        client.post("/api/login", json={"username": "member", "password": PASSWORD})
        assert enter_code(client, added["codes"][0], "recovery_code").status_code == 200


class TestKeeping:
    def test_renames(self, as_member: FlaskClient, device: Device) -> None:
        (shown,) = json(as_member.get("/api/passkeys"))
        renamed = as_member.patch(f"/api/passkeys/{shown['id']}", json={"name": " Red key "})
        assert (renamed.status_code, json(renamed)["name"]) == (200, "Red key")

    def test_removes_and_tells(self, as_member: FlaskClient, member: User, device: Device) -> None:
        (shown,) = json(as_member.get("/api/passkeys"))
        as_member.delete(f"/api/passkeys/{shown['id']}")
        assert json(as_member.get("/api/factors")) == {
            "totp": False, "recovery_codes_left": 0, "passkeys": 0, "required": False,
        }  # fmt: skip
        assert "lost the passkey “Phone”" in " ".join(one.subject for one in mails_to(member.email))
        assert told(as_member.delete(f"/api/passkeys/{shown['id']}")) == (404, "not_found")

    @pytest.mark.parametrize("app_besides", [False, True])
    def test_keeps_the_last_one_of_who_has_no_password(
        self, app: Flask, as_member: FlaskClient, device: Device, app_besides: bool
    ) -> None:
        if app_besides:
            set_up_app(as_member)
        with database() as session:
            session.execute(update(User).values(password_hash=None))
        (shown,) = json(as_member.get("/api/passkeys"))
        assert told(as_member.delete(f"/api/passkeys/{shown['id']}")) == (409, "password_first")
        assert use_passkey(browser(app), device).status_code == 200
        add_passkey(as_member, Device(id=b"another"))
        assert as_member.delete(f"/api/passkeys/{shown['id']}").status_code == 204

    def test_is_nobody_elses_business(self, app: Flask, as_member: FlaskClient, device: Device) -> None:
        (shown,) = json(as_member.get("/api/passkeys"))
        other = browser(app, make_user("other", role="admin"))
        assert told(other.patch(f"/api/passkeys/{shown['id']}", json={"name": "Mine"})) == (404, "not_found")
        assert told(other.delete(f"/api/passkeys/{shown['id']}")) == (404, "not_found")
