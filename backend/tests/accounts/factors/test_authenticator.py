from __future__ import annotations

import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from clubroom.accounts.factors.authenticator import drawing
from clubroom.accounts.factors.models import Authenticator, RecoveryCode
from clubroom.accounts.models import Session, User
from clubroom.core.errors import Busy
from clubroom.core.secret import seal, unseal
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, select, update
from time_machine import TimeMachineFixture

from ...factories import PASSWORD, database, make_user
from ...steps import browser, events, link_in, mails_to
from ...test_every_route import LEAST_OF, address
from .steps import code_of, enter_code, enter_password, json, set_up_app, told, wrong_code


@pytest.fixture
def secret(as_member: FlaskClient, clock: TimeMachineFixture) -> str:
    """The key of the member's app, none of whose codes has signed in yet."""
    secret, _ = set_up_app(as_member)
    clock.shift(90)
    return secret


class TestSettingUp:
    def test_shows_the_key_as_text_and_as_a_picture(self, as_member: FlaskClient, member: User) -> None:
        shown = json(as_member.post("/api/totp"))
        assert len(shown["secret"]) == 32
        assert shown["uri"].startswith(f"otpauth://totp/Clubroom:{member.username}?secret={shown['secret']}&")
        assert shown["qr"] == drawing(shown["uri"])

    def test_ends_with_a_code_and_ten_recovery_codes(self, as_member: FlaskClient, member: User) -> None:
        _, codes = set_up_app(as_member)
        assert len(set(codes)) == 10
        assert json(as_member.get("/api/factors")) == {
            "totp": True, "recovery_codes_left": 10, "passkeys": 0, "required": False,
        }  # fmt: skip
        assert events() == ["totp_added"]
        assert "an authenticator app" in mails_to(member.email)[-1].subject

    def test_is_told_with_where_it_was_done_and_the_way_to_the_account(
        self, app: Flask, member: User, clock: TimeMachineFixture
    ) -> None:
        clock.move_to(datetime(2030, 5, 1, 12, 0, tzinfo=UTC))
        elsewhere = browser(app, member, address="192.0.2.7")
        _, codes = set_up_app(elsewhere)
        enter_code(enter_password(app, member), codes[0], "recovery_code")
        elsewhere.delete("/api/totp")
        mails = {one.subject: one for one in mails_to(member.email) if "#authenticator" in one.text}
        for subject, origin in {
            "Your account at Clubroom has an authenticator app now": "192.0.2.7",
            "A recovery code opened your account at Clubroom": "127.0.0.1",
            "Your account at Clubroom has lost the authenticator app": "192.0.2.7",
        }.items():
            assert f"on Werkzeug, from {origin}, on 1 May 2030 at 12:00 UTC" in mails[subject].text
            assert link_in(mails[subject]) == "http://localhost:8000/account#authenticator"

    @pytest.mark.on_disk
    def test_of_several_at_once_shows_the_recovery_codes_that_are_kept(
        self, app: Flask, as_member: FlaskClient, member: User, clock: TimeMachineFixture
    ) -> None:
        code = code_of(json(as_member.post("/api/totp"))["secret"])
        cookie = as_member.get_cookie("session")

        def confirm(_: int) -> Any:
            client = browser(app)
            client.set_cookie("session", cookie.value if cookie else "")
            return json(client.post("/api/totp/confirm", json={"code": code})).get("codes", [])

        with ThreadPoolExecutor(8) as threads:
            (shown,) = [codes for codes in threads.map(confirm, range(8)) if codes]
        assert enter_code(enter_password(app, member), shown[0], "recovery_code").status_code == 200

    def test_with_a_wrong_code_changes_nothing(self, as_member: FlaskClient) -> None:
        code = wrong_code(json(as_member.post("/api/totp"))["secret"])
        assert told(as_member.post("/api/totp/confirm", json={"code": code})) == (400, "invalid_code")
        assert json(as_member.get("/api/factors"))["totp"] is False

    def test_without_a_key_is_refused(self, as_member: FlaskClient) -> None:
        assert told(as_member.post("/api/totp/confirm", json={"code": "000000"})) == (409, "not_begun")

    def test_again_replaces_the_app_and_keeps_the_recovery_codes(
        self, app: Flask, as_member: FlaskClient, member: User, clock: TimeMachineFixture
    ) -> None:
        old, _ = set_up_app(as_member)
        new, codes = set_up_app(as_member)
        assert codes == []
        clock.shift(90)
        client = enter_password(app, member)
        assert told(enter_code(client, code_of(old))) == (401, "invalid_code")
        assert enter_code(client, code_of(new)).status_code == 200

    def test_begun_but_not_confirmed_leaves_the_old_app_in_use(
        self, app: Flask, as_member: FlaskClient, member: User, secret: str
    ) -> None:
        as_member.post("/api/totp")
        assert enter_code(enter_password(app, member), code_of(secret)).status_code == 200

    def test_removed_again_leaves_the_password_alone_and_no_recovery_codes(
        self, app: Flask, as_member: FlaskClient, member: User, secret: str
    ) -> None:
        assert as_member.delete("/api/totp").status_code == 204
        assert told(as_member.delete("/api/totp")) == (404, "not_found")
        assert json(as_member.get("/api/factors"))["recovery_codes_left"] == 0
        assert enter_password(app, member).get("/api/protected").status_code == 200
        assert events()[:2] == ["totp_added", "totp_removed"]
        assert "lost the authenticator app" in " ".join(one.subject for one in mails_to(member.email))


class TestSigningIn:
    def test_takes_the_password_and_then_the_code(self, app: Flask, member: User, secret: str) -> None:
        client = browser(app)
        answer = client.post("/api/login", json={"username": member.username, "password": PASSWORD})
        assert (answer.status_code, answer.json) == (
            202, {"message": "Second factor needed", "methods": ["totp", "recovery_code"]},
        )  # fmt: skip
        done = enter_code(client, code_of(secret))
        assert (done.status_code, json(done)["user"]["username"]) == (200, member.username)
        assert client.get("/api/protected").status_code == 200

    def test_opens_nothing_in_between(self, app: Flask, member: User, secret: str) -> None:
        client = enter_password(app, member)
        statuses = {client.open(address(path), method=method).status_code for method, path in LEAST_OF}
        assert statuses == {401}

    def test_gives_a_new_session_at_each_step(self, app: Flask, member: User, secret: str) -> None:
        client = browser(app)
        client.get("/form")
        tokens = [client.get_cookie("visitor")]
        client.post("/api/login", json={"username": member.username, "password": PASSWORD})
        tokens.append(client.get_cookie("visitor"))
        enter_code(client, code_of(secret))
        tokens.append(client.get_cookie("session"))
        assert len({token.value for token in tokens if token}) == 3

    def test_signs_out_whoever_was_signed_in_here(
        self, app: Flask, as_admin: FlaskClient, member: User, secret: str
    ) -> None:
        as_admin.post("/api/login", json={"username": member.username, "password": PASSWORD})
        assert as_admin.get_cookie("session") is None
        assert as_admin.get("/api/protected").status_code == 401
        assert enter_code(as_admin, code_of(secret)).status_code == 200
        assert json(as_admin.get("/api/me"))["username"] == member.username

    def test_keeps_one_signed_in_if_that_was_asked_with_the_password(
        self, app: Flask, member: User, secret: str
    ) -> None:
        client = browser(app)
        client.post("/api/login", json={"username": member.username, "password": PASSWORD, "remember": True})
        assert "Max-Age=15552000" in str(enter_code(client, code_of(secret)).headers.getlist("Set-Cookie"))

    @pytest.mark.parametrize(("steps", "status"), [(-2, 401), (-1, 200), (0, 200), (1, 200), (2, 401)])
    def test_takes_the_present_code_and_its_neighbours(
        self, app: Flask, member: User, secret: str, steps: int, status: int
    ) -> None:
        assert enter_code(enter_password(app, member), code_of(secret, steps)).status_code == status

    @pytest.mark.parametrize("steps", [0, -1])
    def test_takes_no_code_twice_and_none_before_it(self, app: Flask, member: User, secret: str, steps: int) -> None:
        code, later = code_of(secret, steps), code_of(secret)
        assert enter_code(enter_password(app, member), later).status_code == 200
        assert told(enter_code(enter_password(app, member), code)) == (401, "invalid_code")

    @pytest.mark.usefixtures("clock")
    def test_does_not_take_the_code_that_set_the_app_up(self, app: Flask, as_member: FlaskClient, member: User) -> None:
        secret, _ = set_up_app(as_member)
        assert told(enter_code(enter_password(app, member), code_of(secret))) == (401, "invalid_code")

    def test_takes_a_code_as_it_is_shown(self, app: Flask, member: User, secret: str) -> None:
        code = code_of(secret)
        assert enter_code(enter_password(app, member), f" {code[:3]} {code[3:]} ").status_code == 200

    @pytest.mark.parametrize("code", ["", "1", "é" * 6, "١٢٣٤٥٦", "0" * 7, "x" * 101])
    def test_takes_nothing_that_is_no_code(self, app: Flask, member: User, secret: str, code: str) -> None:
        assert enter_code(enter_password(app, member), code).status_code in (400, 401)

    @pytest.mark.on_disk
    def test_keeps_nobody_from_writing_while_a_key_is_read(
        self, app: Flask, as_member: FlaskClient, member: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        seen = []

        def write_in_between(what: Callable[..., str]) -> Callable[..., str]:
            def call(*arguments: str) -> str:
                with closing(sqlite3.connect(app.config["SETTINGS"].database_file, timeout=0)) as other:
                    other.execute("BEGIN IMMEDIATE")
                seen.append(what.__name__)
                return what(*arguments)

            return call

        for one in (seal, unseal):
            monkeypatch.setattr(f"clubroom.core.secret.{one.__name__}", write_in_between(one))
        key, _ = set_up_app(as_member)
        assert enter_code(enter_password(app, member), code_of(key, 1)).status_code == 200
        assert seen == ["seal", "unseal", "unseal"]

    @pytest.mark.on_disk
    def test_takes_one_of_ten_at_once(self, app: Flask, as_member: FlaskClient, member: User) -> None:
        secret, _ = set_up_app(as_member)
        clients = [enter_password(app, member, address=f"192.0.2.{n}") for n in range(10)]
        code = code_of(secret, 1)
        with ThreadPoolExecutor(10) as threads:
            answers = list(threads.map(lambda client: enter_code(client, code).status_code, clients))
        assert sorted(answers) == [200] + [401] * 9

    def test_without_the_password_first_is_refused(self, client: FlaskClient) -> None:
        assert told(enter_code(client, "123456")) == (401, "sign_in_first")

    @pytest.mark.parametrize(("minutes", "status"), [(9.9, 200), (10, 401)])
    def test_waits_ten_minutes_for_the_code(
        self, app: Flask, member: User, secret: str, clock: TimeMachineFixture, minutes: float, status: int
    ) -> None:
        client = enter_password(app, member)
        clock.shift(timedelta(minutes=minutes))
        assert enter_code(client, code_of(secret)).status_code == status

    @pytest.mark.parametrize("change", [{"status": "disabled"}, {"password_hash": "another"}])
    def test_stops_when_the_account_changes_meanwhile(
        self, app: Flask, member: User, secret: str, change: dict[str, str]
    ) -> None:
        client = enter_password(app, member)
        with database() as session:
            session.execute(update(User).values(**change))
        assert told(enter_code(client, code_of(secret))) == (401, "sign_in_first")

    def test_slows_down_who_guesses_codes(
        self, app: Flask, member: User, secret: str, clock: TimeMachineFixture
    ) -> None:
        client = enter_password(app, member)
        assert [enter_code(client, wrong_code(secret)).status_code for _ in range(6)] == [401] * 5 + [429]
        fresh = enter_password(app, member)  # the password again buys no new tries
        refused = enter_code(fresh, code_of(secret))
        assert (told(refused), refused.headers["Retry-After"]) == ((429, "too_many_attempts"), "5")
        clock.shift(5)
        assert enter_code(fresh, code_of(secret)).status_code == 200
        assert events().count("second_factor_failed") == 5

    @pytest.mark.parametrize("method", ["totp", "recovery_code"])
    def test_tells_its_owner_once_that_somebody_with_the_password_guesses(
        self, app: Flask, member: User, secret: str, method: str, clock: TimeMachineFixture
    ) -> None:
        def warnings() -> list[str]:
            return [
                one.text for one in mails_to(member.email) if one.subject == "Somebody has your password for Clubroom"
            ]

        guessers = [enter_password(app, member, address=f"192.0.2.{n}") for n in range(4)]
        for one in guessers:
            assert warnings() == []
            enter_code(one, wrong_code(secret), method)
        for one in guessers:  # each of them from an address of its own
            enter_code(one, wrong_code(secret), method)
        (text,) = warnings()
        assert "from 192.0.2.0" in text
        assert "http://localhost:8000/forgotten" in text
        clock.shift(timedelta(hours=25))
        for _ in range(5):
            enter_code(enter_password(app, member), wrong_code(secret), method)
        assert len(warnings()) == 2

    def test_tells_its_owner_also_where_a_try_came_to_nothing(
        self, app: Flask, member: User, secret: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def be_busy(*_: object) -> bool:
            raise Busy

        client = enter_password(app, member)
        for _ in range(4):
            enter_code(client, wrong_code(secret), "recovery_code")
        with monkeypatch.context() as full:
            full.setattr("clubroom.accounts.factors.recovery_codes.use", be_busy)
            assert enter_code(client, wrong_code(secret), "recovery_code").status_code == 503
        assert "Somebody has your password for Clubroom" in [one.subject for one in mails_to(member.email)]

    def test_tells_nobody_of_a_slip(self, app: Flask, member: User, secret: str) -> None:
        for step in (0, 1):
            client = enter_password(app, member)
            for _ in range(4):
                enter_code(client, wrong_code(secret))
            assert enter_code(client, code_of(secret, step)).status_code == 200
        assert not [one for one in mails_to(member.email) if "password" in one.subject]

    def test_of_somebody_else_is_not_possible_with_ones_own_code(self, app: Flask, member: User, secret: str) -> None:
        other = make_user("other")
        theirs, _ = set_up_app(browser(app, other))
        assert enter_code(enter_password(app, member), code_of(theirs, 1)).status_code == 401


class TestRecoveryCodes:
    def test_sign_in_once_each(self, app: Flask, as_member: FlaskClient, member: User) -> None:
        _, codes = set_up_app(as_member)
        assert enter_code(enter_password(app, member), codes[3], "recovery_code").status_code == 200
        again = enter_code(enter_password(app, member), codes[3], "recovery_code")
        assert told(again) == (401, "invalid_code")
        assert json(as_member.get("/api/factors"))["recovery_codes_left"] == 9
        assert "9 are left" in " ".join(one.text for one in mails_to(member.email))

    @pytest.mark.parametrize(
        "written",
        [str.lower, lambda code: code.replace("-", " "), lambda code: f" {code}\u00a0"],
        ids=["in small letters", "with a space", "amid spaces"],
    )
    def test_may_be_typed_as_one_likes(self, app: Flask, as_member: FlaskClient, member: User, written: object) -> None:
        _, codes = set_up_app(as_member)
        text = written(codes[0])  # type: ignore[operator]
        assert enter_code(enter_password(app, member), text, "recovery_code").status_code == 200

    def test_are_kept_only_as_their_argon2id_hashes(self, as_member: FlaskClient) -> None:
        _, codes = set_up_app(as_member)
        with database() as session:
            kept = session.scalars(select(RecoveryCode.code_hash)).all()
        assert [one.split("$")[1] for one in kept] == ["argon2id"] * 10
        assert not any(code in str(kept) or code.replace("-", "") in str(kept) for code in codes)

    @pytest.mark.on_disk
    def test_are_used_by_one_of_ten_at_once(self, app: Flask, as_member: FlaskClient, member: User) -> None:
        _, codes = set_up_app(as_member)
        clients = [enter_password(app, member, address=f"192.0.2.{n}") for n in range(10)]
        with ThreadPoolExecutor(10) as threads:
            answers = list(
                threads.map(lambda client: enter_code(client, codes[0], "recovery_code").status_code, clients)
            )
        assert sorted(answers) == [200] + [401] * 9

    def test_made_anew_replace_the_old_ones(self, app: Flask, as_member: FlaskClient, member: User) -> None:
        _, old = set_up_app(as_member)
        new = json(as_member.post("/api/recovery-codes"))["codes"]
        assert len(set(new) | set(old)) == 20
        client = enter_password(app, member)
        assert enter_code(client, old[0], "recovery_code").status_code == 401
        assert enter_code(client, new[0], "recovery_code").status_code == 200

    def test_are_refused_where_there_are_none(self, app: Flask, as_member: FlaskClient, member: User) -> None:
        set_up_app(as_member)
        with database() as session:
            session.execute(delete(RecoveryCode))
        answer = enter_code(enter_password(app, member), "aaaa-bbbb-cccc", "recovery_code")
        assert told(answer) == (401, "invalid_code")

    def test_are_not_made_without_a_factor(self, as_member: FlaskClient) -> None:
        assert told(as_member.post("/api/recovery-codes")) == (409, "no_factor")

    def test_of_others_open_nothing(self, app: Flask, as_member: FlaskClient, member: User) -> None:
        set_up_app(as_member)
        _, theirs = set_up_app(browser(app, make_user("other")))
        assert enter_code(enter_password(app, member), theirs[0], "recovery_code").status_code == 401


class TestTheKey:
    def test_is_nowhere_in_the_database(self, as_member: FlaskClient) -> None:
        begun = json(as_member.post("/api/totp"))["secret"]
        secret, _ = set_up_app(as_member)
        with database() as session:
            rows = [session.execute(select(table)).all() for table in (Authenticator.__table__, Session.__table__)]
        assert (begun in str(rows), secret in str(rows)) == (False, False)

    def test_is_not_read_with_another_secret_key_and_that_is_said(
        self, app: Flask, as_member: FlaskClient, member: User
    ) -> None:
        secret, codes = set_up_app(as_member)
        app.config["SECRET_KEY"] = "another"
        client = enter_password(app, member)
        refused = enter_code(client, code_of(secret, 1))
        assert told(refused) == (409, "authenticator_unreadable")
        assert "recovery code" in json(refused)["error"]
        assert enter_code(client, codes[0], "recovery_code").status_code == 200
        again, _ = set_up_app(client)
        assert enter_code(enter_password(app, member), code_of(again, 1)).status_code == 200

    def test_begun_with_another_secret_key_is_begun_anew(self, app: Flask, as_member: FlaskClient) -> None:
        secret = json(as_member.post("/api/totp"))["secret"]
        app.config["SECRET_KEY"] = "another"
        refused = as_member.post("/api/totp/confirm", json={"code": code_of(secret)})
        assert told(refused) == (409, "not_begun")

    def test_opens_no_other_account_it_is_moved_to(self, app: Flask, as_member: FlaskClient) -> None:
        secret, _ = set_up_app(as_member)
        other = make_user("other")
        with database() as session:
            session.execute(update(Authenticator).values(user_id=other.id))
        refused = enter_code(enter_password(app, other), code_of(secret, 1))
        assert told(refused) == (409, "authenticator_unreadable")

    @pytest.mark.parametrize("sealed", ["", "x", "é", "AAAA", "A" * 80])
    def test_that_was_damaged_is_no_crash(self, app: Flask, as_member: FlaskClient, member: User, sealed: str) -> None:
        secret, _ = set_up_app(as_member)
        with database() as session:
            session.execute(update(Authenticator).values(sealed=sealed))
        refused = enter_code(enter_password(app, member), code_of(secret, 1))
        assert told(refused) == (409, "authenticator_unreadable")
