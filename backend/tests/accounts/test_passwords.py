from __future__ import annotations

import mmap
import os
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from clubroom.accounts import hashing
from clubroom.accounts.factors.models import Authenticator
from clubroom.accounts.hashing import Pool, pool
from clubroom.accounts.models import KnownDevice, OneTimeToken, User
from clubroom.accounts.passwords import looked_at
from clubroom.accounts.tokens.models import ApiToken
from clubroom.core import jobs
from clubroom.core.errors import Busy
from clubroom.settings import Settings
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, event, select, update
from sqlalchemy.orm import Session
from time_machine import TimeMachineFixture
from werkzeug.test import TestResponse

from ..factories import PASSWORD, database, make_user
from ..steps import browser, code_in, events, link_in, mails_to, sign_in, token_in, write_while_judging
from .factors.steps import add_passkey, set_up_app

NEW = "eleven loud geese at noon"
SHORT = "wx7#Kqzv"  # enough beside a second factor


def try_in(client: FlaskClient, password: str) -> int:
    return client.post("/api/login", json={"username": "ada", "password": password}).status_code


def code_of(answer: TestResponse) -> str:
    return str((answer.json or {}).get("code"))


def forget(app: Flask, email: str = "ada@example.org") -> TestResponse:
    """Say that the password is forgotten, and let the jobs be done."""
    answer = app.test_client().post("/api/password/forgot", json={"email": email})
    jobs.run_all(app)
    return answer


def add_factor(username: str) -> None:
    with database() as session:
        user = session.scalars(select(User).where(User.username == username)).one()
        session.add(Authenticator(user_id=user.id, sealed="x"))


def reset_mails() -> list[str]:
    return [mail.text for mail in mails_to("ada@example.org") if "/reset#" in mail.text]


@pytest.fixture
def token(app: Flask) -> str:
    make_user("ada")
    forget(app)
    return token_in(mails_to("ada@example.org")[0])


def test_of_many_signs_only_a_few_are_judged() -> None:
    """Each sign may be read as a letter in several ways, and all of them at once took seconds."""
    assert looked_at("4@8({[<369&!|1$5+7%02" * 4) == "4@8({[<369&!|1$5+7%0"
    assert looked_at(NEW * 4) == (NEW * 4)[:72]


def test_one_process_can_hash_on_every_core_when_all_connections_came_to_it(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 2)  # which two processes share
    both = threading.Barrier(2)
    with app.app_context(), ThreadPoolExecutor(2) as callers:
        found = pool()
        places = [callers.submit(found.compute, lambda: both.wait(5)) for _ in range(2)]
        assert sorted(place.result() for place in places) == [0, 1]


class TestCrowds:
    def test_beyond_so_many_who_wait_one_is_told_to_come_again(self, app: Flask, client: FlaskClient) -> None:
        with app.app_context():
            pool().waiting = pool().most
        answer = client.post("/api/login", json={"username": "ada", "password": PASSWORD})
        assert (answer.status_code, code_of(answer), answer.headers["Retry-After"]) == (503, "busy", "2")

    def test_who_has_waited_too_long_is_told_and_nothing_is_computed_for_them_any_more(
        self, app: Flask, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        crowd = Pool(PasswordHasher(time_cost=1, memory_cost=64, parallelism=1), 1)
        monkeypatch.setattr(hashing, "PATIENCE", 0.01)
        done: list[str] = []
        free = threading.Event()
        crowd.threads.submit(free.wait)
        with app.app_context(), pytest.raises(Busy):
            crowd.compute(done.append, "in vain")
        free.set()
        crowd.threads.shutdown(wait=True)
        assert (done, crowd.waiting) == ([], 0)

    def test_who_comes_as_the_process_ends_is_told_to_come_again(self, app: Flask) -> None:
        crowd = Pool(PasswordHasher(time_cost=1, memory_cost=64, parallelism=1), 1)
        crowd.threads.shutdown(wait=True)
        with app.app_context(), pytest.raises(Busy):
            crowd.compute(crowd.hasher.hash, PASSWORD)
        assert crowd.waiting == 0

    def test_leave_no_memory_taken(self, app: Flask) -> None:
        crowd = Pool(PasswordHasher(time_cost=1, memory_cost=19456, parallelism=1), 1)

        def compute(_: int) -> None:
            with app.app_context():
                crowd.compute(crowd.hasher.hash, PASSWORD)

        def memory() -> int:
            return int(Path("/proc/self/statm").read_text().split()[1]) * mmap.PAGESIZE

        before = memory()
        with ThreadPoolExecutor(6) as people:
            list(people.map(compute, range(6)))
        crowd.threads.shutdown(wait=True)
        assert memory() - before < 10 << 20  # of 19 MiB


class TestChanging:
    def test_ends_every_other_session_and_is_told(self, app: Flask, client: FlaskClient) -> None:
        ada = make_user("ada")
        other = browser(app, ada)
        sign_in(client, ada)
        before = client.get_cookie("session")
        answer = client.post("/api/password", json={"current": PASSWORD, "new": NEW})
        assert answer.json == {"message": "Password changed"}
        assert (client.get("/api/me").status_code, other.get("/api/me").status_code) == (200, 401)
        after = client.get_cookie("session")
        assert before is not None
        assert after is not None
        assert before.value != after.value
        assert (try_in(app.test_client(), PASSWORD), try_in(app.test_client(), NEW)) == (401, 200)
        assert "password_changed" in events()
        mail = mails_to("ada@example.org")[0]
        assert mail.subject == "Your password at Clubroom was changed"
        assert ", from 127.0.0.1, on " in mail.text

    @pytest.mark.usefixtures("clock")
    def test_needs_the_current_one_and_guessing_is_slowed_down_and_written_down(self, client: FlaskClient) -> None:
        sign_in(client, make_user("ada"))
        answers = [client.post("/api/password", json={"current": "wrong", "new": NEW}) for _ in range(6)]
        assert [answer.status_code for answer in answers] == [400] * 5 + [429]
        assert (answers[0].json or {})["fields"].keys() == {"current"}
        assert events().count("identity_refused") == 5

    @pytest.mark.usefixtures("clock")
    def test_a_new_one_that_is_refused_is_no_guess(self, client: FlaskClient) -> None:
        sign_in(client, make_user("ada"))
        answers = [client.post("/api/password", json={"current": PASSWORD, "new": "short"}) for _ in range(8)]
        assert {(answer.status_code, *(answer.json or {})["fields"]) for answer in answers} == {(400, "new")}

    def test_of_two_at_once_the_slower_one_is_refused(
        self, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        ada = make_user("ada")
        sign_in(client, ada)

        def meanwhile(password: str) -> str:
            with database() as session:
                session.execute(update(User).values(password_hash="another's"))
            return password

        monkeypatch.setattr("clubroom.accounts.resetting.hash_password", meanwhile)
        answer = client.post("/api/password", json={"current": PASSWORD, "new": NEW})
        assert (answer.status_code, list((answer.json or {})["fields"])) == (400, ["current"])
        with database() as session:
            assert session.get_one(User, ada.id).password_hash == "another's"

    def test_refuses_a_weak_one_at_its_field(self, client: FlaskClient) -> None:
        sign_in(client, make_user("ada"))
        answer = client.post("/api/password", json={"current": PASSWORD, "new": "short"})
        assert (code_of(answer), list((answer.json or {})["fields"])) == ("weak_password", ["new"])

    def test_ends_what_was_mailed_before(self, client: FlaskClient, token: str) -> None:
        client.post("/api/login", json={"username": "ada", "password": PASSWORD})
        assert client.post("/api/password", json={"current": PASSWORD, "new": NEW}).status_code == 200
        assert code_of(client.post("/api/password/reset", json={"token": token, "password": NEW})) == "invalid_token"

    def test_takes_eight_characters_beside_a_second_factor(self, client: FlaskClient) -> None:
        ada = make_user("ada")
        sign_in(client, ada)
        short = {"current": PASSWORD, "new": "wx7#Kqzv"}
        assert code_of(client.post("/api/password", json=short)) == "weak_password"
        with database() as session:
            session.add(Authenticator(user_id=ada.id, sealed="x"))
        assert code_of(client.post("/api/password", json=short | {"new": "wx7#Kqz"})) == "weak_password"
        assert client.post("/api/password", json=short).status_code == 200

    def test_takes_none_beside_a_second_factor_that_could_stand_alone_by_its_length_only(
        self, as_member: FlaskClient
    ) -> None:
        set_up_app(as_member)
        easy = {"current": PASSWORD, "new": "letmein letmein x9"}
        assert code_of(as_member.post("/api/password", json=easy)) == "weak_password"
        assert as_member.post("/api/password", json=easy | {"new": easy["new"][:14]}).status_code == 200


class TestShortOnes:
    """Of 8 to 14 characters: enough beside a second factor, and only there."""

    @pytest.fixture
    def ada(self, as_member: FlaskClient, member: User) -> str:
        """The member's password, short beside an authenticator app."""
        set_up_app(as_member)
        assert as_member.post("/api/password", json={"current": PASSWORD, "new": SHORT}).status_code == 200
        return SHORT

    @pytest.mark.usefixtures("ada")
    def test_keep_the_last_second_factor_until_there_is_a_longer_one(self, as_member: FlaskClient) -> None:
        refused = as_member.delete("/api/totp")
        assert (refused.status_code, code_of(refused)) == (409, "longer_password_first")
        factors = as_member.get("/api/factors").json or {}
        assert (factors["totp"], factors["recovery_codes_left"]) == (True, 10)
        as_member.post("/api/password", json={"current": SHORT, "new": NEW})
        assert as_member.delete("/api/totp").status_code == 204

    @pytest.mark.usefixtures("ada")
    def test_keep_only_the_last_one(self, as_member: FlaskClient) -> None:
        add_passkey(as_member)
        (passkey,) = as_member.get("/api/passkeys").json or []
        assert as_member.delete("/api/totp").status_code == 204
        assert code_of(as_member.delete(f"/api/passkeys/{passkey['id']}")) == "longer_password_first"
        assert len(as_member.get("/api/passkeys").json or []) == 1

    def test_of_before_are_learnt_when_they_are_used(self, app: Flask, as_member: FlaskClient, ada: str) -> None:
        with database() as session:
            session.execute(update(User).values(short_password=False))
        app.test_client().post("/api/login", json={"username": "member", "password": ada})
        assert code_of(as_member.delete("/api/totp")) == "longer_password_first"

    def test_of_before_are_learnt_when_they_confirm_who_one_is(self, as_member: FlaskClient, ada: str) -> None:
        with database() as session:
            session.execute(update(User).values(short_password=False))
        assert as_member.post("/api/identity", json={"password": ada}).status_code == 200
        assert code_of(as_member.delete("/api/totp")) == "longer_password_first"

    def test_open_nothing_once_an_administrator_has_removed_the_factors(
        self, app: Flask, as_admin: FlaskClient, member: User, ada: str
    ) -> None:
        assert as_admin.delete(f"/api/users/{member.id}/factors").status_code == 204
        body = {"username": "member", "password": ada}
        assert app.test_client().post("/api/login", json=body).status_code == 401
        removed, link = mails_to(member.email)[-2:]
        assert "too short to open it alone" in removed.text
        reset = {"token": token_in(link), "password": NEW}
        assert app.test_client().post("/api/password/reset", json=reset).status_code == 200
        assert app.test_client().post("/api/login", json=body | {"password": NEW}).status_code == 200

    @pytest.mark.usefixtures("ada")
    def test_are_refused_where_the_factor_went_while_they_were_hashed(
        self, as_member: FlaskClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def hash_slowly(password: str) -> str:
            with database() as session:
                session.execute(delete(Authenticator))
            return "hashed"

        monkeypatch.setattr("clubroom.accounts.resetting.hash_password", hash_slowly)
        answer = as_member.post("/api/password", json={"current": SHORT, "new": "zq4!Fbyk"})
        assert code_of(answer) == "weak_password"


class TestForgetting:
    def test_answers_all_alike(self, app: Flask) -> None:
        make_user("ada")
        make_user("eve", status="disabled")
        answers = [forget(app, f"{name}@example.org") for name in ("ada", "eve", "nobody")]
        assert {(answer.status_code, answer.data) for answer in answers} == {(202, b'{"message":"Check your mail"}')}
        assert (len(reset_mails()), mails_to("eve@example.org"), mails_to("nobody@example.org")) == (1, [], [])

    def test_looks_nothing_up_before_it_answers(self, client: FlaskClient) -> None:
        make_user("ada")
        client.post("/api/password/forgot", json={"email": "ada@example.org"})
        assert reset_mails() == []

    def test_mails_the_accounts_own_address(self, app: Flask) -> None:
        make_user("ada")
        forget(app, "ＡDA@example.org")
        assert len(reset_mails()) == 1

    @pytest.mark.parametrize("email", ["ada@example.org", "ADA@example.org", "Åda@example.org"])
    def test_mails_one_person_five_times_an_hour(self, app: Flask, clock: TimeMachineFixture, email: str) -> None:
        make_user("ada", email=email)
        for n in range(8):
            browser(app, address=f"192.0.2.{n}").post("/api/password/forgot", json={"email": email})
        jobs.run_all(app)
        assert len(mails_to(email)) == 5
        last = token_in(mails_to(email)[4])
        assert any(
            app.test_client().post("/api/password/reset", json={"token": one, "password": NEW}).status_code == 200
            for one in [token_in(mail) for mail in mails_to(email)] + [last]
        )
        clock.shift(timedelta(hours=1, seconds=1))
        forget(app, email)
        assert len(mails_to(email)) == 7  # that the password was changed, too

    def test_brings_a_mail_also_after_the_clock_was_ahead_and_five_went_out(
        self, app: Flask, clock: TimeMachineFixture
    ) -> None:
        make_user("ada")
        clock.shift(timedelta(days=7))
        for _ in range(5):
            forget(app)
        clock.shift(-timedelta(days=7))
        forget(app)
        assert len(reset_mails()) == 6

    def test_carries_no_words_of_whoever_signed_up_with_somebodys_address(self, app: Flask) -> None:
        make_user("ada", name="You have won: www.evil.example", confirmed=False)
        forget(app)
        (mail,) = mails_to("ada@example.org")
        assert "evil" not in mail.text + mail.html

    def test_confirms_who_never_did_and_the_password_of_whoever_signed_up_opens_nothing(self, app: Flask) -> None:
        make_user("ada", confirmed=False)
        forget(app)
        body = {"token": token_in(mails_to("ada@example.org")[-1]), "password": NEW}
        assert app.test_client().post("/api/password/reset", json=body).status_code == 200
        assert [try_in(app.test_client(), one) for one in (PASSWORD, NEW)] == [401, 200]

    @pytest.mark.settings(base_url="https://club.example")
    def test_makes_its_link_from_the_settings_alone(self, app: Flask) -> None:
        make_user("ada")
        headers = {"Host": "evil.example", "X-Forwarded-Host": "evil.example"}
        app.test_client().post("/api/password/forgot", json={"email": "ada@example.org"}, headers=headers)
        jobs.run_all(app)
        assert link_in(mails_to("ada@example.org")[0]).startswith("https://club.example/reset#token=")


class TestResetting:
    def test_turns_out_whoever_was_in_the_account(self, app: Flask) -> None:
        ada = make_user("ada")
        thief = browser(app)
        assert try_in(thief, PASSWORD) == 200
        wanted = {"name": "mine", "scope": "write"}
        script = {"Authorization": f"Bearer {thief.post('/api/tokens', json=wanted).json['token']}"}  # type: ignore[index]
        assert app.test_client().get("/api/me", headers=script).status_code == 200
        forget(app)
        token = token_in(next(one for one in mails_to(ada.email) if "/reset#" in one.text))
        app.test_client().post("/api/password/reset", json={"token": token, "password": NEW})
        assert app.test_client().get("/api/me", headers=script).status_code == 401
        with database() as session:
            assert session.scalars(select(ApiToken)).all() == []
            assert session.scalars(select(KnownDevice)).all() == []

    @pytest.mark.on_disk
    def test_nobody_waits_while_a_password_is_judged(
        self, app: Flask, token: str, settings: Settings, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        judged = write_while_judging(monkeypatch, settings)
        client = app.test_client()
        question = {"password": NEW, "token": token}
        assert client.post("/api/password/check", json=question).json == {"acceptable": True, "reason": None}
        assert client.post("/api/password/reset", json={"password": NEW, "token": token}).status_code == 200
        assert judged == [NEW, NEW]

    def test_ends_every_session_and_is_told(self, app: Flask, client: FlaskClient, token: str) -> None:
        with database() as session:
            ada = session.scalars(select(User)).one()
        other = browser(app, ada)
        assert other.get("/api/me").status_code == 200
        answer = client.post("/api/password/reset", json={"token": token, "password": NEW})
        assert answer.json == {"message": "Password changed"}
        assert other.get("/api/me").status_code == 401
        assert (try_in(client, PASSWORD), try_in(client, NEW)) == (401, 200)
        assert "password_reset" in events()
        assert [mail.subject for mail in mails_to("ada@example.org")][1] == "Your password at Clubroom was changed"

    @pytest.mark.parametrize("name", ["ada", "ada@example.org"])
    def test_ends_the_wait_that_guesses_have_brought(
        self, client: FlaskClient, clock: TimeMachineFixture, token: str, name: str
    ) -> None:
        for _ in range(6):
            waiting = client.post("/api/login", json={"username": name, "password": "wrong"})
        assert waiting.status_code == 429
        client.post("/api/password/reset", json={"token": token, "password": NEW})
        assert client.post("/api/login", json={"username": name, "password": NEW}).status_code == 200

    def test_opening_the_link_uses_nothing_up(self, client: FlaskClient, token: str) -> None:
        assert client.get(f"/reset?token={token}").status_code == 200
        assert client.head("/reset").status_code == 200
        assert client.post("/api/password/reset", json={"token": token, "password": "short"}).status_code == 400
        assert client.post("/api/password/reset", json={"token": token, "password": NEW}).status_code == 200
        assert code_of(client.post("/api/password/reset", json={"token": token, "password": NEW})) == "invalid_token"

    @pytest.mark.parametrize(("wait", "status"), [(3599, 200), (3600, 400)])
    def test_is_possible_for_an_hour(
        self, client: FlaskClient, clock: TimeMachineFixture, token: str, wait: int, status: int
    ) -> None:
        clock.shift(wait)
        assert client.post("/api/password/reset", json={"token": token, "password": NEW}).status_code == status

    @pytest.mark.on_disk
    def test_of_twenty_at_once_one_wins(self, app: Flask, token: str) -> None:
        def reset(number: int) -> int:
            body = {"token": token, "password": f"{NEW} {number}"}
            return app.test_client().post("/api/password/reset", json=body).status_code

        with ThreadPoolExecutor(20) as threads:
            assert sorted(threads.map(reset, range(20))) == [200] + [400] * 19

    def test_keeps_hashes_of_link_and_code_and_the_codes_is_one_with_the_secret_key(self, app: Flask) -> None:
        make_user("ada")
        forget(app)
        (mail,) = mails_to("ada@example.org")
        with database() as session:
            kept = str(session.execute(select(OneTimeToken.__table__)).all())
        assert [one in kept for one in (token_in(mail), code_in(mail), code_in(mail).replace("-", ""))] == [False] * 3
        app.config["SECRET_KEY"] = "another"
        proofs = ({"email": "ada@example.org", "code": code_in(mail)}, {"token": token_in(mail)})
        answers = [app.test_client().post("/api/password/reset", json=one | {"password": NEW}) for one in proofs]
        assert [one.status_code for one in answers] == [400, 200]

    def test_takes_no_link_of_another_purpose(self, app: Flask, client: FlaskClient) -> None:
        make_user("ada", confirmed=False)
        client.post("/api/users/confirm/resend", json={"email": "ada@example.org"})
        jobs.run_all(app)
        stolen = token_in(mails_to("ada@example.org")[0])
        assert code_of(client.post("/api/password/reset", json={"token": stolen, "password": NEW})) == "invalid_token"

    def test_opens_no_disabled_account(self, client: FlaskClient, token: str) -> None:
        with database() as session:
            session.execute(update(User).values(status="disabled"))
        assert client.post("/api/password/reset", json={"token": token, "password": NEW}).status_code == 400


class TestCodes:
    @pytest.fixture
    def code(self, token: str) -> str:
        return code_in(mails_to("ada@example.org")[0])

    def by_code(self, client: FlaskClient, code: str, email: str = "ada@example.org") -> TestResponse:
        return client.post("/api/password/reset", json={"email": email, "code": code, "password": NEW})

    @pytest.mark.parametrize("typed", ["{}", " {} ", "lower", "plain"])
    def test_stand_in_for_the_link_however_typed(self, client: FlaskClient, code: str, token: str, typed: str) -> None:
        text = {"lower": code.lower(), "plain": code.replace("-", "")}.get(typed, typed.format(code))
        assert self.by_code(client, text, "ADA@example.org").status_code == 200
        assert code_of(client.post("/api/password/reset", json={"token": token, "password": NEW})) == "invalid_token"

    def test_are_used_up_by_five_wrong_ones_but_the_link_stays(self, app: Flask, code: str, token: str) -> None:
        for n in range(5):
            assert self.by_code(browser(app, address=f"192.0.2.{n}"), "AAAA-AAAA").status_code == 400
        other = browser(app, address="198.51.100.1")
        assert code_of(self.by_code(other, code)) == "invalid_token"
        assert other.post("/api/password/reset", json={"token": token, "password": NEW}).status_code == 200

    def test_survive_four_wrong_ones(self, client: FlaskClient, code: str) -> None:
        assert [self.by_code(client, "AAAA-AAAA").status_code for _ in range(4)] == [400] * 4
        assert self.by_code(client, code).status_code == 200

    @pytest.mark.usefixtures("clock")
    def test_are_tried_slowly_also_where_nobody_is(self, client: FlaskClient) -> None:
        answers = [self.by_code(client, "AAAA-AAAA", "nobody@example.org") for _ in range(6)]
        assert [answer.status_code for answer in answers] == [400] * 5 + [429]

    def test_are_not_slowed_down_by_what_is_tried_as_a_user_name(self, client: FlaskClient) -> None:
        for _ in range(6):
            client.post("/api/login", json={"username": "code ada@example.org", "password": PASSWORD})
        assert self.by_code(client, "AAAA-AAAA").status_code == 400

    @pytest.mark.on_disk
    def test_are_refused_where_another_uses_the_link_in_the_same_moment(
        self, client: FlaskClient, code: str, settings: Settings
    ) -> None:
        def use_link(session: Session) -> None:
            """Let another be faster, as soon as the code has been found right."""
            if any(isinstance(one, OneTimeToken) for one in session.identity_map.values()):
                with closing(sqlite3.connect(settings.database_file)) as another, another:
                    another.execute("DELETE FROM one_time_tokens")

        event.listen(Session, "after_commit", use_link)
        try:
            assert code_of(self.by_code(client, code)) == "invalid_token"
        finally:
            event.remove(Session, "after_commit", use_link)

    @pytest.mark.on_disk
    def test_open_for_one_of_twenty_at_once(self, app: Flask, code: str) -> None:
        def use(number: int) -> int:
            return self.by_code(browser(app, address=f"192.0.2.{number}"), code).status_code

        with ThreadPoolExecutor(20) as threads:
            assert sorted(threads.map(use, range(20))) == [200] + [400] * 19

    def test_are_kept_only_keyed(self, code: str) -> None:
        with database() as session:
            assert code.replace("-", "") not in str(session.execute(select(OneTimeToken.__table__)).all())

    def test_need_the_secret_key_that_the_link_does_not(
        self, app: Flask, client: FlaskClient, code: str, token: str
    ) -> None:
        app.config["SECRET_KEY"] = "another"
        assert self.by_code(client, code).status_code == 400
        assert client.post("/api/password/reset", json={"token": token, "password": NEW}).status_code == 200

    def test_are_for_one_address(self, client: FlaskClient, code: str) -> None:
        make_user("ben")
        assert self.by_code(client, code, "ben@example.org").status_code == 400

    def test_confirm_an_address(self, client: FlaskClient) -> None:
        client.post("/api/users", json={"username": "bea", "email": "bea@example.org"})
        proof = {"email": "bea@example.org", "code": code_in(mails_to("bea@example.org")[0])}
        for _ in range(7):  # right each time: nothing is counted
            assert code_of(client.post("/api/users/confirm", json=proof)) == "password_required"
        assert client.post("/api/users/confirm", json=proof | {"password": PASSWORD}).status_code == 200

    @pytest.mark.parametrize("body", [{}, {"email": "a@b.org"}, {"code": "AAAA-AAAA"}])
    def test_come_with_their_address(self, client: FlaskClient, body: dict[str, str]) -> None:
        assert code_of(client.post("/api/users/confirm", json=body)) == "missing_fields"


class TestChecking:
    @pytest.mark.parametrize(
        ("body", "acceptable"),
        [
            ({"password": NEW}, True),
            ({"password": "short"}, False),
            ({"password": "Grace Hopper 1906", "name": "Grace Hopper"}, False),
            ({"password": "clubroomclubroom"}, False),
        ],
    )
    def test_says_what_would_be_said(self, client: FlaskClient, body: dict[str, str], acceptable: bool) -> None:
        answer = client.post("/api/password/check", json=body).json or {}
        assert (answer["acceptable"], answer["reason"] is None) == (acceptable, acceptable)

    @pytest.mark.parametrize(("second_factor", "acceptable"), [(False, False), (True, True)])
    def test_knows_what_the_account_behind_a_mailed_link_needs(
        self, client: FlaskClient, token: str, second_factor: bool, acceptable: bool
    ) -> None:
        if second_factor:
            add_factor("ada")
        answer = client.post("/api/password/check", json={"password": SHORT, "token": token})
        assert (answer.json or {})["acceptable"] == acceptable
        assert client.post("/api/password/reset", json={"token": token, "password": SHORT}).status_code == (
            200 if acceptable else 400
        )

    def test_knows_the_names_of_who_was_invited(self, client: FlaskClient) -> None:
        client.post("/api/users", json={"username": "lovelace1815", "email": "ada@example.org"})
        chosen = {"token": token_in(mails_to("ada@example.org")[0]), "password": "lovelace1815 xyz"}
        answer = client.post("/api/password/check", json=chosen).json or {}
        refused = client.post("/api/users/confirm", json=chosen).json or {}
        assert (answer["acceptable"], answer["reason"]) == (False, refused["error"])

    def test_tells_both_rules_to_who_has_no_link_and_the_same_about_everybody(
        self, client: FlaskClient, token: str
    ) -> None:
        add_factor("ada")
        make_user("ben")
        answers = [
            client.post("/api/password/check", json={"password": SHORT, "token": one, "email": email}).data
            for one in ("", "x", token[:-1], "A" * 43)
            for email in ("ada@example.org", "ben@example.org", "nobody@example.org")
        ]
        assert len(set(answers)) == 1
        assert b"Enough if you have a passkey or an authenticator app" in answers[0]

    @pytest.mark.parametrize("password", ["short", "aaaaaaaaaaaaaaaa", "clubroomclubroom"])
    def test_takes_nothing_for_enough_that_never_is(self, client: FlaskClient, password: str) -> None:
        answer = client.post("/api/password/check", json={"password": password, "token": ""}).json or {}
        assert (answer["acceptable"], "Enough" in answer["reason"]) == (False, False)

    def test_knows_who_is_signed_in(self, client: FlaskClient) -> None:
        sign_in(client, make_user("lovelace1815"))
        answer = client.post("/api/password/check", json={"password": "lovelace1815 xyz"})
        assert not (answer.json or {})["acceptable"]
