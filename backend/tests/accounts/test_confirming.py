from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from clubroom.accounts import signup
from clubroom.accounts.leaving import departing
from clubroom.accounts.models import OneTimeToken, User
from clubroom.core import jobs
from clubroom.settings import Settings
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from time_machine import TimeMachineFixture

from ..factories import PASSWORD, database, make_user
from ..steps import events, mails_to, token_in, write_while_judging

ADA = {"username": "ada", "email": "ada@example.org", "password": PASSWORD}


@pytest.fixture
def token(client: FlaskClient) -> str:
    """What ada's mail brings."""
    client.post("/api/users", json=ADA)
    return token_in(mails_to("ada@example.org")[0])


def confirmed() -> list[str]:
    with database() as session:
        return list(session.scalars(select(User.username).where(User.confirmed_at.is_not(None))))


def test_opening_the_link_uses_nothing_up(client: FlaskClient, token: str) -> None:
    assert client.get(f"/confirm?token={token}").status_code == 200
    assert client.get("/api/users/confirm", query_string={"token": token}).status_code == 405
    assert client.post("/api/users/confirm", json={"token": token}).json == {"message": "Address confirmed"}
    assert events() == ["account_created", "account_confirmed"]


def test_a_link_works_once(client: FlaskClient, token: str) -> None:
    assert client.post("/api/users/confirm", json={"token": token}).status_code == 200
    again = client.post("/api/users/confirm", json={"token": token})
    assert (again.status_code, (again.json or {})["code"]) == (400, "invalid_token")


@pytest.mark.on_disk
def test_of_twenty_at_once_one_confirms(app: Flask, token: str) -> None:
    def confirm(_: int) -> int:
        return app.test_client().post("/api/users/confirm", json={"token": token}).status_code

    with ThreadPoolExecutor(20) as threads:
        assert sorted(threads.map(confirm, range(20))) == [200] + [400] * 19
    assert events().count("account_confirmed") == 1


@pytest.mark.parametrize(("wait", "status"), [(timedelta(days=3, minutes=-1), 200), (timedelta(days=3), 400)])
def test_a_confirmation_link_lasts_three_days(
    client: FlaskClient, token: str, wait: timedelta, status: int, clock: TimeMachineFixture
) -> None:
    clock.shift(wait)
    assert client.post("/api/users/confirm", json={"token": token}).status_code == status


@pytest.mark.parametrize("wrong", ["x", "A" * 43, "\u00e9", "' OR 1=1 --", "x" * 1024])
def test_a_made_up_link_confirms_nobody(client: FlaskClient, token: str, wrong: str) -> None:
    answer = client.post("/api/users/confirm", json={"token": wrong})
    assert (answer.json or {})["code"] == "invalid_token"
    assert confirmed() == []


def test_a_link_gives_no_other_password(client: FlaskClient, token: str) -> None:
    answer = client.post("/api/users/confirm", json={"token": token, "password": PASSWORD})
    assert (answer.status_code, (answer.json or {})["code"]) == (400, "password_chosen")


def test_a_link_confirms_and_uses_up_no_other(client: FlaskClient, token: str) -> None:
    client.post("/api/users", json=ADA | {"username": "ben", "email": "ben@example.org"})
    assert client.post("/api/users/confirm", json={"token": token}).status_code == 200
    assert confirmed() == ["ada"]
    bens = token_in(mails_to("ben@example.org")[0])
    assert client.post("/api/users/confirm", json={"token": bens}).status_code == 200


def test_only_the_hash_of_a_link_is_kept(token: str) -> None:
    with database() as session:
        kept = session.execute(select(OneTimeToken.__table__)).all()
    assert token not in str(kept)


def test_asking_again_mails_a_new_link_and_ends_the_old(app: Flask, client: FlaskClient, token: str) -> None:
    assert client.post("/api/users/confirm/resend", json={"email": "ADA@example.org"}).status_code == 202
    assert len(mails_to("ada@example.org")) == 1  # nothing is looked up before the answer
    jobs.run_all(app)
    newer = token_in(mails_to("ada@example.org")[1])
    assert client.post("/api/users/confirm", json={"token": token}).status_code == 400
    assert client.post("/api/users/confirm", json={"token": newer}).status_code == 200


def test_asking_again_tells_nothing(app: Flask, client: FlaskClient, token: str) -> None:
    make_user("ben")
    answers = [
        client.post("/api/users/confirm/resend", json={"email": f"{name}@example.org"})
        for name in ("ada", "ben", "nobody")
    ]
    jobs.run_all(app)
    assert {(answer.status_code, answer.data) for answer in answers} == {(202, b'{"message":"Check your mail"}')}
    assert mails_to("ben@example.org") == mails_to("nobody@example.org") == []


@pytest.mark.usefixtures("clock")
def test_asking_again_and_again_is_slowed_down(client: FlaskClient) -> None:
    answers = [client.post("/api/users/confirm/resend", json={"email": "ada@example.org"}) for _ in range(11)]
    assert [answer.status_code for answer in answers] == [202] * 10 + [429]
    assert 0 < int(answers[-1].headers["Retry-After"]) <= 3600


def test_an_account_never_confirmed_gives_its_name_free(
    app: Flask, client: FlaskClient, token: str, clock: TimeMachineFixture
) -> None:
    clock.shift(timedelta(days=13))
    sweep(app)
    assert client.post("/api/users", json=ADA).status_code == 400
    clock.shift(timedelta(days=2))
    sweep(app)
    assert mails_to("ada@example.org") == []
    assert events()[-1] == "account_deleted"
    assert client.post("/api/users", json=ADA).status_code == 201


def sweep(app: Flask) -> None:
    with app.app_context():
        departing.delete_unconfirmed()


class TestTheFirstAdministrator:
    @pytest.fixture
    def wanted(self, app: Flask) -> dict[str, str | None]:
        with app.app_context():
            return ADA | {"token": signup.set_up_token()}

    def test_is_made_once_by_the_link_in_the_terminal(self, client: FlaskClient, wanted: dict[str, str]) -> None:
        answer = client.post("/api/setup", json=wanted)
        assert answer.status_code == 201
        assert (answer.json or {})["user"]["role"] == "admin"
        assert (client.get("/api/me").json or {})["username"] == "ada"
        other = wanted | {"username": "eve", "email": "eve@example.org"}
        assert (client.post("/api/setup", json=other).json or {})["code"] == "invalid_token"

    def test_has_no_link_while_there_is_one(self, app: Flask) -> None:
        make_user(role="admin")
        with app.app_context():
            assert signup.set_up_token() is None

    def test_is_not_made_beside_another(self, client: FlaskClient, wanted: dict[str, str]) -> None:
        make_user(role="admin")
        assert client.post("/api/setup", json=wanted).status_code == 400

    def test_chooses_a_strong_password_before_the_link_is_used_up(
        self, client: FlaskClient, wanted: dict[str, str]
    ) -> None:
        assert (client.post("/api/setup", json=wanted | {"password": "short"}).json or {})["code"] == "weak_password"
        assert client.post("/api/setup", json=wanted).status_code == 201

    @pytest.mark.on_disk
    def test_keeps_nobody_from_writing_while_the_password_is_judged(
        self, client: FlaskClient, wanted: dict[str, str], settings: Settings, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        judged = write_while_judging(monkeypatch, settings)
        assert client.post("/api/setup", json=wanted).status_code == 201
        assert judged == [wanted["password"]]

    def test_keeps_the_link_when_the_name_is_taken(self, client: FlaskClient, wanted: dict[str, str]) -> None:
        make_user("ada", email="other@example.org")
        assert (client.post("/api/setup", json=wanted).json or {})["code"] == "username_taken"
        other = wanted | {"username": "eve", "email": "eve@example.org"}
        assert client.post("/api/setup", json=other).status_code == 201

    def test_is_not_made_with_a_link_of_another_purpose(self, client: FlaskClient) -> None:
        client.post("/api/users", json=ADA | {"username": "eve"})
        stolen = token_in(mails_to("ada@example.org")[0])
        assert (client.post("/api/setup", json=ADA | {"token": stolen}).json or {})["code"] == "invalid_token"

    @pytest.mark.on_disk
    def test_is_one_however_many_try(self, app: Flask, wanted: dict[str, str]) -> None:
        def set_up(number: int) -> int:
            name = {"username": f"eve{number}", "email": f"eve{number}@example.org"}
            return app.test_client().post("/api/setup", json=wanted | name).status_code

        with ThreadPoolExecutor(8) as threads:
            assert sorted(threads.map(set_up, range(8))) == [201] + [400] * 7
        with database() as session:
            assert session.scalar(select(func.count()).where(User.role == "admin")) == 1
