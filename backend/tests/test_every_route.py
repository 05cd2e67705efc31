"""Rules that hold for every route there is: a route added tomorrow is held to them too."""

from __future__ import annotations

from typing import Any, get_origin

import pytest
from clubroom.accounts.models import Session, User
from clubroom.accounts.tokens.models import ApiToken
from clubroom.core.guard import needs, opens_by_token, public, signed_in
from clubroom.core.levels import LEVELS, Role
from clubroom.core.paging import Listing
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Executable, delete, update
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from .accounts.factors.steps import add_passkey
from .factories import database, make_access_request, make_user
from .files.steps import uploaded
from .steps import Late, browser, token_of

# Open to everybody. Nothing joins this list by accident.
PUBLIC = """
GET /api/openapi.json
GET /docs
GET /docs/<path:name>
GET /docs/start.js
GET /form
GET /healthz
GET /readyz
POST /api/login
POST /api/login/passkey
POST /api/login/passkey/options
POST /api/login/verify
POST /api/logout
POST /api/me/email/confirm
POST /api/me/email/undo
POST /api/password/check
POST /api/password/forgot
POST /api/password/reset
POST /api/setup
POST /api/users
POST /api/users/confirm
POST /api/users/confirm/resend
POST /form
"""

# The least level each closed route is for: the table of permissions as people meet it.
LEAST = """
member  DELETE /api/me
member  DELETE /api/passkeys/<passkey_id>
member  DELETE /api/sessions
member  DELETE /api/sessions/<session_id>
member  DELETE /api/tokens/<token_id>
member  DELETE /api/totp
member  DELETE /api/uploads/<file_id>
member  DELETE /api/users/<int:user_id>
member  GET    /api/factors
member  GET    /api/me
member  GET    /api/me/export
member  GET    /api/me/export/content
member  GET    /api/passkeys
member  GET    /api/protected
member  GET    /api/sessions
member  GET    /api/tokens
member  GET    /api/uploads
member  GET    /api/uploads/<file_id>
member  GET    /api/uploads/<file_id>/content
member  GET    /api/uploads/<file_id>/thumbnail
member  GET    /api/users
member  GET    /api/users/<int:user_id>
member  PATCH  /api/me
member  PATCH  /api/passkeys/<passkey_id>
member  PATCH  /api/uploads/<file_id>
member  PATCH  /api/users/<int:user_id>
member  POST   /api/identity
member  POST   /api/identity/options
member  POST   /api/me/email
member  POST   /api/me/export
member  POST   /api/me/stay
member  POST   /api/passkeys
member  POST   /api/passkeys/options
member  POST   /api/password
member  POST   /api/recovery-codes
member  POST   /api/tokens
member  POST   /api/totp
member  POST   /api/totp/confirm
member  POST   /api/upload
member  POST   /api/uploads/<file_id>/restore
manager GET    /api/access-requests
manager POST   /api/access-requests/<request_id>/approve
manager POST   /api/access-requests/<request_id>/decline
admin   DELETE /api/users/<int:user_id>/factors
admin   DELETE /api/users/<int:user_id>/sessions
admin   DELETE /api/users/<int:user_id>/sessions/<session_id>
admin   GET    /api/audit
admin   GET    /api/outbox
admin   GET    /api/outbox/<mail_id>/content
admin   GET    /api/policies
admin   GET    /api/users/<int:user_id>/security
admin   POST   /api/users/<int:user_id>/reset-link
admin   PUT    /api/policies
"""
LEAST_OF = {(method, path): level for level, method, path in (line.split() for line in LEAST.strip().splitlines())}
OPEN = {(method, path) for method, path in (line.split() for line in PUBLIC.strip().splitlines())}
VALUES = {"user_id": "999", "name": "nothing"}


def operations(app: Flask) -> list[tuple[str, str]]:
    """Every method of every route."""
    return [
        (method, rule.rule)
        for rule in app.url_map.iter_rules()
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
    ]


def address(path: str) -> str:
    """A route's address, where nothing is to be found."""
    parts = [part.strip("<>").split(":")[-1] if part.startswith("<") else None for part in path.split("/")]
    return "/".join(
        VALUES.get(name, "nothing") if name else part for name, part in zip(parts, path.split("/"), strict=True)
    )


def is_failure(answer: TestResponse, status: int) -> bool:
    """Whether this is a failure in the one shape, and in words of our own."""
    body: Any = answer.json
    return (
        answer.status_code == status
        and body.keys() - {"fields"} == {"error", "code"}
        and b"Input should" not in answer.data
        and all(isinstance(one, str) and one for one in (body["error"], body["code"], *body.get("fields", {}).values()))
    )


def test_every_route_is_listed_here(app: Flask) -> None:
    assert set(operations(app)) == OPEN | LEAST_OF.keys()


def test_no_route_is_for_what_nobody_may() -> None:
    with pytest.raises(LookupError, match=r"no level grants people\.fly"):
        needs("people.fly")


def test_a_route_open_to_all_that_asks_who_it_is_is_closed_to_strangers(app: Flask, member: User) -> None:
    app.add_url_rule("/api/greeting", view_func=public(lambda: f"Hello {signed_in().username}"))
    assert is_failure(app.test_client().get("/api/greeting"), 401)
    assert browser(app, member).get("/api/greeting").text == "Hello member"


def test_every_route_is_closed_to_strangers_unless_listed(app: Flask) -> None:
    client = app.test_client()
    answers = {(method, path): client.open(address(path), method=method) for method, path in LEAST_OF}
    assert [one for one, answer in answers.items() if not is_failure(answer, 401)] == []


@pytest.mark.parametrize("level", LEVELS)
def test_every_level_may_do_what_the_table_says(app: Flask, level: Role) -> None:
    order: list[str] = [*LEVELS]
    wrong = []
    for (method, path), least in LEAST_OF.items():
        client = browser(app, make_user(role=level))
        refused = client.open(address(path), method=method).status_code == 403
        if refused == (order.index(level) >= order.index(least)):
            wrong.append((method, path))
    assert wrong == []


def test_a_method_no_route_takes_is_405_with_allow(app: Flask) -> None:
    client = browser(app, make_user(role="admin"))
    for rule in app.url_map.iter_rules():
        path = address(rule.rule)
        allowed = set(app.url_map.bind("localhost").allowed_methods(path))
        answer = client.open(path, method="DELETE" if "PUT" in allowed else "PUT")
        assert is_failure(answer, 405), rule.rule
        assert set(answer.headers["Allow"].split(", ")) == allowed >= (rule.methods or set())


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND", "TRACE"])
@pytest.mark.parametrize(
    "path",
    [
        "/api",
        "/api/",
        "/api//users",
        "/api/users/",
        "/api/nothing",
        "/api/users/x",
        "/api/users/-1",
        "/api/users/9" * 9,
    ],
)
def test_an_unknown_address_is_404_for_any_method(client: FlaskClient, method: str, path: str) -> None:
    answer = client.open(path, method=method)
    assert answer.status_code == 404 if method == "HEAD" else is_failure(answer, 404)


def test_an_address_is_made_from_every_route(app: Flask) -> None:
    made = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        values = {name: VALUES.get(name, "nothing") for name in rule.arguments}
        method = next(iter(rule.methods or ()))
        for _ in range(2):
            assert made.build(rule.endpoint, values, method) == address(rule.rule)
        assert made.build(rule.endpoint, values | {"a": "b c"}, method) == f"{address(rule.rule)}?a=b+c"


def with_body(app: Flask) -> list[Rule]:
    """The routes that take JSON."""
    return [
        rule
        for rule in app.url_map.iter_rules()
        if (described := getattr(app.view_functions[rule.endpoint], "described", None)) and described.body
    ]


def method_of(rule: Rule) -> str:
    return next(iter((rule.methods or set()) - {"OPTIONS", "HEAD"}))


MALFORMED = {
    "nothing": b"",
    "half an object": b'{"a":',
    "half a text": b'{"username": "a',
    "not UTF-8": b'{"username": "\xff"}',
    "a lone surrogate": b'{"username": "\\ud800"}',
    "NUL": b"\x00",
    "two values": b"{} {}",
    "too deep": b"[" * 60_000,
    "too deep in an object": b'{"a":' * 12_000,
    "a comment": b"{} // no",
}
WRONG = {
    "an array": b"[]",
    "an array of objects": b'[{"username": "a"}]',
    "null": b"null",
    "text": b'"text"',
    "a number": b"1e999",
    "unknown fields": b'{"is_admin": true, "role": "admin", "id": 1, "\\u0000": 1}',
    "duplicate keys": b'{"username": "a", "username": {}, "name": [], "name": 7}',
    "wrong types": b'{"username": 1, "email": [], "password": {}, "token": 1e400, "name": null, "visibility": 2}',
}


@pytest.mark.parametrize("body", [pytest.param(body, id=name) for name, body in (MALFORMED | WRONG).items()])
def test_a_body_that_can_not_be_meant_is_400_everywhere(app: Flask, body: bytes) -> None:
    client = browser(app, make_user(role="admin"))
    for rule in with_body(app):
        answer = client.open(address(rule.rule), method=method_of(rule), data=body, content_type="application/json")
        assert is_failure(answer, 404 if "file_id" in rule.rule and answer.status_code == 404 else 400), rule.rule


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "", "\xe9"])
def test_another_content_type_is_415_everywhere(app: Flask, kind: str) -> None:
    client = browser(app, make_user(role="admin"))
    for rule in with_body(app):
        answer = client.open(address(rule.rule), method=method_of(rule), data=b"{}", content_type=kind)
        assert is_failure(answer, 415), rule.rule


@pytest.mark.parametrize("announced", [True, False])
def test_a_body_beyond_the_limit_is_413_everywhere(app: Flask, announced: bool) -> None:
    client = browser(app, make_user(role="admin"))
    body = b'{"username": "' + b"a" * 65_536 + b'"}'
    length = {} if announced else {"CONTENT_LENGTH": "", "wsgi.input_terminated": True}
    for rule in with_body(app):
        answer = client.open(
            address(rule.rule),
            method=method_of(rule),
            data=body,
            content_type="application/json",
            environ_overrides=length,
        )
        assert is_failure(answer, 413), rule.rule
        assert (answer.json or {})["code"] == "too_large"


DISABLED = update(User).values(status="disabled")


@pytest.mark.parametrize(
    ("change", "by_script"),
    [
        (delete(Session), False),
        (update(Session).values(expires_at=Session.created_at), False),
        (DISABLED, False),
        (delete(ApiToken), True),
        (DISABLED, True),
        (update(User).values(delete_at=User.created_at), True),
    ],
)
def test_whoever_is_turned_out_while_a_body_comes_is_refused_everywhere(
    app: Flask, client: FlaskClient, change: Executable, by_script: bool
) -> None:
    admin = make_user(role="admin")
    for rule in with_body(app):
        method = method_of(rule)
        if (method, rule.rule) in OPEN or (by_script and not opens_by_token(app.view_functions[rule.endpoint])):
            continue
        with database() as session:
            session.execute(update(User).values(status="active", delete_at=None))
        person, late = browser(app, admin), Late(b"{}", change)
        headers = {"Content-Length": "2"} | (token_of(person, "admin") if by_script else {})
        answer = (client if by_script else person).open(
            address(rule.rule), method=method, input_stream=late, content_type="application/json", headers=headers
        )
        assert is_failure(answer, 401 if late.tell() else 403), rule.rule  # some are refused before


@pytest.mark.on_disk
@pytest.mark.parametrize("by_script", [False, True])
def test_nobody_waits_to_write_while_a_body_comes(app: Flask, client: FlaskClient, by_script: bool) -> None:
    admin = make_user(role="admin")
    person = browser(app, admin)
    add_passkey(person)  # whether somebody has a factor is asked of those alone whose role needs one
    person.put("/api/policies", json={"role": "admin", "second_factor": True})
    headers = {"Content-Length": "2"} | (token_of(person, "admin") if by_script else {})
    came = []
    for rule in with_body(app):
        late = Late(b"{}", update(User).values(name="Ada"))
        answer = (client if by_script else browser(app, admin)).open(
            address(rule.rule), method=method_of(rule), input_stream=late, content_type="application/json",
            headers=headers,
        )  # fmt: skip
        assert answer.status_code < 500, rule.rule
        came += [rule.rule] if late.tell() else []
    assert "/api/users" in came


def test_a_body_cut_short_is_400_everywhere(app: Flask) -> None:
    client = browser(app, make_user(role="admin"))
    for rule in with_body(app):
        answer = client.open(
            address(rule.rule),
            method=method_of(rule),
            data=b'{"username": "ada"}',
            content_type="application/json",
            environ_overrides={"CONTENT_LENGTH": "100"},
        )
        assert is_failure(answer, 400), rule.rule
        assert (answer.json or {})["code"] == "incomplete_body"


def lists(app: Flask) -> list[str]:
    """The addresses of all lists that come in pages."""
    views = [(rule.rule, app.view_functions[rule.endpoint]) for rule in app.url_map.iter_rules()]
    return [path for path, view in views if get_origin(described(view, "answer")) is Listing]


def described(view: Any, part: str) -> Any:
    return getattr(getattr(view, "described", None), part, None)


def test_every_list_comes_in_pages_but_the_one_that_never_grows(app: Flask) -> None:
    whole = {
        rule.rule
        for rule in app.url_map.iter_rules()
        if get_origin(described(app.view_functions[rule.endpoint], "answer")) is list
    }
    assert whole == {"/api/policies"}


@pytest.mark.parametrize(
    "query",
    [
        "limit=0", "limit=201", "limit=x", "limit=", "limit=1e3", "limit=" + "9" * 5000, "count=perhaps",
        "sort=password", "after=x", "after=", "after=%00", "after=%C3%A9", "unknown=1", "limit=%ff",
    ],
)  # fmt: skip
def test_a_query_that_can_not_be_meant_is_400_in_every_list(app: Flask, query: str) -> None:
    client = browser(app, make_user(role="admin"))
    for path in lists(app):
        assert is_failure(client.get(f"{path}?{query}"), 400), path


def test_a_query_that_no_list_knows_is_refused_also_where_there_are_no_pages(as_admin: FlaskClient) -> None:
    assert is_failure(as_admin.get("/api/policies?limit=1"), 400)


def test_every_list_says_how_much_there_is_where_that_is_asked(app: Flask) -> None:
    client = browser(app, make_user(role="admin"))
    make_access_request()
    client.post("/api/users", json={"username": "ada", "email": "ada@example.org"})
    client.post("/api/users", json={"username": "ben", "email": "ben@example.org"})
    totals = {path: client.get(f"{path}?count=true&limit=1").headers.get("X-Total-Count") for path in lists(app)}
    assert totals == {
        "/api/users": "3", "/api/uploads": "0", "/api/access-requests": "1", "/api/outbox": "2", "/api/audit": "2",
        "/api/sessions": "1", "/api/tokens": "0", "/api/passkeys": "0",
    }  # fmt: skip
    assert client.get("/api/outbox?count=true&to=ada@example.org").headers["X-Total-Count"] == "1"
    assert "X-Total-Count" not in client.get("/api/audit").headers


def test_what_changed_since_it_was_seen_is_not_changed_again(app: Flask) -> None:
    ada = make_user(role="admin")
    client = browser(app, ada)
    file = uploaded(client)["id"]
    bodies: dict[tuple[str, str], Any] = {
        ("DELETE", "/api/me"): {"files": "delete"},
        ("PUT", "/api/policies"): {"role": "member", "second_factor": True},
    }
    changes = [one for one in operations(app) if one[0] in ("PUT", "PATCH", "DELETE")]
    changes.remove(("DELETE", "/api/sessions"))  # those are many things
    for method, path in changes:
        there = path.replace("<int:user_id>", str(ada.id)).replace("<file_id>", file)
        body = bodies.get((method, path), {})
        answer = client.open(there, method=method, json=body, headers={"If-Match": '"stale"'})
        assert is_failure(answer, 412), (method, path)


def test_every_route_is_in_the_document(app: Flask, client: FlaskClient) -> None:
    document: Any = client.get("/api/openapi.json").json
    described = {(method.upper(), path) for path, item in document["paths"].items() for method in item}
    routes = {
        (method, path.replace("<int:", "<").replace("<", "{").replace(">", "}"))
        for method, path in operations(app)
        if not path.startswith("/docs/")  # what the page is made of
    }
    assert routes == described


def test_the_document_says_which_routes_are_public(client: FlaskClient) -> None:
    document: Any = client.get("/api/openapi.json").json
    public = {
        (method.upper(), path)
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if operation.get("security") == []
    }
    assert public == {one for one in OPEN if not one[1].startswith("/docs/")}
