"""Giving bytes back: whole, in part, or small. Nothing here can run in a browser: the type is ours, it is not guessed
again, and the answer is sandboxed.
"""

from __future__ import annotations

import io
import unicodedata
from contextlib import suppress
from typing import Any
from urllib.parse import quote

from flask import Response

from ..core import gate, ranges
from ..core.database import db
from ..core.errors import Busy, Refusal
from ..core.openapi import FAILURE
from ..core.storage import NoSpace, opened, storage
from . import images
from .kinds import SHOWN
from .models import FileAbsent, StoredFile

NAME_CHARACTERS = "!#$&+-.^_`|~"  # those of RFC 5987 that need no escape

CONTENT = ranges.described("*/*", "The bytes")
THUMBNAIL = ranges.described("image/webp", "The picture in small")
FULL = {"507": {"description": "The disk is full", **FAILURE}}
UPLOAD: dict[str, Any] = {
    "required": True,
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "required": ["file"],
                "additionalProperties": False,
                "properties": {
                    "file": {"type": "array", "items": {"type": "string", "format": "binary"}},
                    "visibility": {"type": "string", "enum": ["private", "members"], "default": "private"},
                },
            }
        }
    },
}


class PictureAbsent(FileAbsent):
    sentence = "There is no picture of this file."


def disposition(name: str, shown: bool) -> str:
    """`Content-Disposition` with the name for old and new readers; the name is data, whatever it holds."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    plain = "".join("_" if sign in '"/\\%' else sign for sign in plain) or "file"
    how = "inline" if shown else "attachment"
    return f"{how}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe=NAME_CHARACTERS)}"


def content(file: StoredFile, download: bool) -> Response:
    """A file's bytes. Raises FileAbsent, Busy."""
    kind = "text/plain; charset=utf-8" if file.type == "text/plain" else file.type
    try:
        found = opened(file.key)
    except FileNotFoundError:
        raise FileAbsent from None
    response = ranges.answer(found, file.size, kind, file.sha256)
    response.headers["Content-Disposition"] = disposition(file.name, file.type.startswith(SHOWN) and not download)
    response.headers["Cache-Control"] = "private, no-cache"
    return response


def thumbnail(file: StoredFile, size: int) -> Response:
    """A picture in small, made when it is first asked for. Raises FileAbsent, PictureAbsent, Busy."""
    if file.kind != "image":
        raise PictureAbsent
    key, sha256 = file.key, file.sha256
    db.session.rollback()  # nothing is held while a picture is decoded
    try:
        found = opened(f"{key}.{size}")
    except FileNotFoundError:
        found = io.BytesIO(_make(key)[size])
    length = found.seek(0, io.SEEK_END)
    found.seek(0)
    response = ranges.answer(found, length, "image/webp", f"{sha256}-{size}")
    response.headers["Cache-Control"] = "private, max-age=3600"
    return response


def _make(key: str) -> dict[int, bytes]:
    """The picture in all sizes, kept for the next time. Raises FileAbsent, PictureAbsent, Busy."""
    with gate.aside():
        try:
            with storage().open(key) as original:
                made = images.thumbnails(original)
        except FileNotFoundError:
            raise FileAbsent from None
        except Refusal:
            raise
        except Exception:  # decoders raise nearly anything, also at bytes that they have read once already
            raise PictureAbsent from None
        with suppress(NoSpace, Busy):  # a disk that takes nothing more: it is made anew the next time
            for size, data in made.items():
                with storage().begin() as incoming:
                    incoming.write(data)
                    incoming.make_durable()  # it can be made again, but nobody would: a torn one is there, too
                    incoming.keep(f"{key}.{size}")
        return made
