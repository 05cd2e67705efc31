from __future__ import annotations

import errno
import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from clubroom.accounts.models import User
from clubroom.core.database import db
from clubroom.core.guard import public
from flask import Flask, Response
from sqlalchemy import insert
from sqlalchemy.exc import OperationalError

from ..factories import PASSWORD, make_user
from ..steps import browser


def test_a_crash_is_logged_without_what_lets_anybody_in(app: Flask, capfd: pytest.CaptureFixture[str]) -> None:
    def broken() -> str:
        raise RuntimeError("out of order")

    app.view_functions["accounts.change_password"] = broken
    client = browser(app, make_user("ada"))
    cookie = client.get_cookie("session")
    assert cookie
    answer = client.post("/api/password", json={"current": PASSWORD, "new": "eleven lazy otters by the weir"})
    said = capfd.readouterr().err
    assert answer.status_code == 500
    assert "out of order" in said
    for secret in (PASSWORD, "lazy otters", cookie.value):
        assert secret not in said


def test_a_crash_outside_a_view_is_answered_and_logged_as_any_other(
    app: Flask, capfd: pytest.CaptureFixture[str]
) -> None:
    broken = ["out of order"]

    @app.after_request
    def finish(response: Response) -> Response:
        if broken:
            raise RuntimeError(broken.pop())
        return response

    app.config["PROPAGATE_EXCEPTIONS"] = False
    answer = app.test_client().get("/healthz")
    (line,) = capfd.readouterr().err.splitlines()
    assert (answer.status_code, (answer.json or {})["code"]) == (500, "internal_error")
    assert {"event": "crash", "level": "error"}.items() <= json.loads(line).items()
    assert "out of order" in line


def test_a_statement_that_fails_is_logged_without_its_values(app: Flask, capfd: pytest.CaptureFixture[str]) -> None:
    secret = "what nobody may read"

    @public
    def broken() -> str:
        db.session.execute(insert(User).values(password_hash=secret))
        return "never"

    app.view_functions["health.alive"] = broken
    assert app.test_client().get("/healthz").status_code == 500
    said = capfd.readouterr().err
    assert "INSERT INTO users" in said
    assert secret not in said


class Full(io.StringIO):
    """A log on a disk that is full."""

    def write(self, text: str) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")


def closed() -> io.StringIO:
    stream = io.StringIO()
    stream.close()
    return stream


@pytest.mark.parametrize("stream", [Full, closed, lambda: None])
def test_a_log_that_cannot_be_written_costs_no_answer(
    app: Flask, monkeypatch: pytest.MonkeyPatch, stream: Callable[[], Any]
) -> None:
    @app.get("/api/broken")
    @public
    def broken() -> Response:
        raise OperationalError("SELECT 1", None, Exception("database or disk is full"))

    with monkeypatch.context() as patch:
        patch.setattr("sys.stderr", stream())
        answer = app.test_client().get("/api/broken")
    assert (answer.status_code, (answer.json or {})["code"], answer.headers["Retry-After"]) == (503, "busy", "5")
