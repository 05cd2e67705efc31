"""Made-up files are files like any other."""

from __future__ import annotations

import pytest
from clubroom.files import seeding
from clubroom.files.models import StoredFile
from clubroom.seeding import seed
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from ..factories import database
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


def test_what_was_made_stays_where_making_more_breaks_off(
    app: Flask, as_member: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def told_to_stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(seeding, "BATCH", 2)
    monkeypatch.setattr(seeding, "_paper", told_to_stop)  # the fourth
    with app.app_context(), pytest.raises(KeyboardInterrupt):
        seeding.seed(8)
    with database() as session:
        assert session.scalar(select(func.count()).select_from(StoredFile)) == 2
