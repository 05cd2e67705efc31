"""Names are people's own words: kept exactly, never a path, never a header of their own."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from .steps import END, body, content, head, uploaded


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("Grüße 🦢.txt", "Grüße 🦢.txt"),
        ("Gru\u0308ße.txt", "Grüße.txt"),
        ("say %22hi%22.txt", 'say "hi".txt'),
        ("two%0D%0Alines.txt", "twolines.txt"),
        ("../../etc/passwd", "passwd"),
        ("C:\\\\Users\\\\ann\\\\notes.txt", "notes.txt"),
        ("photo\u202egpj.exe", "photogpj.exe"),
        ("a\x00b\x1b.txt", "ab.txt"),
        ("  spaces  .txt  ", "spaces  .txt"),
        ("..", "file"),
        ("\u200b\u2060", "file"),
        ("👩\u200d🚀.txt", "👩\u200d🚀.txt"),
        ("100%.txt", "100%.txt"),
        ("x" * 300 + ".tar.gz", "x" * 197 + ".gz"),
        ("x" * 300, "x" * 200),
        ("<b>bold</b>", "b>"),
    ],
)
def test_a_name_sent_is_kept_as_it_can_be(as_member: FlaskClient, sent: str, kept: str) -> None:
    file = as_member.post("/api/upload", **body(head(filename=sent), b"abc", END)).get_json()
    assert file["name"] == kept
    assert as_member.get(f"/api/uploads/{file['id']}").get_json()["name"] == kept


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("plain.txt", "attachment; filename=\"plain.txt\"; filename*=UTF-8''plain.txt"),
        ('a "b" c.txt', "attachment; filename=\"a _b_ c.txt\"; filename*=UTF-8''a%20%22b%22%20c.txt"),
        ("Grüße.txt", "attachment; filename=\"Grue.txt\"; filename*=UTF-8''Gr%C3%BC%C3%9Fe.txt"),
        ("日本", "attachment; filename=\"file\"; filename*=UTF-8''%E6%97%A5%E6%9C%AC"),
        ("\uff0fetc\uff0fx", "attachment; filename=\"_etc_x\"; filename*=UTF-8''%EF%BC%8Fetc%EF%BC%8Fx"),
        ("a; filename=b", "attachment; filename=\"a; filename=b\"; filename*=UTF-8''a%3B%20filename%3Db"),
    ],
)
def test_a_name_is_quoted_in_the_header(as_member: FlaskClient, name: str, header: str) -> None:
    file = uploaded(as_member)
    renamed = as_member.patch(f"/api/uploads/{file['id']}", json={"name": name}).get_json()
    assert renamed["name"] == name
    assert content(as_member, file).headers["Content-Disposition"] == header


@pytest.mark.parametrize(
    "name", ["", " ", ".", "..", "a/b", "a\\b", "a\nb", "a\x00b", "a\u202eb", "a\u2028b", "\u200b", "x" * 201, None, 5]
)
def test_a_name_that_cannot_be_is_refused(as_member: FlaskClient, name: object) -> None:
    file = uploaded(as_member, ("old.txt", b""))
    refused = as_member.patch(f"/api/uploads/{file['id']}", json={"name": name})
    if name is None:  # nothing to change
        assert refused.get_json()["name"] == "old.txt"
    else:
        assert (refused.status_code, list(refused.get_json()["fields"])) == (400, ["name"])


def test_a_name_of_letters_that_stand_for_sentences_leaves_room_in_the_address_of_a_page(
    as_member: FlaskClient,
) -> None:
    first, second = (uploaded(as_member, (f"{'ﷺ' * 150}{number}.txt", b"x")) for number in range(2))
    assert first["name"].endswith("ﷺ.txt")
    assert len(as_member.get("/api/uploads?sort=name&limit=1").headers["Link"]) < 2000
    refused = as_member.patch(f"/api/uploads/{second['id']}", json={"name": "ﷺ" * 150})
    assert refused.status_code == 400
    assert "choose a shorter one" in refused.get_json()["fields"]["name"]
