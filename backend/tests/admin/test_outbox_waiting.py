from __future__ import annotations

import threading
import time
from contextlib import ExitStack

import pytest
from clubroom.core import gate
from flask import Flask, request
from flask.testing import FlaskClient

from ..accounts.factors.steps import told
from ..factories import PASSWORD, make_user
from ..steps import browser, token_of


@pytest.mark.on_disk
def test_a_mail_that_comes_while_somebody_waits_is_answered_at_once(app: Flask) -> None:
    admin = browser(app, make_user(role="admin"))
    found: list[list[dict[str, str]]] = []

    def wait() -> None:
        found.append(admin.get("/api/outbox?to=ada@example.org&wait=30").json or [])

    waiting = threading.Thread(target=wait)
    began = time.monotonic()
    waiting.start()
    body = {"username": "ada", "email": "ada@example.org"}
    assert app.test_client().post("/api/users", json=body).status_code == 201
    waiting.join(20)
    assert time.monotonic() - began < 15
    assert [mail["to"] for mail in found[0]] == ["ada@example.org"]


@pytest.mark.on_disk
def test_who_waits_holds_no_permit(app: Flask) -> None:
    admin = browser(app, make_user(role="admin"))
    begun = threading.Semaphore(0)
    app.before_request(lambda: begun.release() if "outbox" in request.path else None)
    patient = [
        threading.Thread(target=lambda: admin.get("/api/outbox?to=ada@example.org&wait=30"))
        for _ in range(gate.COMPUTING + 2)
    ]
    for one in patient:
        one.start()
    assert all(begun.acquire(timeout=20) for _ in patient)
    assert app.test_client().get("/healthz").status_code == 200  # else it would wait for one, and be told to come again
    assert all(one.is_alive() for one in patient)
    body = {"username": "ada", "email": "ada@example.org"}
    assert app.test_client().post("/api/users", json=body).status_code == 201
    for one in patient:
        one.join(20)
    assert not any(one.is_alive() for one in patient)


@pytest.mark.on_disk
@pytest.mark.parametrize("change", [{"status": "disabled"}, {"role": "member"}])
@pytest.mark.parametrize("by_script", [False, True])
def test_who_may_not_any_more_waits_for_nothing(app: Flask, change: dict[str, str], by_script: bool) -> None:
    begun = threading.Event()
    app.before_request(lambda: begun.set() if "outbox" in request.path else None)  # after the guard has let them in
    admin, eve = browser(app, make_user(role="admin")), make_user("eve", role="admin")
    client = browser(app, eve)
    headers = token_of(client, "admin") if by_script else {}
    found: list[tuple[int, str | None]] = []

    def wait() -> None:
        found.append(told(client.get("/api/outbox?to=ada@example.org&wait=30", headers=headers)))

    waiting = threading.Thread(target=wait)
    waiting.start()
    assert begun.wait(20)
    assert admin.patch(f"/api/users/{eve.id}", json=change).status_code == 200
    waiting.join(20)
    assert found == [(401, "unauthorized")]


@pytest.mark.on_disk
def test_who_knows_the_token_of_before_waits_for_nothing(app: Flask) -> None:
    begun = threading.Event()
    app.before_request(lambda: begun.set() if "outbox" in request.path else None)
    admin = browser(app, make_user(role="admin"))
    copied = app.test_client()
    copied.set_cookie("session", getattr(admin.get_cookie("session"), "value", ""))
    found: list[tuple[int, str | None]] = []
    waiting = threading.Thread(target=lambda: found.append(told(copied.get("/api/outbox?wait=30"))))
    waiting.start()
    assert begun.wait(20)
    changed = {"current": PASSWORD, "new": "eleven loud geese at noon"}
    assert admin.post("/api/password", json=changed).status_code == 200
    waiting.join(20)
    assert found == [(401, "unauthorized")]


def test_only_so_many_wait_that_threads_are_left_for_the_rest(as_admin: FlaskClient) -> None:
    with ExitStack() as others:
        for _ in range(gate.WAITS - 1):
            others.enter_context(gate.one_of(gate.waits))
        assert as_admin.get("/api/outbox?wait=1").status_code == 200
        others.enter_context(gate.one_of(gate.waits))  # which that one has given back
        assert told(as_admin.get("/api/outbox?wait=1")) == (503, "busy")
        assert as_admin.get("/api/outbox").status_code == 200
    assert gate.BODIES + gate.ANSWERS + gate.PICTURES + gate.WAITS < gate.THREADS


@pytest.mark.parametrize("wait", ["-1", "31", "x"])
def test_nobody_waits_longer_than_half_a_minute(as_admin: FlaskClient, wait: str) -> None:
    assert as_admin.get(f"/api/outbox?wait={wait}").status_code == 400
