from __future__ import annotations

import base64
import re
from datetime import UTC, datetime, timedelta

import orjson
import pytest
from clubroom.accounts.leaving.departing import former_member
from clubroom.accounts.models import User
from clubroom.core.database import db
from flask import Flask
from flask.testing import FlaskClient

from ..factories import PASSWORD, database, make_people, make_user
from ..steps import browser, mails_to, token_in

SORTS = ["username", "created_at", "last_seen", "-username", "-created_at", "-last_seen"]
EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


def found(client: FlaskClient, **query: object) -> list[str]:
    """The usernames a list answers."""
    answer = client.get("/api/users", query_string=query)
    assert answer.status_code == 200, answer.data
    return [one["username"] for one in answer.json or []]


def next_of(link: str | None) -> str | None:
    return re.findall(r'<([^>]+)>; rel="next"', link)[0] if link else None


def cursor(*values: object) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(list(values))).decode()


@pytest.mark.parametrize("sort", SORTS)
def test_paging_meets_everybody_once_while_others_come(as_member: FlaskClient, sort: str) -> None:
    for number in range(25):  # moments shared by several, so that ids decide
        make_user(f"p{number:02}", created_at=EPOCH + timedelta(days=number // 4), last_seen_at=EPOCH, password=None)
    there = set(found(as_member, limit=200))
    met: list[str] = []
    address: str | None = f"/api/users?limit=4&sort={sort}"
    while address:
        answer = as_member.get(address)
        met += [one["username"] for one in answer.json or []]
        make_user(f"n{len(met)}", created_at=EPOCH, password=None)
        make_user(f"z{len(met)}", created_at=EPOCH + timedelta(days=400), last_seen_at=EPOCH, password=None)
        address = next_of(answer.headers.get("Link"))
    assert len(met) == len(set(met))
    assert there <= set(met)


@pytest.mark.parametrize("sort", SORTS)
def test_a_list_is_in_the_order_asked_for(as_member: FlaskClient, sort: str) -> None:
    make_people(30)
    with database() as session:
        everybody = session.query(User).all()
    field = {"username": "username_key", "created_at": "created_at", "last_seen": "last_seen_at"}[sort.lstrip("-")]
    expected = sorted(everybody, key=lambda one: (getattr(one, field), one.id), reverse=sort.startswith("-"))
    assert found(as_member, sort=sort, limit=200) == [one.username for one in expected]


def test_the_next_page_keeps_what_was_asked(as_member: FlaskClient) -> None:
    for number in range(5):
        make_user(f"a&b={number}".replace("&", ".").replace("=", "_"), name="Änne & Co", password=None)
    first = as_member.get("/api/users", query_string={"q": "änne & co", "limit": 2, "sort": "-username"})
    second = as_member.get(next_of(first.headers["Link"]) or "")
    assert [one["username"] for one in second.json or []] == ["a.b_2", "a.b_1"]
    third = as_member.get(next_of(second.headers["Link"]) or "")
    assert "Link" not in third.headers


NEEDLES = [
    ("lovelace", ["ada"]),
    ("LOVELACE", ["ada"]),
    ("velac", ["ada"]),
    ("a l", ["ada"]),
    ("Ａｄａ", ["ada"]),
    ("ad", ["ada"]),
    ("a", ["ada"]),
    ("da", []),
    ("straße", ["hans"]),
    ("STRASSE", ["hans"]),
    ("o'br", ["quote"]),
    ('"q"', ["quote"]),
    ('"', ["quote"]),
    ("100%", ["percent"]),
    ("%", []),
    ("%%%", []),
    ("per%", []),
    ("_", []),
    ("___", []),
    ("a_b", []),
    ("*", []),
    ("ada*", []),
    ("ada OR hans", []),
    ("NOT ada", []),
    ("search_text:ada", []),
    ("🦩", ["emoji"]),
    ("🦩🦩🦩", ["emoji"]),
    ("山田太", ["kanji"]),
    ("太", []),
    ("x" * 200, []),
    ("lovelace\u0301", []),
]


@pytest.fixture
def people(member: User) -> None:
    names = {
        "ada": "Ada Lovelace", "hans": "Hans Straße", "quote": "\"Q\" O'Brien", "percent": "Is 100% here",
        "emoji": "🦩🦩🦩 Flamingo", "kanji": "山田太郎",
    }  # fmt: skip
    for username, name in names.items():
        make_user(username, name=name, email=f"{username}@hidden.example", password=None)


@pytest.mark.usefixtures("people")
@pytest.mark.parametrize(("needle", "usernames"), NEEDLES)
def test_search_finds_any_part_of_a_name_and_takes_every_sign_as_itself(
    as_member: FlaskClient, needle: str, usernames: list[str]
) -> None:
    assert found(as_member, q=needle) == usernames


@pytest.mark.usefixtures("people")
@pytest.mark.parametrize("needle", ["ada@hidden.example", "a@hidden", "hidden", "ada@", "DA@HID"])
def test_search_looks_through_addresses_only_for_those_who_may_see_them(
    as_member: FlaskClient, as_manager: FlaskClient, needle: str
) -> None:
    assert found(as_member, q=needle) == []
    assert "ada" in found(as_manager, q=needle)


@pytest.mark.parametrize("needle", ["a\u0000b", "\u0000", "a\tb", "x" * 201])
def test_search_refuses_what_no_name_holds(as_member: FlaskClient, needle: str) -> None:
    answer = as_member.get("/api/users", query_string={"q": needle})
    assert (answer.status_code, list((answer.json or {})["fields"])) == (400, ["q"])


@pytest.mark.usefixtures("people")
@pytest.mark.parametrize("needle", ["a", "ad", "ada", "lovelace"])
def test_search_follows_a_change_of_name(as_admin: FlaskClient, needle: str) -> None:
    ada = next(one for one in as_admin.get("/api/users?q=lovelace").json or [])
    as_admin.patch(f"/api/users/{ada['id']}", json={"name": "Countess King"})
    assert found(as_admin, q="lovelace") == []
    assert found(as_admin, q="countess") == ["ada"]
    assert (needle in "ada") == ("ada" in found(as_admin, q=needle))


def test_search_meets_many_in_pages_like_a_list(as_member: FlaskClient) -> None:
    make_people(1700)
    met: list[str] = []
    address: str | None = "/api/users?q=example&limit=200&count=true"
    manager = browser(as_member.application, make_user("manager", role="manager"))
    while address:
        answer = manager.get(address)
        met += [one["username"] for one in answer.json or []]
        address = next_of(answer.headers.get("Link"))
    assert (len(met), met) == (1702, sorted(set(met)))
    assert answer.headers["X-Total-Count"] == "1702"


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize("needle", ["s", "sa"])
def test_a_beginning_is_met_once_wherever_it_is(as_manager: FlaskClient, needle: str, sort: str) -> None:
    make_user("sam", email="sam@example.org", name="Sam Sauer", password=None)
    make_user("abe", email="sabe@example.org", password=None)
    make_user("zed", email="zed@example.org", name="Sara", password=None)
    make_user("sally", email="a@example.org", password=None)
    make_user("lisa", email="lisa@example.org", name="Lisa Sauer", password=None)
    met: list[str] = []
    address: str | None = f"/api/users?q={needle}&limit=1&sort={sort}"
    while address:
        answer = as_manager.get(address)
        met += [one["username"] for one in answer.json or []]
        address = next_of(answer.headers.get("Link"))
    assert sorted(met) == ["abe", "sally", "sam", "zed"]
    if sort == "username":
        assert met == sorted(met)


def test_filters_narrow_and_combine(as_member: FlaskClient) -> None:
    make_user("boss", role="manager", name="Zed")
    make_user("gone", status="disabled", name="Zed")
    make_user("old", role="manager", status="disabled")
    assert found(as_member, role="manager") == ["boss", "old"]
    assert found(as_member, status="disabled") == ["gone", "old"]
    assert found(as_member, role="manager", status="disabled") == ["old"]
    assert found(as_member, role="manager", q="zed") == ["boss"]


@pytest.mark.parametrize("query", [{"role": "owner"}, {"status": "asleep"}, {"sort": "email"}, {"role": ""}])
def test_an_unknown_filter_is_refused(as_member: FlaskClient, query: dict[str, str]) -> None:
    answer = as_member.get("/api/users", query_string=query)
    assert (answer.status_code, (answer.json or {})["fields"].keys()) == (400, query.keys())


def test_a_total_is_counted_where_it_is_asked_for(as_member: FlaskClient) -> None:
    make_people(60)
    assert "X-Total-Count" not in as_member.get("/api/users").headers
    assert as_member.get("/api/users?count=true&limit=1").headers["X-Total-Count"] == "61"
    assert as_member.get("/api/users?count=true&role=manager").headers["X-Total-Count"] == "1"
    assert as_member.get("/api/users?count=true&q=member").headers["X-Total-Count"] == "1"


def test_all_who_left_are_nobody_to_be_met(app: Flask, as_member: FlaskClient) -> None:
    with app.app_context():
        former_member()
        db.session.commit()
    for query, expected in {"": 1, "sort=-last_seen": 1, "q=former": 0, "q=fo": 0, "status=disabled": 0}.items():
        answer = as_member.get(f"/api/users?count=true&{query}")
        assert (len(answer.json or []), answer.headers["X-Total-Count"]) == (expected, str(expected)), query


def test_a_filtered_total_stops_at_ten_thousand(as_member: FlaskClient) -> None:
    make_people(10_300)
    headers = as_member.get("/api/users?count=true&status=active&limit=1").headers
    assert (headers["X-Total-Count"], headers["X-Total-Capped"]) == ("10000", "true")
    assert as_member.get("/api/users?count=true&limit=1").headers["X-Total-Count"] == "10301"


@pytest.mark.parametrize(
    "after",
    [
        "x", "", "=", "e30=", "é", cursor(), cursor("a"), cursor("a", 1, 2), cursor(1, 1), cursor(None, 1),
        cursor("a", "b"), cursor(True, 1), cursor("a", True), cursor("a", 2**63), cursor("a", 2**64 - 1),
        cursor("a", 1.5), cursor(["a"], 1), cursor("0001-01-01T00:00:00+14:00", 1.0), "A" * 5000,
    ],
)  # fmt: skip
def test_a_place_that_was_never_given_is_refused(as_member: FlaskClient, after: str) -> None:
    for sort in SORTS:
        answer = as_member.get("/api/users", query_string={"sort": sort, "after": after})
        assert (answer.status_code, list((answer.json or {})["fields"])) == (400, ["after"])


@pytest.mark.parametrize("moment", ["2026-13-01", "soon", "", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_a_place_in_time_is_a_moment(as_member: FlaskClient, moment: str) -> None:
    answer = as_member.get("/api/users", query_string={"sort": "created_at", "after": cursor(moment, 1)})
    assert answer.status_code == 400


def test_an_address_is_shown_to_its_owner_and_to_managers(app: Flask) -> None:
    ada, ben = make_user("ada"), make_user("ben")
    manager = make_user("manager", role="manager")
    seen = {
        viewer.username: "email" in (browser(app, viewer).get(f"/api/users/{ada.id}").json or {})
        for viewer in (ada, ben, manager)
    }
    assert seen == {"ada": True, "ben": False, "manager": True}
    listed = browser(app, ben).get("/api/users").json or []
    assert [one["username"] for one in listed if "email" in one] == ["ben"]


def test_who_was_never_here_has_not_been_seen(app: Flask, as_member: FlaskClient) -> None:
    ada = make_user("ada", created_at=EPOCH)
    one = as_member.get(f"/api/users/{ada.id}").json or {}
    assert (one["last_seen"], one["created_at"]) == (None, "2026-01-01T00:00:00Z")
    browser(app, ada).get("/api/me")
    assert (as_member.get(f"/api/users/{ada.id}").json or {})["last_seen"]


def test_who_adds_somebody_sees_the_name_at_once_and_members_later(
    as_admin: FlaskClient, as_member: FlaskClient
) -> None:
    new = {"username": "grace", "email": "grace@example.org", "name": "Grace Hopper"}
    path = f"/api/users/{(as_admin.post('/api/users', json=new).json or {})['id']}"
    assert [(one.get(path).json or {})["name"] for one in (as_admin, as_member)] == ["Grace Hopper", ""]
    for query in ("Hopper", "race hop", "ace+h&sort=created_at", "opper&count=true", "opper&role=member"):
        found = as_admin.get(f"/api/users?q={query}")
        assert [one["username"] for one in found.json or []] == ["grace"]
        assert found.headers.get("X-Total-Count", "1") == "1"
        assert as_member.get(f"/api/users?q={query}").json == []
    assert as_admin.get("/api/users?q=opper&role=manager").json == []


@pytest.mark.parametrize("query", ["ad", "a", "ad&sort=created_at", "ad&count=true"])
def test_one_or_two_letters_find_the_beginning_of_a_name_that_is_not_confirmed(
    as_admin: FlaskClient, as_member: FlaskClient, query: str
) -> None:
    as_admin.post("/api/users", json={"username": "countess", "email": "c@example.org", "name": "Ada Lovelace"})
    as_admin.post("/api/users", json={"username": "grace", "email": "g@example.org", "name": "Grace Ada"})
    seen = [{user["username"] for user in one.get(f"/api/users?q={query}").json or []} for one in (as_admin, as_member)]
    assert [found & {"countess", "grace"} for found in seen] == [{"countess"}, set()]


def test_what_an_unconfirmed_stranger_calls_himself_is_neither_shown_nor_found(
    client: FlaskClient, as_member: FlaskClient
) -> None:
    trap = {"username": "mm8", "email": "mm8@example.org", "name": "Win a prize http://evil.example"}
    made = client.post("/api/users", json=trap | {"password": PASSWORD}).json or {}
    assert b"evil.example" not in as_member.get("/api/users").data
    assert b"evil.example" not in as_member.get(f"/api/users/{made['id']}").data
    found = "/api/users?q=win+a+prize"
    assert as_member.get(found).json == []
    client.post("/api/users/confirm", json={"token": token_in(mails_to("mm8@example.org")[-1])})
    assert [one["id"] for one in as_member.get(found).json or []] == [made["id"]]
