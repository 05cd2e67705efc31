from __future__ import annotations

import io
import re
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from typing import Any

import pytest
from clubroom.accounts.leaving import departing
from clubroom.accounts.models import Session
from clubroom.core import jobs
from clubroom.core.database import db
from clubroom.people.models import AccessRequest
from clubroom.settings import Settings
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, func, select
from time_machine import TimeMachineFixture
from werkzeug.test import EnvironBuilder, TestResponse

from ..factories import PASSWORD, database, make_access_request, make_user
from ..steps import browser, events, mails_to, token_in

GRACE = {"name": "Grace Hopper", "email": "grace@example.org"}


def send(client: FlaskClient, **fields: str) -> tuple[int, str]:
    """Fill the form in and send it; the status and the page."""
    answer = client.post("/form", data={"csrf_token": form_token(client.get("/form"))} | fields)
    return answer.status_code, answer.get_data(as_text=True)


def form_token(page: TestResponse) -> str:
    found: list[str] = re.findall(r'name="csrf_token"[^>]*value="([^"]+)"', page.get_data(as_text=True))
    return found[0]


def asked() -> list[tuple[str, str]]:
    with database() as session:
        return [(one.name, one.email) for one in session.scalars(select(AccessRequest))]


def test_a_stranger_asks_by_the_form(client: FlaskClient) -> None:
    assert send(client, **GRACE)[0] == 200
    assert asked() == [("Grace Hopper", "grace@example.org")]
    assert events() == ["access_requested"]


def test_that_somebody_waits_is_told_with_each_answer_to_who_may_decide(
    as_manager: FlaskClient, as_member: FlaskClient
) -> None:
    def told() -> list[str | None]:
        return [one.get("/api/files").headers.get("X-Requests-Waiting") for one in (as_manager, as_member)]

    assert told() == ["false", None]
    request = make_access_request()
    assert told() == ["true", None]
    answer = as_manager.post(f"/api/access-requests/{request.id}/decline")
    assert answer.headers["X-Requests-Waiting"] == "false"


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [({}, "they give you the link"), ({"CLUBROOM_MAIL_URL": "smtp://localhost"}, "a mail brings you the link")],
)
def test_a_mail_is_promised_only_where_one_can_be_sent(
    app: Flask, client: FlaskClient, environment: dict[str, str], sentence: str
) -> None:
    app.config["SETTINGS"] = Settings.load(environment)
    assert sentence in send(client, **GRACE)[1]


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"name": ""}, "Tell us your name."),
        ({"name": "   "}, "Tell us your name."),
        ({"email": ""}, "Tell us your e-mail address."),
        ({"email": "grace"}, "This is not an e-mail address."),
        ({"email": "a@b.org,c@d.org"}, "This is not an e-mail address."),
        ({"name": "x" * 81}, "At most 80 characters."),
        ({"name": "Grace\u202e"}, "A name holds no invisible characters."),
        ({"name": "\u0301\u0316" * 5000}, "At most 80 characters."),
    ],
)
def test_the_form_says_what_is_wrong_and_keeps_what_was_typed(
    client: FlaskClient, fields: dict[str, str], sentence: str
) -> None:
    status, page = send(client, **GRACE | fields)
    assert (status, asked()) == (400, [])
    assert sentence in page
    assert ("grace@example.org" in page) == ("email" not in fields)


@pytest.mark.parametrize("body", ["x", 1, [1], {"name": 1, "email": []}, GRACE])
def test_the_form_takes_no_json(client: FlaskClient, body: object) -> None:
    assert client.post("/form", json=body).status_code == 400
    assert asked() == []


@pytest.mark.parametrize("file", [True, False])
@pytest.mark.parametrize("announced", [True, False])
def test_the_form_takes_no_more_than_it_needs(client: FlaskClient, file: bool, announced: bool) -> None:
    data = {"file": (io.BytesIO(b"a" * 70_000), "a.txt")} if file else {"name": "a" * 70_000}
    environ = EnvironBuilder("/form", method="POST", data=data).get_environ()
    if not announced:
        del environ["CONTENT_LENGTH"]
        environ["wsgi.input_terminated"] = True
    assert client.open(environ).status_code == 413


def test_the_form_shows_markup_as_text(client: FlaskClient) -> None:
    _, page = send(client, name='"><script>alert(1)</script>', email="nowhere")
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


@pytest.mark.parametrize("token", [None, "", "x", "IjEi.made.up"])
def test_the_form_is_refused_without_its_token(client: FlaskClient, token: str | None) -> None:
    client.get("/form")
    answer = client.post("/form", data=GRACE | ({"csrf_token": token} if token is not None else {}))
    assert (answer.status_code, asked()) == (400, [])


def test_a_token_of_another_browser_is_refused(app: Flask, client: FlaskClient) -> None:
    page = app.test_client().get("/form").get_data(as_text=True)
    token = re.findall(r'name="csrf_token"[^>]*value="([^"]+)"', page)[0]
    client.get("/form")
    assert client.post("/form", data=GRACE | {"csrf_token": token}).status_code == 400


def test_the_form_is_shown_as_this_browser_wants_pages(client: FlaskClient) -> None:
    client.set_cookie("appearance", "dark")
    assert '<html lang="en" data-appearance="dark">' in client.get("/form").get_data(as_text=True)


def test_asking_twice_or_with_an_account_looks_the_same_and_adds_nothing(client: FlaskClient) -> None:
    make_user("ada", email="ada@example.org")
    answers = [send(client, **GRACE)[1], send(client, name="G", email="GRACE@example.org")[1]]
    answers.append(send(client, name="Ada", email="Ada@example.org")[1])
    assert len(set(answers)) == 1
    assert asked() == [("Grace Hopper", "grace@example.org")]
    assert events() == ["access_requested"] * 3  # each takes as long, as each is written down


@pytest.mark.on_disk
def test_the_form_is_shown_to_a_member_while_others_write(
    app: Flask, as_member: FlaskClient, settings: Settings
) -> None:
    with closing(sqlite3.connect(settings.database_file, isolation_level=None)) as other, app.app_context():

        @event.listens_for(db.engine, "after_cursor_execute")
        def write(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
            if statement.startswith("SELECT"):
                other.execute("UPDATE users SET name = name || '.'")

        assert as_member.get("/form").status_code == 200


@pytest.mark.usefixtures("clock")
def test_asking_is_slowed_down(client: FlaskClient) -> None:
    answers = [client.post("/form", data=GRACE) for _ in range(21)]
    assert [answer.status_code for answer in answers] == [400] * 20 + [429]
    assert 0 < int(answers[-1].headers["Retry-After"]) <= 3600
    page = answers[-1].get_data(as_text=True)
    assert re.search(r'role="alert">Too many tries\. Please wait \d+ \w+\.<', page)
    assert 'value="Grace Hopper"' in page
    assert client.get("/form").status_code == 200


def test_who_asks_too_often_leaves_nothing_behind(app: Flask) -> None:
    answers = [app.test_client().post("/form", data=GRACE) for _ in range(40)]
    assert ["Set-Cookie" in one.headers for one in answers] == [one.status_code == 400 for one in answers]
    with database() as session:
        assert session.scalar(select(func.count()).select_from(Session)) == 20


def test_who_was_slowed_down_sends_the_same_page_later(client: FlaskClient, clock: TimeMachineFixture) -> None:
    statuses = [send(client, **GRACE)[0] for _ in range(20)]
    token = form_token(client.post("/form", data=GRACE))
    clock.shift(timedelta(minutes=4))
    answer = client.post("/form", data={"csrf_token": token} | GRACE)
    assert (set(statuses), answer.status_code) == ({200}, 200)


def test_approving_makes_an_account_and_mails_its_link(app: Flask, as_manager: FlaskClient) -> None:
    request = make_access_request("Grace Hopper", "grace@example.org")
    answer = as_manager.post(f"/api/access-requests/{request.id}/approve")
    assert answer.status_code == 200
    assert ((answer.json or {})["state"], (answer.json or {})["decided_by"]) == ("approved", "manager")
    stranger = app.test_client()
    token = token_in(mails_to("grace@example.org")[0])
    assert stranger.post("/api/users/confirm", json={"token": token, "password": PASSWORD}).status_code == 200
    signed_in = stranger.post("/api/login", json={"username": "grace.hopper", "password": PASSWORD})
    assert (signed_in.json or {})["user"]["name"] == "Grace Hopper"


def test_who_was_let_in_and_never_came_is_forgotten(
    app: Flask, as_manager: FlaskClient, clock: TimeMachineFixture
) -> None:
    asked_for = make_access_request("Grace")
    assert as_manager.post(f"/api/access-requests/{asked_for.id}/approve").status_code == 200
    clock.shift(timedelta(days=15))
    with app.app_context():
        departing.delete_unconfirmed()
    assert (asked(), mails_to(asked_for.email)) == ([], [])


@pytest.mark.parametrize("deleted", ["at once", "in time"])
def test_what_waits_is_not_forgotten_with_the_account_that_somebody_else_made(
    app: Flask, client: FlaskClient, as_admin: FlaskClient, clock: TimeMachineFixture, deleted: str
) -> None:
    waiting = make_access_request("Grace")
    stranger = {"username": "nuisance", "email": waiting.email, "password": PASSWORD}
    made = client.post("/api/users", json=stranger).json or {}
    if deleted == "at once":
        assert as_admin.delete(f"/api/users/{made['id']}").status_code == 204
    else:
        clock.shift(timedelta(days=15))
        with app.app_context():
            departing.delete_unconfirmed()
        as_admin = browser(app, make_user(role="admin"))
    assert as_admin.post(f"/api/access-requests/{waiting.id}/approve").status_code == 200


def test_declining_mails_nothing(as_manager: FlaskClient) -> None:
    request = make_access_request(email="grace@example.org")
    answer = as_manager.post(f"/api/access-requests/{request.id}/decline")
    assert (answer.json or {})["state"] == "declined"
    assert mails_to("grace@example.org") == []
    assert events() == ["access_declined"]


@pytest.mark.parametrize("first", ["approve", "decline"])
@pytest.mark.parametrize("second", ["approve", "decline"])
def test_a_request_is_decided_once(as_manager: FlaskClient, first: str, second: str) -> None:
    request = make_access_request()
    assert as_manager.post(f"/api/access-requests/{request.id}/{first}").status_code == 200
    again = as_manager.post(f"/api/access-requests/{request.id}/{second}")
    assert (again.status_code, (again.json or {})["code"]) == (409, "already_decided")


@pytest.mark.on_disk
def test_of_ten_who_decide_at_once_one_does(app: Flask) -> None:
    request, manager = make_access_request(email="grace@example.org"), make_user(role="manager")
    clients = [browser(app, manager) for _ in range(10)]

    def decide(number: int) -> int:
        decision = ("approve", "decline")[number % 2]
        return clients[number].post(f"/api/access-requests/{request.id}/{decision}").status_code

    with ThreadPoolExecutor(10) as threads:
        assert sorted(threads.map(decide, range(10))) == [200] + [409] * 9
    assert len(mails_to("grace@example.org")) == events().count("access_approved")


def test_a_request_whose_address_has_an_account_stays_waiting(as_manager: FlaskClient) -> None:
    request = make_access_request(email="ada@example.org")
    make_user("ada", email="ada@example.org")
    answer = as_manager.post(f"/api/access-requests/{request.id}/approve")
    assert (answer.json or {})["code"] == "email_taken"
    assert [one["id"] for one in as_manager.get("/api/access-requests").json or []] == [request.id]
    assert as_manager.post(f"/api/access-requests/{request.id}/decline").status_code == 200


def test_an_unknown_request_is_404(as_manager: FlaskClient) -> None:
    answer = as_manager.post("/api/access-requests/nothing/approve")
    assert (answer.status_code, (answer.json or {})["error"]) == (404, "Request not found")


@pytest.mark.parametrize(
    ("name", "username"),
    [
        ("Grace Hopper", "grace.hopper"),
        ("  O'Brien-Śmith ", "obrienśmith"),
        ("Ada", "ada2"),
        ("...", "member2"),
        ("🦩", "member2"),
        ("x" * 80, "x" * 26),
        ("Wolfeschlegelsteinhausen Berg", "wolfeschlegelsteinhausen.b"),
        ("Straße", "strasse"),
        ("नरेन्द्र", "नरेन्द्र"),
        ("\u0430da", "member2"),  # its first letter is Cyrillic
        ("Jo", "jo2"),  # `j0` looks like it
        ("Bill", "bill3"),  # and `bi112` like the second
    ],
)
def test_a_user_name_is_made_from_the_name(as_manager: FlaskClient, name: str, username: str) -> None:
    for taken in ("ada", "member", "j0", "bill", "bi112"):
        make_user(taken)
    request = make_access_request(name)
    assert as_manager.post(f"/api/access-requests/{request.id}/approve").status_code == 200
    assert [one["username"] for one in as_manager.get("/api/users?sort=-created_at&limit=1").json or []] == [username]


def test_requests_are_listed_by_state_the_longest_waiting_first_in_pages(as_manager: FlaskClient) -> None:
    made = [make_access_request() for _ in range(5)]
    as_manager.post(f"/api/access-requests/{made[1].id}/decline")
    first = as_manager.get("/api/access-requests?limit=3")
    rest = as_manager.get(re.findall("<(.+)>", first.headers["Link"])[0])
    waiting = [one["id"] for one in (first.json or []) + (rest.json or [])]
    assert waiting == [one.id for one in made if one is not made[1]]
    assert [one["id"] for one in as_manager.get("/api/access-requests?state=declined").json or []] == [made[1].id]


@pytest.mark.usefixtures("clock")
def test_one_address_gets_only_so_many_forms_an_hour(client: FlaskClient) -> None:
    answers = {client.open("/form", method=method).status_code for method in ("GET", "HEAD") * 303}
    assert answers == {200, 429}
    assert client.head("/form").status_code == 429


def test_who_was_declined_is_forgotten_after_ninety_days_and_who_waits_is_not(
    app: Flask, as_manager: FlaskClient, clock: TimeMachineFixture
) -> None:
    declined = make_access_request("Grace Hopper")
    make_access_request("Mary Shaw")
    as_manager.post(f"/api/access-requests/{declined.id}/decline")
    for days, left in ((89, 2), (2, 1)):
        clock.shift(timedelta(days=days))
        jobs.sweep_all(app, threading.Event())
        with database() as session:
            assert len(session.scalars(select(AccessRequest)).all()) == left
