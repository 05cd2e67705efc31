from __future__ import annotations

import pytest
from flask.testing import FlaskClient

HOME, FRIEND, STRANGER = "http://localhost", "https://friend.example", "https://stranger.example"
friendly = pytest.mark.settings(cors_origins=(FRIEND, "http://other.example:3000"))

# What a browser says of a request, and whether it may change something.
TABLE = [
    (None, None, True),  # no browser: nobody's cookie travels with it unasked
    (None, HOME, True),
    (None, STRANGER, False),
    (None, "null", False),
    (None, "http://localhost:81", False),
    (None, "http://localhost.stranger.example", False),
    (None, "http://[::1", False),  # no address at all
    (None, "http://[localhost]", False),
    (None, FRIEND, True),
    ("same-origin", HOME, True),
    ("same-origin", None, True),
    ("none", None, True),
    ("same-site", HOME, False),
    ("same-site", "http://other.localhost", False),
    ("cross-site", STRANGER, False),
    ("cross-site", None, False),
    ("cross-site", "null", False),
    ("cross-site", FRIEND, True),
    ("nonsense", HOME, False),
    ("", HOME, False),
]


def headers(fetch_site: str | None, origin: str | None) -> dict[str, str]:
    return {name: one for name, one in (("Sec-Fetch-Site", fetch_site), ("Origin", origin)) if one is not None}


@friendly
@pytest.mark.parametrize(("fetch_site", "origin", "passes"), TABLE)
@pytest.mark.parametrize("method", ["POST", "PATCH", "DELETE", "PUT"])
def test_another_site_changes_nothing(
    as_member: FlaskClient, method: str, fetch_site: str | None, origin: str | None, passes: bool
) -> None:
    path = {"POST": "/api/logout", "PATCH": "/api/me", "DELETE": "/api/sessions", "PUT": "/api/me"}[method]
    answer = as_member.open(path, method=method, json={"name": "New"}, headers=headers(fetch_site, origin))
    assert answer.status_code == ({"POST": 200, "PATCH": 200, "DELETE": 204, "PUT": 405}[method] if passes else 403)
    assert passes or (answer.json or {})["code"] == "cross_site"


@pytest.mark.parametrize(("fetch_site", "origin", "passes"), TABLE)
def test_reading_is_open_to_any_site_that_has_the_session(
    as_member: FlaskClient, fetch_site: str | None, origin: str | None, passes: bool
) -> None:
    answer = as_member.get("/api/me", headers=headers(fetch_site, origin))
    assert answer.status_code == 200
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_a_host_that_no_site_can_have_is_not_where_a_page_without_origin_comes_from(as_member: FlaskClient) -> None:
    answer = as_member.post("/api/logout", headers={"Origin": "null", "Host": "my_club"})
    assert (answer.json or {})["code"] == "cross_site"


def test_without_a_list_no_other_site_is_a_friend(as_member: FlaskClient) -> None:
    assert as_member.post("/api/logout", headers={"Origin": FRIEND}).status_code == 403


@friendly
def test_a_friend_may_read_and_ask_first(as_member: FlaskClient) -> None:
    answer = as_member.get("/api/me", headers={"Origin": FRIEND})
    assert answer.headers["Access-Control-Allow-Origin"] == FRIEND
    assert answer.headers["Access-Control-Allow-Credentials"] == "true"
    assert "Origin" in answer.headers["Vary"]
    assert "X-Total-Count" in answer.headers["Access-Control-Expose-Headers"]
    asks = {"Origin": FRIEND, "Access-Control-Request-Method": "PATCH"}
    allowed = as_member.options("/api/me", headers=asks).headers
    assert allowed["Access-Control-Allow-Origin"] == FRIEND
    assert "PATCH" in allowed["Access-Control-Allow-Methods"]


@friendly
@pytest.mark.parametrize(
    "origin", [STRANGER, "null", FRIEND + ".stranger.example", "http://friend.example", FRIEND + ":8443"]
)
@pytest.mark.parametrize("method", ["GET", "OPTIONS"])
def test_a_stranger_is_never_allowed(as_member: FlaskClient, method: str, origin: str) -> None:
    asks = {"Origin": origin, "Access-Control-Request-Method": "PATCH"}
    answer = as_member.open("/api/me", method=method, headers=asks)
    assert not [name for name, _ in answer.headers if name.startswith("Access-Control-Allow")]


@friendly
@pytest.mark.settings(cors_origins=("http://[fd00::1]:3000",))
@pytest.mark.parametrize(("origin", "allowed"), [("http://[fd00::1]:3000", True), ("http://0:3000", False)])
def test_a_friend_may_have_a_number_for_a_name(client: FlaskClient, origin: str, allowed: bool) -> None:
    answer = client.get("/api/protected", headers={"Origin": origin})
    assert ("Access-Control-Allow-Origin" in answer.headers) == allowed


def test_only_the_api_is_shared(client: FlaskClient) -> None:
    for path in ("/", "/form", "/healthz"):
        assert "Access-Control-Allow-Origin" not in client.get(path, headers={"Origin": FRIEND}).headers
