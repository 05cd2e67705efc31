"""Who sees and who manages which file, and what the lists show."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from ..factories import make_user
from ..steps import browser, events
from .steps import content, names, picture, uploaded


@pytest.fixture
def other(app: Flask) -> FlaskClient:
    return browser(app, make_user("other"))


def every_way(client: FlaskClient, file: dict[str, Any]) -> dict[str, int]:
    address = f"/api/uploads/{file['id']}"
    return {
        "see": client.get(address).status_code,
        "content": content(client, file).status_code,
        "thumbnail": client.get(f"{address}/thumbnail", buffered=True).status_code,
        "change": client.patch(address, json={"name": "theirs"}).status_code,
        "delete": client.delete(address).status_code,
        "restore": client.post(f"{address}/restore").status_code,
    }


def test_a_private_file_of_somebody_else_is_not_there(
    as_member: FlaskClient, other: FlaskClient, as_manager: FlaskClient, as_admin: FlaskClient
) -> None:
    file = uploaded(as_member, picture())
    for client in (other, as_manager, as_admin):
        assert set(every_way(client, file).values()) == {404}
        assert names(client) == []
    assert names(as_member) == ["file.bin"]


def test_a_shared_file_is_seen_by_members_and_changed_by_its_owner(as_member: FlaskClient, other: FlaskClient) -> None:
    file = uploaded(as_member, picture(), visibility="members")
    assert every_way(other, file) == {
        "see": 200, "content": 200, "thumbnail": 200, "change": 403, "delete": 403, "restore": 403,
    }  # fmt: skip
    assert names(other) == ["file.bin"]


def test_a_manager_manages_what_is_shared(as_member: FlaskClient, as_manager: FlaskClient) -> None:
    file = uploaded(as_member, picture(), visibility="members")
    assert set(every_way(as_manager, file).values()) == {200, 204}
    assert names(as_member) == ["theirs"]
    assert events() == ["file_renamed", "file_deleted", "file_restored"]


def test_sharing_and_hiding_again(as_member: FlaskClient, other: FlaskClient) -> None:
    address = f"/api/uploads/{uploaded(as_member)['id']}"
    as_member.patch(address, json={"visibility": "members"})
    assert other.get(address).status_code == 200
    as_member.patch(address, json={"visibility": "private"})
    assert other.get(address).status_code == 404
    assert events()[-2:] == ["file_visibility_changed", "file_visibility_changed"]


def test_a_change_is_refused_when_the_file_has_changed_since(as_member: FlaskClient) -> None:
    address = f"/api/uploads/{uploaded(as_member)['id']}"
    seen = as_member.get(address).headers["ETag"]
    assert as_member.patch(address, json={"name": "a"}, headers={"If-Match": seen}).status_code == 200
    for refused in (
        as_member.patch(address, json={"name": "b"}, headers={"If-Match": seen}),
        as_member.delete(address, headers={"If-Match": seen}),
    ):
        assert (refused.status_code, refused.get_json()["code"]) == (412, "precondition_failed")


def test_unknown_fields_are_refused(as_member: FlaskClient) -> None:
    address = f"/api/uploads/{uploaded(as_member)['id']}"
    assert as_member.patch(address, json={"owner": 1}).status_code == 400


@pytest.fixture
def shelf(as_member: FlaskClient, other: FlaskClient) -> None:
    uploaded(as_member, ("Anchor.txt", b"4444"))
    uploaded(other, ("boat.jpg", picture()), visibility="members")
    uploaded(as_member, ("Cleat.bin", b"\x00"), visibility="members")
    uploaded(other, ("Secret.txt", b"1"))
    uploaded(as_member, ("ÄNDERUNG.txt", b"22"))


@pytest.mark.usefixtures("shelf")
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["ÄNDERUNG.txt", "Cleat.bin", "boat.jpg", "Anchor.txt"]),
        ("sort=created_at", ["Anchor.txt", "boat.jpg", "Cleat.bin", "ÄNDERUNG.txt"]),
        ("sort=name", ["Anchor.txt", "boat.jpg", "Cleat.bin", "ÄNDERUNG.txt"]),
        ("sort=-name", ["ÄNDERUNG.txt", "Cleat.bin", "boat.jpg", "Anchor.txt"]),
        ("sort=size", ["Cleat.bin", "ÄNDERUNG.txt", "Anchor.txt", "boat.jpg"]),
        ("sort=-size", ["boat.jpg", "Anchor.txt", "ÄNDERUNG.txt", "Cleat.bin"]),
        ("type=text", ["ÄNDERUNG.txt", "Anchor.txt"]),
        ("type=image", ["boat.jpg"]),
        ("type=other", ["Cleat.bin"]),
        ("type=video", []),
        ("q=änder", ["ÄNDERUNG.txt"]),
        ("q=CHO", ["Anchor.txt"]),
        ("q=%25", []),
        ("q=t&type=text", ["ÄNDERUNG.txt", "Anchor.txt"]),
        ("owner=1", ["ÄNDERUNG.txt", "Cleat.bin", "Anchor.txt"]),
        ("owner=2", ["boat.jpg"]),
        ("owner=99", []),
    ],
)
def test_a_list_shows_what_was_asked_in_its_order(as_member: FlaskClient, query: str, expected: list[str]) -> None:
    assert names(as_member, query) == expected


@pytest.mark.usefixtures("shelf")
@pytest.mark.parametrize("sort", ["created_at", "-created_at", "name", "-name", "size", "-size"])
def test_pages_follow_one_another(as_member: FlaskClient, sort: str) -> None:
    seen: list[str] = []
    address = f"/api/uploads?sort={sort}&limit=1&count=true"
    while address:
        answer = as_member.get(address)
        assert answer.headers["X-Total-Count"] == "4"
        seen += [one["name"] for one in answer.get_json()]
        address = answer.headers.get("Link", "<>")[1:].split(">")[0]
    assert seen == names(as_member, f"sort={sort}")


@pytest.mark.parametrize("query", ["sort=owner", "type=program", "limit=0", "limit=201", "owner=x", "after=x", "x=1"])
def test_a_list_that_cannot_be_is_refused(as_member: FlaskClient, query: str) -> None:
    assert as_member.get(f"/api/uploads?{query}").status_code == 400


@pytest.mark.parametrize("place", ["WyJub3QgYSB0aW1lIiwieCJd", "WzUsIngiXQ==", "Wzk5OTk5OTk5OTk5OTk5OTk5OTksIngiXQ=="])
def test_a_place_that_is_none_is_refused(as_member: FlaskClient, place: str) -> None:
    assert as_member.get(f"/api/uploads?after={place}").status_code == 400
