"""What a file is, by its bytes, and what a browser is told to do with it."""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from contextlib import ExitStack
from zlib import crc32

import pytest
from clubroom.core import gate
from clubroom.files import images
from flask.testing import FlaskClient
from PIL import Image

from .steps import content, picture, png, upload, uploaded

HTML = b"<!doctype html><script>alert(1)</script>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
MP4 = b"\x00\x00\x00\x20ftypisom\x00\x00\x02\x00isomiso2mp41"


def in_short(value: object) -> str | None:
    """Bytes would make an endless name."""
    return f"{value[:8]!r} {value[-2:]!r}" if isinstance(value, bytes) else None


@pytest.mark.parametrize(
    ("data", "kind", "shown"),
    [
        (picture(form="JPEG"), "image/jpeg", True),
        (picture(form="PNG"), "image/png", True),
        (picture(form="GIF"), "image/gif", True),
        (picture(form="WEBP"), "image/webp", True),
        (picture(form="AVIF"), "application/octet-stream", False),
        (picture(form="BMP"), "application/octet-stream", False),
        (picture()[:200], "application/octet-stream", False),
        (b"%PDF-1.7\n%\xe2\xe3", "application/pdf", False),
        (MP4, "video/mp4", True),
        (b"\x00\x00\x00\x20ftypM4A \x00\x00", "audio/mp4", True),
        (b"\x00\x00\x00\x20ftypheic\x00\x00", "application/octet-stream", False),
        (b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\x82\x84webm", "video/webm", True),
        (b"\x1a\x45\xdf\xa3\x9f\x42\x82\x88matroska", "application/octet-stream", False),
        (b"ID3\x04\x00\x00", "audio/mpeg", True),
        (b"\xff\xfb\x90\x00", "audio/mpeg", True),
        (b"RIFF\x00\x00\x00\x00WAVEfmt ", "audio/wav", True),
        (b"OggS\x00\x02" + b"\x00" * 22 + b"\x01vorbis", "audio/ogg", True),
        (b"OggS\x00\x02" + b"\x00" * 23 + b"\x80theora", "video/ogg", True),
        ("Grüße\r\n\tan alle".encode(), "text/plain", False),
        (b"", "text/plain", False),
        ("Grüße".encode("utf-16"), "application/octet-stream", False),
        ("Grüße".encode("latin-1"), "application/octet-stream", False),
        (b"a" * 200_000 + b"\x00", "application/octet-stream", False),
        (b"a" * 200_000 + b"\xc3", "application/octet-stream", False),
        (b"\x7fELF\x02\x01\x01", "application/octet-stream", False),
        (HTML, "text/plain", False),
        (SVG, "text/plain", False),
    ],
    ids=in_short,
)
def test_the_bytes_decide_what_a_file_is(as_member: FlaskClient, data: bytes, kind: str, shown: bool) -> None:
    file = uploaded(as_member, ("photo.jpg", data))
    assert file["type"] == kind
    given = content(as_member, file)
    assert given.mimetype == kind
    assert given.headers["Content-Disposition"].split(";")[0] == ("inline" if shown else "attachment")


def test_a_character_cut_between_two_pieces_is_still_text(as_member: FlaskClient) -> None:
    assert uploaded(as_member, "ü".encode() * 100_001)["type"] == "text/plain"


def test_what_is_given_back_cannot_run(as_member: FlaskClient) -> None:
    headers = content(as_member, uploaded(as_member, ("photo.jpg", HTML))).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert headers["Cache-Control"] == "private, no-cache"
    assert headers["Content-Type"] == "text/plain; charset=utf-8"


@pytest.mark.parametrize("side", [8001, 60_000, 2**31 - 1])
def test_a_picture_of_too_many_pixels_is_refused_at_once(as_member: FlaskClient, side: int) -> None:
    began = time.process_time()
    refused = upload(as_member, ("bomb.png", png(side, side)))
    assert time.process_time() - began < 1
    assert (refused.status_code, refused.get_json()["code"]) == (413, "too_many_pixels")
    assert "64 million" in refused.get_json()["fields"]["file"]


def test_a_format_that_takes_more_memory_may_have_fewer_pixels(
    as_member: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(images.PIXELS_OF, "WEBP", 100 * 100)
    assert upload(as_member, picture(100, 100, "WEBP")).status_code == 200
    refused = upload(as_member, picture(101, 100, "WEBP"))
    assert (refused.status_code, refused.get_json()["code"]) == (413, "too_many_pixels")


def scan_of(jpeg: bytes) -> bytes:
    """The last pass of a JPEG over its picture, with its header."""
    return jpeg[jpeg.rindex(b"\xff\xda") : -2]


@pytest.mark.parametrize(
    ("added", "kind"),
    [
        (lambda jpeg: scan_of(jpeg) * (images.PASSES - 10), "image/jpeg"),
        (lambda jpeg: scan_of(jpeg) * images.PASSES, "application/octet-stream"),
        (lambda _: b"\xff\xfe\x00\x02" * (images.SEGMENTS - 100), "image/jpeg"),
        (lambda _: b"\xff\xfe\x00\x02" * images.SEGMENTS, "application/octet-stream"),
        (lambda _: b"\xff\xe2\xff\xff" + b"\xff\xda\xff" * 21_844 + b"\xff", "image/jpeg"),
        (lambda _: b"\xff\xd9" + b"\xff\xda\x00\x02" * 1000, "image/jpeg"),
        (lambda _: b"\xff\xe1\x00\x08Exif\0\0" * images.EXIF, "image/jpeg"),
        (lambda _: b"\xff\xe1\x00\x08Exif\0\0" * (images.EXIF + 1), "application/octet-stream"),
    ],
    ids="some passes,many passes,some segments,many segments,within a segment,after the end,some EXIF,much EXIF".split(
        ","
    ),
)
def test_a_jpeg_that_makes_endless_work_is_no_picture(
    as_member: FlaskClient, added: Callable[[bytes], bytes], kind: str
) -> None:
    jpeg = picture(progressive=True)
    assert uploaded(as_member, ("photo.jpg", jpeg[:-2] + added(jpeg) + jpeg[-2:]))["type"] == kind


@pytest.mark.parametrize(("more", "kind"), [(-9, "image/png"), (9, "application/octet-stream")])
def test_a_png_of_endless_pieces_is_no_picture(
    as_member: FlaskClient, monkeypatch: pytest.MonkeyPatch, more: int, kind: str
) -> None:
    monkeypatch.setattr(images, "CHUNKS", 1000)  # a longer body, the client for tests would put into a file
    data = picture(form="PNG")
    empty = b"\0\0\0\0prVt" + crc32(b"prVt").to_bytes(4, "big")
    long = data[:33] + empty * (images.CHUNKS + more) + data[33:]
    assert uploaded(as_member, ("drawing.png", long))["type"] == kind


@pytest.mark.parametrize(("more", "kind"), [(-9, "image/gif"), (9, "application/octet-stream")])
def test_a_gif_of_endless_pieces_is_no_picture(as_member: FlaskClient, more: int, kind: str) -> None:
    data = picture(form="GIF")
    flags = data[10]
    start = 13 + (3 << (flags & 7) + 1 if flags & 0x80 else 0)
    long = data[:start] + b"!\xfe" + b"\1A" * (images.BLOCKS + more) + b"\0" + data[start:]
    assert uploaded(as_member, ("drawing.gif", long))["type"] == kind


def test_what_is_too_large_is_no_picture(as_member: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    data = picture(form="PNG")
    monkeypatch.setattr(images, "LARGEST", len(data))
    assert [uploaded(as_member, one)["type"] for one in (data, data + b"\0")] == [
        "image/png",
        "application/octet-stream",
    ]


def test_pictures_wait_only_so_long_for_each_other(as_member: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(images, "PATIENCE", 0.01)
    with images.lock:
        refused = upload(as_member, picture())
    assert (refused.status_code, refused.get_json()["code"]) == (503, "busy")
    assert upload(as_member, picture()).status_code == 200


def test_only_so_many_wait_for_a_picture(as_member: FlaskClient) -> None:
    shown = uploaded(as_member, picture())["thumbnails"]["64"]
    with ExitStack() as others:
        for _ in range(gate.PICTURES - 1):
            others.enter_context(gate.one_of(gate.pictures))
        assert upload(as_member, picture()).status_code == 200
        others.enter_context(gate.one_of(gate.pictures))  # which that one has given back
        refused = upload(as_member, picture()), as_member.get(shown)
        assert [(one.status_code, one.get_json()["code"]) for one in refused] == [(503, "busy")] * 2
        assert upload(as_member, b"words").status_code == 200
    assert as_member.get(shown, buffered=True).status_code == 200


def test_a_picture_of_as_many_pixels_as_may_be_is_taken(as_member: FlaskClient) -> None:
    target = io.BytesIO()
    Image.new("1", (8000, 8000)).save(target, "PNG")
    assert uploaded(as_member, target.getvalue())["width"] == 8000
