from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from clubroom.accounts.models import User
from clubroom.core import gate
from flask import Flask, request
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from ..factories import make_user
from ..files.steps import uploaded
from ..steps import browser

LONG = b"big" * gate.AT_ONCE

behind_a_proxy = pytest.mark.settings(trusted_proxies=("127.0.0.1",))


def test_a_cookie_of_spaces_is_read_as_one_of_a_space(app: Flask) -> None:
    client, seen = browser(app, make_user("ada")), []
    app.before_request(lambda: seen.append(request.headers["Cookie"]))
    token = getattr(client.get_cookie("session"), "value", "")
    answer = app.test_client(use_cookies=False).get(
        "/api/me", headers={"Cookie": f'a={" " * 200}"{chr(9) * 200}; session={token}'}
    )
    assert (answer.json or {})["username"] == "ada"
    assert seen == [f'a= " ; session={token}']


@pytest.mark.parametrize(("path", "status"), [("/api/upload", 415), ("/form", 400)])
def test_a_boundary_longer_than_any_is_none(app: Flask, path: str, status: int) -> None:
    seen: list[str] = []
    app.before_request(lambda: seen.append(request.content_type or ""))
    kind = f"multipart/form-data; boundary={'-' * gate.TYPE}x"
    answer = browser(app, make_user("ada")).post(path, data=b"-" * 1000, content_type=kind)
    assert (answer.status_code, seen) == (status, [""])


class Stalled(io.BytesIO):
    """A body that does not come until it may."""

    def __init__(self) -> None:
        super().__init__(b'{"name": "New"}')
        self.asked = threading.Semaphore(0)
        self.may = threading.Event()

    def read(self, size: int | None = -1) -> bytes:
        self.asked.release()
        assert self.may.wait(20)
        return super().read(size)


def send_stalled(client: FlaskClient, body: Stalled) -> int:
    return client.patch(
        "/api/me", input_stream=body, content_type="application/json", headers={"Content-Length": "15"}
    ).status_code


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(40) as pool:
        yield pool


@pytest.mark.on_disk
def test_clients_that_stall_hold_up_nobody(app: Flask, threads: ThreadPoolExecutor) -> None:
    ada = make_user("ada")
    bodies = [Stalled() for _ in range(gate.COMPUTING * 3)]
    stalled = [threads.submit(send_stalled, browser(app, ada), body) for body in bodies]
    for body in bodies:
        assert body.asked.acquire(timeout=10)
    assert browser(app, ada, "192.0.2.1").get("/api/protected").status_code == 200
    for body in bodies:
        body.may.set()
    assert {one.result(20) for one in stalled} == {200}


@pytest.mark.on_disk
def test_bodies_that_stall_everywhere_leave_threads_to_read_with(app: Flask, threads: ThreadPoolExecutor) -> None:
    ada = make_user("ada")
    bodies = [Stalled() for _ in range(gate.BODIES)]
    stalled = [
        threads.submit(send_stalled, browser(app, ada, f"192.0.2.{number % 4}"), body)
        for number, body in enumerate(bodies)
    ]
    for body in bodies:
        assert body.asked.acquire(timeout=10)
    other = browser(app, ada, "192.0.2.9")
    answer = other.patch("/api/me", json={"name": "New"})
    assert (answer.status_code, (answer.json or {})["code"], answer.headers["Retry-After"]) == (503, "busy", "1")
    assert other.get("/api/protected").status_code == 200
    for body in bodies:
        body.may.set()
    assert {one.result(20) for one in stalled} == {200}
    assert other.patch("/api/me", json={"name": "New"}).status_code == 200


@pytest.mark.on_disk
@pytest.mark.parametrize("proxied", [False, pytest.param(True, marks=behind_a_proxy)])
def test_one_address_has_only_so_many_requests_in_flight(
    app: Flask, threads: ThreadPoolExecutor, proxied: bool
) -> None:
    ada = make_user("ada")
    bodies = [Stalled() for _ in range(gate.PER_ADDRESS)]
    stalled = [threads.submit(send_stalled, browser(app, ada), body) for body in bodies]
    for body in bodies:
        assert body.asked.acquire(timeout=10)
    answer = browser(app).get("/healthz")
    assert (answer.status_code, answer.json, answer.headers["Retry-After"]) == (
        503,
        {"error": "The server is busy. Please try again in a moment.", "code": "busy"},
        "1",
    )
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    other = browser(app).get("/healthz", headers={"X-Forwarded-For": "192.0.2.1"})
    assert other.status_code == (200 if proxied else 503)
    for body in bodies:
        body.may.set()
    assert {one.result(20) for one in stalled} == {200}
    assert browser(app).get("/healthz").status_code == 200


def reading(app: Flask, path: str, address: str, user: User | None = None) -> TestResponse:
    """An answer of which nothing has been taken yet."""
    return browser(app, user, address).get(path, buffered=False)


def test_answers_that_nobody_takes_leave_threads_to_answer_with(app: Flask) -> None:
    ada = make_user("ada")
    url = uploaded(browser(app, ada), LONG)["url"]
    slow = [reading(app, url, f"192.0.2.{number % 4}", ada) for number in range(gate.ANSWERS)]
    other = browser(app, ada, "192.0.2.9")
    refused = other.get(url)
    assert (refused.status_code, (refused.json or {})["code"], refused.headers["Retry-After"]) == (503, "busy", "1")
    assert refused.content_length == len(refused.data)
    assert other.get("/api/protected").status_code == 200
    assert other.get("/sign-in").status_code == 200
    assert slow.pop().data == LONG
    assert other.get(url).data == LONG
    for answer in slow:
        answer.close()


def test_one_address_has_only_so_many_answers_on_their_way(app: Flask) -> None:
    path = "/docs/swagger-ui-bundle.js"
    slow = [reading(app, path, "192.0.2.1") for _ in range(gate.PER_ADDRESS)]
    assert browser(app, address="192.0.2.1").get("/healthz").status_code == 503
    assert len(browser(app, address="192.0.2.2").get(path).data) > gate.AT_ONCE
    slow.pop().close()
    assert browser(app, address="192.0.2.1").get("/healthz").status_code == 200
    for answer in slow:
        answer.close()


def test_a_short_answer_waits_for_nobody(app: Flask) -> None:
    ada = make_user("ada")
    url = uploaded(browser(app, ada), b"short")["url"]
    assert [reading(app, url, "192.0.2.1", ada).status_code for _ in range(gate.PER_ADDRESS + 1)][-1] == 200


def test_a_permit_comes_back_whatever_happens(client: FlaskClient) -> None:
    def broken(*_: Any) -> Any:
        raise OSError("the client is gone")

    passed = gate.Gate(broken)
    for _ in range(gate.COMPUTING * 2):
        with pytest.raises(OSError, match="gone"):
            passed({"REMOTE_ADDR": "192.0.2.1", "wsgi.input": io.BytesIO()}, lambda *_: lambda _: None)
    assert passed.in_flight == {}
    assert client.get("/healthz").status_code == 200


def test_who_has_waited_too_long_to_be_computed_for_is_told_to_come_again(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gate, "PATIENCE", 0.01)
    taken = [gate.permits.acquire() for _ in range(gate.COMPUTING)]
    refused = client.get("/healthz")
    for _ in taken:
        gate.permits.release()
    assert (refused.status_code, (refused.json or {})["code"], refused.headers["Retry-After"]) == (503, "busy", "1")
    assert client.get("/healthz").status_code == 200


@pytest.mark.parametrize("sent", [b"", b'{"name": "N'])
def test_a_body_that_ends_too_soon_changes_nothing(as_member: FlaskClient, sent: bytes) -> None:
    answer = as_member.patch(
        "/api/me", input_stream=io.BytesIO(sent), content_type="application/json", headers={"Content-Length": "15"}
    )
    assert answer.status_code == 400
    assert (as_member.get("/api/me").json or {})["name"] == ""


def test_a_body_is_read_in_every_way_that_wsgi_knows() -> None:
    lines = [b"a\n", b"b\n"]
    ways = (
        lambda body: body.readlines(),
        lambda body: [body.readline(), body.readline()],
        list,
        lambda body: [body.read(2), body.read()],
    )
    for way in ways:
        assert way(gate.Body(io.BytesIO(b"".join(lines)))) == lines
