from __future__ import annotations

import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import pytest
from argon2 import PasswordHasher
from clubroom import create_app
from clubroom.accounts import sessions, throttle
from clubroom.accounts.hashing import pool
from clubroom.accounts.models import Failure, Session, User, login_of
from clubroom.core.database import db
from clubroom.settings import Settings
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, update
from sqlalchemy.exc import OperationalError
from time_machine import TimeMachineFixture
from werkzeug.test import TestResponse

from ..factories import PASSWORD, database, make_authenticator, make_user
from ..steps import browser, events, mails_to, sign_in, token_in
from .factors.steps import told


def try_in(client: FlaskClient, username: str = "ada", password: str = PASSWORD, **more: object) -> TestResponse:
    return client.post("/api/login", json={"username": username, "password": password} | more)


@pytest.mark.parametrize("username", ["ada", "Ada", "ADA", " ada ", "ada@example.org", "ADA@Example.org"])
def test_a_user_name_or_an_address_signs_in(client: FlaskClient, username: str) -> None:
    make_user("ada")
    assert try_in(client, username).status_code == 200
    assert events() == ["signed_in"]


def test_who_signs_in_was_seen_now(client: FlaskClient, clock: TimeMachineFixture) -> None:
    make_user("ada")
    clock.move_to("2030-05-06T07:08:09Z", tick=False)
    assert (try_in(client).json or {})["user"]["last_seen"] == "2030-05-06T07:08:09Z"
    assert (client.get("/api/me").json or {})["last_seen"] == "2030-05-06T07:08:09Z"


@pytest.mark.parametrize(("username", "password"), [("ada", "wrong"), ("nobody", PASSWORD), ("no@where.org", "wrong")])
def test_a_wrong_name_and_a_wrong_password_look_the_same(client: FlaskClient, username: str, password: str) -> None:
    make_user("ada")
    answer = try_in(client, username, password)
    assert (answer.status_code, answer.data) == (401, b'{"error":"Invalid credentials","code":"invalid_credentials"}')
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("password", [PASSWORD.upper(), PASSWORD + " ", PASSWORD[:-1], " " + PASSWORD])
def test_a_password_is_compared_whole(client: FlaskClient, password: str) -> None:
    make_user("ada")
    assert try_in(client, password=password).status_code == 401


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_a_password_is_the_same_however_its_accents_are_typed(client: FlaskClient, form: str) -> None:
    long = "éàü" * 80
    make_user("ada", password=long)
    assert try_in(client, password=unicodedata.normalize(form, long)).status_code == 200  # type: ignore[arg-type]


@pytest.mark.parametrize(("username", "password"), [("ada", ""), ("", "x"), (" ", "x"), ("", "")])
def test_without_a_name_or_a_password_nothing_is_tried(client: FlaskClient, username: str, password: str) -> None:
    answer = try_in(client, username, password)
    assert (answer.status_code, (answer.json or {})["code"]) == (400, "missing_credentials")
    assert (answer.json or {})["error"] == "Missing username or password"


@pytest.mark.parametrize(
    ("more", "sentence"),
    [({"remember": None}, "This must be true or false."), ({"x": None}, "This is not a known field.")],
)
def test_what_need_not_be_sent_is_not_missing_where_it_is_null(
    client: FlaskClient, more: dict[str, None], sentence: str
) -> None:
    body = {"username": "ada", "password": PASSWORD, **more}
    answer: Any = client.post("/api/login", json=body).json
    assert (answer["code"], answer["fields"]) == ("invalid", dict.fromkeys(more, sentence))


@pytest.mark.parametrize(
    ("user", "code"), [({"confirmed": False}, "unconfirmed"), ({"status": "disabled"}, "disabled")]
)
def test_who_may_not_sign_in_is_told_why_only_with_the_right_password(
    client: FlaskClient, user: dict[str, object], code: str
) -> None:
    make_user("ada", **user)  # type: ignore[arg-type]
    refused = try_in(client)
    assert (refused.status_code, (refused.json or {})["code"]) == (403, code)
    assert "Set-Cookie" not in refused.headers
    assert try_in(client, password="wrong").status_code == 401


def test_an_account_without_a_password_is_opened_by_none(client: FlaskClient) -> None:
    make_user("ada", password=None)
    assert {try_in(client, password=one).status_code for one in ("nobody has this password", "x", "None")} == {401}


@pytest.mark.parametrize("text", ["a\u0301\u0316" * 12_000, "x" * 60_000])
def test_text_that_is_too_long_costs_no_time(client: FlaskClient, text: str) -> None:
    assert try_in(client, username=text).status_code == 400
    assert try_in(client, password=text).status_code == 400


def test_a_name_nobody_has_costs_as_many_hashes_as_a_known_one(app: Flask, client: FlaskClient) -> None:
    """That it takes as long is measured by `python -m bench.timing`."""
    made: list[str] = []

    class Counting(PasswordHasher):
        def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:
            made.append("hash")
            return super().verify(hash, password)

    make_user("ada")
    with app.app_context():
        pool().hasher = Counting(time_cost=1, memory_cost=64, parallelism=1)
    for name in ("ada", "nobody"):
        made.append(name)
        assert try_in(client, name, "not this one at all").status_code == 401
    assert made == ["ada", "hash", "nobody", "hash"]


def test_a_hash_of_other_parameters_is_renewed(client: FlaskClient) -> None:
    user = make_user("ada")
    old = PasswordHasher(time_cost=1, memory_cost=32, parallelism=1).hash(PASSWORD)
    with database() as session:
        session.execute(update(User).values(password_hash=old))
    assert try_in(client).status_code == 200
    with database() as session:
        assert "m=64," in str(session.get_one(User, user.id).password_hash)
    assert try_in(client).status_code == 200


def test_a_hash_is_renewed_between_the_steps_as_well(client: FlaskClient) -> None:
    user = make_user("ada")
    moment = datetime.now(UTC)
    app = make_authenticator(user, moment)
    old = PasswordHasher(time_cost=1, memory_cost=32, parallelism=1).hash(PASSWORD)
    with database() as session:
        session.execute(update(User).values(password_hash=old))
    assert try_in(client).status_code == 202
    code = {"method": "totp", "code": app.at(moment, counter_offset=1)}
    assert client.post("/api/login/verify", json=code).status_code == 200


def test_a_traceback_shows_no_hash_of_a_password(app: Flask) -> None:
    make_user("ada")
    with app.app_context():
        found = login_of("ada")
    assert found
    assert found.password_hash
    assert found.password_hash not in f"{found!r} {found}"


@pytest.mark.usefixtures("clock")
class TestTrying:
    def test_however_its_letters_are_written_it_is_one_name(self, client: FlaskClient) -> None:
        make_user("ada")
        names = ["ada", "ADA", "Ada", "aDa", "ADA", "ada"]
        assert [try_in(client, name, "wrong").status_code for name in names] == [401] * 5 + [429]

    @pytest.mark.parametrize("tried", ["ada", "ben"])
    def test_a_wait_does_not_tell_whose_address_it_is(self, client: FlaskClient, tried: str) -> None:
        make_user("ada", email="ada@example.org")
        make_user("ben")
        assert [try_in(client, tried, "wrong").status_code for _ in range(6)] == [401] * 5 + [429]
        assert try_in(client, "ada@example.org", "wrong").status_code == 401

    def test_five_times_wrong_means_waiting(self, client: FlaskClient, clock: TimeMachineFixture) -> None:
        make_user("ada")
        assert [try_in(client, password="wrong").status_code for _ in range(6)] == [401] * 5 + [429]
        refused = try_in(client)
        assert (refused.status_code, (refused.json or {})["code"]) == (429, "too_many_attempts")
        assert refused.headers["Retry-After"] == "5"
        clock.shift(5)
        assert try_in(client).status_code == 200

    def test_each_further_failure_doubles_the_wait_up_to_a_quarter_of_an_hour(
        self, client: FlaskClient, clock: TimeMachineFixture
    ) -> None:
        make_user("ada")
        waits = []
        for _ in range(14):
            try_in(client, password="wrong")
            waits.append(int(try_in(client, password="wrong").headers.get("Retry-After", "0")))
            clock.shift(waits[-1])
        assert waits[2:] == [5, 10, 20, 40, 80, 160, 320, 640, 900, 900, 900, 900]

    def test_nobody_waits_for_a_clock_that_was_ahead(
        self, app: Flask, client: FlaskClient, clock: TimeMachineFixture
    ) -> None:
        make_user("ada")
        clock.shift(timedelta(days=3650))
        assert [try_in(client, password="wrong").status_code for _ in range(6)] == [401] * 5 + [429]
        clock.shift(timedelta(days=-3650))
        assert [try_in(client, password="wrong").status_code for _ in range(6)] == [401] * 5 + [429]
        clock.shift(5)
        assert try_in(client).status_code == 200
        clock.shift(timedelta(days=3650))
        try_in(client, password="wrong")
        clock.shift(timedelta(days=-3650))
        with app.app_context():
            throttle.sweep()
        with database() as session:
            assert session.scalars(select(Failure)).all() == []

    def test_a_name_nobody_has_waits_alike(self, client: FlaskClient) -> None:
        assert [try_in(client, "nobody").status_code for _ in range(6)] == [401] * 5 + [429]

    def test_from_another_address_the_right_person_gets_in(self, app: Flask, client: FlaskClient) -> None:
        make_user("ada")
        for _ in range(9):
            try_in(client, password="wrong")
        assert try_in(browser(app, address="192.0.2.7")).status_code == 200

    def test_one_subscriber_of_ipv6_is_one_address(self, app: Flask) -> None:
        make_user("ada")
        answers = [try_in(browser(app, address=f"2001:db8::{n}"), password="wrong").status_code for n in range(6)]
        assert answers == [401] * 5 + [429]
        assert try_in(browser(app, address="2001:db8:0:1::1")).status_code == 200

    def test_a_made_up_forwarding_header_is_no_other_address(self, client: FlaskClient) -> None:
        make_user("ada")
        for n in range(6):
            answer = client.post(
                "/api/login",
                json={"username": "ada", "password": "wrong"},
                headers={
                    "X-Forwarded-For": f"192.0.2.{n}",
                    "X-Real-IP": f"192.0.2.{n}",
                    "Forwarded": f"for=192.0.2.{n}",
                },
            )
        assert answer.status_code == 429

    def test_from_everywhere_together_the_account_waits_half_a_minute_at_most(
        self, app: Flask, clock: TimeMachineFixture
    ) -> None:
        make_user("ada")
        for n in range(100):
            try_in(browser(app, address=f"192.0.2.{n}"), password="wrong")
        waits = []
        for n in range(5):
            refused = try_in(browser(app, address=f"198.51.100.{n}"))
            waits.append(int(refused.headers["Retry-After"]))
            clock.shift(waits[-1])
            try_in(browser(app, address=f"198.51.100.{n}"), password="wrong")
        assert waits == [5, 10, 20, 30, 30]
        clock.shift(30)
        assert try_in(browser(app, address="198.51.100.5")).status_code == 200

    @pytest.mark.on_disk
    def test_at_once_counts_like_one_after_another(self, app: Flask) -> None:
        make_user("ada")

        def guess(number: int) -> int:
            return try_in(app.test_client(), password=f"wrong {number}").status_code

        with ThreadPoolExecutor(12) as threads:
            assert sorted(threads.map(guess, range(12))) == [401] * 5 + [429] * 7

    @pytest.mark.on_disk
    def test_another_process_knows_of_the_failures(self, client: FlaskClient, settings: Settings) -> None:
        make_user("ada")
        assert [try_in(client, password="wrong").status_code for _ in range(5)] == [401] * 5
        another = create_app({"TESTING": True, "SETTINGS": settings, "SQLALCHEMY_DATABASE_URI": settings.database_url})
        assert try_in(another.test_client()).status_code == 429
        with another.app_context():
            db.engine.dispose()

    def test_success_forgets_the_failures(self, app: Flask) -> None:
        make_user("ada")
        for _ in range(3):
            new = browser(app)  # one that signed in before counts on its own
            assert [try_in(new, password="wrong").status_code for _ in range(4)] == [401] * 4
            assert try_in(new).status_code == 200

    def test_a_day_later_the_failures_are_forgotten(
        self, app: Flask, client: FlaskClient, clock: TimeMachineFixture
    ) -> None:
        for _ in range(5):
            try_in(client, "nobody")
        clock.shift(timedelta(days=1, minutes=1))
        with app.app_context():
            throttle.sweep()
        with database() as session:
            assert session.scalar(select(func.count()).select_from(Failure)) == 0

    def test_one_address_knocks_sixty_times_a_minute(self, client: FlaskClient, clock: TimeMachineFixture) -> None:
        answers = [client.post("/api/login", json={}).status_code for _ in range(61)]
        assert answers == [400] * 60 + [429]
        clock.shift(61)
        assert client.post("/api/login", json={}).status_code == 400


def test_a_sign_in_that_could_not_be_kept_changes_nothing_in_the_browser(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_user("ada")
    commits: list[Callable[[], None]] = [db.session.commit]

    def commit() -> None:
        commits.append(commits[0])
        if len(commits) == 3:  # the first noted the try
            raise OperationalError("", None, Exception("database or disk is full"))
        commits[0]()

    monkeypatch.setattr(db.session, "commit", commit)
    answer = client.post("/api/login", json={"username": "ada", "password": PASSWORD})
    assert (answer.status_code, answer.headers.getlist("Set-Cookie")) == (503, [])
    assert client.post("/api/login", json={"username": "ada", "password": PASSWORD}).status_code == 200


class TestTheSession:
    def test_is_a_new_one_at_sign_in(self, app: Flask, client: FlaskClient) -> None:
        make_user("ada")
        client.get("/form")
        before = client.get_cookie("visitor")
        try_in(client)
        after = client.get_cookie("session")
        assert before is not None
        assert after is not None
        assert before.value != after.value
        assert client.get_cookie("visitor") is None
        with database() as session:
            assert session.scalar(select(func.count()).select_from(Session)) == 1

    @pytest.mark.parametrize("known", [False, True])
    def test_outlives_an_answer_to_the_visitor_that_comes_late(
        self, app: Flask, client: FlaskClient, known: bool
    ) -> None:
        make_user("ada")
        slow = app.test_client()  # what the browser asked before it signed in, of which it hears only after
        if known:
            client.get("/form")
            slow.set_cookie("visitor", client.get_cookie("visitor").value)  # type: ignore[union-attr]
        late = slow.post("/api/login/passkey/options")
        try_in(client)
        for cookie in late.headers.getlist("Set-Cookie"):
            name, _, value = cookie.partition(";")[0].partition("=")
            client.set_cookie(name, value)
        assert client.get("/api/protected").status_code == 200
        client.post("/api/logout")
        assert client.get("/api/protected").status_code == 401

    def test_says_as_flasks_does_whether_it_is_new(self, client: FlaskClient, as_member: FlaskClient) -> None:
        for visitor, new in ((client, True), (as_member, False)):
            with visitor.session_transaction() as session:
                assert session.new is new

    def test_is_kept_only_as_a_hash(self, client: FlaskClient) -> None:
        sign_in(client, make_user())
        cookie = client.get_cookie("session")
        with database() as session:
            kept = session.execute(select(Session.__table__)).all()
        assert cookie is not None
        assert len(cookie.value) == 43
        assert cookie.value not in str(kept)

    def test_is_a_cookie_no_script_reads_and_no_other_site_sends(self, client: FlaskClient) -> None:
        make_user("ada")
        cookie = try_in(client).headers["Set-Cookie"]
        assert cookie.split("; ")[1:] == ["HttpOnly", "Path=/", "SameSite=Lax"]
        assert "Max-Age=15552000" in try_in(client, remember=True).headers["Set-Cookie"]

    @pytest.mark.settings(base_url="https://club.example")
    def test_is_bound_to_the_host_over_https(self, client: FlaskClient) -> None:
        make_user("ada")
        cookie = try_in(client).headers["Set-Cookie"]
        assert cookie.startswith("__Host-session=")
        assert set(cookie.split("; ")[1:]) == {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"}

    def test_is_for_https_alone_where_it_came_by_it(self, client: FlaskClient) -> None:
        make_user("ada")
        body = {"username": "ada", "password": PASSWORD, "remember": True}
        by_https = client.post("/api/login", json=body, base_url="https://localhost").headers.getlist("Set-Cookie")
        assert {one.partition("=")[0]: "; Secure" in one for one in by_https} == {
            "__Host-session": True, "__Host-device": True,
        }  # fmt: skip
        otherwise = client.post("/api/login", json=body).headers.getlist("Set-Cookie")  # a browser lets it replace none
        assert {one.partition("=")[0]: "; Secure" in one for one in otherwise} == {"session": False, "device": False}

    def test_is_dead_on_the_server_once_signed_out(self, client: FlaskClient) -> None:
        sign_in(client, make_user())
        cookie = client.get_cookie("session")
        client.post("/api/logout")
        assert client.get_cookie("session") is None
        assert cookie is not None
        client.set_cookie("session", cookie.value)
        assert client.get("/api/protected").status_code == 401
        assert events() == ["signed_out"]

    @pytest.mark.parametrize(
        ("role", "remember", "idle", "absolute"),
        [
            ("member", False, timedelta(hours=12), timedelta(days=7)),
            ("member", True, timedelta(days=30), timedelta(days=180)),
            ("admin", False, timedelta(hours=2), timedelta(hours=12)),
            ("admin", True, timedelta(hours=2), timedelta(hours=12)),
        ],
    )
    def test_ends_unused_and_in_all(
        self,
        client: FlaskClient,
        clock: TimeMachineFixture,
        role: str,
        remember: bool,
        idle: timedelta,
        absolute: timedelta,
    ) -> None:
        make_user("ada", role=role)
        try_in(client, remember=remember)
        for _ in range(2):  # each use begins the wait anew
            clock.shift(idle - timedelta(seconds=1))
            assert client.get("/api/protected").status_code == 200
        clock.shift(idle)
        assert client.get("/api/protected").status_code == 401
        try_in(client, remember=remember)
        times = absolute // idle
        for _ in range(times):
            clock.shift(idle - timedelta(seconds=1))
            assert client.get("/api/protected").status_code == 200
        clock.shift(timedelta(seconds=times))
        assert client.get("/api/protected").status_code == 401

    def test_ends_when_its_user_is_disabled(self, client: FlaskClient) -> None:
        sign_in(client, make_user())
        with database() as session:
            session.execute(update(User).values(status="disabled"))
        assert client.get("/api/protected").status_code == 401

    def test_ends_when_its_user_is_gone(self, client: FlaskClient) -> None:
        user = make_user()
        sign_in(client, user)
        with database() as session:
            session.delete(session.get_one(User, user.id))
        assert client.get("/api/protected").status_code == 401
        assert client.get("/").status_code == 200

    @pytest.mark.parametrize("token", ["", "x", "é", "A" * 43, "x" * 4000, "' OR 1=1"])
    def test_is_not_opened_by_a_made_up_token(self, client: FlaskClient, token: str) -> None:
        sign_in(browser(client.application), make_user())
        client.set_cookie("session", token)
        assert client.get("/api/protected").status_code == 401

    def test_that_ran_out_is_swept_away(self, app: Flask, client: FlaskClient, clock: TimeMachineFixture) -> None:
        sign_in(client, make_user())
        client.get("/api/protected")
        clock.shift(timedelta(days=8))
        with app.app_context():
            sessions.sweep()
        with database() as session:
            assert session.scalar(select(func.count()).select_from(Session)) == 0


class TestDevices:
    def test_are_listed_with_the_current_one_marked(self, app: Flask, client: FlaskClient) -> None:
        make_user("ada")
        other = browser(app, address="192.0.2.7")
        firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
        other.post("/api/login", json={"username": "ada", "password": PASSWORD}, headers={"User-Agent": firefox})
        try_in(client)
        devices = client.get("/api/sessions").json or []
        assert {(one["current"], one["device"], one["address"]) for one in devices} == {
            (True, "Werkzeug", "127.0.0.1"),
            (False, "Firefox on Linux", "192.0.2.7"),
        }

    def test_whose_session_has_run_out_unused_are_neither_listed_nor_kept(
        self, app: Flask, clock: TimeMachineFixture
    ) -> None:
        root, ada = make_user("root", role="admin"), make_user("ada")
        browser(app, ada)  # closed, and never opened again
        clock.shift(timedelta(hours=12))
        client, admin = browser(app, ada), browser(app, root)
        assert [one["current"] for one in client.get("/api/sessions").json or []] == [True]
        assert len((admin.get(f"/api/users/{ada.id}/security").json or {})["sessions"]) == 1
        with app.app_context():
            sessions.sweep()
        with database() as session:
            assert session.scalar(select(func.count()).where(Session.user_id == ada.id)) == 1
        assert client.get("/api/protected").status_code == 200

    def test_are_ended_one_by_one(self, app: Flask, client: FlaskClient) -> None:
        ada = make_user("ada")
        sign_in(client, ada)
        other = browser(app, ada)
        (theirs,) = [one["id"] for one in client.get("/api/sessions").json or [] if not one["current"]]
        assert client.delete(f"/api/sessions/{theirs}").status_code == 204
        assert other.get("/api/protected").status_code == 401
        assert client.get("/api/protected").status_code == 200
        assert client.delete(f"/api/sessions/{theirs}").status_code == 404

    def test_ending_ones_own_signs_out(self, client: FlaskClient) -> None:
        sign_in(client, make_user())
        (mine,) = client.get("/api/sessions").json or []
        assert client.delete(f"/api/sessions/{mine['id']}").status_code == 204
        assert client.get("/api/protected").status_code == 401

    def test_all_others_are_ended_at_once(self, app: Flask, client: FlaskClient) -> None:
        ada = make_user("ada")
        others = [browser(app, ada) for _ in range(3)]
        stranger = browser(app, make_user("ben"))
        assert sign_in(client, ada).delete("/api/sessions").status_code == 204
        assert {one.get("/api/protected").status_code for one in others} == {401}
        assert (client.get("/api/protected").status_code, stranger.get("/api/protected").status_code) == (200, 200)
        assert client.delete("/api/sessions").status_code == 204
        assert events().count("other_sessions_ended") == 1  # nothing is said where nothing ended

    @pytest.mark.parametrize("everywhere", [False, True])
    def test_no_address_is_made_theirs_that_was_asked_for_before(
        self, app: Flask, client: FlaskClient, everywhere: bool
    ) -> None:
        ada = make_user("ada")
        other = browser(app, ada)
        (theirs,) = other.get("/api/sessions").json or []
        assert other.post("/api/me/email", json={"email": "eve@example.org"}).status_code == 202
        ended = "/api/sessions" if everywhere else f"/api/sessions/{theirs['id']}"
        assert sign_in(client, ada).delete(ended).status_code == 204
        asked = token_in(mails_to("eve@example.org")[0])
        assert told(other.post("/api/me/email/confirm", json={"token": asked})) == (400, "invalid_token")

    @pytest.mark.parametrize("everywhere", [False, True])
    def test_the_address_that_was_asked_for_here_can_still_be_confirmed(
        self, app: Flask, client: FlaskClient, everywhere: bool
    ) -> None:
        ada = make_user("ada")
        (theirs,) = browser(app, ada).get("/api/sessions").json or []
        assert sign_in(client, ada).post("/api/me/email", json={"email": "new@example.org"}).status_code == 202
        assert client.delete("/api/sessions" if everywhere else f"/api/sessions/{theirs['id']}").status_code == 204
        asked = token_in(mails_to("new@example.org")[0])
        assert client.post("/api/me/email/confirm", json={"token": asked}).status_code == 200

    def test_of_somebody_else_are_not_there(self, app: Flask, client: FlaskClient) -> None:
        ben = browser(app, make_user("ben"))
        (theirs,) = ben.get("/api/sessions").json or []
        sign_in(client, make_user("ada", role="admin"))
        assert client.delete(f"/api/sessions/{theirs['id']}").status_code == 404
        assert ben.get("/api/protected").status_code == 200

    @pytest.mark.parametrize(
        ("agent", "device"),
        [
            ("Mozilla/5.0 (Windows NT 10.0; Win64) Chrome/142.0 Safari/537.36 Edg/142.0", "Edge on Windows"),
            ("Mozilla/5.0 (Linux; Android 15) Chrome/142.0 Mobile Safari/537.36", "Chrome on Android"),
            ("Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Mobile Safari/604.1", "Safari on iPhone"),
            ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/19.0 Safari/605.1.15", "Safari on Mac"),
            ("curl/8.14.1", "curl"),
            ("", "Unknown device"),
            ("x" * 5000, "x" * 40),
        ],
    )  # fmt: skip
    def test_are_called_what_a_person_would_say(self, client: FlaskClient, agent: str, device: str) -> None:
        make_user("ada")
        client.post("/api/login", json={"username": "ada", "password": PASSWORD}, headers={"User-Agent": agent})
        assert [one["device"] for one in client.get("/api/sessions").json or []] == [device]
