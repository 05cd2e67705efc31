"""Giving bytes back: whole, in part, or small. Nothing here can run in a browser: the type is ours, it is not guessed
again, and the answer is sandboxed.

Werkzeug decides about conditions and ranges; the blocks are larger than its own, which was measured three times as
fast. The bytes flow after the view has returned, when neither a transaction nor a permit to compute is held.
"""

from __future__ import annotations

import io
import unicodedata
from contextlib import suppress
from typing import Any, BinaryIO
from urllib.parse import quote

from flask import Response, request
from werkzeug.exceptions import RequestedRangeNotSatisfiable
from werkzeug.wsgi import FileWrapper

from ..core import gate
from ..core.database import db
from ..core.errors import Busy, PreconditionFailed, Refusal, failure
from ..core.openapi import FAILURE
from ..core.storage import NoSpace, storage
from . import images
from .kinds import SHOWN
from .models import FileAbsent, StoredFile

BLOCK = 131_072
POLICY = "default-src 'none'; sandbox"
NAME_CHARACTERS = "!#$&+-.^_`|~"  # those of RFC 5987 that need no escape

BINARY = {"schema": {"type": "string", "format": "binary"}}
CONTENT = {
    "200": {"description": "The bytes", "content": {"*/*": BINARY}},
    "206": {"description": "Part of the bytes", "content": {"*/*": BINARY}},
}
THUMBNAIL = {
    "200": {"description": "The picture in small", "content": {"image/webp": BINARY}},
    "206": {"description": "Part of it", "content": {"image/webp": BINARY}},
}
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
    """A file's bytes. Raises FileAbsent."""
    kind = "text/plain; charset=utf-8" if file.type == "text/plain" else file.type
    try:
        opened = storage().open(file.key)
    except FileNotFoundError:
        raise FileAbsent from None
    response = _bytes(opened, file.size, kind, file.sha256)
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
        opened = storage().open(f"{key}.{size}")
    except FileNotFoundError:
        opened = io.BytesIO(_make(key)[size])
    length = opened.seek(0, io.SEEK_END)
    opened.seek(0)
    response = _bytes(opened, length, "image/webp", f"{sha256}-{size}")
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
                incoming = storage().begin()
                try:
                    incoming.write(data)
                    incoming.seal()  # it can be made again, but nobody would: a torn one is there, too
                    incoming.keep(f"{key}.{size}")
                finally:
                    incoming.discard()
        return made


def _wants_part(size: int, etag: str) -> bool:
    """Whether `Range` decides about the answer. It does not where the asker has the bytes already, knows them only
    roughly (a weak `If-Range`), asks for what is no single part, or for more of the end than there is.
    """
    asked = request.range
    if asked is None or asked.units != "bytes" or len(asked.ranges) != 1 or asked.ranges[0][0] < -size:
        return False
    known_roughly = request.headers.get("If-Range", "").startswith("W/")
    return not known_roughly and not request.if_none_match.contains_weak(etag)


class Blocks(FileWrapper):
    """A file's blocks; it is closed with the last one, as not every caller says when it is done, and some ask on."""

    def __next__(self) -> bytes:
        if self.file.closed:
            raise StopIteration
        try:
            return super().__next__()
        except StopIteration:
            self.close()
            raise


def _bytes(file: BinaryIO, size: int, kind: str, etag: str) -> Response:
    """Raises PreconditionFailed."""
    if request.headers.get("If-Match") and not request.if_match.contains(etag):
        file.close()
        raise PreconditionFailed
    # `If-Match` is dealt with. Werkzeug would go on, and take its `*` for an ETag that no file has.
    settled = {"HTTP_IF_MATCH"} if _wants_part(size, etag) else {"HTTP_IF_MATCH", "HTTP_RANGE"}
    environ = {name: value for name, value in request.environ.items() if name not in settled}
    response = Response(Blocks(file, BLOCK), content_type=kind, direct_passthrough=True)
    response.content_length = size
    response.headers["Content-Security-Policy"] = POLICY
    response.set_etag(etag)
    try:
        return response.make_conditional(environ, accept_ranges=True, complete_length=size)  # type: ignore[return-value]
    except RequestedRangeNotSatisfiable:
        response.close()
        refused = failure(416, "range_not_satisfiable", "There is no such part of this file.")
        refused.headers["Content-Range"] = f"bytes */{size}"
        return refused
