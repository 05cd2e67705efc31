from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from clubroom.core import mail
from clubroom.core.database import db
from clubroom.core.mail import Mail
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update
from time_machine import TimeMachineFixture

from ..accounts.factors.steps import told
from ..factories import PASSWORD, database, make_user
from ..steps import browser, mails_to, token_of


def queue(app: Flask, *recipients: str) -> None:
    with app.app_context():
        for recipient in recipients:
            mail.queue("taken", recipient)
        db.session.commit()


def walk(client: FlaskClient, address: str) -> list[Any]:
    """Everything in a list, page by page."""
    found: list[Any] = []
    while address:
        answer = client.get(address)
        found += answer.json or []
        address = answer.headers.get("Link", "<>")[1:].split(">")[0]
    return found


def test_the_outbox_shows_mails_with_their_links(app: Flask, as_admin: FlaskClient) -> None:
    app.test_client().post("/api/users", json={"username": "ada", "email": "ada@example.org", "password": PASSWORD})
    (shown,) = as_admin.get("/api/outbox").json or []
    (kept,) = mails_to("ada@example.org")
    assert shown == {
        "id": kept.id, "to": "ada@example.org", "subject": kept.subject, "text": kept.text, "html": kept.html,
        "state": "kept", "reason": None, "links": kept.links, "created_at": shown["created_at"],
    }  # fmt: skip
    assert re.fullmatch(r"http://localhost:8000/confirm#token=[\w-]{43}", shown["links"][0])


def test_a_mail_is_shown_as_its_reader_sees_it_and_runs_nothing(app: Flask, as_admin: FlaskClient) -> None:
    queue(app, "ada@example.org")
    (kept,) = mails_to("ada@example.org")
    answer = as_admin.get(f"/api/outbox/{kept.id}/content")
    assert (answer.mimetype, answer.get_data(as_text=True)) == ("text/html", kept.html)
    assert f"<title>{kept.subject}</title>" in kept.html
    policy = dict(one.strip().partition(" ")[::2] for one in answer.headers["Content-Security-Policy"].split(";"))
    assert (policy["default-src"], policy["frame-ancestors"]) == ("'none'", "'self'")
    assert "allow-scripts" not in policy["sandbox"]


def test_a_session_that_has_not_shown_who_it_is_reads_no_links_of_others(
    as_admin: FlaskClient, clock: TimeMachineFixture
) -> None:
    script = token_of(as_admin, "admin")
    clock.shift(timedelta(minutes=11))
    assert told(as_admin.get("/api/outbox")) == (403, "confirm_identity")
    assert as_admin.get("/api/outbox", headers=script).status_code == 200
    as_admin.post("/api/identity", json={"password": PASSWORD})
    assert as_admin.get("/api/outbox").status_code == 200


@pytest.mark.parametrize("state", ["waiting", "sent"])
def test_a_mail_that_is_its_readers_alone_is_not_shown(app: Flask, as_admin: FlaskClient, state: str) -> None:
    queue(app, "ada@example.org")
    with database() as session:
        session.execute(update(Mail).values(state=state))
    (mail,) = mails_to("ada@example.org")
    assert as_admin.get(f"/api/outbox/{mail.id}/content").status_code == 404


def test_the_outbox_is_the_newest_first_in_pages(app: Flask, as_admin: FlaskClient) -> None:
    for number in range(5):
        queue(app, f"p{number}@example.org")
    shown = [one["to"] for one in walk(as_admin, "/api/outbox?limit=2")]
    assert shown == [f"p{number}@example.org" for number in reversed(range(5))]


@pytest.mark.parametrize(
    ("asked", "count"),
    [
        ({"to": "ada@example.org"}, 2), ({"to": "ben@example.org"}, 1), ({"to": "ada"}, 0), ({"to": "%"}, 0),
        ({"q": "ADA"}, 2), ({"q": "@example"}, 3), ({"q": "ACCOUNT"}, 3), ({"q": "%"}, 0), ({"q": "carla"}, 0),
        ({"q": "en@", "to": "ben@example.org"}, 1),
    ],
)  # fmt: skip
def test_the_outbox_is_searched_by_recipient_and_subject(
    app: Flask, as_admin: FlaskClient, asked: dict[str, str], count: int
) -> None:
    queue(app, "ada@example.org", "ben@example.org", "ada@example.org")
    assert len(as_admin.get("/api/outbox", query_string=asked).json or []) == count


def test_the_audit_log_says_who_did_what_to_whom_from_where(app: Flask, as_admin: FlaskClient) -> None:
    ada = make_user("ada")
    client = browser(app, address="192.0.2.7")
    client.post("/api/login", json={"username": "ada", "password": "wrong"})
    client.post("/api/login", json={"username": "ada", "password": PASSWORD})
    client.post("/api/logout")
    them = {"id": ada.id, "username": "ada"}
    told = [
        (one["event"], one["actor"], one["subject"], one["address"]) for one in as_admin.get("/api/audit").json or []
    ]
    assert told == [
        ("signed_out", them, None, "192.0.2.7"),
        ("signed_in", them, None, "192.0.2.7"),
        ("sign_in_failed", None, them, "192.0.2.7"),
    ]


def test_the_audit_log_holds_no_secret(app: Flask, as_admin: FlaskClient) -> None:
    client = app.test_client()
    client.post("/api/users", json={"username": "ada", "email": "ada@example.org", "password": PASSWORD})
    client.post("/api/login", json={"username": "ada", "password": PASSWORD})
    client.post("/api/login", json={"username": PASSWORD, "password": "typed in the wrong field"})
    assert PASSWORD not in as_admin.get("/api/audit").get_data(as_text=True)


def test_the_audit_log_is_walked_in_pages_and_by_event(app: Flask, as_admin: FlaskClient) -> None:
    ada = make_user("ada")
    client = app.test_client()
    for _ in range(3):
        client.post("/api/login", json={"username": "ada", "password": PASSWORD})
        client.post("/api/logout")
    everything = walk(as_admin, "/api/audit?limit=2")
    assert [one["id"] for one in everything] == [6, 5, 4, 3, 2, 1]
    signed_in = walk(as_admin, "/api/audit?event=signed_in&limit=2")
    assert [(one["event"], one["actor"]["id"]) for one in signed_in] == [("signed_in", ada.id)] * 3
    assert as_admin.get("/api/audit?event=nothing").json == []
