from __future__ import annotations

from typing import Any

import pytest
from clubroom.core.proxies import TrustedProxies
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import run_wsgi_app

from ..factories import PASSWORD, make_user
from ..steps import browser, link_in, mails_to

TRUSTED = ("10.0.0.0/8", "fd00::/8")


def seen_as(address: str, trusted: tuple[str, ...] = TRUSTED, **headers: str) -> tuple[str, str]:
    """Address and scheme as the app sees them."""
    seen = []

    def app(environ: Any, start: Any) -> list[bytes]:
        seen.append((environ["REMOTE_ADDR"], environ["wsgi.url_scheme"]))
        start("200 OK", [])
        return []

    environ = {"REMOTE_ADDR": address, "wsgi.url_scheme": "http"} | {f"HTTP_{key}": one for key, one in headers.items()}
    run_wsgi_app(TrustedProxies(app, trusted), environ)
    return seen[0]


@pytest.mark.parametrize(
    ("address", "forwarded", "seen"),
    [
        ("192.0.2.1", "198.51.100.7", "192.0.2.1"),
        ("10.0.0.1", "198.51.100.7", "198.51.100.7"),
        ("10.0.0.1", "203.0.113.9, 198.51.100.7", "198.51.100.7"),
        ("10.0.0.1", "203.0.113.9, 198.51.100.7, 10.0.0.2", "198.51.100.7"),
        ("10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3"),
        ("fd00::1", "2001:db8::7", "2001:db8::7"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "unknown", "10.0.0.1"),
        ("10.0.0.1", "fe80::1%<script>", "10.0.0.1"),
        ("10.0.0.1", "198.51.100.7, <script>", "10.0.0.1"),
        ("10.0.0.1", "not an address, 10.0.0.2", "10.0.0.2"),
        ("", "198.51.100.7", ""),
        ("::ffff:192.0.2.1", "198.51.100.7", "192.0.2.1"),
        ("::ffff:10.0.0.1", "::ffff:198.51.100.7, 10.0.0.2", "198.51.100.7"),
    ],
)
def test_only_what_a_trusted_proxy_wrote_is_believed(address: str, forwarded: str, seen: str) -> None:
    assert seen_as(address, X_FORWARDED_FOR=forwarded)[0] == seen


def test_nobody_is_trusted_unasked() -> None:
    assert seen_as("127.0.0.1", (), X_FORWARDED_FOR="192.0.2.1", X_FORWARDED_PROTO="https") == ("127.0.0.1", "http")


@pytest.mark.parametrize(("proto", "scheme"), [("https", "https"), ("http", "http"), ("ftp", "http"), ("", "http")])
def test_a_trusted_proxy_says_which_scheme(proto: str, scheme: str) -> None:
    assert seen_as("10.0.0.1", X_FORWARDED_PROTO=proto)[1] == scheme


@pytest.mark.settings(trusted_proxies=("127.0.0.1",))
def test_behind_a_proxy_a_device_has_its_own_address(app: Flask) -> None:
    make_user("ada")
    client = browser(app)
    forwarded = {"X-Forwarded-For": "198.51.100.7"}
    client.post("/api/login", json={"username": "ada", "password": PASSWORD}, headers=forwarded)
    assert [one["address"] for one in client.get("/api/sessions").json or []] == ["198.51.100.7"]


def test_no_answer_leads_where_the_host_header_says(client: FlaskClient) -> None:
    for path, status in {"/api//users": 404, "/api/users/": 404, "//evil.example": 200, "/s//x": 404}.items():
        answer = client.get(path, headers={"Host": "evil.example"})
        assert (answer.status_code, answer.headers.get("Location")) == (status, None), path


def test_the_host_header_leads_nobody_astray(app: Flask) -> None:
    body = {"username": "ada", "email": "ada@example.org", "password": PASSWORD}
    evil = {"Host": "evil.example", "X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example"}
    app.test_client().post("/api/users", json=body, headers=evil)
    assert link_in(mails_to("ada@example.org")[0]).startswith("http://localhost:8000/")
