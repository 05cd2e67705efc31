"""What the OpenAPI document promises is asked of every route, with input its author did not think of."""

from __future__ import annotations

import io
from base64 import b64decode
from functools import cache
from typing import Any

import pytest
import schemathesis
from clubroom import create_app
from clubroom.accounts.models import User
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi import checks as promises
from schemathesis.specs.openapi.schemas import OpenApiSchema
from werkzeug.local import LocalProxy

from .factories import bound, make_access_request, make_user
from .steps import browser

PICTURE = b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
EXAMPLES = 20  # of each route, valid and invalid
PATIENCE = range(1, 31)  # seconds that may be waited
# Names, passwords and tokens obey rules that no schema says; sessions end while we ask; who may call what is tested in
# test_every_route.
LEFT_OUT = [
    promises.positive_data_acceptance,
    promises.use_after_free,
    promises.ensure_resource_availability,
    promises.ignored_auth,
]
QUIETLY = settings(
    max_examples=EXAMPLES, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck)
)


def operations() -> list[str]:
    """Each method of each path in the document."""
    app = create_app({"TESTING": True, "SQLALCHEMY_DATABASE_URI": "sqlite:///:memory:"})
    document: Any = app.test_client().get("/api/openapi.json").json
    return [f"{method.upper()} {path}" for path, item in document["paths"].items() for method in item]


@cache
def document() -> OpenApiSchema:
    """The document, read once: all apps have the same. What is asked of its routes goes to the app of the test."""
    schema = schemathesis.openapi.from_wsgi("/api/openapi.json", LocalProxy(lambda: bound[0]))
    schema.config.generation.update(with_security_parameters=False)  # the session comes from us
    return schema


def things_in(app: Flask, path: str, admin: User) -> dict[str, Any]:
    """Something to be found at the path."""
    client = browser(app, admin)
    uploaded = client.post("/api/upload", data={"file": (io.BytesIO(PICTURE), "dot.gif")})
    known = {
        "user_id": make_user().id,
        "request_id": make_access_request().id,
        "file_id": (uploaded.json or {})["id"],
        "session_id": (client.get("/api/sessions").json or [{}])[0]["id"],
    }
    return {name: value for name, value in known.items() if f"{{{name}}}" in path}


@pytest.mark.parametrize("operation", operations())
def test_a_route_keeps_what_the_document_promises(app: Flask, operation: str) -> None:
    method, path = operation.split()
    admin = make_user("admin", role="admin")
    route = document()[path][method]
    found = route.as_strategy(path_parameters=things_in(app, path, admin) or None)
    made_up = [route.as_strategy(mode) for mode in GenerationMode]

    @QUIETLY
    @given(case=st.one_of(found, *made_up))
    def ask(case: Any) -> None:
        app.extensions["limiter"].forget()
        if (case.query or {}).get("wait") in PATIENCE:
            case.query["wait"] = 0  # that somebody waits for a mail is in test_outbox_waiting; here nobody has the time
        cookie = browser(app, admin).get_cookie("session")
        assert cookie is not None
        case.call_and_validate(cookies={"session": cookie.value}, excluded_checks=LEFT_OUT)

    ask()


def test_the_document_is_valid(app: Flask) -> None:
    schemathesis.openapi.from_wsgi("/api/openapi.json", app).validate()


def test_what_an_answer_holds_is_said_of_each_that_holds_something(app: Flask) -> None:
    """Schemathesis looks only at what the document describes."""
    described: Any = app.test_client().get("/api/openapi.json").json
    empty = {
        (path, status)
        for path, item in described["paths"].items()
        for operation in item.values()
        for status, answer in operation["responses"].items()
        if "content" not in answer
    }
    assert {status for _, status in empty} == {"204", "304"}


@pytest.mark.parametrize(("header", "status"), [("If-None-Match", 304), ("Range", 206)])
def test_an_answer_that_is_not_the_whole_is_described(app: Flask, header: str, status: int) -> None:
    admin = make_user("admin", role="admin")
    client = browser(app, admin)
    described: Any = client.get("/api/openapi.json").json
    met = set()
    for path, item in described["paths"].items():
        if "get" in item:
            there = path.format_map(things_in(app, path, admin) | {"mail_id": "nothing"})
            etag = client.get(there, buffered=True).headers.get("ETag", "")
            asked = {header: etag if header == "If-None-Match" else "bytes=0-1"}
            again = client.get(there, headers=asked, buffered=True)
            if again.status_code == status:
                met.add(path)
                assert str(status) in item["get"]["responses"], path
    assert "/api/uploads/{file_id}/thumbnail" in met
