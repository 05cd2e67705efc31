"""The contract that other people's scripts and tests rely on, message for message."""

from __future__ import annotations

import io
import re

import pytest
from clubroom import create_app
from clubroom.core.database import db
from flask.testing import FlaskClient

from .factories import PASSWORD, bind, make_user
from .steps import link_in, mails_to, sign_in, token_in

NEW = {"username": "user2", "email": "user2@example.com", "password": PASSWORD}


@pytest.mark.parametrize("address", ["sqlite:///:memory:", "sqlite://"])
def test_create_app_with_a_database_in_memory_serves_at_once(address: str) -> None:
    app = create_app({"TESTING": True, "SQLALCHEMY_DATABASE_URI": address})
    bind(app)
    assert sign_in(app.test_client(), make_user()).get("/api/protected").status_code == 200
    with app.app_context():
        db.engine.dispose()


def test_login_answers_a_message_the_user_and_a_session(client: FlaskClient) -> None:
    make_user("user1")
    answer = client.post("/api/login", json={"username": "user1", "password": PASSWORD})
    assert answer.status_code == 200
    assert answer.json is not None
    assert answer.json["message"] == "Login successful"
    assert answer.json["user"]["username"] == "user1"
    assert client.get("/api/protected").json == {"message": "Hello, user1!"}


def test_login_with_a_wrong_password_is_401(client: FlaskClient) -> None:
    make_user("user1")
    answer = client.post("/api/login", json={"username": "user1", "password": "wrong"})
    assert (answer.status_code, answer.json) == (401, {"error": "Invalid credentials", "code": "invalid_credentials"})


@pytest.mark.parametrize("without", [{}, {"password": ""}, {"password": None}])
def test_login_without_a_password_is_400(client: FlaskClient, without: dict[str, object]) -> None:
    answer = client.post("/api/login", json={"username": "user1"} | without)
    assert answer.status_code == 400
    assert answer.json is not None
    assert answer.json["error"] == "Missing username or password"


def test_logout_says_so_whoever_asks(client: FlaskClient) -> None:
    assert client.post("/api/logout").json == {"message": "Logged out"}
    sign_in(client, make_user())
    assert client.post("/api/logout").json == {"message": "Logged out"}
    assert client.get("/api/protected").status_code == 401


def test_protected_greets_only_who_is_signed_in(client: FlaskClient) -> None:
    answer = client.get("/api/protected")
    assert answer.status_code == 401
    assert answer.json is not None
    assert answer.json["error"] == "Unauthorized"
    sign_in(client, make_user("user1"))
    assert client.get("/api/protected").json == {"message": "Hello, user1!"}


def test_a_new_user_confirms_by_mail_and_signs_in(client: FlaskClient) -> None:
    answer = client.post("/api/users", json=NEW)
    assert answer.status_code == 201
    assert answer.json is not None
    assert {"id", "username", "email"} <= answer.json.keys()
    (mail,) = mails_to("user2@example.com")
    assert link_in(mail).startswith("http://localhost:8000/confirm#token=")
    assert client.post("/api/users/confirm", json={"token": token_in(mail)}).status_code == 200
    assert client.post("/api/login", json={"username": "user2", "password": PASSWORD}).status_code == 200


def test_missing_and_taken_fields_are_400(client: FlaskClient) -> None:
    make_user("user1", email="user1@example.com")
    wanted = {
        "Missing required fields": {"username": "user2", "email": None},
        "Username already exists": NEW | {"username": "user1"},
        "Email already exists": NEW | {"email": "user1@example.com"},
    }
    for error, body in wanted.items():
        answer = client.post("/api/users", json=body)
        assert (answer.status_code, (answer.json or {})["error"]) == (400, error)


def test_users_are_an_array_and_one_is_an_object(client: FlaskClient) -> None:
    user = make_user("user1")
    sign_in(client, user)
    assert [one["username"] for one in client.get("/api/users").json or []] == ["user1"]
    assert (client.get(f"/api/users/{user.id}").json or {})["id"] == user.id
    missing = client.get("/api/users/999")
    assert (missing.status_code, (missing.json or {})["error"]) == (404, "User not found")


def test_upload_answers_the_file(client: FlaskClient) -> None:
    sign_in(client, make_user())
    answer = client.post("/api/upload", data={"file": (io.BytesIO(b"hello"), "note.txt")})
    assert answer.status_code == 200
    assert answer.json is not None
    assert (answer.json["name"], answer.json["size"]) == ("note.txt", 5)
    assert client.get(answer.json["url"]).data == b"hello"


def test_the_form_thanks_who_sends_its_token_and_refuses_who_does_not(client: FlaskClient) -> None:
    page = client.get("/form").get_data(as_text=True)
    token = re.findall(r'name="csrf_token"[^>]*value="([^"]+)"', page)[0]
    asked = {"name": "Grace Hopper", "email": "grace@example.org"}
    refused = client.post("/form", data=asked)
    assert refused.status_code == 400
    thanks = client.post("/form", data=asked | {"csrf_token": token})
    assert thanks.status_code == 200
    assert "Thank you" in thanks.get_data(as_text=True)
