"""Pictures in small."""

from __future__ import annotations

import errno
import io
import os
import struct
from pathlib import Path

import pytest
from clubroom.files import images
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image, ImageCms, ImageOps

from .steps import on_disk, picture, png, uploaded


def small(client: FlaskClient, file: dict[str, object], size: int = 256) -> Image.Image:
    answer = client.get(f"/api/uploads/{file['id']}/thumbnail?size={size}", buffered=True)
    assert answer.mimetype == "image/webp"
    return Image.open(io.BytesIO(answer.data))


@pytest.mark.parametrize(("size", "expected"), [(64, (64, 32)), (256, (256, 128)), (1024, (1024, 512))])
def test_a_thumbnail_fits_its_size(as_member: FlaskClient, size: int, expected: tuple[int, int]) -> None:
    assert small(as_member, uploaded(as_member, picture(2000, 1000)), size).size == expected


def test_a_picture_is_shown_in_small_also_where_the_disk_is_full(
    app: Flask, as_member: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_space(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    file = uploaded(as_member, picture(400, 200))
    with monkeypatch.context() as full:
        full.setattr("os.fsync", no_space)
        assert small(as_member, file).size == (256, 128)
    assert len(on_disk(app)) == 1


def test_a_thumbnail_is_never_larger_than_the_picture(as_member: FlaskClient) -> None:
    assert small(as_member, uploaded(as_member, picture(40, 20)), 1024).size == (40, 20)


def test_a_thumbnail_stands_upright(as_member: FlaskClient) -> None:
    lying = Image.Exif()
    lying[0x0112] = 6  # turn clockwise to see it right
    file = uploaded(as_member, picture(400, 200, exif=lying))
    assert (file["width"], file["height"]) == (200, 400)
    image = small(as_member, file, 64).convert("RGB")
    assert image.size == (32, 64)
    red, _, blue = image.getpixel((16, 4))  # type: ignore[misc]  # three numbers in RGB
    assert red > 200
    assert blue < 60


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_thumbnail_stands_as_its_picture_is_meant_to(as_member: FlaskClient, orientation: int) -> None:
    told = Image.Exif()
    told[0x0112] = orientation
    sent = picture(400, 200, exif=told)
    meant = ImageOps.exif_transpose(Image.open(io.BytesIO(sent))).resize((8, 8)).convert("RGB")
    got = small(as_member, uploaded(as_member, sent), 64).resize((8, 8)).convert("RGB")
    for corner in ((1, 1), (6, 1), (1, 6), (6, 6)):
        pairs = zip(meant.getpixel(corner), got.getpixel(corner), strict=True)  # type: ignore[arg-type]
        assert all(abs(one - other) < 40 for one, other in pairs)


def test_a_picture_that_lies_and_tells_nonsense_besides_has_a_thumbnail(as_member: FlaskClient) -> None:
    # Two tags: lying on its side; and a date that is no text but a fraction.
    tags = struct.pack("<HHIHH", 0x0112, 3, 1, 6, 0) + struct.pack("<HHII", 0x0132, 5, 1, 38)
    nonsense = b"Exif\0\0II*\0" + struct.pack("<IH", 8, 2) + tags + struct.pack("<III", 0, 1, 2)
    assert small(as_member, uploaded(as_member, picture(400, 200, exif=nonsense)), 64).size == (32, 64)


def test_a_thumbnail_has_lost_what_the_camera_told(as_member: FlaskClient) -> None:
    told = Image.Exif()
    told[0x010F] = "Camera"
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    image = small(as_member, uploaded(as_member, picture(exif=told, icc_profile=profile)))
    assert not image.getexif()
    assert not {"exif", "xmp", "icc_profile"} & set(image.info)


@pytest.mark.parametrize(
    ("mode", "form"), [("L", "JPEG"), ("CMYK", "JPEG"), ("P", "GIF"), ("RGBA", "PNG"), ("I;16", "PNG"), ("1", "PNG")]
)
def test_every_kind_of_colour_becomes_a_thumbnail(as_member: FlaskClient, mode: str, form: str) -> None:
    target = io.BytesIO()
    Image.new(mode, (30, 30)).save(target, form)
    assert small(as_member, uploaded(as_member, target.getvalue())).size == (30, 30)


def test_a_large_picture_of_sixteen_bits_becomes_a_thumbnail(as_member: FlaskClient) -> None:
    assert small(as_member, uploaded(as_member, picture(8, 4000, "PNG", mode="I;16")), 1024).size == (2, 1024)


def test_what_can_be_read_but_not_shown_has_no_thumbnail(as_member: FlaskClient) -> None:
    without_palette = png(8, 8, colours=3, pixels=bytes(9 * 8))
    file = uploaded(as_member, without_palette)
    assert file["type"] == "image/png"
    assert as_member.get(f"/api/uploads/{file['id']}/thumbnail").status_code == 404


def test_what_shines_through_still_does(as_member: FlaskClient) -> None:
    target = io.BytesIO()
    Image.new("RGBA", (30, 30), (0, 0, 0, 0)).save(target, "PNG")
    assert small(as_member, uploaded(as_member, target.getvalue())).mode == "RGBA"


def test_thumbnails_are_made_once_and_kept(app: Flask, as_member: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    file = uploaded(as_member, picture())
    assert len(on_disk(app)) == 1
    small(as_member, file, 64)
    assert len(on_disk(app)) == 4
    monkeypatch.setattr("clubroom.files.images.thumbnails", lambda _: 1 / 0)
    small(as_member, file, 1024)


def test_a_thumbnail_is_on_the_disk_before_it_has_its_name(
    as_member: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = uploaded(as_member, picture())
    synced, renamed, real = [], [], Path.rename

    def rename(path: Path, target: Path) -> Path:
        renamed.append(path.name)
        return real(path, target)

    monkeypatch.setattr(os, "fsync", lambda handle: synced.append(Path(f"/proc/self/fd/{handle}").readlink().name))
    monkeypatch.setattr(Path, "rename", rename)
    small(as_member, file)
    assert len(renamed) == 3
    assert set(renamed) <= set(synced)


def test_a_thumbnail_the_browser_has_is_not_sent_again(as_member: FlaskClient) -> None:
    address = uploaded(as_member, picture())["thumbnails"]["64"]
    known = as_member.get(address, buffered=True).headers["ETag"]
    again = as_member.get(address, headers={"If-None-Match": known}, buffered=True)
    assert (again.status_code, again.data) == (304, b"")


def test_a_picture_with_much_in_one_piece_is_one(as_member: FlaskClient) -> None:
    noise, sent = Image.effect_noise((400, 400), 100), io.BytesIO()
    noise.save(sent, "JPEG", quality=95)
    assert len(sent.getvalue()) > 2 * images.PIECE
    assert small(as_member, uploaded(as_member, sent.getvalue())).size == (256, 256)


def test_a_picture_whose_bytes_are_gone_has_no_thumbnail(app: Flask, as_member: FlaskClient) -> None:
    file = uploaded(as_member, picture())
    for path in app.extensions["storage"].folder.rglob("*"):
        if path.is_file():
            path.unlink()
    assert as_member.get(f"/api/uploads/{file['id']}/thumbnail?size=64").status_code == 404


def test_what_is_no_picture_has_no_thumbnail(as_member: FlaskClient) -> None:
    file = uploaded(as_member, b"text")
    assert file["thumbnails"] is None
    assert as_member.get(f"/api/uploads/{file['id']}/thumbnail").status_code == 404


def test_only_three_sizes_are_made(as_member: FlaskClient) -> None:
    file = uploaded(as_member, picture())
    refused = as_member.get(f"/api/uploads/{file['id']}/thumbnail?size=2000")
    assert (refused.status_code, list(refused.get_json()["fields"])) == (400, ["size"])
