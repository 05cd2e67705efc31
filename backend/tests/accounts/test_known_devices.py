from __future__ import annotations

import pytest
from clubroom.accounts.models import KnownDevice
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from time_machine import TimeMachineFixture

from ..factories import PASSWORD, database, make_user
from ..steps import browser, mails_to
from .factors.steps import code_of, enter_code, enter_password, set_up_app, wrong_code

pytestmark = pytest.mark.usefixtures("clock")  # whoever has to wait shall not have waited by the time it is looked at


def try_in(client: FlaskClient, password: str = PASSWORD, username: str = "ada") -> int:
    return client.post("/api/login", json={"username": username, "password": password}).status_code


def test_a_new_device_is_told_but_not_the_first_of_all(app: Flask, client: FlaskClient) -> None:
    make_user("ada")
    assert [try_in(client), try_in(client)] == [200, 200]
    assert mails_to("ada@example.org") == []
    other = browser(app, address="192.0.2.7")
    assert [try_in(other), try_in(other)] == [200, 200]
    (mail,) = mails_to("ada@example.org")
    assert mail.subject == "New sign-in at Clubroom"
    assert "192.0.2.7" in mail.text


def test_two_people_share_one(app: Flask, client: FlaskClient) -> None:
    for name in ("ada", "ben"):
        make_user(name)
        assert try_in(browser(app), username=name) == 200
        assert try_in(client, username=name) == 200
    for name in ("ada", "ben"):
        assert try_in(client, username=name) == 200
        assert len(mails_to(f"{name}@example.org")) == 1


def test_a_copy_of_its_cookie_knows_nobody_who_signs_in_there_later(app: Flask, client: FlaskClient) -> None:
    for name in ("ada", "ben"):
        make_user(name)
        assert try_in(browser(app), username=name) == 200
    try_in(client)
    copy, cookie = browser(app), client.get_cookie("device")
    assert cookie is not None
    copy.set_cookie("device", cookie.value)
    try_in(client, username="ben")
    assert [try_in(copy, "wrong", "ben") for _ in range(6)] == [401] * 5 + [429]
    try_in(copy)
    assert [len(mails_to(f"{name}@example.org")) for name in ("ada", "ben")] == [2, 1]


def test_strangers_never_make_a_known_one_wait(app: Flask, client: FlaskClient) -> None:
    make_user("ada")
    try_in(client)
    stranger = app.test_client()
    assert [try_in(stranger, "wrong") for _ in range(6)] == [401] * 5 + [429]
    for n in range(100):
        try_in(browser(app, address=f"192.0.2.{n}"), "wrong")
    assert try_in(browser(app, address="198.51.100.1")) == 429
    assert try_in(client) == 200


def test_strangers_who_know_the_password_never_make_it_wait_for_a_code(app: Flask, client: FlaskClient) -> None:
    ada = make_user("ada")
    try_in(client)
    key, _ = set_up_app(client)
    for n in range(21):  # five free tries each
        stranger = enter_password(app, ada, address=f"192.0.2.{n}")
        for _ in range(5):
            enter_code(stranger, wrong_code(key))
    assert enter_code(enter_password(app, ada, address="198.51.100.1"), wrong_code(key)).status_code == 429
    client.post("/api/logout")
    try_in(client)
    assert enter_code(client, code_of(key, steps=1)).status_code == 200


def test_the_password_gives_a_known_one_no_new_tries_at_codes(client: FlaskClient) -> None:
    make_user("ada")
    try_in(client)
    key, _ = set_up_app(client)
    codes = []
    for _ in range(11):
        client.post("/api/logout")
        assert try_in(client) == 202
        codes.append(enter_code(client, wrong_code(key)).status_code)
    assert codes == [401] * 10 + [429]


def test_a_known_one_waits_for_its_own_failures(client: FlaskClient) -> None:
    make_user("ada")
    try_in(client)
    assert [try_in(client, "wrong") for _ in range(11)] == [401] * 10 + [429]


def test_the_allowance_is_for_ones_own_account(client: FlaskClient) -> None:
    make_user("ada")
    make_user("ben")
    try_in(client)
    assert [try_in(client, "wrong", "ben") for _ in range(6)] == [401] * 5 + [429]


@pytest.mark.parametrize("token", ["", "x", "é", "A" * 43])
def test_a_made_up_one_is_not_taken_over(client: FlaskClient, token: str) -> None:
    make_user("ada")
    client.set_cookie("device", token)
    assert try_in(client) == 200
    cookie = client.get_cookie("device")
    assert cookie is not None
    assert cookie.value != token
    with database() as session:
        assert cookie.value not in str(session.execute(select(KnownDevice.__table__)).all())


def test_its_cookie_lasts_and_no_script_reads_it(client: FlaskClient, clock: TimeMachineFixture) -> None:
    make_user("ada")
    answer = client.post("/api/login", json={"username": "ada", "password": PASSWORD})
    _, cookie = answer.headers.getlist("Set-Cookie")
    assert cookie.startswith("device=")
    assert {"HttpOnly", "Path=/", "SameSite=Lax", "Max-Age=34560000"} <= set(cookie.split("; "))
