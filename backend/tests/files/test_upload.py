"""Uploading: what comes in is kept whole or not at all."""

from __future__ import annotations

import errno
import hashlib
import io
import os
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from clubroom.accounts.models import Session as SignedIn
from clubroom.accounts.models import User
from clubroom.accounts.tokens.models import ApiToken
from clubroom.core.database import db
from clubroom.files import receiving
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Executable, delete, update
from sqlalchemy.orm import Session
from werkzeug.test import EnvironBuilder

from ..steps import Late, browser, token_of
from .steps import END, body, content, head, names, on_disk, picture, upload, uploaded


def test_a_file_is_answered_with_what_is_known_of_it(as_member: FlaskClient, member: Any) -> None:
    file = upload(as_member, ("Notes.txt", b"hello")).get_json()
    assert file | {"id": "", "url": "", "created_at": ""} == {
        "id": "",
        "name": "Notes.txt",
        "size": 5,
        "type": "text/plain",
        "sha256": hashlib.sha256(b"hello").hexdigest(),
        "url": "",
        "owner": {"id": member.id, "username": "member", "name": ""},
        "visibility": "private",
        "created_at": "",
        "width": None,
        "height": None,
        "thumbnails": None,
    }
    assert file["url"] == f"/api/uploads/{file['id']}/content"


def test_the_bytes_come_back(as_member: FlaskClient) -> None:
    data = os.urandom(300_000)
    assert content(as_member, uploaded(as_member, data)).data == data


def test_several_files_are_answered_as_an_array(as_member: FlaskClient) -> None:
    assert [one["name"] for one in upload(as_member, ("a", b"1"), ("b", b"2")).get_json()] == ["a", "b"]


def test_of_many_files_one_is_open_at_a_time(as_member: FlaskClient) -> None:
    open_files = []

    class Watched(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            targets = [Path(f"/proc/self/fd/{one}") for one in os.listdir("/proc/self/fd")]
            open_files.append(sum("/files/incoming/" in os.path.realpath(one) for one in targets))
            return super().read(min(size or 0, 256))

    whole = body(*(head() + b"x" * 300 + b"\r\n" for _ in range(20)), END[2:])
    answer = as_member.post(
        "/api/upload", input_stream=Watched(whole["data"]), content_type=whole["content_type"],
        content_length=len(whole["data"]),
    )  # fmt: skip
    assert len(answer.get_json()) == 20
    assert max(open_files) == 1


def test_one_file_can_be_shared_at_once(as_member: FlaskClient) -> None:
    assert uploaded(as_member, visibility="members")["visibility"] == "members"


def test_the_names_on_the_disk_are_ours(app: Flask, as_member: FlaskClient) -> None:
    upload(as_member, ("../../etc/passwd", b"x"))
    (name,) = on_disk(app)
    assert len(name) == 32
    assert set(name) <= set("0123456789abcdef")


@pytest.mark.settings(max_upload=1000)
def test_the_limit_holds_to_the_byte(app: Flask, as_member: FlaskClient) -> None:
    assert upload(as_member, b"x" * 1000).status_code == 200
    refused = upload(as_member, b"x" * 1001)
    assert refused.status_code == 413
    assert refused.get_json()["code"] == "too_large"
    assert refused.get_json()["fields"] == {"file": "A file may have at most 1 kB."}
    assert len(on_disk(app)) == 1


@pytest.mark.settings(max_upload=1000)
def test_several_files_are_kept_all_or_none(app: Flask, as_member: FlaskClient) -> None:
    assert upload(as_member, b"x", b"x" * 1001).status_code == 413
    assert on_disk(app) == []
    assert names(as_member) == []


@pytest.mark.settings(max_upload=1000)
@pytest.mark.parametrize("announced", [True, False])
def test_several_files_have_the_room_of_one(app: Flask, as_member: FlaskClient, announced: bool) -> None:
    def environ(second: int) -> dict[str, Any]:
        data = {"file": [(io.BytesIO(b"x" * size), "a.txt") for size in (600, second)]}
        made = EnvironBuilder("/api/upload", method="POST", data=data).get_environ()
        if not announced:
            del made["CONTENT_LENGTH"]
            made["wsgi.input_terminated"] = True
        return made

    assert as_member.open(environ(400)).status_code == 200
    refused = as_member.open(environ(401))
    assert refused.status_code == 413
    assert refused.get_json()["fields"] == {"file": "The files of one upload may have at most 1 kB."}
    assert len(on_disk(app)) == 2


@pytest.mark.settings(max_upload=10_000_000)
def test_what_is_in_no_file_has_little_room_of_its_own(app: Flask, as_member: FlaskClient) -> None:
    parts = [head()[:-2] + b"X: y\n" * 40_000 + b"\r\n\r\n"] * 10
    refused = as_member.post("/api/upload", **body(*parts, END))
    assert (refused.status_code, refused.get_json()["code"]) == (413, "too_large")
    assert on_disk(app) == []
    large = body(head(), bytes(3 * receiving.FRAMING), END)
    assert as_member.post("/api/upload", **large).status_code == 200


@pytest.mark.settings(max_upload=1000)
def test_a_body_that_announces_too_much_is_refused_unread(as_member: FlaskClient) -> None:
    announced = str(1000 + receiving.FRAMING + 1)
    refused = as_member.post("/api/upload", environ_overrides={"CONTENT_LENGTH": announced}, **body(b"x"))
    assert refused.get_json()["code"] == "too_large"


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (body(head(), b"abc"), "malformed_multipart"),
        (body(head(), b"abc", b"\r\n--cut\r\n"), "malformed_multipart"),
        (body(b"\xff\xfe"), "malformed_multipart"),
        (body(b"--cut\r\nX: y\r\n\r\nabc", END), "malformed_multipart"),
        (body(b'--cut\r\nContent-Disposition: form-data; name="\xff"\r\n\r\nabc', END), "malformed_multipart"),
        (body(b"--cut\r\nContent-Disposition: attachment\r\n\r\nabc", END), "malformed_multipart"),
        (body(b'--cut\r\nContent-Disposition: form-data; filename="a"\r\n\r\nabc', END), "malformed_multipart"),
        (body(b"--cut\r\n", b"a" * 400_000), "too_large"),
        (body(head() * 101, END), "too_large"),
        ({"data": b"abc", "content_type": "multipart/form-data"}, "malformed_multipart"),
        ({"data": b"abc", "content_type": "multipart/form-data; boundary=\xe4"}, "malformed_multipart"),
        ({"data": {"name": "no file"}, "content_type": "multipart/form-data"}, "missing_fields"),
        (body(head(filename=""), END), "missing_fields"),
        (body(head(name="other"), b"abc", END), "missing_fields"),
        ({"data": {"file": (io.BytesIO(b"x"), "x"), "visibility": "everybody"}}, "invalid"),
        ({"json": {}}, "unsupported_media_type"),
        ({"data": b"abc", "content_type": "application/octet-stream"}, "unsupported_media_type"),
        ({}, "unsupported_media_type"),
    ],
)
def test_a_body_that_is_no_upload_is_refused(
    app: Flask, as_member: FlaskClient, sent: dict[str, Any], code: str
) -> None:
    refused = as_member.post("/api/upload", **sent)
    assert refused.get_json()["code"] == code
    assert refused.status_code == {"too_large": 413, "unsupported_media_type": 415}.get(code, 400)
    assert on_disk(app) == []


@pytest.mark.parametrize("unknown", [("visiblity", "members"), ("files", (io.BytesIO(b"y"), "y.txt"))])
def test_a_part_that_no_upload_has_is_refused_and_named(
    app: Flask, as_member: FlaskClient, unknown: tuple[str, Any]
) -> None:
    refused = as_member.post("/api/upload", data={"file": (io.BytesIO(b"x"), "x.txt"), **dict([unknown])})
    assert (refused.status_code, refused.get_json()["fields"]) == (400, {unknown[0]: "This is not a known field."})
    assert on_disk(app) == []


def test_an_upload_cut_short_leaves_nothing(app: Flask, as_member: FlaskClient) -> None:
    whole = head() + b"x" * 100_000 + END
    announced = str(len(whole) + 1)
    refused = as_member.post("/api/upload", environ_overrides={"CONTENT_LENGTH": announced}, **body(whole))
    assert refused.get_json()["code"] == "incomplete_body"
    assert on_disk(app) == []
    assert names(as_member) == []


def test_a_client_that_breaks_off_leaves_nothing(app: Flask, as_member: FlaskClient) -> None:
    class Broken(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            return super().read(size) or self.fail()

        def fail(self) -> bytes:
            raise ConnectionResetError

    environ = EnvironBuilder("/api/upload", method="POST", **body(head(), b"x" * 100_000)).get_environ()
    environ |= {"wsgi.input": Broken(head() + b"x" * 100_000), "CONTENT_LENGTH": "900000"}
    as_member.open(environ_overrides=environ)
    assert on_disk(app) == []


@pytest.mark.parametrize(
    ("change", "by_script"),
    [
        (delete(User), False),
        (update(User).values(status="disabled"), False),
        (delete(SignedIn), False),
        (delete(ApiToken), True),
        (update(ApiToken).values(expires_at=ApiToken.created_at), True),
        (update(User).values(status="disabled"), True),
        (update(User).values(delete_at=User.created_at), True),
    ],
)
def test_an_upload_of_who_is_turned_out_before_it_ends_leaves_nothing(
    app: Flask, client: FlaskClient, as_member: FlaskClient, change: Executable, by_script: bool
) -> None:
    script = token_of(as_member, "write") if by_script else {}
    whole = head() + b"x" * 100_000 + END
    made = EnvironBuilder("/api/upload", method="POST", headers=list(script.items()), **body(whole)).get_environ()
    refused = (client if by_script else as_member).open(environ_overrides=made | {"wsgi.input": Late(whole, change)})
    assert (refused.status_code, (refused.json or {})["code"]) == (401, "unauthorized")
    assert on_disk(app) == []


def test_a_row_that_cannot_be_written_leaves_no_bytes(
    app: Flask, as_member: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(db.session, "commit", lambda: 1 / 0)
    upload(as_member, b"abc")
    assert on_disk(app) == []


def no_space(*_: Any) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def full_device(*_: Any, **__: Any) -> Any:
    return open("/dev/full", "rb+", buffering=0)


@pytest.mark.parametrize(
    ("where", "full"),
    [
        ("clubroom.core.storage.open", full_device),
        ("os.fsync", no_space),
        ("pathlib.Path.rename", no_space),
        ("clubroom.core.storage.sync_folder", no_space),
    ],
)
def test_a_full_disk_answers_507_and_leaves_nothing(
    app: Flask, as_member: FlaskClient, monkeypatch: pytest.MonkeyPatch, where: str, full: Any
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(where, full, raising=False)
        refused = upload(as_member, b"abc")
    assert refused.status_code == 507
    assert refused.get_json()["code"] == "no_space"
    assert int(refused.headers["Retry-After"]) > 0
    assert on_disk(app) == []
    assert upload(as_member, b"abc").status_code == 200


def test_the_document_says_that_the_disk_may_be_full(client: FlaskClient) -> None:
    document = client.get("/api/openapi.json").get_json()
    assert document["paths"]["/api/upload"]["post"]["responses"].keys() == {"200", "4XX", "503", "507"}


def test_a_disk_that_fails_is_tried_again_later(app: Flask, as_member: FlaskClient) -> None:
    incoming = app.extensions["storage"].folder / "incoming"
    incoming.rmdir()
    incoming.write_text("no folder")
    answer = upload(as_member, b"hello")
    assert (answer.status_code, (answer.json or {})["code"], answer.headers["Retry-After"]) == (503, "busy", "5")
    assert as_member.get("/api/uploads").json == []


def test_a_disk_that_lets_nothing_be_removed_either_is_tried_again_later(
    app: Flask, as_member: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read_only(*_: Any, **__: Any) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", read_only)
        patch.setattr("pathlib.Path.unlink", read_only)
        answer = upload(as_member, b"hello")
    assert (answer.status_code, (answer.json or {})["code"]) == (503, "busy")


def test_bytes_name_and_folder_are_durable_before_the_row(
    as_member: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []

    def note(where: str, name: str, real: Any) -> None:
        def call(*given: Any) -> Any:
            order.append(name)
            return real(*given)

        monkeypatch.setattr(where, call)

    note("os.fsync", "fsync", os.fsync)
    note("pathlib.Path.rename", "rename", Path.rename)
    note("sqlalchemy.orm.Session.commit", "commit", Session.commit)
    upload(as_member, b"abc")
    assert order == ["fsync", "fsync", "rename", "fsync", "commit"]  # bytes, new folder, name, name's folder, row


def test_memory_does_not_grow_with_size(as_member: FlaskClient) -> None:
    class Endless(io.RawIOBase):
        left = 200 * 65_536

        def readable(self) -> bool:
            return True

        def read(self, size: int = -1) -> bytes:
            piece = min(size, self.left)
            self.left -= piece
            return b"\x00" * piece

    source = Endless()
    parts = [io.BytesIO(head()), source, io.BytesIO(END)]

    class Joined(io.RawIOBase):
        def read(self, size: int = -1) -> bytes:
            while parts:
                if data := parts[0].read(size):
                    return bytes(data)
                parts.pop(0)
            return b""

    length = len(head()) + source.left + len(END)
    environ = EnvironBuilder("/api/upload", method="POST", **body(b"replaced")).get_environ()
    environ |= {"wsgi.input": Joined(), "CONTENT_LENGTH": str(length)}
    tracemalloc.start()
    answer = as_member.open(environ_overrides=environ)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert answer.status_code == 200
    assert peak < 3_000_000


def test_two_may_upload_the_same_bytes(app: Flask, as_member: FlaskClient, as_manager: FlaskClient) -> None:
    assert uploaded(as_member)["id"] != uploaded(as_manager)["id"]
    assert len(on_disk(app)) == 2


def test_a_visitor_uploads_nothing(app: Flask) -> None:
    assert upload(browser(app), b"abc").status_code == 401
    assert on_disk(app) == []


def test_a_picture_says_how_large_it_is(as_member: FlaskClient) -> None:
    file = uploaded(as_member, picture(40, 20))
    assert (file["type"], file["width"], file["height"]) == ("image/jpeg", 40, 20)
    assert file["thumbnails"]["256"] == f"/api/uploads/{file['id']}/thumbnail?size=256"
