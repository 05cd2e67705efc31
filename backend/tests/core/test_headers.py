from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from ..factories import make_user
from ..steps import sign_in

EVERYWHERE = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
    "media-src 'self' blob:; font-src 'self'; connect-src 'self'; frame-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
ANSWERS = [
    ("GET", "/", 200),
    ("HEAD", "/people/7", 200),
    ("GET", "/form", 200),
    ("GET", "/healthz", 200),
    ("GET", "/api/openapi.json", 200),
    ("GET", "/api/protected", 401),
    ("GET", "/api/nothing", 404),
    ("GET", "/s/nothing", 404),
    ("PUT", "/api/me", 405),
    ("POST", "/api/login", 415),
    ("OPTIONS", "/api/login", 200),
    ("GET", "/api/users/", 404),
]


@pytest.mark.parametrize(("method", "path", "status"), ANSWERS)
def test_every_answer_is_guarded_and_kept_by_nobody(client: FlaskClient, method: str, path: str, status: int) -> None:
    answer = client.open(path, method=method)
    assert answer.status_code == status
    assert EVERYWHERE.items() <= dict(answer.headers).items()
    assert answer.headers["Cache-Control"] == "no-store"
    assert not {"Server", "X-Powered-By", "Strict-Transport-Security"} & {*answer.headers.keys()}


def test_a_static_file_is_guarded_and_kept_for_ever(app: Flask, client: FlaskClient) -> None:
    with client.get(f"{app.extensions['shell']['static']}/main.js") as answer:
        assert answer.status_code == 200
        assert EVERYWHERE.items() <= dict(answer.headers).items()
        assert answer.headers["Cache-Control"] == "max-age=315360000, public, immutable"
        assert answer.headers["Content-Type"] == 'text/javascript; charset="utf-8"'
        assert "Access-Control-Allow-Origin" not in answer.headers


@pytest.mark.settings(base_url="https://club.example")
@pytest.mark.parametrize("path", ["/", "/api/me", "/healthz"])
def test_over_https_browsers_are_told_to_stay_there(client: FlaskClient, path: str) -> None:
    assert client.get(path).headers["Strict-Transport-Security"] == "max-age=63072000"


def test_the_page_of_the_documentation_may_style_itself_and_no_more(client: FlaskClient) -> None:
    policy = client.get("/docs").headers["Content-Security-Policy"]
    assert "script-src 'self'; style-src 'self' 'unsafe-inline'" in policy
    page = client.get("/docs").get_data(as_text=True)
    assert page.count("<script src=") == 2
    for ours in re.findall(r'"(/s/[^"]+)"', page):
        with client.get(ours) as answer:
            assert answer.status_code == 200
    for name in ("swagger-ui.css", "swagger-ui-bundle.js", "start.js"):
        with client.get(f"/docs/{name}") as answer:
            assert answer.status_code == 200
            assert answer.headers["Content-Security-Policy"] == EVERYWHERE["Content-Security-Policy"]


def test_the_docs_files_are_not_sent_again_and_no_moment_of_no_calendar_disturbs_them(client: FlaskClient) -> None:
    path = "/docs/swagger-ui.css"
    with client.get(path, headers={"If-Modified-Since": "1 Jan 9999999999 00:00:00 GMT"}) as whole:
        assert whole.status_code == 200
    with client.get(path, headers={"If-None-Match": whole.headers["ETag"]}) as again:
        assert (again.status_code, again.data) == (304, b"")


@pytest.mark.parametrize(
    "path", ["/docs/../settings.py", "/docs/..%2f..%2fsettings.py", "/docs/%2e%2e/x", "/docs//etc/passwd"]
)
def test_the_documentation_gives_no_other_file(client: FlaskClient, path: str) -> None:
    assert "<title>Clubroom</title>" in client.get(path, follow_redirects=True).get_data(as_text=True)


def test_a_crash_tells_nothing_of_the_inside(app: Flask, client: FlaskClient) -> None:
    def broken() -> str:
        raise RuntimeError("secret /path/to/file")

    app.view_functions["health.alive"] = broken
    sign_in(client, make_user())
    answer = client.get("/healthz")
    assert answer.status_code == 500
    assert answer.json == {"error": "Something went wrong on our side.", "code": "internal_error"}
