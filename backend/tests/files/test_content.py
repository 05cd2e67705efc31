"""Getting bytes back, whole and in part."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from .steps import content, picture, uploaded

DATA = bytes(range(256)) * 1500  # several blocks


@pytest.fixture
def file(as_member: FlaskClient) -> dict[str, str]:
    return uploaded(as_member, DATA)


@pytest.mark.parametrize(
    ("asked", "first", "end"),
    [
        ("bytes=0-99", 0, 100),
        ("bytes=100-", 100, len(DATA)),
        ("bytes=-7", len(DATA) - 7, len(DATA)),
        ("bytes=131000-300000", 131000, 300001),
        ("bytes=383999-", 383999, 384000),
        ("bytes=0-99999999", 0, len(DATA)),
    ],
)
def test_a_part_is_that_part(as_member: FlaskClient, file: dict[str, str], asked: str, first: int, end: int) -> None:
    answer = content(as_member, file, Range=asked)
    assert answer.status_code == 206
    assert answer.data == DATA[first:end]
    assert answer.headers["Content-Range"] == f"bytes {first}-{end - 1}/{len(DATA)}"
    assert answer.headers["Content-Length"] == str(end - first)


def test_a_part_that_is_not_there_is_refused(as_member: FlaskClient, file: dict[str, str]) -> None:
    answer = content(as_member, file, Range="bytes=384000-")
    assert (answer.status_code, answer.get_json()["code"]) == (416, "range_not_satisfiable")
    assert answer.headers["Content-Range"] == f"bytes */{len(DATA)}"


def test_the_etag_is_the_hash_of_the_bytes(as_member: FlaskClient, file: dict[str, str]) -> None:
    answer = content(as_member, file)
    assert answer.headers["ETag"] == f'"{file["sha256"]}"'
    assert answer.headers["Accept-Ranges"] == "bytes"
    assert answer.headers["Content-Length"] == str(len(DATA))


def test_what_the_browser_has_is_not_sent_again(as_member: FlaskClient, file: dict[str, str]) -> None:
    answer = content(as_member, file, If_None_Match=f'"{file["sha256"]}"')
    assert (answer.status_code, answer.data) == (304, b"")


@pytest.mark.parametrize(("known", "status"), [("same", 206), ("other", 200)])
def test_a_part_of_other_bytes_is_sent_whole(
    as_member: FlaskClient, file: dict[str, str], known: str, status: int
) -> None:
    etag = file["sha256"] if known == "same" else "0" * 64
    answer = content(as_member, file, Range="bytes=0-9", If_Range=f'"{etag}"')
    assert answer.status_code == status


@pytest.mark.parametrize(
    "asked", ["bytes=0-1,5-9", "lines=0-9", "bytes=9-5", "bytes=abc", "bytes", "", "bytes=-384001"]
)
def test_what_is_no_single_part_is_sent_whole(as_member: FlaskClient, file: dict[str, str], asked: str) -> None:
    answer = content(as_member, file, Range=asked)
    assert (answer.status_code, answer.data) == (200, DATA)


def test_a_part_of_bytes_known_only_roughly_is_sent_whole(as_member: FlaskClient, file: dict[str, str]) -> None:
    assert content(as_member, file, Range="bytes=0-9", If_Range=f'W/"{file["sha256"]}"').data == DATA


@pytest.mark.parametrize(
    "moment",
    [
        "1 Jan 9999999999 00:00:00 GMT",
        "1 Jan 2030 00:00:00 +99999999999999999999",
        '", 1 Jan 9999999999 00:00:00 GMT',
        '", 1 Jan 9999999999 00:00:00 GMT"',
    ],
)
@pytest.mark.parametrize("asked", [{"If_Modified_Since": ""}, {"Range": "bytes=0-9", "If_Range": ""}])
def test_a_moment_that_no_calendar_has_decides_nothing(
    as_member: FlaskClient, file: dict[str, str], asked: dict[str, str], moment: str
) -> None:
    answer = content(as_member, file, **{name: value or moment for name, value in asked.items()})
    assert (answer.status_code, answer.data) == (200, DATA)


def test_a_part_of_what_the_browser_has_is_not_sent_again(as_member: FlaskClient, file: dict[str, str]) -> None:
    assert content(as_member, file, Range="bytes=0-9", If_None_Match=f'"{file["sha256"]}"').status_code == 304


@pytest.mark.parametrize(("known", "status"), [("same", 200), ("other", 412)])
def test_bytes_may_be_asked_for_only_as_they_were(
    as_member: FlaskClient, file: dict[str, str], known: str, status: int
) -> None:
    etag = file["sha256"] if known == "same" else "0" * 64
    answer = content(as_member, file, If_Match=f'"{etag}"')
    assert answer.status_code == status
    assert known == "same" or (answer.json or {})["code"] == "precondition_failed"


def test_bytes_may_be_asked_for_whatever_they_were(as_member: FlaskClient, file: dict[str, str]) -> None:
    answer = content(as_member, file, If_Match="*")
    assert (answer.status_code, answer.data) == (200, DATA)


def test_an_empty_file_is_given_back_empty(as_member: FlaskClient) -> None:
    file = uploaded(as_member, b"")
    for buffered in (True, False):
        answer = as_member.get(file["url"], buffered=buffered)
        assert (answer.status_code, answer.data, answer.headers["Content-Length"]) == (200, b"", "0")


def test_asking_for_the_head_sends_no_bytes(as_member: FlaskClient, file: dict[str, str]) -> None:
    answer = as_member.head(file["url"], buffered=True)
    assert (answer.headers["Content-Length"], answer.data) == (str(len(DATA)), b"")


def test_a_picture_can_be_saved_instead_of_shown(as_member: FlaskClient) -> None:
    file = uploaded(as_member, picture())
    assert content(as_member, file).headers["Content-Disposition"].startswith("inline")
    saved = as_member.get(f"{file['url']}?download=1", buffered=True)
    assert saved.headers["Content-Disposition"].startswith("attachment")


def test_a_document_is_saved_as_no_browser_shows_it_sandboxed(as_member: FlaskClient) -> None:
    answer = content(as_member, uploaded(as_member, b"%PDF-1.7"))
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert "sandbox" in answer.headers["Content-Security-Policy"]


def test_bytes_that_nobody_can_read_are_said_to_be(app: Flask, as_member: FlaskClient, file: dict[str, str]) -> None:
    (path,) = (one for one in app.extensions["storage"].folder.rglob("*") if one.is_file())
    path.unlink()
    path.symlink_to("/proc/self/mem")  # which is opened, and whose beginning nobody reads
    answer = content(as_member, file)
    assert (answer.status_code, (answer.json or {})["code"], answer.headers["Retry-After"]) == (503, "busy", "60")


def test_bytes_that_are_gone_are_no_crash(app: Flask, as_member: FlaskClient, file: dict[str, str]) -> None:
    for path in app.extensions["storage"].folder.rglob("*"):
        if path.is_file():
            path.unlink()
    assert content(as_member, file).status_code == 404
