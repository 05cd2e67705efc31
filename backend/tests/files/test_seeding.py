"""Made-up files are files like any other."""

from __future__ import annotations

from clubroom.seeding import seed
from flask import Flask
from flask.testing import FlaskClient

from .steps import content, names, on_disk


def test_made_up_files_can_be_opened(app: Flask, as_member: FlaskClient) -> None:
    with app.app_context():
        assert seed(3, 12) == (3, 12)
    assert len(on_disk(app)) == 12
    listed = as_member.get("/api/uploads").get_json()
    assert {one["visibility"] for one in listed} >= {"members"}
    for file in listed:
        assert len(content(as_member, file).data) == file["size"]
        if file["thumbnails"]:
            assert as_member.get(file["thumbnails"]["64"], buffered=True).status_code == 200


def test_without_people_there_are_no_files(app: Flask) -> None:
    with app.app_context():
        assert seed(0, 5) == (0, 0)


def test_half_of_them_are_not_for_everybody(app: Flask, as_member: FlaskClient) -> None:
    with app.app_context():
        seed(20, 30)
    assert 0 < len(names(as_member)) < 30
