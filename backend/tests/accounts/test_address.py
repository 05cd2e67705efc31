from __future__ import annotations

import re
import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from clubroom.accounts.factors.models import Authenticator, Passkey, RecoveryCode
from clubroom.accounts.models import KnownDevice, User
from clubroom.accounts.tokens.models import ApiToken
from clubroom.core import jobs
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update
from time_machine import TimeMachineFixture
from werkzeug.test import TestResponse

from ..factories import PASSWORD, database, make_user
from ..steps import browser, code_in, events, mails_to, sign_in, token_in
from .factors.steps import add_passkey, set_up_app

NEW = "ada@new.example"


@pytest.fixture
def ada() -> User:
    return make_user("ada")


def email_of(user: User) -> str:
    with database() as session:
        return session.get_one(User, user.id).email


def move(client: FlaskClient, email: str = NEW) -> TestResponse:
    """Ask for another address and confirm it."""
    client.post("/api/me/email", json={"email": email})
    return client.post("/api/me/email/confirm", json={"token": token_in(mails_to(email)[-1])})


def undo(client: FlaskClient, email: str = "ada@example.org") -> TestResponse:
    way_back = next(mail for mail in mails_to(email) if "/undo-email#" in mail.text)
    return client.post("/api/me/email/undo", json={"token": token_in(way_back)})


def test_changes_when_the_new_address_confirms(client: FlaskClient, ada: User) -> None:
    sign_in(client, ada)
    assert client.post("/api/me/email", json={"email": NEW}).status_code == 202
    assert email_of(ada) == "ada@example.org"
    mail = mails_to(NEW)[0]
    assert client.post("/api/me/email/confirm", json={"token": token_in(mail)}).status_code == 200
    assert email_of(ada) == NEW
    assert client.post("/api/me/email/confirm", json={"token": token_in(mail)}).status_code == 400
    assert events() == ["email_change_asked", "email_changed"]
    (mail,) = mails_to("ada@example.org")
    assert mail.subject == "Your address at Clubroom was changed"
    assert ", from 127.0.0.1, on " in mail.text


def test_can_be_confirmed_by_code_elsewhere(app: Flask, client: FlaskClient, ada: User) -> None:
    sign_in(client, ada).post("/api/me/email", json={"email": NEW})
    proof = {"email": NEW, "code": code_in(mails_to(NEW)[0])}
    assert app.test_client().post("/api/me/email/confirm", json=proof).status_code == 200
    assert email_of(ada) == NEW


def test_asks_first_whether_it_is_you(client: FlaskClient, ada: User, clock: TimeMachineFixture) -> None:
    sign_in(client, ada)
    clock.shift(timedelta(minutes=10, seconds=1))
    answer = client.post("/api/me/email", json={"email": NEW})
    assert (answer.status_code, (answer.json or {})["code"]) == (403, "confirm_identity")
    assert mails_to(NEW) == []


def test_is_no_address_of_somebody_else(client: FlaskClient, ada: User) -> None:
    make_user("ben")
    sign_in(client, ada)
    assert (client.post("/api/me/email", json={"email": "BEN@example.org"}).json or {})["code"] == "email_taken"
    assert (client.post("/api/me/email", json={"email": "ada@example.org"}).json or {})["code"] == "same_email"


@pytest.mark.settings(registration="private")
def test_tells_in_private_only_the_owner_that_it_is_taken(client: FlaskClient, ada: User) -> None:
    make_user("ben")
    sign_in(client, ada)
    taken, free = (client.post("/api/me/email", json={"email": one}) for one in ("ben@example.org", NEW))
    assert (taken.status_code, taken.data) == (free.status_code, free.data)
    assert [mail.subject for mail in mails_to("ben@example.org")] == ["You already have an account at Clubroom"]


@pytest.mark.settings(registration="private")
@pytest.mark.parametrize("email", ["ben@example.org", "free@example.org"])
def test_ends_the_link_asked_for_before_whether_the_next_is_taken_or_not(
    client: FlaskClient, ada: User, email: str
) -> None:
    make_user("ben")
    sign_in(client, ada).post("/api/me/email", json={"email": NEW})
    client.post("/api/me/email", json={"email": email})
    proof = {"token": token_in(mails_to(NEW)[0])}
    assert (client.post("/api/me/email/confirm", json=proof).json or {})["code"] == "invalid_token"


def test_does_not_change_an_account_that_was_shut_meanwhile(client: FlaskClient, ada: User) -> None:
    sign_in(client, ada).post("/api/me/email", json={"email": NEW})
    with database() as session:
        session.execute(update(User).values(status="disabled"))
    proof = {"token": token_in(mails_to(NEW)[0])}
    assert (client.post("/api/me/email/confirm", json=proof).json or {})["code"] == "invalid_token"
    assert email_of(ada) == "ada@example.org"


def test_is_refused_when_another_was_faster(client: FlaskClient, ada: User) -> None:
    sign_in(client, ada).post("/api/me/email", json={"email": NEW})
    make_user("ben", email=NEW)
    answer = client.post("/api/me/email/confirm", json={"token": token_in(mails_to(NEW)[0])})
    assert (answer.json or {})["code"] == "email_taken"


class TestTakingItBack:
    def test_puts_the_old_one_back_and_ends_every_session(self, app: Flask, client: FlaskClient, ada: User) -> None:
        other = browser(app, ada)
        move(sign_in(client, ada))
        assert undo(app.test_client()).status_code == 200
        assert email_of(ada) == "ada@example.org"
        assert [one.get("/api/me").status_code for one in (client, other)] == [401, 401]
        assert undo(app.test_client()).status_code == 400

    def test_turns_out_whoever_was_in_the_account(self, app: Flask, ada: User) -> None:
        thief = app.test_client()
        assert thief.post("/api/login", json={"username": "ada", "password": PASSWORD}).status_code == 200
        token = {"name": "mine", "scope": "write"}
        assert thief.post("/api/tokens", json=token).status_code == 201
        move(thief)
        undo(app.test_client())
        with database() as session:
            assert session.scalars(select(ApiToken)).all() == []
            assert session.scalars(select(KnownDevice)).all() == []

    def test_takes_the_factors_of_whoever_changed_it_and_leaves_older_ones(
        self, app: Flask, client: FlaskClient, ada: User, clock: TimeMachineFixture
    ) -> None:
        sign_in(client, ada)
        add_passkey(client, name="hers")
        clock.shift(timedelta(days=30))
        thief = browser(app, ada)
        add_passkey(thief, name="theirs")
        set_up_app(thief)
        move(thief)
        assert undo(app.test_client()).status_code == 200
        with database() as session:
            assert [one.name for one in session.scalars(select(Passkey))] == ["hers"]
            assert session.scalars(select(Authenticator)).all() == []
            assert session.scalars(select(RecoveryCode)).all() == []

    def test_keeps_an_account_that_whoever_changed_it_wanted_deleted(
        self, app: Flask, ada: User, clock: TimeMachineFixture
    ) -> None:
        thief = browser(app, ada)
        move(thief)
        assert thief.delete("/api/me", json={"files": "delete"}).status_code == 202
        clock.shift(timedelta(days=6))
        assert undo(app.test_client()).status_code == 200
        clock.shift(timedelta(days=2))
        jobs.sweep_all(app, threading.Event())
        assert email_of(ada) == "ada@example.org"
        assert events()[-3:] == ["leaving", "stayed", "email_change_undone"]

    def test_ends_the_password_and_brings_a_link_for_a_new_one(self, client: FlaskClient, ada: User) -> None:
        move(sign_in(client, ada))
        undo(client)
        again = {"username": "ada", "password": PASSWORD}
        assert client.post("/api/login", json=again).status_code == 401
        mail = next(mail for mail in mails_to("ada@example.org") if "/reset#" in mail.text)
        chosen = {"token": token_in(mail), "password": "eleven loud geese at noon"}
        assert client.post("/api/password/reset", json=chosen).status_code == 200

    def test_is_told_at_both_addresses(self, client: FlaskClient, ada: User) -> None:
        move(sign_in(client, ada))
        undo(client)
        assert mails_to(NEW)[-1].subject == "Your address at Clubroom was put back"
        assert mails_to("ada@example.org")[-1].subject == "Choose a new password for Clubroom"

    @pytest.mark.parametrize(("wait", "status"), [(timedelta(days=7, seconds=-1), 200), (timedelta(days=7), 400)])
    def test_is_possible_for_seven_days(
        self, client: FlaskClient, ada: User, clock: TimeMachineFixture, wait: timedelta, status: int
    ) -> None:
        move(sign_in(client, ada))
        clock.shift(wait)
        assert undo(client).status_code == status

    def test_is_possible_by_code_elsewhere(self, app: Flask, client: FlaskClient, ada: User) -> None:
        move(sign_in(client, ada))
        mail = next(mail for mail in mails_to("ada@example.org") if "/undo-email#" in mail.text)
        assert "at localhost:8000/undo-email:" in mail.text
        proof = {"email": "ada@example.org", "code": code_in(mail)}
        elsewhere = app.test_client()
        assert elsewhere.post("/api/me/email/undo", json=proof | {"email": NEW}).status_code == 400
        assert elsewhere.post("/api/me/email/undo", json=proof).status_code == 200
        assert email_of(ada) == "ada@example.org"
        assert elsewhere.post("/api/me/email/undo", json=proof).status_code == 400
        assert undo(elsewhere).status_code == 400

    def test_works_after_a_second_change_and_ends_that_ones_way_back(self, client: FlaskClient, ada: User) -> None:
        move(sign_in(client, ada))
        move(client, "ada@third.example")
        assert undo(client).status_code == 200
        assert email_of(ada) == "ada@example.org"
        assert undo(client, NEW).status_code == 400

    def test_sends_no_later_way_back_that_waits_for_the_mail_server(
        self, app: Flask, client: FlaskClient, ada: User
    ) -> None:
        move(sign_in(client, ada))
        app.config["SETTINGS"] = replace(app.config["SETTINGS"], mail_url="smtp://127.0.0.1:9")
        move(client, "ada@third.example")
        assert [mail.state for mail in mails_to(NEW)] == ["kept", "waiting"]
        undo(client)
        assert [mail.state for mail in mails_to(NEW)] == ["kept", "withdrawn"]

    def test_brings_a_link_to_a_password_that_nobody_is_said_to_have_forgotten(
        self, client: FlaskClient, ada: User
    ) -> None:
        move(sign_in(client, ada))
        undo(client)
        (brought,) = (mail for mail in mails_to("ada@example.org") if "/reset#" in mail.text)
        assert "Your account at Clubroom has no password now." in brought.text
        assert not re.search("forgotten|stays as it is", brought.text)

    def test_brings_no_link_to_a_disabled_account_which_would_not_take_it(self, client: FlaskClient, ada: User) -> None:
        move(sign_in(client, ada))
        with database() as session:
            session.get_one(User, ada.id).status = "disabled"
        answer = undo(client)
        assert answer.json == {"message": "This account has been disabled. Ask the people who run the club."}
        assert (email_of(ada), len(mails_to("ada@example.org"))) == ("ada@example.org", 1)

    def test_is_not_prevented_by_taking_the_address(self, app: Flask, client: FlaskClient, ada: User) -> None:
        move(sign_in(client, ada))
        thief = {"username": "eve", "email": "ada@example.org", "password": "eleven loud geese at noon"}
        assert (app.test_client().post("/api/users", json=thief).json or {})["code"] == "email_taken"
        assert undo(client).status_code == 200

    def test_is_refused_where_the_address_is_somebody_elses_by_now(self, client: FlaskClient, ada: User) -> None:
        move(sign_in(client, ada))
        make_user("ben", email="ada@example.org")
        answer = undo(client)
        assert (answer.status_code, (answer.json or {})["code"]) == (400, "email_taken")
        assert email_of(ada) == NEW
