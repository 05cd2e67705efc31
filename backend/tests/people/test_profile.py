from __future__ import annotations

from datetime import timedelta

import pytest
from clubroom.accounts.models import User
from flask import Flask
from flask.testing import FlaskClient
from time_machine import TimeMachineFixture

from ..factories import make_user
from ..steps import browser


def test_one_person_is_answered_as_in_the_list(as_member: FlaskClient) -> None:
    ada = make_user("ada", name="Ada")
    listed = [one for one in as_member.get("/api/users").json or [] if one["username"] == "ada"]
    assert [as_member.get(f"/api/users/{ada.id}").json] == listed


@pytest.mark.parametrize("user_id", ["0", "999", str(2**63 - 1), str(2**63), "9" * 40, "-1", "1.0", "%00"])
def test_nobody_is_404(as_member: FlaskClient, user_id: str) -> None:
    assert as_member.get(f"/api/users/{user_id}").status_code == 404


@pytest.mark.parametrize("path", ["/api/me", "/api/users/1"])
def test_what_is_known_already_is_304(as_member: FlaskClient, path: str) -> None:
    tag = as_member.get(path).headers["ETag"]
    same = as_member.get(path, headers={"If-None-Match": tag})
    assert (same.status_code, same.data, same.headers["ETag"]) == (304, b"", tag)
    assert as_member.get(path, headers={"If-None-Match": '"other"'}).status_code == 200
    as_member.patch(path, json={"name": "New"})
    assert as_member.get(path, headers={"If-None-Match": tag}).status_code == 200


@pytest.mark.parametrize("path", ["/api/me", "/api/users/1"])
def test_of_two_changes_to_the_same_state_the_second_is_412(as_member: FlaskClient, path: str) -> None:
    tag = as_member.get(path).headers["ETag"]
    assert as_member.patch(path, json={"name": "One"}, headers={"If-Match": tag}).status_code == 200
    second = as_member.patch(path, json={"name": "Two"}, headers={"If-Match": tag})
    assert (second.status_code, (second.json or {})["code"]) == (412, "precondition_failed")
    assert (as_member.get(path).json or {})["name"] == "One"
    assert as_member.patch(path, json={"name": "Two"}, headers={"If-Match": "*"}).status_code == 200


def test_who_has_not_confirmed_yet_sees_the_own_name_and_changes_it(app: Flask) -> None:
    ada = make_user("ada", name="Ada", confirmed=False)
    client, path = browser(app, ada), f"/api/users/{ada.id}"
    before = client.get(path)
    assert (before.json or {})["name"] == "Ada"
    changed = client.patch(path, json={"name": "Ada L."}, headers={"If-Match": before.headers["ETag"]})
    assert (changed.status_code, changed.json) == (200, client.get(path).json)


def test_that_an_administrator_renames_somebody_is_written_down(as_admin: FlaskClient, as_member: FlaskClient) -> None:
    ada = make_user("ada", name="Ada")
    assert as_member.patch("/api/me", json={"name": "Bea"}).status_code == 200
    for _ in range(2):
        assert as_admin.patch(f"/api/users/{ada.id}", json={"name": "Countess"}).status_code == 200
    (written,) = as_admin.get("/api/audit?event=renamed").json or []
    assert (written["actor"]["username"], written["subject"]["username"], written["detail"]) == ("admin", "ada", {})


@pytest.mark.parametrize("path", ["/api/me", "/api/users/1"])
def test_a_change_of_nothing_changes_nothing(as_member: FlaskClient, path: str) -> None:
    before = as_member.get(path).json
    assert as_member.patch(path, json={}).json == before == as_member.get(path).json


@pytest.mark.parametrize("path", ["/api/me", "/api/users/1"])
def test_being_seen_meanwhile_is_no_change(as_member: FlaskClient, path: str, clock: TimeMachineFixture) -> None:
    tag = as_member.get(path).headers["ETag"]
    clock.shift(timedelta(minutes=5))
    assert as_member.patch(path, json={"name": "One"}, headers={"If-Match": tag}).status_code == 200


def test_a_profile_is_changed_by_its_owner_and_by_administrators(app: Flask) -> None:
    ada = make_user("ada")
    others = [make_user(role=role) for role in ("member", "manager", "admin")]
    answers = [
        browser(app, who).patch(f"/api/users/{ada.id}", json={"name": who.username}).status_code
        for who in (ada, *others)
    ]
    assert answers == [200, 403, 403, 200]


@pytest.mark.parametrize("field", ["role", "status", "email", "username", "id", "permissions", "password"])
def test_nobody_gives_himself_more(as_member: FlaskClient, member: User, field: str) -> None:
    before = as_member.get("/api/me").json
    for path in ("/api/me", f"/api/users/{member.id}"):
        if path != "/api/me" and field in ("role", "status"):
            continue  # for administrators: test_standing.py
        for more in ({"name": "Eve"}, {}):
            answer = as_member.patch(path, json={field: "admin", **more})
            assert (answer.status_code, (answer.json or {})["code"]) == (400, "invalid")
            assert (answer.json or {})["fields"] == {field: "This is not a known field."}
    assert as_member.get("/api/me").json == before


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("  Ada   Lovelace ", "Ada Lovelace"),
        ("", ""),
        ("Zoe\u0308", "Zoë"),
        ("<b>Ada</b>", "<b>Ada</b>"),
        ("山田 太郎", "山田 太郎"),
    ],
)
def test_a_name_is_kept_as_one_line(as_member: FlaskClient, sent: str, kept: str) -> None:
    assert (as_member.patch("/api/me", json={"name": sent}).json or {})["name"] == kept
    assert (as_member.get("/api/me").json or {})["name"] == kept


@pytest.mark.parametrize(("role", "count"), [("member", 2), ("manager", 5), ("admin", 9)])
def test_one_is_told_what_one_may_do(app: Flask, role: str, count: int) -> None:
    assert len((browser(app, make_user(role=role)).get("/api/me").json or {})["permissions"]) == count
